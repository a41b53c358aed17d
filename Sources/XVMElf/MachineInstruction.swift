// SPDX-License-Identifier: Apache-2.0
// One x86-64 machine instruction: how long it is, where it may jump, and whether contract code may hold it.

/// Why an instruction may not be in an object.
package enum InstructionRefusal: String, Error, Equatable, Sendable {
    /// Asks the kernel, or leaves 64-bit mode: syscall, sysenter, int, far calls and returns.
    case systemEntry
    /// Tells one machine, moment or place from another: rdtsc, rdtscp, rdpmc, rdpru, rdrand, rdseed, rdpid, cpuid, sgdt and the like, xgetbv.
    case environment
    /// Changes how later instructions work: FS and GS bases and segments, popf, ldmxcsr, the x87 unit, transactions, saved processor states.
    case machineState
    /// Only for the kernel, or input and output.
    case privileged
    /// Not in x86-64-v2, so it would fault on some nodes; every VEX and EVEX form.
    case notInBaseline
    /// No instruction, or one whose length processors do not agree on.
    case undefined
    /// Goes on behind the end of the segment.
    case truncated
}

/// The decoded shape of one instruction.
struct MachineInstruction: Equatable {
    var size: Int
    /// Of a direct jump or call: the distance from the end of the instruction.
    var branch: Int?
    var refusal: InstructionRefusal?
}

/// Decodes instructions of executable bytes. Allowed is what is listed; whatever is unknown is refused.
/// Source: Intel SDM volume 2 (opcode maps ), AMD64 APM volume 3.
struct InstructionDecoder {
    private let bytes: ArraySlice<UInt8>
    private var at: Int

    private var operandSize16 = false
    private var addressSize32 = false
    /// 0xf2 or 0xf3, the last of them; 0 without.
    private var repeated: UInt8 = 0
    private var rex: UInt8 = 0
    /// 0x64 or 0x65.
    private var hasThreadSegment = false

    /// - start: an index of `bytes`.
    static func decode(_ bytes: ArraySlice<UInt8>, at start: Int) -> MachineInstruction {
        var decoder = InstructionDecoder(bytes: bytes, at: start)
        do throws(InstructionRefusal) {
            let branch = try decoder.instruction()
            // A processor takes no instruction that is longer.
            guard decoder.at - start <= 15 else { throw .undefined }
            return MachineInstruction(size: decoder.at - start, branch: branch)
        } catch {
            return MachineInstruction(size: max(1, decoder.at - start), refusal: error)
        }
    }

    private init(bytes: ArraySlice<UInt8>, at: Int) {
        self.bytes = bytes
        self.at = at
    }

    // MARK: Bytes

    private mutating func next() throws(InstructionRefusal) -> UInt8 {
        guard at < bytes.endIndex else { throw .truncated }
        defer { at += 1 }
        return bytes[at]
    }

    private mutating func skip(_ count: Int) throws(InstructionRefusal) {
        guard count <= bytes.endIndex - at else { throw .truncated }
        at += count
    }

    /// A signed distance of 1 or 4 bytes.
    private mutating func distance(_ size: Int) throws(InstructionRefusal) -> Int {
        // With an operand-size prefix some processors take two bytes and some four.
        guard !operandSize16 else { throw .undefined }
        if size == 1 { return Int(Int8(bitPattern: try next())) }
        var value: UInt32 = 0
        for shift in stride(from: UInt32(0), to: 32, by: 8) { value |= UInt32(try next()) << shift }
        return Int(Int32(bitPattern: value))
    }

    private struct Operand {
        var mode: UInt8
        var register: UInt8
        var base: UInt8
        var isMemory: Bool { mode != 3 }
    }

    /// ModRM, SIB and displacement.
    private mutating func operand() throws(InstructionRefusal) -> Operand {
        let byte = try next()
        let operand = Operand(mode: byte >> 6, register: byte >> 3 & 7, base: byte & 7)
        guard operand.isMemory else { return operand }
        if hasThreadSegment { throw .machineState }
        var base = operand.base
        if base == 4 { base = try next() & 7 }
        switch operand.mode {
        case 0: if base == 5 { try skip(4) }
        case 1: try skip(1)
        default: try skip(4)
        }
        return operand
    }

    /// An immediate of the operand's size, four bytes at most.
    private mutating func immediate() throws(InstructionRefusal) { try skip(operandSize16 && rex & 8 == 0 ? 2 : 4) }

    // MARK: Maps

    private mutating func instruction() throws(InstructionRefusal) -> Int? {
        while true {
            let byte = try next()
            switch byte {
            case 0x66: operandSize16 = true
            case 0x67: addressSize32 = true
            case 0xf2, 0xf3: repeated = byte
            case 0x2e, 0x36, 0x3e, 0x26, 0xf0: break
            case 0x64, 0x65: hasThreadSegment = true
            case 0x40...0x4f:
                // Counts only directly before the opcode; anything else is a trick.
                rex = byte
                let opcode = try next()
                switch opcode {
                case 0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x36, 0x3e, 0x26, 0xf0, 0x64, 0x65, 0x40...0x4f: throw .undefined
                default: return try oneByte(opcode)
                }
            default: return try oneByte(byte)
            }
        }
    }

    private mutating func oneByte(_ opcode: UInt8) throws(InstructionRefusal) -> Int? {
        switch opcode {
        case 0x0f: return try twoBytes(try next())
        case 0x00...0x3f:
            switch opcode & 7 {
            case 0...3: _ = try operand()
            case 4: try skip(1)
            case 5: try immediate()
            default: throw .undefined
            }
        case 0x50...0x5f, 0x90...0x99, 0xc9, 0xf5, 0xf8, 0xf9, 0xfc, 0x9c, 0x9e, 0x9f: break
        // String operations read and write by RSI and RDI; a segment would count for the source.
        case 0xa4...0xa7, 0xaa...0xaf, 0xd7: if hasThreadSegment { throw .machineState }
        case 0x63, 0x84...0x8b, 0x8d, 0xd0...0xd3: _ = try operand()
        case 0x68, 0xa9: try immediate()
        case 0x69, 0x81:
            _ = try operand()
            try immediate()
        case 0x6a, 0xa8, 0xb0...0xb7: try skip(1)
        case 0x6b, 0x80, 0x83, 0xc0, 0xc1:
            _ = try operand()
            try skip(1)
        case 0x70...0x7f, 0xeb: return try distance(1)
        // loop and jrcxz: the counter's size follows the address size.
        case 0xe0...0xe3: return try distance(1)
        case 0xe8, 0xe9: return try distance(4)
        case 0x8f: if try operand().register != 0 { throw .notInBaseline }  // XOP
        case 0xa0...0xa3:
            if hasThreadSegment { throw .machineState }
            try skip(addressSize32 ? 4 : 8)
        case 0xb8...0xbf: if rex & 8 != 0 { try skip(8) } else { try immediate() }
        case 0xc2: try skip(2)
        case 0xc3: break
        case 0xc6, 0xc7:
            let operand = try operand()
            // Register 7: xabort and xbegin.
            guard operand.register == 0 else { throw operand.register == 7 ? .machineState : .undefined }
            if opcode == 0xc6 { try skip(1) } else { try immediate() }
        case 0xcc: break  // int3, the linkers' padding: SIGTRAP
        case 0xf6:
            if try operand().register < 2 { try skip(1) }
        case 0xf7:
            if try operand().register < 2 { try immediate() }
        case 0xfe: if try operand().register > 1 { throw .undefined }
        case 0xff:
            switch try operand().register {
            case 0, 1, 2, 4, 6: break
            case 3, 5: throw .systemEntry
            default: throw .undefined
            }
        case 0xc4, 0xc5, 0x62: throw .notInBaseline
        case 0xca, 0xcb, 0xcd, 0xcf, 0xf1: throw .systemEntry
        case 0x8c, 0x8e, 0x9b, 0x9d, 0xc8, 0xd8...0xdf, 0xfd: throw .machineState
        case 0x6c...0x6f, 0xe4...0xe7, 0xec...0xef, 0xf4, 0xfa, 0xfb: throw .privileged
        default: throw .undefined
        }
        return nil
    }

    /// Behind 0x0f.
    private mutating func twoBytes(_ opcode: UInt8) throws(InstructionRefusal) -> Int? {
        switch opcode {
        case 0x05, 0x07, 0x34, 0x35: throw .systemEntry
        // sgdt, sidt, smsw, xgetbv, rdtscp, rdpru, swapgs, rdpkru, monitor and what hypervisors have.
        case 0x00, 0x01, 0x02, 0x03, 0x31, 0x33, 0xa2: throw .environment
        case 0x06, 0x08, 0x09, 0x20...0x23, 0x30, 0x32, 0x37, 0x78, 0x79, 0xaa: throw .privileged
        case 0x0b: break  // ud2
        case 0xb9, 0xff: _ = try operand()  // ud1, ud0
        case 0x0d, 0x18...0x1f: _ = try operand()  // prefetches and hints; endbr64 is one
        case 0x10...0x17, 0x28...0x2f, 0x40...0x6f, 0x74...0x76, 0x7c...0x7f, 0x90...0x9f: _ = try operand()
        case 0x70...0x73, 0xa4, 0xac, 0xc2, 0xc4...0xc6:
            _ = try operand()
            try skip(1)
        case 0xba:
            if try operand().register < 4 { throw .undefined }
            try skip(1)
        case 0x80...0x8f: return try distance(4)
        case 0xa3, 0xa5, 0xab, 0xad, 0xaf, 0xb0, 0xb1, 0xb3, 0xb6, 0xb7, 0xbb, 0xbe, 0xbf, 0xc0, 0xc1, 0xc3: _ = try operand()
        case 0xb8: if repeated != 0xf3 { throw .undefined } else { _ = try operand() }  // popcnt
        case 0xbc: _ = try operand()  // bsf; compilers write `rep bsf` where both meanings agree
        case 0xbd: if repeated == 0xf3 { throw .notInBaseline } else { _ = try operand() }  // bsr, not lzcnt
        case 0xc7:
            let operand = try operand()
            // cmpxchg8b and 16b; rdrand, rdseed and rdpid are the others that a contract could run.
            guard operand.register == 1, operand.isMemory else { throw operand.register >= 6 ? .environment : .machineState }
        case 0xc8...0xcf: break  // bswap
        case 0xd0...0xfe: _ = try operand()
        case 0xae:
            let operand = try operand()
            // Fences, and stmxcsr; all else saves or changes the processor's state.
            guard repeated == 0, !operandSize16 else { throw .machineState }
            if operand.isMemory ? operand.register != 3 : operand.register < 5 { throw .machineState }
        case 0x38: try threeBytes38(try next())
        case 0x3a: try threeBytes3A(try next())
        case 0xa0, 0xa1, 0xa8, 0xa9, 0xb2, 0xb4, 0xb5, 0x77, 0x0e, 0x0f: throw .machineState
        default: throw .undefined
        }
        return nil
    }

    /// SSSE3, SSE4.1, SSE4.2 and movbe.
    private mutating func threeBytes38(_ opcode: UInt8) throws(InstructionRefusal) {
        switch opcode {
        case 0x00...0x0b, 0x10, 0x14, 0x15, 0x17, 0x1c...0x1e, 0x20...0x25, 0x28...0x2b, 0x30...0x35, 0x37...0x41, 0xf0, 0xf1:
            // Without F2, F0 and F1 are movbe, which x86-64-v3 has first.
            if opcode >= 0xf0, repeated != 0xf2 { throw .notInBaseline }
            _ = try operand()
        default: throw .notInBaseline
        }
    }

    private mutating func threeBytes3A(_ opcode: UInt8) throws(InstructionRefusal) {
        switch opcode {
        case 0x08...0x0f, 0x14...0x17, 0x20...0x22, 0x40...0x42, 0x60...0x63:
            _ = try operand()
            try skip(1)
        default: throw .notInBaseline
        }
    }
}
