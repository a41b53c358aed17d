// SPDX-License-Identifier: Apache-2.0
// What the stages demand, and what rules of one policy may not do to each other.

import Foundation
import Testing
import XVMPolicy

private let allow = #""action":"SCMP_ACT_ALLOW""#
private func eq(_ index: Int, _ value: String) -> String { #"{"index":\#(index),"value":\#(value),"op":"SCMP_CMP_EQ"}"# }
private func masked(_ index: Int, _ mask: String, _ bits: String) -> String {
    #"{"index":\#(index),"value":\#(mask),"valueTwo":\#(bits),"op":"SCMP_CMP_MASKED_EQ"}"#
}
private func rule(_ name: String, _ conditions: String..., action: String = allow) -> String {
    #"{"names":["\#(name)"],\#(action),"args":[\#(conditions.joined(separator: ","))]}"#
}
private let wait = #""${ring.wait}""#
private let wake = #""${ring.wake}""#
private let arena = masked(0, #""${arena.mask}""#, #""${arena.base}""#)
private let length = masked(1, "18446744069414584320", "0")

@Suite struct PolicyStageTests {
    @Test("the load stage must deny by TRACE, and no rule of it may outrank a notification")
    func loadStage() {
        for (name, action) in [
            ("ALLOW", PolicyAction.allow), ("LOG", .log), ("NOTIFY", .notify), ("ERRNO", .errno(1)), ("TRAP", .trap),
            ("KILL_PROCESS", .killProcess),
        ] {
            let text = loadText().replacing("SCMP_ACT_TRACE", with: "SCMP_ACT_" + name)
            #expect(refusal(text)?.problem == .defaultOfLoadStage(action))
            let outranking = refusal(loadText(rule("read", action: #""action":"SCMP_ACT_\#(name)""#)))
            #expect(outranking?.problem == (action.permits ? nil : .outranksNotification(action)))
        }
    }

    @Test("the compile stage must deny by ERRNO or the end of the process, and asks nobody")
    func compileStageActions() {
        for (name, action) in [
            ("ALLOW", PolicyAction.allow), ("LOG", .log), ("TRACE", .trace(1)), ("NOTIFY", .notify), ("TRAP", .trap),
        ] {
            let text = compileText().replacing("SCMP_ACT_ERRNO", with: "SCMP_ACT_" + name)
            #expect(refusal(text)?.problem == .defaultOfCompileStage(action))
            let rule = refusal(compileText(rule("read", action: #""action":"SCMP_ACT_\#(name)""#)))
            #expect(rule?.problem == (action.permits ? nil : .unansweredInCompileStage(action)))
        }
        #expect(refusal(compileText().replacing("SCMP_ACT_ERRNO", with: "SCMP_ACT_KILL_PROCESS")) == nil)
        #expect(refusal(compileText(rule("mount", action: #""action":"SCMP_ACT_KILL_PROCESS""#))) == nil)
    }

    @Test(
        "the compile stage permits no call that reaches beyond the tool",
        arguments: [
            (rule("socket"), PolicyError.Problem.callNotForCompileStage("socket")),
            (rule("kill", action: #""action":"SCMP_ACT_LOG""#), .callNotForCompileStage("kill")),
            (rule("clone3"), .callNotForCompileStage("clone3")), (rule("mkdirat"), .callNotForCompileStage("mkdirat")),
            (rule("ptrace"), .callNotForCompileStage("ptrace")), (rule("setsid"), .callNotForCompileStage("setsid")),
            (
                rule("clone"),
                .argumentNotPinned(name: "clone", argument: 0, demand: "without the bits 0x7e022000 (namespaces, tracing)")
            ),
            (
                rule("clone", masked(0, "\(0x7e02_0000)", "0")),
                .argumentNotPinned(name: "clone", argument: 0, demand: "without the bits 0x7e022000 (namespaces, tracing)")
            ),
            (
                rule("clone", eq(0, "\(0x1000_0011)")),
                .argumentNotPinned(name: "clone", argument: 0, demand: "without the bits 0x7e022000 (namespaces, tracing)")
            ),
            (rule("prlimit64"), .argumentNotPinned(name: "prlimit64", argument: 0, demand: "equal to 0 (itself)")),
            (rule("prlimit64", eq(1, "0")), .argumentNotPinned(name: "prlimit64", argument: 0, demand: "equal to 0 (itself)")),
            (
                rule("prctl", eq(0, "4")),
                .argumentNotPinned(name: "prctl", argument: 0, demand: "equal to 15 or 16 (its own name)")
            ),
            (
                rule("fcntl", eq(1, "8")),
                .argumentNotPinned(name: "fcntl", argument: 1, demand: "equal to 0…7 or 1030 (copies, flags, locks)")
            ),
            (rule("read", eq(0, wait)), .symbolInCompileStage("${ring.wait}")),
            (rule("read", masked(0, "255", #""${arena.base}""#)), .symbolInCompileStage("${arena.base}")),
        ])
    func compileStageCalls(rule: String, problem: PolicyError.Problem) {
        #expect(refusal(compileText(rule))?.problem == problem)
    }

    @Test("the run stage must deny by NOTIFY, and no rule of it may kill")
    func runStage() {
        for (name, action) in [
            ("ALLOW", PolicyAction.allow), ("LOG", .log), ("TRACE", .trace(1)), ("ERRNO", .errno(1)), ("TRAP", .trap),
            ("KILL_PROCESS", .killProcess),
        ] {
            let text = runText().replacing("SCMP_ACT_NOTIFY", with: "SCMP_ACT_" + name)
            #expect(refusal(text)?.problem == .defaultOfRunStage(action))
        }
        #expect(
            refusal(runText(rule("read", action: #""action":"SCMP_ACT_TRAP""#)))
                == PolicyError(file: "t.json", place: PolicyPlace(rule: 0, key: "action"), problem: .killsInRunStage(.trap)))
        #expect(
            refusal(runText(rule("read", action: #""action":"SCMP_ACT_KILL_PROCESS""#)))?.problem
                == .killsInRunStage(.killProcess))
    }

    @Test(
        "the run stage permits no call that reaches beyond rings and arena",
        arguments: [
            (rule("mmap"), PolicyError.Problem.callNotForRunStage("mmap")), (rule("write"), .callNotForRunStage("write")),
            (rule("read", action: #""action":"SCMP_ACT_LOG""#), .callNotForRunStage("read")),
            (rule("mremap", arena), .callNotForRunStage("mremap")), (rule("kill"), .callNotForRunStage("kill")),
            (rule("futex"), .addressNotSymbolic(name: "futex", argument: 0)),
            (rule("futex", eq(0, "17592186044544"), eq(1, "0"), eq(3, "0")), .addressNotSymbolic(name: "futex", argument: 0)),
            (rule("futex", eq(0, #""${arena.base}""#), eq(1, "0"), eq(3, "0")), .addressNotSymbolic(name: "futex", argument: 0)),
            (rule("futex", masked(0, wait, wait), eq(1, "0"), eq(3, "0")), .addressNotSymbolic(name: "futex", argument: 0)),
            (rule("futex", eq(0, wait)), .futexOperationNotPinned),
            (rule("futex", eq(0, wait), eq(1, "3")), .futexOperationNotPinned),
            (rule("futex", eq(0, wait), masked(1, "127", "0"), eq(3, "0")), .futexOperationNotPinned),
            (rule("futex", eq(0, wait), eq(1, "0")), .futexTimeoutNotPinned),
            (rule("futex", eq(0, wait), eq(1, "0"), eq(3, "8")), .futexTimeoutNotPinned),
            (rule("mprotect", length, eq(2, "3")), .addressNotSymbolic(name: "mprotect", argument: 0)),
            (
                rule("mprotect", masked(0, #""${arena.mask}""#, "0"), length, eq(2, "3")),
                .addressNotSymbolic(name: "mprotect", argument: 0)
            ),
            (rule("mprotect", arena, eq(2, "3")), .lengthNotBounded(name: "mprotect")),
            (rule("mprotect", arena, masked(1, "18446744065119617024", "0"), eq(2, "3")), .lengthNotBounded(name: "mprotect")),
            (rule("mprotect", arena, eq(1, "4294967296"), eq(2, "3")), .lengthNotBounded(name: "mprotect")),
            (rule("mprotect", arena, length), .protectionNotPinned),
            (rule("mprotect", arena, length, eq(2, "4")), .protectionNotPinned),
            (rule("mprotect", arena, length, eq(2, "7")), .protectionNotPinned),
            (rule("mprotect", arena, length, masked(2, "4", "0")), .protectionNotPinned),
            (rule("madvise", arena, length), .adviceNotPinned), (rule("madvise", arena, length, eq(2, "9")), .adviceNotPinned),
        ])
    func runCalls(text: String, problem: PolicyError.Problem) {
        #expect(refusal(runText(text)) == PolicyError(file: "t.json", place: PolicyPlace(rule: 0), problem: problem))
    }

    @Test("the run stage takes each rule of its own kind, and a denial by ERRNO")
    func runCallsThatPass() throws {
        let text = runText(
            rule("exit_group"), rule("sched_yield"), rule("futex", eq(0, wait), eq(1, "0"), eq(3, "0")),
            rule("futex", eq(0, wake), eq(1, "1")), rule("mprotect", arena, length, eq(2, "3")),
            rule("mprotect", arena, eq(1, "4096"), eq(2, "0")), rule("madvise", arena, length, eq(2, "4")),
            rule("openat", action: #""action":"SCMP_ACT_ERRNO","errnoRet":13"#))
        let filter = try PolicyCompiler.compile(try parsePolicy(text), addresses: testAddresses)
        #expect(filter.stage == .run)
        #expect(try BPFProgram(bytes: filter.bytes).evaluate(KernelCall(number: 257)) == 0x0005_000d)
    }

    @Test("both filters apply in the run stage, so load must permit what run permits")
    func stacked() throws {
        let run = try parsePolicy(runText(rule("exit_group"), rule("futex", eq(0, wait), eq(1, "0"), eq(3, "0"))))
        func problem(_ text: String) -> PolicyError? {
            do {
                _ = try FilterPair(load: try parsePolicy(text), run: run, addresses: testAddresses)
                return nil
            } catch { return error }
        }
        let missing = PolicyError.Problem.notPermittedByLoadStage(name: "futex")
        #expect(
            problem(loadText(rule("exit_group"))) == PolicyError(file: "t.json", place: PolicyPlace(rule: 1), problem: missing))
        #expect(problem(loadText(rule("exit_group"), rule("futex", eq(4, "0"))))?.problem == missing)
        #expect(problem(loadText(rule("exit_group"), rule("futex", eq(0, wake))))?.problem == missing)
        #expect(problem(loadText(rule("exit_group"), rule("futex"))) == nil)
        #expect(problem(loadText(rule("exit_group"), rule("futex", masked(1, "1", "0")))) == nil)
        #expect(throws: PolicyError(file: "t.json", problem: .wrongStage(found: .run, expected: .load))) {
            try FilterPair(load: run, run: run, addresses: testAddresses)
        }
    }

    @Test("a rule that another one covers, and a rule that says what the default says, are refused")
    func redundant() {
        func problem(_ rules: String...) -> PolicyError? {
            var list = ""
            for rule in rules { list += (list.isEmpty ? "" : ",") + rule }
            return compileRefusal(loadText(list))
        }
        func redundant(_ index: Int, by other: Int) -> PolicyError {
            PolicyError(
                file: "t.json", place: PolicyPlace(rule: index), problem: .redundantRule(name: "read", coveredBy: other))
        }
        #expect(problem(rule("read"), rule("read")) == redundant(1, by: 0))
        #expect(problem(rule("read"), rule("read", eq(0, "1"))) == redundant(1, by: 0))
        #expect(problem(rule("read", eq(0, "1")), rule("read")) == redundant(0, by: 1))
        #expect(problem(rule("read", masked(0, "3", "1")), rule("read", eq(0, "5"), eq(1, "2"))) == redundant(1, by: 0))
        #expect(problem(rule("read", masked(0, "3", "1")), rule("read", eq(0, "6"))) == nil)
        #expect(
            problem(rule("read", action: #""action":"SCMP_ACT_TRACE""#))
                == PolicyError(file: "t.json", place: PolicyPlace(rule: 0, key: "action"), problem: .sameAsDefault(.trace(1))))
    }

    @Test("two rules with different actions may not match the same call")
    func conflicts() {
        let log = #""action":"SCMP_ACT_LOG""#
        func problem(_ first: String, _ second: String) -> PolicyError.Problem? {
            compileRefusal(loadText(first, second))?.problem
        }
        let conflict = PolicyError.Problem.conflictingRules(name: "read", other: 0)
        #expect(problem(rule("read"), rule("read", eq(0, "1"), action: log)) == conflict)
        #expect(problem(rule("read", eq(0, "1")), rule("read", eq(1, "1"), action: log)) == conflict)
        #expect(problem(rule("read", masked(0, "3", "1")), rule("read", masked(0, "6", "4"), action: log)) == conflict)
        #expect(problem(rule("read", masked(0, "3", "1")), rule("read", masked(0, "6", "2"), action: log)) == nil)
        #expect(problem(rule("read", eq(0, "1")), rule("read", eq(0, "2"), action: log)) == nil)
    }

    // Goal: whatever a damaged or hostile run policy says, parsing ends, and what is accepted keeps the promises of the stage.
    @Test("no changed byte of the shipped run policy gives a policy that permits mapping, executing or foreign addresses")
    func mutations() throws {
        let original = Array(try Data(contentsOf: URL(filePath: policyFolder + "/run.json")))
        let base = testAddresses.arenaBase
        let forbidden = [
            KernelCall(number: 9, arguments: [base, 4096, 7]), KernelCall(number: 9), KernelCall(number: 59),
            KernelCall(number: 257),
            KernelCall(number: 10, arguments: [base, 4096, 7]), KernelCall(number: 10, arguments: [base, 4096, 4]),
            KernelCall(number: 10, arguments: [base, 1 << 32, 3]), KernelCall(number: 10, arguments: [1 << 44, 4096, 3]),
            KernelCall(number: 202, arguments: [base, 0]), KernelCall(number: 202, arguments: [testAddresses.ringWait, 0, 0, 8]),
        ]
        var random = SplitMix(state: 3)
        var accepted = 0
        for index in original.indices {
            for byte in [
                original[index] ^ 1 << UInt8.random(in: 0..<8, using: &random), UInt8.random(in: 0x20..<0x7f, using: &random),
            ] {
                var bytes = original
                bytes[index] = byte
                guard let policy = try? Policy(parsing: bytes, file: "t.json") else { continue }
                accepted += 1
                for call in forbidden {
                    #expect(!policy.action(for: call, addresses: testAddresses).permits, "\(index): \(byte)")
                }
            }
        }
        // White space and digits may change; most other bytes may not.
        #expect(accepted > 0 && accepted < original.count)
    }

    @Test("a mask that tests nothing, or bits that no argument can have, are refused")
    func masks() {
        #expect(
            compileRefusal(loadText(rule("read", masked(0, "0", "0"))))
                == PolicyError(file: "t.json", place: PolicyPlace(rule: 0, argument: 0, key: "value"), problem: .emptyMask))
        #expect(
            compileRefusal(loadText(rule("read", masked(0, "240", "8"))))
                == PolicyError(
                    file: "t.json", place: PolicyPlace(rule: 0, argument: 0, key: "valueTwo"),
                    problem: .bitsOutsideMask(mask: 240, bits: 8)))
    }
}
