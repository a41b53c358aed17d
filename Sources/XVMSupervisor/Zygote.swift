// SPDX-License-Identifier: Apache-2.0
// The host's end of the zygote: started once, asked for workers. Protocol: xvm_zygote.h.

import CXVMSandbox
import Synchronization
import XVMSystem
import XVMWire

/// One zygote process, the socket to it, and the blank workers that it made ahead of need.
final class Zygote: Sendable {
    private struct State: ~Copyable {
        /// Blanks that nobody has taken; the numbers are owned here.
        var ready: [Blank] = []
        /// Blanks that were asked for and not answered.
        var asked = 0
        /// Of the last request.
        var cookie: UInt64 = 0
        var hasEnded = false
    }
    private struct Blank {
        var pid: Int32
        var pidfd: Int32
        var socket: Int32
    }

    /// Blanks kept ready. A start takes one and asks for the next, so more than one is for starts that come at the same time; each
    /// is a process of some 30 KiB of its own.
    private static let blanksKept = 2

    private let state = Mutex(State())
    private let socket: Descriptor
    private let reaper: Reaper
    /// Opens when the process is reaped, and with it every blank that nobody took.
    private let ended = Gate()
    /// For the reaper's watch.
    let pidfd: Descriptor
    let pid: Int32
    /// The zygote's own steps, as READY reported them.
    let steps: [(step: UInt32, errno: Int32)]
    let landlockABI: UInt32
    /// Filters of an outer sandbox, which every worker inherits; nil where the kernel does not count them (before 5.9).
    let filterCount: Int?

    let judge = Judge()

    /// How long the zygote may take for one answer. It does a few dozen system calls; a machine that needs longer is not usable.
    private static let answerNanoseconds: Int64 = 10_000_000_000

    /// Starts and configures a zygote. `kill` must follow, or the reaper never ends.
    /// - Parameter reaper: spawns it, so that its parent-death signal is bound to a thread that stays; and takes its end.
    /// - Throws: `Death` with cause `setup` or `zygoteGone`, `SystemError`; no process is left then.
    init(workerPath: String, loadFilter: [UInt8], runFilter: [UInt8], flags: UInt32, segmentSize: UInt32, reaper: Reaper) throws {
        var pair: [Int32] = [-1, -1]
        try checked("socketpair", unsafe pair.withUnsafeMutableBufferPointer { unsafe xvm_system_socketpair($0.baseAddress) })
        let ours = Descriptor(owning: pair[0])
        let theirs = Descriptor(owning: pair[1])

        let theirNumber = theirs.number
        let spawned = reaper.run { () -> (result: Int32, pid: Int32, pidfd: Int32) in
            var pid: Int32 = 0
            var pidfd: Int32 = -1
            let result = unsafe xvm_system_spawn_zygote(workerPath, theirNumber, &pid, &pidfd)
            return (result, pid, pidfd)
        }
        try? theirs.close()
        try checked("posix_spawn", spawned.result, workerPath)
        let process = Descriptor(owning: spawned.pidfd)
        let answer: xvm_zygote_answer
        do {
            answer = try Self.configure(
                ours, spawned.pid, loadFilter: loadFilter, runFilter: runFilter, flags: flags, segmentSize: segmentSize)
        } catch {
            // It made nothing yet, and nobody else knows of it.
            xvm_system_pidfd_kill(process.number)
            var ending = xvm_system_exit()
            _ = unsafe xvm_system_wait(process.number, 1, &ending)
            throw error
        }
        steps = unsafe withUnsafeBytes(of: answer.steps) { bytes in
            let reports = unsafe bytes.bindMemory(to: xvm_step_report.self)
            return (0..<min(Int(answer.step_count), reports.count)).map {
                unsafe (step: UInt32(reports[$0].step), errno: Int32(reports[$0].error))
            }
        }
        landlockABI = answer.landlock_abi
        filterCount = (try? ProcessStatus(pid: spawned.pid))?["Seccomp_filters"].flatMap { Int($0) }
        pid = spawned.pid
        pidfd = process
        socket = ours
        self.reaper = reaper
        do { try reaper.watch(self) } catch {
            xvm_system_pidfd_kill(pidfd.number)
            end()
            throw error
        }
        replenish()
    }

    /// Sends CONFIGURE and takes READY.
    private static func configure(
        _ socket: borrowing Descriptor, _ pid: Int32, loadFilter: [UInt8], runFilter: [UInt8], flags: UInt32, segmentSize: UInt32
    ) throws -> xvm_zygote_answer {
        let programs = loadFilter + runFilter
        let memory = Descriptor(
            owning: try checked(
                "memfd_create",
                unsafe programs.withUnsafeBytes { unsafe xvm_system_memfd_sealed("xvm-filters", $0.baseAddress, $0.count) }))
        var request = xvm_zygote_configure()
        request.magic = XVM_ZYGOTE_MAGIC
        request.version = XVM_ZYGOTE_VERSION
        request.op = XVM_ZYGOTE_CONFIGURE.rawValue
        request.flags = flags
        request.load_filter_size = UInt32(loadFilter.count / 8)
        request.run_filter_size = UInt32(runFilter.count / 8)
        request.h2w_size = segmentSize
        request.w2h_size = segmentSize
        try send(socket, unsafe withUnsafeBytes(of: &request) { unsafe Array($0) }, [memory.number])
        let answer = try receive(socket).answer
        guard answer.op == XVM_ZYGOTE_READY.rawValue else {
            throw Death(
                cause: .setup(step: xvm_step(rawValue: answer.step).layerName, errno: answer.error), place: "zygote \(pid)")
        }
        return answer
    }

    /// A blank worker: a process that waits for `BlankWorker.begin`. One that was made ahead, if there is one. The reaper sees to its end
    /// from now on.
    /// - Parameter makeLife: gets its process id and its pidfd.
    /// - Throws: `Death`, `SystemError`.
    func take(_ makeLife: (Int32, consuming Descriptor) -> WorkerLife) throws -> BlankWorker {
        try state.withLock { state in
            while state.ready.isEmpty {
                if state.hasEnded { throw Self.failure("it has ended") }
                if state.asked == 0 { try askForBlank(&state) }
                let reply = try Self.receive(socket)
                if try !Self.keepBlank(reply, &state, pid) { throw Self.failure("an answer that nobody asked for") }
            }
            let blank = state.ready.removeFirst()
            let socket = Descriptor(owning: blank.socket)
            let life = makeLife(blank.pid, Descriptor(owning: blank.pidfd))
            // Under the lock: whoever looks for strangers after the zygote's end must find this one among those that are watched.
            do { try reaper.watch(life) } catch {
                life.endHere()
                throw error
            }
            return BlankWorker(life: life, socket: socket)
        }
    }

    /// Asks for blanks, so that the next `take` finds one; does not wait for them. A zygote that is gone is found out by `take`.
    func replenish() {
        state.withLock { state in
            while !state.hasEnded, state.ready.count + state.asked < Self.blanksKept {
                guard (try? askForBlank(&state)) != nil else { return }
            }
        }
    }

    private func askForBlank(_ state: inout State) throws {
        var request = xvm_zygote_spawn()
        request.magic = XVM_ZYGOTE_MAGIC
        request.version = XVM_ZYGOTE_VERSION
        request.op = XVM_ZYGOTE_SPAWN.rawValue
        state.cookie += 1
        request.cookie = state.cookie
        try Self.send(socket, unsafe withUnsafeBytes(of: &request) { unsafe Array($0) }, [])
        state.asked += 1
    }

    /// Takes an answer to SPAWN.
    /// - Returns: false if it answers something else.
    /// - Throws: `Death` when the zygote could not make a blank.
    private static func keepBlank(_ reply: borrowing Reply, _ state: inout State, _ pid: Int32) throws -> Bool {
        if reply.answer.op == XVM_ZYGOTE_FAILED.rawValue, reply.answer.step != XVM_STEP_LISTENER.rawValue, state.asked > 0 {
            state.asked -= 1
            throw Death(
                cause: .setup(step: xvm_step(rawValue: reply.answer.step).layerName, errno: reply.answer.error),
                place: "zygote \(pid)")
        }
        guard reply.answer.op == XVM_ZYGOTE_SPAWNED.rawValue, state.asked > 0 else { return false }
        let numbers = reply.release()
        guard numbers.count == 2 else {
            // Not counted as answered: the process is there, and nobody knows it (`end`).
            for number in numbers { _ = Descriptor(owning: number) }
            throw failure("SPAWNED came with \(numbers.count) descriptors")
        }
        state.asked -= 1
        state.ready.append(Blank(pid: reply.answer.pid, pidfd: numbers[0], socket: numbers[1]))
        return true
    }

    /// A copy of a worker's descriptor, fetched by the zygote, which has the worker's own id.
    /// - Parameter worker: the worker's pidfd.
    /// - Returns: the descriptor, owned by the caller, and 0; or -1 and why not.
    func fetchListener(_ number: UInt32, of worker: Int32) throws -> (copy: Int32, errno: Int32) {
        var request = xvm_zygote_listener()
        request.magic = XVM_ZYGOTE_MAGIC
        request.version = XVM_ZYGOTE_VERSION
        request.op = XVM_ZYGOTE_LISTENER.rawValue
        request.number = number
        return try state.withLock { state in
            state.cookie += 1
            request.cookie = state.cookie
            try Self.send(socket, unsafe withUnsafeBytes(of: &request) { unsafe Array($0) }, [worker])
            while true {
                let reply = try Self.receive(socket)
                if reply.answer.cookie == request.cookie {
                    let numbers = reply.release()
                    if reply.answer.op == XVM_ZYGOTE_LISTENER_HERE.rawValue, numbers.count == 1 { return (numbers[0], 0) }
                    for number in numbers { _ = Descriptor(owning: number) }
                    return (-1, reply.answer.error)
                }
                // A blank that was asked for before; a failure of one is found out again by whoever needs it.
                guard (try? Self.keepBlank(reply, &state, pid)) != false else {
                    throw Self.failure("answer carries cookie \(reply.answer.cookie), asked was \(request.cookie)")
                }
            }
        }
    }

    /// Ends the zygote and the blanks that nobody took; workers are not touched. Waits until they are reaped; a second call waits, too.
    func kill() {
        // It first makes the blanks that were asked for and hands them over.
        xvm_system_shut_down_writing(socket.number)
        if ended.wait(until: xvm_system_monotonic_nanoseconds() + Self.endNanoseconds) { return }
        xvm_system_pidfd_kill(pidfd.number)
        ended.wait()
    }

    /// True when the process is gone; who takes a blank gets `zygoteGone`.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// The reaper, on its thread: the process has ended, of whatever cause. Reaps it and every process that it made and nobody took.
    func end() {
        state.withLock { state in
            // Its messages outlive it.
            drain(&state)
            var ending = xvm_system_exit()
            for blank in state.ready {
                let process = Descriptor(owning: blank.pidfd)
                xvm_system_pidfd_kill(process.number)
                _ = unsafe xvm_system_wait(process.number, 1, &ending)
                _ = Descriptor(owning: blank.socket)
            }
            state.ready = []
            // An answer is missing: it may have been killed between the fork and the message.
            if state.asked > 0 { reaper.endStrangers(ofSession: pid) }
            state.asked = 0
            // Last, see endStrangers.
            _ = unsafe xvm_system_wait(pidfd.number, 1, &ending)
            state.hasEnded = true
        }
        ended.open()
    }

    /// Receives until there is no more.
    private func drain(_ state: inout State) {
        while true {
            do {
                let reply = try Self.receive(socket)
                _ = try? Self.keepBlank(reply, &state, pid)
            } catch { return }
        }
    }

    /// How long a zygote may take for its own end.
    private static let endNanoseconds: Int64 = 1_000_000_000

    private struct Reply: ~Copyable {
        var answer: xvm_zygote_answer
        /// Owned.
        private let descriptors: Mutex<[Int32]>

        init(answer: xvm_zygote_answer, descriptors: [Int32]) {
            self.answer = answer
            self.descriptors = Mutex(descriptors)
        }

        /// The descriptors; the caller owns them now.
        func release() -> [Int32] {
            descriptors.withLock { numbers in
                defer { numbers = [] }
                return numbers
            }
        }

        deinit { for number in release() { _ = Descriptor(owning: number) } }
    }

    private static func send(_ socket: borrowing Descriptor, _ request: [UInt8], _ descriptors: [Int32]) throws {
        let sent = sendMessage(socket, request, descriptors)
        if sent < 0 { throw failure("send: errno \(-sent)") }
    }

    private static func receive(_ socket: borrowing Descriptor) throws -> Reply {
        var answer = xvm_zygote_answer()
        var numbers = [Int32](repeating: -1, count: Int(XVM_SYSTEM_DESCRIPTORS_MAX))
        var count: UInt32 = 0
        let deadline = xvm_system_monotonic_nanoseconds() + answerNanoseconds
        let size = unsafe withUnsafeMutableBytes(of: &answer) { bytes in
            unsafe numbers.withUnsafeMutableBufferPointer {
                unsafe xvm_system_receive(socket.number, bytes.baseAddress, bytes.count, $0.baseAddress, &count, deadline)
            }
        }
        // Whatever came is owned now, so that every refusal below closes it.
        let reply = Reply(answer: answer, descriptors: Array(numbers.prefix(Int(count))))
        if size < 0 { throw failure("receive: errno \(-size)") }
        guard size == Int64(MemoryLayout<xvm_zygote_answer>.size), answer.magic == XVM_ZYGOTE_MAGIC,
            answer.version == XVM_ZYGOTE_VERSION
        else { throw failure("answer of \(size) bytes, magic \(answer.magic), version \(answer.version)") }
        return reply
    }

    private static func failure(_ what: String) -> Death { Death(cause: .zygoteGone, place: "zygote: \(what)") }
}

/// A blank worker as the zygote hands it over.
struct BlankWorker: ~Copyable {
    /// Watched already.
    let life: WorkerLife
    /// Where BEGIN goes; a blank whose socket is closed ends.
    private let socket: Descriptor

    init(life: WorkerLife, socket: consuming Descriptor) {
        self.life = life
        self.socket = socket
    }

    /// Gives the blank its module, rings and limits.
    /// - Returns: false if the process is gone.
    consuming func begin(
        limits: WorkerLimits, moduleHash: [UInt8], module: Int32, hostToWorker: Int32, workerToHost: Int32
    ) -> Bool {
        precondition(moduleHash.count == 32, "a module hash has 32 bytes, not \(moduleHash.count)")
        var request = xvm_worker_begin()
        request.magic = XVM_ZYGOTE_MAGIC
        request.version = XVM_ZYGOTE_VERSION
        request.op = XVM_WORKER_BEGIN.rawValue
        request.data_limit = limits.dataSize
        request.stack_limit = limits.stackSize
        request.cpu_seconds = limits.cpuSeconds
        request.memory_pages_max = limits.memoryPagesMax
        unsafe withUnsafeMutableBytes(of: &request.module_hash) { unsafe $0.copyBytes(from: moduleHash) }
        let bytes = unsafe withUnsafeBytes(of: &request) { unsafe Array($0) }
        return sendMessage(socket, bytes, [module, hostToWorker, workerToHost]) == 0
    }
}

/// 0 or a negative errno.
private func sendMessage(_ socket: borrowing Descriptor, _ bytes: [UInt8], _ descriptors: [Int32]) -> Int32 {
    unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe descriptors.withUnsafeBufferPointer { numbers in
            unsafe xvm_system_send(socket.number, bytes.baseAddress, bytes.count, numbers.baseAddress, UInt32(numbers.count))
        }
    }
}

/// What one worker may use.
package struct WorkerLimits: Hashable, Sendable {
    /// RLIMIT_DATA in bytes: private writable memory, linear memory included.
    package var dataSize: UInt64
    /// RLIMIT_STACK in bytes.
    package var stackSize: UInt64
    /// CPU time over the worker's whole life, in seconds; a backstop behind the deadline of each invocation.
    package var cpuSeconds: UInt32
    /// Pages that linear memory may ever grow to.
    package var memoryPagesMax: UInt32

    package init(memoryPagesMax: UInt32, cpuSeconds: UInt32 = 3600, stackSize: UInt64 = 8 << 20) {
        self.memoryPagesMax = memoryPagesMax
        self.cpuSeconds = cpuSeconds
        self.stackSize = stackSize
        dataSize = UInt64(memoryPagesMax) * 65536 + Self.overheadSize
    }

    /// Instance headers and tables, and the worker's own buffers.
    private static let overheadSize: UInt64 = 64 << 20

    /// False where RLIMIT_DATA has room for all that linear memory may grow to, whatever else the worker uses.
    var canRefuseGrowth: Bool { dataSize < UInt64(memoryPagesMax) * 65536 + Self.overheadSize }
}
