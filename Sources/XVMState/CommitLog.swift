// SPDX-License-Identifier: Apache-2.0
// The append-only log in front of LMDB: one checksummed record per height, synced before the height is acknowledged.

internal import Glibc
internal import XVMCore
internal import XVMSystem

/// Two files that take turns. While one fills, the other's heights go into LMDB; a turn changes only when they are there.
///
/// Record, at a multiple of 512 bytes, integers little-endian: u32 magic `XVML`, u32 CRC-32C of everything behind it, u64 epoch, u64 height,
/// u64 size of the payload, the payload (`BlockDelta.redo`). The epoch rises with every turn, so what an earlier turn left in a file does
/// not belong to the chain that begins at its first byte. A record is synced before the next one is written: only the last one of a chain
/// can be torn, and a sound record of a newer height anywhere else is damage that is reported, never skipped.
struct CommitLog: ~Copyable {
    static let names = ["commit-log-0", "commit-log-1"]
    static let headSize = 32
    private static let magic: UInt32 = 0x4c4d_5658
    private static let alignment = 512
    /// More than a full log with the largest batch behind it.
    private static let fileSizeMax = 2 << 30

    private let path: String
    private let files: [OwnedFile]
    private var turn = 0
    private var epoch: UInt64 = 1
    /// Where the next record goes in the current file.
    private(set) var position = 0

    /// A descriptor that an array can hold.
    private final class OwnedFile: Sendable {
        let descriptor: Descriptor
        init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    }

    /// Makes both files anew in a folder whose log was brought in before (`recover`).
    init(folder path: String) throws(StateError) {
        self.path = path
        var files: [OwnedFile] = []
        do throws(SystemError) {
            for name in Self.names {
                let file = path + "/" + name
                files.append(
                    OwnedFile(
                        Descriptor(
                            owning: try retryingInterrupts("open", file) {
                                unsafe open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
                            })))
            }
            try Self.syncFolder(path)
        } catch { throw StateError(error, path) }
        self.files = files
    }

    /// Durable when it returns. What throws `diskFull` has left the log as it was for every reader; after any other error the log must not
    /// be used again, because nobody knows what a failed sync has kept.
    mutating func append(_ delta: borrowing BlockDelta) throws(StateError) {
        let payload = delta.redo
        var bytes: [UInt8] = []
        let size = Self.paddedSize(payload.count)
        bytes.reserveCapacity(size)
        bytes.appendLittleEndian(Self.magic)
        bytes.appendLittleEndian(0 as UInt32)
        bytes.appendLittleEndian(epoch)
        bytes.appendLittleEndian(delta.height)
        bytes.appendLittleEndian(UInt64(payload.count))
        bytes += payload
        let crc = CRC32C.checksum(bytes[8...])
        for index in 0..<4 { bytes[4 + index] = UInt8(truncatingIfNeeded: crc >> UInt32(8 * index)) }
        bytes.append(contentsOf: repeatElement(0, count: size - bytes.count))
        let number = files[turn].descriptor.number
        do throws(SystemError) {
            var written = 0
            while written < bytes.count {
                let offset = position + written
                // SAFETY: the buffer lives for the call, and the range behind `written` lies within it.
                written += try retryingInterrupts("pwrite", Self.names[turn]) {
                    unsafe bytes.withUnsafeBytes { buffer in
                        unsafe pwrite(number, buffer.baseAddress! + written, buffer.count - written, off_t(offset))
                    }
                }
            }
            try retryingInterrupts("fdatasync", Self.names[turn]) { fdatasync(number) }
        } catch { throw StateError(error, path) }
        position += size
    }

    /// The other file's turn, from its first byte on. Its heights must all be in LMDB.
    mutating func rotate() {
        turn = 1 - turn
        epoch += 1
        position = 0
    }

    /// Empties both files, durably. All heights must be in LMDB.
    mutating func reset() throws(StateError) {
        do throws(SystemError) {
            for file in files {
                let number = file.descriptor.number
                try retryingInterrupts("ftruncate", path) { ftruncate(number, 0) }
                try retryingInterrupts("fsync", path) { fsync(number) }
            }
        } catch { throw StateError(error, path) }
        position = 0
    }

    // MARK: - Reading

    /// Brings what the log of a folder has beyond its store into the store, then removes the log.
    static func recover(into store: LMDBStore) throws(StateError) {
        let path = store.environment.path
        var found: [(height: UInt64, delta: [UInt8])] = []
        var strayMax: UInt64 = 0
        var isThere = false
        for name in names {
            let bytes: [UInt8]?
            do { bytes = try read(path + "/" + name) } catch { throw StateError(error, path) }
            guard let bytes else { continue }
            isThere = true
            let (chain, stray) = try scan(bytes, name, path)
            strayMax = max(strayMax, stray)
            for (height, place) in chain where height > store.height { found.append((height, Array(bytes[place]))) }
        }
        guard isThere else { return }
        found.sort { $0.height < $1.height }
        var height = store.height
        for record in found {
            guard record.height == height + 1 else {
                throw .corrupted(path: path, detail: "its commit log goes from height \(height) to \(record.height)")
            }
            height += 1
        }
        guard strayMax <= height else {
            throw .corrupted(
                path: path, detail: "its commit log has height \(strayMax) behind a damaged record, sound up to \(height)")
        }
        try apply(found, to: store)
        do throws(SystemError) {
            for name in names {
                let file = path + "/" + name
                if unsafe unlink(file) != 0, errno != ENOENT { throw SystemError(call: "unlink", errno: errno, detail: file) }
            }
            try syncFolder(path)
        } catch { throw StateError(error, path) }
    }

    /// Removes the files of a log whose heights are all in LMDB.
    static func remove(folder path: String) {
        for name in names { _ = unsafe unlink(path + "/" + name) }
    }

    private static func apply(_ records: [(height: UInt64, delta: [UInt8])], to store: LMDBStore) throws(StateError) {
        let path = store.environment.path
        var deltas: [BlockDelta] = []
        var last: [FullKey: Record] = [:]
        var size = 0
        let read = try store.environment.beginRead()
        var isOpen = true
        defer { if isOpen { store.environment.endRead(read) } }
        for record in records {
            guard let (ids, entries) = BlockDelta.decode(record.delta) else {
                throw .corrupted(path: path, detail: "height \(record.height) of its commit log cannot be read")
            }
            var delta = BlockDelta(height: record.height)
            delta.ids = ids
            for (key, new) in entries {
                guard let new else {
                    throw .corrupted(path: path, detail: "height \(record.height) of its commit log has a key without a record")
                }
                try delta.put(key, new) { () throws(StateError) in
                    if let known = last[key] { return known }
                    return try store.environment.record(read, key)
                }
            }
            for change in delta.changes { last[change.key] = change.record }
            size += delta.size
            deltas.append(delta)
        }
        // Ended first: a map that is too small grows only when nobody reads. The log has a bounded size, so this is one transaction.
        isOpen = false
        store.environment.endRead(read)
        try store.apply(deltas)
    }

    /// The records of the chain that begins at the first byte, and the greatest height of a sound record anywhere else (0: none).
    private static func scan(
        _ bytes: [UInt8], _ name: String, _ path: String
    ) throws(StateError) -> (chain: [(height: UInt64, place: Range<Int>)], strayHeightMax: UInt64) {
        var chain: [(height: UInt64, place: Range<Int>)] = []
        var at = 0
        var chainEpoch: UInt64?
        while let record = record(bytes, at), chainEpoch.map({ $0 == record.epoch }) ?? true,
            chain.last.map({ record.height == $0.height + 1 }) ?? true
        {
            chainEpoch = record.epoch
            chain.append((record.height, record.place))
            at += paddedSize(record.place.count)
        }
        var stray: UInt64 = 0
        // A made-up file could have a head in every sector, each of which wants a checksum over the rest.
        var budget = 4 * bytes.count
        while at + headSize <= bytes.count {
            if let size = payloadSize(bytes, at) {
                budget -= size
                guard budget >= 0 else { throw .corrupted(path: path, detail: "\(name) has records within records") }
                if let record = record(bytes, at) { stray = max(stray, record.height) }
            }
            at += alignment
        }
        return (chain, stray)
    }

    /// The size that a head at `at` claims, if there is a head and the file is long enough for it.
    private static func payloadSize(_ bytes: [UInt8], _ at: Int) -> Int? {
        guard at >= 0, at + headSize <= bytes.count, word(bytes, at) & 0xffff_ffff == UInt64(magic) else { return nil }
        let size = word(bytes, at + 24)
        guard size <= UInt64(bytes.count - at - headSize) else { return nil }
        return Int(size)
    }

    private static func record(_ bytes: [UInt8], _ at: Int) -> (epoch: UInt64, height: UInt64, place: Range<Int>)? {
        guard let size = payloadSize(bytes, at) else { return nil }
        let end = at + headSize + size
        guard UInt64(CRC32C.checksum(bytes[at + 8..<end])) == word(bytes, at) >> 32 else { return nil }
        return (word(bytes, at + 8), word(bytes, at + 16), at + headSize..<end)
    }

    private static func word(_ bytes: [UInt8], _ at: Int) -> UInt64 {
        (0..<8).reduce(0) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) }
    }

    private static func paddedSize(_ payload: Int) -> Int { (headSize + payload + alignment - 1) / alignment * alignment }

    /// nil: not there.
    private static func read(_ path: String) throws(SystemError) -> [UInt8]? {
        do { return try BoundedFile.read(path, sizeMax: fileSizeMax) } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
    }

    private static func syncFolder(_ path: String) throws(SystemError) {
        let folder = Descriptor(
            owning: try retryingInterrupts("open", path) { unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        let number = folder.number
        try retryingInterrupts("fsync", path) { fsync(number) }
    }
}
