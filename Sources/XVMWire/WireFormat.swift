// SPDX-License-Identifier: Apache-2.0
// The numbers of xvm_wire.h as this pure layer needs them. A test of XVMRing compares each with the header.

/// Limits and numbers of the wire format.
package enum WireFormat {
    package static let version: UInt32 = 4
    /// Largest payload of one frame, in bytes.
    package static let payloadSizeMax = 65520
    /// Largest message, in several frames.
    package static let messageSizeMax = 1_114_112
    /// Arguments of a METHOD.
    package static let argumentCountMax = 8190
    package static let keySizeMax = 400
    /// Start and limit of an iterator: the longest key, then one 00 to go on behind it.
    package static let boundSizeMax = 401
    package static let valueSizeMax = 1_048_576
    package static let logSizeMax = 4096
    package static let eventNameSizeMax = 256
    package static let eventBodySizeMax = 1_048_576
    package static let outputMessageSizeMax = 1024
    package static let outputBodySizeMax = 1_048_576
    package static let stepCountMax = 64
    package static let setupTextSizeMax = 256
    /// Largest `sizeMax` of NEW_ITERATOR: its RESULT (status, count, items) fits one message.
    package static let iteratorSizeMax = messageSizeMax - 8
    /// Upper bound, exclusive, of a gas limit.
    package static let gasLimitEnd: Int64 = 1 << 62
    package static let memoryPagesMax: UInt32 = 65536
    /// "No listener" in SEALED.
    package static let noListener = UInt32.max

    /// Frame types.
    package enum FrameType: UInt16, CaseIterable, Sendable {
        case pad = 0x00
        case invocation = 0x01
        case result = 0x02
        case sealed = 0x41
        case outcome = 0x42
        case setupFailed = 0x43
        case getObject = 0x81
        case newIterator = 0x82
        case flush = 0x83
        case ask = 0x84
        case more = 0x85
        case putObject = 0xc1
        case deleteObject = 0xc2
        case postLog = 0xc3
        case emitEvent = 0xc4
    }

    /// Status of RESULT.
    package enum ResultStatus: UInt32, CaseIterable, Sendable {
        case found = 0
        case notFound = 1
        case deleted = 2
        case tooSmall = 3
        case refused = 4
        case ended = 5
    }

    /// Greatest body of an answer to ASK: XVM_REPLY_BODY_SIZE_MAX.
    package static let replyBodySizeMax = messageSizeMax - 24 - outputMessageSizeMax
    /// "No export" in INVOCATION.
    package static let noExport = UInt32.max

    /// Guest of INVOCATION.
    package enum GuestKind: UInt32, CaseIterable, Sendable {
        case none = 0
        case emscripten = 1
    }

    /// Entry of INVOCATION.
    package enum EntryKind: UInt8, CaseIterable, Sendable {
        case method = 0
        case function = 1
    }

    /// Ending of OUTCOME.
    package enum EndingKind: UInt8, CaseIterable, Sendable {
        case returned = 0
        case trapped = 1
        case outOfGas = 2
    }

    /// What OUTCOME may carry as its trap besides `Trap`: none, and the C side's name for the end of the gas.
    package static let trapNone: UInt8 = 0
    package static let trapOutOfGas: UInt8 = 12
}
