// SPDX-License-Identifier: Apache-2.0
// ByteReader: what it reads, what it refuses, and that a refusal does not move it.

import Testing
import XVMCore

@Suite("ByteReader")
struct ByteReaderTests {
    @Test("fixed-width integers are little-endian")
    func fixedWidth() throws {
        var reader = ByteReader([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
        #expect(try reader.u8() == 1)
        #expect(try reader.u16() == 0x0302)
        #expect(try reader.u32() == 0x0706_0504)
        #expect(try reader.u64() == 0x0f0e_0d0c_0b0a_0908)
        #expect(reader.isAtEnd)
        #expect(throws: ByteReaderError(.unexpectedEnd(needed: 1, remaining: 0), offset: 15)) { try reader.u8() }
    }

    @Test("a read past the end names what was needed and does not move the reader")
    func shortReads() throws {
        var reader = ByteReader([1, 2, 3, 4, 5], range: 1..<4)
        #expect(throws: ByteReaderError(.unexpectedEnd(needed: 8, remaining: 3), offset: 1)) { try reader.u64() }
        #expect(throws: ByteReaderError(.unexpectedEnd(needed: 4, remaining: 3), offset: 1)) { try reader.take(4) }
        #expect(throws: ByteReaderError(.unexpectedEnd(needed: -1, remaining: 3), offset: 1)) { try reader.take(-1) }
        #expect(throws: ByteReaderError(.unexpectedEnd(needed: Int.max, remaining: 3), offset: 1)) { try reader.take(Int.max) }
        #expect(try reader.copy(3) == [2, 3, 4])
        #expect(reader.peek() == nil)
    }

    @Test(
        "unsigned LEB128 of 32 bits",
        arguments: [
            ([0x00], 0), ([0x7f], 127), ([0x80, 0x01], 128), ([0x80, 0x80, 0x80, 0x80, 0x00], 0),
            ([0xe5, 0x8e, 0x26], 624_485), ([0xff, 0xff, 0xff, 0xff, 0x0f], UInt32.max),
        ] as [([UInt8], UInt32)])
    func unsigned32(bytes: [UInt8], value: UInt32) throws {
        var reader = ByteReader(bytes)
        #expect(try reader.lebU32() == value)
        #expect(reader.isAtEnd)
    }

    @Test(
        "unsigned LEB128 of 64 bits",
        arguments: [
            ([0x00], 0), ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], UInt64.max),
        ] as [([UInt8], UInt64)])
    func unsigned64(bytes: [UInt8], value: UInt64) throws {
        var reader = ByteReader(bytes)
        #expect(try reader.lebU64() == value)
        #expect(reader.isAtEnd)
    }

    @Test(
        "signed LEB128 of 32 bits",
        arguments: [
            ([0x00], 0), ([0x3f], 63), ([0x40], -64), ([0x7f], -1), ([0xc0, 0xbb, 0x78], -123_456),
            ([0xff, 0xff, 0xff, 0xff, 0x07], Int32.max), ([0x80, 0x80, 0x80, 0x80, 0x78], Int32.min),
            ([0xff, 0xff, 0xff, 0xff, 0x7f], -1),
        ] as [([UInt8], Int32)])
    func signed32(bytes: [UInt8], value: Int32) throws {
        var reader = ByteReader(bytes)
        #expect(try reader.lebS32() == value)
        #expect(reader.isAtEnd)
    }

    @Test(
        "signed LEB128 of 64 bits",
        arguments: [
            ([0x40], -64), ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f], Int64.min),
            ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00], Int64.max),
            ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], -1),
        ] as [([UInt8], Int64)])
    func signed64(bytes: [UInt8], value: Int64) throws {
        var reader = ByteReader(bytes)
        #expect(try reader.lebS64() == value)
        #expect(reader.isAtEnd)
    }

    @Test("a 33-bit integer holds every 32-bit index")
    func signed33() throws {
        var reader = ByteReader([0xff, 0xff, 0xff, 0xff, 0x0f])
        #expect(try reader.lebS33() == Int64(UInt32.max))
        var tooLarge = ByteReader([0xff, 0xff, 0xff, 0xff, 0x1f])
        #expect(throws: ByteReaderError(.integerTooLarge, offset: 0)) { try tooLarge.lebS33() }
    }

    @Test("too long, too large and cut-off LEB128 are told apart")
    func refusedLEB() {
        func refuse(_ bytes: [UInt8], _ kind: ByteReaderError.Kind, _ read: (inout ByteReader) throws -> Void) {
            var reader = ByteReader([0] + bytes, range: 1..<(bytes.count + 1))
            #expect(throws: ByteReaderError(kind, offset: 1)) { try read(&reader) }
            #expect(reader.offset == 1)
        }
        refuse([0x80, 0x80, 0x80, 0x80, 0x80, 0x00], .integerTooLong) { _ = try $0.lebU32() }
        refuse([0x80, 0x80, 0x80, 0x80, 0x10], .integerTooLarge) { _ = try $0.lebU32() }
        refuse([0x80, 0x80], .unexpectedEnd(needed: 3, remaining: 2)) { _ = try $0.lebU32() }
        refuse([], .unexpectedEnd(needed: 1, remaining: 0)) { _ = try $0.lebU32() }
        refuse([0x80, 0x80, 0x80, 0x80, 0x80, 0x00], .integerTooLong) { _ = try $0.lebS32() }
        refuse([0x80, 0x80, 0x80, 0x80, 0x08], .integerTooLarge) { _ = try $0.lebS32() }
        refuse([0xff, 0xff, 0xff, 0xff, 0x6f], .integerTooLarge) { _ = try $0.lebS32() }
        refuse([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02], .integerTooLarge) { _ = try $0.lebU64() }
        refuse([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00], .integerTooLong) { _ = try $0.lebU64() }
        refuse([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], .integerTooLarge) { _ = try $0.lebS64() }
        refuse([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], .integerTooLong) { _ = try $0.lebS64() }
        refuse([0xff], .unexpectedEnd(needed: 2, remaining: 1)) { _ = try $0.lebS64() }
    }

    @Test("every 14-bit and 33-bit border value survives its LEB128 form")
    func roundTrips() throws {
        func encode(_ value: Int64) -> [UInt8] {
            var bytes: [UInt8] = []
            var rest = value
            while true {
                let byte = UInt8(truncatingIfNeeded: rest) & 0x7f
                rest >>= 7
                let done = rest == 0 && byte & 0x40 == 0 || rest == -1 && byte & 0x40 != 0
                bytes.append(done ? byte : byte | 0x80)
                if done { return bytes }
            }
        }
        for value in Int64(-9000)...9000 {
            var reader = ByteReader(encode(value))
            #expect(try reader.lebS32() == Int32(value))
        }
        for shift in 0..<63 {
            for delta in Int64(-1)...1 {
                for value in [Int64(1) << Int64(shift) &+ delta, -(Int64(1) << Int64(shift)) &+ delta] {
                    var reader = ByteReader(encode(value))
                    #expect(try reader.lebS64() == value)
                    var narrow = ByteReader(encode(value))
                    if Int32(exactly: value) != nil {
                        #expect(try narrow.lebS32() == Int32(value))
                    } else {
                        #expect(throws: ByteReaderError.self) { try narrow.lebS32() }
                    }
                }
            }
        }
    }

    @Test(
        "malformed UTF-8 is refused",
        arguments: [[0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0xff]] as [[UInt8]])
    func malformedUTF8(bytes: [UInt8]) {
        var reader = ByteReader([0x61] + bytes)
        #expect(throws: ByteReaderError(.malformedUTF8, offset: 0)) { try reader.utf8(1 + bytes.count) }
        #expect(reader.offset == 0)
        #expect((try? reader.utf8(1)) == 0..<1)
    }

    @Test("a nested reader ends where its range ends")
    func nested() throws {
        var reader = ByteReader([1, 2, 3, 4])
        var inner = try reader.nested(2)
        #expect(reader.offset == 2)
        #expect(try inner.u16() == 0x0201)
        #expect(throws: ByteReaderError(.unexpectedEnd(needed: 1, remaining: 0), offset: 2)) { try inner.u8() }
    }
}
