// SPDX-License-Identifier: Apache-2.0
// Workers that speak the ring by hand, beside an honest contract on the same executor. What each lie ends in: XVMSupervisorTests.

import Synchronization
import TestSupport
import Testing
import XVMExecutor

@Suite struct HostileWorkerTests {
    /// A program of Tests/Hostile, how long it may take, and what its invocation may end as.
    private static let programs: [(name: String, deadline: UInt64, kinds: Set<String>)] = [
        ("spin", 100_000_000, ["deadline"]),
        // A drip or a flood comes to the limit of log lines, or to the deadline before.
        ("ring_drip", 100_000_000, ["deadline", "protocolBreach"]),
        ("ring_flood", 100_000_000, ["deadline", "protocolBreach"]),
        ("tail_lie", 60_000_000_000, ["protocolBreach"]),
        ("tail_backwards", 60_000_000_000, ["protocolBreach"]),
        ("ring_wakes", 200_000_000, ["deadline", "protocolBreach"]),
        ("exit_quietly", 60_000_000_000, ["exited"]),
    ]

    /// Attacks that have not ended.
    private final class Left: Sendable {
        let count: Atomic<Int>
        init(_ count: Int) { self.count = Atomic(count) }
    }

    // Goal: all of them at once, each on a lane of its own, twice; the honest contract is called all the time, and every call counts.
    @Test(
        "a worker that never answers, drips, floods, lies about its indices or leaves costs its own invocation: an honest contract answers every call"
    )
    func besideHonest() async throws {
        let setup = try EndToEnd { $0.laneCount = 2 * Self.programs.count + 2 }
        let honest = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let store = MemoryStore()
        try setup.run(honest, "initialize", on: store)
        let left = Left(2 * Self.programs.count)
        let executor = setup.executor
        let attacks = try (0..<2).flatMap { _ in
            try Self.programs.map { program in
                let contract = try executor.load(hostileObject(program.name), name: program.name)
                return Task { () -> (name: String, kind: String?) in
                    defer { left.count.subtract(1, ordering: .releasing) }
                    let limits = InvocationLimits(gas: 1000, deadlineNanoseconds: program.deadline)
                    do {
                        _ = try await executor.invoke(
                            contract, MethodRequest("attack"), bucket: utf8("bad"), limits: limits, on: MemoryStore())
                        return (program.name, nil)
                    } catch { return (program.name, (error as? ExecutorError)?.kind) }
                }
            }
        }
        var callCount = 0
        repeat {
            var execution = try await executor.invoke(
                honest, MethodRequest("increase"), bucket: utf8("test"),
                limits: InvocationLimits(deadlineNanoseconds: 60_000_000_000), on: store)
            try executor.commit(&execution, to: store)
            #expect(execution.outcome.status == .returned)
            callCount += 1
        } while left.count.load(ordering: .acquiring) > 0
        for attack in attacks {
            let (name, kind) = await attack.value
            let program = try #require(Self.programs.first { $0.name == name })
            #expect(kind.map { program.kinds.contains($0) } == true, "\(name) ended as \(kind ?? "an outcome")")
        }
        let answer = try setup.run(honest, "get", on: store)
        #expect(text(answer.body) == "\(callCount)")
    }
}
