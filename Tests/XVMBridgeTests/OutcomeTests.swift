// SPDX-License-Identifier: Apache-2.0
// From the end of an invocation to its Outcome, its digest, and the transaction's id.

import Testing
import XVMCore
import XVMState
import XVMWire

@testable import XVMBridge

@Suite("outcomes")
struct OutcomeTests {
    let store = MemoryStore()

    /// A contract that reads, writes, logs, emits, and ends as wanted.
    private func busy(_ ending: Ending) throws -> Outcome {
        try store.invoke { _, handler in
            _ = try handler.handle(.getObject(key: bytes("r")))
            _ = try handler.handle(.putObject(key: bytes("w"), value: bytes("1")))
            _ = try handler.handle(.postLog(text: bytes("line")))
            _ = try handler.handle(.emitEvent(name: bytes("e"), body: bytes("b")))
            return ending
        }
    }

    @Test("the engine gets the call as it was asked")
    func invocation() throws {
        let call = call(gasLimit: 77)
        _ = try store.invoke(call) { invocation, _ in
            #expect(
                invocation
                    == Invocation(
                        exportIndex: 3, entry: call.entry, gasLimit: 77, frameLimit: 500, stackLimit: 1 << 20, memoryPagesMax: 16)
            )
            return .returned(200)
        }
    }

    @Test("a status below 400 returns with everything", arguments: [Int32.min, 0, 200, 399])
    func returned(_ status: Int32) throws {
        let outcome = try busy(.returned(status, "hello", "body"))
        #expect(outcome.status == .returned)
        #expect(outcome.code == status && outcome.message == bytes("hello") && outcome.body == bytes("body"))
        #expect(outcome.gasUsed == 10 && outcome.gasLimit == 1000 && outcome.memoryPages == 1)
        #expect(outcome.schedule == bytes("schedule"))
        #expect(outcome.readKeys == ["r", "w"])
        #expect(outcome.writes.writes == [Write(bucket: bytes("c"), key: bytes("w"), effect: .put(bytes("1")))])
        #expect(outcome.events == [Event(contract: bytes("c"), name: bytes("e"), body: bytes("b"))])
        #expect(outcome.logs == [bytes("line")])
    }

    private func expectNoEffects(_ outcome: Outcome) {
        #expect(outcome.writes == WriteSet())
        #expect(outcome.events.isEmpty)
        #expect(outcome.readKeys == ["r", "w"])
        #expect(outcome.logs == [bytes("line")])
    }

    @Test("a status of 400 and up reverts: the answer and the exact gas stay, effects go", arguments: [400, 500, Int32.max])
    func reverted(_ status: Int32) throws {
        let outcome = try busy(.returned(status, "no", "why"))
        #expect(outcome.status == .reverted)
        #expect(outcome.code == status && outcome.message == bytes("no") && outcome.body == bytes("why"))
        #expect(outcome.gasUsed == 10)
        expectNoEffects(outcome)
    }

    @Test("a method without any output reverts with 500 internal error")
    func noOutput() throws {
        let outcome = try busy(.returned(nil))
        #expect(outcome.status == .reverted && outcome.code == 500 && outcome.message == bytes("internal error"))
        expectNoEffects(outcome)
    }

    @Test("a trap and the end of the gas take the whole limit and leave no effects")
    func stopped() throws {
        for trap in Trap.allCases {
            // An engine that reports what was left in a register changes nothing.
            let outcome = try busy(.stopped(.trapped(trap), gas: 12, abortText: "text"))
            #expect(outcome.status == .trapped(trap))
            #expect(outcome.gasUsed == 1000)
            #expect(outcome.message == (trap == .hostAbort ? bytes("text") : []))
            expectNoEffects(outcome)
        }
        let outcome = try busy(.stopped(.outOfGas))
        #expect(outcome.status == .outOfGas && outcome.gasUsed == 1000 && outcome.message.isEmpty)
        expectNoEffects(outcome)
    }

    @Test("a function call gives its slots and needs no output")
    func function() throws {
        var call = call()
        call.entry = .function(slots: [7])
        let outcome = try store.invoke(call) { invocation, _ in
            #expect(invocation.entry == .function(slots: [7]))
            var ending = Ending.returned(nil)
            ending.slots = [1, .max]
            return ending
        }
        #expect(outcome.status == .returned && outcome.code == 200 && outcome.slots == [1, .max])
        let trapped = try store.invoke(call) { _, _ in
            var ending = Ending.stopped(.trapped(.unreachable))
            ending.slots = [1]
            return ending
        }
        #expect(trapped.slots.isEmpty)
    }

    @Test("an end that no worker may report is a breach")
    func breaches() throws {
        var slots = Ending.returned(200)
        slots.slots = [1]
        var pages = Ending.returned(200)
        pages.memoryPages = 65537
        let long = String(repeating: "m", count: 1025)
        let cases: [(Ending, String)] = [
            (.returned(200, gas: -1), "outcome: gas used -1 is not in 0 ... 1000"),
            (.returned(200, gas: 1001), "outcome: gas used 1001 is not in 0 ... 1000"),
            (pages, "outcome: memory pages 65537 exceeds limit 65536"),
            (slots, "outcome: slot count 1 exceeds limit 0"),
            (.returned(200, long), "outcome: message size 1025 exceeds limit 1024"),
            (.stopped(.trapped(.hostAbort), abortText: long), "outcome: message size 1025 exceeds limit 1024"),
            (.returned(200, "", String(repeating: "b", count: 1048577)), "outcome: body size 1048577 exceeds limit 1048576"),
        ]
        for (ending, text) in cases {
            #expect(throws: BridgeError.breach(text)) { try store.invoke { _, _ in ending } }
        }
    }

    @Test("an error of the engine or of a syscall passes through, also when the engine goes on")
    func errors() throws {
        let death = Death(cause: .killedOutside, place: "worker 1.1")
        #expect(throws: death) { try store.invoke { _, _ in throw death } }
        let breach = BridgeError.breach("getObject: key size 401 exceeds limit 400")
        #expect(throws: breach) {
            try store.invoke { _, handler in
                _ = try? handler.handle(.getObject(key: [UInt8](repeating: 0, count: 401)))
                return .returned(200)
            }
        }
    }

    @Test("digests agree where consensus does and differ in everything else")
    func digests() throws {
        let base = try busy(.returned(200, "m", "b"))
        #expect(base.digest.count == 32)
        #expect(try busy(.returned(200, "m", "b")).digest == base.digest)
        // A verifier that runs with what was used as its limit, and other logs.
        let verifier = try store.invoke(call(gasLimit: 10)) { _, handler in
            _ = try handler.handle(.getObject(key: bytes("r")))
            _ = try handler.handle(.putObject(key: bytes("w"), value: bytes("1")))
            _ = try handler.handle(.emitEvent(name: bytes("e"), body: bytes("b")))
            return .returned(200, "m", "b")
        }
        #expect(verifier.digest == base.digest)
        #expect(try busy(.stopped(.outOfGas)).digest == busy(.stopped(.trapped(.unreachable))).digest)
        #expect(try busy(.stopped(.trapped(.hostAbort), abortText: "x")).digest == busy(.stopped(.outOfGas)).digest)
        #expect(try store.invoke { _, _ in .stopped(.outOfGas) }.digest == busy(.stopped(.outOfGas)).digest)

        var pages = Ending.returned(200, "m", "b")
        pages.memoryPages = 2
        var scheduled = call()
        scheduled.schedule = bytes("other")
        let others: [Outcome] = try [
            base, busy(.returned(201, "m", "b")), busy(.returned(200, "mb", "")), busy(.returned(200, "", "mb")),
            busy(.returned(200, "m", "b", gas: 11)), busy(.returned(400, "m", "b")), busy(.stopped(.outOfGas)), busy(pages),
            store.invoke { _, _ in .returned(200, "m", "b") }, store.invoke(scheduled) { _, _ in .returned(200, "m", "b") },
            store.invoke(call("d")) { _, handler in
                _ = try handler.handle(.getObject(key: bytes("r")))
                return .returned(200, "m", "b")
            },
            store.invoke { _, handler in
                _ = try handler.handle(.putObject(key: bytes("w"), value: bytes("2")))
                return .returned(200, "m", "b")
            },
            store.invoke { _, handler in
                _ = try handler.handle(.deleteObject(key: bytes("w")))
                return .returned(200, "m", "b")
            },
            store.invoke { _, handler in
                _ = try handler.handle(.emitEvent(name: bytes("eb"), body: []))
                return .returned(200, "m", "b")
            },
            store.invoke { _, handler in
                _ = try handler.handle(.emitEvent(name: bytes("e"), body: bytes("b")))
                return .returned(200, "m", "b")
            },
        ]
        #expect(Set(others.map(\.digest)).count == others.count)
        try store.put(1, ["r": "now there"])
        #expect(try busy(.returned(200, "m", "b")).digest != base.digest)
    }

    /// Goal: the encoding is the one that the doc comment describes. The bytes are written out here by hand.
    @Test("a digest and an id are the hashes of the encodings that are written down")
    func encodings() throws {
        func number<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
            (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        func field(_ text: String) -> [UInt8] { number(UInt32(text.utf8.count)) + bytes(text) }

        try store.put(1, ["r": "x"])
        let outcome = try busy(.returned(200, "m", "body"))
        let version = try #require(outcome.reads.reads[0].version)
        var encoded = field("xvm outcome 1") + [0] + field("schedule") + number(Int64(10))
        encoded += number(Int32(200)) + field("m") + field("body") + number(UInt32(0)) + number(UInt32(1))
        encoded += number(UInt32(2)) + field("c") + field("r") + [1] + version.transaction.bytes + number(version.offset)
        encoded += field("c") + field("w") + [0]
        encoded += number(UInt32(1)) + field("c") + field("w") + [1] + field("1")
        encoded += number(UInt32(1)) + field("c") + field("e") + field("b")
        #expect(outcome.digest == SHA256.hash(encoded))
        let stopped = field("xvm outcome 1") + [2] + field("schedule") + number(Int64(1000))
        #expect(try busy(.stopped(.outOfGas)).digest == SHA256.hash(stopped))

        let method = try MethodCall(
            method: bytes("put"), caller: bytes("who"), initiator: bytes("me"), amount: bytes("12"),
            sorting: [(bytes("b"), bytes("2")), (bytes("a"), bytes("")), (bytes("ab"), bytes("3"))])
        let id = TransactionID(height: 7, contract: bytes("notes"), moduleHash: [1, 2, 3], call: method)
        var named = field("xvm transaction 1") + number(UInt64(7)) + field("notes") + field("\u{1}\u{2}\u{3}") + field("put")
        named += number(UInt32(3)) + field("a") + field("") + field("ab") + field("3") + field("b") + field("2")
        named += field("who") + field("me") + field("12")
        #expect(id.bytes == SHA256.hash(named))
    }

    @Test("arguments are sorted bytewise and none stands twice")
    func arguments() throws {
        let sorted = try MethodCall(
            method: [], caller: [], initiator: [], amount: [],
            sorting: [([0xff], [1]), ([], [2]), ([0, 0], [3]), ([0], [4])])
        #expect(sorted.arguments.map(\.key) == [[], [0], [0, 0], [0xff]])
        #expect(sorted.arguments.map(\.value) == [[2], [4], [3], [1]])
        #expect(throws: BridgeError.argumentTwice(key: bytes("k"))) {
            try MethodCall(
                method: [], caller: [], initiator: [], amount: [], sorting: [(bytes("k"), []), ([], []), (bytes("k"), [1])])
        }
    }
}
