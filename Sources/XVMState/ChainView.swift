// SPDX-License-Identifier: Apache-2.0
// What a running contract may ask of its chain: the protocol between bridge and ledger, and the values that travel in it.

/// The state as one tree of contexts sees it, own writes first. The bridge implements it. Whoever answers for a contract reads and writes
/// through it alone: so that everything is in the read and write set, a savepoint takes it back, and a replay on the read set sees it.
/// Used by one lane at a time. What it throws is an infrastructure error.
public protocol StateView: AnyObject {
    /// nil: never written, or deleted. Makes a read.
    func get(bucket: [UInt8], key: [UInt8]) throws -> [UInt8]?
    /// Makes a read of the old version and a write.
    func put(bucket: [UInt8], key: [UInt8], value: [UInt8]) throws
    /// Makes a read of the old version and a write, also where there is nothing.
    func delete(bucket: [UInt8], key: [UInt8]) throws
    /// Keys of [start, limit) in bytewise order; an empty limit is the end of the bucket. Exactly what is returned becomes reads. At most
    /// `countMax` items; fewer mean the end of the range.
    func page(bucket: [UInt8], start: [UInt8], limit: [UInt8], countMax: Int) throws -> [(key: [UInt8], value: [UInt8])]
}

/// A chain, as contracts know it. The ledger implements it. Without one (`xvm run`) there is no other contract, account or block.
/// Every answer is a function of the view alone, so that each node gives the same one.
public protocol Chain: AnyObject, Sendable {
    /// The contract of that name, as it stands now; nil: none is deployed.
    func contract(named name: [UInt8], in view: any StateView) throws -> DeployedContract?
    /// Whether this method may be called by this initiator with these signers (XuperChain's account and method access control).
    func mayCall(
        contract: [UInt8], method: [UInt8], initiator: [UInt8], authRequire: [[UInt8]], in view: any StateView
    ) throws -> Bool
    /// Moves an amount. Both are addresses, names of accounts or names of contracts; the amount is a decimal text without sign, above 0.
    func transfer(from: [UInt8], to: [UInt8], amount: [UInt8], in view: any StateView) throws -> TransferResult
    /// The addresses that control an account; nil: there is none of that name.
    func addresses(ofAccount name: [UInt8], in view: any StateView) throws -> [[UInt8]]?
    /// A transaction of an earlier block, by its 32 bytes; nil: not found.
    func transaction(_ id: [UInt8], in view: any StateView) throws -> ChainTransaction?
    /// A block by its 32 bytes; nil: not found.
    func block(_ id: [UInt8], in view: any StateView) throws -> ChainBlock?
}

/// A contract that stands on the chain.
public struct DeployedContract: Hashable, Sendable {
    /// Its name, and the bucket of its keys.
    public var name: [UInt8]
    /// SHA-256 of its WebAssembly bytes: whoever runs it finds the code by it.
    public var moduleHash: [UInt8]

    /// Both parts.
    public init(name: [UInt8], moduleHash: [UInt8]) {
        self.name = name
        self.moduleHash = moduleHash
    }
}

/// What became of a transfer. A refusal is the contract's to see: its text is the same on every node.
public enum TransferResult: Hashable, Sendable {
    /// Moved.
    case done
    /// Not moved, and nothing else changed.
    case refused(String)
}

/// An amount that moved in the course of an invocation.
public struct Transfer: Hashable, Sendable {
    /// Who paid: a contract, or the initiator for the amount that went with the call.
    public var from: [UInt8]
    /// Who got it.
    public var to: [UInt8]
    /// Decimal text.
    public var amount: [UInt8]

    /// All parts.
    public init(from: [UInt8], to: [UInt8], amount: [UInt8]) {
        self.from = from
        self.to = to
        self.amount = amount
    }
}

/// A transaction as XuperChain shows it to contracts. Ids are hex text; addresses and amounts are bytes of text.
public struct ChainTransaction: Hashable, Sendable {
    /// What it spends.
    public struct Input: Hashable, Sendable {
        /// Hex text of the transaction whose output is spent.
        public var transaction = ""
        /// Place of the output.
        public var offset: Int32 = 0
        /// Whose it was.
        public var from: [UInt8] = []
        /// Decimal text.
        public var amount = ""
        /// Height until which it may not be spent; 0: none.
        public var frozenHeight: Int64 = 0
        /// All empty.
        public init() {}
    }
    /// What it gives.
    public struct Output: Hashable, Sendable {
        /// Decimal text.
        public var amount = ""
        /// Whose it is.
        public var to: [UInt8] = []
        /// Height until which it may not be spent; 0: none.
        public var frozenHeight: Int64 = 0
        /// All empty.
        public init() {}
    }
    /// Hex text.
    public var id = ""
    /// Hex text of the block it stands in.
    public var block = ""
    /// What it spends.
    public var inputs: [Input] = []
    /// What it gives.
    public var outputs: [Output] = []
    /// Free text of its author.
    public var description: [UInt8] = []
    /// Who began it.
    public var initiator = ""
    /// Who signed beside the initiator.
    public var authRequire: [String] = []
    /// All empty.
    public init() {}
}

/// A block as XuperChain shows it to contracts. Ids are hex text.
public struct ChainBlock: Hashable, Sendable {
    /// Hex text.
    public var id = ""
    /// Hex text of the block before.
    public var previous = ""
    /// Who made it.
    public var proposer: [UInt8] = []
    /// Its signature.
    public var signature = ""
    /// The key that the signature is checked with.
    public var publicKey: [UInt8] = []
    /// From 0.
    public var height: Int64 = 0
    /// Nanoseconds; what the chain put into the block, never a clock of this node.
    public var timestamp: Int64 = 0
    /// Hex texts of its transactions, in order.
    public var transactions: [String] = []
    /// Whether it stands in the chain.
    public var isInTrunk = false
    /// Hex text of the block after; empty at the tip.
    public var next = ""
    /// All empty.
    public init() {}
}
