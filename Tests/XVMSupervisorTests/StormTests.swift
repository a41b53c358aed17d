// SPDX-License-Identifier: Apache-2.0
// Crashing, violating, lying and spinning contracts, all at once, and an honest one beside them on the same supervisor. XVM_STORM gives
// their number (scripts/storm: 1000) and asks for the latencies, too.

import CXVMSandbox
import Foundation
import Synchronization
import Testing
import XVMElf
import XVMSystem
import XVMWire

@testable import XVMSupervisor

@Suite(.serialized) struct StormTests {
    /// What an attack must be told as.
    private struct Kind: Sendable {
        var name: String
        var deadline: UInt64 = 30_000_000_000
        var isRight: @Sendable (Death.Cause) -> Bool
    }

    private static func violation(_ cause: Death.Cause, _ number: Int32) -> Bool {
        if case .violation(let violation?) = cause { violation.number == number && !violation.isForgeable } else { false }
    }

    private static let spinNanoseconds: UInt64 = 50_000_000
    private static let kinds: [Kind] = [
        Kind(name: "spin", deadline: spinNanoseconds) { $0 == .wallDeadline(nanoseconds: spinNanoseconds) },
        Kind(name: "null_pointer") { $0 == .signal(SIGSEGV) },
        Kind(name: "openat") { violation($0, 257) },
        Kind(name: "int80") { $0 == .violation(nil) },
        Kind(name: "spin", deadline: spinNanoseconds) { $0 == .wallDeadline(nanoseconds: spinNanoseconds) },
        Kind(name: "write_host_ring") { $0 == .signal(SIGSEGV) },
        Kind(name: "fork") { violation($0, 57) },
        Kind(name: "exit_quietly") { $0 == .exited(status: 0) },
        Kind(name: "tail_lie") { if case .protocolBreach = $0 { true } else { false } },
        Kind(name: "x32") { $0 == .violation(nil) },
    ]

    /// Threads that run attacks; so many spin at most at the same time.
    private static let threadCount = 4

    /// Calls of the honest worker, at least one, until `isOver`; in nanoseconds each.
    private static func serve(_ worker: Worker, until isOver: () -> Bool) throws -> [Int64] {
        var times: [Int64] = []
        repeat {
            let begin = xvm_system_monotonic_nanoseconds()
            let fate = try Attack.run(worker, [40, 2])
            times.append(xvm_system_monotonic_nanoseconds() - begin)
            guard fate.result == 42 else {
                Issue.record("call \(times.count) of the honest contract: \(fate)")
                return times
            }
        } while !isOver()
        return times
    }

    private static func percentile(_ times: [Int64], _ part: Double) -> Int64 {
        let sorted = times.sorted()
        return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
    }

    @Test(
        "a storm of crashing, violating, lying and spinning contracts: each death is told as it was, an honest one answers all its calls"
    )
    func storm() throws {
        let wanted = ProcessInfo.processInfo.environment["XVM_STORM"].flatMap { Int($0) }
        let count = wanted ?? 40
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        // One sealed object each, as contracts have it.
        let elves = try Dictionary(
            Set(Self.kinds.map(\.name)).map { ($0, try Attack.elf($0)) }, uniquingKeysWith: { first, _ in first })
        let honest = try Attack.worker("honest", of: supervisor)
        defer { honest.kill() }

        let next = Atomic<Int>(0)
        let wrong = Mutex<[String]>([])
        let startsRefused = Atomic<Int>(0)
        let begin = xvm_system_monotonic_nanoseconds()
        let threads = try (0..<Self.threadCount).map { index in
            try NativeThread(name: "storm-\(index)") {
                while true {
                    let number = next.add(1, ordering: .relaxed).oldValue
                    guard number < count else { return }
                    let kind = Self.kinds[number % Self.kinds.count]
                    do {
                        let worker = try Fixture.worker(elf: elves[kind.name]!, of: supervisor)
                        let fate = try Attack.run(worker, [], deadlineNanoseconds: kind.deadline, entry: 0)
                        worker.kill()
                        guard case .died(let cause) = fate, kind.isRight(cause) else {
                            wrong.withLock { $0.append("\(number) \(kind.name): \(fate)") }
                            continue
                        }
                    } catch {
                        startsRefused.add(1, ordering: .relaxed)
                        wrong.withLock { $0.append("\(number) \(kind.name) did not start: \(error)") }
                    }
                }
            }
        }
        let during = try Self.serve(honest) { next.load(ordering: .relaxed) >= count }
        for thread in threads { thread.join() }
        let seconds = Double(xvm_system_monotonic_nanoseconds() - begin) / 1e9
        #expect(wrong.withLock { $0 }.isEmpty, "\(wrong.withLock { $0.prefix(5).joined(separator: "; ") })")
        #expect(!during.isEmpty && honest.isAlive)
        #expect(supervisor.workerCount == 1)

        guard wanted != nil else { return }
        // The same calls beside as many native loops, for as long.
        let isOver = Atomic<Bool>(false)
        let loops = try (0..<Self.threadCount).map { index in
            try NativeThread(name: "busy-\(index)") { while !isOver.load(ordering: .relaxed) {} }
        }
        let end = xvm_system_monotonic_nanoseconds() + Int64(seconds * 1e9)
        let beside = try Self.serve(honest) { xvm_system_monotonic_nanoseconds() >= end }
        isOver.store(true, ordering: .relaxed)
        for loop in loops { loop.join() }
        let (p99, native) = (Self.percentile(during, 0.99), Self.percentile(beside, 0.99))
        var load = [0.0, 0.0, 0.0]
        _ = unsafe getloadavg(&load, 3)
        print(
            "storm: \(count) deaths in \(String(format: "%.1f", seconds)) s, \(wrong.withLock { $0.count }) told wrongly; honest calls "
                + "\(during.count), p50 \(Self.percentile(during, 0.5) / 1000) us, p99 \(p99 / 1000) us; beside \(Self.threadCount) native "
                + "loops \(beside.count), p50 \(Self.percentile(beside, 0.5) / 1000) us, p99 \(native / 1000) us; ratio of p99 "
                + String(format: "%.2f, load average %.2f", Double(p99) / Double(max(1, native)), load[0]))
        #expect(p99 <= 3 * native, "p99 \(p99) ns in the storm, \(native) ns beside native loops")
    }
}
