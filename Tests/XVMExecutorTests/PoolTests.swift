// SPDX-License-Identifier: Apache-2.0
// The executor's workers and lanes: reuse, ends, cancellation, the shut-down. No test looks at a clock: stores that wait for a word say
// where a call stands.

import Foundation
import Synchronization
import TestSupport
import Testing
import XVMExecutor

/// A store that says when a call has its worker (it takes its snapshot then) and, where it is told to, lets it wait there or in its
/// first read until it is opened.
private final class HeldStore: StateStore {
    enum Place { case nowhere, snapshot, read, failingRead }
    /// However long a test holds a snapshot, it is not too old.
    private let store = MemoryStore(limits: SnapshotLimits(ageMax: .seconds(1 << 32)))
    private let place: Place
    private let opened = DispatchSemaphore(value: 0)
    private let begun: AsyncStream<Void>
    private let begin: AsyncStream<Void>.Continuation
    private let order: Order?
    private let name: String

    final class Order: Sendable {
        private let list = Mutex<[String]>([])
        var names: [String] { list.withLock { $0 } }
        func add(_ name: String) { list.withLock { $0.append(name) } }
    }

    init(_ place: Place, name: String = "", order: Order? = nil) {
        self.place = place
        self.name = name
        self.order = order
        (begun, begin) = AsyncStream.makeStream()
    }

    func snapshot() throws(StateError) -> any StateSnapshot {
        order?.add(name)
        begin.yield()
        if place == .snapshot { hold() }
        return HeldSnapshot(try store.snapshot(), self)
    }
    func commit(_ batch: [Commit], allOrNothing: Bool) throws(StateError) -> [CommitResult] {
        try store.commit(batch, allOrNothing: allOrNothing)
    }

    fileprivate func read() throws(StateError) {
        guard place == .read || place == .failingRead else { return }
        order?.add("read")
        begin.yield()
        hold()
        if place == .failingRead { throw .snapshotClosed }
    }
    private func hold() { opened.wait() }

    /// Lets one call go on.
    func open() { opened.signal() }

    /// Returns when a call has come to the snapshot, or once more for the read.
    func wait() async {
        for await _ in begun { return }
    }
}

private final class HeldSnapshot: StateSnapshot {
    private let snapshot: any StateSnapshot
    private let store: HeldStore
    init(_ snapshot: any StateSnapshot, _ store: HeldStore) {
        self.snapshot = snapshot
        self.store = store
    }
    var height: UInt64 { snapshot.height }
    func record(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Record? {
        try store.read()
        return try snapshot.record(bucket: bucket, key: key)
    }
    func version(bucket: [UInt8], key: [UInt8]) throws(StateError) -> Version? { try snapshot.version(bucket: bucket, key: key) }
    func iterate(bucket: [UInt8], start: [UInt8], limit: [UInt8]) throws(StateError) -> any StateIterator {
        try snapshot.iterate(bucket: bucket, start: start, limit: limit)
    }
    func digest() throws(StateError) -> [UInt8] { try snapshot.digest() }
    func close() { snapshot.close() }
}

@Suite struct PoolTests {
    private static let bucket = Array("test".utf8)
    private static let endless = InvocationLimits(gas: 1 << 61, deadlineNanoseconds: 600_000_000_000)

    /// The value of a line of the metrics.
    private func metric(_ executor: Executor, _ name: String) -> Int? {
        executor.metrics().split(separator: "\n").first { $0.hasPrefix(name + " ") }.flatMap { Int($0.dropFirst(name.count + 1)) }
    }
    private func spawns(_ executor: Executor) -> Int? {
        ["first", "more"].reduce(0) { sum, kind in
            guard let sum, let count = metric(executor, "xvm_worker_spawns_total{kind=\"\(kind)\"}") else { return nil }
            return sum + count
        }
    }

    private func start(
        _ setup: EndToEnd, _ contract: Contract, _ method: String, _ store: any StateStore, limits: InvocationLimits = endless
    ) -> Task<Outcome.Status, any Error> {
        let executor = setup.executor
        return Task {
            try await executor.invoke(contract, MethodRequest(method), bucket: Self.bucket, limits: limits, on: store).outcome
                .status
        }
    }
    private func kind(_ task: Task<Outcome.Status, any Error>) async -> String? {
        guard case .failure(let error) = await task.result else { return nil }
        return (error as? ExecutorError)?.kind
    }
    /// Until so many calls wait for a worker.
    private func untilWaiting(_ setup: EndToEnd, _ count: Int) async {
        while metric(setup.executor, "xvm_queue_depth") != count { await Task.yield() }
    }

    // MARK: - Workers

    @Test("thousands of invocations of several contracts start one worker each")
    func reuse() throws {
        let setup = try EndToEnd()
        let counter = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let fib = try setup.load("Tests/Modules/fib.wasm")
        let traps = try setup.load("Tests/Modules/traps.wasm")
        let store = MemoryStore()
        try setup.run(counter, "initialize", on: store)
        for _ in 0..<1000 {
            #expect(try setup.run(counter, "increase", on: store).status == .returned)
            #expect(try setup.call(fib, "fib", "5").results == [.i32(5)])
            #expect(try setup.call(traps, "unreachable").status == .trapped(.unreachable))
        }
        #expect(text(try setup.run(counter, "get", on: store).body) == "1000")
        #expect(spawns(setup.executor) == 3)
        #expect(metric(setup.executor, "xvm_workers{state=\"idle\"}") == 3)
        #expect(metric(setup.executor, "xvm_workers{state=\"busy\"}") == 0)
        #expect(metric(setup.executor, "xvm_invocations_total{status=\"trapped\"}") == 1000)
    }

    @Test(
        "100,000 invocations leave descriptors, threads and memory as they were",
        .enabled(
            if: ProcessInfo.processInfo.environment["XVM_SOAK"] == "1",
            "counts what the whole process has, so it must run alone: XVM_SOAK=1 swift test --filter soak"))
    func soak() throws {
        let setup = try EndToEnd { $0.pool.invocationCountMax = 1000 }
        let counter = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let fib = try setup.load("Tests/Modules/fib.wasm")
        let traps = try setup.load("Tests/Modules/traps.wasm")
        func count(_ folder: String) throws -> Int { try FileManager.default.contentsOfDirectory(atPath: folder).count }
        /// Threads of executors; the test runner's own come and go.
        func threadCount() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count {
                (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8))?.hasPrefix("xvm-") == true
            }
        }
        func residentPages() throws -> Int {
            Int(try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]) ?? 0
        }
        func round() throws {
            let store = MemoryStore()
            try setup.run(counter, "initialize", on: store)
            for _ in 0..<3333 {
                _ = try setup.executor.invoke(counter, MethodRequest("increase"), bucket: Self.bucket, on: store)
                _ = try setup.call(fib, "fib", "5")
                _ = try setup.call(traps, "unreachable")
            }
        }
        try round()
        let (descriptors, threads, pages) = (try count("/proc/self/fd"), try threadCount(), try residentPages())
        for _ in 0..<9 { try round() }
        // The keeper may be closing one worker of each contract.
        #expect(try abs(count("/proc/self/fd") - descriptors) <= 3 * 5)
        #expect(try threadCount() == threads)
        #expect(try residentPages() - pages < 1024, "4 MiB of 4 KiB pages")
    }

    @Test("a worker ends after its number of invocations, and after one where the policy says so", arguments: [3, 1])
    func recycling(limit: Int) throws {
        let setup = try EndToEnd {
            if limit == 1 { $0.pool.isOneContextOnly = true } else { $0.pool.invocationCountMax = UInt64(limit) }
        }
        let fib = try setup.load("Tests/Modules/fib.wasm")
        for _ in 0..<9 { #expect(try setup.call(fib, "fib", "5").results == [.i32(5)]) }
        #expect(spawns(setup.executor) == 9 / limit)
        #expect(metric(setup.executor, "xvm_worker_ends_total{reason=\"recycled\"}") == 9 / limit)
    }

    @Test("a worker whose memory grew beyond the mark is ended")
    func memoryMark() throws {
        let setup = try EndToEnd { $0.pool.memoryPagesMark = 2 }
        let traps = try setup.load("Tests/Modules/traps.wasm")
        _ = try setup.call(traps, "grow", "1")
        _ = try setup.call(traps, "grow", "1")
        #expect(spawns(setup.executor) == 1)
        _ = try setup.call(traps, "grow", "2")
        _ = try setup.call(traps, "grow", "1")
        #expect(spawns(setup.executor) == 2)
    }

    @Test("the least recently used worker makes room; a pinned contract's does not")
    func eviction() throws {
        let setup = try EndToEnd { $0.pool.workerCountMax = 2 }
        let pinned = try setup.load("Tests/Modules/traps.wasm")
        let others = [try setup.load("Tests/Modules/fib.wasm"), try setup.load("Tests/Modules/fib.wasm", schedule: .unit)]
        try setup.executor.pin(pinned)
        #expect(spawns(setup.executor) == 1)
        for _ in 0..<3 { for other in others { _ = try setup.call(other, "fib", "5") } }
        #expect(spawns(setup.executor) == 7)
        #expect(metric(setup.executor, "xvm_worker_ends_total{reason=\"evicted\"}") == 5)
        _ = try setup.call(pinned, "size")
        #expect(spawns(setup.executor) == 7)
        setup.executor.unpin(pinned)
        _ = try setup.call(others[0], "fib", "5")
        _ = try setup.call(others[1], "fib", "5")
        _ = try setup.call(pinned, "size")
        #expect(spawns(setup.executor) == 10)
    }

    @Test("a death leaves a clean pool, and a contract that keeps breaking the policy is refused until it is released")
    func deaths() throws {
        let setup = try EndToEnd { $0.pool.violationCountMax = 2 }
        let hostile = try setup.executor.load(hostileObject("openat"), name: "openat")
        let fib = try setup.load("Tests/Modules/fib.wasm")
        for kind in ["violation", "violation", "quarantined", "quarantined"] {
            #expect(#expect(throws: ExecutorError.self) { try setup.run(hostile, "attack", on: MemoryStore()) }?.kind == kind)
            #expect(try setup.call(fib, "fib", "5").results == [.i32(5)])
        }
        setup.executor.release(hostile)
        #expect(#expect(throws: ExecutorError.self) { try setup.run(hostile, "attack", on: MemoryStore()) }?.kind == "violation")
        #expect(metric(setup.executor, "xvm_worker_deaths_total{cause=\"violation\"}") == 3)
        #expect(metric(setup.executor, "xvm_workers{state=\"busy\"}") == 0)
        #expect(metric(setup.executor, "xvm_workers{state=\"idle\"}") == 1)
        #expect(metric(setup.executor, "xvm_refusals_total") == 2)
    }

    // MARK: - Lanes

    @Test("parallel calls of one contract have a worker each")
    func parallel() async throws {
        let setup = try EndToEnd { $0.laneCount = 4 }
        let counter = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let stores = (0..<3).map { _ in HeldStore(.snapshot) }
        let tasks = stores.map { start(setup, counter, "initialize", $0) }
        for store in stores { await store.wait() }
        #expect(metric(setup.executor, "xvm_workers{state=\"busy\"}") == 3)
        for store in stores { store.open() }
        for task in tasks { #expect(try await task.value == .returned) }
        #expect(metric(setup.executor, "xvm_workers{state=\"idle\"}") == 3)
    }

    @Test("one contract's flood leaves the last lane to others: all of theirs end while it stands still")
    func flood() async throws {
        let setup = try EndToEnd { $0.laneCount = 2 }
        let flooding = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let other = try setup.load("Examples/contracts/counter-c/counter.wasm", schedule: .unit)
        let held = HeldStore(.snapshot)
        let flood = (0..<40).map { _ in start(setup, flooding, "initialize", held) }
        await held.wait()
        await untilWaiting(setup, 39)
        for _ in 0..<10 { #expect(try await start(setup, other, "initialize", MemoryStore()).value == .returned) }
        #expect(metric(setup.executor, "xvm_queue_depth") == 39)
        for _ in flood { held.open() }
        for task in flood { #expect(try await task.value == .returned) }
    }

    @Test("on one lane contracts take turns, however many calls one of them has waiting")
    func turns() async throws {
        let setup = try EndToEnd { $0.laneCount = 1 }
        let flooding = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let other = try setup.load("Examples/contracts/counter-c/counter.wasm", schedule: .unit)
        let order = HeldStore.Order()
        let held = HeldStore(.snapshot, name: "first", order: order)
        let first = start(setup, flooding, "initialize", held)
        await held.wait()
        let flood = (0..<30).map { _ in start(setup, flooding, "initialize", HeldStore(.nowhere, name: "flood", order: order)) }
        await untilWaiting(setup, 30)
        let others = (0..<5).map { _ in start(setup, other, "initialize", HeldStore(.nowhere, name: "other", order: order)) }
        await untilWaiting(setup, 35)
        held.open()
        for task in flood + others + [first] { #expect(try await task.value == .returned) }
        #expect(Array(order.names.prefix(11)) == ["first"] + Array(repeating: ["flood", "other"], count: 5).flatMap { $0 })
    }

    // MARK: - Cancellation

    @Test("a call whose task is cancelled before it begins starts nothing")
    func cancelledBefore() async throws {
        let setup = try EndToEnd()
        let contract = try setup.load("Tests/Hostile/loop.wasm")
        let executor = setup.executor
        let gate = HeldStore(.snapshot)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await executor.invoke(
                contract, MethodRequest("attack"), bucket: Self.bucket, limits: Self.endless, on: gate
            ).outcome.status
        }
        task.cancel()
        #expect(await kind(task) == "cancelled")
        #expect(spawns(executor) == 0)
    }

    @Test("a call that waits for a lane is refused when its task is cancelled; the others keep their places")
    func cancelledInQueue() async throws {
        let setup = try EndToEnd { $0.laneCount = 1 }
        let contract = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let held = HeldStore(.snapshot)
        let first = start(setup, contract, "initialize", held)
        await held.wait()
        let second = start(setup, contract, "initialize", MemoryStore())
        await untilWaiting(setup, 1)
        let third = start(setup, contract, "initialize", MemoryStore())
        await untilWaiting(setup, 2)
        second.cancel()
        #expect(await kind(second) == "cancelled")
        #expect(metric(setup.executor, "xvm_queue_depth") == 1)
        held.open()
        #expect(try await first.value == .returned)
        #expect(try await third.value == .returned)
        #expect(spawns(setup.executor) == 1)
    }

    @Test("an endless contract ends with its task, and the next call has a new worker")
    func cancelledRunning() async throws {
        let setup = try EndToEnd { $0.laneCount = 1 }
        let contract = try setup.load("Tests/Hostile/loop.wasm")
        let held = HeldStore(.nowhere)
        let task = start(setup, contract, "attack", held)
        await held.wait()
        task.cancel()
        #expect(await kind(task) == "cancelled")
        let short = InvocationLimits(gas: 1000)
        #expect(try await start(setup, contract, "attack", MemoryStore(), limits: short).value == .outOfGas)
        #expect(spawns(setup.executor) == 2)
    }

    @Test(
        "a call whose handler is at work ends as cancelled when the handler returns, and when it throws",
        arguments: [false, true])
    func cancelledInHandler(fails: Bool) async throws {
        let setup = try EndToEnd { $0.laneCount = 1 }
        let contract = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let held = HeldStore(fails ? .failingRead : .read)
        let task = start(setup, contract, "get", held)
        await held.wait()
        await held.wait()
        task.cancel()
        held.open()
        #expect(await kind(task) == "cancelled")
        #expect(metric(setup.executor, "xvm_workers{state=\"idle\"}") == 0)
        #expect(metric(setup.executor, "xvm_worker_deaths_total{cause=\"cancelled\"}") == 1)
    }

    // MARK: - The end

    @Test("the shut-down lets running calls end, refuses those that wait and those that come")
    func drain() async throws {
        let setup = try EndToEnd { $0.laneCount = 1 }
        let contract = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let held = HeldStore(.snapshot)
        let running = start(setup, contract, "initialize", held)
        await held.wait()
        let waiting = start(setup, contract, "initialize", MemoryStore())
        await untilWaiting(setup, 1)
        let executor = setup.executor
        let end = Task { await executor.shutDown(timeoutNanoseconds: 600_000_000_000) }
        #expect(await kind(waiting) == "shutDown")
        #expect(await kind(start(setup, contract, "initialize", MemoryStore())) == "shutDown")
        held.open()
        #expect(try await running.value == .returned)
        #expect(await end.value == 0)
    }

    @Test("after its timeout the shut-down ends what still runs")
    func force() async throws {
        let setup = try EndToEnd { $0.laneCount = 2 }
        let contract = try setup.load("Tests/Hostile/loop.wasm")
        let held = HeldStore(.nowhere)
        let task = start(setup, contract, "attack", held)
        await held.wait()
        let executor = setup.executor
        #expect(await executor.shutDown(timeoutNanoseconds: 0) == 1)
        #expect(await kind(task) == "cancelled")
        #expect(await executor.shutDown() == 0, "a second time does nothing")
    }
}
