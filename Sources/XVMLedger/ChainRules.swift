// SPDX-License-Identifier: Apache-2.0
// What a transaction does to the state beside its contract, and what its contract may ask of the chain.

internal import Synchronization
internal import XVMCore
public import XVMState

/// The chain as one transaction sees it: blocks up to the one before its own, everything else through its view. One per transaction,
/// because the outputs that it makes are counted.
public final class ChainRules: Chain {
    private let ledger: Ledger
    /// The newest block that the transaction can see.
    private let height: UInt64
    private let id: TransactionID
    private let signers: Set<[UInt8]>
    private let access: any AccessControl
    private let output = Mutex<UInt32>(0)
    private let hasAskedHistory = Mutex(false)

    init(_ ledger: Ledger, height: UInt64, id: TransactionID, signers: Set<[UInt8]>) {
        self.ledger = ledger
        self.height = height
        self.id = id
        self.signers = signers
        access = ledger.access
    }

    /// Whether blocks or transactions were asked for: then the answer is that of this height, not of the sets alone.
    public var dependsOnHeight: Bool { hasAskedHistory.withLock { $0 } }

    /// Does the ledger's own part of a transaction: everything where no contract runs, else what comes before it.
    /// - Throws: `LedgerError`, what the view throws.
    public func begin(_ transaction: LedgerTransaction, in view: any StateView) throws {
        switch transaction.action {
        case .deploy(let contract, let code, _, let account):
            guard try Contracts.description(of: contract, in: view) == nil else { throw LedgerError.contractExists(contract) }
            let owner = account.isEmpty ? transaction.initiator : account
            if !account.isEmpty, try Access.list(ofAccount: account, in: view) == nil {
                throw LedgerError.accountUnknown(account)
            }
            try demand(access.mayAct(for: owner, signers: signers, in: view), "deploy for \(shown(owner))", transaction)
            try Contracts.set(
                ContractDescription(moduleHash: SHA256.hash(code), owner: owner), of: contract, in: view)
            try view.put(bucket: Buckets.contractAccount, key: contract, value: owner)
            if !account.isEmpty { try view.put(bucket: Buckets.accountContract, key: account + [1] + contract, value: []) }
        case .upgrade(let contract, let code):
            guard var description = try Contracts.description(of: contract, in: view) else {
                throw LedgerError.contractUnknown(contract)
            }
            try demand(
                access.mayAct(for: description.owner, signers: signers, in: view), "upgrade \(shown(contract))", transaction)
            description.moduleHash = SHA256.hash(code)
            description.upgradeCount += 1
            try Contracts.set(description, of: contract, in: view)
        case .invoke(let contract, let method, _, let text):
            // Read through the view: an upgrade conflicts with calls that run meanwhile.
            guard try Contracts.description(of: contract, in: view) != nil else { throw LedgerError.contractUnknown(contract) }
            try demand(
                access.mayCall(contract: contract, method: method, signers: signers, in: view),
                "call \(shown(method)) of \(shown(contract))", transaction)
            let amount = try Amount(parsing: text, allowingZero: true)
            if !amount.isZero { try move(transaction, to: contract, amount, view) }
        case .transfer(let to, let text):
            try move(transaction, to: to, try Amount(parsing: text), view)
        case .setAccount(let name, let list):
            if try Access.list(ofAccount: name, in: view) != nil {
                try demand(access.mayAct(for: name, signers: signers, in: view), "change account \(shown(name))", transaction)
            }
            try view.put(bucket: Buckets.account, key: name, value: list.stored)
        case .setMethodAccess(let contract, let method, let list):
            guard let description = try Contracts.description(of: contract, in: view) else {
                throw LedgerError.contractUnknown(contract)
            }
            try demand(
                access.mayAct(for: description.owner, signers: signers, in: view), "change \(shown(contract))", transaction)
            let key = contract + [1] + method
            if let list {
                try view.put(bucket: Buckets.methodAccess, key: key, value: list.stored)
            } else {
                try view.delete(bucket: Buckets.methodAccess, key: key)
            }
        case .genesis(let supply, let owner):
            guard height == 0 else { throw LedgerError.permission(what: "make a supply", who: transaction.initiator) }
            let amount = try Amount(parsing: supply)
            let id = id
            try output.withLock {
                try Balances.issue(amount, to: owner, transaction: id, output: &$0, in: view)
            }
        }
    }

    private func move(_ transaction: LedgerTransaction, to: [UInt8], _ amount: Amount, _ view: any StateView) throws {
        let from = transaction.initiator
        try demand(access.mayAct(for: from, signers: signers, in: view), "spend what \(shown(from)) has", transaction)
        try move(from: from, to: to, amount, view)
    }

    private func move(from: [UInt8], to: [UInt8], _ amount: Amount, _ view: any StateView) throws {
        let id = id
        try output.withLock {
            try Balances.transfer(from: from, to: to, amount, transaction: id, output: &$0, in: view)
        }
    }

    private func demand(_ isAllowed: Bool, _ what: String, _ transaction: LedgerTransaction) throws(LedgerError) {
        if !isAllowed { throw .permission(what: what, who: transaction.initiator) }
    }

    // MARK: - What contracts ask

    /// See `Chain`.
    public func contract(named name: [UInt8], in view: any StateView) throws -> DeployedContract? {
        try Contracts.description(of: name, in: view).map { DeployedContract(name: name, moduleHash: $0.moduleHash) }
    }

    /// See `Chain`. The initiator and the others count as far as they have signed.
    public func mayCall(
        contract: [UInt8], method: [UInt8], initiator: [UInt8], authRequire: [[UInt8]], in view: any StateView
    ) throws -> Bool {
        try access.mayCall(contract: contract, method: method, signers: signers, in: view)
    }

    /// See `Chain`. From a contract's own account: the contract's code is its word.
    public func transfer(from: [UInt8], to: [UInt8], amount: [UInt8], in view: any StateView) throws -> TransferResult {
        do {
            try move(from: from, to: to, try Amount(parsing: amount), view)
            return .done
        } catch let error as LedgerError {
            switch error {
            case .amount: return .refused("parse amount error")
            case .funds: return .refused("not enough money")
            default: return .refused(error.description)
            }
        }
    }

    /// See `Chain`.
    public func addresses(ofAccount name: [UInt8], in view: any StateView) throws -> [[UInt8]]? {
        try Access.list(ofAccount: name, in: view)?.addresses
    }

    /// See `Chain`.
    public func transaction(_ id: [UInt8], in view: any StateView) throws -> ChainTransaction? {
        hasAskedHistory.withLock { $0 = true }
        guard let id = TransactionID(id), let found = try ledger.find(id), found.block.height <= height else { return nil }
        return found.block.transactions[found.index].forContracts(id: id, block: found.block)
    }

    /// See `Chain`.
    public func block(_ id: [UInt8], in view: any StateView) throws -> ChainBlock? {
        hasAskedHistory.withLock { $0 = true }
        guard let id = TransactionID(id), let block = try ledger.block(id: id), block.height <= height else { return nil }
        let next = block.height < height ? try ledger.block(height: block.height + 1) : nil
        return block.forContracts(next: next)
    }
}
