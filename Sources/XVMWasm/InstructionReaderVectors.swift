// SPDX-License-Identifier: Apache-2.0
// The instructions behind the prefix 0xfd (section 5.4.8): vectors of 128 bits.

import XVMCore

extension InstructionReader {
    /// An instruction behind the prefix, which stands at `start`.
    mutating func readVector(_ instruction: inout Instruction, at start: Int) throws(WasmError) {
        let number = try u32()
        let row = 0x120 + Int(number)
        guard number < 0x100, let opcode = opcodes[row] else {
            if (0x100...0x113).contains(number) {
                throw .unsupported("relaxed SIMD: instruction 0xfd \(number)", at: start)
            }
            throw .malformed(.illegalOpcode, at: start, "0xfd \(number)")
        }
        instruction.reset(opcode, row: row, at: start)
        switch number {
        case 0...11, 92, 93:  // whole vectors, extended, repeated, padded with zero
            try readMemoryArgument(&instruction)
        case 84...91:  // one lane from and to memory
            try readMemoryArgument(&instruction)
            instruction.index2 = UInt32(try u8())
        case 21...34:  // extract and replace a lane
            instruction.index2 = UInt32(try u8())
        case 12, 13:  // v128.const, i8x16.shuffle
            instruction.bits = try u64()
            instruction.bitsHigh = try u64()
        default:
            break
        }
    }

    private mutating func readMemoryArgument(_ instruction: inout Instruction) throws(WasmError) {
        instruction.index = try u32()
        instruction.bits = UInt64(try u32())
    }

    private mutating func u64() throws(WasmError) -> UInt64 {
        do { return try reader.u64() } catch { throw WasmError(error) }
    }
}
