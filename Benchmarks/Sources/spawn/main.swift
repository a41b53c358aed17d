// SPDX-License-Identifier: Apache-2.0
// Starts of workers from a warm zygote, through the public library: each invocation gets a worker of its own. One line "N" on standard
// input is N starts, answered by one line of nanoseconds each, so that Benchmarks/spawn can interleave them with other sandboxes;
// the line "idle N" makes N sealed workers that stay until the next line.
//   spawn CONTRACT.wasm [strict|container|minimal]

import Foundation
import XVMExecutor

let wasm = [UInt8](try Data(contentsOf: URL(filePath: CommandLine.arguments[1])))
var configuration = Configuration()
configuration.floor = CommandLine.arguments.count > 2 ? Floor(rawValue: CommandLine.arguments[2])! : .strict
configuration.pool.isOneContextOnly = true
let executor = try Executor(configuration)
let contract = try executor.load(wasm)
let store = MemoryStore()
func start() throws -> Int64 {
    let execution = try executor.invoke(
        contract, MethodRequest("empty"), bucket: Array("spawn".utf8), limits: InvocationLimits(gas: 1 << 40), on: store)
    return execution.timing.spawnNanoseconds
}

/// Microseconds between two starts: a zygote that has had time to make the next blank is a warm one.
let pause: UInt32 = 3000
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
_ = try start()
say("ready")
while let line = readLine() {
    if line.hasPrefix("idle ") {
        let count = Int(line.dropFirst(5)) ?? 1
        configuration.pool.isOneContextOnly = false
        configuration.pool.workersPerContractMax = count
        configuration.pool.workerCountMax = count
        let keeping = try Executor(configuration)
        try keeping.warm(contract, workerCount: count)
        say("idle")
        _ = readLine()
        keeping.shutDown()
        continue
    }
    var times: [String] = []
    for _ in 0..<(Int(line) ?? 0) {
        usleep(pause)
        times.append("\(try start())")
    }
    say(times.joined(separator: " "))
}
executor.shutDown()
