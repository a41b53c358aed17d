// SPDX-License-Identifier: Apache-2.0
// A policy as its file says it, checked, with symbols still in it; and the plain reading of what it means.

/// When a filter is installed: in a worker before the module is loaded, or after it and before the first contract byte; or in front of a
/// tool (C compiler, linker) that is fed what a contract's author chose.
package enum PolicyStage: String, CaseIterable, Sendable {
    case load, run, compile
}

/// A number in a condition.
package enum PolicyOperand: Equatable, Sendable {
    case number(UInt64)
    case symbol(PolicySymbol)

    package func value(_ addresses: SymbolicAddresses) -> UInt64 {
        switch self {
        case .number(let number): number
        case .symbol(let symbol): addresses.value(of: symbol)
        }
    }
}

/// One test of one argument.
package struct PolicyCondition: Equatable, Sendable {
    package enum Test: Equatable, Sendable {
        /// SCMP_CMP_EQ: all 64 bits.
        case equal(PolicyOperand)
        /// SCMP_CMP_MASKED_EQ: `argument & mask == bits`; in the file the mask is `value` and the bits are `valueTwo`.
        case maskedEqual(mask: PolicyOperand, bits: PolicyOperand)
    }

    /// 0…5.
    package var index: Int
    package var test: Test

    package func holds(_ argument: UInt64, _ addresses: SymbolicAddresses) -> Bool {
        switch test {
        case .equal(let operand): argument == operand.value(addresses)
        case .maskedEqual(let mask, let bits): argument & mask.value(addresses) == bits.value(addresses)
        }
    }
}

/// One entry of `syscalls`: calls, what they get, and under which conditions (all must hold).
package struct PolicyRule: Equatable, Sendable {
    package var names: [String]
    /// The numbers of `names`, in their order.
    package var numbers: [UInt32]
    package var action: PolicyAction
    /// At most one for each argument.
    package var conditions: [PolicyCondition]
}

/// A policy. Only the parser makes one, so every value of this type has passed the checks that need no addresses.
package struct Policy: Equatable, Sendable {
    /// The file's name, for errors.
    package let file: String
    package let stage: PolicyStage
    package let defaultAction: PolicyAction
    /// In the order of the file; the index is what errors name.
    package let rules: [PolicyRule]

    /// Not for other modules: it checks nothing. See `init(parsing:file:)`.
    init(file: String, stage: PolicyStage, defaultAction: PolicyAction, rules: [PolicyRule]) {
        self.file = file
        self.stage = stage
        self.defaultAction = defaultAction
        self.rules = rules
    }

    /// The same policy with TRAP in place of NOTIFY.
    var trapping: Policy {
        func action(_ action: PolicyAction) -> PolicyAction { action == .notify ? .trap : action }
        return Policy(
            file: file, stage: stage, defaultAction: action(defaultAction),
            rules: rules.map { rule in
                var rule = rule
                rule.action = action(rule.action)
                return rule
            })
    }

    /// What a call gets, read from the text alone and without libseccomp; the compiled filter is measured against this.
    /// No call matches two rules with different actions (checked before compiling), so the order does not matter.
    package func action(for call: KernelCall, addresses: SymbolicAddresses) -> PolicyAction {
        // Foreign architectures and x32 are killed in every stage. libseccomp's x32 test lets -1 pass, so -1 is a number
        // without a rule like any other.
        guard call.architecture == AuditArchitecture.x86_64 else { return .killProcess }
        if call.number >= KernelCall.x32Bit && call.number != UInt32.max { return .killProcess }
        for rule in rules where rule.numbers.contains(call.number) {
            if rule.conditions.allSatisfy({ $0.holds(call.arguments[$0.index], addresses) }) { return rule.action }
        }
        return defaultAction
    }

    /// The same in the shape of `xvm policy test`.
    package func action(
        for number: UInt32, arguments: [UInt64], architecture: UInt32 = AuditArchitecture.x86_64, addresses: SymbolicAddresses
    ) -> PolicyAction {
        action(for: KernelCall(number: number, architecture: architecture, arguments: arguments), addresses: addresses)
    }
}

/// Limits of a policy file and of what it compiles to.
package enum PolicyLimits {
    /// Bytes of a file.
    package static let fileSizeMax = 256 * 1024
    package static let nestingMax = 8
    /// Rules after every name of an entry got its own.
    package static let ruleCountMax = 512
    /// Tests of arguments in all these rules. libseccomp's time grows with about the third power: 1024 took up to 2 s
    /// (libseccomp 2.5.4, 2026) and can already fill the largest program, 3072 took half a minute.
    package static let conditionCountMax = 1024
    /// ASCII bytes of a system call's name.
    package static let nameSizeMax = 64
    /// BPF_MAXINSNS of the kernel.
    package static let instructionCountMax = 4096
    /// MAX_ERRNO of the kernel; it cuts larger ones down to this.
    package static let errnoMax: UInt16 = 4095
}
