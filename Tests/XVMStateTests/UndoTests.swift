// SPDX-License-Identifier: Apache-2.0
// Going back: undo, snapshots of the past, and replay on nothing but a read set. The same body on each store.

import Testing
import XVMState

@Suite("a store goes back")
struct UndoTests {
    @Test("undo restores the exact records, forgets the transactions, and gives them back", arguments: StoreKind.allCases)
    func undo(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        try store.run(1, put: [("b", "k", "1"), ("b", "gone", "1")])
        let before = try store.digest()
        let snapshot = try store.snapshot()
        let batch = [
            try commit(2, on: snapshot, put: [("b", "k", "2")], delete: [("b", "gone")]),
            try commit(3, on: snapshot, put: [("b", "new", "3")], delete: [("b", "never")]),
        ]
        let after: [UInt8]
        #expect(try store.commit(batch, allOrNothing: true) == [.committed(height: 2), .committed(height: 2)])
        after = try store.digest()
        #expect(try store.height(of: id(3)) == 2)
        #expect(try store.undo(2) == [id(2), id(3)])
        #expect(try store.digest() == before)
        #expect(try store.snapshot().height == 1)
        #expect(try store.height(of: id(3)) == nil && store.height(of: id(1)) == 1)
        #expect(try store.snapshot().record("b", "new") == nil && store.snapshot().record("b", "never") == nil)
        // The same again, also under the same ids, gives the same.
        #expect(try store.commit(batch, allOrNothing: true) == [.committed(height: 2), .committed(height: 2)])
        #expect(try store.digest() == after)
    }

    @Test("only the newest height can be taken back, and none below the first", arguments: StoreKind.allCases)
    func order(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        #expect(throws: StateError.undoOrder(height: 0, newest: 0)) { try store.undo(0) }
        try store.run(1, put: [("b", "k", "1")])
        try store.run(2, put: [("b", "k", "2")])
        for height in [0, 1, 3] as [UInt64] {
            #expect(throws: StateError.undoOrder(height: height, newest: 2)) { try store.undo(height) }
        }
        try store.undo(2)
        try store.undo(1)
        #expect(try store.digest() == MemoryStore().digest())
    }

    @Test("a snapshot of the past is the state of its height, whatever came later", arguments: StoreKind.allCases)
    func past(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        var digests = [try store.digest()]
        for number in 1...6 {
            try store.run(
                number, put: [("b", "k\(number % 3)", "\(number)"), ("c", "n\(number)", "x")], delete: [("b", "d\(number % 2)")])
            digests.append(try store.digest())
        }
        for (height, digest) in digests.enumerated() {
            let snapshot = try store.snapshot(at: UInt64(height))
            #expect(snapshot.height == UInt64(height))
            #expect(try snapshot.digest() == digest)
            #expect(try snapshot.keys("c") == (1..<(height + 1)).map { "n\($0)" })
            #expect(
                try snapshot.version(bucket: bytes("c"), key: bytes("n6"))
                    == (height < 6 ? nil : Version(transaction: id(6), offset: 2)))
            snapshot.close()
            #expect(throws: StateError.snapshotClosed) { try snapshot.record("b", "k0") }
        }
        #expect(throws: StateError.heightUnknown(height: 7, oldest: kind == .memory ? 0 : 6, newest: 6)) {
            try store.snapshot(at: 7)
        }
    }

    @Test("what is older than the heights kept is refused, by undo and by snapshots")
    func kept() throws {
        let folder = try ScratchFolder()
        for kind in StoreKind.allCases {
            let store: any StateStore =
                switch kind {
                case .memory: MemoryStore(heightsKept: 3)
                case .lmdb: try LMDBStore(path: folder.path + "/lmdb", heightsKept: 3)
                case .logged: try LoggedStore(path: folder.path + "/logged", logSize: 2048, heightsKept: 3)
                }
            for number in 1...9 { try store.run(number, put: [("b", "k", "\(number)")]) }
            for height in 6...9 as ClosedRange<UInt64> {
                #expect(try store.snapshot(at: height).record("b", "k")?.value == bytes("\(height)"), "\(kind)")
            }
            #expect(throws: StateError.self, "\(kind)") { try store.snapshot(at: 5) }
            for height in [9, 8, 7] as [UInt64] { try store.undo(height) }
            #expect(try store.snapshot().record("b", "k")?.value == bytes("6"))
            #expect(throws: StateError.heightUnknown(height: 5, oldest: 6, newest: 6), "\(kind)") { try store.undo(6) }
        }
    }

    @Test("a replay sees its read set and nothing else", arguments: StoreKind.allCases)
    func readSet(_ kind: StoreKind) throws {
        let folder = try ScratchFolder()
        let store = try kind.make(in: folder)
        try store.run(1, put: [("b", "a", "1"), ("b", "b", "2"), ("b", "c", "3"), ("c", "a", "x")])
        try store.run(2, delete: [("b", "b")])
        let snapshot = try store.snapshot()
        let reads = try ReadSet(
            ["a", "b", "never"].map {
                Read(bucket: bytes("b"), key: bytes($0), version: try snapshot.version(bucket: bytes("b"), key: bytes($0)))
            })
        let (made, conflict) = try ReadSetSnapshot.make(reads, from: snapshot)
        #expect(conflict == nil)
        let replay = try #require(made)
        #expect(try replay.record("b", "a") == snapshot.record("b", "a"))
        #expect(try replay.record("b", "b")?.isDeleted == true)
        #expect(try replay.record("b", "never") == nil)
        #expect(try replay.keys("b") == ["a"])
        #expect(throws: StateError.outsideReadSet(bucket: bytes("b"), key: bytes("c"))) { try replay.record("b", "c") }
        #expect(throws: StateError.outsideReadSet(bucket: bytes("c"), key: bytes("a"))) {
            try replay.version(bucket: bytes("c"), key: bytes("a"))
        }
        // A read that is no longer current is a conflict with both versions.
        try store.run(3, put: [("b", "a", "new")])
        let (none, stale) = try ReadSetSnapshot.make(reads, from: store.snapshot())
        #expect(none == nil)
        #expect(
            stale
                == .conflict(
                    bucket: bytes("b"), key: bytes("a"), expected: Version(transaction: id(1), offset: 0),
                    actual: Version(transaction: id(3), offset: 0)))
    }

    @Test("a range knows what lies in it")
    func ranges() {
        let range = ScannedRange(bucket: bytes("b"), start: bytes("c"), limit: bytes("e"))
        #expect(["c", "ca", "d", "dz"].allSatisfy { range.contains(bucket: bytes("b"), key: bytes($0)) })
        #expect(!["b", "bz", "e", "ea"].contains { range.contains(bucket: bytes("b"), key: bytes($0)) })
        #expect(!range.contains(bucket: bytes("a"), key: bytes("d")))
        #expect(ScannedRange(bucket: bytes("b"), start: [], limit: []).contains(bucket: bytes("b"), key: [0xff]))
    }
}
