// SPDX-License-Identifier: Apache-2.0
// The proof that the kernel killed a worker for want of memory: the counter of this process's own memory control group.

import Glibc
import Synchronization
import XVMSystem

/// Reads `oom_kill` of memory.events (cgroup v2) or memory.oom_control (v1). Workers live in the supervisor's own group, unless
/// the operator moved them, and then there is no proof. Where there is no control group nothing is ever proven.
final class MemoryWitness: Sendable {
    /// Kept open, because a death that may be such a kill waits for it.
    private let file: Descriptor?
    /// Kills that have been given to a death already, or happened before.
    private let accounted: Mutex<UInt64>

    convenience init() {
        let groups = (try? ProcFile.read("/proc/self/cgroup")) ?? ""
        let mounts = (try? ProcFile.read("/proc/self/mountinfo")) ?? ""
        self.init(candidates: Self.candidates(groups: groups, mounts: mounts))
    }

    /// - Parameter candidates: the first that can be read and has the counter is taken.
    init(candidates: [String]) {
        var found: Descriptor?
        var foundCount: UInt64 = 0
        for path in candidates {
            // SAFETY: Swift passes a NUL-terminated copy of the path that lives during the call.
            guard let number = try? retryingInterrupts("open", path, { unsafe open(path, O_RDONLY | O_CLOEXEC) }) else {
                continue
            }
            let candidate = Descriptor(owning: number)
            if let count = Self.count(candidate) {
                found = consume candidate
                foundCount = count
                break
            }
        }
        file = found.take()
        accounted = Mutex(foundCount)
    }

    /// True if the group's counter shows a kill that no other death has claimed. The kernel counts before it kills.
    func claimKill() -> Bool {
        let now: UInt64? =
            switch file {
            case .some(let file): Self.count(file)
            case .none: nil
            }
        guard let count = now else { return false }
        return accounted.withLock { accounted in
            guard count > accounted else { return false }
            accounted += 1
            return true
        }
    }

    /// Of the file as it is now; it has a few lines.
    private static func count(_ file: borrowing Descriptor) -> UInt64? {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let number = file.number
        // SAFETY: pread gets the array's own memory and its size, during the call.
        let size = unsafe bytes.withUnsafeMutableBytes { unsafe pread(number, $0.baseAddress, $0.count, 0) }
        return size > 0 ? count(in: bytes[..<size]) : nil
    }

    /// The number behind `oom_kill ` at the begin of a line. By hand: a lane waits for it.
    static func count(in bytes: ArraySlice<UInt8>) -> UInt64? {
        var line = bytes
        while !line.starts(with: key) {
            guard let end = line.firstIndex(of: 10) else { return nil }
            line = line[(end + 1)...]
        }
        var value: UInt64?
        for digit in line.dropFirst(key.count) {
            guard digit >= 48, digit <= 57 else { break }
            let (more, isTooLarge) = (value ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, isTooLargeNow) = more.addingReportingOverflow(UInt64(digit - 48))
            if isTooLarge || isTooLargeNow { return nil }
            value = sum
        }
        return value
    }
    private static let key = Array("oom_kill ".utf8)

    /// Files that may hold the counter. Inside a container the group's own name may not be visible: then the mount's root is it.
    static func candidates(groups: String, mounts: String) -> [String] {
        var unified: String?
        var memory: String?
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[0] == "0" && fields[1].isEmpty { unified = String(fields[2]) }
            if fields[1].split(separator: ",").contains("memory") { memory = String(fields[2]) }
        }
        var result: [String] = []
        for line in mounts.split(separator: "\n") {
            // Fields before " - ": id, parent, device, root, mount point …; behind it: type, source, super options.
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), dash + 3 < fields.count, fields.count > 5 else { continue }
            let point = String(fields[4])
            if fields[dash + 1] == "cgroup2", let unified {
                result += ["\(point)\(unified)/memory.events", "\(point)/memory.events"]
            }
            if fields[dash + 1] == "cgroup", fields[dash + 3].split(separator: ",").contains("memory"), let memory {
                result += ["\(point)\(memory)/memory.oom_control", "\(point)/memory.oom_control"]
            }
        }
        return result
    }
}
