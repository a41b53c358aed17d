// SPDX-License-Identifier: Apache-2.0
// Many callers at the same time, on more workers than there are processors: null syscalls, empty invocations, and the latter as tasks.

import Foundation
import Processes
import Synchronization
import XVMExecutor

/// One caller's, and a store for it that answers every read with nothing and notes when it was asked. One thread at a time uses it; the
/// count alone is read by others. The gaps keep two callers' counts off one cache line.
final class CrowdSlot: ReadOnlyProbe, @unchecked Sendable {
    private let gapBefore = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))
    let count = Atomic<Int>(0)
    /// Nanoseconds of each, the clock's own cost included.
    var times: [Double] = []
    private var last: UInt64 = 0
    private let gapAfter = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))

    init() { times.reserveCapacity(1 << 16) }
    /// One more was answered.
    func note(_ nanoseconds: UInt64) {
        times.append(Double(nanoseconds))
        count.store(count.load(ordering: .relaxed) + 1, ordering: .relaxed)
    }
    /// Before an invocation: the first question of the next one ends no round trip.
    func beginInvocation() { last = 0 }

    func record(bucket: [UInt8], key: [UInt8]) -> Record? {
        let now = nanoseconds()
        if last != 0 { note(now - last) }
        last = now
        return nil
    }
}

/// Callers of one contract that never rest, each with a worker of its own while it calls.
struct Crowd {
    let executor: Executor
    let contract: Contract
    let callerCount: Int
    /// How long each way is looked at.
    let milliseconds: Int
    /// Of one reading of the clock, in nanoseconds.
    let clockCost: Double
    let bucket: [UInt8]
    let limits: InvocationLimits

    /// Prints one JSON line for each way.
    func run() throws {
        try executor.warm(contract, workerCount: callerCount)
        let workers = workerPIDs()
        precondition(workers.count >= callerCount, "\(workers.count) workers for \(callerCount) callers")
        let (executor, contract, bucket, limits) = (executor, contract, bucket, limits)
        let empty: any StateStore = MemoryStore()
        measure("null syscall through the host", workers) { slot, turn in
            turn.onThread {
                slot.beginInvocation()
                _ = try executor.invoke(contract, MethodRequest("gets_few"), bucket: bucket, limits: limits, on: slot)
            }
        }
        measure("empty invocation, synchronous", workers) { slot, turn in
            turn.onThread {
                let start = nanoseconds()
                _ = try executor.invoke(contract, MethodRequest("empty"), bucket: bucket, limits: limits, on: empty)
                slot.note(nanoseconds() - start)
            }
        }
        measure("empty invocation, async (two hops)", workers) { slot, turn in
            turn.asTask {
                let start = nanoseconds()
                _ = try await executor.invoke(contract, MethodRequest("empty"), bucket: bucket, limits: limits, on: empty)
                slot.note(nanoseconds() - start)
            }
        }
    }

    /// Starts all callers and looks at what they got within the time. Processor time and sleeps are this process's and the workers'.
    private func measure(_ what: String, _ workers: [Int32], _ start: (CrowdSlot, CrowdTurn) -> Void) {
        let slots = (0..<callerCount).map { _ in CrowdSlot() }
        let turn = CrowdTurn()
        let slept = sleepCount(workers), used = processorNanoseconds(workers)
        let from = nanoseconds()
        for slot in slots { start(slot, turn) }
        usleep(UInt32(milliseconds) * 1000)
        let counts = slots.map { $0.count.load(ordering: .relaxed) }
        let seconds = Double(nanoseconds() - from) / 1e9
        let processor = Double(processorNanoseconds(workers) - used)
        turn.end()
        let sleeps = Double(sleepCount(workers) - slept)
        let asked = max(1, counts.reduce(0, +)), all = max(1, slots.map { $0.count.load(ordering: .relaxed) }.reduce(0, +))
        let times = slots.flatMap(\.times).sorted()
        func part(_ at: Double) -> Int {
            times.isEmpty ? 0 : Int(max(0, times[min(times.count - 1, Int(Double(times.count) * at))] - clockCost))
        }
        let least = Double((counts.min() ?? 0) * callerCount) / Double(asked)
        print(
            "{\"what\":\"\(what)\",\"bytes\":0,\"rate\":\(Int(Double(asked) / seconds)),\"cpu\":\(Int(processor / Double(asked))),"
                + "\"p50\":\(part(0.5)),\"p99\":\(part(0.99)),\"p999\":\(part(0.999)),\"most\":\(part(1)),"
                + "\"least\":\((least * 1000).rounded() / 1000),\"samples\":\(times.count),"
                + "\"sleeps\":\((sleeps / Double(all) * 1000).rounded() / 1000)}")
    }

    private func processorNanoseconds(_ workers: [Int32]) -> UInt64 {
        workers.map { Processes.processorNanoseconds($0) }.reduce(Processes.processorNanoseconds(getpid()), +)
    }

    /// How often the threads of this process and the workers have slept.
    private func sleepCount(_ workers: [Int32]) -> Int {
        var own = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &own)
        return workers.map { Int(kibibytes("/proc/\($0)/status", "voluntary_ctxt_switches")) }.reduce(own.ru_nvcsw, +)
    }
}

/// One way's callers: they repeat what they do until the end is said, and all are waited for.
final class CrowdTurn: Sendable {
    private let isOver = Atomic(false)
    private let callers = DispatchGroup()

    /// Repeats `body` on a thread of its own.
    func onThread(_ body: @escaping @Sendable () throws -> Void) {
        callers.enter()
        let thread = Thread { [self] in
            do { while !isOver.load(ordering: .relaxed) { try body() } } catch { fatalError("\(error)") }
            callers.leave()
        }
        thread.stackSize = 1 << 19
        thread.start()
    }
    /// Repeats `body` in a task of its own.
    func asTask(_ body: @escaping @Sendable () async throws -> Void) {
        callers.enter()
        Task.detached { [self] in
            do { while !isOver.load(ordering: .relaxed) { try await body() } } catch { fatalError("\(error)") }
            callers.leave()
        }
    }
    func end() {
        isOver.store(true, ordering: .relaxed)
        callers.wait()
    }
}
