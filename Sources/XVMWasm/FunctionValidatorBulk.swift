// SPDX-License-Identifier: Apache-2.0
// Typing of bulk memory instructions, and of reference types, which are complete here and switched by WasmFeatures.

import XVMCore

extension FunctionValidator {
    mutating func validateBulkAndReferences(_ instruction: Instruction) throws(WasmError) {
        let i32 = ValueType.i32.rawValue
        switch instruction.opcode {
        case .memoryCopy, .memoryFill:
            try requireMemory()
            for _ in 0..<3 { try pop(i32) }
        case .memoryInit:
            try requireMemory()
            try dataSegment(instruction.index)
            for _ in 0..<3 { try pop(i32) }
        case .dataDrop:
            try dataSegment(instruction.index)
        case .tableInit:
            let element = try elementSegment(instruction.index)
            let table = try tableType(instruction.index2)
            try same(element, table)
            for _ in 0..<3 { try pop(i32) }
        case .elemDrop:
            _ = try elementSegment(instruction.index)
        case .tableCopy:
            let destination = try tableType(instruction.index)
            let source = try tableType(instruction.index2)
            try same(source, destination)
            for _ in 0..<3 { try pop(i32) }
        case .tableGet:
            try require(instruction)
            let element = try tableType(instruction.index)
            try pop(i32)
            push(element.rawValue)
        case .tableSet:
            try require(instruction)
            let element = try tableType(instruction.index)
            try pop(element.rawValue)
            try pop(i32)
        case .tableGrow:
            try require(instruction)
            let element = try tableType(instruction.index)
            try pop(i32)
            try pop(element.rawValue)
            push(i32)
        case .tableSize:
            try require(instruction)
            _ = try tableType(instruction.index)
            push(i32)
        case .tableFill:
            try require(instruction)
            let element = try tableType(instruction.index)
            try pop(i32)
            try pop(element.rawValue)
            try pop(i32)
        case .refNull:
            try require(instruction)
            push(UInt8(truncatingIfNeeded: instruction.index))
        case .refIsNull:
            try require(instruction)
            let type = try popAny()
            guard
                type == Self.unknown || type == ValueType.funcref.rawValue || type == ValueType.externref.rawValue
            else { throw .invalid(.typeMismatch, at: at, "a reference expected") }
            push(i32)
        case .refFunc:
            try require(instruction)
            guard Int(instruction.index) < context.functionTypes.count else {
                throw .invalid(.unknownFunction, at: at, index(instruction.index, of: context.functionTypes.count))
            }
            guard context.declaredFunctions.contains(instruction.index) else {
                throw .invalid(.undeclaredFunctionReference, at: at, "function \(instruction.index)")
            }
            push(ValueType.funcref.rawValue)
        case .selectTyped:
            try context.features.require(.referenceTypes, "select with a type", at: at)
            let type = UInt8(truncatingIfNeeded: instruction.labels[0])
            try pop(i32)
            try pop(type)
            try pop(type)
            push(type)
        default:
            throw .malformed(.illegalOpcode, at: at, instruction.opcode.mnemonic)
        }
    }

    private func require(_ instruction: Instruction) throws(WasmError) {
        try context.features.require(.referenceTypes, instruction.opcode.mnemonic, at: at)
    }

    private func dataSegment(_ index: UInt32) throws(WasmError) {
        guard let count = context.dataCount else { throw .malformed(.dataCountRequired, at: at) }
        guard index < count else { throw .invalid(.unknownDataSegment, at: at, self.index(index, of: Int(count))) }
    }

    private func elementSegment(_ index: UInt32) throws(WasmError) -> ValueType {
        guard Int(index) < context.elementTypes.count else {
            throw .invalid(.unknownElementSegment, at: at, self.index(index, of: context.elementTypes.count))
        }
        return context.elementTypes[Int(index)]
    }

    private func same(_ found: ValueType, _ expected: ValueType) throws(WasmError) {
        if found != expected { throw .invalid(.typeMismatch, at: at, "\(expected) expected, \(found) found") }
    }
}
