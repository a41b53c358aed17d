// SPDX-License-Identifier: Apache-2.0
// Our side of scripts/differential: loads modules and runs lists of calls in sandboxed workers, one JSON line per module and setup.
//   differential CACHE_FOLDER THREADS    jobs on the standard input, one per line:
//   {"id": "7", "wasm": "/path/7.wasm", "setups": [":xuper", "gcc:unit"], "calls": [["name", "i32:1", "i64:2"], ...]}
// A setup is COMPILER:SCHEDULE. A compiler is a path, or nothing for the product's own choice. Every call runs twice; one that returned runs again with exactly the gas
// it used, and with one less.

import Foundation
import Synchronization
import XVMExecutor

struct Job: Decodable, Sendable {
    var id: String
    var wasm: String
    var setups: [String]
    var calls: [[String]]
}
struct Answer: Encodable {
    var id: String
    var setup: String
    /// Why the module could not be loaded.
    var refused: String?
    var compileMilliseconds = 0
    /// Per call: how it ended, and the results or the text.
    var calls: [[String]] = []
    /// Per call: its gas, -1 unless it returned.
    var gas: [Int64] = []
    /// What was not the same in a second run, or with just enough or too little gas.
    var unstable: [String] = []
}
struct Setup: Sendable {
    var text: String
    var compiler: String?
    var schedule: GasScheduleSource

    init(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        precondition(parts.count == 2, "a setup is COMPILER:SCHEDULE, not \(text)")
        self.text = text
        compiler = parts[0].isEmpty ? nil : parts[0]
        schedule = GasScheduleSource(parts[1])
    }
}

/// Far above what a module that ends within the deadline can use.
let plenty: Int64 = 1 << 61

func run(_ executor: Executor, _ contract: Contract, _ call: [String], gas: Int64) -> (ending: [String], gas: Int64) {
    do {
        let execution = try executor.call(
            contract, export: Array(call[0].utf8), arguments: Array(call.dropFirst()),
            limits: InvocationLimits(gas: gas, deadlineNanoseconds: 30_000_000_000))
        switch execution.status {
        case .returned: return (["returned"] + execution.results.map(\.description), execution.gasUsed)
        case .trapped(let trap): return (["trapped", "\(trap)"], -1)
        default: return (["\(execution.status)"], -1)
        }
    } catch {
        return (["error", "\(error)"], -1)
    }
}

func answer(_ job: Job, _ setup: Setup, _ executor: Executor) -> Answer {
    var answer = Answer(id: job.id, setup: setup.text)
    do {
        let wasm = [UInt8](try Data(contentsOf: URL(filePath: job.wasm)))
        let start = DispatchTime.now().uptimeNanoseconds
        let contract = try executor.load(wasm, schedule: setup.schedule, name: job.id)
        answer.compileMilliseconds = Int((DispatchTime.now().uptimeNanoseconds - start) / 1_000_000)
        for call in job.calls {
            let first = run(executor, contract, call, gas: plenty)
            let again = run(executor, contract, call, gas: plenty)
            if first != again { answer.unstable.append("\(call): \(first), then \(again)") }
            if first.gas >= 0 {
                let exact = run(executor, contract, call, gas: first.gas)
                if exact != first { answer.unstable.append("\(call): \(first), with exactly its gas \(exact)") }
                if first.gas > 0 {
                    let short = run(executor, contract, call, gas: first.gas - 1)
                    if short.ending != ["outOfGas"] { answer.unstable.append("\(call): \(first), with one gas less \(short)") }
                }
            }
            answer.calls.append(first.ending)
            answer.gas.append(first.gas)
        }
    } catch {
        answer.refused = "\(error)"
    }
    return answer
}

let input = Mutex(())
let output = Mutex(())

/// Takes jobs until there is none.
func serve(cache: String) throws {
    // A worker stays with its executor: a new executor now and then, so that they do not pile up.
    let modulesPerExecutor = 25
    var executors: [String?: Executor] = [:]
    func shutDown() {
        for executor in executors.values { executor.shutDown() }
        executors = [:]
    }
    defer { shutDown() }
    var count = 0
    while let line = input.withLock({ _ in readLine() }) {
        if count % modulesPerExecutor == 0 { shutDown() }
        count += 1
        let job = try JSONDecoder().decode(Job.self, from: Data(line.utf8))
        for setup in job.setups.map(Setup.init) {
            if executors[setup.compiler] == nil {
                var configuration = Configuration()
                configuration.cachePath = cache
                configuration.compilerPath = setup.compiler
                executors[setup.compiler] = try Executor(configuration)
            }
            let data = try JSONEncoder().encode(answer(job, setup, executors[setup.compiler]!)) + Data([10])
            try output.withLock { _ in try FileHandle.standardOutput.write(contentsOf: data) }
        }
    }
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let threads = Int(arguments[2]) else {
    print("usage: differential CACHE_FOLDER THREADS")
    exit(2)
}
let cache = arguments[1]
DispatchQueue.concurrentPerform(iterations: threads) { [cache] _ in
    do {
        try serve(cache: cache)
    } catch {
        FileHandle.standardError.write(Data("differential: \(error)\n".utf8))
        exit(1)
    }
}
