// SPDX-License-Identifier: Apache-2.0
// A worker whose instances live on between invocations, and its commands (Tests/Spectest/worker/session.c).

import XVMCompiler
import XVMSupervisor
import XVMWasm
import XVMWire

/// One worker: an instance of the ordinary shape, or those of a group. Used by one thread.
final class Session {
    private enum Command: UInt32 { case instantiate = 0, call, global, sizes }
    private final class NoSyscalls: SyscallHandler {
        func handle(_ syscall: Syscall) throws -> SyscallResult { throw SuiteError("unexpected syscall \(syscall)") }
    }

    static let gasLimit: Int64 = 1 << 61
    private static let stackLimit: UInt32 = 1_000_000
    private static let deadlineNanoseconds: UInt64 = 120_000_000_000
    private let worker: Worker
    private let isGroup: Bool

    init(_ supervisor: Supervisor, _ module: SealedModule, isGroup: Bool) throws {
        var limits = WorkerLimits(memoryPagesMax: 65536)
        limits.stackSize = UInt64(NativeStack.size(stackLimit: Int(Self.stackLimit)))
        worker = try supervisor.makeWorker(of: module, limits: limits)
        self.isGroup = isGroup
    }
    deinit { worker.kill() }

    private func run(_ command: Command, _ slots: [UInt64]) throws -> Ending {
        try worker.run(
            Invocation(
                exportIndex: command.rawValue, entry: .function(slots: slots), gasLimit: Self.gasLimit, frameLimit: 3000,
                stackLimit: Self.stackLimit, memoryPagesMax: 65536),
            handler: NoSyscalls(), deadlineNanoseconds: Self.deadlineNanoseconds)
    }

    /// Its imports have been checked.
    func instantiate(_ unit: SuiteUnit) throws -> Ending {
        guard isGroup else { return try run(.instantiate, [0]) }
        var slots = [UInt64(unit.number)]
        for kind in [ExternalKind.function, .table, .global, .memory] {
            let providers = unit.providers(of: kind)
            slots.append(UInt64(providers.count))
            for provider in providers {
                guard let provider, let export = provider.export else { throw SuiteError("an import that was not checked") }
                let index = Int(export.index)
                slots.append(UInt64(provider.unit.number))
                slots.append(UInt64(kind == .function ? provider.unit.references[index] ?? 0 : index))
            }
        }
        return try run(.instantiate, slots)
    }

    func call(_ unit: SuiteUnit, _ ordinal: Int, _ slots: [UInt64]) throws -> Ending {
        try run(.call, [UInt64(isGroup ? unit.number : 0), UInt64(ordinal)] + slots)
    }

    func global(_ unit: SuiteUnit, _ index: Int) throws -> [UInt64] {
        try run(.global, [UInt64(isGroup ? unit.number : 0), UInt64(index)]).slots
    }

    /// Pages and entries that there are now; of a group alone.
    func sizes(of unit: SuiteUnit) throws -> (pages: UInt32, tables: [UInt32]) {
        let count = unit.module.tables.count
        let slots = try run(.sizes, [UInt64(unit.number), UInt64(count)]).slots
        guard slots.count == count + 1 else { throw SuiteError("\(slots.count) sizes for \(count) tables") }
        return (UInt32(truncatingIfNeeded: slots[0]), slots[1...].map { UInt32(truncatingIfNeeded: $0) })
    }
}
