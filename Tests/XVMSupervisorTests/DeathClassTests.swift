// SPDX-License-Identifier: Apache-2.0
// How deaths are told apart: the first cause wins, and nothing that a contract may say of itself counts without proof.

import CXVMSandbox
import Foundation
import Testing
import XVMCore
import XVMElf
import XVMSystem
import XVMWire

@testable import XVMSupervisor

@Suite struct DeathClassTests {
    @Test(
        "an exit by the contract's own hand is exited with its status: no status of the worker's claims a limit, a step or the host's fault",
        arguments: [0, 1, 64, 65, 67, 68, 70, 71, 72, 99, 128, 129, 137, 159, 200, 255] as [Int32])
    func exits(status: Int32) throws {
        let fate = try Attack.fate(of: "exit", [UInt64(status)])
        #expect(fate == .died(.exited(status: status)))
        let death = Death(cause: .exited(status: status), place: "")
        #expect(death.blame == .contract && !death.isRetryable)
    }

    @Test(
        "a status that says signal is a signal, whether the fault handler or the contract said so",
        arguments: [4, 7, 8, 11] as [Int32])
    func signals(signal: Int32) throws {
        #expect(try Attack.fate(of: "exit", [128 + UInt64(signal)]) == .died(.signal(signal)))
    }

    @Test(
        "a signal says which kind of address it was about, by the worker's word",
        arguments: [
            (2, .hostRing), (5, .zeroPage), (6, .noAddress), (3, .other), (10, .header),
        ] as [(UInt64, Death.Fault.AddressClass)])
    func addressClasses(target: UInt64, addressClass: Death.Fault.AddressClass) throws {
        let worker = try Attack.worker("store")
        defer { worker.kill() }
        let death = #expect(throws: Death.self) {
            try worker.run(Attack.invocation([target]), handler: NoSyscalls(), deadlineNanoseconds: 30_000_000_000)
        }
        #expect(death?.cause == .signal(SIGSEGV))
        #expect(death?.fault?.addressClass == addressClass)
        #expect(death?.description.contains("by its own word at address 0x") == true, "\(String(describing: death))")
    }

    @Test("a record of a fault that a contract invents is a class, two numbers and a text of known size, or nothing")
    func inventedRecords() throws {
        let size = MemoryLayout<xvm_fault_record>.size
        #expect(Death.Fault(record: [UInt8](repeating: 0, count: size), signal: 11) == nil)
        #expect(Death.Fault(record: [], signal: 11) == nil)
        var bytes: [UInt8] = [0x46, 0x41, 0x55, 0x4c, 11, 0, 0, 0] + [UInt8](repeating: 0xff, count: size - 8)
        #expect(Death.Fault(record: bytes, signal: 7) == nil)
        #expect(Death.Fault(record: bytes, signal: 11)?.addressClass == .kernel)
        let segment = UInt64(XVM_RING_CAPACITY_MAX) + UInt64(XVM_RING_CONTROL_SIZE)
        let behind = XVM_ADDRESS_ARENA + 1 << 32
        for (address, addressClass) in [
            (0, .zeroPage), (65535, .zeroPage), (65536, .other), (XVM_ADDRESS_H2W - 1, .other), (XVM_ADDRESS_H2W, .hostRing),
            (XVM_ADDRESS_H2W + segment - 1, .hostRing), (XVM_ADDRESS_W2H, .workerRing), (XVM_ADDRESS_ARENA - 1, .header),
            (XVM_ADDRESS_ARENA, .linearMemory), (behind - 1, .linearMemory), (behind, .guardBehindMemory),
            (behind + XVM_ARENA_GUARD, .other), (.max >> 1, .kernel),
        ] as [(UInt64, Death.Fault.AddressClass)] {
            for index in 0..<8 { bytes[16 + index] = UInt8(truncatingIfNeeded: address >> UInt64(8 * index)) }
            let fault = try #require(Death.Fault(record: bytes, signal: 11))
            #expect(fault.addressClass == addressClass && fault.address == address)
            #expect(fault.description.utf8.count < 160)
        }
    }

    @Test("the CPU limit is told by the processor time that the kernel counted")
    func cpuLimit() throws {
        let limits = WorkerLimits(memoryPagesMax: 16, cpuSeconds: 1)
        #expect(try Attack.fate(of: "spin", limits: limits) == .died(.cpuDeadline(seconds: 1)))
        #expect(try Attack.fate(of: "exit", [72], limits: limits) == .died(.exited(status: 72)))
    }

    @Test("memory that the system refuses is told as that only where something can refuse it")
    func growthRefused() throws {
        // Room for the worker's own start and four pages, but not for the sixteen that the contract may have.
        var limits = WorkerLimits(memoryPagesMax: 16)
        limits.dataSize = 7 << 20
        let worker: Worker
        do { worker = try Attack.worker("exit", limits: limits) } catch let death as Death {
            Issue.record("the limit is too small for a start: \(death)")
            return
        }
        defer { worker.kill() }
        #expect(try Attack.run(worker, [71]) == .died(.memoryLimit))
        // With room for all of them, the same status is the contract's own invention.
        #expect(try Attack.fate(of: "exit", [71]) == .died(.exited(status: 71)))
    }

    @Test("a worker stopped from outside ends at the wall deadline, and a retry may help")
    func stopped() throws {
        let worker = try Attack.worker("honest")
        defer { worker.kill() }
        #expect(kill(worker.pid, SIGSTOP) == 0)
        #expect(
            try Attack.run(worker, [1, 2], deadlineNanoseconds: 100_000_000) == .died(.wallDeadline(nanoseconds: 100_000_000)))
        #expect(Death(cause: .wallDeadline(nanoseconds: 1), place: "").isRetryable)
    }

    @Test("SIGTERM, SIGINT and SIGHUP from outside do nothing to a worker: it is the first process of its pid namespace")
    func ignoredSignals() throws {
        let worker = try Attack.worker("honest")
        defer { worker.kill() }
        try #require(worker.report.layers.contains { $0.name == "pidNamespace" && $0.holds })
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGALRM, SIGPIPE] { #expect(kill(worker.pid, signal) == 0) }
        #expect(try Attack.run(worker, [40, 2]).result == 42)
    }

    @Test("a set-up step that fails is named with its errno and the worker's words, though the worker is gone at once")
    func setup() throws {
        let supervisor = try Attack.supervisor()
        let elf = try Attack.elf("honest")
        for _ in 0..<50 {
            // The object is of another module than the one that is asked for.
            let wrong = [UInt8](repeating: 7, count: 32)
            do {
                try supervisor.makeWorker(elf: elf, moduleHash: wrong, limits: Fixture.limits).kill()
                Issue.record("a worker started for another module")
            } catch let death as Death {
                #expect(death.cause == .setup(step: "descriptor", errno: ESTALE))
                #expect(death.place.contains("hash of another module"), "\(death.place)")
            }
        }
        try Attack.expectUnharmed()
    }

    @Test(
        "a worker whose limits leave no room for its own start fails with a step, not a riddle",
        arguments: [0, 4096, 1 << 18] as [UInt64])
    func noRoom(dataSize: UInt64) throws {
        var limits = Fixture.limits
        limits.dataSize = dataSize
        do {
            try Attack.worker("honest", limits: limits).kill()
            Issue.record("it started in \(dataSize) bytes")
        } catch let death as Death {
            guard case .setup(let step, let errno) = death.cause else {
                Issue.record("\(death)")
                return
            }
            #expect(!step.isEmpty && errno != 0, "\(death)")
        }
        try Attack.expectUnharmed()
    }

    @Test("our own kill is told by its reason, and a later cause does not replace it")
    func firstCause() throws {
        let worker = try Attack.worker("spin")
        let thread = try NativeThread(name: "lane") {
            let fate = try? Attack.run(worker, [])
            if fate != .died(.cancelled) { Issue.record("\(String(describing: fate))") }
        }
        let sealed = xvm_system_cpu_nanoseconds(worker.pid)
        while xvm_system_cpu_nanoseconds(worker.pid) <= sealed + 1_000_000 { sched_yield() }
        worker.kill()
        Children.kill(worker.pid)
        thread.join()
        #expect(try Attack.run(worker, []) == .died(.cancelled))
    }
}
