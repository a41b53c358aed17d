// SPDX-License-Identifier: Apache-2.0
// Messages from host to worker, as bytes. Layouts: xvm_wire.h and docs/wire-format.md.

/// Appends fields, little-endian.
struct MessageWriter {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Writes over what `bytes` had, in its memory.
    init(reusing bytes: consuming [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        self.bytes = bytes
    }

    @inline(__always)
    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number) {
        // SAFETY: the buffer is the integer's own bytes, in little-endian order, and is used inside the closure only.
        unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    /// The caller has checked the size of the whole message, so every size fits 32 bits.
    mutating func field(_ value: [UInt8]) {
        number(UInt32(value.count))
        bytes += value
    }
}

/// Writes fields, little-endian, into memory of exactly their size.
/// SAFETY: `rest` is what is left of memory that whoever makes the writer keeps alive and to itself; each write is checked against it.
@safe private struct PlaceWriter {
    private var rest: UnsafeMutableRawBufferPointer

    init(_ place: UnsafeMutableRawBufferPointer) { unsafe rest = place }

    @inline(__always)
    private mutating func take(_ size: Int) -> UnsafeMutableRawBufferPointer {
        unsafe precondition(size <= rest.count, "a message larger than its size")
        defer { unsafe rest = UnsafeMutableRawBufferPointer(rebasing: rest[size...]) }
        return unsafe UnsafeMutableRawBufferPointer(rebasing: rest[..<size])
    }

    @inline(__always)
    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number) {
        unsafe take(MemoryLayout<Number>.size).storeBytes(of: value.littleEndian, as: Number.self)
    }
    /// The caller has checked the size of the whole message, so every size fits 32 bits.
    mutating func field(_ value: [UInt8]) {
        number(UInt32(value.count))
        unsafe value.withUnsafeBytes { unsafe take(value.count).copyMemory(from: $0) }
    }
    func finish() { unsafe precondition(rest.isEmpty, "a message smaller than its size") }
}

/// Sizes are Ints of arrays in memory: their sum cannot overflow before memory ends.
private func requireMessage(_ size: Int, message: String) throws(WireError) {
    if size > WireFormat.messageSizeMax {
        throw WireError(
            .exceeds(value: UInt64(size), limit: UInt64(WireFormat.messageSizeMax)), message: message, field: "message size")
    }
}

extension Invocation {
    /// The payload of an INVOCATION frame.
    /// - Throws: `exceeds` when it does not fit one message or has too many arguments, `notAllowed` for a gas limit outside 0 ..< 2^62, `unsorted` for arguments.
    package func encode() throws(WireError) -> [UInt8] {
        guard gasLimit >= 0, gasLimit < WireFormat.gasLimitEnd else {
            throw WireError(.notAllowed(value: gasLimit, allowed: "0 ..< 2^62"), message: "invocation", field: "gas limit")
        }
        let size = 32 + guestSize + entrySize
        try requireMessage(size, message: "invocation")
        if case .method(let call) = entry, call.arguments.count > WireFormat.argumentCountMax {
            throw WireError(
                .exceeds(value: UInt64(call.arguments.count), limit: UInt64(WireFormat.argumentCountMax)), message: "invocation",
                field: "argument count")
        }
        if case .method(let call) = entry {
            for index in call.arguments.indices.dropFirst()
            where !call.arguments[index - 1].key.lexicographicallyPrecedes(call.arguments[index].key) {
                throw WireError(.unsorted(index: index), message: "invocation", field: "argument")
            }
        }
        // SAFETY: the writer stays inside the closure, and has written all `size` bytes when it is finished.
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            var writer = unsafe PlaceWriter(UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: size))
            write(to: &writer)
            writer.finish()
            count = size
        }
    }

    private func write(to writer: inout PlaceWriter) {
        switch entry {
        case .method: writer.number(UInt32(WireFormat.EntryKind.method.rawValue))  // a byte and three zeros
        case .function: writer.number(UInt32(WireFormat.EntryKind.function.rawValue))
        }
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
            writer.field(call.method)
            writer.field(call.caller)
            writer.field(call.initiator)
            writer.field(call.amount)
            writer.number(UInt32(call.arguments.count))
            for argument in call.arguments {
                writer.field(argument.key)
                writer.field(argument.value)
            }
        case .function(let slots):
            writer.number(UInt32(slots.count))
            for slot in slots { writer.number(slot) }
        }
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

extension FoundObject {
    /// Bytes of the RESULT frame's payload.
    package var encodedSize: Int {
        if case .value(let value) = self { 8 + value.count } else { 8 }
    }

    /// The payload of a RESULT frame, as `SyscallResult.encode` makes it.
    /// - Parameter place: `encodedSize` bytes.
    /// - Requires: a value of at most `WireFormat.payloadSizeMax` - 8 bytes.
    package func encode(into place: UnsafeMutableRawBufferPointer) {
        precondition(place.count == encodedSize)
        let status: WireFormat.ResultStatus =
            switch self {
            case .value: .found
            case .notFound: .notFound
            case .deleted: .deleted
            }
        // By hand, not by the writer that an invocation has: its checks cost each get 10 to 20 ns, and here one check covers all.
        // SAFETY: all three lie inside `place`, whose size was checked.
        unsafe place.storeBytes(of: status.rawValue.littleEndian, toByteOffset: 0, as: UInt32.self)
        unsafe place.storeBytes(of: UInt32(place.count - 8).littleEndian, toByteOffset: 4, as: UInt32.self)
        guard case .value(let value) = self else { return }
        unsafe value.withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(rebasing: place[8...]).copyMemory(from: $0) }
    }
}

extension SyscallResult {
    /// The payload of a RESULT frame.
    /// - Throws: `exceeds` when a value or the whole is too large, `mismatched` for `.none`, which no frame answers.
    package func encode() throws(WireError) -> [UInt8] {
        var writer = MessageWriter(capacity: 16)
        try write(to: &writer)
        return writer.bytes
    }

    private func write(to writer: inout MessageWriter) throws(WireError) {
        switch self {
        case .value(let value):
            if value.count > WireFormat.valueSizeMax {
                throw WireError(
                    .exceeds(value: UInt64(value.count), limit: UInt64(WireFormat.valueSizeMax)), message: "result",
                    field: "value size")
            }
            writer.number(WireFormat.ResultStatus.found.rawValue)
            writer.field(value)
        case .notFound: writer.number(UInt64(WireFormat.ResultStatus.notFound.rawValue))  // with an empty value
        case .deleted: writer.number(UInt64(WireFormat.ResultStatus.deleted.rawValue))
        case .items(let items):
            let size = items.reduce(8) { $0 + 8 + $1.key.count + $1.value.count }
            try requireMessage(size, message: "result")
            writer.number(WireFormat.ResultStatus.found.rawValue)
            writer.number(UInt32(items.count))
            for item in items {
                writer.field(item.key)
                writer.field(item.value)
            }
        case .itemTooLarge(let size):
            writer.number(WireFormat.ResultStatus.tooSmall.rawValue)
            writer.number(UInt32(0))
            writer.number(size)
        case .flushed: writer.number(WireFormat.ResultStatus.found.rawValue)
        case .reply(let reply): try reply.write(to: &writer)
        case .none: throw WireError(.mismatched, message: "result", field: "none")
        }
    }

    /// The payload of the RESULT frame to `syscall`, nil where it is a posted one.
    /// - Throws: as `encode()`, and `mismatched` or `exceeds` when the handler's answer is not one to this syscall.
    package func encode(answering syscall: Syscall) throws(WireError) -> [UInt8]? {
        var bytes: [UInt8] = []
        return try encode(answering: syscall, into: &bytes) ? bytes : nil
    }

    /// The same in the memory of `bytes`, whose content is replaced; for the way of every syscall.
    /// - Returns: false where the syscall is a posted one.
    package func encode(answering syscall: Syscall, into bytes: inout [UInt8]) throws(WireError) -> Bool {
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
        case (.putObject, .none), (.deleteObject, .none), (.postLog, .none), (.emitEvent, .none): return false
        default: throw WireError(.mismatched, message: "result", field: "result")
        }
        var writer = MessageWriter(reusing: bytes)
        bytes = []
        try write(to: &writer)
        bytes = writer.bytes
        return true
    }

    private static func require(_ value: Int, _ field: String, limit: Int) throws(WireError) {
        if value > limit {
            throw WireError(.exceeds(value: UInt64(value), limit: UInt64(limit)), message: "result", field: field)
        }
    }
}

extension Reply {
    /// The payload of the RESULT frame to an ASK.
    fileprivate func write(to writer: inout MessageWriter) throws(WireError) {
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
        writer.number(status.rawValue)
        writer.number(gasUsed)
        writer.number(code)
        writer.field(message)
        writer.field(body)
    }
}
