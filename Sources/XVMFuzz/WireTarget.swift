// SPDX-License-Identifier: Apache-2.0
// Messages from a hostile worker: every payload that is accepted says what its bytes say, and nothing is left over.

import XVMCore
package import XVMWire

package struct WireSubject: Sendable {
    package var syscall: @Sendable ([UInt8], UInt16) throws(WireError) -> Syscall = { (bytes, type) throws(WireError) in
        try Syscall(verifying: Untrusted(bytes), type: type)
    }
    package init() {}
}

extension FuzzTarget {
    /// Input: two bytes of frame type, then the payload.
    package static func wire(_ subject: WireSubject = WireSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "wire",
            purpose: "decoding of messages from a worker: refused, or exactly what the bytes say, within every limit",
            smokeCount: 20_000, sizeMax: 70_000, seeds: seeds, generate: message,
            words: [
                [0, 0, 0, 0], [0x90, 1, 0, 0], [0x91, 1, 0, 0], [0, 0xf0, 0, 0], [1, 0xf0, 0, 0], [0xff, 0xff, 0xff, 0xff],
            ]
        ) {
            { bytes in
                guard bytes.count >= 2 else { return }
                let type = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
                let payload = Array(bytes[2...])
                do {
                    let syscall = try subject.syscall(payload, type)
                    try require(encode(syscall) == payload, "\(syscall) was read from other bytes: \(Hex.encode(payload))")
                    try checkLimits(syscall)
                    let again = try subject.syscall(payload, type)
                    try require(again == syscall, "read twice, it differs")
                } catch is WireError {}
                if type == WireFormat.FrameType.getObject.rawValue { try checkObjectKey(payload) }
                for gasLimit in [0, 1, 1000, WireFormat.gasLimitEnd - 1] { try checkEnding(payload, gasLimit) }
                if let sealed = try? SealedReport(verifying: Untrusted(payload)) {
                    try require(sealed.steps.count <= WireFormat.stepCountMax, "\(sealed.steps.count) steps")
                }
                if let failure = try? SetupFailure(verifying: Untrusted(payload)) {
                    try require(
                        failure.text.utf8.count <= 4 * WireFormat.setupTextSizeMax, "a text of \(failure.text.utf8.count) bytes")
                }
            }
        }
    }

    /// The way of a get without a copy takes what the other one takes, and finds the same key.
    private static func checkObjectKey(_ payload: [UInt8]) throws {
        let key = (try? Syscall.objectKey(verifying: payload.span)).map { Array(payload[$0]) }
        let syscall = try? Syscall(verifying: Untrusted(payload), type: WireFormat.FrameType.getObject.rawValue)
        try require(key.map { .getObject(key: $0) } == syscall, "key \(key.map(Hex.encode) ?? "none") of \(Hex.encode(payload))")
    }

    private static func checkEnding(_ payload: [UInt8], _ gasLimit: Int64) throws {
        let ending: Ending
        do { ending = try Ending(verifying: Untrusted(payload), gasLimit: gasLimit) } catch { return }
        try require((0...gasLimit).contains(ending.gasUsed), "gas used \(ending.gasUsed) of \(gasLimit)")
        try require(ending.memoryPages <= WireFormat.memoryPagesMax, "memory pages \(ending.memoryPages)")
        if ending.kind != .returned {
            try require(ending.gasUsed == gasLimit, "an end of kind \(ending.kind) used \(ending.gasUsed) of \(gasLimit)")
            try require(ending.output == nil && ending.slots.isEmpty, "an end of kind \(ending.kind) has a result")
        }
        if let output = ending.output {
            try require(
                output.message.count <= WireFormat.outputMessageSizeMax && output.body.count <= WireFormat.outputBodySizeMax,
                "an output beyond its limits")
        }
        try require(ending.slots.count * 8 <= payload.count, "more slots than bytes")
    }

    private static func checkLimits(_ syscall: Syscall) throws {
        switch syscall {
        case .getObject(let key), .deleteObject(let key): try require(key.count <= 400, "key of \(key.count) bytes")
        case .putObject(let key, let value):
            try require(key.count <= 400 && value.count <= 1_048_576, "key of \(key.count), value of \(value.count) bytes")
        case .newIterator(let start, let limit, _, let sizeMax):
            try require(start.count <= 401 && limit.count <= 401 && sizeMax <= 1_114_104, "iterator beyond its limits")
        case .postLog(let text): try require(text.count <= 4096, "log of \(text.count) bytes")
        case .emitEvent(let name, let body): try require(name.count <= 256 && body.count <= 1_048_576, "event beyond its limits")
        case .flush: break
        case .ask(let ask): try require(ask.gasLeft >= 0, "gas left is \(ask.gasLeft)")
        }
    }

    /// The format once more, from docs/wire-format.md, in the plainest way.
    private static func encode(_ syscall: Syscall) -> [UInt8] {
        func u32(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) } }
        func field(_ bytes: [UInt8]) -> [UInt8] { u32(UInt32(bytes.count)) + bytes }
        switch syscall {
        case .getObject(let key), .deleteObject(let key): return field(key)
        case .newIterator(let start, let limit, let itemCountMax, let sizeMax):
            return field(start) + field(limit) + u32(itemCountMax) + u32(sizeMax)
        case .flush: return []
        case .putObject(let key, let value): return field(key) + field(value)
        case .postLog(let text): return field(text)
        case .emitEvent(let name, let body): return field(name) + field(body)
        case .ask(let ask):
            var gasLimit: Int64 = -1
            let number: UInt32
            let fields: [[UInt8]]
            switch ask.question {
            case .contractCall(let contract, let method, let arguments, let limit):
                (number, fields, gasLimit) = (1, [contract, method, arguments], limit ?? -1)
            case .transfer(let to, let amount): (number, fields) = (2, [to, amount])
            case .transaction(let id): (number, fields) = (3, [id])
            case .block(let id): (number, fields) = (4, [id])
            case .accountAddresses(let account): (number, fields) = (5, [account])
            case .authRequire: (number, fields) = (6, [])
            case .crossQuery(let uri, let arguments): (number, fields) = (7, [uri, arguments])
            case .syscall(let method, let request): (number, fields) = (8, [method, request])
            case .verifySignature(let key, let signature, let hash): (number, fields) = (9, [key, signature, hash])
            case .keyAddress(let key): (number, fields) = (10, [key])
            }
            func i64(_ value: Int64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> Int64(8 * $0)) } }
            return u32(number) + i64(ask.gasLeft) + i64(gasLimit) + u32(UInt32(fields.count)) + fields.flatMap(field)
        }
    }

    private static func typed(_ type: WireFormat.FrameType, _ payload: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: type.rawValue), UInt8(truncatingIfNeeded: type.rawValue >> 8)] + payload
    }

    private static let seeds: [[UInt8]] = [
        typed(.getObject, encode(.getObject(key: [1, 2, 3]))), typed(.flush, []),
        typed(.newIterator, encode(.newIterator(start: [1], limit: [2], itemCountMax: 9, sizeMax: 100))),
        typed(.putObject, encode(.putObject(key: [7], value: [8, 9]))), typed(.deleteObject, encode(.deleteObject(key: []))),
        typed(.postLog, encode(.postLog(text: [65]))), typed(.emitEvent, encode(.emitEvent(name: [66], body: [67]))),
        typed(.outcome, Array(repeating: 0, count: 32)),
    ]

    private static func message(_ random: inout FuzzRandom) -> [UInt8] {
        func bytes(_ random: inout FuzzRandom, _ limit: Int) -> [UInt8] {
            let sizes = [0, 1, 3, random.below(40), limit - 1, limit, limit + 1]
            return Array(repeating: random.byte(), count: max(0, sizes[random.below(random.chance(1, of: 8) ? 7 : 4)]))
        }
        switch random.below(10) {
        case 0: return typed(.getObject, encode(.getObject(key: bytes(&random, 400))))
        case 1: return typed(.deleteObject, encode(.deleteObject(key: bytes(&random, 400))))
        case 2: return typed(.putObject, encode(.putObject(key: bytes(&random, 400), value: bytes(&random, 1_048_576))))
        case 3:
            return typed(
                .newIterator,
                encode(
                    .newIterator(
                        start: bytes(&random, 401), limit: bytes(&random, 401), itemCountMax: UInt32(random.below(100)),
                        sizeMax: UInt32(random.below(1_200_000)))))
        case 4: return typed(.postLog, encode(.postLog(text: bytes(&random, 4096))))
        case 5: return typed(.emitEvent, encode(.emitEvent(name: bytes(&random, 256), body: bytes(&random, 1_048_576))))
        case 6: return typed(.sealed, [UInt8(random.below(70)), 0, 0, 0] + random.bytes(random.below(64)))
        case 7: return typed(.setupFailed, random.bytes(random.below(40)))
        case 8:
            let counts = [3, 2, 1, 1, 1, 0, 2, 2, 3, 1, 1]
            let number = random.below(11)
            let count = random.chance(1, of: 10) ? random.below(5) : counts[number]
            var payload: [UInt8] = [UInt8(number + 1), 0, 0, 0] + random.bytes(7) + [UInt8(random.below(2)) << 7]
            payload += random.chance(2, of: 3) ? Array(repeating: 255, count: 8) : random.bytes(7) + [0]
            payload += [UInt8(count), 0, 0, 0]
            for _ in 0..<count {
                let field = random.bytes(random.below(6))
                payload += [UInt8(field.count), 0, 0, 0] + field
            }
            return typed(.ask, payload)
        default:
            var payload: [UInt8] = [UInt8(random.below(4)), UInt8(random.below(14)), UInt8(random.below(3)), 0]
            payload += [UInt8(random.below(4)), 0, 0, 0] + [UInt8(random.below(5)), 0, 0, 0, 0, 0, 0, 0] + [200, 0, 0, 0]
            let (message, body) = (random.bytes(random.below(5)), random.bytes(random.below(5)))
            payload += [UInt8(message.count), 0, 0, 0] + message + [UInt8(body.count), 0, 0, 0] + body
            let slots = random.below(3)
            return typed(.outcome, payload + [UInt8(slots), 0, 0, 0] + random.bytes(8 * slots))
        }
    }
}
