// SPDX-License-Identifier: Apache-2.0
// A Module's native object, ready to be sealed and loaded by a worker.

import XVMCore
package import XVMElf

/// A verified object, with where it comes from.
package struct Code: Sendable {
    package enum Origin: Equatable, Sendable {
        /// Compiled just now.
        case compiled
        /// Taken from the cache, hash and rules checked.
        case cache
        /// A file that a user handed in. It says of itself which Module it is; nobody vouches for that, nor for its gas.
        case file(path: String)
    }

    package let elf: VerifiedElf
    /// SHA-256 of the object's bytes.
    package let hash: [UInt8]
    /// The cache key, 32 bytes; nil for a file.
    package let key: [UInt8]?
    /// SHA-256 of the Wasm bytes, as the object states it; checked against the request unless the origin is a file.
    package let moduleHash: [UInt8]
    /// SHA-256 of the gas schedule, likewise.
    package let scheduleHash: [UInt8]
    package let abiVersion: UInt32
    package let isMetered: Bool
    /// One line about the compiler; empty for a file.
    package let compiler: String
    package let origin: Origin
    /// Wall time of emitting, compiling, linking and verifying; 0 when nothing was compiled.
    package let compileNanoseconds: Int64

    package var bytes: [UInt8] { elf.bytes }
    package var isFromCache: Bool { origin == .cache }

    init(
        _ elf: VerifiedElf, key: [UInt8]?, compiler: String, origin: Origin, compileNanoseconds: Int64
    ) throws(ToolchainError) {
        let descriptor = try CodeDescriptor(elf.descriptor)
        self.elf = elf
        hash = SHA256.hash(elf.bytes)
        self.key = key
        moduleHash = descriptor.moduleHash
        scheduleHash = descriptor.scheduleHash
        abiVersion = descriptor.abiVersion
        isMetered = descriptor.isMetered
        self.compiler = compiler
        self.origin = origin
        self.compileNanoseconds = compileNanoseconds
    }

    /// Takes an object that a user hands in, for example an output of `xvm build`.
    /// - path: for messages only; nothing is read from it.
    /// - Throws: `objectRefused` or `descriptorMismatch`.
    package init(verifyingObject bytes: [UInt8], path: String, abiVersion: UInt32) throws(ToolchainError) {
        let elf: VerifiedElf
        do { elf = try ElfVerifier.verify(bytes, producer: .user) } catch {
            throw .objectRefused(error, path: path)
        }
        try self.init(elf, key: nil, compiler: "", origin: .file(path: path), compileNanoseconds: 0)
        guard self.abiVersion == abiVersion else {
            throw .descriptorMismatch(field: "ABI version", value: "\(self.abiVersion)", expected: "\(abiVersion)")
        }
    }
}

/// The part of struct xvm_descriptor (xvm_abi.h) that the host reads.
struct CodeDescriptor {
    static let magic: UInt32 = 0x414d_5658

    let abiVersion: UInt32
    let isMetered: Bool
    let moduleHash: [UInt8]
    let scheduleHash: [UInt8]

    /// - bytes: `VerifiedElf.descriptor`, so there are enough.
    init(_ bytes: [UInt8]) throws(ToolchainError) {
        func word(_ offset: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) } }
        guard word(0) == Self.magic else {
            throw .descriptorMismatch(
                field: "magic", value: "0x" + String(word(0), radix: 16), expected: "0x" + String(Self.magic, radix: 16))
        }
        abiVersion = word(4)
        isMetered = word(12) & 1 != 0
        moduleHash = Array(bytes[16..<48])
        scheduleHash = Array(bytes[48..<80])
    }
}
