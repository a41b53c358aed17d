// SPDX-License-Identifier: Apache-2.0
// Types function bodies: the algorithm of the specification's appendix A.3 with explicit stacks and no allocation per
// instruction. One validator serves all bodies of a module.

import XVMCore

/// Validates one body after the other. Time is linear in the body's bytes plus the values that it moves
/// (`WasmLimits.valueMoves`).
struct FunctionValidator {
    /// Operand of any type, as unreachable code has them.
    static let unknown: UInt8 = 0

    let context: ValidationContext
    /// `OperandSignature.table`, held here so that the loop reads no global.
    private let table = OperandSignature.table

    // State of the body.
    var operands: [UInt8] = []
    var frames: [Frame] = []
    private var locals: [UInt8] = []
    /// Height of the operand stack below the innermost frame.
    var floor = 0
    /// The rest of the innermost frame cannot be reached.
    var unreachable = false
    /// Neither can, because of this frame or one around it; such operands do not count in `peak`.
    var isDead = false
    private var peak = 0
    /// Offset of the current instruction.
    var at = 0
    private var branchTargets = 0

    // Sums over the module.
    private(set) var valueMoves = 0
    private(set) var moduleBranchTargets = 0

    init(_ context: ValidationContext) { self.context = context }

    /// A block that is open.
    struct Frame {
        enum Kind: UInt8 { case function, block, loop, `if`, `else` }
        var kind: Kind
        var unreachable: Bool
        /// Code around the block cannot be reached.
        var isInDeadCode: Bool
        var floor: Int
        var parameters: TypeRun
        var results: TypeRun

        /// What a branch to the block carries.
        @inline(__always) var label: TypeRun { kind == .loop ? parameters : results }
    }

    /// Validates the body that stands in `range`.
    /// - Parameter locals: runs of declared locals, whose sum the caller has limited.
    /// - Returns: the highest operand stack that reachable code has.
    mutating func validate(
        typeIndex: UInt32, locals runs: [(count: UInt32, type: ValueType)], body range: Range<Int>, bytes: [UInt8]
    ) throws(WasmError) -> Int {
        let signature = context.signatures[Int(typeIndex)]
        locals.removeAll(keepingCapacity: true)
        for index in signature.parameters.range { locals.append(context.typeList[index]) }
        for run in runs { locals.append(contentsOf: repeatElement(run.type.rawValue, count: Int(run.count))) }
        operands.removeAll(keepingCapacity: true)
        frames.removeAll(keepingCapacity: true)
        (floor, unreachable, isDead, peak, branchTargets) = (0, false, false, 0, 0)
        frames.append(
            Frame(
                kind: .function, unreachable: false, isInDeadCode: false, floor: 0, parameters: .none,
                results: signature.results))

        var reader = InstructionReader(
            ByteReader(bytes, range: range), features: context.features, branchTargetsMax: context.limits.branchTargets)
        var instruction = Instruction(opcode: .nop, offset: range.lowerBound)
        while try reader.read(into: &instruction) {
            at = instruction.offset
            let row = table[Int(instruction.row)]
            if row.isKnown {
                try apply(row, instruction)
            } else if instruction.row >= Opcode.firstVectorRow {
                try validateVector(instruction, row)
            } else {
                try validate(instruction)
                if frames.isEmpty {
                    guard reader.reader.isAtEnd else {
                        throw .malformed(.endExpected, at: reader.offset, "\(reader.reader.remaining) bytes after the last end")
                    }
                    if peak > context.limits.operandStack {
                        throw .limit("operand stack height", peak, context.limits.operandStack, at: range.lowerBound)
                    }
                    return peak
                }
            }
        }
        throw .malformed(.unexpectedEnd, at: range.upperBound, "\(frames.count) blocks open")
    }

    /// Does what a row of the table says.
    @inline(__always)
    mutating func apply(_ row: OperandSignature, _ instruction: Instruction) throws(WasmError) {
        if row.alignmentMax != 0xff { try checkAccess(instruction, alignmentMax: row.alignmentMax) }
        if row.first != 0 { try pop(row.first) }
        if row.second != 0 { try pop(row.second) }
        if row.result != 0 { push(row.result) }
    }

    /// The instructions whose types depend on more than their opcode; the frequent ones first.
    private mutating func validate(_ instruction: Instruction) throws(WasmError) {
        switch instruction.opcode {
        case .localGet:
            push(try local(instruction.index))
        case .localSet:
            try pop(try local(instruction.index))
        case .localTee:
            let type = try local(instruction.index)
            try pop(type)
            push(type)
        case .end:
            try closeFrame()
        case .block:
            try openFrame(.block, instruction.blockType)
        case .brIf:
            try pop(ValueType.i32.rawValue)
            let label = try self.label(instruction.index)
            try pop(label)
            try push(label)
        case .br:
            try pop(try label(instruction.index))
            markUnreachable()
        case .call:
            guard Int(instruction.index) < context.functionTypes.count else {
                throw .invalid(.unknownFunction, at: at, index(instruction.index, of: context.functionTypes.count))
            }
            let signature = context.signatures[Int(context.functionTypes[Int(instruction.index)])]
            try pop(signature.parameters)
            try push(signature.results)
        case .callIndirect:
            let signature = try self.signature(instruction.index)
            let element = try tableType(instruction.index2)
            guard element == .funcref else {
                throw .invalid(.typeMismatch, at: at, "call_indirect through a table of externref")
            }
            try pop(ValueType.i32.rawValue)
            try pop(signature.parameters)
            try push(signature.results)
        case .globalGet:
            push(try global(instruction.index).value.rawValue)
        case .globalSet:
            let global = try global(instruction.index)
            guard global.isMutable else { throw .invalid(.immutableGlobal, at: at, "global \(instruction.index)") }
            try pop(global.value.rawValue)
        case .drop:
            _ = try popAny()
        case .select:
            try select()
        case .loop:
            try openFrame(.loop, instruction.blockType)
        case .if:
            try pop(ValueType.i32.rawValue)
            try openFrame(.if, instruction.blockType)
        case .else:
            try openElse()
        case .return:
            try pop(frames[0].results)
            markUnreachable()
        case .brTable:
            try branchTable(instruction)
        case .unreachable:
            markUnreachable()
        case .nop:
            break
        default:
            try validateBulkAndReferences(instruction)
        }
    }

    // MARK: Operands

    @inline(__always)
    mutating func push(_ type: UInt8) {
        operands.append(type)
        if operands.count > peak && !isDead { peak = operands.count }
    }

    /// Pushes the types of a run, the last on top.
    mutating func push(_ run: TypeRun) throws(WasmError) {
        if run.count == 0 { return }
        try countMoves(run.count)
        for index in run.range { push(context.typeList[index]) }
    }

    @inline(__always)
    mutating func pop(_ expected: UInt8) throws(WasmError) {
        let count = operands.count
        if count > floor, operands[count - 1] == expected {
            operands.removeLast()
            return
        }
        try popOther(expected)
    }

    /// `pop` where the top is not plainly what is expected.
    private mutating func popOther(_ expected: UInt8) throws(WasmError) {
        let found = try popAny(expected)
        if found != expected && found != Self.unknown && expected != Self.unknown {
            throw mismatch(expected: expected, found: found)
        }
    }

    /// Pops the types of a run, the last first.
    mutating func pop(_ run: TypeRun) throws(WasmError) {
        if run.count == 0 { return }
        try countMoves(run.count)
        for index in run.range.reversed() { try pop(context.typeList[index]) }
    }

    /// Pops whatever is on top; `unknown` when the frame is empty and cannot be reached.
    mutating func popAny(_ expected: UInt8 = unknown) throws(WasmError) -> UInt8 {
        if operands.count > floor { return operands.removeLast() }
        if unreachable { return Self.unknown }
        throw mismatch(expected: expected, found: nil)
    }

    /// Compares the top of the stack with a run and leaves it there.
    private func matchTop(_ run: TypeRun) throws(WasmError) {
        var position = operands.count
        for index in run.range.reversed() {
            let expected = context.typeList[index]
            if position > floor {
                position -= 1
                let found = operands[position]
                if found != expected && found != Self.unknown { throw mismatch(expected: expected, found: found) }
            } else if !unreachable {
                throw mismatch(expected: expected, found: nil)
            }
        }
    }

    private mutating func countMoves(_ count: Int) throws(WasmError) {
        valueMoves += count
        if valueMoves > context.limits.valueMoves {
            throw .limit("number of values moved", valueMoves, context.limits.valueMoves, at: at)
        }
    }

    private mutating func select() throws(WasmError) {
        try pop(ValueType.i32.rawValue)
        let first = try popAny()
        let second = try popAny()
        for type in [first, second] where type == ValueType.funcref.rawValue || type == ValueType.externref.rawValue {
            throw .invalid(.typeMismatch, at: at, "a number expected, \(name(type)) found")
        }
        if first != second && first != Self.unknown && second != Self.unknown {
            throw mismatch(expected: second, found: first)
        }
        push(first == Self.unknown ? second : first)
    }

    // MARK: Blocks

    mutating func markUnreachable() {
        operands.removeLast(operands.count - floor)
        unreachable = true
        isDead = true
    }

    private mutating func openFrame(_ kind: Frame.Kind, _ type: BlockType) throws(WasmError) {
        let (parameters, results) = try runs(of: type)
        if frames.count > context.limits.nesting {
            throw .limit("nesting depth", frames.count, context.limits.nesting, at: at)
        }
        try pop(parameters)
        frames[frames.count - 1].unreachable = unreachable
        frames.append(
            Frame(
                kind: kind, unreachable: false, isInDeadCode: isDead, floor: operands.count, parameters: parameters,
                results: results))
        floor = operands.count
        unreachable = false
        try push(parameters)
    }

    /// Checks that the innermost block leaves exactly its results, and removes them.
    private mutating func popResults(_ frame: Frame) throws(WasmError) {
        try pop(frame.results)
        if operands.count != floor {
            throw .invalid(.typeMismatch, at: at, "\(operands.count - floor) values left on the stack at the end of a block")
        }
    }

    private mutating func openElse() throws(WasmError) {
        let last = frames.count - 1
        guard frames[last].kind == .if else { throw .malformed(.endExpected, at: at, "else without if") }
        try popResults(frames[last])
        frames[last].kind = .else
        unreachable = false
        isDead = frames[last].isInDeadCode
        try push(frames[last].parameters)
    }

    private mutating func closeFrame() throws(WasmError) {
        let frame = frames[frames.count - 1]
        try popResults(frame)
        if frame.kind == .if { try matchImplicitElse(frame) }
        frames.removeLast()
        guard let outer = frames.last else { return }
        floor = outer.floor
        unreachable = outer.unreachable
        isDead = frame.isInDeadCode
        try push(frame.results)
    }

    /// An `if` without `else` passes its parameters through.
    private func matchImplicitElse(_ frame: Frame) throws(WasmError) {
        let list = context.typeList
        guard frame.parameters.count == frame.results.count,
            zip(frame.parameters.range, frame.results.range).allSatisfy({ list[$0] == list[$1] })
        else { throw .invalid(.typeMismatch, at: at, "if without else must leave the types that it takes") }
    }

    private mutating func branchTable(_ instruction: Instruction) throws(WasmError) {
        branchTargets += instruction.labels.count
        if branchTargets > context.limits.branchTargets {
            throw .limit("branch table entries of the function", branchTargets, context.limits.branchTargets, at: at)
        }
        moduleBranchTargets += instruction.labels.count
        if moduleBranchTargets > context.limits.moduleBranchTargets {
            throw .limit(
                "branch table entries of the module", moduleBranchTargets, context.limits.moduleBranchTargets, at: at)
        }
        try pop(ValueType.i32.rawValue)
        let common = try label(instruction.index2)
        for index in instruction.labels {
            let run = try label(index)
            guard run.count == common.count else {
                throw .invalid(.typeMismatch, at: at, "label \(index) takes \(run.count) values, the default \(common.count)")
            }
            if run.count > 0 {
                try countMoves(run.count)
                try matchTop(run)
            }
        }
        try pop(common)
        markUnreachable()
    }

    // MARK: Indices

    @inline(__always)
    private func local(_ index: UInt32) throws(WasmError) -> UInt8 {
        guard Int(index) < locals.count else {
            throw .invalid(.unknownLocal, at: at, self.index(index, of: locals.count))
        }
        return locals[Int(index)]
    }

    private func global(_ index: UInt32) throws(WasmError) -> GlobalType {
        guard Int(index) < context.globals.count else {
            throw .invalid(.unknownGlobal, at: at, self.index(index, of: context.globals.count))
        }
        return context.globals[Int(index)]
    }

    private func label(_ index: UInt32) throws(WasmError) -> TypeRun {
        guard Int(index) < frames.count else {
            throw .invalid(.unknownLabel, at: at, self.index(index, of: frames.count))
        }
        return frames[frames.count - 1 - Int(index)].label
    }

    private func signature(_ index: UInt32) throws(WasmError) -> ValidationContext.Signature {
        guard Int(index) < context.signatures.count else {
            throw .invalid(.unknownType, at: at, self.index(index, of: context.signatures.count))
        }
        return context.signatures[Int(index)]
    }

    func tableType(_ index: UInt32) throws(WasmError) -> ValueType {
        guard Int(index) < context.tables.count else {
            throw .invalid(.unknownTable, at: at, self.index(index, of: context.tables.count))
        }
        return context.tables[Int(index)].element
    }

    private func runs(of type: BlockType) throws(WasmError) -> (parameters: TypeRun, results: TypeRun) {
        switch type {
        case .empty: return (.none, .none)
        case .value(let type): return (.none, context.run(of: type))
        case .function(let index):
            let signature = try signature(index)
            return (signature.parameters, signature.results)
        }
    }

    @inline(__always)
    private func checkAccess(_ instruction: Instruction, alignmentMax: UInt8) throws(WasmError) {
        try requireMemory()
        guard instruction.index <= UInt32(alignmentMax) else {
            throw .invalid(.alignment, at: at, "2^\(instruction.index), natural 2^\(alignmentMax)")
        }
    }

    @inline(__always)
    func requireMemory() throws(WasmError) {
        if !context.hasMemory { throw .invalid(.unknownMemory, at: at, "the module has none") }
    }

    // MARK: Messages

    func index(_ index: UInt32, of count: Int) -> String { "index \(index), \(count) defined" }

    private func mismatch(expected: UInt8, found: UInt8?) -> WasmError {
        let expectation = expected == Self.unknown ? "an operand" : name(expected)
        guard let found else { return .invalid(.typeMismatch, at: at, "\(expectation) expected, none left in the block") }
        return .invalid(.typeMismatch, at: at, "\(expectation) expected, \(name(found)) found")
    }

    private func name(_ type: UInt8) -> String { ValueType(rawValue: type).map { "\($0)" } ?? "any type" }
}
