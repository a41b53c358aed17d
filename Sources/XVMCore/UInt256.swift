// SPDX-License-Identifier: Apache-2.0
// Unsigned numbers of 256 bits: how they are written and read. No arithmetic of cryptography: that is libcrypto's.

/// An unsigned number of 256 bits, the lowest word first.
package struct UInt256: Equatable, Sendable {
    package var words: InlineArray<4, UInt64>

    package init(words: InlineArray<4, UInt64> = [0, 0, 0, 0]) { self.words = words }

    /// Big-endian; nil where it has more than 256 bits.
    package init?(bigEndian bytes: some Collection<UInt8>) {
        words = [0, 0, 0, 0]
        for (place, byte) in bytes.reversed().enumerated() where byte != 0 {
            guard place < 32 else { return nil }
            words[place / 8] |= UInt64(byte) << UInt64(8 * (place % 8))
        }
    }

    /// Decimal digits; nil: none, or more than 256 bits.
    package init?(decimal text: some Collection<UInt8>) {
        words = [0, 0, 0, 0]
        guard !text.isEmpty else { return nil }
        for digit in text {
            guard (0x30...0x39).contains(digit) else { return nil }
            var carry = UInt64(digit - 0x30)
            for place in 0..<4 {
                let (high, low) = words[place].multipliedFullWidth(by: 10)
                let (sum, overflow) = low.addingReportingOverflow(carry)
                words[place] = sum
                carry = high + (overflow ? 1 : 0)
            }
            guard carry == 0 else { return nil }
        }
    }

    /// 32 bytes.
    package var bigEndian: [UInt8] { (0..<32).map { UInt8(truncatingIfNeeded: words[3 - $0 / 8] >> UInt64(56 - 8 * ($0 % 8))) } }

    package static func == (a: UInt256, b: UInt256) -> Bool {
        a.words[0] == b.words[0] && a.words[1] == b.words[1] && a.words[2] == b.words[2] && a.words[3] == b.words[3]
    }
}
