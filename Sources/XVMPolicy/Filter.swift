// SPDX-License-Identifier: Apache-2.0
// A seccomp program that has been proven to do what its policy says. There is no other way to get one.

/// A compiled policy, ready for seccomp(2).
package struct Filter: Equatable, Sendable {
    package let stage: PolicyStage
    /// At most PolicyLimits.instructionCountMax.
    package let instructions: [BPFInstruction]
    /// How many calls the program and the policy agreed on.
    package let probeCount: Int
    /// How many paths the program has, all compared with the policy; nil: too many, only the probes speak for this filter.
    package let pathCount: Int?

    private init(stage: PolicyStage, instructions: [BPFInstruction], probeCount: Int, pathCount: Int?) {
        self.stage = stage
        self.instructions = instructions
        self.probeCount = probeCount
        self.pathCount = pathCount
    }

    /// The array of struct sock_filter, 8 bytes for each instruction.
    package var bytes: [UInt8] { instructions.flatMap(\.bytes) }

    /// Proves `bytes` against `policy`, for these addresses.
    /// - Parameter bytes: what libseccomp has written; not trusted.
    package init(proving bytes: [UInt8], against policy: Policy, addresses: SymbolicAddresses) throws(PolicyError) {
        let program: BPFProgram
        do { program = try BPFProgram(bytes: bytes) } catch {
            throw policy.fault(PolicyPlace(), .notProven(.program(error)))
        }
        var proof = FilterProof(program, policy, rules: try policy.flatRules(addresses), addresses: addresses)
        do { try proof.check() } catch { throw policy.fault(PolicyPlace(), .notProven(error)) }
        self.init(
            stage: policy.stage, instructions: program.instructions, probeCount: proof.probeCount, pathCount: proof.pathCount)
    }
}

/// The filters of both stages, which were also compared with each other.
package struct FilterPair: Equatable, Sendable {
    package let load: Filter
    package let run: Filter
    private let runPolicy: Policy
    private let addresses: SymbolicAddresses

    /// Compiles, proves and compares both policies.
    package init(load: Policy, run: Policy, addresses: SymbolicAddresses) throws(PolicyError) {
        guard load.stage == .load else { throw load.fault(PolicyPlace(), .wrongStage(found: load.stage, expected: .load)) }
        guard run.stage == .run else { throw run.fault(PolicyPlace(), .wrongStage(found: run.stage, expected: .run)) }
        try run.checkPermitted(by: load, addresses: addresses)
        self.load = try PolicyCompiler.compile(load, addresses: addresses)
        self.run = try PolicyCompiler.compile(run, addresses: addresses)
        runPolicy = run
        self.addresses = addresses
    }

    /// The run stage for a kernel without listeners: SIGSYS where `run` notifies, compiled and proven in the same way.
    package func runTrapping() throws(PolicyError) -> Filter {
        try PolicyCompiler.compile(runPolicy.trapping, addresses: addresses)
    }
}
