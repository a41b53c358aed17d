// SPDX-License-Identifier: Apache-2.0
// xvm policy: tables, verification, answers.

import Foundation
import TestSupport
import Testing
import XVMCore

@Suite struct PolicyCommandTests {
    private let xvm: String

    init() throws { xvm = try #require(productPath("xvm"), "xvm does not lie beside the test bundle") }

    private func run(_ arguments: String...) throws -> ProgramResult { try runProgram(xvm, ["policy"] + arguments) }

    private func json(_ result: ProgramResult) throws -> JSONObject {
        try JSONValue(parsing: result.output, limits: JSONLimits(sizeMax: 1 << 20, depthMax: 8)).object(at: "$")
    }

    @Test("show prints every rule with the workers' addresses, and what everything else gets")
    func show() throws {
        let table = try run("show", "run").text
        #expect(table.contains("a0 == ${ring.wait}=0x100000000080 and a1 == 0 and a3 == 0"))
        #expect(table.contains("everything else"))
        let object = try json(run("show", "--json"))
        guard case .array(let policies)? = object["policies"] else {
            Issue.record("no policies")
            return
        }
        #expect(policies.count == 3)
    }

    @Test("check proves the shipped policies, alone and together, and names what is wrong with another")
    func check() throws {
        let good = try run("check")
        #expect(good.status == 0)
        #expect(good.text.hasSuffix("Passes: 4, failures: 0\n"))
        let folder = try TemporaryFolder()
        let path = folder.path + "/run.json"
        let text = String(decoding: try packageFile("policies/run.json"), as: UTF8.self)
        try text.replacingOccurrences(of: "\"exit_group\"", with: "\"exit_group\", \"openat\"").write(
            toFile: path, atomically: false, encoding: .utf8)
        let bad = try run("check", path, "--json")
        #expect(bad.status == 2)
        #expect(try json(bad)["failures"] == 1)
        #expect(bad.text.contains("openat"))
    }

    @Test(
        "test says what a call gets: by name, number, symbol and architecture",
        arguments: [
            (["run", "futex", "ring.wake", "1", "1"], "SCMP_ACT_ALLOW"),
            (["run", "futex", "ring.wake", "1", "2"], "SCMP_ACT_NOTIFY"),
            (["run", "202", "${ring.wait}"], "SCMP_ACT_ALLOW"), (["run", "exit_group"], "SCMP_ACT_ALLOW"),
            (["run", "mprotect", "arena.base", "65536", "3"], "SCMP_ACT_ALLOW"),
            (["run", "mprotect", "arena.base", "65536", "7"], "SCMP_ACT_NOTIFY"), (["run", "openat"], "SCMP_ACT_NOTIFY"),
            (["load", "openat"], "SCMP_ACT_ALLOW"), (["load", "socket"], "SCMP_ACT_TRACE(1)"),
            (["run", "exit_group", "--arch", "i386"], "SCMP_ACT_KILL_PROCESS"),
            (["run", "exit_group", "--arch", "x32"], "SCMP_ACT_KILL_PROCESS"), (["run", "0xffffffff"], "SCMP_ACT_NOTIFY"),
            (["compile", "openat"], "SCMP_ACT_ALLOW"), (["compile", "clone", "0x11"], "SCMP_ACT_ALLOW"),
            (["compile", "clone", "0x10000011"], "SCMP_ACT_ERRNO(38)"), (["compile", "connect"], "SCMP_ACT_KILL_PROCESS"),
        ] as [([String], String)])
    func test(arguments: [String], action: String) throws {
        let result = try runProgram(xvm, ["policy", "test"] + arguments)
        #expect(result.status == 0)
        #expect(result.text == action + "\n")
    }

    @Test("what is no call, no argument or no policy is refused with status 2")
    func wrong() throws {
        #expect(try run("test", "run", "nosuchcall").status == 2)
        #expect(try run("test", "run", "openat", "12x").status == 2)
        #expect(try run("test", "run", "openat", "1", "2", "3", "4", "5", "6", "7").status == 2)
        #expect(try run("test", "/nonexistent.json", "openat").status == 2)
        #expect(try run("show", "/etc/hostname").status == 2)
    }
}
