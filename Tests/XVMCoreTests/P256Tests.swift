// SPDX-License-Identifier: Apache-2.0
// P-256, RIPEMD-160 and Base58 against vectors: signatures that OpenSSL made, digests of the RIPEMD-160 paper.

import Testing
import XVMCore

@Suite struct P256Tests {
    private static let key = P256PublicKey(
        x: UInt256(decimal: Array("21854946967814412695226947525708954262308434256617671690122114429807692028599".utf8))!,
        y: UInt256(decimal: Array("1253131334978931574009527901563553812461300365791460330997769404165735925737".utf8))!)!
    /// SHA-256 of "message 1" to "message 3", r, s.
    private static let signatures: [(digest: String, r: String, s: String)] = [
        (
            "b526aef1a341cfe6e5c377ed4c222888eeb81f913a107110a867e009c1758f24",
            "6e1a6399ceafceca66bb04512d5664de7f5d89998c43a02e51c4a32fd2035da3",
            "4ed385bf9795200a88f4430adae1d7b49992141a150d24562ab50c4445c0a0e6"
        ),
        (
            "84768ddee659efeafdeb972b55143141bc23b6e333c70e8b68d29774ab09a548",
            "dbb13b5c2daffb3c1d0692142dc56384052975d3983352cfc3a8cfaa30f4eea3",
            "4ded5af28794b1c4cb847e2472b20184a7ef1edc3b9581468778d9a9cb6301b8"
        ),
        (
            "fb29a8d5309d7c35b180dbd78c63a455a5d1fb45149a3264c08f1aff43524beb",
            "7948cc00a6564a06e235c4a805607a70faf7b97fb0f471fd187157685b261c91",
            "d8226cfe97523c17cabfd1290365f2795e4584afd25ad8e4ba351abe4a6be4a5"
        ),
    ]

    private func number(_ hex: String) throws -> UInt256 { try #require(UInt256(bigEndian: try Hex.decode(hex))) }

    @Test("signatures of OpenSSL are right, and no other number, digest or key makes them so")
    func signatures() throws {
        for (digest, r, s) in Self.signatures {
            let (digest, r, s) = (try Hex.decode(digest), try number(r), try number(s))
            #expect(Self.key.isSignature(r: r, s: s, of: digest))
            #expect(Self.key.isSignature(r: r, s: s, of: digest + [1, 2, 3]), "the first 32 bytes count")
            #expect(!Self.key.isSignature(r: s, s: r, of: digest))
            for bit in [0, 17, 255] {
                var other = digest
                other[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(!Self.key.isSignature(r: r, s: s, of: other))
            }
        }
        let zero = UInt256()
        let order = try number("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        #expect(!Self.key.isSignature(r: zero, s: zero, of: []))
        #expect(!Self.key.isSignature(r: order, s: order, of: []))
    }

    @Test("a point that is not on the curve is no key")
    func offCurve() throws {
        #expect(P256PublicKey(x: UInt256(), y: UInt256()) == nil)
        #expect(P256PublicKey(x: Self.key.y, y: Self.key.x) == nil)
        let field = try number("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")
        #expect(P256PublicKey(x: field, y: Self.key.y) == nil)
    }

    @Test("numbers of 256 bits and none above")
    func numbers() {
        let most = "115792089237316195423570985008687907853269984665640564039457584007913129639935"
        #expect(UInt256(decimal: Array(most.utf8))?.bigEndian == [UInt8](repeating: 0xff, count: 32))
        #expect(UInt256(decimal: Array((most.dropLast() + "6").utf8)) == nil)
        #expect(UInt256(decimal: []) == nil && UInt256(decimal: [0x2d, 0x31]) == nil)
        #expect(UInt256(bigEndian: [UInt8](repeating: 0, count: 40) + [1])?.bigEndian.last == 1)
        #expect(UInt256(bigEndian: [1] + [UInt8](repeating: 0, count: 32)) == nil)
    }

    @Test(
        "RIPEMD-160 of known messages",
        arguments: [
            ("", "9c1185a5c5e9fc54612808977ee8f548b2258d31"), ("abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
            ("message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36"),
            (String(repeating: "1234567890", count: 8), "9b752e45573d4b39f4dbd3323cab82bf63326bfb"),
        ])
    func ripemd(message: String, digest: String) { #expect(Hex.encode(RIPEMD160.hash(Array(message.utf8))) == digest) }

    @Test("Base58 keeps leading zeros")
    func base58() {
        #expect(Base58.encode([]) == [])
        #expect(Base58.encode([0, 0, 1]) == Array("112".utf8))
        #expect(Base58.encode(Array("Hello World!".utf8)) == Array("2NEpo7TZRRrLZSi2U".utf8))
    }
}
