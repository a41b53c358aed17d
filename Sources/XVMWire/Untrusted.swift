// SPDX-License-Identifier: Apache-2.0
// Bytes from a worker, until an initializer `verifying:` has made a value of them; and the reader of those initializers.

import XVMCore

/// What a worker claims. The value can be taken out in this module only, by the `verifying:` initializers.
package struct Untrusted<Value: Sendable>: Sendable {
    let claim: Value
    package init(_ claim: Value) { self.claim = claim }
}

extension Untrusted<[UInt8]> {
    /// Bytes. The size alone was checked by the ring.
    package var count: Int { claim.count }
}

/// Reads the fields of one message; every refusal names message, field and offset.
struct MessageReader {
    private var reader: ByteReader
    private let message: String

    init(_ payload: Untrusted<[UInt8]>, message: String) {
        reader = ByteReader(payload.claim)
        self.message = message
    }

    var offset: Int { reader.offset }
    var remaining: Int { reader.remaining }

    func refused(_ kind: WireError.Kind, _ field: String, at offset: Int) -> WireError {
        WireError(kind, message: message, field: field, offset: offset)
    }

    private func require(_ size: Int, _ field: String) throws(WireError) {
        if reader.remaining < size {
            throw refused(.truncated(needed: size, remaining: reader.remaining), field, at: reader.offset)
        }
    }

    private mutating func read<Number>(
        _ size: Int, _ field: String, _ body: (inout ByteReader) throws(ByteReaderError) -> Number
    ) throws(WireError) -> Number {
        let (offset, remaining) = (reader.offset, reader.remaining)
        do {
            return try body(&reader)
        } catch {
            throw refused(.truncated(needed: size, remaining: remaining), field, at: offset)
        }
    }

    mutating func u8(_ field: String) throws(WireError) -> UInt8 {
        try read(1, field) { (reader) throws(ByteReaderError) in try reader.u8() }
    }
    mutating func u16(_ field: String) throws(WireError) -> UInt16 {
        try read(2, field) { (reader) throws(ByteReaderError) in try reader.u16() }
    }
    mutating func u32(_ field: String) throws(WireError) -> UInt32 {
        try read(4, field) { (reader) throws(ByteReaderError) in try reader.u32() }
    }
    mutating func u64(_ field: String) throws(WireError) -> UInt64 {
        try read(8, field) { (reader) throws(ByteReaderError) in try reader.u64() }
    }

    /// A number of at most `limit`.
    mutating func u32(_ field: String, limit: UInt32) throws(WireError) -> UInt32 {
        let offset = reader.offset
        let value = try u32(field)
        if value > limit { throw refused(.exceeds(value: UInt64(value), limit: UInt64(limit)), field, at: offset) }
        return value
    }

    /// A field that must be zero.
    mutating func zero(_ field: String) throws(WireError) {
        let offset = reader.offset
        let value = try u8(field)
        if value != 0 { throw refused(.notAllowed(value: Int64(value), allowed: "0"), field, at: offset) }
    }

    /// A length of at most `limit`, then that many bytes. The limit is checked before the copy is made.
    mutating func bytes(_ field: String, limit: Int) throws(WireError) -> [UInt8] {
        let offset = reader.offset
        // The field's text is put together where it is needed: this runs for every syscall.
        guard let size = try? reader.u32() else {
            throw refused(.truncated(needed: 4, remaining: reader.remaining), "\(field) size", at: offset)
        }
        if size > UInt64(limit) {
            throw refused(.exceeds(value: UInt64(size), limit: UInt64(limit)), "\(field) size", at: offset)
        }
        return try read(Int(size), field) { (reader) throws(ByteReaderError) in try reader.copy(Int(size)) }
    }

    /// Refuses bytes after the last field.
    func finish() throws(WireError) {
        if reader.remaining > 0 { throw refused(.trailing(count: reader.remaining), "payload", at: reader.offset) }
    }
}
