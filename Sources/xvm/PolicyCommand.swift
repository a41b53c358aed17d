// SPDX-License-Identifier: Apache-2.0
// xvm policy: what a seccomp policy says, whether it is accepted and proven, and what a given system call gets.

import ArgumentParser
import XVMCore
import XVMExecutor
import XVMPolicy
import XVMSupervisor
import XVMWorkerImage

struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Print system call policies as a table, verify them, ask what a call gets.",
        subcommands: [PolicyShow.self, PolicyCheck.self, PolicyTest.self])

    /// `load` and `run` are the policies that workers get, `compile` that of tools; anything else is a file.
    static func path(_ name: String) throws -> String {
        guard PolicyStage.allCases.contains(where: { $0.rawValue == name }) else { return name }
        do { return try WorkerImage.find().policyFolder + "/" + name + ".json" } catch {
            Terminal.complain("\(error)")
            throw ExitStatus.system
        }
    }

    static func read(_ name: String) throws -> Policy {
        do { return try Policy(readingFile: path(name)) } catch let error as PolicyError {
            Terminal.complain(error.description)
            throw ExitStatus.usage
        }
    }
}

struct PolicyShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print policies as tables, made from what was parsed, with the addresses of workers.")

    @Argument(help: "load, run, compile, or a file.") var policies = ["load", "run", "compile"]
    @Flag(help: "Print one JSON object on standard output.") var json = false

    func run() throws {
        var entries: [JSONValue] = []
        for (index, name) in policies.enumerated() {
            let policy = try PolicyCommand.read(name)
            if json {
                entries.append(Self.json(policy))
                continue
            }
            if index > 0 { print("") }
            print("\(Terminal.printable(policy.file)): stage \(policy.stage.rawValue)")
            for line in PolicyExplanation(policy, addresses: .ofWorkers).lines { print(line) }
        }
        if json {
            var object = JSONObject()
            object.append("policies", .array(entries))
            print(JSONValue.object(object).description)
        }
    }

    private static func json(_ policy: Policy) -> JSONValue {
        var object = JSONObject()
        object.append("file", .string(policy.file))
        object.append("stage", .string(policy.stage.rawValue))
        object.append("defaultAction", .string(policy.defaultAction.description))
        var rules: [JSONValue] = []
        for rule in policy.rules {
            for (name, number) in zip(rule.names, rule.numbers) {
                var entry = JSONObject()
                entry.append("call", .string(name))
                entry.append("number", JSONValue(number))
                entry.append("action", .string(rule.action.description))
                entry.append(
                    "when",
                    .array(
                        rule.conditions.map { condition in
                            var test = JSONObject()
                            test.append("index", JSONValue(condition.index))
                            switch condition.test {
                            case .equal(let operand): test.append("equals", Self.json(operand))
                            case .maskedEqual(let mask, let bits):
                                test.append("mask", Self.json(mask))
                                test.append("equals", Self.json(bits))
                            }
                            return .object(test)
                        }))
                rules.append(.object(entry))
            }
        }
        object.append("rules", .array(rules))
        return .object(object)
    }

    private static func json(_ operand: PolicyOperand) -> JSONValue {
        .string("0x" + String(operand.value(.ofWorkers), radix: 16))
    }
}

struct PolicyCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "Parse, check, compile and prove policies. A load and a run policy given together are also compared with each other.")

    @Argument(help: "load, run, compile, or a file.") var policies = ["load", "run", "compile"]
    @Flag(help: "Print one JSON object on standard output.") var json = false

    func run() throws {
        var accepted: [Policy] = []
        var results: [JSONValue] = []
        var failures = 0
        func report(_ name: String, _ facts: (inout JSONObject) throws -> String) throws {
            var object = JSONObject()
            object.append("policy", .string(name))
            do {
                let text = try facts(&object)
                object.append("passes", true)
                if !json { print("\(Terminal.printable(name)): pass (\(text))") }
            } catch let error as PolicyError {
                failures += 1
                object.append("passes", false)
                object.append("reason", .string(error.description))
                if !json { print("\(Terminal.printable(name)): FAIL \(Terminal.printable(error.description))") }
            }
            results.append(.object(object))
        }
        for name in policies {
            let path = try PolicyCommand.path(name)
            try report(name) { object in
                let policy = try Policy(readingFile: path)
                let filter = try PolicyCompiler.compile(policy, addresses: .ofWorkers)
                accepted.append(policy)
                object.append("stage", .string(policy.stage.rawValue))
                object.append("instructions", JSONValue(filter.instructions.count))
                object.append("probes", JSONValue(filter.probeCount))
                if let count = filter.pathCount { object.append("paths", JSONValue(count)) }
                return
                    "stage \(policy.stage.rawValue), \(filter.instructions.count) instructions, proven on \(filter.probeCount) calls"
                    + (filter.pathCount.map { " and on all \($0) paths" } ?? ", too many paths to walk")
            }
        }
        let loads = accepted.filter { $0.stage == .load }
        let runs = accepted.filter { $0.stage == .run }
        if let load = loads.first, let run = runs.first, loads.count == 1, runs.count == 1 {
            try report("both") { _ in
                _ = try FilterPair(load: load, run: run, addresses: .ofWorkers)
                return "load permits all that run permits"
            }
        }
        if json {
            var object = JSONObject()
            object.append("results", .array(results))
            object.append("passes", JSONValue(results.count - failures))
            object.append("failures", JSONValue(failures))
            print(JSONValue.object(object).description)
        } else {
            print("Passes: \(results.count - failures), failures: \(failures)")
        }
        if failures > 0 { throw ExitStatus.usage }
    }
}

struct PolicyTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Say what a system call with given arguments gets.",
        discussion: """
            CALL is a name or a number. Arguments are numbers, 0x… or one of ring.wait, ring.wake, arena.base, arena.mask; those \
            that are left out are 0.
            """)

    @Argument(help: "load, run, compile, or a file.") var policy: String
    @Argument(help: "Name or number of the system call.") var call: String
    @Argument(help: "Up to six arguments.") var arguments: [String] = []
    @Option(help: "x86_64, i386 or x32.") var arch = Architecture.x86_64
    @Flag(help: "Print one JSON object on standard output.") var json = false

    enum Architecture: String, ExpressibleByArgument, CaseIterable { case x86_64, i386, x32 }

    func validate() throws {
        if arguments.count > 6 { throw ValidationError("a system call has 6 arguments at most, not \(arguments.count)") }
        _ = try number()
        _ = try arguments.map(Self.operand)
    }

    private func number() throws -> UInt32 {
        if let number = SyscallTable.number(of: call) { return number }
        if let number = Self.integer(call), let number = UInt32(exactly: number) { return number }
        if let number = Int32(call) { return UInt32(bitPattern: number) }
        throw ValidationError("'\(call)' is neither a system call's name nor a number of 32 bits")
    }

    private static func integer(_ text: String) -> UInt64? {
        text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    }

    private static func operand(_ text: String) throws -> UInt64 {
        if let number = integer(text) { return number }
        if let number = Int64(text) { return UInt64(bitPattern: number) }
        let symbol = text.hasPrefix("${") ? text : "${\(text)}"
        if let symbol = PolicySymbol(rawValue: symbol) { return SymbolicAddresses.ofWorkers.value(of: symbol) }
        throw ValidationError(
            "argument '\(text)' is neither a number of 64 bits nor one of ring.wait, ring.wake, arena.base, arena.mask")
    }

    func run() throws {
        let policy = try PolicyCommand.read(self.policy)
        let plain = try number()
        let kernelCall = KernelCall(
            number: arch == .x32 ? plain | KernelCall.x32Bit : plain,
            architecture: arch == .i386 ? AuditArchitecture.i386 : AuditArchitecture.x86_64,
            arguments: try arguments.map(Self.operand))
        let action = policy.action(for: kernelCall, addresses: .ofWorkers)
        // What the kernel would be given must say the same.
        let filter: Filter
        do { filter = try PolicyCompiler.compile(policy, addresses: .ofWorkers) } catch {
            Terminal.complain(error.description)
            throw ExitStatus.usage
        }
        let passesKernel = arch == .x86_64 && SyscallTable.passedByKernel.contains(plain)
        if json {
            var object = JSONObject()
            object.append("stage", .string(policy.stage.rawValue))
            object.append("call", .string(arch == .i386 ? "i386 \(plain)" : syscallName(plain)))
            object.append("number", JSONValue(kernelCall.number))
            object.append("arch", .string(arch.rawValue))
            object.append("arguments", .array(kernelCall.arguments.map { .string("0x" + String($0, radix: 16)) }))
            object.append("action", .string(action.description))
            object.append("executed", .bool(action.permits))
            object.append("instructions", JSONValue(filter.instructions.count))
            if passesKernel { object.append("note", "kernels since about 6.14 ask no filter for this call") }
            print(JSONValue.object(object).description)
            return
        }
        print(action.description)
        if passesKernel {
            Terminal.say("kernels since about 6.14 ask no filter for \(syscallName(plain)); from here it does nothing")
        }
    }
}
