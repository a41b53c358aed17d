// SPDX-License-Identifier: Apache-2.0
// The functions of env in a real worker, called by a module made by hand (Tests/Modules/emscripten.wat).

import TestSupport
import Testing
import XVMCore
import XVMExecutor

@Suite struct EmscriptenTests {
    private let setup: EndToEnd
    private let contract: Contract

    init() throws {
        setup = try EndToEnd()
        contract = try setup.load("Tests/Modules/emscripten.wasm")
    }

    private func run(_ method: String, gas: Int64 = 1_000_000) throws -> Outcome {
        try setup.executor.invoke(
            contract, MethodRequest(method, arguments: ["k": "v"], initiator: "me"), bucket: utf8("e"),
            limits: InvocationLimits(gas: gas), on: MemoryStore()
        ).outcome
    }

    @Test("hash and codec: sha256 and hex, with memory from the contract's own malloc on the contract's gas")
    func hashAndCodec() throws {
        let abc = SHA256.hash(utf8("abc"))
        let hash = try run("hash")
        #expect(text(hash.body) == Hex.encode(abc))
        #expect(try run("decode").body == [1] + abc.prefix(8))
        let unknown = try run("unknown_hash")
        #expect(unknown.status == .trapped(.hostAbort) && text(unknown.message) == "hash md5 not found")
        // The inner call of malloc is charged: with one unit less the invocation runs out.
        #expect(try run("hash", gas: hash.gasUsed).digest == hash.digest)
        #expect(try run("hash", gas: hash.gasUsed - 1).status == .outOfGas)
    }

    @Test("signatures are verified and keys have addresses, on the host")
    func keys() throws {
        #expect(try run("verify").body == [0, 0xff])
        #expect(try run("address").body == utf8("TeyyPLpp9L7QAcxHangtcHTu7HUZ6iydY") + [0, 0])
    }

    @Test("a contract of XuperChain calls another contract by its service; the response is a message, a refusal a text")
    func forward() throws {
        let store = MemoryStore()
        let chain = TestChain()
        var surroundings = Surroundings()
        surroundings.chain = chain
        surroundings.modules = chain
        func forward() throws -> Outcome {
            try setup.executor.invoke(
                contract, MethodRequest("forward", initiator: "me"), bucket: utf8("e"), on: store, within: surroundings
            ).outcome
        }
        let unknown = try forward()
        #expect(unknown.body.first == 0)
        #expect(text(Array(unknown.body.dropFirst())) == "get contract desc for 'token' error:Key not found")
        try chain.deploy(["token": "Examples/contracts/token-c/token.wasm"], on: store)
        // Response{status 200, message "ok", body "0"} in ContractCallResponse.
        let answered = try forward()
        #expect(answered.body == [1, 10, 10, 8, 0xc8, 1, 18, 2] + utf8("ok") + [26, 1] + utf8("0"))
        #expect(answered.reads.reads.map { text($0.bucket) + "/" + text($0.key) } == ["contract/token.desc", "token/me"])
        #expect(answered.gasUsed > unknown.gasUsed)
    }

    @Test("the heap begins 256 KiB behind the stack, the probe for it is not charged, and each invocation begins anew")
    func places() throws {
        for _ in 0..<2 {
            let outcome = try run("places")
            // 8192 + 262144 and four pages.
            #expect(outcome.body == [0, 0x20, 4, 0, 0, 0, 4, 0])
        }
        // Both methods do the same; one is exported with the underscore, one without.
        let plain = try run("plain")
        #expect(text(plain.body) == "abc")
        #expect(try run("plain", gas: plain.gasUsed).status == .returned)
    }

    @Test("writev makes a log line at each newline and of what is left at the end; other descriptors are none")
    func log() throws {
        let outcome = try run("log")
        #expect(outcome.logs.map(text) == ["one", "two", "r"])
        #expect(outcome.body == [9, 0xf7])
    }

    @Test("a response that fits is given at once, one that does not is fetched; a refusal is a text")
    func responses() throws {
        // CallArgs: method "response", argument k = v, initiator "me", caller none.
        let size: UInt8 = 2 + 8 + 2 + (2 + 1 + 2 + 1) + 2 + 2
        #expect(try run("response").body == [size, 0, 0, 0, size, 0, 0, 0, 1, 0, 0, 0, 1])
        let refused = try run("refused").body
        #expect(refused.prefix(2) == [24, 0] && text(Array(refused.dropFirst(2))) == "syscall method not found")
    }

    @Test(
        "what ends the contract, with XVM's words",
        arguments: [
            ("bad_length", "call fetchResponse with bad length, got 1, expect 24"),
            ("nothing_pending", "call fetchResponse on nil value"), ("aborts", "abort"),
            ("resizes", "emscripten_resize_heap not implemented"),
        ])
    func ends(method: String, message: String) throws {
        let outcome = try run(method)
        #expect(outcome.status == .trapped(.hostAbort))
        #expect(text(outcome.message) == message)
        #expect(outcome.gasUsed == 1_000_000)
    }

    @Test("a range outside memory traps", arguments: ["outside_copy", "outside_hash", "outside_request"])
    func ranges(method: String) throws { #expect(try run(method).status == .trapped(.outOfBoundsMemoryAccess)) }
}
