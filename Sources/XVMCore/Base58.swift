// SPDX-License-Identifier: Apache-2.0
// The Base58 text form of short bytes: how addresses are written.

/// Base58 in Bitcoin's alphabet.
package enum Base58 {
    private static let alphabet = [UInt8]("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)

    /// ASCII text; each leading zero byte is a `1`. Quadratic: for short bytes.
    package static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var digits: [UInt8] = []
        for byte in bytes.drop(while: { $0 == 0 }) {
            var carry = Int(byte)
            for place in digits.indices {
                carry += Int(digits[place]) << 8
                digits[place] = UInt8(carry % 58)
                carry /= 58
            }
            while carry > 0 {
                digits.append(UInt8(carry % 58))
                carry /= 58
            }
        }
        return bytes.prefix { $0 == 0 }.map { _ in alphabet[0] } + digits.reversed().map { alphabet[Int($0)] }
    }
}
