// SPDX-License-Identifier: Apache-2.0
// What one invocation cost at the wall: syscalls by kind, and how the host waited for them.

import CXVMSandbox
import XVMRing

/// Counters of one invocation; sums of many add up.
package struct InvocationCounts: Equatable, Sendable {
    /// In the order of `names`.
    package private(set) var syscalls = InlineArray<8, UInt64>(repeating: 0)
    /// Syscalls whose handler threw: at most one.
    package var failures: UInt64 = 0
    /// Frames that were there already, that came while the host looked, and for which it slept: all frames of the worker.
    package private(set) var unawaited: UInt64 = 0
    package private(set) var spinWaits: UInt64 = 0
    package private(set) var futexWaits: UInt64 = 0
    /// Times the host had to wake the worker.
    package private(set) var wakes: UInt64 = 0

    /// How long the host was busy with a syscall, from its frame to its answer: one of `durationInterval` is measured.
    package private(set) var durationCount: UInt64 = 0
    package private(set) var durationNanoseconds: UInt64 = 0
    /// By `durationBounds`; the last one: above all of them.
    package private(set) var durations = InlineArray<12, UInt64>(repeating: 0)

    package init() {}

    /// To read the clock twice costs a tenth of a quick syscall, so it is done for one in so many of a worker's.
    package static let durationInterval: UInt64 = 16
    /// Upper bounds in nanoseconds.
    package static let durationBounds: InlineArray<11, UInt64> = [
        250, 500, 1000, 2500, 5000, 10_000, 25_000, 100_000, 1_000_000, 10_000_000, 100_000_000,
    ]

    mutating func add(durationNanoseconds nanoseconds: UInt64) {
        durationCount += 1
        durationNanoseconds += nanoseconds
        var index = 0
        while index < Self.durationBounds.count, nanoseconds > Self.durationBounds[index] { index += 1 }
        durations[index] += 1
    }

    /// Names of the syscalls, as metrics and documents call them; whether the worker waits for the answer.
    package static let names: [(name: String, isSynchronous: Bool)] = [
        ("getObject", true), ("newIterator", true), ("flush", true), ("ask", true), ("putObject", false), ("deleteObject", false),
        ("postLog", false),
        ("emitEvent", false),
    ]

    mutating func count(_ type: UInt16) {
        // The synchronous ones are 0x81 to 0x84, the posted ones 0xc1 to 0xc4.
        let index = type >= 0xc1 ? Int(type) - 0xc1 + 4 : Int(type) - 0x81
        if syscalls.indices.contains(index) { syscalls[index] += 1 }
    }

    mutating func add(_ now: HostChannel.Counters, since before: HostChannel.Counters) {
        unawaited += now.arrivedBefore - before.arrivedBefore
        spinWaits += now.arrivedAwake - before.arrivedAwake
        futexWaits += now.arrivedAsleep - before.arrivedAsleep
        wakes += now.wakesSent - before.wakesSent
    }

    package mutating func add(_ other: InvocationCounts) {
        for index in syscalls.indices { syscalls[index] += other.syscalls[index] }
        failures += other.failures
        unawaited += other.unawaited
        spinWaits += other.spinWaits
        futexWaits += other.futexWaits
        wakes += other.wakes
        if other.durationCount > 0 {
            durationCount += other.durationCount
            durationNanoseconds += other.durationNanoseconds
            for index in durations.indices { durations[index] += other.durations[index] }
        }
    }

    package static func == (a: InvocationCounts, b: InvocationCounts) -> Bool {
        a.syscalls.indices.allSatisfy { a.syscalls[$0] == b.syscalls[$0] } && a.failures == b.failures
            && a.unawaited == b.unawaited && a.spinWaits == b.spinWaits
            && a.futexWaits == b.futexWaits && a.wakes == b.wakes && a.durationCount == b.durationCount
            && a.durationNanoseconds == b.durationNanoseconds
            && a.durations.indices.allSatisfy { a.durations[$0] == b.durations[$0] }
    }
}
