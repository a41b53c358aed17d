// SPDX-License-Identifier: Apache-2.0
// The messages as values, and the two protocols in which Supervisor and Bridge meet without knowing each other.

/// What to run in a worker. Layout on the wire: xvm_wire.h, INVOCATION.
public struct Invocation: Equatable, Sendable {
    /// Which kind of export.
    public enum Entry: Equatable, Sendable {
        /// An export of type () → (); arguments and output go by syscalls.
        case method(MethodCall)
        /// Any exported function; parameters as 64-bit slots (i32 and f32 zero-extended).
        case function(slots: [UInt64])
    }
    /// Index among the module's function exports.
    public var exportIndex: UInt32
    /// What is called.
    public var entry: Entry
    /// 0 ..< 2^62.
    public var gasLimit: Int64
    /// Greatest number of Wasm frames.
    public var frameLimit: UInt32
    /// Greatest sum of computed frame costs, in bytes.
    public var stackLimit: UInt32
    /// Pages that linear memory may grow to.
    public var memoryPagesMax: UInt32

    /// All parts.
    public init(
        exportIndex: UInt32, entry: Entry, gasLimit: Int64, frameLimit: UInt32, stackLimit: UInt32, memoryPagesMax: UInt32
    ) {
        self.exportIndex = exportIndex
        self.entry = entry
        self.gasLimit = gasLimit
        self.frameLimit = frameLimit
        self.stackLimit = stackLimit
        self.memoryPagesMax = memoryPagesMax
    }
}

/// What a method may ask about its call.
public struct MethodCall: Equatable, Sendable {
    /// The method's name.
    public var method: [UInt8]
    /// The calling contract, empty at the top.
    public var caller: [UInt8]
    /// Who began the transaction.
    public var initiator: [UInt8]
    /// Decimal text.
    public var amount: [UInt8]
    /// Strictly ascending bytewise by key.
    public var arguments: [(key: [UInt8], value: [UInt8])]

    /// All parts; `arguments` must be sorted by key without duplicates.
    public init(
        method: [UInt8], caller: [UInt8], initiator: [UInt8], amount: [UInt8], arguments: [(key: [UInt8], value: [UInt8])]
    ) {
        self.method = method
        self.caller = caller
        self.initiator = initiator
        self.amount = amount
        self.arguments = arguments
    }

    /// Equal in every part.
    public static func == (a: MethodCall, b: MethodCall) -> Bool {
        a.method == b.method && a.caller == b.caller && a.initiator == b.initiator && a.amount == b.amount
            && a.arguments.elementsEqual(b.arguments) { $0.key == $1.key && $0.value == $1.value }
    }
}

/// A request of a contract to its host, verified. Posted ones (put, delete, log, event) have no answer.
public enum Syscall: Equatable, Sendable {
    case getObject(key: [UInt8])
    /// [start, limit), an empty limit = end of the bucket; at most `itemCountMax` items and `sizeMax` bytes (8 + key + value each).
    case newIterator(start: [UInt8], limit: [UInt8], itemCountMax: UInt32, sizeMax: UInt32)
    case flush
    case putObject(key: [UInt8], value: [UInt8])
    case deleteObject(key: [UInt8])
    case postLog(text: [UInt8])
    case emitEvent(name: [UInt8], body: [UInt8])
}

/// The answer to a synchronous syscall.
public enum SyscallResult: Equatable, Sendable {
    case value([UInt8])
    case notFound
    /// Deleted, by an earlier transaction or by this one.
    case deleted
    case items([Item])
    /// The first item of an iterator alone needs this many bytes.
    case itemTooLarge(size: UInt32)
    case flushed
    /// Posted syscalls.
    case none

    /// One key and its value.
    public struct Item: Equatable, Sendable {
        /// The key.
        public var key: [UInt8]
        /// The value.
        public var value: [UInt8]
        /// Both parts.
        public init(key: [UInt8], value: [UInt8]) {
            self.key = key
            self.value = value
        }
    }
}

/// Answers the syscalls of one context; called on the lane's thread, one at a time. The Bridge implements it.
/// What it throws is an infrastructure error: it ends the invocation and the worker, and passes through to the caller.
public protocol SyscallHandler: AnyObject {
    /// Does what `syscall` asks; `.none` for posted ones.
    func handle(_ syscall: Syscall) throws -> SyscallResult
}

/// Runs invocations of one Code. The Supervisor implements it; tests may too.
public protocol Engine: AnyObject, Sendable {
    /// Blocks until the invocation ended. Throws `Death`, or what the handler threw.
    /// - Parameter deadlineNanoseconds: wall time allowed, host handlers included.
    func run(_ invocation: Invocation, handler: any SyscallHandler, deadlineNanoseconds: UInt64) throws -> Ending
}
