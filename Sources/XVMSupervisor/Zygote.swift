// SPDX-License-Identifier: Apache-2.0
// The host's end of the zygote: started once, asked for workers. Protocol: xvm_zygote.h.

import CXVMSandbox
import Synchronization
import XVMSystem
import XVMWire

/// One zygote process and the socket to it. Requests are answered one at a time.
final class Zygote: Sendable {
    private let socket: Mutex<Descriptor>
    private let pidfd: Descriptor
    let pid: Int32
    /// The zygote's own steps, as READY reported them.
    let steps: [(step: UInt32, errno: Int32)]
    let landlockABI: UInt32
    /// Filters of an outer sandbox, which every worker inherits; nil where the kernel does not count them (before 5.9).
    let filterCount: Int?

    /// How long the zygote may take for one answer. It does a few dozen system calls; a machine that needs longer is not usable.
    private static let answerNanoseconds: Int64 = 10_000_000_000

    /// Starts and configures a zygote.
    /// - Parameter reaper: spawns it, so that its parent-death signal is bound to a thread that stays.
    /// - Throws: `Death` with cause `setup` or `zygoteGone`.
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
        try theirs.close()
        try checked("posix_spawn", spawned.result, workerPath)
        pid = spawned.pid
        pidfd = Descriptor(owning: spawned.pidfd)

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
        let reply = try Self.ask(ours, unsafe withUnsafeBytes(of: &request) { unsafe Array($0) }, [memory.number])
        let answer = reply.answer
        guard answer.op == XVM_ZYGOTE_READY.rawValue else {
            throw Death(
                cause: .setup(step: xvm_step(rawValue: answer.step).layerName, errno: answer.error),
                place: "zygote \(spawned.pid)")
        }
        steps = unsafe withUnsafeBytes(of: answer.steps) { bytes in
            let reports = unsafe bytes.bindMemory(to: xvm_step_report.self)
            return (0..<min(Int(answer.step_count), reports.count)).map {
                unsafe (step: UInt32(reports[$0].step), errno: Int32(reports[$0].error))
            }
        }
        landlockABI = answer.landlock_abi
        filterCount = (try? ProcessStatus(pid: spawned.pid))?["Seccomp_filters"].flatMap { Int($0) }
        socket = Mutex(ours)
    }

    /// A new worker process; it is not sealed yet.
    /// - Throws: `Death`.
    func spawn(
        cookie: UInt64, limits: WorkerLimits, moduleHash: [UInt8], module: Int32, hostToWorker: Int32, workerToHost: Int32
    ) throws -> SpawnedProcess {
        precondition(moduleHash.count == 32, "a module hash has 32 bytes, not \(moduleHash.count)")
        var request = xvm_zygote_spawn()
        request.magic = XVM_ZYGOTE_MAGIC
        request.version = XVM_ZYGOTE_VERSION
        request.op = XVM_ZYGOTE_SPAWN.rawValue
        request.cookie = cookie
        request.data_limit = limits.dataSize
        request.stack_limit = limits.stackSize
        request.cpu_seconds = limits.cpuSeconds
        request.memory_pages_max = limits.memoryPagesMax
        unsafe withUnsafeMutableBytes(of: &request.module_hash) { unsafe $0.copyBytes(from: moduleHash) }
        let bytes = unsafe withUnsafeBytes(of: &request) { unsafe Array($0) }
        var reply = try socket.withLock { socket in
            try Self.ask(socket, bytes, [module, hostToWorker, workerToHost])
        }
        let answer = reply.answer
        guard answer.cookie == cookie else {
            throw Self.failure("answer carries cookie \(answer.cookie), asked was \(cookie)")
        }
        guard answer.op == XVM_ZYGOTE_SPAWNED.rawValue else {
            throw Death(
                cause: .setup(step: xvm_step(rawValue: answer.step).layerName, errno: answer.error), place: "zygote \(pid)")
        }
        guard let pidfd = reply.descriptor.take() else { throw Self.failure("SPAWNED came without a pidfd") }
        return SpawnedProcess(pid: answer.pid, pidfd: pidfd)
    }

    /// A copy of a worker's descriptor, fetched by the zygote, which has the worker's own id.
    /// - Parameter worker: the worker's pidfd.
    /// - Returns: the descriptor, owned by the caller, and 0; or -1 and why not.
    func fetchListener(_ number: UInt32, of worker: Int32, id: WorkerID) throws -> (copy: Int32, errno: Int32) {
        var request = xvm_zygote_listener()
        request.magic = XVM_ZYGOTE_MAGIC
        request.version = XVM_ZYGOTE_VERSION
        request.op = XVM_ZYGOTE_LISTENER.rawValue
        request.number = number
        request.cookie = UInt64(id.generation) << 32 | UInt64(id.slot)
        let bytes = unsafe withUnsafeBytes(of: &request) { unsafe Array($0) }
        let cookie = request.cookie
        var reply = try socket.withLock { socket in try Self.ask(socket, bytes, [worker]) }
        guard reply.answer.cookie == cookie else {
            throw Self.failure("answer carries cookie \(reply.answer.cookie), asked was \(cookie)")
        }
        guard reply.answer.op == XVM_ZYGOTE_LISTENER_HERE.rawValue, let listener = reply.descriptor.take() else {
            return (-1, reply.answer.error)
        }
        return (listener.release(), 0)
    }

    /// Ends the zygote; its workers are not touched.
    func kill() {
        xvm_system_pidfd_kill(pidfd.number)
        var ending = xvm_system_exit()
        _ = unsafe xvm_system_wait(pidfd.number, 1, &ending)
    }

    private struct Reply: ~Copyable {
        var answer: xvm_zygote_answer
        var descriptor: Descriptor?
    }

    /// One request, one answer. At most one descriptor comes with an answer.
    private static func ask(
        _ socket: borrowing Descriptor, _ request: [UInt8], _ descriptors: [Int32]
    ) throws -> Reply {
        let sent = unsafe request.withUnsafeBytes { bytes in
            unsafe descriptors.withUnsafeBufferPointer { numbers in
                unsafe xvm_system_send(socket.number, bytes.baseAddress, bytes.count, numbers.baseAddress, UInt32(numbers.count))
            }
        }
        if sent < 0 { throw failure("send: errno \(-sent)") }
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
        var descriptor: Descriptor?
        for number in numbers.prefix(Int(count)) { descriptor = Descriptor(owning: number) }
        if size < 0 { throw failure("receive: errno \(-size)") }
        guard size == Int64(MemoryLayout<xvm_zygote_answer>.size), answer.magic == XVM_ZYGOTE_MAGIC,
            answer.version == XVM_ZYGOTE_VERSION
        else { throw failure("answer of \(size) bytes, magic \(answer.magic), version \(answer.version)") }
        return Reply(answer: answer, descriptor: descriptor)
    }

    private static func failure(_ what: String) -> Death { Death(cause: .zygoteGone, place: "zygote: \(what)") }
}

/// A worker process as the zygote hands it over.
struct SpawnedProcess: ~Copyable {
    /// As the supervisor sees it.
    let pid: Int32
    let pidfd: Descriptor
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

    package init(memoryPagesMax: UInt32, cpuSeconds: UInt32 = 3600) {
        self.memoryPagesMax = memoryPagesMax
        self.cpuSeconds = cpuSeconds
        stackSize = 8 << 20
        // Linear memory, instance headers and tables, and the worker's own buffers.
        dataSize = UInt64(memoryPagesMax) * 65536 + (64 << 20)
    }
}
