// SPDX-License-Identifier: Apache-2.0
// Canonical NaNs in the clone of a counted loop, once for all turns: floats are stored as they were computed, one flag says whether
// any of them is a NaN, and if so the stored places are made canonical behind the loop. docs/determinism.md, "NaNs".

import XVMWasm

/// One load or store of a clone, as the walk over its body found it.
struct CloneAccess {
    enum Kind {
        /// A load; whether bits of a float that it loaded are seen by anything but arithmetic and comparisons.
        case load(isSeen: Bool)
        /// A store of a float that was computed, or of one that is never a NaN.
        case computed
        case otherStore
    }

    var kind: Kind
    var size: UInt64
    var isFloat: Bool
}

/// The stores that wait, and what must hold at run time so that nobody sees their bits before they are made canonical.
struct LazyStores {
    /// 4 or 8: of all of them.
    var size: UInt64
    /// Places in the clone: one for each store that may leave a NaN.
    var places: [CountedLoop.Access]
    /// Whether all of them go from place to place without a gap, so that turns may become lanes of vectors.
    var movesByItsSize = true
    /// Pairs that must be congruent modulo `size`.
    var congruent: [(CountedLoop.Access, CountedLoop.Access)] = []
    /// Pairs of streams that must not touch each other.
    var apart: [(Int, Int)] = []
    /// Distances within one stream that its way through all turns must not cover: (turns - 1) x step + size <= distance.
    var short: [(stream: Int, size: UInt64, distance: UInt64)] = []

    /// More conditions than this would cost more than they save.
    static let conditionsMax = 6

    /// Nil where a store's bits may be seen by something, or where there is nothing to gain.
    init?(_ accesses: [CloneAccess], in loop: CountedLoop) {
        guard accesses.count == loop.accesses.count else { return nil }
        var streams: [Int: UInt64] = [:]
        var order: [CountedLoop.Access] = []
        var size: UInt64 = 0
        var stored: [CountedLoop.Access] = []
        for (access, place) in zip(accesses, loop.accesses) {
            guard case .computed = access.kind else { continue }
            guard let place, size == 0 || size == access.size else { return nil }
            size = access.size
            let rest = place.offset % size
            let step = loop.streams[place.stream].step
            guard Self.moves(step, by: size) else { return nil }
            if case .constant(let amount) = step, UInt64(amount.magnitude) == size {} else { movesByItsSize = false }
            if let known = streams[place.stream] {
                guard known == rest else { return nil }
            } else {
                streams[place.stream] = rest
                order.append(place)
            }
            if !stored.contains(where: { $0.stream == place.stream && $0.offset == place.offset }) { stored.append(place) }
        }
        guard size > 0, let first = order.first else { return nil }
        self.size = size
        places = stored
        for place in order.dropFirst() { congruent.append((first, place)) }
        var rests: [Int: UInt64] = [:]
        for (access, place) in zip(accesses, loop.accesses) {
            var isArithmetic = false
            switch access.kind {
            case .computed: continue
            case .load(let isSeen): isArithmetic = !isSeen && access.isFloat && access.size == size
            case .otherStore: break
            }
            guard let place else { return nil }
            if !isArithmetic {
                // Neither may it see what waits nor write over it.
                if streams[place.stream] != nil {
                    for other in stored where other.stream == place.stream {
                        guard separate(place, access.size, other, loop.streams[place.stream].step) else { return nil }
                    }
                }
                for other in order
                where other.stream != place.stream && !apart.contains(where: { $0 == (place.stream, other.stream) }) {
                    apart.append((place.stream, other.stream))
                }
                continue
            }
            // A float that is loaded whole from where one was stored whole: arithmetic makes the same of any NaN.
            let rest = place.offset % size
            if let known = streams[place.stream] ?? rests[place.stream] {
                guard known == rest else { return nil }
            } else {
                guard Self.moves(loop.streams[place.stream].step, by: size) else { return nil }
                rests[place.stream] = rest
                congruent.append((first, place))
            }
        }
        if congruent.count + apart.count + short.count > Self.conditionsMax { return nil }
    }

    /// Two accesses of one stream that never touch each other in any two turns: because they lie in different parts of a step, or
    /// because the way is short, which is then a condition.
    private mutating func separate(
        _ one: CountedLoop.Access, _ oneSize: UInt64, _ other: CountedLoop.Access, _ step: LoopStep
    ) -> Bool {
        let (low, high) = one.offset < other.offset ? (one, other) : (other, one)
        let lowSize = one.offset < other.offset ? oneSize : size
        let highSize = one.offset < other.offset ? size : oneSize
        let distance = high.offset - low.offset
        guard case .constant(let amount) = step, distance >= lowSize else { return false }
        let stride = UInt64(amount.magnitude)
        if stride == 0 { return true }
        let rest = distance % stride
        if rest >= lowSize, rest + highSize <= stride { return true }
        if !short.contains(where: { $0 == (low.stream, lowSize, distance) }) { short.append((low.stream, lowSize, distance)) }
        return true
    }

    private static func moves(_ step: LoopStep, by size: UInt64) -> Bool {
        switch step {
        case .constant(let amount): UInt64(amount.magnitude) % size == 0
        case .local(_, let factor): UInt64(factor) % size == 0
        }
    }
}

extension FunctionEmitter {
    // MARK: What the accesses are

    /// The bits of the value at `height` are used by something that tells one NaN from another.
    mutating func noteSeen(_ height: Int) {
        let source = Int(stack[height].source)
        if source >= 0, source < cloneAccesses.count { cloneAccesses[source].kind = .load(isSeen: true) }
    }

    /// The value on top is loaded by the clone's next access.
    mutating func noteLoad(size: UInt64) {
        guard cloned != nil else { return }
        let top = stack.count - 1
        if stack[top].type.isFloat { stack[top].source = Int32(cloneAccesses.count) }
        cloneAccesses.append(CloneAccess(kind: .load(isSeen: false), size: size, isFloat: stack[top].type.isFloat))
    }

    /// The value on top is stored by the clone's next access.
    mutating func noteStore(size: UInt64) {
        guard cloned != nil else { return }
        let top = stack.count - 1
        let isComputed = stack[top].type.isFloat && stack[top].state != .moved
        cloneAccesses.append(
            CloneAccess(kind: isComputed ? .computed : .otherStore, size: size, isFloat: stack[top].type.isFloat))
    }

    /// Writes the body once to see what its accesses are, and takes it back.
    mutating func lazyStores(of loop: CountedLoop, _ rolled: RolledLoop?) throws(CompilerError) -> LazyStores? {
        guard loop.storesFloats else { return nil }
        let (size, holeCount) = (body.count, holes.count)
        try writeBody(of: loop, length: rolled?.length)
        body.truncate(to: size)
        holes.removeLast(holes.count - holeCount)
        return LazyStores(cloneAccesses, in: loop)
    }

    // MARK: Text

    /// `q`: not zero once one of the stored values was a NaN. As an integer where the C compiler may make vectors of the turns; where
    /// it cannot, values of one turn are compared two or four at a time, because a flag for each would cost more than the rest.
    mutating func addFlagDeclaration(_ lazy: LazyStores) {
        let isSingle = lazy.size == 4
        lazyIsPacked = !lazy.movesByItsSize
        if lazyIsPacked {
            body.add(isSingle ? "nan32 q = {0};\nf32 r0, r1, r2;\n" : "nan64 q = {0};\nf64 r0;\n")
        } else {
            body.add(isSingle ? "u32 q = 0;\n" : "u64 q = 0;\n")
        }
        lazyPending = 0
    }

    mutating func addNaNFlag(_ height: Int) {
        let isSingle = stack[height].type == .f32
        if !lazyIsPacked {
            body.add(isSingle ? "q |= -(u32)(" : "q |= -(u64)(")
            add(slot: height)
            body.add(" != ")
            add(slot: height)
            body.add(");\n")
            return
        }
        if lazyPending == (isSingle ? 3 : 1) {
            body.add(isSingle ? "q |= NAN32(r0, r1, r2, " : "q |= NAN64(r0, ")
            add(slot: height)
            body.add(");\n")
            lazyPending = 0
            return
        }
        body.add("r")
        body.add(decimal: lazyPending)
        body.add(" = ")
        add(slot: height)
        body.add(";\n")
        lazyPending += 1
    }

    /// Compares what is left of a turn.
    mutating func flushNaNFlags(_ lazy: LazyStores) {
        guard lazyPending > 0 else { return }
        if lazy.size == 8 {
            body.add("q |= NAN64(r0, r0);\n")
        } else {
            body.add("q |= NAN32(r0, r")
            body.add(decimal: lazyPending > 1 ? 1 : 0)
            body.add(", r")
            body.add(decimal: lazyPending > 2 ? 2 : 0)
            body.add(", r0);\n")
        }
        lazyPending = 0
    }

    mutating func addConditions(of lazy: LazyStores, _ loop: CountedLoop) {
        for (one, other) in lazy.congruent {
            body.add(" && ((w")
            body.add(decimal: one.stream)
            body.add(" + ")
            body.add(decimal: one.offset)
            body.add(" - w")
            body.add(decimal: other.stream)
            body.add(" - ")
            body.add(decimal: other.offset)
            body.add(") & ")
            body.add(decimal: lazy.size - 1)
            body.add(") == 0")
        }
        for (stream, size, distance) in lazy.short {
            body.add(" && (m - 1) * ")
            switch loop.streams[stream].step {
            case .constant(let step): body.add(decimal: step.magnitude)
            case .local: add(step: loop.streams[stream].step)
            }
            body.add("u + ")
            body.add(decimal: size)
            body.add(" <= ")
            body.add(decimal: distance)
        }
        for (one, other) in lazy.apart {
            body.add(" && (")
            addEnd(one, loop)
            body.add(" <= ")
            addBeginning(other, loop)
            body.add(" || ")
            addEnd(other, loop)
            body.add(" <= ")
            addBeginning(one, loop)
            body.add(")")
        }
    }

    private mutating func addBeginning(_ stream: Int, _ loop: CountedLoop) {
        body.add("w")
        body.add(decimal: stream)
        if case .constant(let step) = loop.streams[stream].step, step < 0 {
            body.add(" - (m - 1) * ")
            body.add(decimal: step.magnitude)
        }
    }

    private mutating func addEnd(_ stream: Int, _ loop: CountedLoop) {
        body.add("w")
        body.add(decimal: stream)
        switch loop.streams[stream].step {
        case .constant(let step) where step <= 0: break
        default:
            body.add(" + (m - 1) * ")
            add(step: loop.streams[stream].step)
        }
        body.add(" + ")
        body.add(decimal: loop.streams[stream].size)
        body.add("u")
    }

    mutating func addRepair(_ lazy: LazyStores, _ loop: CountedLoop) {
        body.add(!lazyIsPacked ? "if (q) {\n" : lazy.size == 4 ? "if (q[0] | q[1] | q[2] | q[3]) {\n" : "if (q[0] | q[1]) {\n")
        for place in lazy.places {
            body.add(lazy.size == 4 ? "f32_repair(p" : "f64_repair(p")
            body.add(decimal: place.stream)
            body.add(" + ")
            body.add(decimal: place.offset)
            body.add(", ")
            switch loop.streams[place.stream].step {
            case .constant(let step):
                if step < 0 { body.add("-") }
                body.add(decimal: step.magnitude)
            case .local:
                body.add("(i64)")
                add(step: loop.streams[place.stream].step)
            }
            body.add(", m);\n")
        }
        body.add("}\n")
    }
}
