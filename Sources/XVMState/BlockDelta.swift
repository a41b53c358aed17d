// SPDX-License-Identifier: Apache-2.0
// What one height changed: the unit of the commit log, of undo, and of what goes into LMDB in one transaction.

internal import XVMCore

/// The change from one height to the next.
struct BlockDelta: Sendable {
    struct Change: Sendable {
        let key: FullKey
        /// After the height.
        var record: Record
        /// Before it; nil: never written.
        let previous: Record?
    }
    let height: UInt64
    /// In the order of their commits.
    var ids: [TransactionID] = []
    /// Each key once, in the order in which the keys were first written.
    private(set) var changes: [Change] = []
    private var places: [FullKey: Int] = [:]
    /// Bytes of keys and values, roughly what the delta takes in memory.
    private(set) var size = 0

    init(height: UInt64) { self.height = height }

    /// The record of a key within this height; nil where the height has not changed it.
    subscript(key: FullKey) -> Record? { places[key].map { changes[$0].record } }

    /// - Parameter previous: asked once per key.
    mutating func put(_ key: FullKey, _ record: Record, previous: () throws(StateError) -> Record?) throws(StateError) {
        size += key.bytes.count + record.value.count + 128
        if let place = places[key] {
            changes[place].record = record
            return
        }
        places[key] = changes.count
        changes.append(Change(key: key, record: record, previous: try previous()))
    }

    // Both encodings, integers little-endian: u32 count of ids, 32 bytes each; u32 count of entries; each entry: u16 size of the full key,
    // the full key, then a record as u32 size and its stored form, which the undo record has with size 0 where there was none.

    /// For the commit log: what the height made.
    var redo: [UInt8] { encoded { $0.record } }
    /// For the table `undo`: what the height replaced.
    var undo: [UInt8] { encoded { $0.previous } }

    private func encoded(_ record: (Change) -> Record?) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 32 * ids.count)
        bytes.appendLittleEndian(UInt32(ids.count))
        for id in ids { id.append(to: &bytes) }
        bytes.appendLittleEndian(UInt32(changes.count))
        for change in changes {
            bytes.appendLittleEndian(UInt16(change.key.bytes.count))
            bytes += change.key.bytes
            if let record = record(change) {
                bytes.appendLittleEndian(UInt32(record.storedSize))
                record.appendStored(to: &bytes)
            } else {
                bytes.appendLittleEndian(UInt32(0))
            }
        }
        return bytes
    }

    /// What `redo` and `undo` give; nil where the bytes are neither.
    static func decode(_ bytes: [UInt8]) -> (ids: [TransactionID], entries: [(key: FullKey, record: Record?)])? {
        var reader = ByteReader(bytes)
        do throws(ByteReaderError) {
            // Counts are bounded by what is there before anything is made for them.
            let idCount = Int(try reader.u32())
            guard idCount <= reader.remaining / TransactionID.size else { return nil }
            var ids: [TransactionID] = []
            ids.reserveCapacity(idCount)
            for _ in 0..<idCount {
                guard let id = TransactionID(bytes[try reader.take(TransactionID.size)]) else { return nil }
                ids.append(id)
            }
            let count = Int(try reader.u32())
            guard count <= reader.remaining / 6 else { return nil }
            var entries: [(key: FullKey, record: Record?)] = []
            entries.reserveCapacity(count)
            for _ in 0..<count {
                let keySize = Int(try reader.u16())
                guard let key = FullKey(stored: Array(bytes[try reader.take(keySize)])) else { return nil }
                let size = Int(try reader.u32())
                let place = try reader.take(size)
                if size == 0 {
                    entries.append((key, nil))
                    continue
                }
                // SAFETY: the reader has seen that the range lies within `bytes`; the record is copied out of it.
                let record = unsafe bytes.withUnsafeBytes { bytes in
                    unsafe Record(stored: UnsafeRawBufferPointer(rebasing: bytes[place]))
                }
                guard let record else { return nil }
                entries.append((key, record))
            }
            return reader.isAtEnd ? (ids, entries) : nil
        } catch { return nil }
    }
}
