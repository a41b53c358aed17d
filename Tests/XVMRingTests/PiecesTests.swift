// SPDX-License-Identifier: Apache-2.0
// Messages that do not fit a frame: honest ones arrive whole, in both directions; each lie ends in the breach that names it.
import CXVMSandbox
import Testing
import XVMRing
import XVMWire

private let put = XVM_FRAME_PUT_OBJECT
private let result = UInt16(XVM_FRAME_RESULT.rawValue)

/// Bytes that differ from piece to piece.
private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) } }

@Suite struct PiecesTests {
    /// The largest payload of a ring of 4096 bytes.
    private let piece = 1008

    private func breach(_ host: HostBox) -> Breach.Reason? {
        do throws(RingError) {
            while true { _ = try host.channel.receive(deadline: pastDeadline) }
        } catch {
            guard case .breach(let breach) = error else { return nil }
            return breach.reason
        }
    }

    // MARK: Worker to host

    @Test("a worker's message in pieces arrives whole, also with a flush between them")
    func fromWorker() throws {
        let (host, worker) = try runningChannel()
        let message = pattern(2 * piece + 500)
        #expect(worker.putPiece(put, correlation: 7, Array(message[..<piece])))
        worker.send(XVM_FRAME_FLUSH, correlation: 7)
        let flush = try host.channel.receive(deadline: farDeadline)
        #expect(flush.type == UInt16(XVM_FRAME_FLUSH.rawValue))
        #expect(flush.payload.count == 0)
        try host.channel.send(type: result, correlation: 7, payload: [])
        _ = worker.receive()
        #expect(worker.putPiece(put, correlation: 7, Array(message[piece..<(2 * piece)])))
        worker.send(put, correlation: 7, Array(message[(2 * piece)...]))
        let whole = try host.channel.receive(deadline: farDeadline)
        #expect(whole.type == UInt16(put.rawValue))
        #expect(whole.payload.count == message.count)
        // The next message begins anew.
        worker.send(put, correlation: 7, [1, 2, 3])
        #expect(try host.channel.receive(deadline: farDeadline).payload.count == 3)
    }

    @Test("a piece that is shorter than a frame can be is refused")
    func shortPiece() throws {
        for length in [UInt32(0), 1, 1007] {
            let (host, worker) = try runningChannel()
            worker.write(header(length: length, type: put.rawValue, flags: 1, sequence: 1, correlation: 7), at: 16)
            worker.storeTail(16 + 1024)
            #expect(breach(host) == .flags)
        }
    }

    @Test("only the types of large messages may come in pieces, and no other flag exists")
    func typesAndFlags() throws {
        let types = [
            XVM_FRAME_GET_OBJECT, XVM_FRAME_DELETE_OBJECT, XVM_FRAME_NEW_ITERATOR, XVM_FRAME_POST_LOG, XVM_FRAME_FLUSH,
            XVM_FRAME_MORE,
        ]
        for type in types {
            let (host, worker) = try runningChannel()
            worker.write(header(length: 1008, type: type.rawValue, flags: 1, sequence: 1, correlation: 7), at: 16)
            worker.storeTail(16 + 1024)
            #expect(breach(host) == .flags)
        }
        for flags in [UInt16(2), 3, 0x8001] {
            let (host, worker) = try runningChannel()
            worker.write(header(length: 1008, type: put.rawValue, flags: flags, sequence: 1, correlation: 7), at: 16)
            worker.storeTail(16 + 1024)
            #expect(breach(host) == .flags)
        }
    }

    @Test("between the pieces of a message no other message may stand")
    func interleaved() throws {
        for other in [XVM_FRAME_EMIT_EVENT, XVM_FRAME_DELETE_OBJECT, XVM_FRAME_GET_OBJECT, XVM_FRAME_OUTCOME] {
            let (host, worker) = try runningChannel()
            #expect(worker.putPiece(put, correlation: 7, pattern(piece)))
            worker.send(other, correlation: 7, [0, 0, 0, 0])
            #expect(breach(host) == .pieces)
        }
    }

    @Test("pieces beyond the limit of their type are refused with the frame that exceeds it")
    func tooMany() throws {
        let (host, worker) = try runningChannel()
        let limit = 4 + 400 + 4 + 1_048_576
        let bytes = pattern(piece)
        for _ in 0..<(limit / piece) {
            #expect(worker.putPiece(put, correlation: 7, bytes))
            worker.publish()
            #expect(throws: RingError.timedOut) { try host.channel.receive(deadline: pastDeadline) }
        }
        worker.send(put, correlation: 7, pattern(limit % piece + 1))
        #expect(breach(host) == .length)
    }

    @Test("a message that never ends costs its invocation's deadline and no more")
    func neverEnds() throws {
        let (host, worker) = try runningChannel()
        #expect(worker.putPiece(put, correlation: 7, pattern(piece)))
        worker.publish()
        #expect(throws: RingError.timedOut) { try host.channel.receive(deadline: pastDeadline) }
        #expect(throws: RingError.timedOut) { try host.channel.receive(deadline: pastDeadline) }
    }

    @Test("a piece of another invocation is refused")
    func otherCorrelation() throws {
        let (host, worker) = try runningChannel()
        #expect(worker.putPiece(put, correlation: 7, pattern(piece)))
        worker.send(put, correlation: 8, [1])
        #expect(breach(host) == .correlation)
    }

    // MARK: Host to worker

    /// What an honest worker puts together.
    private static func gather(_ worker: TestWorker, correlation: UInt32) -> (message: [UInt8], asked: Int) {
        var message: [UInt8] = []
        var asked = 0
        while let frame = worker.receive(asking: { asked += 1 }, correlation: correlation) {
            message += frame.payload
            if frame.flags == 0 { break }
        }
        return (message, asked)
    }

    @Test("a message larger than the ring reaches the worker whole", arguments: [1009, 4096, 4097, 20_000, 1_114_112])
    func toWorker(size: Int) throws {
        let (host, worker) = try runningChannel()
        let message = pattern(size)
        for _ in 0..<2 {
            worker.send(XVM_FRAME_GET_OBJECT, correlation: 7, [0, 0, 0, 0])
            _ = try host.channel.receive(deadline: farDeadline)
            let thread = TestThread {
                let (received, asked) = Self.gather(worker, correlation: 7)
                #expect(received == message)
                #expect(asked >= (size > 4096 ? 1 : 0))
            }
            try host.channel.send(type: result, correlation: 7, payload: message, deadline: farDeadline)
            thread.join()
        }
        worker.send(XVM_FRAME_OUTCOME, correlation: 7, [1])
        #expect(try host.channel.receive(deadline: farDeadline).payload.count == 1)
    }

    @Test("a worker that does not ask for the rest costs the deadline")
    func silentWorker() throws {
        let (host, worker) = try runningChannel()
        worker.send(XVM_FRAME_GET_OBJECT, correlation: 7, [0, 0, 0, 0])
        _ = try host.channel.receive(deadline: farDeadline)
        #expect(throws: RingError.timedOut) {
            try host.channel.send(type: result, correlation: 7, payload: pattern(20_000), deadline: pastDeadline)
        }
    }

    @Test("a worker that asks without having taken what was sent is refused")
    func asksTooEarly() throws {
        let (host, worker) = try runningChannel()
        worker.send(XVM_FRAME_GET_OBJECT, correlation: 7, [0, 0, 0, 0])
        _ = try host.channel.receive(deadline: farDeadline)
        // Asked before anything came: the host reads it when it has filled the ring.
        let thread = TestThread {
            while worker.hostTail <= 32 {}
            worker.send(XVM_FRAME_MORE, correlation: 7)
        }
        #expect {
            try host.channel.send(type: result, correlation: 7, payload: pattern(20_000), deadline: farDeadline)
        } throws: {
            guard case RingError.breach(let breach) = $0 else { return false }
            return breach.reason == .noRoom
        }
        thread.join()
    }

    @Test("while the host's message is not complete a worker can say nothing else")
    func saysSomethingElse() throws {
        for type in [XVM_FRAME_PUT_OBJECT, XVM_FRAME_OUTCOME, XVM_FRAME_FLUSH, XVM_FRAME_GET_OBJECT] {
            let (host, worker) = try runningChannel()
            worker.send(XVM_FRAME_GET_OBJECT, correlation: 7, [0, 0, 0, 0])
            _ = try host.channel.receive(deadline: farDeadline)
            let thread = TestThread {
                while worker.hostTail <= 32 {}
                worker.send(type, correlation: 7)
            }
            #expect {
                try host.channel.send(type: result, correlation: 7, payload: pattern(20_000), deadline: farDeadline)
            } throws: {
                guard case RingError.breach(let breach) = $0 else { return false }
                return breach.reason == .type
            }
            thread.join()
        }
    }

    @Test("a worker that asks for more where nothing is missing is refused")
    func asksForNothing() throws {
        let (host, worker) = try runningChannel()
        worker.send(XVM_FRAME_MORE, correlation: 7)
        #expect(breach(host) == .type)
    }
}
