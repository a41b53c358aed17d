// SPDX-License-Identifier: Apache-2.0
// The store of record: LMDB in a state folder, every commit synced before it is acknowledged.

internal import Synchronization

/// Versioned records in one LMDB file. Crash-safe; one process at a time, one writer at a time.
public final class LMDBStore: StateStore {
    /// Size of the map: address space, not memory or disk. A full map is doubled up to `mapSizeMax`.
    public static let mapSizeDefault = 64 << 30
    /// So far a map grows by default.
    public static let mapSizeMaxDefault = 1 << 40
    let environment: LMDBEnvironment
    private let newest: NewestHeight
    private let limits: SnapshotLimits
    /// The height, held by whoever writes. LMDB has one writer at a time, and its lock belongs to a thread.
    private let writer: Mutex<UInt64>

    /// Opens a state folder, or makes one where there is nothing or an empty folder (mode 0700). Anything else is refused untouched.
    /// What a `LoggedStore` has left in its log is brought in first.
    /// - Parameters:
    ///   - mapSize: bytes of address space to begin with.
    ///   - mapSizeMax: bytes that the state may grow to.
    ///   - snapshotsMax: snapshots that may be open at once.
    ///   - heightsKept: heights that can be taken back.
    public convenience init(
        path: String, mapSize: Int = LMDBStore.mapSizeDefault, mapSizeMax: Int = LMDBStore.mapSizeMaxDefault,
        snapshotsMax: UInt32 = 1024, limits: SnapshotLimits = SnapshotLimits(), heightsKept: UInt64 = StateLimits.heightsKept
    ) throws(StateError) {
        try self.init(
            LMDBEnvironment(
                StateFolder(path: path), mapSize: mapSize, mapSizeMax: mapSizeMax, snapshotsMax: snapshotsMax,
                heightsKept: max(1, heightsKept)), limits: limits)
        try CommitLog.recover(into: self)
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
    public func snapshot() throws(StateError) -> any StateSnapshot { try open() }

    func open() throws(StateError) -> LMDBSnapshot {
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
            try write { (transaction) throws(StateError) -> Bool in
                var target = DeltaTarget(over: LMDBBase(environment: environment, transaction: transaction), height: next)
                (results, isKept) = try XVMState.apply(batch, allOrNothing: allOrNothing, height: next, to: &target)
                if isKept { try environment.apply([target.delta], transaction) }
                return isKept
            }
            if isKept {
                height = next
                newest.rise(to: next)
            }
            return results
        }
    }

    /// See `StateStore`.
    public func snapshot(at height: UInt64) throws(StateError) -> any StateSnapshot {
        let snapshot = try open()
        do throws(StateError) {
            guard height <= snapshot.height else {
                throw .heightUnknown(height: height, oldest: snapshot.height, newest: snapshot.height)
            }
            return height == snapshot.height ? snapshot : try snapshot.past(at: height)
        } catch {
            snapshot.close()
            throw error
        }
    }

    /// See `StateStore`.
    @discardableResult
    public func undo(_ height: UInt64) throws(StateError) -> [TransactionID] {
        try writer.withLock { (newest) throws(StateError) -> [TransactionID] in
            guard height == newest, height > 0 else { throw .undoOrder(height: height, newest: newest) }
            var ids: [TransactionID] = []
            try write { (transaction) throws(StateError) -> Bool in
                ids = try environment.undo(height, transaction)
                return true
            }
            newest = height - 1
            self.newest.rise(to: newest)
            return ids
        }
    }

    /// See `StateStore`.
    public func height(of transaction: TransactionID) throws(StateError) -> UInt64? {
        let read = try environment.beginRead()
        defer { environment.endRead(read) }
        return try environment.height(of: transaction, read)
    }

    /// Writes heights that were checked before, as one durable unit. They follow each other and the store's own height.
    func apply(_ deltas: [BlockDelta]) throws(StateError) {
        guard let first = deltas.first?.height, let last = deltas.last?.height else { return }
        try writer.withLock { (height) throws(StateError) in
            precondition(first == height + 1, "heights follow each other")
            try write { (transaction) throws(StateError) -> Bool in
                try environment.apply(deltas, transaction)
                return true
            }
            height = last
            newest.rise(to: last)
        }
    }

    /// A write transaction, repeated with a larger map where the map is full.
    private func write(_ body: (LMDBHandle) throws(StateError) -> Bool) throws(StateError) {
        while true {
            do throws(StateError) {
                return try environment.write(body)
            } catch {
                guard case .mapFull = error else { throw error }
                try environment.grow(waitMax: limits.ageMax + .seconds(1))
            }
        }
    }

    /// The newest height.
    var height: UInt64 { newest.height }

    /// Bytes of the data file that have ever been in use, and the size of the map. Above four fifths the map should be made larger, or
    /// something keeps snapshots open.
    public var usage: (usedSize: Int, mapSize: Int) { environment.usage }

    /// Reads every record once; throws `corrupted` where one cannot be read.
    package func verify() throws(StateError) { try environment.verify() }

    /// LMDB's descriptor of the data file, for a test of its flags; it stays LMDB's.
    var dataDescriptorNumber: Int32 { environment.descriptorNumber }
}
