// SPDX-License-Identifier: Apache-2.0
// /proc/<pid>/status of a worker (proc_pid_status(5)).

import Glibc
package import XVMSystem

/// The fields of a process's status, as text without leading blanks.
package struct ProcessStatus: Sendable {
    /// A line feed, what the kernel wrote (lines of name, colon, tabulator, value), and a zero byte.
    private let text: [CChar]

    /// - Throws: `SystemError`, ENOENT when the process is gone.
    package init(pid: Int32) throws(SystemError) { try self.init(reading: Self.open(pid: pid)) }

    /// A file for `init(reading:)`, of this process for good, whoever has its number later.
    static func open(pid: Int32) throws(SystemError) -> Descriptor { try ProcFile.open("/proc/\(pid)/status") }

    /// As things are now.
    init(reading file: borrowing Descriptor) throws(SystemError) {
        text = [10] + (try ProcFile.bytes(of: file, sizeMax: 8192)).map { CChar(bitPattern: $0) } + [0]
    }

    /// The value of a field, e.g. `Seccomp`.
    package subscript(_ key: String) -> String? {
        // SAFETY: `text` ends with a zero byte, so both searches end in it, and the value is copied before the buffer is left.
        unsafe text.withUnsafeBufferPointer { buffer in
            let name = "\n\(key):\t"
            guard let line = unsafe strstr(buffer.baseAddress!, name) else { return nil }
            let value = unsafe line + name.utf8.count
            let end = unsafe strchr(value, 10) ?? value
            let size = unsafe end - value
            return unsafe String(decoding: UnsafeRawBufferPointer(start: value, count: size), as: UTF8.self)
                .trimmingPrefix { $0 == " " || $0 == "\t" }.description
        }
    }
}
