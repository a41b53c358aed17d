// SPDX-License-Identifier: Apache-2.0
// The runtime of sandbox-c: its C cases (Tests/Runtime) built and run with each compiler, and its C API called from Swift.

import CXVMSandbox
import Foundation
import Testing
import XVMSystem

/// The package's folder, from where this file was compiled.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// The C compilers that stand on PATH.
private let compilers: [String] = ["gcc", "clang"].filter { find($0) != nil }

private func find(_ program: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { $0 + "/" + program }.first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// Runs a program to its end; a failure is the test's, with what the program said.
private func run(_ program: String, _ arguments: [String]) throws -> String {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let request = ChildRequest(
        program: program, arguments: arguments, environment: ["PATH=\(path)"],
        limits: .init(wallNanoseconds: 300_000_000_000))
    let result = try ChildProcess.run(request)
    let said = String(decoding: result.output + result.errorOutput, as: UTF8.self)
    #expect(result.ending == .exited(status: 0), "\(program): \(said)")
    return String(decoding: result.output, as: UTF8.self)
}

/// A folder of its own, gone with `body`.
private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "xvm-runtime-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

private let flags = [
    "-std=c11", "-O1", "-g", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wstrict-prototypes",
    "-Wmissing-prototypes", "-Wswitch-enum", "-Wvla", "-Werror", "-I", root.path + "/sandbox-c/include",
]

/// Compiles Tests/Runtime/module.c to a shared object.
private func buildModule(_ compiler: String, _ folder: URL, _ more: [String]) throws -> String {
    let module = folder.path + "/module.so"
    let source = root.path + "/Tests/Runtime/module.c"
    let program = try #require(find(compiler))
    _ = try run(program, flags + more + ["-shared", "-fPIC", "-fvisibility=hidden", source, "-o", module])
    return module
}

private func sources(_ folder: String) throws -> [String] {
    let names = try FileManager.default.contentsOfDirectory(atPath: root.path + "/" + folder)
    return names.filter { $0.hasSuffix(".c") }.sorted().map { root.path + "/" + folder + "/" + $0 }
}

/// Builds all cases with `compiler` and runs them; returns what they print.
private func runCases(_ compiler: String, _ more: [String]) throws -> String {
    try withFolder { folder in
        let module = try buildModule(compiler, folder, more)
        let program = folder.path + "/cases"
        var files = try sources("sandbox-c/runtime") + sources("sandbox-c/transport")
        files += [root.path + "/sandbox-c/worker/serve.c"]
        files += try sources("Tests/Runtime").filter { !$0.hasSuffix("/module.c") }
        _ = try run(try #require(find(compiler)), flags + more + files + ["-o", program, "-lpthread"])
        return try run(program, [module])
    }
}

@Suite("the runtime in C")
struct RuntimeCases {
    @Test(
        "all cases end as they should", .enabled(if: !compilers.isEmpty, "neither gcc nor clang is on PATH"), arguments: compilers
    )
    func cases(compiler: String) throws {
        #expect(try runCases(compiler, []).contains("cases, 0 failed, 0 skipped"))
    }

    /// Left out under AddressSanitizer (the program names them): cases behind a filter and under RLIMIT_DATA, because its own
    /// code makes system calls and mappings, and the case that needs the default action of SIGSEGV. The serve cases run
    /// without their filter there.
    @Test(
        "all cases end as they should under AddressSanitizer and UndefinedBehaviorSanitizer",
        .enabled(if: ProcessInfo.processInfo.environment["XVM_SANITIZERS"] != nil, "slow: set XVM_SANITIZERS=1"),
        arguments: compilers)
    func sanitizedCases(compiler: String) throws {
        let output = try runCases(compiler, ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"])
        #expect(output.contains("cases, 0 failed, 5 skipped"))
    }
}

@Suite("the runtime linked into a Swift process", .enabled(if: !compilers.isEmpty, "neither gcc nor clang is on PATH"))
struct RuntimeInProcess {
    /// The number of an export in Tests/Runtime/module.h.
    enum Export: UInt32 {
        case add = 0
        case load = 3
    }

    @Test("an object is opened, called, trapped and called again, and its imports are this process's")
    func callsAndTraps() throws {
        try withFolder { folder in
            let module = try buildModule(compilers[0], folder, [])
            // SAFETY: handlers are installed before the first context; every pointer below is a local that outlives its call,
            // and code and context are released once, context first.
            #expect(xvm_fault_handlers_install_chained() == 0)
            var code: OpaquePointer?
            var error = xvm_error_t()
            #expect(unsafe xvm_open_code(module, &code, &error) == XVM_STATUS_OK)
            guard let opened = unsafe code else { return }  // the status above has failed the test
            defer { unsafe xvm_release_code(opened) }
            var resolver = unsafe xvm_host_resolver()
            #expect(unsafe xvm_init_code(opened, &resolver, &error) == XVM_STATUS_OK)
            #expect(unsafe xvm_mem_static_top(opened) == 12)
            var made: OpaquePointer?
            #expect(unsafe xvm_new_context(opened, &made, &error) == XVM_STATUS_OK)
            guard let context = unsafe made else { return }
            defer { #expect(unsafe xvm_release_context(context) == XVM_STATUS_OK) }

            var limits = xvm_limits_t(memory_pages_max: 16, frame_limit: 500, stack_limit: 1 << 20)
            var completion = unsafe xvm_completion_t()
            #expect(unsafe xvm_init_context(context, 1000, &limits, &completion, &error) == XVM_STATUS_OK)
            #expect(unsafe completion.ending == XVM_ENDING_RETURNED)
            #expect(unsafe completion.gas_used == 100)

            var slots: [UInt64] = [40, 2]
            #expect(unsafe xvm_call(context, Export.add.rawValue, &slots, 2, 2, &completion, &error) == XVM_STATUS_OK)
            #expect(slots[0] == 42)
            #expect(unsafe xvm_gas_used(context) == 110)

            slots = [0xffff_fff0]
            #expect(unsafe xvm_call(context, Export.load.rawValue, &slots, 1, 1, &completion, &error) == XVM_STATUS_OK)
            #expect(unsafe completion.ending == XVM_ENDING_TRAPPED)
            #expect(unsafe completion.trap == XVM_TRAP_OUT_OF_BOUNDS_MEMORY_ACCESS)
            #expect(unsafe completion.gas_used == 1000)

            unsafe xvm_reset_gas_used(context)
            slots = [1, 2]
            #expect(unsafe xvm_call(context, Export.add.rawValue, &slots, 2, 2, &completion, &error) == XVM_STATUS_OK)
            #expect(slots[0] == 3)
        }
    }
}
