// SPDX-License-Identifier: Apache-2.0
// The wall around the compiler, attacked: Tests/HostileTools/attack.c in the compiler's place, at the highest floor.

import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing
import XVMSystem
import XVMWorkerImage

@testable import XVMToolchain

/// The attacking program, built once; in a folder that every user may look into.
private let attacker = Result<Fixture, any Error> {
    let fixture = try Fixture()
    // Held to the end of the process, so nobody else removes it.
    atexit { if case .success(let fixture) = attacker { fixture.remove() } }
    let build = try runProgram(
        "/usr/bin/env",
        [
            "cc", "-std=c11", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror", "-o", fixture.root + "/bin/attack",
            packageRoot + "/Tests/HostileTools/attack.c",
        ])
    try #require(build.status == 0, "\(build.complaint)")
    try Data("secret".utf8).write(to: URL(filePath: fixture.root + "/tmp/secret"))
    for (file, mode) in [("bin/attack", 0o755), ("tmp/secret", 0o644)] {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: fixture.root + "/" + file)
    }
    return fixture
}

/// Removed with everything in it when the test ends.
private final class OutputFolder: Sendable {
    let path: String
    init(below parent: String) throws { path = try Folder(temporaryBelow: parent, prefix: "out-").path }
    deinit { try? Folder(opening: path).removeTree() }
}

@Suite("a tool that attacks", .enabled(if: strictHolds, "the floor 'strict' does not hold for tools on this machine"))
struct ToolSandboxTests {
    private let fixture: Fixture
    private let folder: OutputFolder

    init() throws {
        fixture = try attacker.get()
        folder = try OutputFolder(below: fixture.temporary)
    }

    private func attack(
        _ name: String, _ argument: String = "", limits: ChildRequest.Limits = .init(wallNanoseconds: 60_000_000_000),
        processLimit: UInt32 = 64, floor: ToolFloor = .strict
    ) throws -> ChildResult {
        let request = ChildRequest(
            program: fixture.root + "/bin/attack", arguments: [name, argument], environment: ["ONLY=this"],
            directory: folder.path, limits: limits)
        return try Fixture.sandbox(floor, processLimit: processLimit).run(request)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Names of processes on the whole machine.
    private func processes(named name: String) -> [String] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { (try? String(contentsOfFile: "/proc/\($0)/comm", encoding: .utf8)) == name + "\n" }
    }

    /// Whether none is left. The kernel ends a tool's last processes by itself once their first one is dead; how soon is the machine's affair.
    private func allEnd(named name: String) -> Bool {
        for _ in 0..<3000 {
            if processes(named: name).isEmpty { return true }
            usleep(10_000)
        }
        return false
    }

    @Test("a file outside cannot be read, by any name; nor can a folder be listed")
    func read() throws {
        let result = try attack("read", fixture.temporary + "/secret")
        #expect(result.ending == .exited(status: 0), "\(text(result.output))")
    }

    @Test("nothing outside can be written, replaced or removed")
    func write() throws {
        let result = try attack("write", fixture.temporary + "/secret")
        #expect(result.ending == .exited(status: 0), "\(text(result.output))")
        #expect(try Data(contentsOf: URL(filePath: fixture.temporary + "/secret")) == Data("secret".utf8))
    }

    @Test("what a tool wrote cannot be executed, by itself or mapped")
    func execute() throws {
        let result = try attack("execute")
        #expect(result.ending == .exited(status: 0), "\(text(result.output))")
    }

    @Test("no right, no id, no descriptor, no environment, no limit to raise, no namespace")
    func lookAround() throws {
        let result = try attack("look", limits: .init(fileSize: 1 << 20, wallNanoseconds: 60_000_000_000))
        #expect(result.ending == .exited(status: 0), "\(text(result.output))")
    }

    @Test("nothing that a tool leaves in its folder, or tries to leave elsewhere, stays")
    func stayBehind() throws {
        let result = try attack("stay")
        #expect(result.ending == .exited(status: 0), "\(text(result.output))")
        #expect(try Folder(opening: folder.path).use().fileCount == 2)
        let path = folder.path
        try Folder(opening: path).removeTree()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(
        "calls that no tool makes end it before they begin",
        arguments: [
            "socket", "unix", "connect", "ptrace", "traceme", "readv", "unshare", "mount", "chroot", "setuid", "bpf", "uring",
            "keyctl", "perf", "x32", "int80",
        ])
    func violations(name: String) throws {
        let result = try attack(name)
        // A kernel without IA32 emulation faults.
        let endings: [ChildResult.Ending] = name == "int80" ? [.signalled(SIGSYS), .signalled(SIGSEGV)] : [.signalled(SIGSYS)]
        #expect(endings.contains(result.ending), "\(result.ending) \(text(result.output))")
    }

    @Test("a fork bomb stops at its limit, and its children end with it")
    func forkBomb() throws {
        let result = try attack("forkbomb", "40", processLimit: 40)
        #expect(result.ending == .exited(status: 0), "\(text(result.output))")
        let count = try #require(Int(text(result.output).trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(count >= 20)
        #expect(allEnd(named: "xvm-bomb"))
    }

    @Test("memory ends at its limit")
    func memory() throws {
        let result = try attack(
            "memory", "\(256 << 20)", limits: .init(addressSpaceSize: 200 << 20, wallNanoseconds: 60_000_000_000))
        #expect(result.ending == .exited(status: 0), "\(text(result.output))")
    }

    @Test("a tool that spins, or writes a file beyond its limit, ends by that limit's signal; one that waits at the deadline")
    func limits() throws {
        #expect(try attack("spin", limits: .init(cpuSeconds: 1, wallNanoseconds: 60_000_000_000)).ending == .signalled(SIGXCPU))
        #expect(
            try attack("files", "\(1 << 30)", limits: .init(fileSize: 1 << 20, wallNanoseconds: 60_000_000_000)).ending
                == .signalled(SIGXFSZ))
        #expect(try attack("sleep", limits: .init(wallNanoseconds: 300_000_000)).ending == .deadline)
    }

    @Test("many files, or many bytes in them, end a tool, and the folder is cleared")
    func fillFolder() throws {
        let many = try attack("files", "0", limits: .init(folderFileCount: 500, wallNanoseconds: 60_000_000_000))
        #expect(many.ending == .folderLimit)
        let large = try attack("files", "\(8 << 20)", limits: .init(folderSize: 64 << 20, wallNanoseconds: 60_000_000_000))
        #expect(large.ending == .folderLimit)
        let path = folder.path
        try Folder(opening: path).removeTree()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("seen from outside: filtered, no rights, no new ones, namespaces of its own, not root")
    func seenFromOutside() throws {
        let name = "xvm-w" + String(UInt32.random(in: 0 ... .max), radix: 36)
        let ended = Mutex<Result<ChildResult, any Error>?>(nil)
        let (program, directory) = (fixture.root + "/bin/attack", folder.path)
        let thread = Thread {
            let result = Result {
                try Fixture.sandbox(.strict).run(
                    ChildRequest(
                        program: program, arguments: ["wait", name], environment: [], directory: directory,
                        limits: .init(wallNanoseconds: 60_000_000_000)))
            }
            ended.withLock { $0 = result }
        }
        thread.start()
        var found: String?
        while found == nil, ended.withLock({ $0 == nil }) {
            found = processes(named: name).first
            sched_yield()
        }
        let pid = try #require(found)
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        func field(_ name: String) -> String? {
            status.split(separator: "\n").first { $0.hasPrefix(name + ":") }.map {
                $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
            }
        }
        #expect(field("Seccomp") == "2")
        #expect(field("NoNewPrivs") == "1")
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] { #expect(field(set) == "0000000000000000", "\(set)") }
        #expect(field("Uid")?.split(separator: "\t").contains("0") == false)
        #expect((field("NSpid")?.split(separator: "\t").count ?? 0) >= 2)
        for space in ["mnt", "net", "ipc", "uts", "pid", "user"] {
            // Readable for its own user and for root only.
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/\(space)")
            let other = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/ns/\(space)")
            #expect(other != own, "\(space)")
        }
        try Folder(opening: folder.path).write("go", [])
        while ended.withLock({ $0 == nil }) { sched_yield() }
        #expect(try ended.withLock { try $0?.get().ending } == .exited(status: 0))
    }

    @Test("a tool that is not there, or a policy that is none, is an error before anything runs")
    func cannotStart() throws {
        let image = try WorkerImage.find()
        let missing = ChildRequest(
            program: fixture.root + "/bin/nothing", arguments: [], directory: folder.path,
            limits: .init(wallNanoseconds: 60_000_000_000))
        #expect(
            throws: ToolchainError.system(
                SystemError(call: "execve", errno: ENOENT, detail: missing.program + " in its sandbox"))
        ) { try Fixture.sandbox(.strict).run(missing) }
        let run = ToolSandbox(
            .init(workerPath: image.workerPath, policyPath: image.policyFolder + "/run.json", floor: .minimal))
        let error = #expect(throws: ToolchainError.self) { try run.run(missing) }
        #expect(error?.kind == "policy")
    }

    @Test("text that names files of the machine does not get them", arguments: Fixture.compilers)
    func include(compiler: String) throws {
        let toolchain = try fixture.toolchain(compiler, floor: .strict)
        let secret = fixture.temporary + "/secret"
        let texts = [
            "#include \"\(secret)\"", "#include \"/etc/passwd\"", "#include \"/proc/self/environ\"", "#include \"../secret\"",
            "__asm__(\".incbin \\\"\(secret)\\\"\");", "__asm__(\".incbin \\\"/etc/passwd\\\"\");",
        ]
        for text in texts {
            do {
                _ = try toolchain.code { [Array(text.utf8)] }
                Issue.record("compiled: \(text)")
            } catch ToolchainError.compilerFailed(_, _, let output) {
                #expect(
                    output.lowercased().contains("no such file") || output.contains("not found")
                        || output.contains("Could not find"), "\(output)")
                #expect(!output.contains("root:") && !output.contains("daemon"))
            }
        }
    }

    @Test("bombs in the compiler's place are typed errors and leave no folder and no process")
    func bombs() throws {
        let bombs = try Fixture()
        func kind(_ name: String, _ body: String, _ limits: CompileLimits) throws -> String? {
            let path = try bombs.fakeCompiler(name, body)
            let toolchain = try bombs.toolchain(path, limits: limits, floor: .strict)
            let error = #expect(throws: ToolchainError.self) { try toolchain.code() }
            #expect(try bombs.leftovers() == [], "\(name)")
            if let error { print("\(name): \(error)") }
            return error?.kind
        }
        // A name that no other test's process has: they run at the same time.
        let program = bombs.root + "/bin/bomb-in-cc"
        try copyProgram(fixture.root + "/bin/attack", to: program)
        let attack = "exec " + program
        let one = CompileLimits(parallelCount: 1)
        #expect(try kind("forks", "while :; do sleep 1000 & done", one) == "processLimit")
        #expect(try kind("calls", "\(program) socket; exit 1", one) == "compilerViolation")
        #expect(try kind("execs", "\(attack) ptrace", one) == "compilerViolation")
        #expect(
            try kind("files", "\(attack) files 8000000", CompileLimits(folderSize: 1 << 26, parallelCount: 1)) == "fileSizeLimit")
        #expect(
            try kind("large", "\(attack) files 800000000", CompileLimits(fileSize: 1 << 20, parallelCount: 1)) == "fileSizeLimit")
        #expect(try kind("spins", "\(attack) spin", CompileLimits(cpuSeconds: 1, parallelCount: 1)) == "timeLimit")
        #expect(try kind("sleeps", "\(attack) sleep & wait", CompileLimits(wallSeconds: 1, parallelCount: 1)) == "timeLimit")
        #expect(allEnd(named: "bomb-in-cc"))
    }

    @Test("what the sandbox adds to one tool, in figures", .enabled(if: measures, "XVM_MEASURE is not set"))
    func cost() throws {
        let sandbox = try Fixture.sandbox(.strict)
        let request = ChildRequest(
            program: "/bin/true", arguments: [], directory: folder.path, limits: .init(wallNanoseconds: 60_000_000_000))
        func median(_ body: () throws -> Void) rethrows -> Double {
            var times: [Double] = []
            for _ in 0..<201 {
                let start = ContinuousClock().now
                try body()
                times.append(Double((ContinuousClock().now - start).components.attoseconds) / 1e15)
            }
            return times.sorted()[100]
        }
        _ = try sandbox.run(request)
        let view = ToolView(programs: ["/bin/true"])
        let plain = try median { _ = try ChildProcess.run(request) }
        let confined = try median { _ = try sandbox.run([request], view: view, atOnce: 1) }
        print("tool /bin/true: \(plain) ms plain, \(confined) ms in the sandbox, median of 201")
    }
}

private let measures = ProcessInfo.processInfo.environment["XVM_MEASURE"] != nil

private let strictHolds: Bool = {
    do {
        let fixture = try Fixture()
        return try fixture.toolchain(floor: .minimal).sandboxReport()?.missing(for: .strict).isEmpty == true
    } catch { return false }
}()
