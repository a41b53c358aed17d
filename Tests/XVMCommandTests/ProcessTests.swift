// SPDX-License-Identifier: Apache-2.0
// L1 and memory: what becomes of the processes of a whole host, here the command, when it is killed or the memory runs out.

import CXVMSandbox
import Foundation
import TestSupport
import Testing
import XVMCore
import XVMSystem

@Suite struct ProcessTests {
    private let cache: TemporaryFolder
    private let xvm: String

    init() throws {
        cache = try TemporaryFolder()
        xvm = try #require(productPath("xvm"), "xvm does not lie beside the test bundle")
    }

    /// Fields of /proc/<pid>/stat behind the name: state, parent, …
    private static func stat(_ pid: Int32) -> (name: String, parent: Int32)? {
        guard let text = try? String(contentsOf: URL(filePath: "/proc/\(pid)/stat"), encoding: .utf8),
            let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
        return (String(text[text.index(after: open)..<close]), parent)
    }

    private static func children(of parent: Int32) throws -> [Int32] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter {
            stat($0)?.parent == parent
        }
    }

    @Test("L1: a host that is killed takes its zygote and its workers along")
    func hostKilled() throws {
        let process = Process()
        process.executableURL = URL(filePath: xvm)
        process.arguments = [
            "run", packageRoot + "/Tests/Hostile/loop.wasm", "attack", "--gas", "4611686018427387903", "--deadline", "120s",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["XVM_CACHE": cache.path + "/cache"]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let host = process.processIdentifier
        // The worker is a child of the host, too; it computes when it has used processor time.
        func pids(_ name: String) throws -> [Int32] { try Self.children(of: host).filter { Self.stat($0)?.name == name } }
        let deadline = xvm_system_monotonic_nanoseconds() + 60_000_000_000
        while true {
            try #require(xvm_system_monotonic_nanoseconds() < deadline, "no worker came to compute")
            if let worker = try pids("xvm-worker").first, xvm_system_cpu_nanoseconds(worker) > 20_000_000 { break }
            _ = xvm_system_poll(-1, 0, xvm_system_monotonic_nanoseconds() + 5_000_000)
        }
        // With the workers that are kept ready for the next calls.
        let (worker, zygote, blanks) = try (pids("xvm-worker"), pids("xvm-zygote"), pids("xvm-blank"))
        #expect(worker.count == 1 && zygote.count == 1)
        let processes = try (worker + zygote + blanks).map { try checked("pidfd_open", xvm_system_pidfd_open($0)) }
        defer { for number in processes { close(number) } }
        kill(host, SIGKILL)
        process.waitUntilExit()
        let limit = xvm_system_monotonic_nanoseconds() + 1_000_000_000
        for number in processes {
            #expect(xvm_system_poll(number, Int32(XVM_SYSTEM_READABLE.rawValue), limit) > 0, "one of them lives on")
        }
    }

    // A control group of our own below the one this runs in: only root on cgroup v1, or a delegated v2 group, can make one.
    private static let group: String? = {
        guard let groups = try? String(contentsOf: URL(filePath: "/proc/self/cgroup"), encoding: .utf8) else { return nil }
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[1].split(separator: ",").contains("memory") else { continue }
            for folder in ["/sys/fs/cgroup/memory\(fields[2])", "/sys/fs/cgroup/memory"]
            where FileManager.default.isWritableFile(atPath: folder + "/cgroup.procs") && geteuid() == 0 { return folder }
        }
        return nil
    }()

    @Test(
        "a worker that the kernel kills for want of memory is told by the counter of its control group",
        .enabled(if: group != nil, "needs the right to make a cgroup v1 memory group"))
    func outOfMemory() throws {
        let folder = try #require(Self.group) + "/xvm-test-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { unsafe rmdir(folder) }
        try "268435456".write(toFile: folder + "/memory.limit_in_bytes", atomically: false, encoding: .utf8)
        let object = cache.path + "/eat.so"
        try Data(hostileObject("eat")).write(to: URL(filePath: object))
        let result = try runProgram(
            "/bin/bash",
            [
                "-c", "echo $$ > \(folder)/cgroup.procs && exec \"$@\"", "bash", xvm, "run", object, "attack", "--json",
                "--memory", "65536", "--deadline", "60s",
            ],
            environment: ["XVM_CACHE": cache.path + "/cache"])
        #expect(result.status == 3)
        #expect(result.text.contains("\"kind\":\"memoryLimit\""), "\(result.text) \(result.complaint)")
        #expect(result.text.contains("\"blame\":\"unknown\"") && result.text.contains("\"retryable\":true"))
    }
}
