// SPDX-License-Identifier: Apache-2.0
// The two segments of a worker, made, mapped and sealed in the one order that makes the kernel enforce their direction.

import CXVMSandbox
import Synchronization
package import XVMSystem

/// The mapping of the segment that the worker writes, and the flag that says the worker is gone. Lane and reaper share it.
package final class WorkerSegment: Sendable {
    let mapping: Mapping
    private let gone = Atomic<Bool>(false)
    private let lastTail = Atomic<UInt64>(0)

    init(mapping: consuming Mapping) { self.mapping = mapping }

    /// True from the begin of `poison` on.
    package var isGone: Bool { gone.load(ordering: .acquiring) }

    /// What the dead worker had published, in bytes from the begin; 0 while it lives.
    var tailAtDeath: UInt64 { lastTail.load(ordering: .acquiring) }

    /// What stands at `offset` of the control page, copied; the worker may have written anything there.
    package func bytes(at offset: Int, count: Int) -> [UInt8] {
        precondition(
            offset >= 0 && count >= 0 && offset + count <= Int(XVM_RING_CONTROL_SIZE), "\(offset) is not in the control page")
        // SAFETY: inside the control page (checked), which is mapped as long as this object lives; the bytes are copied and never trusted.
        return unsafe Array(UnsafeRawBufferPointer(start: mapping.address + offset, count: count))
    }

    /// Call it once, from any thread, when the worker cannot run any more: whoever waits on the ring wakes with `RingError.poisoned`.
    package func poison() {
        // SAFETY: the tail is an aligned word of the mapping, and its only writer does not run any more.
        lastTail.store(unsafe (mapping.address + 0x80).load(as: UInt64.self), ordering: .releasing)
        // Before the tail: a lane that sees the impossible tail sees the flag, too.
        gone.store(true, ordering: .releasing)
        // SAFETY: the mapping lives as long as this object and is writable; the store is atomic and the worker, the only
        // other writer, does not run any more by this function's contract.
        unsafe xvm_ring_poison(mapping.address)
    }
}

/// Two fresh segments. A pair serves one worker and is never used for another.
package struct Segments: ~Copyable, Sendable {
    /// Host-written: the worker can map it read-only at best.
    package let hostToWorkerFile: MemoryFile
    let hostToWorker: Mapping
    /// Worker-written.
    package let workerToHostFile: MemoryFile
    package let workerToHost: WorkerSegment
    /// Bytes of data per direction.
    package let capacity: UInt32

    /// - Parameter capacity: a power of two, 64 ... 64 MiB.
    package init(capacity: UInt32) throws(SystemError) {
        precondition(
            capacity >= XVM_RING_CAPACITY_MIN && capacity <= XVM_RING_CAPACITY_MAX && capacity.nonzeroBitCount == 1,
            "ring capacity \(capacity) is not a power of two in \(XVM_RING_CAPACITY_MIN) ... \(XVM_RING_CAPACITY_MAX)")
        let size = Int(XVM_RING_CONTROL_SIZE) + Int(capacity)
        let downFile = try MemoryFile(name: "xvm-h2w", size: size)
        // The writable mapping first: after FUTURE_WRITE nobody gets another one, the host included.
        let down = try downFile.map(writable: true)
        try downFile.add([.shrink, .grow, .futureWrite, .seal])
        let upFile = try MemoryFile(name: "xvm-w2h", size: size)
        let up = try upFile.map(writable: true)
        // Unsealed, a shrink by the worker would end the host with SIGBUS.
        try upFile.add([.shrink, .grow, .seal])
        hostToWorkerFile = downFile
        hostToWorker = down
        workerToHostFile = upFile
        workerToHost = WorkerSegment(mapping: up)
        self.capacity = capacity
    }
}
