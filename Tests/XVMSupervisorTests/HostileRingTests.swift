// SPDX-License-Identifier: Apache-2.0
// W1-W8: workers that speak the ring by hand, against the real supervisor. The rules themselves are tested in XVMRingTests.

import CXVMSandbox
import Foundation
import Testing
import XVMSystem
import XVMWire

@testable import XVMSupervisor

private let get = UInt64(XVM_FRAME_GET_OBJECT.rawValue)
private let put = UInt64(XVM_FRAME_PUT_OBJECT.rawValue)
private let delete = UInt64(XVM_FRAME_DELETE_OBJECT.rawValue)
private let scan = UInt64(XVM_FRAME_NEW_ITERATOR.rawValue)
private let flush = UInt64(XVM_FRAME_FLUSH.rawValue)
private let log = UInt64(XVM_FRAME_POST_LOG.rawValue)
private let event = UInt64(XVM_FRAME_EMIT_EVENT.rawValue)
private let outcome = UInt64(XVM_FRAME_OUTCOME.rawValue)

@Suite struct HostileRingTests {
    private func expectBreach(
        _ fate: Fate, _ words: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let text = fate.breach
        #expect(text?.contains(words) == true, "\(fate)", sourceLocation: sourceLocation)
        try Attack.expectUnharmed(sourceLocation: sourceLocation)
    }

    /// Value, whether it is stored as it is, and what the breach says.
    static let tails: [(UInt64, UInt64, String)] = [
        (262_160, 0, "exceed the capacity"), (1 << 32, 0, "exceed the capacity"), (1 << 32, 1, "exceed the capacity"),
        (.max, 1, "is not a multiple"), (.max - 15, 1, "exceed the capacity"), (0, 1, "is below the last one"),
        (8, 0, "is not a multiple"), (1, 0, "is not a multiple"), (UInt64(bitPattern: -16), 0, "is below the last one"),
    ]

    @Test("W1: a tail beyond the capacity, backwards, beyond 2^32 or between two frames is a breach", arguments: tails.indices)
    func tail(index: Int) throws {
        let (value, isAbsolute, words) = Self.tails[index]
        try expectBreach(Attack.fate(of: "ring_tail", [value, isAbsolute]), words)
    }

    /// Length, type, flags, error of sequence, error of correlation, bytes published, first two words; what the breach says.
    static let headers: [([UInt64], String)] = [
        // W2: lengths
        ([0, get, 0, 0, 0, 16], "needs 4 bytes"), ([0, put, 0, 0, 0, 16], "needs 4 bytes"),
        ([405, get, 0, 0, 0, 432], "exceeds limit"),
        ([0xffff_ffff, log, 0, 0, 0, 32], "exceeds limit"), ([0xffff_fff0, log, 0, 0, 0, 32], "exceeds limit"),
        ([65521, outcome, 0, 0, 0, 65552], "exceeds limit"), ([1, flush, 0, 0, 0, 32], "exceeds limit"),
        ([4096, put, 0, 0, 0, 32], "bytes published"), ([4101, log, 0, 0, 0, 4128], "exceeds limit"),
        // inner lengths
        ([8, get, 0, 0, 0, 32, 5], "get"), ([8, get, 0, 0, 0, 32, 0xffff_ffff], "get"),
        ([8, get, 0, 0, 0, 32, 0x7fff_ffff], "get"),
        ([8, get, 0, 0, 0, 32, 0], "get"), ([8, put, 0, 0, 0, 32, 4], "put"), ([8, event, 0, 0, 0, 32, 0, 1], "event"),
        ([8, scan, 0, 0, 0, 32, 0, 0], "iterator"), ([7, log, 0, 0, 0, 32, 4], "log"),
        // W4: types, flags, sequence, correlation
        ([8, 0x01, 0, 0, 0, 32], "type 1 "), ([8, 0x02, 0, 0, 0, 32], "type 2 "), ([8, 0x41, 0, 0, 0, 32], "type 65 "),
        ([8, 0x43, 0, 0, 0, 32], "type 67 "), ([8, 0x7f, 0, 0, 0, 32], "type 127 "), ([8, 0xffff, 0, 0, 0, 32], "type 65535 "),
        ([8, log, 1, 0, 0, 32, 4], "flags 1 "), ([8, log, 0x8000, 0, 0, 32, 4], "flags 32768 "),
        ([8, log, 0, 1, 0, 32, 4], "sequence"), ([8, log, 0, 0xffff_ffff, 0, 32, 4], "sequence"),
        ([8, log, 0, 0, 1, 32, 4], "correlation"), ([8, get, 0, 0, 0xffff_ffff, 32, 4], "correlation"),
        ([8, outcome, 0, 0, 7, 32], "correlation"), ([16, 0, 0, 0, 0, 32], "padding"),
        ([262_000, 0, 0, 0, 0, 262_016], "padding"),
    ]

    @Test(
        "W2, W4: a frame with an impossible length, type, flag, sequence or correlation is a breach that says so",
        arguments: headers.indices)
    func header(index: Int) throws {
        let (arguments, words) = Self.headers[index]
        let fate = try Attack.fate(of: "ring_header", arguments, handler: Answering())
        #expect(fate.breach?.lowercased().contains(words) == true, "\(arguments): \(fate)")
        try Attack.expectUnharmed()
    }

    /// The payload's words: ending | trap << 8 | hasOutput << 16, pages, gas (two), status, message size, body size, slot count.
    static let outcomes: [[UInt64]] = [
        [3, 1, 0, 0, 0, 0, 0, 0], [0xff, 1, 0, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0], [1 | 13 << 8, 1, 0, 0, 0, 0, 0, 0],
        [0 | 5 << 8, 1, 0, 0, 0, 0, 0, 0], [2 << 16, 1, 0, 0, 0, 0, 0, 0], [1 << 24, 1, 0, 0, 0, 0, 0, 0],
        [0, 65537, 0, 0, 0, 0, 0, 0], [0, 1, 1001, 0, 0, 0, 0, 0], [0, 1, 0, 1, 0, 0, 0, 0],
        [0, 1, 0xffff_ffff, 0xffff_ffff, 0, 0, 0, 0],
        [2, 1, 5, 0, 0, 0, 0, 0], [1 | 5 << 8, 1, 5, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 1, 0, 0], [0, 1, 0, 0, 0, 0xffff_ffff, 0, 0], [0, 1, 0, 0, 0, 0, 1, 0],
        [0, 1, 0, 0, 0, 0, 0xffff_fff0, 0], [0, 1, 0, 0, 0, 0, 0, 1], [0, 1, 0, 0, 0, 0, 0, 0xffff_ffff],
        [0, 1, 0, 0, 0, 0, 0, 0x2000_0000],
    ]

    @Test("W4: an Outcome with an impossible ending, gas, size or count is a breach", arguments: outcomes)
    func lie(words: [UInt64]) throws {
        let fate = try Attack.fate(of: "ring_outcome", words)
        #expect(fate.breach != nil, "\(fate)")
        try Attack.expectUnharmed()
    }

    @Test("W4: a second Outcome is a breach when the next invocation is due, and never that one's result")
    func outcomeTwice() throws {
        let worker = try Attack.worker("ring_outcome_twice")
        defer { worker.kill() }
        #expect(try Attack.run(worker, [0]).result == nil)
        try expectBreach(Attack.run(worker, [0]), "is not allowed now")
    }

    @Test("W4: an Outcome ahead of its invocation, with its number guessed, is a breach")
    func outcomeAhead() throws {
        let worker = try Attack.worker("ring_outcome_twice")
        defer { worker.kill() }
        #expect(try Attack.run(worker, [1]).result == nil)
        try expectBreach(Attack.run(worker, [1]), "is not allowed now")
    }

    @Test("W4: a worker that asks and does not wait for the answer breaks the protocol", arguments: [0, 1, 2] as [UInt64])
    func doesNotWait(next: UInt64) throws {
        try expectBreach(Attack.fate(of: "ring_ask", [next], handler: Answering(value: [1])), "is not allowed now")
    }

    @Test("W5: a worker that never takes its answers ends when its ring is full, without the host waiting")
    func neverTakes() throws {
        let handler = Answering(value: [UInt8](repeating: 7, count: 60_000))
        try expectBreach(Attack.fate(of: "ring_ask", [3], handler: handler), "finds no room")
        #expect((3...5).contains(handler.asked.count))
    }

    /// Whatever was posted until then, it ends at its deadline. On a machine so busy that it did not come to post `posted` frames, a later
    /// deadline follows: how far anybody comes in a given time is no matter of right or wrong.
    private static func expectDeadline(
        of program: String, _ arguments: [UInt64], posted: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for deadline in [200_000_000, 2_000_000_000, 20_000_000_000, 200_000_000_000] as [UInt64] {
            let handler = Answering()
            let fate = try Attack.fate(of: program, arguments, handler: handler, deadlineNanoseconds: deadline)
            #expect(fate == .died(.wallDeadline(nanoseconds: deadline)), sourceLocation: sourceLocation)
            if handler.posted >= posted { return }
        }
        Issue.record("\(program) did not come to post \(posted) frames", sourceLocation: sourceLocation)
    }

    @Test("W5: a flood of posted frames ends at the deadline when the host keeps up, in a breach when it is overtaken")
    func flood() throws {
        try Self.expectDeadline(of: "ring_flood", [0], posted: 1000)
        let overtaken = try Attack.fate(of: "ring_flood", [1], handler: Answering(), deadlineNanoseconds: 5_000_000_000)
        #expect(overtaken.breach != nil || overtaken == .died(.wallDeadline(nanoseconds: 5_000_000_000)), "\(overtaken)")
        try Attack.expectUnharmed()
    }

    @Test("W5: others are served while one worker floods")
    func floodBesideOthers() throws {
        let supervisor = try Attack.supervisor()
        let flooding = try Attack.worker("ring_flood", of: supervisor)
        let thread = try NativeThread(name: "flooded lane") {
            let fate = try? Attack.run(flooding, [0], handler: Answering(), deadlineNanoseconds: 600_000_000_000)
            if fate != .died(.cancelled) { Issue.record("\(String(describing: fate))") }
        }
        for _ in 0..<20 { try Attack.expectUnharmed() }
        flooding.kill()
        thread.join()
    }

    @Test("W6: a worker that says something now and then and never ends is killed at the deadline")
    func drip() throws {
        try Self.expectDeadline(of: "ring_drip", [], posted: 1)
        try Attack.expectUnharmed()
    }

    @Test("W3: a question that changes while it is read is taken as one of its forms, or is a breach")
    func flip() throws {
        for _ in 0..<20 {
            let handler = Answering(value: [1])
            let fate = try Attack.fate(of: "ring_flip", handler: handler, deadlineNanoseconds: 20_000_000)
            switch fate {
            case .died(.protocolBreach), .died(.wallDeadline): break
            default: Issue.record("\(fate)")
            }
            for key in handler.asked { #expect(key == Array("aaaa".utf8) || key == Array("bbbb".utf8), "\(key)") }
        }
        try Attack.expectUnharmed()
    }

    @Test(
        "W7: what a worker published before it died is never taken for more than it is", arguments: [0, 1, 2] as [UInt64],
        [0, 1, 2] as [UInt64])
    func publishAndDie(what: UInt64, way: UInt64) throws {
        let handler = Answering()
        let fate = try Attack.fate(of: "ring_die", [what, way], handler: handler)
        // The host may read the ring before the worker is dead or after; both are the truth.
        let death: Fate =
            switch way {
            case 0: .died(.exited(status: 0))
            case 1: .died(.signal(SIGSEGV))
            default: fate.violation?.number == 39 ? fate : .died(.violation(nil))
            }
        #expect(fate == death || (what != 2 && fate.breach != nil), "\(fate)")
        #expect(handler.asked.isEmpty && handler.posted <= (what == 2 ? 1 : 0))
        try Attack.expectUnharmed()
    }

    @Test("W8: a storm of wakes ends in a breach after a bounded number, or at the deadline")
    func wakes() throws {
        let fate = try Attack.fate(of: "ring_wakes", deadlineNanoseconds: 1_000_000_000)
        #expect(
            fate.breach?.contains("wakes without a frame") == true || fate == .died(.wallDeadline(nanoseconds: 1_000_000_000)),
            "\(fate)")
        try Attack.expectUnharmed()
    }
}
