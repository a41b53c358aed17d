// SPDX-License-Identifier: Apache-2.0
// One thread that sees every death and every violation: an epoll over all pidfds and listeners. It also spawns the zygote,
// because the kernel binds the zygote's parent-death signal to the spawning thread, and this one lives as long as the Supervisor.
// It does not end before every process that it was told of is reaped: its end would kill them, and nobody would take their ends.

import CXVMSandbox
import Glibc
import Synchronization
import XVMSystem
import XVMWire

final class Reaper: Sendable {
    private enum Watched: Sendable {
        case process(WorkerLife)
        case listener(WorkerLife)
        case zygote(Zygote)
    }
    private struct State: ~Copyable {
        var watched: [UInt64: Watched] = [:]
        var nextToken: UInt64 = 1
        var jobs: [@Sendable () -> Void] = []
        var isStopping = false

        var hasProcesses: Bool { watched.values.contains { if case .listener = $0 { false } else { true } } }
    }

    private let epoll: Descriptor
    private let event: Descriptor
    private let state = Mutex(State())
    private let thread = Mutex<NativeThread?>(nil)
    let witness = MemoryWitness()
    /// How often it looked at what is ready.
    private let turns = Atomic<Int>(0)

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
    /// - Throws: ESHUTDOWN once `stop` was called: then the caller reaps it (`WorkerLife.endHere`).
    func watch(_ life: WorkerLife) throws(SystemError) {
        try watch(.process(life), descriptor: life.pidfd.number)
    }

    /// Calls the zygote's `end` on the reaper's thread when its process has ended.
    func watch(_ zygote: Zygote) throws(SystemError) {
        try watch(.zygote(zygote), descriptor: zygote.pidfd.number)
    }

    /// Sees to violations, too; `listener` is the number of a descriptor that `life` keeps.
    func watch(listener: Int32, of life: WorkerLife) throws(SystemError) {
        try watch(.listener(life), descriptor: listener)
    }

    private func watch(_ watched: Watched, descriptor: Int32) throws(SystemError) {
        let token: UInt64? = state.withLock { state in
            if state.isStopping { return nil }
            let token = state.nextToken
            state.nextToken += 1
            state.watched[token] = watched
            return token
        }
        guard let token else { throw SystemError(call: "epoll_ctl", errno: ESHUTDOWN, detail: "the supervisor is shut down") }
        let result = xvm_system_epoll_add(epoll.number, descriptor, token)
        if result < 0 {
            forget(token)
            // A reaper that stops waits for what is watched.
            xvm_system_event_set(event.number)
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
            turns.add(1, ordering: .relaxed)
            let events = ready.prefix(Int(count))
            if events.contains(where: { $0.token == 0 }) { work() }
            // Violations before deaths: a worker that stands in a refused call is named by the call, not by the kill that follows.
            for event in events where event.token != 0 {
                if case .listener(let life)? = watched(event.token) {
                    if event.events & UInt32(XVM_SYSTEM_READABLE.rawValue) != 0 { life.recordViolation() }
                    if event.events & UInt32(XVM_SYSTEM_HANGUP.rawValue) != 0 {
                        // Nobody stands behind the filter any more: the worker is past its last instruction. Its lane goes on while
                        // the kernel takes its memory apart.
                        life.stop()
                        // It stays ready for as long as that takes.
                        life.withListener { xvm_system_epoll_remove(epoll.number, $0) }
                        forget(event.token)
                    }
                }
            }
            for event in events where event.token != 0 {
                switch watched(event.token) {
                case .process(let life)?: end(life, event.token)
                case .zygote(let zygote)?:
                    xvm_system_epoll_remove(epoll.number, zygote.pidfd.number)
                    zygote.end()
                    forget(event.token)
                case .listener?, nil: break
                }
            }
            if state.withLock({ $0.isStopping && !$0.hasProcesses }) { return }
        }
    }

    /// What `run` and `stop` ask for.
    private func work() {
        xvm_system_event_clear(event.number)
        let (jobs, ending) = state.withLock { state in
            defer { state.jobs = [] }
            return (state.jobs, state.isStopping ? Array(state.watched.values) : [])
        }
        for job in jobs { job() }
        for case .process(let life) in ending { life.kill(.cancelled) }
    }

    private func end(_ life: WorkerLife, _ token: UInt64) {
        // One that cannot be reaped yet stays readable, and comes again.
        guard life.reap() else { return }
        forget(token)
        // After the books, because who waits for the end may count the workers next; before all that nobody waits for. The pidfd is still
        // open, so its number is still its own.
        life.announce()
        xvm_system_epoll_remove(epoll.number, life.pidfd.number)
        state.withLock { state in
            for (token, other) in state.watched {
                if case .listener(let candidate) = other, candidate === life { state.watched[token] = nil }
            }
        }
        life.closeListener()
    }

    /// On this thread: ends and reaps the children that a zygote made and that nobody was told of. That is what it had begun when it was
    /// killed, or what it handed over when the host had no descriptor left to take it.
    ///
    /// Such a child is known by its session: each zygote begins one of its own, and what it forks cannot leave it. So no child of the
    /// embedder, and none of another zygote, is ever taken for one; and the workers of this session that live on are those that are
    /// watched. The number of a session is not given to anybody else before its first process, the zygote, is reaped: call it before.
    func endStrangers(ofSession session: Int32) {
        let known = Set(
            state.withLock { state in
                state.watched.values.compactMap { if case .process(let life) = $0 { life.pid } else { nil } }
            })
        for pid in Self.candidates() where pid != session && !known.contains(pid) && getsid(pid) == session {
            let number = xvm_system_pidfd_open(pid)
            if number < 0 { continue }
            let process = Descriptor(owning: number)
            xvm_system_pidfd_kill(process.number)
            var ending = xvm_system_exit()
            _ = unsafe xvm_system_wait(process.number, 1, &ending)
        }
    }

    /// Processes that may be children of this thread, all of those among them. A kernel without a list of children has one of processes.
    private static func candidates() -> [Int32] {
        if let text = try? ProcFile.read("/proc/thread-self/children") {
            return text.split(separator: " ").compactMap { Int32($0) }
        }
        guard let folder = try? Folder(opening: "/proc"), let names = try? folder.names() else { return [] }
        return names.compactMap { Int32($0) }
    }

    private func watched(_ token: UInt64) -> Watched? { state.withLock { $0.watched[token] } }
    private func forget(_ token: UInt64) { state.withLock { _ = $0.watched.removeValue(forKey: token) } }

    /// How often the reaper woke so far; for tests.
    var turnCount: Int { turns.load(ordering: .relaxed) }

    /// Workers that are watched and not gone.
    var watchedWorkerCount: Int {
        state.withLock { state in
            state.watched.values.count { if case .process = $0 { true } else { false } }
        }
    }

    /// Ends what is still watched, and the thread when all of it is reaped. No zygote may be watched any more.
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
