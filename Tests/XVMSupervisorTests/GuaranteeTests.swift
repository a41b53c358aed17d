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
        #expect(MemoryWitness.candidates(groups: "", mounts: "").isEmpty)
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
