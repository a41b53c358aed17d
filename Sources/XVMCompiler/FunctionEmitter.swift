// SPDX-License-Identifier: Apache-2.0
// One function body to C: flat statements, labels and goto, explicit stacks. The walk writes the text with holes where gas may
// be charged; when the control flow is known, GasGraph says what goes into them.

import XVMWasm

/// What a function's text needs of the rest of the module.
struct FunctionText {
    var text: SharedText
    /// Indices of functions that the text names, ascending, without the function itself.
    var callees: [Int]
    /// Passive data and element segments that the text names, ascending.
    var dataSegments: [Int]
    var elementSegments: [Int]
    /// Whether it names `references`.
    var usesReferences: Bool
    var usesVectors: Bool
    /// Tables that it may let grow.
    var grownTables: Set<Int>
    var frameCost: Int
    var chargeCount: Int
}

struct FunctionEmitter: ~Copyable {
    /// One value on the operand stack; its variable is named by its height and type.
    struct Slot {
        var type: ValueType
        var state: FloatState
        /// In a clone: the access that loaded this value, -1 where it did not come from memory as it is.
        var source: Int32 = -1
    }

    enum FrameKind { case function, block, loop, ifThen, ifElse }

    /// An open block whose beginning is reachable.
    struct Frame {
        var kind: FrameKind
        /// Stack height below the parameters.
        var height: Int
        var parameters: [ValueType]
        var results: [ValueType]
        /// Where its label leads; for a function the exit.
        var target: Int
        /// Where a false `if` leads.
        var elseTarget = 0
        var isTargeted = false
        /// Number of the clone that stands before a counted loop.
        var clone: Int?
    }

    enum Hole {
        case node(Int), edge(Int), outOfGasCheck
        /// What the edge out of a counted loop costs, on the way out of its clone.
        case cloneExit(Int)
    }

    let context: ModuleContext
    let costs: GasSchedule.CostTable
    let function: Int
    let type: FunctionType
    let definition: Function

    var body: CText
    var holes: [(position: Int, hole: Hole)] = []
    var graph = GasGraph()
    var stack: [Slot] = []
    var frames: [Frame] = []
    var isLive = true
    /// Blocks that were opened in dead code and not closed.
    var deadDepth = 0
    /// The node that is open, and the one that pays for the current run (-1: nobody, dead code).
    var node = 0
    var payer = -1
    var containsCall = false
    var stubCount = 0
    /// By clone: the header that its loop has without it, and the edge out of the loop.
    var clones: [(header: Int, cost: Int64, exit: Int)] = []
    /// The counted loop whose clone is being written, and how many of its accesses are.
    var cloned: CountedLoop?
    var clonedAccessCount = 0
    /// What the accesses of that clone are, in order, and whether it is written to learn that or to be kept.
    var cloneAccesses: [CloneAccess] = []
    /// Whether floats are stored as they were computed, to be made canonical behind the loop.
    var isLazy = false
    /// How the flag of such a clone is kept, and how many values wait to be compared.
    var lazyIsPacked = false
    var lazyPending = 0
    var localTypes: [ValueType] = []
    /// Whether a local only ever receives computed or plain floats, so that it need not be canonical.
    var mayHoldComputed: [Bool] = []
    /// Locals that must be canonical at the end of the block and hold what was computed in it. Most are overwritten or never read
    /// again, so that the C compiler drops what is done for them.
    var pendingLocals: [Int] = []
    /// Locals that were assumed to and then received a moved value.
    var refuted: [Int] = []
    /// By height: a bit for each type that a slot of this height has.
    var usedSlots: [UInt8] = []
    /// Whether the text names the array of functions that can be referred to.
    var usesReferences = false
    var usesVectors = false
    var grownTables: Set<Int> = []
    var callees: Set<Int> = []
    var dataSegments: Set<Int> = []
    var elementSegments: Set<Int> = []

    init(context: ModuleContext, position: Int) {
        self.context = context
        self.costs = context.schedule.costTable
        self.function = context.module.importedFunctionCount + position
        self.definition = context.module.functions[position]
        self.type = context.module.types[Int(definition.typeIndex)]
        self.reader = InstructionReader(context.module, body: definition.body)
        // A byte of Wasm becomes some nine of C.
        body = CText(capacity: 10 * definition.body.count + 256)
        holes.reserveCapacity(64)
        stack.reserveCapacity(definition.operandStackMax + 1)
    }

    /// Bytes of stack that a call of this function costs: from the Wasm bytes alone.
    static func frameCost(_ type: FunctionType, _ function: Function) -> Int {
        let vectors = function.locals.reduce(type.parameters.count { $0 == .v128 }) {
            $0 + ($1.type == .v128 ? Int($1.count) : 0)
        }
        return ModuleContext.frameCostBase + 8
            * (type.parameters.count + function.localCount + vectors + function.operandStackMax)
    }

    /// The function's C text.
    mutating func emit() throws(CompilerError) -> FunctionText {
        let frameCost = max(Self.frameCost(type, definition), context.frameCostMin)
        let limits = context.limits
        if frameCost > limits.frameCost {
            throw .limit(.frameCost, value: frameCost, limit: limits.frameCost, place: .function(function))
        }
        localTypes = type.parameters
        usesVectors = type.parameters.contains(.v128) || type.results.contains(.v128)
        for run in definition.locals { localTypes += [ValueType](repeating: run.type, count: Int(run.count)) }
        if localTypes.contains(.v128) { usesVectors = true }
        mayHoldComputed = localTypes.enumerated().map { $0.offset >= type.parameters.count && $0.element.isFloat }
        // Optimistic about float locals; a local that turns out to receive a moved value is made strict and the walk repeated.
        // The third walk assumes nothing, so there are at most three.
        try walk()
        var attempt = 1
        while !refuted.isEmpty {
            if attempt == 1 {
                for local in refuted { mayHoldComputed[local] = false }
            } else {
                mayHoldComputed = [Bool](repeating: false, count: localTypes.count)
            }
            attempt += 1
            try walk()
        }
        return try assemble(frameCost)
    }

    /// Reads the body; a member, because a clone reads ahead with a copy of it.
    var reader: InstructionReader

    private mutating func walk() throws(CompilerError) {
        body.removeAll()
        holes.removeAll(keepingCapacity: true)
        graph = GasGraph()
        stack.removeAll(keepingCapacity: true)
        refuted.removeAll()
        pendingLocals.removeAll(keepingCapacity: true)
        stubCount = 0
        clones.removeAll(keepingCapacity: true)
        isLive = true
        deadDepth = 0
        frames = [Frame(kind: .function, height: 0, parameters: [], results: type.results, target: GasGraph.exit)]
        openNode(.functionEntry, at: graph.newTarget())
        reader = InstructionReader(context.module, body: definition.body)
        var instruction = Instruction(opcode: .nop, offset: 0)
        while try read(into: &instruction) {
            try step(instruction)
            if body.count > context.limits.functionCodeSize {
                throw .limit(
                    .functionCodeSize, value: body.count, limit: context.limits.functionCodeSize, place: .function(function))
            }
        }
    }

    /// The next instruction; false behind the last one.
    mutating func read(into instruction: inout Instruction) throws(CompilerError) -> Bool {
        do { return try reader.read(into: &instruction) } catch { throw .body(error, function: function) }
    }

    // MARK: Runs, nodes and edges

    mutating func openNode(_ kind: GasGraph.Kind, at target: Int) {
        node = graph.openNode(kind, at: target)
        if kind != .afterCall || context.schedule.callEndsRun { payer = node }
        holes.append((body.count, .node(node)))
    }

    @discardableResult
    mutating func edge(to target: Int) -> Int {
        let number = graph.addEdge(from: node, to: target)
        holes.append((body.count, .edge(number)))
        return number
    }

    private mutating func pay(_ opcode: Opcode) {
        if payer >= 0 { graph.addCost(costs.cost(opcode), to: payer) }
    }

    /// Ends live code and its run.
    private mutating func stopRun() {
        isLive = false
        payer = -1
    }

    // MARK: Stack

    mutating func push(_ type: ValueType, _ state: FloatState = .plain) {
        let height = stack.count
        stack.append(Slot(type: type, state: state))
        markUsed(height, type)
    }

    mutating func pop() -> Slot { stack.removeLast() }

    mutating func add(slot height: Int) { body.add(slot: height, stack[height].type) }

    /// Makes a computed NaN canonical where its bits are about to be seen.
    mutating func canonicalise(_ height: Int) {
        noteSeen(height)
        guard stack[height].state == .computed else { return }
        add(slot: height)
        body.add(stack[height].type == .f32 ? " = f32_canon(" : " = f64_canon(")
        add(slot: height)
        body.add(");\n")
        stack[height].state = .plain
    }

    mutating func canonicaliseTop(_ count: Int) {
        for height in (stack.count - count)..<stack.count { canonicalise(height) }
    }

    private mutating func resetStack(to height: Int, then types: [ValueType]) {
        stack.removeLast(stack.count - height)
        for type in types { push(type, type.isFloat ? .moved : .plain) }
    }

    // MARK: Instructions

    mutating func step(_ instruction: Instruction) throws(CompilerError) {
        let opcode = instruction.opcode
        guard isLive else { return stepDead(opcode) }
        switch opcode {
        case .end: return end()
        case .else: return elseArm()
        default: pay(opcode)
        }
        switch opcode {
        case .nop, .drop:
            if opcode == .drop { _ = pop() }
        case .unreachable:
            body.add("xvm_trap(I, 1);\n")
            pendingLocals.removeAll(keepingCapacity: true)
            isLive = false
        case .block, .loop, .if: try open(instruction)
        case .br:
            branch(depth: Int(instruction.index))
            stopRun()
        case .return:
            branch(depth: frames.count - 1)
            stopRun()
        case .brIf: branchIf(depth: Int(instruction.index))
        case .brTable: branchTable(instruction)
        case .call: call(Int(instruction.index))
        case .callIndirect: callIndirect(typeIndex: Int(instruction.index), table: Int(instruction.index2))
        case .select: select()
        case .selectTyped: select()
        case .localGet, .localSet, .localTee: local(opcode, Int(instruction.index))
        case .globalGet, .globalSet: global(opcode, Int(instruction.index))
        case .i32Const, .i64Const, .f32Const, .f64Const: constant(opcode, instruction.bits)
        case .memorySize:
            push(.i32)
            add(slot: stack.count - 1)
            body.add(" = I->memory_pages;\n")
        case .memoryGrow, .memoryCopy, .memoryFill, .memoryInit, .tableCopy, .tableInit, .tableGrow, .tableFill: bulk(instruction)
        case .tableGet, .tableSet, .tableSize: table(instruction)
        case .refNull, .refIsNull, .refFunc: reference(instruction)
        case .dataDrop, .elemDrop:
            body.add("SEGMENT(")
            body.add(decimal: context.flag(ofSegment: instruction.index, isData: opcode == .dataDrop))
            body.add(") = 1;\n")
        default:
            if let operation = NumericOperation.of(opcode) {
                numeric(operation)
            } else if let operation = VectorOperation.of(opcode) {
                vector(operation, instruction)
            } else if let operation = MemoryOperation.load(opcode) {
                load(operation, offset: instruction.bits)
            } else if let operation = MemoryOperation.store(opcode) {
                store(operation, offset: instruction.bits)
            } else {
                throw .unsupportedInstruction(opcode, function: function, offset: instruction.offset)
            }
        }
    }

    /// Dead code has no text and no node, but it is part of the run in which the code died by `unreachable`.
    private mutating func stepDead(_ opcode: Opcode) {
        switch opcode {
        case .block, .loop, .if:
            pay(opcode)
            payer = -1
            deadDepth += 1
        case .br, .brIf, .brTable, .return:
            pay(opcode)
            payer = -1
        case .call, .callIndirect:
            pay(opcode)
            if context.schedule.callEndsRun { payer = -1 }
        case .else:
            if deadDepth == 0 { elseArm() } else { payer = -1 }
        case .end:
            if deadDepth == 0 {
                end()
            } else {
                deadDepth -= 1
                payer = -1
            }
        default: pay(opcode)
        }
    }

    // MARK: Control

    private func signature(_ type: BlockType) -> (parameters: [ValueType], results: [ValueType]) {
        switch type {
        case .empty: return ([], [])
        case .value(let value): return ([], [value])
        case .function(let index):
            let function = context.module.types[Int(index)]
            return (function.parameters, function.results)
        }
    }

    mutating func addLabel(_ letter: UInt8, _ number: Int) {
        body.add(byte: letter)
        body.add(decimal: number)
    }

    mutating func place(label letter: UInt8, _ number: Int) {
        addLabel(letter, number)
        body.add(":;\n")
    }

    mutating func goTo(_ letter: UInt8, _ number: Int) {
        body.add("goto ")
        addLabel(letter, number)
        body.add(";\n")
    }

    private static let labelLetter = UInt8(ascii: "L")
    static let cloneLetter = UInt8(ascii: "C")
    static let cloneExitLetter = UInt8(ascii: "X")
    private static let stubLetter = UInt8(ascii: "B")

    private mutating func open(_ instruction: Instruction) throws(CompilerError) {
        let (parameters, results) = signature(instruction.blockType)
        var condition = 0
        if instruction.opcode == .if {
            condition = stack.count - 1
            _ = pop()
        }
        settleLocals()
        canonicaliseTop(parameters.count)
        for height in (stack.count - parameters.count)..<stack.count where stack[height].type.isFloat {
            stack[height].state = .moved
        }
        let target = graph.newTarget()
        var frame = Frame(
            kind: .block, height: stack.count - parameters.count, parameters: parameters, results: results, target: target)
        switch instruction.opcode {
        case .loop:
            frame.kind = .loop
            if parameters.isEmpty { frame.clone = try writeClone() }
            edge(to: target)
            place(label: Self.labelLetter, target)
            openNode(.loopHeader, at: target)
            if let clone = frame.clone { clones[clone].header = node }
        case .if:
            frame.kind = .ifThen
            frame.elseTarget = graph.newTarget()
            body.add("if (!")
            body.add(slot: condition, .i32)
            body.add(") {\n")
            edge(to: frame.elseTarget)
            goTo(Self.labelLetter, frame.elseTarget)
            body.add("}\n")
            fallThrough()
        default: fallThrough()
        }
        frames.append(frame)
    }

    /// Begins the next run in a node of its own.
    /// - Parameter clone: the clone of the loop that is left; it goes on behind the edge's charge, which it has paid itself.
    mutating func fallThrough(clone: Int? = nil) {
        let target = graph.newTarget()
        let number = edge(to: target)
        if let clone {
            clones[clone].exit = number
            place(label: Self.cloneExitLetter, clone)
        }
        openNode(.plain, at: target)
    }

    private mutating func elseArm() {
        let frame = frames[frames.count - 1]
        if isLive {
            settleLocals()
            canonicaliseTop(frame.results.count)
            edge(to: frame.target)
            goTo(Self.labelLetter, frame.target)
            frames[frames.count - 1].isTargeted = true
        }
        frames[frames.count - 1].kind = .ifElse
        beginElse(frame)
    }

    private mutating func beginElse(_ frame: Frame) {
        isLive = true
        deadDepth = 0
        resetStack(to: frame.height, then: frame.parameters)
        place(label: Self.labelLetter, frame.elseTarget)
        openNode(.plain, at: frame.elseTarget)
    }

    private mutating func end() {
        if frames[frames.count - 1].kind == .ifThen { elseArm() }
        let frame = frames[frames.count - 1]
        if frame.kind == .function {
            if isLive { branch(depth: 0) }
            frames.removeLast()
            stopRun()
            return
        }
        // A loop's label is its header; what follows the loop is reached only by falling through.
        let target = frame.kind == .loop ? graph.newTarget() : frame.target
        if isLive {
            settleLocals()
            canonicaliseTop(frame.results.count)
            edge(to: target)
        }
        frames.removeLast()
        let isTargeted = frame.kind != .loop && frame.isTargeted
        guard isLive || isTargeted else {
            payer = -1
            return
        }
        isLive = true
        deadDepth = 0
        resetStack(to: frame.height, then: frame.results)
        if isTargeted { place(label: Self.labelLetter, target) }
        openNode(.plain, at: target)
    }

    /// Values that a branch to `frame` carries.
    private func carried(_ frame: Frame) -> [ValueType] { frame.kind == .loop ? frame.parameters : frame.results }

    /// An unconditional branch, with what it moves. The values that it carries are canonical already or made so.
    private mutating func branch(depth: Int) {
        let frame = frames[frames.count - 1 - depth]
        if frame.kind == .function { pendingLocals.removeAll(keepingCapacity: true) } else { settleLocals() }
        canonicaliseTop(carried(frame).count)
        jump(depth: depth)
    }

    private mutating func jump(depth: Int) {
        let position = frames.count - 1 - depth
        let frame = frames[position]
        let types = carried(frame)
        edge(to: frame.target)
        let first = stack.count - types.count
        if frame.kind == .function {
            addReturn(first: first)
            return
        }
        frames[position].isTargeted = true
        // Downwards only, lowest first, so that no value is overwritten before it has moved.
        if first != frame.height {
            for (index, type) in types.enumerated() {
                body.add(slot: frame.height + index, type)
                markUsed(frame.height + index, type)
                body.add(" = ")
                add(slot: first + index)
                body.add(";\n")
            }
        }
        goTo(Self.labelLetter, frame.target)
    }

    @inline(__always)
    private mutating func markUsed(_ height: Int, _ type: ValueType) {
        if height >= usedSlots.count { usedSlots += [UInt8](repeating: 0, count: height + 1 - usedSlots.count) }
        usedSlots[height] |= 1 << UInt8(type.slotRow)
    }

    private mutating func addReturn(first: Int) {
        if type.results.isEmpty {
            body.add("return g;\n")
            return
        }
        body.add("return (")
        context.addResultType(type.results, to: &body)
        body.add("){")
        for index in type.results.indices {
            add(slot: first + index)
            body.add(", ")
        }
        body.add("g};\n")
    }

    private mutating func branchIf(depth: Int) {
        let condition = stack.count - 1
        _ = pop()
        settleLocals()
        canonicaliseTop(carried(frames[frames.count - 1 - depth]).count)
        body.add("if (")
        body.add(slot: condition, .i32)
        body.add(") {\n")
        jump(depth: depth)
        body.add("}\n")
        let clone = depth == 0 ? frames[frames.count - 1].clone : nil
        fallThrough(clone: clone)
    }

    private mutating func branchTable(_ instruction: Instruction) {
        let index = stack.count - 1
        _ = pop()
        settleLocals()
        canonicaliseTop(carried(frames[frames.count - 1 - Int(instruction.index2)]).count)
        var stubs: [UInt32: Int] = [:]
        var order: [UInt32] = []
        func stub(_ depth: UInt32) -> Int {
            if let known = stubs[depth] { return known }
            let number = stubCount + order.count
            stubs[depth] = number
            order.append(depth)
            return number
        }
        body.add("switch (")
        body.add(slot: index, .i32)
        body.add(") {\n")
        let labels = instruction.labels
        var first = 0
        while first < labels.count {
            var last = first
            while last + 1 < labels.count, labels[last + 1] == labels[first] { last += 1 }
            if labels[first] != instruction.index2 {
                body.add("case ")
                body.add(decimal: first)
                if last > first {
                    body.add(" ... ")
                    body.add(decimal: last)
                }
                body.add(": ")
                goTo(Self.stubLetter, stub(labels[first]))
            }
            first = last + 1
        }
        body.add("default: ")
        goTo(Self.stubLetter, stub(instruction.index2))
        body.add("}\n")
        stubCount += order.count
        for depth in order {
            if let number = stubs[depth] { place(label: Self.stubLetter, number) }
            jump(depth: Int(depth))
        }
        stopRun()
    }

    // MARK: Calls

    private mutating func call(_ callee: Int) {
        callees.insert(callee)
        invoke(context.module.types[Int(context.module.functionTypes[callee])]) { body in body.add(function: callee) }
    }

    private mutating func callIndirect(typeIndex: Int, table: Int) {
        let index = stack.count - 1
        _ = pop()
        let type = context.module.types[typeIndex]
        let context = self.context
        if context.isLinked { addFunctionRecord(table: table, index: index, type: context.canonicalTypes[typeIndex]) }
        invoke(type, isRecord: context.isLinked) { body in
            body.add("((")
            context.addReturnType(type.results, to: &body)
            body.add(" (*)(struct xvm_instance *, i64, u64")
            for parameter in type.parameters {
                body.add(", ")
                body.add(parameter.cType)
            }
            if context.isLinked { return body.add("))f->code)") }
            body.add("))table_at(I, ")
            body.add(decimal: table)
            body.add(", ")
            body.add(slot: index, .i32)
            body.add(", ")
            body.add(decimal: context.canonicalTypes[typeIndex])
            body.add(", TABLE_SIZE")
            body.add(decimal: table)
            body.add("))")
        }
    }

    private mutating func invoke(_ type: FunctionType, isRecord: Bool = false, _ addCallee: (inout CText) -> Void) {
        containsCall = true
        let first = stack.count - type.parameters.count
        canonicaliseTop(type.parameters.count)
        switch type.results.count {
        case 0: body.add("g = ")
        default:
            body.add("{ ")
            context.addResultType(type.results, to: &body)
            body.add(" r = ")
        }
        addCallee(&body)
        body.add(isRecord ? "(f->instance, g, d" : "(I, g, d")
        for height in first..<stack.count {
            body.add(", ")
            add(slot: height)
        }
        body.add(");")
        stack.removeLast(type.parameters.count)
        for (index, result) in type.results.enumerated() {
            push(result, result.isFloat ? .moved : .plain)
            body.add(" ")
            add(slot: stack.count - 1)
            body.add(type.results.count == 1 ? " = r.v" : " = r.v")
            if type.results.count > 1 { body.add(decimal: index) }
            body.add(";")
        }
        body.add(type.results.isEmpty ? "\n" : " g = r.g; }\n")
        let target = graph.newTarget()
        edge(to: target)
        openNode(.afterCall, at: target)
    }

    // MARK: Values

    private mutating func constant(_ opcode: Opcode, _ bits: UInt64) {
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

    private mutating func numeric(_ operation: NumericOperation) {
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

    private mutating func select() {
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

    private mutating func local(_ opcode: Opcode, _ index: Int) {
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

    private mutating func global(_ opcode: Opcode, _ index: Int) {
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

    // MARK: Memory and tables

    mutating func addAddress(_ height: Int, _ offset: UInt64) {
        body.add("M(")
        body.add(slot: height, .i32)
        body.add(", ")
        body.add(decimal: UInt64(context.headerSize) + (offset & 0xffff_ffff))
        body.add(")")
    }

    private mutating func load(_ operation: MemoryOperation, offset: UInt64) {
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

    private mutating func store(_ operation: MemoryOperation, offset: UInt64) {
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
    private mutating func bulk(_ instruction: Instruction) {
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

    // MARK: Assembly

    /// Head, declarations, the body with its holes filled, the cold end.
    private mutating func assemble(_ frameCost: Int) throws(CompilerError) -> FunctionText {
        let placed = graph.place(context.placement, containsCall: containsCall)
        for clone in clones {
            precondition(placed.nodeCharges[clone.header] == clone.cost, "a counted loop's turn costs what its body costs")
        }
        var text = CText(capacity: body.count + 4096)
        context.addHead(ofFunction: function, type, to: &text)
        text.add(context.isLinked ? " {\nconst struct xvm_function *f;\n" : " {\n")
        for (index, local) in localTypes.enumerated().dropFirst(type.parameters.count) {
            text.add(local.cType)
            text.add(" ")
            text.add(local: index)
            text.add(local == .v128 ? " = {0};\n" : " = 0;\n")
        }
        for type in [ValueType.i32, .i64, .f32, .f64, .funcref, .externref, .v128] {
            var isFirst = true
            for height in usedSlots.indices where usedSlots[height] >> UInt8(type.slotRow) & 1 == 1 {
                if isFirst {
                    text.add("VAR ")
                    text.add(type.cType)
                }
                text.add(isFirst ? " " : ", ")
                text.add(slot: height, type)
                isFirst = false
            }
            if !isFirst { text.add(";\n") }
        }
        text.add("d -= ")
        text.add(decimal: frameCost)
        text.add(";\nif ((i64)d < 0) xvm_trap(I, 10);\n")
        var chargeCount = 0
        var checks = false
        // The text is handed in: one that a closure captures cannot be given away afterwards.
        func charge(_ cost: Int64, _ check: Bool, in text: inout CText) {
            if cost > 0 {
                text.add("g -= ")
                text.add(decimal: cost)
                text.add(";\n")
                chargeCount += 1
            }
            if check {
                text.add("if (g < 0) goto oog;\n")
                checks = true
            }
        }
        var position = 0
        for (end, hole) in holes {
            text.add(body, position..<end)
            position = end
            switch hole {
            case .node(let node): charge(placed.nodeCharges[node], placed.nodeChecks[node], in: &text)
            case .edge(let edge): charge(placed.edgeCharges[edge], false, in: &text)
            case .outOfGasCheck: charge(0, true, in: &text)
            case .cloneExit(let clone): charge(placed.edgeCharges[clones[clone].exit], false, in: &text)
            }
        }
        text.add(body, position..<body.count)
        if checks { text.add("oog: xvm_trap(I, 12);\n") }
        text.add("}\n")
        callees.remove(function)
        return FunctionText(
            text: SharedText(text), callees: callees.sorted(), dataSegments: dataSegments.sorted(),
            elementSegments: elementSegments.sorted(),
            usesReferences: usesReferences, usesVectors: usesVectors, grownTables: grownTables, frameCost: frameCost,
            chargeCount: chargeCount)
    }
}

extension ValueType {
    /// Bit in `usedSlots`.
    var slotRow: Int {
        switch self {
        case .i32: 0
        case .i64: 1
        case .f32: 2
        case .f64: 3
        case .funcref: 4
        case .externref: 5
        case .v128: 6
        }
    }
}
