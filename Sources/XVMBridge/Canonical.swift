// SPDX-License-Identifier: Apache-2.0
// The two hashes that nodes have to agree on: an Outcome's digest and a transaction's id, over encodings without any choice in them.

internal import XVMCore
package import XVMState
package import XVMWire

/// SHA-256 over fields: integers little-endian in their own width; a byte string as u32 size, then its bytes; a list as u32 count, then
/// its elements. The first field is a tag, a byte string that names what is hashed and the version of its encoding.
private struct CanonicalHash: ~Copyable {
    private var hash = SHA256()
    // Small fields are gathered first: the hash takes few large pieces.
    private var pending: [UInt8] = []

    init(tag: String) { field([UInt8](tag.utf8)) }

    mutating func number<Number: FixedWidthInteger>(_ value: Number) { pending.appendLittleEndian(value) }

    /// No field has 4 GiB: each came through a frame or the command line.
    mutating func field(_ bytes: [UInt8]) {
        number(UInt32(bytes.count))
        pending += bytes
        if pending.count > 1 << 16 {
            hash.update(pending)
            pending.removeAll(keepingCapacity: true)
        }
    }

    consuming func finalize() -> [UInt8] {
        hash.update(pending)
        return hash.finalize()
    }
}

extension Outcome {
    /// What nodes compare: SHA-256, canonical encoding, tag `xvm outcome 1`:
    /// u8 kind (0 returned, 1 reverted, 2 trapped or out of gas), schedule, i64 gas used; for kinds 0 and 1 then i32 code, message, body,
    /// list of u64 slots, u32 memory pages, list of reads (bucket, key, u8 0 = never written or 1, then 32 bytes transaction and u32
    /// offset), list of writes (bucket, key, u8 1 = put, then value, or 0 = delete), list of events (contract, name, body).
    ///
    /// Not in it: logs, and the gas limit, so that a verifier that runs with the gas used as its limit gets the same. Of a trap and of
    /// the end of the gas only the charge counts: a charge made early may turn one into the other and may come before a last read.
    public var digest: [UInt8] {
        var hash = CanonicalHash(tag: "xvm outcome 1")
        let kind: UInt8 =
            switch status {
            case .returned: 0
            case .reverted: 1
            case .trapped, .outOfGas: 2
            }
        hash.number(kind)
        hash.field(schedule)
        hash.number(gasUsed)
        if kind == 2 { return hash.finalize() }
        hash.number(code)
        hash.field(message)
        hash.field(body)
        hash.number(UInt32(slots.count))
        for slot in slots { hash.number(slot) }
        hash.number(memoryPages)
        hash.number(UInt32(reads.reads.count))
        for read in reads.reads {
            hash.field(read.bucket)
            hash.field(read.key)
            hash.number(UInt8(read.version == nil ? 0 : 1))
            if let version = read.version {
                // Of fixed size, so without one.
                for byte in version.transaction.bytes { hash.number(byte) }
                hash.number(version.offset)
            }
        }
        hash.number(UInt32(writes.writes.count))
        for write in writes.writes {
            hash.field(write.bucket)
            hash.field(write.key)
            switch write.effect {
            case .put(let value):
                hash.number(UInt8(1))
                hash.field(value)
            case .delete: hash.number(UInt8(0))
            }
        }
        hash.number(UInt32(events.count))
        for event in events {
            hash.field(event.contract)
            hash.field(event.name)
            hash.field(event.body)
        }
        return hash.finalize()
    }
}

extension TransactionID {
    /// The id of a method call that is run on a state: SHA-256, canonical encoding, tag `xvm transaction 1`: u64 height of the state,
    /// name of the contract, hash of the module, method, list of arguments (key, value) in bytewise order of their keys, caller,
    /// initiator, amount as decimal text. So a repeated run on the same state repeats it, and every commit changes the height.
    package init(height: UInt64, contract: [UInt8], moduleHash: [UInt8], call: MethodCall) {
        var hash = CanonicalHash(tag: "xvm transaction 1")
        hash.number(height)
        hash.field(contract)
        hash.field(moduleHash)
        hash.field(call.method)
        hash.number(UInt32(call.arguments.count))
        for argument in call.arguments.sorted(by: { compare($0.key, $1.key) < 0 }) {
            hash.field(argument.key)
            hash.field(argument.value)
        }
        hash.field(call.caller)
        hash.field(call.initiator)
        hash.field(call.amount)
        guard let id = TransactionID(hash.finalize()) else { preconditionFailure("SHA-256 gives 32 bytes") }
        self = id
    }
}
