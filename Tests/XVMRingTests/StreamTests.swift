// SPDX-License-Identifier: Apache-2.0
// Frames come out as they went in: at every offset, at every fill level, near 2^32, and in millions across two threads.
import CXVMSandbox
import Synchronization
import Testing
import XVMRing
import XVMSystem
import XVMWire

private let posted = XVM_FRAME_DELETE_OBJECT

private func pattern(_ count: Int, _ seed: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ seed) } }

@Suite struct StreamTests {
    // Goal: every wrap. From each 16-byte offset, frames of each length: contents arrive, padding is zero, and the PAD, where
    // there is one, fills exactly the rest.
    @Test("a frame of every length arrives from every offset, with zeroed padding", arguments: [64, 128, 256])
    func everyWrap(capacity: Int) {
        let pair = RawPair(capacity: capacity)
        for base in [UInt64(0), 1 << 32, (1 << 32) - UInt64(capacity)] {
            for offset in stride(from: 0, to: UInt64(capacity), by: 16) {
                for length in 0...pair.payloadMax {
                    pair.start(at: base + offset, sequence: .max)
                    pair.soil()
                    let payload = pattern(length, length)
                    #expect(pair.put(posted, payload))
                    pair.publish()
                    let end = unsafe pair.worker.published
                    let begin = end - UInt64(16 + (length + 15) / 16 * 16)
                    #expect(pair.bytes((begin + 16 + UInt64(length))..<end).allSatisfy { $0 == 0 })
                    if begin != base + offset {
                        #expect(begin % UInt64(capacity) == 0)
                        #expect(pair.bytes((base + offset + 16)..<begin).allSatisfy { $0 == 0 })
                    }
                    #expect(pair.take() == payload)
                    #expect(pair.take() == nil)
                    #expect(unsafe pair.host.fault.reason == 0)
                }
            }
        }
    }

    @Test("a sequence of frames crosses 2^32 in sequence and position", arguments: [128, 1024])
    func crossing(capacity: Int) {
        let pair = RawPair(capacity: capacity)
        pair.start(at: (1 << 32) - 512, sequence: .max - 20)
        var generator = Seeded(1)
        for round in 0..<500 {
            let payload = pattern(Int.random(in: 0...pair.payloadMax, using: &generator), round)
            #expect(pair.put(posted, payload))
            pair.publish()
            #expect(pair.take() == payload)
        }
        #expect(unsafe pair.host.read.position > 1 << 32)
    }

    @Test("room tells exactly which payloads reserve takes, at every offset and fill level", arguments: [64, 128, 256])
    func room(capacity: Int) {
        let pair = RawPair(capacity: capacity)
        for offset in stride(from: 0, to: UInt64(capacity), by: 16) {
            for used in stride(from: 0, through: UInt64(capacity), by: 16) {
                pair.start(at: UInt64(capacity) * 4 + offset)
                pair.fill(used: used)
                let room = Int(unsafe xvm_ring_room(&pair.worker))
                for length in 1...(pair.payloadMax + 17) { #expect(pair.fits(length) == (length <= room)) }
                #expect(pair.fits(0) == (used < UInt64(capacity)))
            }
        }
    }

    @Test("when frames with payload find no room, a FLUSH still does")
    func flushFits() {
        for length in 1...48 {
            let pair = RawPair(capacity: 256)
            while pair.put(posted, pattern(length, 0)) {}
            #expect(pair.put(XVM_FRAME_FLUSH, []))
            pair.publish()
            var count = 0
            while pair.take() != nil { count += 1 }
            #expect(unsafe pair.host.fault.reason == 0)
            #expect(unsafe pair.host.read.phase == XVM_PHASE_ANSWERING.rawValue)
            #expect(count > 1)
        }
    }

    @Test("nothing is visible before publish, and an abandoned reserve leaves no trace")
    func visibility() {
        let pair = RawPair(capacity: 256)
        #expect(pair.fits(48))
        #expect(pair.put(posted, pattern(5, 1)))
        #expect(pair.put(posted, pattern(6, 2)))
        #expect(pair.take() == nil)
        pair.publish()
        #expect(pair.take() == pattern(5, 1))
        #expect(pair.take() == pattern(6, 2))
        #expect(pair.take() == nil)
    }

    // Goal: no frame is lost, doubled or changed and no wake is lost, over a million frames between two threads with rings of
    // several sizes: posted frames of random length, a FLUSH whenever the ring is full.
    @Test(
        "a million posted frames arrive in order", arguments: [(UInt32(256), UInt32(0)), (1024, 400), (65536, 400), (65536, 0)])
    func stress(capacity: UInt32, pauses: UInt32) throws {
        let total = 250_000
        let segments = try Segments(capacity: capacity)
        let worker = try TestWorker(segments)
        var host = HostChannel(segments: segments)
        host.setSpin(pauses: pauses)
        let limit = min(host.payloadSizeMax, 120)
        let thread = TestThread {
            worker.open()
            worker.send(XVM_FRAME_SEALED)
            _ = worker.receive()
            var generator = Seeded(UInt64(capacity))
            for index in 0..<total {
                let length = 4 + Int(generator.next() % UInt64(limit - 4))
                // A key field, so that the host's decoder reads it: its length, then the index in each byte.
                var payload = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: length)
                for byte in 0..<4 { payload[byte] = UInt8(truncatingIfNeeded: (length - 4) >> (8 * byte)) }
                while !worker.put(posted, correlation: 1, payload) {
                    worker.send(XVM_FRAME_FLUSH, correlation: 1)
                    _ = worker.receive()
                }
                if index % 3 == 0 { worker.publish() }
            }
            worker.send(XVM_FRAME_OUTCOME, correlation: 1)
        }
        _ = try host.receive(deadline: farDeadline)
        try host.send(type: UInt16(XVM_FRAME_INVOCATION.rawValue), correlation: 1, payload: [])
        var generator = Seeded(UInt64(capacity))
        var index = 0
        var wrong = 0
        conversation: while true {
            let frame = try host.receive(deadline: farDeadline)
            switch UInt32(frame.type) {
            case posted.rawValue:
                let length = 4 + Int(generator.next() % UInt64(limit - 4))
                let key = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: length - 4)
                if try Syscall(verifying: frame.payload, type: frame.type) != .deleteObject(key: key) { wrong += 1 }
                index += 1
            case XVM_FRAME_FLUSH.rawValue: try host.send(type: UInt16(XVM_FRAME_RESULT.rawValue), correlation: 1, payload: [])
            default: break conversation
            }
        }
        thread.join()
        #expect(index == total)
        #expect(wrong == 0)
    }
}
