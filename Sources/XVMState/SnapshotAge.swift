// SPDX-License-Identifier: Apache-2.0
// Decides when a snapshot has been open for too long.

internal import Synchronization

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
    private let opened = ContinuousClock.now
    private let newest: NewestHeight
    private let limits: SnapshotLimits

    init(height: UInt64, newest: NewestHeight, limits: SnapshotLimits) {
        self.height = height
        self.newest = newest
        self.limits = limits
    }

    /// Throws `snapshotTooOld` where a limit is passed.
    func check() throws(StateError) {
        let newest = newest.height
        if newest > height, newest - height > limits.lagMax {
            throw .snapshotTooOld(what: "heights", value: newest - height, limit: limits.lagMax)
        }
        let age = ContinuousClock.now - opened
        if age > limits.ageMax {
            throw .snapshotTooOld(what: "milliseconds", value: age.milliseconds, limit: limits.ageMax.milliseconds)
        }
    }
}

extension Duration {
    fileprivate var milliseconds: UInt64 {
        let parts = components
        return UInt64(clamping: parts.seconds).multipliedReportingOverflow(by: 1000).partialValue
            &+ UInt64(clamping: parts.attoseconds / 1_000_000_000_000_000)
    }
}
