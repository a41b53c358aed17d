// SPDX-License-Identifier: Apache-2.0
// The shell of PoolCore: real workers, lanes, tickets that can be cancelled, and one thread that ends workers and looks at the clock.

import CXVMSandbox
import Synchronization
package import XVMElf
package import XVMSystem
import XVMWire

/// Which workers can run a contract: the object and its limits decide, not a name.
package struct PoolKey: Hashable, Sendable {
    /// SHA-256 of the object.
    package var object: [UInt8]
    package var limits: WorkerLimits

    package init(object: [UInt8], limits: WorkerLimits) {
        self.object = object
        self.limits = limits
    }

    /// Eight bytes of a SHA-256 spread as well as all of it.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(object.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } as UInt64)
    }
}

/// What a pool needs to start a worker.
package struct PoolModule: Sendable {
    package var key: PoolKey
    package var elf: VerifiedElf
    /// SHA-256 of the WebAssembly bytes.
    package var hash: [UInt8]

    package init(key: PoolKey, elf: VerifiedElf, hash: [UInt8]) {
        self.key = key
        self.elf = elf
        self.hash = hash
    }
}

/// One call, so that it can be cancelled from any thread, whether it waits, starts a worker or runs.
package final class PoolTicket: Sendable {
    private struct State {
        /// The innermost last.
        var workers: [Worker] = []
        var isCancelled = false
    }
    fileprivate let number: UInt64
    private let state = Mutex(State())

    fileprivate init(number: UInt64) { self.number = number }

    fileprivate var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// The call runs on `worker` from now on.
    fileprivate func begin(_ worker: Worker) {
        let isCancelled = state.withLock { state in
            state.workers.append(worker)
            return state.isCancelled
        }
        if isCancelled { worker.cancel() }
    }

    /// The innermost call ended; true when it was cancelled before, so that its worker is dead or will be in a moment.
    fileprivate func end() -> Bool {
        state.withLock { state in
            _ = state.workers.popLast()
            return state.isCancelled
        }
    }

    fileprivate func cancel() {
        state.withLock { state in
            state.isCancelled = true
            // Under the lock: `end` waits for the kill, so no later call of this worker can be hit by it.
            for worker in state.workers { worker.cancel() }
        }
    }
}

/// What a call got from its pool, beside its own result.
package struct PoolGrant: Sendable {
    /// From the request to the sealed worker; 0 on a warm one.
    package var spawnNanoseconds: Int64 = 0
    /// Of the call on its worker.
    package var executeNanoseconds: Int64 = 0
    package var counts = InvocationCounts()

    package init() {}
}

/// Workers of many contracts, and who may use them. Safe to use from any thread.
package final class WorkerPool: Sendable {
    private typealias Core = PoolCore<PoolKey, Worker>
    private struct State: ~Copyable {
        var core: Core
        var nextTicket: UInt64 = 1
        /// Called once per waiting ticket, outside of the lock.
        var answers: [UInt64: @Sendable (Result<Core.Source, PoolRefusal>) -> Void] = [:]
        var modules: [PoolKey: SealedModule] = [:]
        /// Contracts without a worker whose sealed objects are kept for their next one, the oldest first.
        var retired: [PoolKey] = []
        /// Every worker that is not closed yet, busy ones included.
        var workers: [ObjectIdentifier: Worker] = [:]
        var closing: [Worker] = []
        var isEnding = false
        /// Everything is to be killed, also what starts just now.
        var isForced = false
        var keeperSleepsUntil: UInt64 = 0
        var quiet: Gate?
    }

    private let makeSupervisor: @Sendable () throws -> Supervisor
    private let lanes: LanePool
    private let state: NativeMutex<State>
    private let signal = Semaphore()
    private let keeper = Mutex<NativeThread?>(nil)

    /// So many sealed objects are kept without a worker. To make one anew costs a start tens of microseconds.
    private static let retiredCountMax = 16
    /// So many workers may wait for the keeper to end them.
    private static let closingCountMax = 8

    /// - Parameter makeSupervisor: called for each worker that is started; gives the same supervisor each time.
    package init(
        policy: PoolPolicy, laneCount: Int, makeSupervisor: @escaping @Sendable () throws -> Supervisor
    ) throws(SystemError) {
        self.makeSupervisor = makeSupervisor
        state = NativeMutex(State(core: Core(policy: policy, laneCount: laneCount)))
        lanes = try LanePool(count: laneCount)
        let thread = try NativeThread(name: "xvm-keeper") { [self] in keep() }
        keeper.withLock { $0 = thread }
    }

    private static var now: UInt64 { UInt64(xvm_system_monotonic_nanoseconds()) }

    // MARK: - Calls

    /// Runs `body` with a worker on the calling thread, which waits for one if it must. Nobody can cancel it.
    /// - Parameter body: gives the pages of linear memory at its end. What it throws costs the worker, but for `WireError`.
    /// - Throws: `PoolRefusal`, what the start of a worker throws, what `body` throws.
    package func run(_ module: PoolModule, _ grant: inout PoolGrant, _ body: (Worker) throws -> UInt32) throws {
        let now = Self.now
        let (number, decision) = state.withLock { state in
            let number = state.nextTicket
            state.nextTicket += 1
            return (number, state.core.request(number, module.key, .thread, now: now))
        }
        switch decision {
        case .granted(let source):
            if case .new = source { settle() }
            try perform(module, nil, .thread, source, entered: now, &grant, body)
        case .refused(let reason): throw reason
        case .waiting:
            let source = try wait(PoolTicket(number: number))
            try perform(module, nil, .thread, source, entered: Self.now, &grant, body)
        }
    }

    /// Runs `body` with another worker within a call that runs on this thread. Never waits for one.
    /// - Parameter ticket: of the outermost call; to cancel it ends this one, too. nil: nobody can.
    package func runNested(
        _ module: PoolModule, ticket: PoolTicket?, _ grant: inout PoolGrant, _ body: (Worker) throws -> UInt32
    ) throws {
        let now = Self.now
        let decision = state.withLock { state in
            defer { state.nextTicket += 1 }
            return state.core.request(state.nextTicket, module.key, .nested, now: now)
        }
        switch decision {
        case .granted(let source):
            if case .new = source { settle() }
            try perform(module, ticket, .nested, source, entered: now, &grant, body)
        case .refused(let reason): throw reason
        case .waiting: preconditionFailure("a nested call waits")
        }
    }

    /// A place for the answer of a ticket whose caller sleeps.
    private final class Answer: Sendable {
        let gate = Gate()
        let result = Mutex<Result<Core.Source, PoolRefusal>?>(nil)
    }

    private func wait(_ ticket: PoolTicket) throws(PoolRefusal) -> Core.Source {
        let answer = Answer()
        expect(ticket) { result in
            answer.result.withLock { $0 = result }
            answer.gate.open()
        }
        answer.gate.wait()
        guard let result = answer.result.withLock({ $0 }) else { preconditionFailure("a gate opened without an answer") }
        return try result.get()
    }

    /// A name for a call on a lane, to cancel it by.
    package func makeTicket() -> PoolTicket {
        state.withLock { state in
            defer { state.nextTicket += 1 }
            return PoolTicket(number: state.nextTicket)
        }
    }

    /// Runs `body` with a worker on a lane. Suspends the caller, never blocks its thread.
    /// - Throws: as `run`; a cancelled call throws `PoolRefusal.cancelled` where it waited, else its worker's Death.
    package func runOnLane<Value: Sendable>(
        _ module: PoolModule, ticket: PoolTicket, _ body: @escaping @Sendable (Worker) throws -> (Value, memoryPages: UInt32)
    ) async throws -> (Value, PoolGrant) {
        try await withCheckedThrowingContinuation { continuation in
            let answer: @Sendable (Result<Core.Source, PoolRefusal>) -> Void = { [self] result in
                switch result {
                case .failure(let reason): continuation.resume(throwing: reason)
                case .success(let source):
                    lanes.submit { [self] in
                        var grant = PoolGrant()
                        do {
                            var value: Value?
                            try perform(module, ticket, .lane, source, entered: Self.now, &grant) { worker in
                                let result = try body(worker)
                                value = result.0
                                return result.memoryPages
                            }
                            guard let value else { preconditionFailure("a call on a worker ended without a result") }
                            continuation.resume(returning: (value, grant))
                        } catch {
                            continuation.resume(throwing: error)
                        }
                    }
                }
            }
            let now = Self.now
            let decision: Core.Decision = state.withLock { state in
                if ticket.isCancelled { return .refused(.cancelled) }
                return state.core.request(ticket.number, module.key, .lane, now: now)
            }
            switch decision {
            case .granted(let source):
                answer(.success(source))
                settle()
            case .refused(let reason): answer(.failure(reason))
            case .waiting: expect(ticket, answer)
            }
        }
    }

    /// Gives a call up: one that waits is refused, one that runs loses its worker. Returns at once. What a host handler is doing for
    /// the call is not interrupted: the call ends when the handler returns.
    package func cancel(_ ticket: PoolTicket) {
        ticket.cancel()
        _ = state.withLock { $0.core.cancel(ticket.number) }
        settle()
    }

    /// Keeps the answer of a ticket that waits, or gives it at once where the decision has come meanwhile.
    private func expect(_ ticket: PoolTicket, _ answer: @escaping @Sendable (Result<Core.Source, PoolRefusal>) -> Void) {
        state.withLock { $0.answers[ticket.number] = answer }
        settle()
    }

    /// Starts a worker where none is given, runs `body`, gives the worker back.
    /// - Parameters:
    ///   - ticket: nil: nobody can cancel the call.
    ///   - entered: when the call had its source.
    private func perform(
        _ module: PoolModule, _ ticket: PoolTicket?, _ place: Core.Place, _ source: Core.Source, entered: UInt64,
        _ grant: inout PoolGrant, _ body: (Worker) throws -> UInt32
    ) throws {
        var slot: Core.Slot?
        if case .idle(let idle) = source {
            if idle.worker.isAlive {
                slot = idle
            } else {
                // It was killed from outside while it was idle; that is nobody's fault here.
                state.withLock { state in
                    state.core.replaced()
                    state.workers[ObjectIdentifier(idle.worker)] = nil
                }
            }
        }
        var begin = entered
        let running: Core.Slot
        if let slot {
            running = slot
        } else {
            do {
                running = Core.Slot(worker: try start(module, ticket))
            } catch {
                finish(module.key, place, nil, ticket?.isCancelled == true ? .ended : Self.ending(of: error))
                throw error
            }
            begin = Self.now
            grant.spawnNanoseconds = Int64(begin - entered)
        }
        ticket?.begin(running.worker)
        let memoryPages: UInt32
        do {
            memoryPages = try body(running.worker)
        } catch {
            grant.executeNanoseconds = Int64(Self.now - begin)
            grant.counts = running.worker.counts
            let isCancelled = ticket?.end() ?? false
            // The host's own encoder refused: the worker has not heard of the call.
            let isUntouched = error is WireError && running.worker.isAlive && !isCancelled
            finish(
                module.key, place, running,
                isUntouched ? .reusable(memoryPages: 0) : isCancelled ? .ended : Self.ending(of: error))
            // What the host's handler threw after the cancellation is no news to who cancelled. A Death keeps its first cause.
            if isCancelled, !(error is Death) { throw Death(cause: .cancelled, place: "worker \(running.worker.id)") }
            throw error
        }
        let end = Self.now
        grant.executeNanoseconds = Int64(end - begin)
        grant.counts = running.worker.counts
        let isCancelled = ticket?.end() ?? false
        finish(module.key, place, running, isCancelled ? .ended : .reusable(memoryPages: memoryPages), now: end)
        // The worker's answer may have come in the moment in which it was killed; a call that was cancelled throws all the same.
        if isCancelled { throw Death(cause: .cancelled, place: "worker \(running.worker.id)") }
    }

    /// Whether an error speaks against the contract.
    private static func ending(of error: any Error) -> Core.Ending {
        guard let death = error as? Death else { return .ended }
        switch death.cause {
        case .violation: return .died(isViolation: true)
        case .cancelled, .wallDeadline, .killedOutside, .zygoteGone: return .ended
        case .signal, .cpuDeadline, .memoryLimit, .protocolBreach, .exited, .setup: return .died(isViolation: false)
        }
    }

    private func start(_ module: PoolModule, _ ticket: PoolTicket?) throws -> Worker {
        if ticket?.isCancelled == true { throw PoolRefusal.cancelled }
        let supervisor = try makeSupervisor()
        let sealed: SealedModule
        let known = state.withLock { state in
            state.retired.removeAll { $0 == module.key }
            return state.modules[module.key]
        }
        if let known {
            sealed = known
        } else {
            let made = try SealedModule(elf: module.elf, moduleHash: module.hash)
            sealed = state.withLock { state in
                if let first = state.modules[module.key] { return first }
                state.modules[module.key] = made
                return made
            }
        }
        let worker = try supervisor.makeWorker(of: sealed, limits: module.key.limits)
        let isForced = state.withLock { state in
            state.workers[ObjectIdentifier(worker)] = worker
            return state.isForced
        }
        if isForced { worker.cancel() }
        return worker
    }

    private func finish(
        _ key: PoolKey, _ place: Core.Place, _ slot: Core.Slot?, _ ending: Core.Ending, now: UInt64 = WorkerPool.now
    ) {
        let (isQuiet, quiet): (Bool, Gate?) = state.withLock { state in
            let isTimeNew = state.core.finish(key, place, slot, ending, now: now)
            // A worker that becomes idle now may be ended no sooner than all that the keeper waits for.
            let isKeeperInTime =
                !isTimeNew
                || state.keeperSleepsUntil <= now.addingReportingOverflow(state.core.policy.idleNanoseconds).partialValue
            return (state.core.output.isEmpty && isKeeperInTime, state.core.busyCount == 0 ? state.quiet : nil)
        }
        if !isQuiet {
            settle()
            // Where workers end faster than one thread can end them, those who run calls help, so that processes stay bounded.
            close(ifMoreThan: Self.closingCountMax)
        }
        quiet?.open()
    }

    /// Carries out what the core decided for others than the caller of the moment.
    private func settle() {
        typealias Call = () -> Void
        let (calls, isKeeperWanted): ([Call], Bool) = state.withLock { state in
            var calls: [Call] = []
            var rest = Core.Output()
            // An answer that is not expected yet stays: `expect` comes and settles.
            for (ticket, source) in state.core.output.grants {
                if let answer = state.answers.removeValue(forKey: ticket) {
                    calls.append { answer(.success(source)) }
                } else {
                    rest.grants.append((ticket, source))
                }
            }
            for (ticket, reason) in state.core.output.refusals {
                if let answer = state.answers.removeValue(forKey: ticket) {
                    calls.append { answer(.failure(reason)) }
                } else {
                    rest.refusals.append((ticket, reason))
                }
            }
            state.closing += state.core.output.closing
            for key in state.core.output.forgotten where state.modules[key] != nil && !state.retired.contains(key) {
                state.retired.append(key)
                if state.retired.count > Self.retiredCountMax { state.modules[state.retired.removeFirst()] = nil }
            }
            state.core.output = rest
            var isKeeperWanted = !state.closing.isEmpty
            if let next = state.core.nextTime, next < state.keeperSleepsUntil { isKeeperWanted = true }
            return (calls, isKeeperWanted)
        }
        if isKeeperWanted { signal.signal() }
        for call in calls { call() }
    }

    // MARK: - The keeper

    /// Ends workers, so that no call waits for the end of another one's process; and tells the core the time.
    private func keep() {
        while true {
            let now = Self.now
            let isEnding = state.withLock { state in
                state.core.tick(now: now)
                return state.isEnding
            }
            settle()
            let hasClosed = close(ifMoreThan: 0)
            if isEnding, !hasClosed { return }
            if hasClosed { continue }
            let until: UInt64 = state.withLock { state in
                state.keeperSleepsUntil = state.core.nextTime.map { max($0, now &+ 1_000_000) } ?? .max
                return state.closing.isEmpty && !state.isEnding ? state.keeperSleepsUntil : 0
            }
            if until > 0 { _ = signal.wait(until: until > UInt64(Int64.max) ? Int64.max : Int64(until)) }
        }
    }

    /// Ends workers that wait for it; blocks until each is reaped.
    /// - Returns: true when there were more than `count`.
    @discardableResult
    private func close(ifMoreThan count: Int) -> Bool {
        let closing: [Worker] = state.withLock { state in
            guard state.closing.count > count else { return [] }
            defer { state.closing = [] }
            return state.closing
        }
        for worker in closing {
            worker.kill()
            state.withLock { _ = $0.workers.removeValue(forKey: ObjectIdentifier(worker)) }
        }
        return !closing.isEmpty
    }

    // MARK: - Pins, reports, end

    /// A pinned contract's idle workers are not ended to make room or for their idle time.
    package func pin(_ key: PoolKey, _ isPinned: Bool) {
        state.withLock { $0.core.pin(key, isPinned) }
        settle()
    }

    /// Lets a contract run again that is refused for its violations.
    package func release(_ key: PoolKey) {
        let now = Self.now
        state.withLock { $0.core.release(key, now: now) }
        settle()
    }

    /// How things stand.
    package struct Report: Equatable, Sendable {
        package var idleCount = 0
        package var busyCount = 0
        package var waitingCount = 0
        /// Processes that are not closed, those that end just now included.
        package var workerCount = 0
        /// Contracts that the pool remembers something of.
        package var contractCount = 0
        package var counters = PoolCore<PoolKey, Worker>.Counters()
        package init() {}
    }
    package var report: Report {
        state.withLock { state in
            var report = Report()
            report.idleCount = state.core.idleCount
            report.busyCount = state.core.busyCount
            report.waitingCount = state.core.waitingCount
            report.workerCount = state.workers.count
            report.contractCount = state.core.entryCount
            report.counters = state.core.counters
            return report
        }
    }

    /// Refuses new calls and those that wait, lets running ones end until `timeoutNanoseconds` are over, then ends their workers; back
    /// when no worker, lane or keeper is left. Blocks; must not be called from a lane. A host handler that never returns holds it up.
    /// - Returns: how many calls were ended by force.
    @discardableResult
    package func shutDown(timeoutNanoseconds: UInt64) -> Int {
        let quiet = Gate()
        let isQuiet = state.withLock { state in
            precondition(state.quiet == nil, "a pool is shut down once")
            state.core.drain()
            state.quiet = quiet
            return state.core.busyCount == 0
        }
        settle()
        var forcedCount = 0
        if !isQuiet {
            let end = Self.now.addingReportingOverflow(timeoutNanoseconds)
            let deadline = end.overflow || end.partialValue > UInt64(Int64.max) ? Int64.max : Int64(end.partialValue)
            if !quiet.wait(until: deadline) {
                let (workers, count): ([Worker], Int) = state.withLock { state in
                    state.isForced = true
                    return (Array(state.workers.values), state.core.busyCount)
                }
                forcedCount = count
                for worker in workers { worker.cancel() }
                quiet.wait()
            }
        }
        lanes.shutDown()
        state.withLock { $0.isEnding = true }
        signal.signal()
        let thread = keeper.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
        return forcedCount
    }
}
