// SPDX-License-Identifier: Apache-2.0
// What a verifier runs a transaction on: the records that it read, and nothing else.

/// A snapshot of exactly a read set. Every other key is refused with `outsideReadSet`: a replay that asks for one has taken another way
/// than the transaction it verifies. An iterator steps over the keys of the set in its range, because a range reads what it returns.
package final class ReadSetSnapshot: RawSnapshot {
    package let height: UInt64
    /// nil: read as never written.
    private let records: OrderedMap<Record?>

    /// Takes the records of `reads` from `snapshot`, where each must still have the version that was read.
    /// - Returns: nil and the first read in order that is not current, where there is one.
    package static func make(
        _ reads: ReadSet, from snapshot: any StateSnapshot
    ) throws(StateError) -> (snapshot: ReadSetSnapshot?, conflict: CommitResult?) {
        var records = OrderedMap<Record?>()
        for (key, read) in zip(reads.keys, reads.reads) {
            let record = try snapshot.record(bucket: read.bucket, key: read.key)
            guard record?.version == read.version else {
                return (
                    nil, .conflict(bucket: read.bucket, key: read.key, expected: read.version, actual: record?.version)
                )
            }
            records.set(key, record)
        }
        return (ReadSetSnapshot(records, height: snapshot.height), nil)
    }

    private init(_ records: OrderedMap<Record?>, height: UInt64) {
        self.records = records
        self.height = height
    }

    package func record(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Record? {
        guard let found = records[try FullKey(bucket: bucket, key: key)] else { throw .outsideReadSet(bucket: bucket, key: key) }
        return found
    }

    package func version(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Version? {
        try record(bucket: bucket, key: key)?.version
    }

    package func iterate(bucket: [UInt8], start: [UInt8], limit: [UInt8]) throws(StateError) -> any StateIterator {
        let (start, limit) = try rangeBounds(bucket: bucket, start: start, limit: limit)
        return ReadSetIterator(records.iterator(start: start, limit: limit))
    }

    package func digest() throws(StateError) -> [UInt8] {
        var digest = StateDigest()
        let records = try rawRecords()
        while let (key, record) = try records.next() { digest.add(key, record) }
        return digest.finalize()
    }

    func rawRecords() throws(StateError) -> any RawIterator { ReadSetIterator(records.iterator()) }

    package func close() {}
}

private final class ReadSetIterator: StateIterator, RawIterator {
    private var iterator: OrderedMap<Record?>.Iterator

    init(_ iterator: OrderedMap<Record?>.Iterator) { self.iterator = iterator }

    func next() throws(StateError) -> (key: FullKey, record: Record)? {
        while let (key, record) = iterator.next() {
            if let record { return (key, record) }
        }
        return nil
    }

    func next() throws(StateError) -> (key: [UInt8], record: Record)? {
        while let (key, record): (key: FullKey, record: Record) = try next() {
            if !record.isDeleted { return (key.key, record) }
        }
        return nil
    }
}
