// SPDX-License-Identifier: Apache-2.0
// Vector instructions. Computed NaNs are made canonical by the helpers at once, so a vector's bits may always be seen.

import XVMWasm

extension FunctionEmitter {
    mutating func vector(_ operation: VectorOperation, _ instruction: Instruction) {
        usesVectors = true
        let first = stack.count - operation.operands.count
        switch operation.form {
        case .constant:
            push(.v128)
            add(slot: first)
            body.add(" = ")
            body.add(vector: instruction.bits, instruction.bitsHigh)
            body.add(";\n")
        case .shuffle:
            body.add(slot: first, .v128)
            body.add(" = (v128)__builtin_shufflevector((u8x16)")
            body.add(slot: first, .v128)
            body.add(", (u8x16)")
            body.add(slot: first + 1, .v128)
            for byte in 0..<16 {
                let bits = byte < 8 ? instruction.bits : instruction.bitsHigh
                body.add(", ")
                body.add(decimal: bits >> UInt64(8 * (byte & 7)) & 255)
            }
            body.add(");\n")
            _ = pop()
        case .plain(let hasLane): plainVector(operation, first, lane: hasLane ? instruction.index2 : nil)
        case .load, .loadLane: loadVector(operation, instruction, first)
        case .store, .storeLane:
            body.add(operation.access)
            if !addClonedAddress() { addAddress(first, instruction.bits) }
            body.add(" = ")
            if case .storeLane = operation.form {
                // The helper gives a 32-bit value; the cast says that only the lane is meant.
                body.add("(u")
                body.add(decimal: operation.size * 8)
                body.add(")")
                body.add(operation.helper)
                body.add("(")
                body.add(slot: first + 1, .v128)
                body.add(", ")
                body.add(decimal: instruction.index2)
                body.add(")")
            } else {
                body.add(slot: first + 1, .v128)
            }
            body.add(";\n")
            stack.removeLast(2)
        }
    }

    private mutating func plainVector(_ operation: VectorOperation, _ first: Int, lane: UInt32?) {
        canonicaliseTop(operation.operands.count)
        stack.removeLast(operation.operands.count)
        push(operation.result, operation.result.isFloat ? .moved : .plain)
        add(slot: first)
        body.add(" = ")
        body.add(operation.helper)
        body.add("(")
        for (index, type) in operation.operands.enumerated() {
            if index > 0 { body.add(", ") }
            body.add(slot: first + index, type)
        }
        if let lane {
            body.add(", ")
            body.add(decimal: lane)
        }
        body.add(");\n")
    }

    private mutating func loadVector(_ operation: VectorOperation, _ instruction: Instruction, _ first: Int) {
        stack.removeLast(operation.operands.count)
        push(.v128)
        add(slot: first)
        body.add(" = ")
        body.add(operation.helper)
        body.add("(")
        if case .loadLane = operation.form {
            body.add(slot: first + 1, .v128)
            body.add(", ")
        }
        body.add(operation.access)
        let isKnown = addClonedAddress()
        if !isKnown { addAddress(first, instruction.bits) }
        if case .loadLane = operation.form {
            body.add(", ")
            body.add(decimal: instruction.index2)
        }
        body.add(");")
        if !isKnown {
            body.add(" UX(")
            add(slot: first)
            body.add(");")
        }
        body.add("\n")
    }
}
