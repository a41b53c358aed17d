// SPDX-License-Identifier: Apache-2.0
// The state folder: what is made, what is refused and stays as it is, who may hold it, and what a kill leaves.

import CLMDB
import Foundation
import Glibc
import Testing

@testable import XVMState

/// Large enough to fill a small map soon, small enough to fill it in steps.
private let largeValueSize = 61440

@Suite("the state folder")
struct FolderTests {
    let scratch: ScratchFolder
    var state: String { scratch.path + "/state" }

    init() throws { scratch = try ScratchFolder() }

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    private func makeFolder(_ mode: Int) throws {
        try FileManager.default.createDirectory(
            atPath: state, withIntermediateDirectories: false, attributes: [.posixPermissions: mode])
    }

    private func link(to target: String, at path: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
    }

    private func cut(_ path: String, _ size: Int) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: UInt64(size))
        try file.close()
    }

    private func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: scratch.path + "/" + name))
    }

    private func found(_ path: String) throws -> String {
        let error = #expect(throws: StateError.self) { try LMDBStore(path: path) }
        guard case .notStateFolder(path, let found) = error else {
            Issue.record("\(String(describing: error))")
            return ""
        }
        return found
    }

    @Test("an absent folder is made for its owner alone")
    func absent() throws {
        let store = try LMDBStore(path: state)
        #expect(mode(state) == 0o700)
        #expect(scratch.entries("state") == ["state.mdb", "state.mdb-lock", "xvm-state", "xvm-state.lock"])
        for name in scratch.entries("state") { #expect(mode(state + "/" + name) == 0o600, "\(name)") }
        #expect(try String(contentsOfFile: state + "/xvm-state", encoding: .utf8) == "xvm-state 1\n")
        #expect(try store.snapshot().height == 0)
    }

    @Test("an empty folder becomes a state folder")
    func empty() throws {
        try makeFolder(0o755)
        _ = try LMDBStore(path: state)
        #expect(scratch.entries("state").contains("xvm-state"))
    }

    @Test("a folder of something else is refused and not touched")
    func foreign() throws {
        try makeFolder(0o755)
        try write("a letter", "state/letter.txt")
        #expect(try found(state).contains("letter.txt"))
        #expect(scratch.entries("state") == ["letter.txt"])
        // Somebody's copy of a data file alone is not a state folder either.
        try FileManager.default.removeItem(atPath: state + "/letter.txt")
        try write("data", "state/state.mdb")
        #expect(try found(state).contains("state.mdb"))
        #expect(scratch.entries("state") == ["state.mdb"])
    }

    @Test("a folder of thousands of files is refused as well")
    func large() throws {
        try makeFolder(0o755)
        for number in 0..<2000 { try write("", "state/\(number)") }
        #expect(try found(state).contains("xvm-state"))
    }

    @Test("a file, a marker of something else and a marker that is a link are refused")
    func wrongKinds() throws {
        try write("text", "state")
        #expect(try found(state) == "it is not a folder")
        try FileManager.default.removeItem(atPath: state)
        try makeFolder(0o700)
        try write("something else\n", "state/xvm-state")
        #expect(try found(state).contains("something else"))
        try FileManager.default.removeItem(atPath: state + "/xvm-state")
        try link(to: "/etc/passwd", at: state + "/xvm-state")
        #expect(try found(state).contains("regular"))
        #expect(scratch.entries("state") == ["xvm-state"])
        #expect(try found("") == "not a path")
    }

    @Test("a folder under a missing one is a system error that names the call")
    func missingParent() throws {
        #expect(throws: StateError.system(call: "mkdir", errno: ENOENT, detail: scratch.path + "/no/state")) {
            try LMDBStore(path: scratch.path + "/no/state")
        }
    }

    @Test("another format is refused by its number")
    func formatVersion() throws {
        do { _ = try LMDBStore(path: state) }
        try write("xvm-state 2\n", "state/xvm-state")
        #expect(throws: StateError.formatVersion(path: state, found: "2", supported: "1")) { try LMDBStore(path: state) }
    }

    @Test("a folder in use is refused with its owner, and free again afterwards")
    func inUse() throws {
        do {
            let store = try LMDBStore(path: state)
            #expect(throws: StateError.folderInUse(path: state, owner: getpid())) { try LMDBStore(path: state) }
            // By another way to the same folder, too.
            try link(to: state, at: scratch.path + "/link")
            #expect(throws: StateError.folderInUse(path: scratch.path + "/link", owner: getpid())) {
                try LMDBStore(path: scratch.path + "/link")
            }
            try store.run(1, put: [("b", "k", "1")])
        }
        #expect(try LMDBStore(path: state).snapshot().height == 1)
    }

    @Test("an open snapshot keeps the folder held after its store is gone")
    func snapshotHolds() throws {
        var snapshot: (any StateSnapshot)? = try LMDBStore(path: state).snapshot()
        #expect(throws: StateError.folderInUse(path: state, owner: getpid())) { try LMDBStore(path: state) }
        #expect(try snapshot?.record("b", "k") == nil)
        snapshot = nil
        _ = try LMDBStore(path: state)
    }

    @Test("no descriptor of a store passes an exec")
    func closeOnExec() throws {
        let store = try LMDBStore(path: state)
        try store.run(1, put: [("b", "k", "1")])
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            guard let number = Int32(name),
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + name),
                target.hasPrefix(state)
            else { continue }
            count += 1
            #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0, "\(target)")
        }
        // The folder, our lock, LMDB's lock, its data file and the second descriptor for its meta pages.
        #expect(count == 5)
        #expect(fcntl(store.dataDescriptorNumber, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test("a reopened store has the same digest and goes on")
    func reopen() throws {
        var digest: [UInt8] = []
        do {
            let store = try LMDBStore(path: state)
            for number in 1...20 { try store.run(number, put: [("b", "k\(number % 7)", "\(number)")], delete: [("c", "k")]) }
            digest = try store.digest()
        }
        let store = try LMDBStore(path: state)
        #expect(try store.digest() == digest)
        #expect(try store.snapshot().height == 20)
        #expect(throws: StateError.transactionTwice(id(7))) { try store.run(7, put: [("b", "x", "")]) }
        #expect(try store.run(21, put: [("b", "x", "")]) == .committed(height: 21))
        try store.verify()
    }

    @Test("a creation that was interrupted is taken up again", arguments: ["lock", "data", "marker"])
    func interrupted(_ last: String) throws {
        do { _ = try LMDBStore(path: state) }
        try FileManager.default.removeItem(atPath: state + "/xvm-state")
        if last != "data" {
            try FileManager.default.removeItem(atPath: state + "/state.mdb")
            try FileManager.default.removeItem(atPath: state + "/state.mdb-lock")
        }
        if last == "marker" { try write("xvm-", "state/xvm-state.tmp") }
        do { _ = try LMDBStore(path: state).run(1, put: [("b", "k", "1")]) }
        #expect(scratch.entries("state") == ["state.mdb", "state.mdb-lock", "xvm-state", "xvm-state.lock"])
        #expect(try LMDBStore(path: state).snapshot().height == 1)
    }

    @Test("a lost marker costs no data")
    func lostMarker() throws {
        do { _ = try LMDBStore(path: state).run(1, put: [("b", "k", "1")]) }
        try FileManager.default.removeItem(atPath: state + "/xvm-state")
        #expect(try LMDBStore(path: state).snapshot().record("b", "k")?.value == bytes("1"))
    }

    private func damage(_ change: (String) throws -> Void) throws -> String {
        do { _ = try LMDBStore(path: state).run(1, put: [("b", "k", String(repeating: "v", count: 50000))]) }
        try change(state + "/state.mdb")
        let error = #expect(throws: StateError.self) { try LMDBStore(path: state) }
        guard case .corrupted(state, let detail) = error else {
            Issue.record("\(String(describing: error))")
            return ""
        }
        return detail
    }

    @Test("a missing, an empty and a foreign data file are refused")
    func damagedFiles() throws {
        #expect(try damage { try FileManager.default.removeItem(atPath: $0) } == "state.mdb is missing")
        try FileManager.default.removeItem(atPath: state)
        #expect(try damage { try cut($0, 0) } == "state.mdb is empty")
        try FileManager.default.removeItem(atPath: state)
        #expect(try damage { try Data("not a database".utf8).write(to: URL(fileURLWithPath: $0)) }.contains("mdb_env_open"))
        try FileManager.default.removeItem(atPath: state)
        #expect(
            try damage { try Data(repeating: 7, count: 1 << 16).write(to: URL(fileURLWithPath: $0)) }.contains("mdb_env_open"))
    }

    @Test("a file cut short is refused instead of faulting on its missing pages")
    func cutShort() throws {
        do {
            let store = try LMDBStore(path: state)
            for number in 1...50 { try store.run(number, put: [("b", "key \(number)", String(repeating: "v", count: 3000))]) }
        }
        let whole = try FileManager.default.attributesOfItem(atPath: state + "/state.mdb")[.size] as? Int ?? 0
        let copy = try Data(contentsOf: URL(fileURLWithPath: state + "/state.mdb"))
        var refused = 0
        for size in stride(from: 8192, to: whole, by: 4096 * 3) {
            try copy.write(to: URL(fileURLWithPath: state + "/state.mdb"))
            try cut(state + "/state.mdb", size)
            // Either the missing pages are needed, and it says so, or they are free ones, and all data is there.
            do {
                let store = try LMDBStore(path: state)
                #expect(try store.snapshot().items(bytes("b")).count == 50)
            } catch StateError.corrupted { refused += 1 }
        }
        #expect(refused > 5)
    }

    @Test("an LMDB file of somebody else is refused")
    func foreignDatabase() throws {
        try makeFolder(0o700)
        var environment: OpaquePointer?
        let codes = unsafe [
            mdb_env_create(&environment), mdb_env_open(environment, state + "/state.mdb", UInt32(MDB_NOSUBDIR), 0o600),
        ]
        unsafe mdb_env_close(environment)
        #expect(codes == [0, 0])
        try write("xvm-state 1\n", "state/xvm-state")
        #expect(throws: StateError.corrupted(path: state, detail: "it has no table latest")) { try LMDBStore(path: state) }
    }

    @Test("a full map is a typed error, the old state stays and the store goes on")
    func mapFull() throws {
        let size = 1 << 20
        let store = try LMDBStore(path: state, mapSize: size, mapSizeMax: size)
        let value = String(repeating: "v", count: largeValueSize)
        try store.run(1, put: [("b", "first", value)])
        let digest = try store.digest()
        #expect(throws: StateError.mapFull(size: size)) {
            try store.run(2, put: (0..<40).map { ("b", "k\($0)", value) })
        }
        #expect(try store.digest() == digest)
        #expect(try store.run(2, put: [("b", "small", "v")]) == .committed(height: 2))
    }

    @Test("a full map is doubled while snapshots come and go, up to its limit")
    func growth() throws {
        let store = try LMDBStore(path: state, mapSize: 1 << 20, mapSizeMax: 8 << 20)
        let value = String(repeating: "v", count: largeValueSize)
        let reader = Thread {
            while !Thread.current.isCancelled {
                guard let snapshot = try? store.snapshot() else { continue }
                _ = try? snapshot.items(bytes("b"))
                snapshot.close()
            }
        }
        reader.start()
        defer { reader.cancel() }
        for number in 1...40 {
            #expect(try store.run(number, put: [("b", "k\(number)", value)]) == .committed(height: UInt64(number)))
        }
        #expect(store.usage.mapSize == 4 << 20 || store.usage.mapSize == 8 << 20)
        #expect(store.usage.usedSize > 40 * largeValueSize)
        #expect(try store.snapshot().keys("b").count == 40)
        #expect(throws: StateError.mapFull(size: 8 << 20)) {
            try store.run(41, put: (0..<200).map { ("c", "k\($0)", value) })
        }
        try store.verify()
    }

    @Test("a map does not grow under an open snapshot; once that is closed, it does")
    func growthWaits() throws {
        // The store waits for the snapshot's age and a second. The age is more than any put of this test can take, or that would be refused first.
        let store = try LMDBStore(
            path: state, mapSize: 1 << 20, mapSizeMax: 8 << 20, limits: SnapshotLimits(ageMax: .seconds(5), lagMax: 1000))
        let value = String(repeating: "v", count: largeValueSize)
        let open = try store.snapshot()
        // Nobody asks the snapshot anything, so nothing closes it: the map cannot grow, and says so.
        #expect(throws: StateError.mapFull(size: 1 << 20)) {
            for number in 1...40 { try store.run(number, put: [("b", "k\(number)", value)]) }
        }
        open.close()
        let next = try Int(store.snapshot().height) + 1
        #expect(try store.run(next, put: (0..<20).map { ("b", "more\($0)", value) }) == .committed(height: UInt64(next)))
    }

    @Test("more snapshots than the store was opened for are refused, and a closed one makes room")
    func readersExhausted() throws {
        let store = try LMDBStore(path: state, snapshotsMax: 3)
        // Opening used one and kept it for reuse.
        let open = try (0..<3).map { _ in try store.snapshot() }
        #expect(throws: StateError.snapshotsExhausted(limit: 3)) { try store.snapshot() }
        open[1].close()
        #expect(try store.snapshot().height == 0)
    }
}
