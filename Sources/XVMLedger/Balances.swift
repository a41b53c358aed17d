// SPDX-License-Identifier: Apache-2.0
// Amounts and who has them: unspent outputs as records of the state, so that a double spend is a conflict of versions.

internal import XVMCore
public import XVMState

/// A whole number of 0 ..< 2^128.
public struct Amount: Hashable, Comparable, Sendable, CustomStringConvertible {
    let value: UInt128

    init(_ value: UInt128) { self.value = value }

    /// Decimal digits, no sign.
    public init(parsing text: [UInt8], allowingZero: Bool = false) throws(LedgerError) {
        var value: UInt128 = 0
        guard !text.isEmpty || allowingZero, text.count <= 78 else { throw .amount(text) }
        for byte in text {
            guard (0x30...0x39).contains(byte) else { throw .amount(text) }
            let (product, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOverToo) = product.addingReportingOverflow(UInt128(byte - 0x30))
            guard !isOver, !isOverToo else { throw .amount(text) }
            value = sum
        }
        guard value > 0 || allowingZero else { throw .amount(text) }
        self.value = value
    }

    /// By size.
    public static func < (a: Amount, b: Amount) -> Bool { a.value < b.value }
    /// Decimal.
    public var description: String { String(value) }
    /// Nothing.
    public var isZero: Bool { value == 0 }
    /// Decimal.
    public var text: [UInt8] { Array(description.utf8) }

    var stored: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(value)
        return bytes
    }

    init?(stored bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        value = bytes.reversed().reduce(0) { $0 << 8 | UInt128($1) }
    }
}

/// Unspent outputs. Key: owner, 00, 32 bytes of the transaction that made it, u32 big-endian number; value: 16 bytes, little-endian.
/// An owner's outputs are spent in the order of their keys, which is the same on every node; what is left goes back as one output.
public enum Balances {
    /// Everything that `owner` has.
    /// - Throws: `LedgerError`, what the view throws.
    public static func balance(of owner: [UInt8], in view: any StateView) throws -> Amount {
        try Names.check(owner, what: "address")
        var sum: UInt128 = 0
        try forEach(owner, view) { _, amount in
            // The whole supply fits.
            sum &+= amount.value
            return true
        }
        return Amount(sum)
    }

    /// Moves an amount: spends outputs of `from`, makes one for `to` and one for what is left.
    /// - Parameter output: the place of the next output of the transaction; counted on.
    /// - Throws: `LedgerError.funds` and nothing is changed; what the view throws.
    public static func transfer(
        from: [UInt8], to: [UInt8], _ amount: Amount, transaction: TransactionID, output: inout UInt32, in view: any StateView
    ) throws {
        try Names.check(from, what: "sender")
        try Names.check(to, what: "receiver")
        var spent: [[UInt8]] = []
        var sum: UInt128 = 0
        try forEach(from, view) { key, found in
            spent.append(key)
            sum &+= found.value
            return sum < amount.value
        }
        guard sum >= amount.value else {
            throw LedgerError.funds(address: from, available: String(sum), needed: amount.description)
        }
        for key in spent { try view.delete(bucket: Buckets.utxo, key: key) }
        try make(amount, for: to, transaction, &output, view)
        if sum > amount.value { try make(Amount(sum - amount.value), for: from, transaction, &output, view) }
    }

    /// Makes an amount out of nothing: the supply of a chain.
    static func issue(
        _ amount: Amount, to owner: [UInt8], transaction: TransactionID, output: inout UInt32, in view: any StateView
    ) throws {
        try make(amount, for: owner, transaction, &output, view)
    }

    private static func make(
        _ amount: Amount, for owner: [UInt8], _ transaction: TransactionID, _ output: inout UInt32, _ view: any StateView
    ) throws {
        var key = owner + [0] + transaction.bytes
        for shift in [24, 16, 8, 0] as [UInt32] { key.append(UInt8(truncatingIfNeeded: output >> shift)) }
        output += 1
        try view.put(bucket: Buckets.utxo, key: key, value: amount.stored)
    }

    /// In the order of keys, until `body` says stop.
    private static func forEach(
        _ owner: [UInt8], _ view: any StateView, _ body: (_ key: [UInt8], _ amount: Amount) throws -> Bool
    ) throws {
        var start = owner + [0]
        let limit = owner + [1]
        while true {
            // One at a time: reading an output that is not spent would make a conflict with whoever spends it.
            let page = try view.page(bucket: Buckets.utxo, start: start, limit: limit, countMax: 1)
            guard let (key, value) = page.first else { return }
            guard let amount = Amount(stored: value) else {
                throw StateError.corrupted(path: "$utxo", detail: "an output of \(shown(owner)) has \(value.count) bytes")
            }
            if try !body(key, amount) { return }
            start = key + [0]
        }
    }
}
