// SPDX-License-Identifier: Apache-2.0
// Many workers and many calls through the public library. Built and run by scripts/soak; prints JSON lines.
//   soak workers WASM IDLE ACTIVE           memory per idle worker; latency of an active one alone, beside ACTIVE others, and with IDLE idle
//   soak calls WASM CONTRACTS INVOCATIONS   memory and descriptors from tenth to tenth
//   soak callers WASM ROUNDS                cold start, warm start, and 1 ... 80 concurrent callers

import Foundation
import Synchronization
import XVMExecutor

func nanoseconds() -> UInt64 { DispatchTime.now().uptimeNanoseconds }
func percentile(_ values: [Double], _ part: Double) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
}
func report(_ what: String, _ fields: [(String, Double)]) {
    let text = fields.map { "\"\($0.0)\":\(($0.1 * 100).rounded() / 100)" }.joined(separator: ",")
    print("{\"what\":\"\(what)\",\(text)}")
    fflush(nil)
}
func file(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
/// KiB of a line such as `Pss:   12 kB`.
func kibibytes(_ path: String, _ key: String) -> Double {
    file(path).split(separator: "\n").first { $0.hasPrefix(key + ":") }
        .flatMap { Double($0.dropFirst(key.count + 1).split(separator: " ").first ?? "") } ?? 0
}
func availableMemory() -> Double { kibibytes("/proc/meminfo", "MemAvailable") }
func workerPIDs() -> [Int] {
    let own = ProcessInfo.processInfo.processIdentifier
    let all = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(Int.init)
    func parent(_ pid: Int) -> Int {
        let fields = file("/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 1 ? Int(fields[1]) ?? 0 : 0
    }
    let children = Set(all.filter { parent($0) == own })
    return all.filter { children.contains(parent($0)) || children.contains($0) }.filter {
        file("/proc/\($0)/comm").hasPrefix("xvm-worker")
    }
}
func descriptorCount() -> Int { ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).count }

let arguments = CommandLine.arguments
let wasm = [UInt8](try Data(contentsOf: URL(filePath: arguments[2])))
func number(_ index: Int, _ otherwise: Int) -> Int { arguments.count > index ? Int(arguments[index]) ?? otherwise : otherwise }
let limits = InvocationLimits(gas: 1 << 61)
let bucket = Array("soak".utf8)

/// The same module under another name in a custom section: another hash, so another contract with workers of its own.
func variant(_ index: Int) -> [UInt8] {
    let name = Array("v\(index)".utf8)
    return wasm + [0, UInt8(name.count + 1), UInt8(name.count)] + name
}

func latencies(_ executor: Executor, _ contract: Contract, _ store: MemoryStore, _ count: Int) throws -> [Double] {
    try (0..<count).map { _ in
        let start = nanoseconds()
        _ = try executor.invoke(contract, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
        return Double(nanoseconds() - start) / 1000
    }
}

func workers(idle: Int, active: Int) throws {
    var configuration = Configuration()
    configuration.pool.workerCountMax = idle + active + 1
    configuration.pool.workersPerContractMax = idle + active + 1
    configuration.pool.idleNanoseconds = 3_600_000_000_000
    let executor = try Executor(configuration)
    defer { executor.shutDown() }
    let store = MemoryStore()
    let contract = try executor.load(wasm), other = try executor.load(variant(1))
    try executor.warm(other, workerCount: 1)
    let alone = try latencies(executor, other, store, 3000)
    report("active worker alone", [("p50us", percentile(alone, 0.5)), ("p99us", percentile(alone, 0.99))])
    let before = availableMemory()
    // In steps: each holds what is there and starts so many more.
    let start = nanoseconds()
    try executor.warm(contract, workerCount: idle)
    let seconds = Double(nanoseconds() - start) / 1e9
    let pids = workerPIDs()
    let sample = pids.prefix(50)
    func mean(_ key: String) -> Double {
        sample.map { kibibytes("/proc/\($0)/smaps_rollup", key) }.reduce(0, +) / Double(max(1, sample.count))
    }
    report(
        "idle workers",
        [
            ("count", Double(pids.count)), ("startedPerSecond", Double(idle) / seconds), ("pssKiB", mean("Pss")),
            ("privateKiB", mean("Private_Dirty") + mean("Private_Clean")), ("sharedMemoryPssKiB", mean("Pss_Shmem")),
            ("systemKiBPerWorker", (before - availableMemory()) / Double(idle)), ("hostDescriptors", Double(descriptorCount())),
        ])
    let beside = try latencies(executor, other, store, 3000)
    report("active worker beside idle ones", [("p50us", percentile(beside, 0.5)), ("p99us", percentile(beside, 0.99))])
    // `active` threads call all the time; the measured one is one more.
    let stop = Atomic(false), calls = Atomic(0)
    let done = DispatchGroup()
    for _ in 0..<active {
        done.enter()
        let thread = Thread {
            while !stop.load(ordering: .relaxed) {
                _ = try? executor.invoke(contract, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
                calls.add(1, ordering: .relaxed)
            }
            done.leave()
        }
        thread.stackSize = 1 << 19
        thread.start()
    }
    let from = nanoseconds(), first = calls.load(ordering: .relaxed)
    let busy = try latencies(executor, other, store, 1000)
    let rate = Double(calls.load(ordering: .relaxed) - first) / (Double(nanoseconds() - from) / 1e9)
    stop.store(true, ordering: .relaxed)
    done.wait()
    report(
        "active worker beside \(active) active ones",
        [("p50us", percentile(busy, 0.5)), ("p99us", percentile(busy, 0.99)), ("othersPerSecond", rate)])
}

func calls(contracts: Int, invocations: Int) throws {
    var configuration = Configuration()
    configuration.pool.workerCountMax = 64
    let executor = try Executor(configuration)
    defer { executor.shutDown() }
    let store = MemoryStore()
    let all = try (0..<contracts).map { try executor.load(variant($0)) }
    var done = 0
    let start = nanoseconds()
    for tenth in 0...10 {
        let goal = invocations / 10 * tenth
        while done < goal {
            // Runs of calls of one contract after the other, so that workers are both reused and changed.
            let contract = all[(done / 16) % contracts]
            _ = try executor.invoke(contract, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
            done += 1
        }
        let pids = workerPIDs()
        report(
            "calls",
            [
                ("invocations", Double(done)), ("seconds", Double(nanoseconds() - start) / 1e9),
                ("hostRssKiB", kibibytes("/proc/self/status", "VmRSS")),
                ("hostDescriptors", Double(descriptorCount())), ("workers", Double(pids.count)),
                ("workersPssKiB", pids.map { kibibytes("/proc/\($0)/smaps_rollup", "Pss") }.reduce(0, +)),
            ])
    }
}

func callers(rounds: Int) throws {
    let store = MemoryStore()
    var cold: [Double] = [], warm: [Double] = []
    for _ in 0..<rounds {
        let executor = try Executor()
        defer { executor.shutDown() }
        let first = try executor.load(wasm), second = try executor.load(variant(1))
        let start = nanoseconds()
        _ = try executor.invoke(first, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
        cold.append(Double(nanoseconds() - start) / 1000)
        let then = nanoseconds()
        _ = try executor.invoke(second, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
        warm.append(Double(nanoseconds() - then) / 1000)
    }
    report("cold start: zygote and worker", [("p50us", percentile(cold, 0.5)), ("p99us", percentile(cold, 0.99))])
    report("warm start: a worker of a running zygote", [("p50us", percentile(warm, 0.5)), ("p99us", percentile(warm, 0.99))])
    var configuration = Configuration()
    configuration.pool.workersPerContractMax = 80
    configuration.pool.workerCountMax = 96
    let executor = try Executor(configuration)
    defer { executor.shutDown() }
    let contract = try executor.load(wasm)
    try executor.warm(contract, workerCount: 80)
    for count in [1, 2, 4, 8, 16, 32, 80] {
        let samples = Mutex<[Double]>([])
        let group = DispatchGroup()
        let start = nanoseconds()
        for _ in 0..<count {
            group.enter()
            let thread = Thread {
                let own = (try? latencies(executor, contract, store, 20_000 / count)) ?? []
                samples.withLock { $0 += own }
                group.leave()
            }
            thread.stackSize = 1 << 19
            thread.start()
        }
        group.wait()
        let all = samples.withLock { $0 }
        report(
            "\(count) callers",
            [
                ("perSecond", Double(all.count) / (Double(nanoseconds() - start) / 1e9)), ("p50us", percentile(all, 0.5)),
                ("p99us", percentile(all, 0.99)),
            ])
    }
}

switch arguments[1] {
case "workers": try workers(idle: number(3, 1000), active: number(4, 200))
case "calls": try calls(contracts: number(3, 50), invocations: number(4, 1_000_000))
case "callers": try callers(rounds: number(3, 11))
default: fatalError("soak workers|calls|callers WASM ...")
}
