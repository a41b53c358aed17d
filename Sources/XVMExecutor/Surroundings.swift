// SPDX-License-Identifier: Apache-2.0
// What stands around an invocation: a chain with its contracts, and the workers that run those contracts for it.

import Synchronization
import XVMBridge
import XVMCore
public import XVMState
import XVMSupervisor
import XVMSystem
public import XVMWire

/// Gives the WebAssembly bytes of contracts that a chain knows by their hash.
public protocol ModuleSource: AnyObject, Sendable {
    /// - Parameter hash: SHA-256 of the bytes; what is given is checked against it.
    func module(hash: [UInt8]) throws -> [UInt8]
}

/// What stands around an invocation. Without a chain a contract is alone: calls of others, transfers and questions about accounts and
/// blocks are refused to it.
public struct Surroundings: Sendable {
    /// Who answers for contracts, accounts, amounts, transactions and blocks.
    public var chain: (any Chain)?
    /// Where the code of other contracts comes from; nil: none can be called.
    public var modules: (any ModuleSource)?
    /// Gas schedule of other contracts; should be the invocation's own.
    public var schedule = GasScheduleSource.xuper
    /// Who signed beside the initiator.
    public var authRequire: [[UInt8]] = []
    /// Memory, disk and fee of the whole invocation; its cpu is `InvocationLimits.gas`.
    public var resources = Resources.unlimited
    /// Contracts in a chain of calls, the first one included.
    public var callDepthMax = 10
    /// Whether a contract may be called that stands in the chain of callers already.
    public var allowsReentrancy = false
    /// Done on the state before the contract runs, e.g. the transfer of the amount that goes with the call. A refusal reverts the
    /// invocation with its text.
    public var prologue: (@Sendable (any StateView) throws -> TransferResult)?

    /// Answers questions to other chains; nil: refused as unsupported. Its answers must be the same on every node. At most 1024 bytes of
    /// message and 61440 of body.
    public var crossQuery: (@Sendable (_ uri: [UInt8], _ arguments: [(key: [UInt8], value: [UInt8])]) throws -> Output?)?

    /// Alone.
    public init() {}
}

/// What ended a sub-call, on its way through the calls around it: those workers are not to blame.
struct NestedFailure: Error {
    let error: any Error

    static func innermost(_ error: any Error) -> any Error { (error as? NestedFailure)?.error ?? error }
}

extension Executor {
    func environment(_ surroundings: Surroundings, _ contract: Contract, ticket: PoolTicket?) throws -> CallEnvironment {
        var environment = CallEnvironment()
        environment.chain = surroundings.chain
        environment.authRequire = surroundings.authRequire
        environment.limits = surroundings.resources
        environment.depthMax = surroundings.callDepthMax
        environment.allowsReentrancy = surroundings.allowsReentrancy
        environment.prologue = surroundings.prologue
        environment.keys = XuperKeys()
        if let crossQuery = surroundings.crossQuery {
            environment.crossQuery = { uri, arguments in try crossQuery(uri, arguments.pairs) }
        }
        if let modules = surroundings.modules {
            environment.callees = Callees(self, modules, surroundings.schedule, try pool(), ticket)
        }
        return environment
    }

    /// A contract by its hash: the one that was loaded by it before, else the bytes that `modules` has for it, which are checked against the
    /// hash. Blocks where it has to be compiled.
    public func load(
        hash: [UInt8], from modules: any ModuleSource, schedule: GasScheduleSource = .xuper
    ) throws(ExecutorError) -> Contract {
        do { return try contract(hash: hash, from: modules, schedule: schedule) } catch { throw ExecutorError(mapping: error) }
    }

    func contract(hash: [UInt8], from modules: any ModuleSource, schedule: GasScheduleSource) throws -> Contract {
        let key = LoadedKey(hash: hash, schedule: schedule)
        let known = loaded.withLock { $0[key] }
        meters.countLoaded(isThere: known != nil)
        if let known { return known }
        let contract = try load(try modules.module(hash: hash), schedule: schedule, name: "contract \(Hex.encode(hash))")
        guard contract.moduleHash == hash else {
            throw ExecutorError(
                .state, kind: "corrupted",
                detail: "module \(Hex.encode(hash)) of the chain has the hash \(Hex.encode(contract.moduleHash))",
                blame: .host)
        }
        let evictedCount = loaded.withLock { loaded in
            // No order among them is worth keeping: what is dropped is loaded again from the cache of compiled code.
            let count = loaded.count >= 1024 ? loaded.count : 0
            if count > 0 { loaded.removeAll() }
            loaded[key] = contract
            return count
        }
        meters.countEvicted(evictedCount)
        return contract
    }
}

/// Names a loaded contract.
struct LoadedKey: Hashable {
    let hash: [UInt8]
    let schedule: GasScheduleSource
}

/// Runs the sub-calls of one invocation, on its lane.
private final class Callees: CalleeProvider {
    private let executor: Executor
    private let modules: any ModuleSource
    private let schedule: GasScheduleSource
    private let pool: WorkerPool
    private let ticket: PoolTicket?

    init(
        _ executor: Executor, _ modules: any ModuleSource, _ schedule: GasScheduleSource, _ pool: WorkerPool,
        _ ticket: PoolTicket?
    ) {
        self.executor = executor
        self.modules = modules
        self.schedule = schedule
        self.pool = pool
        self.ticket = ticket
    }

    func withCallee(_ deployed: DeployedContract, method: [UInt8], _ body: (Callee) throws -> UInt32) throws -> Bool {
        do {
            let contract = try executor.contract(hash: deployed.moduleHash, from: modules, schedule: schedule)
            guard let index = contract.existingMethod(method) else { return false }
            var grant = PoolGrant()
            // What the callee asked is counted as what its caller asks; the invocation is the caller's.
            defer { executor.meters.count(grant.counts) }
            try pool.runNested(executor.poolModule(contract), ticket: ticket, &grant) { worker in
                let callee = Callee(
                    engine: worker, exportIndex: index, guest: contract.guest, frameLimit: contract.frameLimit,
                    schedule: contract.isOwn ? contract.scheduleHash : [])
                return try body(callee)
            }
            return true
        } catch {
            throw NestedFailure(error: NestedFailure.innermost(error))
        }
    }
}
