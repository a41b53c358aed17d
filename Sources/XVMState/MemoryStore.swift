// SPDX-License-Identifier: Apache-2.0
// The store without a disk: for dry runs, for runs without a state folder, for tests and fuzzing.

internal import Synchronization
internal import XVMSystem

/// Keeps everything in memory; gone with the last reference.
public final class MemoryStore: StateStore {
    private struct Content {
        var records = OrderedMap<Record>()
        var transactions: [TransactionID: UInt64] = [:]
        var height: UInt64 = 0
        /// The newest heights before this one, oldest first: what to go back to, and which transactions that takes back.
        var past: [(records: OrderedMap<Record>, ids: [TransactionID])] = []
    }
    /// What a batch makes of the content: records share all that stays, transactions stand beside the known ones.
    private struct Pending: CommitTarget {
        var records: OrderedMap<Record>
        let known: [TransactionID: UInt64]
        var added: [TransactionID: UInt64] = [:]
        var ids: [TransactionID] = []

        func version(_ key: FullKey) -> Version? { records[key]?.version }
        mutating func put(_ key: FullKey, _ record: Record) { records.set(key, record) }
        func has(_ id: TransactionID) -> Bool { known[id] != nil || added[id] != nil }
        mutating func add(_ id: TransactionID, height: UInt64) {
            added[id] = height
            ids.append(id)
        }
    }
    private let content = NativeMutex(Content())
    private let newest = NewestHeight(0)
    private let limits: SnapshotLimits

    private let heightsKept: Int

    /// An empty store.
    /// - Parameter heightsKept: how many heights can be taken back.
    public init(limits: SnapshotLimits = SnapshotLimits(), heightsKept: UInt64 = StateLimits.heightsKept) {
        self.limits = limits
        self.heightsKept = Int(clamping: heightsKept)
    }

    /// See `StateStore`.
    public func snapshot() throws(StateError) -> any StateSnapshot {
        let (records, height) = content.withLock { ($0.records, $0.height) }
        return MemorySnapshot(records, SnapshotAge(height: height, newest: newest, limits: limits), height: height)
    }

    /// See `StateStore`. Not durable.
    public func commit(_ batch: [Commit], allOrNothing: Bool) throws(StateError) -> [CommitResult] {
        try checkBatch(batch)
        return try content.withLock { (content) throws(StateError) -> [CommitResult] in
            let height = content.height + 1
            // A throw in the middle of a batch leaves the content as it is, because only a pending copy has changed.
            let (results, kept) = try pending(batch, allOrNothing, height, content)
            if let kept {
                content.past.append((content.records, kept.ids))
                if content.past.count > heightsKept { content.past.removeFirst(content.past.count - heightsKept) }
                content.records = kept.records
                content.transactions.merge(kept.added) { old, _ in old }
                content.height = height
                newest.rise(to: height)
            }
            return results
        }
    }

    /// See `StateStore`.
    public func snapshot(at height: UInt64) throws(StateError) -> any StateSnapshot {
        let (records, newest) = try content.withLock { (content) throws(StateError) -> (OrderedMap<Record>, UInt64) in
            if height == content.height { return (content.records, height) }
            let oldest = content.height - UInt64(content.past.count)
            guard height >= oldest, height < content.height else {
                throw .heightUnknown(height: height, oldest: oldest, newest: content.height)
            }
            return (content.past[Int(height - oldest)].records, content.height)
        }
        // Aged from the newest height on: it is not the snapshot's fault that it shows the past.
        return MemorySnapshot(records, SnapshotAge(height: newest, newest: self.newest, limits: limits), height: height)
    }

    /// See `StateStore`.
    @discardableResult
    public func undo(_ height: UInt64) throws(StateError) -> [TransactionID] {
        try content.withLock { (content) throws(StateError) -> [TransactionID] in
            guard height == content.height, height > 0 else { throw .undoOrder(height: height, newest: content.height) }
            guard let before = content.past.popLast() else {
                throw .heightUnknown(height: height - 1, oldest: height, newest: height)
            }
            content.records = before.records
            for id in before.ids { content.transactions[id] = nil }
            content.height = height - 1
            newest.rise(to: height - 1)
            return before.ids
        }
    }

    /// See `StateStore`.
    public func height(of transaction: TransactionID) throws(StateError) -> UInt64? {
        content.withLock { $0.transactions[transaction] }
    }

    /// Apart from the store, so that no reference to the table of transactions is left when it grows in place.
    private func pending(
        _ batch: [Commit], _ allOrNothing: Bool, _ height: UInt64, _ content: Content
    ) throws(StateError) -> ([CommitResult], (records: OrderedMap<Record>, added: [TransactionID: UInt64], ids: [TransactionID])?)
    {
        var pending = Pending(records: content.records, known: content.transactions)
        let (results, isKept) = try apply(batch, allOrNothing: allOrNothing, height: height, to: &pending)
        return (results, isKept ? (pending.records, pending.added, pending.ids) : nil)
    }
}

/// A view of a `MemoryStore`: a reference to the tree of its moment.
private final class MemorySnapshot: RawSnapshot, FullKeySnapshot {
    private let records: Mutex<OrderedMap<Record>?>
    private let age: SnapshotAge

    let height: UInt64

    init(_ records: OrderedMap<Record>, _ age: SnapshotAge, height: UInt64) {
        self.records = Mutex(records)
        self.age = age
        self.height = height
    }

    func record(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Record? {
        try record(FullKey(bucket: bucket, key: key))
    }

    func version(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Version? {
        try version(FullKey(bucket: bucket, key: key))
    }

    func record(_ key: FullKey) throws(StateError) -> Record? { try open()[key] }
    func version(_ key: FullKey) throws(StateError) -> Version? { try open()[key]?.version }

    func iterate(bucket: [UInt8], start: [UInt8], limit: [UInt8]) throws(StateError) -> any StateIterator {
        let (start, limit) = try rangeBounds(bucket: bucket, start: start, limit: limit)
        return MemoryIterator(self, try open().iterator(start: start, limit: limit))
    }

    func digest() throws(StateError) -> [UInt8] {
        var digest = StateDigest()
        var iterator = try open().iterator()
        while let (key, record) = iterator.next() { digest.add(key, record) }
        return digest.finalize()
    }

    func rawRecords() throws(StateError) -> any RawIterator { RawMemoryIterator(self, try open().iterator()) }

    func close() { records.withLock { $0 = nil } }

    /// The tree, if the snapshot may still be used.
    func open() throws(StateError) -> OrderedMap<Record> {
        guard let records = records.withLock({ $0 }) else { throw .snapshotClosed }
        do { try age.check() } catch {
            close()
            throw error
        }
        return records
    }
}

private final class MemoryIterator: StateIterator {
    private let snapshot: MemorySnapshot
    private var iterator: OrderedMap<Record>.Iterator

    init(_ snapshot: MemorySnapshot, _ iterator: OrderedMap<Record>.Iterator) {
        self.snapshot = snapshot
        self.iterator = iterator
    }

    func next() throws(StateError) -> (key: [UInt8], record: Record)? {
        _ = try snapshot.open()
        while let (key, record) = iterator.next() {
            if !record.isDeleted { return (key.key, record) }
        }
        return nil
    }
}

private final class RawMemoryIterator: RawIterator {
    private let snapshot: MemorySnapshot
    private var iterator: OrderedMap<Record>.Iterator

    init(_ snapshot: MemorySnapshot, _ iterator: OrderedMap<Record>.Iterator) {
        self.snapshot = snapshot
        self.iterator = iterator
    }

    func next() throws(StateError) -> (key: FullKey, record: Record)? {
        _ = try snapshot.open()
        guard let (key, record) = iterator.next() else { return nil }
        return (key, record)
    }
}

/// The full keys of [start, limit) in a bucket.
func rangeBounds(bucket: [UInt8], start: [UInt8], limit: [UInt8]) throws(StateError) -> (start: FullKey, limit: FullKey) {
    let first = try FullKey(bucket: bucket, bound: start)
    if limit.isEmpty { return (first, try FullKey.end(of: bucket)) }
    guard compare(start, limit) <= 0 else { throw .rangeReversed }
    return (first, try FullKey(bucket: bucket, bound: limit))
}
