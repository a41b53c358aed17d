// SPDX-License-Identifier: Apache-2.0
// The generator of hostile machine code: it makes every kind of attack, and every kind of death comes of them. XVM_MACHINE gives the number
// of attacks.

import Foundation
import Synchronization
import Testing
import XVMWire

@testable import XVMFuzz

@Suite struct MachineTests {
    private static let count = ProcessInfo.processInfo.environment["XVM_MACHINE"].flatMap { Int($0) } ?? 300

    @Test("attacks from a seed end as what they are, none survives, and each kind of them and of deaths comes up")
    func kinds() throws {
        let table = Mutex<[String: [String: Int]]>([:])
        var subject = MachineSubject()
        subject.seen = { kind, end in table.withLock { $0[kind, default: [:]][end, default: 0] += 1 } }
        let target = FuzzTarget.machine(subject)
        let check: FuzzTarget.Check
        do { check = try target.open() } catch is TargetUnavailable { return }
        let generate = try #require(target.generate)
        var random = FuzzRandom(seed: 11)
        for _ in 0..<Self.count { try check(generate(&random)) }
        let seen = table.withLock { $0 }
        for (kind, ends) in seen.sorted(by: { $0.key < $1.key }) {
            print("machine: \(kind): \(ends.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
        }
        let kinds: Set = [
            "call", "permitted", "foreign", "worker", "middle", "privileged", "return", "smash", "stack", "store", "data",
            "state",
            "exit",
        ]
        #expect(kinds.subtracting(seen.keys).isEmpty)
        let ends = Set(seen.values.flatMap(\.keys))
        #expect(Set(["violation", "foreign", "signal", "exited", "trapped", "returned"]).subtracting(ends).isEmpty)
    }

    @Test("what an attack must end as is told by a reading of the run policy of its own")
    func claims() {
        func claim(_ number: UInt64, _ arguments: [UInt64]) -> MachineClaim {
            MachineCode.claim(number: number, arguments + Array(repeating: 0, count: 6 - arguments.count))
        }
        #expect(claim(39, []).calls == [39] && !claim(39, []).isOpen)
        #expect(claim(1 << 32 | 39, []).calls == [39])
        #expect(claim(0x4000_0027, []).isForeign && claim(0x8000_0000, []).isForeign && claim(.max, []).calls == [-1])
        #expect(claim(202, [0x1001_0000_0080, 1, 1]).isOpen && claim(202, [0x1001_0000_0080, 1, 2]).calls == [202])
        #expect(claim(10, [0x2000_0000_0000, 4096, 3]).isOpen && claim(10, [0x2000_0000_0000, 4096, 7]).calls == [10])
        #expect(claim(231, [7 | 1 << 32]).status == 7 && claim(231, [139]).signals == [SIGSEGV])
    }
}
