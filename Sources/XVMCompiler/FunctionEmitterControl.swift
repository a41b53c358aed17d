// SPDX-License-Identifier: Apache-2.0
// Blocks, branches and calls: each label is a target of the gas graph, each way to it an edge.

import XVMWasm

extension FunctionEmitter {
    func signature(_ type: BlockType) -> (parameters: [ValueType], results: [ValueType]) {
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

    mutating func open(_ instruction: Instruction) throws(CompilerError) {
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

    mutating func elseArm() {
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

    mutating func beginElse(_ frame: Frame) {
        isLive = true
        deadDepth = 0
        resetStack(to: frame.height, then: frame.parameters)
        place(label: Self.labelLetter, frame.elseTarget)
        openNode(.plain, at: frame.elseTarget)
    }

    mutating func end() {
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
    func carried(_ frame: Frame) -> [ValueType] { frame.kind == .loop ? frame.parameters : frame.results }

    /// An unconditional branch, with what it moves. The values that it carries are canonical already or made so.
    mutating func branch(depth: Int) {
        let frame = frames[frames.count - 1 - depth]
        if frame.kind == .function { pendingLocals.removeAll(keepingCapacity: true) } else { settleLocals() }
        canonicaliseTop(carried(frame).count)
        jump(depth: depth)
    }

    mutating func jump(depth: Int) {
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
    mutating func markUsed(_ height: Int, _ type: ValueType) {
        if height >= usedSlots.count { usedSlots += [UInt8](repeating: 0, count: height + 1 - usedSlots.count) }
        usedSlots[height] |= 1 << UInt8(type.slotRow)
    }

    mutating func addReturn(first: Int) {
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

    mutating func branchIf(depth: Int) {
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

    mutating func branchTable(_ instruction: Instruction) {
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

    mutating func call(_ callee: Int) {
        callees.insert(callee)
        invoke(context.module.types[Int(context.module.functionTypes[callee])]) { body in body.add(function: callee) }
    }

    mutating func callIndirect(typeIndex: Int, table: Int) {
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

    mutating func invoke(_ type: FunctionType, isRecord: Bool = false, _ addCallee: (inout CText) -> Void) {
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
}
