// SPDX-License-Identifier: Apache-2.0
// docs/guarantees.md names tests; they exist.

import Foundation
import TestSupport
import Testing

@testable import XVMSupervisor

@Suite struct GuaranteeTests {
    /// Rows of a table, as cells, without its head.
    private static func rows(_ document: String, head: String) throws -> [[Substring]] {
        try String(contentsOfFile: packageRoot + "/docs/" + document, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("| ") && !$0.hasPrefix("| " + head) }.map { $0.split(separator: "|") }
    }

    /// Every other piece between backticks is a name.
    private static func names(_ cell: Substring) -> [Substring] {
        let pieces = cell.split(separator: "`", omittingEmptySubsequences: false)
        return pieces.indices.filter { $0 % 2 == 1 }.map { pieces[$0] }
    }

    /// As bytes: to look for hundreds of names in a String takes minutes in a debug build.
    private static func sources() throws -> Data {
        let tests = packageRoot + "/Tests"
        return try FileManager.default.subpathsOfDirectory(atPath: tests).filter { $0.hasSuffix(".swift") }
            .map { try Data(contentsOf: URL(filePath: tests + "/" + $0)) }.reduce(into: Data()) { $0 += $1 }
    }
    private static func has(_ sources: Data, _ name: Substring) -> Bool { sources.range(of: Data("\"\(name)\"".utf8)) != nil }

    @Test("every promise of docs/guarantees.md names tests that exist, or says that it is not enforced yet")
    func promises() throws {
        let sources = try Self.sources()
        let rows = try Self.rows("guarantees.md", head: "promise")
        #expect(rows.count > 25)
        for cells in rows {
            try #require(cells.count == 2, "\(cells)")
            let names = Self.names(cells[1])
            #expect(!names.isEmpty || cells[1].contains("not enforced yet"), "\(cells)")
            for name in names { #expect(Self.has(sources, name), "no test is called '\(name)'") }
        }
    }

    @Test("every attack of docs/attacks.md has a test that exists: H1 to H20, W1 to W10, P1 to P5, L1 to L8")
    func attacks() throws {
        let sources = try Self.sources()
        let rows = try Self.rows("attacks.md", head: "attack |")
        for cells in rows {
            try #require(cells.count == 3, "\(cells)")
            let names = Self.names(cells[2])
            #expect(!names.isEmpty, "\(cells)")
            for name in names { #expect(Self.has(sources, name), "no test is called '\(name)'") }
        }
        let listed = Set(rows.flatMap { $0[0].split(whereSeparator: { " ,".contains($0) }).map(String.init) })
        let wanted =
            (1...20).map { "H\($0)" } + (1...10).map { "W\($0)" } + (1...5).map { "P\($0)" } + (1...8).map { "L\($0)" }
        for attack in wanted { #expect(listed.contains(attack), "\(attack) is not in the table") }
    }

    @Test("the memory witness finds the group's counter on cgroup v1, v2 and hybrid, and inside a container")
    func witness() {
        let hybrid = MemoryWitness.candidates(
            groups: "4:memory:/a/b\n0::/c\n",
            mounts: """
                32 31 0:29 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
                33 31 0:30 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
                34 31 0:31 / /sys/fs/cgroup/unified rw,relatime shared:5 - cgroup2 cgroup2 rw,nsdelegate
                """)
        #expect(
            hybrid == [
                "/sys/fs/cgroup/memory/a/b/memory.oom_control", "/sys/fs/cgroup/memory/memory.oom_control",
                "/sys/fs/cgroup/unified/c/memory.events", "/sys/fs/cgroup/unified/memory.events",
            ])
        // cgroup v1 alone (Debian 9 with systemd), controllers mounted together.
        let first = MemoryWitness.candidates(
            groups: """
                11:cpu,cpuacct:/system.slice/node.service
                9:memory:/system.slice/node.service
                1:name=systemd:/system.slice/node.service
                """,
            mounts: """
                25 21 0:22 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:8 - tmpfs tmpfs ro,mode=755
                31 25 0:27 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:14 - cgroup cgroup rw,memory
                36 25 0:32 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:19 - cgroup cgroup rw,cpu,cpuacct
                """)
        #expect(
            first == [
                "/sys/fs/cgroup/memory/system.slice/node.service/memory.oom_control", "/sys/fs/cgroup/memory/memory.oom_control",
            ])
        // cgroup v2 alone (Debian 12 with systemd).
        let second = MemoryWitness.candidates(
            groups: "0::/user.slice/user-1000.slice/session-3.scope\n",
            mounts:
                "30 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot"
        )
        #expect(
            second == [
                "/sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope/memory.events", "/sys/fs/cgroup/memory.events",
            ])
        // Inside a container on v2: its own group is the root of what it sees. On v1 the name is the host's, and not there.
        #expect(
            MemoryWitness.candidates(
                groups: "0::/\n", mounts: "612 600 0:26 /../.. /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate")
                == ["/sys/fs/cgroup//memory.events", "/sys/fs/cgroup/memory.events"])
        #expect(
            MemoryWitness.candidates(
                groups: "5:memory:/docker/0123abcd\n",
                mounts: "880 870 0:33 /docker/0123abcd /sys/fs/cgroup/memory ro,nosuid master:11 - cgroup cgroup rw,memory"
            ).last
                == "/sys/fs/cgroup/memory/memory.oom_control")
        // No control groups, or lines that are none.
        #expect(MemoryWitness.candidates(groups: "", mounts: "").isEmpty)
        #expect(MemoryWitness.candidates(groups: "0::/a", mounts: "12 - cgroup2\n- - -\n\n").isEmpty)
        #expect(!MemoryWitness(candidates: ["/nonexistent"]).claimKill())
    }

    @Test("the counter is the number on the line of that name alone")
    func counter() {
        func count(_ text: String) -> UInt64? { MemoryWitness.count(in: ArraySlice(text.utf8)) }
        #expect(count("low 0\noom 9\noom_kill 12\noom_group_kill 7\n") == 12)
        #expect(count("oom_kill_disable 0\nunder_oom 0\noom_kill 0") == 0)
        #expect(count("oom_kill 18446744073709551615\n") == .max)
        for text in [
            "", "\n", "oom_kill", "oom_kill \n", "oom_kill x\n", "oom_kill 18446744073709551616\n", " oom_kill 1\n",
            "a oom_kill 1",
        ] {
            #expect(count(text) == nil, "\(text)")
        }
    }

    @Test("the memory witness claims each kill of the counter once")
    func claims() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/memory.events"
        func write(_ count: Int) throws {
            try "low 0\noom 9\noom_kill \(count)\noom_group_kill 0\n".write(toFile: path, atomically: false, encoding: .utf8)
        }
        try write(3)
        let witness = MemoryWitness(candidates: [folder.path + "/absent", path])
        #expect(!witness.claimKill())
        try write(5)
        #expect(witness.claimKill())
        #expect(witness.claimKill())
        #expect(!witness.claimKill())
    }
}
