// SPDX-License-Identifier: Apache-2.0
// No process that a supervisor brought about is left, alive or ended, whatever happens while it starts, runs or ends. An ended one that
// nobody reaps would keep its number until the embedder ends, and hold up whoever in the embedder waits for any child.

import CXVMSandbox
import Foundation
import Synchronization
import TestSupport
import Testing
import XVMSystem
import XVMWire

@testable import XVMSupervisor

/// Children of this process, ended ones included. Tests run side by side in one process, so each looks at its own: a zygote and all that
/// it makes are one session, whose number is the zygote's.
enum Children {
    struct Entry: Equatable {
        var pid: Int32
        var name: String
        /// Z: ended and not reaped.
        var state: String
        var session: Int32
    }

    static func all() throws -> [Entry] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { name in
            guard let pid = Int32(name), let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
            else { return nil }
            // Behind the name: state, parent, process group, session.
            let fields = text[text.index(after: close)...].split(separator: " ")
            guard fields.count > 3, Int32(fields[1]) == getpid(), let session = Int32(fields[3]) else { return nil }
            return Entry(
                pid: pid, name: String(text[text.index(after: open)..<close]), state: String(fields[0]), session: session)
        }
    }

    /// SIGKILL to a child of this process. A number that is not one any more may belong to anybody.
    static func kill(_ pid: Int32) {
        var info = unsafe siginfo_t()
        if unsafe waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 { _ = Foundation.kill(pid, SIGKILL) }
    }

    static func of(_ sessions: Set<Int32>) throws -> [Entry] { try all().filter { sessions.contains($0.session) } }
}

@Suite struct ReapingTests {
    @Test("a supervisor that is shut down while workers idle, compute and start leaves no process, and every call ends")
    func shutDown() throws {
        let supervisor = try Fixture.supervisor()
        let session = try #require(supervisor.zygotePID)
        let idle = try (0..<3).map { _ in try Attack.worker("honest", of: supervisor) }
        let spinning = try Attack.worker("spin", of: supervisor)
        let elf = try Attack.elf("honest")
        #expect(try Children.of([session]).count >= 5, "the search finds what is there")

        let lane = try NativeThread(name: "lane") {
            let fate = try? Attack.run(spinning, [])
            if fate != .died(.cancelled) { Issue.record("\(String(describing: fate))") }
        }
        let sealed = xvm_system_cpu_nanoseconds(spinning.pid)
        while xvm_system_cpu_nanoseconds(spinning.pid) <= sealed + 1_000_000 { sched_yield() }
        let started = Atomic<Int>(0)
        let starter = try NativeThread(name: "starter") {
            // Until it is refused; the workers are left as they are.
            while (try? Fixture.worker(elf: elf, of: supervisor)) != nil { started.add(1, ordering: .relaxed) }
        }
        while started.load(ordering: .relaxed) < 3 { sched_yield() }
        supervisor.shutDown()
        #expect(try Children.of([session]) == [])
        lane.join()
        starter.join()
        for worker in idle {
            #expect(!worker.isAlive)
            #expect(try Attack.run(worker, [40, 2]) == .died(.cancelled))
            worker.kill()
        }
        #expect(throws: Death(cause: .cancelled, place: "supervisor, shut down")) { try Fixture.worker(elf: elf, of: supervisor) }
        #expect(try Children.of([session]) == [])
    }

    @Test("starts, kills, cancels, killed zygotes and the shut-down, all at the same time, leave no process")
    func everything() throws {
        let elf = try Attack.elf("honest")
        let spin = try Attack.elf("spin")
        for round in 0..<4 {
            let supervisor = try Fixture.supervisor()
            var sessions: Set<Int32> = []
            let isEnding = Atomic<Bool>(false)
            let starters = try (0..<3).map { index in
                try NativeThread(name: "starter-\(index)") {
                    var count = index
                    while !isEnding.load(ordering: .relaxed) {
                        count += 1
                        guard let worker = try? Fixture.worker(elf: count % 4 == 3 ? spin : elf, of: supervisor) else { continue }
                        switch count % 4 {
                        case 0: worker.kill()
                        case 1:
                            worker.cancel()
                            _ = try? Attack.run(worker, [40, 2])
                        case 2: Children.kill(worker.pid)
                        default: _ = try? Attack.run(worker, [], deadlineNanoseconds: 2_000_000)
                        }
                    }
                }
            }
            for turn in 0..<6 {
                for _ in 0..<(turn * round * 10) { sched_yield() }
                if let zygote = supervisor.zygotePID {
                    sessions.insert(zygote)
                    Children.kill(zygote)
                }
            }
            // Nobody kills the next one, so no session is missed.
            while true {
                _ = try? Fixture.worker(elf: elf, of: supervisor)
                if let zygote = supervisor.zygotePID, sessions.insert(zygote).inserted { break }
            }
            supervisor.shutDown()
            #expect(try Children.of(sessions) == [])
            isEnding.store(true, ordering: .relaxed)
            for starter in starters { starter.join() }
            #expect(try Children.of(sessions) == [])
        }
    }

    @Test("a zygote that is killed is reaped at once with its blanks, though nobody asks for a worker")
    func killedZygote() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        let worker = try Attack.worker("honest", of: supervisor)
        defer { worker.kill() }
        let session = try #require(supervisor.zygotePID)
        Children.kill(session)
        let deadline = xvm_system_monotonic_nanoseconds() + 30_000_000_000
        while try Children.of([session]).map(\.pid) != [worker.pid], xvm_system_monotonic_nanoseconds() < deadline {
            sched_yield()
        }
        #expect(try Children.of([session]).map(\.pid) == [worker.pid], "only the worker, which lives on")
        #expect(try Attack.run(worker, [40, 2]).result == 42)
    }

    @Test(
        "a blank whose zygote was killed between its fork and its hand-over is reaped, though nobody was told of it",
        .enabled(if: LyingWorker.canBuild, "needs cc and libcap-dev"), arguments: [1, 2, 3])
    func unknownBlank(number: Int) throws {
        // The first blank is asked for at once: where the zygote is dead and reaped before its number is read, once more.
        var found: (Supervisor, Int32)?
        for _ in 0..<100 where found == nil {
            let supervisor = try Fixture.supervisor(workerPath: LyingWorker.dyingZygote(number))
            if let session = supervisor.zygotePID { found = (supervisor, session) } else { supervisor.shutDown() }
        }
        let (supervisor, session) = try #require(found)
        let elf = try Attack.elf("honest")
        // The first to die takes a start along; up to there they work.
        var isRefused = false
        for _ in 0..<5 where !isRefused {
            do { try Fixture.worker(elf: elf, of: supervisor).kill() } catch let death as Death {
                #expect(death.cause == .zygoteGone)
                isRefused = true
            }
        }
        supervisor.shutDown()
        #expect(try Children.of([session]) == [])
    }

    @Test("a zygote that ends before it answers is reaped")
    func noZygote() throws {
        let folder = try TemporaryFolder()
        // Its name is how it is found.
        let name = "xt" + String(UInt32.random(in: 0 ... .max), radix: 16)
        try copyProgram("/bin/true", to: folder.path + "/" + name)
        let death = #expect(throws: Death.self) { try Fixture.supervisor(workerPath: folder.path + "/" + name) }
        #expect(death?.cause == .zygoteGone)
        #expect(try Children.all().filter { $0.name == name } == [])
    }
}

extension LyingWorker {
    /// A worker binary whose zygote kills itself when it would hand over its blank of this number, counted from 1.
    static func dyingZygote(_ number: Int) throws -> String {
        try build("dying-\(number)", ["-Wl,--wrap=sendmsg", "-DXVM_LAST_BLANK=\(number)"], "dying_zygote.c")
    }
}
