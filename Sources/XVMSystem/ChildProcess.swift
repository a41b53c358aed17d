// SPDX-License-Identifier: Apache-2.0
// Runs helper programs (compilers, linkers) under resource limits and a deadline, several at once, and leaves nothing behind.

import CXVMSandbox
import Glibc

/// One helper program: what to run and what it may use up.
package struct ChildRequest: Sendable {
    /// Resource limits, inherited by everything the program starts. nil leaves the host's limit. Core files are always off.
    package struct Limits: Equatable, Sendable {
        /// CPU time of each process: SIGXCPU there, SIGKILL one second later.
        package var cpuSeconds: UInt64?
        /// Bytes of address space of each process (RLIMIT_AS).
        package var addressSpaceSize: UInt64?
        /// Bytes of each file that is written (RLIMIT_FSIZE).
        package var fileSize: UInt64?
        package var descriptorCount: UInt64?
        /// Bytes, and files, in `directory`; beyond either the process group is killed. Looked at a few times a second.
        package var folderSize: UInt64?
        package var folderFileCount: Int?
        /// Wall time of the whole; at its end the process group is killed.
        package var wallNanoseconds: Int64

        package init(
            cpuSeconds: UInt64? = nil, addressSpaceSize: UInt64? = nil, fileSize: UInt64? = nil,
            descriptorCount: UInt64? = nil, folderSize: UInt64? = nil, folderFileCount: Int? = nil, wallNanoseconds: Int64
        ) {
            self.cpuSeconds = cpuSeconds
            self.addressSpaceSize = addressSpaceSize
            self.fileSize = fileSize
            self.descriptorCount = descriptorCount
            self.folderSize = folderSize
            self.folderFileCount = folderFileCount
            self.wallNanoseconds = wallNanoseconds
        }
    }

    /// The program's path; PATH is not searched.
    package var program: String
    /// argv without [0], which is `program`.
    package var arguments: [String]
    /// The whole environment, as "NAME=value"; nothing is inherited.
    package var environment: [String]
    /// Working directory; nil: the host's.
    package var directory: String?
    package var limits: Limits
    /// What descriptor 0 of the program is: a memory file with these bytes, which it may change. nil: /dev/null.
    package var record: [UInt8]?
    /// How many bytes of standard output, and of standard error, are kept; what is beyond is read and dropped.
    package var captureSizeMax: Int

    package init(
        program: String, arguments: [String], environment: [String] = [], directory: String? = nil, limits: Limits,
        record: [UInt8]? = nil, captureSizeMax: Int = 64 << 10
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.limits = limits
        self.record = record
        self.captureSizeMax = captureSizeMax
    }
}

/// How a helper program ended, and what it said.
package struct ChildResult: Equatable, Sendable {
    package enum Ending: Equatable, Sendable {
        case exited(status: Int32)
        case signalled(Int32)
        /// The wall limit passed; we killed it.
        case deadline
        /// More in the folder than its limit; we killed it.
        case folderLimit
        /// Another one of the same batch failed; we killed it, or it never began.
        case cancelled
        /// Somebody else in this program reaped it, so nobody knows.
        case unknown
    }

    package var ending: Ending
    /// The first `captureSizeMax` bytes of each.
    package var output: [UInt8] = []
    package var errorOutput: [UInt8] = []
    /// The bytes of the request's record as the program left them; empty without one.
    package var record: [UInt8] = []
    /// Whether more was written than kept.
    package var isTruncated = false
    /// CPU time of the process and of all its children that it waited for.
    package var cpuNanoseconds: Int64 = 0
    package var wallNanoseconds: Int64 = 0

    package var isSuccess: Bool { ending == .exited(status: 0) }
}

/// Runs helper programs. Blocks the calling thread: never call it on Swift's cooperative pool.
package enum ChildProcess {
    /// Runs one program to its end.
    package static func run(_ request: ChildRequest) throws(SystemError) -> ChildResult {
        try run([request], atOnce: 1)[0]
    }

    /// Runs programs, at most `atOnce` at a time, in order of their start. The first that does not succeed ends the rest.
    /// - Returns: one result per request, in the order of the requests.
    /// - Throws: when a program could not be started at all, or poll fails. No process is left in any case.
    package static func run(_ requests: [ChildRequest], atOnce: Int) throws(SystemError) -> [ChildResult] {
        precondition(atOnce >= 1, "at least one at a time: \(atOnce)")
        var results = requests.map { _ in ChildResult(ending: .cancelled) }
        var running: [RunningChild] = []
        defer { for child in running { child.abandon() } }
        var next = 0
        var hasFailed = false
        while true {
            while !hasFailed, next < requests.count, running.count < atOnce {
                running.append(try RunningChild(requests[next], index: next))
                next += 1
            }
            if running.isEmpty { return results }
            try RunningChild.waitForEvent(running)
            let now = monotonicNanoseconds()
            for child in running {
                child.readAvailable()
                if child.isEnded { continue }
                if now >= child.deadline { child.kill(as: .deadline) }
                if child.isFolderTooFull(now) { child.kill(as: .folderLimit) }
            }
            for child in running where child.isEnded {
                results[child.index] = child.finish()
                if !results[child.index].isSuccess { hasFailed = true }
            }
            running.removeAll { $0.isFinished }
            if hasFailed { for child in running { child.kill(as: .cancelled) } }
        }
    }

    fileprivate static func monotonicNanoseconds() -> Int64 { xvm_system_monotonic_nanoseconds() }
}

/// One started program; used by one thread.
private final class RunningChild {
    let index: Int
    let deadline: Int64
    private let started: Int64
    private let pid: Int32
    private let pidfd: Descriptor
    private let output: CapturePipe
    private let errorOutput: CapturePipe
    private let record: RecordFile?
    private let folder: WatchedFolder?
    /// Why we killed it, if we did.
    private var reason: ChildResult.Ending?
    private(set) var isFinished = false

    init(_ request: ChildRequest, index: Int) throws(SystemError) {
        self.index = index
        started = ChildProcess.monotonicNanoseconds()
        let (sum, overflow) = started.addingReportingOverflow(request.limits.wallNanoseconds)
        deadline = overflow ? Int64.max : sum
        output = try CapturePipe(sizeMax: request.captureSizeMax)
        errorOutput = try CapturePipe(sizeMax: request.captureSizeMax)
        if let bytes = request.record {
            record = try RecordFile(bytes)
        } else {
            record = nil
        }
        folder = try WatchedFolder(request, now: started)
        var pid: Int32 = -1
        pidfd = try Self.spawn(
            request, input: record?.file.number ?? -1, output: output.writeNumber, error: errorOutput.writeNumber, pid: &pid)
        self.pid = pid
        // From here on only the child has the write ends, so its end is the pipes' end.
        output.closeWriteEnd()
        errorOutput.closeWriteEnd()
    }

    private static func spawn(
        _ request: ChildRequest, input: Int32, output: Int32, error: Int32, pid: inout Int32
    ) throws(SystemError) -> Descriptor {
        let texts = [request.program] + request.arguments + request.environment + [request.directory ?? ""]
        if texts.contains(where: { $0.utf8.contains(0) }) {
            throw SystemError(call: "xvm_child_spawn", errno: EINVAL, detail: "NUL byte in an argument of \(request.program)")
        }
        let arguments = CStringList([request.program] + request.arguments)
        let environment = CStringList(request.environment)
        var pidfd: Int32 = -1
        // SAFETY: every pointer lives until xvm_child_spawn returns: the lists to the end of this function
        // (withExtendedLifetime), the two texts within their closures. The callee keeps none (xvm_child.h), and the child has
        // its own copy after execve.
        let result: Int32 = withExtendedLifetime((arguments, environment)) {
            unsafe request.program.withCString { path in
                unsafe (request.directory ?? "").withCString { directory in
                    var raw = unsafe xvm_child_request()
                    unsafe raw.path = path
                    unsafe raw.arguments = UnsafePointer(arguments.pointer)
                    unsafe raw.environment = UnsafePointer(environment.pointer)
                    unsafe raw.directory = request.directory == nil ? nil : directory
                    unsafe raw.input = input
                    unsafe raw.output = output
                    unsafe raw.error = error
                    unsafe raw.limits.cpu_seconds = request.limits.cpuSeconds ?? 0
                    unsafe raw.limits.address_space_size = request.limits.addressSpaceSize ?? 0
                    unsafe raw.limits.file_size = request.limits.fileSize ?? 0
                    unsafe raw.limits.descriptor_count = request.limits.descriptorCount ?? 0
                    return unsafe xvm_child_spawn(&raw, &pid, &pidfd)
                }
            }
        }
        if result != 0 { throw SystemError(call: "xvm_child_spawn", errno: -result, detail: request.program) }
        return Descriptor(owning: pidfd)
    }

    /// Sleeps until a pipe has bytes, a process ended, or the nearest deadline passed.
    static func waitForEvent(_ children: [RunningChild]) throws(SystemError) {
        var entries: [pollfd] = []
        for child in children {
            entries.append(pollfd(fd: child.pidfd.number, events: Int16(POLLIN), revents: 0))
            for pipe in [child.output, child.errorOutput] where !pipe.isAtEnd {
                entries.append(pollfd(fd: pipe.number, events: Int16(POLLIN), revents: 0))
            }
        }
        let left =
            children.reduce(Int64.max) { min($0, $1.deadline, $1.folder?.due ?? .max) } - ChildProcess.monotonicNanoseconds()
        // Rounded up, so that the deadline has passed when poll says so; a killed child only has to be waited for.
        let isKilled = children.contains { $0.reason != nil }
        let milliseconds = isKilled ? -1 : Int32(clamping: max(0, left / 1_000_000 + 1))
        // SAFETY: poll reads and writes exactly entries.count records of the array's own storage during the call.
        let result = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
        let error = errno
        if result < 0 && error != EINTR { throw SystemError(call: "poll", errno: error) }
    }

    func readAvailable() {
        output.readAvailable()
        errorOutput.readAvailable()
    }

    /// Whether its folder holds more than it may; looks only when that is due.
    func isFolderTooFull(_ now: Int64) -> Bool { folder?.isTooFull(now) ?? false }

    /// Whether the process is gone (and not reaped yet).
    var isEnded: Bool {
        var entry = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
        // SAFETY: one record, on the stack for the time of the call.
        return unsafe poll(&entry, 1, 0) == 1
    }

    /// Kills the whole group, so that a driver's own children end too. The id is still ours: nobody has reaped the leader.
    func kill(as reason: ChildResult.Ending) {
        if self.reason == nil { self.reason = reason }
        _ = Glibc.kill(-pid, SIGKILL)
    }

    /// Reaps an ended process, ends what is left of its group and takes the last bytes of the pipes.
    func finish() -> ChildResult {
        // Before the reaping: from then on the group's id may belong to somebody else.
        _ = Glibc.kill(-pid, SIGKILL)
        var exit = xvm_system_exit()
        // SAFETY: the record is written during the call only.
        let reaped = unsafe xvm_system_wait(pidfd.number, 1, &exit)
        readAvailable()
        isFinished = true
        var result = ChildResult(ending: .unknown)
        if reaped == 1 {
            // Several of these can be true at once; the deadline is the first cause.
            let isExit = exit.code == Int32(XVM_SYSTEM_EXITED.rawValue)
            let own: ChildResult.Ending = isExit ? .exited(status: exit.status) : .signalled(exit.status)
            result.ending = own == .signalled(SIGKILL) ? reason ?? own : own
            result.cpuNanoseconds = (exit.user_microseconds + exit.system_microseconds) * 1000
        }
        result.output = output.bytes
        result.errorOutput = errorOutput.bytes
        result.isTruncated = output.isTruncated || errorOutput.isTruncated
        result.record = record?.file.contents() ?? []
        result.wallNanoseconds = ChildProcess.monotonicNanoseconds() - started
        return result
    }

    /// Leaves no process when the batch stops with an error.
    func abandon() {
        if isFinished { return }
        kill(as: .cancelled)
        _ = finish()
    }
}

/// What a program has as descriptor 0.
private final class RecordFile {
    let file: MemoryFile
    init(_ bytes: [UInt8]) throws(SystemError) { file = try MemoryFile.containing(bytes, name: "xvm-record") }
}

/// The folder that a program writes to, and how much may be in it.
private final class WatchedFolder {
    private static let period: Int64 = 100_000_000
    private let folder: Folder
    private let sizeMax: UInt64
    private let fileCountMax: Int
    private(set) var due: Int64

    init?(_ request: ChildRequest, now: Int64) throws(SystemError) {
        guard let path = request.directory, request.limits.folderSize != nil || request.limits.folderFileCount != nil else {
            return nil
        }
        folder = try Folder(opening: path)
        sizeMax = request.limits.folderSize ?? .max
        fileCountMax = request.limits.folderFileCount ?? .max
        due = now + Self.period
    }

    func isTooFull(_ now: Int64) -> Bool {
        if now < due { return false }
        due = now + Self.period
        // What cannot be looked at is not judged; the other limits still hold.
        guard let use = try? folder.use(fileCountMax: fileCountMax) else { return false }
        return use.size > sizeMax || use.fileCount > fileCountMax
    }
}

/// The read end of a pipe; keeps the first bytes and drops the rest, so that the writer never blocks for ever.
private final class CapturePipe {
    private let end: Descriptor
    private var writeEnd: Descriptor?
    private let sizeMax: Int
    private(set) var bytes: [UInt8] = []
    private(set) var isTruncated = false
    private(set) var isAtEnd = false

    let number: Int32
    let writeNumber: Int32

    /// A pipe whose reading side does not block.
    init(sizeMax: Int) throws(SystemError) {
        var ends: [Int32] = [-1, -1]
        // SAFETY: pipe writes two numbers into the array of two.
        if unsafe pipe(&ends) != 0 { throw SystemError(call: "pipe", errno: errno) }
        end = Descriptor(owning: ends[0])
        writeEnd = Descriptor(owning: ends[1])
        (number, writeNumber) = (ends[0], ends[1])
        self.sizeMax = sizeMax
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(number, F_SETFL, O_NONBLOCK)
    }

    func closeWriteEnd() { writeEnd = nil }

    func readAvailable() {
        if isAtEnd { return }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        // Bounded, so that one endless writer cannot keep the loop from looking at deadlines.
        for _ in 0..<64 {
            // SAFETY: read writes at most buffer.count bytes into the array's own storage.
            let count = unsafe read(number, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { return }
            if count <= 0 {
                isAtEnd = true
                return
            }
            let kept = min(count, sizeMax - bytes.count)
            bytes.append(contentsOf: buffer[0..<kept])
            if kept < count { isTruncated = true }
        }
    }
}

/// A NULL-terminated list of C strings, freed with the value.
@safe private final class CStringList {
    /// Valid as long as the list lives.
    let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ texts: [String]) {
        count = texts.count
        // SAFETY: count + 1 places are allocated and all are initialised before anyone sees them; strdup gives memory that
        // deinit frees, once.
        unsafe pointer = .allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() { unsafe (pointer + index).initialize(to: strdup(text)) }
        unsafe (pointer + texts.count).initialize(to: nil)
    }

    deinit {
        // SAFETY: exactly what init made.
        for index in 0..<count { unsafe free(pointer[index]) }
        unsafe pointer.deallocate()
    }
}
