// SPDX-License-Identifier: Apache-2.0
// The life of one worker process as the host sees it: its pidfd, its listener, and the first cause of its death.

import CXVMSandbox
import Synchronization
import XVMSystem
import XVMWire

/// A worker's name: the slot may be used again, the generation never.
package struct WorkerID: Hashable, Sendable, CustomStringConvertible {
    package var slot: UInt32
    package var generation: UInt32

    package init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }
    package var description: String { "\(slot).\(generation)" }
}

/// Owns a worker's pidfd. The reaper and the lane share it; the first cause that either sets is the one that counts.
final class WorkerLife: Sendable {
    private struct State: ~Copyable {
        var cause: Death.Cause?
        /// It cannot run any more, and its ring is poisoned.
        var hasStopped = false
        /// It is reaped.
        var isGone = false
        var fault: Death.Fault?
        var listener: Descriptor?
        /// For what it dies of; nil where the kernel does not show it, or was not asked yet.
        var stat: Descriptor?
    }

    let id: WorkerID
    /// As the supervisor sees it; for texts and /proc, never for signals.
    let pid: Int32
    let pidfd: Descriptor
    private let limits: WorkerLimits
    private let witness: MemoryWitness
    /// Wakes the lane that waits on the worker's ring; called once, when the process cannot run any more.
    private let poison: @Sendable () -> Void
    /// Where the worker's handler says that a fault was (xvm_fault_record).
    private let faultRecord: @Sendable () -> [UInt8]
    /// Without a listener: what the worker's own handler wrote down before it died of SIGSYS.
    private let trapRecord: (@Sendable () -> [UInt8])?
    private let state = Mutex(State())
    private let gone = Gate()

    init(
        id: WorkerID, pid: Int32, pidfd: consuming Descriptor, limits: WorkerLimits, witness: MemoryWitness,
        poison: @escaping @Sendable () -> Void, faultRecord: @escaping @Sendable () -> [UInt8],
        trapRecord: (@Sendable () -> [UInt8])? = nil
    ) {
        self.id = id
        self.pid = pid
        self.pidfd = pidfd
        self.limits = limits
        self.witness = witness
        self.poison = poison
        self.faultRecord = faultRecord
        self.trapRecord = trapRecord
    }

    /// Opens what the cause is read from; until then it is known at the reaping only. Apart from init, because a file of /proc takes tens of
    /// microseconds to open, in which the worker can begin.
    func openStat() {
        let number = xvm_system_stat_open(pid)
        if number >= 0 { state.withLock { $0.stat = Descriptor(owning: number) } }
    }

    /// Records `cause` unless there is one already, and kills the process.
    func kill(_ cause: Death.Cause) {
        state.withLock { if $0.cause == nil { $0.cause = cause } }
        xvm_system_pidfd_kill(pidfd.number)
    }

    /// For a process that no reaper watches: kills it and reaps it on this thread.
    func endHere() {
        kill(.cancelled)
        var ending = xvm_system_exit()
        _ = unsafe xvm_system_wait(pidfd.number, 1, &ending)
        state.withLock { $0.isGone = true }
        announce()
    }

    /// Keeps the seccomp listener until the worker is reaped; its number for the reaper's watch.
    func keep(listener: consuming Descriptor) -> Int32 {
        let number = listener.number
        // A `consuming` parameter cannot be moved into the closure's capture directly.
        var moved: Descriptor? = consume listener
        state.withLock { $0.listener = moved.take() }
        return number
    }

    /// The reaper: calls `body` with the listener's number, if there is one.
    func withListener(_ body: (Int32) -> Void) {
        if let number = state.withLock({ $0.listener?.number }) { body(number) }
    }

    /// The reaper: the listener is readable, so the worker stands in a system call that the policy does not allow.
    func recordViolation() {
        var notification = xvm_system_notification()
        let result: Int32 = state.withLock { state in
            guard let number = state.listener?.number else { return -1 }
            return unsafe xvm_system_notification_receive(number, &notification)
        }
        // -ENOENT: the worker died between poll and receive; its exit status tells more.
        guard result == 0 else { return }
        let arguments = [
            notification.arguments.0, notification.arguments.1, notification.arguments.2, notification.arguments.3,
            notification.arguments.4, notification.arguments.5,
        ]
        kill(
            .violation(
                Violation(
                    number: notification.number, architecture: notification.architecture, arguments: arguments,
                    instructionPointer: notification.instruction_pointer)))
    }

    /// The reaper: the worker cannot run any more, because its listener hung up, or because it is reaped. Wakes its lane.
    func stop() {
        let isFirst = state.withLock { state in
            defer { state.hasStopped = true }
            return !state.hasStopped
        }
        if isFirst { poison() }
    }

    /// The reaper: the pidfd is readable. Reaps and decides the cause. `announce` must follow, then `closeListener`.
    /// - Returns: true when the process is gone.
    func reap() -> Bool {
        var ending = xvm_system_exit()
        let result = unsafe xvm_system_wait(pidfd.number, 0, &ending)
        if result == 0 { return false }
        // -ECHILD: the embedding program reaped our child (waitpid(-1)): the status is lost, the death is not.
        decide(result < 0 ? nil : ending)
        state.withLock { $0.isGone = true }
        return true
    }

    /// Makes what the kernel says about the end the cause, unless there is one already.
    private func decide(_ ending: xvm_system_exit?) {
        if state.withLock({ $0.cause != nil }) { return }
        var status =
            ending.map { Self.cause(of: $0, limits: limits, isCommitLimited: Self.isCommitLimited) } ?? .exited(status: -1)
        if status == .violation(nil), let trapRecord { status = .violation(Self.violation(trapRecord())) }
        var fault: Death.Fault?
        if case .signal(let signal) = status { fault = Death.Fault(record: faultRecord(), signal: signal) }
        state.withLock { state in
            // The lane and the reaper may both have come here, with the same.
            guard state.cause == nil else { return }
            // A SIGKILL that nobody here sent: the group's counter tells whether the kernel's memory killer was it.
            if status == .killedOutside, witness.claimKill() { status = .memoryLimit }
            state.cause = status
            state.fault = fault
        }
    }

    /// The record of xvm_zygote.h; nil if there is none. A foreign architecture ends the process without a chance to write one, so
    /// then it is a lie, and marked as one that was possible.
    static func violation(_ bytes: [UInt8]) -> Violation? {
        func u32(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) } }
        func u64(_ at: Int) -> UInt64 { UInt64(u32(at)) | UInt64(u32(at + 4)) << 32 }
        guard bytes.count == MemoryLayout<xvm_trap_record>.size, u32(0) == XVM_TRAP_RECORD_MAGIC else { return nil }
        return Violation(
            number: Int32(bitPattern: u32(4)), architecture: u32(8), arguments: (0..<6).map { u64(24 + 8 * $0) },
            instructionPointer: u64(16), isForgeable: true)
    }

    /// The reaper, once its own books are closed: wakes who waits for the end.
    func announce() {
        stop()
        gone.open()
    }

    /// The reaper, when nobody waits for it any more. The kernel ends the watch of the listener with its last descriptor, which this is.
    func closeListener() { state.withLock { $0.listener = nil } }

    /// The signals that the worker's fault handler reports by an exit status, because it cannot raise them again behind the run filter.
    private static let handledSignals: Set<Int32> = [4, 7, 8, 11]

    /// What an exit status says by itself. A contract's machine code may exit with any status, so a status that would speak for it
    /// counts only with the kernel's own figures.
    /// - Parameter isCommitLimited: the system refuses memory that was promised to others already (vm.overcommit_memory 2).
    static func cause(of ending: xvm_system_exit, limits: WorkerLimits, isCommitLimited: Bool) -> Death.Cause {
        let cpuSeconds = limits.cpuSeconds
        // The kernel enforces the limit by counting ticks and reports measured time, which may be a good deal less on a busy virtual
        // machine; half of the limit is proof enough, because whoever used that much and says so is to blame either way.
        let usedMicroseconds = ending.user_microseconds + ending.system_microseconds
        let isOutOfTime = cpuSeconds > 0 && usedMicroseconds >= Int64(cpuSeconds) * 500_000
        if ending.code == Int32(XVM_SYSTEM_EXITED.rawValue) {
            let signal = ending.status - Int32(XVM_EXIT_SIGNAL_BASE.rawValue)
            if handledSignals.contains(signal) { return .signal(signal) }
            switch ending.status {
            // Growth that the limits allow and the system refuses must not become an Outcome. There must be something that refuses it:
            // a limit on private memory that the memory alone can reach, or a system that counts what it has promised.
            case Int32(XVM_EXIT_MEMORY.rawValue) where limits.canRefuseGrowth || isCommitLimited: return .memoryLimit
            // The first process of a pid namespace ignores SIGXCPU's default action, so the worker exits by itself.
            case Int32(XVM_EXIT_CPU_LIMIT.rawValue) where isOutOfTime: return .cpuDeadline(seconds: cpuSeconds)
            default: return .exited(status: ending.status)
            }
        }
        switch ending.status {
        // The kernel sends SIGKILL itself at the hard CPU limit, one second after SIGXCPU.
        case 9: return isOutOfTime ? .cpuDeadline(seconds: cpuSeconds) : .killedOutside
        case 24: return .cpuDeadline(seconds: cpuSeconds)
        // Both filters answer everything but a foreign architecture or x32 in another way (policies/README.md).
        case 31: return .violation(nil)
        default: return .signal(ending.status)
        }
    }

    private static let isCommitLimited = (try? ProcFile.read("/proc/sys/vm/overcommit_memory"))?.hasPrefix("2") ?? false

    /// False once it was told to end or cannot run any more.
    var isAlive: Bool { state.withLock { $0.cause == nil && !$0.hasStopped && !$0.isGone } }

    /// Where a fault was, as the worker told it.
    var fault: Death.Fault? { state.withLock { $0.fault } }

    /// Of what it dies; call it only after a kill, or once the ring is poisoned. The process may still be there, but it does not run.
    ///
    /// On the lane, not on the reaper: whoever looks at a process that ends just now may have to take its memory apart in the kernel's
    /// place, however much that is.
    func waitForCause() -> Death.Cause {
        if let cause = state.withLock({ $0.cause }) { return cause }
        if let ending { decide(ending) } else { gone.wait() }
        return state.withLock { $0.cause ?? .exited(status: -1) }
    }

    /// What reaping will say, if the kernel tells it now.
    private var ending: xvm_system_exit? {
        var ending = xvm_system_exit()
        // It stays open as long as this object.
        guard let file = state.withLock({ $0.stat?.number }) else { return nil }
        let isKnown = unsafe xvm_system_ending(file, &ending) == 1
        return isKnown ? ending : nil
    }

    /// Blocks until the reaper has reaped the process. Call it only after a kill or a sure death.
    func waitForEnd() { gone.wait() }
}
