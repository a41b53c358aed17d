// SPDX-License-Identifier: Apache-2.0
import Testing
import XVMWire

private typealias Type = WireFormat.FrameType

@Suite struct SyscallDecodingTests {
    /// One good payload per syscall type, at its limits.
    static let good: [(type: UInt16, payload: [UInt8], syscall: Syscall)] = {
        let key = [UInt8](repeating: 7, count: 400)
        let value = [UInt8](repeating: 8, count: 1048576)
        let name = [UInt8](repeating: 9, count: 256)
        return [
            (Type.getObject.rawValue, field(key), .getObject(key: key)),
            (Type.getObject.rawValue, field([]), .getObject(key: [])),
            (
                Type.newIterator.rawValue, field(key) + field(key) + little(UInt32.max) + little(UInt32(1114104)),
                .newIterator(start: key, limit: key, itemCountMax: .max, sizeMax: 1114104)
            ),
            (
                Type.newIterator.rawValue, field("a") + field([]) + little(UInt32(0)) + little(UInt32(0)),
                .newIterator(start: [97], limit: [], itemCountMax: 0, sizeMax: 0)
            ),
            (Type.flush.rawValue, [], .flush),
            (
                Type.ask.rawValue,
                little(UInt32(1)) + little(UInt64(70)) + little(UInt64.max) + little(UInt32(3)) + field("c") + field("m")
                    + field(name),
                .ask(Ask(.contractCall(contract: [99], method: [109], arguments: name, gasLimit: nil), gasLeft: 70))
            ),
            (
                Type.ask.rawValue,
                little(UInt32(1)) + little(UInt64(70)) + little(UInt64(0)) + little(UInt32(3)) + field("c") + field("m")
                    + field([]),
                .ask(Ask(.contractCall(contract: [99], method: [109], arguments: [], gasLimit: 0), gasLeft: 70))
            ),
            (
                Type.ask.rawValue, little(UInt32(6)) + little(UInt64(0)) + little(UInt64.max) + little(UInt32(0)),
                .ask(Ask(.authRequire, gasLeft: 0))
            ),
            (
                Type.ask.rawValue,
                little(UInt32(8)) + little(UInt64(1)) + little(UInt64.max) + little(UInt32(2)) + field("Ping") + field([]),
                .ask(Ask(.syscall(method: Array("Ping".utf8), request: []), gasLeft: 1))
            ),
            (Type.putObject.rawValue, field(key) + field(value), .putObject(key: key, value: value)),
            (Type.putObject.rawValue, field("k") + field([]), .putObject(key: [107], value: [])),
            (Type.deleteObject.rawValue, field(key), .deleteObject(key: key)),
            (Type.postLog.rawValue, field(zeros(4096)), .postLog(text: zeros(4096))),
            (Type.emitEvent.rawValue, field(name) + field(value), .emitEvent(name: name, body: value)),
        ]
    }()

    private func refusal(_ type: UInt16, _ payload: [UInt8]) -> WireError? {
        let error: WireError?
        do throws(WireError) {
            _ = try Syscall(verifying: Untrusted(payload), type: type)
            error = nil
        } catch let refused { error = refused }
        // The way of a get without a copy refuses the same for the same reason.
        if type == Type.getObject.rawValue { #expect(objectKey(payload).error == error) }
        return error
    }

    private func objectKey(_ payload: [UInt8]) -> (range: Range<Int>?, error: WireError?) {
        do throws(WireError) { return (try Syscall.objectKey(verifying: payload.span), nil) } catch { return (nil, error) }
    }

    @Test("every syscall is decoded at its limits")
    func limits() throws {
        for (type, payload, syscall) in Self.good {
            #expect(payload.count <= WireFormat.messageSizeMax)
            #expect(try Syscall(verifying: Untrusted(payload), type: type) == syscall)
            if case .getObject(let key) = syscall { #expect(objectKey(payload).range.map { Array(payload[$0]) } == key) }
        }
    }

    @Test("every truncation of every syscall is refused as truncated")
    func truncations() {
        for (type, payload, _) in Self.good {
            // Long runs of one field's bytes are cut at some places, everything else at every place.
            let cuts =
                payload.count < 2000
                ? Array(0..<payload.count) : Array(0..<600) + Array(stride(from: 600, to: payload.count, by: 997))
            for cut in cuts {
                guard case .truncated? = refusal(type, Array(payload[..<cut]))?.kind else {
                    Issue.record(
                        "type \(type), \(cut) of \(payload.count) bytes: \(String(describing: refusal(type, Array(payload[..<cut]))))"
                    )
                    continue
                }
            }
        }
    }

    @Test("one byte after the last field is refused")
    func trailing() {
        for (type, payload, _) in Self.good {
            let error = refusal(type, payload + [0])
            #expect(error?.kind == .trailing(count: 1))
            #expect(error?.offset == payload.count)
        }
    }

    @Test(
        "a field one byte above its limit is refused before it is read",
        arguments: [
            (Type.getObject, field(zeros(401)), UInt64(401), UInt64(400), "key size"),
            (.deleteObject, field(zeros(401)), 401, 400, "key size"),
            (.putObject, field(zeros(401)) + field([]), 401, 400, "key size"),
            (.putObject, field([]) + field(zeros(1048577)), 1048577, 1048576, "value size"),
            (.newIterator, field(zeros(402)) + field([]) + zeros(8), 402, 401, "start size"),
            (.newIterator, field([]) + field(zeros(402)) + zeros(8), 402, 401, "limit size"),
            (.newIterator, field([]) + field([]) + zeros(4) + little(UInt32(1114105)), 1114105, 1114104, "items size"),
            (.postLog, field(zeros(4097)), 4097, 4096, "text size"),
            (.emitEvent, field(zeros(257)) + field([]), 257, 256, "name size"),
            (.emitEvent, field([]) + field(zeros(1048577)), 1048577, 1048576, "body size"),
            (.getObject, little(UInt32.max), 0xffff_ffff, 400, "key size"),
        ])
    func tooLarge(type: WireFormat.FrameType, payload: [UInt8], value: UInt64, limit: UInt64, field: String) {
        let error = refusal(type.rawValue, payload)
        #expect(error?.kind == .exceeds(value: value, limit: limit))
        #expect(error?.field == field)
    }

    @Test("a frame type that is no syscall is refused")
    func wrongType() {
        let types = Set(Self.good.map(\.type))
        for type in UInt16.min...0x1ff where !types.contains(type) { #expect(refusal(type, [])?.kind == .wrongType(type)) }
    }

    @Test("a refusal says what, the value, the limit and where")
    func text() {
        #expect(
            refusal(Type.putObject.rawValue, field(zeros(401)))?.description
                == "key size 401 exceeds limit 400 (putObject, byte 0)")
        #expect(
            refusal(Type.getObject.rawValue, little(UInt32(9)) + [1])?.description
                == "key needs 9 bytes, 1 are left (getObject, byte 4)")
    }
}

@Suite struct EndingDecodingTests {
    private func refusal(_ payload: [UInt8], gasLimit: Int64 = 10) -> WireError? {
        do throws(WireError) {
            _ = try Ending(verifying: Untrusted(payload), gasLimit: gasLimit)
            return nil
        } catch { return error }
    }
    private func decoded(_ payload: [UInt8], gasLimit: Int64 = 10) throws -> Ending {
        try Ending(verifying: Untrusted(payload), gasLimit: gasLimit)
    }

    @Test("a return with output and slots is decoded in every part")
    func returned() throws {
        let message = [UInt8](repeating: 1, count: 1024)
        let body = [UInt8](repeating: 2, count: 1048576)
        let payload = outcome(hasOutput: 1, memoryPages: 65536, status: -3, message: message, body: body, slots: [1, .max])
        let ending = try decoded(payload)
        #expect(
            ending
                == Ending(
                    kind: .returned, gasUsed: 5, memoryPages: 65536, output: Output(status: -3, message: message, body: body),
                    abortText: [], slots: [1, .max]))
        #expect(payload.count <= WireFormat.messageSizeMax)
    }

    @Test("each trap has its number, and only a host abort has a text")
    func traps() throws {
        for trap in Trap.allCases {
            let ending = try decoded(outcome(ending: 1, trap: trap.rawValue, gasUsed: 10, message: [65]))
            #expect(ending.kind == .trapped(trap))
            #expect(ending.abortText == (trap == .hostAbort ? [65] : []))
        }
        for trap in UInt8.min...UInt8.max where Trap(rawValue: trap) == nil {
            #expect(refusal(outcome(ending: 1, trap: trap, gasUsed: 10))?.field == "trap")
        }
    }

    @Test("an output beside a trap or the end of the gas leaves no effect")
    func droppedOutput() throws {
        for ending in [
            try decoded(outcome(ending: 1, trap: 1, hasOutput: 1, gasUsed: 10, body: [1], slots: [3])),
            try decoded(outcome(ending: 2, hasOutput: 1, gasUsed: 10, body: [1], slots: [3])),
        ] {
            #expect(ending.output == nil && ending.slots.isEmpty && ending.abortText.isEmpty)
        }
    }

    @Test("the end of the gas may carry its own trap number or none")
    func outOfGas() throws {
        #expect(try decoded(outcome(ending: 2, gasUsed: 10)).kind == .outOfGas)
        #expect(try decoded(outcome(ending: 2, trap: 12, gasUsed: 10)).kind == .outOfGas)
        #expect(refusal(outcome(ending: 2, trap: 1, gasUsed: 10))?.kind == .notAllowed(value: 1, allowed: "0, 12"))
    }

    @Test(
        "gas outside the limit, or not the whole limit where it ended badly, is refused",
        arguments: [(UInt8(0), Int64(-1)), (0, 11), (0, .max), (0, .min), (2, 9), (2, 0), (2, 11)])
    func gas(ending: UInt8, gasUsed: Int64) {
        let error = refusal(outcome(ending: ending, gasUsed: gasUsed))
        #expect(error?.field == "gas used")
        guard case .notAllowed(gasUsed, _)? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("gas at both ends of the range is accepted")
    func gasEnds() throws {
        #expect(try decoded(outcome(gasUsed: 0)).gasUsed == 0)
        #expect(try decoded(outcome(gasUsed: 10)).gasUsed == 10)
    }

    @Test("an outcome that lies in any field is refused")
    func lies() {
        #expect(refusal(outcome(ending: 3))?.field == "ending")
        #expect(refusal(outcome(trap: 1))?.field == "trap")
        #expect(refusal(outcome(hasOutput: 2))?.field == "hasOutput")
        #expect(refusal(outcome(zero: 1))?.field == "zero")
        #expect(refusal(outcome(memoryPages: 65537))?.kind == .exceeds(value: 65537, limit: 65536))
        #expect(refusal(outcome(message: zeros(1025)))?.kind == .exceeds(value: 1025, limit: 1024))
        #expect(refusal(outcome(body: zeros(1048577)))?.kind == .exceeds(value: 1048577, limit: 1048576))
        #expect(refusal(outcome(slots: [1], slotCount: 2))?.kind == .exceeds(value: 2, limit: 1))
        #expect(refusal(outcome(slots: [1], slotCount: .max))?.kind == .exceeds(value: UInt64(UInt32.max), limit: 1))
        #expect(refusal(outcome(slots: [1], slotCount: 0))?.kind == .trailing(count: 8))
        #expect(refusal(outcome() + [0])?.kind == .trailing(count: 1))
    }

    @Test("every truncation of an outcome is refused")
    func truncations() {
        let payload = outcome(hasOutput: 1, message: [1, 2], body: [3], slots: [4, 5])
        for cut in 0..<payload.count { #expect(refusal(Array(payload[..<cut])) != nil) }
        #expect(refusal(payload) == nil)
    }
}

@Suite struct SetupDecodingTests {
    @Test("a report is decoded with every step")
    func report() throws {
        let report = try SealedReport(verifying: Untrusted(sealed(steps: [(36, 0), (37, 22)])))
        #expect(report.wireVersion == 4 && report.listener == 0 && report.nestableContexts == 1)
        #expect(report.steps == [.init(step: 36, errno: 0), .init(step: 37, errno: 22)])
        let most = (0..<64).map { (UInt16($0), Int16(0)) }
        #expect(try SealedReport(verifying: Untrusted(sealed(listener: .max, steps: most))).steps.count == 64)
    }

    @Test("a report that lies in any field is refused")
    func lies() {
        func refusal(_ payload: [UInt8]) -> WireError? {
            do throws(WireError) {
                _ = try SealedReport(verifying: Untrusted(payload))
                return nil
            } catch { return error }
        }
        #expect(refusal(sealed(version: 2))?.kind == .notAllowed(value: 2, allowed: "4"))
        #expect(refusal(sealed(listener: 1 << 31))?.field == "listener")
        #expect(refusal(sealed(nestable: 0))?.field == "nestable contexts")
        #expect(refusal(sealed(nestable: 256))?.field == "nestable contexts")
        #expect(refusal(sealed(count: 65))?.kind == .exceeds(value: 65, limit: 64))
        #expect(refusal(sealed(steps: [(1, -1)]))?.field == "errno")
        #expect(refusal(sealed(count: 1))?.kind == .trailing(count: 4))
        let payload = sealed()
        for cut in 0..<payload.count {
            guard case .truncated? = refusal(Array(payload[..<cut]))?.kind else {
                Issue.record("\(cut) bytes")
                continue
            }
        }
    }

    @Test("a failed step is decoded, and its text cannot forge a line")
    func failure() throws {
        func decode(_ payload: [UInt8]) throws(WireError) -> SetupFailure { try SetupFailure(verifying: Untrusted(payload)) }
        let failure = try decode(little(UInt32(30)) + little(UInt32(13)) + field("dlopen: \u{1b}[2J\nno\u{0}"))
        #expect(failure.step == 30 && failure.errno == 13)
        #expect(failure.text == "dlopen: ?[2J?no?")
        #expect(throws: WireError.self) { try decode(little(UInt32(65536)) + little(UInt32(1)) + field("")) }
        #expect(throws: WireError.self) { try decode(little(UInt32(1)) + little(UInt32(4096)) + field("")) }
        #expect(throws: WireError.self) { try decode(little(UInt32(1)) + little(UInt32(1)) + field(zeros(257))) }
        let payload = little(UInt32(1)) + little(UInt32(1)) + field("text")
        for cut in 0..<payload.count { #expect(throws: WireError.self) { try decode(Array(payload[..<cut])) } }
        #expect(throws: WireError.self) { try decode(payload + [0]) }
    }
}
