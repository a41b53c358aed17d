// SPDX-License-Identifier: Apache-2.0
// A lock file that one process holds and that says which.

internal import Glibc

/// An exclusive lock (flock(2)) on a file in a folder. It ends with this value, or with the process, however that ends. It is not
/// inherited through exec, and a second open of the same file in this process is refused like one from outside.
package struct FileLock: ~Copyable, Sendable {
    private let descriptor: Descriptor

    /// What became of an attempt to lock.
    package enum Attempt: ~Copyable, Sendable {
        case acquired(FileLock)
        /// Another open file has it; the owner's process id where it could be read.
        case heldBy(process: Int32?)
    }

    // The owner's id is written over the old one at once, never after truncation, so a reader sees one of the two.
    private static let textSize = 12

    /// Locks the file `name` in `folder`; makes it, mode 0600, where it is not there. Does not wait.
    package static func attempt(in folder: borrowing Descriptor, name: String) throws(SystemError) -> Attempt {
        let folderNumber = folder.number
        let number = try retryingInterrupts("openat", name) {
            unsafe openat(folderNumber, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode_t(0o600))
        }
        let descriptor = Descriptor(owning: number)
        do { try retryingInterrupts("flock", name) { flock(number, LOCK_EX | LOCK_NB) } } catch {
            guard error.errno == EWOULDBLOCK else { throw error }
            return .heldBy(process: owner(number))
        }
        let id = String(getpid())
        let text = [UInt8]((id + String(repeating: " ", count: max(0, textSize - 1 - id.utf8.count)) + "\n").utf8)
        // SAFETY: the buffer lives for the call and has `text.count` bytes.
        let written = try retryingInterrupts("pwrite", name) { unsafe pwrite(number, text, text.count, 0) }
        guard written == text.count else { throw SystemError(call: "pwrite", errno: ENOSPC, detail: name) }
        return .acquired(FileLock(descriptor: descriptor))
    }

    private static func owner(_ number: Int32) -> Int32? {
        var text = [UInt8](repeating: 0, count: textSize)
        // SAFETY: the buffer lives for the call and has `textSize` bytes.
        let size = unsafe pread(number, &text, textSize, 0)
        guard size > 0 else { return nil }
        return Int32(String(decoding: text[..<size].prefix { (0x30...0x39).contains($0) }, as: UTF8.self))
    }
}
