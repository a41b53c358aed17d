// SPDX-License-Identifier: Apache-2.0
// The sections that fill: element segments, code, data segments; and constant expressions.

import XVMCore

extension ModuleDecoder {
    // MARK: Constant expressions (section 3.3.8)

    /// Reads an expression of one constant instruction that gives `type`. Of globals it may name imported ones alone.
    mutating func constantExpression(_ type: ValueType) throws(WasmError) -> ConstantExpression {
        let start = cursor.offset
        guard let instruction = try cursor.next() else { throw .malformed(.unexpectedEnd, at: start) }
        let expression: ConstantExpression
        let found: ValueType
        switch instruction.opcode {
        case .i32Const: (expression, found) = (.constant(.i32, bits: instruction.bits), .i32)
        case .i64Const: (expression, found) = (.constant(.i64, bits: instruction.bits), .i64)
        case .f32Const: (expression, found) = (.constant(.f32, bits: instruction.bits), .f32)
        case .f64Const: (expression, found) = (.constant(.f64, bits: instruction.bits), .f64)
        case .v128Const: (expression, found) = (.vector(low: instruction.bits, high: instruction.bitsHigh), .v128)
        case .globalGet:
            guard Int(instruction.index) < module.importedGlobalCount else {
                throw .invalid(
                    .unknownGlobal, at: start, "index \(instruction.index), \(module.importedGlobalCount) imported")
            }
            let global = module.globalTypes[Int(instruction.index)]
            if global.isMutable {
                throw .invalid(.constantExpression, at: start, "global \(instruction.index) is mutable")
            }
            (expression, found) = (.globalGet(instruction.index), global.value)
        case .refFunc:
            guard Int(instruction.index) < module.functionTypes.count else {
                throw .invalid(
                    .unknownFunction, at: start, "index \(instruction.index), \(module.functionTypes.count) defined")
            }
            declaredFunctions.insert(instruction.index)
            (expression, found) = (.refFunc(instruction.index), .funcref)
        case .refNull:
            guard let null = ValueType(rawValue: UInt8(truncatingIfNeeded: instruction.index)) else {
                throw .malformed(.referenceType, at: start)
            }
            (expression, found) = (.refNull(null), null)
        case .end:
            throw .invalid(.typeMismatch, at: start, "\(type) expected, the expression is empty")
        default:
            throw .invalid(.constantExpression, at: start, "\(instruction.opcode.mnemonic) is not constant")
        }
        let next = cursor.offset
        guard let end = try cursor.next() else { throw .malformed(.endExpected, at: next) }
        switch end.opcode {
        case .end: break
        case .i32Const, .i64Const, .f32Const, .f64Const, .v128Const, .globalGet, .refFunc, .refNull:
            try refuseArithmetic()
            throw .invalid(.typeMismatch, at: next, "a constant expression leaves one value")
        default:
            throw .invalid(.constantExpression, at: next, "one instruction expected, then \(end.opcode.mnemonic)")
        }
        if found != type { throw .invalid(.typeMismatch, at: start, "\(type) expected, \(found) found") }
        return expression
    }

    /// Names the later feature if the rest of the expression computes.
    private mutating func refuseArithmetic() throws(WasmError) {
        while let instruction = try cursor.next(), instruction.opcode != .end {
            switch instruction.opcode {
            case .i32Add, .i32Sub, .i32Mul, .i64Add, .i64Sub, .i64Mul:
                throw .unsupported("extended constant expressions: " + instruction.opcode.mnemonic, at: instruction.offset)
            default: continue
            }
        }
    }

    // MARK: Element segments (section 5.5.12)

    mutating func elementSection() throws(WasmError) {
        let count = try count("number of element segments", limit: limits.elementSegments, entrySize: 2)
        module.elements.reserveCapacity(count)
        for _ in 0..<count { module.elements.append(try elementSegment()) }
    }

    /// Bit 0 of the flags: passive or declarative; bit 1: declarative, or an explicit table; bit 2: expressions for items.
    private mutating func elementSegment() throws(WasmError) -> ElementSegment {
        let start = cursor.offset
        let flags = try cursor.u32()
        guard flags < 8 else { throw .malformed(.segmentFlags, at: start, "\(flags)") }
        let hasExpressions = flags & 4 != 0
        var mode: SegmentMode = flags & 2 != 0 ? .declarative : .passive
        var table: UInt32?
        if flags & 1 == 0 {
            let tableOffset = cursor.offset
            let index = flags & 2 != 0 ? try cursor.u32() : 0
            guard Int(index) < module.tables.count else {
                throw .invalid(.unknownTable, at: tableOffset, "index \(index), \(module.tables.count) defined")
            }
            table = index
            mode = .active(index: index, offset: try constantExpression(.i32))
        }
        var type = ValueType.funcref
        if flags & 3 != 0 {
            let kindOffset = cursor.offset
            if hasExpressions {
                type = try cursor.referenceType()
            } else {
                let kind = try cursor.u8()
                guard kind == 0 else { throw .malformed(.elementKind, at: kindOffset, "0x" + Hex.encode([kind])) }
            }
        }
        if let table {
            let expected = module.tables[Int(table)].element
            if type != expected { throw .invalid(.typeMismatch, at: start, "\(expected) expected, \(type) found") }
        }

        let count = try count(
            "number of element items", limit: limits.elementItems, entrySize: hasExpressions ? 3 : 1, present: elementItemCount)
        elementItemCount += count
        var items: [ConstantExpression] = []
        items.reserveCapacity(count)
        for _ in 0..<count {
            if hasExpressions {
                items.append(try constantExpression(type))
            } else {
                let index = try index(below: module.functionTypes.count, .unknownFunction)
                declaredFunctions.insert(index)
                items.append(.refFunc(index))
            }
        }
        return ElementSegment(mode: mode, type: type, items: items)
    }

    // MARK: Code (section 5.5.13)

    mutating func codeSection() throws(WasmError) {
        let start = cursor.offset
        let declared = module.functionTypes.count - module.importedFunctionCount
        let count = try count("number of functions", limit: limits.functions, entrySize: 2)
        if count != declared { throw .malformed(.functionAndCodeCount, at: start, "\(declared) and \(count)") }
        module.functions.reserveCapacity(count)

        var validator = FunctionValidator(
            ValidationContext(
                module, dataCount: dataCount, declaredFunctions: declaredFunctions, limits: limits, features: features))
        var rest = cursor.reader
        var moduleLocals = 0
        for position in 0..<count {
            let index = module.importedFunctionCount + position
            do throws(WasmError) {
                cursor.reader = rest
                let sizeOffset = cursor.offset
                let size = Int(try cursor.u32())
                if size > limits.bodySize { throw .limit("body size", size, limits.bodySize, at: sizeOffset) }
                let range = try take(size)
                rest = cursor.reader
                cursor.reader = ByteReader(module.bytes, range: range)
                let (runs, localCount) = try localRuns()
                let typeIndex = module.functionTypes[index]
                moduleLocals += localCount + module.types[Int(typeIndex)].parameters.count
                if moduleLocals > limits.moduleLocals {
                    throw .limit(
                        "number of parameters and locals of all functions", moduleLocals, limits.moduleLocals,
                        at: range.lowerBound)
                }
                let body = cursor.offset..<range.upperBound
                let peak = try validator.validate(typeIndex: typeIndex, locals: runs, body: body, bytes: module.bytes)
                module.functions.append(
                    Function(typeIndex: typeIndex, locals: runs, localCount: localCount, body: body, operandStackMax: peak))
            } catch {
                throw error.inFunction(index)
            }
        }
        cursor.reader = rest
    }

    /// Runs of locals; their sum is known to be within limits before anything is made of it.
    private mutating func localRuns() throws(WasmError) -> (runs: [(count: UInt32, type: ValueType)], sum: Int) {
        let start = cursor.offset
        let count = try count("number of runs of locals", limit: limits.bodySize, entrySize: 2)
        var runs: [(count: UInt32, type: ValueType)] = []
        runs.reserveCapacity(count)
        var sum = 0
        for _ in 0..<count {
            let length = try cursor.u32()
            runs.append((length, try cursor.valueType()))
            sum += Int(length)
        }
        if sum > UInt32.max { throw .malformed(.tooManyLocals, at: start, "\(sum)") }
        if sum > limits.locals { throw .limit("number of locals", sum, limits.locals, at: start) }
        return (runs, sum)
    }

    // MARK: Data segments (section 5.5.14)

    mutating func dataSection() throws(WasmError) {
        let start = cursor.offset
        let count = try count("number of data segments", limit: limits.dataSegments, entrySize: 2)
        if let dataCount, Int(dataCount) != count { throw .malformed(.dataCount, at: start, "\(dataCount) and \(count)") }
        module.data.reserveCapacity(count)
        for _ in 0..<count {
            let segmentOffset = cursor.offset
            let flags = try cursor.u32()
            guard flags <= 2 else { throw .malformed(.segmentFlags, at: segmentOffset, "\(flags)") }
            var mode = SegmentMode.passive
            if flags != 1 {
                let indexOffset = cursor.offset
                let index = flags == 2 ? try cursor.u32() : 0
                guard Int(index) < module.memories.count else {
                    throw .invalid(.unknownMemory, at: indexOffset, "index \(index), \(module.memories.count) defined")
                }
                mode = .active(index: index, offset: try constantExpression(.i32))
            }
            let sizeOffset = cursor.offset
            let size = Int(try cursor.u32())
            dataSize += size
            if dataSize > limits.dataSize { throw .limit("size of all data segments", dataSize, limits.dataSize, at: sizeOffset) }
            module.data.append(DataSegment(mode: mode, bytes: try take(size)))
        }
    }
}

extension WasmError {
    /// The same error, saying in which function it is.
    func inFunction(_ index: Int) -> WasmError {
        var error = self
        error.detail = error.detail.isEmpty ? "function \(index)" : error.detail + ", function \(index)"
        return error
    }
}
