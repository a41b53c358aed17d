// SPDX-License-Identifier: Apache-2.0
// A transaction: what somebody wants, and what its execution gave.

internal import XVMCore
public import XVMState

/// A key and a value of a call.
public struct CallArgument: Hashable, Sendable {
    /// Any bytes.
    public var key: [UInt8]
    /// Any bytes.
    public var value: [UInt8]
    /// Both parts.
    public init(key: [UInt8], value: [UInt8]) {
        self.key = key
        self.value = value
    }
}

/// What a transaction asks for.
public enum Action: Hashable, Sendable {
    /// Puts a contract on the chain and runs its `initialize`. `account`: who owns it; empty: the initiator.
    case deploy(contract: [UInt8], code: [UInt8], arguments: [CallArgument], account: [UInt8])
    /// Gives a contract other code. Its state stays; nothing of it is run.
    case upgrade(contract: [UInt8], code: [UInt8])
    /// Runs a method. `amount` goes from the initiator to the contract, in decimal; "0" or empty: none.
    case invoke(contract: [UInt8], method: [UInt8], arguments: [CallArgument], amount: [UInt8])
    /// Moves an amount from the initiator.
    case transfer(to: [UInt8], amount: [UInt8])
    /// Makes an account, or gives one another list.
    case setAccount(name: [UInt8], access: AccessList)
    /// Says who may call a method; nil: everyone again.
    case setMethodAccess(contract: [UInt8], method: [UInt8], access: AccessList?)
    /// The first transaction of a chain: makes the supply. Only the ledger makes one.
    case genesis(supply: [UInt8], owner: [UInt8])
}

/// What somebody wants, with signatures.
public struct LedgerTransaction: Hashable, Sendable {
    /// A key's word for a transaction.
    public struct Signature: Hashable, Sendable {
        /// 32 bytes, Ed25519.
        public var publicKey: [UInt8]
        /// 64 bytes over the transaction's id.
        public var signature: [UInt8]
        /// Both parts.
        public init(publicKey: [UInt8], signature: [UInt8]) {
            self.publicKey = publicKey
            self.signature = signature
        }
    }
    /// What it asks for.
    public var action: Action
    /// Who began it.
    public var initiator: [UInt8]
    /// Who else stands for it.
    public var authRequire: [[UInt8]]
    /// Makes two transactions that ask for the same different ones.
    public var nonce: UInt64
    /// Gas it may use.
    public var gasLimit: Int64
    /// Over the id; no part of it.
    public var signatures: [Signature]

    /// All parts.
    public init(
        _ action: Action, initiator: [UInt8], authRequire: [[UInt8]] = [], nonce: UInt64, gasLimit: Int64 = 4_294_967_295,
        signatures: [Signature] = []
    ) {
        self.action = action
        self.initiator = initiator
        self.authRequire = authRequire
        self.nonce = nonce
        self.gasLimit = gasLimit
        self.signatures = signatures
    }

    /// SHA-256 of everything but the signatures (`Canonical.swift`, tag `xvm ledger transaction 1`); code counts by its hash.
    public var id: TransactionID {
        var writer = CanonicalWriter(tag: "xvm ledger transaction 1")
        writeRequest(&writer)
        guard let id = TransactionID(writer.hash) else { preconditionFailure("SHA-256 gives 32 bytes") }
        return id
    }

    /// The contract that runs, where one does.
    public var contract: [UInt8]? {
        switch action {
        case .deploy(let contract, _, _, _), .invoke(let contract, _, _, _), .upgrade(let contract, _): contract
        case .transfer, .setAccount, .setMethodAccess, .genesis: nil
        }
    }

    func writeRequest(_ writer: inout CanonicalWriter) {
        func arguments(_ list: [CallArgument]) {
            writer.list(list.sorted { compare($0.key, $1.key) < 0 }) { writer, argument in
                writer.field(argument.key)
                writer.field(argument.value)
            }
        }
        switch action {
        case .deploy(let contract, let code, let list, let account):
            writer.number(UInt8(1))
            writer.field(contract)
            writer.field(Self.codeHash(code))
            arguments(list)
            writer.field(account)
        case .upgrade(let contract, let code):
            writer.number(UInt8(2))
            writer.field(contract)
            writer.field(Self.codeHash(code))
        case .invoke(let contract, let method, let list, let amount):
            writer.number(UInt8(3))
            writer.field(contract)
            writer.field(method)
            arguments(list)
            writer.field(amount)
        case .transfer(let to, let amount):
            writer.number(UInt8(4))
            writer.field(to)
            writer.field(amount)
        case .setAccount(let name, let access):
            writer.number(UInt8(5))
            writer.field(name)
            writer.field(access.stored)
        case .setMethodAccess(let contract, let method, let access):
            writer.number(UInt8(6))
            writer.field(contract)
            writer.field(method)
            writer.field(access?.stored ?? [])
        case .genesis(let supply, let owner):
            writer.number(UInt8(7))
            writer.field(supply)
            writer.field(owner)
        }
        writer.field(initiator)
        writer.list(authRequire) { $0.field($1) }
        writer.number(nonce)
        writer.number(gasLimit)
    }

    /// 32 bytes stand for themselves: a transaction that was read back has the hash in place of the code.
    private static func codeHash(_ code: [UInt8]) -> [UInt8] { code.count == SHA256.size ? code : SHA256.hash(code) }

    static func readRequest(_ reader: inout CanonicalReader) throws(ByteReaderError) -> LedgerTransaction {
        func arguments(_ reader: inout CanonicalReader) throws(ByteReaderError) -> [CallArgument] {
            try reader.list(countMax: LedgerLimits.argumentCountMax) { reader throws(ByteReaderError) in
                CallArgument(key: try reader.field(), value: try reader.field())
            }
        }
        func access(_ reader: inout CanonicalReader) throws(ByteReaderError) -> AccessList? {
            let stored = try reader.field(sizeMax: LedgerLimits.accessSizeMax)
            if stored.isEmpty { return nil }
            guard let list = AccessList(stored: stored) else { throw reader.broken }
            return list
        }
        let action: Action
        switch try reader.u8() {
        case 1:
            action = .deploy(
                contract: try reader.field(), code: try reader.field(), arguments: try arguments(&reader),
                account: try reader.field())
        case 2: action = .upgrade(contract: try reader.field(), code: try reader.field())
        case 3:
            action = .invoke(
                contract: try reader.field(), method: try reader.field(), arguments: try arguments(&reader),
                amount: try reader.field())
        case 4: action = .transfer(to: try reader.field(), amount: try reader.field())
        case 5:
            let name = try reader.field()
            guard let list = try access(&reader) else { throw reader.broken }
            action = .setAccount(name: name, access: list)
        case 6:
            action = .setMethodAccess(
                contract: try reader.field(), method: try reader.field(), access: try access(&reader))
        case 7: action = .genesis(supply: try reader.field(), owner: try reader.field())
        default: throw reader.broken
        }
        return LedgerTransaction(
            action, initiator: try reader.field(),
            authRequire: try reader.list(countMax: LedgerLimits.signatureCountMax) { reader throws(ByteReaderError) in
                try reader.field()
            }, nonce: try reader.u64(), gasLimit: try reader.i64())
    }

    /// Sizes and names, before anything is done with it.
    public func check() throws(LedgerError) {
        try Self.limit("signatures", signatures.count, LedgerLimits.signatureCountMax)
        try Self.limit("authRequire", authRequire.count, LedgerLimits.signatureCountMax)
        try Names.check(initiator, what: "initiator")
        for name in authRequire { try Names.check(name, what: "authRequire") }
        guard gasLimit >= 0, gasLimit < 1 << 62 else { throw .size(what: "gas limit", value: Int(gasLimit), limit: 1 << 62 - 1) }
        switch action {
        case .deploy(let contract, let code, let arguments, let account):
            try Names.checkContract(contract)
            try Self.limit("code size", code.count, LedgerLimits.codeSizeMax)
            try Self.limit("arguments", arguments.count, LedgerLimits.argumentCountMax)
            if !account.isEmpty { try Names.checkAccount(account) }
        case .upgrade(let contract, let code):
            try Names.checkContract(contract)
            try Self.limit("code size", code.count, LedgerLimits.codeSizeMax)
        case .invoke(let contract, let method, let arguments, let amount):
            try Names.checkContract(contract)
            try Self.limit("arguments", arguments.count, LedgerLimits.argumentCountMax)
            if method == Array("initialize".utf8) { throw .initializeOutsideDeploy }
            _ = try Amount(parsing: amount, allowingZero: true)
        case .transfer(let to, let amount):
            try Names.check(to, what: "receiver")
            _ = try Amount(parsing: amount)
        case .setAccount(let name, let access):
            try Names.checkAccount(name)
            try access.check()
        case .setMethodAccess(let contract, let method, let access):
            try Names.checkContract(contract)
            try Names.check(method, what: "method")
            try access?.check()
        case .genesis(let supply, let owner):
            _ = try Amount(parsing: supply)
            try Names.check(owner, what: "owner")
        }
    }

    private static func limit(_ what: String, _ value: Int, _ limit: Int) throws(LedgerError) {
        if value > limit { throw .size(what: what, value: value, limit: limit) }
    }
}

/// What an execution gave, as it stands in a block.
public struct TransactionResult: Hashable, Sendable {
    /// The contract's code: 200 and so on.
    public var code: Int32
    /// Its text.
    public var message: [UInt8]
    /// Its bytes.
    public var body: [UInt8]
    /// Gas that was used.
    public var gasUsed: Int64
    /// What nodes compare: `Outcome.digest`; empty where no contract ran.
    public var outcomeDigest: [UInt8]
    /// What it saw.
    public var reads: ReadSet
    /// What it changed.
    public var writes: WriteSet
    /// What it told the outside: contract, name, body.
    public var events: [[[UInt8]]]

    /// All parts.
    public init(
        code: Int32, message: [UInt8], body: [UInt8], gasUsed: Int64, outcomeDigest: [UInt8], reads: ReadSet, writes: WriteSet,
        events: [[[UInt8]]]
    ) {
        self.code = code
        self.message = message
        self.body = body
        self.gasUsed = gasUsed
        self.outcomeDigest = outcomeDigest
        self.reads = reads
        self.writes = writes
        self.events = events
    }
}

/// A transaction in a block.
public struct CommittedTransaction: Hashable, Sendable {
    /// What was asked for; a deployed or upgraded contract's code is there by its hash.
    public var request: LedgerTransaction
    /// What it gave.
    public var result: TransactionResult

    /// Both parts.
    public init(request: LedgerTransaction, result: TransactionResult) {
        self.request = request
        self.result = result
    }

    func write(_ writer: inout CanonicalWriter) {
        request.writeRequest(&writer)
        writer.list(request.signatures) { writer, signature in
            writer.field(signature.publicKey)
            writer.field(signature.signature)
        }
        writer.number(result.code)
        writer.field(result.message)
        writer.field(result.body)
        writer.number(result.gasUsed)
        writer.field(result.outcomeDigest)
        writer.list(result.reads.reads) { writer, read in
            writer.field(read.bucket)
            writer.field(read.key)
            writer.number(UInt8(read.version == nil ? 0 : 1))
            if let version = read.version {
                writer.raw(version.transaction)
                writer.number(version.offset)
            }
        }
        writer.list(result.writes.writes) { writer, write in
            writer.field(write.bucket)
            writer.field(write.key)
            switch write.effect {
            case .put(let value):
                // Code stands in the state; its key is its hash.
                let isCode = write.bucket == Buckets.contract && write.key.count == SHA256.size
                writer.number(UInt8(isCode ? 2 : 1))
                if !isCode { writer.field(value) }
            case .delete: writer.number(UInt8(0))
            }
        }
        writer.list(result.events) { writer, event in for part in event { writer.field(part) } }
    }

    /// - Parameter code: gives the code of a hash; asked for once per code write.
    static func read(
        _ reader: inout CanonicalReader, code: ([UInt8]) -> [UInt8]?
    ) throws(ByteReaderError) -> CommittedTransaction {
        var request = try LedgerTransaction.readRequest(&reader)
        request.signatures = try reader.list(countMax: LedgerLimits.signatureCountMax) { reader throws(ByteReaderError) in
            LedgerTransaction.Signature(publicKey: try reader.field(sizeMax: 32), signature: try reader.field(sizeMax: 64))
        }
        let status = try reader.i32()
        let message = try reader.field()
        let body = try reader.field()
        let gasUsed = try reader.i64()
        let digest = try reader.field(sizeMax: 32)
        let reads = try reader.list { reader throws(ByteReaderError) in
            let bucket = try reader.field()
            let key = try reader.field()
            let version: Version? =
                try reader.bool() ? Version(transaction: try reader.id(), offset: try reader.u32()) : nil
            return Read(bucket: bucket, key: key, version: version)
        }
        let writes = try reader.list { reader throws(ByteReaderError) in
            let bucket = try reader.field()
            let key = try reader.field()
            switch try reader.u8() {
            case 0: return Write(bucket: bucket, key: key, effect: .delete)
            case 1: return Write(bucket: bucket, key: key, effect: .put(try reader.field()))
            case 2:
                guard let value = code(key) else { throw reader.broken }
                return Write(bucket: bucket, key: key, effect: .put(value))
            default: throw reader.broken
            }
        }
        let events = try reader.list { reader throws(ByteReaderError) in
            [try reader.field(), try reader.field(), try reader.field()]
        }
        guard let readSet = try? ReadSet(reads), let writeSet = try? WriteSet(writes) else { throw reader.broken }
        return CommittedTransaction(
            request: request,
            result: TransactionResult(
                code: status, message: message, body: body, gasUsed: gasUsed, outcomeDigest: digest, reads: readSet,
                writes: writeSet, events: events))
    }
}
