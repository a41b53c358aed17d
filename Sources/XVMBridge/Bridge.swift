// SPDX-License-Identifier: Apache-2.0
// From a contract call to an Outcome: builds the Invocation, answers its syscalls, judges its end.

package import XVMState
package import XVMWire

/// One call of a contract, as the host asks for it.
package struct ContractCall: Equatable, Sendable {
    /// Name of the contract: the bucket of its data.
    package var contract: [UInt8]
    /// Index among the module's function exports.
    package var exportIndex: UInt32
    /// The method with its arguments, or a function with its slots.
    package var entry: Invocation.Entry
    /// 0 ..< 2^62.
    package var gasLimit: Int64
    /// Greatest number of Wasm frames.
    package var frameLimit: UInt32
    /// Greatest sum of computed frame costs, in bytes.
    package var stackLimit: UInt32
    /// Pages that linear memory may grow to.
    package var memoryPagesMax: UInt32
    /// Hash of the gas schedule that the code was made with; empty for code without gas.
    package var schedule: [UInt8]

    package init(
        contract: [UInt8], exportIndex: UInt32, entry: Invocation.Entry, gasLimit: Int64, frameLimit: UInt32, stackLimit: UInt32,
        memoryPagesMax: UInt32, schedule: [UInt8]
    ) {
        self.contract = contract
        self.exportIndex = exportIndex
        self.entry = entry
        self.gasLimit = gasLimit
        self.frameLimit = frameLimit
        self.stackLimit = stackLimit
        self.memoryPagesMax = memoryPagesMax
        self.schedule = schedule
    }

    var invocation: Invocation {
        Invocation(
            exportIndex: exportIndex, entry: entry, gasLimit: gasLimit, frameLimit: frameLimit, stackLimit: stackLimit,
            memoryPagesMax: memoryPagesMax)
    }
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
    /// Runs `call` on `engine` over `snapshot`. Blocks until it ended.
    /// - Throws: what the engine throws (`Death`, `WireError` for a call that does not fit a frame), `StateError`, `BridgeError`.
    package static func invoke(
        engine: any Engine, call: ContractCall, over snapshot: any StateSnapshot, deadlineNanoseconds: UInt64,
        contextSizeMax: Int = BridgeLimits.contextSizeMax
    ) throws -> Outcome {
        let handler = try ContextHandler(contract: call.contract, overlay: Overlay(over: snapshot, sizeMax: contextSizeMax))
        let ending = try engine.run(call.invocation, handler: handler, deadlineNanoseconds: deadlineNanoseconds)
        if let failure = handler.failure { throw failure }
        try check(ending, call)
        return try outcome(ending, call, handler)
    }

    /// The supervisor has verified the same on the frame; here it holds for every engine.
    private static func check(_ ending: Ending, _ call: ContractCall) throws(BridgeError) {
        guard (0...call.gasLimit).contains(ending.gasUsed) else {
            throw .breach("outcome: gas used \(ending.gasUsed) is not in 0 ... \(call.gasLimit)")
        }
        guard ending.memoryPages <= WireFormat.memoryPagesMax else {
            throw .breach("outcome: memory pages \(ending.memoryPages) exceeds limit \(WireFormat.memoryPagesMax)")
        }
        let message = max(ending.output?.message.count ?? 0, ending.abortText.count)
        guard message <= WireFormat.outputMessageSizeMax else {
            throw .breach("outcome: message size \(message) exceeds limit \(WireFormat.outputMessageSizeMax)")
        }
        if let size = ending.output?.body.count, size > WireFormat.outputBodySizeMax {
            throw .breach("outcome: body size \(size) exceeds limit \(WireFormat.outputBodySizeMax)")
        }
        if case .method = call.entry, !ending.slots.isEmpty {
            throw .breach("outcome: slot count \(ending.slots.count) exceeds limit 0")
        }
    }

    private static func outcome(
        _ ending: Ending, _ call: ContractCall, _ handler: ContextHandler
    ) throws(StateError) -> Outcome {
        var status: Outcome.Status
        // XVM's answer of a contract that ends without an output.
        var output = Output(status: 500, message: [UInt8]("internal error".utf8), body: [])
        var gasUsed = call.gasLimit
        switch ending.kind {
        case .returned:
            gasUsed = ending.gasUsed
            if let given = ending.output {
                output = given
            } else if case .function = call.entry {
                output = Output(status: 200, message: [], body: [])
            }
            status = output.status < 400 ? .returned : .reverted
        case .trapped(let trap):
            status = .trapped(trap)
            output.message = trap == .hostAbort ? ending.abortText : []
        case .outOfGas:
            status = .outOfGas
            output.message = []
        }
        let isKept = status == .returned
        return Outcome(
            status: status, code: output.status, message: output.message, body: output.body,
            slots: ending.kind == .returned ? ending.slots : [], gasUsed: gasUsed, gasLimit: call.gasLimit,
            schedule: call.schedule, memoryPages: ending.memoryPages, reads: try handler.reads(),
            writes: isKept ? try handler.writes() : WriteSet(), events: isKept ? handler.events : [], logs: handler.logs)
    }
}
