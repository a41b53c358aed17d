// SPDX-License-Identifier: Apache-2.0
// The supervisor under hostile workers for very many frames: each posts thousands, then breaks the protocol in a way of its seed's choice.
// XVM_FRAMES=1000000 swift test --filter HostileFramesTests, also with --sanitize=address.

import Foundation
import Testing
import XVMWire

@testable import XVMSupervisor

@Suite struct HostileFramesTests {
    private static let frameCount = ProcessInfo.processInfo.environment["XVM_FRAMES"].flatMap { Int($0) } ?? 20_000
    private static let seed = ProcessInfo.processInfo.environment["XVM_SEED"].flatMap { UInt64($0) } ?? 1

    /// Resident bytes of this process.
    private func resident() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * 4096
    }

    @Test(
        "workers that post thousands of frames and then break the protocol end as what they did; the host neither stops nor grows"
    )
    func frames() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        var frames = 0
        var workers: UInt64 = 0
        var causes: [String: Int] = [:]
        var early: Int?
        while frames < Self.frameCount {
            workers += 1
            let worker = try Attack.worker("ring_seeded", of: supervisor)
            defer { worker.kill() }
            let handler = Answering()
            // A lie may turn out to be none (a call that the kernel runs past filters, a tail that was not seen yet): then it is a worker that
            // says nothing more, and ends at the deadline.
            switch try Attack.run(worker, [Self.seed &+ workers, 4000], handler: handler, deadlineNanoseconds: 5_000_000_000) {
            case .returned(let ending): causes["returned \(ending.kind)", default: 0] += 1
            case .died(let cause):
                causes[String("\(cause)".prefix { $0 != "(" }), default: 0] += 1
            }
            #expect(handler.posted > 0)
            frames += handler.posted
            // Buffers and the allocator have their size after the first few.
            if workers == 5 { early = try resident() }
        }
        let late = try resident()
        print(
            "\(frames) frames of \(workers) workers, seed \(Self.seed): \(causes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })"
        )
        if let early {
            print("resident: \(early >> 10) KiB after five workers, \(late >> 10) KiB in the end")
            // Other tests of this process may run beside this one, so the bound is only meant where it runs alone.
            if Self.frameCount >= 1_000_000 { #expect(late - early < 32 << 20) }
        }
        #expect(try Attack.fate(of: "honest", [40, 2]).result == 42)
    }
}
