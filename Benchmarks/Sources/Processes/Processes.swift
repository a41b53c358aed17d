// SPDX-License-Identifier: Apache-2.0
// What benchmarks ask of /proc: the executor's workers, memory, descriptors, processor time.

import Foundation

/// The whole of a file of /proc, empty where there is none (a process may end meanwhile).
public func procFile(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

/// KiB of a line such as `Pss:   12 kB`; 0 where it is missing.
public func kibibytes(_ path: String, _ key: String) -> Double {
    procFile(path).split(separator: "\n").first { $0.hasPrefix(key + ":") }
        .flatMap { Double($0.dropFirst(key.count + 1).split(whereSeparator: \.isWhitespace).first ?? "") } ?? 0
}

/// Processes named `xvm-worker` that descend from this one; those that are kept ready (`xvm-blank`) are none yet.
public func workerPIDs() -> [Int32] {
    var parents: [Int32: Int32] = [:]
    for pid in ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap({ Int32($0) }) {
        let fields = procFile("/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ") ?? []
        if fields.count > 1, let parent = Int32(fields[1]) { parents[pid] = parent }
    }
    let own = ProcessInfo.processInfo.processIdentifier
    return parents.filter { $0.value == own || parents[$0.value] == own }.keys.filter {
        procFile("/proc/\($0)/comm").hasPrefix("xvm-worker")
    }
}

/// Open descriptors of this process.
public func descriptorCount() -> Int { ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).count }

/// Processor time of a process in nanoseconds; 0 when it is gone.
public func processorNanoseconds(_ pid: Int32) -> UInt64 {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// The monotonic clock.
public func nanoseconds() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
}

/// The value below which `part` of all lie; 0 of none.
public func percentile(_ values: [Double], _ part: Double) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
}
