// SPDX-License-Identifier: Apache-2.0
// The store of record: LMDB in a state folder, every commit synced before it is acknowledged.

internal import CLMDB
internal import Synchronization
internal import XVMSystem

/// Versioned records in one LMDB file. Crash-safe; one process at a time.
public final class LMDBStore: StateStore {
    /// Size of the map, and so of the largest state: address space, not memory or disk.
    public static let mapSizeDefault = 64 << 30
    private let environment: LMDBEnvironment
    private let newest: NewestHeight
    private let limits: SnapshotLimits
    /// The height, held by whoever writes. LMDB has one writer at a time, and its lock belongs to a thread.
    private let writer: Mutex<UInt64>

    /// Opens a state folder, or makes one where there is nothing or an empty folder (mode 0700). Anything else is refused untouched.
    /// - Parameters:
    ///   - mapSize: bytes that the state may grow to.
    ///   - snapshotsMax: snapshots that may be open at once.
    public convenience init(
        path: String, mapSize: Int = LMDBStore.mapSizeDefault, snapshotsMax: UInt32 = 1024,
        limits: SnapshotLimits = SnapshotLimits()
    ) throws(StateError) {
        try self.init(
            LMDBEnvironment(StateFolder(path: path), mapSize: mapSize, snapshotsMax: snapshotsMax), limits: limits)
    }

    init(_ environment: LMDBEnvironment, limits: SnapshotLimits) throws(StateError) {
        let transaction = try environment.beginRead()
        defer { environment.endRead(transaction) }
        let height = try environment.height(transaction)
        self.environment = environment
        self.limits = limits
        newest = NewestHeight(height)
        writer = Mutex(height)
    }

    /// See `StateStore`.
    public func snapshot() throws(StateError) -> any StateSnapshot {
        try LMDBSnapshot(environment, newest: newest, limits: limits)
    }

    /// See `StateStore`. Returns after the second sync.
    public func commit(_ batch: [Commit], allOrNothing: Bool) throws(StateError) -> [CommitResult] {
        try checkBatch(batch)
        if batch.isEmpty { return [] }
        return try writer.withLock { (height) throws(StateError) -> [CommitResult] in
            let next = height + 1
            var results: [CommitResult] = []
            var isKept = false
            try environment.write { (transaction) throws(StateError) -> Bool in
                var target = LMDBTarget(environment: environment, transaction: transaction)
                (results, isKept) = try apply(batch, allOrNothing: allOrNothing, height: next, to: &target)
                if isKept { try environment.setHeight(transaction, next) }
                return isKept
            }
            if isKept {
                height = next
                newest.rise(to: next)
            }
            return results
        }
    }

    /// Reads every record once; throws `corrupted` where one cannot be read.
    package func verify() throws(StateError) { try environment.verify() }

    /// LMDB's descriptor of the data file, for a test of its flags; it stays LMDB's.
    var dataDescriptorNumber: Int32 { environment.descriptorNumber }
}

/// An open write transaction of LMDB as the rules of a commit see it.
// SAFETY: lives on one thread, within `LMDBEnvironment.write`.
@safe private struct LMDBTarget: CommitTarget {
    let environment: LMDBEnvironment
    let transaction: LMDBHandle

    init(environment: LMDBEnvironment, transaction: LMDBHandle) {
        self.environment = environment
        self.transaction = transaction
    }

    func version(_ key: FullKey) throws(StateError) -> Version? {
        try environment.version(transaction, key)
    }

    mutating func put(_ key: FullKey, _ record: Record) throws(StateError) {
        try environment.put(transaction, environment.tables.latest, key.bytes, record.stored)
    }

    func has(_ id: TransactionID) throws(StateError) -> Bool {
        try unsafe environment.get(transaction, environment.tables.commits, id.bytes) { _ in true } ?? false
    }

    mutating func add(_ id: TransactionID, height: UInt64) throws(StateError) {
        try environment.put(transaction, environment.tables.commits, id.bytes, littleEndian(height))
    }
}
