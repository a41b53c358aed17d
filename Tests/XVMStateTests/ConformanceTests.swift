// SPDX-License-Identifier: Apache-2.0
// The rules that every store keeps, one test each, the same body on each store.

import Testing
import XVMState

@Suite("every store keeps the rules of the state")
struct ConformanceTests {
    @Test("the stores of the suite are different ones")
    func distinctStores() throws {
        let folder = try ScratchFolder()
        let kinds = try StoreKind.allCases.map { ObjectIdentifier(type(of: try $0.make(in: folder))) }
        #expect(Set(kinds).count == StoreKind.allCases.count)
    }

    @Test("a key that was never written has no record and no version", arguments: StoreKind.allCases)
    func absent(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let snapshot = try kind.make(in: folder).snapshot()
        #expect(snapshot.height == 0)
        #expect(try snapshot.record("b", "k") == nil)
        #expect(try snapshot.version(bucket: bytes("b"), key: bytes("k")) == nil)
        #expect(try snapshot.keys("b").isEmpty)
    }

    @Test("after a commit the version is the transaction and the place in its write set", arguments: StoreKind.allCases)
    func version(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        #expect(try store.run(1, put: [("b", "z", "1"), ("b", "a", "2"), ("a", "z", "3")]) == .committed(height: 1))
        let snapshot = try store.snapshot()
        #expect(snapshot.height == 1)
        for (bucket, key, value, offset) in [("a", "z", "3", 0), ("b", "a", "2", 1), ("b", "z", "1", 2)] {
            let version = Version(transaction: id(1), offset: UInt32(offset))
            #expect(
                try snapshot.record(bucket, key) == Record(value: bytes(value), version: version, height: 1, isDeleted: false))
            #expect(try snapshot.version(bucket: bytes(bucket), key: bytes(key)) == version)
        }
    }

    @Test("a snapshot does not change while it is open", arguments: StoreKind.allCases)
    func isolation(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        try store.run(1, put: [("b", "k", "old"), ("b", "l", "old")])
        let before = try store.snapshot()
        let digest = try before.digest()
        let iterator = try before.iterate(bucket: bytes("b"), start: [], limit: [])
        #expect(try iterator.next()?.key == bytes("k"))
        try store.run(2, put: [("b", "k", "new"), ("b", "kk", "new")], delete: [("b", "l")])
        #expect(before.height == 1)
        #expect(try before.record("b", "k")?.value == bytes("old"))
        #expect(try before.record("b", "kk") == nil)
        #expect(try iterator.next()?.key == bytes("l"))
        #expect(try iterator.next() == nil)
        #expect(try before.digest() == digest)
        #expect(try store.snapshot().keys("b") == ["k", "kk"])
    }

    @Test("a stale read is a conflict that names the first such key in order", arguments: StoreKind.allCases)
    func conflict(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        try store.run(1, put: [("b", "x", "1"), ("b", "y", "1"), ("b", "z", "1")])
        let old = try store.snapshot()
        let stale = try commit(3, on: old, put: [("b", "x", "3")], read: [("b", "z"), ("b", "y"), ("a", "never")])
        try store.run(2, put: [("b", "y", "2"), ("b", "z", "2")])
        let digest = try store.digest()
        #expect(
            try store.commit(stale)
                == .conflict(
                    bucket: bytes("b"), key: bytes("y"), expected: Version(transaction: id(1), offset: 1),
                    actual: Version(transaction: id(2), offset: 0)))
        #expect(try store.digest() == digest)
        #expect(try store.snapshot().height == 2)
        // What it read has to be current, what others wrote elsewhere does not matter.
        #expect(try store.commit(commit(3, on: old, put: [("b", "x", "3")], read: [("a", "never")])) == .committed(height: 3))
    }

    @Test("a read of a key as never written conflicts once it is written", arguments: StoreKind.allCases)
    func absentConflict(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        let stale = try commit(2, on: store.snapshot(), put: [("b", "k", "2")])
        try store.run(1, put: [("b", "k", "1")])
        #expect(
            try store.commit(stale)
                == .conflict(
                    bucket: bytes("b"), key: bytes("k"), expected: nil, actual: Version(transaction: id(1), offset: 0)))
    }

    @Test("a deleted key keeps the version of its delete, which the next write must have read", arguments: StoreKind.allCases)
    func deletes(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        try store.run(1, put: [("b", "k", "1")])
        let beforeDelete = try store.snapshot()
        try store.run(2, delete: [("b", "k"), ("b", "never")])
        let snapshot = try store.snapshot()
        let deleting = Version(transaction: id(2), offset: 0)
        #expect(try snapshot.record("b", "k") == Record(value: [], version: deleting, height: 2, isDeleted: true))
        #expect(try snapshot.record("b", "never")?.isDeleted == true)
        #expect(try snapshot.keys("b").isEmpty)
        #expect(
            try store.commit(commit(3, on: beforeDelete, put: [("b", "k", "3")]))
                == .conflict(
                    bucket: bytes("b"), key: bytes("k"), expected: Version(transaction: id(1), offset: 0), actual: deleting))
        #expect(try store.run(3, put: [("b", "k", "3")]) == .committed(height: 3))
        let last = try store.snapshot()
        #expect(try last.keys("b") == ["k"])
        #expect(try last.record("b", "k")?.value == bytes("3"))
    }

    @Test("an iterator gives [start, limit) bytewise, skips deleted keys and stays in its bucket", arguments: StoreKind.allCases)
    func iteration(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        try store.run(1, put: ["a", "b", "ba", "c", "d"].map { ("mid", $0, $0) } + [("low", "b", ""), ("mie", "b", "")])
        try store.run(2, delete: [("mid", "ba")])
        let snapshot = try store.snapshot()
        #expect(try snapshot.keys("mid") == ["a", "b", "c", "d"])
        #expect(try snapshot.keys("mid", "b") == ["b", "c", "d"])
        #expect(try snapshot.keys("mid", "b", "d") == ["b", "c"])
        #expect(try snapshot.keys("mid", "aa", "bb") == ["b"])
        #expect(try snapshot.keys("mid", "b", "b").isEmpty)
        #expect(try snapshot.keys("mid", "e").isEmpty)
        #expect(try snapshot.keys("none").isEmpty)
        #expect(throws: StateError.rangeReversed) { try snapshot.keys("mid", "c", "b") }
        let iterator = try snapshot.iterate(bucket: bytes("mid"), start: bytes("d"), limit: [])
        #expect(try iterator.next()?.record.value == bytes("d"))
        #expect(try iterator.next() == nil)
        #expect(try iterator.next() == nil)
    }

    @Test("buckets whose names begin with each other do not mix", arguments: StoreKind.allCases)
    func bucketPrefixes(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        try store.run(1, put: [("a", "bk", "1"), ("ab", "k", "2"), ("a", "", "3"), ("ab", "", "4"), ("a\u{1}", "x", "5")])
        let snapshot = try store.snapshot()
        #expect(try snapshot.keys("a") == ["", "bk"])
        #expect(try snapshot.keys("ab") == ["", "k"])
        #expect(try snapshot.keys("a\u{1}") == ["x"])
        #expect(try snapshot.record("a", "k") == nil)
        #expect(try snapshot.record("ab", "bk") == nil)
    }

    @Test("keys may hold any byte and have 0 to 400 of them", arguments: StoreKind.allCases)
    func keyShapes(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        let bucket = [UInt8](repeating: 0xff, count: StateLimits.bucketSizeMax)
        let keys: [[UInt8]] = [
            [], [0], [0, 0], [0, 0xff], [1], [0x7f], [0x80], [0xff], [0xff, 0], [0xff, 0xff],
            [UInt8](repeating: 0xff, count: 399), [UInt8](repeating: 0xff, count: 400),
        ]
        let commit = try Commit(
            id: id(1), reads: ReadSet(keys.map { Read(bucket: bucket, key: $0, version: nil) }),
            writes: WriteSet(keys.reversed().map { Write(bucket: bucket, key: $0, effect: .put($0)) }))
        #expect(try store.commit(commit) == .committed(height: 1))
        let snapshot = try store.snapshot()
        let items = try snapshot.items(bucket)
        #expect(items.map(\.key) == keys)
        #expect(items.map(\.record.value) == keys)
        for key in keys { #expect(try snapshot.record(bucket: bucket, key: key)?.value == key) }
        // The successor of the longest key is a bound, though not a key.
        #expect(try snapshot.items(bucket, keys[11] + [0]).isEmpty)
        #expect(try snapshot.items(bucket, keys[10], keys[11] + [0]).map(\.key) == Array(keys[10...]))
        #expect(throws: StateError.keySize(401)) {
            try snapshot.record(bucket: bucket, key: [UInt8](repeating: 1, count: 401))
        }
        #expect(throws: StateError.keySize(402)) { try snapshot.items(bucket, [UInt8](repeating: 1, count: 402)) }
        for wrong in [[], [0x61, 0], bucket + [1]] {
            #expect(throws: StateError.bucketName(wrong)) { try snapshot.record(bucket: wrong, key: []) }
        }
    }

    @Test("an empty value is neither absent nor deleted", arguments: StoreKind.allCases)
    func emptyValue(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        try store.run(1, put: [("b", "empty", ""), ("b", "gone", "x"), ("b", "zero", "\u{0}")])
        try store.run(2, delete: [("b", "gone")])
        let snapshot = try store.snapshot()
        let empty = try #require(try snapshot.record("b", "empty"))
        #expect(empty.value.isEmpty && !empty.isDeleted)
        #expect(try snapshot.record("b", "gone")?.isDeleted == true)
        #expect(try snapshot.record("b", "zero")?.value == [0])
        #expect(try snapshot.keys("b") == ["empty", "zero"])
    }

    @Test("the greatest value fits, one byte more is refused", arguments: StoreKind.allCases)
    func valueSize(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        let value = String(repeating: "v", count: StateLimits.valueSizeMax)
        try store.run(1, put: [("b", "k", value)])
        #expect(try store.snapshot().record("b", "k")?.value == bytes(value))
        #expect(throws: StateError.valueSize(StateLimits.valueSizeMax + 1)) { try store.run(2, put: [("b", "k", value + "v")]) }
    }

    @Test("each commit of a batch sees those before it, and a batch equals single commits", arguments: StoreKind.allCases)
    func batch(_ kind: StoreKind) throws {
        let folders = try (ScratchFolder(), ScratchFolder())
        let (batched, single) = try (kind.make(in: folders.0), kind.make(in: folders.1))
        let empty = try single.snapshot()
        let first = try commit(1, on: empty, put: [("b", "k", "1"), ("b", "l", "1")])
        try #expect(single.commit(first) == .committed(height: 1))
        let second = try commit(2, on: single.snapshot(), put: [("b", "k", "2")], delete: [("b", "l")])
        try #expect(single.commit(second) == .committed(height: 2))
        let stale = try commit(3, on: empty, put: [("b", "m", "3")], read: [("b", "k")])
        let third = try commit(4, on: single.snapshot(), put: [("b", "k", "4")])
        try #expect(single.commit(third) == .committed(height: 3))
        let results = try batched.commit([first, second, stale, third], allOrNothing: false)
        #expect(
            results == [
                .committed(height: 1), .committed(height: 1),
                .conflict(bucket: bytes("b"), key: bytes("k"), expected: nil, actual: Version(transaction: id(2), offset: 0)),
                .committed(height: 1),
            ])
        #expect(try batched.snapshot().height == 1)
        #expect(try batched.digest() == single.digest())
        #expect(try batched.snapshot().record("b", "m") == nil)
        #expect(try batched.commit([], allOrNothing: true) == [])
        #expect(try batched.snapshot().height == 1)
    }

    @Test("one conflict drops an all-or-nothing batch", arguments: StoreKind.allCases)
    func allOrNothing(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        let old = try store.snapshot()
        try store.run(1, put: [("b", "k", "1")])
        let digest = try store.digest()
        let current = try store.snapshot()
        let batch = try [
            commit(2, on: current, put: [("b", "l", "2")]), commit(3, on: old, put: [("b", "k", "3")]),
            commit(4, on: current, put: [("b", "m", "4")]),
        ]
        let conflict = CommitResult.conflict(
            bucket: bytes("b"), key: bytes("k"), expected: nil, actual: Version(transaction: id(1), offset: 0))
        #expect(try store.commit(batch, allOrNothing: true) == [.dropped, conflict, .dropped])
        #expect(try store.digest() == digest)
        #expect(try store.snapshot().height == 1)
        // Dropped transactions are not known to the store and may come again.
        #expect(
            try store.commit([batch[0], batch[2]], allOrNothing: true) == [.committed(height: 2), .committed(height: 2)])
    }

    @Test("a transaction is taken once", arguments: StoreKind.allCases)
    func transactionTwice(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        try store.run(1, put: [("b", "k", "1")])
        let digest = try store.digest()
        #expect(throws: StateError.transactionTwice(id(1))) { try store.run(1, put: [("b", "l", "1")]) }
        let snapshot = try store.snapshot()
        let twins = try [commit(2, on: snapshot, put: [("b", "l", "2")]), commit(2, on: snapshot, put: [("b", "m", "2")])]
        #expect(throws: StateError.transactionTwice(id(2))) { try store.commit(twins, allOrNothing: false) }
        #expect(try store.digest() == digest)
        #expect(try store.snapshot().height == 1)
        #expect(try store.commit(twins[0]) == .committed(height: 2))
    }

    @Test("a snapshot beyond its lag ends with a typed error and others go on", arguments: StoreKind.allCases)
    func lag(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder, limits: SnapshotLimits(ageMax: .seconds(3600), lagMax: 2))
        let old = try store.snapshot()
        let iterator = try old.iterate(bucket: bytes("b"), start: [], limit: [])
        for number in 1...2 { try store.run(number, put: [("b", "k", "\(number)")]) }
        #expect(try old.record("b", "k") == nil)
        try store.run(3, put: [("b", "k", "3")])
        #expect(throws: StateError.snapshotTooOld(what: "heights", value: 3, limit: 2)) { try old.record("b", "k") }
        #expect(throws: StateError.self) { try iterator.next() }
        #expect(throws: StateError.self) { try old.digest() }
        #expect(try store.snapshot().record("b", "k")?.value == bytes("3"))
    }

    @Test("a snapshot beyond its age ends with a typed error", arguments: StoreKind.allCases)
    func age(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let snapshot = try kind.make(in: folder, limits: SnapshotLimits(ageMax: .zero)).snapshot()
        let error = #expect(throws: StateError.self) { try snapshot.record("b", "k") }
        guard case .snapshotTooOld("milliseconds", _, 0) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a closed snapshot says so, also to its iterators", arguments: StoreKind.allCases)
    func closed(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        try store.run(1, put: [("b", "k", "1"), ("b", "l", "1")])
        let snapshot = try store.snapshot()
        let iterator = try snapshot.iterate(bucket: bytes("b"), start: [], limit: [])
        #expect(try iterator.next() != nil)
        snapshot.close()
        snapshot.close()
        #expect(throws: StateError.snapshotClosed) { try snapshot.record("b", "k") }
        #expect(throws: StateError.snapshotClosed) { try iterator.next() }
        // What the closed one held may be in use again by now; the old iterator stays shut.
        let other = try store.snapshot()
        #expect(throws: StateError.snapshotClosed) { try iterator.next() }
        #expect(try other.keys("b") == ["k", "l"])
    }

    @Test("snapshots on several threads see one state each while commits go on", arguments: StoreKind.allCases)
    func threads(_ kind: StoreKind) async throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        try store.run(0, put: [("b", "x", "0"), ("b", "y", "0")])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...200 { try store.run(number, put: [("b", "x", "\(number)"), ("b", "y", "\(number)")]) }
            }
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<300 {
                        let snapshot = try store.snapshot()
                        defer { snapshot.close() }
                        let (x, y) = try (snapshot.record("b", "x"), snapshot.record("b", "y"))
                        #expect(x?.value == y?.value)
                        #expect(try snapshot.items(bytes("b")).map(\.record.value) == [x?.value, y?.value])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.snapshot().height == 201)
    }
}

@Suite("sets and commits are canonical")
struct SetTests {
    let one = Version(transaction: id(1), offset: 0)

    @Test("sets are ordered bytewise by bucket, then key")
    func order() throws {
        let pairs = [("b", "a"), ("a", "z"), ("a", ""), ("ab", "a"), ("a", "\u{0}")]
        let reads = try ReadSet(pairs.map { Read(bucket: bytes($0.0), key: bytes($0.1), version: nil) })
        #expect(
            reads.reads.map { [$0.bucket, $0.key] } == [
                [bytes("a"), []], [bytes("a"), [0]], [bytes("a"), bytes("z")], [bytes("ab"), bytes("a")],
                [bytes("b"), bytes("a")],
            ])
    }

    @Test("a key that stands twice in a set is refused")
    func twice() {
        let read = Read(bucket: bytes("b"), key: bytes("k"), version: nil)
        #expect(throws: StateError.keyTwice(bucket: bytes("b"), key: bytes("k"))) {
            try ReadSet([read, Read(bucket: bytes("b"), key: bytes("k"), version: one)])
        }
        let write = Write(bucket: bytes("b"), key: bytes("k"), effect: .delete)
        #expect(throws: StateError.keyTwice(bucket: bytes("b"), key: bytes("k"))) { try WriteSet([write, write]) }
    }

    @Test("a write of a key that was not read is refused")
    func blindWrite() throws {
        let reads = try ReadSet(["a", "c"].map { Read(bucket: bytes("b"), key: bytes($0), version: nil) })
        for key in ["", "b", "d"] {
            let writes = try WriteSet([Write(bucket: bytes("b"), key: bytes(key), effect: .delete)])
            #expect(throws: StateError.blindWrite(bucket: bytes("b"), key: bytes(key))) {
                try Commit(id: id(1), reads: reads, writes: writes)
            }
        }
        let elsewhere = try WriteSet([Write(bucket: bytes("c"), key: bytes("a"), effect: .delete)])
        #expect(throws: StateError.blindWrite(bucket: bytes("c"), key: bytes("a"))) {
            try Commit(id: id(1), reads: reads, writes: elsewhere)
        }
    }

    @Test("names beyond the limits are refused in sets")
    func limits() {
        #expect(throws: StateError.keySize(401)) {
            try ReadSet([Read(bucket: bytes("b"), key: [UInt8](repeating: 0, count: 401), version: nil)])
        }
        #expect(throws: StateError.bucketName([])) { try WriteSet([Write(bucket: [], key: [], effect: .delete)]) }
    }

    @Test("a transaction id has 32 bytes and keeps them")
    func transactionID() {
        let bytes = (0..<32).map { UInt8($0 * 8) }
        #expect(TransactionID(bytes)?.bytes == bytes)
        #expect(TransactionID(bytes + [0]) == nil)
        #expect(TransactionID(Array(bytes.dropLast())) == nil)
        #expect(Version(transaction: id(1), offset: 7).description.hasSuffix("ab0001_7"))
    }
}
