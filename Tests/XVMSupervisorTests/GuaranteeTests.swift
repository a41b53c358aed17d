// SPDX-License-Identifier: Apache-2.0
// docs/guarantees.md names tests; they exist.

import Foundation
import TestSupport
import Testing

@testable import XVMSupervisor

@Suite struct GuaranteeTests {
    @Test("every promise of docs/guarantees.md names tests that exist, or says that it is not enforced yet")
    func names() throws {
        let tests = packageRoot + "/Tests"
        var sources = ""
        for path in try FileManager.default.subpathsOfDirectory(atPath: tests) where path.hasSuffix(".swift") {
            sources += try String(contentsOfFile: tests + "/" + path, encoding: .utf8)
        }
        let rows = try String(contentsOfFile: packageRoot + "/docs/guarantees.md", encoding: .utf8).split(separator: "\n").filter
        {
            $0.hasPrefix("| ") && !$0.hasPrefix("| promise")
        }
        #expect(rows.count > 25)
        for row in rows {
            let cells = row.split(separator: "|")
            try #require(cells.count == 2, "\(row)")
            // Every other piece between backticks is a name.
            let pieces = cells[1].split(separator: "`", omittingEmptySubsequences: false)
            let names = pieces.indices.filter { $0 % 2 == 1 }.map { pieces[$0] }
            #expect(!names.isEmpty || cells[1].contains("not enforced yet"), "\(row)")
            for name in names { #expect(sources.contains("\"\(name)\""), "no test is called '\(name)'") }
        }
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
