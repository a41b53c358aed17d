// SPDX-License-Identifier: Apache-2.0
// Which kind of memory a worker's fault was about. The worker wrote it down itself: for people, never a reason.

import CXVMSandbox
import XVMWire

extension Death.Fault.AddressClass {
    /// - Parameter code: si_code of the signal.
    init(_ address: UInt64, code: Int32) {
        let segmentMax = UInt64(XVM_RING_CAPACITY_MAX) + UInt64(XVM_RING_CONTROL_SIZE)
        let arenaEnd = XVM_ADDRESS_ARENA + (1 << 32)
        // SI_KERNEL: a general protection fault, which has no address.
        if code == 0x80 {
            self = .noAddress
        } else if address < 65536 {
            self = .zeroPage
        } else if address >= XVM_ADDRESS_H2W, address - XVM_ADDRESS_H2W < segmentMax {
            self = .hostRing
        } else if address >= XVM_ADDRESS_W2H, address - XVM_ADDRESS_W2H < segmentMax {
            self = .workerRing
        } else if address < XVM_ADDRESS_ARENA, XVM_ADDRESS_ARENA - address <= XVM_HEADER_SIZE_MAX {
            self = .header
        } else if address >= XVM_ADDRESS_ARENA, address < arenaEnd {
            self = .linearMemory
        } else if address >= arenaEnd, address - arenaEnd < XVM_ARENA_GUARD {
            self = .guardBehindMemory
        } else {
            self = address >> 47 == 0 ? .other : .kernel
        }
    }
}

extension Death.Fault {
    /// - Parameters:
    ///   - bytes: struct xvm_fault_record as the worker left it.
    ///   - signal: what the worker died of; a record of another one is none.
    init?(record bytes: [UInt8], signal: Int32) {
        func u32(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) } }
        func u64(_ at: Int) -> UInt64 { UInt64(u32(at)) | UInt64(u32(at + 4)) << 32 }
        guard bytes.count == MemoryLayout<xvm_fault_record>.size, u32(0) == XVM_FAULT_RECORD_MAGIC,
            Int32(bitPattern: u32(4)) == signal
        else { return nil }
        self.init(
            addressClass: AddressClass(u64(16), code: Int32(bitPattern: u32(8))), address: u64(16), instructionPointer: u64(24))
    }
}
