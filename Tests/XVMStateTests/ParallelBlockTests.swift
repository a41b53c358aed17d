// SPDX-License-Identifier: Apache-2.0
// A block in parallel against the same block one by one, over random programs of reads, writes and ranges.

import Testing
import XVMState

/// A program over a small key space, whose writes depend on everything that it saw.
private struct Program: Sendable {
    enum Step: Sendable {
        case get([UInt8])
        case put([UInt8])
        case delete([UInt8])
        case scan([UInt8], [UInt8], Int)
        /// Stops without any effect where what it saw so far is a multiple of this.
        case failIf(Int)
    }
    let steps: [Step]

    init(_ generator: inout SeededGenerator) {
        func key() -> [UInt8] { [UInt8(generator.below(4)), UInt8(generator.below(6))] }
        steps = (0..<(1 + generator.below(6))).map { _ in
            switch generator.below(9) {
            case 0, 1: .get(key())
            case 2, 3, 4: .put(key())
            case 5: .delete(key())
            case 6: .failIf(2 + generator.below(5))
            default:
                { (a: [UInt8], b: [UInt8]) in
                    .scan(min(a[0], b[0]) == a[0] ? a : b, min(a[0], b[0]) == a[0] ? b : a, 1 + generator.below(5))
                }(key(), key())
            }
        }
    }

    struct Result: Equatable {
        var effects: Effects
        var seen: UInt64
        var isKept: Bool
        static func == (a: Result, b: Result) -> Bool {
            a.effects.reads == b.effects.reads && a.effects.writes == b.effects.writes && a.seen == b.seen && a.isKept == b.isKept
        }
    }

    private static let bucket = bytes("b")

    func run(on snapshot: any StateSnapshot) throws -> Result {
        var reads: [[UInt8]: Version?] = [:]
        var writes: [[UInt8]: Write.Effect] = [:]
        var scans: [ScannedRange] = []
        // FNV-1a over everything that it saw.
        var seen: UInt64 = 0xcbf2_9ce4_8422_2325
        func see(_ value: [UInt8]) { for byte in value { seen = (seen ^ UInt64(byte)) &* 0x100_0000_01b3 } }
        func read(_ key: [UInt8]) throws {
            if reads[key] == nil { reads[key] = .some(try snapshot.version(bucket: Self.bucket, key: key)) }
        }
        for step in steps {
            switch step {
            case .get(let key):
                if case .put(let value)? = writes[key] {
                    see(value)
                } else if writes[key] == nil {
                    try read(key)
                    let record = try snapshot.record(bucket: Self.bucket, key: key)
                    see(record.map { $0.isDeleted ? [1] : [2] + $0.value } ?? [0])
                }
            case .put(let key):
                try read(key)
                writes[key] = .put([UInt8(truncatingIfNeeded: seen), UInt8(truncatingIfNeeded: seen >> 8)])
            case .delete(let key):
                try read(key)
                writes[key] = .delete
            case .scan(let start, let limit, let count):
                guard !limit.lexicographicallyPrecedes(start) else { continue }
                let iterator = try snapshot.iterate(bucket: Self.bucket, start: start, limit: limit)
                var found = 0
                var last: [UInt8]?
                while found < count, let (key, record) = try iterator.next() {
                    try read(key)
                    see(key + record.value)
                    last = key
                    found += 1
                }
                // Cut: what lies behind the last key was not looked at.
                let end = found == count ? (last.map { $0 + [0] } ?? limit) : limit
                if end != start { scans.append(ScannedRange(bucket: Self.bucket, start: start, limit: end)) }
            case .failIf(let divisor):
                if seen % UInt64(divisor) == 0 {
                    return Result(effects: try Self.effects(reads, [:], scans), seen: seen, isKept: false)
                }
            }
        }
        return Result(effects: try Self.effects(reads, writes, scans), seen: seen, isKept: true)
    }

    private static func effects(
        _ reads: [[UInt8]: Version?], _ writes: [[UInt8]: Write.Effect], _ scans: [ScannedRange]
    ) throws -> Effects {
        Effects(
            reads: try ReadSet(reads.map { Read(bucket: bucket, key: $0.key, version: $0.value) }),
            writes: try WriteSet(writes.map { Write(bucket: bucket, key: $0.key, effect: $0.value) }), scans: scans)
    }
}

@Suite("a block in parallel")
struct ParallelBlockTests {
    private static func settled(
        _ programs: [Program], _ results: [Program.Result?], _ ids: [TransactionID], _ store: any StateStore
    ) throws -> (results: [Program.Result], executedCount: Int, commits: [Commit]) {
        let snapshot = try store.snapshot()
        defer { snapshot.close() }
        var block = PendingBlock(over: snapshot, height: snapshot.height + 1)
        let (final, count) = try block.settle(results, ids: ids, effects: \.effects, isKept: \.isKept) { index, snapshot in
            try programs[index].run(on: snapshot)
        }
        let commits = try zip(ids, final).filter { $0.1.isKept }.map {
            try Commit(id: $0.0, reads: $0.1.effects.reads, writes: $0.1.effects.writes)
        }
        return (final, count, commits)
    }

    /// Goal: for every random block, executing everything on the state before it and settling gives the results, the sets and the state
    /// of executing one after another, each on a committed store; and the block commits as a whole.
    @Test("gives the results, sets and state of the serial order", arguments: [1, 2, 3, 4] as [UInt64])
    func serial(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let parallel = MemoryStore()
        let serial = MemoryStore()
        var number = 0
        var again = 0
        var all = 0
        for _ in 0..<150 {
            let programs = (0..<(1 + generator.below(12))).map { _ in Program(&generator) }
            let ids = programs.map { _ in
                number += 1
                return id(number)
            }
            // One after another, each committed before the next.
            var expected: [Program.Result] = []
            for (id, program) in zip(ids, programs) {
                let result = try program.run(on: serial.snapshot())
                expected.append(result)
                if result.isKept {
                    _ = try serial.commit(Commit(id: id, reads: result.effects.reads, writes: result.effects.writes))
                }
            }
            let before = try parallel.snapshot()
            // Some are not executed beforehand, as if they had failed there.
            let results = try programs.map { generator.chance(1, in: 10) ? nil : try $0.run(on: before) }
            let (final, count, commits) = try Self.settled(programs, results, ids, parallel)
            #expect(final == expected, "seed \(seed)")
            again += count
            all += programs.count
            if !commits.isEmpty {
                let height = before.height + 1
                #expect(
                    try parallel.commit(commits, allOrNothing: true)
                        == [CommitResult](repeating: .committed(height: height), count: commits.count))
            }
            #expect(try parallel.digest() == serial.digest())
        }
        // Neither everything nor nothing was executed again.
        #expect(again > all / 10 && again < all * 9 / 10, "\(again) of \(all)")
    }

    @Test("a key that appears in a range that was looked through is a reason to execute again")
    func phantom() throws {
        let store = MemoryStore()
        try store.run(1, put: [("b", "a", "1"), ("b", "z", "1")])
        let snapshot = try store.snapshot()
        var block = PendingBlock(over: snapshot, height: 2)
        let scan = { (limit: String) in
            Effects(
                reads: ReadSet(), writes: WriteSet(),
                scans: [ScannedRange(bucket: bytes("b"), start: bytes("a"), limit: bytes(limit))])
        }
        #expect(try block.isCurrent(scan("z")))
        block.add(id(2), try WriteSet([Write(bucket: bytes("b"), key: bytes("m"), effect: .put([]))]))
        #expect(try !block.isCurrent(scan("z")) && !block.isCurrent(scan("")))
        #expect(try block.isCurrent(scan("m")))
        #expect(try block.snapshot.keys("b") == ["a", "m", "z"])
    }
}
