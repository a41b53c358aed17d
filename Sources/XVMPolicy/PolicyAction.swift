// SPDX-License-Identifier: Apache-2.0
// What a filter answers, its value in the kernel and its name in a policy file.

/// The answer to a system call. Numbers: SECCOMP_RET_* of linux/seccomp.h.
package enum PolicyAction: Equatable, Hashable, Sendable, CustomStringConvertible {
    case killProcess
    case trap
    /// The call fails with this errno, 0…4095, and is not executed.
    case errno(UInt16)
    /// A tracer is told this number; without a tracer the call fails with ENOSYS and is not executed.
    case trace(UInt16)
    case notify
    case log
    case allow

    /// What the BPF program returns.
    package var returnValue: UInt32 {
        switch self {
        case .killProcess: 0x8000_0000
        case .trap: 0x0003_0000
        case .errno(let number): 0x0005_0000 | UInt32(number)
        case .notify: 0x7fc0_0000
        case .trace(let number): 0x7ff0_0000 | UInt32(number)
        case .log: 0x7ffc_0000
        case .allow: 0x7fff_0000
        }
    }

    /// Whether the call is executed (unless another filter of the stack says otherwise).
    package var permits: Bool { self == .allow || self == .log }

    /// Where several filters answer, the kernel takes the lowest of these (seccomp(2): compared as signed, without data).
    package var precedence: Int32 { Int32(bitPattern: returnValue & 0xffff_0000) }

    /// The name in a policy file.
    package var name: String {
        switch self {
        case .killProcess: "SCMP_ACT_KILL_PROCESS"
        case .trap: "SCMP_ACT_TRAP"
        case .errno: "SCMP_ACT_ERRNO"
        case .trace: "SCMP_ACT_TRACE"
        case .notify: "SCMP_ACT_NOTIFY"
        case .log: "SCMP_ACT_LOG"
        case .allow: "SCMP_ACT_ALLOW"
        }
    }

    package var description: String {
        switch self {
        case .errno(let number), .trace(let number): "\(name)(\(number))"
        case .killProcess, .trap, .notify, .log, .allow: name
        }
    }
}
