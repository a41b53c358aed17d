// SPDX-License-Identifier: Apache-2.0
// Effects as XuperChain's outputs, byte by byte; the expected bytes are written by hand.

import Testing
import XVMState

@testable import XVMLedger

@Suite struct XuperOutputsTests {
    private func text(_ string: String) -> [UInt8] { Array(string.utf8) }
    private let earlier = TransactionID([UInt8](repeating: 0xab, count: 32))!

    private func utxo(_ owner: String, _ id: TransactionID, _ number: UInt8) -> [UInt8] {
        text(owner) + [0] + id.bytes + [0, 0, 0, number]
    }

    /// A state in which "shop" has 300 and "me" 10, and a transaction on it with these writes.
    private func outputs(
        amount: String = "0", events: [[[UInt8]]] = [], _ writes: (TransactionID) -> [Write]
    ) throws -> [String: [UInt8]] {
        let store = MemoryStore()
        let before = [
            Write(
                bucket: text("$utxo"), key: utxo("shop", earlier, 3), effect: .put([44, 1] + [UInt8](repeating: 0, count: 14))),
            Write(bucket: text("$utxo"), key: utxo("me", earlier, 0), effect: .put([10] + [UInt8](repeating: 0, count: 15))),
        ]
        _ = try store.commit(
            Commit(
                id: earlier, reads: ReadSet(before.map { Read(bucket: $0.bucket, key: $0.key, version: nil) }),
                writes: WriteSet(before)))
        let request = LedgerTransaction(
            .invoke(contract: text("shop"), method: text("m"), arguments: [], amount: text(amount)), initiator: text("me"),
            nonce: 1)
        let committed = CommittedTransaction(
            request: request,
            result: TransactionResult(
                code: 200, message: [], body: [], gasUsed: 1, outcomeDigest: [], reads: ReadSet(),
                writes: try WriteSet(writes(request.id)), events: events))
        let found = try committed.xuperOutputs(on: store.snapshot())
        let names = found.map { String(decoding: $0.bucket + [0x2f] + $0.key, as: UTF8.self) }
        #expect(names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        return Dictionary(zip(names, found.map(\.value))) { first, _ in first }
    }

    private func put(_ bucket: String, _ key: String, _ value: [UInt8]) -> Write {
        Write(bucket: text(bucket), key: text(key), effect: .put(value))
    }
    private func owned(_ owner: String, _ id: TransactionID, _ number: UInt8, _ value: UInt8) -> Write {
        Write(bucket: text("$utxo"), key: utxo(owner, id, number), effect: .put([value] + [UInt8](repeating: 0, count: 15)))
    }
    private func spent(_ owner: String, _ number: UInt8) -> Write {
        Write(bucket: text("$utxo"), key: utxo(owner, earlier, number), effect: .delete)
    }

    @Test("events and amounts that contracts moved are outputs of $transient, in front of the write set; a delete is the byte 00")
    func all() throws {
        let found = try outputs(
            amount: "7",
            events: [[text("shop"), text("sold"), text("pen")], [text("shop"), text("sold"), []]]
        ) { id in
            [
                put("shop", "k", text("v")), Write(bucket: text("shop"), key: text("gone"), effect: .delete),
                put("shop2", "a", [0, 0]),
                // Its own amount: 10 of "me" become 7 for the shop and 3 back.
                spent("me", 0), owned("shop", id, 0, 7), owned("me", id, 1, 3),
                // The contract pays 50 of its 300.
                spent("shop", 3), owned("x", id, 2, 50), owned("shop", id, 3, 250),
            ]
        }
        #expect(found.count == 6)
        #expect(found["shop/k"] == text("v") && found["shop/gone"] == [0] && found["shop2/a"] == [0, 0])
        #expect(
            found["$transient/contractEvent"]
                == [2, 17, 10, 4] + text("shop") + [18, 4] + text("sold") + [26, 3] + text("pen") + [12, 10, 4] + text("shop")
                + [18, 4] + text("sold"))
        #expect(
            found["$transient/ContractUtxo.Inputs"]
                == [1, 46, 10, 32] + earlier.bytes + [16, 3, 42, 4] + text("shop") + [50, 2, 1, 44])
        #expect(
            found["$transient/ContractUtxo.Outputs"]
                == [2, 6, 10, 1, 50, 18, 1] + text("x") + [9, 10, 1, 250, 18, 4] + text("shop"))
    }

    @Test(
        "a transaction without events and amounts has no $transient, and an amount that goes with a call is none of its contract's"
    )
    func none() throws {
        #expect(try outputs { _ in [put("shop", "k", text("v"))] } == ["shop/k": text("v")])
        let exact = try outputs(amount: "10") { id in [spent("me", 0), owned("shop", id, 0, 10)] }
        #expect(exact.isEmpty)
    }

    @Test("what XuperChain's model cannot hold is refused by name, not changed")
    func refusals() throws {
        func error(_ write: @escaping (TransactionID) -> Write) -> LedgerError? {
            #expect(throws: LedgerError.self) { try outputs { id in [write(id)] } }
        }
        #expect(
            error { _ in put("shop", "k", []) } == .noXuperForm(bucket: text("shop"), key: text("k"), why: "its value is empty"))
        #expect(
            error { _ in put("shop", "k", [0]) }
                == .noXuperForm(bucket: text("shop"), key: text("k"), why: "its value is the byte 00"))
        let both = error { id in Write(bucket: text("$utxo"), key: utxo("shop", id, 0), effect: .delete) }
        guard case .noXuperForm(_, _, "it was received and spent in one transaction")? = both else {
            Issue.record("\(String(describing: both))")
            return
        }
    }
}
