// SPDX-License-Identifier: Apache-2.0
// Everything that scripts need to run: the worker of sessions, its supervisor, translator and toolchain in one setting.

import CXVMSandbox
import Foundation
import TestSupport
package import XVMCompiler
import XVMCore
import XVMPolicy
import XVMSupervisor
import XVMSystem
package import XVMToolchain
import XVMWasm
import XVMWorkerImage

/// One setting: schedule, compiler, level, placement.
package final class Workshop: Sendable {
    package struct Setting: Sendable {
        /// Name of a shipped schedule.
        package var schedule = "xuper"
        /// Path; nil: the product's own choice.
        package var compiler: String?
        package var level = CompileFlags.Level.o1
        package var placement = GasPlacement.regions
        /// The linked shape also for modules that share nothing.
        package var isLinkedThroughout = false
        /// Folder for compiled code.
        package var cache: String

        package init(cache: String) { self.cache = cache }
    }

    let setting: Setting
    let supervisor: Supervisor
    private let schedule: GasSchedule
    private let toolchain: Toolchain
    let spectest: Module
    private let folder: TemporaryFolder

    package init(_ setting: Setting) throws {
        self.setting = setting
        folder = try TemporaryFolder()
        let image = try WorkerImage.find()
        schedule = try GasSchedule(
            parsing: [UInt8](try Data(contentsOf: URL(filePath: image.policyFolder + "/gas-\(setting.schedule).json"))))
        var limits = CompileLimits()
        // Several modules are compiled at once already.
        limits.parallelCount = 1
        var configuration = Toolchain.Configuration(
            cachePath: setting.cache, compilerPath: setting.compiler, limits: limits,
            confinement: .sandbox(
                ToolSandbox(
                    .init(workerPath: image.workerPath, policyPath: image.policyFolder + "/compile.json", floor: .minimal))),
            environment: ProcessInfo.processInfo.environment)
        configuration.level = setting.level
        toolchain = try Toolchain(configuration)
        spectest = try Module(validating: packageFile("Tests/Spectest/modules/spectest.wasm"))
        let worker = folder.path + "/xvm-worker"
        try Self.buildWorker(worker)
        let filters = try FilterPair(
            load: Policy(readingFile: image.policyFolder + "/load.json"),
            run: Policy(readingFile: image.policyFolder + "/run.json"),
            addresses: .ofWorkers)
        supervisor = try Supervisor(SupervisorConfiguration(workerPath: worker, filters: filters, floor: .minimal))
    }
    deinit { supervisor.shutDown() }

    /// One line about the C compiler.
    package var compilerSummary: String { get throws { try toolchain.describeCompiler().summary } }

    /// The product's worker with another serve loop.
    private static func buildWorker(_ path: String) throws {
        let sandbox = packageRoot + "/sandbox-c"
        var sources: [String] = []
        for room in ["transport", "runtime", "confine", "worker"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: sandbox + "/" + room).sorted()
            sources += names.filter { $0.hasSuffix(".c") && $0 != "serve.c" }.map { sandbox + "/" + room + "/" + $0 }
        }
        sources.append(packageRoot + "/Tests/Spectest/worker/session.c")
        // The flags of sandbox-c/build/BuildWorker.swift.
        let flags = [
            "-std=c11", "-O2", "-D_GNU_SOURCE", "-DXVM_WORKER=1", "-Wall", "-Wextra", "-Werror", "-fstack-protector-strong",
            "-fno-plt", "-fPIE", "-pie", "-Wl,-z,relro,-z,now,-z,noexecstack",
        ]
        let folders = ["include", "runtime", "worker"].flatMap { ["-I", sandbox + "/" + $0] }
        let compiler = ProcessInfo.processInfo.environment["XVM_WORKER_CC"] ?? "cc"
        let result = try runProgram("/usr/bin/env", [compiler] + flags + folders + sources + ["-o", path, "-l:libcap.a"])
        guard result.status == 0 else { throw SuiteError("the worker of sessions does not build: \(result.complaint)") }
    }

    // MARK: Code

    /// The suite's host module, as rows for modules of the ordinary shape.
    private static let rows = HostImportTable(
        rows: [
            HostImport(101, "spectest", "print", "", ""), HostImport(102, "spectest", "print_i32", "i", ""),
            HostImport(103, "spectest", "print_i64", "I", ""), HostImport(104, "spectest", "print_f32", "f", ""),
            HostImport(105, "spectest", "print_f64", "F", ""), HostImport(106, "spectest", "print_i32_f32", "if", ""),
            HostImport(107, "spectest", "print_f64_f64", "FF", ""),
            HostImport(number: 1, module: "spectest", name: "global_i32", kind: .constant(.i32)),
            HostImport(number: 2, module: "spectest", name: "global_i64", kind: .constant(.i64)),
            HostImport(number: 3, module: "spectest", name: "global_f32", kind: .constant(.f32)),
            HostImport(number: 4, module: "spectest", name: "global_f64", kind: .constant(.f64)),
            HostImport(number: 0, module: "spectest", name: "memory", kind: .memory(SizeLimits(minimum: 1, maximum: 2))),
            HostImport(
                number: 0, module: "spectest", name: "table", kind: .table(.funcref, SizeLimits(minimum: 10, maximum: 20))),
        ])

    private func emit(_ module: Module, _ shape: Translator.Shape) throws -> EmittedCode {
        var options = Translator.Options()
        options.imports = Self.rows
        options.placement = setting.placement
        options.shape = shape
        options.partSizeMax = nil
        return try Translator.emit(module, schedule: schedule, options: options)
    }

    private func compile(
        _ hash: [UInt8], _ parts: [[UInt8]], frameSizeMax: @escaping @Sendable (String) -> Int
    ) throws -> SealedModule {
        let code = try toolchain.code(
            moduleHash: hash, scheduleHash: schedule.hash,
            translatorVersion: "\(Translator.version) spectest \(Hex.encode(SHA256.hash(parts.flatMap { $0 })))",
            abiVersion: XVM_ABI_VERSION
        ) {
            CompileSource(parts: parts, frameSizeMax: frameSizeMax)
        }
        return try SealedModule(elf: code.elf, moduleHash: hash)
    }

    /// The object of one module.
    func compile(_ unit: SuiteUnit, _ shape: Translator.Shape = .alone) throws -> SealedModule {
        let code = try emit(unit.module, shape)
        let limits = code.frameLimits
        return try compile(SHA256.hash(unit.module.bytes), code.parts) { limits.sizeMax(ofFunction: $0) }
    }

    /// One object of all modules of a group.
    func compile(_ group: SuiteGroup) throws -> SealedModule {
        var parts: [[UInt8]] = []
        for unit in group.units {
            let code = try emit(unit.module, .linked)
            for (position, function) in code.referredFunctions.enumerated() { unit.references[function] = position + 1 }
            // Each descriptor under a name of its own, seen by the bundle alone.
            let head = "#define xvm_module xvm_module_\(unit.number)\n#define visibility(x) visibility(\"hidden\")\n"
            parts.append(Array(head.utf8) + code.parts[0])
        }
        let hash = SHA256.hash(parts.flatMap { $0 })
        // The functions of two modules have the same names, so there is one limit for all.
        return try compile(hash, parts + [bundle(count: parts.count, hash: hash)]) { _ in 64 << 10 }
    }

    /// The descriptor that names the others (session.c).
    private func bundle(count: Int, hash: [UInt8]) -> [UInt8] {
        let numbers = 0..<count
        func list(_ bytes: [UInt8]) -> String { bytes.map { "\($0)" }.joined(separator: ", ") }
        let text = """
            typedef unsigned int u32;
            struct row { u32 parameter_count, result_count; const void *descriptor; };
            struct descriptor {
                u32 magic, abi_version, header_size, flags;
                unsigned char module_hash[32], schedule_hash[32];
                u32 numbers[10];
                const void *pointers[6];
            };
            \(numbers.map { "extern __attribute__((visibility(\"hidden\"))) const char xvm_module_\($0)[];" }.joined(separator: "\n"))
            // A report on stack is asked of every part, and clang writes none where there is no function.
            static __attribute__((used)) void nothing(void) {}
            static const struct row rows[] = {\(numbers.map { "{0, 0, xvm_module_\($0)}" }.joined(separator: ", "))};
            __attribute__((visibility("default"))) const struct descriptor xvm_module = {
            0x414d5658u, \(XVM_ABI_VERSION), 65536, 5, {\(list(hash))}, {\(list(schedule.hash))},
            {0, 0, 0, 0, \(count)}, {rows}};

            """
        return Array(text.utf8)
    }
}
