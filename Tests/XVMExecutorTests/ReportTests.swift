// SPDX-License-Identifier: Apache-2.0
// What an operator sees of an executor: counters of syscalls and waits, log lines, warm workers.

import Logging
import Synchronization
import Testing
import XVMExecutor

/// Keeps what was logged. Not a backend for anybody: it belongs to one executor.
private struct Keeper: LogHandler {
    final class Lines: Sendable {
        let all = Mutex<[(level: Logger.Level, text: String, contract: String?)]>([])
    }
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
        lines.all.withLock { $0.append((event.level, event.message.description, event.metadata?["contract"]?.description)) }
    }
}

@Suite struct ReportTests {
    /// The value of the metric with these labels.
    private func value(_ executor: Executor, _ name: String) -> Double? {
        executor.metrics().split(separator: "\n").first { $0.hasPrefix(name + " ") }.flatMap {
            Double($0.dropFirst(name.count + 1))
        }
    }

    @Test("syscalls are counted by name, and waits by how they ended")
    func syscalls() throws {
        let setup = try EndToEnd()
        let store = MemoryStore()
        let contract = try setup.load("Examples/contracts/notes-c/notes.wasm")
        for title in ["a", "b", "c"] { try setup.run(contract, "put", ["title": title, "text": "x"], on: store) }
        try setup.run(contract, "get", ["title": "a"], on: store)
        try setup.run(contract, "delete", ["title": "b"], on: store)
        try setup.run(contract, "list", on: store)
        let executor = setup.executor
        #expect(value(executor, "xvm_syscalls_total{name=\"putObject\",result=\"posted\"}") == 3)
        #expect(value(executor, "xvm_syscalls_total{name=\"getObject\",result=\"answered\"}") == 2, "delete looks first")
        #expect(value(executor, "xvm_syscalls_total{name=\"deleteObject\",result=\"posted\"}") == 1)
        #expect(value(executor, "xvm_syscalls_total{name=\"newIterator\",result=\"answered\"}") ?? 0 >= 1)
        #expect(value(executor, "xvm_syscalls_total{name=\"postLog\",result=\"posted\"}") ?? 0 >= 3)
        #expect(value(executor, "xvm_syscall_failures_total") == 0)
        // Which way a frame is waited for is the machine's affair (ConversationTests shows each); that each is counted once is not.
        let frames = try ["none", "spin", "futex"].map {
            try #require(value(executor, "xvm_ring_wakeups_total{kind=\"\($0)\"}"))
        }
        let syscalls = executor.metrics().split(separator: "\n").filter { $0.hasPrefix("xvm_syscalls_total{") }.compactMap {
            $0.split(separator: " ").last.flatMap { Double($0) }
        }
        #expect(frames.reduce(0, +) == syscalls.reduce(0, +) + 6, "each syscall and each of six outcomes is a frame")
        #expect(value(executor, "xvm_state_snapshot_age_seconds") == 0, "nothing runs")
    }

    @Test("a worker's death is logged with its cause and its contract, an outcome is not")
    func logging() throws {
        let lines = Keeper.Lines()
        let setup = try EndToEnd { $0.logger = Logger(label: "test", factory: { _ in Keeper(lines: lines) }) }
        let store = MemoryStore()
        let notes = try setup.load("Examples/contracts/notes-c/notes.wasm")
        try setup.run(notes, "put", ["title": "a", "text": "x"], on: store)
        try setup.run(notes, "get", ["title": "nothing"], on: store)
        #expect(lines.all.withLock { $0.isEmpty })

        let loop = try setup.load("Tests/Modules/traps.wasm")
        var limits = InvocationLimits(gas: 1 << 61)
        limits.deadlineNanoseconds = 50_000_000
        #expect(throws: ExecutorError.self) { try setup.call(loop, "spin", limits: limits) }
        let logged = lines.all.withLock { $0 }
        #expect(logged.count == 1)
        #expect(logged.first?.level == .warning)
        #expect(logged.first?.text.contains("(deadline)") == true)
        #expect(logged.first?.contract == "Tests/Modules/traps.wasm")
    }

    @Test("warm workers are there before the first call, each a process of its own")
    func warm() throws {
        let setup = try EndToEnd { $0.pool.workersPerContractMax = 3 }
        let contract = try setup.load("Examples/contracts/notes-c/notes.wasm")
        try setup.executor.warm(contract, workerCount: 3)
        #expect(value(setup.executor, "xvm_worker_spawns_total") == 3)
        #expect(value(setup.executor, "xvm_workers{state=\"idle\"}") == 3)
        try setup.executor.warm(contract, workerCount: 2)
        #expect(value(setup.executor, "xvm_worker_spawns_total") == 3, "what is there is enough")
        #expect(throws: ExecutorError.self) { try setup.executor.warm(contract, workerCount: 4) }
        try setup.run(contract, "put", ["title": "a", "text": "x"], on: MemoryStore())
        #expect(value(setup.executor, "xvm_worker_spawns_total") == 3)
    }
}
