// SPDX-License-Identifier: Apache-2.0
// Real zygotes and real workers for the tests of this target.

import CXVMSandbox
import TestSupport
import Testing
import XVMCore
import XVMElf
import XVMPolicy
import XVMWire
import XVMWorkerImage

@testable import XVMSupervisor

enum Fixture {
    static func supervisor(floor: Floor = .minimal, workerPath: String? = nil) throws -> Supervisor {
        let image = try WorkerImage.find()
        let filters = try FilterPair(
            load: Policy(readingFile: image.policyFolder + "/load.json"),
            run: Policy(readingFile: image.policyFolder + "/run.json"),
            addresses: .ofWorkers)
        return try Supervisor(SupervisorConfiguration(workerPath: workerPath ?? image.workerPath, filters: filters, floor: floor))
    }

    /// A worker over a hostile object of Tests/Hostile.
    static func worker(_ name: String, of supervisor: Supervisor) throws -> Worker {
        try worker(elf: elf(name), of: supervisor)
    }

    static func elf(_ name: String) throws -> VerifiedElf {
        let bytes = try hostileObject(name)
        // The kit's footer: u64 ELF size, u64 Wasm size, 8 bytes of magic.
        let elfSize = bytes[(bytes.count - 24)..<(bytes.count - 16)].reversed().reduce(0) { $0 << 8 | Int($1) }
        return try ElfVerifier.verify(Array(bytes.prefix(elfSize)), producer: .user)
    }

    static func worker(elf: VerifiedElf, limits: WorkerLimits = limits, of supervisor: Supervisor) throws -> Worker {
        try supervisor.makeWorker(elf: elf, moduleHash: moduleHash.get(), limits: limits)
    }

    static let limits = WorkerLimits(memoryPagesMax: 16)
    static let moduleHash = Result { SHA256.hash(try packageFile("Tests/Hostile/attack.wasm")) }

    static let invocation = Invocation(
        exportIndex: 0, entry: .function(slots: []), gasLimit: 1000, frameLimit: 100, stackLimit: 1 << 16, memoryPagesMax: 16)

    /// How an attack ends.
    static func death(of name: String, deadlineNanoseconds: UInt64 = 10_000_000_000) throws -> Death.Cause? {
        let supervisor = try supervisor()
        defer { supervisor.shutDown() }
        let worker = try worker(name, of: supervisor)
        defer { worker.kill() }
        do {
            let ending = try worker.run(invocation, handler: NoSyscalls(), deadlineNanoseconds: deadlineNanoseconds)
            Issue.record("the attack \(name) came back: \(ending)")
            return nil
        } catch let death as Death {
            #expect(!worker.isAlive)
            return death.cause
        }
    }
}

/// A handler for code that asks nothing.
final class NoSyscalls: SyscallHandler {
    func handle(_ syscall: Syscall) throws -> SyscallResult { throw UnexpectedSyscall(syscall: syscall) }
    struct UnexpectedSyscall: Error { var syscall: Syscall }
}
