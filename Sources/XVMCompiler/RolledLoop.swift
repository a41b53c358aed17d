// SPDX-License-Identifier: Apache-2.0
// Compilers to Wasm unroll loops, which keeps the C compiler from making vectors of their turns. Where the body of a counted loop is
// the same thing done several times, one step further each time, its clone is written as that thing done so many times more turns.
// What is done, and in which order, is the same. docs/gas.md, "Counted loops".

import XVMWasm

/// A counted loop whose body is `count` equal parts.
struct RolledLoop: Sendable {
    /// The loop as it is written: steps of one part, and the accesses of the first part.
    var loop: CountedLoop
    var count: Int
    /// Instructions of the body that make the first part.
    var length: Int
    /// Locals that move, by their way in one part.
    var moves: [(local: Int, step: Int32)]
    /// Locals that hold something else of the last turn, by what that is from the locals behind the loop.
    var finals: [(local: Int, form: LinearForm)]

    /// - Parameter reader: stands behind the `loop` instruction of a validated body.
    init?(_ loop: CountedLoop, _ reader: InstructionReader, locals types: [ValueType]) throws(WasmError) {
        guard loop.accesses.count > 1, loop.accesses.allSatisfy({ $0 != nil }) else { return nil }
        var walk = PartsWalk(loop, types)
        guard try walk.read(reader), let count = walk.partCount() else { return nil }
        self.loop = loop
        self.count = count
        length = walk.effects[walk.effects.count / count - 1].end
        // What moves from part to part must do so behind them.
        guard walk.firstMove > length else { return nil }
        moves = []
        finals = []
        let parts = Int32(count)
        var steps: [Int: Int32] = [:]
        for (local, change) in loop.sets {
            guard case .moves(let amount) = change else { continue }
            guard amount % parts == 0 else { return nil }
            steps[local] = amount
            if amount != 0 { moves.append((local, amount / parts)) }
        }
        for (local, change) in loop.sets {
            guard case .form(var form) = change else { continue }
            for term in form.terms where loop.sets.contains(where: { $0.local == term.local }) {
                guard let step = steps[term.local] else { return nil }
                form.constant = form.constant &- UInt32(bitPattern: step) &* term.factor
            }
            finals.append((local, form))
        }
        for index in loop.streams.indices {
            guard case .constant(let step) = loop.streams[index].step, step % parts == 0 else { return nil }
            self.loop.streams[index].step = .constant(step / parts)
        }
        let first = loop.accesses.count / count
        self.loop.accesses.removeLast(loop.accesses.count - first)
    }
}

/// A walk over a counted loop's body that says what is stored and set, and from what.
private struct PartsWalk {
    struct Node {
        enum Kind: Equatable {
            case constant(Opcode, UInt64)
            /// A local that the body does not set.
            case local(Int)
            case linear(LinearForm)
            case operation(Opcode)
            /// The load's number among the accesses.
            case load(Opcode, access: Int)
        }

        var kind: Kind
        var operands: [Int]
        /// Effects before it.
        var rank: Int
    }

    enum Target: Equatable {
        case store(Opcode, access: Int)
        case local(Int)
    }

    struct Effect {
        var target: Target
        var value: Int
        /// Instructions up to and with it.
        var end: Int
        /// Whether the operand stack is empty behind it.
        var isClear: Bool
        /// Accesses up to and with it.
        var accessCount: Int
    }

    let loop: CountedLoop
    let types: [ValueType]
    let changes: [Int: LocalChange]
    var nodes: [Node] = []
    var stack: [Int] = []
    /// Nodes of the locals that were set.
    var locals: [Int: Int] = [:]
    var effects: [Effect] = []
    var accessCount = 0
    /// Instructions up to and with the first one that sets a local that moves.
    var firstMove = Int.max

    /// Longer bodies are left as they are.
    static let effectsMax = 64

    init(_ loop: CountedLoop, _ types: [ValueType]) {
        self.loop = loop
        self.types = types
        changes = Dictionary(uniqueKeysWithValues: loop.sets.map { ($0.local, $0.change) })
    }

    private mutating func push(_ kind: Node.Kind, _ operands: [Int] = []) {
        stack.append(nodes.count)
        nodes.append(Node(kind: kind, operands: operands, rank: effects.count))
    }

    private mutating func push(linear form: LinearForm?, or kind: Node.Kind, _ operands: [Int]) {
        if let form { push(.linear(form)) } else { push(kind, operands) }
    }

    private func form(_ node: Int) -> LinearForm? {
        switch nodes[node].kind {
        case .linear(let form): form
        case .constant(.i32Const, let bits): LinearForm(constant: UInt32(truncatingIfNeeded: bits))
        default: nil
        }
    }

    /// False where the body holds something that is not followed.
    mutating func read(_ start: InstructionReader) throws(WasmError) -> Bool {
        var reader = start
        var instruction = Instruction(opcode: .nop, offset: 0)
        var count = 0
        while try reader.read(into: &instruction), instruction.opcode != .brIf {
            count += 1
            guard try take(instruction, count), effects.count <= Self.effectsMax else { return false }
        }
        return effects.count > 1 && accessCount == loop.accesses.count
    }

    private mutating func take(_ instruction: Instruction, _ count: Int) throws(WasmError) -> Bool {
        let opcode = instruction.opcode
        switch opcode {
        case .nop: return true
        case .drop: stack.removeLast()
        case .localGet:
            let local = Int(instruction.index)
            if let known = locals[local] {
                stack.append(known)
            } else if types[local] == .i32 {
                push(.linear(LinearForm(constant: 0, terms: [LinearForm.Term(local: local, factor: 1)])))
            } else {
                // What the turn before has left is not followed.
                if changes[local] != nil { return false }
                push(.local(local))
            }
        case .localSet, .localTee:
            let (local, value) = (Int(instruction.index), stack[stack.count - 1])
            locals[local] = value
            if case .moves = changes[local] { firstMove = min(firstMove, count) }
            if opcode == .localSet { stack.removeLast() }
            if changes[local] == .other { add(.local(local), value, count) } else if form(value) == nil { return false }
        case .i32Const, .i64Const, .f32Const, .f64Const: push(.constant(opcode, instruction.bits))
        case .select:
            let operands = Array(stack.suffix(3))
            stack.removeLast(3)
            push(.operation(opcode), operands)
        case .i32Add, .i32Sub, .i32Shl, .i32Mul:
            let (left, right) = (stack[stack.count - 2], stack[stack.count - 1])
            stack.removeLast(2)
            push(linear: sum(opcode, form(left), form(right)), or: .operation(opcode), [left, right])
        default:
            if let operation = NumericOperation.of(opcode) {
                // The order of traps would have to be the same in all parts.
                if operation.mayTrap { return false }
                let operands = Array(stack.suffix(operation.operandCount))
                stack.removeLast(operation.operandCount)
                push(.operation(opcode), operands)
            } else if MemoryOperation.load(opcode) != nil {
                stack.removeLast()
                push(.load(opcode, access: accessCount))
                accessCount += 1
            } else if MemoryOperation.store(opcode) != nil {
                let value = stack[stack.count - 1]
                stack.removeLast(2)
                accessCount += 1
                add(.store(opcode, access: accessCount - 1), value, count)
            } else {
                return false
            }
        }
        return true
    }

    private func sum(_ opcode: Opcode, _ left: LinearForm?, _ right: LinearForm?) -> LinearForm? {
        guard let left, let right else { return nil }
        switch opcode {
        case .i32Add: return left + right
        case .i32Sub: return left + right * UInt32.max
        case .i32Shl: return right.terms.isEmpty ? left * (1 << (right.constant & 31)) : nil
        default:
            if right.terms.isEmpty { return left * right.constant }
            return left.terms.isEmpty ? right * left.constant : nil
        }
    }

    private mutating func add(_ target: Target, _ value: Int, _ count: Int) {
        effects.append(
            Effect(target: target, value: value, end: count, isClear: stack.isEmpty, accessCount: accessCount))
    }

    /// In how many equal parts the body falls; nil: it is one.
    func partCount() -> Int? {
        var count = effects.count
        while count > 1 {
            if effects.count % count == 0, loop.accesses.count % count == 0, isRepeated(count) { return count }
            count -= 1
        }
        return nil
    }

    private func isRepeated(_ count: Int) -> Bool {
        let size = effects.count / count
        let accesses = loop.accesses.count / count
        for part in 0..<count {
            let last = effects[(part + 1) * size - 1]
            guard last.isClear, last.accessCount == (part + 1) * accesses else { return false }
        }
        for part in 1..<count {
            var pairs: [Int: Int] = [:]
            for position in 0..<size {
                let (one, other) = (effects[position], effects[part * size + position])
                switch (one.target, other.target) {
                case (.store(let opcode, let first), .store(let otherOpcode, let second)):
                    guard opcode == otherOpcode, isMoved(first, second, part, count) else { return false }
                case (.local, .local):
                    guard one.target == other.target else { return false }
                default: return false
                }
                guard isMoved(one.value, other.value, part, count, size, &pairs) else { return false }
            }
        }
        return true
    }

    /// Whether `second` accesses what `first` does, `part` parts further.
    private func isMoved(_ first: Int, _ second: Int, _ part: Int, _ count: Int) -> Bool {
        guard let one = loop.accesses[first], let other = loop.accesses[second], one.stream == other.stream,
            case .constant(let step) = loop.streams[one.stream].step, step % Int32(count) == 0
        else { return false }
        return Int64(bitPattern: other.offset &- one.offset) == Int64(step) / Int64(count) * Int64(part)
    }

    /// Whether the value `other` of a part is made as `one` of the first.
    private func isMoved(
        _ one: Int, _ other: Int, _ part: Int, _ count: Int, _ size: Int, _ pairs: inout [Int: Int]
    ) -> Bool {
        var open = [(one, other)]
        while let (one, other) = open.popLast() {
            if let known = pairs[one] {
                if known == other { continue }
                // Leaves may be written anew in each part.
                guard nodes[one].operands.isEmpty, nodes[other].operands.isEmpty else { return false }
            }
            pairs[one] = other
            let (a, b) = (nodes[one], nodes[other])
            switch (a.kind, b.kind) {
            case (.constant, .constant), (.local, .local):
                guard a.kind == b.kind else { return false }
            case (.linear(let first), .linear(let second)):
                guard first.terms == second.terms else { return false }
                var way: UInt32 = 0
                for term in first.terms {
                    guard let change = changes[term.local] else { continue }
                    guard case .moves(let step) = change, step % Int32(count) == 0 else { return false }
                    way = way &+ UInt32(bitPattern: step / Int32(count)) &* term.factor
                }
                guard second.constant &- first.constant == way &* UInt32(part) else { return false }
            case (.operation, .operation):
                guard a.kind == b.kind, a.operands.count == b.operands.count, b.rank - a.rank == part * size else { return false }
                for (left, right) in zip(a.operands, b.operands) { open.append((left, right)) }
            case (.load(let opcode, let first), .load(let otherOpcode, let second)):
                guard opcode == otherOpcode, b.rank - a.rank == part * size, isMoved(first, second, part, count) else {
                    return false
                }
            default: return false
            }
        }
        return true
    }
}
