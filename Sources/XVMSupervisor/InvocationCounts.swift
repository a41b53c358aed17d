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

    package init() {}

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
    }

    package static func == (a: InvocationCounts, b: InvocationCounts) -> Bool {
        a.syscalls.indices.allSatisfy { a.syscalls[$0] == b.syscalls[$0] } && a.failures == b.failures
            && a.unawaited == b.unawaited && a.spinWaits == b.spinWaits
            && a.futexWaits == b.futexWaits && a.wakes == b.wakes
    }
}
