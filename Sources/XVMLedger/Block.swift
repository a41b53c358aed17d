// SPDX-License-Identifier: Apache-2.0
// A block: transactions in their order, chained by hash.

internal import XVMCore
public import XVMState

/// One height of a chain.
public struct Block: Hashable, Sendable {
    /// From 1; the height of the state after it.
    public var height: UInt64
    /// The id of the block before; 32 zero bytes for the first.
    public var previous: [UInt8]
    /// Nanoseconds since 1970, as its maker had it; no contract's result depends on it.
    public var timestamp: UInt64
    /// Who made it.
    public var proposer: [UInt8]
    /// In order: each sees what those before it wrote.
    public var transactions: [CommittedTransaction]

    /// All parts.
    public init(
        height: UInt64, previous: [UInt8], timestamp: UInt64, proposer: [UInt8], transactions: [CommittedTransaction]
    ) {
        self.height = height
        self.previous = previous
        self.timestamp = timestamp
        self.proposer = proposer
        self.transactions = transactions
    }

    /// Encodes once; the id is the SHA-256 of everything before the transactions and of the SHA-256 of the transactions.
    struct Encoded: Sendable {
        let id: TransactionID
        let bytes: [UInt8]
    }

    func encoded() -> Encoded {
        var content = CanonicalWriter(tag: "xvm block content 1")
        content.list(transactions) { writer, transaction in transaction.write(&writer) }
        var head = CanonicalWriter(tag: "xvm block 1")
        head.number(height)
        head.raw(previous)
        head.number(timestamp)
        head.field(proposer)
        head.raw(content.hash)
        guard let id = TransactionID(head.hash) else { preconditionFailure("SHA-256 gives 32 bytes") }
        var bytes = head
        bytes.raw(content.bytes)
        return Encoded(id: id, bytes: bytes.bytes)
    }

    /// What links the blocks.
    public var id: TransactionID { encoded().id }

    /// Decodes and checks the hash of the content.
    /// - Throws: `ByteReaderError` where the bytes are not a block.
    static func read(_ bytes: [UInt8], code: ([UInt8]) -> [UInt8]?) throws(ByteReaderError) -> Block {
        var reader = try CanonicalReader(bytes, tag: "xvm block 1")
        let height = try reader.u64()
        let previous = try reader.raw(SHA256.size)
        let timestamp = try reader.u64()
        let proposer = try reader.field(sizeMax: LedgerLimits.nameSizeMax)
        let hash = try reader.raw(SHA256.size)
        guard reader.rest.count > 0, SHA256.hash(reader.rest) == hash else { throw reader.broken }
        var content = try CanonicalReader(reader.rest, tag: "xvm block content 1")
        let transactions = try content.list(countMax: LedgerLimits.blockCountMax) { reader throws(ByteReaderError) in
            try CommittedTransaction.read(&reader, code: code)
        }
        try content.finish()
        return Block(height: height, previous: previous, timestamp: timestamp, proposer: proposer, transactions: transactions)
    }

    /// As contracts see it.
    func forContracts(next: Block?) -> ChainBlock {
        var block = ChainBlock()
        block.id = id.description
        block.previous = Hex.encode(previous)
        block.proposer = proposer
        block.height = Int64(clamping: height)
        block.timestamp = Int64(clamping: timestamp)
        block.transactions = transactions.map { $0.request.id.description }
        block.isInTrunk = true
        block.next = next?.id.description ?? ""
        return block
    }
}

extension CommittedTransaction {
    /// As contracts see it: inputs are the outputs it spent, outputs those it made.
    func forContracts(id: TransactionID, block: Block) -> ChainTransaction {
        var transaction = ChainTransaction()
        transaction.id = id.description
        transaction.block = block.id.description
        transaction.initiator = String(decoding: request.initiator, as: UTF8.self)
        transaction.authRequire = request.authRequire.map { String(decoding: $0, as: UTF8.self) }
        for write in result.writes.writes where write.bucket == Buckets.utxo {
            guard let separator = write.key.firstIndex(of: 0), write.key.count == separator + 37 else { continue }
            let owner = Array(write.key[..<separator])
            switch write.effect {
            case .put(let value):
                var output = ChainTransaction.Output()
                output.to = owner
                output.amount = Amount(stored: value)?.description ?? "0"
                transaction.outputs.append(output)
            case .delete:
                var input = ChainTransaction.Input()
                input.from = owner
                input.transaction = Hex.encode(Array(write.key[(separator + 1)..<(separator + 33)]))
                input.offset = Int32(truncatingIfNeeded: write.key[(separator + 33)...].reduce(0) { $0 << 8 | UInt32($1) })
                transaction.inputs.append(input)
            }
        }
        return transaction
    }
}
