// SPDX-License-Identifier: Apache-2.0
// A worker's memory and process facts as the host can read them.

import Foundation

/// All readable private memory of a process.
struct WorkerMemory {
    private var regions: [Data] = []
    var bytesRead: Int { regions.reduce(0) { $0 + $1.count } }

    /// process_vm_readv, not /proc/<pid>/mem: that file belongs to root where the process is not dumpable.
    init(pid: Int32) throws {
        // Glibc's Swift module leaves the function out.
        // SAFETY: the type is that of process_vm_readv(2), word for word.
        typealias Function = @convention(c) (Int32, UnsafePointer<iovec>, UInt, UnsafePointer<iovec>, UInt, UInt) -> Int
        let read = unsafe unsafeBitCast(dlsym(nil, "process_vm_readv"), to: Function.self)
        for mapping in try Mapped.all(pid: pid) where mapping.permissions.hasPrefix("r") && mapping.size < 64 << 20 {
            var bytes = Data(count: Int(mapping.size))
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                // SAFETY: the kernel writes at most `iov_len` bytes into the buffer; the remote address is only a number.
                var ours = unsafe iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
                var theirs = unsafe iovec(
                    iov_base: UnsafeMutableRawPointer(bitPattern: UInt(mapping.start)), iov_len: buffer.count)
                return unsafe read(pid, &ours, 1, &theirs, 1, 0)
            }
            if count > 0 { regions.append(bytes.prefix(count)) }
        }
    }

    func count(of pattern: [UInt8]) -> Int {
        regions.count { $0.range(of: Data(pattern)) != nil }
    }
}

/// One line of /proc/<pid>/maps.
struct Mapped: Equatable {
    var start: UInt64
    var end: UInt64
    var permissions: String
    var name: String
    var size: UInt64 { end - start }

    static func all(pid: Int32) throws -> [Mapped] {
        try String(contentsOf: URL(filePath: "/proc/\(pid)/maps"), encoding: .utf8).split(separator: "\n").map { line in
            let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            let ends = fields[0].split(separator: "-").map { UInt64($0, radix: 16)! }
            return Mapped(
                start: ends[0], end: ends[1], permissions: String(fields[1]),
                name: fields.count > 5 ? fields[5].trimmingCharacters(in: .whitespaces) : "")
        }
    }
}
