// SPDX-License-Identifier: Apache-2.0
// Transactions of one block executed in parallel, with the result of their serial order.

/// What one execution saw and wants to change.
package struct Effects: Sendable {
    package var reads: ReadSet
    package var writes: WriteSet
    /// Ranges that it looked through.
    package var scans: [ScannedRange]
    /// It asked for blocks or transactions: then the height counts, too, on which it was executed.
    package var dependsOnHeight: Bool

    package init(reads: ReadSet, writes: WriteSet, scans: [ScannedRange], dependsOnHeight: Bool = false) {
        self.reads = reads
        self.writes = writes
        self.scans = scans
        self.dependsOnHeight = dependsOnHeight
    }
}

/// What earlier transactions of a block have written, over the state before the block.
///
/// Each transaction may be executed on the state before the block, at any time and on any thread. `settle` takes them in their order: one
/// that has read nothing, and has looked through no range, that an earlier one has written, gives on the state before it exactly what it
/// gave on the state before the block. Any other one is executed again, on the state before it. So the results are those of the serial
/// order, whatever the parallel part did, and failures too.
package struct PendingBlock: Sendable {
    private let base: any StateSnapshot
    /// The height that the block will have.
    package let height: UInt64
    private var layer = LayeredSnapshot.Layer()
    private var ids: Set<TransactionID> = []
    /// What the blocks before have written, the newest last: for effects that were seen before them.
    private let earlier: [(height: UInt64, layer: LayeredSnapshot.Layer)]
    /// Blocks that are remembered for that.
    private static let earlierCount = 8

    /// - Parameters:
    ///   - base: stays open while the block is made.
    ///   - previous: the block before, if it was made here.
    package init(over base: any StateSnapshot, height: UInt64, after previous: PendingBlock? = nil) {
        self.base = base
        self.height = height
        if let previous, previous.height + 1 == height {
            earlier = previous.earlier.suffix(Self.earlierCount - 1) + [(previous.height, previous.layer)]
        } else {
            earlier = []
        }
    }

    /// Whether a transaction of this block has the id.
    package func has(_ id: TransactionID) -> Bool { ids.contains(id) }

    /// The state after what is settled so far. Do not close it: it would close the base.
    package var snapshot: any StateSnapshot {
        layer.count == 0 ? base : LayeredSnapshot(layer, over: base, height: height - 1)
    }

    /// Whether effects that were seen on a state are those that the state so far would give.
    /// - Parameter seen: the height of that state; nil: the base.
    package func isCurrent(_ effects: Effects, since seen: UInt64? = nil) throws(StateError) -> Bool {
        let newest = height - 1
        let seen = seen ?? newest
        guard seen <= newest else { return false }
        if seen < newest {
            if effects.dependsOnHeight { return false }
            // Every block between must be remembered.
            let between = earlier.filter { $0.height > seen }
            guard UInt64(between.count) == newest - seen else { return false }
            for block in between where try Self.touches(block.layer, effects) { return false }
        }
        return try !Self.touches(layer, effects)
    }

    private static func touches(_ layer: LayeredSnapshot.Layer, _ effects: Effects) throws(StateError) -> Bool {
        if layer.count == 0 { return false }
        for key in effects.reads.keys where layer[key] != nil { return true }
        for scan in effects.scans {
            let start = try FullKey(bucket: scan.bucket, bound: scan.start)
            let end = try scan.limit.isEmpty ? FullKey.end(of: scan.bucket) : FullKey(bucket: scan.bucket, bound: scan.limit)
            var written = layer.iterator(start: start, limit: end)
            if written.next() != nil { return true }
        }
        return false
    }

    /// Adds a transaction's writes to the state.
    package mutating func add(_ id: TransactionID, _ writes: WriteSet) {
        ids.insert(id)
        for (offset, (key, write)) in zip(writes.keys, writes.writes).enumerated() {
            let version = Version(transaction: id, offset: UInt32(offset))
            let record =
                switch write.effect {
                case .put(let value): Record(value: value, version: version, height: height, isDeleted: false)
                case .delete: Record(value: [], version: version, height: height, isDeleted: true)
                }
            layer.set(key, record)
        }
    }

    /// The state after this block, over that of the height before it: the base of the next one while this one is not committed yet.
    package func layered(over base: any StateSnapshot) -> any StateSnapshot { LayeredSnapshot(layer, over: base, height: height) }

    /// Takes the transactions in their order.
    /// - Parameters:
    ///   - results: what each gave on the base; nil: not executed yet, or it failed there.
    ///   - effects: what a result saw and wants to change.
    ///   - isKept: whether it changes the state at all.
    ///   - execute: runs a transaction on a state.
    /// - Returns: the final results in order, and how many were executed here.
    package mutating func settle<Result>(
        _ results: [Result?], ids: [TransactionID], effects: (Result) -> Effects, isKept: (Result) -> Bool,
        execute: (Int, any StateSnapshot) throws -> Result
    ) throws -> (results: [Result], executedCount: Int) {
        var final: [Result] = []
        final.reserveCapacity(results.count)
        var executedCount = 0
        for (index, result) in results.enumerated() {
            var settled = result
            if let result, try !isCurrent(effects(result)) { settled = nil }
            if settled == nil {
                settled = try execute(index, snapshot)
                executedCount += 1
            }
            guard let settled else { preconditionFailure("executed above") }
            if isKept(settled) { add(ids[index], effects(settled).writes) }
            final.append(settled)
        }
        return (final, executedCount)
    }
}
