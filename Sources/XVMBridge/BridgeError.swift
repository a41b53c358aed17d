// SPDX-License-Identifier: Apache-2.0
// What ends an invocation on the host's side of the syscalls. Errors of the store pass through as `StateError`.

internal import XVMState

/// An infrastructure error of the bridge; never a transaction's result.
public enum BridgeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A worker sent what its own checks should have refused: the worker is broken or hostile. What, the value, the limit.
    case breach(String)
    /// The reads, writes, events and logs of one context need more memory than it may have.
    case contextTooLarge(size: Int, limit: Int)
    /// No context has this id: never made, or released.
    case unknownContext(ContextID)
    /// A context is invoked once.
    case contextUsed(ContextID)
    /// As many contexts are live as there may be.
    case contextsExhausted(limit: Int)
    /// An argument stands twice in a call.
    case argumentTwice(key: [UInt8])
    /// This machine cannot do what every node must: what is missing.
    case cryptographyMissing(String)

    /// The caller's input is wrong.
    public var isUsage: Bool {
        switch self {
        case .argumentTwice, .unknownContext, .contextUsed: true
        case .breach, .contextTooLarge, .contextsExhausted, .cryptographyMissing: false
        }
    }

    /// The same invocation may succeed later.
    public var isRetryable: Bool {
        switch self {
        case .contextsExhausted: true
        case .breach, .contextTooLarge, .unknownContext, .contextUsed, .argumentTwice, .cryptographyMissing: false
        }
    }

    /// One line: what, the value, the limit.
    public var description: String {
        switch self {
        case .breach(let text): "worker broke the protocol: \(text)"
        case .contextTooLarge(let size, let limit): "context needs \(size) bytes for what it read and wrote, limit \(limit)"
        case .unknownContext(let id): "context \(id) does not exist"
        case .contextUsed(let id): "context \(id) was already invoked"
        case .contextsExhausted(let limit): "all \(limit) contexts are in use"
        case .argumentTwice(let key): "argument \(shown(key)) is given twice"
        case .cryptographyMissing(let text): text
        }
    }
}

/// The limits of one context. Those of events and logs are the wire format's (xvm_wire.h).
package enum BridgeLimits {
    /// Memory of one context for reads, writes, events and logs, in bytes as `Overlay` counts them. Gas need not bound it: under
    /// `xuper` a put costs two.
    package static let contextSizeMax = 64 << 20
    /// XVM_EVENT_COUNT_MAX.
    package static let eventCountMax = 1024
    /// XVM_LOG_COUNT_MAX; the worker counts the line that says that lines were dropped.
    package static let logCountMax = 1024
    /// Contexts that may be live at once.
    package static let contextCountMax = 4096
    /// Contracts in a chain of calls, the first one included (XuperChain's).
    package static let callDepthMax = 10
    /// Bytes of a name of an account, an address or a method that a contract may ask for.
    package static let nameSizeMax = 256
    /// What an entry takes beside its bytes: a tree node and its arrays, roughly.
    static let entryOverhead = 160
}
