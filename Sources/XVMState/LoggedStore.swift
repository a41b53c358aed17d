// SPDX-License-Identifier: Apache-2.0
// LMDB with a commit log in front: a height costs one sequential write and one sync; LMDB gets many heights at a time, sorted.

internal import Synchronization
internal import XVMSystem

/// Versioned records in LMDB behind a commit log. What is acknowledged is in the log; what the log has is also in memory until LMDB has it.
/// The folder is an ordinary state folder: whoever opens it next brings the log in first. One process at a time.
public final class LoggedStore: StateStore {
    private let core: LoggedCore
    private let drainer: NativeThread

    /// Opens or makes a state folder, as `LMDBStore` does.
    /// - Parameters:
    ///   - logSize: bytes of memory that the heights of one turn of the log may take before they go into LMDB.
    ///   - snapshotsMax: snapshots that may be open at once.
    ///   - heightsKept: heights that can be taken back.
    public init(
        path: String, logSize: Int = 32 << 20, mapSize: Int = LMDBStore.mapSizeDefault,
        mapSizeMax: Int = LMDBStore.mapSizeMaxDefault, snapshotsMax: UInt32 = 1024, limits: SnapshotLimits = SnapshotLimits(),
        heightsKept: UInt64 = StateLimits.heightsKept
    ) throws(StateError) {
        let store = try LMDBStore(
            path: path, mapSize: mapSize, mapSizeMax: mapSizeMax, snapshotsMax: snapshotsMax, limits: limits,
            heightsKept: heightsKept)
        let core = LoggedCore(store, try CommitLog(folder: store.environment.path), logSize: max(1, logSize), limits: limits)
        self.core = core
        do { drainer = try NativeThread(name: "xvm-drain") { core.drain() } } catch { throw StateError(error, path) }
    }

    /// Everything goes into LMDB and the log is removed; where that fails, the log stays for the next who opens the folder.
    deinit {
        let isDown = (try? core.flush()) != nil
        core.end()
        drainer.join()
        if isDown { CommitLog.remove(folder: core.store.environment.path) }
    }

    /// See `StateStore`.
    public func snapshot() throws(StateError) -> any StateSnapshot { try core.snapshot() }
    /// See `StateStore`. Returns after the sync of the log.
    public func commit(_ batch: [Commit], allOrNothing: Bool) throws(StateError) -> [CommitResult] {
        try core.commit(batch, allOrNothing: allOrNothing)
    }
    /// See `StateStore`. An older height than the newest waits until LMDB has everything.
    public func snapshot(at height: UInt64) throws(StateError) -> any StateSnapshot { try core.snapshot(at: height) }
    /// See `StateStore`. Waits until LMDB has everything.
    @discardableResult
    public func undo(_ height: UInt64) throws(StateError) -> [TransactionID] { try core.undo(height) }
    /// See `StateStore`.
    public func height(of transaction: TransactionID) throws(StateError) -> UInt64? { try core.height(of: transaction) }
    /// Waits until LMDB has everything that is committed.
    public func flush() throws(StateError) { try core.flush() }
    /// As `LMDBStore.usage`.
    public var usage: (usedSize: Int, mapSize: Int) { core.store.usage }
    /// As `LMDBStore.verify`, of what LMDB has by now.
    package func verify() throws(StateError) { try core.store.verify() }
}

/// What the store and its drain thread share.
private final class LoggedCore: Sendable {
    private struct Content: Sendable {
        /// Not in LMDB: written since the last turn, and before it. Where both have a key, `active` is newer.
        var active = LayeredSnapshot.Layer()
        var frozen = LayeredSnapshot.Layer()
        var activeIDs: [TransactionID: UInt64] = [:]
        var frozenIDs: [TransactionID: UInt64] = [:]
        var height: UInt64
    }
    private struct Writer: ~Copyable {
        var log: CommitLog
        /// The heights in `active`.
        var deltas: [BlockDelta] = []
        var size = 0
        /// Set once a sync has failed: nobody knows what is on the disk, so nothing more is promised.
        var failure: StateError?
    }
    private struct Drain: Sendable {
        /// Heights on their way into LMDB.
        var deltas: [BlockDelta]?
        var failure: StateError?
        var isEnding = false
    }
    /// A turn may wait for the drain until the heights in memory take so many times their share.
    private static let backlogMax = 4

    let store: LMDBStore
    private let logSize: Int
    private let limits: SnapshotLimits
    private let newest: NewestHeight
    // Locks are taken in this order: writer, then content or drain.
    private let writer: Mutex<Writer>
    private let content: Mutex<Content>
    private let drainState = Mutex(Drain())
    private let work = Semaphore()
    private let done = Semaphore()

    init(_ store: LMDBStore, _ log: consuming CommitLog, logSize: Int, limits: SnapshotLimits) {
        self.store = store
        self.logSize = logSize
        self.limits = limits
        newest = NewestHeight(store.height)
        content = Mutex(Content(height: store.height))
        writer = Mutex(Writer(log: log))
    }

    // MARK: - Reading

    func snapshot() throws(StateError) -> any StateSnapshot {
        let (content, base) = try view { () throws(StateError) in try store.open() }
        let age = SnapshotAge(height: content.height, newest: newest, limits: limits)
        let below: any StateSnapshot =
            content.frozen.count == 0
            ? base : LayeredSnapshot(content.frozen, over: base, height: content.height, age: nil)
        return LayeredSnapshot(content.active, over: below, height: content.height, age: age)
    }

    /// The content and LMDB's view that belongs under it: the view is taken under the lock, so it has at most what the layers have.
    private func view<Base>(_ open: () throws(StateError) -> Base) throws(StateError) -> (Content, Base) {
        try content.withLock { (content) throws(StateError) -> (Content, Base) in (content, try open()) }
    }

    func snapshot(at height: UInt64) throws(StateError) -> any StateSnapshot {
        let newest = try snapshot()
        if newest.height == height { return newest }
        newest.close()
        try flush()
        return try store.snapshot(at: height)
    }

    func height(of id: TransactionID) throws(StateError) -> UInt64? {
        // In this order: what leaves memory is in LMDB before.
        if let height = content.withLock({ $0.activeIDs[id] ?? $0.frozenIDs[id] }) { return height }
        return try store.height(of: id)
    }

    // MARK: - Writing

    /// What a commit is checked against: both layers, then LMDB. One thread, within the commit.
    @safe private struct Base: CommitBase {
        let core: LoggedCore
        let active: LayeredSnapshot.Layer
        let frozen: LayeredSnapshot.Layer
        let transaction: LMDBHandle

        func record(_ key: FullKey) throws(StateError) -> Record? {
            if let found = active[key] ?? frozen[key] { return found }
            return try core.store.environment.record(transaction, key)
        }
        func version(_ key: FullKey) throws(StateError) -> Version? {
            if let found = active[key] ?? frozen[key] { return found?.version }
            return try core.store.environment.version(transaction, key)
        }
        func has(_ id: TransactionID) throws(StateError) -> Bool {
            if core.content.withLock({ $0.activeIDs[id] != nil || $0.frozenIDs[id] != nil }) { return true }
            return try core.store.environment.height(of: id, transaction) != nil
        }
    }

    func commit(_ batch: [Commit], allOrNothing: Bool) throws(StateError) -> [CommitResult] {
        try checkBatch(batch)
        if batch.isEmpty { return [] }
        return try writer.withLock { (writer) throws(StateError) -> [CommitResult] in
            if let failure = writer.failure { throw failure }
            try makeRoom(&writer)
            let (results, delta) = try check(batch, allOrNothing)
            guard let delta else { return results }
            do throws(StateError) { try writer.log.append(delta) } catch {
                if case .diskFull = error {} else { writer.failure = error }
                throw error
            }
            publish(delta)
            writer.size += delta.size
            writer.deltas.append(delta)
            if writer.size >= logSize { turn(&writer) }
            return results
        }
    }

    private func check(
        _ batch: [Commit], _ allOrNothing: Bool
    ) throws(StateError) -> (results: [CommitResult], delta: BlockDelta?) {
        let (content, transaction) = try view { () throws(StateError) in try store.environment.beginRead() }
        defer { store.environment.endRead(transaction) }
        var target = DeltaTarget(
            over: Base(core: self, active: content.active, frozen: content.frozen, transaction: transaction),
            height: content.height + 1)
        let (results, isKept) = try apply(batch, allOrNothing: allOrNothing, height: content.height + 1, to: &target)
        return (results, isKept ? target.delta : nil)
    }

    /// Called by the writer alone, so nobody else changes `active` between the copy and the exchange.
    private func publish(_ delta: BlockDelta) {
        var active = content.withLock { $0.active }
        for change in delta.changes { active.set(change.key, change.record) }
        content.withLock { content in
            content.active = active
            for id in delta.ids { content.activeIDs[id] = delta.height }
            content.height = delta.height
        }
        newest.rise(to: delta.height)
    }

    /// Hands what is in memory to the drain thread, unless it still has work.
    private func turn(_ writer: inout Writer) {
        let deltas = writer.deltas
        guard !deltas.isEmpty else { return }
        let isTaken = drainState.withLock { drain in
            guard drain.deltas == nil else { return false }
            // Before the drain can end, which empties `frozen`.
            content.withLock { content in
                content.frozen = content.active
                content.frozenIDs = content.activeIDs
                content.active = LayeredSnapshot.Layer()
                content.activeIDs = [:]
            }
            drain.deltas = deltas
            drain.failure = nil
            return true
        }
        if isTaken {
            writer.deltas = []
            writer.size = 0
            writer.log.rotate()
        }
        // Also where it was not: one that has failed tries again.
        work.signal()
    }

    /// Waits for the drain where too much is in memory.
    private func makeRoom(_ writer: inout Writer) throws(StateError) {
        guard writer.size >= logSize * Self.backlogMax else { return }
        try waitForDrain()
        turn(&writer)
    }

    /// Waits until nothing is on its way into LMDB; throws why it does not get there.
    private func waitForDrain() throws(StateError) {
        var hasTried = false
        while true {
            let (isBusy, failure) = drainState.withLock { ($0.deltas != nil, $0.failure) }
            if !isBusy { return }
            if let failure {
                // Once more, as the reason may be gone.
                if hasTried { throw failure }
                hasTried = true
                drainState.withLock { $0.failure = nil }
                work.signal()
            }
            done.wait()
        }
    }

    func flush() throws(StateError) { try writer.withLock { (writer) throws(StateError) in try flush(&writer) } }

    private func flush(_ writer: inout Writer) throws(StateError) {
        try waitForDrain()
        if writer.deltas.isEmpty { return }
        turn(&writer)
        try waitForDrain()
    }

    func undo(_ height: UInt64) throws(StateError) -> [TransactionID] {
        try writer.withLock { (writer) throws(StateError) -> [TransactionID] in
            if let failure = writer.failure { throw failure }
            let newest = content.withLock { $0.height }
            guard height == newest, height > 0 else { throw .undoOrder(height: height, newest: newest) }
            try flush(&writer)
            // The log has this height, too; it must be gone before the height is.
            try writer.log.reset()
            let ids = try store.undo(height)
            content.withLock { $0.height = height - 1 }
            self.newest.rise(to: height - 1)
            return ids
        }
    }

    // MARK: - The drain thread

    func drain() {
        while true {
            work.wait()
            let (deltas, isEnding) = drainState.withLock { ($0.failure == nil ? $0.deltas : nil, $0.isEnding) }
            if let deltas {
                do throws(StateError) {
                    try store.apply(deltas)
                    drainState.withLock { drain in
                        content.withLock { content in
                            content.frozen = LayeredSnapshot.Layer()
                            content.frozenIDs = [:]
                        }
                        drain.deltas = nil
                    }
                } catch {
                    drainState.withLock { $0.failure = error }
                }
                done.signal()
            }
            if isEnding { return }
        }
    }

    func end() {
        drainState.withLock { $0.isEnding = true }
        work.signal()
    }
}
