// SPDX-License-Identifier: Apache-2.0
// References as values, and single entries of tables.

import XVMWasm

extension FunctionEmitter {
    private func element(ofTable index: Int) -> ValueType { context.module.tables[index].element }

    /// The reference in slot `height` as a table's entry.
    private mutating func addEntry(_ height: Int, _ type: ValueType) {
        if type == .funcref { usesReferences = true }
        body.add(type == .funcref ? "FUNCREF(" : "EXTERNREF(")
        add(slot: height)
        body.add(")")
    }

    mutating func table(_ instruction: Instruction) {
        let table = Int(instruction.index)
        let type = element(ofTable: table)
        let top = stack.count - 1
        switch instruction.opcode {
        case .tableSize:
            push(.i32)
            add(slot: top + 1)
            body.add(context.isLinked ? " = LINKS->tables[" : " = I->tables[")
            body.add(decimal: table)
            body.add(context.isLinked ? "]->size;\n" : "].size;\n")
        case .tableGet:
            _ = pop()
            push(type)
            add(slot: top)
            body.add(type == .funcref ? " = table_get(I, " : " = table_get_extern(I, ")
            body.add(decimal: table)
            body.add(", ")
            body.add(slot: top, .i32)
            body.add(");\n")
        default:
            body.add("table_set(I, ")
            body.add(decimal: table)
            body.add(", ")
            add(slot: top - 1)
            body.add(", ")
            addEntry(top, type)
            body.add(");\n")
            stack.removeLast(2)
        }
    }

    mutating func tableGrow(_ table: Int) {
        grownTables.insert(table)
        let top = stack.count - 1
        let type = element(ofTable: table)
        body.add(slot: top - 1, .i32)
        body.add(" = table_grow(I, ")
        body.add(decimal: table)
        body.add(", ")
        addEntry(top - 1, type)
        body.add(", ")
        add(slot: top)
        body.add(");\n")
        stack.removeLast(2)
        push(.i32)
    }

    mutating func tableFill(_ table: Int) {
        let top = stack.count - 1
        body.add("table_fill(I, ")
        body.add(decimal: table)
        body.add(", ")
        add(slot: top - 2)
        body.add(", ")
        addEntry(top - 1, element(ofTable: table))
        body.add(", ")
        add(slot: top)
        body.add(");\n")
        stack.removeLast(3)
    }

    mutating func reference(_ instruction: Instruction) {
        switch instruction.opcode {
        case .refNull:
            push(ValueType(rawValue: UInt8(truncatingIfNeeded: instruction.index)) ?? .funcref)
            add(slot: stack.count - 1)
            body.add(" = 0;\n")
        case .refFunc:
            push(.funcref)
            add(slot: stack.count - 1)
            body.add(context.isLinked ? " = LINKS->reference_base + " : " = ")
            body.add(decimal: context.reference(toFunction: Int(instruction.index)))
            body.add(";\n")
        default:
            let operand = pop()
            push(.i32)
            add(slot: stack.count - 1)
            body.add(" = ")
            body.add(slot: stack.count - 1, operand.type)
            body.add(" == 0;\n")
        }
    }
}
