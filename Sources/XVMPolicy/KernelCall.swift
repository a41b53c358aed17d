// SPDX-License-Identifier: Apache-2.0
// What a seccomp filter sees of one system call: struct seccomp_data without the instruction pointer.

/// AUDIT_ARCH_* values (linux/audit.h) as seccomp reports them.
package enum AuditArchitecture {
    package static let x86_64: UInt32 = 0xc000_003e
    package static let i386: UInt32 = 0x4000_0003
    /// The machine x86-64 without the 64-bit mark; the kernel never reports it (x32 calls carry a bit in the number).
    package static let x32Marked: UInt32 = 0x4000_003e
    package static let aarch64: UInt32 = 0xc000_00b7
}

/// One attempt to enter the kernel.
package struct KernelCall: Equatable, Hashable, Sendable, CustomStringConvertible {
    /// The number as seccomp sees it; -1 is UInt32.max. Bit 30 marks x32.
    package var number: UInt32
    /// AUDIT_ARCH_*.
    package var architecture: UInt32
    /// Six, as the registers hold them.
    package var arguments: [UInt64]

    /// Missing arguments are 0. More than six is a bug.
    package init(number: UInt32, architecture: UInt32 = AuditArchitecture.x86_64, arguments: [UInt64] = []) {
        precondition(arguments.count <= 6, "a system call has six arguments, not \(arguments.count)")
        self.number = number
        self.architecture = architecture
        self.arguments = arguments + Array(repeating: 0, count: 6 - arguments.count)
    }

    /// Bit 30 of a number: the x32 table.
    package static let x32Bit: UInt32 = 0x4000_0000

    package var description: String {
        let list = arguments.map { "0x" + String($0, radix: 16) }.joined(separator: ", ")
        return
            "\(syscallName(number)) (\(Int32(bitPattern: number))) (\(list)) of architecture 0x\(String(architecture, radix: 16))"
    }
}
