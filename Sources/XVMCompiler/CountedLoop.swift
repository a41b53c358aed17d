// SPDX-License-Identifier: Apache-2.0
// Finds innermost loops whose number of turns can be computed when they are entered: their gas is then charged once, and their
// accesses are compared with the memory's size once. docs/gas.md, "Counted loops", is the text of it.

import XVMWasm

/// An i32 as a linear form modulo 2^32 over the values that locals have at the beginning of a turn.
struct LinearForm: Equatable, Sendable {
    struct Term: Equatable, Sendable {
        var local: Int
        /// Not zero.
        var factor: UInt32
    }

    /// More terms than this are not followed: addresses have two or three.
    static let termsMax = 4

    var constant: UInt32
    /// Ascending by local.
    var terms: [Term] = []

    static func + (left: LinearForm, right: LinearForm) -> LinearForm? {
        var sum = LinearForm(constant: left.constant &+ right.constant)
        var (i, j) = (0, 0)
        while i < left.terms.count || j < right.terms.count {
            if j == right.terms.count || (i < left.terms.count && left.terms[i].local < right.terms[j].local) {
                sum.terms.append(left.terms[i])
                i += 1
            } else if i == left.terms.count || right.terms[j].local < left.terms[i].local {
                sum.terms.append(right.terms[j])
                j += 1
            } else {
                let factor = left.terms[i].factor &+ right.terms[j].factor
                if factor != 0 { sum.terms.append(Term(local: left.terms[i].local, factor: factor)) }
                i += 1
                j += 1
            }
        }
        return sum.terms.count > termsMax ? nil : sum
    }

    static func * (form: LinearForm, factor: UInt32) -> LinearForm {
        LinearForm(
            constant: form.constant &* factor,
            terms: form.terms.compactMap {
                $0.factor &* factor == 0 ? nil : Term(local: $0.local, factor: $0.factor &* factor)
            })
    }
}

/// How a value moves from turn to turn.
enum LoopStep: Equatable, Sendable {
    /// By a constant: nothing, forwards or backwards.
    case constant(Int32)
    /// By `factor` (1 ... 8) times a local that the loop does not change; the loop is entered only where that is 1 ... 2^31 - 1.
    case local(Int, factor: UInt32)
}

/// What a local that a loop's body sets holds behind a turn.
enum LocalChange: Equatable, Sendable {
    case moves(Int32)
    /// A form over the locals at the beginning of the turn.
    case form(LinearForm)
    case other
}

/// A loop of one straight-line body whose turns can be counted beforehand.
struct CountedLoop: Sendable {
    enum Comparison: Sendable { case less, lessOrEqual, notEqual }

    /// The loop goes on while `comparison(counter, bound)`, after both are mapped:
    /// signed comparisons by flipping bit 31, downward ones by the complement, so that the counter always moves up.
    var comparison: Comparison
    var counter: LinearForm
    var bound: LinearForm
    var isSigned: Bool
    var isDownward: Bool
    /// By how much the mapped counter moves up; `constant` values are positive.
    var step: LoopStep

    /// Accesses that move by the same step and differ by a constant.
    struct Stream: Sendable {
        /// Address of the lowest access at the first turn.
        var start: LinearForm
        var step: LoopStep
        /// Bytes from `start` to behind the farthest access of one turn.
        var size: UInt64
    }

    struct Access: Sendable {
        var stream: Int
        /// Bytes from the stream's start.
        var offset: UInt64
    }

    var streams: [Stream]
    /// The access of each load and store in order; nil where its address is not linear.
    var accesses: [Access?]
    /// What a turn costs.
    var cost: Int64
    /// Whether there is a store of a scalar float and no vector instruction.
    var storesFloats: Bool
    /// Locals that the body sets, ascending, and what they become.
    var sets: [(local: Int, change: LocalChange)]

    /// Longest body, in instructions: it is emitted twice.
    static let bodyMax = 1000
    static let costMax: Int64 = 1 << 30
    /// More streams than this are not compared: entering the loop would cost too much.
    static let streamsMax = 8

    /// - Parameter reader: stands behind the `loop` instruction of a validated body.
    init?(_ reader: InstructionReader, costs: GasSchedule.CostTable, locals types: [ValueType]) throws(WasmError) {
        var scan = LoopScan(costs: costs, locals: types)
        guard try scan.read(reader), scan.cost < Self.costMax else { return nil }
        cost = scan.cost
        storesFloats = scan.storesFloats && !scan.hasVectors
        sets = scan.changes()
        guard let condition = scan.condition, let goesOn = scan.goesOn(condition) else { return nil }
        (comparison, counter, bound) = (goesOn.comparison, goesOn.counter, goesOn.bound)
        (isSigned, isDownward, step) = (goesOn.isSigned, goesOn.isDownward, goesOn.step)
        (streams, accesses) = scan.streams(counterStep: step)
    }
}

/// The symbolic walk over a loop's body.
private struct LoopScan {
    enum Value {
        case unknown
        case linear(LinearForm)
        case comparison(Opcode, LinearForm, LinearForm)
    }

    let costs: GasSchedule.CostTable
    let types: [ValueType]
    var stack: [Value] = []
    /// Values of the locals that the body sets.
    var locals: [Int: Value] = [:]
    var accesses: [(address: LinearForm?, offset: UInt64, size: UInt64)] = []
    var condition: Value?
    var cost: Int64 = 0
    var storesFloats = false
    var hasVectors = false

    init(costs: GasSchedule.CostTable, locals types: [ValueType]) {
        self.costs = costs
        self.types = types
    }

    /// False where the body is not one block with `br_if 0; end` behind it.
    mutating func read(_ start: InstructionReader) throws(WasmError) -> Bool {
        var reader = start
        var instruction = Instruction(opcode: .nop, offset: 0)
        for _ in 0..<CountedLoop.bodyMax {
            guard try reader.read(into: &instruction) else { return false }
            cost += costs.cost(instruction.opcode)
            if instruction.opcode == .brIf {
                guard instruction.index == 0, try reader.read(into: &instruction), instruction.opcode == .end else {
                    return false
                }
                condition = pop()
                return true
            }
            if !take(instruction) { return false }
        }
        return false
    }

    private mutating func pop() -> Value { stack.popLast() ?? .unknown }

    private mutating func popLinear() -> LinearForm? {
        if case .linear(let form) = pop() { form } else { nil }
    }

    private mutating func push(_ form: LinearForm?) { stack.append(form.map { .linear($0) } ?? .unknown) }

    private func value(of local: Int) -> Value {
        guard types[local] == .i32 else { return .unknown }
        return locals[local] ?? .linear(LinearForm(constant: 0, terms: [LinearForm.Term(local: local, factor: 1)]))
    }

    /// False for an instruction that may not stand in the body.
    private mutating func take(_ instruction: Instruction) -> Bool {
        switch instruction.opcode {
        case .nop: break
        case .drop: _ = pop()
        case .localGet: stack.append(value(of: Int(instruction.index)))
        case .localSet: locals[Int(instruction.index)] = pop()
        case .localTee: locals[Int(instruction.index)] = stack.last ?? .unknown
        case .globalGet, .memorySize, .i64Const, .f32Const, .f64Const: stack.append(.unknown)
        case .globalSet: _ = pop()
        case .i32Const: push(LinearForm(constant: UInt32(truncatingIfNeeded: instruction.bits)))
        case .select, .selectTyped:
            _ = pop()
            _ = pop()
            _ = pop()
            stack.append(.unknown)
        case .i32Add, .i32Sub, .i32Shl, .i32Mul: arithmetic(instruction.opcode)
        case .i32Eqz:
            let operand = pop()
            if case .comparison(let opcode, let left, let right) = operand, let inverse = Self.inverse(opcode) {
                stack.append(.comparison(inverse, left, right))
            } else {
                stack.append(.unknown)
            }
        case .i32Ne, .i32LtS, .i32LtU, .i32GtS, .i32GtU, .i32LeS, .i32LeU, .i32GeS, .i32GeU:
            let (right, left) = (popLinear(), popLinear())
            if let left, let right { stack.append(.comparison(instruction.opcode, left, right)) } else { stack.append(.unknown) }
        default:
            if let operation = NumericOperation.of(instruction.opcode) {
                for _ in 0..<operation.operandCount { _ = pop() }
                stack.append(.unknown)
            } else if let operation = VectorOperation.of(instruction.opcode) {
                takeVector(operation, instruction)
                hasVectors = true
            } else if let operation = MemoryOperation.load(instruction.opcode) {
                accesses.append((popLinear(), instruction.bits, operation.size))
                stack.append(.unknown)
            } else if let operation = MemoryOperation.store(instruction.opcode) {
                _ = pop()
                if operation.type.isFloat { storesFloats = true }
                accesses.append((popLinear(), instruction.bits, operation.size))
            } else {
                return false
            }
        }
        return true
    }

    private mutating func takeVector(_ operation: VectorOperation, _ instruction: Instruction) {
        for _ in operation.operands.dropFirst(operation.size > 0 ? 1 : 0) { _ = pop() }
        if operation.size > 0 { accesses.append((popLinear(), instruction.bits, operation.size)) }
        switch operation.form {
        case .store, .storeLane: break
        case .plain, .load, .loadLane, .constant, .shuffle: stack.append(.unknown)
        }
    }

    private mutating func arithmetic(_ opcode: Opcode) {
        guard let right = popLinear() else {
            _ = pop()
            return push(nil)
        }
        guard let left = popLinear() else { return push(nil) }
        switch opcode {
        case .i32Add: push(left + right)
        case .i32Sub: push(left + right * UInt32.max)
        case .i32Shl: push(right.terms.isEmpty ? left * (1 << (right.constant & 31)) : nil)
        default:
            if right.terms.isEmpty {
                push(left * right.constant)
            } else {
                push(left.terms.isEmpty ? right * left.constant : nil)
            }
        }
    }

    private static func inverse(_ opcode: Opcode) -> Opcode? {
        switch opcode {
        case .i32LtS: .i32GeS
        case .i32LtU: .i32GeU
        case .i32GtS: .i32LeS
        case .i32GtU: .i32LeU
        case .i32LeS: .i32GtS
        case .i32LeU: .i32GtU
        case .i32GeS: .i32LtS
        case .i32GeU: .i32LtU
        default: nil
        }
    }

    // MARK: Steps

    /// How a local moves in a turn; nil where that is not a fixed amount.
    private func step(of local: Int) -> LoopStep? {
        guard let last = locals[local] else { return .constant(0) }
        guard case .linear(var form) = last else { return nil }
        guard let own = form.terms.firstIndex(where: { $0.local == local }), form.terms[own].factor == 1 else { return nil }
        form.terms.remove(at: own)
        if form.terms.isEmpty { return .constant(Int32(bitPattern: form.constant)) }
        guard form.terms.count == 1, form.constant == 0, form.terms[0].factor == 1, locals[form.terms[0].local] == nil else {
            return nil
        }
        return .local(form.terms[0].local, factor: 1)
    }

    func changes() -> [(local: Int, change: LocalChange)] {
        locals.sorted { $0.key < $1.key }.map { local, value in
            if case .constant(let amount) = step(of: local) { return (local, .moves(amount)) }
            if case .linear(let form) = value { return (local, .form(form)) }
            return (local, .other)
        }
    }

    private func step(of form: LinearForm) -> LoopStep? {
        var constant: UInt32 = 0
        var variable: LoopStep?
        for term in form.terms {
            switch step(of: term.local) {
            case .constant(let step): constant = constant &+ UInt32(bitPattern: step) &* term.factor
            case .local(let local, _):
                guard variable == nil, term.factor <= 8 else { return nil }
                variable = .local(local, factor: term.factor)
            case nil: return nil
            }
        }
        guard let variable else { return constant == 1 << 31 ? nil : .constant(Int32(bitPattern: constant)) }
        return constant == 0 ? variable : nil
    }

    typealias GoesOn = (
        comparison: CountedLoop.Comparison, counter: LinearForm, bound: LinearForm, isSigned: Bool, isDownward: Bool,
        step: LoopStep
    )

    func goesOn(_ condition: Value) -> GoesOn? {
        switch condition {
        case .unknown: return nil
        case .linear(let form): return goesOn(.i32Ne, form, LinearForm(constant: 0))
        case .comparison(let opcode, let left, let right):
            if step(of: right) == .constant(0) { return goesOn(opcode, left, right) }
            guard step(of: left) == .constant(0) else { return nil }
            let turned: Opcode =
                switch opcode {
                case .i32LtS: .i32GtS
                case .i32LtU: .i32GtU
                case .i32GtS: .i32LtS
                case .i32GtU: .i32LtU
                case .i32LeS: .i32GeS
                case .i32LeU: .i32GeU
                case .i32GeS: .i32LeS
                case .i32GeU: .i32LeU
                default: opcode
                }
            return goesOn(turned, right, left)
        }
    }

    private func goesOn(_ opcode: Opcode, _ counter: LinearForm, _ bound: LinearForm) -> GoesOn? {
        guard let step = step(of: counter), step != .constant(0) else { return nil }
        var movesDown = false
        var upward = step
        if case .constant(let amount) = step, amount < 0 {
            movesDown = true
            upward = .constant(-amount)
        }
        if case .local(_, let factor) = step, factor != 1 || opcode == .i32Ne { return nil }
        let isLess = [.i32LtS, .i32LtU, .i32LeS, .i32LeU].contains(opcode)
        // A counter that moves away from its bound wraps before the loop ends.
        guard opcode == .i32Ne || isLess != movesDown else { return nil }
        let comparison: CountedLoop.Comparison =
            switch opcode {
            case .i32Ne: .notEqual
            case .i32LtS, .i32LtU, .i32GtS, .i32GtU: .less
            default: .lessOrEqual
            }
        let isSigned = [.i32LtS, .i32GtS, .i32LeS, .i32GeS].contains(opcode)
        return (comparison, counter, bound, isSigned, movesDown, upward)
    }

    /// Accesses by stream. A step by a local needs the counter to move by the same local, because only that one is tested.
    func streams(counterStep: LoopStep) -> (streams: [CountedLoop.Stream], accesses: [CountedLoop.Access?]) {
        struct Found {
            var stream: Int
            var constant: UInt32
        }
        var streams: [CountedLoop.Stream] = []
        // By stream: the first constant seen, and the least and the greatest distance from it.
        var firsts: [UInt32] = []
        var least: [Int64] = []
        var most: [Int64] = []
        var found: [Found?] = []
        for access in accesses {
            found.append(nil)
            guard let address = access.address, let step = step(of: address) else { continue }
            if case .local(let local, _) = step {
                guard case .local(local, _) = counterStep else { continue }
            }
            var place: Int?
            for (index, stream) in streams.enumerated() where stream.start.terms == address.terms {
                let distance = Int64(Int32(bitPattern: address.constant &- firsts[index]))
                if distance.magnitude < 1 << 24 { place = index }
            }
            if place == nil {
                guard streams.count < CountedLoop.streamsMax else { continue }
                place = streams.count
                streams.append(CountedLoop.Stream(start: address, step: step, size: 0))
                firsts.append(address.constant)
                least.append(0)
                most.append(0)
            }
            guard let place else { continue }
            let distance = Int64(Int32(bitPattern: address.constant &- firsts[place]))
            least[place] = min(least[place], distance)
            most[place] = max(most[place], distance + Int64(access.offset) + Int64(access.size))
            found[found.count - 1] = Found(stream: place, constant: address.constant)
        }
        for index in streams.indices {
            streams[index].start.constant = firsts[index] &+ UInt32(truncatingIfNeeded: least[index])
            streams[index].size = UInt64(most[index] - least[index])
        }
        let placed = zip(found, accesses).map { found, access -> CountedLoop.Access? in
            guard let found else { return nil }
            let distance = UInt64(found.constant &- streams[found.stream].start.constant)
            return CountedLoop.Access(stream: found.stream, offset: distance + access.offset)
        }
        return (streams, placed)
    }
}
