// SPDX-License-Identifier: Apache-2.0
// A single node's chain: executes transactions in workers and appends them to the ledger in blocks.

import Foundation
import Synchronization
import XVMBridge
import XVMCore
@_exported public import XVMLedger
public import XVMState
import XVMSystem

/// How a node runs its chain.
public struct NodeOptions: Sendable {
    /// Gas schedule of every contract of the chain. Another one makes other results: it is part of the chain.
    public var schedule = GasScheduleSource.xuper
    /// Wall time, memory and stack of an invocation; its gas is the transaction's.
    public var limits = InvocationLimits()
    /// Memory, disk and fee of an invocation.
    public var resources = Resources.unlimited
    /// Threads that execute transactions of a block; each waits for a worker most of the time.
    public var threadCount = max(2, ProcessInfo.processInfo.activeProcessorCount + 1)
    /// Transactions in a block, at most.
    public var blockCountMax = 256
    /// Who makes the blocks.
    public var proposer = Array("node".utf8)
    /// The whole supply, made by the first block.
    public var supply = Array("100000000000000000000".utf8)
    /// Who has it then.
    public var supplyOwner = Array("treasury".utf8)
    /// Nanoseconds since 1970, for new blocks. No result depends on it.
    public var clock: @Sendable () -> UInt64 = { UInt64(max(0, Date().timeIntervalSince1970) * 1e9) }

    /// The defaults.
    public init() {}
}

/// What executing one transaction gave.
public struct TransactionExecution: Sendable {
    /// Of the transaction.
    public let id: TransactionID
    /// What its contract did; nil where none ran.
    public let outcome: Outcome?
    /// What is committed: nothing unless it returned.
    public let result: TransactionResult
    /// Whether it goes into a block.
    public let isKept: Bool
    /// Name of the gas schedule.
    public let scheduleName: String
    /// Where the time went.
    public let timing: Timing
    let effects: Effects
}

/// What became of a transaction.
public struct Receipt: Sendable {
    /// What it gave; a failure is an infrastructure error or a refusal of the ledger, and nothing of it is in the chain.
    public let execution: Result<TransactionExecution, ExecutorError>
    /// The block it stands in; nil: in none.
    public let height: UInt64?
}

/// Where the time of a `submit` went. Executors, settler and committer work at the same time: their times do not add up to the whole.
public struct SubmitProfile: Sendable {
    /// From the first transaction to the last block.
    public var wholeNanoseconds: Int64 = 0
    /// Of all executors together, in transactions: workers, snapshots, digests.
    public var executeNanoseconds: Int64 = 0
    /// Of that, with the worker in hand.
    public var workerNanoseconds: Int64 = 0
    /// The settler waited for executors.
    public var executorWaitNanoseconds: Int64 = 0
    /// The settler checked for conflicts and ran transactions again.
    public var settleNanoseconds: Int64 = 0
    /// Blocks were encoded and hashed.
    public var draftNanoseconds: Int64 = 0
    /// The settler waited for the block before to become durable.
    public var commitWaitNanoseconds: Int64 = 0
    /// The committer was in the store.
    public var commitNanoseconds: Int64 = 0
    /// Transactions that were run again, or first, by the settler.
    public var settledAgainCount = 0
    /// Blocks.
    public var blockCount = 0

    /// All zero.
    public init() {}
}

/// A chain on one machine. Use one for a store; it is safe to use from any thread, and blocks are made one after another.
public final class Node: Sendable {
    /// The chain.
    public let ledger: Ledger
    /// How it is run.
    public let options: NodeOptions
    let executor: Executor
    /// Where the time of the last `submit` went.
    public var profile: SubmitProfile { lastProfile.withLock { $0 } }
    let lastProfile = Mutex(SubmitProfile())
    /// Held while blocks are made.
    private let maker = Mutex<Void>(())

    /// Opens the chain of a store, or begins one with the first block.
    /// - Parameter access: who may do what.
    public init(
        _ executor: Executor, _ store: any StateStore, access: any AccessControl = ThresholdControl(),
        options: NodeOptions = NodeOptions()
    ) throws(ExecutorError) {
        self.executor = executor
        self.options = options
        do { ledger = try Ledger(store, access: access) } catch { throw ExecutorError(mapping: error) }
    }

    // MARK: - Transactions

    /// Executes transactions in parallel, with the result of their order, and commits them durably in blocks of
    /// `NodeOptions.blockCountMax`. What does not return is left out.
    /// - Parameter committed: called for each block once it is durable, in order, with the receipts of all its transactions.
    /// - Throws: what ends the chain's work as a whole (the store, mostly); blocks reported before stand.
    public func submit(
        _ transactions: [LedgerTransaction], committed: @escaping @Sendable ([Receipt]) -> Void
    ) throws(ExecutorError) {
        do {
            try maker.withLock { _ in
                try begin()
                warm(transactions)
                try Pipeline(self, transactions, committed).run()
            }
        } catch { throw ExecutorError(mapping: error) }
    }

    /// The same for one transaction, on the calling thread.
    public func submit(_ transaction: LedgerTransaction) throws(ExecutorError) -> Receipt {
        let receipts = Mutex<[Receipt]>([])
        try submit([transaction]) { block in receipts.withLock { $0 += block } }
        guard let receipt = receipts.withLock({ $0.first }) else { preconditionFailure("each transaction has a receipt") }
        return receipt
    }

    /// Runs a method on the newest state, or on that of an older block, and commits nothing.
    public func query(
        _ contract: [UInt8], _ method: [UInt8], arguments: [CallArgument] = [], initiator: [UInt8], gasLimit: Int64,
        height: UInt64? = nil
    ) throws(ExecutorError) -> TransactionExecution {
        do {
            let transaction = LedgerTransaction(
                .invoke(contract: contract, method: method, arguments: arguments, amount: []), initiator: initiator, nonce: 0,
                gasLimit: gasLimit)
            warm([transaction])
            let at = height ?? ledger.height
            let snapshot = try height.map { try ledger.store.snapshot(at: $0) } ?? ledger.store.snapshot()
            defer { snapshot.close() }
            return try execute(transaction, id: transaction.id, on: snapshot, height: at)
        } catch { throw ExecutorError(mapping: error) }
    }

    /// Everything that an owner has.
    public func balance(of owner: [UInt8]) throws(ExecutorError) -> Amount {
        do {
            let snapshot = try ledger.store.snapshot()
            defer { snapshot.close() }
            var amount: Amount?
            _ = try Bridge.edit(over: snapshot) { view in amount = try Balances.balance(of: owner, in: view) }
            guard let amount else { preconditionFailure("set above") }
            return amount
        } catch { throw ExecutorError(mapping: error) }
    }

    // MARK: - Blocks

    /// The first block, where there is none: the supply.
    private func begin() throws {
        guard ledger.height == 0 else { return }
        let transaction = LedgerTransaction(
            .genesis(supply: options.supply, owner: options.supplyOwner), initiator: options.proposer, nonce: 0)
        let snapshot = try ledger.store.snapshot()
        let id = transaction.id
        let execution = Result { try execute(transaction, id: id, on: snapshot, height: 0) }
        snapshot.close()
        let committed = CommittedTransaction(request: transaction, result: try execution.get().result)
        try ledger.append(try ledger.draft([(id, committed)], timestamp: options.clock(), proposer: options.proposer))
    }

    /// Takes the newest block back.
    /// - Returns: it.
    @discardableResult
    public func undo() throws(ExecutorError) -> Block {
        do { return try maker.withLock { _ in try ledger.undo() } } catch { throw ExecutorError(mapping: error) }
    }

    /// Executes a block again, as a node does that has not made it: each transaction on a store that holds nothing but its read set, with
    /// exactly the gas that it is said to have used; write set, events, answer and gas must be the same.
    /// - Parameter block: one that follows a height that the store still knows; in the chain or not.
    /// - Throws: kind `verification` with what differs.
    public func verify(_ block: Block) throws(ExecutorError) {
        do {
            guard block.height > 0 else { throw LedgerError.blockUnknown("0") }
            let before = try ledger.store.snapshot(at: block.height - 1)
            defer { before.close() }
            var pending = PendingBlock(over: before, height: block.height)
            for committed in block.transactions {
                let id = committed.request.id
                try verify(committed, id, on: pending.snapshot, height: block.height - 1)
                pending.add(id, committed.result.writes)
            }
        } catch { throw ExecutorError(mapping: error) }
    }

    private func verify(
        _ committed: CommittedTransaction, _ id: TransactionID, on state: any StateSnapshot, height: UInt64
    ) throws {
        func differs(_ what: String) -> ExecutorError {
            ExecutorError(
                .state, kind: "verification", detail: "transaction \(id): executed again it gives another \(what)",
                isDeterministic: true, blame: .unknown)
        }
        let (snapshot, conflict) = try ReadSetSnapshot.make(committed.result.reads, from: state)
        guard let snapshot else {
            guard case .conflict(let bucket, let key, let expected, let actual)? = conflict else { throw differs("read set") }
            throw LedgerError.conflict(transaction: id, bucket: bucket, key: key, expected: expected, actual: actual)
        }
        var request = committed.request
        try restoreCode(&request, committed.result.writes)
        let execution: TransactionExecution
        do {
            // Gas is no part of what is signed twice: the id stays that of the limit that was asked for.
            execution = try execute(request, id: id, on: snapshot, height: height, gasLimit: committed.result.gasUsed)
        } catch StateError.outsideReadSet(let bucket, let key) {
            throw differs("read set: key \(Message.quoted(bucket))/\(Message.quoted(key)) is not in it")
        }
        let given = execution.result
        let said = committed.result
        if !execution.isKept { throw differs("end: \(Message.quoted(given.message))") }
        if given.gasUsed != said.gasUsed { throw differs("gas: \(given.gasUsed), not \(said.gasUsed)") }
        if given.writes != said.writes { throw differs("write set") }
        if given.events != said.events { throw differs("list of events") }
        if given.reads != said.reads { throw differs("read set") }
        if given.code != said.code || given.message != said.message || given.body != said.body { throw differs("answer") }
        if given.outcomeDigest != said.outcomeDigest { throw differs("digest") }
    }

    /// A transaction that was read back has its code by hash; the code is among its own writes, or was there before.
    private func restoreCode(_ transaction: inout LedgerTransaction, _ writes: WriteSet) throws {
        func code(_ hash: [UInt8]) throws -> [UInt8] {
            for write in writes.writes where write.bucket == Buckets.contract && write.key == hash {
                if case .put(let value) = write.effect { return value }
            }
            return try module(hash: hash)
        }
        switch transaction.action {
        case .deploy(let contract, let hash, let arguments, let account) where hash.count == SHA256.size:
            transaction.action = .deploy(contract: contract, code: try code(hash), arguments: arguments, account: account)
        case .upgrade(let contract, let hash) where hash.count == SHA256.size:
            transaction.action = .upgrade(contract: contract, code: try code(hash))
        case .deploy, .upgrade, .invoke, .transfer, .setAccount, .setMethodAccess, .genesis: break
        }
    }

    // MARK: - One transaction

    /// A module that is about to be deployed: not in the state yet.
    private final class NewModule: ModuleSource {
        let code: [UInt8]
        init(_ code: [UInt8]) { self.code = code }
        func module(hash: [UInt8]) throws -> [UInt8] { code }
    }

    /// What a prologue threw, on its way around the worker, which is not to blame.
    private final class Refusal: Sendable {
        let error = Mutex<(any Error)?>(nil)
    }

    /// Executes on a state, without committing.
    /// - Parameters:
    ///   - height: the newest block that the transaction can see.
    ///   - gasLimit: in place of the transaction's own.
    /// - Throws: `LedgerError` where the ledger refuses; infrastructure errors.
    func execute(
        _ transaction: LedgerTransaction, id: TransactionID, on snapshot: any StateSnapshot, height: UInt64,
        gasLimit: Int64? = nil
    ) throws -> TransactionExecution {
        let rules = try ledger.rules(for: transaction, id: id, height: height)
        switch transaction.action {
        case .invoke(let name, let method, let arguments, let amount):
            guard let description = try Contracts.description(of: name, in: snapshot) else {
                throw LedgerError.contractUnknown(name)
            }
            let contract = try executor.contract(hash: description.moduleHash, from: self, schedule: options.schedule)
            return try run(
                contract, transaction, id, rules, name, method, arguments, amount, gasLimit ?? transaction.gasLimit, snapshot)
        case .deploy(let name, let code, let arguments, _):
            let contract = try newContract(code, name)
            var execution = try run(
                contract, transaction, id, rules, name, Array("initialize".utf8), arguments, [],
                gasLimit ?? transaction.gasLimit, snapshot)
            if execution.isKept { execution = try adding(code, contract.moduleHash, to: execution, snapshot) }
            return execution
        case .upgrade(let name, let code):
            let contract = try newContract(code, name)
            return try adding(code, contract.moduleHash, to: edit(transaction, id, rules, snapshot), snapshot)
        case .transfer, .setAccount, .setMethodAccess, .genesis:
            return try edit(transaction, id, rules, snapshot)
        }
    }

    /// Compiles what the transactions will run while no snapshot is open: a compilation may take longer than a snapshot may live. What
    /// fails here fails again where it is needed, and is told there.
    private func warm(_ transactions: [LedgerTransaction]) {
        var names: Set<[UInt8]> = []
        for transaction in transactions {
            switch transaction.action {
            case .deploy(let name, let code, _, _), .upgrade(let name, let code):
                if (try? transaction.check()) != nil { _ = try? newContract(code, name) }
            case .invoke(let name, _, _, _): names.insert(name)
            case .transfer, .setAccount, .setMethodAccess, .genesis: break
            }
        }
        for name in names {
            guard let snapshot = try? ledger.store.snapshot() else { return }
            let description = try? Contracts.description(of: name, in: snapshot)
            snapshot.close()
            if let description {
                _ = try? executor.contract(hash: description.moduleHash, from: self, schedule: options.schedule)
            }
        }
    }

    private func newContract(_ code: [UInt8], _ name: [UInt8]) throws -> Contract {
        if ObjectFile.isObject(code) {
            throw ExecutorError.usage("invalidModule", "\(Message.quoted(name)): a chain takes WebAssembly, not machine code")
        }
        return try executor.contract(hash: SHA256.hash(code), from: NewModule(code), schedule: options.schedule)
    }

    private func run(
        _ contract: Contract, _ transaction: LedgerTransaction, _ id: TransactionID, _ rules: ChainRules, _ name: [UInt8],
        _ method: [UInt8], _ arguments: [CallArgument], _ amount: [UInt8], _ gasLimit: Int64, _ snapshot: any StateSnapshot
    ) throws -> TransactionExecution {
        var request = MethodRequest("")
        request.method = method
        request.arguments = arguments.map { ($0.key, $0.value) }
        request.initiator = transaction.initiator
        request.amount = amount.isEmpty ? Array("0".utf8) : amount
        var limits = options.limits
        limits.gas = gasLimit
        let refusal = Refusal()
        var surroundings = Surroundings()
        surroundings.chain = rules
        surroundings.modules = self
        surroundings.schedule = options.schedule
        surroundings.authRequire = transaction.authRequire
        surroundings.resources = options.resources
        surroundings.prologue = { view in
            do {
                try rules.begin(transaction, in: view)
                return .done
            } catch {
                refusal.error.withLock { $0 = error }
                return .refused("")
            }
        }
        let execution = try executor.invoke(
            contract, request, bucket: name, limits: limits, over: snapshot, within: surroundings)
        if let error = refusal.error.withLock({ $0 }) { throw error }
        let outcome = execution.outcome
        return TransactionExecution(
            id: id, outcome: outcome,
            result: TransactionResult(
                code: outcome.code, message: outcome.message, body: outcome.body, gasUsed: outcome.gasUsed,
                outcomeDigest: outcome.digest, reads: outcome.reads, writes: outcome.writes,
                events: outcome.events.map { [$0.contract, $0.name, $0.body] }),
            isKept: outcome.status == .returned, scheduleName: execution.scheduleName, timing: execution.timing,
            effects: Effects(
                reads: outcome.reads, writes: outcome.writes, scans: outcome.scans, dependsOnHeight: rules.dependsOnHeight))
    }

    private func edit(
        _ transaction: LedgerTransaction, _ id: TransactionID, _ rules: ChainRules, _ snapshot: any StateSnapshot
    ) throws -> TransactionExecution {
        let effects = try Bridge.edit(over: snapshot) { view in try rules.begin(transaction, in: view) }
        return TransactionExecution(
            id: id, outcome: nil,
            result: TransactionResult(
                code: 200, message: Array("ok".utf8), body: [], gasUsed: 0, outcomeDigest: [], reads: effects.reads,
                writes: effects.writes, events: []), isKept: true, scheduleName: "none", timing: Timing(), effects: effects)
    }

    /// Puts a module's code beside its description, unless it is in the state already. Host side: it does not pass through a worker's view,
    /// whose values are smaller.
    private func adding(
        _ code: [UInt8], _ hash: [UInt8], to execution: TransactionExecution, _ snapshot: any StateSnapshot
    ) throws -> TransactionExecution {
        let version = try Contracts.codeVersion(hash: hash, in: snapshot)
        var result = execution.result
        result.reads = try ReadSet(
            result.reads.reads + [Read(bucket: Buckets.contract, key: hash, version: version)])
        if version == nil {
            result.writes = try WriteSet(
                result.writes.writes + [Write(bucket: Buckets.contract, key: hash, effect: .put(code))])
        }
        return TransactionExecution(
            id: execution.id, outcome: execution.outcome, result: result, isKept: execution.isKept,
            scheduleName: execution.scheduleName, timing: execution.timing,
            effects: Effects(
                reads: result.reads, writes: result.writes, scans: execution.effects.scans,
                dependsOnHeight: execution.effects.dependsOnHeight))
    }
}

extension Node: ModuleSource {
    /// The code of a contract of the chain.
    public func module(hash: [UInt8]) throws -> [UInt8] {
        let snapshot = try ledger.store.snapshot()
        defer { snapshot.close() }
        guard let code = try Contracts.code(hash: hash, in: snapshot) else { throw LedgerError.codeMissing(hash: hash) }
        return code
    }
}
