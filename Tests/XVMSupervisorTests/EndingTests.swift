// SPDX-License-Identifier: Apache-2.0
// A death is told as soon as the worker cannot run any more, long before it is reaped. Whoever comes to its cause first, the cause is one
// and the right one.

import CXVMSandbox
import Foundation
import Synchronization
import TestSupport
import Testing
import XVMSystem
import XVMWire

@testable import XVMSupervisor

@Suite struct EndingTests {
    /// A child that runs a script of the shell; its life as the reaper would see it.
    private final class Child {
        let life: WorkerLife
        let poisonings = Counter()

        final class Counter: Sendable {
            let value = Atomic<Int>(0)
        }

        init(_ script: String, _ witness: MemoryWitness, program: String = "/bin/sh") throws {
            var pid: pid_t = -1
            let words = ["sh", "-c", script]
            // SAFETY: the copies of the words live until posix_spawn has returned, and the array ends with NULL.
            var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
            defer { unsafe arguments.forEach { unsafe free($0) } }
            try #require(unsafe posix_spawn(&pid, program, nil, nil, &arguments, environ) == 0)
            let pidfd = xvm_system_pidfd_open(pid)
            try #require(pidfd >= 0)
            life = WorkerLife(
                id: WorkerID(slot: 1, generation: 1), pid: pid, pidfd: Descriptor(owning: pidfd), limits: Fixture.limits,
                witness: witness, poison: { [poisonings] in poisonings.value.add(1, ordering: .relaxed) }, faultRecord: { [] })
            life.openStat()
        }

        /// Back when the process has ended; nobody has reaped it.
        func awaitEnd() {
            let deadline = xvm_system_monotonic_nanoseconds() + 30_000_000_000
            #expect(xvm_system_poll(life.pidfd.number, Int32(XVM_SYSTEM_READABLE.rawValue), deadline) > 0)
        }

        static func ended(_ script: String, _ witness: MemoryWitness, program: String = "/bin/sh") throws -> Child {
            let child = try Child(script, witness, program: program)
            child.awaitEnd()
            return child
        }
    }

    private static let noWitness = MemoryWitness(candidates: [])

    @Test(
        "the cause before the reaping is the cause after it, and the ring is poisoned once",
        arguments: [
            ("kill -9 $$", .killedOutside), ("kill -11 $$", .signal(11)), ("kill -31 $$", .violation(nil)),
            ("exit 65", .exited(status: 65)),
            ("exit 139", .signal(11)), ("exit 0", .exited(status: 0)), ("exit 72", .exited(status: 72)),
        ] as [(String, Death.Cause)])
    func causes(script: String, cause: Death.Cause) throws {
        let early = try Child.ended(script, Self.noWitness)
        #expect(early.life.isAlive && early.poisonings.value.load(ordering: .relaxed) == 0)
        early.life.stop()
        #expect(!early.life.isAlive && early.poisonings.value.load(ordering: .relaxed) == 1)
        // Status 0 is known to the reaper alone, so nobody may ask before it has reaped.
        if cause != .exited(status: 0) { #expect(early.life.waitForCause() == cause) }
        #expect(early.life.reap())
        early.life.announce()
        early.life.waitForEnd()
        #expect(early.life.waitForCause() == cause)
        #expect(early.poisonings.value.load(ordering: .relaxed) == 1)

        let late = try Child.ended(script, Self.noWitness)
        #expect(late.life.reap())
        late.life.announce()
        #expect(late.life.waitForCause() == cause && !late.life.isAlive)
        #expect(late.poisonings.value.load(ordering: .relaxed) == 1)
    }

    @Test("a cause that was set before the kill is never replaced by the kill's")
    func firstCause() throws {
        for asksEarly in [true, false] {
            let ended = try Child.ended("kill -9 $$", Self.noWitness)
            ended.life.kill(.wallDeadline(nanoseconds: 7))
            ended.life.stop()
            if asksEarly { #expect(ended.life.waitForCause() == .wallDeadline(nanoseconds: 7)) }
            ended.life.kill(.cancelled)
            #expect(ended.life.reap())
            ended.life.announce()
            #expect(ended.life.waitForCause() == .wallDeadline(nanoseconds: 7))
        }
    }

    @Test(
        "what is known of an end before it is reaped is what reaping says, whatever the program is called",
        arguments: [("kill -9 $$", 9, false), ("kill -11 $$", 11, false), ("exit 7", 7, true), ("exit 255", 255, true)])
    func ending(script: String, status: Int32, isExit: Bool) throws {
        let folder = try TemporaryFolder()
        // Its name looks like the fields that follow a name.
        let program = folder.path + "/) Z 1 (2) 3"
        try copyProgram("/bin/sh", to: program)
        let life = try Child.ended(script, Self.noWitness, program: program).life
        let stat = Descriptor(owning: xvm_system_stat_open(life.pid))
        var early = xvm_system_exit()
        var late = xvm_system_exit()
        #expect(unsafe xvm_system_ending(stat.number, &early) == 1)
        #expect(early.code == Int32((isExit ? XVM_SYSTEM_EXITED : XVM_SYSTEM_KILLED).rawValue) && early.status == status)
        #expect(unsafe xvm_system_wait(life.pidfd.number, 1, &late) == 1)
        #expect(early.pid == late.pid && early.code == late.code && early.status == late.status)
        // Its number is free now.
        #expect(unsafe xvm_system_ending(stat.number, &early) == 0)
        #expect(xvm_system_stat_open(life.pid) == -ENOENT)
    }

    @Test("nothing is known of a process that runs or is stopped, of one that is none of ours, and of an exit with status 0")
    func noEnding() throws {
        let child = try Child("kill -STOP $$; exit 0", Self.noWitness)
        let (pidfd, pid) = (child.life.pidfd.number, child.life.pid)
        let stat = Descriptor(owning: xvm_system_stat_open(pid))
        var ending = xvm_system_exit()
        #expect(unsafe xvm_system_ending(stat.number, &ending) == 0)
        var info = unsafe siginfo_t()
        #expect(unsafe waitid(P_PID, id_t(pid), &info, WSTOPPED | WNOWAIT) == 0)
        // Stopped, it has a code: the number of the signal that stopped it.
        #expect(unsafe xvm_system_ending(stat.number, &ending) == 0)
        let stranger = Descriptor(owning: xvm_system_stat_open(getppid()))
        #expect(unsafe xvm_system_ending(stranger.number, &ending) == 0)
        #expect(unsafe xvm_system_ending(-1, &ending) == 0)
        #expect(kill(pid, SIGCONT) == 0)
        child.awaitEnd()
        #expect(unsafe xvm_system_ending(stat.number, &ending) == 0)
        #expect(unsafe xvm_system_wait(pidfd, 1, &ending) == 1 && ending.status == 0)
    }

    @Test("one kill of the kernel's memory killer is claimed by one death, though lane and reaper look at the same time")
    func oneClaim() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/memory.events"
        for round in 0..<20 {
            try "oom_kill \(round)\n".write(toFile: path, atomically: false, encoding: .utf8)
            let witness = MemoryWitness(candidates: [path])
            try "oom_kill \(round + 1)\n".write(toFile: path, atomically: false, encoding: .utf8)
            let first = try Child.ended("kill -9 $$", witness).life
            let second = try Child.ended("kill -9 $$", witness).life
            let causes = Mutex<[Death.Cause]>([])
            let lanes = try (0..<3).map { _ in
                try NativeThread(name: "lane") {
                    let cause = first.waitForCause()
                    causes.withLock { $0.append(cause) }
                }
            }
            first.stop()
            // Reaped by this thread, whose child it is, while the others read of it.
            #expect(first.reap())
            first.announce()
            for lane in lanes { lane.join() }
            #expect(causes.withLock { $0 } == [.memoryLimit, .memoryLimit, .memoryLimit])
            second.stop()
            #expect(second.waitForCause() == .killedOutside)
            #expect(second.reap())
        }
    }

    @Test("a worker killed from outside at any moment of an invocation has that cause or has answered, and nothing is left of it")
    func anyMoment() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        let session = try #require(supervisor.zygotePID)
        let elf = try Attack.elf("honest")
        var deaths = 0
        for round in 0..<60 {
            let worker = try Fixture.worker(elf: elf, of: supervisor)
            let pid = worker.pid
            let begun = Gate()
            let killer = try NativeThread(name: "killer") {
                begun.wait()
                // From before the lane sends to after it has parked.
                for _ in 0..<(round * 400) { _ = xvm_system_monotonic_nanoseconds() }
                Foundation.kill(pid, SIGKILL)
            }
            begun.open()
            while true {
                let fate = try Attack.run(worker, [40, 2])
                if fate.result == 42 { continue }
                #expect(fate == .died(.killedOutside))
                deaths += 1
                break
            }
            killer.join()
            #expect(try Attack.run(worker, [40, 2]) == .died(.killedOutside), "every later call says the same")
            worker.kill()
            #expect(try !Children.of([session]).contains { $0.pid == pid })
        }
        #expect(deaths == 60)
    }

    @Test("a call right after a worker's last one throws the same Death, wherever the conversation stood")
    func laterCalls() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        for _ in 0..<10 {
            let spin = try Attack.worker("spin", of: supervisor)
            let fate = Fate.died(.wallDeadline(nanoseconds: 3_000_000))
            for _ in 0..<3 { #expect(try Attack.run(spin, [], deadlineNanoseconds: 3_000_000) == fate) }
            spin.kill()
            #expect(try Attack.run(spin, []) == fate)
            let lie = try Attack.worker("tail_lie", of: supervisor)
            let first = try Attack.run(lie, [])
            #expect(first.breach != nil)
            for _ in 0..<3 { #expect(try Attack.run(lie, []) == first) }
            lie.kill()
        }
        #expect(supervisor.workerCount == 0)
    }

    @Test("the reaper sleeps while the kernel takes a large worker apart")
    func sleeps() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        let worker = try Attack.worker("eat", limits: WorkerLimits(memoryPagesMax: 512), of: supervisor)
        let before = supervisor.reaperTurnCount
        // It touches all that it may have, some 100 MiB, and exits.
        guard case .died(.exited) = try Attack.run(worker, [], memoryPagesMax: 512) else {
            Issue.record("it did not come to its end")
            return
        }
        worker.kill()
        // The listener's end and the process's; a violation would be a third.
        #expect(supervisor.reaperTurnCount - before <= 3)
    }
}
