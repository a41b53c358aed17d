// SPDX-License-Identifier: Apache-2.0
// Heights into LMDB and out of it again: what one write transaction does.

internal import CLMDB

/// What a commit is checked against.
protocol CommitBase {
    func record(_ key: FullKey) throws(StateError) -> Record?
    func version(_ key: FullKey) throws(StateError) -> Version?
    func has(_ id: TransactionID) throws(StateError) -> Bool
}

/// Gathers the change of one height over a base that stays as it is.
struct DeltaTarget<Base: CommitBase>: CommitTarget {
    let base: Base
    var delta: BlockDelta
    private var ids: Set<TransactionID> = []

    init(over base: Base, height: UInt64) {
        self.base = base
        delta = BlockDelta(height: height)
    }

    func version(_ key: FullKey) throws(StateError) -> Version? {
        if let record = delta[key] { return record.version }
        return try base.version(key)
    }

    mutating func put(_ key: FullKey, _ record: Record) throws(StateError) {
        let base = base
        try delta.put(key, record) { () throws(StateError) in try base.record(key) }
    }

    func has(_ id: TransactionID) throws(StateError) -> Bool {
        if ids.contains(id) { return true }
        return try base.has(id)
    }

    mutating func add(_ id: TransactionID, height: UInt64) {
        ids.insert(id)
        delta.ids.append(id)
    }
}

/// An open transaction of LMDB as a base.
// SAFETY: lives on one thread, within the transaction.
@safe struct LMDBBase: CommitBase {
    let environment: LMDBEnvironment
    let transaction: LMDBHandle

    init(environment: LMDBEnvironment, transaction: LMDBHandle) {
        self.environment = environment
        self.transaction = transaction
    }

    func record(_ key: FullKey) throws(StateError) -> Record? { try environment.record(transaction, key) }
    func version(_ key: FullKey) throws(StateError) -> Version? { try environment.version(transaction, key) }
    func has(_ id: TransactionID) throws(StateError) -> Bool { try environment.height(of: id, transaction) != nil }
}

extension LMDBEnvironment {
    /// Writes heights that follow each other, the first of which follows the transaction's. Sorted, so that pages are met in order.
    func apply(_ deltas: [BlockDelta], _ transaction: LMDBHandle) throws(StateError) {
        guard let newest = deltas.last?.height else { return }
        var records: [(key: FullKey, record: Record)] = []
        if deltas.count == 1 {
            records = deltas[0].changes.map { ($0.key, $0.record) }
        } else {
            var last: [FullKey: Record] = [:]
            for delta in deltas { for change in delta.changes { last[change.key] = change.record } }
            records = last.map { ($0.key, $0.value) }
        }
        records.sort { $0.key < $1.key }
        for (key, record) in records { try put(transaction, tables.latest, key.bytes, record.stored) }
        var ids: [(bytes: [UInt8], height: UInt64)] = []
        for delta in deltas { for id in delta.ids { ids.append((id.bytes, delta.height)) } }
        ids.sort { compare($0.bytes, $1.bytes) < 0 }
        for (id, height) in ids { try put(transaction, tables.commits, id, littleEndian(height)) }
        for delta in deltas where newest - delta.height < heightsKept {
            try put(transaction, tables.undo, bigEndian(delta.height), delta.undo)
        }
        try prune(newest, transaction, countMax: 16 + deltas.count)
        try setHeight(transaction, newest)
    }

    /// Takes the newest height back.
    func undo(_ height: UInt64, _ transaction: LMDBHandle) throws(StateError) -> [TransactionID] {
        guard let undo = try undoRecord(transaction, height) else {
            throw .heightUnknown(height: height - 1, oldest: height, newest: height)
        }
        for (key, previous) in undo.entries {
            if let previous {
                try put(transaction, tables.latest, key.bytes, previous.stored)
            } else {
                try remove(transaction, tables.latest, key.bytes)
            }
        }
        for id in undo.ids { try remove(transaction, tables.commits, id.bytes) }
        try remove(transaction, tables.undo, bigEndian(height))
        try setHeight(transaction, height - 1)
        return undo.ids
    }

    /// What a height replaced; nil: no longer kept.
    func undoRecord(
        _ transaction: LMDBHandle, _ height: UInt64
    ) throws(StateError) -> (ids: [TransactionID], entries: [(key: FullKey, record: Record?)])? {
        let stored = try unsafe get(transaction, tables.undo, bigEndian(height)) { unsafe Array($0) }
        guard let stored else { return nil }
        guard let undo = BlockDelta.decode(stored) else {
            throw .corrupted(path: path, detail: "the undo record of height \(height) cannot be read")
        }
        return undo
    }

    func height(of id: TransactionID, _ transaction: LMDBHandle) throws(StateError) -> UInt64? {
        let found = try unsafe get(transaction, tables.commits, id.bytes) { bytes -> UInt64? in
            // SAFETY: the bytes are read within the call that gives them, and only if there are 8.
            bytes.count == 8 ? unsafe UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)) : nil
        }
        guard let found else { return nil }
        guard let height = found else { throw .corrupted(path: path, detail: "the height of transaction \(id) is not 8 bytes") }
        return height
    }

    /// Drops undo records that are older than what is kept. A few more than come, so that a smaller number of heights is reached in time.
    private func prune(_ newest: UInt64, _ transaction: LMDBHandle, countMax: Int) throws(StateError) {
        for _ in 0..<countMax {
            guard let key = try firstKey(transaction, tables.undo), key.count == 8 else { return }
            let height = key.reduce(0) { $0 << 8 | UInt64($1) } as UInt64
            guard height <= newest, newest - height >= heightsKept else { return }
            try remove(transaction, tables.undo, key)
        }
    }
}

/// 8 bytes, highest first: sorts as the number does.
package func bigEndian(_ value: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) } }
