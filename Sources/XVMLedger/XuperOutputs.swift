// SPDX-License-Identifier: Apache-2.0
// A transaction's effects as XuperChain's transactions have them (TxOutputExt): bucket `$transient` with events and the amounts that contracts moved,
// then the write set. For export alone: nothing of it is read, stored or part of a hash here.

internal import XVMCore
public import XVMState

/// One of XuperChain's outputs. Their place in the list is the offset of the version that they make there, `$transient` counted.
public struct XuperOutput: Hashable, Sendable {
    /// Name of the bucket.
    public let bucket: [UInt8]
    /// Any bytes.
    public let key: [UInt8]
    /// Any bytes; the single byte 00 deletes.
    public let value: [UInt8]
}

extension CommittedTransaction {
    private static let transient = Array("$transient".utf8)

    /// The outputs in XuperChain's order: bytewise by bucket, "/", key, so `$transient` stands first. The ledger's own buckets, whose names
    /// begin with `$`, are not among them.
    /// - Parameter before: the state that the transaction was executed on; it has the amounts that were spent.
    /// - Throws: `LedgerError.noXuperForm` for what XuperChain's model cannot hold: an empty value, a value of one byte 00 (that is its
    ///   delete), an amount that was received and spent in the same transaction. `StateError`.
    public func xuperOutputs(on before: any StateSnapshot) throws -> [XuperOutput] {
        var outputs: [XuperOutput] = []
        if !result.events.isEmpty {
            let events = result.events.map { event in
                Proto.field(1, event[0]) + Proto.field(2, event[1]) + Proto.field(3, event[2])
            }
            outputs.append(Self.list("contractEvent", events))
        }
        let moves = try contractMoves(before)
        if !moves.spent.isEmpty { outputs.append(Self.list("ContractUtxo.Inputs", moves.spent)) }
        if !moves.made.isEmpty { outputs.append(Self.list("ContractUtxo.Outputs", moves.made)) }
        for write in result.writes.writes where write.bucket.first != UInt8(ascii: "$") {
            let value: [UInt8]
            switch write.effect {
            case .delete: value = [0]
            case .put([]): throw LedgerError.noXuperForm(bucket: write.bucket, key: write.key, why: "its value is empty")
            case .put([0]): throw LedgerError.noXuperForm(bucket: write.bucket, key: write.key, why: "its value is the byte 00")
            case .put(let bytes): value = bytes
            }
            outputs.append(XuperOutput(bucket: write.bucket, key: write.key, value: value))
        }
        return outputs.sorted { compare($0.bucket + [0x2f] + $0.key, $1.bucket + [0x2f] + $1.key) < 0 }
    }

    /// A count, then each message behind its size.
    private static func list(_ name: String, _ messages: [[UInt8]]) -> XuperOutput {
        let value = messages.reduce(Proto.varint(UInt64(messages.count))) { $0 + Proto.varint(UInt64($1.count)) + $1 }
        return XuperOutput(bucket: transient, key: Array(name.utf8), value: value)
    }

    /// What contracts spent and made, as messages TxInput and TxOutput. The amount that goes with the call is the transaction's own: its inputs
    /// are those of the initiator, its outputs the first ones.
    private func contractMoves(_ before: any StateSnapshot) throws -> (spent: [[UInt8]], made: [[UInt8]]) {
        guard case .invoke(_, _, _, let text) = request.action else { return ([], []) }
        let amount = try Amount(parsing: text, allowingZero: true)
        var spent: [[UInt8]] = []
        var made: [(number: UInt32, message: [UInt8])] = []
        var ownSpent: UInt128 = 0
        for write in result.writes.writes where write.bucket == Buckets.utxo {
            guard let separator = write.key.firstIndex(of: 0), write.key.count == separator + 37 else { continue }
            let owner = Array(write.key[..<separator])
            let transaction = Array(write.key[(separator + 1)..<(separator + 33)])
            let number = write.key[(separator + 33)...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            switch write.effect {
            case .put(let stored):
                guard let value = Amount(stored: stored) else { continue }
                made.append((number, Proto.field(1, value.bigEndian) + Proto.field(2, owner)))
            case .delete:
                guard let record = try before.record(bucket: write.bucket, key: write.key), !record.isDeleted,
                    let value = Amount(stored: record.value)
                else {
                    throw LedgerError.noXuperForm(
                        bucket: write.bucket, key: write.key, why: "it was received and spent in one transaction")
                }
                if owner == request.initiator {
                    ownSpent += value.value
                } else {
                    spent.append(
                        Proto.field(1, transaction) + Proto.number(2, UInt64(number)) + Proto.field(5, owner)
                            + Proto.field(6, value.bigEndian))
                }
            }
        }
        let ownCount: UInt32 = amount.isZero ? 0 : ownSpent > amount.value ? 2 : 1
        return (spent, made.sorted { $0.number < $1.number }.filter { $0.number >= ownCount }.map(\.message))
    }
}

/// What the messages above need of protobuf: fields in the order of their numbers, default values left out.
private enum Proto {
    static func varint(_ value: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = value
        while rest > 127 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
    static func number(_ field: UInt64, _ value: UInt64) -> [UInt8] { value == 0 ? [] : varint(field << 3) + varint(value) }
    static func field(_ field: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        bytes.isEmpty ? [] : varint(field << 3 | 2) + varint(UInt64(bytes.count)) + bytes
    }
}

extension Amount {
    /// Without leading zeros, as Go's big.Int has it.
    fileprivate var bigEndian: [UInt8] { Array(stored.reversed().drop { $0 == 0 }) }
}
