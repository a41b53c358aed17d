// SPDX-License-Identifier: Apache-2.0
// Small files that the kernel writes while they are read: /proc and control groups. Their size is not known before.

import Glibc
import XVMSystem

enum ProcFile {
    /// At most this many bytes are read; what lies behind is cut off.
    private static let sizeMax = 65536

    /// The file's text.
    static func read(_ path: String) throws(SystemError) -> String { String(decoding: try bytes(path), as: UTF8.self) }

    static func open(_ path: String) throws(SystemError) -> Descriptor {
        // SAFETY: Swift passes a NUL-terminated copy of the path that lives during the call.
        Descriptor(owning: try retryingInterrupts("open", path) { unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC) })
    }

    static func bytes(_ path: String) throws(SystemError) -> [UInt8] { try bytes(of: open(path), sizeMax: sizeMax) }

    /// From where the file stands to its end.
    /// - Parameter sizeMax: what lies behind is cut off.
    static func bytes(of file: borrowing Descriptor, sizeMax: Int) throws(SystemError) -> [UInt8] {
        let number = file.number
        var bytes = [UInt8](repeating: 0, count: sizeMax)
        var size = 0
        while size < bytes.count {
            let count = try retryingInterrupts("read") {
                // SAFETY: `size` < count, and read gets exactly the bytes that are left behind it.
                unsafe bytes.withUnsafeMutableBytes { unsafe Glibc.read(number, $0.baseAddress! + size, $0.count - size) }
            }
            if count == 0 { break }
            size += count
        }
        bytes.removeLast(bytes.count - size)
        return bytes
    }
}
