// SPDX-License-Identifier: Apache-2.0
// The supervisor under hostile workers for very many frames: each posts thousands by a seed, then breaks the protocol in one of all the
// ways of the W list (sandbox reference, section 16), one after the other. Each must be told as what it did.
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

    /// The ways of Tests/Hostile/ring_seeded.c, in its order.
    enum Way: UInt64, CaseIterable {
        case tailBeyond, tailBackwards, tailUnaligned, tailAnywhere, tailPlus4GiB, tailLowHalf
        case lengthZero, lengthAboveMax, lengthAllOnes, lengthAny, lengthUnpublished, lengthOdd, innerLength
        case racedLength, racedHeader, racedPayload
        case hostType, unknownType, flags, sequence, correlation, outcomeOfAnother, outcomeRandom, outcomeTwice, asksTwice,
            padWrong
        case pieceOfALog, pieceShort, pieceInterrupted
        case overtakes, neverTakesAnswers, asksForEver
        case spins, sleeps, drips
        case diesByExit, diesByStore, diesByCall
        case wakes
        case sealedAgain, failedLate
        case flips

        /// Long where nothing but the breach may end it.
        var deadlineNanoseconds: UInt64 {
            switch self {
            case .spins, .sleeps, .drips, .asksForEver: 300_000_000
            case .racedLength, .racedHeader, .racedPayload, .overtakes, .wakes, .flips: 1_000_000_000
            default: 60_000_000_000
            }
        }

        func isRight(_ fate: Fate) -> Bool {
            let isLate = fate == .died(.wallDeadline(nanoseconds: deadlineNanoseconds))
            switch self {
            case .spins, .sleeps, .drips, .asksForEver: return isLate
            // One snapshot or the other; who is faster; how many wakes the host was there for.
            case .racedLength, .racedHeader, .racedPayload, .overtakes, .wakes, .flips: return isLate || fate.breach != nil
            // The host may look at what it published before it is dead, or after.
            case .diesByExit:
                if case .died(.exited) = fate { return true }
                return fate.breach != nil
            case .diesByStore: return fate == .died(.signal(SIGSEGV)) || fate.breach != nil
            case .diesByCall: return fate.violation?.number == 39 || fate.breach != nil
            // The first one counts; the second is a breach when the next invocation is due.
            case .outcomeTwice:
                if case .returned = fate { return true }
                return false
            default: return fate.breach != nil
            }
        }
    }

    @Test(
        "workers that post thousands of frames and then break the protocol in every way of the list end as what they did; the host neither stops nor grows"
    )
    func frames() throws {
        let supervisor = try Fixture.supervisor()
        defer { supervisor.shutDown() }
        var frames = 0
        var workers: UInt64 = 0
        var causes: [String: Int] = [:]
        var early: Int?
        // Every way at least once; few frames each where there are few in all.
        let each = UInt64(min(4000, max(16, Self.frameCount / Way.allCases.count)))
        while frames < Self.frameCount || workers < Way.allCases.count {
            let way = Way.allCases[Int(workers % UInt64(Way.allCases.count))]
            workers += 1
            let worker = try Attack.worker("ring_seeded", of: supervisor)
            defer { worker.kill() }
            let handler = Answering()
            let fate = try Attack.run(
                worker, [Self.seed &+ workers, each, way.rawValue], handler: handler, deadlineNanoseconds: way.deadlineNanoseconds
            )
            #expect(way.isRight(fate), "\(way), seed \(Self.seed &+ workers): \(fate)")
            if way == .outcomeTwice {
                #expect(try Attack.run(worker, [1, each, way.rawValue], handler: handler).breach != nil)
            }
            switch fate {
            case .returned: causes["returned", default: 0] += 1
            case .died(let cause): causes[String("\(cause)".prefix { $0 != "(" }), default: 0] += 1
            }
            frames += handler.posted
            // Buffers and the allocator have their size after each way has been seen.
            if workers == Way.allCases.count { early = try resident() }
        }
        let late = try resident()
        print(
            "\(frames) frames of \(workers) workers in \(Way.allCases.count) ways, seed \(Self.seed): \(causes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })"
        )
        if let early {
            print("resident: \(early >> 10) KiB when each way has been seen once, \(late >> 10) KiB in the end")
            // Other tests of this process may run beside this one, so the bound is only meant where it runs alone.
            if Self.frameCount >= 1_000_000 { #expect(late - early < 32 << 20) }
        }
        #expect(try Attack.fate(of: "honest", [40, 2]).result == 42)
    }
}
