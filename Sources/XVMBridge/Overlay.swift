// SPDX-License-Identifier: Apache-2.0
// What one context tree sees of the state: its own writes first, then a snapshot; and what it read and wrote, for the commit.

package import XVMState
package import XVMWire

/// Read and write set over one snapshot. A savepoint costs nothing. Rules: a Get makes a read, also of an absent key; a
/// put or delete makes a read of the old version and a write; an iterator makes reads of exactly the keys that it returns.
package struct Overlay {
    private let snapshot: any StateSnapshot
    /// The same, where it takes full keys; found out with the first access.
    private var direct: (any FullKeySnapshot)??
    private let sizeMax: Int
    private var asked: Asked?
    /// What the snapshot had when a key was first met.
    private var seen = VersionMap()
    private var written = EffectMap()
    private var writtenSize = 0
    /// Ranges that pages looked through, in their order. No part of consensus (`ScannedRange`).
    package private(set) var scans: [ScannedRange] = []
    /// Bytes that reads and writes take; beside them the context's events and logs (`charge`).
    package private(set) var size = 0

    /// The key of the last get, in the forms that stores take. The next one is written into its memory: a get allocates nothing.
    private struct Asked {
        let bucket: [UInt8]
        private(set) var full: FullKey
        private var key: [UInt8] = []

        init(bucket: [UInt8]) throws(StateError) {
            self.bucket = bucket
            full = try FullKey(bucket: bucket, key: [])
        }

        mutating func replace(_ key: Span<UInt8>) throws(StateError) { try full.replace(key: key, bucketSize: bucket.count) }

        mutating func key(_ key: Span<UInt8>) -> [UInt8] {
            self.key.replace(from: 0, with: key)
            return self.key
        }
    }

    /// - Parameter sizeMax: bytes that `size` may reach.
    package init(over snapshot: any StateSnapshot, sizeMax: Int = BridgeLimits.contextSizeMax) {
        self.snapshot = snapshot
        self.sizeMax = sizeMax
    }

    /// What was written up to a moment.
    package struct Savepoint: Sendable {
        fileprivate let written: EffectMap
        fileprivate let writtenSize: Int
    }

    package var savepoint: Savepoint { Savepoint(written: written, writtenSize: writtenSize) }

    /// Takes back what was written since. What was read stays: the course of things depended on it.
    package mutating func rollBack(to savepoint: Savepoint) {
        size -= writtenSize - savepoint.writtenSize
        written = savepoint.written
        writtenSize = savepoint.writtenSize
    }

    package mutating func get(bucket: [UInt8], key: [UInt8]) throws -> FoundObject { try get(bucket: bucket, key: key.span) }

    package mutating func get(bucket: [UInt8], key: Span<UInt8>) throws -> FoundObject {
        if asked?.bucket != bucket { asked = try Asked(bucket: bucket) }
        try asked!.replace(key)
        let fullKey = asked!.full
        switch written[fullKey] {
        case .put(let value)?: return .value(value)
        case .delete?: return .deleted
        case nil: break
        }
        let record =
            if let direct = directSnapshot() { try direct.record(fullKey) } else {
                try snapshot.record(bucket: bucket, key: asked!.key(key))
            }
        try see(fullKey, record?.version)
        guard let record else { return .notFound }
        return record.isDeleted ? .deleted : .value(record.value)
    }

    /// A read of the old version and a write.
    package mutating func put(bucket: [UInt8], key: [UInt8], value: [UInt8]) throws {
        guard value.count <= StateLimits.valueSizeMax else { throw StateError.valueSize(value.count) }
        try write(bucket, key, .put(value))
    }

    /// A read of the old version and a delete mark, also where there is nothing.
    package mutating func delete(bucket: [UInt8], key: [UInt8]) throws { try write(bucket, key, .delete) }

    /// One page of [start, limit) in bytewise order, own writes merged in; an empty limit is the end of the bucket.
    /// - Parameters:
    ///   - itemCountMax: items in the page.
    ///   - sizeMax: bytes in the page, 8 + key + value each.
    /// - Returns: `.items`, or `.itemTooLarge` where already the first does not fit, which makes a read of it.
    package mutating func page(
        bucket: [UInt8], start: [UInt8], limit: [UInt8], itemCountMax: UInt32, sizeMax: UInt32
    ) throws -> SyscallResult {
        var cut: [UInt8]?
        return try page(bucket: bucket, start: start, limit: limit, itemCountMax: itemCountMax, sizeMax: sizeMax, &cut)
    }

    /// - Parameter cut: the first key that was left out for its size.
    mutating func page(
        bucket: [UInt8], start: [UInt8], limit: [UInt8], itemCountMax: UInt32, sizeMax: UInt32, _ cut: inout [UInt8]?
    ) throws -> SyscallResult {
        var stored = Peeked(try snapshot.iterate(bucket: bucket, start: start, limit: limit))
        let end = try limit.isEmpty ? FullKey.end(of: bucket) : FullKey(bucket: bucket, bound: limit)
        var own = written.iterator(start: try FullKey(bucket: bucket, bound: start), limit: end)
        var ownNext = own.next()
        var items: [SyscallResult.Item] = []
        var pageSize = 0
        // The key whose sight ended the page; nil: the range ended it.
        var last: [UInt8]?
        defer {
            if itemCountMax > 0 {
                scans.append(ScannedRange(bucket: bucket, start: start, limit: last.map { $0 + [0] } ?? limit))
            }
        }
        while items.count < Int(itemCountMax) {
            let item: SyscallResult.Item
            // nil: an own write, whose key is among the reads already.
            let version: Version?
            let storedNext = try stored.peek()
            if let (fullKey, effect) = ownNext, storedNext.map({ compare(fullKey.key, $0.key) <= 0 }) ?? true {
                let key = fullKey.key
                if key == storedNext?.key { stored.skip() }
                ownNext = own.next()
                guard case .put(let value) = effect else { continue }
                item = SyscallResult.Item(key: key, value: value)
                version = nil
            } else if let storedNext {
                stored.skip()
                item = SyscallResult.Item(key: storedNext.key, value: storedNext.record.value)
                version = storedNext.record.version
            } else {
                break
            }
            let itemSize = 8 + item.key.count + item.value.count
            if pageSize + itemSize > Int(sizeMax) {
                last = item.key
                cut = item.key
                // Its size is told, so it is read: a replay on the read set finds it, too.
                if items.isEmpty, let version { try see(FullKey(bucket: bucket, key: item.key), version) }
                if items.isEmpty { return .itemTooLarge(size: UInt32(itemSize)) }
                break
            }
            if let version { try see(FullKey(bucket: bucket, key: item.key), version) }
            pageSize += itemSize
            if items.count + 1 == Int(itemCountMax) { last = item.key }
            items.append(item)
        }
        return .items(items)
    }

    /// What was read, with the versions of the snapshot.
    package func reads() throws(StateError) -> ReadSet {
        if seen.count == 0 { return ReadSet() }
        var reads: [Read] = []
        reads.reserveCapacity(seen.count)
        seen.forEach { reads.append(Read(bucket: $0.bucket, key: $0.key, version: $1)) }
        return try ReadSet(reads)
    }

    /// What is to be written; each key of it is among the reads.
    package func writes() throws(StateError) -> WriteSet {
        if written.count == 0 { return WriteSet() }
        var writes: [Write] = []
        writes.reserveCapacity(written.count)
        written.forEach { writes.append(Write(bucket: $0.bucket, key: $0.key, effect: $1)) }
        return try WriteSet(writes)
    }

    /// Counts `bytes` of the context (an event, a log line) against its limit, with what an entry costs beside them.
    package mutating func charge(bytes: Int) throws(BridgeError) { try grow(by: BridgeLimits.entryOverhead + bytes) }

    private mutating func write(_ bucket: [UInt8], _ key: [UInt8], _ effect: Write.Effect) throws {
        let fullKey = try FullKey(bucket: bucket, key: key)
        if !seen.contains(fullKey) {
            let version =
                if let direct = directSnapshot() { try direct.version(fullKey) } else {
                    try snapshot.version(bucket: bucket, key: key)
                }
            try see(fullKey, version)
        }
        let old = written[fullKey]
        let entry = old == nil ? BridgeLimits.entryOverhead + fullKey.bytes.count : 0
        let more = entry + effect.valueSize - (old?.valueSize ?? 0)
        try grow(by: more)
        writtenSize += more
        written.set(fullKey, effect)
    }

    private mutating func directSnapshot() -> (any FullKeySnapshot)? {
        if case .some(let known) = direct { return known }
        let found = snapshot as? any FullKeySnapshot
        direct = .some(found)
        return found
    }

    /// The first version stays; all come from the same snapshot.
    private mutating func see(_ key: FullKey, _ version: Version?) throws(BridgeError) {
        guard !seen.contains(key) else { return }
        try grow(by: BridgeLimits.entryOverhead + key.bytes.count)
        seen.set(key, version)
    }

    // Both terms are sizes of what lies in memory or in one frame: no overflow.
    private mutating func grow(by bytes: Int) throws(BridgeError) {
        guard size + bytes <= sizeMax else { throw .contextTooLarge(size: size + bytes, limit: sizeMax) }
        size += bytes
    }
}

/// A store's iterator with one item looked at but not taken. It steps only when asked, so a page reads no item beyond its end.
private struct Peeked {
    private let iterator: any StateIterator
    private var item: (key: [UInt8], record: Record)?
    private var isLooked = false

    init(_ iterator: any StateIterator) { self.iterator = iterator }

    mutating func peek() throws(StateError) -> (key: [UInt8], record: Record)? {
        if !isLooked {
            item = try iterator.next()
            isLooked = true
        }
        return item
    }

    mutating func skip() { isLooked = false }
}

extension Write.Effect {
    fileprivate var valueSize: Int {
        if case .put(let value) = self { value.count } else { 0 }
    }
}
