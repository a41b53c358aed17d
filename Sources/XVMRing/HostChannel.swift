// SPDX-License-Identifier: Apache-2.0
// The host's end of both rings of one worker. The rules stand in C (transport/), once for both sides; here are ownership, the
// order of the conversation, and what a refusal means.

import CXVMSandbox
package import XVMSystem
package import XVMWire

/// A frame as the worker sent it: the ring's rules hold (type allowed now, size within the type's limit, sequence and correlation
/// as expected), the payload is a private copy that nobody has verified.
package struct ReceivedFrame: Sendable {
    /// enum xvm_frame_type.
    package let type: UInt16
    package let correlation: UInt32
    package let payload: Untrusted<[UInt8]>
}

/// Sends invocations and results to one worker, receives its frames. Belongs to one thread at a time.
/// SAFETY: `channel` and `buffer` are private to this value, which is not copyable, so no two threads reach them at once; the two
/// segment pointers in `channel` stay mapped because `segments` lives as long as this value; every access to the shared words
/// behind them is atomic, in transport/.
@safe package struct HostChannel: ~Copyable, @unchecked Sendable {
    private let segments: Segments
    private var channel = unsafe xvm_channel()
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    /// The last payload. Filled again in place where its receiver has let it go, so that a frame costs no allocation.
    private var payload: [UInt8] = []
    /// Bytes of the last payload, or of its last piece, in `buffer`.
    private var receivedCount = 0
    /// Pieces of a message, of which more is to come or, where `isWhole`, all have; grows as they arrive, to at most the type's limit.
    private var pieces: [UInt8] = []
    private var isWhole = true
    private var framesWithoutClock = 0
    /// Of the last frame; here because a local one would be cleared for every look at the ring.
    private var header = unsafe xvm_frame()
    /// Frames that were taken, by what the host did before: nothing, look, sleep.
    private var arrivals = InlineArray<3, UInt64>(repeating: 0)
    /// Of the frame that is waited for.
    private var arrival = 0

    /// After so many frames in a row the deadline is looked at even if more are there.
    private static let framesPerClock = 64

    /// Makes a pair of segments and the channel over them.
    package init(capacity: UInt32) throws(SystemError) {
        self.init(segments: try Segments(capacity: capacity))
    }

    package init(segments: consuming Segments) {
        let capacity = segments.capacity
        // SAFETY: both mappings are of control page plus capacity bytes, zeroed, writable, and outlive the channel (see above).
        unsafe xvm_channel_init_host(&channel, segments.hostToWorker.address, segments.workerToHost.mapping.address, capacity)
        unsafe buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, Int(channel.read.payload_max)))
        self.segments = segments
    }

    deinit { unsafe buffer.deallocate() }

    /// Descriptors for the zygote; valid as long as this value lives.
    package var hostToWorkerNumber: Int32 { segments.hostToWorkerFile.number }
    package var workerToHostNumber: Int32 { segments.workerToHostFile.number }
    /// Bytes of one segment, control page included.
    package var segmentSize: UInt32 { UInt32(XVM_RING_CONTROL_SIZE) + segments.capacity }
    /// Largest payload of a frame, in bytes.
    package var payloadSizeMax: Int { Int(unsafe channel.read.payload_max) }

    /// For the reaper: to be called once, when the worker cannot run any more. Stays valid after this value is gone.
    package func poisoner() -> @Sendable () -> Void {
        let segment = segments.workerToHost
        return { segment.poison() }
    }

    /// For who decides on the cause, when the worker cannot run any more: a part of the control page of the worker-written segment.
    package func controlBytes(at offset: Int, count: Int) -> @Sendable () -> [UInt8] {
        let segment = segments.workerToHost
        return { segment.bytes(at: offset, count: count) }
    }

    /// How long both sides spin before they sleep, in pauses; 0: never. Before the worker starts.
    package mutating func setSpin(pauses: UInt32) { unsafe xvm_channel_set_spin(&channel, pauses) }

    /// Sends one message and wakes the worker if it sleeps. Waits only where the message does not fit the ring: until the worker asks
    /// for the rest.
    /// - Parameters:
    ///   - type: INVOCATION (its correlation is what the worker's frames must carry from now on) or RESULT.
    ///   - deadline: absolute CLOCK_MONOTONIC nanoseconds, for a worker that does not ask.
    /// - Throws: `poisoned`, `breach`, `timedOut`; `outOfTurn` and `payloadTooLarge` are bugs of the host.
    package mutating func send(
        type: UInt16, correlation: UInt32, payload: [UInt8], deadline: UInt64 = .max
    ) throws(RingError) {
        try takeTurn(type)
        if payload.count > WireFormat.messageSizeMax {
            throw .payloadTooLarge(size: payload.count, limit: WireFormat.messageSizeMax)
        }
        if UInt32(type) == XVM_FRAME_INVOCATION.rawValue { unsafe xvm_ring_expect(&channel, correlation) }
        var offset = 0
        while payload.count - offset > payloadSizeMax {
            guard try put(type, correlation, payload[offset..<(offset + payloadSizeMax)], isPiece: true, mustFit: offset == 0)
            else {
                unsafe xvm_ring_publish(&channel)
                try awaitMore(deadline: deadline)
                // Now the worker has taken everything: what does not fit is a lie about its head.
                _ = try put(type, correlation, payload[offset..<(offset + payloadSizeMax)], isPiece: true, mustFit: true)
                offset += payloadSizeMax
                continue
            }
            offset += payloadSizeMax
        }
        if !(try put(type, correlation, payload[offset...], isPiece: false, mustFit: offset == 0)) {
            unsafe xvm_ring_publish(&channel)
            try awaitMore(deadline: deadline)
            _ = try put(type, correlation, payload[offset...], isPiece: false, mustFit: true)
        }
        unsafe xvm_ring_publish(&channel)
    }

    /// Answers getObject: as `send` of the same RESULT, written straight into the ring.
    /// - Returns: false, and nothing was done, where it does not fit one frame.
    /// - Throws: as `send`.
    package mutating func send(_ object: FoundObject, correlation: UInt32) throws(RingError) -> Bool {
        let size = object.encodedSize
        if size > payloadSizeMax { return false }
        let type = UInt16(XVM_FRAME_RESULT.rawValue)
        try takeTurn(type)
        guard let place = unsafe xvm_ring_reserve(&channel, type, correlation, UInt32(size)) else { throw try noRoom(size) }
        // SAFETY: `place` has room for exactly `size` bytes in the segment that only the host writes.
        unsafe object.encode(into: UnsafeMutableRawBufferPointer(start: place, count: size))
        unsafe xvm_ring_commit(&channel)
        unsafe xvm_ring_publish(&channel)
        return true
    }

    /// Refuses a message that is not the host's to send now, and a worker that spoke out of turn.
    private mutating func takeTurn(_ type: UInt16) throws(RingError) {
        if segments.workerToHost.isGone { throw .poisoned }
        try refuseFault()
        let awaited = unsafe channel.read.phase
        switch UInt32(type) {
        case XVM_FRAME_INVOCATION.rawValue where awaited == XVM_PHASE_IDLE.rawValue: break
        case XVM_FRAME_RESULT.rawValue where awaited == XVM_PHASE_ANSWERING.rawValue: break
        default: throw .outOfTurn(type: type)
        }
        // Whoever waits for an invocation or for an answer has nothing to say: what stands in the ring already was not said in reply.
        _ = unsafe xvm_ring_receive(&channel, &header)
        if segments.workerToHost.isGone { throw .poisoned }
        try refuseFault()
    }

    /// Call and return: the worker has consumed everything before it could ask. It lies about its head, and ends.
    private func noRoom(_ size: Int) throws(RingError) -> RingError {
        try refuseFault()
        let free = unsafe UInt64(channel.read.capacity) - (channel.written - channel.acknowledged)
        return .breach(
            Breach(
                reason: .noRoom, value: UInt64(size), limit: free, sequence: unsafe channel.write_sequence,
                position: unsafe channel.written))
    }

    /// Writes one frame, unpublished.
    /// - Parameter mustFit: whether the protocol says that there is room, so that none is a breach; otherwise the answer is false.
    private mutating func put(
        _ type: UInt16, _ correlation: UInt32, _ payload: ArraySlice<UInt8>, isPiece: Bool, mustFit: Bool
    ) throws(RingError) -> Bool {
        let size = UInt32(payload.count)
        guard let place = unsafe xvm_ring_reserve(&channel, type, correlation, size) else {
            if mustFit { throw try noRoom(payload.count) }
            try refuseFault()
            return false
        }
        // SAFETY: `place` has room for exactly `size` bytes in the segment that only the host writes.
        unsafe payload.withUnsafeBytes { bytes in
            if let first = bytes.baseAddress {
                unsafe UnsafeMutableRawPointer(place).copyMemory(from: first, byteCount: bytes.count)
            }
        }
        if isPiece { unsafe xvm_ring_commit_piece(&channel) } else { unsafe xvm_ring_commit(&channel) }
        return true
    }

    /// Waits until the worker has taken all pieces and asks for the next. Nothing else is allowed then.
    private mutating func awaitMore(deadline: UInt64) throws(RingError) {
        while true {
            if segments.workerToHost.isGone { throw .poisoned }
            // SAFETY: `buffer` is private and has the stated size, which is the ring's largest payload.
            switch unsafe xvm_ring_receive_copy(&channel, &header, buffer.baseAddress, UInt32(buffer.count)) {
            case XVM_RING_OK:
                countArrival()
                return
            case XVM_RING_EMPTY: try wait(deadline)
            default:
                if segments.workerToHost.isGone { throw .poisoned }
                try refuseFault()
                preconditionFailure("the ring refused without a reason")
            }
        }
    }

    /// The worker's next frame, waiting for it until `deadline`.
    /// - Parameter deadline: absolute CLOCK_MONOTONIC nanoseconds; looked at when nothing is there and every 64 frames.
    /// - Throws: `timedOut`; `poisoned` when the worker is gone, whatever it left; `breach`, after which every call throws the same.
    package mutating func receive(deadline: UInt64) throws(RingError) -> ReceivedFrame {
        let (type, correlation) = try receiveType(deadline: deadline)
        return ReceivedFrame(type: type, correlation: correlation, payload: lastPayload)
    }

    /// The same without the payload, which stays here until the next frame: `lastPayload` copies it, `withLastPayload` shows it.
    package mutating func receiveType(deadline: UInt64) throws(RingError) -> (type: UInt16, correlation: UInt32) {
        if isWhole, !pieces.isEmpty { pieces = [] }
        while true {
            if segments.workerToHost.isGone { throw .poisoned }
            if framesWithoutClock >= Self.framesPerClock {
                framesWithoutClock = 0
                if UInt64(xvm_system_monotonic_nanoseconds()) >= deadline { throw .timedOut }
            }
            // SAFETY: `buffer` is private and has the stated size, which is the ring's largest payload.
            let status = unsafe xvm_ring_receive_copy(&channel, &header, buffer.baseAddress, UInt32(buffer.count))
            switch status {
            case XVM_RING_OK:
                framesWithoutClock += 1
                countArrival()
                receivedCount = unsafe Int(header.length)
                if unsafe header.flags != 0 {
                    isWhole = false
                    // SAFETY: the ring has just filled so many bytes of the buffer, and refuses a length above its size.
                    unsafe pieces.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<receivedCount]))
                    continue
                }
                // A frame of another kind may come between the pieces of a message.
                isWhole = unsafe channel.read.pieces_type == 0
                return unsafe (header.type, header.correlation)
            case XVM_RING_EMPTY:
                framesWithoutClock = 0
                try wait(deadline)
            default:
                // The impossible tail of a poisoned ring is refused as a breach; the flag, set before it, tells the difference.
                if segments.workerToHost.isGone { throw .poisoned }
                try refuseFault()
                preconditionFailure("the ring refused without a reason")
            }
        }
    }

    /// The payload of the frame that was received last, as nobody has verified it.
    package var lastPayload: Untrusted<[UInt8]> {
        mutating get {
            payload.removeAll(keepingCapacity: true)
            if isWhole, !pieces.isEmpty {
                payload = pieces
                pieces = []
            }
            // SAFETY: the ring has filled so many bytes of the buffer, and refuses a length above its size.
            unsafe payload.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<receivedCount]))
            return Untrusted(payload)
        }
    }

    /// Shows the payload of the frame that was received last, a private copy, as nobody has verified it. Not for a type whose messages may come in pieces.
    /// (Mutating, although it changes nothing: for a borrow the compiler copies the whole channel aside.)
    package mutating func withLastPayload<Value>(_ body: (Span<UInt8>) throws -> Value) rethrows -> Value {
        // SAFETY: as in `lastPayload`; the buffer lives as long as this value, which is borrowed, and nobody writes it meanwhile.
        try body(unsafe Span(_unsafeElements: UnsafeBufferPointer(rebasing: buffer[..<receivedCount])))
    }

    /// Until a frame may be there.
    private mutating func wait(_ deadline: UInt64) throws(RingError) {
        let (spins, parks) = unsafe (channel.spins, channel.parks)
        let result = unsafe xvm_ring_wait_until(&channel, deadline)
        // A frame that took several waits is counted by the longest.
        if unsafe channel.parks != parks { arrival = 2 } else if unsafe channel.spins != spins { arrival = max(arrival, 1) }
        // A death that comes together with the deadline is a death.
        if result != 0 { throw segments.workerToHost.isGone ? .poisoned : .timedOut }
    }

    private mutating func countArrival() {
        arrivals[arrival] += 1
        arrival = 0
    }

    /// What a worker that ended before it was sealed had to say; nil if nothing that the rules allow. For the trusted start only: a
    /// worker that has run a contract and is dead is not listened to.
    package mutating func lastWords() -> ReceivedFrame? {
        guard segments.workerToHost.isGone, unsafe channel.read.phase == XVM_PHASE_STARTING.rawValue else { return nil }
        let tail = segments.workerToHost.tailAtDeath
        let offset = unsafe Int(XVM_RING_CONTROL_SIZE) + Int(channel.read.position & UInt64(channel.read.capacity - 1))
        var header = xvm_frame_header()
        var frame = unsafe xvm_frame()
        var fault = xvm_ring_fault()
        // SAFETY: the offset lies on a frame boundary inside the mapping, and the validator accepts no frame that reaches beyond the
        // ring's end. The only other writer is dead, so plain reads see what is there.
        let place = unsafe segments.workerToHost.mapping.address + offset
        unsafe withUnsafeMutableBytes(of: &header) { bytes in
            unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: place, count: bytes.count))
        }
        guard unsafe tail != channel.read.position,
            unsafe xvm_ring_validate(&channel.read, tail, &header, &frame, &fault) == XVM_BREACH_NONE
        else { return nil }
        let payload = unsafe UnsafeRawBufferPointer(start: place + Int(XVM_RING_HEADER_SIZE), count: Int(frame.length))
        return unsafe ReceivedFrame(type: frame.type, correlation: frame.correlation, payload: Untrusted(Array(payload)))
    }

    private func refuseFault() throws(RingError) {
        let fault = unsafe channel.fault
        if fault.reason == XVM_BREACH_NONE.rawValue { return }
        guard let reason = Breach.Reason(rawValue: fault.reason) else {
            preconditionFailure("breach \(fault.reason) has no name")
        }
        throw .breach(
            Breach(
                reason: reason, value: fault.value, limit: fault.limit, sequence: fault.sequence, position: fault.position))
    }

    /// Counters since the begin; for reports.
    package struct Counters: Equatable, Sendable {
        package var framesReceived: UInt64
        package var framesSent: UInt64
        /// Frames that were there when the host came for them, those that came while it looked, and those for which it slept: together
        /// the frames that it took, pieces included.
        package var arrivedBefore: UInt64
        package var arrivedAwake: UInt64
        package var arrivedAsleep: UInt64
        package var wakesSent: UInt64
        /// Wakes that brought no frame.
        package var wakesSpurious: UInt64
    }
    package var counters: Counters {
        unsafe Counters(
            framesReceived: channel.frames_received, framesSent: channel.frames_sent, arrivedBefore: arrivals[0],
            arrivedAwake: arrivals[1], arrivedAsleep: arrivals[2], wakesSent: channel.wakes_sent,
            wakesSpurious: channel.wakes_spurious)
    }
}
