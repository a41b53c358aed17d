// SPDX-License-Identifier: Apache-2.0
// One thread that sees every death and every violation: an epoll over all pidfds and listeners. It also spawns the zygote,
// because the kernel binds the zygote's parent-death signal to the spawning thread, and this one lives as long as the Supervisor.

import CXVMSandbox
import Glibc
import Synchronization
import XVMSystem

final class Reaper: Sendable {
    private enum Watched: Sendable {
        case process(WorkerLife)
        case listener(WorkerLife)
    }
    private struct State: ~Copyable {
        var watched: [UInt64: Watched] = [:]
        var nextToken: UInt64 = 1
        var jobs: [@Sendable () -> Void] = []
        var isStopping = false
    }

    private let epoll: Descriptor
    private let event: Descriptor
    private let state = Mutex(State())
    private let thread = Mutex<NativeThread?>(nil)
    private let witness = MemoryWitness()

    init() throws(SystemError) {
        epoll = Descriptor(owning: try checked("epoll_create1", xvm_system_epoll_create()))
        event = Descriptor(owning: try checked("eventfd", xvm_system_event_create()))
        try checked("epoll_ctl", xvm_system_epoll_add(epoll.number, event.number, 0))
        let thread = try NativeThread(name: "xvm-reaper") { [self] in serve() }
        self.thread.withLock { $0 = thread }
    }

    /// Runs `body` on the reaper's thread and waits for it. `body` must be short: no death is seen meanwhile.
    func run<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Result {
        let result = Mutex<Result?>(nil)
        let done = Gate()
        let box = Box(result: result, done: done)
        state.withLock { state in
            precondition(!state.isStopping, "the reaper was asked to work after its end")
            state.jobs.append {
                let value = body()
                box.result.withLock { $0 = value }
                box.done.open()
            }
        }
        xvm_system_event_set(event.number)
        box.done.wait()
        return box.result.withLock { $0! }
    }

    private final class Box<Result: Sendable>: Sendable {
        let result: Mutex<Result?>
        let done: Gate
        init(result: consuming Mutex<Result?>, done: Gate) {
            self.result = result
            self.done = done
        }
    }

    /// Sees to the end of this worker from now on.
    func watch(_ life: WorkerLife) throws(SystemError) {
        try watch(.process(life), descriptor: life.pidfd.number)
    }

    /// Sees to violations, too; `listener` is the number of a descriptor that `life` keeps.
    func watch(listener: Int32, of life: WorkerLife) throws(SystemError) {
        try watch(.listener(life), descriptor: listener)
    }

    private func watch(_ watched: Watched, descriptor: Int32) throws(SystemError) {
        let token = state.withLock { state in
            let token = state.nextToken
            state.nextToken += 1
            state.watched[token] = watched
            return token
        }
        let result = xvm_system_epoll_add(epoll.number, descriptor, token)
        if result < 0 {
            state.withLock { _ = $0.watched.removeValue(forKey: token) }
            throw SystemError(call: "epoll_ctl", errno: -result, detail: "descriptor \(descriptor)")
        }
    }

    private func serve() {
        var ready = [xvm_system_ready](repeating: xvm_system_ready(), count: 64)
        while true {
            let count = unsafe ready.withUnsafeMutableBufferPointer {
                unsafe xvm_system_epoll_wait(epoll.number, $0.baseAddress, UInt32($0.count), Int64.max)
            }
            precondition(count >= 0, "epoll_wait failed with errno \(-count)")
            let events = ready.prefix(Int(count))
            if events.contains(where: { $0.token == 0 }) {
                xvm_system_event_clear(event.number)
                let (jobs, isStopping) = state.withLock { state in
                    defer { state.jobs = [] }
                    return (state.jobs, state.isStopping)
                }
                for job in jobs { job() }
                if isStopping { return }
            }
            // Violations before deaths: a worker that stands in a refused call is named by the call, not by the kill that follows.
            for event in events where event.token != 0 {
                if case .listener(let life)? = watched(event.token) {
                    if event.events & UInt32(XVM_SYSTEM_READABLE.rawValue) != 0 { life.recordViolation() }
                    if event.events & UInt32(XVM_SYSTEM_HANGUP.rawValue) != 0 { forget(event.token) }
                }
            }
            for event in events where event.token != 0 {
                // One that cannot be reaped yet stays readable, and comes again.
                if case .process(let life)? = watched(event.token), life.reap(witness) {
                    forget(event.token)
                    // After the books, because who waits for the end may count the workers next; before all that nobody waits for. The
                    // pidfd is still open, so its number is still its own.
                    life.announce()
                    xvm_system_epoll_remove(epoll.number, life.pidfd.number)
                    state.withLock { state in
                        for (token, other) in state.watched {
                            if case .listener(let candidate) = other, candidate === life { state.watched[token] = nil }
                        }
                    }
                    life.closeListener()
                }
            }
        }
    }

    private func watched(_ token: UInt64) -> Watched? { state.withLock { $0.watched[token] } }
    private func forget(_ token: UInt64) { state.withLock { _ = $0.watched.removeValue(forKey: token) } }

    /// Workers that are watched and not gone.
    var watchedWorkerCount: Int {
        state.withLock { state in
            state.watched.values.count { if case .process = $0 { true } else { false } }
        }
    }

    /// Ends the thread. No worker may be watched any more.
    func stop() {
        state.withLock { $0.isStopping = true }
        xvm_system_event_set(event.number)
        let thread = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        thread?.join()
    }
}
