// SPDX-License-Identifier: Apache-2.0
// XuperChain's public keys, signatures and addresses: P-256, DER, and Base58 of RIPEMD-160 of SHA-256.

internal import XVMCore

/// The default cryptography of XuperChain. Pure functions of their arguments.
package struct XuperKeys: ChainKeys {
    package init() {}

    package func isRight(signature: [UInt8], of hash: [UInt8], by key: [UInt8]) -> Bool {
        guard let key = Self.key(key), let (r, s) = Self.pair(signature) else { return false }
        return key.isSignature(r: r, s: s, of: hash)
    }

    package func address(of key: [UInt8]) -> [UInt8]? {
        guard let key = Self.key(key) else { return nil }
        // 1 stands for NIST's curves.
        let named = [1] + RIPEMD160.hash(SHA256.hash(key.uncompressed))
        return Base58.encode(named + SHA256.hash(SHA256.hash(named)).prefix(4))
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

    /// SEQUENCE { INTEGER r, INTEGER s } in DER, each positive and at most 256 bits; bytes after it are not looked at, as in Go's decoder.
    private static func pair(_ der: [UInt8]) -> (UInt256, UInt256)? {
        guard der.count >= 2, der[0] == 0x30, der[1] < 0x80, der.count >= 2 + Int(der[1]) else { return nil }
        let body = Array(der[2..<2 + Int(der[1])])
        var at = 0
        func integer() -> UInt256? {
            guard body.count - at >= 3, body[at] == 2, body[at + 1] > 0, body[at + 1] < 0x80 else { return nil }
            let size = Int(body[at + 1])
            guard body.count - at - 2 >= size else { return nil }
            let bytes = body[at + 2..<at + 2 + size]
            at += 2 + size
            // The shortest form, and no negative number.
            guard let first = bytes.first, first < 0x80 else { return nil }
            if first == 0, size > 1, bytes[bytes.startIndex + 1] < 0x80 { return nil }
            return UInt256(bigEndian: bytes)
        }
        guard let r = integer(), let s = integer(), at == body.count else { return nil }
        return (r, s)
    }
}
