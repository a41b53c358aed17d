// SPDX-License-Identifier: Apache-2.0
// Random histories of commits against a dictionary, on each store, and the stores against each other.

import Testing
import XVMCore
import XVMState

/// What a store should hold, kept in the simplest way.
private struct Model {
    struct Entry: Equatable {
        var value: [UInt8]?
        var version: Version
    }
    var entries: [[[UInt8]]: Entry] = [:]
    var height: UInt64 = 0

    func live(_ bucket: [UInt8], _ start: [UInt8], _ limit: [UInt8]) -> [[UInt8]] {
        entries.filter { $0.key[0] == bucket && $0.value.value != nil }.map { $0.key[1] }
            .filter { !$0.lexicographicallyPrecedes(start) && (limit.isEmpty || $0.lexicographicallyPrecedes(limit)) }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The rules of a commit, said again.
    mutating func apply(_ batch: [Commit], allOrNothing: Bool) -> [CommitResult] {
        var after = self
        after.height += 1
        var results: [CommitResult] = []
        for (index, commit) in batch.enumerated() {
            let stale = commit.reads.reads.first { after.entries[[$0.bucket, $0.key]]?.version != $0.version }
            if let stale {
                let result = CommitResult.conflict(
                    bucket: stale.bucket, key: stale.key, expected: stale.version,
                    actual: after.entries[[stale.bucket, stale.key]]?.version)
                if allOrNothing { return batch.indices.map { $0 == index ? result : .dropped } }
                results.append(result)
                continue
            }
            for (offset, write) in commit.writes.writes.enumerated() {
                let version = Version(transaction: commit.id, offset: UInt32(offset))
                switch write.effect {
                case .put(let value): after.entries[[write.bucket, write.key]] = Entry(value: value, version: version)
                case .delete: after.entries[[write.bucket, write.key]] = Entry(value: nil, version: version)
                }
            }
            results.append(.committed(height: after.height))
        }
        if results.contains(where: { if case .committed = $0 { true } else { false } }) { self = after }
        return results
    }
}

@Suite("random histories")
struct HistoryTests {
    private static let buckets = ["a", "ab", "b"].map(bytes)

    private static func key(_ generator: inout SeededGenerator) -> [UInt8] {
        let alphabet: [UInt8] = [0x00, 0x01, 0x61, 0xff]
        return (0..<generator.below(4)).map { _ in alphabet[generator.below(4)] }
    }

    /// A commit made on `model`, which may be older than what it will meet.
    private static func commit(_ number: Int, on model: Model, _ generator: inout SeededGenerator) throws -> Commit {
        var reads: [[[UInt8]]: Read] = [:]
        var writes: [Write] = []
        for _ in 0..<generator.below(6) {
            let name = [buckets[generator.below(3)], key(&generator)]
            if reads[name] != nil { continue }
            reads[name] = Read(bucket: name[0], key: name[1], version: model.entries[name]?.version)
            switch generator.below(4) {
            case 0: break
            case 1: writes.append(Write(bucket: name[0], key: name[1], effect: .delete))
            default:
                let size = generator.chance(1, in: 100) ? generator.below(StateLimits.valueSizeMax + 1) : generator.below(40)
                writes.append(
                    Write(bucket: name[0], key: name[1], effect: .put([UInt8](repeating: UInt8(number & 0xff), count: size))))
            }
        }
        return try Commit(id: id(number), reads: ReadSet(Array(reads.values)), writes: WriteSet(writes))
    }

    /// The digest of a store that holds what the dictionary does.
    private static func digest(_ model: Model) throws -> [UInt8] {
        var hash = SHA256()
        let sorted = model.entries.sorted { a, b in
            (a.key[0] + [0] + a.key[1]).lexicographicallyPrecedes(b.key[0] + [0] + b.key[1])
        }
        for (name, entry) in sorted {
            let key = name[0] + [0] + name[1]
            var bytes: [UInt8] = []
            bytes.appendLittleEndian(UInt32(key.count))
            bytes += key
            bytes.append(entry.value == nil ? 1 : 0)
            bytes += entry.version.transaction.bytes
            bytes.appendLittleEndian(entry.version.offset)
            bytes.appendLittleEndian(UInt32(entry.value?.count ?? 0))
            bytes += entry.value ?? []
            hash.update(bytes)
        }
        return hash.finalize()
    }

    private static func check(_ snapshot: any StateSnapshot, _ model: Model, _ generator: inout SeededGenerator) throws {
        #expect(snapshot.height == model.height)
        for (name, entry) in model.entries {
            let record = try snapshot.record(bucket: name[0], key: name[1])
            #expect(record?.version == entry.version)
            #expect(record?.isDeleted == (entry.value == nil))
            #expect(record?.value == entry.value ?? [])
        }
        for bucket in buckets {
            #expect(try snapshot.items(bucket).map(\.key) == model.live(bucket, [], []))
            var bounds = [key(&generator), key(&generator)].sorted { $0.lexicographicallyPrecedes($1) }
            if generator.chance(1, in: 4) { bounds[1] = [] }
            #expect(try snapshot.items(bucket, bounds[0], bounds[1]).map(\.key) == model.live(bucket, bounds[0], bounds[1]))
        }
    }

    /// Goal: whatever commits come in whatever batches, stale or not, a store answers as the dictionary does, an old snapshot as the
    /// dictionary of its time, and every store ends with the same digest.
    @Test("stores answer as a dictionary does, and alike", arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func histories(_ seed: UInt64) throws {
        var digests: [[UInt8]] = []
        for kind in StoreKind.allCases {
            var generator = SeededGenerator(seed: seed)
            let folder = try ScratchFolder()
            let store = try kind.make(in: folder)
            var model = Model()
            var open: [(any StateSnapshot, Model)] = []
            var number = 0
            var past = [model]
            for _ in 0..<80 {
                if model.height > 0, generator.chance(1, in: 6) {
                    try store.undo(model.height)
                    past.removeLast()
                    model = past[past.count - 1]
                    #expect(try store.snapshot().height == model.height)
                }
                // Made one after another on a guess of what comes before, so that some see their forerunners and some are stale.
                var guess = generator.chance(1, in: 3) ? (open.last?.1 ?? model) : model
                let allOrNothing = generator.chance(1, in: 4)
                var batch: [Commit] = []
                for _ in 0..<(1 + generator.below(4)) {
                    number += 1
                    let next = try Self.commit(number, on: guess, &generator)
                    batch.append(next)
                    if generator.chance(3, in: 4) { _ = guess.apply([next], allOrNothing: false) }
                }
                let expected = model.apply(batch, allOrNothing: allOrNothing)
                #expect(try store.commit(batch, allOrNothing: allOrNothing) == expected, "seed \(seed), \(kind)")
                if model.height > past[past.count - 1].height { past.append(model) }
                if generator.chance(1, in: 8) {
                    let then = past[generator.below(past.count)]
                    let snapshot = try store.snapshot(at: then.height)
                    try Self.check(snapshot, then, &generator)
                    if generator.chance(1, in: 4) { #expect(try snapshot.digest() == Self.digest(then)) }
                    snapshot.close()
                }
                if generator.chance(1, in: 4) { open.append((try store.snapshot(), model)) }
                if open.count > 4 {
                    let (snapshot, then) = open.removeFirst()
                    try Self.check(snapshot, then, &generator)
                    snapshot.close()
                }
            }
            try Self.check(store.snapshot(), model, &generator)
            for (snapshot, then) in open { try Self.check(snapshot, then, &generator) }
            #expect(!model.entries.isEmpty && model.height > 20)
            digests.append(try store.digest())
            for snapshot in open { snapshot.0.close() }
            // Back to the beginning, where nothing is left.
            while model.height > 0 {
                try store.undo(model.height)
                past.removeLast()
                model = past[past.count - 1]
            }
            #expect(try store.digest() == MemoryStore().digest(), "seed \(seed), \(kind)")
        }
        #expect(Set(digests).count == 1)
    }
}
