// SPDX-License-Identifier: Apache-2.0
// L5: features really taken away from the process under test, by an outer filter as a container has it. Each missing layer is
// named with its remedy, each floor says yes or no as it should, and what is left of the wall still stops an attack.

import Foundation
import TestSupport
import Testing
import XVMCore

@Suite struct FloorTests {
    struct Case: CustomTestStringConvertible {
        var name: String
        /// Tests/Floors/without.c
        var rules: [String]
        /// Layers that must be reported as missing, as root and otherwise.
        var missing: [String]
        var missingUnprivileged: [String]
        /// The highest floor that holds, "" if none does.
        var reached: String
        var reachedUnprivileged: String
        var testDescription: String { name }

        init(
            _ name: String, _ rules: [String], missing: [String], unprivileged: [String]? = nil, reached: String,
            reachedUnprivileged: String? = nil
        ) {
            self.name = name
            self.rules = rules
            self.missing = missing
            missingUnprivileged = unprivileged ?? missing
            self.reached = reached
            self.reachedUnprivileged = reachedUnprivileged ?? reached
        }
    }

    private static let namespaces = [
        "userNamespace", "mountNamespace", "netNamespace", "ipcNamespace", "utsNamespace", "cgroupNamespace", "emptyRoot",
    ]
    private static let privileged = ["notDumpable", "boundingSet", "securebits", "pidNamespace"]

    static let cases: [Case] = [
        Case("nothing", ["999=38"], missing: [], reached: "strict"),
        Case(
            "user namespaces", ["272=1:0:268435456"], missing: ["userNamespace"], unprivileged: namespaces + privileged,
            reached: "strict",
            reachedUnprivileged: "container"),
        Case(
            "all namespaces", ["272=1", "435=38", "56=1:0:536870912"], missing: namespaces + ["pidNamespace"],
            unprivileged: namespaces + privileged, reached: "container"),
        // As root the zygote tries a user namespace in a child first and takes one only if it may also mount there.
        Case("mounts", ["165=13"], missing: ["userNamespace", "emptyRoot"], unprivileged: ["emptyRoot"], reached: "container"),
        Case("pivot_root", ["155=22"], missing: ["emptyRoot"], reached: "container"),
        Case(
            "execution of itself", ["322=13"], missing: [], unprivileged: ["notDumpable"], reached: "strict",
            reachedUnprivileged: "container"),
        Case("landlock", ["444=38"], missing: ["landlock"], reached: "strict"),
        Case(
            "landlock and mounts", ["444=38", "165=1"], missing: ["userNamespace", "landlock", "emptyRoot"],
            unprivileged: ["landlock", "emptyRoot"], reached: "minimal"),
        Case("clone3", ["435=38"], missing: [], reached: "strict"),
        Case("pid namespaces", ["435=38", "56=1:0:536870912"], missing: ["pidNamespace"], reached: "container"),
        Case("mseal", ["462=38"], missing: ["mseal"], reached: "strict"),
        Case("close_range", ["436=38"], missing: [], reached: "strict"),
        Case("MDWE", ["157=22:0:65"], missing: ["mdwe"], reached: "strict"),
        Case("the seccomp listener", ["317=22:1:8"], missing: ["violationListener"], reached: "strict"),
        Case("pidfd_getfd", ["438=1"], missing: ["violationListener"], reached: "strict"),
    ]

    private let xvm: String
    private let without: String
    private let folder: TemporaryFolder
    private static var isRoot: Bool { geteuid() == 0 }

    init() throws {
        xvm = try #require(productPath("xvm"), "xvm does not lie beside the test bundle")
        folder = try Self.tools.get()
        without = folder.path + "/without"
    }

    /// One cache for all cases: what is taken away shall not hit the compiler as well.
    private static let cache = Result { try TemporaryFolder() }
    /// What is built once: the helper, the object of the attack, and, in full freedom, the module that doctor tries.
    private static let tools = Result {
        let folder = try TemporaryFolder()
        let without = folder.path + "/without"
        let build = try runProgram(
            "/usr/bin/env",
            [
                "cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", without,
                packageRoot + "/Tests/Floors/without.c",
            ])
        try #require(build.status == 0, "\(build.complaint)")
        try Data(hostileObject("getpid")).write(to: URL(filePath: folder.path + "/getpid.so"))
        let xvm = try #require(productPath("xvm"), "xvm does not lie beside the test bundle")
        _ = try runProgram(xvm, ["doctor"], environment: ["XVM_CACHE": cache.get().path + "/cache"])
        return folder
    }

    private func run(_ floor: Case, _ arguments: [String]) throws -> ProgramResult {
        let cache = try Self.cache.get().path + "/cache"
        return try runProgram(without, floor.rules + ["--", xvm] + arguments, environment: ["XVM_CACHE": cache])
    }

    @Test("L5: doctor names each missing layer with its remedy, and the floors that are left", arguments: cases)
    func doctor(floor: Case) throws {
        let reached = Self.isRoot ? floor.reached : floor.reachedUnprivileged
        let wanted = Set(Self.isRoot ? floor.missing : floor.missingUnprivileged)
        // The lowest floor that must not hold, or the highest one where all do.
        let ranks = ["", "minimal", "container", "strict"]
        let asked = ranks[min(ranks.firstIndex(of: reached)! + 1, 3)]
        let holds = reached == "strict"
        let result = try run(floor, ["doctor", "--json", "--floor", asked])
        let object = try JSONValue(parsing: result.output, limits: JSONLimits(sizeMax: 1 << 20, depthMax: 8)).object(at: "$")
        #expect(result.status == (holds ? 0 : 3), "\(result.text)")
        #expect(object["holds"] == .bool(holds))
        if !reached.isEmpty { #expect(object["reached"] == .string(reached)) }
        guard case .array(let layers)? = object["layers"] else {
            Issue.record("no layers: \(result.text)")
            return
        }
        var missing: Set<String> = []
        for layer in layers {
            let layer = try layer.object(at: "$")
            guard layer["holds"] == false, case .string(let name)? = layer["name"] else { continue }
            missing.insert(name)
            guard case .string(let remedy)? = layer["remedy"] else {
                Issue.record("\(name) has no remedy")
                continue
            }
            #expect(!remedy.isEmpty, "\(name)")
        }
        #expect(missing == wanted, "missing: \(missing.sorted())")
    }

    @Test("L5: below the floor nothing runs; at it, an attack is stopped and named", arguments: cases)
    func attack(floor: Case) throws {
        let object = folder.path + "/getpid.so"
        let reached = Self.isRoot ? floor.reached : floor.reachedUnprivileged
        if reached != "strict" {
            let refused = try run(floor, ["run", object, "attack", "--json", "--floor", "strict"])
            #expect(refused.status == 3)
            #expect(refused.text.contains("\"kind\":\"belowFloor\""), "\(refused.text)")
        }
        let stopped = try run(floor, ["run", object, "attack", "--json", "--floor", reached, "--foreign-code-floor", "minimal"])
        #expect(stopped.status == 3)
        #expect(
            stopped.text.contains("\"kind\":\"violation\"") && stopped.text.contains("\"syscall\":\"getpid\""), "\(stopped.text)")
        let isForgeable = floor.missing.contains("violationListener")
        #expect(stopped.text.contains("\"syscallForgeable\":true") == isForgeable, "\(stopped.text)")
    }

    @Test(
        "H14: without a listener a violation stays one, whatever the worker wrote about it, and says that its number can be forged"
    )
    func forged() throws {
        let floor = try #require(Self.cases.first { $0.name == "the seccomp listener" })
        for name in ["forged_record", "trapped_twice"] {
            let object = folder.path + "/\(name).so"
            try Data(hostileObject(name)).write(to: URL(filePath: object))
            let stopped = try run(floor, ["run", object, "attack", "--json"])
            #expect(stopped.status == 3)
            #expect(
                stopped.text.contains("\"kind\":\"violation\"") && stopped.text.contains("\"syscallForgeable\":true"),
                "\(stopped.text)")
            #expect(stopped.text.contains(name == "forged_record" ? "\"syscall\":\"read\"" : "\"syscall\":\"getuid\""))
        }
    }
}
