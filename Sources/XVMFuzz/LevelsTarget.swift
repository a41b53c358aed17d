// SPDX-License-Identifier: Apache-2.0
// Translator, two compilers or levels, and real workers beside a reference engine: the same end, results, gas and memory.

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
    /// How an invocation ended, as both say it: then only the reference engine can tell.
    package var both: @Sendable (Ending) -> Ending = { $0 }
    package init() {}
}

extension FuzzTarget {
    package static func levels(_ subject: LevelsSubject = LevelsSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "levels",
            purpose:
                "translator, compiler, worker: ending, results, gas, memory equal for -O1 and -O2, clang and gcc, and in wasmtime",
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
    /// Without it the two builds are compared with each other only.
    private let reference: OtherEngine?

    private static let gasLimit: Int64 = 100_000
    private static let pagesMax: UInt32 = 8
    private static let stackSize: UInt32 = 1 << 18

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
        supervisor = try Supervisor(shippedWith: image)
        do { reference = try OtherEngine() } catch let error as TargetUnavailable {
            FileHandle.standardError.write(Data("levels: no reference engine: \(error)\n".utf8))
            reference = nil
        }
        schedule = try GasSchedule(parsing: reference?.hasExactFuel == true ? OtherEngine.fuelSchedule : FuzzTarget.unitSchedule)
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
            return try supervisor.makeWorker(
                elf: code.elf, moduleHash: hash, limits: WorkerLimits(memoryPagesMax: 16, stackSize: 32 << 20))
        }
        defer { for worker in workers { worker.kill() } }
        var calls: [OtherEngine.Call] = []
        var endings: [Ending] = []
        for (index, export) in module.exports.filter({ $0.kind == .function }).enumerated().prefix(4) {
            let type = module.type(ofFunction: export.index)
            for turn in 0..<2 {
                let slots = Self.slots(type.parameters, hash, turn)
                let invocation = Invocation(
                    exportIndex: UInt32(index), entry: .function(slots: slots), gasLimit: Self.gasLimit, frameLimit: 500,
                    stackLimit: Self.stackSize, memoryPagesMax: Self.pagesMax)
                let first = subject.both(try end(workers[0], invocation))
                let second = subject.second(subject.both(try end(workers[1], invocation)))
                try require(
                    first == second, "export \(index) with \(slots) ends as \(first) and as \(second)")
                calls.append(OtherEngine.Call(number: index, slots: slots))
                endings.append(second)
            }
        }
        guard let reference, module.tables.count <= 1, !calls.isEmpty else { return }
        let others = try reference.run(
            bytes, calls, pagesMax: Self.pagesMax, elementsMax: XVM_TABLE_GROWTH_MAX, fuel: 20 * Self.gasLimit)
        // wasmtime charges nothing for growth by 2^31 pages or entries and more.
        let grows = contains(bytes, [0x40, 0]) || contains(bytes, [0xfc, 15])
        for ((call, ending), other) in zip(zip(calls, endings), others) {
            if grows, ending.kind == .outOfGas { continue }
            try require(
                Self.agree(ending, other, entered: module.start == nil ? 1 : 2, isExact: reference.hasExactFuel),
                "export \(call.number) with \(call.slots) ends as \(ending), in wasmtime as \(other)")
        }
    }

    /// Parameters from the module's hash; floats and vectors are bits like any others.
    private static func slots(_ types: [ValueType], _ hash: [UInt8], _ turn: Int) -> [UInt64] {
        var slots: [UInt64] = []
        for (position, type) in types.enumerated() {
            let word = UInt64(hash[(8 * turn + position) % 32]) << UInt64(8 * (position % 8))
            switch type {
            case .i32, .f32: slots.append(word & 0xffff_ffff)
            case .v128: slots += [word, ~word]
            case .i64, .f64: slots.append(word)
            case .funcref, .externref: slots.append(0)
            }
        }
        return slots
    }

    /// Whether an ending is the reference's, with its gas where that is defined: a call that returns.
    /// - entered: functions that are entered without a call instruction: the export, and a start function.
    static func agree(_ ending: Ending, _ other: OtherEnding, entered: Int64, isExact: Bool) -> Bool {
        // How deep one may call is each engine's own.
        if ending.kind == .trapped(.callStackExhausted) || other == .trapped(.callStackExhausted) { return true }
        switch other {
        case .unknown: return true
        case .outOfFuel: return ending.kind == .outOfGas
        case .returned(let slots, let fuel):
            if isExact, fuel - entered > gasLimit { return ending.kind == .outOfGas }
            if !isExact, ending.kind == .outOfGas { return true }
            return ending.kind == .returned && ending.slots == slots && (!isExact || ending.gasUsed == fuel - entered)
        case .trapped(let trap):
            // A charge may stand before an instruction that traps; which of the two it was is diagnosis.
            if ending.kind == .outOfGas { return true }
            guard case .trapped(let own) = ending.kind else { return false }
            // wasmtime has one code for a call through an index outside of the table and a table operation outside of it.
            return (own == .undefinedElement ? .outOfBoundsTableAccess : own) == trap
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
