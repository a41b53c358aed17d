// SPDX-License-Identifier: Apache-2.0
// New inputs from old ones, and the smallest input that still fails.

/// Makes inputs: a seed, a generated one or an earlier one, changed a few times. Swarm weights: each batch of inputs does without a
/// random half of the kinds of change, so that rare combinations come up.
package struct Mutator: Sendable {
    private enum Change: CaseIterable {
        case flipBit, setByte, addToByte, edgeNumber, insertBytes, insertWord, removeRange, repeatRange, swapRanges, spliceOther,
            zeroRange
        case truncate
    }
    private static let batchSize = 64
    private static let poolSizeMax = 512
    private static let edges: [UInt64] = [
        0, 1, 2, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 129, 255, 256, 400, 401, 4095, 4096, 61440, 65519, 65520, 65535,
        65536,
        0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff, 0x1_0000_0000, .max >> 1, 1 << 63, .max - 15, .max,
    ]

    private let target: FuzzTarget
    private var random: FuzzRandom
    private var pool: [[UInt8]]
    private var changes: [Change] = Change.allCases
    private var count = 0

    package init(_ target: FuzzTarget, seed: UInt64, corpus: [[UInt8]] = []) {
        self.target = target
        // Each target has a sequence of its own.
        random = FuzzRandom(seed: target.name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
        pool = (target.seeds + corpus).map { Array($0.prefix(target.sizeMax)) }
    }

    package mutating func next() -> [UInt8] {
        defer { count += 1 }
        // Unchanged first: what is known must pass before anything is made of it.
        if count < pool.count { return pool[count] }
        if count % Self.batchSize == 0 {
            changes = Change.allCases.filter { _ in random.chance(1, of: 2) }
            if changes.isEmpty { changes = [.setByte] }
        }
        var input: [UInt8]
        let isFresh = random.chance(1, of: pool.isEmpty ? 1 : 3)
        if isFresh {
            if let generate = target.generate {
                input = generate(&random)
            } else {
                input = random.bytes(random.below(min(target.sizeMax, 1 << random.below(12))))
            }
        } else {
            input = pool[random.below(pool.count)]
        }
        if !isFresh || random.chance(1, of: 2) {
            for _ in 0..<(1 + random.below(1 << random.below(4))) { change(&input) }
        }
        if input.count > target.sizeMax { input.removeLast(input.count - target.sizeMax) }
        // Without coverage nobody knows which inputs are worth keeping; a few at random give depth.
        if random.chance(1, of: 50) {
            if pool.count < Self.poolSizeMax { pool.append(input) } else { pool[random.below(pool.count)] = input }
        }
        return input
    }

    private mutating func range(_ input: [UInt8]) -> Range<Int> {
        let start = random.below(input.count)
        return start..<(start + 1 + random.below(min(input.count - start, 1 << random.below(10))))
    }

    private mutating func change(_ input: inout [UInt8]) {
        let kind = changes[random.below(changes.count)]
        guard !input.isEmpty else {
            input = random.bytes(1 + random.below(16))
            return
        }
        switch kind {
        case .flipBit: input[random.below(input.count)] ^= 1 << UInt8(random.below(8))
        case .setByte: input[random.below(input.count)] = random.byte()
        case .addToByte: input[random.below(input.count)] &+= UInt8(truncatingIfNeeded: 1 + random.below(16)) &- 8
        case .edgeNumber:
            let size = 1 << random.below(4)
            guard input.count >= size else { return }
            let start = random.below(input.count - size + 1)
            let number = Self.edges[random.below(Self.edges.count)]
            let isLittle = random.chance(3, of: 4)
            for index in 0..<size {
                let shift = UInt64(8 * (isLittle ? index : size - 1 - index))
                input[start + index] = UInt8(truncatingIfNeeded: number >> shift)
            }
        case .insertBytes:
            input.insert(contentsOf: random.bytes(1 + random.below(16)), at: random.below(input.count + 1))
        case .insertWord:
            guard !target.words.isEmpty else { return }
            let word = target.words[random.below(target.words.count)]
            let start = random.below(input.count + 1)
            if random.chance(1, of: 2) {
                input.insert(contentsOf: word, at: start)
            } else {
                input.replaceSubrange(start..<min(input.count, start + word.count), with: word)
            }
        case .removeRange: input.removeSubrange(range(input))
        case .repeatRange:
            let piece = Array(input[range(input)])
            input.insert(contentsOf: piece, at: random.below(input.count + 1))
        case .swapRanges:
            let (one, other) = (range(input), random.below(input.count))
            let piece = Array(input[one])
            input.removeSubrange(one)
            input.insert(contentsOf: piece, at: min(other, input.count))
        case .spliceOther:
            guard !pool.isEmpty else { return }
            let other = pool[random.below(pool.count)]
            guard !other.isEmpty else { return }
            let cut = random.below(input.count + 1)
            input = Array(input[..<cut]) + Array(other[random.below(other.count)...])
        case .zeroRange: for index in range(input) { input[index] = 0 }
        case .truncate: input.removeLast(1 + random.below(input.count))
        }
    }
}

/// Makes a failing input smaller as long as it fails.
package enum Minimizer {
    /// - fails: whether an input still shows the failure; called at most `attemptCountMax` times.
    /// - Returns: an input that fails, no longer than `input`; its bytes zero or small where that makes no difference.
    package static func minimize(_ input: [UInt8], attemptCountMax: Int, fails: ([UInt8]) throws -> Bool) rethrows -> [UInt8] {
        var best = input
        var left = attemptCountMax
        func isStillFailing(_ candidate: [UInt8]) throws -> Bool {
            guard left > 0, candidate != best else { return false }
            left -= 1
            return try fails(candidate)
        }
        var piece = max(1, best.count / 2)
        while left > 0 {
            var hasShrunk = false
            var start = 0
            while start < best.count, left > 0 {
                let candidate = Array(best[..<start]) + Array(best[min(best.count, start + piece)...])
                if try isStillFailing(candidate) {
                    best = candidate
                    hasShrunk = true
                } else {
                    start += piece
                }
            }
            if piece == 1 {
                if !hasShrunk { break }
            } else {
                piece = max(1, piece / 2)
            }
        }
        for index in best.indices where best[index] != 0 {
            var candidate = best
            candidate[index] = 0
            if try isStillFailing(candidate) { best = candidate }
        }
        return best
    }
}
