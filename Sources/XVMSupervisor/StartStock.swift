// SPDX-License-Identifier: Apache-2.0
// What is made ahead of the next start, while the host waits for a worker anyway: a pair of rings, and the judgement of a report.

import CXVMSandbox
import Synchronization
import XVMRing
import XVMSystem
import XVMWire

/// A channel that no worker has seen. A start takes it, and makes the next one while its worker seals itself.
final class ChannelStock: Sendable {
    private let spare = Mutex<HostChannel?>(nil)

    func take() throws(SystemError) -> HostChannel {
        if let channel = spare.withLock({ $0.take() }) { return channel }
        return try HostChannel(capacity: XVM_RING_CAPACITY)
    }

    /// Starts at the same time may both find none; then one of two is thrown away.
    func fill() {
        guard spare.withLock({ $0 == nil }), let channel = try? HostChannel(capacity: XVM_RING_CAPACITY) else { return }
        var made: HostChannel? = consume channel
        spare.withLock { spare in if spare == nil { spare = made.take() } }
    }
}

/// What a worker's steps amount to. Nearly every worker reports what the last one did, and to compare costs less than to judge.
struct JudgedReport: Sendable {
    let steps: [SealedReport.Step]
    let listenerErrno: Int32?
    let report: SandboxReport
    let missing: [SandboxLayer]
    let hasListener: Bool
    let hasEmptyBoundingSet: Bool

    /// - Parameter listenerErrno: why the host could not get the listener; nil where it could, or where there is none.
    init(zygote: Zygote, steps: [SealedReport.Step], listenerErrno: Int32?, floor: Floor) {
        self.steps = steps
        self.listenerErrno = listenerErrno
        var all = zygote.steps + steps.map { ($0.step, $0.errno) }
        if let listenerErrno { all.append((XVM_STEP_LISTENER.rawValue, listenerErrno)) }
        report = SandboxReport(steps: all, landlockABI: zygote.landlockABI)
        missing = report.missing(for: floor)
        hasListener = report.holds(XVM_STEP_LISTENER)
        hasEmptyBoundingSet = report.holds(XVM_STEP_BOUNDING_SET)
    }
}

/// The last judgement; of one zygote at one floor.
final class Judge: Sendable {
    private let last = Mutex<JudgedReport?>(nil)

    func judge(zygote: Zygote, steps: [SealedReport.Step], listenerErrno: Int32?, floor: Floor) -> JudgedReport {
        if let last = last.withLock({ $0 }), last.steps == steps, last.listenerErrno == listenerErrno { return last }
        let judged = JudgedReport(zygote: zygote, steps: steps, listenerErrno: listenerErrno, floor: floor)
        last.withLock { $0 = judged }
        return judged
    }
}
