// SPDX-License-Identifier: Apache-2.0
// A file that somebody names, read whole or refused; never more than the limit, never a wait on something like a pipe.

import Glibc

package enum BoundedFile {
    /// The bytes of a regular file.
    /// - Throws: what open says; EISDIR or EINVAL when it is no regular file; EFBIG above `sizeMax`.
    package static func read(_ path: String, sizeMax: Int) throws(SystemError) -> [UInt8] {
        // SAFETY: Swift passes a NUL-terminated copy of the path that lives during the call.
        let file = Descriptor(
            owning: try retryingInterrupts("open", path) { unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) })
        var status = stat()
        try retryingInterrupts("fstat", path) { unsafe fstat(file.number, &status) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw SystemError(call: "read", errno: EISDIR, detail: path)
        default: throw SystemError(call: "read", errno: EINVAL, detail: "\(path) is no regular file")
        }
        func tooLarge() -> SystemError { SystemError(call: "read", errno: EFBIG, detail: "\(path), limit \(sizeMax) bytes") }
        guard status.st_size <= sizeMax else { throw tooLarge() }
        // One byte more than it has now shows a file that grows meanwhile.
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        var size = 0
        while size < bytes.count {
            let count = try retryingInterrupts("read", path) {
                // SAFETY: `size` < count, and read gets exactly the bytes that are left behind it.
                unsafe bytes.withUnsafeMutableBytes { buffer in
                    unsafe Glibc.read(file.number, buffer.baseAddress! + size, buffer.count - size)
                }
            }
            if count == 0 { break }
            size += count
            if size == bytes.count {
                guard size <= sizeMax else { throw tooLarge() }
                bytes += [UInt8](repeating: 0, count: min(65536, sizeMax + 1 - size))
            }
        }
        bytes.removeLast(bytes.count - size)
        return bytes
    }
}
