// SPDX-License-Identifier: Apache-2.0
// Who may do what: lists of addresses with weights or as sets (XuperChain's SIGN_THRESHOLD and SIGN_AKSET), and keys that sign.

internal import XVMCore
public import XVMState

/// When a group of signers is enough.
public enum AccessList: Hashable, Sendable {
    /// The weights of the signers must add up to at least `accept`.
    case threshold(weights: [[UInt8]: UInt64], accept: UInt64)
    /// All members of one of the sets must have signed.
    case sets([[[UInt8]]])

    /// Whether these signers are enough.
    public func isSatisfied(by signers: Set<[UInt8]>) -> Bool {
        switch self {
        case .threshold(let weights, let accept):
            var sum: UInt64 = 0
            for (address, weight) in weights where signers.contains(address) {
                let (next, isOver) = sum.addingReportingOverflow(weight)
                if isOver { return true }
                sum = next
            }
            return sum >= accept
        case .sets(let sets): return sets.contains { set in set.allSatisfy(signers.contains) }
        }
    }

    /// Its members, each once, in bytewise order.
    public var addresses: [[UInt8]] {
        let all: Set<[UInt8]> =
            switch self {
            case .threshold(let weights, _): Set(weights.keys)
            case .sets(let sets): Set(sets.joined())
            }
        return all.sorted { compare($0, $1) < 0 }
    }

    /// An empty list would shut everyone out or let everyone in; neither is meant.
    public func check() throws(LedgerError) {
        for address in addresses { try Names.check(address, what: "member") }
        guard (1...LedgerLimits.accessMemberMax).contains(addresses.count) else {
            throw .accessList("it has \(addresses.count) members, 1 to \(LedgerLimits.accessMemberMax) are allowed")
        }
        switch self {
        case .threshold(let weights, let accept):
            guard accept > 0 else { throw .accessList("its threshold is 0") }
            var sum: UInt64 = 0
            for weight in weights.values {
                let (next, isOver) = sum.addingReportingOverflow(weight)
                guard !isOver else { throw .accessList("the sum of its weights exceeds 2^64") }
                sum = next
            }
            guard sum >= accept else { throw .accessList("its threshold \(accept) exceeds the sum of its weights \(sum)") }
        case .sets(let sets):
            guard !sets.isEmpty, sets.count <= LedgerLimits.accessMemberMax, !sets.contains(where: { $0.isEmpty }) else {
                throw .accessList("it has no set, or an empty one")
            }
        }
        guard stored.count <= LedgerLimits.accessSizeMax else {
            throw .accessList("it takes \(stored.count) bytes, limit \(LedgerLimits.accessSizeMax)")
        }
    }

    /// The form in the state; members in bytewise order, so that equal lists are equal bytes.
    var stored: [UInt8] {
        var writer = CanonicalWriter(tag: "xvm access 1")
        switch self {
        case .threshold(let weights, let accept):
            writer.number(UInt8(1))
            writer.number(accept)
            writer.list(weights.sorted { compare($0.key, $1.key) < 0 }) { writer, member in
                writer.field(member.key)
                writer.number(member.value)
            }
        case .sets(let sets):
            writer.number(UInt8(2))
            writer.list(sets) { writer, set in
                writer.list(set.sorted { compare($0, $1) < 0 }) { $0.field($1) }
            }
        }
        return writer.bytes
    }

    init?(stored bytes: [UInt8]) {
        do throws(ByteReaderError) {
            var reader = try CanonicalReader(bytes, tag: "xvm access 1")
            switch try reader.u8() {
            case 1:
                let accept = try reader.u64()
                let members = try reader.list(countMax: LedgerLimits.accessMemberMax) { reader throws(ByteReaderError) in
                    (try reader.field(), try reader.u64())
                }
                self = .threshold(weights: Dictionary(members) { first, _ in first }, accept: accept)
            case 2:
                self = .sets(
                    try reader.list(countMax: LedgerLimits.accessMemberMax) { reader throws(ByteReaderError) in
                        try reader.list(countMax: LedgerLimits.accessMemberMax) { reader throws(ByteReaderError) in
                            try reader.field()
                        }
                    })
            default: return nil
            }
            try reader.finish()
        } catch { return nil }
    }
}

/// Decides what signers may do. A node may put its own in place of `ThresholdControl`.
public protocol AccessControl: Sendable {
    /// Who speaks for a transaction, by its signatures. Throws where a name needs a signature that is not there, or one is wrong.
    func signers(of transaction: LedgerTransaction, id: TransactionID) throws(LedgerError) -> Set<[UInt8]>
    /// Whether they may act for an owner: an account, an address or a name.
    func mayAct(for owner: [UInt8], signers: Set<[UInt8]>, in view: any StateView) throws -> Bool
    /// Whether they may call a method.
    func mayCall(contract: [UInt8], method: [UInt8], signers: Set<[UInt8]>, in view: any StateView) throws -> Bool
}

/// Lists in the state, Ed25519 signatures over the transaction's id.
///
/// An address of a key (`Address`) stands for a transaction only with its signature. Other names (`alice`) are taken at their word unless
/// `areSignaturesRequired`: for a chain on one's own machine, where whoever runs the command owns everything anyway.
public struct ThresholdControl: AccessControl {
    /// True: every initiator and every name in authRequire must be the address of a key that has signed.
    public var areSignaturesRequired: Bool

    /// - Parameter areSignaturesRequired: see the type.
    public init(areSignaturesRequired: Bool = false) { self.areSignaturesRequired = areSignaturesRequired }

    /// See `AccessControl`.
    public func signers(of transaction: LedgerTransaction, id: TransactionID) throws(LedgerError) -> Set<[UInt8]> {
        var signed: Set<[UInt8]> = []
        for signature in transaction.signatures {
            let address = Address.of(publicKey: signature.publicKey)
            guard SigningKey.isValid(signature, of: id) else { throw .signatureWrong(address: address) }
            signed.insert(address)
        }
        var signers: Set<[UInt8]> = []
        for name in [transaction.initiator] + transaction.authRequire {
            // An account never speaks for itself: its members do.
            if Names.isAccount(name) { continue }
            if areSignaturesRequired || Names.isAddress(name) {
                guard signed.contains(name) else { throw .signatureMissing(address: name) }
            }
            signers.insert(name)
        }
        if areSignaturesRequired && signers.isEmpty { throw .signatureMissing(address: transaction.initiator) }
        return signers
    }

    /// See `AccessControl`.
    public func mayAct(for owner: [UInt8], signers: Set<[UInt8]>, in view: any StateView) throws -> Bool {
        guard Names.isAccount(owner) else { return signers.contains(owner) }
        return try Access.list(ofAccount: owner, in: view)?.isSatisfied(by: signers) ?? false
    }

    /// See `AccessControl`.
    public func mayCall(contract: [UInt8], method: [UInt8], signers: Set<[UInt8]>, in view: any StateView) throws -> Bool {
        guard let stored = try view.get(bucket: Buckets.methodAccess, key: contract + [1] + method) else { return true }
        return try Access.decode(stored).isSatisfied(by: signers)
    }
}

/// Access control lists in the state.
enum Access {
    static func list(ofAccount name: [UInt8], in view: any StateView) throws -> AccessList? {
        try view.get(bucket: Buckets.account, key: name).map(decode)
    }

    static func decode(_ stored: [UInt8]) throws -> AccessList {
        guard let list = AccessList(stored: stored) else {
            throw StateError.corrupted(path: "XCAccount", detail: "an access control list cannot be read")
        }
        return list
    }
}

/// The name of a key: X and the first 20 bytes of the SHA-256 of its public key in hex.
public enum Address {
    /// Of 32 bytes.
    public static func of(publicKey: [UInt8]) -> [UInt8] {
        Array(("X" + Hex.encode(Array(SHA256.hash(publicKey).prefix(20)))).utf8)
    }
}
