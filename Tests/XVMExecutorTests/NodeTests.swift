// SPDX-License-Identifier: Apache-2.0
// A chain with real contracts in real workers: deployment and rights, blocks in parallel, verification by replay, undo.

import Foundation
import Synchronization
import TestSupport
import Testing
import XVMCore
import XVMExecutor

private func bytes(_ string: String) -> [UInt8] { Array(string.utf8) }

@Suite("a node's chain", .serialized)
struct NodeTests {
    private let end: EndToEnd

    init() throws { end = try EndToEnd() }

    private func code(_ name: String) throws -> [UInt8] {
        try packageFile("Examples/contracts/\(name)/\(name.prefix { $0 != "-" }).wasm")
    }

    private func node(threads: Int = 0, blockCountMax: Int = 256, _ store: any StateStore = MemoryStore()) throws -> Node {
        var options = NodeOptions()
        options.threadCount = threads
        options.blockCountMax = blockCountMax
        options.clock = { 7 }
        return try Node(end.executor, store, options: options)
    }

    private func deploy(_ name: String, _ example: String, _ arguments: [String: String] = [:], by owner: String = "owner") throws
        -> LedgerTransaction
    {
        LedgerTransaction(
            .deploy(contract: bytes(name), code: try code(example), arguments: list(arguments), account: []),
            initiator: bytes(owner),
            nonce: 0)
    }

    private func list(_ arguments: [String: String]) -> [CallArgument] {
        arguments.sorted { $0.key < $1.key }.map { CallArgument(key: bytes($0.key), value: bytes($0.value)) }
    }

    private func call(
        _ contract: String, _ method: String, _ arguments: [String: String] = [:], by who: String = "someone", nonce: UInt64,
        amount: String = "0", gas: Int64 = 1_000_000_000
    ) -> LedgerTransaction {
        LedgerTransaction(
            .invoke(contract: bytes(contract), method: bytes(method), arguments: list(arguments), amount: bytes(amount)),
            initiator: bytes(who), nonce: nonce, gasLimit: gas)
    }

    private func kind(_ receipt: Receipt) -> String? {
        if case .failure(let error) = receipt.execution { error.kind } else { nil }
    }

    @Test("a contract is deployed once, initialized once, called by its name, and upgraded by its owner alone")
    func deployment() throws {
        let node = try node()
        let first = try node.submit(deploy("counter", "counter-c", ["key": "a"]))
        #expect(first.height == 2)
        #expect(try first.execution.get().result.body == bytes("0"))
        #expect(try kind(node.submit(deploy("counter", "counter-c"))) == "contractExists")
        #expect(kind(try node.submit(call("counter", "initialize", nonce: 1))) == "initialize")
        #expect(kind(try node.submit(call("nobody", "get", nonce: 1))) == "contractUnknown")
        #expect(kind(try node.submit(call("counter", "nothing", nonce: 1))) == "unknownMethod")
        #expect(try node.submit(call("counter", "increase", ["key": "a"], nonce: 1)).execution.get().result.body == bytes("1"))
        let again = try node.submit(call("counter", "increase", ["key": "a"], nonce: 1))
        #expect(kind(again) == "transactionTwice" && again.height == nil)
        // What a contract refuses goes into no block.
        let missing = try node.submit(call("counter", "get", ["key": "none"], nonce: 2))
        #expect(try missing.height == nil && missing.execution.get().result.code == 404)
        #expect(try node.submit(call("counter", "increase", nonce: 3, gas: 5)).execution.get().outcome?.status == .outOfGas)
        #expect(node.ledger.height == 3)

        let upgrade = { (who: String) throws in
            LedgerTransaction(
                .upgrade(contract: bytes("counter"), code: try code("counter-swift")), initiator: bytes(who), nonce: 4)
        }
        #expect(kind(try node.submit(upgrade("thief"))) == "permission")
        #expect(try node.submit(upgrade("owner")).height == 4)
        // The state stayed, the code is the other one.
        #expect(
            try node.query(
                bytes("counter"), bytes("get"), arguments: list(["key": "a"]), initiator: bytes("q"), gasLimit: 1_000_000
            ).result.body == bytes("1"))
        #expect(
            try node.query(
                bytes("counter"), bytes("get"), arguments: list(["key": "a"]), initiator: bytes("q"), gasLimit: 1_000_000,
                height: 2
            )
            .result.body == bytes("0"))
        for height in 1...4 as ClosedRange<UInt64> { try node.verify(#require(try node.ledger.block(height: height))) }
        try node.ledger.verifyChain()
    }

    @Test("what is no contract is not deployed, and nothing of it stays")
    func badInput() throws {
        let node = try node()
        let good = try code("counter-c")
        for (name, bad, expected) in [
            ("counter", Array(good.dropLast(10)), "malformedModule"), ("counter", [], "malformedModule"), ("abc", good, "name"),
            ("contract", good, "name"),
        ] {
            let receipt = try node.submit(
                LedgerTransaction(
                    .deploy(contract: bytes(name), code: bad, arguments: [], account: []), initiator: bytes("o"), nonce: 0))
            #expect(kind(receipt) == expected)
        }
        let unknown = try node.submit(
            LedgerTransaction(
                .deploy(contract: bytes("counter"), code: good, arguments: [], account: bytes("XC0000000000000000@xuper")),
                initiator: bytes("o"), nonce: 0))
        #expect(kind(unknown) == "accountUnknown")
        // Without its argument the token's initialize aborts: no contract stands.
        #expect(try node.submit(deploy("token", "token-c")).execution.get().outcome?.status == .trapped(.hostAbort))
        #expect(node.ledger.height == 1)
        #expect(kind(try node.submit(call("token", "balance", nonce: 0))) == "contractUnknown")
    }

    @Test("a method is called by those whom its list names, and an amount goes with a call or not at all")
    func access() throws {
        let node = try node()
        try #expect(node.submit(deploy("counter", "counter-c")).height == 2)
        let restrict = LedgerTransaction(
            .setMethodAccess(
                contract: bytes("counter"), method: bytes("increase"),
                access: .threshold(weights: [bytes("a"): 1, bytes("b"): 1], accept: 2)), initiator: bytes("owner"), nonce: 0)
        var foreign = restrict
        foreign.initiator = bytes("thief")
        #expect(kind(try node.submit(foreign)) == "permission")
        #expect(try node.submit(restrict).height == 3)
        #expect(kind(try node.submit(call("counter", "increase", by: "a", nonce: 1))) == "permission")
        var both = call("counter", "increase", by: "a", nonce: 2)
        both.authRequire = [bytes("b")]
        #expect(try node.submit(both).height == 4)
        #expect(try node.submit(call("counter", "get", by: "anyone", nonce: 3)).height == 5)
        both.nonce = 5
        both.action = call("counter", "increase", nonce: 0, amount: "7").action
        #expect(kind(try node.submit(both)) == "funds")
        let pay = LedgerTransaction(.transfer(to: bytes("a"), amount: bytes("10")), initiator: bytes("treasury"), nonce: 6)
        #expect(try node.submit(pay).height == 6)
        #expect(try node.submit(both).height == 7)
        #expect(try node.balance(of: bytes("counter")).description == "7" && node.balance(of: bytes("a")).description == "3")
        for height in 1...7 as ClosedRange<UInt64> { try node.verify(#require(try node.ledger.block(height: height))) }
    }

    /// Transactions that meet in a few keys, ranges and balances, and fail now and then.
    private func mixed(_ count: Int, seed: UInt64) -> [LedgerTransaction] {
        var state = seed
        func below(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % Int(bound)
        }
        return (0..<count).map { number in
            let nonce = UInt64(number)
            switch below(8) {
            case 0: return call("notes", "put", ["title": "t\(below(12))", "text": "text \(number)"], nonce: nonce)
            case 1: return call("notes", "list", ["start": "t\(below(3))", "limit": "t\(3 + below(9))"], nonce: nonce)
            case 2: return call("notes", "delete", ["title": "t\(below(12))"], nonce: nonce)
            case 3:
                return call(
                    "token", "transfer", ["to": "p\(below(4))", "amount": "\(below(60))"], by: "p\(below(4))", nonce: nonce)
            case 4: return call("shop", "buy", ["token": "token", "item": "i\(below(5))"], nonce: nonce)
            case 5:
                return LedgerTransaction(
                    .transfer(to: bytes("p\(below(4))"), amount: bytes("\(1 + below(9))")),
                    initiator: bytes(below(3) == 0 ? "treasury" : "p\(below(4))"), nonce: nonce)
            default: return call("counter", "increase", ["key": "k\(below(9))"], nonce: nonce)
            }
        }
    }

    private func begin(_ node: Node) throws {
        for transaction in try [
            deploy("counter", "counter-c"), deploy("notes", "notes-c"), deploy("token", "token-c", ["supply": "1000"]),
            deploy("shop", "shop-c"), call("token", "transfer", ["to": "shop", "amount": "90"], by: "owner", nonce: 1),
            call("token", "transfer", ["to": "p1", "amount": "500"], by: "owner", nonce: 2),
        ] { #expect(try node.submit(transaction).height != nil) }
    }

    /// Goal: the same transactions in parallel give the same chain as one after another, to the id of every block; and each block stands
    /// the replay on its read sets. All example contracts take part.
    @Test("blocks in parallel are the blocks of the serial order, to the byte, and verify by replay")
    func parallel() throws {
        let serial = try node(blockCountMax: 16)
        let parallel = try node(threads: 3, blockCountMax: 16)
        let transactions = mixed(220, seed: 42)
        var lines: [[String]] = []
        var keptCount = 0
        for node in [serial, parallel] {
            try begin(node)
            let receipts = Mutex<[Receipt]>([])
            try node.submit(transactions) { block in receipts.withLock { $0 += block } }
            lines.append(
                receipts.withLock { $0 }.map { receipt in
                    switch receipt.execution {
                    case .success(let done):
                        "\(done.id) \(receipt.height ?? 0) \(done.result.code) \(done.result.gasUsed) \(done.result.body)"
                    case .failure(let error): "\(error)"
                    }
                })
            keptCount = receipts.withLock { $0.filter { $0.height != nil }.count }
        }
        #expect(lines[0].count == transactions.count && lines[0] == lines[1])
        #expect(keptCount > 100 && keptCount < transactions.count)
        #expect(serial.ledger.height == parallel.ledger.height)
        for height in 1...serial.ledger.height {
            let block = try #require(try serial.ledger.block(height: height))
            #expect(try parallel.ledger.block(height: height)?.id == block.id)
            try parallel.verify(block)
        }
        #expect(try serial.ledger.store.snapshot().digest() == parallel.ledger.store.snapshot().digest())
        // Some results of the parallel part stood, others had to be made again.
        let profile = parallel.profile
        #expect(profile.settledAgainCount > 0 && profile.settledAgainCount < transactions.count)
    }

    @Test("one key for all is counted right, whatever runs in parallel, on a durable store")
    func hotKey() throws {
        let folder = try TemporaryFolder()
        let node = try node(threads: 3, blockCountMax: 32, LoggedStore(path: folder.path + "/state"))
        try #expect(node.submit(deploy("counter", "counter-c")).height == 2)
        try node.submit((0..<200).map { call("counter", "increase", ["key": "hot"], nonce: UInt64($0)) }) { _ in }
        let last = try node.query(
            bytes("counter"), bytes("get"), arguments: list(["key": "hot"]), initiator: bytes("q"), gasLimit: 1_000_000)
        #expect(last.result.body == bytes("200"))
        #expect(node.ledger.height == 2 + 7)
        try node.ledger.verifyChain()
    }

    @Test("an undone block leaves nothing, and made again it is the same block")
    func undo() throws {
        let node = try node()
        try begin(node)
        let before = try node.ledger.store.snapshot().digest()
        let transaction = call("shop", "buy", ["token": "token", "item": "lamp"], nonce: 77)
        #expect(try node.submit(transaction).height == 8)
        let block = try #require(try node.ledger.block(height: 8))
        #expect(try node.undo() == block)
        #expect(try node.ledger.store.snapshot().digest() == before && node.ledger.height == 7)
        #expect(try node.submit(transaction).height == 8)
        #expect(try node.ledger.block(height: 8)?.id == block.id)
    }

    /// Goal: what contracts are told of transactions and blocks is that of the block before their own, by both ways of asking, in any
    /// execution; and a replay gives the same.
    @Test("a contract asks for transactions and blocks of the chain, and is told of those before its own block")
    func history() throws {
        let serial = try node(blockCountMax: 8)
        let parallel = try node(threads: 3, blockCountMax: 8)
        let pays = (0..<6).map {
            LedgerTransaction(.transfer(to: bytes("p\($0)"), amount: bytes("5")), initiator: bytes("treasury"), nonce: UInt64($0))
        }
        let ids = pays.map { Hex.encode($0.id.bytes) }
        for node in [serial, parallel] {
            try #expect(node.submit(deploy("notary", "notary-c")).height == 2)
            // One block: whoever asks in it for a transaction of the same block is told that there is none.
            let early = Mutex<[Receipt]>([])
            try node.submit(pays + [call("notary", "record", ["id": ids[0]], nonce: 1)]) { block in
                early.withLock { $0 += block }
            }
            let last = try #require(early.withLock { $0 }.last)
            #expect(try last.height == nil && last.execution.get().result.code == 404)
            #expect(node.ledger.height == 3)
            try node.submit((0..<24).map { call("notary", "record", ["id": ids[$0 % 6]], nonce: UInt64(100 + $0)) }) { _ in }
            #expect(try node.submit(call("notary", "height", ["id": ids[4]], nonce: 2)).execution.get().result.body == bytes("3"))
            let unknown = try node.submit(call("notary", "record", ["id": String(repeating: "0", count: 64)], nonce: 3))
            #expect(try unknown.execution.get().result.code == 404)
        }
        #expect(serial.ledger.height == parallel.ledger.height)
        for height in 1...serial.ledger.height {
            let block = try #require(try serial.ledger.block(height: height))
            #expect(try parallel.ledger.block(height: height)?.id == block.id)
            try parallel.verify(block)
        }

        // The message, field by field, through the worker and by the service of XuperChain's contracts.
        let block = try #require(try serial.ledger.block(height: 3))
        func field(_ number: UInt8, _ value: [UInt8]) -> [UInt8] {
            let tag = number < 16 ? [number << 3 | 2] : [number << 3 & 0x7f | 0x82, number >> 4]
            return tag + (value.count < 128 ? [UInt8(value.count)] : [UInt8(value.count & 127 | 128), UInt8(value.count >> 7)])
                + value
        }
        let payment = block.transactions[0]
        let spent = try #require(payment.result.writes.writes.first { $0.effect == .delete })
        let output = { (to: String, amount: String) in field(4, field(1, bytes(amount)) + field(2, bytes(to))) }
        let separator = try #require(spent.key.firstIndex(of: 0))
        let message =
            field(1, bytes(ids[0])) + field(2, bytes(block.id.description))
            + field(
                3, field(1, bytes(Hex.encode(Array(spent.key[(separator + 1)..<(separator + 33)])))) + field(5, bytes("treasury"))
            )
            + output("p0", "5") + output("treasury", "99999999999999999995") + field(26, bytes("treasury"))
        func query(_ contract: String, _ method: String, _ arguments: [String: String]) throws -> TransactionResult {
            try serial.query(
                bytes(contract), bytes(method), arguments: list(arguments), initiator: bytes("q"), gasLimit: 1_000_000_000
            ).result
        }
        #expect(try query("notary", "transaction", ["id": ids[0]]).body == message)
        let large = LedgerTransaction(
            .deploy(contract: bytes("large"), code: try packageFile("Tests/Modules/large.wasm"), arguments: [], account: []),
            initiator: bytes("owner"), nonce: 9)
        #expect(try serial.submit(large).height != nil)
        func ask(_ name: String, _ id: String) throws -> TransactionResult {
            try query("large", "ask", ["name": name, "request": String(decoding: field(2, bytes(id)), as: UTF8.self)])
        }
        let transaction = try ask("QueryTx", ids[0])
        #expect(transaction.code == 201 && transaction.body == field(1, message))
        let whole = try ask("QueryBlock", block.id.description)
        #expect(try whole.code == 201 && whole.body == field(1, query("notary", "block", ["id": block.id.description]).body))
        #expect(try ask("QueryTx", String(repeating: "0", count: 64)).body == bytes("transaction not found"))
        #expect(try ask("QueryBlock", ids[0]).body == bytes("block not exist in this chain"))
    }

    /// Goal: a block of another node is taken only if each of its claims is what execution gives.
    @Test("a block that claims another result, gas, event, write or read is refused by replay")
    func forged() throws {
        let node = try node()
        try begin(node)
        try #expect(node.submit(call("counter", "increase", ["key": "x"], nonce: 5)).height == 8)
        let block = try #require(try node.ledger.block(height: 8))
        try node.verify(block)
        let result = block.transactions[0].result
        var forgeries: [TransactionResult] = []
        func forge(_ change: (inout TransactionResult) throws -> Void) throws {
            var copy = result
            try change(&copy)
            #expect(copy != result)
            forgeries.append(copy)
        }
        try forge { $0.body = bytes("2") }
        try forge { $0.code = 201 }
        try forge { $0.gasUsed += 1 }
        try forge { $0.gasUsed -= 1 }
        try forge { $0.events = [] }
        try forge { $0.outcomeDigest[0] ^= 1 }
        try forge { $0.writes = WriteSet() }
        try forge { result in
            result.writes = try WriteSet(
                result.writes.writes.map { Write(bucket: $0.bucket, key: $0.key, effect: .put(bytes("9"))) })
        }
        try forge { $0.reads = try ReadSet($0.reads.reads.filter { $0.bucket != bytes("counter") }) }
        try forge { $0.reads = try ReadSet($0.reads.reads + [Read(bucket: bytes("counter"), key: bytes("more"), version: nil)]) }
        for forgery in forgeries {
            var forged = block
            forged.transactions[0].result = forgery
            let error = #expect(throws: ExecutorError.self) { try node.verify(forged) }
            #expect(error?.kind == "verification", "\(String(describing: error))")
        }
        // A read that is not current any more is told with both versions.
        var stale = block
        stale.transactions[0].result.reads = try ReadSet(
            result.reads.reads.map { read in
                read.bucket == bytes("contract") ? Read(bucket: read.bucket, key: read.key, version: nil) : read
            })
        #expect(#expect(throws: ExecutorError.self) { try node.verify(stale) }?.kind == "conflict")
        // Another node takes the true one.
        let other = try self.node()
        try begin(other)
        try other.verify(block)
        try other.ledger.append(block)
        #expect(other.ledger.height == 8)
        #expect(try other.ledger.store.snapshot().digest() == node.ledger.store.snapshot().digest())
    }
}
