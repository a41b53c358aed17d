// SPDX-License-Identifier: Apache-2.0
// Translator, two compilers or levels, and real workers: the same end, results, gas and memory from both.

import CXVMSandbox
import Foundation
import XVMCompiler
import XVMCore
import XVMPolicy
import XVMSupervisor
import XVMSystem
import XVMToolchain
import XVMWasm
package import XVMWire
import XVMWorkerImage

package struct LevelsSubject: Sendable {
    /// How an invocation ended, as the second build says it.
    package var second: @Sendable (Ending) -> Ending = { $0 }
    package init() {}
}

extension FuzzTarget {
    package static func levels(_ subject: LevelsSubject = LevelsSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "levels",
            purpose: "translator, compiler, worker: ending, results, gas and memory equal for -O1 and -O2, clang and gcc",
            smokeCount: 3, sizeMax: 16384, generate: { WasmWriter.module(&$0) }
        ) {
            let builds = try TwoBuilds()
            return { bytes in try builds.compare(bytes, subject) }
        }
    }
}

/// Two ways from C to an object, one supervisor.
private final class TwoBuilds {
    private let folder: FuzzFolder
    private let toolchains: [Toolchain]
    private let supervisor: Supervisor
    private let schedule: GasSchedule

    init() throws {
        folder = try FuzzFolder()
        let image: WorkerImage
        do { image = try WorkerImage.find() } catch { throw TargetUnavailable(description: "\(error)") }
        let environment = ProcessInfo.processInfo.environment
        let sandbox = ToolSandbox(
            .init(workerPath: image.workerPath, policyPath: image.policyFolder + "/compile.json", floor: .minimal))
        let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        func has(_ name: String) -> Bool { folders.contains { FileSystem.isExecutable($0 + "/" + name) } }
        let compilers = ["clang", "gcc"].filter(has)
        guard let first = compilers.first else { throw TargetUnavailable(description: "neither clang nor gcc is on PATH") }
        let path = folder.path
        toolchains = try [(first, CompileFlags.Level.o1), (compilers.last ?? first, .o2)].map { name, level in
            var configuration = Toolchain.Configuration(
                cachePath: path, compilerPath: name, confinement: .sandbox(sandbox), environment: environment)
            configuration.level = level
            return try Toolchain(configuration)
        }
        supervisor = try Supervisor(
            SupervisorConfiguration(
                workerPath: image.workerPath,
                filters: FilterPair(
                    load: Policy(readingFile: image.policyFolder + "/load.json"),
                    run: Policy(readingFile: image.policyFolder + "/run.json"), addresses: .ofWorkers), floor: .minimal))
        schedule = try GasSchedule(parsing: FuzzTarget.unitSchedule)
    }

    deinit { supervisor.shutDown() }

    func compare(_ bytes: [UInt8], _ subject: LevelsSubject) throws {
        guard let module = try? Module(validating: bytes), module.imports.isEmpty,
            let text = try? Translator.emit(module, schedule: schedule)
        else { return }
        let hash = SHA256.hash(bytes)
        let limits = text.frameLimits
        let workers = try toolchains.map { toolchain in
            let code = try toolchain.code(
                moduleHash: hash, scheduleHash: schedule.hash, translatorVersion: Translator.version, abiVersion: XVM_ABI_VERSION
            ) { CompileSource(parts: text.parts) { limits.sizeMax(ofFunction: $0) } }
            return try supervisor.makeWorker(elf: code.elf, moduleHash: hash, limits: WorkerLimits(memoryPagesMax: 16))
        }
        defer { for worker in workers { worker.kill() } }
        let exports = module.exports.filter { $0.kind == .function }
        for (index, export) in exports.enumerated().prefix(4) {
            let type = module.type(ofFunction: export.index)
            for turn in 0..<2 {
                let slots = type.parameters.indices.map { position in
                    let word = UInt64(hash[(8 * turn + position) % 32]) << UInt64(8 * (position % 4))
                    return type.parameters[position] == .i32 || type.parameters[position] == .f32 ? word & 0xffff_ffff : word
                }
                let invocation = Invocation(
                    exportIndex: UInt32(index), entry: .function(slots: slots), gasLimit: 100_000, frameLimit: 500,
                    stackLimit: 1 << 20, memoryPagesMax: 8)
                let first = try end(workers[0], invocation)
                let second = subject.second(try end(workers[1], invocation))
                try require(
                    first == second, "export \(index) with \(slots) ends as \(first) and as \(second)")
            }
        }
    }

    private func end(_ worker: Worker, _ invocation: Invocation) throws -> Ending {
        do { return try worker.run(invocation, handler: NoSyscalls(), deadlineNanoseconds: 20_000_000_000) } catch {
            throw FuzzFailure("a worker died of translated code: \(error)")
        }
    }
}

private final class NoSyscalls: SyscallHandler {
    func handle(_ syscall: Syscall) throws -> SyscallResult { throw FuzzFailure("a module without imports asks for \(syscall)") }
}
