// SPDX-License-Identifier: Apache-2.0
// Build-tool plugin: compiles xvm-worker with the C compiler (SwiftPM would link any executable target against the Swift
// runtime; the worker must need libc alone) and carries the policies, both as resources of XVMWorkerImage.

import Foundation
import PackagePlugin

@main
struct BuildWorker: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let root = context.package.directoryURL
        let sandbox = root.appending(path: "sandbox-c")
        let output = context.pluginWorkDirectoryURL
        let worker = output.appending(path: "xvm-worker")

        var sources: [URL] = []
        var headers: [URL] = files(in: sandbox.appending(path: "include"), suffix: ".h")
        for room in ["transport", "runtime", "confine", "worker"] {
            sources += files(in: sandbox.appending(path: room), suffix: ".c")
            headers += files(in: sandbox.appending(path: room), suffix: ".h")
        }
        // Groups of linked instances: only the worker of the specification's tests has them (Tests/Spectest).
        sources.removeAll { $0.lastPathComponent == "link.c" }
        // Everything an attacker of the worker's own code would like to miss: PIE, RELRO, no lazy binding, no executable stack.
        // No _FORTIFY_SOURCE: its longjmp check calls sigaltstack, which the run filter forbids.
        let flags = [
            "-std=c11", "-O2", "-g", "-D_GNU_SOURCE", "-DXVM_WORKER=1",
            "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wstrict-prototypes", "-Wmissing-prototypes", "-Wswitch-enum",
            "-Wvla",
            "-Werror", "-fstack-protector-strong", "-fno-plt", "-fPIE", "-pie", "-Wl,-z,relro,-z,now,-z,noexecstack",
            "-I", sandbox.appending(path: "include").path(percentEncoded: false),
        ]
        var commands: [Command] = [
            .buildCommand(
                displayName: "Compiling xvm-worker", executable: try compiler(),
                arguments: flags + sources.map { $0.path(percentEncoded: false) } + [
                    "-o", worker.path(percentEncoded: false), "-l:libcap.a",
                ],
                inputFiles: sources + headers, outputFiles: [worker])
        ]
        for policy in files(in: root.appending(path: "policies"), suffix: ".json")
            + files(in: root.appending(path: "policies/gas"), suffix: ".json")
        {
            let name = policy.deletingLastPathComponent().lastPathComponent == "gas" ? "gas-" : ""
            let copy = output.appending(path: name + policy.lastPathComponent)
            commands.append(
                .buildCommand(
                    displayName: "Carrying \(policy.lastPathComponent)", executable: URL(filePath: "/bin/cp"),
                    arguments: [policy.path(percentEncoded: false), copy.path(percentEncoded: false)],
                    inputFiles: [policy], outputFiles: [copy]))
        }
        return commands
    }

    /// The C compiler, by its name on PATH: XVM_WORKER_CC, else cc, gcc, clang.
    func compiler() throws -> URL {
        let environment = ProcessInfo.processInfo.environment
        let names = [environment["XVM_WORKER_CC"], "cc", "gcc", "clang"].compactMap { $0 }
        let folders = (environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":").map(String.init)
        for name in names {
            let candidates = name.contains("/") ? [name] : folders.map { $0 + "/" + name }
            for path in candidates where FileManager.default.isExecutableFile(atPath: path) { return URL(filePath: path) }
        }
        throw PluginError.noCompiler(names)
    }

    func files(in folder: URL, suffix: String) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        return names.filter { $0.hasSuffix(suffix) }.sorted().map { folder.appending(path: $0) }
    }
}

enum PluginError: Error, CustomStringConvertible {
    case noCompiler([String])

    var description: String {
        switch self {
        case .noCompiler(let names):
            return
                "no C compiler for xvm-worker: none of \(names.joined(separator: ", ")) is on PATH; install gcc (apt-get install gcc)"
        }
    }
}
