// SPDX-License-Identifier: Apache-2.0
// Reads a policy file, which may be anything.

import Glibc
import XVMCore
import XVMSystem

extension Policy {
    /// Reads, parses and checks the file at `path`; never reads more than the limit, never waits on something like a pipe.
    package init(readingFile path: String) throws(PolicyError) {
        let bytes: [UInt8]
        do { bytes = try Policy.read(path) } catch { throw PolicyError(file: path, problem: .unreadable(error)) }
        try self.init(parsing: bytes, file: path)
    }

    /// The file's bytes, or one more than the limit if there are more.
    private static func read(_ path: String) throws(SystemError) -> [UInt8] {
        // SAFETY: Swift passes a NUL-terminated copy of the path that lives during the call.
        let number = try retryingInterrupts("open", path) { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) }
        let descriptor = Descriptor(owning: number)
        var bytes = [UInt8](repeating: 0, count: PolicyLimits.fileSizeMax + 1)
        var size = 0
        while size < bytes.count {
            let count = try retryingInterrupts("read", path) {
                // SAFETY: the slice begins at `size` < count and read gets exactly the bytes that are left behind it.
                unsafe bytes.withUnsafeMutableBytes { buffer in
                    unsafe Glibc.read(descriptor.number, buffer.baseAddress! + size, buffer.count - size)
                }
            }
            if count == 0 { break }
            size += count
        }
        try descriptor.close()
        bytes.removeLast(bytes.count - size)
        return bytes
    }
}
