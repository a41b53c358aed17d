// SPDX-License-Identifier: Apache-2.0
// A contract's syscalls as a random program against a dictionary: every answer, the read set, the write set.

import XVMBridge
import XVMState
package import XVMWire

package struct BridgeSubject: Sendable {
    package var handle: @Sendable (any SyscallHandler, Syscall) throws -> SyscallResult = { (handler, syscall) in
        try handler.handle(syscall)
    }
    package init() {}
}

extension FuzzTarget {
    /// Input: decisions. First a state of up to 15 keys, then a program.
    package static func bridge(_ subject: BridgeSubject = BridgeSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "bridge", purpose: "random programs of syscalls: answers, reads and writes are those of a dictionary",
            smokeCount: 1500, sizeMax: 2048, seeds: [[3, 1, 1, 5, 0, 9, 2, 1, 1, 3, 0, 0]]
        ) {
            { bytes in
                var decisions = Decisions(bytes)
                var model = Dictionary<[UInt8], Entry>()
                // No limit of time: what an input shows must not depend on how busy the machine is.
                let store = MemoryStore(limits: SnapshotLimits(ageMax: .seconds(1 << 32)))
                try fill(store, &model, &decisions)
                let snapshot = try store.snapshot()
                defer { snapshot.close() }
                let engine = ScriptedContract(decisions, BridgeView(entries: model), subject)
                let outcome = try Bridge.invoke(engine: engine, call: call, over: snapshot, deadlineNanoseconds: .max)
                let view = engine.view
                let reads = outcome.reads.reads
                try require(reads == view.sortedReads, "reads are \(reads), a dictionary says \(view.sortedReads)")
                let writes = outcome.writes.writes
                let wanted = engine.isReverted ? [] : view.sortedWrites
                try require(writes == wanted, "writes are \(writes), a dictionary says \(wanted)")
                try require(outcome.logs == view.logs, "logs differ")
            }
        }
    }

    fileprivate static let bucket = Array("c".utf8)

    fileprivate struct Entry {
        var value: [UInt8]?
        var version: Version
    }

    private static func key(_ decisions: inout Decisions) -> [UInt8] {
        let alphabet: [UInt8] = [0x61, 0x00, 0x62, 0xff]
        return (0..<decisions.below(4)).map { _ in alphabet[decisions.below(4)] }
    }

    private static let call = ContractCall(
        contract: bucket, exportIndex: 0,
        entry: .method(MethodCall(method: Array("m".utf8), caller: [], initiator: [], amount: Array("0".utf8), arguments: [])),
        gasLimit: 1000, frameLimit: 100, stackLimit: 1 << 16, memoryPagesMax: 16, schedule: [])

    fileprivate static func program(_ decisions: inout Decisions) -> Syscall {
        switch decisions.below(9) {
        case 0, 1: return .getObject(key: key(&decisions))
        case 2, 3: return .putObject(key: key(&decisions), value: decisions.take(decisions.below(12)))
        case 4, 5: return .deleteObject(key: key(&decisions))
        case 6: return .postLog(text: decisions.take(decisions.below(6)))
        case 7: return .flush
        default:
            var bounds = [key(&decisions), key(&decisions)].sorted { $0.lexicographicallyPrecedes($1) }
            if decisions.chance(1, of: 3) { bounds[1] = [] }
            return .newIterator(
                start: bounds[0], limit: bounds[1], itemCountMax: UInt32(decisions.below(6)), sizeMax: UInt32(decisions.below(80))
            )
        }
    }

    private static func fill(_ store: MemoryStore, _ model: inout [[UInt8]: Entry], _ decisions: inout Decisions) throws {
        var effects: [[UInt8]: [UInt8]?] = [:]
        for _ in 0..<decisions.below(16) {
            effects.updateValue(decisions.chance(1, of: 4) ? nil : decisions.take(decisions.below(8)), forKey: key(&decisions))
        }
        guard !effects.isEmpty, let id = TransactionID(Array(repeating: 7, count: 32)) else { return }
        let sorted = effects.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        let commit = try Commit(
            id: id,
            reads: try ReadSet(sorted.map { Read(bucket: bucket, key: $0.key, version: nil) }),
            writes: try WriteSet(sorted.map { Write(bucket: bucket, key: $0.key, effect: $0.value.map { .put($0) } ?? .delete) }))
        guard case .committed? = try store.commit([commit], allOrNothing: true).first else {
            throw FuzzFailure("the first commit to an empty store is refused")
        }
        for (offset, item) in sorted.enumerated() {
            model[item.key] = Entry(value: item.value, version: Version(transaction: id, offset: UInt32(offset)))
        }
    }
}

/// Plays a program of syscalls in a contract's place. SAFETY: used by the one thread that made it.
private final class ScriptedContract: Engine, @unchecked Sendable {
    private var decisions: Decisions
    private(set) var view: BridgeView
    private(set) var isReverted = false
    private let subject: BridgeSubject

    init(_ decisions: Decisions, _ view: BridgeView, _ subject: BridgeSubject) {
        self.decisions = decisions
        self.view = view
        self.subject = subject
    }

    func run(_ invocation: Invocation, handler: any SyscallHandler, deadlineNanoseconds: UInt64) throws -> Ending {
        isReverted = decisions.chance(1, of: 8)
        var count = 0
        while !decisions.isAtEnd, count < 300 {
            count += 1
            let syscall = FuzzTarget.program(&decisions)
            let wanted = view.answer(syscall)
            let got = try subject.handle(handler, syscall)
            try require(got == wanted, "\(syscall) is answered by \(got), a dictionary says \(wanted)")
            _ = try got.encode(answering: syscall)
        }
        return Ending(
            kind: .returned, gasUsed: 10, memoryPages: 1,
            output: Output(status: isReverted ? 500 : 200, message: [], body: []), abortText: [], slots: [])
    }
}

/// A context's view of the state said in the simplest way.
private struct BridgeView {
    var entries: [[UInt8]: FuzzTarget.Entry]
    var reads: [[UInt8]: Version?] = [:]
    var writes: [[UInt8]: [UInt8]?] = [:]
    var logs: [[UInt8]] = []

    init(entries: [[UInt8]: FuzzTarget.Entry]) { self.entries = entries }

    private mutating func see(_ key: [UInt8]) {
        if reads[key] == nil { reads.updateValue(entries[key]?.version, forKey: key) }
    }

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
            var live = entries.compactMapValues(\.value)
            for (key, value) in writes { live[key] = value }
            let keys = live.keys.sorted { $0.lexicographicallyPrecedes($1) }.filter {
                !$0.lexicographicallyPrecedes(start) && (limit.isEmpty || $0.lexicographicallyPrecedes(limit))
            }
            var items: [SyscallResult.Item] = []
            var size = 0
            for key in keys.prefix(Int(itemCountMax)) {
                let item = SyscallResult.Item(key: key, value: live[key] ?? [])
                size += 8 + item.key.count + item.value.count
                if size > Int(sizeMax) {
                    // The answer depends on the item, so a replay on the read set alone needs it.
                    if items.isEmpty {
                        see(key)
                        return .itemTooLarge(size: UInt32(size))
                    }
                    break
                }
                see(key)
                items.append(item)
            }
            return .items(items)
        case .flush: return .flushed
        case .postLog(let text):
            logs.append(text)
            return .none
        case .emitEvent: return .none
        case .ask: return .reply(Reply(.notFound))
        }
    }

    var sortedReads: [Read] {
        reads.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            Read(bucket: FuzzTarget.bucket, key: $0.key, version: $0.value)
        }
    }
    var sortedWrites: [Write] {
        writes.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            Write(bucket: FuzzTarget.bucket, key: $0.key, effect: $0.value.map { .put($0) } ?? .delete)
        }
    }
}
