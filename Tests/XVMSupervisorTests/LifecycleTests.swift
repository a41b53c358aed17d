// SPDX-License-Identifier: Apache-2.0
// L1-L4, L7: what is left of processes, descriptors and memory, and what a worker looks like from outside.

import CXVMSandbox
import Foundation
import Synchronization
import Testing
import XVMSystem
import XVMWire

@testable import XVMSupervisor

// Serialized: these count the process's own descriptors and children.
@Suite(.serialized) struct LifecycleTests {
    /// A value of /proc/<pid>/status in its own unit.
    private static func figure(_ key: String, pid: Int32) throws -> Int {
        let text = try #require(try ProcessStatus(pid: pid)[key])
        return try #require(Int(text.prefix { $0.isNumber }))
    }

    private static func isThere(_ pid: Int32) -> Bool { kill(pid, 0) == 0 || errno == EPERM }

    @Test("L3: thousands of starts leave descriptors, memory, zombies and the zygote as they were")
    func starts() throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["XVM_STARTS"].flatMap { Int($0) } ?? 2000
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        let elf = try Attack.elf("honest")
        let zygote = try #require(supervisor.zygotePID)
        func descriptors(_ pid: Int32) -> Int {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? -1
        }
        func one(_ index: Int) throws {
            let worker = try Fixture.worker(elf: elf, of: supervisor)
            if index % 50 == 0 { #expect(try Attack.run(worker, [40, 2]).result == 42) }
            worker.kill()
        }
        for index in 0..<200 { try one(index) }
        let zygoteMemory = try Self.figure("VmRSS", pid: zygote)
        let zygoteDescriptors = descriptors(zygote)
        let memory = try Self.figure("VmRSS", pid: getpid())
        for index in 200..<count { try one(index) }
        #expect(supervisor.workerCount == 0)
        #expect(supervisor.zygotePID == zygote)
        #expect(descriptors(zygote) == zygoteDescriptors)
        #expect(try Self.figure("VmRSS", pid: zygote) <= zygoteMemory + 64, "kB of the zygote")
        // Only where this test runs alone: other tests of this process take memory meanwhile, hundreds of megabytes with the core suite.
        if environment["XVM_STARTS"] != nil {
            #expect(try Self.figure("VmRSS", pid: getpid()) <= memory + 3 * count, "kB of the host")
        }
    }

    @Test("L3: ended workers are reaped at once: no zombie is left, whatever they died of")
    func zombies() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        for (name, arguments) in [("exit", [3]), ("system_call", [39]), ("int80", [1]), ("store", [0])] as [(String, [UInt64])] {
            let worker = try Attack.worker(name, of: supervisor)
            _ = try Attack.run(worker, arguments)
            // The Death is told first; nobody has to ask for the rest.
            let deadline = xvm_system_monotonic_nanoseconds() + 30_000_000_000
            while supervisor.workerCount > 0, xvm_system_monotonic_nanoseconds() < deadline { sched_yield() }
            #expect(supervisor.workerCount == 0 && !Self.isThere(worker.pid), "\(name)")
        }
    }

    @Test("L2: a zygote killed again and again under load costs starts, never a wrong answer, a hang or a lost process")
    func zygoteKilled() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        let elf = try Attack.elf("honest")
        var refused = 0
        for round in 0..<30 {
            let zygote = supervisor.zygotePID
            let killer = try NativeThread(name: "killer") {
                for _ in 0..<(round * 10) { sched_yield() }
                if let zygote { Children.kill(zygote) }
            }
            for _ in 0..<3 {
                do {
                    let worker = try Fixture.worker(elf: elf, of: supervisor)
                    #expect(try Attack.run(worker, [40, 2]).result == 42)
                    worker.kill()
                } catch let death as Death {
                    switch death.cause {
                    case .zygoteGone, .setup, .killedOutside, .exited: refused += 1
                    default: Issue.record("\(death)")
                    }
                    #expect(death.isRetryable || death.blame != .contract, "\(death)")
                }
            }
            killer.join()
        }
        #expect(supervisor.workerCount == 0)
        var last: Worker?
        while last == nil { last = try? Fixture.worker(elf: elf, of: supervisor) }
        #expect(try last.map { try Attack.run($0, [40, 2]).result } == 42)
        last?.kill()
    }

    @Test("a worker lives on when its zygote is gone, and its answers are still taken")
    func workerWithoutZygote() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        let worker = try Attack.worker("honest", of: supervisor)
        defer { worker.kill() }
        Children.kill(try #require(supervisor.zygotePID))
        #expect(try Attack.run(worker, [40, 2]).result == 42)
    }

    @Test("L6: signals that interrupt every wait of the host change nothing")
    func interrupts() throws {
        // A handler that does nothing: without it the signal would end the process, with SA_RESTART off every wait sees EINTR.
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in }
        var old = sigaction()
        unsafe sigaction(SIGURG, &action, &old)
        defer { unsafe sigaction(SIGURG, &old, nil) }
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        let isOver = Atomic<Bool>(false)
        let lane = pthread_self()
        let storm = try NativeThread(name: "storm") {
            // This test's own thread, which is the lane, and whichever thread the kernel picks for the process.
            while !isOver.load(ordering: .relaxed) {
                pthread_kill(lane, SIGURG)
                kill(getpid(), SIGURG)
                sched_yield()
            }
        }
        defer {
            isOver.store(true, ordering: .relaxed)
            storm.join()
        }
        for _ in 0..<50 {
            let worker = try Attack.worker("honest", of: supervisor)
            #expect(try Attack.run(worker, [40, 2]).result == 42)
            worker.kill()
        }
        let spinning = try Attack.worker("spin", of: supervisor)
        #expect(try Attack.run(spinning, [], deadlineNanoseconds: 50_000_000) == .died(.wallDeadline(nanoseconds: 50_000_000)))
    }

    // MARK: - L7

    @Test("L7: a sealed worker's status, limits, descriptors and mappings are these and no others")
    func golden() throws {
        let worker = try Attack.worker("honest")
        defer { worker.kill() }
        let pid = worker.pid
        let status = try ProcessStatus(pid: pid)
        // Only root can give groups up: an unprivileged supervisor's user namespace refuses setgroups (user_namespaces(7)), so its workers keep
        // those of its user.
        let groups = geteuid() == 0 ? "" : try ProcessStatus(pid: getpid())["Groups"]?.trimmingCharacters(in: .whitespaces) ?? ""
        let expected = [
            "Name": "xvm-worker", "Seccomp": "2", "NoNewPrivs": "1", "Threads": "1", "CapInh": "0000000000000000",
            "CapPrm": "0000000000000000", "CapEff": "0000000000000000", "CapBnd": "0000000000000000",
            "CapAmb": "0000000000000000",
            "CoreDumping": "0", "THP_enabled": "0", "Groups": groups, "TracerPid": "0",
        ]
        for (key, value) in expected where status[key] != nil {
            #expect(status[key]?.trimmingCharacters(in: .whitespaces) == value, "\(key)")
        }
        let own = try Self.figure("Seccomp_filters", pid: getpid())
        #expect(status["Seccomp_filters"] == String(own + 2))
        if worker.report.layers.contains(where: { $0.name == "pidNamespace" && $0.holds }) {
            #expect(status["NSpid"]?.split(separator: "\t").last == "1")
        }

        // What follows is the kernel's secret before everybody who may not trace the worker; the supervisor may.
        let limits = try String(contentsOf: URL(filePath: "/proc/\(pid)/limits"), encoding: .utf8)
        for (name, value) in [
            ("Max cpu time", "3600 3601"), ("Max file size", "0 0"), ("Max data size", "68157440 68157440"),
            ("Max stack size", "8388608 8388608"), ("Max core file size", "0 0"), ("Max processes", "0 0"),
            ("Max open files", "1 1"),
            ("Max locked memory", "0 0"), ("Max file locks", "0 0"), ("Max pending signals", "0 0"), ("Max msgqueue size", "0 0"),
            ("Max nice priority", "0 0"), ("Max realtime priority", "0 0"),
        ] {
            let line = limits.split(separator: "\n").first { $0.hasPrefix(name) }
            let figures = line?.dropFirst(name.count).split(separator: " ").prefix(2).joined(separator: " ")
            #expect(figures == value, "\(name)")
        }
        // Taken from the worker one by one: its folder of descriptors only root may list.
        let pidfd = Descriptor(owning: try checked("pidfd_open", xvm_system_pidfd_open(pid)))
        for number in 0..<32 as Range<Int32> {
            let copy = xvm_system_pidfd_getfd(pidfd.number, number)
            #expect(number == 0 ? copy >= 0 : copy == -EBADF, "descriptor \(number): \(copy)")
            if copy >= 0 {
                let descriptor = Descriptor(owning: copy)
                #expect(xvm_system_is_listener(descriptor.number) == 1)
            }
        }
        let mappings = try Mapped.all(pid: pid)
        for mapping in mappings {
            #expect(!(mapping.permissions.contains("w") && mapping.permissions.contains("x")), "\(mapping)")
            #expect(!mapping.name.hasPrefix("[vdso") && !mapping.name.hasPrefix("[vvar"), "\(mapping)")
            // A shared mapping is a ring: one read-only, one writable.
            if mapping.permissions.hasSuffix("s") {
                #expect(
                    mapping.start == XVM_ADDRESS_H2W && mapping.permissions == "r--s"
                        || mapping.start == XVM_ADDRESS_W2H && mapping.permissions == "rw-s", "\(mapping)")
            }
            if mapping.permissions.contains("x") {
                #expect(
                    mapping.name.contains("xvm-worker") || mapping.name.contains("xvm-module") || mapping.name.contains(".so")
                        || mapping.name == "[vsyscall]", "\(mapping)")
            }
        }
        #expect(mappings.count { $0.permissions.hasSuffix("s") } == 2)
        // Nothing but the reservation lies within 4 GiB behind the arena: a length of 32 bits reaches no further.
        let behind = mappings.filter { $0.start >= XVM_ADDRESS_ARENA && $0.start < XVM_ADDRESS_ARENA + 2 << 32 }
        #expect(behind.allSatisfy { $0.name.isEmpty && ($0.permissions == "---p" || $0.start == XVM_ADDRESS_ARENA) }, "\(behind)")
        if worker.report.layers.contains(where: { $0.name == "emptyRoot" && $0.holds }) {
            #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/root") == ["proc"])
        }
    }
}
