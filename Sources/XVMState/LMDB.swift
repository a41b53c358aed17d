// SPDX-License-Identifier: Apache-2.0
// The calls into LMDB: every pointer of it stays in this file and its neighbours LMDBStore and LMDBSnapshot.

internal import CLMDB
internal import Glibc
internal import Synchronization
internal import XVMSystem

/// A pointer to one of LMDB's own objects. Holding one does nothing; each use of `pointer` is an unsafe expression.
// SAFETY: only an address; who may use it, and from which thread, is said where one is kept.
@safe struct LMDBHandle: @unchecked Sendable {
    let pointer: OpaquePointer
}

/// The open environment of a state folder. The folder stays locked as long as this lives.
// SAFETY: LMDB's environment may be used by all threads; the tables are fixed once `init` is done; idle transactions are behind a mutex.
@safe final class LMDBEnvironment: @unchecked Sendable {
    /// LMDB's tables.
    struct Tables: Sendable {
        /// Full key → record.
        var latest: MDB_dbi = 0
        /// `layout` and `height`.
        var meta: MDB_dbi = 0
        /// Transaction id → height.
        var commits: MDB_dbi = 0
        /// Height, big-endian → what it replaced (`BlockDelta.undo`); the newest heights only.
        var undo: MDB_dbi = 0
    }
    /// 2: with the table `undo`. A folder of layout 1 gets it when it is opened.
    static let layoutVersion: UInt64 = 2
    private static let layoutKey = [UInt8]("layout".utf8)
    private static let heightKey = [UInt8]("height".utf8)
    /// Read transactions kept for reuse. More than lanes that run at once are no use; each keeps a reader slot.
    private static let idleCountMax = 64

    let path: String
    let tables: Tables
    private let folder: StateFolder
    private let environment: LMDBHandle
    private let snapshotsMax: UInt32
    private let mapSizeMax: Int
    /// Written by the one writer, with no transaction open.
    private let mapSizeNow: Mutex<Int>
    /// Heights that can be taken back.
    let heightsKept: UInt64
    /// Read transactions: how many are in use, and those that wait for use.
    private struct Readers {
        var activeCount = 0
        var idle: [LMDBHandle] = []
        /// The map is about to be made anew, for which no transaction may be open.
        var isHeldBack = false
    }
    private let readers = Mutex(Readers())

    /// Opens the store in a locked folder; makes it where the folder is not complete.
    /// - Parameter mapSizeMax: bytes that the map may grow to when it is full.
    init(
        _ folder: consuming StateFolder, mapSize: Int, mapSizeMax: Int, snapshotsMax: UInt32, heightsKept: UInt64
    ) throws(StateError) {
        let path = folder.path
        let file = try folder.status(of: StateFolder.data)
        if folder.isComplete, (file?.size ?? 0) == 0 {
            throw .corrupted(path: path, detail: file == nil ? "\(StateFolder.data) is missing" : "\(StateFolder.data) is empty")
        }
        var created: OpaquePointer?
        let code = unsafe mdb_env_create(&created)
        guard code == 0, let created = unsafe created else { throw lmdbError("mdb_env_create", code, path) }
        var isKept = false
        // SAFETY: nothing else knows the environment before this initialiser returns, and no transaction of it is open here.
        defer { if !isKept { unsafe mdb_env_close(created) } }
        try lmdbCheck("mdb_env_set_maxdbs", path, unsafe mdb_env_set_maxdbs(created, 4))
        try lmdbCheck("mdb_env_set_mapsize", path, unsafe mdb_env_set_mapsize(created, mapSize))
        try lmdbCheck("mdb_env_set_maxreaders", path, unsafe mdb_env_set_maxreaders(created, snapshotsMax))
        // Fully synced: no NOSYNC, no NOMETASYNC; no WRITEMAP, through which a stray write of the host would reach the file.
        let flags = UInt32(MDB_NOSUBDIR | MDB_NOTLS | MDB_NORDAHEAD)
        try lmdbCheck(
            "mdb_env_open", path, unsafe mdb_env_open(created, path + "/" + StateFolder.data, flags, mode_t(0o600)),
            mapSize: mapSize)
        try unsafe Self.adoptDescriptor(created, folder)
        var dead: Int32 = 0
        try lmdbCheck("mdb_reader_check", path, unsafe mdb_reader_check(created, &dead))
        let isExtended = try unsafe Self.extendToLastPage(created, path)
        tables = try unsafe Self.openTables(created, path, mapSize, create: !folder.isComplete)
        if isExtended { try unsafe Self.walk(created, path, tables) }
        if !folder.isComplete { try folder.finish() }
        self.path = path
        self.folder = folder
        self.environment = unsafe LMDBHandle(pointer: created)
        self.snapshotsMax = snapshotsMax
        self.mapSizeMax = max(mapSize, mapSizeMax)
        mapSizeNow = Mutex(mapSize)
        self.heightsKept = heightsKept
        isKept = true
    }

    deinit {
        // SAFETY: snapshots keep the environment alive, so the idle transactions are the only ones left, and each stands here once.
        readers.withLock { for handle in $0.idle { unsafe mdb_txn_abort(handle.pointer) } }
        unsafe mdb_env_close(environment.pointer)
    }

    /// Begins a read transaction, a used one where there is one. Give it back with `endRead`. Waits while the map is made anew.
    func beginRead() throws(StateError) -> LMDBHandle {
        var used: LMDBHandle?
        while true {
            let isIn = readers.withLock { readers in
                if readers.isHeldBack { return false }
                readers.activeCount += 1
                used = readers.idle.popLast()
                return true
            }
            if isIn { break }
            usleep(200)
        }
        do throws(StateError) {
            if let used {
                // SAFETY: an idle transaction was reset and stands in no other place.
                let code = unsafe mdb_txn_renew(used.pointer)
                if code == 0 { return used }
                unsafe mdb_txn_abort(used.pointer)
                throw error("mdb_txn_renew", code)
            }
            var transaction: OpaquePointer?
            let code = unsafe mdb_txn_begin(environment.pointer, nil, UInt32(MDB_RDONLY), &transaction)
            guard code == 0, let transaction = unsafe transaction else { throw error("mdb_txn_begin", code) }
            return unsafe LMDBHandle(pointer: transaction)
        } catch {
            readers.withLock { $0.activeCount -= 1 }
            throw error
        }
    }

    /// Ends a read transaction, which the caller no longer uses; from here on it holds no page.
    func endRead(_ handle: LMDBHandle) {
        // SAFETY: the caller has given up the only use of it (`LMDBSnapshot` takes it out of its mutex first).
        unsafe mdb_txn_reset(handle.pointer)
        let isIdle = readers.withLock { readers in
            readers.activeCount -= 1
            guard readers.idle.count < Self.idleCountMax else { return false }
            readers.idle.append(handle)
            return true
        }
        if !isIdle { unsafe mdb_txn_abort(handle.pointer) }
    }

    /// The map is full: doubles it. New snapshots wait meanwhile, open ones are waited for, which their age bounds.
    /// Called by the writer, with no write transaction open.
    /// - Throws: `mapFull` at the greatest size, or where a snapshot stays open beyond `waitMax`.
    func grow(waitMax: Duration) throws(StateError) {
        let size = mapSizeNow.withLock { $0 }
        guard size < mapSizeMax else { throw .mapFull(size: size) }
        readers.withLock { $0.isHeldBack = true }
        defer { readers.withLock { $0.isHeldBack = false } }
        let deadline = ContinuousClock.now + waitMax
        while readers.withLock({ $0.activeCount }) > 0 {
            if ContinuousClock.now > deadline { throw .mapFull(size: size) }
            usleep(200)
        }
        let (doubled, isOver) = size.multipliedReportingOverflow(by: 2)
        let larger = isOver ? mapSizeMax : min(doubled, mapSizeMax)
        // SAFETY: no transaction of this process is open: the writer is the caller, readers are held back; idle ones were reset and
        // look the map up again when they are renewed.
        let code = unsafe mdb_env_set_mapsize(environment.pointer, larger)
        if code != 0 { throw error("mdb_env_set_mapsize", code) }
        mapSizeNow.withLock { $0 = larger }
    }

    /// Bytes of the map that have ever been in use, and its size.
    var usage: (usedSize: Int, mapSize: Int) {
        var information = unsafe MDB_envinfo()
        var shape = MDB_stat()
        // SAFETY: both are filled by the calls.
        guard unsafe mdb_env_info(environment.pointer, &information) == 0, unsafe mdb_env_stat(environment.pointer, &shape) == 0
        else { return (0, mapSizeNow.withLock { $0 }) }
        return unsafe ((information.me_last_pgno + 1) * Int(shape.ms_psize), information.me_mapsize)
    }

    /// Runs `body` in a write transaction on this thread; waits for another writer. Kept durably if `body` says so, else dropped.
    func write(_ body: (LMDBHandle) throws(StateError) -> Bool) throws(StateError) {
        var begun: OpaquePointer?
        let code = unsafe mdb_txn_begin(environment.pointer, nil, 0, &begun)
        guard code == 0, let begun = unsafe begun else { throw error("mdb_txn_begin", code) }
        let isKept: Bool
        do { isKept = unsafe try body(LMDBHandle(pointer: begun)) } catch {
            // SAFETY: `body` keeps no transaction beyond its return.
            unsafe mdb_txn_abort(begun)
            throw error
        }
        guard isKept else {
            unsafe mdb_txn_abort(begun)
            return
        }
        // Frees the transaction also when it fails.
        let result = unsafe mdb_txn_commit(begun)
        if result == EIO, isWithoutRoom { throw .diskFull(path: path) }
        if result != 0 { throw error("mdb_txn_commit", result) }
    }

    /// LMDB answers a write that was cut short with EIO; whether that was for want of room, the file system and the limit of the process
    /// tell: less than a few pages are left.
    private var isWithoutRoom: Bool {
        var system = statvfs()
        var status = stat()
        var limit = rlimit()
        var number: Int32 = -1
        // SAFETY: all four are filled by the calls; the descriptor stays LMDB's.
        guard unsafe mdb_env_get_fd(environment.pointer, &number) == 0, unsafe fstatvfs(number, &system) == 0,
            unsafe fstat(number, &status) == 0, unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0
        else { return false }
        let margin = 1 << 20
        if UInt(system.f_bavail).multipliedReportingOverflow(by: UInt(system.f_frsize)).partialValue < UInt(margin) {
            return true
        }
        return limit.rlim_cur < rlim_t(Int.max) && Int(limit.rlim_cur) - Int(status.st_size) < margin
    }

    /// The height that a transaction sees.
    func height(_ transaction: LMDBHandle) throws(StateError) -> UInt64 {
        guard let height = try unsafe Self.number(transaction.pointer, tables.meta, Self.heightKey, path) else {
            throw .corrupted(path: path, detail: "it has no height")
        }
        return height
    }

    func setHeight(_ transaction: LMDBHandle, _ height: UInt64) throws(StateError) {
        try put(transaction, tables.meta, Self.heightKey, littleEndian(height))
    }

    /// Looks a key up and gives the bytes of its value to `decode`, during whose call alone they are valid; nil: not there.
    func get<Result>(
        _ transaction: LMDBHandle, _ table: MDB_dbi, _ key: [UInt8], _ decode: (UnsafeRawBufferPointer) -> Result
    ) throws(StateError) -> Result? {
        var result: Result?
        let code = unsafe lmdbGet(transaction.pointer, table, key) { unsafe result = decode($0) }
        if code == MDB_NOTFOUND { return nil }
        if code != 0 { throw error("mdb_get", code) }
        return result
    }

    func put(_ transaction: LMDBHandle, _ table: MDB_dbi, _ key: [UInt8], _ value: [UInt8]) throws(StateError) {
        let code = unsafe lmdbPut(transaction.pointer, table, key, value)
        if code != 0 { throw error("mdb_put", code) }
    }

    func remove(_ transaction: LMDBHandle, _ table: MDB_dbi, _ key: [UInt8]) throws(StateError) {
        // SAFETY: as for mdb_put in `lmdbPut`.
        let code = unsafe key.withUnsafeBytes { key in
            var name = unsafe MDB_val(mv_size: key.count, mv_data: UnsafeMutableRawPointer(mutating: key.baseAddress))
            return unsafe mdb_del(transaction.pointer, table, &name, nil)
        }
        if code != 0 && code != MDB_NOTFOUND { throw error("mdb_del", code) }
    }

    /// The first key of a table; nil: it is empty.
    func firstKey(_ transaction: LMDBHandle, _ table: MDB_dbi) throws(StateError) -> [UInt8]? {
        var opened: OpaquePointer?
        let code = unsafe mdb_cursor_open(transaction.pointer, table, &opened)
        guard code == 0, let cursor = unsafe opened else { throw error("mdb_cursor_open", code) }
        // SAFETY: closed before the transaction ends; what it points at is copied before.
        defer { unsafe mdb_cursor_close(cursor) }
        var key = unsafe MDB_val()
        var value = unsafe MDB_val()
        let result = unsafe mdb_cursor_get(cursor, &key, &value, MDB_FIRST)
        if result == MDB_NOTFOUND { return nil }
        if result != 0 { throw error("mdb_cursor_get", result) }
        return unsafe Array(bytes(key))
    }

    /// LMDB's code with this environment's limits in its text.
    func error(_ call: String, _ code: Int32) -> StateError {
        lmdbError(call, code, path, mapSize: mapSizeNow.withLock { $0 }, snapshotsMax: snapshotsMax)
    }

    /// Steps over every record of every table; throws `corrupted` where one cannot be read.
    func verify() throws(StateError) { try unsafe Self.walk(environment.pointer, path, tables) }

    /// Descriptors that LMDB opened, for a test of their flags.
    var descriptorNumber: Int32 {
        var number: Int32 = -1
        unsafe mdb_env_get_fd(environment.pointer, &number)
        return number
    }

    // MARK: Opening

    /// LMDB opens by path: what it opened must be the file in the folder that is locked, and must not pass an exec.
    private static func adoptDescriptor(_ environment: OpaquePointer, _ folder: borrowing StateFolder) throws(StateError) {
        var number: Int32 = -1
        var status = stat()
        // SAFETY: both are filled by the calls; the descriptor stays LMDB's.
        try unsafe lmdbCheck("mdb_env_get_fd", folder.path, mdb_env_get_fd(environment, &number))
        guard unsafe fstat(number, &status) == 0 else { throw .system(call: "fstat", errno: errno, detail: folder.path) }
        // LMDB 0.9.24 opens its lock file and its second descriptor close-on-exec, but not this one.
        guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else { throw .system(call: "fcntl", errno: errno, detail: folder.path) }
        guard let file = try folder.status(of: StateFolder.data), file.device == UInt(status.st_dev),
            file.inode == UInt(status.st_ino)
        else { throw .corrupted(path: folder.path, detail: "\(StateFolder.data) was replaced while it was opened") }
    }

    /// A page beyond the end of the file would be SIGBUS when it is read. LMDB may leave the last pages unwritten if they are free, so a
    /// short file is no proof of damage: it is extended with zeros, which LMDB and the records' decoding refuse, and then read as a whole.
    /// - Returns: whether the file was short.
    private static func extendToLastPage(_ environment: OpaquePointer, _ path: String) throws(StateError) -> Bool {
        var information = unsafe MDB_envinfo()
        var shape = MDB_stat()
        var number: Int32 = -1
        var status = stat()
        // SAFETY: all four are filled by the calls; the descriptor stays LMDB's.
        try unsafe lmdbCheck("mdb_env_info", path, mdb_env_info(environment, &information))
        try unsafe lmdbCheck("mdb_env_stat", path, mdb_env_stat(environment, &shape))
        try unsafe lmdbCheck("mdb_env_get_fd", path, mdb_env_get_fd(environment, &number))
        guard unsafe fstat(number, &status) == 0 else { throw .system(call: "fstat", errno: errno, detail: path) }
        let (pages, isOver) = unsafe information.me_last_pgno.addingReportingOverflow(1)
        let (size, isOverToo) = pages.multipliedReportingOverflow(by: Int(shape.ms_psize))
        guard !isOver, !isOverToo, size >= 0, unsafe size <= information.me_mapsize else {
            throw .corrupted(path: path, detail: "its last page \(pages) lies beyond the map")
        }
        if Int(status.st_size) >= size { return false }
        guard ftruncate(number, size) == 0 else { throw StateError(SystemError(call: "ftruncate", errno: errno), path) }
        return true
    }

    private static func openTables(
        _ environment: OpaquePointer, _ path: String, _ mapSize: Int, create: Bool
    ) throws(StateError) -> Tables {
        var begun: OpaquePointer?
        // A write transaction that writes nothing touches no page; a folder of layout 1 gets its table in it.
        let code = unsafe mdb_txn_begin(environment, nil, 0, &begun)
        guard code == 0, let begun = unsafe begun else { throw lmdbError("mdb_txn_begin", code, path, mapSize: mapSize) }
        var isOpen = true
        // SAFETY: the transaction ends once: here, or by the commit below, which frees it in every case.
        defer { if isOpen { unsafe mdb_txn_abort(begun) } }
        var tables = Tables()
        func open(_ name: String, create: Bool) throws(StateError) -> MDB_dbi {
            var table: MDB_dbi = 0
            let code = unsafe mdb_dbi_open(begun, name, create ? UInt32(MDB_CREATE) : 0, &table)
            if code == MDB_NOTFOUND || code == MDB_INCOMPATIBLE {
                throw .corrupted(path: path, detail: "it has no table \(name)")
            }
            if code != 0 { throw lmdbError("mdb_dbi_open", code, path, mapSize: mapSize) }
            return table
        }
        func setNumber(_ key: [UInt8], _ value: UInt64) throws(StateError) {
            let code = unsafe lmdbPut(begun, tables.meta, key, littleEndian(value))
            if code != 0 { throw lmdbError("mdb_put", code, path, mapSize: mapSize) }
        }
        tables.latest = try open("latest", create: create)
        tables.meta = try open("meta", create: create)
        tables.commits = try open("commits", create: create)
        let layout = unsafe try number(begun, tables.meta, layoutKey, path)
        switch layout {
        case layoutVersion?: break
        case 1?: try setNumber(layoutKey, layoutVersion)
        case nil where create:
            try setNumber(layoutKey, layoutVersion)
            try setNumber(heightKey, 0)
        case nil: throw .corrupted(path: path, detail: "it has no layout version")
        case let other?: throw .formatVersion(path: path, found: "layout \(other)", supported: "layout \(layoutVersion)")
        }
        tables.undo = try open("undo", create: create || layout == 1)
        isOpen = false
        let result = unsafe mdb_txn_commit(begun)
        if result != 0 { throw lmdbError("mdb_txn_commit", result, path, mapSize: mapSize) }
        return tables
    }

    private static func number(
        _ transaction: OpaquePointer, _ table: MDB_dbi, _ key: [UInt8], _ path: String
    ) throws(StateError) -> UInt64? {
        var number: UInt64?
        // SAFETY: the bytes are read within the call that gives them, and only if there are 8.
        let code = unsafe lmdbGet(transaction, table, key) { value in
            if value.count == 8 { number = unsafe UInt64(littleEndian: value.loadUnaligned(as: UInt64.self)) }
        }
        if code == MDB_NOTFOUND { return nil }
        if code != 0 { throw lmdbError("mdb_get", code, path) }
        guard let number else { throw .corrupted(path: path, detail: "\(shown(key)) of its table meta is not 8 bytes") }
        return number
    }

    private static func walk(_ environment: OpaquePointer, _ path: String, _ tables: Tables) throws(StateError) {
        var begun: OpaquePointer?
        let code = unsafe mdb_txn_begin(environment, nil, UInt32(MDB_RDONLY), &begun)
        guard code == 0, let begun = unsafe begun else { throw lmdbError("mdb_txn_begin", code, path) }
        // SAFETY: the cursor below is closed before the transaction ends.
        defer { unsafe mdb_txn_abort(begun) }
        // 0 is LMDB's own table of free pages.
        for table in [0, tables.latest, tables.meta, tables.commits, tables.undo] {
            var shape = MDB_stat()
            var opened: OpaquePointer?
            try unsafe lmdbCheck("mdb_stat", path, mdb_stat(begun, table, &shape))
            try unsafe lmdbCheck("mdb_cursor_open", path, mdb_cursor_open(begun, table, &opened))
            guard let cursor = unsafe opened else { throw .lmdb(call: "mdb_cursor_open", code: 0, detail: "no cursor") }
            defer { unsafe mdb_cursor_close(cursor) }
            var count = 0
            while true {
                var key = unsafe MDB_val()
                var value = unsafe MDB_val()
                let code = unsafe mdb_cursor_get(cursor, &key, &value, count == 0 ? MDB_FIRST : MDB_NEXT)
                if code == MDB_NOTFOUND { break }
                if code != 0 { throw lmdbError("mdb_cursor_get", code, path) }
                count += 1
                if table == tables.latest {
                    // SAFETY: both point into the map and are valid until the transaction ends.
                    let isSound = unsafe FullKey(stored: Array(bytes(key))) != nil && Record(stored: bytes(value)) != nil
                    if !isSound { throw .corrupted(path: path, detail: "record \(count) cannot be read") }
                }
                if table == tables.undo, unsafe BlockDelta.decode(Array(bytes(value))) == nil {
                    throw .corrupted(path: path, detail: "undo record \(count) cannot be read")
                }
            }
            guard count == shape.ms_entries else {
                throw .corrupted(path: path, detail: "a table has \(count) entries instead of \(shape.ms_entries)")
            }
        }
    }
}

/// The bytes that LMDB points at.
// SAFETY: valid until the transaction that gave them ends, or, in a write transaction, until its next write; callers copy at once.
@unsafe func bytes(_ value: MDB_val) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
}

/// mdb_get; `found` is called with the value's bytes, which are valid only within it.
func lmdbGet(
    _ transaction: OpaquePointer, _ table: MDB_dbi, _ key: [UInt8], _ found: (UnsafeRawBufferPointer) -> Void
) -> Int32 {
    // SAFETY: the key's buffer outlives the call and LMDB does not write to it; the transaction is open and used by this thread alone
    // (LMDBSnapshot's mutex, or the thread of the write).
    unsafe key.withUnsafeBytes { key in
        var name = unsafe MDB_val(mv_size: key.count, mv_data: UnsafeMutableRawPointer(mutating: key.baseAddress))
        var value = unsafe MDB_val()
        let code = unsafe mdb_get(transaction, table, &name, &value)
        if code == 0 { unsafe found(bytes(value)) }
        return code
    }
}

/// mdb_put.
func lmdbPut(_ transaction: OpaquePointer, _ table: MDB_dbi, _ key: [UInt8], _ value: [UInt8]) -> Int32 {
    // SAFETY: both buffers outlive the call and LMDB only reads them; the write transaction belongs to this thread.
    unsafe key.withUnsafeBytes { key in
        unsafe value.withUnsafeBytes { value in
            var name = unsafe MDB_val(mv_size: key.count, mv_data: UnsafeMutableRawPointer(mutating: key.baseAddress))
            var data = unsafe MDB_val(mv_size: value.count, mv_data: UnsafeMutableRawPointer(mutating: value.baseAddress))
            return unsafe mdb_put(transaction, table, &name, &data, 0)
        }
    }
}

func lmdbCheck(_ call: String, _ path: String, _ code: Int32, mapSize: Int = 0) throws(StateError) {
    if code != 0 { throw lmdbError(call, code, path, mapSize: mapSize) }
}

/// LMDB's own codes are negative; the others are errno.
func lmdbError(_ call: String, _ code: Int32, _ path: String, mapSize: Int = 0, snapshotsMax: UInt32 = 0) -> StateError {
    switch code {
    case MDB_MAP_FULL: .mapFull(size: mapSize)
    case MDB_TXN_FULL: .transactionFull
    case MDB_READERS_FULL: .snapshotsExhausted(limit: snapshotsMax)
    case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_INVALID, MDB_VERSION_MISMATCH:
        .corrupted(path: path, detail: "\(call): " + (unsafe String(cString: mdb_strerror(code))))
    case 1...: StateError(SystemError(call: call, errno: code), path)
    default: .lmdb(call: call, code: code, detail: unsafe String(cString: mdb_strerror(code)))
    }
}

func littleEndian(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(value)
    return bytes
}
