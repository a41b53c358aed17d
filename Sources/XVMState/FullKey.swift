// SPDX-License-Identifier: Apache-2.0
// Bucket and key as one byte string that sorts as the pair does.

internal import Glibc

/// The bytes `bucket 00 key`. No bucket name has a 00 byte, so the order of full keys is the bytewise order of (bucket, key), and no
/// bucket's range meets another's even where one name begins with the other.
package struct FullKey: Hashable, Sendable, Comparable {
    package private(set) var bytes: [UInt8]

    /// Checks both parts against the limits.
    package init(bucket: [UInt8], key: [UInt8]) throws(StateError) {
        guard key.count <= StateLimits.keySizeMax else { throw .keySize(key.count) }
        try self.init(bucket: bucket, bound: key)
    }

    /// The same for a bound of a range, which may be one byte longer than a key.
    package init(bucket: [UInt8], bound: [UInt8]) throws(StateError) {
        try Self.checkBucket(bucket)
        guard bound.count <= StateLimits.boundSizeMax else { throw .keySize(bound.count) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(bucket.count + 1 + bound.count)
        bytes += bucket
        bytes.append(0)
        bytes += bound
        self.bytes = bytes
    }

    /// Makes this another key of its bucket, whose name has `bucketSize` bytes; in the same memory where that is possible.
    package mutating func replace(key: Span<UInt8>, bucketSize: Int) throws(StateError) {
        guard key.count <= StateLimits.keySizeMax else { throw .keySize(key.count) }
        bytes.replace(from: bucketSize + 1, with: key)
    }

    /// A key that a store kept; nil where the bytes are not one.
    package init?(stored bytes: [UInt8]) {
        guard let separator = bytes.firstIndex(of: 0), separator > 0, separator <= StateLimits.bucketSizeMax,
            bytes.count - separator - 1 <= StateLimits.keySizeMax
        else { return nil }
        self.bytes = bytes
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    /// The first full key that is greater than every key of `bucket`.
    package static func end(of bucket: [UInt8]) throws(StateError) -> FullKey {
        try checkBucket(bucket)
        return FullKey(unchecked: bucket + [1])
    }

    package var bucket: [UInt8] { Array(bytes[..<separator]) }
    package var key: [UInt8] { Array(bytes[(separator + 1)...]) }
    // Only `end(of:)` has no separator.
    private var separator: Int { bytes.firstIndex(of: 0) ?? bytes.count - 1 }

    package static func < (a: FullKey, b: FullKey) -> Bool { compare(a.bytes, b.bytes) < 0 }

    /// A bucket name has 1 ... 100 bytes, none of them 00.
    package static func checkBucket(_ bucket: [UInt8]) throws(StateError) {
        guard !bucket.isEmpty, bucket.count <= StateLimits.bucketSizeMax, !bucket.contains(0) else { throw .bucketName(bucket) }
    }
}

extension [UInt8] {
    /// Puts `tail` in the place of everything from `start` on; without an allocation where it is as long as that and nobody shares it.
    package mutating func replace(from start: Int, with tail: Span<UInt8>) {
        if count != start + tail.count {
            removeSubrange(start...)
            reserveCapacity(start + tail.count)
            for index in tail.indices { append(tail[index]) }
            return
        }
        // SAFETY: from `start` on the array has exactly as many bytes as `tail`.
        unsafe withUnsafeMutableBytes { bytes in
            unsafe tail.withUnsafeBytes { unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[start...]).copyMemory(from: $0) }
        }
    }
}

/// Below, equal to or above zero as `a` stands before, at or after `b` in bytewise order; a prefix stands before what it begins.
package func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
    let shared = min(a.count, b.count)
    // SAFETY: both buffers live for the call and hold at least `shared` bytes; memcmp with size 0 reads nothing, and a nil base
    // address, which only an empty array has, is not passed on.
    let order = unsafe a.withUnsafeBytes { a in
        unsafe b.withUnsafeBytes { b in
            guard shared > 0, let a = a.baseAddress, let b = b.baseAddress else { return Int32(0) }
            return unsafe memcmp(a, b, shared)
        }
    }
    return order != 0 ? Int(order) : a.count - b.count
}
