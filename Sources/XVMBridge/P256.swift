// SPDX-License-Identifier: Apache-2.0
// ECDSA on P-256 (FIPS 186-5) and RIPEMD-160 by OpenSSL's libcrypto: every pointer of it stays in this file.

internal import CCrypto
internal import XVMCore

/// A public key on P-256.
/// SAFETY: `key` is made by `init`, never handed out and freed once by `deinit`; libcrypto only reads it in between.
@safe struct P256PublicKey: ~Copyable {
    /// SubjectPublicKeyInfo (RFC 5480) of a key on this curve, up to its point.
    private static let head: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
        0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]
    /// 04, x, y: 65 bytes.
    let uncompressed: [UInt8]
    /// EVP_PKEY.
    private let key: OpaquePointer

    /// nil: no point of the curve.
    init?(x: UInt256, y: UInt256) {
        let uncompressed = [4] + x.bigEndian + y.bigEndian
        let der = Self.head + uncompressed
        // SAFETY: the pointer moves over `der`, whose size the call is told; it checks that the point lies on the curve.
        let made = unsafe withoutErrors {
            unsafe der.withUnsafeBufferPointer { bytes in
                var at = bytes.baseAddress
                return unsafe d2i_PUBKEY(nil, &at, bytes.count)
            }
        }
        guard let made = unsafe made else { return nil }
        self.uncompressed = uncompressed
        unsafe key = made
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Whether `signature` (DER, nothing behind it) is one of `digest`, of which the first 32 bytes count.
    func isSignature(_ signature: [UInt8], of digest: [UInt8]) -> Bool {
        withoutErrors {
            // SAFETY: the context is made here, used by this thread alone and freed once; the buffers live for the call, which is told
            // their sizes.
            guard let context = unsafe EVP_PKEY_CTX_new(key, nil) else { return false }
            defer { unsafe EVP_PKEY_CTX_free(context) }
            return unsafe EVP_PKEY_verify_init(context) == 1
                && EVP_PKEY_verify(context, signature, signature.count, digest, digest.count) == 1
        }
    }
}

/// RIPEMD-160 (ISO/IEC 10118-3) of whole messages.
enum RIPEMD160 {
    /// Bytes of a digest.
    static let size = 20

    /// nil: this libcrypto does not have it.
    static func hash(_ bytes: [UInt8]) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var size: UInt32 = 0
        // SAFETY: `digest` has room for the longest one that there is, and the call is told the size of the message.
        let isDone = withoutErrors { unsafe EVP_Digest(bytes, bytes.count, &digest, &size, EVP_ripemd160(), nil) == 1 }
        return isDone && size == Self.size ? Array(digest.prefix(Self.size)) : nil
    }
}

/// Leaves the thread's list of libcrypto's errors as it was: the process that embeds us may use libcrypto, too, and look at it.
private func withoutErrors<Value>(_ body: () -> Value) -> Value {
    ERR_set_mark()
    defer { ERR_pop_to_mark() }
    return body()
}
