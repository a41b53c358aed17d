// SPDX-License-Identifier: Apache-2.0
// Answers the syscalls of one context: objects, logs and events here, everything else in the files beside this one.

internal import XVMState
internal import XVMWire

/// One context's side of the syscalls. Used by one lane; not Sendable. What it throws ends the invocation; the first error is kept in the
/// tree, so that an engine cannot make an Ending of a context that failed.
final class ContextHandler: SyscallHandler {
    /// How the host ended the context from within a call.
    struct Ended {
        /// nil: out of gas.
        var trap: Trap?
        var text: [UInt8] = []
    }
    let tree: ContextTree
    let call: ContractCall
    /// What the contract gave by XuperChain's SetOutput; it counts before the worker's.
    var output: Output?
    /// Set once; nothing may be asked afterwards.
    var ended: Ended?
    /// What sub-calls were charged to this context.
    var gasCharged: Int64 = 0
    private var eventCount = 0
    // Counted apart: the worker bounds those that it posts, we those that come as XuperChain's PostLog.
    private var postedLogCount = 0
    private var syscallLogCount = 0

    /// The bucket of the contract that runs, its name.
    var contract: [UInt8] { call.contract }

    init(_ call: ContractCall, in tree: ContextTree) throws(StateError) {
        try FullKey.checkBucket(call.contract)
        self.call = call
        self.tree = tree
    }

    func handle(_ syscall: Syscall) throws -> SyscallResult { try tree.guarded { try answer(syscall) } }

    func getObject(_ key: Span<UInt8>) throws -> FoundObject {
        if let failure = tree.failure { throw failure }
        do {
            try refuseEnded()
            try check(key.count, StateLimits.keySizeMax, "getObject: key size")
            return try tree.overlay.get(bucket: call.contract, key: key)
        } catch { throw tree.keep(failure: error) }
    }

    private func refuseEnded() throws(BridgeError) {
        if ended != nil { throw .breach("syscall after a call that ended the invocation") }
    }

    private func answer(_ syscall: Syscall) throws -> SyscallResult {
        try refuseEnded()
        switch syscall {
        case .getObject(let key):
            try check(key.count, StateLimits.keySizeMax, "getObject: key size")
            return SyscallResult(try tree.overlay.get(bucket: contract, key: key))
        case .newIterator(let start, let limit, let itemCountMax, let sizeMax):
            try check(start.count, StateLimits.boundSizeMax, "newIterator: start size")
            try check(limit.count, StateLimits.boundSizeMax, "newIterator: limit size")
            try check(Int(sizeMax), WireFormat.iteratorSizeMax, "newIterator: items size")
            guard limit.isEmpty || compare(start, limit) <= 0 else {
                throw BridgeError.breach("newIterator: limit \(shown(limit)) lies before start \(shown(start))")
            }
            return try tree.overlay.page(
                bucket: contract, start: start, limit: limit, itemCountMax: itemCountMax, sizeMax: sizeMax)
        case .flush: return .flushed
        case .ask(let ask): return .reply(try answer(ask))
        case .putObject(let key, let value):
            try check(key.count, StateLimits.keySizeMax, "putObject: key size")
            try check(value.count, StateLimits.valueSizeMax, "putObject: value size")
            try tree.overlay.put(bucket: contract, key: key, value: value)
            return .none
        case .deleteObject(let key):
            try check(key.count, StateLimits.keySizeMax, "deleteObject: key size")
            try tree.overlay.delete(bucket: contract, key: key)
            return .none
        case .postLog(let text):
            try check(text.count, WireFormat.logSizeMax, "postLog: text size")
            postedLogCount += 1
            try check(postedLogCount, BridgeLimits.logCountMax, "postLog: log count")
            try keep(log: text)
            return .none
        case .emitEvent(let name, let body):
            try check(name.count, WireFormat.eventNameSizeMax, "emitEvent: name size")
            try check(body.count, WireFormat.eventBodySizeMax, "emitEvent: body size")
            try check(eventCount + 1, BridgeLimits.eventCountMax, "emitEvent: event count")
            try keep(event: name, body)
            return .none
        }
    }

    private func keep(log text: [UInt8]) throws(BridgeError) {
        try tree.overlay.charge(bytes: text.count)
        tree.logs.append(text)
    }

    private func keep(event name: [UInt8], _ body: [UInt8]) throws(BridgeError) {
        try tree.overlay.charge(bytes: name.count + body.count)
        eventCount += 1
        tree.events.append(Event(contract: contract, name: name, body: body))
    }

    /// A log line that came as XuperChain's PostLog: cut and counted as the worker does with those of the contract interface.
    func postLog(_ text: [UInt8]) throws(BridgeError) {
        guard syscallLogCount < BridgeLimits.logCountMax else { return }
        syscallLogCount += 1
        let isLast = syscallLogCount == BridgeLimits.logCountMax
        try keep(
            log: isLast
                ? [UInt8]("log lines dropped: limit \(BridgeLimits.logCountMax) per invocation".utf8)
                : Array(text.prefix(WireFormat.logSizeMax)))
    }

    /// An event that came as XuperChain's EmitEvent. False: there are as many as there may be.
    func emitEvent(_ name: [UInt8], _ body: [UInt8]) throws(BridgeError) -> Bool {
        guard eventCount < BridgeLimits.eventCountMax else { return false }
        try keep(event: name, body)
        return true
    }

    /// The worker has checked the same before it sent.
    private func check(_ value: Int, _ limit: Int, _ what: String) throws(BridgeError) {
        if value > limit { throw .breach("\(what) \(value) exceeds limit \(limit)") }
    }
}
