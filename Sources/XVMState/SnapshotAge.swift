// SPDX-License-Identifier: Apache-2.0
// Decides when a snapshot has been open for too long.

internal import Synchronization
internal import XVMSystem

/// A store's newest height, which its snapshots compare themselves with.
final class NewestHeight: Sendable {
    private let value: Atomic<UInt64>

    init(_ height: UInt64) { value = Atomic(height) }

    // Relaxed: a snapshot that sees a commit a moment late is only a moment longer in use.
    var height: UInt64 { value.load(ordering: .relaxed) }
    func rise(to height: UInt64) { value.store(height, ordering: .relaxed) }
}

/// One snapshot's age, in time and in heights.
struct SnapshotAge: Sendable {
    let height: UInt64
    /// Of the coarse clock, which is read without the counter and late by a tick at most: this is looked at for every access.
    private let opened = MonotonicClock.coarseNanoseconds
    private let newest: NewestHeight
    private let lagMax: UInt64
    /// Nanoseconds.
    private let ageMax: Int64

    init(height: UInt64, newest: NewestHeight, limits: SnapshotLimits) {
        self.height = height
        self.newest = newest
        lagMax = limits.lagMax
        let parts = limits.ageMax.components
        let (whole, overflow) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let sum = whole.addingReportingOverflow(parts.attoseconds / 1_000_000_000)
        ageMax = overflow || sum.overflow ? .max : sum.partialValue
    }

    /// Throws `snapshotTooOld` where a limit is passed.
    func check() throws(StateError) {
        let newest = newest.height
        if newest > height, newest - height > lagMax {
            throw .snapshotTooOld(what: "heights", value: newest - height, limit: lagMax)
        }
        let age = MonotonicClock.coarseNanoseconds - opened
        if age >= ageMax {
            throw .snapshotTooOld(
                what: "milliseconds", value: UInt64(clamping: age / 1_000_000), limit: UInt64(clamping: ageMax / 1_000_000))
        }
    }
}
