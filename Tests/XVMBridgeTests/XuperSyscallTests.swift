// SPDX-License-Identifier: Apache-2.0
// XuperChain's service, byte by byte: the responses and the texts of refusals, whose lengths are part of a contract's gas. Requests and
// responses are written here as protobuf bytes by hand, not by the code under test.

import Testing
import XVMCore
import XVMState
import XVMWire

@testable import XVMBridge

/// A field of wire type 2: tag, size, bytes; sizes below 128.
private func part(_ number: UInt8, _ value: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(value.count)] + value }
private func part(_ number: UInt8, _ value: String) -> [UInt8] { part(number, bytes(value)) }
/// A field of wire type 0, below 128.
private func small(_ number: UInt8, _ value: UInt8) -> [UInt8] { [number << 3, value] }
/// SyscallHeader with some context's id: it must not matter.
private let header = part(1, small(1, 77))

private final class OneBlockChain: Chain {
    func contract(named name: [UInt8], in view: any StateView) throws -> DeployedContract? {
        name == bytes("here") ? DeployedContract(name: name, moduleHash: []) : nil
    }
    func mayCall(
        contract: [UInt8], method: [UInt8], initiator: [UInt8], authRequire: [[UInt8]], in view: any StateView
    ) throws -> Bool { method != bytes("forbidden") }
    func transfer(from: [UInt8], to: [UInt8], amount: [UInt8], in view: any StateView) throws -> TransferResult {
        try view.put(bucket: bytes("$balance"), key: to, value: amount)
        return amount == bytes("7") ? .refused("no seven") : .done
    }
    func addresses(ofAccount name: [UInt8], in view: any StateView) throws -> [[UInt8]]? {
        name == bytes("XC1") ? [bytes("a"), bytes("bb")] : nil
    }
    func transaction(_ id: [UInt8], in view: any StateView) throws -> ChainTransaction? {
        guard id == [UInt8](repeating: 0xab, count: 32) else { return nil }
        var found = ChainTransaction()
        found.id = "abab"
        found.block = "cd"
        var input = ChainTransaction.Input()
        (input.transaction, input.offset, input.from, input.amount, input.frozenHeight) = ("ef", 1, bytes("x"), "12", 3)
        found.inputs = [input]
        var output = ChainTransaction.Output()
        (output.amount, output.to) = ("12", bytes("y"))
        found.outputs = [output]
        found.description = bytes("d")
        found.initiator = "me"
        found.authRequire = ["k"]
        return found
    }
    func block(_ id: [UInt8], in view: any StateView) throws -> ChainBlock? {
        guard id == [UInt8](repeating: 0xab, count: 32) else { return nil }
        var found = ChainBlock()
        (found.id, found.previous, found.proposer, found.signature, found.publicKey) = ("b", "a", bytes("p"), "s", bytes("k"))
        (found.height, found.timestamp, found.transactions, found.isInTrunk, found.next) = (5, 6, ["t", "u"], true, "c")
        return found
    }
}

private final class NoCallees: CalleeProvider {
    func withCallee(_ contract: DeployedContract, method: [UInt8], _ body: (Callee) throws -> UInt32) throws -> Bool { false }
}

@Suite("the syscalls of XuperChain")
struct XuperSyscallTests {
    private let store = MemoryStore()

    private func handler(_ contract: String = "c") throws -> ContextHandler {
        var environment = CallEnvironment()
        environment.chain = OneBlockChain()
        environment.authRequire = [bytes("signer")]
        var asked = call(contract)
        asked.entry = .method(
            MethodCall(
                method: bytes("m"), caller: bytes("who"), initiator: bytes("me"), amount: bytes("0"),
                arguments: [(bytes("a"), bytes("1")), (bytes("b"), [])]))
        return try ContextHandler(
            asked, in: ContextTree(environment, overlay: Overlay(over: store.snapshot()), deadlineNanoseconds: 10_000_000_000))
    }

    /// The response, or the text of the refusal after a "!".
    private func ask(_ handler: ContextHandler, _ method: String, _ request: [UInt8]) throws -> [UInt8] {
        let result = try handler.handle(.ask(Ask(.syscall(method: bytes(method), request: request), gasLeft: 1000)))
        guard case .reply(let reply) = result else { return bytes("?") }
        #expect(throws: Never.self) {
            try result.encode(answering: .ask(Ask(.syscall(method: bytes(method), request: request), gasLeft: 1000)))
        }
        switch reply.kind {
        case .done: return reply.body
        case .refused: return bytes("!") + reply.body
        case .notFound, .ended: return bytes("?")
        }
    }

    @Test("objects: put, get, delete, iterate, with XuperChain's texts for what is not there")
    func objects() throws {
        try store.put(1, ["old": "o"])
        let handler = try handler()
        func put(_ key: String, _ value: [UInt8]) throws {
            #expect(try ask(handler, "PutObject", header + part(2, key) + (value.isEmpty ? [] : part(3, value))) == [])
        }
        try put("k1", bytes("v1"))
        try put("k2", [])
        try put("k3", [0])
        #expect(try ask(handler, "GetObject", header + part(2, "k1")) == part(1, "v1"))
        #expect(try ask(handler, "GetObject", part(2, "k2")) == [], "an empty value is a value, left out as every default")
        #expect(try ask(handler, "GetObject", header + part(2, "k3")) == part(1, [0]))
        #expect(try ask(handler, "GetObject", header + part(2, "none")) == bytes("!Key not found"))
        #expect(try ask(handler, "DeleteObject", header + part(2, "k1")) == [])
        #expect(try ask(handler, "GetObject", header + part(2, "k1")) == bytes("!Key has been mark as del"))
        let all = part(1, part(1, "k2")) + part(1, part(1, "k3") + part(2, [0])) + part(1, part(1, "old") + part(2, "o"))
        #expect(try ask(handler, "NewIterator", header + part(2, "k") + part(3, "z")) == all)
        #expect(try ask(handler, "NewIterator", header) == all, "an empty limit is the end of the bucket")
        #expect(try ask(handler, "NewIterator", header + small(4, 1)) == part(1, part(1, "k2")))
        #expect(
            try ask(handler, "NewIterator", header + part(2, "z") + part(3, "a"))
                == bytes("!bad select range, start key can't bigger than end key"))
        let long = String(repeating: "k", count: 100)
        #expect(
            try ask(handler, "PutObject", [2 << 3 | 2, 0x91, 0x03] + bytes(long + long + long + long + "k"))
                == bytes("!key size 401 exceeds limit 400"))
    }

    @Test("a page that does not fit a message is refused, and what was looked at is read")
    func largePage() throws {
        let handler = try handler()
        for key in ["a", "b", "c"] {
            _ = try handler.handle(.putObject(key: bytes(key), value: [UInt8](repeating: 1, count: 500_000)))
        }
        #expect(try ask(handler, "NewIterator", header) == bytes("!iterator page exceeds limit 1113064"))
        #expect(try ask(handler, "NewIterator", header + small(4, 2)).count == 2 * (1 + 3 + 3 + 4 + 500_000))
    }

    @Test("the call: method, arguments in order, initiator, signers, caller; no amount where it is 0")
    func callArguments() throws {
        let expected =
            part(1, "m") + part(2, part(1, "a") + part(2, "1")) + part(2, part(1, "b")) + part(3, "me") + part(4, "signer")
            + part(6, "who")
        #expect(try ask(handler(), "GetCallArgs", header) == expected)
    }

    @Test("the output is kept on the host and counts")
    func output() throws {
        let outcome = try store.invoke { _, handler in
            let request = header + part(2, [1 << 3, 0xc9, 1] + part(2, "msg") + part(3, "body"))
            _ = try handler.handle(.ask(Ask(.syscall(method: bytes("SetOutput"), request: request), gasLeft: 5)))
            return .returned(nil)
        }
        #expect(outcome.status == .returned && outcome.code == 201)
        #expect(outcome.message == bytes("msg") && outcome.body == bytes("body"))
    }

    @Test("events and logs of the service are those of the contract")
    func eventsAndLogs() throws {
        let handler = try handler()
        #expect(try ask(handler, "EmitEvent", header + part(2, "e") + part(3, "b")) == [])
        #expect(try ask(handler, "PostLog", header + part(2, "line")) == [])
        #expect(handler.events == [Event(contract: bytes("c"), name: bytes("e"), body: bytes("b"))])
        #expect(handler.logs == [bytes("line")])
        for _ in 0..<1030 { #expect(try ask(handler, "PostLog", header + part(2, "x")) == []) }
        #expect(handler.logs.count == 1024 && handler.logs.last == bytes("log lines dropped: limit 1024 per invocation"))
        for _ in 0..<1023 { #expect(try ask(handler, "EmitEvent", part(2, "e")) == []) }
        #expect(try ask(handler, "EmitEvent", part(2, "e")) == bytes("!event count exceeds limit 1024"))
        #expect(try ask(handler, "Ping", []) == [])
    }

    @Test("transfers: the texts of what is no amount, and a refusal leaves nothing")
    func transfers() throws {
        let handler = try handler()
        func transfer(_ to: String, _ amount: String) throws -> [UInt8] {
            try ask(handler, "Transfer", header + part(2, "ignored") + (to.isEmpty ? [] : part(3, to)) + part(4, amount))
        }
        #expect(try transfer("x", "abc") == bytes("!parse amount error"))
        #expect(try transfer("x", "-5") == bytes("!amount should not be negative"))
        #expect(try transfer("", "5") == bytes("!empty to address"))
        #expect(try transfer("x", "-0") == bytes("!should  be large than zero"))
        #expect(try transfer("x", "7") == bytes("!no seven"))
        #expect(try handler.writes().writes.isEmpty)
        #expect(try transfer("x", "+0012") == [])
        #expect(try handler.writes().writes.map(\.effect) == [.put(bytes("12"))])
        #expect(handler.tree.transfers == [Transfer(from: bytes("c"), to: bytes("x"), amount: bytes("12"))])
    }

    @Test("transactions, blocks and accounts in every field, and the texts of ids that are none")
    func chain() throws {
        let handler = try handler()
        let id = part(2, String(repeating: "ab", count: 32))
        let transaction =
            part(1, "abab") + part(2, "cd") + part(3, part(1, "ef") + small(2, 1) + part(5, "x") + part(6, "12") + small(7, 3))
            + part(4, part(1, "12") + part(2, "y")) + part(6, "d") + [26 << 3 & 0x7f | 2 | 0x80, 1] + [2] + bytes("me")
            + [27 << 3 & 0x7f | 2 | 0x80, 1] + [1] + bytes("k")
        #expect(try ask(handler, "QueryTx", header + id) == part(1, transaction))
        let block =
            part(3, "b") + part(4, "a") + part(5, "p") + part(6, "s") + part(7, "k") + small(9, 5) + small(10, 6) + part(11, "t")
            + part(11, "u") + small(12, 2) + small(14, 1) + part(15, "c")
        #expect(try ask(handler, "QueryBlock", header + id) == part(1, block))
        for method in ["QueryTx", "QueryBlock"] {
            #expect(try ask(handler, method, header + part(2, "abz")) == bytes("!encoding/hex: invalid byte: U+007A 'z'"))
            #expect(try ask(handler, method, header + part(2, "abc")) == bytes("!encoding/hex: odd length hex string"))
        }
        #expect(try ask(handler, "QueryTx", header + part(2, "abcd")) == bytes("!transaction not found"))
        #expect(try ask(handler, "QueryBlock", header + part(2, "")) == bytes("!block not exist in this chain"))
        #expect(try ask(handler, "GetAccountAddresses", header + part(2, "XC1")) == part(1, "a") + part(1, "bb"))
        #expect(try ask(handler, "GetAccountAddresses", header + part(2, "XC2")) == bytes("!Key not found"))
    }

    @Test("what is refused before a callee runs has XuperChain's text; so have unknown methods and bad requests")
    func refusals() throws {
        let handler = try handler()
        handler.tree.names = [bytes("c")]
        func callOther(_ contract: String, _ method: String) throws -> [UInt8] {
            try ask(handler, "ContractCall", header + part(2, "wasm") + part(3, contract) + part(4, method))
        }
        #expect(try callOther("c", "m") == bytes("!recursive contract call not permitted"))
        #expect(try callOther("d", "m") == bytes("!this host runs no other contracts"))
        #expect(try ask(handler, "CrossContractQuery", header + part(2, "xuper://x")) == bytes("!not implementation"))
        #expect(try ask(handler, "Nothing", header) == bytes("!syscall method not found"))
        #expect(try ask(handler, "PutObject", [0xff]).starts(with: bytes("!unmarshal request error:")))
        #expect(
            try ask(handler, "SetOutput", part(2, part(2, [0xff, 0xfe]))).starts(with: bytes("!unmarshal request error:")),
            "no UTF-8")
    }

    @Test("a node's own handler answers questions to other chains, and arguments that no worker can be told are refused")
    func crossQuery() throws {
        var environment = CallEnvironment()
        environment.chain = OneBlockChain()
        environment.callees = NoCallees()
        environment.crossQuery = { uri, arguments in
            Output(status: 201, message: uri, body: arguments.pairs.flatMap { $0.key + $0.value })
        }
        let handler = try ContextHandler(
            call("c"), in: ContextTree(environment, overlay: Overlay(over: store.snapshot()), deadlineNanoseconds: 10_000_000_000)
        )
        let request = header + part(2, "u") + part(5, part(1, "b") + part(2, "2")) + part(5, part(1, "a") + part(2, "1"))
        #expect(
            try ask(handler, "CrossContractQuery", request) == part(1, [8, 0xc9, 1] + part(2, "u") + part(3, "a1b2")))
        func refusal(_ pairs: [(key: [UInt8], size: UInt32)]) throws -> String? {
            var packed: [UInt8] = []
            for (key, size) in pairs {
                packed.appendLittleEndian(UInt32(key.count))
                packed.appendLittleEndian(size)
                packed += key + [UInt8](repeating: 7, count: Int(size))
            }
            let question = Ask.Question.contractCall(
                contract: bytes("here"), method: bytes("m"), arguments: packed, gasLimit: nil)
            guard case .reply(let reply) = try handler.handle(.ask(Ask(question, gasLeft: 10))),
                reply.kind == .refused(code: ContractError.arguments.rawValue)
            else { return nil }
            return String(decoding: reply.body, as: UTF8.self)
        }
        // Two arguments that fit the question, but not the invocation, which says more about the call.
        let large = try #require(try refusal([([0], 557_000), ([1], 557_042)]))
        #expect(large.hasSuffix("exceed limit 1114112"))
        #expect(try refusal([([0], 557_000), ([1], 557_000)]) == nil)
        let many = (0..<8191).map { (key: [UInt8($0 >> 8), UInt8($0 & 255)], size: UInt32(0)) }
        #expect(try refusal(many) == "8191 arguments exceed limit 8190")
        #expect(try refusal(Array(many.dropLast())) == nil)
    }

    @Test("a worker that claims more gas than there is has broken the protocol")
    func gasClaims() throws {
        let handler = try handler()
        #expect(throws: BridgeError.self) { try handler.handle(.ask(Ask(.authRequire, gasLeft: 1001))) }
        #expect(throws: BridgeError.self) { try handler.handle(.getObject(key: [])) }
    }
}
