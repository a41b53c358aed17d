// SPDX-License-Identifier: Apache-2.0
// Compiled filters: the shipped ones, random ones, wrong ones, and the evaluator that judges them.

import Foundation
import Testing

@testable import XVMPolicy

@Suite struct FilterTests {
    @Test("the shipped policies compile, agree with their text, and reach every instruction")
    func shippedPair() throws {
        let pair = try FilterPair(load: shipped(.load), run: shipped(.run), addresses: testAddresses)
        #expect(pair.load.stage == .load && pair.run.stage == .run)
        // Thresholds on size: a filter runs before every system call.
        #expect(pair.load.instructions.count <= 41 && pair.run.instructions.count <= 69)
        #expect(pair.load.probeCount > 30_000 && pair.run.probeCount > 30_000)
        // Not only for the probes: for every call.
        #expect(pair.load.pathCount != nil && pair.run.pathCount != nil)
        #expect(pair.run.bytes.count == pair.run.instructions.count * 8)
        #expect(try BPFProgram(bytes: pair.run.bytes).instructions == pair.run.instructions)
    }

    @Test("the run stage permits exactly its calls: wait, wake, exit, and growing, shrinking and dropping inside the arena")
    func runStage() throws {
        let policy = try shipped(.run)
        let program = try BPFProgram(bytes: PolicyCompiler.compile(policy, addresses: testAddresses).bytes)
        let wait = testAddresses.ringWait
        let wake = testAddresses.ringWake
        let base = testAddresses.arenaBase
        let permitted: [(UInt32, [UInt64])] = [
            (231, [77]), (202, [wait, 0, 5, 0, 9, 9]), (202, [wake, 1, 1, 9, 9, 9]), (10, [base, 65536, 3]),
            (10, [base + 0xffff_f000, 0xffff_ffff, 3]), (10, [base + 65536, 65536, 0]), (28, [base, 0x1_0000, 4]),
        ]
        let denied: [(UInt32, [UInt64])] = [
            (202, [wait + 4, 0, 5, 0]), (202, [wait, 128, 5, 0]), (202, [wait, 1 << 32, 5, 0]), (202, [wait, 0, 5, 1 << 40]),
            (202, [wait, 1, 1]), (202, [wake, 0, 0, 0]), (202, [wake, 1, 2]), (202, [wake, 1, 1 << 32 | 1]), (202, [wake, 3, 1]),
            (10, [base - 4096, 4096, 3]), (10, [base + 1 << 32, 4096, 3]), (10, [base, 1 << 32, 3]), (10, [base, 4096, 1]),
            (10, [base, 4096, 5]), (10, [base, 4096, 7]), (10, [base, 4096, 1 << 32 | 3]), (28, [base, 4096, 8]),
            (28, [base, 4096, 14]), (60, [0]), (9, []), (257, []), (15, []), (11, []), (UInt32.max, []), (1023, []),
        ]
        for (number, arguments) in permitted {
            #expect(program.evaluate(KernelCall(number: number, arguments: arguments)) == 0x7fff_0000, "\(number) \(arguments)")
        }
        for (number, arguments) in denied {
            #expect(program.evaluate(KernelCall(number: number, arguments: arguments)) == 0x7fc0_0000, "\(number) \(arguments)")
        }
        // The same calls with the x32 bit or from another architecture kill.
        for (number, arguments) in permitted + denied where number != UInt32.max {
            #expect(program.evaluate(KernelCall(number: number | 0x4000_0000, arguments: arguments)) == 0x8000_0000)
            let foreign = KernelCall(number: number, architecture: AuditArchitecture.i386, arguments: arguments)
            #expect(program.evaluate(foreign) == 0x8000_0000)
        }
    }

    @Test("the load stage permits what loading and sealing need, and denies by TRACE")
    func loadStage() throws {
        let program = try BPFProgram(bytes: PolicyCompiler.compile(shipped(.load), addresses: testAddresses).bytes)
        let always: Set<UInt32> = [257, 0, 17, 262, 5, 9, 10, 11, 3, 12, 318, 28, 462, 202, 231]
        for number in UInt32(0)...1023 {
            let answer = program.evaluate(KernelCall(number: number, arguments: [2, 2, 2, 2, 2, 2]))
            #expect(answer == (always.contains(number) ? 0x7fff_0000 : 0x7ff0_0001), "\(syscallName(number))")
        }
        for (number, first) in [(UInt32(317), UInt64(1)), (157, 65), (157, 26), (157, 4)] {
            #expect(program.evaluate(KernelCall(number: number, arguments: [first])) == 0x7fff_0000)
            #expect(program.evaluate(KernelCall(number: number, arguments: [first | 1 << 32])) == 0x7ff0_0001)
        }
    }

    @Test("the compile stage denies with ENOSYS, ends what no tool calls, and pins what would reach beyond the tool")
    func compileStage() throws {
        let filter = try PolicyCompiler.compile(shipped(.compile), addresses: .none)
        #expect(filter.instructions.count <= 300 && filter.pathCount != nil)
        let program = try BPFProgram(bytes: filter.bytes)
        func answer(_ name: String, _ arguments: [UInt64] = []) throws -> UInt32 {
            program.evaluate(KernelCall(number: try #require(SyscallTable.number(of: name)), arguments: arguments))
        }
        let (allow, kill, unknown): (UInt32, UInt32, UInt32) = (0x7fff_0000, 0x8000_0000, 0x0005_0026)
        for name in ["openat", "execve", "mmap", "vfork", "exit_group", "futex"] { #expect(try answer(name) == allow, "\(name)") }
        for name in ["socket", "ptrace", "unshare", "mount", "bpf", "io_uring_setup", "setuid"] {
            #expect(try answer(name) == kill, "\(name)")
        }
        for name in ["clone3", "kill", "tgkill", "mkdir", "symlink", "setsid", "setpgid", "memfd_create", "openat2", "seccomp"] {
            #expect(try answer(name) == unknown, "\(name)")
        }
        #expect(try answer("chmod") == 0x0005_0000)
        #expect(try answer("clone", [0x11]) == allow && answer("clone", [0x3d_0f00]) == allow)
        for bit in [0x2000, 0x2_0000, 0x200_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000] as [UInt64] {
            #expect(try answer("clone", [bit | 0x11]) == unknown)
        }
        #expect(try answer("prlimit64", [0]) == allow && answer("prlimit64", [1]) == unknown)
        #expect(try answer("fcntl", [1, 2]) == allow && answer("fcntl", [1, 8]) == unknown)
        #expect(try answer("prctl", [15]) == allow && answer("prctl", [4]) == unknown)
        #expect(try answer("ioctl", [1, 0x5401]) == allow && answer("ioctl", [1, 0x5412]) == unknown)
    }

    @Test("no rule of the shipped policies can be left out without a call changing its answer", arguments: PolicyStage.allCases)
    func necessary(stage: PolicyStage) throws {
        let policy = try shipped(stage)
        for rule in try policy.flatRules(testAddresses) {
            let arguments = (0..<6).map { rule.test(of: $0).bits }
            let call = KernelCall(number: rule.number, arguments: arguments)
            let others = try policy.flatRules(testAddresses).filter { $0 != rule }
            #expect(policy.action(for: call, addresses: testAddresses) == rule.action)
            let matching = others.filter { other in
                other.number == call.number && other.conditions.allSatisfy { arguments[$0.index] & $0.mask == $0.bits }
            }
            #expect(matching.isEmpty, "\(rule.name)")
        }
    }

    @Test("random policies of EQ and MASKED_EQ compile to what they say", arguments: 0..<60)
    func random(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var compiled = 0
        while compiled < 2 {
            let policy = FilterTests.randomPolicy(&random)
            // Rules that cover or contradict each other come up often, and are refused before libseccomp sees them.
            guard let rules = try? policy.flatRules(testAddresses) else { continue }
            compiled += 1
            let program = try BPFProgram(bytes: PolicyCompiler.program(policy, addresses: testAddresses))
            var proof = FilterProof(program, policy, rules: rules, addresses: testAddresses)
            try proof.check()
            // Calls that no rule was asked for, beside the probes of the proof.
            let words = rules.flatMap { $0.conditions.map(\.bits) } + [0, 1, .max, 1 << 32]
            for _ in 0..<300 {
                let call = KernelCall(
                    number: rules.randomElement(using: &random)!.number,
                    arguments: (0..<6).map { _ in
                        words.randomElement(using: &random)! ^ (random.next() & random.next() & random.next())
                    })
                #expect(program.evaluate(call) == policy.action(for: call, addresses: testAddresses).returnValue, "seed \(seed)")
            }
        }
    }

    /// A few rules on few numbers with few distinct values, so that rules meet in the same instructions.
    private static func randomPolicy(_ random: inout SplitMix) -> Policy {
        let stage = PolicyStage.allCases.randomElement(using: &random)!
        let defaults: [PolicyAction] = [.trace(1), .notify, .errno(7), .trap]
        let actions: [PolicyAction] = [.allow, .allow, .allow, .log, .errno(13), .trace(9), .killProcess]
        let numbers = (0..<Int.random(in: 1...4, using: &random)).map { _ in UInt32.random(in: 0...471, using: &random) }
        let masks: [UInt64] = [0xff, 0xffff_ffff_0000_0000, 0xffff_ffff, 1 << 63, 0x0000_0001_8000_0000, random.next(), .max]
        let values: [UInt64] = [0, 1, 3, .max, 0x7fff_ffff, 0x1000_0000_0080, 1 << 32, random.next()]
        let rules = (0..<Int.random(in: 1...8, using: &random)).map { _ in
            let indices = (0..<6).shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random))
            let number = numbers.randomElement(using: &random)!
            let conditions = indices.map { index in
                let value = values.randomElement(using: &random)!
                if Bool.random(using: &random) { return PolicyCondition(index: index, test: .equal(.number(value))) }
                let mask = masks.randomElement(using: &random)!
                return PolicyCondition(index: index, test: .maskedEqual(mask: .number(mask), bits: .number(value & mask)))
            }
            return PolicyRule(
                names: [syscallName(number)], numbers: [number], action: actions.randomElement(using: &random)!,
                conditions: conditions)
        }
        return Policy(
            file: "random", stage: stage, defaultAction: defaults.randomElement(using: &random)!, rules: rules)
    }

    @Test(
        "change one instruction: probes and paths agree on whether the filter still does what the policy says",
        // The compile stage's filter is five times as long; its proof is the same code.
        arguments: [PolicyStage.load, .run])
    func mutations(stage: PolicyStage) throws {
        let policy = try shipped(stage)
        let rules = try policy.flatRules(testAddresses)
        let original = try PolicyCompiler.compile(policy, addresses: testAddresses).instructions
        var refused = 0
        for index in original.indices {
            for mutation in FilterTests.mutations(of: original[index]) {
                var instructions = original
                instructions[index] = mutation
                guard let program = try? BPFProgram(checking: instructions) else { continue }
                let byProbes = FilterTests.probesAgree(program, policy, rules)
                let paths = FilterPaths(program, defaultAction: policy.defaultAction, rules: rules).walk(pathCountMax: 10_000)
                var byPaths = false
                if case .equal = paths { byPaths = true }
                // A change may be without effect (a jump over a load of what is loaded already): then both must say so.
                #expect(byProbes == byPaths, "instruction \(index): \(original[index]) to \(mutation): \(paths)")
                if !byProbes { refused += 1 }
            }
        }
        #expect(refused > 2 * original.count)
    }

    /// Whether a call-by-call comparison finds no difference.
    private static func probesAgree(_ program: BPFProgram, _ policy: Policy, _ rules: [FlatRule]) -> Bool {
        var proof = FilterProof(program, policy, rules: rules, addresses: testAddresses)
        do {
            try proof.checkProbes()
            return true
        } catch { return false }
    }

    private static func mutations(of instruction: BPFInstruction) -> [BPFInstruction] {
        var result: [BPFInstruction] = []
        func add(_ change: (inout BPFInstruction) -> Void) {
            var copy = instruction
            change(&copy)
            if copy != instruction { result.append(copy) }
        }
        add { $0.constant ^= 1 }
        add { $0.constant ^= 1 << 31 }
        add { $0.constant &+= 4 }
        add { $0.jumpTrue ^= 1 }
        add { $0.jumpFalse ^= 1 }
        add { swap(&$0.jumpTrue, &$0.jumpFalse) }
        if instruction.code == BPFOpcode.jumpEqual { add { $0.code = BPFOpcode.jumpGreaterOrEqual } }
        return result
    }

    @Test("a program that permits one call too many, or none too many but one instruction unused, is not a filter")
    func wrongPrograms() throws {
        let policy = try parsePolicy(loadText(#"{"names":["read"],"action":"SCMP_ACT_ALLOW"}"#))
        let good = try PolicyCompiler.program(policy, addresses: testAddresses)
        #expect(throws: Never.self) { try Filter(proving: good, against: policy, addresses: testAddresses) }

        let other = try parsePolicy(loadText(#"{"names":["read","write"],"action":"SCMP_ACT_ALLOW"}"#))
        let call = KernelCall(number: 1)
        #expect(
            throws: PolicyError(file: "t.json", problem: .notProven(.mismatch(call, filter: 0x7fff_0000, policy: .trace(1))))
        ) {
            try Filter(
                proving: PolicyCompiler.program(other, addresses: testAddresses), against: policy, addresses: testAddresses)
        }
        let unused = good + BPFInstruction(code: BPFOpcode.returnConstant, constant: 0x7fff_0000).bytes
        #expect(throws: PolicyError(file: "t.json", problem: .notProven(.unreached(instruction: good.count / 8)))) {
            try Filter(proving: unused, against: policy, addresses: testAddresses)
        }
        #expect(throws: PolicyError(file: "t.json", problem: .notProven(.program(.empty)))) {
            try Filter(proving: [], against: policy, addresses: testAddresses)
        }
    }

    @Test("a program without the architecture check is not a filter")
    func missingArchitectureCheck() throws {
        let policy = try parsePolicy(loadText(#"{"names":["munmap"],"action":"SCMP_ACT_ALLOW"}"#))
        // Number 11 is munmap here and execve on i386.
        let naive = [
            BPFInstruction(code: BPFOpcode.loadWord, constant: 0),
            BPFInstruction(code: BPFOpcode.jumpEqual, jumpFalse: 1, constant: 11),
            BPFInstruction(code: BPFOpcode.returnConstant, constant: 0x7fff_0000),
            BPFInstruction(code: BPFOpcode.returnConstant, constant: 0x7ff0_0001),
        ]
        do {
            _ = try Filter(proving: naive.flatMap(\.bytes), against: policy, addresses: testAddresses)
            Issue.record("accepted")
        } catch {
            guard case .notProven(.mismatch(_, _, policy: .killProcess)) = error.problem else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test(
        "the evaluator refuses what it does not know",
        arguments: [
            ([BPFInstruction(code: 0x28, constant: 0)], BPFError.unknownOpcode(0x28, instruction: 0)),
            ([BPFInstruction(code: BPFOpcode.loadWord, constant: 8)], .loadOutOfRange(offset: 8, instruction: 0)),
            ([BPFInstruction(code: BPFOpcode.loadWord, constant: 64)], .loadOutOfRange(offset: 64, instruction: 0)),
            ([BPFInstruction(code: BPFOpcode.loadWord, constant: 2)], .loadOutOfRange(offset: 2, instruction: 0)),
            ([BPFInstruction(code: BPFOpcode.loadWord, constant: 0)], .noReturn(instruction: 0)),
            ([BPFInstruction(code: BPFOpcode.jumpAlways, constant: .max)], .jumpOutOfRange(instruction: 0)),
            (
                [
                    BPFInstruction(code: BPFOpcode.jumpEqual, jumpTrue: 1, constant: 0),
                    BPFInstruction(code: BPFOpcode.returnConstant, constant: 0),
                ], .jumpOutOfRange(instruction: 0)
            ),
            (
                [
                    BPFInstruction(code: BPFOpcode.jumpGreater, jumpFalse: 255, constant: 0),
                    BPFInstruction(code: BPFOpcode.returnConstant, constant: 0),
                ], .jumpOutOfRange(instruction: 0)
            ),
        ])
    func evaluatorRefuses(instructions: [BPFInstruction], error: BPFError) {
        #expect(throws: error) { try BPFProgram(checking: instructions) }
    }

    @Test("the evaluator reads each word of a call and takes each jump as Linux does")
    func evaluator() throws {
        let call = KernelCall(
            number: 0x8000_0001, architecture: 7, arguments: (1...6).map { UInt64($0) << 32 | UInt64($0 + 100) })
        func returned(_ offset: UInt32, _ code: UInt16, _ constant: UInt32) throws -> Bool {
            let program = try BPFProgram(checking: [
                BPFInstruction(code: BPFOpcode.loadWord, constant: offset),
                BPFInstruction(code: code, jumpTrue: 1, jumpFalse: 0, constant: constant),
                BPFInstruction(code: BPFOpcode.returnConstant, constant: 0),
                BPFInstruction(code: BPFOpcode.returnConstant, constant: 1),
            ])
            return program.evaluate(call) == 1
        }
        var words: [(UInt32, UInt32)] = [(0, 0x8000_0001), (4, 7)]
        for argument in UInt32(0)..<6 { words += [(16 + 8 * argument, 101 + argument), (20 + 8 * argument, 1 + argument)] }
        for (offset, value) in words {
            #expect(try returned(offset, BPFOpcode.jumpEqual, value))
            #expect(try !returned(offset, BPFOpcode.jumpEqual, value ^ 1))
            #expect(try returned(offset, BPFOpcode.jumpGreater, value - 1) && !returned(offset, BPFOpcode.jumpGreater, value))
            #expect(
                try returned(offset, BPFOpcode.jumpGreaterOrEqual, value)
                    && !returned(offset, BPFOpcode.jumpGreaterOrEqual, value + 1))
        }
        // Comparisons are unsigned: 0x80000001 is greater than 0x7fffffff.
        #expect(try returned(0, BPFOpcode.jumpGreater, 0x7fff_ffff))
        let masked = try BPFProgram(checking: [
            BPFInstruction(code: BPFOpcode.loadWord, constant: 0), BPFInstruction(code: BPFOpcode.and, constant: 0x8000_0000),
            BPFInstruction(code: BPFOpcode.jumpAlways, constant: 1), BPFInstruction(code: BPFOpcode.returnConstant, constant: 9),
            BPFInstruction(code: BPFOpcode.jumpEqual, jumpTrue: 0, jumpFalse: 1, constant: 0x8000_0000),
            BPFInstruction(code: BPFOpcode.returnConstant, constant: 5),
            BPFInstruction(code: BPFOpcode.returnConstant, constant: 6),
        ])
        var reached = Array(repeating: false, count: 7)
        #expect(masked.evaluate(call, reached: &reached) == 5)
        #expect(reached == [true, true, true, false, true, true, false])
    }

    @Test("4096 instructions are a program, 4097 are refused, by the evaluator and after libseccomp")
    func programSize() throws {
        let filler = BPFInstruction(code: BPFOpcode.loadWord, constant: 0)
        let end = BPFInstruction(code: BPFOpcode.returnConstant, constant: 0)
        let full = Array(repeating: filler, count: 4095) + [end]
        #expect(try BPFProgram(checking: full).evaluate(KernelCall(number: 1)) == 0)
        #expect(throws: BPFError.tooLong(count: 4097, limit: 4096)) { try BPFProgram(checking: [filler] + full) }
        #expect(throws: BPFError.tooLong(count: 4097, limit: 4096)) { try BPFProgram(bytes: ([filler] + full).flatMap(\.bytes)) }
        #expect(throws: BPFError.truncated(size: 7)) { try BPFProgram(bytes: Array(repeating: 0, count: 7)) }

        // 170 rules with six arguments each are within the limits of a file and beyond that of the kernel.
        let rules = (0..<170).map { index in
            let conditions = (0..<6).map { argument in
                let mask: UInt64 = 0x7fff_ffff_7fff_ffff
                let bits = UInt64(index * 7 + argument) << 32 | UInt64(index)
                return PolicyCondition(index: argument, test: .maskedEqual(mask: .number(mask), bits: .number(bits)))
            }
            return PolicyRule(names: ["read"], numbers: [0], action: .allow, conditions: conditions)
        }
        #expect(rules.count * 6 <= PolicyLimits.conditionCountMax)
        let policy = Policy(file: "t.json", stage: .load, defaultAction: .trace(1), rules: rules)
        do {
            _ = try PolicyCompiler.compile(policy, addresses: testAddresses)
            Issue.record("accepted")
        } catch {
            guard case .programExceedsLimit(let count, limit: 4096) = error.problem else {
                Issue.record("\(error)")
                return
            }
            #expect(count > 4096)
        }
    }

    @Test("a program of more than 255 instructions, with its long jumps, is proven like a short one")
    func longProgram() throws {
        let rules = (0..<64).map { index in
            let conditions = (0..<2).map { PolicyCondition(index: $0, test: .equal(.number(UInt64(index) << 33 | UInt64($0)))) }
            return PolicyRule(names: ["read"], numbers: [0], action: .allow, conditions: conditions)
        }
        let policy = Policy(file: "t.json", stage: .load, defaultAction: .trace(1), rules: rules)
        let filter = try PolicyCompiler.compile(policy, addresses: testAddresses)
        #expect(filter.instructions.count > 255 && filter.pathCount != nil)
        // What is cut off is only what nothing leads to.
        let tail = BPFInstruction(code: BPFOpcode.returnConstant, constant: 1).bytes
        #expect(PolicyCompiler.withoutTail(filter.bytes + tail + tail) == filter.bytes)
        #expect(PolicyCompiler.withoutTail(filter.bytes) == filter.bytes)
    }

    @Test("a policy is explained line by line, with what everything else gets")
    func explanation() throws {
        let lines = PolicyExplanation(try shipped(.run), addresses: testAddresses).lines
        #expect(lines.count == 1 + 6 + 4)
        #expect(lines[0].split(separator: " ") == ["RULE", "NUMBER", "CALL", "ACTION", "WHEN"])
        #expect(
            lines[2].split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
                == "1 202 futex SCMP_ACT_ALLOW a0 == ${ring.wait}=0x100000000080 and a1 == 0 and a3 == 0")
        #expect(lines[7].hasPrefix("-") && lines[7].contains("everything else") && lines[7].contains("SCMP_ACT_NOTIFY"))
        // Columns stand under one another.
        let column = lines[0].distance(from: lines[0].startIndex, to: lines[0].range(of: "ACTION")!.lowerBound)
        for line in lines[1...7] { #expect(line.dropFirst(column).hasPrefix("SCMP_ACT_")) }
    }
}
