// SPDX-License-Identifier: Apache-2.0
// Constants, arithmetic, locals and globals, memory: what moves a value of the operand stack.

import XVMWasm

extension FunctionEmitter {
    mutating func constant(_ opcode: Opcode, _ bits: UInt64) {
        switch opcode {
        case .i32Const:
            push(.i32)
            add(slot: stack.count - 1)
            body.add(" = ")
            body.add(hex: bits & 0xffff_ffff)
            body.add("u;\n")
        case .i64Const:
            push(.i64)
            add(slot: stack.count - 1)
            body.add(" = ")
            body.add(hex: bits)
            body.add("ul;\n")
        case .f32Const:
            let isNaN = bits & 0x7fff_ffff > 0x7f80_0000
            push(.f32, isNaN ? .moved : .plain)
            add(slot: stack.count - 1)
            body.add(" = f32_of(")
            body.add(hex: bits & 0xffff_ffff)
            body.add("u);\n")
        default:
            let isNaN = bits & 0x7fff_ffff_ffff_ffff > 0x7ff0_0000_0000_0000
            push(.f64, isNaN ? .moved : .plain)
            add(slot: stack.count - 1)
            body.add(" = f64_of(")
            body.add(hex: bits)
            body.add("ul);\n")
        }
    }

    mutating func numeric(_ operation: NumericOperation) {
        let first = stack.count - operation.operandCount
        if operation.float == .seesBits { canonicaliseTop(operation.operandCount) }
        stack.removeLast(operation.operandCount)
        push(operation.result, operation.float == .computes ? .computed : operation.resultState)
        add(slot: first)
        body.add(" = ")
        body.add(operation.prefix)
        body.add(slot: first, operation.operand)
        if operation.operandCount == 2 {
            body.add(operation.infix)
            body.add(slot: first + 1, operation.operand)
        }
        body.add(operation.suffix)
        body.add(";\n")
    }

    mutating func select() {
        let condition = stack.count - 1
        _ = pop()
        let (first, second) = (condition - 2, condition - 1)
        // Where a moved value may be chosen, the computed one must be canonical beforehand.
        if stack[first].state == .moved || stack[second].state == .moved {
            // (Which of them is taken is not known, so the result has no source.)
            canonicalise(first)
            canonicalise(second)
        }
        let other = pop()
        add(slot: first)
        body.add(" = ")
        body.add(slot: condition, .i32)
        body.add(" ? ")
        add(slot: first)
        body.add(" : ")
        body.add(slot: second, other.type)
        body.add(";\n")
        if stack[first].state == .plain { stack[first].state = other.state }
        stack[first].source = -1
    }

    /// More than this are made canonical at once: looking for a local stays cheap.
    private static let pendingLocalsMax = 16

    /// What other blocks may read becomes canonical.
    mutating func settleLocals() {
        for index in pendingLocals {
            body.add(local: index)
            body.add(localTypes[index] == .f32 ? " = f32_canon(" : " = f64_canon(")
            body.add(local: index)
            body.add(");\n")
        }
        pendingLocals.removeAll(keepingCapacity: true)
    }

    mutating func local(_ opcode: Opcode, _ index: Int) {
        let type = localTypes[index]
        if opcode == .localGet {
            let isComputed = type.isFloat && (mayHoldComputed[index] || pendingLocals.contains(index))
            push(type, !type.isFloat ? .plain : isComputed ? .computed : .moved)
            add(slot: stack.count - 1)
            body.add(" = ")
            body.add(local: index)
            body.add(";\n")
            return
        }
        let top = stack.count - 1
        if type.isFloat {
            noteSeen(top)
            if !mayHoldComputed[index] {
                pendingLocals.removeAll { $0 == index }
                if stack[top].state == .computed {
                    if pendingLocals.count < Self.pendingLocalsMax { pendingLocals.append(index) } else { canonicalise(top) }
                }
            } else if stack[top].state == .moved {
                refuted.append(index)
            }
        }
        body.add(local: index)
        body.add(" = ")
        add(slot: top)
        body.add(";\n")
        if opcode == .localSet { _ = pop() }
    }

    mutating func global(_ opcode: Opcode, _ index: Int) {
        let type = context.module.globalTypes[index].value
        if opcode == .globalGet {
            push(type, type.isFloat ? .moved : .plain)
            add(slot: stack.count - 1)
            body.add(" = ")
        } else {
            canonicalise(stack.count - 1)
        }
        body.add("GLOBAL(m")
        body.add(type.cType)
        body.add(", ")
        body.add(decimal: index)
        body.add(")")
        if opcode == .globalSet {
            body.add(" = ")
            add(slot: stack.count - 1)
            _ = pop()
        }
        body.add(";\n")
    }

    // MARK: Memory

    mutating func addAddress(_ height: Int, _ offset: UInt64) {
        body.add("M(")
        body.add(slot: height, .i32)
        body.add(", ")
        body.add(decimal: UInt64(context.headerSize) + (offset & 0xffff_ffff))
        body.add(")")
    }

    mutating func load(_ operation: MemoryOperation, offset: UInt64) {
        let height = stack.count - 1
        _ = pop()
        push(operation.type, operation.type.isFloat ? .moved : .plain)
        noteLoad(size: operation.size)
        add(slot: height)
        body.add(" = ")
        body.add(operation.access)
        // An access that is known to lie in memory may be optimised away; any other must trap even if nobody uses its value.
        if addClonedAddress() { return body.add(";\n") }
        addAddress(height, offset)
        body.add(operation.type.isFloat ? "; UX(" : "; UI(")
        add(slot: height)
        body.add(");\n")
    }

    mutating func store(_ operation: MemoryOperation, offset: UInt64) {
        let value = stack.count - 1
        let isRaw = isLazy && stack[value].state == .computed
        noteStore(size: operation.size)
        if !isRaw { canonicalise(value) }
        body.add(operation.access)
        if !addClonedAddress() { addAddress(value - 1, offset) }
        body.add(" = ")
        add(slot: value)
        body.add(";\n")
        if isRaw { addNaNFlag(value) }
        stack.removeLast(2)
    }

    /// Operations whose cost or work depends on an operand: gas is compared before.
    mutating func bulk(_ instruction: Instruction) {
        let opcode = instruction.opcode
        let top = stack.count - 1
        let unit = context.schedule.unitCost(opcode)
        if unit > 0 {
            body.add("g -= (i64)((u64)")
            add(slot: top)
            body.add(" * ")
            body.add(decimal: unit)
            body.add(");\n")
        }
        holes.append((body.count, .outOfGasCheck))
        switch opcode {
        case .memoryGrow:
            add(slot: top)
            body.add(" = I->memory_grow(I, ")
            add(slot: top)
            body.add(");\n")
            return
        case .memoryCopy: body.add("memory_copy(I, ")
        case .memoryFill: body.add("memory_fill(I, ")
        case .memoryInit: body.add("memory_init(I, ")
        case .tableGrow: return tableGrow(Int(instruction.index))
        case .tableFill: return tableFill(Int(instruction.index))
        case .tableCopy:
            body.add("table_copy(I, ")
            body.add(decimal: instruction.index)
            body.add(", ")
            body.add(decimal: instruction.index2)
            body.add(", ")
        default:
            body.add("table_init(I, ")
            body.add(decimal: instruction.index2)
            body.add(", ")
        }
        for height in (top - 2)...top {
            add(slot: height)
            if height < top { body.add(", ") }
        }
        if opcode == .memoryInit || opcode == .tableInit {
            let isData = opcode == .memoryInit
            let segment = Int(instruction.index)
            let size = isData ? context.module.data[segment].bytes.count : context.module.elements[segment].items.count
            if context.isPassive(segment: segment, isData: isData) {
                if isData { dataSegments.insert(segment) } else { elementSegments.insert(segment) }
                body.add(isData ? ", data" : ", elements")
                body.add(decimal: segment)
                body.add(", SEGMENT(")
                body.add(decimal: context.flag(ofSegment: instruction.index, isData: isData))
                body.add(") ? 0 : ")
                body.add(decimal: size)
            } else {
                // Active and declarative segments are dropped before any code runs.
                body.add(", 0, 0")
            }
        }
        body.add(");\n")
        stack.removeLast(3)
    }
}
