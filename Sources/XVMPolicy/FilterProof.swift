// SPDX-License-Identifier: Apache-2.0
// Measures a compiled program against the plain reading of its policy, call by call.

/// How a program and its policy were found to differ.
package enum FilterProofFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case program(BPFError)
    /// The program returns `filter` (SECCOMP_RET_*), the policy says `policy`.
    case mismatch(KernelCall, filter: UInt32, policy: PolicyAction)
    /// No probe led to this instruction: what it does is unknown.
    case unreached(instruction: Int)
    /// The walk over all paths found one whose calls do not all get what the policy says.
    case paths(FilterPathsResult)

    package var description: String {
        switch self {
        case .program(let error): "\(error)"
        case .mismatch(let call, let filter, let policy):
            "\(call) gets 0x\(String(filter, radix: 16)) instead of \(policy)"
        case .unreached(let instruction): "instruction \(instruction) is never reached"
        case .paths(.different(let example, let filter)):
            "a path ends with 0x\(String(filter, radix: 16)) for calls that should not all get it, such as \(example)"
        case .paths(.notUnderstood(let instruction)): "comparison of instruction \(instruction) is not understood"
        case .paths(.tooManyPaths(let limit)): "path count exceeds limit \(limit)"
        case .paths(.equal(let count)): "\(count) paths are equal"
        }
    }
}

/// One comparison of a program with a policy.
struct FilterProof {
    private let program: BPFProgram
    private let policy: Policy
    private let rules: [FlatRule]
    private let addresses: SymbolicAddresses
    private var reached: [Bool]
    /// Calls that were compared.
    private(set) var probeCount = 0
    /// Paths that were compared; nil: there are more than the limit, so the probes are all there is.
    private(set) var pathCount: Int?
    /// A shipped policy has below 50. Rules with many masks on one number multiply, and may not stop a start for minutes.
    static let pathCountMax = 20_000

    init(_ program: BPFProgram, _ policy: Policy, rules: [FlatRule], addresses: SymbolicAddresses) {
        self.program = program
        self.policy = policy
        self.rules = rules
        self.addresses = addresses
        reached = Array(repeating: false, count: program.instructions.count)
    }

    /// Runs every probe, then walks every path. Either would do for the shipped policies; they have no code in common but the
    /// reading of the file, so a mistake in one of them is found by the other.
    mutating func check() throws(FilterProofFailure) {
        try checkProbes()
        if let instruction = reached.firstIndex(of: false) { throw .unreached(instruction: instruction) }
        let paths = FilterPaths(program, defaultAction: policy.defaultAction, rules: rules)
        switch paths.walk(pathCountMax: FilterProof.pathCountMax) {
        case .equal(let count): pathCount = count
        case .tooManyPaths: pathCount = nil
        case .different(let example, let filter): throw .paths(.different(example: example, filter: filter))
        case .notUnderstood(let instruction): throw .paths(.notUnderstood(instruction: instruction))
        }
    }

    /// Compares calls one by one.
    mutating func checkProbes() throws(FilterProofFailure) {
        for rule in rules { try probe(rule) }
        try probePairs()
        try sweepNumbers()
    }

    private mutating func compare(_ call: KernelCall) throws(FilterProofFailure) {
        probeCount += 1
        let filter = program.evaluate(call, reached: &reached)
        let expected = policy.action(for: call, addresses: addresses)
        guard filter == expected.returnValue else { throw .mismatch(call, filter: filter, policy: expected) }
    }

    /// What an argument holds where a rule does not care.
    private static let fills: [UInt64] = [0, .max, 0x0123_4567_89ab_cdef]

    private static let architectures: [UInt32] = [
        AuditArchitecture.x86_64, AuditArchitecture.i386, AuditArchitecture.x32Marked, AuditArchitecture.aarch64, 0, .max,
        AuditArchitecture.x86_64 - 1, AuditArchitecture.x86_64 + 1,
    ]

    /// Every number that could mean something, on every kind of architecture.
    private mutating func sweepNumbers() throws(FilterProofFailure) {
        let x32 = KernelCall.x32Bit
        var numbers = Array(UInt32(0)...1023) + Array(x32...x32 + 1023)
        numbers += [UInt32.max, UInt32.max - 1, 1 << 31, (1 << 31) - 1, x32 - 1]
        for architecture in FilterProof.architectures {
            for fill in FilterProof.fills.prefix(2) {
                let arguments = Array(repeating: fill, count: 6)
                for number in numbers {
                    try compare(KernelCall(number: number, architecture: architecture, arguments: arguments))
                }
            }
        }
    }

    /// Arguments that a rule accepts; every bit that it does not test comes from `fill`.
    private static func arguments(for rule: FlatRule, fill: UInt64) -> [UInt64] {
        (0..<6).map { index in
            let (mask, bits) = rule.test(of: index)
            return fill & ~mask | bits
        }
    }

    /// The rule's own calls and their neighbours: each argument exact, one off, halves flipped, each bit flipped.
    private mutating func probe(_ rule: FlatRule) throws(FilterProofFailure) {
        let low: UInt64 = 0xffff_ffff
        for (fillIndex, fill) in FilterProof.fills.enumerated() {
            let exact = FilterProof.arguments(for: rule, fill: fill)
            try compare(KernelCall(number: rule.number, arguments: exact))
            for condition in rule.conditions {
                let value = exact[condition.index]
                var variants = [value &+ 1, value &- 1, value ^ low, value ^ ~low, value & low, value & ~low, 0, .max]
                if fillIndex == 0 { variants += (0..<64).map { value ^ 1 << UInt64($0) } }
                for variant in variants {
                    var arguments = exact
                    arguments[condition.index] = variant
                    try compare(KernelCall(number: rule.number, arguments: arguments))
                }
            }
        }
        // The same arguments under a neighbouring number, an x32 number, a flipped bit in number or architecture.
        let exact = FilterProof.arguments(for: rule, fill: 0)
        for bit in 0..<32 {
            try compare(KernelCall(number: rule.number ^ 1 << UInt32(bit), arguments: exact))
            try compare(
                KernelCall(number: rule.number, architecture: AuditArchitecture.x86_64 ^ 1 << UInt32(bit), arguments: exact))
        }
        for architecture in FilterProof.architectures {
            try compare(KernelCall(number: rule.number, architecture: architecture, arguments: exact))
        }
        for number in [rule.number &+ 1, rule.number &- 1] { try compare(KernelCall(number: number, arguments: exact)) }
    }

    /// Rules for one number share instructions in the program: the arguments of one with one argument, or all from some
    /// argument on, of another must not pass by accident.
    private mutating func probePairs() throws(FilterProofFailure) {
        // Bounds the work: with more rules than this on one number each is mixed with its next neighbours only.
        let neighbourCountMax = 32
        for group in Dictionary(grouping: rules, by: \.number).values {
            let exact = group.map { FilterProof.arguments(for: $0, fill: 0) }
            for first in group.indices {
                for step in 1..<max(1, min(group.count, neighbourCountMax + 1)) {
                    let second = (first + step) % group.count
                    for index in 0..<6 {
                        var one = exact[first]
                        one[index] = exact[second][index]
                        try compare(KernelCall(number: group[first].number, arguments: one))
                        let tail = Array(exact[first][..<index] + exact[second][index...])
                        try compare(KernelCall(number: group[first].number, arguments: tail))
                    }
                }
            }
        }
    }
}
