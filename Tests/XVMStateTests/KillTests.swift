// SPDX-License-Identifier: Apache-2.0
// What SIGKILL in the middle of commits leaves behind.

import Foundation
import Glibc
import Testing
import XVMState

@Suite("a killed writer")
struct KillTests {
    /// Commits that set 16 keys to one counter; after each one that returned, one byte goes to the file `acknowledged`. A second thread
    /// kills the process once as many commits as wanted are acknowledged, at whatever point the next ones then are.
    private static func writeUntilKilled(_ folder: String, after count: Int, isLogged: Bool) throws {
        // So small a log that LMDB is at work most of the time, too.
        let store: any StateStore =
            isLogged ? try LoggedStore(path: folder + "/state", logSize: 20000) : try LMDBStore(path: folder + "/state")
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder + "/acknowledged"))
        let target = try file.seekToEnd() + UInt64(count)
        Thread.detachNewThread {
            var status = stat()
            while unsafe stat(folder + "/acknowledged", &status) == 0, UInt64(status.st_size) < target { sched_yield() }
            kill(getpid(), SIGKILL)
        }
        while true {
            let number = try Int(store.snapshot().height) + 1
            try store.run(number, put: (0..<16).map { ("b", "key \($0)", "\(number)") })
            try file.write(contentsOf: [0x2e])
        }
    }

    /// Goal: after each kill the folder is free, all 16 keys are equal, and nothing acknowledged is lost.
    @Test("loses no acknowledged commit, leaves none half done and frees the folder", .alone, arguments: [false, true])
    func killed(isLogged: Bool) async throws {
        let scratch = try ScratchFolder()
        let path = scratch.path
        #expect(FileManager.default.createFile(atPath: path + "/acknowledged", contents: nil))
        for round in 1...8 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, round = round as Int, isLogged = isLogged as Bool] in
                try Self.writeUntilKilled(path, after: 3 + round * round, isLogged: isLogged)
            }
            let acknowledged = try Data(contentsOf: URL(fileURLWithPath: path + "/acknowledged")).count
            let store = try LMDBStore(path: path + "/state")
            try store.verify()
            let snapshot = try store.snapshot()
            let values = try Set(snapshot.items(bytes("b")).map(\.record.value))
            #expect(values == [bytes("\(snapshot.height)")], "round \(round)")
            #expect(Int(snapshot.height) >= acknowledged && acknowledged >= round, "round \(round)")
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// For exit tests. Their monitor waits for any child of this process and looks at the first that has ended, so a worker of another
    /// test whose end nobody has taken yet would hold it up for good: they have a run without workers.
    static var alone: Self {
        .enabled(
            if: ProcessInfo.processInfo.environment["XVM_ALONE"] == "1",
            "has a run of its own, as in scripts/test: XVM_ALONE=1 swift test --filter XVMStateTests")
    }
}
