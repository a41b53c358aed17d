// SPDX-License-Identifier: Apache-2.0
// Latencies through the public library: a worker's start, an empty invocation on a warm worker, one GetObject round trip.
//   latency LATENCY.wasm    (Benchmarks/run builds it)

import Foundation
import XVMExecutor

let getCount = 10000.0  // as in kernels/latency.c

func percentile(_ values: [Double], _ part: Double) -> Double {
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
}
func report(_ what: String, _ values: [Double]) {
    let p50 = percentile(values, 0.5), p99 = percentile(values, 0.99)
    print(what + String(repeating: " ", count: max(1, 44 - what.count)) + String(format: "p50 %9.2f us   p99 %9.2f us   n %d", p50, p99, values.count))
}
func microseconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1000
}

let wasm = [UInt8](try Data(contentsOf: URL(filePath: CommandLine.arguments[1])))
let store = MemoryStore()
let bucket = Array("latency".utf8)
let limits = InvocationLimits(gas: 1 << 61)

var starts: [Double] = []
for _ in 0..<50 {
    // A new executor each time would also start a zygote; the second worker of one executor is what a pool pays.
    let executor = try Executor()
    let contract = try executor.load(wasm)
    _ = try executor.invoke(contract, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
    let other = try executor.load(wasm, schedule: .unit)
    let execution = try executor.invoke(other, MethodRequest("empty"), bucket: bucket, limits: limits, on: store)
    starts.append(Double(execution.timing.spawnNanoseconds) / 1000)
    executor.shutDown()
}
report("worker start (warm zygote, sealed, confirmed)", starts)

let executor = try Executor()
let contract = try executor.load(wasm)
for method in ["empty", "gets"] {
    _ = try executor.invoke(contract, MethodRequest(method), bucket: bucket, limits: limits, on: store)
}
var empties: [Double] = []
for _ in 0..<5000 {
    empties.append(
        try microseconds { _ = try executor.invoke(contract, MethodRequest("empty"), bucket: bucket, limits: limits, on: store) })
}
report("empty invocation, synchronous, warm worker", empties)

var gets: [Double] = []
for _ in 0..<50 {
    let time = try microseconds {
        _ = try executor.invoke(contract, MethodRequest("gets"), bucket: bucket, limits: limits, on: store)
    }
    gets.append(time / getCount)
}
report("one GetObject round trip (mean of 10000 each)", gets)
executor.shutDown()
