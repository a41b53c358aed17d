// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032) by OpenSSL's libcrypto: every pointer of it stays in this file.

internal import CCrypto
internal import Glibc
internal import XVMState

/// A private key. libcrypto and not swift-crypto: the same algorithm from the system's package, without half a minute of every build
/// (docs/decisions/signatures.md).
public struct SigningKey: Sendable {
    /// Secret.
    public let bytes: [UInt8]
    /// 32 bytes.
    public let publicKey: [UInt8]

    /// Bytes of either key.
    public static let size = 32
    private static let signatureSize = 64

    /// A new one, from the system's randomness (getentropy); nil where that fails.
    public static func random() -> SigningKey? {
        var bytes = [UInt8](repeating: 0, count: size)
        // SAFETY: the buffer lives for the call and has `size` bytes; up to 256 come in one piece.
        guard unsafe getentropy(&bytes, size) == 0 else { return nil }
        return SigningKey(bytes)
    }

    /// From its 32 bytes; nil: another number of them.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.size, let key = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
        else { return nil }
        // SAFETY: made above, used by this thread alone, freed once.
        defer { unsafe EVP_PKEY_free(key) }
        var publicKey = [UInt8](repeating: 0, count: Self.size)
        var size = publicKey.count
        // SAFETY: the buffer has `size` bytes, which the call is told.
        guard unsafe EVP_PKEY_get_raw_public_key(key, &publicKey, &size) == 1, size == Self.size else { return nil }
        self.bytes = bytes
        self.publicKey = publicKey
    }

    /// Its name on the chain.
    public var address: [UInt8] { Address.of(publicKey: publicKey) }

    /// Adds its word to a transaction, whose other parts must not change any more.
    public func sign(_ transaction: inout LedgerTransaction) {
        let message = transaction.id.bytes
        var signature = [UInt8](repeating: 0, count: Self.signatureSize)
        var size = signature.count
        // SAFETY: key and context are made here, used by this thread alone and freed once; the buffers live for the calls, which are told
        // their sizes. libcrypto takes a null pointer for what is left to it.
        let isSigned: Bool = {
            guard let key = unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else { return false }
            defer { unsafe EVP_PKEY_free(key) }
            guard let context = unsafe EVP_MD_CTX_new() else { return false }
            defer { unsafe EVP_MD_CTX_free(context) }
            return unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1
                && EVP_DigestSign(context, &signature, &size, message, message.count) == 1 && size == Self.signatureSize
        }()
        precondition(isSigned, "Ed25519 signs any message; only memory can be short")
        transaction.signatures.append(LedgerTransaction.Signature(publicKey: publicKey, signature: signature))
    }

    static func isValid(_ signature: LedgerTransaction.Signature, of id: TransactionID) -> Bool {
        guard signature.publicKey.count == size, signature.signature.count == signatureSize else { return false }
        let message = id.bytes
        let publicKey = signature.publicKey
        let bytes = signature.signature
        // SAFETY: as in `sign`; the sizes were checked above.
        guard let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicKey, publicKey.count) else {
            return false
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard let context = unsafe EVP_MD_CTX_new() else { return false }
        defer { unsafe EVP_MD_CTX_free(context) }
        return unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, bytes, bytes.count, message, message.count) == 1
    }
}
