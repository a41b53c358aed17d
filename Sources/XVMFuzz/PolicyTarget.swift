// SPDX-License-Identifier: Apache-2.0
// Policy text to filter to evaluator: any text is refused, or its filter gives every call what the text says.

import XVMCore
package import XVMPolicy

package struct PolicySubject: Sendable {
    /// What a compiled filter answers to a call; SECCOMP_RET_*.
    package var answer: @Sendable (Filter, KernelCall) -> UInt32? = { (filter, call) in
        (try? BPFProgram(bytes: filter.bytes))?.evaluate(call)
    }
    package init() {}
}

extension FuzzTarget {
    package static func policy(_ subject: PolicySubject = PolicySubject()) -> FuzzTarget {
        FuzzTarget(
            name: "policy",
            purpose: "policy JSON: refused with a place, or compiled, proven, and equal to its text for calls of the input",
            smokeCount: 150, sizeMax: 8192, seeds: [text("run", []), text("load", [])], generate: { Array(policyText(&$0)) },
            words: policyWords.map { Array($0.utf8) }
        ) {
            let addresses = SymbolicAddresses(
                ringWait: 0x1000_0000_0080, ringWake: 0x1001_0000_0080, arenaBase: 0x2000_0000_0000,
                arenaMask: 0xffff_ffff_0000_0000)
            return { bytes in
                let policy: Policy
                let filter: Filter
                do throws(PolicyError) {
                    policy = try Policy(parsing: bytes, file: "fuzz.json")
                    filter = try PolicyCompiler.compile(policy, addresses: addresses)
                } catch {
                    try require(!"\(error)".isEmpty, "a refusal without words")
                    // What libseccomp makes must be what the text says; a proof that fails is our bug or its own.
                    if case .notProven = error.problem { throw FuzzFailure("\(error)") }
                    return
                }
                try require(
                    filter.instructions.count <= PolicyLimits.instructionCountMax, "\(filter.instructions.count) instructions")
                try require(
                    try Policy(parsing: bytes, file: "fuzz.json") == policy, "the same text gives two policies")
                var random = FuzzRandom(seed: UInt64(bytes.count))
                var words: [UInt64] = [0, 1, .max]
                for condition in policy.rules.flatMap(\.conditions) {
                    switch condition.test {
                    case .equal(let operand): words.append(operand.value(addresses))
                    case .maskedEqual(_, let bits): words.append(bits.value(addresses))
                    }
                }
                let architectures: [UInt32] = [0xc000_003e, 0xc000_003e, 0xc000_003e, 0xc000_003e, 0x4000_0003, 0xc000_00b7]
                for _ in 0..<200 {
                    var arguments = (0..<6).map { _ in words[random.below(words.count)] }
                    var number = UInt32(random.below(1024))
                    if !policy.rules.isEmpty, random.chance(9, of: 10) {
                        // A call that a rule is about, and then one step away from it.
                        let rule = policy.rules[random.below(policy.rules.count)]
                        number = rule.numbers[random.below(rule.numbers.count)]
                        for condition in rule.conditions {
                            switch condition.test {
                            case .equal(let operand): arguments[condition.index] = operand.value(addresses)
                            case .maskedEqual(let mask, let bits):
                                let free = arguments[condition.index] & ~mask.value(addresses)
                                arguments[condition.index] = free | bits.value(addresses)
                            }
                        }
                        if random.chance(2, of: 3) { arguments[random.below(6)] ^= 1 << UInt64(random.below(64)) }
                    }
                    let call = KernelCall(
                        number: number, architecture: architectures[random.below(architectures.count)], arguments: arguments)
                    let wanted = policy.action(for: call, addresses: addresses).returnValue
                    let got = subject.answer(filter, call)
                    try require(got == wanted, "\(call) gets \(got ?? 0), the text says \(wanted)")
                }
            }
        }
    }

    private static let policyWords = [
        "\"x-xvm\":", "\"stage\":\"run\"", "\"stage\":\"load\"", "\"stage\":\"compile\"", "SCMP_ACT_ALLOW", "SCMP_ACT_NOTIFY",
        "SCMP_ACT_TRACE",
        "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS", "SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_GE", "${ring.wait}",
        "${arena.mask}",
        "\"args\":[", "18446744073709551615", "9007199254740993", "{", "}", "[", "]", ",", "\\u0000", "\"names\":[\"read\"]",
        "-1", "1e9",
    ]

    private static func text(_ stage: String, _ rules: [String]) -> [UInt8] {
        let action = ["load": "TRACE", "run": "NOTIFY", "compile": "ERRNO"][stage] ?? "TRACE"
        return Array(
            (#"{"x-xvm":{"version":1,"stage":"\#(stage)"},"defaultAction":"SCMP_ACT_\#(action)","architectures":["SCMP_ARCH_X86_64"],"syscalls":["#
                + rules.joined(separator: ",") + "]}").utf8)
    }

    private static func policyText(_ random: inout FuzzRandom) -> [UInt8] {
        let stage = ["load", "load", "compile", "run"][random.below(4)]
        let names =
            stage == "compile"
            ? ["read", "openat", "fcntl", "ioctl", "clone", "socket", "prctl"]
            : ["read", "openat", "mmap", "mprotect", "futex", "prctl"]
        let values = ["0", "1", "15", "255", "4294967295", "4294967296", "18446744073709551615", "9007199254740993", "21505"]
        let actions =
            stage == "compile" ? ["ALLOW", "ALLOW", "KILL_PROCESS", "ERRNO\",\"errnoRet\":\"7"] : ["ALLOW", "ALLOW", "LOG"]
        let rules = (0..<random.below(6)).map { _ in
            let indices = (0..<6).filter { _ in random.chance(1, of: 3) }
            let arguments = indices.map { index in
                let value = values[random.below(values.count)]
                return random.chance(1, of: 2)
                    ? #"{"index":\#(index),"value":\#(value),"op":"SCMP_CMP_EQ"}"#
                    : #"{"index":\#(index),"value":\#(values[3 + random.below(4)]),"valueTwo":\#(value),"op":"SCMP_CMP_MASKED_EQ"}"#
            }
            return
                #"{"names":["\#(names[random.below(names.count)])"],"action":"SCMP_ACT_\#(actions[random.below(actions.count)])","args":[\#(arguments.joined(separator: ","))]}"#
        }
        return text(stage, rules)
    }
}
