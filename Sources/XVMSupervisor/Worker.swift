// SPDX-License-Identifier: Apache-2.0
// One worker process, from the request to the zygote to its death, and the conversation of an invocation.

import CXVMSandbox
import Glibc
import Synchronization
package import XVMElf
import XVMRing
package import XVMSystem
package import XVMWire

/// A Code's bytes in a sealed memfd, so that what was verified is what every worker of it runs. One is kept per Code and shared: the
/// workers share its text pages, and a copy of a megabyte costs as much as three workers.
package final class SealedModule: Sendable {
    let file: SealedFile
    /// SHA-256 of the WebAssembly bytes, 32 bytes.
    package let hash: [UInt8]

    package init(elf: VerifiedElf, moduleHash: [UInt8]) throws(SystemError) {
        file = try SealedFile(name: "xvm-module", bytes: elf.bytes)
        hash = moduleHash
    }
}

/// Runs the invocations of one Code, one at a time, on the caller's thread.
package final class Worker: Engine {
    private struct Conversation: ~Copyable {
        var channel: HostChannel
        var nextCorrelation: UInt32 = 1
        /// The last answer; its memory is the next one's.
        var answer: [UInt8] = []
        var counts = InvocationCounts()
        /// Over the worker's life: decides which are measured.
        var syscallCount: UInt64 = 0

        /// Answers the syscall that was received last, if it is one that waits.
        mutating func answer(
            _ type: UInt16, _ handler: any SyscallHandler, correlation: UInt32, deadline: UInt64
        ) throws {
            let syscall = try Syscall(verifying: channel.lastPayload, type: type)
            counts.count(type)
            let isAnswered: Bool
            do {
                isAnswered = try handler.handle(syscall).encode(answering: syscall, into: &answer)
            } catch { throw HandlerFailure(error: error) }
            if isAnswered { try sendAnswer(correlation: correlation, deadline: deadline) }
        }

        /// The same for getObject, without a value in between.
        mutating func answerGet(_ handler: any SyscallHandler, correlation: UInt32, deadline: UInt64) throws {
            // Afterwards: the worker need not wait for it.
            defer { counts.count(UInt16(XVM_FRAME_GET_OBJECT.rawValue)) }
            let object = try channel.withLastPayload { payload in
                let key = payload.extracting(try Syscall.objectKey(verifying: payload))
                do { return try handler.getObject(key) } catch { throw HandlerFailure(error: error) }
            }
            if try channel.send(object, correlation: correlation) { return }
            do { answer = try SyscallResult(object).encode() } catch { throw HandlerFailure(error: error) }
            try sendAnswer(correlation: correlation, deadline: deadline)
        }

        private mutating func sendAnswer(correlation: UInt32, deadline: UInt64) throws(RingError) {
            try channel.send(
                type: UInt16(XVM_FRAME_RESULT.rawValue), correlation: correlation, payload: answer, deadline: deadline)
        }
    }

    package let id: WorkerID
    /// What this worker and its zygote reported, confirmed from outside where that is possible.
    package let report: SandboxReport
    private let life: WorkerLife
    private let conversation: Mutex<Conversation>

    /// How long a worker may take until it is sealed.
    private static let startNanoseconds: UInt64 = 10_000_000_000

    init(
        id: WorkerID, zygote: Zygote, reaper: Reaper, channels: ChannelStock, module: SealedModule, limits: WorkerLimits,
        floor: Floor, isTrapping: Bool
    ) throws {
        self.id = id
        var channel = try channels.take()
        var begun = try Self.begin(
            id: id, zygote: zygote, reaper: reaper, module: module, limits: limits, channel: channel, isTrapping: isTrapping)
        // A blank that died while it waited says nothing about the next one. Its end has poisoned the rings.
        if begun == nil {
            channel = try HostChannel(capacity: XVM_RING_CAPACITY)
            begun = try Self.begin(
                id: id, zygote: zygote, reaper: reaper, module: module, limits: limits, channel: channel, isTrapping: isTrapping)
        }
        guard let life = begun else { throw Death(cause: .killedOutside, place: "worker \(id), before its start") }
        self.life = life

        do {
            // The worker needs its time; what can be done meanwhile is done now.
            // One that fails now is told by its last words, not by what /proc does not have any more.
            var early = try? ProcessStatus.open(pid: life.pid)
            life.openStat()
            channels.fill()
            let sealed = try Self.awaitSealed(&channel, life: life)
            var listenerErrno: Int32?
            if sealed.listener != UInt32.max {
                let (copy, error) = try Self.fetchListener(UInt32(sealed.listener), life: life, zygote: zygote)
                if copy >= 0 {
                    let listener = Descriptor(owning: copy)
                    guard xvm_system_is_listener(copy) == 1 else {
                        throw Death(cause: .setup(step: XVM_STEP_LISTENER.layerName, errno: EBADF), place: "worker \(id)")
                    }
                    try reaper.watch(listener: life.keep(listener: listener), of: life)
                } else {
                    // A kernel that lets nobody have it is a missing layer; a number that is no descriptor is a lie.
                    guard error == EPERM || error == ENOSYS else {
                        throw Death(cause: .setup(step: XVM_STEP_LISTENER.layerName, errno: error), place: "worker \(id)")
                    }
                    listenerErrno = error
                }
            }
            let judged = zygote.judge.judge(zygote: zygote, steps: sealed.steps, listenerErrno: listenerErrno, floor: floor)
            report = judged.report
            if !isTrapping, !judged.hasListener { throw NoListener() }
            let status = try early.take() ?? ProcessStatus.open(pid: life.pid)
            try Self.confirm(status, id: id, judged: judged, inheritedFilters: zygote.filterCount)
            if !judged.missing.isEmpty { throw BelowFloor(floor: floor, missing: judged.missing, report: report) }
        } catch {
            life.kill(.cancelled)
            life.waitForEnd()
            throw error
        }
        conversation = Mutex(Conversation(channel: channel))
        // Last: a zygote that forks now would have to share processors with what comes before.
        zygote.replenish()
    }

    /// No one can listen to this worker's filter: its calls would fail, but nobody would know. Another filter is needed.
    struct NoListener: Error {}

    /// Takes a blank worker and gives it its module.
    /// - Returns: nil if it was dead already.
    private static func begin(
        id: WorkerID, zygote: Zygote, reaper: Reaper, module: SealedModule, limits: WorkerLimits, channel: borrowing HostChannel,
        isTrapping: Bool
    ) throws -> WorkerLife? {
        let poison = channel.poisoner()
        let faultRecord = channel.controlBytes(at: Int(XVM_FAULT_RECORD_OFFSET), count: MemoryLayout<xvm_fault_record>.size)
        let trapRecord =
            isTrapping ? channel.controlBytes(at: Int(XVM_TRAP_RECORD_OFFSET), count: MemoryLayout<xvm_trap_record>.size) : nil
        let blank = try zygote.take { pid, pidfd in
            WorkerLife(
                id: id, pid: pid, pidfd: pidfd, limits: limits, witness: reaper.witness, poison: poison, faultRecord: faultRecord,
                trapRecord: trapRecord)
        }
        let life = blank.life
        let isBegun = blank.begin(
            limits: limits, moduleHash: module.hash, module: module.file.number, hostToWorker: channel.hostToWorkerNumber,
            workerToHost: channel.workerToHostNumber)
        if isBegun { return life }
        life.kill(.killedOutside)
        life.waitForEnd()
        return nil
    }

    /// What an operator can do about a layer that failed; nothing for a step that is none.
    private static func remedy(of step: xvm_step) -> String { step.remedy.isEmpty ? "" : "; remedy: \(step.remedy)" }

    /// Waits for the SEALED frame.
    private static func awaitSealed(_ channel: inout HostChannel, life: WorkerLife) throws -> SealedReport {
        do {
            let frame: ReceivedFrame
            do {
                frame = try channel.receive(deadline: UInt64(xvm_system_monotonic_nanoseconds()) + startNanoseconds)
            } catch RingError.poisoned {
                // It may have said why and ended before we looked.
                guard let words = channel.lastWords() else { throw RingError.poisoned }
                frame = words
            }
            if UInt32(frame.type) == XVM_FRAME_SETUP_FAILED.rawValue {
                let failure = try SetupFailure(verifying: frame.payload)
                throw Death(
                    cause: .setup(step: xvm_step(rawValue: failure.step).layerName, errno: Int32(bitPattern: failure.errno)),
                    place: "worker \(life.id): \(failure.text)\(remedy(of: xvm_step(rawValue: failure.step)))")
            }
            return try SealedReport(verifying: frame.payload)
        } catch let failure as Death {
            // The exit that follows a failed step is no cause of its own, also where the reaper saw it first.
            life.kill(failure.cause)
            life.waitForEnd()
            throw failure
        } catch {
            let place = "worker \(life.id), start"
            let failure = death(from: error, life: life, place: place, deadlineNanoseconds: startNanoseconds)
            // Without a frame: the rings, which would have carried it (xvm_zygote.h).
            if (failure as? Death)?.cause == .exited(status: Int32(XVM_EXIT_SETUP.rawValue)) {
                throw Death(cause: .setup(step: XVM_STEP_RINGS.layerName, errno: 0), place: place)
            }
            throw failure
        }
    }

    /// A copy of the worker's listener: by our own right, or by the zygote's where the kernel gives us none (xvm_zygote.h).
    /// - Returns: the descriptor and 0, or -1 and why not.
    private static func fetchListener(_ number: UInt32, life: WorkerLife, zygote: Zygote) throws -> (copy: Int32, errno: Int32) {
        let copy = xvm_system_pidfd_getfd(life.pidfd.number, Int32(bitPattern: number))
        if copy == -EPERM { return try zygote.fetchListener(number, of: life.pidfd.number) }
        return copy >= 0 ? (copy, 0) : (-1, -copy)
    }

    /// What the kernel says about the worker, not what the worker says: no rights, two filters more than our own, no new privileges.
    private static func confirm(
        _ file: borrowing Descriptor, id: WorkerID, judged: JudgedReport, inheritedFilters: Int?
    ) throws {
        let status = try ProcessStatus(reading: file)
        func require(_ key: String, _ wanted: String) throws {
            let value = status[key]
            if value != wanted {
                throw Death(
                    cause: .setup(step: "confirmation of \(key): '\(value ?? "absent")', wanted '\(wanted)'", errno: EPERM),
                    place: "worker \(id)")
            }
        }
        try require("Seccomp", "2")
        // Linux 5.9 and later say how many; ours are on top of those that an outer sandbox gave the zygote.
        if let inheritedFilters { try require("Seccomp_filters", String(inheritedFilters + 2)) }
        try require("NoNewPrivs", "1")
        var sets = ["CapInh", "CapPrm", "CapEff", "CapAmb"]
        // Without a right to empty it the bounding set only limits what nobody here can gain any more (no_new_privs).
        if judged.hasEmptyBoundingSet { sets.append("CapBnd") }
        for set in sets { try require(set, "0000000000000000") }
    }

    package func run(_ invocation: Invocation, handler: any SyscallHandler, deadlineNanoseconds: UInt64) throws -> Ending {
        let payload = try invocation.encode()
        return try conversation.withLock { conversation in
            let correlation = conversation.nextCorrelation
            conversation.nextCorrelation &+= 1
            let deadline = UInt64(xvm_system_monotonic_nanoseconds()) + deadlineNanoseconds
            let before = conversation.channel.counters
            conversation.counts = InvocationCounts()
            defer { conversation.counts.add(conversation.channel.counters, since: before) }
            do {
                try conversation.channel.send(
                    type: UInt16(XVM_FRAME_INVOCATION.rawValue), correlation: correlation, payload: payload, deadline: deadline)
                while true {
                    let (type, _) = try conversation.channel.receiveType(deadline: deadline)
                    if type == UInt16(XVM_FRAME_OUTCOME.rawValue) {
                        return try Ending(verifying: conversation.channel.lastPayload, gasLimit: invocation.gasLimit)
                    }
                    let isMeasured = conversation.syscallCount % InvocationCounts.durationInterval == 0
                    conversation.syscallCount &+= 1
                    let begin = isMeasured ? xvm_system_monotonic_nanoseconds() : 0
                    if type == UInt16(XVM_FRAME_GET_OBJECT.rawValue) {
                        try conversation.answerGet(handler, correlation: correlation, deadline: deadline)
                    } else {
                        try conversation.answer(type, handler, correlation: correlation, deadline: deadline)
                    }
                    if isMeasured {
                        conversation.counts.add(
                            durationNanoseconds: UInt64(clamping: xvm_system_monotonic_nanoseconds() - begin))
                    }
                    // The deadline covers the host's own time, too. The coarse clock is late by a tick at most, and this is every syscall.
                    if UInt64(xvm_system_monotonic_coarse_nanoseconds()) > deadline { throw RingError.timedOut }
                }
            } catch let failure as HandlerFailure {
                conversation.counts.failures += 1
                // The worker stands in the middle of a call that will never be answered; it is of no more use.
                life.kill(.cancelled)
                life.waitForEnd()
                throw failure.error
            } catch {
                let place = "worker \(id), invocation \(correlation)"
                throw Self.death(from: error, life: life, place: place, deadlineNanoseconds: deadlineNanoseconds)
            }
        }
    }

    /// Of the last invocation.
    package var counts: InvocationCounts { conversation.withLock { $0.counts } }

    /// Carries a handler's error past the mapping of our own.
    private struct HandlerFailure: Error { var error: any Error }

    /// Turns what ended a conversation into a Death. The worker does not run any more or was told to end; it may not be reaped yet.
    private static func death(from error: any Error, life: WorkerLife, place: String, deadlineNanoseconds: UInt64) -> any Error {
        // The ring's errors first and at once: who asks waits for a worker that has died.
        if let error = error as? RingError {
            switch error {
            case .timedOut: life.kill(.wallDeadline(nanoseconds: deadlineNanoseconds))
            case .poisoned: break
            // A dead worker's ring is poisoned, which looks like a breach too: the first cause is known by then.
            case .breach(let breach): life.kill(.protocolBreach(breach.description))
            // A call after the one that was its last, before the reaper has seen its end.
            case .outOfTurn where !life.isAlive: break
            case .outOfTurn, .payloadTooLarge: return ended(life, error)
            }
        } else if let error = error as? Death {
            life.kill(error.cause)
        } else if let error = error as? WireError {
            life.kill(.protocolBreach(error.description))
        } else {
            return ended(life, error)
        }
        let cause = life.waitForCause()
        // A worker that dies of a signal may have been killed before it did: then its record is none of the cause.
        guard case .signal = cause else { return Death(cause: cause, place: place) }
        return Death(cause: cause, place: place, fault: life.fault)
    }

    /// An error of the host's: the worker is not to blame, but of no more use.
    private static func ended(_ life: WorkerLife, _ error: any Error) -> any Error {
        life.kill(.cancelled)
        life.waitForEnd()
        return error
    }

    /// False once the process was told to end or cannot run any more; every later `run` throws its Death.
    package var isAlive: Bool { life.isAlive }

    /// For tests and reports; not for signals.
    package var pid: Int32 { life.pid }

    /// Ends the worker, from any thread and without waiting: whoever runs an invocation on it gets its Death.
    package func cancel() { life.kill(.cancelled) }

    /// Ends the worker and waits until it is reaped.
    package func kill() {
        life.kill(.cancelled)
        life.waitForEnd()
    }
}
