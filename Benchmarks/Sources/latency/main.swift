// SPDX-License-Identifier: Apache-2.0
// Latencies through the public library: a worker's start, an empty invocation on a warm worker (synchronous, and async with its hops),
// a null syscall. Each figure is a median of several rounds, interleaved.
//   latency LATENCY.wasm [start|empty|async|get] [rounds]    (Benchmarks/run builds it)

import Foundation
import XVMExecutor

let getCount = 10000.0  // as in kernels/latency.c

func percentile(_ values: [Double], _ part: Double) -> Double {
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
}
func nanoseconds() -> UInt64 { DispatchTime.now().uptimeNanoseconds }
func microseconds(_ body: () throws -> Void) rethrows -> Double {
    let start = nanoseconds()
    try body()
    return Double(nanoseconds() - start) / 1000
}
/// The samples of each round; the report is the median of the rounds' percentiles.
struct Series {
    var rounds: [[Double]] = []
    func report(_ what: String) {
        let p50 = percentile(rounds.map { percentile($0, 0.5) }, 0.5), p99 = percentile(rounds.map { percentile($0, 0.99) }, 0.5)
        let best = rounds.map { percentile($0, 0.5) }.min() ?? 0
        print(
            what + String(repeating: " ", count: max(1, 50 - what.count))
                + String(
                    format: "p50 %8.2f us (best round %8.2f)  p99 %8.2f us   %d x %d", p50, best, p99, rounds.count,
                    rounds.first?.count ?? 0))
    }
}

let wasm = [UInt8](try Data(contentsOf: URL(filePath: CommandLine.arguments[1])))
let only = CommandLine.arguments.count > 2 ? CommandLine.arguments[2] : nil
let rounds = CommandLine.arguments.count > 3 ? Int(CommandLine.arguments[3]) ?? 7 : 7
let store = MemoryStore()
let bucket = Array("latency".utf8)
let limits = InvocationLimits(gas: 1 << 61)
var load = [0.0, 0.0, 0.0]
_ = getloadavg(&load, 3)
print(
    String(format: "load average %.2f, %d processors, %d rounds", load[0], ProcessInfo.processInfo.activeProcessorCount, rounds))

func spawnMicroseconds() throws -> Double {
    // A new executor each time would also start a zygote; the second worker of one executor is what a pool pays.
    let executor = try Executor()
    let contract = try executor.load(wasm)
    _ = try executor.invoke(contract, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
    let other = try executor.load(wasm, schedule: .unit)
    let execution = try executor.invoke(other, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
    executor.shutDown()
    return Double(execution.timing.spawnNanoseconds) / 1000
}

let executor = try Executor()
let contract = try executor.load(wasm)
let empty = MethodRequest("empty")
let gets = MethodRequest("gets")
func invoke(_ request: MethodRequest) throws -> Execution {
    try executor.invoke(contract, request, bucket: bucket, limits: limits, on: store)
}
_ = try invoke(empty)
_ = try invoke(gets)
/// In a function: in top-level code the compiler would take the synchronous twin.
func invokeOnLane() async throws {
    _ = try await executor.invoke(contract, empty, bucket: bucket, limits: limits, on: store)
}
try await invokeOnLane()

var starts = Series(), empties = Series(), asyncs = Series(), executes = Series(), calls = Series()
for _ in 0..<rounds {
    if only == nil || only == "start" { starts.rounds.append(try (0..<15).map { _ in try spawnMicroseconds() }) }
    if only == nil || only == "empty" {
        var inner: [Double] = []
        empties.rounds.append(
            try (0..<5000).map { _ in
                try microseconds { inner.append(Double(try invoke(empty).timing.executeNanoseconds) / 1000) }
            })
        executes.rounds.append(inner)
    }
    if only == nil || only == "async" {
        var samples: [Double] = []
        for _ in 0..<2000 {
            let start = nanoseconds()
            try await invokeOnLane()
            samples.append(Double(nanoseconds() - start) / 1000)
        }
        asyncs.rounds.append(samples)
    }
    if only == nil || only == "get" {
        calls.rounds.append(try (0..<20).map { _ in try microseconds { _ = try invoke(gets) } / getCount })
    }
}
if !starts.rounds.isEmpty { starts.report("worker start (warm zygote, sealed, confirmed)") }
if !empties.rounds.isEmpty { empties.report("empty invocation, synchronous, warm worker") }
if !executes.rounds.isEmpty { executes.report("  of it with the worker in hand (Timing.execute)") }
if !asyncs.rounds.isEmpty { asyncs.report("empty invocation, async: one hop in, one out") }
if !calls.rounds.isEmpty { calls.report("one GetObject round trip (means of 10000)") }
executor.shutDown()
