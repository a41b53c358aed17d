// SPDX-License-Identifier: Apache-2.0
// Counter transactions through the whole node: each executed in a worker, checked for conflicts, committed in blocks of 256, without
// signatures. Distinct keys and one key for all; durable behind the commit log, durable by LMDB alone, and in memory.
//   throughput COUNTER.wasm [transactions] [rounds] [threads] [folder]      (Benchmarks/throughput builds it)

import Foundation
import Synchronization
import XVMExecutor

func argument(_ index: Int, _ standard: String) -> String {
    CommandLine.arguments.count > index ? CommandLine.arguments[index] : standard
}
let count = Int(argument(2, "50000"))!
let rounds = Int(argument(3, "3"))!
let folder = argument(5, FileManager.default.currentDirectoryPath + "/.build/throughput-state")
let options: NodeOptions = {
    var options = NodeOptions()
    options.threadCount = Int(argument(4, String(options.threadCount)))!
    return options
}()
let code = [UInt8](try Data(contentsOf: URL(filePath: CommandLine.arguments[1])))
let executor = try Executor()
var load = [0.0, 0.0, 0.0]
_ = getloadavg(&load, 3)
print(
    String(
        format: "load average %.2f, %d processors, %d executor threads, %d transactions in blocks of %d, %d rounds", load[0],
        ProcessInfo.processInfo.activeProcessorCount, options.threadCount, count, options.blockCountMax, rounds))

enum Kind: String, CaseIterable {
    case logged = "commit log + LMDB, synced"
    case lmdb = "LMDB alone, synced"
    case memory = "in memory, not durable"

    func open() throws -> any StateStore {
        try? FileManager.default.removeItem(atPath: folder)
        return switch self {
        case .logged: try LoggedStore(path: folder)
        case .lmdb: try LMDBStore(path: folder)
        case .memory: MemoryStore()
        }
    }
}

struct Sample {
    var perSecond: Double
    var profile: SubmitProfile
    var latencyMilliseconds: Double
}

func measure(_ kind: Kind, distinct: Bool) throws -> Sample {
    let node = try Node(executor, try kind.open(), options: options)
    func transaction(_ method: String, _ number: Int) -> LedgerTransaction {
        LedgerTransaction(
            .invoke(
                contract: Array("counter".utf8), method: Array(method.utf8),
                arguments: [CallArgument(key: Array("key".utf8), value: Array((distinct ? "key \(number)" : "key").utf8))],
                amount: []),
            initiator: Array("bench".utf8), nonce: UInt64(number))
    }
    let deployed = try node.submit(
        LedgerTransaction(
            .deploy(contract: Array("counter".utf8), code: code, arguments: [], account: []), initiator: Array("bench".utf8),
            nonce: 0))
    guard deployed.height != nil else { fatalError("not deployed: \(deployed)") }
    // Workers and caches warm.
    try node.submit((0..<512).map { transaction("increase", 1_000_000 + $0) }) { _ in }
    let transactions = (0..<count).map { transaction("increase", $0) }
    let committedCount = Atomic<Int>(0)
    let start = DispatchTime.now().uptimeNanoseconds
    try node.submit(transactions) { receipts in
        committedCount.wrappingAdd(receipts.filter { $0.height != nil }.count, ordering: .relaxed)
    }
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    guard committedCount.load(ordering: .relaxed) == count else {
        fatalError("\(committedCount.load(ordering: .relaxed)) of \(count) committed")
    }
    // The result is that of the serial order: the counter says so.
    let last = try node.query(
        Array("counter".utf8), Array("get".utf8),
        arguments: [CallArgument(key: Array("key".utf8), value: Array((distinct ? "key \(count - 1)" : "key").utf8))],
        initiator: Array("bench".utf8), gasLimit: 1_000_000)
    let expected = distinct ? "1" : String(count + 512)
    guard last.result.body == Array(expected.utf8) else { fatalError("counter is \(last.result.body), not \(expected)") }
    let profile = node.profile
    return Sample(
        perSecond: Double(count) / seconds, profile: profile,
        latencyMilliseconds: Double(profile.commitNanoseconds) / 1e6 / Double(max(1, profile.blockCount)))
}

var samples: [String: [Sample]] = [:]
var order: [String] = []
for round in 0..<rounds {
    for distinct in [true, false] {
        for kind in Kind.allCases {
            let name = (distinct ? "distinct keys, " : "one key for all, ") + kind.rawValue
            if round == 0 { order.append(name) }
            samples[name, default: []].append(try measure(kind, distinct: distinct))
        }
    }
}
executor.shutDown()
try? FileManager.default.removeItem(atPath: folder)
print(
    "\n| counter transactions | per second, median (best) | executors, us/tx (worker in hand) | settler: waits, settles, encodes, waits for commit, us/tx | commit, us/tx (ms/block) | run again |\n|---|---|---|---|---|---|"
)
for name in order {
    let sorted = samples[name]!.sorted { $0.perSecond < $1.perSecond }
    let median = sorted[sorted.count / 2]
    let p = median.profile
    func each(_ nanoseconds: Int64) -> String { String(format: "%.1f", Double(nanoseconds) / 1000 / Double(count)) }
    print(
        "| \(name) | **\(Int(median.perSecond))** (\(Int(sorted.last!.perSecond))) | \(each(p.executeNanoseconds)) (\(each(p.workerNanoseconds))) | \(each(p.executorWaitNanoseconds)), \(each(p.settleNanoseconds)), \(each(p.draftNanoseconds)), \(each(p.commitWaitNanoseconds)) | \(each(p.commitNanoseconds)) (\(String(format: "%.2f", median.latencyMilliseconds))) | \(p.settledAgainCount) |"
    )
}
