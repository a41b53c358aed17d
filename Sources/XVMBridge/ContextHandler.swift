// SPDX-License-Identifier: Apache-2.0
// Answers the syscalls of one context and keeps what it left: reads, writes, events, logs.

package import XVMState
package import XVMWire

/// One context's side of the syscalls. Used by one lane; not Sendable. What it throws ends the invocation; the first error is kept, so
/// that an engine cannot make an Ending of a context that failed.
package final class ContextHandler: SyscallHandler {
    private let contract: [UInt8]
    private var overlay: Overlay
    /// In the order in which they came.
    package private(set) var events: [Event] = []
    /// In the order in which they came; any bytes.
    package private(set) var logs: [[UInt8]] = []
    /// The first error, if there was one.
    package private(set) var failure: (any Error)?

    /// - Parameter contract: the bucket of the contract that runs.
    package init(contract: [UInt8], overlay: Overlay) throws(StateError) {
        try FullKey.checkBucket(contract)
        self.contract = contract
        self.overlay = overlay
    }

    package func handle(_ syscall: Syscall) throws -> SyscallResult {
        if let failure { throw failure }
        do { return try answer(syscall) } catch {
            failure = error
            throw error
        }
    }

    package func reads() throws(StateError) -> ReadSet { try overlay.reads() }
    package func writes() throws(StateError) -> WriteSet { try overlay.writes() }

    private func answer(_ syscall: Syscall) throws -> SyscallResult {
        switch syscall {
        case .getObject(let key):
            try check(key.count, StateLimits.keySizeMax, "getObject: key size")
            return try overlay.get(bucket: contract, key: key)
        case .newIterator(let start, let limit, let itemCountMax, let sizeMax):
            try check(start.count, StateLimits.boundSizeMax, "newIterator: start size")
            try check(limit.count, StateLimits.boundSizeMax, "newIterator: limit size")
            try check(Int(sizeMax), WireFormat.iteratorSizeMax, "newIterator: items size")
            guard limit.isEmpty || compare(start, limit) <= 0 else {
                throw BridgeError.breach("newIterator: limit \(shown(limit)) lies before start \(shown(start))")
            }
            return try overlay.page(
                bucket: contract, start: start, limit: limit, itemCountMax: itemCountMax, sizeMax: sizeMax)
        case .flush: return .flushed
        case .putObject(let key, let value):
            try check(key.count, StateLimits.keySizeMax, "putObject: key size")
            try check(value.count, StateLimits.valueSizeMax, "putObject: value size")
            try overlay.put(bucket: contract, key: key, value: value)
            return .none
        case .deleteObject(let key):
            try check(key.count, StateLimits.keySizeMax, "deleteObject: key size")
            try overlay.delete(bucket: contract, key: key)
            return .none
        case .postLog(let text):
            try check(text.count, WireFormat.logSizeMax, "postLog: text size")
            try check(logs.count + 1, BridgeLimits.logCountMax, "postLog: log count")
            try overlay.charge(bytes: text.count)
            logs.append(text)
            return .none
        case .emitEvent(let name, let body):
            try check(name.count, WireFormat.eventNameSizeMax, "emitEvent: name size")
            try check(body.count, WireFormat.eventBodySizeMax, "emitEvent: body size")
            try check(events.count + 1, BridgeLimits.eventCountMax, "emitEvent: event count")
            try overlay.charge(bytes: name.count + body.count)
            events.append(Event(contract: contract, name: name, body: body))
            return .none
        }
    }

    /// The worker has checked the same before it sent.
    private func check(_ value: Int, _ limit: Int, _ what: String) throws(BridgeError) {
        if value > limit { throw .breach("\(what) \(value) exceeds limit \(limit)") }
    }
}
