// SPDX-License-Identifier: Apache-2.0
// Which write made a record: the name that optimistic concurrency compares.

internal import XVMCore

/// The name of a transaction: 32 bytes, held inline so that a version costs no allocation.
public struct TransactionID: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of an id.
    public static let size = 32
    // The bytes in order, 8 in each word, first byte lowest.
    private var word0: UInt64, word1: UInt64, word2: UInt64, word3: UInt64

    /// nil unless `bytes` has 32 of them.
    public init?(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// nil unless `bytes` has 32 of them.
    public init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        word0 = Self.word(bytes, 0)
        word1 = Self.word(bytes, 1)
        word2 = Self.word(bytes, 2)
        word3 = Self.word(bytes, 3)
    }

    /// From the words, first byte lowest.
    init(words word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    /// The 32 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        for word in [word0, word1, word2, word3] { bytes.appendLittleEndian(word) }
        return bytes
    }

    func append(to bytes: inout [UInt8]) {
        for word in [word0, word1, word2, word3] { bytes.appendLittleEndian(word) }
    }

    /// 64 lower-case hex digits.
    public var description: String { Hex.encode(bytes) }

    private static func word(_ bytes: ArraySlice<UInt8>, _ index: Int) -> UInt64 {
        let start = bytes.startIndex + 8 * index
        return bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

/// The write that made a record. A key that was never written has no version: `nil` wherever a `Version?` stands.
public struct Version: Hashable, Sendable, CustomStringConvertible {
    /// The transaction that wrote.
    public var transaction: TransactionID
    /// Index of the write in that transaction's write set.
    public var offset: UInt32

    /// Both parts.
    public init(transaction: TransactionID, offset: UInt32) {
        self.transaction = transaction
        self.offset = offset
    }

    /// `hex(transaction)_offset`. What stands for a key that was never written is the empty text.
    public var description: String { "\(transaction)_\(offset)" }
}

/// What a store holds for one key. A deleted key keeps its record, because the next write has to name the version that it replaces.
public struct Record: Equatable, Sendable {
    /// Empty where deleted; the empty value is a value, too.
    public var value: [UInt8]
    /// Who wrote it.
    public var version: Version
    /// The store's height at which it was written.
    public var height: UInt64
    /// Whether the write was a delete.
    public var isDeleted: Bool

    /// All parts.
    public init(value: [UInt8], version: Version, height: UInt64, isDeleted: Bool) {
        self.value = value
        self.version = version
        self.height = height
        self.isDeleted = isDeleted
    }
}

extension [UInt8] {
    /// Appends the bytes of `value`, lowest first.
    @inlinable package mutating func appendLittleEndian<Value: FixedWidthInteger>(_ value: Value) {
        for shift in stride(from: 0, to: Value.bitWidth, by: 8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
    }
}
