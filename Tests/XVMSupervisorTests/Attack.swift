// SPDX-License-Identifier: Apache-2.0
// Runs the programs of Tests/Hostile, all on one supervisor: what one attack did to it, every later test would see.

import Synchronization
import Testing
import XVMElf
import XVMWire

@testable import XVMSupervisor

/// How an attack ended.
enum Fate: Equatable {
    case returned(Ending)
    case died(Death.Cause)

    /// The one result of an attack that came back.
    var result: UInt64? {
        if case .returned(let ending) = self { ending.slots.first } else { nil }
    }
    /// The call that it died of; nil also for a foreign architecture.
    var violation: Violation? {
        if case .died(.violation(let violation)) = self { violation } else { nil }
    }
    /// The text of a breach.
    var breach: String? {
        if case .died(.protocolBreach(let text)) = self { text } else { nil }
    }
}

enum Attack {
    private static let shared = Mutex<Supervisor?>(nil)
    private static let objects = Mutex<[String: VerifiedElf]>([:])

    /// The one supervisor. It ends with the process.
    static func supervisor() throws -> Supervisor {
        try shared.withLock { shared in
            if let supervisor = shared { return supervisor }
            let supervisor = try Fixture.supervisor()
            shared = supervisor
            return supervisor
        }
    }

    /// Each program is compiled once per process.
    static func elf(_ name: String) throws -> VerifiedElf {
        try objects.withLock { objects in
            if let elf = objects[name] { return elf }
            let elf = try Fixture.elf(name)
            objects[name] = elf
            return elf
        }
    }

    static func worker(_ name: String, limits: WorkerLimits = Fixture.limits, of supervisor: Supervisor? = nil) throws -> Worker {
        try Fixture.worker(elf: elf(name), limits: limits, of: supervisor ?? self.supervisor())
    }

    /// Export 1 of the kit: eight arguments, one result.
    static func invocation(_ arguments: [UInt64], memoryPagesMax: UInt32 = 16, entry: UInt32 = 1) -> Invocation {
        if entry == 0 { return Fixture.invocation }
        return Invocation(
            exportIndex: 1, entry: .function(slots: arguments + Array(repeating: 0, count: 8 - arguments.count)), gasLimit: 1000,
            frameLimit: 100, stackLimit: 1 << 16, memoryPagesMax: memoryPagesMax)
    }

    static func run(
        _ worker: Worker, _ arguments: [UInt64], handler: any SyscallHandler = NoSyscalls(), memoryPagesMax: UInt32 = 16,
        deadlineNanoseconds: UInt64 = 30_000_000_000, entry: UInt32 = 1
    ) throws -> Fate {
        do {
            return .returned(
                try worker.run(
                    invocation(arguments, memoryPagesMax: memoryPagesMax, entry: entry), handler: handler,
                    deadlineNanoseconds: deadlineNanoseconds))
        } catch let death as Death {
            #expect(!worker.isAlive)
            return .died(death.cause)
        }
    }

    /// A fresh worker, one invocation, its end.
    static func fate(
        of name: String, _ arguments: [UInt64] = [], limits: WorkerLimits = Fixture.limits,
        handler: any SyscallHandler = NoSyscalls(), deadlineNanoseconds: UInt64 = 30_000_000_000
    ) throws -> Fate {
        let worker = try worker(name, limits: limits)
        defer { worker.kill() }
        return try run(
            worker, arguments, handler: handler, memoryPagesMax: limits.memoryPagesMax, deadlineNanoseconds: deadlineNanoseconds)
    }

    /// The supervisor serves another contract as if nothing had been.
    static func expectUnharmed(sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try fate(of: "honest", [40, 2]).result == 42, sourceLocation: sourceLocation)
    }
}

/// Answers every question with the same value and counts what is posted.
final class Answering: SyscallHandler {
    let value: [UInt8]
    private(set) var asked: [[UInt8]] = []
    private(set) var posted = 0
    init(value: [UInt8] = []) { self.value = value }

    func handle(_ syscall: Syscall) throws -> SyscallResult {
        switch syscall {
        case .getObject(let key):
            asked.append(key)
            return .value(value)
        case .newIterator: return .items([])
        case .flush: return .flushed
        case .ask: return .reply(Reply(.notFound))
        case .putObject, .deleteObject, .postLog, .emitEvent:
            posted += 1
            return .none
        }
    }
}
