// SPDX-License-Identifier: Apache-2.0
// Latencies through the public library: a worker's start, an empty invocation on a warm worker (synchronous, and async with its hops), a
// syscall that the store answers at once, one with 4 KiB, posted puts, the death of a worker. Each figure is a median of several interleaved rounds.
//   latency LATENCY.wasm [two|one|free] [rounds] [only,...]    (Benchmarks/ipc and Benchmarks/run build it)
//   latency LATENCY.wasm many CALLERS MILLISECONDS             one round of many callers at once, so long for each way (Crowd.swift)
// two: workers on the second processor, callers on the first; one: all on the first; free and many: as the kernel likes.

import CPin
import Foundation
import Processes
import Synchronization
import XVMExecutor

func elapsed(_ body: () throws -> Void) rethrows -> Double {
    let start = nanoseconds()
    try body()
    return Double(nanoseconds() - start)
}
func pin(_ cpu: Int32?) {
    if let cpu { precondition(bench_pin(cpu) == 0, "processor \(cpu) is not to be had") }
}

let wasm = [UInt8](try Data(contentsOf: URL(filePath: CommandLine.arguments[1])))
let setting = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : "free"
let rounds = CommandLine.arguments.count > 3 ? Int(CommandLine.arguments[3]) ?? 7 : 7
let only = CommandLine.arguments.count > 4 ? Set(CommandLine.arguments[4].split(separator: ",").map(String.init)) : []
let store = MemoryStore()
let bucket = Array("latency".utf8)
let limits = InvocationLimits(gas: 1 << 61)

// The zygote and what it makes inherit the processor of whoever starts it; the measuring thread moves away afterwards.
let isPinned = setting == "two" || setting == "one"
let callerCPU: Int32? = isPinned ? 0 : nil
let workerCPU: Int32? = isPinned ? setting == "two" ? 1 : 0 : nil
pin(workerCPU)
var configuration = Configuration()
/// Of the setting `many`, whose arguments are others.
let callerCount = rounds, milliseconds = only.first.flatMap { Int($0) } ?? 300
if setting == "many" {
    // By default a contract has at most 8 workers, and at most 7 of the 8 lanes: one contract never holds the last one.
    configuration.pool.workersPerContractMax = callerCount
    configuration.pool.workerCountMax = max(configuration.pool.workerCountMax, callerCount)
    configuration.laneCount = callerCount + 1
}
let executor = try Executor(configuration)
let contract = try executor.load(wasm)
func invoke(_ method: String, on store: any StateStore = store) throws -> Execution {
    let execution = try executor.invoke(contract, MethodRequest(method), bucket: bucket, limits: limits, on: store)
    guard method == "empty" || execution.outcome.status == .reverted else { fatalError("\(execution.outcome)") }
    return execution
}
_ = try invoke("empty")
_ = try executor.pin(contract)
pin(callerCPU)

struct Figure {
    let name: String, unit: String
    /// One list of samples for each round.
    var rounds: [[Double]] = []
}
var figures: [Figure] = []
@MainActor func add(_ name: String, _ samples: [Double]) {
    if let index = figures.firstIndex(where: { $0.name == name }) {
        figures[index].rounds.append(samples)
    } else {
        figures.append(Figure(name: name, unit: "ns", rounds: [samples]))
    }
}
func wanted(_ name: String) -> Bool { only.isEmpty || only.contains(name) }

let clockCost = (0..<20).map { _ in elapsed { for _ in 0..<1000 { _ = nanoseconds() } } / 1001 }.min() ?? 0
let null = Probe(nil)
let page = Probe(
    Record(
        value: [UInt8](repeating: 7, count: 4096),
        version: Version(transaction: TransactionID([UInt8](repeating: 1, count: 32))!, offset: 0), height: 0, isDeleted: false))

/// The hops alone: an async call in a task of its own, seen from there.
func asyncSamples(_ count: Int) -> [Double] {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<[Double]>([])
    Task.detached {
        var samples: [Double] = []
        for _ in 0..<count {
            let start = nanoseconds()
            _ = try await executor.invoke(contract, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
            samples.append(Double(nanoseconds() - start))
        }
        result.withLock { [samples] in $0 = samples }
        done.signal()
    }
    done.wait()
    return result.withLock { $0 }
}

/// From `kill -9` of the worker in the middle of an invocation to the error that its caller gets; or the kernel's part alone, until the
/// process is taken apart and its pidfd readable.
@MainActor func deathSamples(_ count: Int, kernelOnly: Bool) throws -> [Double] {
    // The host's side on the callers' processor: the reaper was made where the zygote is.
    if let callerCPU { precondition(bench_pin_named("xvm-reaper", callerCPU) > 0) }
    return try (0..<count).map { _ in
        try executor.warm(contract, workerCount: 1)
        guard let pid = workerPIDs().first else { fatalError("no worker") }
        let rested = processorNanoseconds(pid)
        let killed = Atomic<UInt64>(0)
        let kernel = Atomic<Int64>(0)
        let seen = DispatchSemaphore(value: 0), done = DispatchSemaphore(value: 0)
        // The killer is the thread that is new: a caller has called before, its stack and its heap are there.
        Thread {
            // It computes, so its caller waits for it and nobody else does anything.
            while processorNanoseconds(pid) < rested + 2_000_000 { usleep(500) }
            killed.store(nanoseconds(), ordering: .releasing)
            kernel.store(kernelOnly ? bench_kill_and_wait(pid) : Int64(kill(pid, SIGKILL)), ordering: .releasing)
            done.signal()
            seen.wait()
        }.start()
        var ended: UInt64 = 0
        do {
            _ = try executor.invoke(contract, MethodRequest("spin"), bucket: bucket, limits: limits, on: store)
            fatalError("an endless loop came back")
        } catch {
            ended = nanoseconds()
            guard (error as? ExecutorError)?.kind == "killedOutside" else { fatalError("\(error)") }
        }
        done.wait()
        seen.signal()
        // Until it is reaped, so that the next one is not taken for it.
        while kill(pid, 0) == 0 { usleep(100) }
        return Double(kernelOnly ? UInt64(kernel.load(ordering: .acquiring)) : ended - killed.load(ordering: .acquiring))
    }
}

if setting == "many" {
    try Crowd(
        executor: executor, contract: contract, callerCount: callerCount, milliseconds: milliseconds, clockCost: clockCost,
        bucket: bucket,
        limits: limits
    ).run()
    executor.shutDown()
    exit(0)
}
for _ in 0..<rounds {
    if wanted("death") {
        for _ in 0..<5 {
            add("death: kill -9 to the caller's error", try deathSamples(20, kernelOnly: false))
            add("  the kernel's part: kill -9 to the pidfd readable", try deathSamples(20, kernelOnly: true))
        }
    }
    if wanted("empty") {
        var inner: [Double] = []
        add(
            "empty invocation, synchronous",
            try (0..<5000).map { _ in
                try elapsed { inner.append(Double(try invoke("empty").timing.executeNanoseconds)) } - clockCost
            })
        add("  of it on the worker (Timing.execute)", inner)
    }
    if wanted("null") {
        for _ in 0..<2 { _ = try invoke("gets", on: null) }
        add("null syscall through the host", null.intervals().map { $0 - clockCost })
    }
    if wanted("page") {
        for _ in 0..<2 { _ = try invoke("gets", on: page) }
        add("get of 4 KiB", page.intervals().map { $0 - clockCost })
    }
    if wanted("get") {
        add("get, in-memory store", try (0..<10).map { _ in try elapsed { _ = try invoke("gets") } / Double(callCount) })
    }
    for method in ["puts_repeated", "puts_distinct"] where wanted(method) {
        add(
            method.replacing("_", with: ", "),
            try (0..<10).map { _ in try elapsed { _ = try invoke(method) } / Double(callCount) })
    }
    if wanted("async") { add("empty invocation, async (two hops)", asyncSamples(1000)) }
}
if wanted("start"), setting == "free" {
    for _ in 0..<rounds {
        add(
            "worker start (warm zygote, sealed, confirmed)",
            try (0..<10).map { _ in
                let other = try Executor()
                defer { other.shutDown() }
                let first = try other.load(wasm), second = try other.load(wasm, schedule: .unit)
                _ = try other.invoke(first, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
                // The second worker of an executor is what a pool pays; the first also starts the zygote.
                return Double(
                    try other.invoke(second, MethodRequest("empty"), bucket: bucket, limits: limits, on: store).timing
                        .spawnNanoseconds)
            })
    }
}
for figure in figures {
    let p50 = figure.rounds.map { percentile($0, 0.5) }, p99 = figure.rounds.map { percentile($0, 0.99) }
    let samples = figure.rounds.first?.count ?? 0
    print(
        "{\"what\":\"\(figure.name)\",\"setting\":\"\(setting)\",\"p50\":\(Int(percentile(p50, 0.5))),\"best\":\(Int(p50.min() ?? 0)),"
            + "\"p99\":\(Int(percentile(p99, 0.5))),\"rounds\":\(figure.rounds.count),\"samples\":\(samples)}")
}
executor.shutDown()
