// SPDX-License-Identifier: Apache-2.0
// Blocks on a conveyor: while one is made durable, the next is settled in order, and those behind it are executed in parallel.

import CXVMSandbox
import Synchronization
import XVMBridge
import XVMLedger
import XVMState
import XVMSystem

/// Executes a list of transactions and appends them in blocks. Three stages, each on its own threads:
/// 1. executors take transactions in order and run them on the newest durable state, whatever that is at that moment;
/// 2. the settler (the calling thread) goes through a block in its order and runs those again whose reads or ranges an earlier transaction
///    has changed meanwhile, so that the results are those of the serial order (`PendingBlock`);
/// 3. the committer makes the block durable.
/// Where most of a block had to be run again, the next ones are left to the settler alone: one key for all is a serial matter.
final class Pipeline: Sendable {
    private typealias Attempt = (execution: TransactionExecution?, height: UInt64)
    /// Blocks that executors may be ahead of the settler.
    private static let windowCount = 4
    /// Blocks that are run by the settler alone before executors try again.
    private static let serialCount = 16

    private struct State: Sendable {
        var next = 0
        var attempts: [Int: Attempt] = [:]
        /// Executed or left to the settler, by block.
        var doneCounts: [Int: Int] = [:]
        var settledBlocks = 0
        var serialUntil = 0
        var isEnding = false
        var waitingCount = 0
    }
    private struct Committing: Sendable {
        var draft: Ledger.Draft?
        var receipts: [Receipt] = []
        var failure: (any Error)?
        var isEnding = false
        var isBusy = false
    }

    private let node: Node
    private let transactions: [LedgerTransaction]
    private let committed: @Sendable ([Receipt]) -> Void
    private let blockSize: Int
    private let state = Mutex(State())
    private let room = Semaphore()
    private let ready = Semaphore()
    private let committing = Mutex(Committing())
    private let commitWork = Semaphore()
    private let commitDone = Semaphore()
    private let profile = Mutex(SubmitProfile())

    init(_ node: Node, _ transactions: [LedgerTransaction], _ committed: @escaping @Sendable ([Receipt]) -> Void) {
        self.node = node
        self.transactions = transactions
        self.committed = committed
        // One place is the block's own record.
        blockSize = max(1, min(node.options.blockCountMax, LedgerLimits.blockCountMax))
    }

    private var blockCount: Int { (transactions.count + blockSize - 1) / blockSize }
    private func range(_ block: Int) -> Range<Int> {
        block * blockSize..<min(transactions.count, (block + 1) * blockSize)
    }

    private static var now: Int64 { xvm_system_monotonic_nanoseconds() }

    /// Adds the time of `body` to the profile.
    private func timed<Value>(_ part: WritableKeyPath<SubmitProfile, Int64>, _ body: () throws -> Value) rethrows -> Value {
        let start = Self.now
        defer {
            let time = Self.now - start
            profile.withLock { $0[keyPath: part] += time }
        }
        return try body()
    }

    func run() throws {
        let start = Self.now
        defer {
            let profile = profile.withLock { profile in
                profile.wholeNanoseconds = Self.now - start
                return profile
            }
            node.lastProfile.withLock { $0 = profile }
        }
        // One transaction, or one thread: nothing runs beside the settler but the commit.
        let threadCount = transactions.count < 4 ? 0 : max(0, node.options.threadCount)
        if threadCount == 0 { state.withLock { $0.serialUntil = Int.max } }
        var threads: [NativeThread] = []
        defer {
            state.withLock { $0.isEnding = true }
            for _ in threads { room.signal() }
            committing.withLock { $0.isEnding = true }
            commitWork.signal()
            for thread in threads { thread.join() }
        }
        threads.append(try NativeThread(name: "xvm-commit") { [self] in commit() })
        for _ in 0..<threadCount { threads.append(try NativeThread(name: "xvm-execute") { [self] in execute() }) }
        try settle()
        try waitForCommit()
    }

    // MARK: - Executors

    private func execute() {
        // Kept while the height stays: a snapshot for every transaction would cost more than its reads.
        var snapshot: (any StateSnapshot)?
        var executeTime: Int64 = 0
        var workerTime: Int64 = 0
        defer {
            snapshot?.close()
            profile.withLock { profile in
                profile.executeNanoseconds += executeTime
                profile.workerNanoseconds += workerTime
            }
        }
        while let index = take() {
            let block = index / blockSize
            var attempt: Attempt = (nil, 0)
            if state.withLock({ block >= $0.serialUntil }) {
                let height = node.ledger.height
                if let open = snapshot, open.height != height {
                    open.close()
                    snapshot = nil
                }
                if snapshot == nil { snapshot = try? node.ledger.store.snapshot() }
                if let snapshot {
                    // What fails here is run again by the settler, in its place, and fails there if it has to.
                    let transaction = transactions[index]
                    let begun = Self.now
                    let execution = try? node.execute(transaction, id: transaction.id, on: snapshot, height: snapshot.height)
                    executeTime += Self.now - begun
                    workerTime += execution?.timing.executeNanoseconds ?? 0
                    attempt = (execution, snapshot.height)
                    if execution == nil {
                        snapshot.close()
                    }
                }
                if attempt.execution == nil { snapshot = nil }
            }
            let isReady = state.withLock { state in
                if attempt.execution != nil { state.attempts[index] = attempt }
                let count = state.doneCounts[block, default: 0] + 1
                state.doneCounts[block] = count
                return count == range(block).count
            }
            if isReady { ready.signal() }
        }
    }

    /// The next transaction to be executed; waits while the settler is too far behind.
    private func take() -> Int? {
        while true {
            let (index, isEnding): (Int?, Bool) = state.withLock { state in
                if state.isEnding || state.next >= transactions.count { return (nil, true) }
                guard state.next / blockSize < state.settledBlocks + Self.windowCount else {
                    state.waitingCount += 1
                    return (nil, false)
                }
                state.next += 1
                return (state.next - 1, false)
            }
            if let index { return index }
            if isEnding { return nil }
            room.wait()
        }
    }

    // MARK: - The settler

    private func settle() throws {
        var previous: (draft: Ledger.Draft, pending: PendingBlock)?
        for block in 0..<blockCount {
            let isAlone = state.withLock { $0.serialUntil == Int.max }
            if !isAlone {
                timed(\.executorWaitNanoseconds) {
                    while state.withLock({ $0.doneCounts[block] ?? 0 }) < range(block).count { ready.wait() }
                }
            }
            var attempts: [Int: Attempt] = [:]
            state.withLock { state in
                for index in range(block) { attempts[index] = state.attempts.removeValue(forKey: index) }
                state.doneCounts[block] = nil
            }
            // At most one block is on its way: the one before, which may lie under this one in memory.
            let snapshot = try node.ledger.store.snapshot()
            defer { snapshot.close() }
            var base: any StateSnapshot = snapshot
            if let previous, snapshot.height < previous.draft.height { base = previous.pending.layered(over: snapshot) }
            var pending = PendingBlock(over: base, height: base.height + 1, after: previous?.pending)
            var receipts: [Receipt] = []
            var kept: [(id: TransactionID, transaction: CommittedTransaction)] = []
            var againCount = 0
            let settleStart = Self.now
            for index in range(block) {
                let transaction = transactions[index]
                let execution: Result<TransactionExecution, ExecutorError>
                if let attempt = attempts[index], let done = attempt.execution,
                    try pending.isCurrent(done.effects, since: attempt.height)
                {
                    execution = .success(done)
                } else {
                    againCount += 1
                    do {
                        execution = .success(
                            try node.execute(transaction, id: transaction.id, on: pending.snapshot, height: base.height))
                    } catch { execution = .failure(ExecutorError(mapping: error)) }
                }
                var height: UInt64?
                if case .success(let done) = execution, done.isKept {
                    if try pending.has(done.id) || isKnown(done.id) {
                        receipts.append(
                            Receipt(
                                execution: .failure(ExecutorError(mapping: StateError.transactionTwice(done.id))), height: nil))
                        continue
                    }
                    pending.add(done.id, done.result.writes)
                    kept.append((done.id, CommittedTransaction(request: transaction, result: done.result)))
                    height = pending.height
                }
                receipts.append(Receipt(execution: execution, height: height))
            }
            finish(block, againCount: againCount)
            let settleTime = Self.now - settleStart
            profile.withLock { profile in
                profile.settleNanoseconds += settleTime
                profile.settledAgainCount += againCount
                profile.blockCount += kept.isEmpty ? 0 : 1
            }
            guard !kept.isEmpty else {
                // No block, but its receipts come in their order.
                try waitForCommit()
                committed(receipts)
                continue
            }
            let draft = try timed(\.draftNanoseconds) {
                try node.ledger.draft(
                    kept, after: previous?.draft, timestamp: node.options.clock(), proposer: node.options.proposer)
            }
            try timed(\.commitWaitNanoseconds) { try waitForCommit() }
            committing.withLock { committing in
                committing.draft = draft
                committing.receipts = receipts
                committing.isBusy = true
            }
            commitWork.signal()
            previous = (draft, pending)
        }
    }

    private func isKnown(_ id: TransactionID) throws -> Bool { try node.ledger.store.height(of: id) != nil }

    private func finish(_ block: Int, againCount: Int) {
        let wakeCount = state.withLock { state in
            state.settledBlocks = block + 1
            if state.serialUntil <= block, againCount * 2 > range(block).count {
                state.serialUntil = block + Self.windowCount + Self.serialCount
            }
            defer { state.waitingCount = 0 }
            return state.waitingCount
        }
        for _ in 0..<wakeCount { room.signal() }
    }

    // MARK: - The committer

    private func commit() {
        while true {
            commitWork.wait()
            let (draft, receipts, isEnding) = committing.withLock { committing in
                defer { committing.draft = nil }
                return (committing.draft, committing.receipts, committing.isEnding)
            }
            if let draft {
                do {
                    try timed(\.commitNanoseconds) { try node.ledger.append(draft) }
                    committed(receipts)
                    committing.withLock { $0.isBusy = false }
                } catch {
                    committing.withLock { committing in
                        committing.failure = error
                        committing.isBusy = false
                    }
                }
                commitDone.signal()
            }
            if isEnding { return }
        }
    }

    /// Until the block before is durable, or has failed, which ends everything.
    private func waitForCommit() throws {
        while true {
            let (isBusy, failure) = committing.withLock { ($0.isBusy, $0.failure) }
            if let failure { throw failure }
            if !isBusy { return }
            commitDone.wait()
        }
    }
}
