// SPDX-License-Identifier: Apache-2.0
// What an operator sees of an executor: counters of syscalls and waits, log lines, warm workers.

import Foundation
import Logging
import Synchronization
import TestSupport
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

enum Metrics {
    /// The sum of a metric over all labels.
    static func sum(_ executor: Executor, _ name: String) -> Double {
        executor.metrics().split(separator: "\n").filter { $0.hasPrefix(name + "{") || $0.hasPrefix(name + " ") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
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
        var outcomes = try ["a", "b", "c"].map { try setup.run(contract, "put", ["title": $0, "text": "x"], on: store) }
        outcomes.append(try setup.run(contract, "get", ["title": "a"], on: store))
        outcomes.append(try setup.run(contract, "delete", ["title": "b"], on: store))
        outcomes.append(try setup.run(contract, "list", on: store))
        let executor = setup.executor
        let (disk, memory) = outcomes.reduce((0, 0)) { ($0.0 + Int($1.resources.disk), $0.1 + Int($1.resources.memory)) }
        #expect(disk >= 4 * 6 && memory >= 6 * 65536)
        #expect(value(executor, "xvm_resource_bytes_total{resource=\"disk\"}") == Double(disk))
        #expect(value(executor, "xvm_resource_bytes_total{resource=\"memory\"}") == Double(memory))
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
        let syscalls = Metrics.sum(executor, "xvm_syscalls_total")
        #expect(frames.reduce(0, +) == syscalls + 6, "each syscall and each of six outcomes is a frame")
        // One worker: its first, its seventeenth and so on.
        let measured = try #require(value(executor, "xvm_syscall_duration_seconds_count"))
        #expect(measured == (syscalls / 16).rounded(.up))
        #expect(value(executor, "xvm_syscall_duration_seconds_bucket{le=\"+Inf\"}") == measured)
        #expect(try #require(value(executor, "xvm_syscall_duration_seconds_sum")) > 0)
        #expect(value(executor, "xvm_state_snapshot_age_seconds") == 0, "nothing runs")
    }

    @Test("code that was found, compiled, damaged and kept is counted, and the folder's bytes are those on disk")
    func codeCache() throws {
        let cache = try TemporaryFolder()
        let setup = try EndToEnd { $0.cachePath = cache.path }
        func disk(_ name: String) -> Double? { value(setup.executor, "xvm_code_cache_\(name){tier=\"disk\"}") }
        #expect(disk("bytes") == 0, "nothing was looked for")
        for _ in 0..<3 { _ = try setup.load("Tests/Modules/fib.wasm") }
        #expect([disk("misses_total"), disk("hits_total"), disk("evictions_total")] == [1, 2, 0])
        let entry = try #require(
            FileManager.default.contentsOfDirectory(atPath: cache.path).first { $0.hasPrefix("code-") })
        let path = cache.path + "/" + entry
        let bytes = try Data(contentsOf: URL(filePath: path))
        #expect(try #require(disk("bytes")) >= Double(bytes.count))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try bytes.dropLast().write(to: URL(filePath: path))
        _ = try setup.load("Tests/Modules/fib.wasm")
        #expect([disk("misses_total"), disk("hits_total"), disk("evictions_total")] == [2, 2, 1])
        #expect(value(setup.executor, "xvm_compile_duration_seconds_count") == 2)
    }

    @Test("every metric has a help, a type and a row in docs/embedding.md, and every row a metric")
    func documented() throws {
        let setup = try EndToEnd()
        let fib = try setup.load("Tests/Modules/fib.wasm")
        _ = try setup.call(fib, "fib", "5")
        let lines = setup.executor.metrics().split(separator: "\n")
        func names(_ kind: String) -> [String] {
            lines.filter { $0.hasPrefix("# \(kind) ") }.map { String($0.split(separator: " ")[2]) }
        }
        let families = names("TYPE")
        #expect(families == names("HELP") && Set(families).count == families.count)
        // Samples stand behind their family's head, histograms with three kinds.
        var family = ""
        for line in lines {
            if line.hasPrefix("# TYPE ") { family = String(line.split(separator: " ")[2]) }
            if line.hasPrefix("#") { continue }
            let name = line.prefix { $0 != "{" && $0 != " " }
            #expect(["", "_bucket", "_sum", "_count"].contains { family + $0 == name }, "\(line) below \(family)")
        }
        let rows = try String(decoding: packageFile("docs/embedding.md"), as: UTF8.self).split(separator: "\n").filter {
            $0.hasPrefix("| `xvm_")
        }
        let documented = rows.flatMap { row in
            row.split(separator: "|")[0].split(separator: "`").filter { $0.hasPrefix("xvm_") }.map {
                String($0.prefix { $0 != "{" })
            }
        }
        #expect(documented.sorted() == families.sorted())
        let report = try setup.executor.sandboxReport()
        #expect(lines.contains { $0.hasPrefix("xvm_build_info{") && $0.contains("landlock_abi=\"\(report.landlockABI)\"") })
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
        func spawns() -> [Double?] { ["first", "more"].map { value(setup.executor, "xvm_worker_spawns_total{kind=\"\($0)\"}") } }
        #expect(spawns() == [1, 2])
        #expect(value(setup.executor, "xvm_workers{state=\"idle\"}") == 3)
        try setup.executor.warm(contract, workerCount: 2)
        #expect(spawns() == [1, 2], "what is there is enough")
        #expect(throws: ExecutorError.self) { try setup.executor.warm(contract, workerCount: 4) }
        try setup.run(contract, "put", ["title": "a", "text": "x"], on: MemoryStore())
        #expect(spawns() == [1, 2])
    }
}
