// SPDX-License-Identifier: Apache-2.0
// Random contracts against a dictionary: every answer, both sets, and the store after the commit.

import Testing
import XVMState
import XVMWire

@testable import XVMBridge

/// SplitMix64: the same numbers for the same seed everywhere.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    mutating func key() -> [UInt8] {
        let alphabet: [UInt8] = [0x00, 0x61, 0x62, 0xff]
        return (0..<below(4)).map { _ in alphabet[below(4)] }
    }

    mutating func value() -> [UInt8] { (0..<below(12)).map { _ in UInt8(below(256)) } }

    mutating func syscall() -> Syscall {
        switch below(8) {
        case 0, 1: return .getObject(key: key())
        case 2, 3: return .putObject(key: key(), value: value())
        case 4: return .deleteObject(key: key())
        case 5: return .postLog(text: value())
        case 6: return .emitEvent(name: key(), body: value())
        default:
            var bounds = [key(), key()].sorted { $0.lexicographicallyPrecedes($1) }
            if below(3) == 0 { bounds[1] = [] }
            return .newIterator(
                start: bounds[0], limit: bounds[1], itemCountMax: UInt32(below(6)), sizeMax: UInt32(below(80)))
        }
    }
}

/// The state as a dictionary, and a context's view of it said in the simplest way.
private struct Model {
    struct Entry {
        var value: [UInt8]?
        var version: Version
    }
    var entries: [[UInt8]: Entry] = [:]
    var reads: [[UInt8]: Version?] = [:]
    var writes: [[UInt8]: [UInt8]?] = [:]
    var events: [Event] = []
    var logs: [[UInt8]] = []

    mutating func answer(_ syscall: Syscall) -> SyscallResult {
        switch syscall {
        case .getObject(let key):
            if let own = writes[key] { return own.map { .value($0) } ?? .deleted }
            see(key)
            guard let entry = entries[key] else { return .notFound }
            return entry.value.map { .value($0) } ?? .deleted
        case .putObject(let key, let value):
            see(key)
            writes.updateValue(value, forKey: key)
            return .none
        case .deleteObject(let key):
            see(key)
            writes.updateValue(nil, forKey: key)
            return .none
        case .newIterator(let start, let limit, let itemCountMax, let sizeMax):
            var view = entries.compactMapValues(\.value)
            for (key, value) in writes { view[key] = value }
            let keys = view.keys.sorted { $0.lexicographicallyPrecedes($1) }.filter {
                !$0.lexicographicallyPrecedes(start) && (limit.isEmpty || $0.lexicographicallyPrecedes(limit))
            }
            var items: [SyscallResult.Item] = []
            var size = 0
            for key in keys.prefix(Int(itemCountMax)) {
                let item = SyscallResult.Item(key: key, value: view[key] ?? [])
                size += 8 + item.key.count + item.value.count
                if size > Int(sizeMax) {
                    // Its size is told.
                    if items.isEmpty { see(key) }
                    if items.isEmpty { return .itemTooLarge(size: UInt32(size)) }
                    break
                }
                see(key)
                items.append(item)
            }
            return .items(items)
        case .flush: return .flushed
        case .ask: preconditionFailure("no program asks")
        case .postLog(let text):
            logs.append(text)
            return .none
        case .emitEvent(let name, let body):
            events.append(Event(contract: bytes("c"), name: name, body: body))
            return .none
        }
    }

    private mutating func see(_ key: [UInt8]) {
        if reads[key] == nil { reads.updateValue(entries[key]?.version, forKey: key) }
    }

    var sortedReads: [Read] {
        reads.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { Read(bucket: bytes("c"), key: $0.key, version: $0.value) }
    }

    var sortedWrites: [Write] {
        writes.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { Write(bucket: bytes("c"), key: $0.key, effect: $0.value.map { .put($0) } ?? .delete) }
    }

    /// The state after the commit of this context as transaction `id`.
    func committed(_ id: TransactionID) -> Model {
        var after = Model(entries: entries)
        for (offset, write) in sortedWrites.enumerated() {
            after.entries[write.key] = Entry(
                value: writes[write.key] ?? nil, version: Version(transaction: id, offset: UInt32(offset)))
        }
        return after
    }
}

@Suite("random contracts")
struct PropertyTests {
    private static func id(_ number: Int) -> TransactionID {
        TransactionID([UInt8](repeating: 0, count: 28) + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) })!
    }

    private static func checkStore(_ store: any StateStore, _ model: Model, _ what: String) throws {
        let snapshot = try store.snapshot()
        defer { snapshot.close() }
        var live: [[UInt8]] = []
        let iterator = try snapshot.iterate(bucket: bytes("c"), start: [], limit: [])
        while let (key, record) = try iterator.next() {
            live.append(key)
            #expect(record.value == model.entries[key]?.value, "\(what)")
        }
        #expect(
            live == model.entries.filter { $0.value.value != nil }.keys.sorted { $0.lexicographicallyPrecedes($1) }, "\(what)")
        for (key, entry) in model.entries {
            let record = try snapshot.record(bucket: bytes("c"), key: key)
            #expect(record?.version == entry.version && record?.isDeleted == (entry.value == nil), "\(what)")
        }
    }

    /// Goal: for thousands of contracts, each on the state that those before it left, every answer, the Outcome's sets, events and logs,
    /// and the store after the commit are what the dictionary says. Two contracts that run on the same state are committed one after the
    /// other: the second is taken exactly if it read nothing that the first wrote.
    @Test("answers, sets, commits and conflicts are those of a dictionary", arguments: 1...8 as ClosedRange<UInt64>)
    func programs(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let store = MemoryStore()
        var model = Model()
        var number = 0
        var conflicts = 0
        for turn in 0..<250 {
            let what = "seed \(seed), turn \(turn)"
            let contexts = Contexts(store: store)
            let ids = try (0..<2).map { _ in try contexts.new(call()) }
            var outcomes: [(Outcome, Model)] = []
            for id in ids {
                var view = Model(entries: model.entries)
                var program: [(Syscall, SyscallResult)] = []
                for _ in 0..<generator.below(20) {
                    let syscall = generator.syscall()
                    program.append((syscall, view.answer(syscall)))
                }
                let script = program
                let endings: [Ending] = [
                    .returned(200), .returned(200), .returned(200), .returned(400), .returned(nil), .stopped(.outOfGas),
                    .stopped(.trapped(.unreachable)),
                ]
                let ending = endings[generator.below(endings.count)]
                let engine = ScriptedEngine { _, handler in
                    for (syscall, expected) in script {
                        let result = try handler.handle(syscall)
                        #expect(result == expected, "\(what): \(syscall)")
                        #expect(throws: Never.self) { try result.encode(answering: syscall) }
                    }
                    return ending
                }
                let outcome = try contexts.invoke(id, engine: engine, deadlineNanoseconds: 1)
                contexts.release(id)
                #expect(outcome.reads.reads == view.sortedReads, "\(what)")
                #expect(outcome.logs == view.logs, "\(what)")
                if outcome.status == .returned {
                    #expect(outcome.writes.writes == view.sortedWrites, "\(what)")
                    #expect(outcome.events == view.events, "\(what)")
                } else {
                    #expect(outcome.writes == WriteSet() && outcome.events.isEmpty, "\(what)")
                    continue
                }
                outcomes.append((outcome, view))
            }
            var before: Model?
            for (outcome, view) in outcomes {
                number += 1
                let result = try store.commit(number, outcome)
                let stale = before?.writes.keys.filter { view.reads[$0] != nil }.min { $0.lexicographicallyPrecedes($1) }
                if let stale {
                    guard case .conflict(let bucket, let key, _, _) = result else {
                        Issue.record("\(what): \(result)")
                        return
                    }
                    #expect(bucket == bytes("c") && key == stale, "\(what)")
                    conflicts += 1
                    continue
                }
                guard case .committed = result else {
                    Issue.record("\(what): \(result)")
                    return
                }
                // The second saw the state before the first, but wrote other keys.
                var merged = view
                merged.entries = model.entries
                model = merged.committed(Self.id(number))
                before = view
            }
            if turn % 10 == 0 { try Self.checkStore(store, model, what) }
        }
        try Self.checkStore(store, model, "seed \(seed)")
        // The programs meet each other, and the state is not empty.
        #expect(conflicts > 10 && number > 100 && model.entries.count > 20)
    }
}
