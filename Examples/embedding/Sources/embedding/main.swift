// SPDX-License-Identifier: Apache-2.0
// A host process that runs contracts that it does not trust, good and bad, and lives on. One supervisor for all of them.
//   embedding COUNTER.wasm LOOP.wasm OPENAT.so

import Foundation
import XVMExecutor

func read(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

let paths = CommandLine.arguments.dropFirst()
guard paths.count == 3 else {
    print("usage: embedding COUNTER.wasm LOOP.wasm OPENAT.so")
    exit(2)
}
let executor = try Executor()
let store = MemoryStore()
let bucket = Array("counter".utf8)
let counter = try executor.load(read(paths[1]), name: "counter")

/// Runs `increase` and commits it: the host and its other contracts go on, whatever happened before.
func increase() async throws {
    var execution = try await executor.invoke(counter, MethodRequest("increase"), bucket: bucket, on: store)
    try executor.commit(&execution, to: store)
    let body = String(decoding: execution.outcome.body, as: UTF8.self)
    print("  counter \(body)  gas \(execution.outcome.gasUsed)")
}

/// Runs a contract that does not behave and says how it ended.
func attempt(_ what: String, _ path: String, gas: Int64 = 1_000_000, deadline: UInt64 = 10_000_000_000) async throws {
    print(what)
    let contract = try executor.load(read(path), name: what)
    let limits = InvocationLimits(gas: gas, deadlineNanoseconds: deadline)
    do {
        let execution = try await executor.invoke(
            contract, MethodRequest("attack"), bucket: Array("bad".utf8), limits: limits, on: store)
        print("  outcome: \(execution.outcome.status), gas \(execution.outcome.gasUsed)")
    } catch {
        print("  stopped: \(error.kind)\(error.syscall.map { " of \($0)" } ?? "") — \(error.detail)")
    }
    try await increase()
}

print("this process is \(ProcessInfo.processInfo.processIdentifier)")
try await increase()
try await attempt("a module whose machine code tries openat", paths[3])
try await attempt("a module that loops until its gas is gone", paths[2])
try await attempt("a module that loops until its deadline", paths[2], gas: 1 << 61, deadline: 500_000_000)
print("still process \(ProcessInfo.processInfo.processIdentifier), still answering")
executor.shutDown()
