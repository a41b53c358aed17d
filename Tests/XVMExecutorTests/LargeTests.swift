// SPDX-License-Identifier: Apache-2.0
// Requests, responses and pages larger than a frame of the ring, in a real worker (Tests/Modules/large.wat).

import TestSupport
import Testing
import XVMCore
import XVMExecutor

@Suite struct LargeTests {
    private let setup: EndToEnd
    private let contract: Contract

    init() throws {
        setup = try EndToEnd()
        contract = try setup.load("Tests/Modules/large.wasm")
    }

    private func run(_ method: String, on store: MemoryStore = MemoryStore()) throws -> Outcome {
        try setup.executor.invoke(
            contract, MethodRequest(method, initiator: "me"), bucket: utf8("large"), limits: InvocationLimits(gas: 1_000_000_000),
            on: store
        ).outcome
    }

    @Test("a put, a get and an iterator of XuperChain's service with a megabyte each, whole to the byte")
    func syscalls() throws {
        let outcome = try run("big")
        #expect(outcome.status == .returned, "\(text(outcome.message))")
        let words = stride(from: 0, to: outcome.body.count, by: 4).map { at in
            (0..<4).reduce(UInt32(0)) { $0 | UInt32(outcome.body[at + $1]) << UInt32(8 * $1) }
        }
        // Size and success of put, get; bytes that differ; size and success of the page; bytes that differ.
        #expect(words == [0, 1, 1_000_004, 1, 0, 1_000_011, 1, 0])
        #expect(outcome.writes.writes.map { text($0.key) } == ["k"])
        #expect(outcome.resources.disk == 1_000_001)
        let value = (0..<1_000_000).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ ($0 >> 8)) }
        #expect(outcome.writes.writes.first?.effect == .put(value))
    }

    @Test("a request that no message holds is refused with a text, and the contract goes on")
    func beyond() throws {
        let outcome = try run("beyond")
        #expect(outcome.status == .returned && outcome.code == 200)
        #expect(text(outcome.body) == "request exceeds the largest message")
        #expect(outcome.writes.writes.isEmpty)
    }

    @Test("a page of an iterator may be as large as a message, and ends before the item that does not fit")
    func page() throws {
        let store = MemoryStore()
        // 8 + 2 + 49,990 bytes each: 22 of them fit 1,114,104 bytes, of which an output can hold 1,048,576.
        let keys = (0..<30).map { utf8("\($0 + 10)") }
        let values = (0..<30).map { [UInt8](repeating: UInt8($0), count: 49_990) }
        let writes = zip(keys, values).map { Write(bucket: utf8("large"), key: $0, effect: .put($1)) }
        _ = try store.commit(
            Commit(
                id: TransactionID(SHA256.hash([1]))!,
                reads: ReadSet(writes.map { Read(bucket: $0.bucket, key: $0.key, version: nil) }), writes: WriteSet(writes)))
        let whole = try run("page", on: store)
        // 22 items are 1,100,000 bytes: too many for an output, so the contract's output is refused and it has none.
        #expect(whole.status == .reverted && whole.code == 500)
        #expect(whole.reads.reads.map(\.key) == Array(keys[..<22]))
        // 20 items behind each other fill 20 frames.
        let fewer = MemoryStore()
        let some = Array(writes[..<20])
        _ = try fewer.commit(
            Commit(
                id: TransactionID(SHA256.hash([2]))!,
                reads: ReadSet(some.map { Read(bucket: $0.bucket, key: $0.key, version: nil) }), writes: WriteSet(some)))
        let outcome = try run("page", on: fewer)
        var expected: [UInt8] = []
        for (key, value) in zip(keys, values).prefix(20) {
            expected += [2, 0, 0, 0, UInt8(49_990 & 255), UInt8(49_990 >> 8), 0, 0] + key + value
        }
        #expect(outcome.status == .returned && outcome.body == expected)
    }
}
