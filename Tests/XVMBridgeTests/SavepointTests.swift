// SPDX-License-Identifier: Apache-2.0
// Random trees of calls against dictionaries: what each answer is, what stays of whom, what it costs; then the same once more with exactly
// the gas that was used, and once more on nothing but what was read. XVM_PROGRAMS sets their number (scripts/properties: 100,000).

import Foundation
import Testing
import XVMState
import XVMWire

@testable import XVMBridge

/// SplitMix64.
private struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func key() -> [UInt8] { (0..<below(3)).map { _ in [0x00, 0x61, 0xff][below(3)] } }
    mutating func value() -> [UInt8] { (0..<below(6)).map { _ in UInt8(below(256)) } }
}

/// What a contract does, made beforehand.
private indirect enum Step {
    case syscall(Syscall)
    case call(Program, name: Int, gasLimit: Int64?)
    case transfer(amount: Int)
}
private struct Program {
    enum End { case returned, reverted, trapped, spin }
    var steps: [Step] = []
    var end = End.returned

    init(_ random: inout Seeded, depth: Int = 0) {
        for _ in 0..<random.below(8) {
            switch random.below(depth < 4 ? 10 : 7) {
            case 0, 1: steps.append(.syscall(.getObject(key: random.key())))
            case 2, 3: steps.append(.syscall(.putObject(key: random.key(), value: random.value())))
            case 4: steps.append(.syscall(.deleteObject(key: random.key())))
            case 5: steps.append(.syscall(.emitEvent(name: random.key(), body: random.value())))
            case 6: steps.append(random.below(2) == 0 ? .transfer(amount: random.below(8)) : .syscall(Self.page(&random)))
            default:
                let limit: Int64? = random.below(3) > 0 ? nil : Int64(random.below(60))
                steps.append(.call(Program(&random, depth: depth + 1), name: random.below(6), gasLimit: limit))
            }
        }
        end = [.returned, .returned, .returned, .reverted, .trapped, .spin][random.below(depth == 0 ? 4 : 6)]
    }

    private static func page(_ random: inout Seeded) -> Syscall {
        var bounds = [random.key(), random.key()].sorted { $0.lexicographicallyPrecedes($1) }
        if random.below(3) == 0 { bounds[1] = [] }
        return .newIterator(
            start: bounds[0], limit: bounds[1], itemCountMax: UInt32(random.below(4)), sizeMax: UInt32(8 + random.below(60)))
    }
}

/// The state by bucket and key, and what one tree of calls did to it.
private struct Model {
    typealias Key = [[UInt8]]
    var stored: [Key: (value: [UInt8]?, version: Version)]
    var reads: [Key: Version?] = [:]
    var writes: [Key: [UInt8]?] = [:]
    var events: [Event] = []
    var transferCount = 0

    mutating func see(_ key: Key) { if reads[key] == nil { reads.updateValue(stored[key]?.version, forKey: key) } }

    mutating func get(_ key: Key) -> SyscallResult {
        if let own = writes[key] { return own.map { .value($0) } ?? .deleted }
        see(key)
        guard let entry = stored[key] else { return .notFound }
        return entry.value.map { .value($0) } ?? .deleted
    }

    mutating func write(_ key: Key, _ value: [UInt8]?) {
        see(key)
        writes.updateValue(value, forKey: key)
    }

    mutating func page(_ bucket: [UInt8], _ start: [UInt8], _ limit: [UInt8], _ countMax: Int, _ sizeMax: Int) -> SyscallResult {
        var view: [[UInt8]: [UInt8]?] = [:]
        for (key, entry) in stored where key[0] == bucket { view.updateValue(entry.value, forKey: key[1]) }
        for (key, value) in writes where key[0] == bucket { view.updateValue(value, forKey: key[1]) }
        var items: [SyscallResult.Item] = []
        var size = 0
        for key in view.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard items.count < countMax else { break }
            guard !key.lexicographicallyPrecedes(start), limit.isEmpty || key.lexicographicallyPrecedes(limit),
                let value = view[key] ?? nil
            else { continue }
            size += 8 + key.count + value.count
            if size > sizeMax {
                if items.isEmpty { see([bucket, key]) }
                if items.isEmpty { return .itemTooLarge(size: UInt32(size)) }
                break
            }
            see([bucket, key])
            items.append(.init(key: key, value: value))
        }
        return .items(items)
    }
}

/// A chain of four contracts; balances in `$balance`.
private final class FourContracts: Chain {
    func contract(named name: [UInt8], in view: any StateView) throws -> DeployedContract? {
        try view.get(bucket: bytes("contract"), key: name).map { DeployedContract(name: name, moduleHash: $0) }
    }
    func mayCall(
        contract: [UInt8], method: [UInt8], initiator: [UInt8], authRequire: [[UInt8]], in view: any StateView
    ) throws -> Bool { contract != bytes("c4") }
    func transfer(from: [UInt8], to: [UInt8], amount: [UInt8], in view: any StateView) throws -> TransferResult {
        try view.put(bucket: bytes("$balance"), key: from, value: amount)
        return amount == bytes("5") ? .refused("not five") : .done
    }
    func addresses(ofAccount name: [UInt8], in view: any StateView) throws -> [[UInt8]]? { nil }
    func transaction(_ id: [UInt8], in view: any StateView) throws -> ChainTransaction? { nil }
    func block(_ id: [UInt8], in view: any StateView) throws -> ChainBlock? { nil }
}

/// Runs programs and keeps the model beside them. With `isChecking` off it only runs: a verifier has no model.
private final class Player: CalleeProvider, @unchecked Sendable {
    var model: Model
    var next: [Program] = []
    var mistakes: [String] = []
    var callCount = 0
    let isChecking: Bool
    private var names: [[UInt8]] = []

    init(_ model: Model, isChecking: Bool) {
        self.model = model
        self.isChecking = isChecking
    }

    func withCallee(_ contract: DeployedContract, method: [UInt8], _ body: (Callee) throws -> UInt32) throws -> Bool {
        callCount += 1
        let program = next.removeLast()
        let engine = ScriptedEngine { [self] invocation, handler in
            try play(program, contract.name, limit: invocation.gasLimit, handler)
        }
        _ = try body(Callee(engine: engine, exportIndex: 0, guest: .none, frameLimit: 1, schedule: []))
        return true
    }

    private func expect(_ isRight: Bool, _ what: @autoclosure () -> String) {
        if isChecking, !isRight { mistakes.append(what()) }
    }

    /// One context. Each step costs 3; what remains after the end is the context's own.
    func play(_ program: Program, _ name: [UInt8], limit: Int64, _ handler: any SyscallHandler) throws -> Ending {
        names.append(name)
        defer { names.removeLast() }
        let before = (model.writes, model.events, model.transferCount)
        func rollBack() { (model.writes, model.events, model.transferCount) = before }
        func ended(_ kind: Ending.Kind) -> Ending {
            rollBack()
            return .stopped(kind, gas: limit)
        }
        var used: Int64 = 0
        for step in program.steps {
            used += 3
            if used > limit { return ended(.outOfGas) }
            switch step {
            case .syscall(let syscall):
                let answer = try handler.handle(syscall)
                let expected: SyscallResult
                switch syscall {
                case .getObject(let key): expected = model.get([name, key])
                case .putObject(let key, let value):
                    model.write([name, key], value)
                    expected = .none
                case .deleteObject(let key):
                    model.write([name, key], nil)
                    expected = .none
                case .newIterator(let start, let limit, let countMax, let sizeMax):
                    expected = model.page(name, start, limit, Int(countMax), Int(sizeMax))
                case .emitEvent(let event, let body):
                    model.events.append(Event(contract: name, name: event, body: body))
                    expected = .none
                case .flush, .postLog, .ask: preconditionFailure("no program does that")
                }
                expect(answer == expected, "\(syscall): \(answer), expected \(expected)")
            case .transfer(let amount):
                let kept = model.writes
                let answer = try handler.handle(
                    .ask(Ask(.transfer(to: bytes("x"), amount: bytes("\(amount)")), gasLeft: limit - used)))
                if amount > 0 {
                    model.write([bytes("$balance"), name], bytes("\(amount)"))
                    if amount == 5 { model.writes = kept } else { model.transferCount += 1 }
                }
                let isDone = amount > 0 && amount != 5
                guard case .reply(let reply) = answer else { preconditionFailure("\(answer)") }
                expect((reply.kind == .done(code: 0)) == isDone, "transfer \(amount): \(reply)")
            case .call(let callee, let number, let gasLimit):
                let target = bytes("c\(number)")
                let left = limit - used
                next.append(callee)
                let answer = try handler.handle(
                    .ask(
                        Ask(.contractCall(contract: target, method: bytes("m"), arguments: [], gasLimit: gasLimit), gasLeft: left)
                    ))
                guard case .reply(let reply) = answer else { preconditionFailure("\(answer)") }
                var error: ContractError?
                if names.contains(target) {
                    error = .recursion
                } else if names.count >= 4 {
                    error = .depth
                } else if number == 4 {
                    error = .permission
                } else {
                    model.see([bytes("contract"), target])
                    if number == 5 { error = .unknown }
                }
                if let error {
                    next.removeLast()
                    expect(reply.kind == .refused(code: error.rawValue) && reply.gasUsed == 0, "\(target): \(reply)")
                }
                expect((0...left).contains(reply.gasUsed), "gas \(reply.gasUsed) of \(left)")
                used += reply.gasUsed
                switch reply.kind {
                case .done: break
                case .refused(let code):
                    if code == ContractError.failed.rawValue {
                        expect(reply.gasUsed == gasLimit, "failed: \(reply), limit \(gasLimit ?? -1)")
                    }
                case .notFound: expect(false, "not found")
                case .ended(let trap): return ended(trap.map { .trapped($0) } ?? .outOfGas)
                }
            }
        }
        used += 2
        if used > limit { return ended(.outOfGas) }
        switch program.end {
        case .returned: return .returned(200, gas: used)
        case .reverted:
            rollBack()
            return .returned(400, gas: used)
        case .trapped: return ended(.trapped(.unreachable))
        case .spin: return ended(.outOfGas)
        }
    }
}

@Suite("random trees of calls")
struct SavepointTests {
    private static let count = ProcessInfo.processInfo.environment["XVM_PROGRAMS"].flatMap { Int($0) } ?? 400

    private static func environment(_ player: Player) -> CallEnvironment {
        var environment = CallEnvironment()
        environment.chain = FourContracts()
        environment.callees = player
        environment.depthMax = 4
        return environment
    }

    private static func invoke(_ player: Player, _ program: Program, over snapshot: any StateSnapshot, gas: Int64) throws
        -> Outcome
    {
        let engine = ScriptedEngine { invocation, handler in
            try player.play(program, bytes("c0"), limit: invocation.gasLimit, handler)
        }
        return try Bridge.invoke(
            engine: engine, call: call("c0", gasLimit: gas), over: snapshot, deadlineNanoseconds: 60_000_000_000,
            environment: environment(player))
    }

    @Test(
        "every answer, set, event, transfer and gas is the dictionary's; exact limits and a replay on the read set give the same")
    func programs() throws {
        let store = MemoryStore()
        var stored: [Model.Key: (value: [UInt8]?, version: Version)] = [:]
        var number = 0
        func commit(_ outcome: Outcome) throws {
            number += 1
            guard case .committed = try store.commit(number, outcome) else {
                Issue.record("program \(number): conflict")
                return
            }
            let id = TransactionID(
                [UInt8](repeating: 0, count: 28) + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) })!
            for (offset, write) in outcome.writes.writes.enumerated() {
                let version = Version(transaction: id, offset: UInt32(offset))
                if case .put(let value) = write.effect {
                    stored[[write.bucket, write.key]] = (value, version)
                } else {
                    stored[[write.bucket, write.key]] = (nil, version)
                }
            }
        }
        // The contracts c0 ... c3 stand; c4 may not be called, c5 is unknown.
        let snapshot = try store.snapshot()
        let tree = ContextTree(CallEnvironment(), overlay: Overlay(over: snapshot), deadlineNanoseconds: 1_000_000_000)
        for name in 0..<4 {
            try tree.put(bucket: bytes("contract"), key: bytes("c\(name)"), value: [UInt8](repeating: 1, count: 32))
        }
        let id = TransactionID([UInt8](repeating: 9, count: 32))!
        _ = try store.commit(Commit(id: id, reads: tree.overlay.reads(), writes: tree.overlay.writes()))
        for (offset, write) in try tree.overlay.writes().writes.enumerated() {
            stored[[write.bucket, write.key]] = (
                [UInt8](repeating: 1, count: 32), Version(transaction: id, offset: UInt32(offset))
            )
        }
        snapshot.close()

        var random = Seeded(UInt64(Self.count))
        var (calls, ends, exact) = (0, [0, 0, 0, 0], 0)
        for turn in 0..<Self.count {
            let program = Program(&random)
            let snapshot = try store.snapshot()
            defer { snapshot.close() }
            let player = Player(Model(stored: stored), isChecking: true)
            let gas = Int64(random.below(4) == 0 ? random.below(60) : 100_000)
            let outcome = try Self.invoke(player, program, over: snapshot, gas: gas)
            calls += player.callCount
            let model = player.model
            guard player.mistakes.isEmpty else {
                Issue.record("turn \(turn): \(player.mistakes)")
                return
            }
            let reads = model.reads.map { Read(bucket: $0.key[0], key: $0.key[1], version: $0.value) }
            let writes = model.writes.map {
                Write(bucket: $0.key[0], key: $0.key[1], effect: $0.value.map { .put($0) } ?? .delete)
            }
            #expect(try outcome.reads == ReadSet(reads), "turn \(turn)")
            switch outcome.status {
            case .returned: ends[0] += 1
            case .reverted: ends[1] += 1
            case .trapped: ends[2] += 1
            case .outOfGas: ends[3] += 1
            }
            if outcome.status == .returned {
                #expect(try outcome.writes == WriteSet(writes), "turn \(turn)")
                #expect(outcome.events == model.events && outcome.transfers.count == model.transferCount, "turn \(turn)")
            } else {
                #expect(outcome.writes == WriteSet() && outcome.events.isEmpty && outcome.transfers.isEmpty, "turn \(turn)")
            }
            #expect(outcome.resources.cpu == outcome.gasUsed, "turn \(turn)")

            // A verifier: exactly the gas that was used, on nothing but what was read.
            let replay = try #require(try ReadSetSnapshot.make(outcome.reads, from: snapshot).snapshot)
            let again = try Self.invoke(
                Player(Model(stored: stored), isChecking: false), program, over: replay, gas: outcome.gasUsed)
            #expect(
                again.digest == outcome.digest && again.writes == outcome.writes && again.reads == outcome.reads, "turn \(turn)")
            if outcome.status == .returned {
                exact += 1
                let less = try Self.invoke(
                    Player(Model(stored: stored), isChecking: false), program, over: snapshot, gas: outcome.gasUsed - 1)
                #expect(less.status == .outOfGas || less.digest != outcome.digest, "turn \(turn)")
                try commit(outcome)
            }
        }
        // The programs do what they are made for.
        #expect(calls > Self.count / 2 && exact > Self.count / 5 && ends.allSatisfy { $0 > Self.count / 100 }, "\(calls) \(ends)")
    }
}
