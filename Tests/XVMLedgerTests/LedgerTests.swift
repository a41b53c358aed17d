// SPDX-License-Identifier: Apache-2.0
// The ledger without workers: amounts, rights, encodings, and the chain of blocks.

import Testing
import XVMCore
import XVMState

@testable import XVMLedger

/// A view over a snapshot, in the simplest way.
private final class TestView: StateView {
    private let snapshot: any StateSnapshot
    private var written: [[[UInt8]]: [UInt8]?] = [:]
    private var read: [[[UInt8]]: Version?] = [:]

    init(_ store: any StateStore) throws { snapshot = try store.snapshot() }

    private func see(_ bucket: [UInt8], _ key: [UInt8]) throws {
        if read[[bucket, key]] == nil { read[[bucket, key]] = .some(try snapshot.version(bucket: bucket, key: key)) }
    }
    func get(bucket: [UInt8], key: [UInt8]) throws -> [UInt8]? {
        if let own = written[[bucket, key]] { return own }
        try see(bucket, key)
        guard let record = try snapshot.record(bucket: bucket, key: key), !record.isDeleted else { return nil }
        return record.value
    }
    func put(bucket: [UInt8], key: [UInt8], value: [UInt8]) throws {
        try see(bucket, key)
        written[[bucket, key]] = .some(value)
    }
    func delete(bucket: [UInt8], key: [UInt8]) throws {
        try see(bucket, key)
        written[[bucket, key]] = .some(nil)
    }
    func page(bucket: [UInt8], start: [UInt8], limit: [UInt8], countMax: Int) throws -> [(key: [UInt8], value: [UInt8])] {
        var found: [[UInt8]: [UInt8]?] = [:]
        let iterator = try snapshot.iterate(bucket: bucket, start: start, limit: limit)
        while let (key, record) = try iterator.next() { found[key] = record.value }
        for (name, value) in written where name[0] == bucket && !name[1].lexicographicallyPrecedes(start) {
            if limit.isEmpty || name[1].lexicographicallyPrecedes(limit) { found[name[1]] = value }
        }
        let live = found.compactMap { key, value in value.map { (key: key, value: $0) } }
        let page = Array(live.sorted { $0.key.lexicographicallyPrecedes($1.key) }.prefix(countMax))
        for (key, _) in page where written[[bucket, key]] == nil { try see(bucket, key) }
        return page
    }

    var result: TransactionResult {
        get throws {
            TransactionResult(
                code: 200, message: text("ok"), body: [], gasUsed: 0, outcomeDigest: [],
                reads: try ReadSet(read.map { Read(bucket: $0.key[0], key: $0.key[1], version: $0.value) }),
                writes: try WriteSet(
                    written.map { Write(bucket: $0.key[0], key: $0.key[1], effect: $0.value.map { .put($0) } ?? .delete) }),
                events: [])
        }
    }
}

private func text(_ string: String) -> [UInt8] { Array(string.utf8) }

extension Ledger {
    /// Executes transactions that run no contract, one after another, each in a block of its own.
    fileprivate func run(_ transactions: LedgerTransaction...) throws {
        if height == 0 {
            try append(
                executed(
                    LedgerTransaction(.genesis(supply: text("1000"), owner: text("treasury")), initiator: text("node"), nonce: 0))
            )
        }
        for transaction in transactions { try append(executed(transaction)) }
    }

    fileprivate func executed(_ transaction: LedgerTransaction) throws -> Draft {
        let view = try TestView(store)
        let id = transaction.id
        try rules(for: transaction, id: id, height: height).begin(transaction, in: view)
        return try draft(
            [(id, CommittedTransaction(request: transaction, result: view.result))], timestamp: 7, proposer: text("node"))
    }

    fileprivate func balance(_ owner: String) throws -> String {
        try Balances.balance(of: text(owner), in: TestView(store)).description
    }
}

private func transfer(_ from: String, _ to: String, _ amount: String, nonce: UInt64 = 0) -> LedgerTransaction {
    LedgerTransaction(.transfer(to: text(to), amount: text(amount)), initiator: text(from), nonce: nonce)
}

@Suite("the ledger")
struct LedgerTests {
    private let ledger: Ledger

    init() throws { ledger = try Ledger(MemoryStore()) }

    // MARK: - Amounts

    @Test("amounts move as outputs: what is left comes back, the supply stays")
    func transfers() throws {
        try ledger.run(
            transfer("treasury", "alice", "600"), transfer("alice", "bob", "250"), transfer("alice", "bob", "350", nonce: 1),
            transfer("bob", "alice", "1"))
        #expect(try ["treasury", "alice", "bob", "nobody"].map(ledger.balance) == ["400", "1", "599", "0"])
        #expect(throws: LedgerError.funds(address: text("alice"), available: "1", needed: "2")) {
            try ledger.run(transfer("alice", "bob", "2"))
        }
        // To oneself: nothing is lost or made.
        try ledger.run(transfer("bob", "bob", "599", nonce: 9))
        #expect(try ledger.balance("bob") == "599")
        // A name that begins with another has an account of its own.
        try ledger.run(transfer("bob", "bobby", "9", nonce: 10))
        #expect(try ledger.balance("bob") == "590" && ledger.balance("bobby") == "9")
    }

    @Test("amounts that are not whole numbers of 1 ..< 2^128 are refused")
    func amounts() throws {
        for amount in [
            "", "0", "-1", "+1", "1.5", "0x1", " 1", "340282366920938463463374607431768211456", String(repeating: "9", count: 79),
        ] {
            #expect(throws: LedgerError.amount(text(amount)), "\(amount)") { try Amount(parsing: text(amount)) }
        }
        #expect(
            try Amount(parsing: text("340282366920938463463374607431768211455")).description
                == "340282366920938463463374607431768211455")
        #expect(try Amount(parsing: [], allowingZero: true).isZero && Amount(parsing: text("000"), allowingZero: true).isZero)
    }

    @Test("an output is spent once: a second transaction that read it is a conflict with both versions")
    func doubleSpend() throws {
        try ledger.run(transfer("treasury", "alice", "10"))
        let first = try ledger.executed(transfer("alice", "bob", "10"))
        let second = try ledger.executed(transfer("alice", "carol", "10"))
        try ledger.append(first)
        // Its place in the chain is taken, too.
        #expect(throws: LedgerError.self) { try ledger.append(second) }
        let again = try ledger.draft(
            [(transfer("alice", "carol", "10").id, second.block.transactions[0])],
            timestamp: 8, proposer: text("node"))
        let error = #expect(throws: LedgerError.self) { try ledger.append(again) }
        guard case .conflict(_, let bucket, _, .some, .some)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bucket == Buckets.utxo)
        #expect(try ledger.balance("carol") == "0" && ledger.balance("bob") == "10")
    }

    // MARK: - Rights

    @Test("an address of a key speaks by its signature alone")
    func signatures() throws {
        let key = try #require(SigningKey.random())
        let other = try #require(SigningKey.random())
        let owner = String(decoding: key.address, as: UTF8.self)
        #expect(Names.isAddress(key.address) && owner.utf8.count == 41)
        try ledger.run(transfer("treasury", owner, "100"))
        var transaction = transfer(owner, "bob", "1")
        #expect(throws: LedgerError.signatureMissing(address: key.address)) { try ledger.run(transaction) }
        other.sign(&transaction)
        #expect(throws: LedgerError.signatureMissing(address: key.address)) { try ledger.run(transaction) }
        key.sign(&transaction)
        var changed = transaction
        changed.nonce += 1
        #expect(throws: LedgerError.signatureWrong(address: other.address)) { try ledger.run(changed) }
        for broken in [
            LedgerTransaction.Signature(publicKey: [], signature: []),
            LedgerTransaction.Signature(publicKey: key.publicKey, signature: [UInt8](repeating: 0, count: 64)),
            LedgerTransaction.Signature(
                publicKey: [UInt8](repeating: 0xff, count: 32), signature: transaction.signatures[1].signature),
        ] {
            var transaction = transaction
            transaction.signatures[1] = broken
            #expect(throws: LedgerError.signatureWrong(address: Address.of(publicKey: broken.publicKey))) {
                try ledger.run(transaction)
            }
        }
        try ledger.run(transaction)
        #expect(try ledger.balance("bob") == "1")
    }

    @Test("Ed25519 gives the vectors of RFC 8032, and a key is 32 bytes")
    func vectors() throws {
        let secret = try #require(try? Hex.decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
        let key = try #require(SigningKey(secret))
        #expect(Hex.encode(key.publicKey) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        #expect(SigningKey([]) == nil && SigningKey(secret + [0]) == nil && SigningKey(Array(secret.dropLast())) == nil)
    }

    @Test("where signatures are required, a name is not enough")
    func required() throws {
        let strict = try Ledger(MemoryStore(), access: ThresholdControl(areSignaturesRequired: true))
        #expect(throws: LedgerError.signatureMissing(address: text("alice"))) {
            try strict.rules(for: transfer("alice", "bob", "1"), id: transfer("alice", "bob", "1").id, height: 1)
        }
    }

    @Test("an account acts when its members' weights reach its threshold, or a set of its members has signed")
    func accounts() throws {
        let account = "XC1234567890123456@xuper"
        func set(_ list: AccessList, _ who: [String], nonce: UInt64) -> LedgerTransaction {
            LedgerTransaction(
                .setAccount(name: text(account), access: list), initiator: text(who[0]), authRequire: who.dropFirst().map(text),
                nonce: nonce)
        }
        func pay(_ who: [String], nonce: UInt64) -> LedgerTransaction {
            LedgerTransaction(
                .transfer(to: text("bob"), amount: text("1")), initiator: text(account), authRequire: who.map(text), nonce: nonce)
        }
        let denied = { (what: String, who: String) in LedgerError.permission(what: what, who: text(who)) }
        try ledger.run(
            transfer("treasury", account, "10"),
            set(.threshold(weights: [text("a"): 1, text("b"): 1, text("c"): 2], accept: 2), ["anyone"], nonce: 1))
        #expect(throws: denied("spend what \"\(account)\" has", account)) { try ledger.run(pay(["a"], nonce: 2)) }
        try ledger.run(pay(["a", "b"], nonce: 3), pay(["c"], nonce: 4))
        #expect(throws: denied("change account \"\(account)\"", "b")) {
            try ledger.run(set(.sets([[text("x"), text("y")], [text("z")]]), ["b"], nonce: 5))
        }
        try ledger.run(set(.sets([[text("x"), text("y")], [text("z")]]), ["b", "a"], nonce: 6))
        #expect(throws: LedgerError.self) { try ledger.run(pay(["a", "b", "c", "x"], nonce: 7)) }
        try ledger.run(pay(["y", "x"], nonce: 8), pay(["z"], nonce: 9))
        #expect(try ledger.balance("bob") == "4")
        let rules = try ledger.rules(for: pay(["z"], nonce: 10), id: pay(["z"], nonce: 10).id, height: ledger.height)
        #expect(try rules.addresses(ofAccount: text(account), in: TestView(ledger.store)) == ["x", "y", "z"].map(text))
        #expect(try rules.addresses(ofAccount: text("XC0000000000000000@xuper"), in: TestView(ledger.store)) == nil)
    }

    @Test("lists that nobody or everybody would satisfy are refused")
    func accessLists() {
        let lists: [AccessList] = [
            .threshold(weights: [:], accept: 1), .threshold(weights: [text("a"): 1], accept: 0),
            .threshold(weights: [text("a"): 1], accept: 2), .threshold(weights: [text("a"): .max, text("b"): 1], accept: 1),
            .sets([]),
            .sets([[text("a")], []]), .sets([[text("with blank ")]]),
            .sets([(0..<300).map { text("m\($0)") }]),
        ]
        for list in lists { #expect(throws: LedgerError.self, "\(list)") { try list.check() } }
    }

    @Test("accounts have XC, 16 digits and @xuper; names are printable and short")
    func names() throws {
        for name in [
            "XC123456789012345@xuper", "XC1234567890123456@xupe", "xc1234567890123456@xuper", "XC123456789012345a@xuper", "",
        ] {
            #expect(throws: LedgerError.accountName(text(name))) { try Names.checkAccount(text(name)) }
        }
        for name in ["", "a b", "tab\t", "ü", String(repeating: "a", count: 101)] {
            #expect(throws: LedgerError.name(what: "receiver", text(name))) { try ledger.run(transfer("treasury", name, "1")) }
        }
    }

    @Test("initialize is no method that a transaction can call, and the supply is made once")
    func reservedActions() throws {
        let invoke = LedgerTransaction(
            .invoke(contract: text("counter"), method: text("initialize"), arguments: [], amount: []), initiator: text("a"),
            nonce: 0)
        #expect(throws: LedgerError.initializeOutsideDeploy) { try ledger.run(invoke) }
        #expect(throws: LedgerError.permission(what: "make a supply", who: text("a"))) {
            try ledger.run(LedgerTransaction(.genesis(supply: text("1"), owner: text("a")), initiator: text("a"), nonce: 1))
        }
    }

    // MARK: - Blocks

    @Test("blocks are chained by hash, found by height, id and transaction, and taken back from the newest on")
    func chain() throws {
        let moves = [transfer("treasury", "alice", "5"), transfer("alice", "bob", "2"), transfer("bob", "carol", "1")]
        for move in moves { try ledger.run(move) }
        #expect(ledger.height == 4)
        try ledger.verifyChain()
        var previous = [UInt8](repeating: 0, count: 32)
        for height in 1...4 as ClosedRange<UInt64> {
            let block = try #require(try ledger.block(height: height))
            #expect(block.previous == previous && block.height == height && block.timestamp == 7)
            #expect(try ledger.block(id: block.id) == block)
            previous = block.id.bytes
        }
        for (index, move) in moves.enumerated() {
            let found = try #require(try ledger.find(move.id))
            #expect(found.block.height == UInt64(index + 2) && found.index == 0 && found.block.transactions[0].request == move)
        }
        #expect(try ledger.block(height: 5) == nil && ledger.block(height: 0) == nil && ledger.block(id: moves[0].id) == nil)
        #expect(try ledger.undo().transactions[0].request == moves[2])
        #expect(try ledger.find(moves[2].id) == nil && ledger.balance("bob") == "2" && ledger.height == 3)
        // Opened again, it goes on where it ended.
        let again = try Ledger(ledger.store)
        try again.run(moves[2])
        #expect(again.height == 4)
        try again.verifyChain()
        for _ in 0..<4 { try again.undo() }
        #expect(throws: LedgerError.blockUnknown("0")) { try again.undo() }
        #expect(try again.store.snapshot().digest() == MemoryStore().snapshot().digest())
    }

    @Test("a block that does not follow the tip is refused, and so is one that says so of itself")
    func broken() throws {
        try ledger.run(transfer("treasury", "alice", "5"))
        var block = try #require(try ledger.block(height: 2))
        #expect(throws: LedgerError.self) { try ledger.append(block) }
        block.height = 3
        #expect(throws: LedgerError.self) { try ledger.append(block) }
        block.previous = try #require(try ledger.block(height: 2)).id.bytes
        // It follows now, but its transaction is in the chain already.
        #expect(throws: StateError.transactionTwice(block.transactions[0].request.id)) { try ledger.append(block) }
    }

    @Test("a state that something else has written is no ledger")
    func foreign() throws {
        let store = MemoryStore()
        let writes = try WriteSet([Write(bucket: text("b"), key: [], effect: .put([]))])
        let reads = try ReadSet([Read(bucket: text("b"), key: [], version: nil)])
        _ = try store.commit(Commit(id: TransactionID([UInt8](repeating: 1, count: 32))!, reads: reads, writes: writes))
        #expect(throws: LedgerError.notLedger(height: 1)) { try Ledger(store) }
        #expect(try !Ledger.isLedger(store))
        try ledger.run()
        #expect(try Ledger.isLedger(ledger.store))
    }

    /// Goal: what a damaged or made-up state gives is an error, whatever bytes it has.
    @Test("a block whose bytes are changed or cut anywhere is damage, not another block")
    func damage() throws {
        try ledger.run(transfer("treasury", "alice", "5"))
        let snapshot = try ledger.store.snapshot()
        let key = [0, 0, 0, 0, 0, 0, 0, 2] as [UInt8]
        let record = try #require(try snapshot.record(bucket: Buckets.block, key: key))
        func reopened(_ bytes: [UInt8]) throws -> Ledger {
            let store = MemoryStore()
            let first = try #require(try snapshot.record(bucket: Buckets.block, key: [0, 0, 0, 0, 0, 0, 0, 1]))
            for (number, (key, value)) in [([0, 0, 0, 0, 0, 0, 0, 1] as [UInt8], first.value), (key, bytes)].enumerated() {
                _ = try store.commit(
                    Commit(
                        id: try #require(try ledger.block(height: UInt64(number + 1))).id,
                        reads: ReadSet([Read(bucket: Buckets.block, key: key, version: nil)]),
                        writes: WriteSet([Write(bucket: Buckets.block, key: key, effect: .put(value))])))
            }
            return try Ledger(store)
        }
        try reopened(record.value).verifyChain()
        for at in stride(from: 0, to: record.value.count, by: 3) {
            var bytes = record.value
            bytes[at] ^= 0x40
            #expect(throws: (any Error).self, "byte \(at)") { try reopened(bytes).verifyChain() }
            #expect(throws: (any Error).self, "cut at \(at)") { try reopened(Array(record.value[..<at])).verifyChain() }
        }
        #expect(throws: (any Error).self) { try reopened(record.value + [0]).verifyChain() }
    }
}
