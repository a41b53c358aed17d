// SPDX-License-Identifier: Apache-2.0
// Everything that can go wrong with a store, as one closed list. None of it is ever a transaction's result.

internal import XVMCore

/// An infrastructure error of the state. `isUsage`: the input was wrong and nothing was touched; `isRetryable`: the same call may work later.
public enum StateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Somewhere else than in a state folder; `found` says what is there. Nothing was changed.
    case notStateFolder(path: String, found: String)
    /// Another process, or this one, has the folder open; nil: the owner could not be read.
    case folderInUse(path: String, owner: Int32?)
    /// A state folder of another format.
    case formatVersion(path: String, found: String, supported: String)
    /// LMDB needs a local file system: its locks and its map do not hold over a network.
    case networkFileSystem(path: String, name: String)
    /// The file is damaged, or was made by something else.
    case corrupted(path: String, detail: String)

    /// A bucket name has 1 ... 100 bytes and no 00.
    case bucketName([UInt8])
    /// A key has at most 400 bytes.
    case keySize(Int)
    /// A value has at most 1048576 bytes.
    case valueSize(Int)
    /// The end of a range lies before its start.
    case rangeReversed
    /// A set names a key twice.
    case keyTwice(bucket: [UInt8], key: [UInt8])
    /// A write of a key that was not read.
    case blindWrite(bucket: [UInt8], key: [UInt8])
    /// A transaction that this store already has, or that stands twice in a batch.
    case transactionTwice(TransactionID)
    /// More commits or more bytes in a batch than a store takes.
    case batchTooLarge(what: String, value: Int, limit: Int)

    /// A replay asked for a key that the transaction to be verified did not read.
    case outsideReadSet(bucket: [UInt8], key: [UInt8])
    /// The store cannot go back to this height: not reached yet, or what it needs for that is no longer kept.
    case heightUnknown(height: UInt64, oldest: UInt64, newest: UInt64)
    /// Only the newest height can be taken back.
    case undoOrder(height: UInt64, newest: UInt64)
    /// This store cannot do it at all.
    case unsupported(what: String)

    /// The snapshot outlived a limit of `SnapshotLimits` and is closed.
    case snapshotTooOld(what: String, value: UInt64, limit: UInt64)
    /// Used after `close`.
    case snapshotClosed
    /// As many snapshots are open as the store was opened for.
    case snapshotsExhausted(limit: UInt32)

    /// The map size that the store was opened with is used up.
    case mapFull(size: Int)
    /// The file system has no room left.
    case diskFull(path: String)
    /// One transaction changed more pages than LMDB can hold.
    case transactionFull
    /// A system call failed.
    case system(call: String, errno: Int32, detail: String)
    /// LMDB failed in a way that has no case of its own.
    case lmdb(call: String, code: Int32, detail: String)

    /// The caller's input is wrong.
    public var isUsage: Bool {
        switch self {
        case .notStateFolder, .formatVersion, .bucketName, .keySize, .valueSize, .rangeReversed, .keyTwice, .blindWrite,
            .transactionTwice, .batchTooLarge, .outsideReadSet, .heightUnknown, .undoOrder, .unsupported:
            true
        case .folderInUse, .networkFileSystem, .corrupted, .snapshotTooOld, .snapshotClosed, .snapshotsExhausted, .mapFull,
            .diskFull,
            .transactionFull, .system, .lmdb:
            false
        }
    }

    /// The same call may succeed later without a change of its input.
    public var isRetryable: Bool {
        switch self {
        case .folderInUse, .snapshotTooOld, .snapshotsExhausted, .diskFull, .system: true
        case .notStateFolder, .formatVersion, .networkFileSystem, .corrupted, .bucketName, .keySize, .valueSize, .rangeReversed,
            .keyTwice, .blindWrite, .transactionTwice, .batchTooLarge, .outsideReadSet, .heightUnknown, .undoOrder, .unsupported,
            .snapshotClosed, .mapFull, .transactionFull, .lmdb:
            false
        }
    }

    /// One line: what, the value, the limit, where.
    public var description: String {
        switch self {
        case .notStateFolder(let path, let found): "\(path) is not a state folder: \(found)"
        case .folderInUse(let path, let owner?): "state folder \(path) is in use by process \(owner)"
        case .folderInUse(let path, nil): "state folder \(path) is in use by another process"
        case .formatVersion(let path, let found, let supported):
            "state folder \(path) has format \(found), this program reads \(supported)"
        case .networkFileSystem(let path, let name):
            "state folder \(path) lies on a network file system (\(name)); it needs a local one"
        case .corrupted(let path, let detail): "state in \(path) is damaged: \(detail)"
        case .bucketName(let name):
            name.count > StateLimits.bucketSizeMax
                ? "bucket name has \(name.count) bytes, limit \(StateLimits.bucketSizeMax)"
                : name.isEmpty ? "bucket name is empty" : "bucket name \(shown(name)) has a 00 byte"
        case .keySize(let size): "key has \(size) bytes, limit \(StateLimits.keySizeMax)"
        case .valueSize(let size): "value has \(size) bytes, limit \(StateLimits.valueSizeMax)"
        case .rangeReversed: "the limit of a range lies before its start"
        case .keyTwice(let bucket, let key): "key \(shown(key)) of bucket \(shown(bucket)) stands twice in a set"
        case .blindWrite(let bucket, let key): "key \(shown(key)) of bucket \(shown(bucket)) is written but was not read"
        case .transactionTwice(let id): "transaction \(id) is already committed"
        case .batchTooLarge(let what, let value, let limit): "batch has \(value) \(what), limit \(limit)"
        case .outsideReadSet(let bucket, let key):
            "key \(shown(key)) of bucket \(shown(bucket)) is not in the read set of the transaction"
        case .heightUnknown(let height, let oldest, let newest):
            "height \(height) is not kept: the store has \(oldest) to \(newest)"
        case .undoOrder(let height, let newest): "height \(height) cannot be taken back, the newest is \(newest)"
        case .unsupported(let what): "this store has no \(what)"
        case .snapshotTooOld(let what, let value, let limit): "snapshot is \(value) \(what) old, limit \(limit)"
        case .snapshotClosed: "snapshot is closed"
        case .snapshotsExhausted(let limit): "all \(limit) snapshots of the state are in use"
        case .mapFull(let size): "state is full: the map of \(size) bytes is used up"
        case .diskFull(let path): "no space left on the file system of \(path)"
        case .transactionFull: "a commit changes more pages than a transaction can hold"
        case .system(let call, let errno, let detail): "\(call) failed: \(errorText(errno)) (\(detail))"
        case .lmdb(let call, let code, let detail): "\(call) failed: \(detail) (\(code))"
        }
    }
}

/// Bytes of a caller for a message: at most 64 of them, as text if they are printable ASCII, else in hex.
package func shown(_ bytes: [UInt8]) -> String {
    let part = Array(bytes.prefix(64))
    let more = bytes.count > part.count ? "… (\(bytes.count) bytes)" : ""
    if part.allSatisfy({ (0x20...0x7e).contains($0) && $0 != 0x22 }) {
        return "\"" + String(decoding: part, as: UTF8.self) + "\"" + more
    }
    return "0x" + Hex.encode(part) + more
}
