// SPDX-License-Identifier: Apache-2.0
// Typing of the vector instructions that have a lane or a third operand; OperandSignature types the others.

import XVMCore

extension FunctionValidator {
    mutating func validateVector(_ instruction: Instruction, _ row: OperandSignature) throws(WasmError) {
        let vector = ValueType.v128.rawValue
        switch instruction.opcode {
        case .i8x16Shuffle:
            // Each of the 16 bytes chooses among the 32 lanes of both operands.
            if (instruction.bits | instruction.bitsHigh) & 0xe0e0_e0e0_e0e0_e0e0 != 0 {
                throw .invalid(.laneIndex, at: at, "a lane of i8x16.shuffle is above 31")
            }
            try pop(vector)
            try pop(vector)
            push(vector)
        case .v128Bitselect:
            for _ in 0..<3 { try pop(vector) }
            push(vector)
        default:
            guard instruction.index2 < UInt32(row.lanes) else {
                throw .invalid(.laneIndex, at: at, "lane \(instruction.index2) of \(row.lanes)")
            }
            try apply(row, instruction)
        }
    }
}
