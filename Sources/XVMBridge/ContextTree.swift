// SPDX-License-Identifier: Apache-2.0
// What the contexts of one invocation share: one overlay, one list of events, one chain; and the run of one context in it.

internal import XVMState
internal import XVMWire

/// An invocation with its sub-calls. Used by one lane; not Sendable.
final class ContextTree: StateView {
    let environment: CallEnvironment
    var overlay: Overlay
    /// In the order in which they came; those of contexts that were taken back are not in it.
    var events: [Event] = []
    /// The same for amounts.
    var transfers: [Transfer] = []
    /// In the order in which they came; kept in every case.
    var logs: [[UInt8]] = []
    /// Bytes of linear memory of the contexts that ended (`Resources.memory`).
    var memory: Int64 = 0
    /// Contracts that run, the outermost first.
    var names: [[UInt8]] = []
    /// The first error, if there was one: it ends all contexts.
    private(set) var failure: (any Error)?
    /// For everything together.
    private let deadlineNanoseconds: UInt64
    /// nil where all of it is left whenever somebody asks: there is no end to it, or nothing runs before the one contract that does.
    private let deadline: ContinuousClock.Instant?

    /// - Parameter deadlineNanoseconds: for everything together.
    init(_ environment: CallEnvironment, overlay: Overlay, deadlineNanoseconds: UInt64) {
        self.environment = environment
        self.overlay = overlay
        let bounded = Int64(clamping: deadlineNanoseconds)
        self.deadlineNanoseconds = UInt64(bounded)
        let isAlone = environment.callees == nil && environment.prologue == nil
        deadline = bounded == .max || isAlone ? nil : ContinuousClock.now.advanced(by: .nanoseconds(bounded))
    }

    /// What is left of the deadline.
    var nanosecondsLeft: UInt64 {
        guard let deadline else { return deadlineNanoseconds }
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero else { return 0 }
        return UInt64(clamping: left.components.seconds) * 1_000_000_000 + UInt64(left.components.attoseconds / 1_000_000_000)
    }

    /// Runs `body` unless something failed before; keeps what it throws.
    func guarded<Value>(_ body: () throws -> Value) throws -> Value {
        if let failure { throw failure }
        do { return try body() } catch { throw keep(failure: error) }
    }

    func keep(failure error: any Error) -> any Error {
        failure = error
        return error
    }

    // MARK: - Savepoints

    struct Savepoint {
        let overlay: Overlay.Savepoint
        let eventCount: Int
        let transferCount: Int
    }

    var savepoint: Savepoint {
        Savepoint(overlay: overlay.savepoint, eventCount: events.count, transferCount: transfers.count)
    }

    /// Leaves nothing of what was done since but reads and logs.
    func rollBack(to savepoint: Savepoint) {
        overlay.rollBack(to: savepoint.overlay)
        if events.count > savepoint.eventCount { events.removeLast(events.count - savepoint.eventCount) }
        if transfers.count > savepoint.transferCount { transfers.removeLast(transfers.count - savepoint.transferCount) }
    }

    // MARK: - Contexts

    /// How a context ended.
    struct End {
        var status: Outcome.Status
        var output: Output
        var slots: [UInt64]
        /// What is charged.
        var gasUsed: Int64
        var memoryPages: UInt32
    }

    /// Runs one context. Its effects are in the tree when it returned; otherwise they are taken back.
    func run(_ call: ContractCall, on engine: any Engine) throws -> End {
        let savepoint = self.savepoint
        names.append(call.contract)
        defer { names.removeLast() }
        let handler = try ContextHandler(call, in: self)
        let ending = try engine.run(call.invocation, handler: handler, deadlineNanoseconds: nanosecondsLeft)
        // An engine cannot make an Ending of what failed.
        if let failure { throw failure }
        let end = try guarded { try judge(ending, call, handler) }
        if end.status != .returned { rollBack(to: savepoint) }
        if end.status == .returned || end.status == .reverted { memory += Int64(end.memoryPages) * 65536 }
        return end
    }

    /// XVM's answer of a contract that ends without an output.
    private static let noOutput = Output(status: 500, message: [UInt8]("internal error".utf8), body: [])

    /// The supervisor has verified the same on the frame; here it holds for every engine.
    private func judge(_ ending: Ending, _ call: ContractCall, _ handler: ContextHandler) throws(BridgeError) -> End {
        let lowest = ending.kind == .returned ? handler.gasCharged : 0
        guard ending.gasUsed >= lowest, ending.gasUsed <= call.gasLimit else {
            throw .breach("outcome: gas used \(ending.gasUsed) is not in \(lowest) ... \(call.gasLimit)")
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
        var kind = ending.kind
        var abortText = ending.abortText
        if let ended = handler.ended {
            // What the host decided counts, and a contract does not go on behind it.
            if ending.kind == .returned { throw .breach("outcome: returned after a call that ended the invocation") }
            kind = ended.trap.map { .trapped($0) } ?? .outOfGas
            abortText = ended.text
        }

        var output = Self.noOutput
        let status: Outcome.Status
        var gasUsed = call.gasLimit
        switch kind {
        case .returned:
            gasUsed = ending.gasUsed
            if let given = handler.output ?? ending.output {
                output = given
            } else if case .function = call.entry {
                output = Output(status: 200, message: [], body: [])
            }
            status = output.status < 400 ? .returned : .reverted
        case .trapped(let trap):
            status = .trapped(trap)
            output.message = trap == .hostAbort ? abortText : []
        case .outOfGas:
            status = .outOfGas
            output.message = []
        }
        return End(
            status: status, output: output, slots: kind == .returned ? ending.slots : [], gasUsed: gasUsed,
            memoryPages: ending.memoryPages)
    }

    // MARK: - StateView

    func get(bucket: [UInt8], key: [UInt8]) throws -> [UInt8]? {
        if case .value(let value) = try overlay.get(bucket: bucket, key: key) { return value }
        return nil
    }

    func put(bucket: [UInt8], key: [UInt8], value: [UInt8]) throws {
        try overlay.put(bucket: bucket, key: key, value: value)
    }

    func delete(bucket: [UInt8], key: [UInt8]) throws { try overlay.delete(bucket: bucket, key: key) }

    func page(
        bucket: [UInt8], start: [UInt8], limit: [UInt8], countMax: Int
    ) throws -> [(key: [UInt8], value: [UInt8])] {
        guard limit.isEmpty || compare(start, limit) <= 0 else { throw StateError.rangeReversed }
        let result = try overlay.page(
            bucket: bucket, start: start, limit: limit, itemCountMax: UInt32(clamping: countMax), sizeMax: .max)
        guard case .items(let items) = result else { return [] }
        return items.map { ($0.key, $0.value) }
    }
}
