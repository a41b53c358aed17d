// SPDX-License-Identifier: Apache-2.0
// Everything that a ledger refuses, as one closed list. Errors of the store pass through as `StateError`.

internal import XVMCore
public import XVMState

/// A refusal of the ledger, or a chain that is not sound. Nothing was changed.
public enum LedgerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A contract's name breaks the rules; which one.
    case contractName([UInt8], rule: String)
    /// Deployed already.
    case contractExists([UInt8])
    /// Not deployed.
    case contractUnknown([UInt8])
    /// The code of a contract is not in the state.
    case codeMissing(hash: [UInt8])
    /// `initialize` runs at deployment only.
    case initializeOutsideDeploy
    /// An account's name is not XC, 16 digits and @xuper.
    case accountName([UInt8])
    /// Not made.
    case accountUnknown([UInt8])
    /// An access control list that is not one; why.
    case accessList(String)
    /// Those who signed may not do this.
    case permission(what: String, who: [UInt8])
    /// An address that the transaction names has not signed it.
    case signatureMissing(address: [UInt8])
    /// A signature that is not one of this transaction by this key.
    case signatureWrong(address: [UInt8])
    /// A name that is empty, too long or has a byte that names may not have.
    case name(what: String, [UInt8])
    /// Not a decimal number of 1 ..< 2^128.
    case amount([UInt8])
    /// Less than is to be moved.
    case funds(address: [UInt8], available: String, needed: String)
    /// A transaction that is too large; what, the value, the limit.
    case size(what: String, value: Int, limit: Int)

    /// No block at this height or of this id.
    case blockUnknown(String)
    /// No transaction of this id.
    case transactionUnknown(String)
    /// The state is no ledger's: it has heights without blocks.
    case notLedger(height: UInt64)
    /// A block that does not fit: its height, its predecessor or its content.
    case chainBroken(height: UInt64, detail: String)
    /// What a transaction read has changed: the key and both versions.
    case conflict(transaction: TransactionID, bucket: [UInt8], key: [UInt8], expected: Version?, actual: Version?)
    /// A write that XuperChain's model cannot hold.
    case noXuperForm(bucket: [UInt8], key: [UInt8], why: String)

    /// The caller's input is wrong, or its rights do not reach.
    public var isUsage: Bool {
        switch self {
        case .contractName, .contractExists, .contractUnknown, .initializeOutsideDeploy, .accountName,
            .accountUnknown, .accessList, .permission, .signatureMissing, .signatureWrong, .name, .amount, .funds, .size,
            .blockUnknown, .transactionUnknown, .notLedger, .noXuperForm:
            true
        case .codeMissing, .chainBroken, .conflict: false
        }
    }

    /// The same may succeed when it is executed again.
    public var isRetryable: Bool {
        if case .conflict = self { true } else { false }
    }

    /// One line: what, the value, the limit.
    public var description: String {
        switch self {
        case .contractName(let name, let rule): "contract name \(shown(name)) is not allowed: \(rule)"
        case .contractExists(let name): "contract \(shown(name)) already exists"
        case .contractUnknown(let name): "contract \(shown(name)) is not deployed"
        case .codeMissing(let hash): "the code of module \(Hex.encode(hash)) is not in the state"
        case .initializeOutsideDeploy: "invalid contract method initialize: it runs once, at deployment"
        case .accountName(let name): "account name \(shown(name)) is not XC, 16 digits, @xuper"
        case .accountUnknown(let name): "account \(shown(name)) does not exist"
        case .accessList(let why): "access control list: \(why)"
        case .permission(let what, let who): "\(shown(who)) may not \(what)"
        case .signatureMissing(let address): "address \(shown(address)) has not signed the transaction"
        case .signatureWrong(let address): "the signature of address \(shown(address)) is not one of this transaction"
        case .name(let what, let name): "\(what) \(shown(name)) is not a name of 1 to \(LedgerLimits.nameSizeMax) printable bytes"
        case .amount(let text): "amount \(shown(text)) is not a whole number of 1 ..< 2^128"
        case .funds(let address, let available, let needed): "\(shown(address)) has \(available), \(needed) are needed"
        case .size(let what, let value, let limit): "\(what) \(value) exceeds limit \(limit)"
        case .blockUnknown(let what): "block \(what) is not in the chain"
        case .transactionUnknown(let what): "transaction \(what) is not in the chain"
        case .notLedger(let height): "the state is no ledger: it stands at height \(height) and has no such block"
        case .chainBroken(let height, let detail): "block \(height): \(detail)"
        case .conflict(let id, let bucket, let key, let expected, let actual):
            "transaction \(id) read key \(shown(key)) of bucket \(shown(bucket)) at version \(Self.text(expected)), it has \(Self.text(actual))"
        case .noXuperForm(let bucket, let key, let why):
            "key \(shown(key)) of bucket \(shown(bucket)) has no form in XuperChain: \(why)"
        }
    }

    private static func text(_ version: Version?) -> String { version.map { "\($0)" } ?? "never written" }
}

/// The limits of a ledger, beside those of the state.
public enum LedgerLimits {
    /// Bytes of an address, an account's or an initiator's name.
    public static let nameSizeMax = 100
    /// Transactions in a block.
    public static let blockCountMax = 4096
    /// Bytes of an encoded block.
    public static let blockSizeMax = StateLimits.hostValueSizeMax
    /// Bytes of a contract's WebAssembly.
    public static let codeSizeMax = 32 << 20
    /// Arguments of a call.
    public static let argumentCountMax = 1024
    /// Signatures of a transaction.
    public static let signatureCountMax = 64
    /// Members of an access control list, in all.
    public static let accessMemberMax = 256
    /// Bytes of a stored access control list.
    public static let accessSizeMax = 32768
}
