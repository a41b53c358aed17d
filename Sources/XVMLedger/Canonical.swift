// SPDX-License-Identifier: Apache-2.0
// The one encoding of transactions and blocks: what is hashed is what is stored.

internal import XVMCore
internal import XVMState

/// Integers little-endian in their own width; a byte string as u32 size, then its bytes; a list as u32 count, then its elements.
struct CanonicalWriter {
    private(set) var bytes: [UInt8] = []

    /// Begins with a byte string that names what follows and the version of its encoding.
    init(tag: String) { field(Array(tag.utf8)) }
    init() {}

    mutating func number<Number: FixedWidthInteger>(_ value: Number) { bytes.appendLittleEndian(value) }
    mutating func field(_ value: [UInt8]) {
        number(UInt32(value.count))
        bytes += value
    }
    mutating func raw(_ value: [UInt8]) { bytes += value }
    mutating func raw(_ value: TransactionID) { bytes += value.bytes }
    mutating func list<Element>(_ elements: [Element], _ write: (inout CanonicalWriter, Element) -> Void) {
        number(UInt32(elements.count))
        for element in elements { write(&self, element) }
    }
    var hash: [UInt8] { SHA256.hash(bytes) }
}

/// Reads what `CanonicalWriter` wrote; bytes that it did not write are refused.
struct CanonicalReader {
    private var reader: ByteReader

    init(_ bytes: [UInt8], tag: String) throws(ByteReaderError) {
        reader = ByteReader(bytes)
        guard try field(sizeMax: 64) == Array(tag.utf8) else { throw broken }
    }

    var broken: ByteReaderError { ByteReaderError(.unexpectedEnd(needed: 0, remaining: 0), offset: reader.offset) }
    mutating func u8() throws(ByteReaderError) -> UInt8 { try reader.u8() }
    mutating func u32() throws(ByteReaderError) -> UInt32 { try reader.u32() }
    mutating func u64() throws(ByteReaderError) -> UInt64 { try reader.u64() }
    mutating func i64() throws(ByteReaderError) -> Int64 { Int64(bitPattern: try reader.u64()) }
    mutating func i32() throws(ByteReaderError) -> Int32 { Int32(bitPattern: try reader.u32()) }
    mutating func bool() throws(ByteReaderError) -> Bool {
        switch try reader.u8() {
        case 0: return false
        case 1: return true
        default: throw broken
        }
    }
    mutating func field(sizeMax: Int = Int.max) throws(ByteReaderError) -> [UInt8] {
        let size = Int(try reader.u32())
        guard size <= sizeMax else { throw broken }
        return Array(reader.bytes[try reader.take(size)])
    }
    mutating func raw(_ size: Int) throws(ByteReaderError) -> [UInt8] { Array(reader.bytes[try reader.take(size)]) }
    mutating func id() throws(ByteReaderError) -> TransactionID {
        guard let id = TransactionID(reader.bytes[try reader.take(TransactionID.size)]) else { throw broken }
        return id
    }
    /// A count is believed only as far as there are bytes for its elements, each of which has one at least.
    mutating func list<Element>(
        countMax: Int = Int.max, _ read: (inout CanonicalReader) throws(ByteReaderError) -> Element
    ) throws(ByteReaderError) -> [Element] {
        let count = Int(try reader.u32())
        guard count <= countMax, count <= reader.remaining else { throw broken }
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try read(&self)) }
        return elements
    }
    /// What was not read yet.
    var rest: [UInt8] { Array(reader.bytes[reader.offset..<reader.end]) }
    func finish() throws(ByteReaderError) {
        if !reader.isAtEnd { throw broken }
    }
}
