// SPDX-License-Identifier: Apache-2.0
// The commit log: what the next opener finds in it, whatever happened to it; and disks that are full.

import Foundation
import Glibc
import Testing
import XVMCore

@testable import XVMState

@Suite("the commit log")
struct LogTests {
    private let scratch: ScratchFolder
    private var state: String { scratch.path + "/state" }
    private var log: String { state + "/commit-log-0" }

    init() throws { scratch = try ScratchFolder() }

    private func digest(_ count: Int) throws -> [UInt8] {
        let store = MemoryStore()
        for number in 1..<(count + 1) { try Self.step(store, number) }
        return try store.digest()
    }

    private static func step(_ store: any StateStore, _ number: Int) throws {
        try store.run(
            number, put: [("b", "k\(number % 5)", "\(number)"), ("c", "n\(number)", "")], delete: [("b", "d\(number % 3)")])
    }

    /// A folder as a killed process leaves it: `count` heights in the log, none of them in LMDB. A copy, because a store that ends
    /// brings its log in.
    private func killed(_ count: Int) throws {
        let live = scratch.path + "/live"
        let store = try LoggedStore(path: live)
        for number in 1..<(count + 1) { try Self.step(store, number) }
        try FileManager.default.copyItem(atPath: live, toPath: state)
    }

    @Test("is brought in by the next opener, plain or logged, and then gone")
    func recovery() throws {
        try killed(7)
        #expect(FileManager.default.fileExists(atPath: log))
        do {
            let store = try LMDBStore(path: state)
            #expect(try store.snapshot().height == 7)
            #expect(try store.digest() == digest(7))
            #expect(try store.height(of: id(3)) == 3)
            try store.verify()
            // Undo records came along.
            try store.undo(7)
            #expect(try store.digest() == digest(6))
        }
        #expect(scratch.entries("state") == ["state.mdb", "state.mdb-lock", "xvm-state", "xvm-state.lock"])
        #expect(try LoggedStore(path: state).digest() == digest(6))
        #expect(scratch.entries("state") == ["state.mdb", "state.mdb-lock", "xvm-state", "xvm-state.lock"])
    }

    /// Goal: a crash in the middle of the last record loses that one, which nobody was told about, and nothing else.
    @Test("a torn last record is no height, wherever it is torn")
    func torn() throws {
        try killed(4)
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: log)))
        // Where the fourth record begins and ends, by its head.
        let starts = stride(from: 0, to: whole.count, by: 512).filter { Array(whole[$0..<$0 + 4]) == Array("XVML".utf8) }
        #expect(starts.count == 4)
        for cut in [starts[3], starts[3] + 1, starts[3] + 31, starts[3] + 40, starts[3] + 200] {
            for fill in [0, 1] {
                let folder = scratch.path + "/torn-\(cut)-\(fill)"
                try FileManager.default.copyItem(atPath: state, toPath: folder)
                let kept = Array(whole[..<cut])
                // Shorter, or of the full length with zeros for what was not written.
                let bytes = fill == 0 ? kept : kept + [UInt8](repeating: 0, count: whole.count - cut)
                try Data(bytes).write(to: URL(fileURLWithPath: folder + "/commit-log-0"))
                #expect(try LMDBStore(path: folder).digest() == digest(3), "cut at \(cut)")
            }
        }
    }

    /// Goal: a damaged record with sound ones behind it cannot come from a crash. It is reported and the folder stays as it is.
    @Test("damage before sound records is refused")
    func damage() throws {
        try killed(5)
        var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: log)))
        bytes[600] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: log))
        for _ in 0..<2 {
            let error = #expect(throws: StateError.self) { try LMDBStore(path: state) }
            guard case .corrupted(_, let detail)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(detail.contains("height 5") && detail.contains("up to 1"))
        }
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: log))) == bytes)
    }

    @Test("a log that does not follow its state is refused")
    func gap() throws {
        try killed(5)
        let other = scratch.path + "/other"
        do { try LMDBStore(path: other).run(1, put: [("b", "k", "other")]) }
        // Heights 1 ... 5 over height 1: what is there already is left out, whoever wrote it. Without its first records it does not follow.
        let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: log)))
        let third = try #require(
            stride(from: 0, to: bytes.count, by: 512).filter { Array(bytes[$0..<$0 + 4]) == Array("XVML".utf8) }.dropFirst(2)
                .first)
        try Data(bytes[third...]).write(to: URL(fileURLWithPath: other + "/commit-log-0"))
        #expect(throws: StateError.corrupted(path: other, detail: "its commit log goes from height 1 to 3")) {
            try LMDBStore(path: other)
        }
    }

    @Test("a made-up log is refused in bounded work")
    func madeUp() throws {
        do { try LMDBStore(path: state).run(1, put: [("b", "k", "1")]) }
        // A head in every sector, each of which claims the whole rest.
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        for at in stride(from: 0, to: bytes.count, by: 512) {
            bytes.replaceSubrange(at..<at + 4, with: Array("XVML".utf8))
            let size = bytes.count - at - CommitLog.headSize
            for index in 0..<4 { bytes[at + 24 + index] = UInt8(truncatingIfNeeded: size >> (8 * index)) }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: log))
        #expect(throws: StateError.corrupted(path: state, detail: "commit-log-0 has records within records")) {
            try LMDBStore(path: state)
        }
        try Data([UInt8](repeating: 0xff, count: 5000)).write(to: URL(fileURLWithPath: log))
        #expect(try LMDBStore(path: state).snapshot().height == 1)
    }

    @Test("many turns, many heights: the same state as without a log, and after a reopening")
    func turns() throws {
        do {
            let store = try LoggedStore(path: state, logSize: 3000)
            for number in 1...200 {
                try Self.step(store, number)
                if number % 50 == 0 { #expect(try store.digest() == digest(number)) }
            }
            #expect(try store.snapshot(at: 150).height == 150)
            #expect(throws: StateError.transactionTwice(id(7))) { try Self.step(store, 7) }
            #expect(try store.height(of: id(199)) == 199)
        }
        #expect(try LoggedStore(path: state).digest() == digest(200))
    }

    @Test("what was taken back stays so, also for who finds the log of a killed process")
    func undone() throws {
        let live = scratch.path + "/live"
        let store = try LoggedStore(path: live)
        for number in 1...5 { try Self.step(store, number) }
        try store.undo(5)
        try FileManager.default.copyItem(atPath: live, toPath: state)
        #expect(try LMDBStore(path: state).digest() == digest(4))
        try Self.step(store, 6)
        try FileManager.default.copyItem(atPath: live, toPath: scratch.path + "/again")
        let again = try LMDBStore(path: scratch.path + "/again")
        #expect(try again.height(of: id(5)) == nil && again.height(of: id(6)) == 5)
    }

    /// Commits until the file size limit of the process ends it, then shows that nothing else was lost, in the same process and after.
    private static func fillUp(_ folder: String, _ isLogged: Bool) throws {
        signal(SIGXFSZ, SIG_IGN)
        let store: any StateStore = isLogged ? try LoggedStore(path: folder) : try LMDBStore(path: folder)
        let value = String(repeating: "v", count: 20000)
        try store.run(1, put: [("b", "k1", value)])
        var limit = rlimit(rlim_cur: 1 << 20, rlim_max: rlim_t.max)
        guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(3) }
        var number = 2
        do {
            while number < 1000 {
                try store.run(number, put: [("b", "k\(number)", value)])
                number += 1
            }
            exit(4)
        } catch {
            guard let error = error as? StateError, case .diskFull = error else { exit(5) }
        }
        // What was there is there, and the failed height is not.
        guard try store.snapshot().height == UInt64(number - 1), try store.snapshot().keys("b").count == number - 1 else {
            exit(6)
        }
        _ = FileManager.default.createFile(atPath: folder + "/../acknowledged", contents: Data("\(number - 1)".utf8))
        exit(0)
    }

    @Test("a full disk is a typed error; the old state stands, and opens again", .alone, arguments: [false, true])
    func full(_ isLogged: Bool) async throws {
        await #expect(processExitsWith: .success) { [path = state as String, isLogged = isLogged as Bool] in
            try Self.fillUp(path, isLogged)
        }
        let text = try String(contentsOfFile: scratch.path + "/acknowledged", encoding: .utf8)
        let acknowledged = try #require(Int(text))
        #expect(acknowledged > 10)
        let store = try LMDBStore(path: state)
        #expect(try store.snapshot().height == UInt64(acknowledged))
        #expect(try store.snapshot().keys("b").count == acknowledged)
        try store.verify()
        try Self.step(store, acknowledged + 1)
    }
}
