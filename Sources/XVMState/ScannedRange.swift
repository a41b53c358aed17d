// SPDX-License-Identifier: Apache-2.0
// A range that a context looked through: what its read set does not tell.

/// Keys of [start, limit) in a bucket, all of which a context has seen or has seen to be absent. The read set holds only the keys that
/// were there; a key that another transaction adds in between would change what the context sees without changing any version it read.
/// Only the host uses this, to run transactions in parallel with the result of their serial order; it is no part of consensus.
public struct ScannedRange: Hashable, Sendable {
    /// The bucket.
    public let bucket: [UInt8]
    /// The first key looked for.
    public let start: [UInt8]
    /// Where it stopped; empty: at the end of the bucket.
    public let limit: [UInt8]

    /// All parts.
    public init(bucket: [UInt8], start: [UInt8], limit: [UInt8]) {
        self.bucket = bucket
        self.start = start
        self.limit = limit
    }

    /// Whether a key lies in it.
    public func contains(bucket: [UInt8], key: [UInt8]) -> Bool {
        bucket == self.bucket && compare(start, key) <= 0 && (limit.isEmpty || compare(key, limit) < 0)
    }
}
