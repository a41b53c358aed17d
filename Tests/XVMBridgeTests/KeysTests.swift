// SPDX-License-Identifier: Apache-2.0
// XuperChain's keys against vectors: signatures that OpenSSL's command made, digests of the RIPEMD-160 paper; and what is no key or signature.

import CCrypto
import Testing
import XVMCore

@testable import XVMBridge

@Suite struct KeysTests {
    private static let x = "21854946967814412695226947525708954262308434256617671690122114429807692028599"
    private static let y = "1253131334978931574009527901563553812461300365791460330997769404165735925737"
    private static let key = keyText(x, y)
    private static let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
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
    private let keys = XuperKeys()

    private static func keyText(_ x: String, _ y: String, curve: String = "P-256") -> [UInt8] {
        bytes("{\"Curvname\":\"\(curve)\",\"X\":\(x),\"Y\":\(y)}")
    }

    /// A number in DER, in its shortest form.
    private static func integer(_ hex: String) throws -> [UInt8] {
        var number = Array(try Hex.decode(hex).drop { $0 == 0 })
        if number.isEmpty || number[0] > 0x7f { number.insert(0, at: 0) }
        return [2, UInt8(number.count)] + number
    }
    private static func sequence(_ parts: [UInt8]) -> [UInt8] { [0x30, UInt8(parts.count)] + parts }
    private static func signature(_ r: String, _ s: String) throws -> [UInt8] { sequence(try integer(r) + integer(s)) }

    @Test("signatures of OpenSSL are right, and no other number, digest or key makes them so")
    func signatures() throws {
        for (digest, r, s) in Self.signatures {
            let (digest, right) = (try Hex.decode(digest), try Self.signature(r, s))
            #expect(try keys.isRight(signature: right, of: digest, by: Self.key))
            #expect(try keys.isRight(signature: right, of: digest + [1, 2, 3], by: Self.key), "the first 32 bytes count")
            #expect(
                try keys.isRight(signature: right + [1, 2], of: digest, by: Self.key), "as Go's decoder, which stops at the end")
            #expect(try !keys.isRight(signature: try Self.signature(s, r), of: digest, by: Self.key))
            for bit in [0, 17, 255] {
                var other = digest
                other[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(try !keys.isRight(signature: right, of: other, by: Self.key))
            }
            // The curve's base point is a key of somebody else.
            let another = Self.keyText(
                "48439561293906451759052585252797914202762949526041747995844080717082404635286",
                "36134250956749795798585127919587881956611106672985015071877198253568414405109")
            #expect(try !keys.isRight(signature: right, of: digest, by: another))
        }
        #expect(try !keys.isRight(signature: try Self.signature("00", "00"), of: [], by: Self.key))
        #expect(try !keys.isRight(signature: try Self.signature(Self.order, Self.order), of: [], by: Self.key))
    }

    @Test("only the strict form of a signature counts")
    func strictForm() throws {
        let (hex, r, s) = Self.signatures[1]
        let (digest, first, second) = (try Hex.decode(hex), try Self.integer(r), try Self.integer(s))
        #expect(try keys.isRight(signature: Self.sequence(first + second), of: digest, by: Self.key))
        let padded: [UInt8] = [2, UInt8(first.count - 1), 0] + first.dropFirst(2)
        let negative: [UInt8] = [2, 32] + first.dropFirst(3)
        let huge: [UInt8] = [2, 34, 1] + first.dropFirst(2)
        let whole = Self.sequence(first + second)
        let otherTag: [UInt8] = [0x31] + whole.dropFirst()
        let longForm: [UInt8] = [0x30, 0x81] + whole.dropFirst()
        let bads: [[UInt8]] = [
            [], [0x30], Self.sequence([]), Self.sequence(first), Self.sequence(first + second + [0]),
            Self.sequence(padded + second), Self.sequence(negative + second), Self.sequence(huge + second),
            Self.sequence([2, 0] + second), otherTag, longForm, whole.dropLast(),
        ]
        for bad in bads { #expect(try !keys.isRight(signature: bad, of: digest, by: Self.key), "\(Hex.encode(bad))") }
    }

    @Test("a point that is not on the curve is no key, nor is one of another curve or above the field")
    func offCurve() throws {
        let field = "115792089210356248762697446949407573530086143415290314195533631308867097853951"
        // A key that comes with XuperChain, and its address there.
        let known = Self.keyText(
            "36505150171354363400464126431978257855318414556425194490762274938603757905292",
            "79656876957602994269528255245092635964473154458596947290316223079846501380076")
        #expect(try keys.address(of: known) == bytes("TeyyPLpp9L7QAcxHangtcHTu7HUZ6iydY"))
        #expect(try keys.address(of: Self.key)?.count == 33)
        for (x, y, curve) in [
            ("0", "0", "P-256"), (Self.y, Self.x, "P-256"), (field, Self.y, "P-256"), (Self.x, "0", "P-256"),
            (Self.x, Self.y, "P-384"), (Self.x, "-1", "P-256"),
        ] {
            let key = Self.keyText(x, y, curve: curve)
            #expect(try keys.address(of: key) == nil)
            let (digest, r, s) = Self.signatures[0]
            #expect(try !keys.isRight(signature: try Self.signature(r, s), of: try Hex.decode(digest), by: key))
        }
    }

    @Test(
        "RIPEMD-160 of known messages",
        arguments: [
            ("", "9c1185a5c5e9fc54612808977ee8f548b2258d31"), ("abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
            ("message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36"),
            (String(repeating: "1234567890", count: 8), "9b752e45573d4b39f4dbd3323cab82bf63326bfb"),
        ])
    func ripemd(message: String, digest: String) throws {
        #expect(Hex.encode(try #require(RIPEMD160.hash(bytes(message)))) == digest)
    }

    @Test("this libcrypto has what is needed, and its list of errors is left as it was")
    func library() throws {
        #expect(XuperKeys.hasCryptography)
        ERR_clear_error()
        #expect(try keys.address(of: Self.keyText("1", "1")) == nil)
        #expect(try !keys.isRight(signature: Self.sequence(try Self.integer("01") + Self.integer("01")), of: [], by: Self.key))
        #expect(ERR_peek_error() == 0)
    }
}
