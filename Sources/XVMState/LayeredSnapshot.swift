// SPDX-License-Identifier: Apache-2.0
// Records over another snapshot: a block that is being made, the past of a store, what a commit log has not handed down yet.

internal import Synchronization

/// A snapshot that can also show its delete marks, in order.
protocol RawSnapshot: StateSnapshot {
    /// Steps over all records, deleted ones included.
    func rawRecords() throws(StateError) -> any RawIterator
}
protocol RawIterator: AnyObject {
    func next() throws(StateError) -> (key: FullKey, record: Record)?
}

/// A layer of records over a base. Where the layer has a key, it decides: with a record, or with nil for "never written".
/// Both parts never change, so neither does this; closing it closes the base.
package final class LayeredSnapshot: RawSnapshot {
    package typealias Layer = OrderedMap<Record?>
    private let layer: Layer
    private let base: any StateSnapshot
    private let age: SnapshotAge?
    private let isOpen = Mutex(true)
    package let height: UInt64

    package convenience init(_ layer: Layer, over base: any StateSnapshot, height: UInt64) {
        self.init(layer, over: base, height: height, age: nil)
    }

    /// - Parameter age: nil: the base alone decides how long the snapshot may be used.
    init(_ layer: Layer, over base: any StateSnapshot, height: UInt64, age: SnapshotAge?) {
        self.layer = layer
        self.base = base
        self.height = height
        self.age = age
    }

    package func record(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Record? {
        try check()
        if let found = layer[try FullKey(bucket: bucket, key: key)] { return found }
        return try base.record(bucket: bucket, key: key)
    }

    package func version(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Version? {
        try check()
        if let found = layer[try FullKey(bucket: bucket, key: key)] { return found?.version }
        return try base.version(bucket: bucket, key: key)
    }

    package func iterate(bucket: [UInt8], start: [UInt8], limit: [UInt8]) throws(StateError) -> any StateIterator {
        try check()
        let bounds = try rangeBounds(bucket: bucket, start: start, limit: limit)
        return LayeredIterator(
            self, layer.iterator(start: bounds.start, limit: bounds.limit),
            BaseRange(try base.iterate(bucket: bucket, start: start, limit: limit), bucket))
    }

    package func digest() throws(StateError) -> [UInt8] {
        var digest = StateDigest()
        let records = try rawRecords()
        while let (key, record) = try records.next() { digest.add(key, record) }
        return digest.finalize()
    }

    func rawRecords() throws(StateError) -> any RawIterator {
        try check()
        guard let base = base as? any RawSnapshot else { throw .unsupported(what: "digest of a layer over it") }
        return RawLayeredIterator(layer.iterator(), try base.rawRecords())
    }

    package func close() {
        isOpen.withLock { $0 = false }
        base.close()
    }

    fileprivate func check() throws(StateError) {
        guard isOpen.withLock({ $0 }) else { throw .snapshotClosed }
        do { try age?.check() } catch {
            close()
            throw error
        }
    }
}

/// The base's range with full keys.
private struct BaseRange {
    let iterator: any StateIterator
    let bucket: [UInt8]

    init(_ iterator: any StateIterator, _ bucket: [UInt8]) {
        self.iterator = iterator
        self.bucket = bucket
    }

    func next() throws(StateError) -> (key: FullKey, record: Record)? {
        guard let (key, record) = try iterator.next() else { return nil }
        return (try FullKey(bucket: bucket, key: key), record)
    }
}

/// Two ordered sequences as one; where both have a key, the layer's stands. `nil` records of the layer are left out.
private struct Merge {
    private var layer: OrderedMap<Record?>.Iterator
    private var layerNext: (key: FullKey, value: Record?)?
    private var baseNext: (key: FullKey, record: Record)?
    private var isBegun = false

    init(_ layer: OrderedMap<Record?>.Iterator) { self.layer = layer }

    mutating func next(
        _ base: () throws(StateError) -> (key: FullKey, record: Record)?
    ) throws(StateError) -> (key: FullKey, record: Record)? {
        if !isBegun {
            isBegun = true
            layerNext = layer.next()
            baseNext = try base()
        }
        while true {
            guard let above = layerNext else {
                guard let below = baseNext else { return nil }
                baseNext = try base()
                return below
            }
            if let below = baseNext {
                let order = compare(below.key.bytes, above.key.bytes)
                if order < 0 {
                    baseNext = try base()
                    return below
                }
                if order == 0 { baseNext = try base() }
            }
            layerNext = layer.next()
            if let record = above.value { return (above.key, record) }
        }
    }
}

private final class LayeredIterator: StateIterator {
    private let snapshot: LayeredSnapshot
    private let base: BaseRange
    private var merge: Merge

    init(_ snapshot: LayeredSnapshot, _ layer: OrderedMap<Record?>.Iterator, _ base: BaseRange) {
        self.snapshot = snapshot
        self.base = base
        merge = Merge(layer)
    }

    func next() throws(StateError) -> (key: [UInt8], record: Record)? {
        try snapshot.check()
        let base = base
        while let (key, record) = try merge.next({ () throws(StateError) in try base.next() }) {
            if !record.isDeleted { return (key.key, record) }
        }
        return nil
    }
}

private final class RawLayeredIterator: RawIterator {
    private let base: any RawIterator
    private var merge: Merge

    init(_ layer: OrderedMap<Record?>.Iterator, _ base: any RawIterator) {
        self.base = base
        merge = Merge(layer)
    }

    func next() throws(StateError) -> (key: FullKey, record: Record)? {
        let base = base
        return try merge.next { () throws(StateError) in try base.next() }
    }
}
