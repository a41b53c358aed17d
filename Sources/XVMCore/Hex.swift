// SPDX-License-Identifier: Apache-2.0
// Bytes as hexadecimal digits and back.

/// Why a text is not hexadecimal.
package enum HexError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Two digits make a byte; `digits` were given.
    case oddLength(digits: Int)
    /// The UTF-8 byte at `position` is no digit.
    case notADigit(byte: UInt8, position: Int)

    package var description: String {
        switch self {
        case .oddLength(let digits): "hex text has an odd number of digits: \(digits)"
        case .notADigit(let byte, let position): "byte 0x\(Hex.encode([byte])) at position \(position) is not a hex digit"
        }
    }
}

/// Hexadecimal text: lower case when written, either case when read, never a prefix.
package enum Hex {
    package static func encode(_ bytes: [UInt8]) -> String {
        let digits: [UInt8] = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Throws: `HexError` naming the first thing that is wrong.
    package static func decode(_ text: String) throws(HexError) -> [UInt8] {
        let digits = Array(text.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8 = 0
        for (position, digit) in digits.enumerated() {
            guard let value = value(of: digit) else { throw .notADigit(byte: digit, position: position) }
            if position % 2 == 0 { high = value << 4 } else { bytes.append(high | value) }
        }
        if digits.count % 2 != 0 { throw .oddLength(digits: digits.count) }
        return bytes
    }

    /// A byte offset as messages show it: `0x1f`.
    package static func address(_ offset: Int) -> String { "0x" + String(offset, radix: 16) }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        case 0x41...0x46: digit - 0x41 + 10
        default: nil
        }
    }
}
