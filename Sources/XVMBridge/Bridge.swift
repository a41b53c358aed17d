// SPDX-License-Identifier: Apache-2.0
// From a contract call to an Outcome: builds the Invocation, answers its syscalls, judges its end.

package import XVMState
package import XVMWire

/// One call of a contract, as the host asks for it.
package struct ContractCall: Equatable, Sendable {
    /// Name of the contract: the bucket of its data.
    package var contract: [UInt8]
    /// Hash of the gas schedule that the code was made with; empty for code without gas.
    package var schedule: [UInt8]
    /// What the engine is to run.
    package var invocation: Invocation

    package init(
        contract: [UInt8], exportIndex: UInt32, entry: Invocation.Entry, gasLimit: Int64, frameLimit: UInt32, stackLimit: UInt32,
        memoryPagesMax: UInt32, schedule: [UInt8], guest: Invocation.Guest = .none
    ) {
        self.contract = contract
        self.schedule = schedule
        invocation = Invocation(
            exportIndex: exportIndex, entry: entry, gasLimit: gasLimit, frameLimit: frameLimit, stackLimit: stackLimit,
            memoryPagesMax: memoryPagesMax, guest: guest)
    }

    /// The method with its arguments, or a function with its slots.
    package var entry: Invocation.Entry {
        get { invocation.entry }
        set { invocation.entry = newValue }
    }
    var gasLimit: Int64 { invocation.gasLimit }
}

extension MethodCall {
    /// Puts the arguments into the order that a worker expects; refuses one that is given twice.
    package init(
        method: [UInt8], caller: [UInt8], initiator: [UInt8], amount: [UInt8],
        sorting arguments: [(key: [UInt8], value: [UInt8])]
    ) throws(BridgeError) {
        let sorted = arguments.sorted { compare($0.key, $1.key) < 0 }
        for (a, b) in zip(sorted, sorted.dropFirst()) where a.key == b.key { throw .argumentTwice(key: a.key) }
        self.init(method: method, caller: caller, initiator: initiator, amount: amount, arguments: sorted)
    }
}

/// The way of one call, apart from the contexts that name it.
package enum Bridge {
    /// Runs `call` on `engine` over `snapshot`, with the sub-calls that it makes. Blocks until it ended.
    /// - Throws: what the engine throws (`Death`, `WireError` for a call that does not fit a frame), `StateError`, `BridgeError`.
    package static func invoke(
        engine: any Engine, call: ContractCall, over snapshot: any StateSnapshot, deadlineNanoseconds: UInt64,
        environment: CallEnvironment = CallEnvironment(), contextSizeMax: Int = BridgeLimits.contextSizeMax
    ) throws -> Outcome {
        // No context grows beyond what the whole tree may have; what all have together is looked at in the end.
        let memoryPagesMax = UInt32(clamping: environment.limits.memory / 65536)
        if call.invocation.memoryPagesMax > memoryPagesMax {
            var bounded = call
            bounded.invocation.memoryPagesMax = memoryPagesMax
            return try invoke(
                engine: engine, call: bounded, over: snapshot, deadlineNanoseconds: deadlineNanoseconds, environment: environment,
                contextSizeMax: contextSizeMax)
        }
        let tree = ContextTree(
            environment, overlay: Overlay(over: snapshot, sizeMax: contextSizeMax), deadlineNanoseconds: deadlineNanoseconds)
        guard let prologue = environment.prologue else { return try outcome(try tree.run(call, on: engine), call, tree) }
        let start = tree.savepoint
        if case .refused(let text) = try prologue(tree) {
            tree.rollBack(to: start)
            let end = ContextTree.End(
                status: .reverted, output: Output(status: 500, message: [UInt8](text.utf8), body: []), slots: [], gasUsed: 0,
                memoryPages: 0)
            return try outcome(end, call, tree)
        }
        let end = try tree.run(call, on: engine)
        if end.status != .returned { tree.rollBack(to: start) }
        return try outcome(end, call, tree)
    }

    /// Runs `body` on a view over `snapshot`, without any contract: what a chain does itself.
    package static func edit(
        over snapshot: any StateSnapshot, _ body: (any StateView) throws -> Void
    ) throws -> Effects {
        let tree = ContextTree(CallEnvironment(), overlay: Overlay(over: snapshot), deadlineNanoseconds: .max)
        try body(tree)
        return Effects(reads: try tree.overlay.reads(), writes: try tree.overlay.writes(), scans: tree.overlay.scans)
    }

    private static func outcome(_ end: ContextTree.End, _ call: ContractCall, _ tree: ContextTree) throws(StateError) -> Outcome {
        let writes = try tree.overlay.writes()
        var end = end
        var resources = Resources(
            cpu: end.gasUsed, memory: tree.memory, disk: Resources.disk(writes, tree.events), fee: 0)
        var limits = tree.environment.limits
        limits.cpu = call.gasLimit
        if end.status == .returned || end.status == .reverted, let excess = resources.excess(over: limits) {
            let text = "resource exceeds: \(excess.name) \(excess.used), limit \(excess.limit)"
            end = ContextTree.End(
                status: .outOfGas, output: Output(status: 500, message: [UInt8](text.utf8), body: []), slots: [],
                gasUsed: call.gasLimit, memoryPages: end.memoryPages)
        }
        let isKept = end.status == .returned
        if !isKept { resources.disk = 0 }
        resources.cpu = end.gasUsed
        return Outcome(
            status: end.status, code: end.output.status, message: end.output.message, body: end.output.body, slots: end.slots,
            gasUsed: end.gasUsed, gasLimit: call.gasLimit, schedule: call.schedule, memoryPages: end.memoryPages,
            reads: try tree.overlay.reads(), writes: isKept ? writes : WriteSet(), events: isKept ? tree.events : [],
            transfers: isKept ? tree.transfers : [], logs: tree.logs, resources: resources, scans: tree.overlay.scans)
    }
}
