// SPDX-License-Identifier: Apache-2.0
// One hash for all records, so that stores and nodes can be compared.

internal import XVMCore

/// SHA-256 over every record in key order: u32 size of the full key, full key (bucket 00 key), u8 deleted (0, 1), 32 bytes of the
/// transaction, u32 offset, u32 size of the value, value; integers little-endian. Heights are left out: a batch of n commits and n
/// single ones give the same digest.
package struct StateDigest: ~Copyable {
    private var hash = SHA256()

    package init() {}

    /// Keys must come in order.
    package mutating func add(_ key: FullKey, _ record: Record) {
        var head: [UInt8] = []
        head.reserveCapacity(key.bytes.count + 45)
        head.appendLittleEndian(UInt32(key.bytes.count))
        head += key.bytes
        head.append(record.isDeleted ? 1 : 0)
        head += record.version.transaction.bytes
        head.appendLittleEndian(record.version.offset)
        head.appendLittleEndian(UInt32(record.value.count))
        hash.update(head)
        hash.update(record.value)
    }

    package consuming func finalize() -> [UInt8] { hash.finalize() }
}
