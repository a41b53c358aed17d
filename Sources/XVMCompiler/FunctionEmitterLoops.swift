// SPDX-License-Identifier: Apache-2.0
// The clone of a counted loop: entered where the turns are known, their gas is there and every linear access lies in memory;
// without charges, compares and forced reads, so that the C compiler may do with it what it does with native loops.

import XVMWasm

extension FunctionEmitter {
    /// Writes the clone of the loop that the reader stands in, if it is a counted one.
    /// - Returns: its number.
    mutating func writeClone() throws(CompilerError) -> Int? {
        guard context.placement == .regions, cloned == nil else { return nil }
        let found: CountedLoop?
        var rolled: RolledLoop?
        do {
            found = try CountedLoop(reader, costs: costs, locals: localTypes)
            if let found { rolled = try RolledLoop(found, reader, locals: localTypes) }
        } catch { throw .body(error, function: function) }
        guard let loop = found else { return nil }
        let number = clones.count
        clones.append((header: 0, cost: loop.cost, exit: 0))

        body.add("{\n")
        if case .local(let local, _) = loop.step {
            body.add("if (")
            body.add(local: local)
            body.add(" - 1u < 0x7fffffffu) {\n")
        }
        // What is written: the loop itself or its first part for more turns.
        let written = rolled?.loop ?? loop
        let lazy = try lazyStores(of: written, rolled)
        addTurns(loop)
        if let rolled {
            body.add("u64 m = n * ")
            body.add(decimal: rolled.count)
            body.add(";\n")
        } else if lazy != nil {
            body.add("u64 m = n;\n")
        }
        addEntryCondition(loop, lazy, written)
        if loop.cost > 0 {
            body.add("g -= (i64)(n * ")
            body.add(decimal: loop.cost)
            body.add(");\n")
        }
        for index in loop.streams.indices {
            body.add("u8 *p")
            body.add(decimal: index)
            body.add(" = MEMORY + w")
            body.add(decimal: index)
            body.add(";\n")
        }
        body.add("u64 t = 0;\n")
        if let lazy { addFlagDeclaration(lazy) }
        place(label: Self.cloneLetter, number)
        isLazy = lazy != nil
        try writeBody(of: written, length: rolled?.length)
        isLazy = false
        if let lazy { flushNaNFlags(lazy) }
        if let rolled { addMoves(rolled) }
        body.add(rolled != nil ? "if (++t != m) " : "if (++t != n) ")
        goTo(Self.cloneLetter, number)
        if let lazy { addRepair(lazy, written) }
        if let rolled { addFinals(rolled) }
        holes.append((body.count, .cloneExit(number)))
        goTo(Self.cloneExitLetter, number)
        if case .local = loop.step { body.add("}\n") }
        body.add("}\n}\n")
        return number
    }

    /// `u`: the counter at the end of the first turn, `v`: its bound, `n`: the turns.
    private mutating func addTurns(_ loop: CountedLoop) {
        body.add("u64 u = ")
        add(mapped: loop.counter, loop)
        body.add(", v = ")
        add(mapped: loop.bound, loop)
        body.add(";\nu64 n = ")
        switch loop.comparison {
        case .less:
            body.add("u >= v ? 1 : (v - u + ")
            add(step: loop.step)
            body.add(" - 1) / ")
            add(step: loop.step)
            body.add(" + 1;\n")
        case .lessOrEqual:
            body.add("u > v ? 1 : (v - u) / ")
            add(step: loop.step)
            body.add(" + 2;\n")
        case .notEqual:
            body.add("(u64)(u32)(v - u) / ")
            add(step: loop.step)
            body.add(" + 1;\n")
        }
        for (index, stream) in loop.streams.enumerated() {
            body.add("u64 w")
            body.add(decimal: index)
            body.add(" = ")
            add(stream.start)
            body.add(";\n")
        }
    }

    private mutating func addEntryCondition(_ loop: CountedLoop, _ lazy: LazyStores?, _ written: CountedLoop) {
        body.add("if (CLONES && n <= 0x80000000u && ")
        switch loop.comparison {
        case .less, .lessOrEqual:
            // The counter does not wrap on its way.
            body.add("u + (n - 1) * ")
            add(step: loop.step)
            body.add(" <= 0xffffffffu && ")
        case .notEqual:
            if loop.step != .constant(1) {
                body.add("(u32)(v - u) % ")
                add(step: loop.step)
                body.add(" == 0 && ")
            }
        }
        if loop.cost > 0 {
            body.add("(i64)(n * ")
            body.add(decimal: loop.cost)
            body.add(") <= g")
        } else {
            body.add("g >= 0")
        }
        for (index, stream) in loop.streams.enumerated() {
            body.add(" && w")
            body.add(decimal: index)
            if case .constant(let step) = stream.step, step < 0 {
                body.add(" >= (n - 1) * ")
                body.add(decimal: step.magnitude)
                body.add("u && w")
                body.add(decimal: index)
            } else if stream.step != .constant(0) {
                body.add(" + (n - 1) * ")
                add(step: stream.step)
            }
            body.add(" + ")
            body.add(decimal: stream.size)
            body.add("u <= I->memory_size")
        }
        if let lazy { addConditions(of: lazy, written) }
        body.add(") {\n")
    }

    private mutating func addMoves(_ rolled: RolledLoop) {
        for (local, step) in rolled.moves {
            body.add(local: local)
            body.add(" += ")
            body.add(hex: UInt64(UInt32(bitPattern: step)))
            body.add("u;\n")
        }
    }

    private mutating func addFinals(_ rolled: RolledLoop) {
        // One may be made from another's value at the beginning of the turn, but then that one moves and is no final itself.
        for (local, form) in rolled.finals {
            body.add(local: local)
            body.add(" = ")
            add(form)
            body.add(";\n")
        }
    }

    /// The instructions up to the branch, or so many of them, once more; the loop itself follows with charges.
    mutating func writeBody(of loop: CountedLoop, length: Int? = nil) throws(CompilerError) {
        let (start, savedPayer, height) = (reader, payer, stack.count)
        payer = -1
        cloned = loop
        clonedAccessCount = 0
        cloneAccesses.removeAll(keepingCapacity: true)
        var instruction = Instruction(opcode: .nop, offset: 0)
        var left = length ?? Int.max
        while left > 0, try read(into: &instruction), instruction.opcode != .brIf {
            try step(instruction)
            left -= 1
        }
        settleLocals()
        for left in height..<stack.count { noteSeen(left) }
        cloned = nil
        stack.removeLast(stack.count - height)
        payer = savedPayer
        reader = start
    }

    /// In a clone: the address of the next access, if it is linear and so known to lie in memory.
    mutating func addClonedAddress() -> Bool {
        guard let loop = cloned else { return false }
        let access = loop.accesses[clonedAccessCount]
        clonedAccessCount += 1
        guard let access else { return false }
        body.add("(p")
        body.add(decimal: access.stream)
        switch loop.streams[access.stream].step {
        case .constant(0): break
        case .constant(let step):
            body.add(step < 0 ? " - t * " : " + t * ")
            body.add(decimal: step.magnitude)
        case .local:
            body.add(" + t * ")
            add(step: loop.streams[access.stream].step)
        }
        if access.offset > 0 {
            body.add(" + ")
            body.add(decimal: access.offset)
        }
        body.add(")")
        return true
    }

    mutating func add(step: LoopStep) {
        switch step {
        case .constant(let amount):
            body.add(decimal: amount.magnitude)
            body.add("u")
        case .local(let local, let factor):
            body.add("((u64)")
            body.add(local: local)
            if factor > 1 {
                body.add(" * ")
                body.add(decimal: factor)
            }
            body.add(")")
        }
    }

    /// A linear form, an unsigned 32-bit value.
    private mutating func add(_ form: LinearForm) {
        body.add("(u32)(")
        body.add(hex: UInt64(form.constant))
        body.add("u")
        for term in form.terms {
            body.add(" + ")
            body.add(local: term.local)
            if term.factor != 1 {
                body.add(" * ")
                body.add(hex: UInt64(term.factor))
                body.add("u")
            }
        }
        body.add(")")
    }

    private mutating func add(mapped form: LinearForm, _ loop: CountedLoop) {
        body.add(loop.isDownward ? "(u32)~(" : "(")
        if loop.isSigned { body.add("0x80000000u ^ ") }
        add(form)
        body.add(")")
    }
}
