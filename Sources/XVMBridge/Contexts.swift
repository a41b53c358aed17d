// SPDX-License-Identifier: Apache-2.0
// The live contexts of a host: New, Invoke, Release by id. Ids exist only here; none ever travels to a worker.

internal import Synchronization
package import XVMState
package import XVMWire

/// The name of a context in the host's API; counts up from 1 and is never used again.
public struct ContextID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// From 1.
    public let number: UInt64

    /// Earlier made, smaller.
    public static func < (a: ContextID, b: ContextID) -> Bool { a.number < b.number }
    /// The number.
    public var description: String { String(number) }
}

/// The contexts over one store. Each has a snapshot of the moment in which it was made, and is invoked once.
package final class Contexts: Sendable {
    private struct Context: Sendable {
        let call: ContractCall
        let environment: CallEnvironment
        let snapshot: any StateSnapshot
        var isInvoked = false
    }
    private struct Table: Sendable {
        var last: UInt64 = 0
        var live: [ContextID: Context] = [:]
    }
    private let table = Mutex(Table())
    private let store: any StateStore
    private let countMax: Int

    package init(store: any StateStore, countMax: Int = BridgeLimits.contextCountMax) {
        self.store = store
        self.countMax = countMax
    }

    /// Live contexts.
    package var count: Int { table.withLock { $0.live.count } }

    /// Makes a context for `call` on the newest state. Give it back with `release`.
    /// - Throws: `BridgeError`, `StateError`.
    package func new(_ call: ContractCall, environment: CallEnvironment = CallEnvironment()) throws -> ContextID {
        let snapshot = try store.snapshot()
        let id = table.withLock { table -> ContextID? in
            guard table.live.count < countMax else { return nil }
            table.last += 1
            let id = ContextID(number: table.last)
            table.live[id] = Context(call: call, environment: environment, snapshot: snapshot)
            return id
        }
        guard let id else {
            snapshot.close()
            throw BridgeError.contextsExhausted(limit: countMax)
        }
        return id
    }

    /// The height of the state that the context sees.
    package func height(_ id: ContextID) throws(BridgeError) -> UInt64 {
        guard let context = table.withLock({ $0.live[id] }) else { throw .unknownContext(id) }
        return context.snapshot.height
    }

    /// Runs the context's call on `engine`, once. Blocks the calling thread, a lane's.
    /// - Throws: as `Bridge.invoke`.
    package func invoke(_ id: ContextID, engine: any Engine, deadlineNanoseconds: UInt64) throws -> Outcome {
        let context = try table.withLock { table throws(BridgeError) -> Context in
            guard let context = table.live[id] else { throw .unknownContext(id) }
            if context.isInvoked { throw .contextUsed(id) }
            table.live[id]?.isInvoked = true
            return context
        }
        return try Bridge.invoke(
            engine: engine, call: context.call, over: context.snapshot, deadlineNanoseconds: deadlineNanoseconds,
            environment: context.environment)
    }

    /// Ends a context and frees its snapshot; a second time does nothing. One that still runs ends at its next syscall with
    /// `StateError.snapshotClosed`.
    package func release(_ id: ContextID) {
        table.withLock { $0.live.removeValue(forKey: id) }?.snapshot.close()
    }

    /// Ends all contexts at once, as `release` ends one: when a block is final, none of those before it is of use.
    /// - Returns: their ids.
    @discardableResult
    package func releaseAll() -> [ContextID] {
        let contexts = table.withLock { table in
            defer { table.live = [:] }
            return table.live
        }
        for context in contexts.values { context.snapshot.close() }
        return contexts.keys.sorted()
    }

    /// New, Invoke and Release in one; the context is gone on every path.
    /// - Returns: the Outcome and the height of the state that it was made on.
    package func run(
        _ call: ContractCall, engine: any Engine, deadlineNanoseconds: UInt64
    ) throws -> (outcome: Outcome, height: UInt64) {
        let id = try new(call)
        defer { release(id) }
        let height = try height(id)
        return (try invoke(id, engine: engine, deadlineNanoseconds: deadlineNanoseconds), height)
    }
}
