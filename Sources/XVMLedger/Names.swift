// SPDX-License-Identifier: Apache-2.0
// What contracts, accounts and addresses may be called, and the buckets that the ledger keeps for itself.

/// The buckets of the ledger. No contract can have one of these names.
public enum Buckets {
    /// `<name>.desc` → description; 32 bytes of hash → code.
    public static let contract = Array("contract".utf8)
    /// Account → access control list.
    public static let account = Array("XCAccount".utf8)
    /// Contract → account that owns it.
    public static let contractAccount = Array("XCContract2Account".utf8)
    /// Account 01 contract → nothing.
    public static let accountContract = Array("XCAccount2Contract".utf8)
    /// Contract 01 method → access control list.
    public static let methodAccess = Array("XCContract".utf8)
    /// Owner 00 transaction offset → amount.
    public static let utxo = Array("$utxo".utf8)
    /// Height, big-endian → block.
    public static let block = Array("$block".utf8)
}

/// The rules of names.
public enum Names {
    /// XuperChain's list.
    private static let reserved: Set<[UInt8]> = Set(
        [
            "XCAccount", "XCAK2Account", "XCContract", "XCContract2Account", "XCAccount2Contract", "XToken", "contract",
            "governToken", "proposal", "timer",
        ].map { Array($0.utf8) })

    /// 4 to 16 characters of letters, digits, _ and ., not beginning with a digit or ., not ending with ., not reserved.
    public static func checkContract(_ name: [UInt8]) throws(LedgerError) {
        guard (4...16).contains(name.count) else { throw .contractName(name, rule: "it must have 4 to 16 characters") }
        guard name.allSatisfy({ isLetter($0) || isDigit($0) || $0 == 0x5f || $0 == 0x2e }), !isDigit(name[0]), name[0] != 0x2e,
            name[name.count - 1] != 0x2e
        else {
            throw .contractName(
                name, rule: "letters, digits, _ and . inside; it begins with a letter or _ and does not end with .")
        }
        if reserved.contains(name) { throw .contractName(name, rule: "it is reserved") }
    }

    /// XC, 16 digits, @xuper.
    public static func isAccount(_ name: [UInt8]) -> Bool {
        name.count == 24 && name.starts(with: "XC".utf8) && name[2..<18].allSatisfy(isDigit)
            && name[18...].elementsEqual("@xuper".utf8)
    }

    /// Throws unless `isAccount`.
    public static func checkAccount(_ name: [UInt8]) throws(LedgerError) {
        if !isAccount(name) { throw .accountName(name) }
    }

    /// Whether a name is an address of a key (`Address`), so that only its signature can speak for it.
    public static func isAddress(_ name: [UInt8]) -> Bool {
        name.count == 41 && name[0] == 0x58 && name[1...].allSatisfy { isDigit($0) || (0x61...0x66).contains($0) }
    }

    /// Printable ASCII without blanks: whoever may hold an amount or begin a transaction.
    public static func check(_ name: [UInt8], what: String) throws(LedgerError) {
        guard !name.isEmpty, name.count <= LedgerLimits.nameSizeMax, name.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .name(what: what, name)
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
