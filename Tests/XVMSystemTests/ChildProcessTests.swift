// SPDX-License-Identifier: Apache-2.0
// Helper programs: arguments, limits, deadlines, and that nothing of them is left.

import Foundation
import Testing
@testable import XVMSystem

private let minute: Int64 = 60_000_000_000

private func shell(
    _ script: String, arguments: [String] = [], environment: [String] = ["PATH=/usr/bin:/bin"], directory: String? = nil,
    limits: ChildRequest.Limits = .init(wallNanoseconds: minute), captureSizeMax: Int = 64 << 10
) -> ChildRequest {
    ChildRequest(
        program: "/bin/sh", arguments: ["-c", script, "sh"] + arguments, environment: environment, directory: directory,
        limits: limits, captureSizeMax: captureSizeMax)
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Whether the process ends; one that waits to be reaped by init has. A signal that was sent may still be on its way, so this
/// waits for the end, with a limit.
private func ends(_ pid: String) -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return true }
        if stat.contains(") Z ") || stat.contains(") X ") { return true }
        sched_yield()
    }
    return false
}

@Suite("helper programs")
struct ChildProcessTests {
    @Test("arguments reach the program as they are, the environment is exactly what was given")
    func argumentsAndEnvironment() throws {
        let odd = ["a b", "$(echo no)", "`x`;'\"", "", "ünï"]
        let result = try ChildProcess.run(shell("printf '%s|' \"$@\"", arguments: odd))
        #expect(text(result.output) == odd.map { $0 + "|" }.joined())
        let request = ChildRequest(
            program: "/usr/bin/env", arguments: [], environment: ["A=1", "B=x y"], limits: .init(wallNanoseconds: minute))
        #expect(text(try ChildProcess.run(request).output) == "A=1\nB=x y\n")
    }

    @Test("exit status, signal, standard error and working directory are told")
    func endings() throws {
        let seven = try ChildProcess.run(shell("echo out; echo err >&2; pwd; exit 7", directory: "/"))
        #expect(seven.ending == .exited(status: 7))
        #expect(!seven.isSuccess)
        #expect(text(seven.output) == "out\n/\n")
        #expect(text(seven.errorOutput) == "err\n")
        #expect(try ChildProcess.run(shell("kill -TERM $$")).ending == .signalled(SIGTERM))
        // A kill from outside is not taken for ours.
        #expect(try ChildProcess.run(shell("kill -KILL $$")).ending == .signalled(SIGKILL))
        #expect(try ChildProcess.run(shell("true")).isSuccess)
    }

    @Test("standard input is empty")
    func input() throws {
        #expect(text(try ChildProcess.run(shell("cat; readlink /proc/self/fd/0")).output) == "/dev/null\n")
    }

    @Test("a program that is not there, or is none, is an error with the call's errno")
    func notThere() {
        let limits = ChildRequest.Limits(wallNanoseconds: minute)
        #expect(throws: SystemError(call: "xvm_child_spawn", errno: ENOENT, detail: "/nonexistent/cc")) {
            try ChildProcess.run(ChildRequest(program: "/nonexistent/cc", arguments: [], limits: limits))
        }
        #expect(throws: SystemError(call: "xvm_child_spawn", errno: EACCES, detail: "/etc/passwd")) {
            try ChildProcess.run(ChildRequest(program: "/etc/passwd", arguments: [], limits: limits))
        }
        #expect(throws: SystemError(call: "xvm_child_spawn", errno: ENOENT, detail: "/bin/sh")) {
            try ChildProcess.run(shell("true", directory: "/nonexistent"))
        }
        #expect(throws: SystemError(call: "xvm_child_spawn", errno: EINVAL, detail: "NUL byte in an argument of /bin/sh")) {
            try ChildProcess.run(shell("true\0false"))
        }
    }

    @Test("the limits hold before the program begins")
    func limitsAreSet() throws {
        let limits = ChildRequest.Limits(
            cpuSeconds: 33, addressSpaceSize: 3 << 30, fileSize: 512 * 1000, descriptorCount: 50, wallNanoseconds: minute)
        let result = try ChildProcess.run(shell("cat /proc/self/limits", limits: limits))
        var rows: [String: [String]] = [:]
        for line in text(result.output).split(separator: "\n") where line.hasPrefix("Max ") {
            rows[line.prefix(26).trimmingCharacters(in: .whitespaces)] = line.dropFirst(26).split(separator: " ").map(String.init)
        }
        #expect(rows["Max cpu time"]?.prefix(2) == ["33", "34"])
        #expect(rows["Max address space"]?.prefix(2) == ["\(3 << 30)", "\(3 << 30)"])
        #expect(rows["Max file size"]?.prefix(2) == ["512000", "512000"])
        #expect(rows["Max open files"]?.prefix(2) == ["50", "50"])
        #expect(rows["Max core file size"]?.prefix(2) == ["0", "0"])
    }

    @Test("CPU time and file size end a program")
    func limitsEnd() throws {
        let busy = shell("while :; do :; done", limits: .init(cpuSeconds: 1, wallNanoseconds: minute))
        let spun = try ChildProcess.run(busy)
        #expect(spun.ending == .signalled(SIGXCPU))
        #expect(spun.cpuNanoseconds > 0)
        let folder = FileManager.default.temporaryDirectory.appending(path: "xvm-child-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let writer = shell(
            "exec head -c 100000 /dev/zero > f", directory: folder.path, limits: .init(fileSize: 4096, wallNanoseconds: minute))
        #expect(try ChildProcess.run(writer).ending == .signalled(SIGXFSZ))
    }

    @Test("the deadline ends the program and its own children")
    func deadline() throws {
        let request = shell(
            "sleep 1000 & echo $! $$; wait", limits: .init(wallNanoseconds: 3_000_000_000))
        let result = try ChildProcess.run(request)
        #expect(result.ending == .deadline)
        let pids = text(result.output).split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(pids.count == 2)
        for pid in pids { #expect(ends(pid)) }
        // Ours is reaped, so nothing of it is left at all.
        #expect(!FileManager.default.fileExists(atPath: "/proc/\(pids[1])"))
    }

    @Test("what a program left running in its group ends with it, and does not keep us waiting")
    func stragglers() throws {
        let result = try ChildProcess.run(shell("sleep 1000 & echo $!"))
        #expect(result.isSuccess)
        #expect(ends(text(result.output).trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    @Test("output beyond the limit is dropped and said to be")
    func captured() throws {
        let result = try ChildProcess.run(shell("head -c 3000000 /dev/zero; echo end >&2", captureSizeMax: 1000))
        #expect(result.isSuccess)
        #expect(result.output.count == 1000)
        #expect(result.isTruncated)
        #expect(text(result.errorOutput) == "end\n")
        #expect(!(try ChildProcess.run(shell("echo x"))).isTruncated)
    }

    @Test("no descriptor of the host reaches the program, and none is lost in the host")
    func descriptors() throws {
        // Without close-on-exec: an embedding program may have such ones.
        let inherited = try #require(FileHandle(forReadingAtPath: "/etc/passwd"))
        _ = fcntl(inherited.fileDescriptor, F_SETFD, 0)
        defer { try? inherited.close() }
        func count() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0 }
        let before = count()
        for _ in 0..<400 {
            let result = try ChildProcess.run(
                ChildRequest(program: "/bin/ls", arguments: ["/proc/self/fd"], limits: .init(wallNanoseconds: minute)))
            // 3 is ls's own, of the folder it lists.
            try #require(text(result.output) == "0\n1\n2\n3\n")
        }
        // Other tests run beside this one, and their workers hold descriptors; a leak would be 400 or more.
        #expect(count() < before + 390)
    }

    @Test("several at once give their results in order")
    func batch() throws {
        let results = try ChildProcess.run((0..<7).map { shell("echo $1", arguments: ["\($0)"]) }, atOnce: 3)
        #expect(results.map { text($0.output) } == (0..<7).map { "\($0)\n" })
        #expect(results.allSatisfy { $0.isSuccess })
        #expect(try ChildProcess.run([], atOnce: 2).isEmpty)
    }

    @Test("the first failure of a batch ends the others")
    func batchFailure() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "xvm-child-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // The second fails only when the first has told its id.
        let results = try ChildProcess.run(
            [
                shell("echo $$; : > told; sleep 1000", directory: folder.path),
                shell("until test -f told; do :; done; exit 3", directory: folder.path), shell("true"),
            ], atOnce: 2)
        #expect(results[1].ending == .exited(status: 3))
        #expect(results[0].ending == .cancelled)
        #expect(results[2].ending == .cancelled)
        #expect(ends(text(results[0].output).trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    @Test("a program that cannot start ends the batch without leaving the others running")
    func batchError() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "xvm-child-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let missing = ChildRequest(program: "/nonexistent/cc", arguments: [], limits: .init(wallNanoseconds: minute))
        // The first one tells its id through a file, and the second makes sure that it has.
        let first = shell("echo $$ > pid.tmp; mv pid.tmp pid; sleep 1000", directory: folder.path)
        let second = shell("until test -f pid; do :; done", directory: folder.path)
        #expect(throws: SystemError(call: "xvm_child_spawn", errno: ENOENT, detail: "/nonexistent/cc")) {
            try ChildProcess.run([first, second, missing], atOnce: 2)
        }
        let pid = try String(contentsOf: folder.appending(path: "pid"), encoding: .utf8)
        #expect(ends(pid.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
}
