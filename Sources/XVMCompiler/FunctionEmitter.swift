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
        holes.reserveCapacity(definition.body.count / 6 + 16)
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

    mutating func walk() throws(CompilerError) {
        body.removeAll()
        holes.removeAll(keepingCapacity: true)
        graph = GasGraph()
        graph.reserve(definition.body.count / 10 + 8)
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

    mutating func pay(_ opcode: Opcode) {
        if payer >= 0 { graph.addCost(costs.cost(opcode), to: payer) }
    }

    /// Ends live code and its run.
    mutating func stopRun() {
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

    mutating func resetStack(to height: Int, then types: [ValueType]) {
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
    mutating func stepDead(_ opcode: Opcode) {
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

    // MARK: Assembly

    /// Head, declarations, the body with its holes filled, the cold end.
    mutating func assemble(_ frameCost: Int) throws(CompilerError) -> FunctionText {
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
