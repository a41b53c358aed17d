// SPDX-License-Identifier: Apache-2.0
// XuperChain's public keys, signatures and addresses: P-256, DER, and Base58 of RIPEMD-160 of SHA-256.

internal import XVMCore

/// The default cryptography of XuperChain. Pure functions of their arguments, by the system's libcrypto.
package struct XuperKeys: ChainKeys {
    package init() {}

    package func isRight(signature: [UInt8], of hash: [UInt8], by key: [UInt8]) throws(BridgeError) -> Bool {
        try Self.requireCryptography()
        guard let key = Self.key(key), let signature = Self.strict(signature) else { return false }
        return key.isSignature(signature, of: hash)
    }

    package func address(of key: [UInt8]) throws(BridgeError) -> [UInt8]? {
        try Self.requireCryptography()
        guard let key = Self.key(key) else { return nil }
        guard let hash = RIPEMD160.hash(SHA256.hash(key.uncompressed)) else { throw Self.missing }
        // 1 stands for NIST's curves.
        let named = [1] + hash
        return Base58.encode(named + SHA256.hash(SHA256.hash(named)).prefix(4))
    }

    private static let missing = BridgeError.cryptographyMissing(
        "libcrypto lacks P-256 or RIPEMD-160 (OpenSSL 3.0.7 and later have both)")

    /// A library that was built or set up without an algorithm would say "no" where other nodes say "yes": that is no answer to a contract.
    static let hasCryptography: Bool = {
        let one = UInt256(words: [0xf4a1_3945_d898_c296, 0x7703_7d81_2deb_33a0, 0xf8bc_e6e5_63a4_40f2, 0x6b17_d1f2_e12c_4247])
        let other = UInt256(words: [0xcbb6_4068_37bf_51f5, 0x2bce_3357_6b31_5ece, 0x8ee7_eb4a_7c0f_9e16, 0x4fe3_42e2_fe1a_7f9b])
        // The curve's own base point.
        guard P256PublicKey(x: one, y: other) != nil else { return false }
        return RIPEMD160.hash([])?.starts(with: [0x9c, 0x11, 0x85, 0xa5]) == true
    }()

    private static func requireCryptography() throws(BridgeError) {
        if !hasCryptography { throw missing }
    }

    /// {"Curvname":"P-256","X":…,"Y":…} with decimal numbers of any size, in any order; other members of the same two kinds are passed over.
    private static func key(_ text: [UInt8]) -> P256PublicKey? {
        var at = 0
        func skipSpace() { while at < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[at]) { at += 1 } }
        func take(_ byte: Character) -> Bool {
            skipSpace()
            guard at < text.count, text[at] == byte.asciiValue else { return false }
            at += 1
            return true
        }
        func string() -> [UInt8]? {
            guard take("\"") else { return nil }
            let start = at
            while at < text.count, text[at] != UInt8(ascii: "\"") {
                guard text[at] != UInt8(ascii: "\\"), text[at] >= 0x20 else { return nil }
                at += 1
            }
            defer { at += 1 }
            return at < text.count ? Array(text[start..<at]) : nil
        }
        func digits() -> [UInt8]? {
            skipSpace()
            let start = at
            while at < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[at]) { at += 1 }
            return at > start && at - start <= 100 ? Array(text[start..<at]) : nil
        }
        var (curve, x, y): ([UInt8]?, UInt256?, UInt256?)
        guard take("{") else { return nil }
        repeat {
            guard let name = string(), take(":") else { return nil }
            skipSpace()
            if at < text.count, text[at] == UInt8(ascii: "\"") {
                guard let value = string() else { return nil }
                if name == [UInt8]("Curvname".utf8) { curve = value }
            } else {
                guard let value = digits(), let number = UInt256(decimal: value) else { return nil }
                if name == [UInt8]("X".utf8) { x = number }
                if name == [UInt8]("Y".utf8) { y = number }
            }
        } while take(",")
        guard take("}"), curve == [UInt8]("P-256".utf8), let x, let y else { return nil }
        return P256PublicKey(x: x, y: y)
    }

    /// SEQUENCE { INTEGER r, INTEGER s } in DER, each positive and at most 256 bits. Bytes behind it are cut off, as Go's decoder does not
    /// look at them.
    private static func strict(_ der: [UInt8]) -> [UInt8]? {
        guard der.count >= 2, der[0] == 0x30, der[1] < 0x80, der.count >= 2 + Int(der[1]) else { return nil }
        let body = Array(der[2..<2 + Int(der[1])])
        var at = 0
        func isInteger() -> Bool {
            guard body.count - at >= 3, body[at] == 2, body[at + 1] > 0, body[at + 1] < 0x80 else { return false }
            let size = Int(body[at + 1])
            guard body.count - at - 2 >= size else { return false }
            let bytes = body[at + 2..<at + 2 + size]
            at += 2 + size
            // The shortest form, and no negative number.
            guard let first = bytes.first, first < 0x80 else { return false }
            if first == 0, size > 1, bytes[bytes.startIndex + 1] < 0x80 { return false }
            return UInt256(bigEndian: bytes) != nil
        }
        guard isInteger(), isInteger(), at == body.count else { return nil }
        return Array(der[..<(2 + body.count)])
    }
}
