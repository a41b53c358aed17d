// SPDX-License-Identifier: Apache-2.0
// The rules of a commit, once for every store: what a batch does to a store that can look up and put.

/// A store's open write: sees its own puts, and is kept or dropped as a whole by the store.
protocol CommitTarget {
    /// Version of a key, delete marks included; nil: never written.
    func version(_ key: FullKey) throws(StateError) -> Version?
    mutating func put(_ key: FullKey, _ record: Record) throws(StateError)
    func has(_ id: TransactionID) throws(StateError) -> Bool
    mutating func add(_ id: TransactionID, height: UInt64) throws(StateError)
}

/// Before a store begins its write: sizes of the batch.
func checkBatch(_ batch: [Commit]) throws(StateError) {
    guard batch.count <= StateLimits.batchCountMax else {
        throw .batchTooLarge(what: "commits", value: batch.count, limit: StateLimits.batchCountMax)
    }
    var size = 0
    for commit in batch {
        // Cannot overflow: each write set lies in memory.
        size += commit.writes.size
        guard size <= StateLimits.batchSizeMax else {
            throw .batchTooLarge(what: "bytes", value: size, limit: StateLimits.batchSizeMax)
        }
    }
}

/// Applies a batch to `target`.
/// - Parameter height: the height that the store has if this batch is kept.
/// - Returns: one result each, and whether there is anything to keep. If not, the caller drops the target.
func apply<Target: CommitTarget>(
    _ batch: [Commit], allOrNothing: Bool, height: UInt64, to target: inout Target
) throws(StateError) -> (results: [CommitResult], isKept: Bool) {
    var results: [CommitResult] = []
    results.reserveCapacity(batch.count)
    var isKept = false
    for (index, commit) in batch.enumerated() {
        if try target.has(commit.id) { throw .transactionTwice(commit.id) }
        if let conflict = try firstConflict(commit.reads, target) {
            if allOrNothing {
                results = Array(repeating: .dropped, count: batch.count)
                results[index] = conflict
                return (results, false)
            }
            results.append(conflict)
            continue
        }
        for (offset, (key, write)) in zip(commit.writes.keys, commit.writes.writes).enumerated() {
            let version = Version(transaction: commit.id, offset: UInt32(offset))
            switch write.effect {
            case .put(let value): try target.put(key, Record(value: value, version: version, height: height, isDeleted: false))
            case .delete: try target.put(key, Record(value: [], version: version, height: height, isDeleted: true))
            }
        }
        try target.add(commit.id, height: height)
        results.append(.committed(height: height))
        isKept = true
    }
    return (results, isKept)
}

private func firstConflict<Target: CommitTarget>(_ reads: ReadSet, _ target: Target) throws(StateError) -> CommitResult? {
    for (key, read) in zip(reads.keys, reads.reads) {
        let actual = try target.version(key)
        if actual != read.version {
            return .conflict(bucket: read.bucket, key: read.key, expected: read.version, actual: actual)
        }
    }
    return nil
}
