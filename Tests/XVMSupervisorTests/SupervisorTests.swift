// SPDX-License-Identifier: Apache-2.0
// Hostile machine code in real workers: every attack ends in the class that we claim, and the supervisor goes on.

import CXVMSandbox
import Foundation
import Testing
import XVMSystem
import XVMWire

@testable import XVMSupervisor

@Suite struct SupervisorTests {
    @Test("a worker is sealed: seccomp, no rights, no new privileges, every step reported")
    func sealed() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        let worker = try Fixture.worker("spin", of: supervisor)
        defer { worker.kill() }
        let status = try ProcessStatus(pid: worker.pid)
        #expect(status["Seccomp"] == "2")
        #expect(status["NoNewPrivs"] == "1")
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] { #expect(status[set] == "0000000000000000", "\(set)") }
        #expect(worker.report.missing(for: .minimal).isEmpty, "\(worker.report.missing(for: .minimal))")
        #expect(worker.report.layers.count == xvm_step.layers.count)
    }

    @Test(
        "machine code that issues another system call dies of it, and the call is named",
        arguments: [
            ("openat", 257), ("socket", 41), ("execve", 59), ("fork", 57), ("kill", 62), ("getpid", 39), ("futex_elsewhere", 202),
            ("mprotect_text", 10), ("mprotect_exec", 10),
        ])
    func violation(name: String, number: Int32) throws {
        guard case .violation(let violation?) = try Fixture.death(of: name) else {
            Issue.record("\(name) did not end as a violation with its number")
            return
        }
        #expect(violation.number == number)
        #expect(violation.architecture == 0xc000_003e)
    }

    @Test("a foreign architecture and x32 end as a violation without a number", arguments: ["int80", "x32"])
    func architecture(name: String) throws {
        #expect(try Fixture.death(of: name) == .violation(nil))
    }

    @Test("a wild store, also to the host's ring, is a signal", arguments: ["write_host_ring", "null_pointer"])
    func signal(name: String) throws {
        #expect(try Fixture.death(of: name) == .signal(SIGSEGV))
    }

    @Test("a lie about the ring is a breach", arguments: ["tail_lie", "tail_backwards"])
    func breach(name: String) throws {
        guard case .protocolBreach = try Fixture.death(of: name) else {
            Issue.record("\(name) did not end as a breach")
            return
        }
    }

    @Test("a worker that exits by itself is a death, never an outcome")
    func exited() throws {
        #expect(try Fixture.death(of: "exit_quietly") == .exited(status: 0))
    }

    @Test("a worker that never answers is killed at the deadline")
    func deadline() throws {
        #expect(try Fixture.death(of: "spin", deadlineNanoseconds: 50_000_000) == .wallDeadline(nanoseconds: 50_000_000))
    }

    @Test("SIGKILL from outside in the middle of an invocation is told apart from our own")
    func killedOutside() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        let worker = try Fixture.worker("spin", of: supervisor)
        let pid = worker.pid
        let killer = try NativeThread(name: "killer") {
            // Sealed, it sleeps on its ring; it spins once it has used CPU time.
            let sealed = xvm_system_cpu_nanoseconds(pid)
            while xvm_system_cpu_nanoseconds(pid) <= sealed + 1_000_000 { sched_yield() }
            Foundation.kill(pid, SIGKILL)
        }
        #expect(throws: Death(cause: .killedOutside, place: "worker \(worker.id), invocation 1")) {
            try worker.run(Fixture.invocation, handler: NoSyscalls(), deadlineNanoseconds: 30_000_000_000)
        }
        killer.join()
    }

    @Test("after a hundred deaths no process is left, and the next worker starts")
    func deaths() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        for name in ["getpid", "exit_quietly", "null_pointer", "tail_lie"] {
            let elf = try Fixture.elf(name)
            for _ in 0..<25 {
                let worker = try Fixture.worker(elf: elf, of: supervisor)
                #expect(throws: Death.self) {
                    try worker.run(Fixture.invocation, handler: NoSyscalls(), deadlineNanoseconds: 10_000_000_000)
                }
                #expect(!worker.isAlive)
                // The Death is told while the kernel may still take the process apart.
                worker.kill()
                #expect(Foundation.kill(worker.pid, 0) == -1 && errno == ESRCH)
            }
        }
        #expect(supervisor.workerCount == 0)
        try Fixture.worker("spin", of: supervisor).kill()
    }

    @Test("a killed zygote is replaced by the next start")
    func zygoteKilled() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        let elf = try Fixture.elf("spin")
        let old = try #require(supervisor.zygotePID)
        Children.kill(old)
        // The socket breaks with the process's end; until then a request may still be answered.
        var started: Worker?
        while started == nil {
            do { started = try Fixture.worker(elf: elf, of: supervisor) } catch let death as Death {
                #expect(death.cause == .zygoteGone)
            }
            if supervisor.zygotePID == old {
                started?.kill()
                started = nil
            }
        }
        #expect(supervisor.zygotePID != old)
        started?.kill()
    }
}
