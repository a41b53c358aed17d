// SPDX-License-Identifier: Apache-2.0
// The supervisor's decisions about workers: events in any order against a table that is kept beside it.

package import XVMSupervisor

package struct PoolSubject: Sendable {
    /// Takes what the pool decided; a planted bug loses something of it.
    package var output: @Sendable (inout PoolCore<Int, Int>) -> PoolCore<Int, Int>.Output = { core in
        defer { core.output = PoolCore<Int, Int>.Output() }
        return core.output
    }
    package init() {}
}

extension FuzzTarget {
    /// Input: four bytes of policy, then one or two bytes for each event.
    package static func pool(_ subject: PoolSubject = PoolSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "pool",
            purpose: "supervisor events in any order: no worker lost or shared, no limit passed, every call decided once",
            smokeCount: 2500, sizeMax: 1024, seeds: [[1, 2, 3, 4, 0, 0, 0, 5, 5, 5]]
        ) {
            { bytes in
                var decisions = Decisions(bytes)
                var table = PoolTable(&decisions, subject)
                while !decisions.isAtEnd { try table.event(&decisions) }
                try table.end()
            }
        }
    }
}

/// A pool and what its shell would know: every call and worker with its state.
private struct PoolTable {
    typealias Core = PoolCore<Int, Int>
    private enum WorkerState { case running, idle, closed }
    private struct Call {
        var key: Int
        var place: Core.Place
        var slot: Core.Slot?
    }

    private var core: Core
    private let laneCount: Int
    private let subject: PoolSubject
    private var now: UInt64 = 1000
    private var lastTicket: UInt64 = 0
    private var workers: [WorkerState] = []
    private var calls: [UInt64: Call] = [:]
    private var waiting: [UInt64] = []
    private var running: [UInt64] = []
    private var isDraining = false

    init(_ decisions: inout Decisions, _ subject: PoolSubject) {
        var policy = PoolPolicy()
        policy.workerCountMax = 1 + decisions.below(5)
        policy.workersPerContractMax = 1 + decisions.below(3)
        let flags = decisions.byte()
        policy.warmCount = Int(flags & 3)
        policy.isOneContextOnly = flags & 4 != 0
        policy.idleNanoseconds = 50
        policy.invocationCountMax = UInt64(1 + (flags >> 3) & 3)
        policy.queueCountMax = 1 + Int(flags >> 5)
        policy.queueNanosecondsMax = 100
        policy.deathCountMax = 1 + decisions.below(3)
        policy.backOffNanoseconds = 20
        policy.backOffNanosecondsMax = 40
        policy.violationCountMax = 2
        laneCount = 1 + decisions.below(4)
        core = Core(policy: policy, laneCount: laneCount)
        self.subject = subject
    }

    mutating func event(_ decisions: inout Decisions) throws {
        switch decisions.below(10) {
        case 0, 1, 2: try request(decisions.below(4), decisions.chance(1, of: 3) ? .thread : .lane)
        case 3, 4:
            let endings: [Core.Ending] = [
                .reusable(memoryPages: 1), .reusable(memoryPages: 1), .reusable(memoryPages: 5000), .ended,
                .died(isViolation: false),
                .died(isViolation: true),
            ]
            if !running.isEmpty { try finish(decisions.below(running.count), endings[decisions.below(endings.count)]) }
        case 5:
            guard lastTicket > 0 else { return }
            let ticket = 1 + UInt64(decisions.below(Int(lastTicket)))
            let isWaiting = waiting.contains(ticket)
            try require(core.cancel(ticket) == isWaiting, "cancel of \(ticket): it \(isWaiting ? "waits" : "does not wait")")
        case 6:
            now += UInt64(decisions.below(200))
            core.tick(now: now)
            for ticket in waiting { try require(calls[ticket] != nil, "ticket \(ticket)") }
        case 7: core.pin(decisions.below(4), decisions.chance(1, of: 2))
        case 8: core.release(decisions.below(4), now: now)
        default:
            if decisions.chance(1, of: 32) {
                core.drain()
                isDraining = true
            }
        }
        try settle()
        try check()
    }

    private mutating func request(_ key: Int, _ place: Core.Place) throws {
        lastTicket += 1
        calls[lastTicket] = Call(key: key, place: place)
        switch core.request(lastTicket, key, place, now: now) {
        case .granted(let source): try begin(lastTicket, source)
        case .refused:
            calls[lastTicket] = nil
        case .waiting:
            try require(!isDraining, "a call waits after the end")
            waiting.append(lastTicket)
        }
    }

    private mutating func begin(_ ticket: UInt64, _ source: Core.Source) throws {
        try require(calls[ticket] != nil && calls[ticket]?.slot == nil, "ticket \(ticket) is granted, but does not wait")
        let slot: Core.Slot
        switch source {
        case .idle(let idle):
            slot = idle
            try require(workers[idle.worker] == .idle, "worker \(idle.worker) is given out and is \(workers[idle.worker])")
        case .new:
            slot = Core.Slot(worker: workers.count)
            workers.append(.running)
        }
        workers[slot.worker] = .running
        calls[ticket]?.slot = slot
        running.append(ticket)
    }

    private mutating func finish(_ index: Int, _ ending: Core.Ending) throws {
        let ticket = running.remove(at: index)
        guard let call = calls.removeValue(forKey: ticket), let slot = call.slot else {
            throw FuzzFailure("a running call has no worker")
        }
        // Idle unless the pool closes it.
        workers[slot.worker] = .idle
        core.finish(call.key, call.place, slot, ending, now: now)
        try settle()
        if case .reusable = ending { return }
        try require(workers[slot.worker] == .closed, "a worker that ended is kept")
    }

    private mutating func settle() throws {
        let output = subject.output(&core)
        for (ticket, source) in output.grants {
            try require(waiting.contains(ticket), "ticket \(ticket) is granted, but does not wait")
            waiting.removeAll { $0 == ticket }
            try begin(ticket, source)
        }
        for (ticket, _) in output.refusals {
            try require(waiting.contains(ticket), "ticket \(ticket) is refused, but does not wait")
            waiting.removeAll { $0 == ticket }
            calls[ticket] = nil
        }
        for worker in output.closing {
            try require(workers[worker] == .idle, "worker \(worker) is closed and is \(workers[worker])")
            workers[worker] = .closed
        }
    }

    private func check() throws(FuzzFailure) {
        let policy = core.policy
        try require(core.busyCount == running.count, "\(core.busyCount) are busy, \(running.count) run")
        try require(core.waitingCount == waiting.count, "\(core.waitingCount) wait, \(waiting.count) do")
        let idle = workers.filter { $0 == .idle }.count
        try require(core.idleCount == idle, "\(core.idleCount) are idle, \(idle) are")
        try require(core.busyCount + core.idleCount <= policy.workerCountMax, "more workers than \(policy.workerCountMax)")
        try require(waiting.count <= policy.queueCountMax, "more calls wait than \(policy.queueCountMax)")
        let lanes = running.filter { calls[$0]?.place == .lane }
        try require(lanes.count <= laneCount, "more lanes than \(laneCount)")
        for key in 0..<4 {
            let own = running.filter { calls[$0]?.key == key }
            try require(own.count <= policy.workersPerContractMax, "contract \(key) has \(own.count) workers")
            let onLanes = own.filter { calls[$0]?.place == .lane }.count
            try require(onLanes <= max(1, laneCount - 1), "contract \(key) holds every lane")
        }
    }

    /// Everything is let go: nobody may be left waiting, no worker lost.
    mutating func end() throws {
        for key in 0..<4 {
            core.pin(key, false)
            core.release(key, now: now)
        }
        try settle()
        while !running.isEmpty {
            try finish(0, .reusable(memoryPages: 1))
            try check()
        }
        now += 41
        core.tick(now: now)
        try settle()
        while !running.isEmpty { try finish(0, .ended) }
        try require(waiting.isEmpty, "\(waiting) wait for nothing")
        core.drain()
        try settle()
        try check()
        try require(workers.allSatisfy { $0 == .closed }, "a worker is left")
    }
}
