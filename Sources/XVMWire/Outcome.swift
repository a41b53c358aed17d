// SPDX-License-Identifier: Apache-2.0
// What a contract did (Outcome) and how a worker ended (Death): two types that never mix (architecture, "Three kinds of failure").

/// A fault of the contract, in the words of the WebAssembly specification; raw values are the wire's numbers (xvm_abi.h).
public enum Trap: UInt8, Sendable, CaseIterable {
    case unreachable = 1
    case integerDivideByZero = 2
    case integerOverflow = 3
    case invalidConversionToInteger = 4
    case outOfBoundsMemoryAccess = 5
    case outOfBoundsTableAccess = 6
    case undefinedElement = 7
    case uninitializedElement = 8
    case indirectCallTypeMismatch = 9
    case callStackExhausted = 10
    /// An import ended the call; the text is the Outcome's message.
    case hostAbort = 11
}

/// How an invocation ended, as the worker reports it. The host makes an Outcome of it.
public struct Ending: Equatable, Sendable {
    /// The kind of the end.
    public enum Kind: Equatable, Sendable {
        case returned
        case trapped(Trap)
        case outOfGas
    }
    /// The kind of the end.
    public var kind: Kind
    /// Exact for `returned`, the gas limit otherwise.
    public var gasUsed: Int64
    /// Pages of linear memory at the end.
    public var memoryPages: UInt32
    /// What the contract gave to `output`, if it did.
    public var output: Output?
    /// Text of a host abort, else empty.
    public var abortText: [UInt8]
    /// Result slots of a function entry, 64 bits each.
    public var slots: [UInt64]

    /// All parts.
    public init(kind: Kind, gasUsed: Int64, memoryPages: UInt32, output: Output?, abortText: [UInt8], slots: [UInt64]) {
        self.kind = kind
        self.gasUsed = gasUsed
        self.memoryPages = memoryPages
        self.output = output
        self.abortText = abortText
        self.slots = slots
    }
}

/// What a contract hands back: an HTTP-like status (below 400: success), a message and a body.
public struct Output: Equatable, Sendable {
    /// Below 400: success.
    public var status: Int32
    /// At most 1024 bytes, any bytes.
    public var message: [UInt8]
    /// At most 1048576 bytes, any bytes.
    public var body: [UInt8]

    /// All parts.
    public init(status: Int32, message: [UInt8], body: [UInt8]) {
        self.status = status
        self.message = message
        self.body = body
    }
}

/// Which call a worker died of (seccomp_data, linux/seccomp.h).
public struct Violation: Equatable, Sendable {
    /// x86-64 system call number.
    public var number: Int32
    /// AUDIT_ARCH_*.
    public var architecture: UInt32
    /// The six argument registers.
    public var arguments: [UInt64]
    /// Address of the instruction.
    public var instructionPointer: UInt64
    /// True where the kernel has no listener (layer `violationListener`): that there was a violation is the kernel's word, which call
    /// it was is the worker's own.
    public var isForgeable: Bool

    /// All parts.
    public init(
        number: Int32, architecture: UInt32, arguments: [UInt64], instructionPointer: UInt64, isForgeable: Bool = false
    ) {
        self.number = number
        self.architecture = architecture
        self.arguments = arguments
        self.instructionPointer = instructionPointer
        self.isForgeable = isForgeable
    }
}

/// Why a worker is gone, or never came to be. The first cause wins and is never overwritten. Never a transaction's result.
public struct Death: Error, Equatable, Sendable {
    /// The cause.
    public enum Cause: Equatable, Sendable {
        /// A system call that the policy does not allow; nil where the kernel gives no number (foreign architecture, x32).
        case violation(Violation?)
        /// A signal outside trap handling.
        case signal(Int32)
        /// The wall deadline of an invocation passed; the supervisor killed.
        case wallDeadline(nanoseconds: UInt64)
        /// RLIMIT_CPU ended it.
        case cpuDeadline(seconds: UInt32)
        case memoryLimit
        /// The worker broke the wire format: what, the value, the limit.
        case protocolBreach(String)
        /// It exited by itself, with a status of xvm_exit.
        case exited(status: Int32)
        /// SIGKILL that was not ours.
        case killedOutside
        /// The embedder cancelled the invocation.
        case cancelled
        /// A step of the start sequence failed (name of the step, errno).
        case setup(step: String, errno: Int32)
        /// The zygote is gone.
        case zygoteGone
    }
    /// Whom to blame.
    public enum Blame: String, Sendable { case contract, host, unknown }

    /// Where the fault was that ended a worker with a signal. The worker wrote it down itself, so it is for people and no decision rests on
    /// it: that there was a signal, and which, is the kernel's word.
    public struct Fault: Equatable, Sendable {
        /// What lies at the address.
        public enum AddressClass: String, Sendable, CaseIterable {
            /// The first 64 KiB.
            case zeroPage
            /// The ring that only the host writes.
            case hostRing
            case workerRing
            /// The instance's header below linear memory.
            case header
            /// Within the 4 GiB of linear memory.
            case linearMemory
            case guardBehindMemory
            /// A privileged instruction, or an address that is not canonical.
            case noAddress
            /// The kernel's half.
            case kernel
            /// Code, data, stack or nothing.
            case other
        }
        /// What lies at the address.
        public var addressClass: AddressClass
        /// Of the access; 0 where there is none.
        public var address: UInt64
        /// Of the instruction.
        public var instructionPointer: UInt64

        /// All parts.
        public init(addressClass: AddressClass, address: UInt64, instructionPointer: UInt64) {
            self.addressClass = addressClass
            self.address = address
            self.instructionPointer = instructionPointer
        }
    }

    /// The cause.
    public var cause: Cause
    /// Where: worker id and invocation, e.g. "worker 3.12, invocation 4".
    public var place: String
    /// Of a `signal`, where the worker's fault handler told it.
    public var fault: Fault?

    /// All parts.
    public init(cause: Cause, place: String, fault: Fault? = nil) {
        self.cause = cause
        self.place = place
        self.fault = fault
    }
}
