// SPDX-License-Identifier: Apache-2.0
// Why a message was refused: by the host's decoder (the worker breached the format) or by its encoder (a value does not fit).

/// A refused message. `message` and `field` are names of this project's own, never bytes of the peer.
package struct WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The reasons.
    package enum Kind: Equatable, Sendable {
        /// The payload ends inside the field.
        case truncated(needed: Int, remaining: Int)
        /// A size or a number above its limit.
        case exceeds(value: UInt64, limit: UInt64)
        /// A value that the field may not have; `allowed` says which it may.
        case notAllowed(value: Int64, allowed: String)
        /// Bytes after the last field.
        case trailing(count: Int)
        /// Keys that are not strictly ascending bytewise.
        case unsorted(index: Int)
        /// The frame's type is not one that this message has.
        case wrongType(UInt16)
        /// An answer of another kind than the syscall asks for.
        case mismatched
    }

    package var kind: Kind
    /// Which message, e.g. "putObject".
    package var message: String
    /// Which field, e.g. "key".
    package var field: String
    /// Byte offset in the payload; 0 where the encoder refuses.
    package var offset: Int

    package init(_ kind: Kind, message: String, field: String, offset: Int = 0) {
        self.kind = kind
        self.message = message
        self.field = field
        self.offset = offset
    }

    package var description: String {
        let what =
            switch kind {
            case .truncated(let needed, let remaining): "\(field) needs \(needed) bytes, \(remaining) are left"
            case .exceeds(let value, let limit): "\(field) \(value) exceeds limit \(limit)"
            case .notAllowed(let value, let allowed): "\(field) is \(value), allowed: \(allowed)"
            case .trailing(let count): "\(count) bytes after the last field"
            case .unsorted(let index): "\(field) \(index) is not above the one before"
            case .wrongType(let type): "frame type \(type) is not one of this message"
            case .mismatched: "\(field) does not answer the syscall"
            }
        return "\(what) (\(message), byte \(offset))"
    }
}
