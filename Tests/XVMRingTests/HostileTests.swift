// SPDX-License-Identifier: Apache-2.0
// A worker that lies: each lie ends in the breach that names it, and never in more work than the ring holds.
import CXVMSandbox
import Glibc
import Synchronization
import Testing
import XVMRing
import XVMSystem
import XVMWire

private let delete = XVM_FRAME_DELETE_OBJECT.rawValue
private let result = UInt16(XVM_FRAME_RESULT.rawValue)

@Suite struct HostileTests {
    /// What the next receive says.
    private func breach(_ host: HostBox) -> Breach.Reason? {
        do throws(RingError) {
            _ = try host.channel.receive(deadline: pastDeadline)
            return nil
        } catch {
            guard case .breach(let breach) = error else { return nil }
            return breach.reason
        }
    }

    // In all of these the worker stands at position 16 with sequence 1 (SEALED was frame 0), in invocation 7.

    @Test(
        "W1: a tail that cannot be is refused",
        arguments: [
            (UInt64(16 + 4096 + 16), Breach.Reason.tailBeyond), (1 << 32, .tailBeyond), (1 << 32 | 32, .tailBeyond),
            (UInt64.max - 15, .tailBeyond), (.max, .tailAlignment), (0, .tailBackwards), (17, .tailAlignment),
            (24, .tailAlignment),
        ])
    func tails(tail: UInt64, reason: Breach.Reason) throws {
        let (host, worker) = try runningChannel()
        worker.storeTail(tail)
        #expect(breach(host) == reason)
        // Final: an honest tail afterwards changes nothing.
        worker.storeTail(32)
        #expect(breach(host) == reason)
        #expect(throws: RingError.self) { try host.channel.send(type: result, correlation: 7, payload: []) }
    }

    @Test("W1: a tail that goes back behind frames already taken is refused")
    func backwards() throws {
        let (host, worker) = try runningChannel()
        worker.send(XVM_FRAME_DELETE_OBJECT, correlation: 7, [0, 0, 0, 0])
        _ = try host.channel.receive(deadline: farDeadline)
        worker.storeTail(32)
        #expect(breach(host) == .tailBackwards)
    }

    @Test(
        "W2, W4: a header that cannot be is refused",
        arguments: [
            (header(length: 405, type: delete, sequence: 1, correlation: 7), Breach.Reason.length),
            (header(length: .max, type: delete, sequence: 1, correlation: 7), .length),
            (header(length: .max - 15, type: delete, sequence: 1, correlation: 7), .length),
            (header(length: 1, type: XVM_FRAME_FLUSH.rawValue, sequence: 1, correlation: 7), .length),
            (header(length: 4, type: delete, flags: 1, sequence: 1, correlation: 7), .flags),
            (header(length: 4, type: delete, sequence: 0, correlation: 7), .sequence),
            (header(length: 4, type: delete, sequence: 2, correlation: 7), .sequence),
            (header(length: 4, type: delete, sequence: 1, correlation: 8), .correlation),
            (header(length: 4, type: delete, sequence: 1, correlation: 0), .correlation),
            (header(length: 4, type: XVM_FRAME_SEALED.rawValue, sequence: 1, correlation: 7), .type),
            (header(length: 4, type: XVM_FRAME_RESULT.rawValue, sequence: 1, correlation: 7), .type),
            (header(length: 4, type: 0xffff, sequence: 1, correlation: 7), .type),
            (header(length: 4, type: XVM_FRAME_PAD.rawValue, sequence: 1), .pad),
            (header(length: 4096 - 16 - 16, type: XVM_FRAME_PAD.rawValue, sequence: 1), .length),
            (header(length: .max - 15, type: XVM_FRAME_PAD.rawValue, sequence: 1), .pad),
            (header(length: 17, type: delete, sequence: 1, correlation: 7), .truncated),
        ])
    func headers(header: xvm_frame_header, reason: Breach.Reason) throws {
        let (host, worker) = try runningChannel()
        worker.write(header, at: 16)
        worker.storeTail(16 + 32)
        #expect(breach(host) == reason)
    }

    @Test("W2: an empty syscall and one at its type's limit pass the ring")
    func limits() throws {
        let (host, worker) = try runningChannel()
        worker.send(XVM_FRAME_DELETE_OBJECT, correlation: 7, [])
        #expect(try host.channel.receive(deadline: farDeadline).payload.count == 0)
        worker.send(XVM_FRAME_DELETE_OBJECT, correlation: 7, [UInt8](repeating: 1, count: 404))
        #expect(try host.channel.receive(deadline: farDeadline).payload.count == 404)
    }

    @Test("a frame across the ring's end, and PADs that lie about the rest, are refused")
    func ends() throws {
        for (lie, reason) in [
            (header(length: 20, type: delete, sequence: 14, correlation: 7), Breach.Reason.crossesEnd),
            (header(length: 0, type: XVM_FRAME_PAD.rawValue, sequence: 14), .pad),
            (header(length: 32, type: XVM_FRAME_PAD.rawValue, sequence: 14), .pad),
            (header(length: 16, type: XVM_FRAME_PAD.rawValue, sequence: 14, correlation: 7), .correlation),
            (header(length: 16, type: XVM_FRAME_PAD.rawValue, flags: 2, sequence: 14), .flags),
        ] {
            // Twelve frames of 336 bytes and one of 16 after SEALED: position 4064, 32 bytes before the end, sequence 14.
            let (host, worker) = try runningChannel()
            for _ in 0..<12 {
                worker.send(XVM_FRAME_DELETE_OBJECT, correlation: 7, [UInt8](repeating: 0, count: 320))
                _ = try host.channel.receive(deadline: farDeadline)
            }
            worker.send(XVM_FRAME_DELETE_OBJECT, correlation: 7)
            _ = try host.channel.receive(deadline: farDeadline)
            worker.write(lie, at: 4064)
            worker.storeTail(4064 + 64)
            #expect(breach(host) == reason)
        }
    }

    @Test("W4: frames while an answer is open, after the outcome, and before SEALED are refused")
    func phases() throws {
        let (open, asking) = try runningChannel()
        asking.send(XVM_FRAME_FLUSH, correlation: 7)
        _ = try open.channel.receive(deadline: farDeadline)
        asking.send(XVM_FRAME_FLUSH, correlation: 7)
        #expect(breach(open) == .type)

        let (ended, late) = try runningChannel()
        late.send(XVM_FRAME_OUTCOME, correlation: 7)
        _ = try ended.channel.receive(deadline: farDeadline)
        late.send(XVM_FRAME_POST_LOG, correlation: 7)
        #expect(breach(ended) == .type)

        // A frame of the last invocation that turns up in the next one.
        let (next, stale) = try runningChannel()
        stale.send(XVM_FRAME_OUTCOME, correlation: 7)
        _ = try next.channel.receive(deadline: farDeadline)
        stale.send(XVM_FRAME_OUTCOME, correlation: 7)
        #expect(throws: RingError.self) {
            try next.channel.send(type: UInt16(XVM_FRAME_INVOCATION.rawValue), correlation: 8, payload: [])
        }
        #expect(breach(next) == .type)

        // The same, but it turns up only after the next one was sent.
        let (running, belated) = try runningChannel()
        belated.send(XVM_FRAME_OUTCOME, correlation: 7)
        _ = try running.channel.receive(deadline: farDeadline)
        try running.channel.send(type: UInt16(XVM_FRAME_INVOCATION.rawValue), correlation: 8, payload: [])
        belated.send(XVM_FRAME_OUTCOME, correlation: 7)
        #expect(breach(running) == .correlation)

        // Posted together with the question: nobody speaks while he waits for an answer.
        let (answering, eager) = try runningChannel()
        eager.send(XVM_FRAME_FLUSH, correlation: 7)
        eager.send(XVM_FRAME_POST_LOG, correlation: 7)
        _ = try answering.channel.receive(deadline: farDeadline)
        #expect(throws: RingError.self) { try answering.channel.send(type: result, correlation: 7, payload: []) }
        #expect(breach(answering) == .type)

        let segments = try Segments(capacity: 4096)
        let early = try TestWorker(segments)
        let host = HostBox(HostChannel(segments: segments))
        early.open()
        early.send(XVM_FRAME_GET_OBJECT)
        #expect(breach(host) == .type)
    }

    @Test("a head that was never sent is refused when the host needs room", arguments: [UInt64(1 << 40), .max, 24])
    func heads(head: UInt64) throws {
        let (host, worker) = try runningChannel()
        let answer = [UInt8](repeating: 0, count: 1008)
        var seen: RingError?
        for _ in 0..<5 where seen == nil {
            worker.send(XVM_FRAME_FLUSH, correlation: 7)
            worker.storeHead(head)  // after the honest one that `send` stores
            _ = try host.channel.receive(deadline: farDeadline)
            do throws(RingError) { try host.channel.send(type: result, correlation: 7, payload: answer) } catch { seen = error }
        }
        guard case .breach(let breach)? = seen else {
            Issue.record("no breach: \(String(describing: seen))")
            return
        }
        #expect(breach.reason == .head && breach.value == head)
    }

    @Test("a worker that asks without taking its answers ends when the ring is full")
    func noRoom() throws {
        let (host, worker) = try runningChannel()
        let answer = [UInt8](repeating: 0, count: 1008)
        var seen: RingError?
        for _ in 0..<5 where seen == nil {
            worker.send(XVM_FRAME_FLUSH, correlation: 7)
            _ = try host.channel.receive(deadline: farDeadline)
            do throws(RingError) { try host.channel.send(type: result, correlation: 7, payload: answer) } catch { seen = error }
        }
        guard case .breach(let breach)? = seen else {
            Issue.record("no breach: \(String(describing: seen))")
            return
        }
        #expect(breach.reason == .noRoom)
    }

    // Goal: whatever a racing thread of the worker does to header and payload, the host has one snapshot: a frame whose size is
    // one of the honest ones and whose payload does not change any more, or a breach.
    @Test("W3: a header and a payload that flip while the host reads give one snapshot or a breach")
    func racer() throws {
        var frames = 0
        for round in 0..<100_000 where round < 200 || frames == 0 {
            let (host, worker) = try runningChannel()
            let honest = header(length: 40, type: delete, sequence: 1, correlation: 7)
            worker.write(honest, at: 16)
            worker.write(36, at: 32)
            let stop = Flag()
            let racing = Flag()
            let lies = [
                header(length: .max, type: delete, sequence: 1, correlation: 7),
                header(length: 48, type: delete, sequence: 1, correlation: 7), header(type: 0, sequence: 9, correlation: 9),
            ]
            let thread = TestThread {
                var step = 0
                while !stop.isSet {
                    worker.write(lies[step % 3], at: 16)
                    worker.write(UInt8(truncatingIfNeeded: step), at: 32)
                    worker.write(honest, at: 16)
                    worker.write(36, at: 32)
                    step += 1
                    racing.set()
                }
            }
            while !racing.isSet {}
            worker.storeTail(16 + 64)
            do throws(RingError) {
                let frame = try host.channel.receive(deadline: farDeadline)
                #expect(frame.payload.count == 40 || frame.payload.count == 48)
                let first = Self.decode(frame)
                for _ in 0..<50 { #expect(Self.decode(frame) == first) }
                frames += 1
            } catch {
                guard case .breach = error else {
                    Issue.record("round \(round): \(error)")
                    continue
                }
            }
            stop.set()
            thread.join()
        }
        #expect(frames > 0)
    }

    private static func decode(_ frame: ReceivedFrame) -> Result<Syscall, WireError> {
        do throws(WireError) {
            return .success(try Syscall(verifying: frame.payload, type: frame.type))
        } catch {
            return .failure(error)
        }
    }

    @Test("W8: a storm of wakes without frames ends in a breach, not in a busy lane")
    func wakeStorm() throws {
        let (host, worker) = try runningChannel()
        host.channel.setSpin(pauses: 0)
        let stop = Flag()
        // Where both share a processor, the woken one has its turn.
        let storm = TestThread { while !stop.isSet { if worker.wake() > 0 { sched_yield() } } }
        var seen: RingError?
        do throws(RingError) { _ = try host.channel.receive(deadline: farDeadline) } catch { seen = error }
        stop.set()
        storm.join()
        guard case .breach(let breach)? = seen else {
            Issue.record("no breach: \(String(describing: seen))")
            return
        }
        #expect(breach.reason == .spuriousWakes)
        #expect(breach.value == UInt64(XVM_RING_SPURIOUS_WAKES_MAX) + 2 + 1)
    }

    // Goal: bounded work on any content. Random bytes, random honest-looking headers, random tails; the host takes at most as many
    // frames as the ring holds and then says breach, or that nothing is there.
    @Test("W10: random rings give frames, a breach or silence, in bounded work", arguments: 0..<8)
    func randomRings(seed: UInt64) throws {
        var generator = Seeded(seed)
        for _ in 0..<150 {
            let (host, worker) = try runningChannel(capacity: 256)
            let types = [UInt32(0), 0x42, 0x81, 0x83, 0xc1, 0xc2, 0xc3, 0xc4, 0x41, 0x99]
            var offset = 16
            var sequence: UInt32 = 1
            while offset < 256 {
                let length = UInt32.random(in: 0...60, using: &generator)
                var frame = header(
                    length: length, type: types.randomElement(using: &generator)!, sequence: sequence, correlation: 7)
                if Int.random(in: 0..<8, using: &generator) == 0 {
                    let bit = Int.random(in: 0..<128, using: &generator)
                    unsafe withUnsafeMutableBytes(of: &frame) { unsafe $0[bit / 8] ^= 1 << UInt8(bit % 8) }
                }
                worker.write(frame, at: offset)
                offset += 16 + Int(length + 15) / 16 * 16
                sequence &+= 1
            }
            worker.storeTail(UInt64.random(in: 0...18, using: &generator) * 16)
            var frames = 0
            do throws(RingError) {
                while true {
                    let frame = try host.channel.receive(deadline: pastDeadline)
                    _ = Self.decode(frame)
                    frames += 1
                    if frame.type == UInt16(XVM_FRAME_FLUSH.rawValue) {
                        try host.channel.send(type: result, correlation: 7, payload: [])
                    }
                }
            } catch {
                switch error {
                case .timedOut, .breach, .outOfTurn: break
                case .poisoned, .payloadTooLarge: Issue.record("\(error)")
                }
            }
            #expect(frames <= 256 / 16)
        }
    }

    @Test("a breach says what, the value, the limit and where")
    func text() throws {
        let (host, worker) = try runningChannel()
        worker.write(header(length: 70000, type: delete, sequence: 1, correlation: 7), at: 16)
        worker.storeTail(32)
        let expected = Breach(reason: .length, value: 70000, limit: 404, sequence: 1, position: 16)
        #expect(throws: RingError.breach(expected)) { try host.channel.receive(deadline: farDeadline) }
        #expect(expected.description == "payload size 70000 exceeds limit 404 (frame 1, ring position 16)")
    }
}

final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
