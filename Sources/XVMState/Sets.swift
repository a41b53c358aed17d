// SPDX-License-Identifier: Apache-2.0
// What a context read and what it wants to write: the two halves of a commit, each in one canonical order.

/// One key that a context saw, with the version that it saw.
public struct Read: Hashable, Sendable {
    /// The bucket.
    public let bucket: [UInt8]
    /// The key in it.
    public let key: [UInt8]
    /// nil: never written.
    public let version: Version?

    /// All parts.
    public init(bucket: [UInt8], key: [UInt8], version: Version?) {
        self.bucket = bucket
        self.key = key
        self.version = version
    }
}

/// One key that a context changes.
public struct Write: Hashable, Sendable {
    /// What becomes of the key.
    public enum Effect: Hashable, Sendable {
        /// It gets this value, which may be empty.
        case put([UInt8])
        /// It is deleted; a mark with a version stays.
        case delete
    }
    /// The bucket.
    public let bucket: [UInt8]
    /// The key in it.
    public let key: [UInt8]
    /// What becomes of it.
    public let effect: Effect

    /// All parts.
    public init(bucket: [UInt8], key: [UInt8], effect: Effect) {
        self.bucket = bucket
        self.key = key
        self.effect = effect
    }
}

/// Reads in bytewise order of bucket, then key, each key once.
public struct ReadSet: Hashable, Sendable {
    /// In order.
    public let reads: [Read]
    let keys: [FullKey]

    /// Sorts. Refuses a key that stands twice, and names and sizes beyond `StateLimits`.
    public init(_ reads: [Read]) throws(StateError) {
        let sorted = try sortedByKey(reads) { read throws(StateError) in try FullKey(bucket: read.bucket, key: read.key) }
        self.reads = sorted.items
        keys = sorted.keys
    }

    /// Nothing read.
    public init() {
        reads = []
        keys = []
    }
}

/// Writes in bytewise order of bucket, then key, each key once. The place of a write in this order is its version's offset.
public struct WriteSet: Hashable, Sendable {
    /// In order.
    public let writes: [Write]
    let keys: [FullKey]

    /// Sorts. Refuses a key that stands twice, and names and sizes beyond `StateLimits`.
    public init(_ writes: [Write]) throws(StateError) {
        for write in writes {
            if case .put(let value) = write.effect, value.count > StateLimits.valueSizeMax(in: write.bucket) {
                throw .valueSize(value.count)
            }
        }
        let sorted = try sortedByKey(writes) { write throws(StateError) in try FullKey(bucket: write.bucket, key: write.key) }
        self.writes = sorted.items
        keys = sorted.keys
    }

    /// Nothing written.
    public init() {
        writes = []
        keys = []
    }

    /// Bytes of all keys and values.
    var size: Int {
        writes.reduce(0) { sum, write in
            if case .put(let value) = write.effect { sum + write.key.count + value.count } else { sum + write.key.count }
        }
    }
}

/// One transaction's change, to be taken if everything that it read is still so.
public struct Commit: Hashable, Sendable {
    /// New to the store.
    public let id: TransactionID
    /// What the transaction saw.
    public let reads: ReadSet
    /// What it changes; each key of it stands in `reads`.
    public let writes: WriteSet

    /// All parts. Refuses a write of a key that was not read.
    public init(id: TransactionID, reads: ReadSet, writes: WriteSet) throws(StateError) {
        var position = 0
        for key in writes.keys {
            while position < reads.keys.count, reads.keys[position] < key { position += 1 }
            guard position < reads.keys.count, reads.keys[position] == key else {
                throw .blindWrite(bucket: key.bucket, key: key.key)
            }
        }
        self.id = id
        self.reads = reads
        self.writes = writes
    }
}

/// What became of one commit of a batch. A conflict is a value: the caller runs the transaction again.
public enum CommitResult: Hashable, Sendable {
    /// Taken; the store now stands at this height.
    case committed(height: UInt64)
    /// Refused: the first key in order whose version is no longer the one that was read.
    case conflict(bucket: [UInt8], key: [UInt8], expected: Version?, actual: Version?)
    /// Not taken, because another commit of an all-or-nothing batch conflicts.
    case dropped
}

/// Sorts items by their full keys and refuses equal ones.
private func sortedByKey<Item>(
    _ items: [Item], _ fullKey: (Item) throws(StateError) -> FullKey
) throws(StateError) -> (items: [Item], keys: [FullKey]) {
    var pairs: [(key: FullKey, item: Item)] = []
    pairs.reserveCapacity(items.count)
    for item in items { pairs.append((try fullKey(item), item)) }
    pairs.sort { $0.key < $1.key }
    for (a, b) in zip(pairs, pairs.dropFirst()) where a.key == b.key {
        throw .keyTwice(bucket: a.key.bucket, key: a.key.key)
    }
    return (pairs.map(\.item), pairs.map(\.key))
}
