// SPDX-License-Identifier: Apache-2.0
// /proc/<pid>/status of a worker (proc_pid_status(5)).

package import XVMSystem

/// The fields of a process's status, as text without leading blanks.
package struct ProcessStatus: Sendable {
    /// As the kernel wrote it: lines of name, colon, blanks, value.
    private let text: [UInt8]

    /// - Throws: `SystemError`, ENOENT when the process is gone.
    package init(pid: Int32) throws(SystemError) {
        text = try ProcFile.bytes("/proc/\(pid)/status")
    }

    /// The value of a field, e.g. `Seccomp`.
    package subscript(_ key: String) -> String? {
        let name = Array(key.utf8) + [UInt8(ascii: ":")]
        var rest = text[...]
        while !rest.isEmpty {
            let line = rest.prefix { $0 != UInt8(ascii: "\n") }
            if line.starts(with: name) {
                let value = line.dropFirst(name.count).drop { $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: " ") }
                return String(decoding: value, as: UTF8.self)
            }
            rest = rest.dropFirst(line.count + 1)
        }
        return nil
    }
}
