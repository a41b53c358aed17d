// SPDX-License-Identifier: Apache-2.0
// Contracts on the chain: descriptions, code, owners; what deployment and upgrade do to the state.

internal import XVMCore
public import XVMState

/// What stands at `contract`/`<name>.desc`.
public struct ContractDescription: Hashable, Sendable {
    /// SHA-256 of the WebAssembly.
    public var moduleHash: [UInt8]
    /// Who may upgrade it: an account, an address or a name.
    public var owner: [UInt8]
    /// How often it was upgraded.
    public var upgradeCount: UInt32

    /// All parts.
    public init(moduleHash: [UInt8], owner: [UInt8], upgradeCount: UInt32 = 0) {
        self.moduleHash = moduleHash
        self.owner = owner
        self.upgradeCount = upgradeCount
    }

    var stored: [UInt8] {
        var writer = CanonicalWriter(tag: "xvm contract 1")
        writer.field(moduleHash)
        writer.field(owner)
        writer.number(upgradeCount)
        return writer.bytes
    }

    init?(stored bytes: [UInt8]) {
        do throws(ByteReaderError) {
            var reader = try CanonicalReader(bytes, tag: "xvm contract 1")
            moduleHash = try reader.field(sizeMax: SHA256.size)
            owner = try reader.field(sizeMax: LedgerLimits.nameSizeMax)
            upgradeCount = try reader.u32()
            try reader.finish()
        } catch { return nil }
        guard moduleHash.count == SHA256.size else { return nil }
    }
}

/// The part of a transaction that the ledger does itself, on the view that the contract then runs on.
public enum Contracts {
    /// nil: none of that name.
    public static func description(of name: [UInt8], in view: any StateView) throws -> ContractDescription? {
        guard let stored = try view.get(bucket: Buckets.contract, key: name + Array(".desc".utf8)) else { return nil }
        guard let description = ContractDescription(stored: stored) else {
            throw StateError.corrupted(path: "contract", detail: "the description of \(shown(name)) cannot be read")
        }
        return description
    }

    /// The code of a contract; nil: not in the state. Host side, no read of anybody's.
    public static func code(hash: [UInt8], in snapshot: any StateSnapshot) throws(StateError) -> [UInt8]? {
        guard let record = try snapshot.record(bucket: Buckets.contract, key: hash), !record.isDeleted else { return nil }
        return record.value
    }

    /// The version of a module's code in the state; nil: never there.
    public static func codeVersion(hash: [UInt8], in snapshot: any StateSnapshot) throws(StateError) -> Version? {
        try snapshot.version(bucket: Buckets.contract, key: hash)
    }

    /// nil: none of that name. Host side, no read of anybody's.
    public static func description(of name: [UInt8], in snapshot: any StateSnapshot) throws(StateError) -> ContractDescription? {
        guard let record = try snapshot.record(bucket: Buckets.contract, key: name + Array(".desc".utf8)), !record.isDeleted
        else { return nil }
        guard let description = ContractDescription(stored: record.value) else {
            throw .corrupted(path: "contract", detail: "the description of \(shown(name)) cannot be read")
        }
        return description
    }

    static func set(_ description: ContractDescription, of name: [UInt8], in view: any StateView) throws {
        try view.put(bucket: Buckets.contract, key: name + Array(".desc".utf8), value: description.stored)
    }
}
