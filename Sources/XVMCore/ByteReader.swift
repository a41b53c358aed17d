// SPDX-License-Identifier: Apache-2.0
// A bounds-checked cursor over bytes that nobody has verified yet.

/// Why a read was refused, and at which byte.
package struct ByteReaderError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The reasons. A variable-length integer is an LEB128 of WebAssembly (section 5.2.2).
    package enum Kind: Equatable, Sendable {
        /// `needed` bytes were asked for, `remaining` were left.
        case unexpectedEnd(needed: Int, remaining: Int)
        /// More bytes than ceil(bits / 7).
        case integerTooLong
        /// Bits beyond the integer's width are not zero (unsigned) or not the sign (signed).
        case integerTooLarge
        case malformedUTF8
    }

    package var kind: Kind
    /// Byte offset in the whole input at which the refused item begins.
    package var offset: Int

    package init(_ kind: Kind, offset: Int) {
        self.kind = kind
        self.offset = offset
    }

    package var description: String {
        let what =
            switch kind {
            case .unexpectedEnd(let needed, let remaining): "unexpected end: \(needed) bytes needed, \(remaining) left,"
            case .integerTooLong: "integer representation too long"
            case .integerTooLarge: "integer too large"
            case .malformedUTF8: "malformed UTF-8 encoding"
            }
        return what + " at byte " + Hex.address(offset)
    }
}

/// A cursor over `bytes` that never leaves the range it was given. A read that fails leaves it where it was.
package struct ByteReader: Sendable {
    package let bytes: [UInt8]
    /// First offset that may not be read.
    package let end: Int
    /// Next offset to be read, in the whole of `bytes`.
    package private(set) var offset: Int

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.offset = 0
        self.end = bytes.count
    }

    /// Reads only `range`; offsets stay those of the whole input.
    /// - Precondition: `range` lies in `bytes`.
    package init(_ bytes: [UInt8], range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        self.bytes = bytes
        self.offset = range.lowerBound
        self.end = range.upperBound
    }

    package var remaining: Int { end - offset }
    package var isAtEnd: Bool { offset == end }

    // MARK: Fixed width, little-endian

    /// The next byte, without moving; nil at the end.
    package func peek() -> UInt8? { offset < end ? bytes[offset] : nil }

    package mutating func u8() throws(ByteReaderError) -> UInt8 {
        guard offset < end else { throw ends(1) }
        let byte = bytes[offset]
        offset += 1
        return byte
    }

    package mutating func u16() throws(ByteReaderError) -> UInt16 { UInt16(truncatingIfNeeded: try littleEndian(2)) }
    package mutating func u32() throws(ByteReaderError) -> UInt32 { UInt32(truncatingIfNeeded: try littleEndian(4)) }
    package mutating func u64() throws(ByteReaderError) -> UInt64 { try littleEndian(8) }

    @inline(__always)
    private mutating func littleEndian(_ size: Int) throws(ByteReaderError) -> UInt64 {
        guard remaining >= size else { throw ends(size) }
        var value: UInt64 = 0
        for index in 0..<size { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
        offset += size
        return value
    }

    // MARK: Variable length (LEB128)

    /// An unsigned integer of at most five bytes.
    package mutating func lebU32() throws(ByteReaderError) -> UInt32 {
        if offset < end, bytes[offset] < 0x80 {
            let byte = bytes[offset]
            offset += 1
            return UInt32(byte)
        }
        return UInt32(truncatingIfNeeded: try longUnsigned(bits: 32))
    }

    /// An unsigned integer of at most ten bytes.
    package mutating func lebU64() throws(ByteReaderError) -> UInt64 { try longUnsigned(bits: 64) }

    /// A signed integer of at most five bytes.
    package mutating func lebS32() throws(ByteReaderError) -> Int32 {
        Int32(truncatingIfNeeded: try lebSigned(bits: 32))
    }

    /// A signed integer of 33 bits, as block types have it: at most five bytes.
    package mutating func lebS33() throws(ByteReaderError) -> Int64 { try lebSigned(bits: 33) }

    /// A signed integer of at most ten bytes.
    package mutating func lebS64() throws(ByteReaderError) -> Int64 { try lebSigned(bits: 64) }

    private mutating func longUnsigned(bits: Int) throws(ByteReaderError) -> UInt64 {
        var value: UInt64 = 0
        var shift = 0
        var next = offset
        while true {
            guard next < end else { throw ends(next - offset + 1) }
            let byte = bytes[next]
            next += 1
            if bits - shift < 7, (byte & 0x7f) >> UInt8(bits - shift) != 0 || byte >= 0x80 {
                throw ByteReaderError(byte >= 0x80 ? .integerTooLong : .integerTooLarge, offset: offset)
            }
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte < 0x80 { break }
            shift += 7
        }
        offset = next
        return value
    }

    private mutating func lebSigned(bits: Int) throws(ByteReaderError) -> Int64 {
        if offset < end, bytes[offset] < 0x80 {
            let byte = bytes[offset]
            offset += 1
            return Int64(Int8(truncatingIfNeeded: byte << 1) >> 1)
        }
        return try longSigned(bits: bits)
    }

    private mutating func longSigned(bits: Int) throws(ByteReaderError) -> Int64 {
        var value: UInt64 = 0
        var shift = 0
        var next = offset
        while true {
            guard next < end else { throw ends(next - offset + 1) }
            let byte = bytes[next]
            next += 1
            let left = bits - shift
            if left < 7 {
                // The last byte: its bits from the integer's sign bit up must be all alike.
                if byte >= 0x80 { throw ByteReaderError(.integerTooLong, offset: offset) }
                let signs = Int8(truncatingIfNeeded: byte << 1) >> Int8(left)
                if signs != 0 && signs != -1 { throw ByteReaderError(.integerTooLarge, offset: offset) }
            }
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            shift += 7
            if byte < 0x80 {
                if byte & 0x40 != 0, shift < 64 { value |= ~0 << UInt64(shift) }
                break
            }
        }
        offset = next
        return Int64(bitPattern: value)
    }

    // MARK: Runs of bytes

    /// Passes over `count` bytes.
    /// - Returns: where they stand in `bytes`.
    package mutating func take(_ count: Int) throws(ByteReaderError) -> Range<Int> {
        guard count >= 0, count <= remaining else { throw ends(count) }
        let range = offset..<(offset + count)
        offset = range.upperBound
        return range
    }

    /// A copy of the next `count` bytes.
    package mutating func copy(_ count: Int) throws(ByteReaderError) -> [UInt8] { Array(bytes[try take(count)]) }

    /// Passes over `count` bytes that must be UTF-8 in its shortest form, without surrogates.
    package mutating func utf8(_ count: Int) throws(ByteReaderError) -> Range<Int> {
        let start = offset
        let range = try take(count)
        do {
            _ = try UTF8Span(validating: bytes.span.extracting(range))
        } catch {
            offset = start
            throw ByteReaderError(.malformedUTF8, offset: start)
        }
        return range
    }

    /// A reader over the next `count` bytes; this one continues behind them.
    package mutating func nested(_ count: Int) throws(ByteReaderError) -> ByteReader {
        ByteReader(bytes, range: try take(count))
    }

    /// Moves to `newOffset`.
    /// - Precondition: it lies between the present offset and `end`.
    package mutating func advance(to newOffset: Int) {
        precondition(newOffset >= offset && newOffset <= end)
        offset = newOffset
    }

    private func ends(_ needed: Int) -> ByteReaderError {
        ByteReaderError(.unexpectedEnd(needed: needed, remaining: remaining), offset: offset)
    }
}
