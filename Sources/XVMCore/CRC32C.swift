// SPDX-License-Identifier: Apache-2.0
// CRC-32C (Castagnoli), the checksum of what lies on a disk: it finds accidents, not attacks.

/// CRC-32C: polynomial 0x1EDC6F41, reflected, initial and final value all ones (RFC 3720, appendix B.4).
package enum CRC32C {
    /// Eight tables of 256 words: eight bytes in one step.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
            tables[byte] = value
        }
        for byte in 0..<256 {
            for table in 1..<8 {
                let before = tables[(table - 1) * 256 + byte]
                tables[table * 256 + byte] = before >> 8 ^ tables[Int(before & 0xff)]
            }
        }
        return tables
    }()

    /// The checksum of `bytes`.
    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        // SAFETY: every index into the tables is below 8 * 256 by its construction, every load lies within the buffer: `at` stays 8 bytes
        // before its end in the first loop, before it in the second. Both buffers live for the call.
        unsafe tables.withUnsafeBufferPointer { table in
            unsafe bytes.withUnsafeBytes { buffer in
                var crc = ~(0 as UInt32)
                var at = 0
                while at + 8 <= buffer.count {
                    let word =
                        unsafe UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: at, as: UInt64.self)) ^ UInt64(crc)
                    var next = 0 as UInt32
                    for index in 0..<8 {
                        unsafe next ^= table[(7 - index) * 256 + Int(truncatingIfNeeded: word >> UInt64(8 * index) & 0xff)]
                    }
                    crc = next
                    at += 8
                }
                while at < buffer.count {
                    crc = unsafe crc >> 8 ^ table[Int((crc ^ UInt32(buffer[at])) & 0xff)]
                    at += 1
                }
                return ~crc
            }
        }
    }

    /// The checksum of `bytes`.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 { checksum(bytes[...]) }
}
