// SPDX-License-Identifier: Apache-2.0
// The pool's decisions, over every course of events up to a depth, and the single rules by example.

import Testing
import XVMSupervisor

private typealias Core = PoolCore<String, Int>

/// A pool with workers that are numbers, and what its shell would know.
private struct Model {
    var core: Core
    let laneCount: Int
    var now: UInt64 = 1000
    var nextTicket: UInt64 = 1
    var nextWorker = 1
    var asked: [UInt64: (key: String, place: Core.Place)] = [:]
    var waiting: [UInt64] = []
    var running: [(ticket: UInt64, key: String, place: Core.Place, slot: Core.Slot)] = []
    var closed: Set<Int> = []
    var begun: [UInt64] = []
    var refused: [(ticket: UInt64, reason: PoolRefusal)] = []

    init(_ policy: PoolPolicy, laneCount: Int) {
        core = Core(policy: policy, laneCount: laneCount)
        self.laneCount = laneCount
    }

    private mutating func begin(_ ticket: UInt64, _ source: Core.Source) {
        guard let call = asked.removeValue(forKey: ticket) else {
            Issue.record("ticket \(ticket) is granted, but does not wait")
            return
        }
        let slot: Core.Slot
        switch source {
        case .idle(let idle):
            #expect(!closed.contains(idle.worker), "a closed worker is given out")
            slot = idle
        case .new:
            slot = Core.Slot(worker: nextWorker)
            nextWorker += 1
        }
        #expect(!running.contains { $0.slot.worker == slot.worker }, "worker \(slot.worker) runs two calls")
        begun.append(ticket)
        running.append((ticket, call.key, call.place, slot))
    }

    mutating func settle() {
        let output = core.output
        core.output = Core.Output()
        for (ticket, source) in output.grants {
            waiting.removeAll { $0 == ticket }
            begin(ticket, source)
        }
        for (ticket, reason) in output.refusals {
            #expect(asked.removeValue(forKey: ticket) != nil, "ticket \(ticket) is refused, but does not wait")
            waiting.removeAll { $0 == ticket }
            refused.append((ticket, reason))
        }
        for worker in output.closing {
            #expect(closed.insert(worker).inserted, "worker \(worker) is closed twice")
            #expect(!running.contains { $0.slot.worker == worker }, "worker \(worker) is closed while it runs")
        }
    }

    @discardableResult
    mutating func request(_ key: String, _ place: Core.Place = .lane) -> UInt64 {
        let ticket = nextTicket
        nextTicket += 1
        asked[ticket] = (key, place)
        switch core.request(ticket, key, place, now: now) {
        case .granted(let source): begin(ticket, source)
        case .refused(let reason):
            asked[ticket] = nil
            refused.append((ticket, reason))
        case .waiting: waiting.append(ticket)
        }
        settle()
        check()
        return ticket
    }

    mutating func finish(_ index: Int = 0, _ ending: Core.Ending = .reusable(memoryPages: 1)) {
        let call = running.remove(at: index)
        core.finish(call.key, call.place, call.slot, ending, now: now)
        settle()
        check()
    }

    mutating func cancel(_ ticket: UInt64) {
        #expect(core.cancel(ticket) == waiting.contains(ticket))
        settle()
        check()
    }

    mutating func tick(after nanoseconds: UInt64) {
        now += nanoseconds
        core.tick(now: now)
        settle()
        check()
    }

    mutating func drain() {
        core.drain()
        settle()
        check()
    }

    /// What holds after every event.
    func check() {
        let policy = core.policy
        #expect(core.busyCount == running.count)
        #expect(core.waitingCount == waiting.count)
        #expect(core.busyCount + core.idleCount <= policy.workerCountMax)
        #expect(core.idleCount == nextWorker - 1 - closed.count - running.count, "a worker is lost")
        #expect(running.count { $0.place == .lane } <= laneCount)
        for key in Set(running.map(\.key)) {
            #expect(running.count { $0.key == key } <= policy.workersPerContractMax)
            #expect(running.count { $0.key == key && $0.place == .lane } <= max(1, laneCount - 1))
        }
        #expect(waiting.count <= policy.queueCountMax)
    }
}

@Suite struct PoolCoreTests {
    private static func policy(_ change: (inout PoolPolicy) -> Void = { _ in }) -> PoolPolicy {
        var policy = PoolPolicy()
        policy.workerCountMax = 2
        policy.workersPerContractMax = 2
        policy.idleNanoseconds = 50
        policy.invocationCountMax = 2
        policy.queueCountMax = 2
        policy.queueNanosecondsMax = 100
        policy.deathCountMax = 1
        policy.backOffNanoseconds = 20
        policy.backOffNanosecondsMax = 40
        policy.violationCountMax = 2
        change(&policy)
        return policy
    }

    /// One course of events goes on in every possible way. At its end everything is let go: nobody may be left waiting, no worker lost.
    private func explore(_ model: Model, depth: Int, _ courses: inout Int) {
        var end = model
        while !end.running.isEmpty { end.finish() }
        end.tick(after: 41)
        while !end.running.isEmpty { end.finish() }
        #expect(end.waiting.isEmpty, "\(end.waiting) wait for nothing")
        end.drain()
        #expect(end.core.idleCount == 0)
        #expect(end.closed.count == end.nextWorker - 1)
        courses += 1
        guard depth > 0 else { return }
        func next(_ change: (inout Model) -> Void) {
            var model = model
            change(&model)
            explore(model, depth: depth - 1, &courses)
        }
        next { $0.request("a", .lane) }
        next { $0.request("b", .lane) }
        next { $0.request("a", .thread) }
        if !model.running.isEmpty {
            next { $0.finish() }
            next { $0.finish(0, .died(isViolation: true)) }
            next { $0.finish($0.running.count - 1, .ended) }
        }
        if let ticket = model.waiting.last { next { $0.cancel(ticket) } }
        next { $0.tick(after: 30) }
        if depth == 1 { next { $0.drain() } }
    }

    @Test("over every course of five events no worker is lost or shared, no limit passed, nobody forgotten", arguments: [1, 2])
    func everyCourse(laneCount: Int) {
        var courses = 0
        explore(Model(Self.policy(), laneCount: laneCount), depth: 5, &courses)
        #expect(courses > 3000)
    }

    @Test("calls of one contract begin in their order, and a flood of one lets every other contract have its turn")
    func turns() {
        var model = Model(Self.policy { $0.queueCountMax = 1000 }, laneCount: 1)
        model.request("flood")
        let flood = (0..<100).map { _ in model.request("flood") }
        let others = ["b", "c", "b", "c", "b", "c"].map { model.request($0) }
        while !model.running.isEmpty { model.finish() }
        let order = model.begun
        #expect(order.filter(flood.contains) == flood)
        for (index, ticket) in others.enumerated() {
            // Before a contract's k-th call each of the two others had at most k turns.
            let position = order.firstIndex(of: ticket)!
            #expect(position <= 3 * (index / 2 + 1) + 1, "call \(index) began as number \(position)")
        }
    }

    @Test("a contract never holds the last lane, whatever it does")
    func lastLane() {
        var model = Model(
            Self.policy {
                $0.workersPerContractMax = 9; $0.workerCountMax = 9; $0.queueCountMax = 99
            }, laneCount: 4)
        for _ in 0..<10 { model.request("flood") }
        #expect(model.running.count == 3)
        model.request("other")
        #expect(model.running.count == 4)
    }

    @Test("an idle worker is taken the most recently used first, and the least recently used is ended to make room")
    func eviction() {
        var model = Model(Self.policy { $0.invocationCountMax = 99 }, laneCount: 4)
        model.request("a", .thread)
        model.request("b", .thread)
        model.finish(0)
        model.now += 1
        model.finish(0)
        model.request("c", .thread)
        #expect(model.closed == [1], "a's worker was idle for longer")
        model.finish()
        model.request("b", .thread)
        #expect(model.running.map(\.slot.worker) == [2])
        #expect(model.core.counters.evicted == 1)
    }

    @Test("a pinned contract's worker is ended neither to make room nor for its idle time")
    func pins() {
        var model = Model(
            Self.policy {
                $0.invocationCountMax = 99; $0.workerCountMax = 1
            }, laneCount: 4)
        model.core.pin("a", true)
        model.request("a")
        model.finish()
        model.tick(after: 10)
        model.request("b")
        #expect(model.waiting.count == 1, "the only worker is pinned")
        model.tick(after: 1000)
        #expect(model.refused.map(\.reason) == [.queueTimeout(nanoseconds: 100)])
        #expect(model.closed.isEmpty)
        model.core.pin("a", false)
        model.request("b")
        #expect(model.closed == [1])
    }

    @Test("a worker ends after its number of invocations, beyond its memory mark, and after one where the policy says so")
    func recycling() {
        var model = Model(Self.policy { $0.invocationCountMax = 3 }, laneCount: 1)
        for _ in 0..<9 {
            model.request("a")
            model.finish()
        }
        #expect(model.closed == [1, 2, 3])
        model.request("a")
        model.finish(0, .reusable(memoryPages: 2000))
        #expect(model.closed == [1, 2, 3, 4])
        model = Model(Self.policy { $0.isOneContextOnly = true }, laneCount: 1)
        for _ in 0..<4 {
            model.request("a")
            model.finish()
        }
        #expect(model.closed == [1, 2, 3, 4])
        #expect(model.core.counters.grantsWarm == 0)
    }

    @Test("deaths in a row make the next worker wait, twice as long each time up to the limit; success and time forget them")
    func backOff() {
        var model = Model(Self.policy { $0.idleNanoseconds = 500 }, laneCount: 1)
        for wait: UInt64 in [20, 40, 40] {
            model.request("a")
            #expect(model.running.count == 1)
            model.finish(0, .died(isViolation: false))
            model.request("a")
            #expect(model.running.isEmpty)
            #expect(model.core.nextTime == model.now + wait)
            model.request("b")
            #expect(model.running.count == 1, "another contract is not held up")
            model.finish()
            model.tick(after: wait - 1)
            #expect(model.running.isEmpty)
            model.tick(after: 1)
            #expect(model.running.count == 1)
            model.finish(0, .ended)
        }
        model.tick(after: 1000)
        #expect(model.core.entryCount == 0, "nothing is left of either contract")
        model.request("a")
        model.finish(0, .died(isViolation: false))
        model.request("a")
        #expect(model.core.nextTime == model.now + 20)
    }

    @Test("after its violations a contract is refused, those of it who wait too, until it is released")
    func quarantine() {
        var model = Model(Self.policy { $0.deathCountMax = 99 }, laneCount: 1)
        model.request("a")
        model.finish(0, .died(isViolation: true))
        model.request("a")
        let waiting = model.request("a")
        model.finish(0, .died(isViolation: true))
        #expect(model.refused.map(\.ticket) == [waiting])
        #expect(model.refused.map(\.reason) == [.quarantined(violations: 2)])
        model.request("a")
        #expect(model.refused.count == 2)
        model.request("b")
        model.finish()
        model.core.release("a", now: model.now)
        model.request("a")
        #expect(model.running.count == 1)
    }

    @Test("idle workers above the warm number end after their time, and an empty pool asks for no time")
    func idle() {
        var model = Model(Self.policy { $0.warmCount = 1 }, laneCount: 4)
        model.request("a", .thread)
        model.request("a", .thread)
        model.finish()
        model.finish()
        #expect(model.core.nextTime == model.now + 50)
        model.tick(after: 50)
        #expect(model.closed.count == 1)
        #expect(model.core.nextTime == nil)
    }

    @Test("a full queue refuses at once, and whoever waits too long is refused")
    func queue() {
        var model = Model(Self.policy { $0.workerCountMax = 1 }, laneCount: 1)
        model.request("a")
        model.request("b")
        model.request("b")
        model.request("c")
        #expect(model.refused.map(\.reason) == [.queueFull(limit: 2)])
        model.tick(after: 100)
        #expect(
            model.refused.map(\.reason) == [
                .queueFull(limit: 2), .queueTimeout(nanoseconds: 100), .queueTimeout(nanoseconds: 100),
            ])
        #expect(model.running.count == 1)
    }
}
