// SPDX-License-Identifier: Apache-2.0
// Many workers and many calls through the public library. Built and run by scripts/soak; prints JSON lines.
//   soak workers WASM IDLE ACTIVE ROUNDS    memory per idle worker; latency of one alone, beside ACTIVE others, without and with IDLE idle ones
//   soak calls WASM CONTRACTS INVOCATIONS   memory and descriptors from tenth to tenth
//   soak callers WASM ROUNDS                cold start, warm start, and 1 ... 80 concurrent callers, on threads and as tasks

import Foundation
import Processes
import Synchronization
import XVMExecutor

func report(_ what: String, _ fields: [(String, Double)]) {
    let text = fields.map { "\"\($0.0)\":\(($0.1 * 100).rounded() / 100)" }.joined(separator: ",")
    print("{\"what\":\"\(what)\",\(text)}")
    fflush(nil)
}
/// Of figures with one value for each round.
func median(_ values: [Double]) -> Double { percentile(values, 0.5) }

let arguments = CommandLine.arguments
guard arguments.count > 2 else { fatalError("soak workers|calls|callers WASM ...") }
let wasm = [UInt8](try Data(contentsOf: URL(filePath: arguments[2])))
func number(_ index: Int, _ otherwise: Int) -> Int { arguments.count > index ? Int(arguments[index]) ?? otherwise : otherwise }
let limits = InvocationLimits(gas: 1 << 61)
let bucket = Array("soak".utf8)

/// The same module with a custom section: another hash, so another contract with workers of its own.
func variant(_ index: Int) -> [UInt8] {
    let name = Array("v\(index)".utf8)
    return wasm + [0, UInt8(name.count + 1), UInt8(name.count)] + name
}

/// Microseconds of calls, one after the other.
@Sendable func latencies(_ executor: Executor, _ contract: Contract, _ store: MemoryStore, _ count: Int) throws -> [Double] {
    try (0..<count).map { _ in
        let start = nanoseconds()
        _ = try executor.invoke(contract, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
        return Double(nanoseconds() - start) / 1000
    }
}

/// Runs `body` on so many threads at the same time.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> DispatchGroup {
    let group = DispatchGroup()
    for index in 0..<count {
        group.enter()
        let thread = Thread {
            body(index)
            group.leave()
        }
        thread.stackSize = 1 << 19
        thread.start()
    }
    return group
}

/// What the others do while one worker is measured.
enum Others: String, CaseIterable {
    case none = "alone"
    /// Each 20 calls a second.
    case paced = "beside paced others"
    /// Each as fast as it can.
    case flood = "beside flooding others"
}

func measure(
    _ executor: Executor, _ measured: Contract, _ busy: Contract, _ store: MemoryStore, _ others: Others, _ active: Int
) throws -> (p50: Double, p99: Double, perSecond: Double) {
    let stop = Atomic(false), calls = Atomic(0)
    let done = onThreads(others == .none ? 0 : active) { index in
        if others == .paced { usleep(UInt32(index) * UInt32(50_000 / max(1, active))) }
        while !stop.load(ordering: .relaxed) {
            _ = try? executor.invoke(busy, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
            calls.add(1, ordering: .relaxed)
            if others == .paced { usleep(50_000) }
        }
    }
    if others != .none { usleep(100_000) }
    let from = nanoseconds(), first = calls.load(ordering: .relaxed)
    let samples = try latencies(executor, measured, store, others == .flood ? 2000 : 10_000)
    let rate = Double(calls.load(ordering: .relaxed) - first) / (Double(nanoseconds() - from) / 1e9)
    stop.store(true, ordering: .relaxed)
    done.wait()
    return (percentile(samples, 0.5), percentile(samples, 0.99), rate)
}

func workers(idle: Int, active: Int, rounds: Int) throws {
    var figures: [String: [(p50: Double, p99: Double, perSecond: Double)]] = [:]
    let store = MemoryStore()
    for round in 0..<rounds {
        var configuration = Configuration()
        configuration.pool.workerCountMax = idle + active + 1
        configuration.pool.workersPerContractMax = max(idle, active)
        configuration.pool.idleNanoseconds = 3_600_000_000_000
        let executor = try Executor(configuration)
        defer { executor.shutDown() }
        let measured = try executor.load(variant(1)), busy = try executor.load(variant(2)),
            resting = try executor.load(variant(3))
        try executor.warm(measured, workerCount: 1)
        try executor.warm(busy, workerCount: active)
        for others in Others.allCases {
            figures[others.rawValue, default: []].append(try measure(executor, measured, busy, store, others, active))
        }
        let (memory, descriptors, known) = (kibibytes("/proc/meminfo", "MemAvailable"), descriptorCount(), Set(workerPIDs()))
        let start = nanoseconds()
        try executor.warm(resting, workerCount: idle)
        let seconds = Double(nanoseconds() - start) / 1e9
        if round == 0 {
            let pids = workerPIDs().filter { !known.contains($0) }
            let sample = pids.prefix(100)
            func mean(_ keys: String...) -> Double {
                sample.map { pid in keys.map { kibibytes("/proc/\(pid)/smaps_rollup", $0) }.reduce(0, +) }.reduce(0, +)
                    / Double(max(1, sample.count))
            }
            let rings = mean("Pss_Shmem"), whole = (memory - kibibytes("/proc/meminfo", "MemAvailable")) / Double(idle)
            report(
                "idle workers",
                [
                    ("count", Double(pids.count)), ("startedPerSecond", Double(idle) / seconds),
                    ("pssWithoutRingsKiB", mean("Pss") - rings), ("privateKiB", mean("Private_Dirty", "Private_Clean")),
                    ("ringsPssKiB", rings), ("systemKiBPerWorker", whole),
                    ("hostDescriptorsPerWorker", Double(descriptorCount() - descriptors) / Double(idle)),
                ])
        }
        for others in Others.allCases {
            figures[others.rawValue + ", idle ones there", default: []].append(
                try measure(executor, measured, busy, store, others, active))
        }
    }
    for others in Others.allCases {
        for name in [others.rawValue, others.rawValue + ", idle ones there"] {
            let all = figures[name] ?? []
            report(
                name,
                [
                    ("p50us", median(all.map(\.p50))), ("p99us", median(all.map(\.p99))),
                    ("othersPerSecond", median(all.map(\.perSecond))), ("rounds", Double(all.count)),
                ])
        }
        let without = figures[others.rawValue] ?? [], with = figures[others.rawValue + ", idle ones there"] ?? []
        report(
            others.rawValue + ": ratio with idle ones to without",
            [
                ("p50", median(zip(with, without).map { $0.p50 / $1.p50 })),
                ("p99", median(zip(with, without).map { $0.p99 / $1.p99 })),
            ])
    }
}

func calls(contracts: Int, invocations: Int) throws {
    var configuration = Configuration()
    // Fewer than contracts, so that workers are ended and started all the time.
    configuration.pool.workerCountMax = max(1, contracts * 4 / 5)
    let executor = try Executor(configuration)
    defer { executor.shutDown() }
    let store = MemoryStore()
    let all = try (0..<contracts).map { try executor.load(variant($0)) }
    var done = 0
    let start = nanoseconds()
    var tenths: [(rss: Double, descriptors: Int)] = []
    for tenth in 0...10 {
        let goal = invocations / 10 * tenth
        while done < goal {
            // Runs of calls of one contract after the other, so that workers are both reused and changed.
            let execution = try executor.invoke(
                all[(done / 64) % contracts], MethodRequest("some"), bucket: bucket, limits: limits, on: store)
            guard execution.outcome.status == .reverted || execution.outcome.status == .returned else {
                fatalError("\(execution.outcome.status)")
            }
            done += 1
        }
        // Those that the pool has ended are gone in a moment; what is counted is what stays.
        var pids = workerPIDs()
        for _ in 0..<5000 where pids.count > configuration.pool.workerCountMax {
            usleep(1000)
            pids = workerPIDs()
        }
        let rss = kibibytes("/proc/self/status", "VmRSS"), descriptors = descriptorCount()
        tenths.append((rss, descriptors))
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task"))?.count ?? 0
        report(
            "calls",
            [
                ("invocations", Double(done)), ("seconds", Double(nanoseconds() - start) / 1e9), ("hostRssKiB", rss),
                ("hostDescriptors", Double(descriptors)), ("hostThreads", Double(threads)), ("workers", Double(pids.count)),
                ("workersPssKiB", pids.map { kibibytes("/proc/\($0)/smaps_rollup", "Pss") }.reduce(0, +)),
            ])
    }
    let metrics = executor.metrics().split(separator: "\n")
    for name in ["xvm_worker_spawns_total", "xvm_worker_ends_total", "xvm_worker_reuses_total", "xvm_invocations_total"] {
        for line in metrics where line.hasPrefix(name) { print("  \(line)") }
    }
    // From the second tenth on: the first fills caches and buffers.
    report(
        "growth from the second tenth to the last",
        [("rssKiB", tenths[10].rss - tenths[2].rss), ("descriptors", Double(tenths[10].descriptors - tenths[2].descriptors))])
}

func callers(rounds: Int) async throws {
    let store = MemoryStore()
    var cold: [Double] = [], warm: [Double] = []
    for _ in 0..<rounds {
        let executor = try Executor()
        let first = try executor.load(wasm), second = try executor.load(variant(1))
        func once(_ contract: Contract) throws -> Double { try latencies(executor, contract, store, 1)[0] }
        cold.append(try once(first))
        warm.append(try once(second))
        await executor.shutDown()
    }
    report("cold start: zygote and worker", [("p50us", median(cold)), ("p99us", percentile(cold, 0.99))])
    report("warm start: a worker of a running zygote", [("p50us", median(warm)), ("p99us", percentile(warm, 0.99))])
    var configuration = Configuration()
    configuration.pool.workersPerContractMax = 80
    configuration.pool.workerCountMax = 96
    configuration.laneCount = 81
    let executor = try Executor(configuration)
    let contract = try executor.load(wasm)
    try executor.warm(contract, workerCount: 80)
    let counts = [1, 2, 4, 8, 16, 32, 80]
    var figures: [String: [(perSecond: Double, p50: Double, p99: Double)]] = [:]
    for _ in 0..<rounds {
        for count in counts {
            let samples = SampleList()
            let start = nanoseconds()
            await threads(count) { _ in samples.add((try? latencies(executor, contract, store, 20_000 / count)) ?? []) }
            figures["\(count) callers on threads", default: []].append(samples.figures(since: start))
        }
        for count in counts {
            let samples = SampleList()
            let start = nanoseconds()
            await withTaskGroup { group in
                for _ in 0..<count {
                    group.addTask {
                        var own: [Double] = []
                        for _ in 0..<(8000 / count) {
                            let begin = nanoseconds()
                            _ = try? await executor.invoke(
                                contract, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
                            own.append(Double(nanoseconds() - begin) / 1000)
                        }
                        samples.add(own)
                    }
                }
            }
            figures["\(count) callers as tasks", default: []].append(samples.figures(since: start))
        }
    }
    for kind in ["on threads", "as tasks"] {
        for count in counts {
            let all = figures["\(count) callers \(kind)"] ?? []
            report(
                "\(count) callers \(kind)",
                [
                    ("perSecond", median(all.map(\.perSecond))), ("p50us", median(all.map(\.p50))),
                    ("p99us", median(all.map(\.p99))), ("rounds", Double(all.count)),
                ])
        }
    }
    await executor.shutDown()
}

/// The same for async code.
func threads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) async {
    await withCheckedContinuation { continuation in
        onThreads(count, body).notify(queue: .global()) { continuation.resume() }
    }
}

/// Microseconds that many callers add up.
final class SampleList: Sendable {
    private let all = Mutex<[Double]>([])
    func add(_ samples: [Double]) { all.withLock { $0 += samples } }
    func figures(since start: UInt64) -> (perSecond: Double, p50: Double, p99: Double) {
        let seconds = Double(nanoseconds() - start) / 1e9
        let all = all.withLock { $0 }
        return (Double(all.count) / seconds, percentile(all, 0.5), percentile(all, 0.99))
    }
}

func loadAverage() -> Double { Double(procFile("/proc/loadavg").split(separator: " ").first ?? "") ?? 0 }
report("load average before", [("one", loadAverage())])
switch arguments[1] {
case "workers": try workers(idle: number(3, 1000), active: number(4, 200), rounds: number(5, 3))
case "calls": try calls(contracts: number(3, 50), invocations: number(4, 1_000_000))
case "callers": try await callers(rounds: number(3, 5))
default: fatalError("soak workers|calls|callers WASM ...")
}
report("load average after", [("one", loadAverage())])
