// SPDX-License-Identifier: Apache-2.0
// A channel as the lane uses it, against an honest worker.
import CXVMSandbox
import Glibc
import Synchronization
import Testing
import XVMRing
import XVMSystem
import XVMWire

private let invocation = UInt16(XVM_FRAME_INVOCATION.rawValue)
private let result = UInt16(XVM_FRAME_RESULT.rawValue)

@Suite struct ConversationTests {
    // Goal: a whole conversation across two threads, both sides asleep at times: SEALED, then invocations with posted and
    // synchronous syscalls, each answered, then OUTCOME; every payload arrives as it was sent.
    @Test("invocations, syscalls and outcomes pass between two threads", arguments: [UInt32(0), 400])
    func conversation(pauses: UInt32) throws {
        let segments = try Segments(capacity: 4096)
        let worker = try TestWorker(segments)
        var host = HostChannel(segments: segments)
        host.setSpin(pauses: pauses)
        let rounds: UInt32 = 500
        let thread = TestThread {
            worker.open()
            worker.send(XVM_FRAME_SEALED, [1, 2, 3])
            for _ in 0..<rounds {
                guard let call = worker.receive() else { return }
                for index in 0..<UInt8(3) { _ = worker.put(XVM_FRAME_POST_LOG, correlation: call.correlation, [index]) }
                worker.send(XVM_FRAME_GET_OBJECT, correlation: call.correlation, call.payload)
                guard let answer = worker.receive() else { return }
                worker.send(XVM_FRAME_OUTCOME, correlation: call.correlation, answer.payload)
            }
        }
        #expect(try host.receive(deadline: farDeadline).type == XVM_FRAME_SEALED.rawValue)
        for round in 1...rounds {
            let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: Int(round % 300))
            try host.send(type: invocation, correlation: round, payload: payload)
            for _ in 0..<3 { #expect(try host.receive(deadline: farDeadline).type == XVM_FRAME_POST_LOG.rawValue) }
            let syscall = try host.receive(deadline: farDeadline)
            #expect(syscall.type == XVM_FRAME_GET_OBJECT.rawValue && syscall.correlation == round)
            #expect(syscall.payload.count == payload.count)
            try host.send(type: result, correlation: round, payload: payload + [0xff])
            let outcome = try host.receive(deadline: farDeadline)
            #expect(outcome.type == XVM_FRAME_OUTCOME.rawValue && outcome.payload.count == payload.count + 1)
        }
        thread.join()
        #expect(host.counters.framesReceived == UInt64(1 + 5 * rounds))
        #expect(host.counters.framesSent == UInt64(2 * rounds))
    }

    @Test("an object is answered straight into the ring, if it fits one frame and is asked for")
    func object() throws {
        let (host, worker) = try runningChannel()
        let most = host.channel.payloadSizeMax - 8
        #expect(throws: RingError.outOfTurn(type: result)) { try host.channel.send(.notFound, correlation: 7) }
        for object in [
            FoundObject.notFound, .deleted, .value([]), .value([1, 2, 3]), .value([UInt8](repeating: 5, count: most)),
        ] {
            worker.send(XVM_FRAME_GET_OBJECT, correlation: 7, [1, 0, 0, 0, 107])
            let (type, correlation) = try host.channel.receiveType(deadline: farDeadline)
            #expect(type == UInt16(XVM_FRAME_GET_OBJECT.rawValue) && correlation == 7)
            #expect(host.channel.withLastPayload { [UInt8](copying: $0) } == [1, 0, 0, 0, 107])
            #expect(try !host.channel.send(.value([UInt8](repeating: 5, count: most + 1)), correlation: 7))
            #expect(try host.channel.send(object, correlation: 7))
            #expect(try worker.receive()?.payload == SyscallResult(object).encode())
        }
        host.channel.poisoner()()
        #expect(throws: RingError.poisoned) { try host.channel.send(.notFound, correlation: 7) }
    }

    @Test("a payload is kept until the next frame, and pieces that nobody took are not the next one's")
    func lastPayload() throws {
        let (host, worker) = try runningChannel(capacity: 256)
        let piece = [UInt8](repeating: 1, count: host.channel.payloadSizeMax)
        for isTaken in [false, true] {
            #expect(worker.putPiece(XVM_FRAME_PUT_OBJECT, correlation: 7, piece))
            worker.publish()
            let last = TestThread { worker.send(XVM_FRAME_PUT_OBJECT, correlation: 7, [2, 3]) }
            #expect(try host.channel.receiveType(deadline: farDeadline).type == UInt16(XVM_FRAME_PUT_OBJECT.rawValue))
            last.join()
            if isTaken { #expect(host.channel.lastPayload.count == piece.count + 2) }
            worker.send(XVM_FRAME_DELETE_OBJECT, correlation: 7, [4])
            _ = try host.channel.receiveType(deadline: farDeadline)
            #expect(host.channel.withLastPayload { [UInt8](copying: $0) } == [4])
            #expect(host.channel.lastPayload.count == 1)
        }
    }

    @Test("a deadline that passes is reported, and a frame that is there is received all the same")
    func deadline() throws {
        let (host, worker) = try runningChannel()
        #expect(throws: RingError.timedOut) { try host.channel.receive(deadline: pastDeadline) }
        worker.send(XVM_FRAME_FLUSH, correlation: 7)
        #expect(try host.channel.receive(deadline: pastDeadline).type == XVM_FRAME_FLUSH.rawValue)
    }

    @Test("each frame is counted once: there already, come while the host looked, or after a sleep")
    func arrivals() throws {
        let (host, worker) = try runningChannel()
        let begin = host.channel.counters
        worker.send(XVM_FRAME_DELETE_OBJECT, correlation: 7)
        _ = try host.channel.receive(deadline: farDeadline)
        #expect(host.channel.counters.arrivedBefore == begin.arrivedBefore + 1)
        // Only a wake that finds a sleeper returns 1, so the frame comes when the host has slept; it brings nothing by itself.
        let late = TestThread {
            while worker.wake() == 0 { sched_yield() }
            worker.send(XVM_FRAME_DELETE_OBJECT, correlation: 7)
        }
        _ = try host.channel.receive(deadline: farDeadline)
        late.join()
        #expect(host.channel.counters.arrivedAsleep == begin.arrivedAsleep + 1)
        // Whatever happens to come when: nothing is lost, nothing counted twice.
        let stream = TestThread {
            for index in 0..<1000 {
                while !worker.put(XVM_FRAME_DELETE_OBJECT, correlation: 7) { sched_yield() }
                if index % 3 == 0 { worker.publish() }
                if index % 100 == 0 { sched_yield() }
            }
            worker.publish()
        }
        for _ in 0..<1000 { _ = try host.channel.receive(deadline: farDeadline) }
        stream.join()
        let end = host.channel.counters
        #expect(end.arrivedBefore + end.arrivedAwake + end.arrivedAsleep == end.framesReceived)
        #expect(end.framesReceived == begin.framesReceived + 1002)
    }

    @Test("a stream of posted frames cannot hold the lane beyond its deadline")
    func flood() throws {
        let (host, worker) = try runningChannel(capacity: 65536)
        for _ in 0..<200 { #expect(worker.put(XVM_FRAME_DELETE_OBJECT, correlation: 7)) }
        worker.publish()
        var received = 0
        #expect(throws: RingError.timedOut) {
            while true {
                _ = try host.channel.receive(deadline: pastDeadline)
                received += 1
            }
        }
        #expect(received <= 64)
    }

    @Test("poison wakes a lane that sleeps without end")
    func poisonWakes() throws {
        let (host, _) = try runningChannel()
        let poison = host.channel.poisoner()
        let outcome = Mutex<RingError?>(nil)
        let parked = Mutex(false)
        let box = Shared(outcome: outcome, started: parked)
        let lane = TestThread {
            box.started.withLock { $0 = true }
            do throws(RingError) {
                _ = try host.channel.receive(deadline: farDeadline)
            } catch {
                box.outcome.withLock { $0 = error }
            }
        }
        // Whether the lane sleeps already or not yet: it must end either way.
        while !box.started.withLock({ $0 }) {}
        poison()
        lane.join()
        #expect(box.outcome.withLock { $0 } == .poisoned)
        #expect(throws: RingError.poisoned) { try host.channel.send(type: invocation, correlation: 8, payload: []) }
    }

    private final class Shared: Sendable {
        let outcome: Mutex<RingError?>
        let started: Mutex<Bool>
        init(outcome: consuming Mutex<RingError?>, started: consuming Mutex<Bool>) {
            self.outcome = outcome
            self.started = started
        }
    }

    @Test("W7: frames that a dead worker published but the lane has not taken are not decoded")
    func deadWorker() throws {
        let (host, worker) = try runningChannel()
        worker.send(XVM_FRAME_OUTCOME, correlation: 7, [1, 2, 3])
        host.channel.poisoner()()
        #expect(throws: RingError.poisoned) { try host.channel.receive(deadline: farDeadline) }
    }

    @Test("the host's own frames out of turn are refused before they reach the ring")
    func outOfTurn() throws {
        let (host, worker) = try sealedChannel()
        #expect(throws: RingError.outOfTurn(type: result)) { try host.channel.send(type: result, correlation: 1, payload: []) }
        try host.channel.send(type: invocation, correlation: 1, payload: [])
        #expect(throws: RingError.outOfTurn(type: invocation)) {
            try host.channel.send(type: invocation, correlation: 2, payload: [])
        }
        worker.send(XVM_FRAME_FLUSH, correlation: 1)
        _ = try host.channel.receive(deadline: farDeadline)
        #expect(throws: RingError.payloadTooLarge(size: 1_114_113, limit: 1_114_112)) {
            try host.channel.send(type: result, correlation: 1, payload: [UInt8](repeating: 0, count: 1_114_113))
        }
        try host.channel.send(type: result, correlation: 1, payload: [UInt8](repeating: 0, count: 1008))
        #expect(worker.receive()?.type == invocation)
        #expect(worker.receive()?.payload.count == 1008)
    }
}
