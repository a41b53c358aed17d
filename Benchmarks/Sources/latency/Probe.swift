// SPDX-License-Identifier: Apache-2.0
// A store that costs nothing, and the clock. Apart from main.swift, whose declarations all belong to the main actor.

import Processes
import XVMExecutor

let callCount = 10000  // as in kernels/latency.c

/// A store of which only reads are of interest: it takes nothing and has no ranges.
protocol ReadOnlyProbe: StateStore, StateSnapshot {}
extension ReadOnlyProbe {
    func snapshot() -> any StateSnapshot { self }
    func commit(_ batch: [Commit], allOrNothing: Bool) -> [CommitResult] { [] }
    var height: UInt64 { 0 }
    func version(bucket: [UInt8], key: [UInt8]) -> Version? { nil }
    func iterate(bucket: [UInt8], start: [UInt8], limit: [UInt8]) throws(StateError) -> any StateIterator {
        throw .snapshotClosed
    }
    func digest() -> [UInt8] { [] }
    func close() {}
}

/// Answers every read alike and notes when it was asked: the time from one question to the next is one whole round trip.
final class Probe: ReadOnlyProbe, @unchecked Sendable {
    let answer: Record?
    var times: [UInt64] = []
    init(_ answer: Record?) {
        self.answer = answer
        times.reserveCapacity(callCount + 1)
    }
    func record(bucket: [UInt8], key: [UInt8]) -> Record? {
        times.append(nanoseconds())
        return answer
    }
    /// Nanoseconds between two questions.
    func intervals() -> [Double] {
        defer { times.removeAll(keepingCapacity: true) }
        return zip(times, times.dropFirst()).map { Double($1 - $0) }
    }
}
