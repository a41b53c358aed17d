// SPDX-License-Identifier: Apache-2.0
// The chain over a store: block n is what took the state from height n - 1 to n, in one durable unit with it.

internal import Synchronization
internal import XVMCore
public import XVMState

/// A single node's chain. Blocks are records of the state (`$block`), so undo, snapshots of the past and crashes treat both alike.
public final class Ledger: Sendable {
    /// Where it lives.
    public let store: any StateStore
    /// Who may do what.
    public let access: any AccessControl
    private struct Tip: Sendable {
        var height: UInt64
        var id: [UInt8]
    }
    /// Held while a block is appended, which takes as long as the disk does.
    private let tip: Mutex<Tip>
    /// The same height, for who does not want to wait.
    private let newest = Atomic<UInt64>(0)

    /// Opens the chain of a store; an empty store is a chain without blocks.
    /// - Throws: `LedgerError.notLedger` for a state that something else has written; `StateError`.
    public init(_ store: any StateStore, access: any AccessControl = ThresholdControl()) throws {
        self.store = store
        self.access = access
        let snapshot = try store.snapshot()
        defer { snapshot.close() }
        guard snapshot.height > 0 else {
            tip = Mutex(Tip(height: 0, id: [UInt8](repeating: 0, count: SHA256.size)))
            return
        }
        guard let block = try Self.block(height: snapshot.height, in: snapshot),
            try store.height(of: block.id) == snapshot.height
        else { throw LedgerError.notLedger(height: snapshot.height) }
        newest.store(snapshot.height, ordering: .relaxed)
        tip = Mutex(Tip(height: snapshot.height, id: block.id.bytes))
    }

    /// Whether a state has blocks: then nothing but a ledger may commit to it.
    public static func isLedger(_ store: any StateStore) throws(StateError) -> Bool {
        let snapshot = try store.snapshot()
        defer { snapshot.close() }
        return try snapshot.version(bucket: Buckets.block, key: bigEndian(1)) != nil
    }

    /// Blocks so far.
    public var height: UInt64 { newest.load(ordering: .acquiring) }

    // MARK: - Reading

    /// The block of a height; nil: none.
    public func block(height: UInt64) throws -> Block? {
        let snapshot = try store.snapshot()
        defer { snapshot.close() }
        return try Self.block(height: height, in: snapshot)
    }

    /// The block of an id; nil: none.
    public func block(id: TransactionID) throws -> Block? {
        guard let height = try store.height(of: id), let block = try block(height: height), block.id == id else { return nil }
        return block
    }

    /// The block of a transaction, and its place in it; nil: none.
    public func find(_ id: TransactionID) throws -> (block: Block, index: Int)? {
        guard let height = try store.height(of: id), let block = try block(height: height),
            let index = block.transactions.firstIndex(where: { $0.request.id == id })
        else { return nil }
        return (block, index)
    }

    private static func block(height: UInt64, in snapshot: any StateSnapshot) throws(StateError) -> Block? {
        guard let record = try snapshot.record(bucket: Buckets.block, key: bigEndian(height)), !record.isDeleted else {
            return nil
        }
        do {
            let block = try Block.read(record.value) { hash in try? Contracts.code(hash: hash, in: snapshot) }
            guard block.height == height else { throw ByteReaderError(.integerTooLarge, offset: 0) }
            return block
        } catch {
            throw .corrupted(path: "$block", detail: "block \(height) cannot be read: \(error)")
        }
    }

    // MARK: - Executing

    /// The rules for one transaction on top of a block.
    /// - Throws: `LedgerError` where a signature is missing or wrong, or a name or size is not allowed.
    public func rules(for transaction: LedgerTransaction, id: TransactionID, height: UInt64) throws(LedgerError) -> ChainRules {
        try transaction.check()
        return ChainRules(self, height: height, id: id, signers: try access.signers(of: transaction, id: id))
    }

    // MARK: - Blocks

    /// What a block is made of: transactions that were executed in this order, each on the state after those before it.
    public struct Draft: Sendable {
        let block: Block
        let encoded: Block.Encoded
        let commits: [Commit]
        /// The block's id.
        public var id: TransactionID { encoded.id }
        /// Its height.
        public var height: UInt64 { block.height }
    }

    /// Makes the next block after `previous` (or after the tip).
    public func draft(
        _ transactions: [(id: TransactionID, transaction: CommittedTransaction)], after previous: Draft? = nil, timestamp: UInt64,
        proposer: [UInt8]
    ) throws -> Draft {
        guard transactions.count <= LedgerLimits.blockCountMax else {
            throw LedgerError.size(what: "transactions", value: transactions.count, limit: LedgerLimits.blockCountMax)
        }
        let tip = tip.withLock { $0 }
        let block = Block(
            height: (previous?.height ?? tip.height) + 1, previous: previous?.id.bytes ?? tip.id, timestamp: timestamp,
            proposer: proposer, transactions: transactions.map(\.transaction))
        return try Self.draft(block, ids: transactions.map(\.id))
    }

    private static func draft(_ block: Block, ids: [TransactionID]) throws -> Draft {
        let encoded = block.encoded()
        guard encoded.bytes.count <= LedgerLimits.blockSizeMax else {
            throw LedgerError.size(what: "block size", value: encoded.bytes.count, limit: LedgerLimits.blockSizeMax)
        }
        var commits: [Commit] = []
        commits.reserveCapacity(ids.count + 1)
        for (id, transaction) in zip(ids, block.transactions) {
            commits.append(try Commit(id: id, reads: transaction.result.reads, writes: transaction.result.writes))
        }
        let key = bigEndian(block.height)
        commits.append(
            try Commit(
                id: encoded.id, reads: ReadSet([Read(bucket: Buckets.block, key: key, version: nil)]),
                writes: WriteSet([Write(bucket: Buckets.block, key: key, effect: .put(encoded.bytes))])))
        return Draft(block: block, encoded: encoded, commits: commits)
    }

    /// Appends a block, durably, or nothing of it.
    /// - Throws: `LedgerError.chainBroken` where it does not follow the tip, `.conflict` where something that a transaction read has
    ///   changed; `StateError`.
    public func append(_ draft: Draft) throws {
        try tip.withLock { tip in
            guard draft.height == tip.height + 1, draft.block.previous == tip.id else {
                throw LedgerError.chainBroken(
                    height: draft.height,
                    detail: "it follows \(Hex.encode(draft.block.previous)), the chain ends at \(Hex.encode(tip.id))")
            }
            let results = try store.commit(draft.commits, allOrNothing: true)
            for (commit, result) in zip(draft.commits, results) {
                if case .conflict(let bucket, let key, let expected, let actual) = result {
                    throw LedgerError.conflict(
                        transaction: commit.id, bucket: bucket, key: key, expected: expected, actual: actual)
                }
            }
            tip = Tip(height: draft.height, id: draft.id.bytes)
            newest.store(tip.height, ordering: .releasing)
        }
    }

    /// Appends a block that another node has made, after its effects were verified (`XVMExecutor.Node.verify`).
    public func append(_ block: Block) throws {
        try append(Self.draft(block, ids: block.transactions.map { $0.request.id }))
    }

    /// Takes the newest block back.
    /// - Returns: it.
    @discardableResult
    public func undo() throws -> Block {
        try tip.withLock { tip in
            guard tip.height > 0, let block = try block(height: tip.height) else {
                throw LedgerError.blockUnknown("\(tip.height)")
            }
            try store.undo(tip.height)
            tip = Tip(height: tip.height - 1, id: block.previous)
            newest.store(tip.height, ordering: .releasing)
            return block
        }
    }

    /// Walks the whole chain: every block readable, of its height, and linked to the one before.
    /// - Throws: `LedgerError.chainBroken`, `StateError`.
    public func verifyChain() throws {
        let snapshot = try store.snapshot()
        defer { snapshot.close() }
        var previous = [UInt8](repeating: 0, count: SHA256.size)
        for height in 0..<snapshot.height {
            guard let block = try Self.block(height: height + 1, in: snapshot) else {
                throw LedgerError.chainBroken(height: height + 1, detail: "it is missing")
            }
            guard block.previous == previous else {
                throw LedgerError.chainBroken(
                    height: height + 1, detail: "it follows \(Hex.encode(block.previous)), before it is \(Hex.encode(previous))")
            }
            guard try store.height(of: block.id) == height + 1 else {
                throw LedgerError.chainBroken(height: height + 1, detail: "its id \(block.id) is not the one that was committed")
            }
            previous = block.id.bytes
        }
    }
}
