// SPDX-License-Identifier: Apache-2.0
// Memory files (memfd) with their seals, and mappings of them.

import CXVMSandbox
import Glibc

/// Seals of a memory file (fcntl F_ADD_SEALS, linux/fcntl.h). None can be taken off again.
package struct Seals: OptionSet, Equatable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// No further seals.
    package static let seal = Seals(rawValue: UInt32(XVM_SYSTEM_SEAL_SEAL.rawValue))
    package static let shrink = Seals(rawValue: UInt32(XVM_SYSTEM_SEAL_SHRINK.rawValue))
    package static let grow = Seals(rawValue: UInt32(XVM_SYSTEM_SEAL_GROW.rawValue))
    /// Nobody writes; refused while a writable shared mapping exists.
    package static let write = Seals(rawValue: UInt32(XVM_SYSTEM_SEAL_WRITE.rawValue))
    /// Nobody writes but through writable mappings that exist already.
    package static let futureWrite = Seals(rawValue: UInt32(XVM_SYSTEM_SEAL_FUTURE_WRITE.rawValue))
    /// Freezes the mode's x bits (Linux 6.3).
    package static let execute = Seals(rawValue: UInt32(XVM_SYSTEM_SEAL_EXEC.rawValue))
}

/// Owns a memory file of fixed size, close-on-exec.
package struct MemoryFile: ~Copyable, Sendable {
    private let descriptor: Descriptor
    /// Bytes.
    package let size: Int

    /// `size` zero bytes, no seal yet. `name` shows up in /proc only.
    package init(name: String, size: Int) throws(SystemError) {
        precondition(size > 0, "a memory file is not empty: \(size)")
        // SAFETY: the C string lives for the call, which copies it into the kernel.
        let number = unsafe xvm_system_memfd(name, UInt64(size))
        self.descriptor = Descriptor(owning: try checked("memfd_create", number, "\(name), \(size) bytes"))
        self.size = size
    }

    /// A copy of `bytes`, no seal yet.
    package static func containing(_ bytes: [UInt8], name: String) throws(SystemError) -> MemoryFile {
        let file = try MemoryFile(name: name, size: bytes.count)
        let number = file.number
        var done = 0
        while done < bytes.count {
            done += try retryingInterrupts("pwrite", name) {
                // SAFETY: at most the bytes from `done` to the array's end are read, during the call.
                unsafe bytes.withUnsafeBytes { unsafe pwrite(number, $0.baseAddress! + done, $0.count - done, off_t(done)) }
            }
        }
        return file
    }

    /// The bytes that are there now, up to `size`; who else writes decides what they are.
    package func contents() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        // SAFETY: pread writes at most bytes.count bytes into the array's own storage.
        let count = unsafe pread(descriptor.number, &bytes, bytes.count, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    /// The number; valid as long as this value lives. For sending it to the zygote.
    package var number: Int32 { descriptor.number }

    /// Adds `seals` and checks that they, and what was there, are in force.
    package func add(_ seals: Seals) throws(SystemError) {
        let wanted = try self.seals().union(seals)
        try checked("fcntl(F_ADD_SEALS)", xvm_system_seal(descriptor.number, seals.rawValue), "seals \(seals.rawValue)")
        let present = try self.seals()
        if !present.isSuperset(of: wanted) {
            throw SystemError(
                call: "fcntl(F_ADD_SEALS)", errno: EPERM, detail: "seals \(present.rawValue), wanted \(wanted.rawValue)")
        }
    }

    /// The seals in force.
    package func seals() throws(SystemError) -> Seals {
        Seals(rawValue: UInt32(try checked("fcntl(F_GET_SEALS)", xvm_system_seals(descriptor.number))))
    }

    /// Maps the whole file, shared. Its pages come to be with their first use.
    package func map(writable: Bool) throws(SystemError) -> Mapping {
        var address: UnsafeMutableRawPointer?
        // SAFETY: `address` is written during the call only.
        let result = unsafe xvm_system_map(descriptor.number, UInt64(size), writable ? 1 : 0, &address)
        try checked("mmap", result, "\(size) bytes, \(writable ? "writable" : "read-only")")
        guard let address = unsafe address else { throw SystemError(call: "mmap", errno: EFAULT, detail: "no address") }
        return unsafe Mapping(owning: address, size: size)
    }
}

/// A memory file that nobody can change any more: seals SHRINK, GROW, WRITE, SEAL and, where the kernel has it, EXEC.
package struct SealedFile: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// A copy of `bytes`, sealed before it is returned.
    package init(name: String, bytes: [UInt8]) throws(SystemError) {
        precondition(!bytes.isEmpty, "a sealed file is not empty")
        // SAFETY: name and bytes live for the call, which copies both.
        let number = unsafe bytes.withUnsafeBytes { unsafe xvm_system_memfd_sealed(name, $0.baseAddress, $0.count) }
        descriptor = Descriptor(owning: try checked("memfd_create", number, "\(name), \(bytes.count) bytes"))
    }

    /// The number; valid as long as this value lives.
    package var number: Int32 { descriptor.number }

    /// The seals in force.
    package func seals() throws(SystemError) -> Seals {
        Seals(rawValue: UInt32(try checked("fcntl(F_GET_SEALS)", xvm_system_seals(descriptor.number))))
    }
}

/// Owns a mapping and unmaps it when it goes.
/// SAFETY: the range [address, address + size) is mapped as long as this value lives: it is made by `MemoryFile.map` alone and
/// unmapped in deinit alone. Who reads or writes through `address` must keep the value alive and must know who else writes.
@safe package struct Mapping: ~Copyable, @unchecked Sendable {
    /// First byte, page-aligned. Valid as long as this value lives.
    @unsafe package let address: UnsafeMutableRawPointer
    /// Bytes.
    package let size: Int

    fileprivate init(owning address: UnsafeMutableRawPointer, size: Int) {
        unsafe self.address = unsafe address
        self.size = size
    }

    deinit { _ = unsafe xvm_system_unmap(address, UInt64(size)) }
}
