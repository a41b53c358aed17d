// SPDX-License-Identifier: Apache-2.0
// What a store holds at most. Protocol constants: equal on every store, so that no node refuses what another takes.

/// The limits of keys, values and batches, each in bytes unless its name says otherwise.
public enum StateLimits {
    /// Greatest size of a key (XVM_KEY_SIZE_MAX). The smallest key is empty.
    public static let keySizeMax = 400
    /// Greatest size of a value (XVM_VALUE_SIZE_MAX): a put with its key fits one message of the wire format.
    public static let valueSizeMax = 1_048_576
    /// Greatest size of a value in the buckets that only the host writes: contracts' code and blocks.
    public static let hostValueSizeMax = 64 << 20
    /// Greatest size of a value in `bucket`.
    public static func valueSizeMax(in bucket: [UInt8]) -> Int {
        bucket.first == 0x24 || bucket.elementsEqual("contract".utf8) ? hostValueSizeMax : valueSizeMax
    }
    /// Heights that a store can go back by default: for undo, and for snapshots of the past.
    public static let heightsKept: UInt64 = 256
    /// Greatest size of a bucket name; the smallest is 1. A bucket, its separator and a range bound of 401 bytes stay below the
    /// 511 bytes that LMDB allows a key.
    public static let bucketSizeMax = 100
    /// Greatest size of a range bound: a key's limit and one byte more, because the successor of a key is the key and a 00 byte.
    public static let boundSizeMax = keySizeMax + 1
    /// Commits in one batch.
    public static let batchCountMax = 65536
    /// Keys and values written by one batch: keeps a write transaction far from the end of LMDB's dirty list.
    public static let batchSizeMax = 256 << 20
}

/// How long a snapshot may stay in use. An open snapshot keeps every page that was written after it began, so the file grows
/// without bound unless snapshots end.
public struct SnapshotLimits: Equatable, Sendable {
    /// Greatest age. Should not be below the deadline of an invocation.
    public var ageMax: Duration
    /// Greatest number of heights that the store may be ahead of the snapshot.
    public var lagMax: UInt64

    /// Both parts; the defaults are 10 seconds and 10 000 heights.
    public init(ageMax: Duration = .seconds(10), lagMax: UInt64 = 10000) {
        self.ageMax = ageMax
        self.lagMax = lagMax
    }
}
