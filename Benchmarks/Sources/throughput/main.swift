// SPDX-License-Identifier: Apache-2.0
// Counter transactions: each executed in a worker, checked for conflicts, committed durably in blocks. Interim: by the store's interface.
import Foundation
import Synchronization
import XVMExecutor

let count = Int(CommandLine.arguments.dropFirst(2).first ?? "20000")!
let threads = Int(CommandLine.arguments.dropFirst(3).first ?? "2")!
let wasm = [UInt8](try Data(contentsOf: URL(filePath: CommandLine.arguments[1])))
var configuration = Configuration()
let executor = try Executor(configuration)
let contract = try executor.load(wasm)
let bucket = Array("counter".utf8)
let folder = (CommandLine.arguments.dropFirst(4).first ?? "/tmp/throughput-state")
try? FileManager.default.removeItem(atPath: folder)
func run(_ name: String, _ store: any StateStore, _ key: @escaping @Sendable (Int) -> String) throws {
    let next = Atomic<Int>(0)
    let done = Mutex<[Commit]>([])
    let start = DispatchTime.now().uptimeNanoseconds
    let group = DispatchGroup()
    let total = Atomic<Int>(0)
    let commitTime = Atomic<Int>(0)
    let execTime = Atomic<Int>(0)
    for _ in 0..<threads {
        group.enter()
        Thread.detachNewThread {
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                if index >= count { break }
                let t = DispatchTime.now().uptimeNanoseconds
                let execution = try! executor.invoke(
                    contract, MethodRequest("increase", arguments: ["key": key(index)]), bucket: bucket, on: store)
                execTime.wrappingAdd(Int(DispatchTime.now().uptimeNanoseconds - t), ordering: .relaxed)
                let commit = try! Commit(
                    id: execution.transactionID, reads: execution.outcome.reads, writes: execution.outcome.writes)
                let batch: [Commit]? = done.withLock { done in
                    done.append(commit)
                    guard done.count == 256 else { return nil }
                    defer { done = [] }
                    return done
                }
                if let batch {
                    let t = DispatchTime.now().uptimeNanoseconds
                    let results = try! store.commit(batch, allOrNothing: false)
                    commitTime.wrappingAdd(Int(DispatchTime.now().uptimeNanoseconds - t), ordering: .relaxed)
                    total.wrappingAdd(
                        results.filter { if case .committed = $0 { true } else { false } }.count, ordering: .relaxed)
                }
            }
            group.leave()
        }
    }
    group.wait()
    let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
    let n = total.load(ordering: .relaxed)
    print(
        String(
            format: "%-20@ %8.0f tx/s committed %d; invoke mean %.1f us, commit per block %.2f ms", name as NSString,
            Double(n) / seconds, n,
            Double(execTime.load(ordering: .relaxed)) / 1000 / Double(count),
            Double(commitTime.load(ordering: .relaxed)) / 1e6 / Double(max(1, n / 256))))
}
for _ in 0..<2 {
    try? FileManager.default.removeItem(atPath: folder)
    try run("memory", MemoryStore()) { "key\($0)" }
    try run("logged", try LoggedStore(path: folder)) { "key\($0)" }
    try? FileManager.default.removeItem(atPath: folder)
    try run("lmdb", try LMDBStore(path: folder)) { "key\($0)" }
}
executor.shutDown()
