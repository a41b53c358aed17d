// SPDX-License-Identifier: Apache-2.0
// A read transaction of LMDB as a snapshot: everything that leaves it is a copy.

internal import CLMDB
internal import Synchronization

/// A view of an `LMDBStore`.
final class LMDBSnapshot: RawSnapshot, FullKeySnapshot {
    private let environment: LMDBEnvironment
    private let age: SnapshotAge
    /// nil: closed. Whoever holds the mutex is the only user of the transaction.
    private let transaction: Mutex<LMDBHandle?>

    init(_ environment: LMDBEnvironment, newest: NewestHeight, limits: SnapshotLimits) throws(StateError) {
        let transaction = try environment.beginRead()
        do { age = SnapshotAge(height: try environment.height(transaction), newest: newest, limits: limits) } catch {
            environment.endRead(transaction)
            throw error
        }
        self.environment = environment
        self.transaction = Mutex(transaction)
    }

    deinit { close() }

    var height: UInt64 { age.height }

    func record(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Record? {
        try record(FullKey(bucket: bucket, key: key))
    }

    func record(_ key: FullKey) throws(StateError) -> Record? {
        try withTransaction { (transaction) throws(StateError) in try environment.record(transaction, key) }
    }

    func version(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Version? {
        try version(FullKey(bucket: bucket, key: key))
    }

    func version(_ key: FullKey) throws(StateError) -> Version? {
        try withTransaction { (transaction) throws(StateError) in try environment.version(transaction, key) }
    }

    func iterate(bucket: [UInt8], start: [UInt8], limit: [UInt8]) throws(StateError) -> any StateIterator {
        let (start, limit) = try rangeBounds(bucket: bucket, start: start, limit: limit)
        return try LMDBIterator(self, start: start, limit: limit, prefixSize: bucket.count + 1)
    }

    func digest() throws(StateError) -> [UInt8] {
        var digest = StateDigest()
        let records = try rawRecords()
        while let (key, record) = try records.next() { digest.add(key, record) }
        return digest.finalize()
    }

    func rawRecords() throws(StateError) -> any RawIterator { try LMDBCursor(self, start: nil) }

    /// This snapshot's view of an older height: what every height since then replaced lies over it. Takes this snapshot over.
    func past(at height: UInt64) throws(StateError) -> any StateSnapshot {
        var layer = LayeredSnapshot.Layer()
        var at = self.height
        while at > height {
            let undo = try withTransaction { (transaction) throws(StateError) in try environment.undoRecord(transaction, at) }
            guard let undo else { throw .heightUnknown(height: height, oldest: at, newest: self.height) }
            for (key, previous) in undo.entries { layer.set(key, previous) }
            at -= 1
        }
        return LayeredSnapshot(layer, over: self, height: height)
    }

    func close() {
        let open = transaction.withLock { transaction in
            let open = transaction
            transaction = nil
            return open
        }
        if let open = open { environment.endRead(open) }
    }

    /// Runs `body` with the transaction, which no other thread uses meanwhile. A snapshot beyond its limits is closed instead.
    fileprivate func withTransaction<Result>(
        _ body: (LMDBHandle) throws(StateError) -> Result
    ) throws(StateError) -> Result {
        do { try age.check() } catch {
            close()
            throw error
        }
        return try transaction.withLock { (transaction) throws(StateError) -> Result in
            guard let open = transaction else { throw .snapshotClosed }
            return try body(open)
        }
    }

    fileprivate func openCursor() throws(StateError) -> LMDBHandle {
        try withTransaction { (transaction) throws(StateError) -> LMDBHandle in
            var cursor: OpaquePointer?
            let code = unsafe mdb_cursor_open(transaction.pointer, environment.tables.latest, &cursor)
            guard code == 0, let cursor = unsafe cursor else { throw environment.error("mdb_cursor_open", code) }
            return unsafe LMDBHandle(pointer: cursor)
        }
    }

    /// One step: to the first key that is not below `start`, or on by one.
    fileprivate func step(
        _ cursor: LMDBHandle, from start: [UInt8]?, _ operation: MDB_cursor_op
    ) throws(StateError) -> (key: FullKey, record: Record)? {
        try withTransaction { (_) throws(StateError) -> (key: FullKey, record: Record)? in
            var pair: (FullKey?, Record?)
            // SAFETY: the cursor belongs to the transaction, which is open, because `withTransaction` holds it; what LMDB points at is
            // copied before the mutex is left; the start's buffer outlives the call.
            let code = unsafe (start ?? []).withUnsafeBytes { start in
                var key = unsafe MDB_val(mv_size: start.count, mv_data: UnsafeMutableRawPointer(mutating: start.baseAddress))
                var value = unsafe MDB_val()
                let code = unsafe mdb_cursor_get(cursor.pointer, &key, &value, operation)
                if code == 0 { pair = unsafe (FullKey(stored: Array(bytes(key))), Record(stored: bytes(value))) }
                return code
            }
            if code == MDB_NOTFOUND { return nil }
            if code != 0 { throw environment.error("mdb_cursor_get", code) }
            guard let key = pair.0, let record = pair.1 else {
                throw .corrupted(path: environment.path, detail: "a record cannot be read")
            }
            return (key, record)
        }
    }
}

/// Steps over the table `latest`, delete marks included. One user at a time.
// SAFETY: the cursor is used only through `LMDBSnapshot.step`, which holds the transaction; LMDB allows a cursor of a read transaction to
// be closed after the transaction's end, and closing touches nothing of it.
@safe private final class LMDBCursor: RawIterator {
    private let snapshot: LMDBSnapshot
    private let cursor: LMDBHandle
    private var start: [UInt8]?
    private var isBegun = false

    init(_ snapshot: LMDBSnapshot, start: FullKey?) throws(StateError) {
        cursor = try snapshot.openCursor()
        self.snapshot = snapshot
        self.start = start?.bytes
    }

    deinit { unsafe mdb_cursor_close(cursor.pointer) }

    func next() throws(StateError) -> (key: FullKey, record: Record)? { try next(limit: nil) }

    /// The next record before `limit`; nil at the end.
    func next(limit: FullKey?) throws(StateError) -> (key: FullKey, record: Record)? {
        let operation = isBegun ? MDB_NEXT : start == nil ? MDB_FIRST : MDB_SET_RANGE
        let found = try snapshot.step(cursor, from: isBegun ? nil : start, operation)
        isBegun = true
        guard let found else { return nil }
        if let limit, !(found.key < limit) { return nil }
        return found
    }
}

private final class LMDBIterator: StateIterator {
    private let cursor: LMDBCursor
    private let limit: FullKey
    private let prefixSize: Int
    private var isAtEnd = false

    init(_ snapshot: LMDBSnapshot, start: FullKey, limit: FullKey, prefixSize: Int) throws(StateError) {
        cursor = try LMDBCursor(snapshot, start: start)
        self.limit = limit
        self.prefixSize = prefixSize
    }

    func next() throws(StateError) -> (key: [UInt8], record: Record)? {
        while !isAtEnd {
            guard let (key, record) = try cursor.next(limit: limit) else {
                isAtEnd = true
                break
            }
            if !record.isDeleted { return (Array(key.bytes[prefixSize...]), record) }
        }
        return nil
    }
}

extension LMDBEnvironment {
    /// The version in the record of a key, without a copy of the value.
    func version(_ transaction: LMDBHandle, _ key: FullKey) throws(StateError) -> Version? {
        let found = try unsafe get(transaction, tables.latest, key.bytes) { unsafe Record.head($0)?.version }
        guard let found else { return nil }
        guard let version = found else { throw damaged(key) }
        return version
    }

    /// The record of a key, delete marks included.
    func record(_ transaction: LMDBHandle, _ key: FullKey) throws(StateError) -> Record? {
        let found = try unsafe get(transaction, tables.latest, key.bytes) { unsafe Record(stored: $0) }
        guard let found else { return nil }
        guard let record = found else { throw damaged(key) }
        return record
    }

    fileprivate func damaged(_ key: FullKey) -> StateError {
        .corrupted(path: path, detail: "the record of key \(shown(key.key)) in bucket \(shown(key.bucket)) cannot be read")
    }
}

// A record in LMDB: u8 1 live or 2 deleted, 32 bytes transaction, u32 offset, u64 height, value; little-endian. The first byte is never
// 0, so that a page of zeros is not a record.
extension Record {
    private static let headSize = 45

    var storedSize: Int { Self.headSize + value.count }
    var stored: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(storedSize)
        appendStored(to: &bytes)
        return bytes
    }
    func appendStored(to bytes: inout [UInt8]) {
        bytes.append(isDeleted ? 2 : 1)
        version.transaction.append(to: &bytes)
        bytes.appendLittleEndian(version.offset)
        bytes.appendLittleEndian(height)
        bytes += value
    }

    /// nil where the bytes are not a record.
    init?(stored bytes: UnsafeRawBufferPointer) {
        guard let head = unsafe Self.head(bytes) else { return nil }
        // SAFETY: `head` has seen that there are at least `headSize` bytes; they are copied here.
        let value = unsafe [UInt8](UnsafeRawBufferPointer(rebasing: bytes[Self.headSize...]))
        if head.isDeleted && !value.isEmpty { return nil }
        self.init(value: value, version: head.version, height: head.height, isDeleted: head.isDeleted)
    }

    static func head(_ bytes: UnsafeRawBufferPointer) -> (version: Version, height: UInt64, isDeleted: Bool)? {
        // SAFETY: nothing is read before the count is checked; loads are unaligned ones.
        guard bytes.count >= headSize, unsafe bytes[0] == 1 || bytes[0] == 2 else { return nil }
        func word(_ offset: Int) -> UInt64 {
            unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        }
        let offset = unsafe UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 33, as: UInt32.self))
        let transaction = TransactionID(words: word(1), word(9), word(17), word(25))
        return (Version(transaction: transaction, offset: offset), word(37), unsafe bytes[0] == 2)
    }
}
