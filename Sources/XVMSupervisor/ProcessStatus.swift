// SPDX-License-Identifier: Apache-2.0
// /proc/<pid>/status of a worker (proc_pid_status(5)).

import Glibc
package import XVMSystem

/// The fields of a process's status, as text without leading blanks.
package struct ProcessStatus: Sendable {
    private let fields: [String: String]

    /// - Throws: `SystemError`, ENOENT when the process is gone.
    package init(pid: Int32) throws(SystemError) {
        let path = "/proc/\(pid)/status"
        let file = Descriptor(
            owning: try retryingInterrupts("open", path) { unsafe open(path, O_RDONLY | O_CLOEXEC) })
        // The kernel writes about 1.5 KB.
        var bytes = [UInt8](repeating: 0, count: 16384)
        var size = 0
        while size < bytes.count {
            let count = try retryingInterrupts("read", path) {
                unsafe bytes.withUnsafeMutableBytes { unsafe read(file.number, $0.baseAddress! + size, $0.count - size) }
            }
            if count == 0 { break }
            size += count
        }
        var fields: [String: String] = [:]
        for line in bytes.prefix(size).split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
            fields[String(decoding: line[..<colon], as: UTF8.self)] = String(decoding: value, as: UTF8.self)
        }
        self.fields = fields
    }

    /// The value of a field, e.g. `Seccomp`.
    package subscript(_ key: String) -> String? { fields[key] }
}
