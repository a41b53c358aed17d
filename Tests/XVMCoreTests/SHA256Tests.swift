// SPDX-License-Identifier: Apache-2.0
// SHA-256 against the published NIST vectors, and in pieces against itself.

import Testing
import XVMCore

@Suite("SHA256")
struct SHA256Tests {
    @Test(
        "the example messages of FIPS 180-4 and of the NIST short message file",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ])
    func vectors(message: String, digest: String) {
        #expect(Hex.encode(SHA256.hash(Array(message.utf8))) == digest)
    }

    @Test("one byte and four bytes of the NIST short message file")
    func shortMessages() {
        #expect(
            Hex.encode(SHA256.hash([0xd3])) == "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1")
        #expect(
            Hex.encode(SHA256.hash([0x74, 0xba, 0x25, 0x21]))
                == "b16aa56be3880d18cd41e68384cf1ec8c17680c45a02b1575dc1518923ae8b0e")
    }

    @Test("a million times the letter a")
    func million() {
        let digest = SHA256.hash(Array(repeating: 0x61, count: 1_000_000))
        #expect(Hex.encode(digest) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("pieces of any size give the digest of the whole")
    func pieces() {
        let message = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for length in 0...message.count {
            let whole = SHA256.hash(Array(message[..<length]))
            for size in [1, 3, 63, 64, 65] {
                var hasher = SHA256()
                var start = 0
                while start < length {
                    let next = min(start + size, length)
                    hasher.update(message[start..<next])
                    start = next
                }
                #expect(hasher.finalize() == whole)
            }
        }
    }
}
