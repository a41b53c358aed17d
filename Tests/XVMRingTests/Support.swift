// SPDX-License-Identifier: Apache-2.0
// A worker's end of a channel in this process, over mappings of its own as a real worker has them; threads; a seeded generator.

import CXVMSandbox
import Glibc
import Synchronization
import XVMRing
import XVMSystem
import XVMWire

/// The worker's side. Maps the segments as a worker does: h2w read-only, w2h writable.
/// SAFETY: one thread at a time uses it (tests hand it over whole); the mappings live as long as the object.
@safe final class TestWorker: @unchecked Sendable {
    let hostToWorker: Mapping
    let workerToHost: Mapping
    private(set) var channel = unsafe xvm_channel()

    init(_ segments: borrowing Segments) throws {
        hostToWorker = try segments.hostToWorkerFile.map(writable: false)
        workerToHost = try segments.workerToHostFile.map(writable: true)
    }

    /// After the host's channel was made: reads the geometry, as the worker does at its start.
    func open() { unsafe xvm_channel_init_worker(&channel, hostToWorker.address, workerToHost.address) }

    /// Puts a frame into the ring without publishing. False: no room.
    func put(_ type: xvm_frame_type, correlation: UInt32 = 0, _ payload: [UInt8] = []) -> Bool {
        guard let place = unsafe xvm_ring_reserve(&channel, UInt16(type.rawValue), correlation, UInt32(payload.count)) else {
            return false
        }
        for (index, byte) in payload.enumerated() { unsafe place[index] = byte }
        unsafe xvm_ring_commit(&channel)
        return true
    }

    /// Puts a piece of a larger message into the ring; `payload` must have the channel's largest size.
    func putPiece(_ type: xvm_frame_type, correlation: UInt32, _ payload: [UInt8]) -> Bool {
        guard let place = unsafe xvm_ring_reserve(&channel, UInt16(type.rawValue), correlation, UInt32(payload.count)) else {
            return false
        }
        for (index, byte) in payload.enumerated() { unsafe place[index] = byte }
        unsafe xvm_ring_commit_piece(&channel)
        return true
    }

    func publish() { unsafe xvm_ring_publish(&channel) }

    @discardableResult
    func send(_ type: xvm_frame_type, correlation: UInt32 = 0, _ payload: [UInt8] = []) -> Bool {
        guard put(type, correlation: correlation, payload) else { return false }
        publish()
        return true
    }

    struct Received: Equatable {
        var type: UInt16
        var correlation: UInt32
        var sequence: UInt32
        var payload: [UInt8]
        /// XVM_FLAG_CONTINUES or 0.
        var flags: UInt16 = 0
    }

    /// Waits for the next frame of the host; nil on a breach.
    func receive() -> Received? {
        while true {
            var frame = unsafe xvm_frame()
            switch unsafe xvm_ring_receive(&channel, &frame) {
            case XVM_RING_OK:
                let payload = unsafe [UInt8](UnsafeBufferPointer(start: frame.payload, count: Int(frame.length)))
                unsafe xvm_ring_release(&channel)
                return unsafe Received(
                    type: frame.type, correlation: frame.correlation, sequence: frame.sequence, payload: payload,
                    flags: frame.flags)
            case XVM_RING_EMPTY: unsafe xvm_ring_wait(&channel)
            default: return nil
            }
        }
    }

    /// The same where a piece may be missing: asks for it when nothing is there.
    func receive(asking: () -> Void, correlation: UInt32) -> Received? {
        var frame = unsafe xvm_frame()
        if unsafe channel.read.pieces_type != 0, unsafe xvm_ring_receive(&channel, &frame) == XVM_RING_EMPTY {
            asking()
            send(XVM_FRAME_MORE, correlation: correlation)
        }
        return receive()
    }

    /// Bytes that the host has published.
    var hostTail: UInt64 {
        let word = unsafe UnsafeRawPointer(hostToWorker.address + 0x80).assumingMemoryBound(to: Atomic<UInt64>.self)
        return unsafe word.pointee.load(ordering: .acquiring)
    }

    // What a hostile worker does with its own segment.

    func storeTail(_ value: UInt64) { store(value, at: 0x80) }
    func storeHead(_ value: UInt64) { store(value, at: 0x100) }
    private func store(_ value: UInt64, at offset: Int) {
        let word = unsafe UnsafeRawPointer(workerToHost.address + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
        unsafe word.pointee.store(value, ordering: .sequentiallyConsistent)
    }
    /// - Returns: how many slept.
    @discardableResult
    func wake() -> Int32 {
        let word = unsafe UnsafeRawPointer(workerToHost.address + 0x80).assumingMemoryBound(to: UInt32.self)
        return unsafe xvm_system_futex_wake(word, .max)
    }
    /// Writes a header at a ring offset.
    func write(_ header: xvm_frame_header, at offset: Int) {
        unsafe (workerToHost.address + Int(XVM_RING_CONTROL_SIZE) + offset).storeBytes(of: header, as: xvm_frame_header.self)
    }
    func write(_ byte: UInt8, at offset: Int) {
        unsafe (workerToHost.address + Int(XVM_RING_CONTROL_SIZE) + offset).storeBytes(of: byte, as: UInt8.self)
    }
    func byte(at offset: Int) -> UInt8 {
        unsafe (workerToHost.address + Int(XVM_RING_CONTROL_SIZE) + offset).load(as: UInt8.self)
    }
}

func header(
    length: UInt32 = 0, type: UInt32, flags: UInt16 = 0, sequence: UInt32 = 0, correlation: UInt32 = 0
) -> xvm_frame_header {
    xvm_frame_header(length: length, type: UInt16(type), flags: flags, sequence: sequence, correlation: correlation)
}

/// Runs a body on a thread of its own.
final class TestThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    private var thread = pthread_t()

    init(_ body: @escaping @Sendable () -> Void) {
        // SAFETY: the retain passes to the thread, which takes it over before it runs.
        let box = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                unsafe Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, box)
        precondition(result == 0, "pthread_create failed with errno \(result)")
    }

    func join() { _ = pthread_join(thread, nil) }
}

/// SplitMix64: the same numbers on every machine.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// A deadline that no test reaches unless something hangs.
var farDeadline: UInt64 { UInt64(xvm_system_monotonic_nanoseconds()) + 60_000_000_000 }

/// A deadline that has passed.
let pastDeadline: UInt64 = 1

/// A channel in which the worker has already said SEALED; with its worker.
func sealedChannel(capacity: UInt32 = 4096) throws -> (HostBox, TestWorker) {
    let segments = try Segments(capacity: capacity)
    let worker = try TestWorker(segments)
    let host = HostBox(HostChannel(segments: segments))
    worker.open()
    worker.send(XVM_FRAME_SEALED, [])
    _ = try host.channel.receive(deadline: farDeadline)
    return (host, worker)
}

/// A channel in which invocation `correlation` runs.
func runningChannel(capacity: UInt32 = 4096, correlation: UInt32 = 7) throws -> (HostBox, TestWorker) {
    let (host, worker) = try sealedChannel(capacity: capacity)
    try host.channel.send(type: UInt16(XVM_FRAME_INVOCATION.rawValue), correlation: correlation, payload: [])
    _ = worker.receive()
    return (host, worker)
}

/// Lets tests pass a channel around. SAFETY: one thread at a time, as for the channel.
final class HostBox: @unchecked Sendable {
    var channel: HostChannel
    init(_ channel: consuming HostChannel) { self.channel = channel }
}

/// Both sides as bare C channels over private memory, at any position and sequence: for states that take long to reach.
/// SAFETY: the two segments live as long as the object and have control page plus capacity bytes; one thread uses it.
@safe final class RawPair {
    let capacity: Int
    private let down: UnsafeMutableRawPointer
    private let up: UnsafeMutableRawPointer
    var host = unsafe xvm_channel()
    var worker = unsafe xvm_channel()
    private let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 65536)

    init(capacity: Int) {
        self.capacity = capacity
        let size = Int(XVM_RING_CONTROL_SIZE) + capacity
        unsafe down = .allocate(byteCount: size, alignment: 4096)
        unsafe up = .allocate(byteCount: size, alignment: 4096)
        unsafe down.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        unsafe up.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        unsafe xvm_channel_init_host(&host, down, up, UInt32(capacity))
        unsafe xvm_channel_init_worker(&worker, down, up)
        unsafe host.read.phase = XVM_PHASE_RUNNING.rawValue
    }

    deinit {
        unsafe down.deallocate()
        unsafe up.deallocate()
        unsafe buffer.deallocate()
    }

    var payloadMax: Int { Int(unsafe host.read.payload_max) }

    /// Both rings empty at `position`, next frames with `sequence`.
    func start(at position: UInt64, sequence: UInt32 = 0) {
        unsafe Self.start(&host, position, sequence)
        unsafe Self.start(&worker, position, sequence)
        for offset in [0x80, 0x100] {
            unsafe down.storeBytes(of: position, toByteOffset: offset, as: UInt64.self)
            unsafe up.storeBytes(of: position, toByteOffset: offset, as: UInt64.self)
        }
        unsafe host.read.phase = XVM_PHASE_RUNNING.rawValue
    }

    private static func start(_ channel: inout xvm_channel, _ position: UInt64, _ sequence: UInt32) {
        unsafe channel.read.position = position
        unsafe channel.read.tail = position
        unsafe channel.head_stored = position
        unsafe channel.written = position
        unsafe channel.published = position
        unsafe channel.acknowledged = position
        unsafe channel.read.sequence = sequence
        unsafe channel.write_sequence = sequence
        unsafe channel.fault = xvm_ring_fault()
    }

    /// `used` bytes of the worker's ring are taken by frames that the host has not consumed.
    func fill(used: UInt64) {
        let head = unsafe worker.written - used
        unsafe worker.acknowledged = head
        unsafe down.storeBytes(of: head, toByteOffset: 0x100, as: UInt64.self)
    }

    func put(_ type: xvm_frame_type, _ payload: [UInt8]) -> Bool {
        guard let place = unsafe xvm_ring_reserve(&worker, UInt16(type.rawValue), 0, UInt32(payload.count)) else { return false }
        for (index, byte) in payload.enumerated() { unsafe place[index] = byte }
        unsafe xvm_ring_commit(&worker)
        return true
    }

    /// Asks for room only.
    func fits(_ length: Int) -> Bool {
        let place = unsafe xvm_ring_reserve(&worker, UInt16(XVM_FRAME_DELETE_OBJECT.rawValue), 0, UInt32(length))
        return unsafe place != nil
    }

    func publish() { unsafe xvm_ring_publish(&worker) }

    /// The next frame's payload; nil: empty or breach (host.fault).
    func take() -> [UInt8]? {
        var frame = unsafe xvm_frame()
        guard unsafe xvm_ring_receive_copy(&host, &frame, buffer.baseAddress, UInt32(buffer.count)) == XVM_RING_OK else {
            return nil
        }
        return unsafe [UInt8](buffer[..<Int(frame.length)])
    }

    /// The header that lies at a position of the worker's ring.
    func header(at position: UInt64) -> xvm_frame_header {
        let offset = Int(XVM_RING_CONTROL_SIZE) + Int(position % UInt64(capacity))
        return unsafe up.load(fromByteOffset: offset, as: xvm_frame_header.self)
    }
    func bytes(_ range: Range<UInt64>) -> [UInt8] {
        range.map { unsafe up.load(fromByteOffset: Int(XVM_RING_CONTROL_SIZE) + Int($0 % UInt64(capacity)), as: UInt8.self) }
    }
    func soil() {
        for offset in 0..<capacity {
            unsafe up.storeBytes(of: 0xa5, toByteOffset: Int(XVM_RING_CONTROL_SIZE) + offset, as: UInt8.self)
        }
    }
}
