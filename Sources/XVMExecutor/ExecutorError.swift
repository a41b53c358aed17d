// SPDX-License-Identifier: Apache-2.0
// The one error type of the public library: an infrastructure error, or wrong use. Never a transaction's result.

public import XVMWire

/// What went wrong outside of the contract's own outcome. Open for more kinds: switch over `errorClass`, not over `kind`.
public struct ExecutorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Which part could not do its work.
    public enum Class: String, Sendable {
        /// A worker died, or never came to be.
        case worker
        /// A layer of the sandbox is missing below the floor.
        case sandbox
        /// No compiler, or it failed.
        case compiler
        /// The state folder.
        case state
        /// Bad input: module, method, argument, flag. Nothing was run.
        case usage
    }
    /// Which part.
    public var errorClass: Class
    /// Stable word, e.g. `violation`, `deadline`, `invalidModule`, `stateInUse`.
    public var kind: String
    /// One line: what, the value, the limit, where.
    public var detail: String
    /// Name of the system call of a violation.
    public var syscall: String?
    /// True where the kernel has no listener for violations: which call it was is then the worker's own word.
    public var isSyscallForgeable = false
    /// Of a worker that a signal ended: what kind of memory its fault was about, by the worker's own word.
    public var fault: Death.Fault?
    /// True: every node and every try gives the same.
    public var isDeterministic: Bool
    /// True: trying again may help.
    public var isRetryable: Bool
    /// Whom to blame.
    public var blame: Death.Blame

    /// All parts.
    public init(
        _ errorClass: Class, kind: String, detail: String, syscall: String? = nil, isDeterministic: Bool = false,
        isRetryable: Bool = false, blame: Death.Blame = .host
    ) {
        self.errorClass = errorClass
        self.kind = kind
        self.detail = detail
        self.syscall = syscall
        self.isDeterministic = isDeterministic
        self.isRetryable = isRetryable
        self.blame = blame
    }

    /// The line for a person.
    public var description: String { detail }

    /// Wrong use or input.
    static func usage(_ kind: String, _ detail: String) -> ExecutorError {
        ExecutorError(.usage, kind: kind, detail: detail, isDeterministic: true, blame: .unknown)
    }
}
