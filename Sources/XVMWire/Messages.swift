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
    /// What prepares the context before its entry.
    public var guest: Guest

    /// What a toolchain's modules expect of their host before their entry is called.
    public enum Guest: Equatable, Sendable {
        /// Nothing.
        case none
        /// The stack as XVM sets it up for emscripten's modules. Both are indices among the function exports, of type (i32) → i32.
        case emscripten(stackAlloc: UInt32?, malloc: UInt32?)
    }

    /// All parts.
    public init(
        exportIndex: UInt32, entry: Entry, gasLimit: Int64, frameLimit: UInt32, stackLimit: UInt32, memoryPagesMax: UInt32,
        guest: Guest = .none
    ) {
        self.guest = guest
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
    /// Everything else that a host does for a contract.
    case ask(Ask)
    case putObject(key: [UInt8], value: [UInt8])
    case deleteObject(key: [UInt8])
    case postLog(text: [UInt8])
    case emitEvent(name: [UInt8], body: [UInt8])
}

/// What stands under a key.
public enum FoundObject: Equatable, Sendable {
    case value([UInt8])
    case notFound
    /// Deleted, by an earlier transaction or by this one.
    case deleted
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
    /// To `ask`.
    case reply(Reply)
    /// Posted syscalls.
    case none

    /// To `getObject`.
    public init(_ object: FoundObject) {
        self =
            switch object {
            case .value(let value): .value(value)
            case .notFound: .notFound
            case .deleted: .deleted
            }
    }

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

/// What a contract asks of its host beside objects.
public struct Ask: Equatable, Sendable {
    /// What it asks; the wire's numbers are xvm_wire.h's, enum xvm_ask_call. A list of pairs is bytes, not decoded yet.
    public enum Question: Equatable, Sendable {
        /// - gasLimit: what the callee may use; nil: all that is left.
        case contractCall(contract: [UInt8], method: [UInt8], arguments: [UInt8], gasLimit: Int64?)
        case transfer(to: [UInt8], amount: [UInt8])
        case transaction(id: [UInt8])
        case block(id: [UInt8])
        case accountAddresses(account: [UInt8])
        case authRequire
        case crossQuery(uri: [UInt8], arguments: [UInt8])
        /// XuperChain's: a method of its Syscall service and the request, in protobuf.
        case syscall(method: [UInt8], request: [UInt8])
        /// XuperChain's: a key as JSON, a signature as DER, the hash that was signed.
        case verifySignature(key: [UInt8], signature: [UInt8], hash: [UInt8])
        case keyAddress(key: [UInt8])
    }
    /// What it asks.
    public var question: Question
    /// Gas that the contract has left at this moment, as its worker says; 0 and up.
    public var gasLeft: Int64

    /// Both parts.
    public init(_ question: Question, gasLeft: Int64) {
        self.question = question
        self.gasLeft = gasLeft
    }
}

/// The answer to an `Ask`.
public struct Reply: Equatable, Sendable {
    /// How it went.
    public enum Kind: Equatable, Sendable {
        /// Done: the code of an output, or 0.
        case done(code: Int32)
        case notFound
        /// Not done; which of xvm_contract_error, a negative number.
        case refused(code: Int32)
        /// The whole invocation ends here; nil: out of gas.
        case ended(Trap?)
    }
    /// How it went.
    public var kind: Kind
    /// What is charged to the contract; at most what it had left.
    public var gasUsed: Int64
    /// At most 1024 bytes.
    public var message: [UInt8]
    /// At most 1113064 bytes.
    public var body: [UInt8]

    /// All parts.
    public init(_ kind: Kind, gasUsed: Int64 = 0, message: [UInt8] = [], body: [UInt8] = []) {
        self.kind = kind
        self.gasUsed = gasUsed
        self.message = message
        self.body = body
    }
}

/// What a contract is told when the host does not do what it asked: enum xvm_contract_error, as far as the host decides it.
public enum ContractError: Int32, CaseIterable, Sendable {
    case unknown = -7
    case method = -8
    case recursion = -9
    case depth = -10
    case permission = -11
    case failed = -12
    case refused = -13
    case arguments = -14
    case unsupported = -15
}

/// Answers the syscalls of one context; called on the lane's thread, one at a time. The Bridge implements it.
/// What it throws is an infrastructure error: it ends the invocation and the worker, and passes through to the caller.
public protocol SyscallHandler: AnyObject {
    /// Does what `syscall` asks; `.none` for posted ones.
    func handle(_ syscall: Syscall) throws -> SyscallResult

    /// The same as `handle` with `getObject`, which is the syscall that is waited for most often: the key is seen where the host has copied
    /// it to, the answer written where the worker reads it, and nothing allocated in between.
    func getObject(_ key: Span<UInt8>) throws -> FoundObject
}

extension SyscallHandler {
    /// By `handle`.
    public func getObject(_ key: Span<UInt8>) throws -> FoundObject {
        switch try handle(.getObject(key: [UInt8](copying: key))) {
        case .value(let value): return .value(value)
        case .notFound: return .notFound
        case .deleted: return .deleted
        default: throw WireError(.mismatched, message: "result", field: "result")
        }
    }
}

extension [UInt8] {
    /// The bytes of `span`, copied.
    package init(copying span: Span<UInt8>) {
        // SAFETY: the buffer is used inside the closure only, which copies it.
        self = unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
    }
}

/// Runs invocations of one Code. The Supervisor implements it; tests may too.
public protocol Engine: AnyObject, Sendable {
    /// Blocks until the invocation ended. Throws `Death`, or what the handler threw.
    /// - Parameter deadlineNanoseconds: wall time allowed, host handlers included.
    func run(_ invocation: Invocation, handler: any SyscallHandler, deadlineNanoseconds: UInt64) throws -> Ending
}
