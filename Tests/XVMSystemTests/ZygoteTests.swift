// SPDX-License-Identifier: Apache-2.0
// Zygote and worker against a supervisor in C (Tests/Zygote): what a sealed worker looks like from outside, what hostile
// machine code gets, what a missing feature does. Each case is one process, so that nothing of it stays behind.

import Foundation
import Synchronization
import Testing

/// Compiled once per test run: the worker with the flags of the BuildWorker plugin, the driver, the hostile module.
struct ZygoteBuild: Sendable {
    var folder: String

    static let result = Result { try ZygoteBuild() }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path(percentEncoded: false)

    /// The sources are readable and a C compiler finds the two libraries' headers.
    static let available: Bool = {
        guard FileManager.default.isReadableFile(atPath: root + "Tests/Zygote/driver.c") else { return false }
        let probe = "#include <seccomp.h>\n#include <sys/capability.h>\n"
        return (try? run("/usr/bin/env", ["cc", "-fsyntax-only", "-x", "c", "-"], input: probe))?.status == 0
    }()

    private static let warnings = [
        "-std=c11", "-O2", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wstrict-prototypes",
        "-Wmissing-prototypes", "-Wswitch-enum", "-Wvla", "-Werror",
    ]

    init() throws {
        let folder = FileManager.default.temporaryDirectory.path(percentEncoded: false) + "/xvm-zygote-\(UUID().uuidString)"
        // Readable by all: as root, the cases run once more under another id.
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        self.folder = folder
        removeAtExit(folder)
        let include = ["-I", Self.root + "sandbox-c/include"]
        let hardening = ["-fstack-protector-strong", "-fno-plt", "-fPIE", "-pie", "-Wl,-z,relro,-z,now,-z,noexecstack"]
        try Self.compile(
            include + ["-DXVM_WORKER=1"] + hardening,
            of: ["transport", "runtime", "confine", "worker"].map { "sandbox-c/" + $0 },
            to: folder + "/xvm-worker", libraries: ["-l:libcap.a"])
        try Self.compile(
            include, of: ["sandbox-c/system", "sandbox-c/transport"], files: ["driver", "supervisor", "floors"],
            to: folder + "/driver", libraries: ["-lseccomp", "-lcap"])
        try Self.compile(
            include + ["-shared", "-fPIC", "-nostdlib", "-fvisibility=hidden", "-Wl,-z,relro,-z,now,-z,noexecstack"], of: [],
            files: ["module"], to: folder + "/module.so", libraries: [])
    }

    private static func compile(
        _ flags: [String], of folders: [String], files: [String] = [], to output: String, libraries: [String]
    ) throws {
        var sources = files.map { root + "Tests/Zygote/" + $0 + ".c" }
        for folder in folders {
            let names = try FileManager.default.contentsOfDirectory(atPath: root + folder).filter { $0.hasSuffix(".c") }
            sources += names.sorted().map { root + folder + "/" + $0 }
        }
        let result = try run("/usr/bin/env", ["cc"] + warnings + flags + sources + ["-o", output] + libraries)
        guard result.status == 0 else { throw BuildFailure(output: result.output) }
    }

    struct BuildFailure: Error { var output: String }
}

/// The folder of this run, removed at exit; written once, before atexit is asked for.
private let folderOfThisRun = Mutex("")

private func removeAtExit(_ folder: String) {
    folderOfThisRun.withLock { $0 = folder }
    atexit {
        let folder = folderOfThisRun.withLock { $0 }
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// Runs a program to its end; standard output and error together.
private func run(_ path: String, _ arguments: [String], input: String = "") throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    let output = Pipe()
    let standardInput = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = standardInput
    try process.run()
    standardInput.fileHandleForWriting.write(Data(input.utf8))
    standardInput.fileHandleForWriting.closeFile()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    return (status, String(decoding: bytes, as: UTF8.self))
}

/// One case under one identity.
struct ZygoteCase: Sendable, CustomTestStringConvertible {
    var name: String
    /// Nil: as this process; else the id that the driver takes first (only root can).
    var id: Int?

    var testDescription: String { id.map { "\(name) as uid \($0)" } ?? name }

    static func all(_ names: [String]) -> [ZygoteCase] {
        let ids: [Int?] = geteuid() == 0 ? [nil, 65534] : [nil]
        return names.flatMap { name in ids.map { ZygoteCase(name: name, id: $0) } }
    }
}

@Suite(
    "zygote and worker", .serialized, .enabled(if: ZygoteBuild.available, "needs the sources, cc, libseccomp-dev and libcap-dev"))
struct ZygoteTests {
    @Test("a sealed worker has two filters, no capability, one descriptor, tight limits, nothing writable and executable")
    func status() throws { for item in ZygoteCase.all(["status"]) { try check(item) } }

    @Test(
        "hostile machine code dies of every call that the run filter does not name, and the host is told which",
        arguments: ZygoteCase.all(["attacks", "every-number", "trap", "layers"]))
    func attacks(_ item: ZygoteCase) throws { try check(item) }

    @Test(
        "the zygote answers every malformed request, closes its descriptors, and a failed start names its step",
        arguments: ZygoteCase.all(["protocol", "setup-failures"]))
    func requests(_ item: ZygoteCase) throws { try check(item) }

    @Test(
        "nothing outlives its supervisor, leaks a descriptor or a zombie, or outruns its processor time",
        arguments: ZygoteCase.all(["orphans", "many", "zygote-killed", "cpu-limit"]))
    func lifecycle(_ item: ZygoteCase) throws { try check(item) }

    @Test(
        "a missing feature is named, refused where it is required, and the rest of the wall stands",
        arguments: ZygoteCase.all([
            "without-user-namespace", "without-all-namespaces", "without-container", "without-mount", "without-pivot-root",
            "without-exec-self", "without-landlock", "without-clone3", "without-pid-namespace", "without-mseal",
            "without-close-range", "without-mdwe", "without-listener",
        ]))
    func floors(_ item: ZygoteCase) throws { try check(item) }

    @Test(
        "L8: whatever step is taken out of the start sequence, a case of this list fails",
        .enabled(if: geteuid() == 0, "limits, mappings and descriptors of a worker are visible to root alone"))
    func mutants() throws {
        let result = try run(Self.bash, [ZygoteBuild.root + "scripts/mutants"])
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.contains("unnoticed: 0"), "\(result.output)")
    }
    private static let bash = "/bin/bash"

    @Test("the worker needs libc alone, is position independent, and has no executable stack and no writable code")
    func binary() throws {
        let build = try ZygoteBuild.result.get()
        let result = try run("/usr/bin/env", ["readelf", "-dlW", build.folder + "/xvm-worker"])
        try #require(result.status == 0)
        let needed = result.output.split(separator: "\n").filter { $0.contains("(NEEDED)") }
        #expect(needed.count == 1 && needed[0].contains("libc.so.6"), "\(needed)")
        #expect(result.output.contains("Flags: NOW PIE"))
        #expect(result.output.contains("GNU_RELRO"))
        #expect(!result.output.contains("RWE"))
    }

    private func check(_ item: ZygoteCase) throws {
        let build = try ZygoteBuild.result.get()
        let arguments = [build.folder + "/xvm-worker", build.folder + "/module.so", item.name]
        let result = try run(build.folder + "/driver", arguments + (item.id.map { ["\($0)"] } ?? []))
        #expect(result.status == 0, "\(item.testDescription):\n\(result.output)")
        #expect(result.output.contains("\(item.name): "), "no summary line:\n\(result.output)")
    }
}
