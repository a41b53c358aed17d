// SPDX-License-Identifier: Apache-2.0
// What a pool decides: who gets a worker, who waits, which worker ends. Pure: no clock, no process, no lock; the shell is WorkerPool.

/// The state of a pool. `Worker` is opaque here. A call asks with `request`; what is decided later comes out of `output`.
/// Rules: a contract has at most `workersPerContractMax` calls running and never the last lane; those who wait are served one contract
/// after the other, and within a contract in the order in which they came.
package struct PoolCore<Key: Hashable & Sendable, Worker: Sendable>: Sendable {
    package typealias Ticket = UInt64

    /// Where the call runs: on a lane, of which there are few, on its caller's own thread, or within a call that has a worker already.
    /// The last kind never waits, because what it would wait for may wait for it: it is granted at once, also beyond the limits on workers.
    /// There are at most as many of them as running calls times the depth of a chain of calls.
    package enum Place: Sendable { case lane, thread, nested }

    /// A worker and how many invocations it has served.
    package struct Slot: Sendable {
        package var worker: Worker
        package var servedCount: UInt64
        /// When it became idle.
        var since: UInt64 = 0

        package init(worker: Worker, servedCount: UInt64 = 0) {
            self.worker = worker
            self.servedCount = servedCount
        }
    }

    /// What a granted call runs on.
    package enum Source: Sendable {
        case idle(Slot)
        /// The call starts a worker itself.
        case new
    }

    package enum Decision: Sendable {
        case granted(Source)
        case waiting
        case refused(PoolRefusal)
    }

    /// How a granted call ended.
    package enum Ending: Equatable, Sendable {
        /// The worker can serve again; pages of linear memory at the end.
        case reusable(memoryPages: UInt32)
        /// The worker is of no more use, and that says nothing about the contract: a deadline, a cancellation, the host's own failure.
        case ended
        /// It died of what the contract did, or could not be started.
        case died(isViolation: Bool)
    }

    /// What was decided for others than the caller; the shell takes it out after each event.
    package struct Output: Sendable {
        package var grants: [(ticket: Ticket, source: Source)] = []
        package var refusals: [(ticket: Ticket, reason: PoolRefusal)] = []
        /// Workers to end.
        package var closing: [Worker] = []
        /// Contracts that have no worker any more.
        package var forgotten: [Key] = []
        package init() {}
        package var isEmpty: Bool { grants.isEmpty && refusals.isEmpty && closing.isEmpty && forgotten.isEmpty }
    }

    /// Sums since the begin, counted where the decision is made.
    package struct Counters: Equatable, Sendable {
        package var grantsWarm: UInt64 = 0
        /// New workers of contracts that had none, and of those that had: for a parallel call, or because an idle one was dead.
        package var grantsFirst: UInt64 = 0
        package var grantsMore: UInt64 = 0
        package var evicted: UInt64 = 0
        package var recycled: UInt64 = 0
        package var idleEnded: UInt64 = 0
        package var refused: UInt64 = 0
    }

    private struct Waiting: Sendable {
        let key: Key
        let place: Place
        let until: UInt64
    }
    private struct Entry: Sendable {
        /// The most recently used last.
        var idle: [Slot] = []
        var busyCount = 0
        var laneCount = 0
        /// Tickets in order; one that is not in `waiting` any more is passed over.
        var lane = Fifo()
        var thread = Fifo()
        var isPinned = false
        var deathCount = 0
        var violationCount = 0
        var notBefore: UInt64 = 0
        var lastDeath: UInt64 = 0
        var isInRotation = false

        mutating func begin(_ place: Place) {
            busyCount += 1
            if place == .lane { laneCount += 1 }
        }

        enum Taken {
            case idle(Slot)
            /// It may have a worker, and none is idle.
            case none
            /// It may have none now.
            case refused
        }
        /// The idle worker that was used last, for a call that begins then.
        mutating func take(_ place: Place, _ now: UInt64, _ policy: PoolPolicy, laneCountMax: Int) -> Taken {
            if place != .nested, busyCount >= policy.workersPerContractMax || now < notBefore { return .refused }
            // A contract that only computes must not hold the last lane.
            if place == .lane, laneCountMax > 1, laneCount >= laneCountMax - 1 { return .refused }
            guard let slot = idle.popLast() else { return .none }
            begin(place)
            return .idle(slot)
        }
    }
    /// Tickets, first in, first out.
    private struct Fifo: Sendable {
        private var tickets: [Ticket] = []
        private var head = 0
        var first: Ticket? { head < tickets.count ? tickets[head] : nil }
        mutating func append(_ ticket: Ticket) { tickets.append(ticket) }
        mutating func removeFirst() {
            head += 1
            if head == tickets.count {
                tickets.removeAll(keepingCapacity: tickets.count < 256)
                head = 0
            } else if head > 256, head * 2 > tickets.count {
                tickets.removeFirst(head)
                head = 0
            }
        }
    }

    package let policy: PoolPolicy
    private let laneCountMax: Int
    private var entries: [Key: Entry] = [:]
    private var waiting: [Ticket: Waiting] = [:]
    /// Contracts with calls that wait, in the order of their turns.
    private var rotation: [Key] = []
    /// Tickets in the order of their timeouts, which all have the same length.
    private var timeouts = Fifo()
    private var laneWaitingCount = 0
    private var isDraining = false
    package private(set) var idleCount = 0
    package private(set) var busyCount = 0
    private var laneBusyCount = 0
    package private(set) var counters = Counters()
    package var output = Output()

    package init(policy: PoolPolicy, laneCount: Int) {
        self.policy = policy
        laneCountMax = laneCount
    }

    /// Calls that wait.
    package var waitingCount: Int { waiting.count }
    /// Contracts that something is known of.
    package var entryCount: Int { entries.count }

    // MARK: - Events

    /// A call wants a worker of `key`. When it is granted, `finish` must follow; when it waits, `output` will name the ticket once.
    package mutating func request(_ ticket: Ticket, _ key: Key, _ place: Place, now: UInt64) -> Decision {
        // What began before the end may end.
        if isDraining, place != .nested { return refuse(.shutDown) }
        // Every call comes this way: one look-up where it can be one.
        let index = entries.index(forKey: key)
        let (violationCount, isInRotation) = index.map { look($0) { ($0.violationCount, $0.isInRotation) } } ?? (0, false)
        if violationCount >= policy.violationCountMax { return refuse(.quarantined(violations: violationCount)) }
        // Nobody overtakes one who waits for the same contract; whoever waits for another one waits for something that this call may have.
        if place == .nested || !isInRotation, let source = grant(key, place, now, index) { return .granted(source) }
        guard waiting.count < policy.queueCountMax else { return refuse(.queueFull(limit: policy.queueCountMax)) }
        let until = now.addingReportingOverflow(policy.queueNanosecondsMax)
        waiting[ticket] = Waiting(key: key, place: place, until: until.overflow ? .max : until.partialValue)
        timeouts.append(ticket)
        switch place {
        case .lane:
            entries[key, default: Entry()].lane.append(ticket)
            laneWaitingCount += 1
        case .thread: entries[key, default: Entry()].thread.append(ticket)
        case .nested: preconditionFailure("a nested call waits")
        }
        if entries[key]?.isInRotation != true {
            entries[key]?.isInRotation = true
            rotation.append(key)
        }
        // The entry may have waiters that are gone, so that this one is first after all.
        serve(now)
        return .waiting
    }

    /// A granted call found its idle worker dead and starts another one.
    package mutating func replaced() { counters.grantsMore += 1 }

    /// A granted call ended; `slot` is nil where no worker came to be.
    /// - Returns: whether `nextTime` may be another one now: not where all that changed is that a pinned contract's worker is idle.
    @discardableResult
    package mutating func finish(_ key: Key, _ place: Place, _ slot: Slot?, _ ending: Ending, now: UInt64) -> Bool {
        guard let index = entries.index(forKey: key) else { preconditionFailure("a call of an unknown contract ended") }
        look(index) { entry in
            precondition(entry.busyCount > 0, "a call ended that was not granted")
            entry.busyCount -= 1
            if place == .lane { entry.laneCount -= 1 }
        }
        busyCount -= 1
        if place == .lane { laneBusyCount -= 1 }
        switch ending {
        case .reusable(let memoryPages):
            entries.values[index].deathCount = 0
            if var slot {
                slot.servedCount += 1
                if isDraining {
                    output.closing.append(slot.worker)
                } else if policy.isOneContextOnly || slot.servedCount >= policy.invocationCountMax
                    || memoryPages > policy.memoryPagesMark
                {
                    counters.recycled += 1
                    output.closing.append(slot.worker)
                } else {
                    slot.since = now
                    entries.values[index].idle.append(slot)
                    idleCount += 1
                }
            }
        case .ended:
            if let slot { output.closing.append(slot.worker) }
        case .died(let isViolation):
            if let slot { output.closing.append(slot.worker) }
            entries.values[index].deathCount += 1
            entries.values[index].lastDeath = now
            let over = entries.values[index].deathCount - policy.deathCountMax
            if over >= 0 {
                let wait = policy.backOffNanoseconds.multipliedReportingOverflow(by: 1 << UInt64(min(over, 62)))
                let bounded = wait.overflow ? policy.backOffNanosecondsMax : min(wait.partialValue, policy.backOffNanosecondsMax)
                entries.values[index].notBefore = now &+ bounded
            }
            if isViolation {
                entries.values[index].violationCount += 1
                if entries.values[index].violationCount == policy.violationCountMax { quarantine(key) }
            }
        }
        let (hasIdle, isPinned) = look(index) { (!$0.idle.isEmpty, $0.isPinned) }
        let isResting = hasIdle && isPinned && rotation.isEmpty
        serve(now)
        if !hasIdle { forgetIfEmpty(key, now) }
        return !isResting
    }

    /// A call is given up. True: it waited, and is refused in `output`.
    package mutating func cancel(_ ticket: Ticket) -> Bool {
        guard drop(ticket) != nil else { return false }
        refuseLater(ticket, .cancelled)
        return true
    }

    /// Time passed: ends idle workers and waits that were too long, and lets those go on whose back-off is over.
    package mutating func tick(now: UInt64) {
        while let ticket = timeouts.first {
            if let call = waiting[ticket] {
                if call.until > now { break }
                _ = drop(ticket)
                refuseLater(ticket, .queueTimeout(nanoseconds: policy.queueNanosecondsMax))
            }
            timeouts.removeFirst()
        }
        for key in Array(entries.keys) {
            guard let index = entries.index(forKey: key) else { continue }
            while !entries.values[index].isPinned, entries.values[index].idle.count > policy.warmCount,
                let oldest = entries.values[index].idle.first, isOver(oldest, now)
            {
                entries.values[index].idle.removeFirst()
                idleCount -= 1
                counters.idleEnded += 1
                output.closing.append(oldest.worker)
            }
            forgetIfEmpty(key, now)
        }
        serve(now)
    }

    /// A pinned contract's idle workers are ended by nothing but their own recycling.
    package mutating func pin(_ key: Key, _ isPinned: Bool) {
        entries[key, default: Entry()].isPinned = isPinned
        if !isPinned { forgetIfEmpty(key, 0) }
    }

    /// Forgets deaths and violations of a contract.
    package mutating func release(_ key: Key, now: UInt64) {
        guard let index = entries.index(forKey: key) else { return }
        entries.values[index].violationCount = 0
        entries.values[index].deathCount = 0
        entries.values[index].notBefore = 0
        serve(now)
        forgetIfEmpty(key, now)
    }

    /// The end: whoever waits and whoever comes is refused, idle workers are ended, running calls go on.
    package mutating func drain() {
        isDraining = true
        for ticket in waiting.keys.sorted() {
            _ = drop(ticket)
            refuseLater(ticket, .shutDown)
        }
        for key in Array(entries.keys) {
            guard let index = entries.index(forKey: key) else { continue }
            output.closing += entries.values[index].idle.map(\.worker)
            idleCount -= entries.values[index].idle.count
            entries.values[index].idle = []
        }
    }

    /// When `tick` has something to do next; nil: never, as things stand.
    package var nextTime: UInt64? {
        var next: UInt64?
        func consider(_ time: UInt64) { next = min(next ?? .max, time) }
        if let ticket = timeouts.first { consider(waiting[ticket]?.until ?? 0) }
        for entry in entries.values {
            if entry.isInRotation, entry.notBefore > 0 { consider(entry.notBefore) }
            if !entry.isPinned, entry.idle.count > policy.warmCount, let oldest = entry.idle.first {
                consider(oldest.since &+ policy.idleNanoseconds)
            }
            if entry.deathCount > 0, entry.violationCount == 0, entry.idle.isEmpty, entry.busyCount == 0, !entry.isInRotation,
                !entry.isPinned
            {
                consider(recordEnd(entry))
            }
        }
        return next
    }

    // MARK: - Decisions

    private func isOver(_ slot: Slot, _ now: UInt64) -> Bool { now >= slot.since && now - slot.since >= policy.idleNanoseconds }

    private mutating func refuse(_ reason: PoolRefusal) -> Decision {
        counters.refused += 1
        return .refused(reason)
    }
    private mutating func refuseLater(_ ticket: Ticket, _ reason: PoolRefusal) {
        counters.refused += 1
        output.refusals.append((ticket, reason))
    }

    /// Takes a ticket out of those that wait; its places in the queues are passed over later.
    private mutating func drop(_ ticket: Ticket) -> Waiting? {
        guard let call = waiting.removeValue(forKey: ticket) else { return nil }
        if call.place == .lane { laneWaitingCount -= 1 }
        return call
    }

    private mutating func quarantine(_ key: Key) {
        let count = policy.violationCountMax
        for ticket in waiting.keys.sorted() where waiting[ticket]?.key == key {
            _ = drop(ticket)
            refuseLater(ticket, .quarantined(violations: count))
        }
    }

    /// A worker for a call of `key`, if it may have one now. The only place that hands one out.
    private mutating func grant(_ key: Key, _ place: Place, _ now: UInt64, _ index: Dictionary<Key, Entry>.Index?) -> Source? {
        if place == .lane, laneBusyCount >= laneCountMax { return nil }
        if let index {
            switch entries.values[index].take(place, now, policy, laneCountMax: laneCountMax) {
            case .refused: return nil
            case .none: break
            case .idle(let slot):
                idleCount -= 1
                counters.grantsWarm += 1
                begin(place)
                return .idle(slot)
            }
        }
        // To make room may drop another contract's entry, so the index is of no use afterwards.
        if idleCount + busyCount >= policy.workerCountMax, !evict(), place != .nested { return nil }
        let isFirst = entries[key].map { $0.busyCount == 0 && $0.idle.isEmpty } ?? true
        if isFirst { counters.grantsFirst += 1 } else { counters.grantsMore += 1 }
        entries[key, default: Entry()].begin(place)
        begin(place)
        return .new
    }

    private mutating func begin(_ place: Place) {
        busyCount += 1
        if place == .lane { laneBusyCount += 1 }
    }

    /// What `body` says of an entry, which is looked at in its place: to read one as a value copies it, with its arrays' references.
    private mutating func look<Value>(_ index: Dictionary<Key, Entry>.Index, _ body: (inout Entry) -> Value) -> Value {
        body(&entries.values[index])
    }

    /// Ends the idle worker that was used least recently. False: there is none that may be ended.
    private mutating func evict() -> Bool {
        var oldest: (key: Key, since: UInt64)?
        for (key, entry) in entries where !entry.isPinned {
            if let slot = entry.idle.first, slot.since < oldest?.since ?? .max { oldest = (key, slot.since) }
        }
        guard let oldest, let slot = entries[oldest.key]?.idle.removeFirst() else { return false }
        idleCount -= 1
        counters.evicted += 1
        output.closing.append(slot.worker)
        forgetIfEmpty(oldest.key, 0)
        return true
    }

    /// Gives what is free to those who wait, one contract after the other.
    private mutating func serve(_ now: UInt64) {
        var passed = 0
        while passed < rotation.count {
            if waiting.isEmpty || (waiting.count == laneWaitingCount && laneBusyCount >= laneCountMax) { break }
            let key = rotation[passed]
            guard let ticket = next(of: key, now) else {
                if entries[key].map({ $0.lane.first == nil && $0.thread.first == nil }) ?? true {
                    entries[key]?.isInRotation = false
                    rotation.remove(at: passed)
                    forgetIfEmpty(key, now)
                } else {
                    passed += 1
                }
                continue
            }
            output.grants.append(ticket)
            // Its next call comes after those of all others.
            rotation.remove(at: passed)
            rotation.append(key)
            passed = 0
        }
        if waiting.isEmpty, !rotation.isEmpty {
            for key in rotation {
                entries[key]?.isInRotation = false
                entries[key]?.lane = Fifo()
                entries[key]?.thread = Fifo()
                forgetIfEmpty(key, now)
            }
            rotation = []
            timeouts = Fifo()
        }
    }

    /// The first call of `key` that can have a worker now, and the worker.
    private mutating func next(of key: Key, _ now: UInt64) -> (ticket: Ticket, source: Source)? {
        while let ticket = entries[key]?.lane.first, waiting[ticket] == nil { entries[key]?.lane.removeFirst() }
        while let ticket = entries[key]?.thread.first, waiting[ticket] == nil { entries[key]?.thread.removeFirst() }
        let candidates: [(Ticket, Place)] = [
            entries[key]?.lane.first.map { ($0, Place.lane) }, entries[key]?.thread.first.map { ($0, Place.thread) },
        ].compactMap { $0 }.sorted { $0.0 < $1.0 }
        for (ticket, place) in candidates {
            guard let source = grant(key, place, now, entries.index(forKey: key)) else { continue }
            _ = drop(ticket)
            if place == .lane { entries[key]?.lane.removeFirst() } else { entries[key]?.thread.removeFirst() }
            return (ticket, source)
        }
        return nil
    }

    /// Until when deaths in a row are remembered of a contract that nobody calls: longer than the longest wait, so that one which dies
    /// again at its end waits as long again.
    private func recordEnd(_ entry: Entry) -> UInt64 {
        max(entry.notBefore, entry.lastDeath &+ 2 * min(policy.backOffNanosecondsMax, 1 << 61))
    }

    /// An entry without workers, calls, pin or record is dropped. A record of violations stays until `release`.
    private mutating func forgetIfEmpty(_ key: Key, _ now: UInt64) {
        guard let entry = entries[key], entry.idle.isEmpty, entry.busyCount == 0, !entry.isInRotation, !entry.isPinned else {
            return
        }
        if entry.violationCount == 0, entry.deathCount == 0 || now >= recordEnd(entry) {
            entries[key] = nil
        }
        output.forgotten.append(key)
    }
}
