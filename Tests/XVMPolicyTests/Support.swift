// SPDX-License-Identifier: Apache-2.0
// What the tests of policies share: addresses, policy texts, a seeded random generator.

import Foundation
import Testing
import XVMPolicy

/// Addresses of the same kind as a worker's; xvm_zygote.h has the real ones.
let testAddresses = SymbolicAddresses(
    ringWait: 0x1000_0000_0080, ringWake: 0x1001_0000_0080, arenaBase: 0x2000_0000_0000, arenaMask: 0xffff_ffff_0000_0000)

/// Folder of the shipped policies in this package.
let policyFolder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "policies").path(percentEncoded: false)

func shipped(_ stage: PolicyStage) throws(PolicyError) -> Policy {
    try Policy(readingFile: policyFolder + "/\(stage.rawValue).json")
}

/// A load policy with these rules, each a JSON object.
func loadText(_ rules: String..., extra: String = "") -> String {
    #"{"x-xvm":{"version":1,"stage":"load"},"defaultAction":"SCMP_ACT_TRACE","architectures":["SCMP_ARCH_X86_64"],\#(extra)"#
        + #""syscalls":[\#(rules.joined(separator: ","))]}"#
}

func runText(_ rules: String...) -> String {
    #"{"x-xvm":{"version":1,"stage":"run"},"defaultAction":"SCMP_ACT_NOTIFY","architectures":["SCMP_ARCH_X86_64"],"#
        + #""syscalls":[\#(rules.joined(separator: ","))]}"#
}

func compileText(_ rules: String...) -> String {
    #"{"x-xvm":{"version":1,"stage":"compile"},"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86_64"],"#
        + #""syscalls":[\#(rules.joined(separator: ","))]}"#
}

func parsePolicy(_ text: String) throws(PolicyError) -> Policy { try Policy(parsing: Array(text.utf8), file: "t.json") }

/// Why a text is refused; nil if it is not.
func refusal(_ text: String) -> PolicyError? {
    do {
        _ = try parsePolicy(text)
        return nil
    } catch { return error }
}

/// Why a text is refused when it is parsed or, at the latest, when it is compiled.
func compileRefusal(_ text: String) -> PolicyError? {
    do {
        _ = try PolicyCompiler.compile(try parsePolicy(text), addresses: testAddresses)
        return nil
    } catch { return error }
}

/// A fixed sequence, so that a failure repeats (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}
