// SPDX-License-Identifier: Apache-2.0
// Which kind of memory a worker's fault was about. The worker wrote it down itself: a text for people, never a reason.

import CXVMSandbox

struct FaultNote: CustomStringConvertible {
    /// What an address of a worker is.
    enum AddressClass: String, CaseIterable {
        case zeroPage = "the zero page"
        case hostRing = "the host-written ring"
        case workerRing = "the worker-written ring"
        case header = "the header below linear memory"
        case linearMemory = "linear memory"
        case guardBehindMemory = "the guard behind linear memory"
        case none = "no address: a privileged instruction, or one that is not canonical"
        case kernel = "the kernel's half"
        case other = "code, data, stack or nothing"

        init(_ address: UInt64, code: Int32) {
            let segmentMax = UInt64(XVM_RING_CAPACITY_MAX) + UInt64(XVM_RING_CONTROL_SIZE)
            let arenaEnd = XVM_ADDRESS_ARENA + (1 << 32)
            // SI_KERNEL: a general protection fault, which has no address.
            if code == 0x80 {
                self = .none
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

    let address: UInt64
    let instructionPointer: UInt64
    let addressClass: AddressClass

    /// - Parameters:
    ///   - bytes: struct xvm_fault_record as the worker left it.
    ///   - signal: what the worker died of; a record of another one is none.
    init?(_ bytes: [UInt8], signal: Int32) {
        func u32(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) } }
        func u64(_ at: Int) -> UInt64 { UInt64(u32(at)) | UInt64(u32(at + 4)) << 32 }
        guard bytes.count == MemoryLayout<xvm_fault_record>.size, u32(0) == XVM_FAULT_RECORD_MAGIC,
            Int32(bitPattern: u32(4)) == signal
        else { return nil }
        address = u64(16)
        instructionPointer = u64(24)
        addressClass = AddressClass(address, code: Int32(bitPattern: u32(8)))
    }

    var description: String {
        "by its own word at address 0x\(String(address, radix: 16)) (\(addressClass.rawValue)), instruction 0x"
            + String(instructionPointer, radix: 16)
    }
}
