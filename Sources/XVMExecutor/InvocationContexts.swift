// SPDX-License-Identifier: Apache-2.0
// New, Invoke, Release for a node: contexts by id over one store, as XuperBridge has them.

import Synchronization
public import XVMBridge
public import XVMState
import XVMSupervisor

/// Invocations in three steps: a context is made on the newest state, invoked once, and released, one by one or all at once when a block
/// is final. Ids exist only here: a worker's channel is its context, so there is nothing that a contract could guess. Safe to use from
/// any thread.
public final class InvocationContexts: Sendable {
    private struct Pending: Sendable {
        let contract: Contract
        let call: ContractCall
        let limits: InvocationLimits
    }
    private let executor: Executor
    private let contexts: Contexts
    private let pending = Mutex<[ContextID: Pending]>([:])

    /// - Parameter store: must outlive this value's contexts.
    public init(_ executor: Executor, on store: any StateStore) {
        self.executor = executor
        contexts = Contexts(store: store)
    }

    /// Contexts that are not released.
    public var count: Int { contexts.count }

    /// A context of the newest state. Give it back with `release` or `releaseAll`.
    public func new(
        _ contract: Contract, _ request: MethodRequest, bucket: [UInt8], limits: InvocationLimits = InvocationLimits(),
        within surroundings: Surroundings = Surroundings()
    ) throws(ExecutorError) -> ContextID {
        do {
            let call = try executor.prepare(contract, request, bucket: bucket, limits: limits)
            let id = try contexts.new(
                call, environment: try executor.environment(surroundings, contract, ticket: nil))
            pending.withLock {
                $0[id] = Pending(contract: contract, call: call, limits: limits)
            }
            return id
        } catch {
            throw ExecutorError(mapping: error, subject: contract.name)
        }
    }

    /// Runs a context, once. Blocks the calling thread until the contract ended.
    public func invoke(_ id: ContextID) throws(ExecutorError) -> Execution {
        do {
            guard let call = pending.withLock({ $0[id] }) else { throw BridgeError.unknownContext(id) }
            let height = try contexts.height(id)
            var grant = PoolGrant()
            let ended = try executor.onWorker(call.contract, &grant) { worker in
                let outcome = try contexts.invoke(id, engine: worker, deadlineNanoseconds: call.limits.deadlineNanoseconds)
                return Executor.Ended(outcome: outcome, height: height)
            }
            return executor.execution(call.contract, call.call, ended, grant)
        } catch {
            throw ExecutorError(mapping: error)
        }
    }

    /// Ends a context; a second time does nothing. One that runs ends at its next syscall, as an error.
    public func release(_ id: ContextID) {
        _ = pending.withLock { $0.removeValue(forKey: id) }
        contexts.release(id)
    }

    /// Ends all contexts at once: when a block is final.
    /// - Returns: how many there were.
    @discardableResult
    public func releaseAll() -> Int {
        let ids = contexts.releaseAll()
        pending.withLock { pending in for id in ids { pending[id] = nil } }
        return ids.count
    }
}
