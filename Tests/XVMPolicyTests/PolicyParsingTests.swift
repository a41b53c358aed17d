// SPDX-License-Identifier: Apache-2.0
// What a policy file may not say, one exact error for each.

import Testing
import XVMCore
import XVMPolicy
import XVMSystem

@Suite struct PolicyParsingTests {
    private func expect(
        _ text: String, _ place: PolicyPlace, _ problem: PolicyError.Problem, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(refusal(text) == PolicyError(file: "t.json", place: place, problem: problem), sourceLocation: location)
    }

    private func rule(_ body: String) -> String { loadText(#"{"names":["read"],"action":"SCMP_ACT_ALLOW",\#(body)}"#) }

    @Test("a policy with every kind of rule is read as it is written")
    func whole() throws {
        let policy = try parsePolicy(
            loadText(
                #"{"names":["read","mseal"],"action":"SCMP_ACT_ALLOW"}"#,
                #"{"names":["futex"],"action":"SCMP_ACT_LOG","args":["#
                    + #"{"index":0,"value":"${ring.wait}","op":"SCMP_CMP_EQ"},"#
                    + #"{"index":5,"value":"${arena.mask}","valueTwo":"${arena.base}","op":"SCMP_CMP_MASKED_EQ"}]}"#,
                extra: #""defaultErrnoRet":38,"flags":[],"#))
        #expect(policy.stage == .load && policy.file == "t.json" && policy.defaultAction == .trace(38))
        #expect(
            policy.rules.map(\.names) == [["read", "mseal"], ["futex"]] && policy.rules.map(\.numbers) == [[0, 462], [202]]
                && policy.rules.map(\.action) == [.allow, .log])
        #expect(
            policy.rules[1].conditions.map(\.test) == [
                .equal(.symbol(.ringWait)), .maskedEqual(mask: .symbol(.arenaMask), bits: .symbol(.arenaBase)),
            ])
    }

    @Test("numbers above 2^53 arrive unchanged", arguments: [9_007_199_254_740_993, UInt64.max, (1 << 63) + 1] as [UInt64])
    func exact(value: UInt64) throws {
        let policy = try parsePolicy(rule(#""args":[{"index":1,"value":\#(value),"op":"SCMP_CMP_EQ"}]"#))
        #expect(policy.rules[0].conditions[0].test == .equal(.number(value)))
        let filter = try PolicyCompiler.compile(policy, addresses: testAddresses)
        let program = try BPFProgram(bytes: filter.bytes)
        #expect(program.evaluate(KernelCall(number: 0, arguments: [0, value])) == PolicyAction.allow.returnValue)
        #expect(program.evaluate(KernelCall(number: 0, arguments: [0, value - 1])) != PolicyAction.allow.returnValue)
    }

    @Test(
        "a value that is not a 64-bit integer is refused",
        arguments: [("1.0", JSONValue.Kind.number), ("1e3", .number), ("true", .bool), ("null", .null)])
    func inexact(text: String, kind: JSONValue.Kind) {
        let path = "syscalls[0].args[0].value"
        expect(
            rule(#""args":[{"index":1,"value":\#(text),"op":"SCMP_CMP_EQ"}]"#), PolicyPlace(rule: 0, argument: 0, key: "value"),
            .structure(JSONTypeError(path: path, problem: .wrongKind(found: kind, expected: .integer))))
    }

    @Test("negative and too large values are refused")
    func range() {
        let place = PolicyPlace(rule: 0, argument: 0, key: "value")
        let problem = JSONTypeError.Problem.outOfRange(value: -1, minimum: 0, maximum: Int128(UInt64.max))
        expect(
            rule(#""args":[{"index":1,"value":-1,"op":"SCMP_CMP_EQ"}]"#), place,
            .structure(JSONTypeError(path: place.description, problem: problem)))
        let text = rule(#""args":[{"index":1,"value":18446744073709551616,"op":"SCMP_CMP_EQ"}]"#)
        let column = text.split(separator: "1844")[0].utf8.count + 1
        #expect(refusal(text)?.problem == .json(JSONError(reason: .integerOutOfRange, line: 1, column: column)))
    }

    @Test(
        "range operators are refused, with them the two policies that libseccomp 2.5.4 compiles to something weaker",
        arguments: ["SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_GE", "SCMP_CMP_GT"])
    func ranges(name: String) {
        expect(
            rule(#""args":[{"index":0,"value":2147483647,"op":"\#(name)"}]"#), PolicyPlace(rule: 0, argument: 0, key: "op"),
            .rangeOperator(name))
        let first =
            #"{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":70368744243200,"op":"SCMP_CMP_GE"}]}"#
        let second = #"{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":2147483647,"op":"SCMP_CMP_LT"}]}"#
        expect(loadText(first, second), PolicyPlace(rule: 0, argument: 0, key: "op"), .rangeOperator("SCMP_CMP_GE"))
        expect(loadText(second, first), PolicyPlace(rule: 0, argument: 0, key: "op"), .rangeOperator("SCMP_CMP_LT"))
    }

    @Test("unknown operators, symbols and argument indices are refused")
    func conditions() {
        let op = PolicyPlace(rule: 0, argument: 0, key: "op")
        expect(rule(#""args":[{"index":0,"value":1,"op":"SCMP_CMP_EQUAL"}]"#), op, .unknownOperator("SCMP_CMP_EQUAL"))
        expect(
            rule(#""args":[{"index":0,"value":"${ring.wait} ","op":"SCMP_CMP_EQ"}]"#),
            PolicyPlace(rule: 0, argument: 0, key: "value"), .unknownSymbol("${ring.wait} "))
        expect(
            rule(#""args":[{"index":0,"value":1,"valueTwo":"0x10","op":"SCMP_CMP_MASKED_EQ"}]"#),
            PolicyPlace(rule: 0, argument: 0, key: "valueTwo"), .unknownSymbol("0x10"))
        expect(
            rule(#""args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}]"#), PolicyPlace(rule: 0, argument: 0, key: "index"),
            .argumentIndexOutOfRange(6))
        expect(
            rule(#""args":[{"index":2,"value":1,"op":"SCMP_CMP_EQ"},{"index":2,"value":2,"op":"SCMP_CMP_EQ"}]"#),
            PolicyPlace(rule: 0, argument: 1, key: "index"), .duplicateArgument(index: 2))
        expect(
            rule(#""args":[{"index":2,"value":1,"valueTwo":1,"op":"SCMP_CMP_EQ"}]"#),
            PolicyPlace(rule: 0, argument: 0, key: "valueTwo"), .secondValueWithoutMask)
    }

    @Test("unknown actions are refused, and those that kill only a thread say what to use")
    func actions() {
        let place = PolicyPlace(rule: 0, key: "action")
        func text(_ action: String) -> String { loadText(#"{"names":["read"],"action":"\#(action)"}"#) }
        expect(text("SCMP_ACT_PERMIT"), place, .unknownAction("SCMP_ACT_PERMIT"))
        expect(text("scmp_act_allow"), place, .unknownAction("scmp_act_allow"))
        expect(text("SCMP_ACT_KILL"), place, .ambiguousAction("SCMP_ACT_KILL"))
        expect(text("SCMP_ACT_KILL_THREAD"), place, .ambiguousAction("SCMP_ACT_KILL_THREAD"))
        // U+212A is equivalent to K for Unicode, and for Swift's ==.
        expect(text("SCMP_ACT_\u{212a}ILL"), place, .unknownAction("SCMP_ACT_\u{212a}ILL"))
        expect(
            loadText(#"{"names":["read"],"action":"SCMP_ACT_ALLOW","errnoRet":1}"#), PolicyPlace(rule: 0, key: "errnoRet"),
            .errnoWithoutUse(action: "SCMP_ACT_ALLOW"))
        expect(
            loadText(#"{"names":["read"],"action":"SCMP_ACT_ERRNO","errnoRet":4096}"#), PolicyPlace(rule: 0, key: "errnoRet"),
            .errnoOutOfRange(value: 4096, limit: 4095))
    }

    @Test("names are known, plain, short and distinct")
    func names() {
        let place = PolicyPlace(rule: 0, key: "names")
        func text(_ names: String) -> String { loadText(#"{"names":[\#(names)],"action":"SCMP_ACT_ALLOW"}"#) }
        expect(text(#""reed""#), place, .unknownName("reed"))
        expect(text(#""read\u0000""#), place, .malformedName("read\0"))
        expect(text(#""Read""#), place, .malformedName("Read"))
        expect(text(#""""#), place, .malformedName(""))
        expect(text(#""réad""#), place, .malformedName("réad"))
        expect(text("\"\(String(repeating: "a", count: 64))\""), place, .unknownName(String(repeating: "a", count: 64)))
        expect(text("\"\(String(repeating: "a", count: 65))\""), place, .nameTooLong(size: 65, limit: 64))
        expect(text(#""read","write","read""#), place, .duplicateName("read"))
        expect(text(""), place, .noNames)
        // i386 only, and libseccomp's pseudo names.
        expect(text(#""socketcall""#), place, .unknownName("socketcall"))
        expect(
            text("7"), place,
            .structure(JSONTypeError(path: "syscalls[0].names", problem: .wrongKind(found: .integer, expected: .string))))
    }

    @Test("unknown and missing keys are refused at every level")
    func keys() {
        func unknown(_ path: String, _ key: String) -> PolicyError.Problem {
            .structure(JSONTypeError(path: path, problem: .unknownKey(key)))
        }
        expect(loadText(extra: #""comment":"","#), PolicyPlace(), unknown("", "comment"))
        expect(rule(#""comment":"""#), PolicyPlace(rule: 0), unknown("syscalls[0]", "comment"))
        expect(
            rule(#""args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ","x":0}]"#), PolicyPlace(rule: 0, argument: 0),
            unknown("syscalls[0].args[0]", "x"))
        expect(loadText(extra: #""listenerPath":"/x","#), PolicyPlace(key: "listenerPath"), .listenerKey)
        expect(loadText(extra: #""listenerMetadata":"x","#), PolicyPlace(key: "listenerMetadata"), .listenerKey)
        expect(
            rule(#""args":[{"index":0,"value":1}]"#), PolicyPlace(rule: 0, argument: 0),
            .structure(JSONTypeError(path: "syscalls[0].args[0]", problem: .missingKey("op"))))
        expect("{}", PolicyPlace(), .structure(JSONTypeError(path: "", problem: .missingKey("x-xvm"))))
        expect("[]", PolicyPlace(), .structure(JSONTypeError(path: "", problem: .wrongKind(found: .array, expected: .object))))
    }

    @Test("version, stage, architectures and flags are what we support, or refused")
    func header() {
        func replaced(_ old: String, _ new: String) -> String {
            let text = loadText()
            #expect(text.contains(old))
            return text.replacing(old, with: new)
        }
        expect(replaced(#""version":1"#, #""version":2"#), PolicyPlace(key: "x-xvm.version"), .unsupportedVersion(2))
        expect(replaced(#""load""#, #""link""#), PolicyPlace(key: "x-xvm.stage"), .unknownStage("link"))
        let place = PolicyPlace(key: "architectures")
        expect(replaced(#"["SCMP_ARCH_X86_64"]"#, "[]"), place, .unsupportedArchitectures([]))
        for extra in ["SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"] {
            expect(
                replaced(#"["SCMP_ARCH_X86_64"]"#, #"["SCMP_ARCH_X86_64","\#(extra)"]"#), place,
                .unsupportedArchitectures(["SCMP_ARCH_X86_64", extra]))
        }
        expect(
            replaced(#""syscalls""#, #""flags":["SECCOMP_FILTER_FLAG_TSYNC"],"syscalls""#), PolicyPlace(key: "flags"),
            .flagsNotSupported(["SECCOMP_FILTER_FLAG_TSYNC"]))
    }

    @Test("duplicate keys, nesting of 9 and a file above 256 KiB are refused by the parser")
    func limits() {
        expect(
            #"{"a":1,"a":2}"#, PolicyPlace(), .json(JSONError(reason: .duplicateKey("a"), line: 1, column: 8)))
        let nine = String(repeating: "[", count: 9) + String(repeating: "]", count: 9)
        expect(nine, PolicyPlace(), .json(JSONError(reason: .depthExceedsLimit(limit: 8), line: 1, column: 9)))
        let eight = String(repeating: "[", count: 8) + String(repeating: "]", count: 8)
        expect(eight, PolicyPlace(), .structure(JSONTypeError(path: "", problem: .wrongKind(found: .array, expected: .object))))
        let large = String(repeating: " ", count: 256 * 1024 + 1)
        expect(
            large, PolicyPlace(),
            .json(JSONError(reason: .sizeExceedsLimit(size: 256 * 1024 + 1, limit: 256 * 1024), line: 1, column: 1)))
    }

    @Test("the 513th rule is refused, each name counts")
    func ruleCount() {
        let many = Array(SyscallTable.all.prefix(256)).map { "\"\(syscallName($0))\"" }.joined(separator: ",")
        let entry = #"{"names":[\#(many)],"action":"SCMP_ACT_ALLOW"}"#
        #expect(refusal(loadText(entry, entry)) == nil)
        expect(
            loadText(entry, entry, #"{"names":["mseal"],"action":"SCMP_ACT_ALLOW"}"#), PolicyPlace(rule: 2),
            .ruleCountExceedsLimit(count: 513, limit: 512))
    }

    @Test("the 1025th test of an argument is refused, so that compiling ends soon")
    func conditionCount() {
        func rule(_ conditions: Int) -> String {
            let many = SyscallTable.all.prefix(256).map { "\"\(syscallName($0))\"" }.joined(separator: ",")
            let list = (0..<conditions).map { #"{"index":\#($0),"value":1,"op":"SCMP_CMP_EQ"}"# }.joined(separator: ",")
            return #"{"names":[\#(many)],"action":"SCMP_ACT_ALLOW","args":[\#(list)]}"#
        }
        let one = #"{"names":["mseal"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1,"op":"SCMP_CMP_EQ"}]}"#
        #expect(refusal(loadText(rule(4))) == nil)
        expect(
            loadText(rule(4), one), PolicyPlace(rule: 1), .conditionCountExceedsLimit(count: 1025, limit: 1024))
    }

    @Test("a message names file, place, key and value")
    func message() {
        #expect(
            refusal(rule(#""args":[{"index":0,"value":1,"op":"SCMP_CMP_GT"}]"#))?.description
                == "t.json: syscalls[0].args[0].op: operator SCMP_CMP_GT is refused: libseccomp 2.5 compiles ranges wrongly; "
                + "use SCMP_CMP_EQ or SCMP_CMP_MASKED_EQ")
    }

    @Test("a file that is missing, a folder, or endless is an error, not a wait")
    func files() {
        func problem(_ path: String) -> PolicyError.Problem? {
            do {
                _ = try Policy(readingFile: path)
                return nil
            } catch { return error.problem }
        }
        guard case .unreadable(let missing) = problem(policyFolder + "/none.json") else {
            Issue.record("a missing file was read")
            return
        }
        #expect(missing.call == "open" && missing.errno == 2)
        guard case .unreadable(let folder) = problem(policyFolder) else {
            Issue.record("a folder was read")
            return
        }
        #expect(folder.call == "read" && folder.errno == 21)
        guard case .unreadable(let endless) = problem("/dev/zero") else {
            Issue.record("a device was read")
            return
        }
        #expect(endless.call == "read" && endless.errno == 22)
    }
}
