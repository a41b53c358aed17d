// SPDX-License-Identifier: Apache-2.0
// Starts workers and keeps what they share: the zygote, the reaper, the proven filters.

import CXVMSandbox
import Synchronization
package import XVMElf
package import XVMPolicy
import XVMRing
import XVMSystem
import XVMWire

/// How a supervisor is set up.
package struct SupervisorConfiguration: Sendable {
    /// Absolute path of the worker binary.
    package var workerPath: String
    package var filters: FilterPair
    /// Below it nothing starts.
    package var floor: Floor

    package init(workerPath: String, filters: FilterPair, floor: Floor) {
        self.workerPath = workerPath
        self.filters = filters
        self.floor = floor
    }
}

/// The sandbox does not reach the floor that was asked for.
package struct BelowFloor: Error, Equatable, Sendable, CustomStringConvertible {
    package var floor: Floor
    package var missing: [SandboxLayer]
    /// All layers, those that hold too.
    package var report: SandboxReport

    package var description: String {
        "sandbox below floor '\(floor.rawValue)': "
            + missing.map { "\($0.name) is missing (\(SystemError(call: $0.name, errno: $0.errno).description)); \($0.remedy)" }
            .joined(separator: "; ")
    }
}

/// Owns the zygote and makes workers. Nothing that a worker does ends it.
package final class Supervisor: Sendable {
    private struct State: ~Copyable {
        var zygote: Zygote?
        var nextSlot: UInt32 = 1
        var generation: UInt32 = 0
        var isShutDown = false
        /// Set once, when a worker turned out to have no listener that the host could get.
        var trapping: Filter?
    }

    package let configuration: SupervisorConfiguration
    private let reaper: Reaper
    private let channels = ChannelStock()
    private let state = Mutex(State())

    /// Starts the reaper and the zygote.
    /// - Throws: `BelowFloor`, `Death` (a step of the zygote failed), `SystemError`.
    package init(_ configuration: SupervisorConfiguration) throws {
        self.configuration = configuration
        reaper = try Reaper()
        do {
            _ = try zygote()
        } catch {
            reaper.stop()
            throw error
        }
    }

    /// The zygote; a dead one is replaced.
    private func zygote() throws -> (Zygote, isTrapping: Bool) {
        try state.withLock { state in
            if state.isShutDown { throw Death(cause: .cancelled, place: "supervisor, shut down") }
            if let zygote = state.zygote, !zygote.hasEnded { return (zygote, state.trapping != nil) }
            let run = state.trapping ?? configuration.filters.run
            let zygote = try Zygote(
                workerPath: configuration.workerPath, loadFilter: configuration.filters.load.bytes,
                // No step is required of the zygote: it reports all of them, and the floor then names every missing one, not the first.
                runFilter: run.bytes, flags: state.trapping == nil ? 0 : XVM_ZYGOTE_NO_LISTENER.rawValue,
                segmentSize: UInt32(XVM_RING_CONTROL_SIZE) + XVM_RING_CAPACITY, reaper: reaper)
            state.zygote = zygote
            state.generation += 1
            return (zygote, state.trapping != nil)
        }
    }

    /// A sealed worker for this object alone.
    /// - Throws: `Death`, `BelowFloor`, `SystemError`.
    package func makeWorker(elf: VerifiedElf, moduleHash: [UInt8], limits: WorkerLimits) throws -> Worker {
        try makeWorker(of: SealedModule(elf: elf, moduleHash: moduleHash), limits: limits)
    }

    /// A sealed worker for this module, checked from outside against the floor.
    /// - Throws: `Death`, `BelowFloor`, `SystemError`.
    package func makeWorker(of module: SealedModule, limits: WorkerLimits) throws -> Worker {
        do { return try makeWorker(of: module, limits: limits, zygote: zygote()) } catch is Worker.NoListener {
            // From now on refused calls are told by SIGSYS; the report says that the layer is missing.
            return try makeWorker(of: module, limits: limits, zygote: trappingZygote())
        }
    }

    /// A zygote whose workers are trapped; the one whose workers notify is ended.
    private func trappingZygote() throws -> (Zygote, isTrapping: Bool) {
        let filter = try configuration.filters.runTrapping()
        state.withLock { state in
            guard state.trapping == nil else { return }
            state.trapping = filter
            state.zygote?.kill()
            state.zygote = nil
        }
        return try zygote()
    }

    private func makeWorker(
        of module: SealedModule, limits: WorkerLimits, zygote: (zygote: Zygote, isTrapping: Bool)
    ) throws -> Worker {
        let (zygote, isTrapping) = zygote
        let id = state.withLock { state in
            defer { state.nextSlot += 1 }
            return WorkerID(slot: state.nextSlot, generation: state.generation)
        }
        do {
            return try Worker(
                id: id, zygote: zygote, reaper: reaper, channels: channels, module: module, limits: limits,
                floor: configuration.floor, isTrapping: isTrapping)
        } catch let death as Death where death.cause == .zygoteGone {
            // The next one gets a new zygote.
            state.withLock { state in
                if state.zygote === zygote {
                    zygote.kill()
                    state.zygote = nil
                }
            }
            throw death
        }
    }

    /// Of the zygote, as long as it is not reaped; for tests and reports.
    package var zygotePID: Int32? { state.withLock { $0.zygote.flatMap { $0.hasEnded ? nil : $0.pid } } }

    /// Workers whose processes are not reaped yet.
    package var workerCount: Int { reaper.watchedWorkerCount }

    /// How often the reaper woke so far; for tests.
    var reaperTurnCount: Int { reaper.turnCount }

    /// Ends the zygote, every worker that there still is, and the reaper. Afterwards no process of this supervisor is left, also none that
    /// has ended and waits to be reaped; a start that is under way fails. Blocks.
    package func shutDown() {
        let zygote: Zygote? = state.withLock { state in
            precondition(!state.isShutDown, "a supervisor is shut down once")
            state.isShutDown = true
            defer { state.zygote = nil }
            return state.zygote
        }
        zygote?.kill()
        reaper.stop()
    }
}
