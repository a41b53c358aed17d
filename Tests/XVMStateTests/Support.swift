// SPDX-License-Identifier: Apache-2.0
// What the tests of the state share: the stores, scratch folders, a seeded generator, short ways to write sets.

import Foundation
import Testing
import XVMState

/// The stores that every conformance test runs on.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, lmdb, logged
    var testDescription: String { rawValue }

    /// A fresh store; `folder` keeps the files of one that has some.
    func make(in folder: ScratchFolder, limits: SnapshotLimits = SnapshotLimits()) throws -> any StateStore {
        switch self {
        case .memory: MemoryStore(limits: limits)
        case .lmdb: try LMDBStore(path: folder.path + "/state", mapSize: 1 << 30, limits: limits)
        // So small a log that its turns come every few commits.
        case .logged: try LoggedStore(path: folder.path + "/state", logSize: 4096, mapSize: 1 << 30, limits: limits)
        }
    }
}

/// A folder in memory where there is one, gone with this value.
final class ScratchFolder: Sendable {
    let path: String

    init() throws {
        let base =
            FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : FileManager.default.temporaryDirectory.path
        path = base + "/xvm-state-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func entries(_ folder: String = "") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path + "/" + folder)) ?? []).sorted()
    }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
    mutating func chance(_ numerator: Int, in denominator: Int) -> Bool { below(denominator) < numerator }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// An id whose last two bytes are the number.
func id(_ number: Int) -> TransactionID {
    let bytes = [UInt8](repeating: 0xab, count: 30) + [UInt8(number >> 8 & 0xff), UInt8(number & 0xff)]
    return TransactionID(bytes)!
}

/// A commit that reads what it names at the snapshot's versions, as a context does, and writes.
func commit(
    _ number: Int, on snapshot: any StateSnapshot, put: [(String, String, String)] = [], delete: [(String, String)] = [],
    read: [(String, String)] = []
) throws -> Commit {
    let keys = read + put.map { ($0.0, $0.1) } + delete
    return try Commit(
        id: id(number),
        reads: ReadSet(
            keys.map {
                Read(
                    bucket: bytes($0.0), key: bytes($0.1), version: try snapshot.version(bucket: bytes($0.0), key: bytes($0.1)))
            }),
        writes: WriteSet(
            put.map { Write(bucket: bytes($0.0), key: bytes($0.1), effect: .put(bytes($0.2))) }
                + delete.map { Write(bucket: bytes($0.0), key: bytes($0.1), effect: .delete) }))
}

extension StateStore {
    /// Commits what `commit(_:on:…)` makes on the newest snapshot.
    @discardableResult
    func run(
        _ number: Int, put: [(String, String, String)] = [], delete: [(String, String)] = [], read: [(String, String)] = []
    ) throws -> CommitResult {
        let snapshot = try snapshot()
        let commit = Result { try XVMStateTests.commit(number, on: snapshot, put: put, delete: delete, read: read) }
        // Before the commit: a map that is full grows only when nobody reads.
        snapshot.close()
        return try self.commit(commit.get())
    }

    func digest() throws -> [UInt8] {
        let snapshot = try snapshot()
        defer { snapshot.close() }
        return try snapshot.digest()
    }
}

extension StateSnapshot {
    func record(_ bucket: String, _ key: String) throws -> Record? { try record(bucket: bytes(bucket), key: bytes(key)) }

    /// The keys and values of a range.
    func items(_ bucket: [UInt8], _ start: [UInt8] = [], _ limit: [UInt8] = []) throws -> [(key: [UInt8], record: Record)] {
        let iterator = try iterate(bucket: bucket, start: start, limit: limit)
        var items: [(key: [UInt8], record: Record)] = []
        while let item = try iterator.next() { items.append(item) }
        return items
    }

    func keys(_ bucket: String, _ start: String = "", _ limit: String = "") throws -> [String] {
        try items(bytes(bucket), bytes(start), bytes(limit)).map { String(decoding: $0.key, as: UTF8.self) }
    }
}
