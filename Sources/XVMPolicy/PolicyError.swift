// SPDX-License-Identifier: Apache-2.0
// Everything that can be wrong with a policy, one case each, with file, rule, key and value.

package import XVMCore
package import XVMSystem

/// Where in a policy file.
package struct PolicyPlace: Equatable, Sendable, CustomStringConvertible {
    /// Index in `syscalls`.
    package var rule: Int?
    /// Index in the rule's `args`.
    package var argument: Int?
    package var key: String

    package init(rule: Int? = nil, argument: Int? = nil, key: String = "") {
        self.rule = rule
        self.argument = argument
        self.key = key
    }

    package var description: String {
        var parts: [String] = []
        if let rule { parts.append("syscalls[\(rule)]") }
        if let argument { parts.append("args[\(argument)]") }
        if !key.isEmpty { parts.append(key) }
        return parts.joined(separator: ".")
    }
}

/// A policy that is not accepted.
package struct PolicyError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Problem: Equatable, Sendable {
        // the text
        case unreadable(SystemError)
        case json(JSONError)
        /// Wrong kind, missing key, unknown key, number out of range.
        case structure(JSONTypeError)
        case listenerKey
        case unsupportedVersion(Int64)
        case unknownStage(String)
        case unsupportedArchitectures([String])
        case flagsNotSupported([String])
        case unknownAction(String)
        case ambiguousAction(String)
        case errnoWithoutUse(action: String)
        case errnoOutOfRange(value: UInt64, limit: UInt16)
        case noNames
        case malformedName(String)
        case nameTooLong(size: Int, limit: Int)
        case unknownName(String)
        case duplicateName(String)
        case unknownOperator(String)
        case rangeOperator(String)
        case argumentIndexOutOfRange(UInt64)
        case duplicateArgument(index: Int)
        case unknownSymbol(String)
        case secondValueWithoutMask
        case ruleCountExceedsLimit(count: Int, limit: Int)
        case conditionCountExceedsLimit(count: Int, limit: Int)
        // the rules among themselves
        case emptyMask
        case bitsOutsideMask(mask: UInt64, bits: UInt64)
        case sameAsDefault(PolicyAction)
        case redundantRule(name: String, coveredBy: Int)
        case conflictingRules(name: String, other: Int)
        // what a stage demands
        case wrongStage(found: PolicyStage, expected: PolicyStage)
        case defaultOfLoadStage(PolicyAction)
        case defaultOfRunStage(PolicyAction)
        case outranksNotification(PolicyAction)
        case killsInRunStage(PolicyAction)
        case callNotForRunStage(String)
        case addressNotSymbolic(name: String, argument: Int)
        case futexOperationNotPinned
        case futexTimeoutNotPinned
        case lengthNotBounded(name: String)
        case protectionNotPinned
        case adviceNotPinned
        case notPermittedByLoadStage(name: String)
        case defaultOfCompileStage(PolicyAction)
        case unansweredInCompileStage(PolicyAction)
        case callNotForCompileStage(String)
        case symbolInCompileStage(String)
        case argumentNotPinned(name: String, argument: Int, demand: String)
        // libseccomp and the proof
        case libseccomp(call: String, errno: Int32)
        case export(SystemError)
        case programExceedsLimit(count: Int, limit: Int)
        case notProven(FilterProofFailure)
    }

    package var file: String
    package var place: PolicyPlace
    package var problem: Problem

    package init(file: String, place: PolicyPlace = PolicyPlace(), problem: Problem) {
        self.file = file
        self.place = place
        self.problem = problem
    }

    package var description: String {
        let at = place.description
        return at.isEmpty ? "\(file): \(what)" : "\(file): \(at): \(what)"
    }

    private var what: String {
        switch problem {
        case .unreadable(let error): "\(error)"
        case .json(let error): "\(error)"
        case .structure(let error): "\(error)"
        case .listenerKey: "the listener is handed over by the supervisor; the key is not supported"
        case .unsupportedVersion(let version): "version \(version) is not supported; this is version 1"
        case .unknownStage(let stage): "stage \(quoted(stage)) is unknown; stages are \"load\", \"run\" and \"compile\""
        case .unsupportedArchitectures(let list):
            "architectures are [\(list.map(quoted).joined(separator: ", "))]; exactly [\"SCMP_ARCH_X86_64\"] is supported"
        case .flagsNotSupported(let list):
            "flags [\(list.map(quoted).joined(separator: ", "))] are not supported: the worker sets its own"
        case .unknownAction(let action): "action \(quoted(action)) is unknown"
        case .ambiguousAction(let action): "action \(quoted(action)) kills one thread only; use SCMP_ACT_KILL_PROCESS"
        case .errnoWithoutUse(let action): "\(action) takes no errno"
        case .errnoOutOfRange(let value, let limit): "errno \(value) exceeds limit \(limit)"
        case .noNames: "a rule without names matches nothing"
        case .malformedName(let name): "name \(quoted(name)) is not lower case ASCII letters, digits and underscores"
        case .nameTooLong(let size, let limit): "name size \(size) exceeds limit \(limit)"
        case .unknownName(let name): "system call \(quoted(name)) is unknown on x86-64"
        case .duplicateName(let name): "system call \(quoted(name)) occurs twice in the rule"
        case .unknownOperator(let name): "operator \(quoted(name)) is unknown"
        case .rangeOperator(let name):
            "operator \(name) is refused: libseccomp 2.5 compiles ranges wrongly; use SCMP_CMP_EQ or SCMP_CMP_MASKED_EQ"
        case .argumentIndexOutOfRange(let index): "argument index \(index) exceeds limit 5"
        case .duplicateArgument(let index): "argument \(index) is tested twice in one rule; write two rules, or one mask"
        case .unknownSymbol(let symbol):
            "\(quoted(symbol)) is none of \(PolicySymbol.allCases.map(\.rawValue).joined(separator: ", "))"
        case .secondValueWithoutMask: "valueTwo has no meaning for SCMP_CMP_EQ"
        case .ruleCountExceedsLimit(let count, let limit): "rule count \(count) exceeds limit \(limit) (each name counts)"
        case .conditionCountExceedsLimit(let count, let limit):
            "argument test count \(count) exceeds limit \(limit) (each name counts)"
        case .emptyMask: "mask 0 tests nothing"
        case .bitsOutsideMask(let mask, let bits):
            "valueTwo 0x\(hexadecimal(bits)) has bits outside of mask 0x\(hexadecimal(mask)): nothing would match"
        case .sameAsDefault(let action): "the rule says \(action), which is the default already"
        case .redundantRule(let name, let other): "the rule for \(name) is covered by syscalls[\(other)]"
        case .conflictingRules(let name, let other):
            "a call of \(name) can match this rule and syscalls[\(other)], which has another action"
        case .wrongStage(let found, let expected):
            "the policy is for the \(found.rawValue) stage, not the \(expected.rawValue) stage"
        case .defaultOfLoadStage(let action):
            "default \(action) in the load stage; it must be SCMP_ACT_TRACE, which denies and lets the run stage's notification win"
        case .defaultOfRunStage(let action): "default \(action) in the run stage; it must be SCMP_ACT_NOTIFY"
        case .outranksNotification(let action):
            "\(action) in the load stage would outrank the notification of the run stage and hide a violation"
        case .killsInRunStage(let action):
            "\(action) in the run stage would hide a violation: a bare SIGSYS means a foreign architecture"
        case .callNotForRunStage(let name): "\(name) may not be permitted in the run stage"
        case .addressNotSymbolic(let name, let argument):
            "argument \(argument) of \(name) is an address and must be pinned to a symbol in the run stage"
        case .futexOperationNotPinned: "futex in the run stage needs argument 1 equal to 0 (wait) or 1 (wake)"
        case .futexTimeoutNotPinned: "futex wait in the run stage needs argument 3 equal to 0 (no timeout)"
        case .lengthNotBounded(let name):
            "\(name) in the run stage needs a length below 4 GiB: argument 1 with mask 0xffffffff00000000 equal to 0"
        case .protectionNotPinned: "mprotect in the run stage needs argument 2 equal to 0…3 (never PROT_EXEC)"
        case .adviceNotPinned: "madvise in the run stage needs argument 2 equal to 4 (MADV_DONTNEED)"
        case .notPermittedByLoadStage(let name):
            "\(name) is permitted here but not, or less, by the load policy; both filters apply in the run stage"
        case .defaultOfCompileStage(let action):
            "default \(action) in the compile stage; it must be SCMP_ACT_ERRNO or SCMP_ACT_KILL_PROCESS"
        case .unansweredInCompileStage(let action): "\(action) in the compile stage: there is nobody who would answer"
        case .callNotForCompileStage(let name): "\(name) may not be permitted in the compile stage"
        case .symbolInCompileStage(let symbol):
            "\(quoted(symbol)) has no meaning in the compile stage: a tool has no rings and no arena"
        case .argumentNotPinned(let name, let argument, let demand):
            "\(name) in the compile stage needs argument \(argument) \(demand)"
        case .libseccomp(let call, let errno): "\(SystemError(call: call, errno: errno))"
        case .export(let error): "\(error)"
        case .programExceedsLimit(let count, let limit): "program of \(count) instructions exceeds limit \(limit)"
        case .notProven(let failure): "the compiled filter is not what the policy says: \(failure)"
        }
    }

    private func quoted(_ text: String) -> String { JSONValue.string(text).description }
    private func hexadecimal(_ value: UInt64) -> String { String(value, radix: 16) }
}
