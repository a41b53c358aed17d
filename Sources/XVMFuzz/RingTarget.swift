// SPDX-License-Identifier: Apache-2.0
// A hostile worker's end of the rings: a script of honest frames and lies, and a second thread that rewrites while the host decodes.

import CXVMSandbox
import Synchronization
package import XVMRing
import XVMSystem
import XVMWire

package struct RingSubject: Sendable {
    package var receive: @Sendable (RingHost, UInt64) throws(RingError) -> ReceivedFrame = { (host, deadline) throws(RingError) in
        try host.channel.receive(deadline: deadline)
    }
    package init() {}
}

/// The host's end, to be passed around. SAFETY: one thread uses it, the one that runs the target.
package final class RingHost: @unchecked Sendable {
    package var channel: HostChannel
    init(_ channel: consuming HostChannel) { self.channel = channel }
}

extension FuzzTarget {
    /// Input: a byte (bit 0: a second thread races), then the script.
    package static func ring(_ subject: RingSubject = RingSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "ring",
            purpose:
                "rings under a hostile worker: honest frames arrive as sent, lies are breaches that stay, no frame beyond its type's limit",
            smokeCount: 500, sizeMax: 1024,
            seeds: [[0, 0, 9, 1, 2, 3, 0, 30, 8, 0, 5, 8], [1, 0, 9, 1, 2, 3, 4, 200, 10, 0, 2, 5, 8, 0, 5, 8]]
        ) {
            { bytes in
                var decisions = Decisions(bytes)
                let isRacing = decisions.byte() & 1 != 0
                let conversation = try RingConversation(subject)
                if isRacing {
                    try conversation.race(&decisions)
                } else {
                    try conversation.play(&decisions)
                }
            }
        }
    }
}

/// One channel in the middle of invocation 7, with the worker's end in the hands of a script.
/// SAFETY: the mappings live as long as the object; the worker's channel is used by one thread; what the racer touches are atomic
/// words inside of the worker's own writable mapping.
@safe private final class RingConversation: @unchecked Sendable {
    private static let capacity = 4096
    private let host: RingHost
    private let subject: RingSubject
    private let down: Mapping
    private let up: Mapping
    private var worker = unsafe xvm_channel()
    private var expected: [(type: UInt16, payload: [UInt8])] = []
    private var isHonest = true
    private var breach: Breach?

    init(_ subject: RingSubject) throws {
        self.subject = subject
        let segments = try Segments(capacity: UInt32(Self.capacity))
        down = try segments.hostToWorkerFile.map(writable: false)
        up = try segments.workerToHostFile.map(writable: true)
        host = RingHost(HostChannel(segments: segments))
        unsafe xvm_channel_init_worker(&worker, down.address, up.address)
        _ = put(XVM_FRAME_SEALED, 0, [])
        unsafe xvm_ring_publish(&worker)
        _ = try host.channel.receive(deadline: .max)
        try host.channel.send(type: UInt16(XVM_FRAME_INVOCATION.rawValue), correlation: 7, payload: [])
        var frame = unsafe xvm_frame()
        guard unsafe xvm_ring_receive(&worker, &frame) == XVM_RING_OK else { throw FuzzFailure("the worker's own end is broken") }
        unsafe xvm_ring_release(&worker)
    }

    private func put(_ type: xvm_frame_type, _ correlation: UInt32, _ payload: [UInt8]) -> Bool {
        guard let place = unsafe xvm_ring_reserve(&worker, UInt16(type.rawValue), correlation, UInt32(payload.count)) else {
            return false
        }
        for (index, byte) in payload.enumerated() { unsafe place[index] = byte }
        unsafe xvm_ring_commit(&worker)
        return true
    }

    private func word(at offset: Int) -> UnsafePointer<Atomic<UInt64>> {
        // SAFETY: callers pass offsets of aligned words inside of the mapping.
        unsafe UnsafePointer(UnsafeRawPointer(up.address + offset).assumingMemoryBound(to: Atomic<UInt64>.self))
    }

    private static let posted = [XVM_FRAME_PUT_OBJECT, XVM_FRAME_DELETE_OBJECT, XVM_FRAME_POST_LOG, XVM_FRAME_EMIT_EVENT]

    func play(_ decisions: inout Decisions) throws {
        var count = 0
        while !decisions.isAtEnd, count < 200 {
            count += 1
            switch decisions.below(10) {
            case 0, 1, 2: honestFrame(&decisions)
            case 3:
                isHonest = false
                let offset = Int(XVM_RING_CONTROL_SIZE) + 16 * decisions.below(Self.capacity / 16)
                unsafe word(at: offset).pointee.store(decisions.number(8), ordering: .relaxed)
            case 4:
                isHonest = false
                let near = UInt64(truncatingIfNeeded: Int64(decisions.below(512)) - 256)
                let tail = decisions.chance(1, of: 2) ? unsafe worker.published &+ near : decisions.number(8)
                unsafe word(at: 0x80).pointee.store(tail, ordering: .sequentiallyConsistent)
            case 5:
                isHonest = false
                unsafe word(at: 0x100).pointee.store(decisions.number(8), ordering: .sequentiallyConsistent)
            case 6:
                isHonest = false
                unsafe word(at: 8 * decisions.below(512)).pointee.store(decisions.number(8), ordering: .relaxed)
            default: for _ in 0..<(1 + decisions.below(4)) { try receive() }
            }
        }
        // As many as fit the ring, and once more.
        for _ in 0...(Self.capacity / 16) { try receive() }
        if isHonest { try require(expected.isEmpty, "\(expected.count) frames were sent and never came") }
    }

    private func honestFrame(_ decisions: inout Decisions) {
        let type = Self.posted[decisions.below(4)]
        let payload = decisions.take(decisions.below(200))
        let limit = xvm_ring_length_limit(UInt16(type.rawValue), XVM_PHASE_RUNNING)
        guard payload.count <= Int(limit), put(type, 7, payload) else { return }
        unsafe xvm_ring_publish(&worker)
        expected.append((UInt16(type.rawValue), payload))
    }

    private func receive(isSecond: Bool = false) throws {
        let frame: ReceivedFrame
        do throws(RingError) {
            // A deadline that has passed: nothing waits.
            frame = try subject.receive(host, 1)
        } catch {
            switch error {
            case .breach(let found):
                try require(!isHonest, "an honest worker is accused: \(found)")
                try require(breach == nil || breach == found, "a breach is replaced: \(found)")
                breach = found
            case .timedOut:
                try require(breach == nil, "a breach is forgotten")
                // After 64 frames in a row the host looks at the clock before it looks at the ring, once.
                if isHonest, !expected.isEmpty {
                    try require(!isSecond, "a frame is there and is not seen")
                    try receive(isSecond: true)
                }
            case .poisoned: throw FuzzFailure("poisoned, and nobody died")
            case .payloadTooLarge, .outOfTurn: throw FuzzFailure("\(error)")
            }
            return
        }
        try check(frame)
        if isHonest {
            try require(!expected.isEmpty, "a frame that nobody sent")
            let next = expected.removeFirst()
            try require(frame.type == next.type && frame.payload.count == next.payload.count, "another frame than was sent")
            if let syscall = try? Syscall(verifying: frame.payload, type: frame.type) {
                let wanted = try? Syscall(verifying: Untrusted(next.payload), type: next.type)
                try require(syscall == wanted, "other bytes than were sent")
            }
        }
    }

    private func check(_ frame: ReceivedFrame) throws(FuzzFailure) {
        try require(breach == nil, "a frame after a breach")
        try require(frame.correlation == 7, "correlation \(frame.correlation)")
        let limit = max(
            xvm_ring_length_limit(frame.type, XVM_PHASE_RUNNING), xvm_ring_length_limit(frame.type, XVM_PHASE_ANSWERING))
        try require(
            limit >= 0 && frame.payload.count <= Int(limit),
            "type \(frame.type) with \(frame.payload.count) bytes, limit \(limit)")
        _ = try? Syscall(verifying: frame.payload, type: frame.type)
        _ = try? Ending(verifying: frame.payload, gasLimit: 1000)
    }

    /// The worker's frames lie there; another thread rewrites words of the script's choice as fast as it can while the host takes them.
    func race(_ decisions: inout Decisions) throws {
        for _ in 0..<(1 + decisions.below(20)) { honestFrame(&decisions) }
        isHonest = false
        var changes: [(offset: Int, value: UInt64)] = []
        while !decisions.isAtEnd, changes.count < 32 {
            let offset =
                switch decisions.below(4) {
                case 0: 0x80
                case 1: 0x100
                default: Int(XVM_RING_CONTROL_SIZE) + 8 * decisions.below(Self.capacity / 8)
                }
            changes.append(
                (
                    offset,
                    decisions.chance(1, of: 3) ? decisions.number(8) : unsafe word(at: offset).pointee.load(ordering: .relaxed)
                ))
        }
        let script = changes
        let isOver = RaceFlag()
        let thread = try NativeThread(name: "racer") { [self] in
            while !isOver.isSet {
                for change in script { unsafe word(at: change.offset).pointee.store(change.value, ordering: .relaxed) }
            }
        }
        defer {
            isOver.set()
            thread.join()
        }
        for _ in 0..<60 { try receive() }
    }
}

private final class RaceFlag: Sendable {
    private let flag = Atomic<Bool>(false)
    var isSet: Bool { flag.load(ordering: .relaxed) }
    func set() { flag.store(true, ordering: .relaxed) }
}
