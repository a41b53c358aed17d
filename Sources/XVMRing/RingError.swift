// SPDX-License-Identifier: Apache-2.0
// What can end a conversation over a channel.

/// Why a frame was not received or not sent.
package enum RingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The deadline passed while no frame was there.
    case timedOut
    /// The worker is gone, or cannot run any more; nothing that it left in the ring is decoded.
    case poisoned
    /// The worker broke the format of segments or frames.
    case breach(Breach)
    /// A bug of the host: a payload above the limit, in bytes.
    case payloadTooLarge(size: Int, limit: Int)
    /// A bug of the host: a frame of this type is not awaited by the worker now.
    case outOfTurn(type: UInt16)

    package var description: String {
        switch self {
        case .timedOut: "the deadline passed"
        case .poisoned: "the worker is gone"
        case .breach(let breach): breach.description
        case .payloadTooLarge(let size, let limit): "payload size \(size) exceeds limit \(limit)"
        case .outOfTurn(let type): "frame type \(type) is out of turn"
        }
    }
}

/// How a worker broke the format.
package struct Breach: Error, Equatable, Sendable, CustomStringConvertible {
    /// enum xvm_ring_breach (xvm_ring.h); raw values are stable.
    package enum Reason: UInt32, CaseIterable, Sendable {
        case geometry = 1
        case tailAlignment = 2
        case tailBackwards = 3
        case tailBeyond = 4
        case head = 5
        case flags = 6
        case sequence = 7
        case type = 8
        case pad = 9
        case length = 10
        case truncated = 11
        case crossesEnd = 12
        case correlation = 13
        case noRoom = 14
        case spuriousWakes = 15
        case futex = 16
        case pieces = 17
    }
    package var reason: Reason
    /// What the worker wrote, or did.
    package var value: UInt64
    /// What was allowed.
    package var limit: UInt64
    /// Which frame was expected, per direction and from 0.
    package var sequence: UInt32
    /// Byte position in the worker's ring, from its begin.
    package var position: UInt64

    package init(reason: Reason, value: UInt64, limit: UInt64, sequence: UInt32, position: UInt64) {
        self.reason = reason
        self.value = value
        self.limit = limit
        self.sequence = sequence
        self.position = position
    }

    package var description: String {
        let what =
            switch reason {
            case .geometry: "ring capacity \(value) is not a power of two up to \(limit)"
            case .tailAlignment: "tail \(value) is not a multiple of \(limit)"
            case .tailBackwards: "tail \(value) is below the last one, \(limit)"
            case .tailBeyond: "\(value) bytes published exceed the capacity \(limit)"
            case .head: "head \(value) is outside what was sent, up to \(limit)"
            case .flags: "flags \(value) are not \(limit)"
            case .sequence: "sequence \(value) is not the expected \(limit)"
            case .type: "frame type \(value) is not allowed now (phase \(limit))"
            case .pad: "padding of \(value) bytes is not the rest of the ring, \(limit)"
            case .length: "payload size \(value) exceeds limit \(limit)"
            case .truncated: "frame size \(value) exceeds the \(limit) bytes published"
            case .crossesEnd: "frame size \(value) exceeds the \(limit) bytes up to the end of the ring"
            case .correlation: "correlation \(value) is not the expected \(limit)"
            case .noRoom: "a frame of \(value) bytes finds no room where the protocol promises it, \(limit) are free"
            case .spuriousWakes: "\(value) wakes without a frame exceed limit \(limit)"
            case .futex: "futex failed with errno \(value)"
            case .pieces: "frame type \(value) stands between the pieces of a message of type \(limit)"
            }
        return "\(what) (frame \(sequence), ring position \(position))"
    }
}
