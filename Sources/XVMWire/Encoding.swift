// SPDX-License-Identifier: Apache-2.0
// Messages from host to worker, as bytes. Layouts: xvm_wire.h and docs/wire-format.md.

/// Appends fields, little-endian.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func number<Number: FixedWidthInteger>(_ value: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> Number(shift)))
        }
    }
    /// The caller has checked that the whole message fits a frame, so every size fits 32 bits.
    mutating func field(_ value: [UInt8]) {
        number(UInt32(value.count))
        bytes += value
    }
}

/// Sizes are Ints of arrays in memory: their sum cannot overflow before memory ends.
private func requireFrame(_ size: Int, message: String) throws(WireError) {
    if size > WireFormat.payloadSizeMax {
        throw WireError(
            .exceeds(value: UInt64(size), limit: UInt64(WireFormat.payloadSizeMax)), message: message, field: "frame size")
    }
}

extension Invocation {
    /// The payload of an INVOCATION frame.
    /// - Throws: `exceeds` when it does not fit one frame, `notAllowed` for a gas limit outside 0 ..< 2^62, `unsorted` for arguments.
    package func encode() throws(WireError) -> [UInt8] {
        guard gasLimit >= 0, gasLimit < WireFormat.gasLimitEnd else {
            throw WireError(.notAllowed(value: gasLimit, allowed: "0 ..< 2^62"), message: "invocation", field: "gas limit")
        }
        let size = 32 + guestSize + entrySize
        try requireFrame(size, message: "invocation")
        var writer = MessageWriter(capacity: size)
        let kind: WireFormat.EntryKind =
            switch entry {
            case .method: .method
            case .function: .function
            }
        writer.number(kind.rawValue)
        for _ in 0..<3 { writer.number(UInt8(0)) }
        writer.number(exportIndex)
        writer.number(gasLimit)
        writer.number(frameLimit)
        writer.number(stackLimit)
        writer.number(memoryPagesMax)
        switch guest {
        case .none: writer.number(WireFormat.GuestKind.none.rawValue)
        case .emscripten(let stackAlloc, let malloc):
            writer.number(WireFormat.GuestKind.emscripten.rawValue)
            writer.number(stackAlloc ?? WireFormat.noExport)
            writer.number(malloc ?? WireFormat.noExport)
        }
        switch entry {
        case .method(let call):
            for part in [call.method, call.caller, call.initiator, call.amount] { writer.field(part) }
            writer.number(UInt32(call.arguments.count))
            for (index, argument) in call.arguments.enumerated() {
                if index > 0, !call.arguments[index - 1].key.lexicographicallyPrecedes(argument.key) {
                    throw WireError(.unsorted(index: index), message: "invocation", field: "argument")
                }
                writer.field(argument.key)
                writer.field(argument.value)
            }
        case .function(let slots):
            writer.number(UInt32(slots.count))
            for slot in slots { writer.number(slot) }
        }
        assert(writer.bytes.count == size)
        return writer.bytes
    }

    private var guestSize: Int {
        switch guest {
        case .none: 0
        case .emscripten: 8
        }
    }

    private var entrySize: Int {
        switch entry {
        case .method(let call):
            call.arguments.reduce(20 + call.method.count + call.caller.count + call.initiator.count + call.amount.count) {
                $0 + 8 + $1.key.count + $1.value.count
            }
        case .function(let slots): 4 + 8 * slots.count
        }
    }
}

extension SyscallResult {
    /// The payload of a RESULT frame.
    /// - Throws: `exceeds` when a value or the whole is too large, `mismatched` for `.none`, which no frame answers.
    package func encode() throws(WireError) -> [UInt8] {
        switch self {
        case .value(let value):
            if value.count > WireFormat.valueSizeMax {
                throw WireError(
                    .exceeds(value: UInt64(value.count), limit: UInt64(WireFormat.valueSizeMax)), message: "result",
                    field: "value size")
            }
            return Self.encode(.found, value: value)
        case .notFound: return Self.encode(.notFound, value: [])
        case .deleted: return Self.encode(.deleted, value: [])
        case .items(let items):
            let size = items.reduce(8) { $0 + 8 + $1.key.count + $1.value.count }
            try requireFrame(size, message: "result")
            var writer = MessageWriter(capacity: size)
            writer.number(WireFormat.ResultStatus.found.rawValue)
            writer.number(UInt32(items.count))
            for item in items {
                writer.field(item.key)
                writer.field(item.value)
            }
            return writer.bytes
        case .itemTooLarge(let size):
            var writer = MessageWriter(capacity: 12)
            writer.number(WireFormat.ResultStatus.tooSmall.rawValue)
            writer.number(UInt32(0))
            writer.number(size)
            return writer.bytes
        case .flushed:
            var writer = MessageWriter(capacity: 4)
            writer.number(WireFormat.ResultStatus.found.rawValue)
            return writer.bytes
        case .reply(let reply): return try reply.encode()
        case .none: throw WireError(.mismatched, message: "result", field: "none")
        }
    }

    /// The payload of the RESULT frame to `syscall`, nil where it is a posted one.
    /// - Throws: as `encode()`, and `mismatched` or `exceeds` when the handler's answer is not one to this syscall.
    package func encode(answering syscall: Syscall) throws(WireError) -> [UInt8]? {
        switch (syscall, self) {
        case (.getObject, .value), (.getObject, .notFound), (.getObject, .deleted), (.flush, .flushed): break
        case (.newIterator(_, _, let itemCountMax, let sizeMax), .items(let items)):
            try Self.require(items.count, "item count", limit: Int(itemCountMax))
            try Self.require(items.reduce(0) { $0 + 8 + $1.key.count + $1.value.count }, "items size", limit: Int(sizeMax))
        case (.newIterator, .itemTooLarge): break
        case (.ask(let ask), .reply(let reply)):
            guard (0...ask.gasLeft).contains(reply.gasUsed) else {
                throw WireError(
                    .notAllowed(value: reply.gasUsed, allowed: "0 ... \(ask.gasLeft)"), message: "result", field: "gas used")
            }
        case (.putObject, .none), (.deleteObject, .none), (.postLog, .none), (.emitEvent, .none): return nil
        default: throw WireError(.mismatched, message: "result", field: "result")
        }
        return try encode()
    }

    private static func require(_ value: Int, _ field: String, limit: Int) throws(WireError) {
        if value > limit {
            throw WireError(.exceeds(value: UInt64(value), limit: UInt64(limit)), message: "result", field: field)
        }
    }

    private static func encode(_ status: WireFormat.ResultStatus, value: [UInt8]) -> [UInt8] {
        var writer = MessageWriter(capacity: 8 + value.count)
        writer.number(status.rawValue)
        writer.field(value)
        return writer.bytes
    }
}

extension Reply {
    /// The payload of the RESULT frame to an ASK.
    fileprivate func encode() throws(WireError) -> [UInt8] {
        func require(_ value: Int, _ field: String, limit: Int) throws(WireError) {
            if value > limit {
                throw WireError(.exceeds(value: UInt64(value), limit: UInt64(limit)), message: "result", field: field)
            }
        }
        try require(message.count, "message size", limit: WireFormat.outputMessageSizeMax)
        try require(body.count, "body size", limit: WireFormat.replyBodySizeMax)
        let status: WireFormat.ResultStatus
        let code: Int32
        switch kind {
        case .done(let given): (status, code) = (.found, given)
        case .notFound: (status, code) = (.notFound, 0)
        case .refused(let error):
            guard error < 0 else {
                throw WireError(.notAllowed(value: Int64(error), allowed: "below 0"), message: "result", field: "code")
            }
            (status, code) = (.refused, error)
        case .ended(let trap): (status, code) = (.ended, Int32(trap?.rawValue ?? WireFormat.trapOutOfGas))
        }
        var writer = MessageWriter(capacity: 24 + message.count + body.count)
        writer.number(status.rawValue)
        writer.number(gasUsed)
        writer.number(code)
        writer.field(message)
        writer.field(body)
        return writer.bytes
    }
}
