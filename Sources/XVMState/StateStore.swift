// SPDX-License-Identifier: Apache-2.0
// The protocol of a versioned key-value store. Nothing above it may assume how a store keeps its data.

/// A store of versioned records in buckets, changed only by commits that name what they read.
public protocol StateStore: AnyObject, Sendable {
    /// The newest committed state. It does not change while it is open; close it soon (`SnapshotLimits`).
    func snapshot() throws(StateError) -> any StateSnapshot

    /// Takes the commits in order as one durable unit, each seeing those before it. A commit whose reads are no longer current is left
    /// out as a conflict; with `allOrNothing` one conflict drops the whole batch. What throws has changed nothing.
    /// The height rises by one if at least one commit was taken. Blocks; runs on the calling thread.
    /// - Returns: one result for each commit, in order.
    func commit(_ batch: [Commit], allOrNothing: Bool) throws(StateError) -> [CommitResult]

    /// The state as it was when the store stood at `height`: of the newest heights only (`StateLimits.heightsKept` by default), else
    /// `heightUnknown`. Costs what was written since.
    func snapshot(at height: UInt64) throws(StateError) -> any StateSnapshot

    /// Takes back the newest height, as one durable unit: every record as it was before, the height's transactions unknown again.
    /// - Throws: `undoOrder` where `height` is not the newest, `heightUnknown` where what it replaced is no longer kept.
    /// - Returns: the transactions that were taken back, in their order.
    @discardableResult
    func undo(_ height: UInt64) throws(StateError) -> [TransactionID]

    /// The height at which a transaction was committed; nil: never, or taken back.
    func height(of transaction: TransactionID) throws(StateError) -> UInt64?
}

// Stores of a node that keeps its own history need none of these.
extension StateStore {
    /// Only the newest height.
    public func snapshot(at height: UInt64) throws(StateError) -> any StateSnapshot {
        let newest = try snapshot()
        if newest.height == height { return newest }
        newest.close()
        throw .heightUnknown(height: height, oldest: newest.height, newest: newest.height)
    }
    /// Not possible.
    @discardableResult
    public func undo(_ height: UInt64) throws(StateError) -> [TransactionID] { throw .unsupported(what: "undo") }
    /// Not possible.
    public func height(of transaction: TransactionID) throws(StateError) -> UInt64? {
        throw .unsupported(what: "index of transactions")
    }
}

/// One unchanging view of a store. Usable from any thread, one call at a time; answers are copies.
public protocol StateSnapshot: AnyObject, Sendable {
    /// Batches committed before it.
    var height: UInt64 { get }
    /// nil: never written. A deleted key answers with its delete mark.
    func record(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Record?
    /// The version alone, without a copy of the value.
    func version(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Version?
    /// Keys of [start, limit) in bytewise order without the deleted ones; an empty limit is the end of the bucket. Bounds have at most
    /// 401 bytes; `limit` must not lie before `start`.
    func iterate(bucket: [UInt8], start: [UInt8], limit: [UInt8]) throws(StateError) -> any StateIterator
    /// SHA-256 over all records, deleted ones included, the same on every store (`StateDigest`). Reads everything.
    func digest() throws(StateError) -> [UInt8]
    /// Gives back what the store holds for it. What is called later throws `snapshotClosed`.
    func close()
}

/// A snapshot that takes a full key as it is, so that who has one already does not pay for a second.
package protocol FullKeySnapshot: StateSnapshot {
    func record(_ key: FullKey) throws(StateError) -> Record?
    func version(_ key: FullKey) throws(StateError) -> Version?
}

/// Steps through a range of a snapshot, which it keeps alive.
public protocol StateIterator: AnyObject {
    /// The next key that is not deleted; nil at the end.
    func next() throws(StateError) -> (key: [UInt8], record: Record)?
}

extension StateStore {
    /// Commits a single transaction.
    public func commit(_ commit: Commit) throws(StateError) -> CommitResult {
        try self.commit([commit], allOrNothing: false)[0]
    }
}
