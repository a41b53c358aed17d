// SPDX-License-Identifier: Apache-2.0
// Messages from worker to host, verified. Layouts and limits: xvm_wire.h; a limit is checked here again, because the worker's own
// check ran beside the contract. A refusal is a breach of the protocol.

extension Syscall {
    /// - Parameter type: the frame's type, one of the syscalls'.
    package init(verifying payload: Untrusted<[UInt8]>, type: UInt16) throws(WireError) {
        switch WireFormat.FrameType(rawValue: type) {
        case .getObject:
            var reader = MessageReader(payload, message: "getObject")
            let key = try reader.bytes("key", limit: WireFormat.keySizeMax)
            try reader.finish()
            self = .getObject(key: key)
        case .newIterator:
            var reader = MessageReader(payload, message: "newIterator")
            let start = try reader.bytes("start", limit: WireFormat.boundSizeMax)
            let limit = try reader.bytes("limit", limit: WireFormat.boundSizeMax)
            let itemCountMax = try reader.u32("item count")
            let sizeMax = try reader.u32("items size", limit: UInt32(WireFormat.iteratorSizeMax))
            try reader.finish()
            self = .newIterator(start: start, limit: limit, itemCountMax: itemCountMax, sizeMax: sizeMax)
        case .flush:
            try MessageReader(payload, message: "flush").finish()
            self = .flush
        case .ask: self = .ask(try Ask(verifying: payload))
        case .putObject:
            var reader = MessageReader(payload, message: "putObject")
            let key = try reader.bytes("key", limit: WireFormat.keySizeMax)
            let value = try reader.bytes("value", limit: WireFormat.valueSizeMax)
            try reader.finish()
            self = .putObject(key: key, value: value)
        case .deleteObject:
            var reader = MessageReader(payload, message: "deleteObject")
            let key = try reader.bytes("key", limit: WireFormat.keySizeMax)
            try reader.finish()
            self = .deleteObject(key: key)
        case .postLog:
            var reader = MessageReader(payload, message: "postLog")
            let text = try reader.bytes("text", limit: WireFormat.logSizeMax)
            try reader.finish()
            self = .postLog(text: text)
        case .emitEvent:
            var reader = MessageReader(payload, message: "emitEvent")
            let name = try reader.bytes("name", limit: WireFormat.eventNameSizeMax)
            let body = try reader.bytes("body", limit: WireFormat.eventBodySizeMax)
            try reader.finish()
            self = .emitEvent(name: name, body: body)
        case .pad, .invocation, .result, .sealed, .outcome, .setupFailed, .more, nil:
            throw WireError(.wrongType(type), message: "syscall", field: "type")
        }
    }

    /// The payload of getObject, without a copy.
    /// - Parameter verifying: what a worker claims.
    /// - Returns: where in it the key stands.
    package static func objectKey(verifying payload: Span<UInt8>) throws(WireError) -> Range<Int> {
        // The messages are those of the reader, which this goes past: it runs for every get.
        let size = payload.count < 4 ? 0 : (0..<4).reduce(0) { $0 | Int(payload[$1]) << (8 * $1) }
        if payload.count >= 4, size <= WireFormat.keySizeMax, size == payload.count - 4 { return 4..<payload.count }
        // So it will be refused, with the reason.
        _ = try Syscall(verifying: Untrusted([UInt8](copying: payload)), type: WireFormat.FrameType.getObject.rawValue)
        throw WireError(.mismatched, message: "getObject", field: "key")
    }

    /// True where the worker waits for a RESULT.
    package var isSynchronous: Bool {
        switch self {
        case .getObject, .newIterator, .flush, .ask: true
        case .putObject, .deleteObject, .postLog, .emitEvent: false
        }
    }
}

extension Ask {
    /// The payload of an ASK frame.
    package init(verifying payload: Untrusted<[UInt8]>) throws(WireError) {
        var reader = MessageReader(payload, message: "ask")
        let call = try reader.u32("call")
        let gasLeft = Int64(bitPattern: try reader.u64("gas left"))
        if gasLeft < 0 { throw reader.refused(.notAllowed(value: gasLeft, allowed: "0 and up"), "gas left", at: 4) }
        let gasLimit = Int64(bitPattern: try reader.u64("gas limit"))
        let isCall = call == 1
        if gasLimit < -1 || (!isCall && gasLimit != -1) {
            throw reader.refused(.notAllowed(value: gasLimit, allowed: isCall ? "-1 and up" : "-1"), "gas limit", at: 12)
        }
        let fieldCount: UInt32
        switch call {
        case 1, 9: fieldCount = 3
        case 2, 7, 8: fieldCount = 2
        case 3, 4, 5, 10: fieldCount = 1
        case 6: fieldCount = 0
        default: throw reader.refused(.notAllowed(value: Int64(call), allowed: "1 ... 10"), "call", at: 0)
        }
        let count = try reader.u32("field count")
        guard count == fieldCount else {
            throw reader.refused(.notAllowed(value: Int64(count), allowed: "\(fieldCount)"), "field count", at: 20)
        }
        var fields: [[UInt8]] = []
        for _ in 0..<count { fields.append(try reader.bytes("field", limit: WireFormat.messageSizeMax)) }
        try reader.finish()
        let question: Question
        switch call {
        case 1:
            question = .contractCall(
                contract: fields[0], method: fields[1], arguments: fields[2], gasLimit: gasLimit < 0 ? nil : gasLimit)
        case 2: question = .transfer(to: fields[0], amount: fields[1])
        case 3: question = .transaction(id: fields[0])
        case 4: question = .block(id: fields[0])
        case 5: question = .accountAddresses(account: fields[0])
        case 6: question = .authRequire
        case 7: question = .crossQuery(uri: fields[0], arguments: fields[1])
        case 8: question = .syscall(method: fields[0], request: fields[1])
        case 9: question = .verifySignature(key: fields[0], signature: fields[1], hash: fields[2])
        default: question = .keyAddress(key: fields[0])
        }
        self.init(question, gasLeft: gasLeft)
    }
}

extension Ending {
    /// The payload of an OUTCOME frame. An output beside a trap or the end of the gas is dropped: such an end leaves no effects.
    /// - Parameter gasLimit: the invocation's; `gasUsed` lies in 0 ... gasLimit where it returned and equals it otherwise.
    package init(verifying payload: Untrusted<[UInt8]>, gasLimit: Int64) throws(WireError) {
        var reader = MessageReader(payload, message: "outcome")
        let endingByte = try reader.u8("ending")
        let trapByte = try reader.u8("trap")
        let kind = try Self.kind(ending: endingByte, trap: trapByte, reader)
        let hasOutput = try reader.u8("hasOutput")
        if hasOutput > 1 { throw reader.refused(.notAllowed(value: Int64(hasOutput), allowed: "0, 1"), "hasOutput", at: 2) }
        try reader.zero("zero")
        let memoryPages = try reader.u32("memory pages", limit: WireFormat.memoryPagesMax)
        let gasUsed = Int64(bitPattern: try reader.u64("gas used"))
        let lowest = kind == .returned ? 0 : gasLimit
        if gasUsed < lowest || gasUsed > gasLimit {
            let allowed = lowest == gasLimit ? "\(gasLimit)" : "0 ... \(gasLimit)"
            throw reader.refused(.notAllowed(value: gasUsed, allowed: allowed), "gas used", at: 8)
        }
        let status = Int32(bitPattern: try reader.u32("status"))
        let message = try reader.bytes("message", limit: WireFormat.outputMessageSizeMax)
        let body = try reader.bytes("body", limit: WireFormat.outputBodySizeMax)
        let countOffset = reader.offset
        let slotCount = try reader.u32("slot count")
        // Before any allocation: each slot takes eight of the bytes that are there.
        if UInt64(slotCount) * 8 > UInt64(reader.remaining) {
            throw reader.refused(
                .exceeds(value: UInt64(slotCount), limit: UInt64(reader.remaining / 8)), "slot count", at: countOffset)
        }
        var slots: [UInt64] = []
        slots.reserveCapacity(Int(slotCount))
        for _ in 0..<slotCount { slots.append(try reader.u64("slot")) }
        try reader.finish()

        let output = hasOutput == 1 && kind == .returned ? Output(status: status, message: message, body: body) : nil
        self.init(
            kind: kind, gasUsed: gasUsed, memoryPages: memoryPages, output: output,
            abortText: kind == .trapped(.hostAbort) ? message : [], slots: kind == .returned ? slots : [])
    }

    private static func kind(ending: UInt8, trap: UInt8, _ reader: MessageReader) throws(WireError) -> Kind {
        switch WireFormat.EndingKind(rawValue: ending) {
        case .returned:
            if trap != WireFormat.trapNone { throw reader.refused(.notAllowed(value: Int64(trap), allowed: "0"), "trap", at: 1) }
            return .returned
        case .outOfGas:
            guard trap == WireFormat.trapNone || trap == WireFormat.trapOutOfGas else {
                throw reader.refused(.notAllowed(value: Int64(trap), allowed: "0, 12"), "trap", at: 1)
            }
            return .outOfGas
        case .trapped:
            guard let trap = Trap(rawValue: trap) else {
                throw reader.refused(.notAllowed(value: Int64(trap), allowed: "1 ... 11"), "trap", at: 1)
            }
            return .trapped(trap)
        case nil:
            throw reader.refused(.notAllowed(value: Int64(ending), allowed: "0 ... 2"), "ending", at: 0)
        }
    }
}
