// SPDX-License-Identifier: Apache-2.0
// The command as a script sees it: exit statuses, one JSON object on standard output, one line of complaint.

import Foundation
import TestSupport
import Testing
import XVMCore

@Suite struct CommandTests {
    private let cache: TemporaryFolder
    private let xvm: String

    init() throws {
        cache = try TemporaryFolder()
        xvm = try #require(productPath("xvm"), "xvm does not lie beside the test bundle")
    }

    private func run(_ arguments: String..., environment: [String: String?] = [:]) throws -> ProgramResult {
        var environment = environment
        if environment["XVM_CACHE"] == nil { environment["XVM_CACHE"] = cache.path + "/cache" }
        return try runProgram(xvm, arguments, environment: environment)
    }

    private func json(_ result: ProgramResult) throws -> JSONObject {
        #expect(result.text.hasSuffix("\n"))
        #expect(result.text.filter { $0 == "\n" }.count == 1, "one object, nothing else: \(result.text)")
        return try JSONValue(parsing: result.output, limits: JSONLimits(sizeMax: 1 << 22, depthMax: 8)).object(at: "$")
    }

    private func file(_ path: String) -> String { packageRoot + "/" + path }
    private var counter: String { file("Examples/contracts/counter-c/counter.wasm") }
    private var traps: String { file("Tests/Modules/traps.wasm") }

    @Test("three increases against a state folder print 1, 2, 3; a dry run and a failure commit nothing")
    func counterState() throws {
        let state = cache.path + "/state"
        for value in 1...3 {
            let result = try run("run", counter, "increase", "--state", state)
            #expect(result.status == 0)
            #expect(result.text == "\(value)\n")
            #expect(result.complaint.contains("1 reads, 1 writes"))
        }
        #expect(try run("run", counter, "increase", "--state", state, "--dry-run").text == "4\n")
        #expect(try run("run", counter, "increase", "--state", state, "--gas", "10").status == 1)
        let get = try json(try run("run", counter, "get", "--state", state, "--json"))
        #expect(get["status"] == "returned")
        #expect(get["code"] == 200)
        #expect(get["bodyText"] == "3")
        #expect(get["body"] == "Mw==")
        #expect(get["schedule"] == "xuper")
        #expect(get["writes"] == .array([]))
    }

    @Test("call prints typed results, and the same gas on every run")
    func call() throws {
        var gas: Set<String> = []
        for _ in 0..<3 {
            let object = try json(try run("call", file("Tests/Modules/fib.wasm"), "fib", "20", "--json"))
            #expect(object["results"] == .array(["i32:6765"]))
            gas.insert("\(try #require(object["gasUsed"]))")
        }
        #expect(gas.count == 1)
        #expect(try run("call", traps, "divide", "-7", "2").text == "i32:-3\n")
        #expect(try run("call", traps, "pair", "i64:-9223372036854775808", "0.1").text == "f32:0.1\ni64:-9223372036854775808\n")
    }

    @Test("a trap and out of gas exit with 1 and say which")
    func failures() throws {
        let trapped = try run("call", traps, "divide", "1", "0", "--json")
        #expect(trapped.status == 1)
        let object = try json(trapped)
        #expect(object["status"] == "trapped")
        #expect(object["trap"] == "integerDivideByZero")
        #expect(object["gasUsed"] == 4_294_967_295)
        let empty = try run("call", traps, "size", "--gas", "0", "--json")
        #expect(empty.status == 1)
        #expect(try json(empty)["status"] == "outOfGas")
    }

    @Test("what the system could not do exits with 3 and names its class and kind")
    func system() throws {
        let deadline = try run("call", traps, "spin", "--gas", "4611686018427387903", "--deadline", "100ms", "--json")
        #expect(deadline.status == 3)
        let error = try #require(try json(deadline)["error"]).object(at: "error")
        #expect(error["class"] == "worker")
        #expect(error["kind"] == "deadline")
        #expect(error["retryable"] == true)

        let object = cache.path + "/openat.so"
        try Data(hostileObject("openat")).write(to: URL(filePath: object))
        let violation = try run("run", object, "attack", "--json")
        #expect(violation.status == 3)
        let attack = try #require(try json(violation)["error"]).object(at: "error")
        #expect(attack["kind"] == "violation")
        #expect(attack["syscall"] == "openat")
        #expect(attack["blame"] == "contract")

        let compiler = try run("call", traps, "size", "--cc", "/nonexistent/cc")
        #expect(compiler.status == 3)
        #expect(compiler.complaint.contains("/nonexistent/cc"))
    }

    @Test("wrong usage and wrong input exit with 2, in one line, before anything runs")
    func usage() throws {
        let cases: [([String], String)] = [
            (["run", "/nonexistent.wasm", "get"], "/nonexistent.wasm"),
            (["run", file("Package.swift"), "get"], "magic"),
            (["run", counter, "nope"], "nope"),
            (["run", traps, "divide"], "() -> ()"),
            (["call", traps, "divide", "1"], "2 arguments"),
            (["run", counter, "get", "--gas", "-1"], "--gas"),
            (["run", counter, "get", "--memory", "70000"], "65536"),
            (["run", counter, "get", "--deadline", "soon"], "deadline"),
            (["run", counter, "get", "--floor", "cellar"], "cellar"),
            (["run", counter, "get", "--schedule", "nope"], "nope"),
            (["run", counter, "get", "-a", "novalue"], "novalue"),
            (["run", counter, "get", "--state", file("docs")], "not a state folder"),
            (["run", counter, "get", "--amount", "lots"], "lots"),
            (["frobnicate"], "frobnicate"),
        ]
        for (arguments, what) in cases {
            let result = try runProgram(xvm, arguments, environment: ["XVM_CACHE": cache.path + "/cache"])
            #expect(result.status == 2, "\(arguments)")
            #expect(result.output.isEmpty, "\(arguments)")
            #expect(result.complaint.contains(what), "\(arguments): \(result.complaint)")
        }
    }

    @Test("a state folder in use is named with its owner, exit 3, and is usable again afterwards")
    func stateInUse() throws {
        let state = cache.path + "/state"
        #expect(try run("run", counter, "increase", "--state", state).status == 0)
        let holder = Process()
        holder.executableURL = URL(filePath: xvm)
        holder.arguments = [
            "run", file("Tests/Hostile/loop.wasm"), "attack", "--state", state, "--gas", "4611686018427387903", "--deadline",
            "2m",
        ]
        holder.environment = ProcessInfo.processInfo.environment.merging(["XVM_CACHE": cache.path + "/cache"]) { $1 }
        holder.standardError = FileHandle.nullDevice
        try holder.run()
        // The owner's number stands in the lock file as soon as it is held; asking with another `run` could take the lock first.
        func owner() -> String? { try? String(contentsOfFile: state + "/xvm-state.lock", encoding: .utf8) }
        while owner()?.contains("\(holder.processIdentifier)") != true && holder.isRunning { sched_yield() }
        let result = try run("run", counter, "get", "--state", state)
        #expect(result.status == 3)
        #expect(result.complaint.contains("process \(holder.processIdentifier)"))
        kill(holder.processIdentifier, SIGKILL)
        holder.waitUntilExit()
        #expect(try run("run", counter, "get", "--state", state).text == "1\n")
    }

    @Test("build writes an object that run and call take; --emit c writes the text without a name of the module")
    func build() throws {
        let object = cache.path + "/traps.so"
        #expect(try run("build", traps, "-o", object).status == 0)
        #expect(try run("call", object, "divide", "9", "2").text == "i32:4\n")
        let text = cache.path + "/traps.c"
        #expect(try run("build", traps, "-o", text, "--emit", "c").status == 0)
        let c = String(decoding: try Data(contentsOf: URL(filePath: text)), as: UTF8.self)
        #expect(c.contains("xvm_module"))
        #expect(!c.contains("dead_load") && !c.contains("mismatch"))
    }

    @Test("check counts passes and failures, inspect lists what a module holds")
    func inspection() throws {
        let check = try run("check", counter, traps, file("Package.swift"))
        #expect(check.status == 2)
        #expect(check.text.hasSuffix("Passes: 2, failures: 1\n"))
        #expect(try run("check", counter).status == 0)
        let facts = try json(try run("inspect", counter, "--json"))
        #expect(facts["size"] == 1223)
        guard case .array(let exports)? = facts["exports"] else {
            Issue.record("no exports")
            return
        }
        #expect(exports.contains("increase: function () -> ()"))
    }

    @Test("doctor names every layer, and JSON says the same")
    func doctor() throws {
        let result = try run("doctor", "--json", "--floor", "minimal")
        let object = try json(result)
        #expect(result.status == 0, "\(result.text)")
        #expect(object["holds"] == true)
        guard case .array(let layers)? = object["layers"] else {
            Issue.record("no layers")
            return
        }
        #expect(layers.count == 23)
        #expect(try run("doctor", "--floor", "minimal", "--cc", "/nonexistent/cc").status == 3)
    }

    @Test("help and version exit with 0")
    func help() throws {
        #expect(try run("--help").status == 0)
        #expect(try run("--version").text == "0.1.0\n")
        #expect(try run("run", "--help").text.contains("--dry-run"))
    }
}
