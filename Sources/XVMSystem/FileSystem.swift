// SPDX-License-Identifier: Apache-2.0
// Folders and files as a cache needs them: opened once, reached by name below an open folder, never through a link.

import CXVMSandbox
import Glibc

/// What the system knows of a file; equal as long as nobody has written, replaced or touched it.
package struct FileStatus: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case regular, folder, other }

    package var kind: Kind
    /// Permission bits, 0o7777.
    package var mode: UInt32
    package var owner: UInt32
    /// Bytes.
    package var size: Int64
    package var device: UInt64
    package var inode: UInt64
    /// Nanoseconds since 1970 of the last write, and of the last change of anything (which no program can set back).
    package var modified: Int64
    package var changed: Int64

    fileprivate init(_ raw: stat) {
        kind =
            switch raw.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .folder
            default: .other
            }
        mode = raw.st_mode & 0o7777
        owner = raw.st_uid
        size = Int64(raw.st_size)
        device = UInt64(raw.st_dev)
        inode = UInt64(raw.st_ino)
        modified = Int64(raw.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(raw.st_mtim.tv_nsec)
        changed = Int64(raw.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(raw.st_ctim.tv_nsec)
    }

    /// The file behind `path`, links followed.
    package init(path: String) throws(SystemError) {
        var raw = stat()
        // SAFETY: stat fills the record during the call; the path's bytes live as long.
        try retryingInterrupts("stat", path) { unsafe stat(path, &raw) }
        self.init(raw)
    }

    fileprivate init(descriptor: Int32, _ path: String) throws(SystemError) {
        var raw = stat()
        // SAFETY: fstat fills the record during the call.
        try retryingInterrupts("fstat", path) { unsafe fstat(descriptor, &raw) }
        self.init(raw)
    }
}

/// An open folder. Names below it are single components; a link in the place of a file is an error, not followed.
package struct Folder: ~Copyable, Sendable {
    package let path: String
    private let descriptor: Descriptor

    /// Opens an existing folder; links on the way are followed.
    package init(opening path: String) throws(SystemError) {
        // SAFETY: open reads the path during the call only.
        let number = try retryingInterrupts("open", path) { unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        self.path = path
        descriptor = Descriptor(owning: number)
    }

    /// Opens a folder; makes it and the missing ones above it, each with mode 0700.
    package init(creating path: String) throws(SystemError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix.hasSuffix("/") ? String(part) : "/" + part
            // SAFETY: mkdir reads the path during the call only.
            if unsafe mkdir(prefix, 0o700) != 0 && errno != EEXIST {
                let error = errno
                // A folder above may be unreadable or on a read-only system, and still lead to one that is there.
                if error != EACCES && error != EROFS && error != EPERM {
                    throw SystemError(call: "mkdir", errno: error, detail: prefix)
                }
            }
        }
        try self.init(opening: path)
    }

    /// A new folder of mode 0700 with an unused name below `parent`. Whoever makes it removes it with `removeTree`.
    package init(temporaryBelow parent: String, prefix: String) throws(SystemError) {
        var attempts = 0
        while true {
            let path = parent + "/" + prefix + randomName()
            // SAFETY: mkdir reads the path during the call only.
            if unsafe mkdir(path, 0o700) == 0 {
                try self.init(opening: path)
                return
            }
            attempts += 1
            if errno != EEXIST || attempts == 10 { throw SystemError(call: "mkdir", errno: errno, detail: path) }
        }
    }

    package func status() throws(SystemError) -> FileStatus { try FileStatus(descriptor: descriptor.number, path) }

    /// The whole of a regular file; nil when there is none of that name.
    /// - Throws: ELOOP for a link, EINVAL for what is no regular file, EFBIG above `sizeMax` bytes, what read(2) says.
    package func read(_ name: String, sizeMax: Int) throws(SystemError) -> [UInt8]? {
        checkName(name)
        let full = path + "/" + name
        let folder = descriptor.number
        let number: Int32
        do {
            // O_NONBLOCK: a pipe in the file's place must not hold us.
            // SAFETY: openat reads the name during the call only.
            number = try retryingInterrupts("open", full) {
                unsafe openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            }
        } catch {
            if error.errno == ENOENT { return nil }
            throw error
        }
        let file = Descriptor(owning: number)
        let status = try FileStatus(descriptor: file.number, full)
        guard status.kind == .regular else {
            throw SystemError(call: "open", errno: EINVAL, detail: full + " is no regular file")
        }
        guard status.size <= sizeMax else {
            throw SystemError(call: "read", errno: EFBIG, detail: "\(full): size \(status.size) exceeds limit \(sizeMax)")
        }
        return try readAll(file, sizeMax: sizeMax, full)
    }

    /// Puts a new file there whole: temporary file, fsync, link, fsync of the folder. One that exists is never overwritten.
    /// - Returns: whether it is ours; false when there was one of that name already.
    package func publish(_ name: String, _ bytes: [UInt8]) throws(SystemError) -> Bool {
        checkName(name)
        let temporary = Self.temporaryPrefix + randomName()
        let folder = descriptor.number
        try write(temporary, bytes)
        defer { remove(temporary) }
        // A hard link refuses to replace, which rename does not; some file systems have no hard links.
        // SAFETY: linkat reads both names during the call only.
        if unsafe linkat(folder, temporary, folder, name, 0) != 0 {
            let error = errno
            if error == EEXIST { return false }
            guard error == EPERM || error == EOPNOTSUPP || error == EMLINK || error == ENOSYS else {
                throw SystemError(call: "link", errno: error, detail: path + "/" + name)
            }
            if exists(name) { return false }
            // SAFETY: renameat reads both names during the call only.
            try retryingInterrupts("rename", path + "/" + name) { unsafe renameat(folder, temporary, folder, name) }
        }
        try retryingInterrupts("fsync", path) { fsync(folder) }
        return true
    }

    /// A new file of mode 0600, synced; gone again when anything fails.
    package func write(_ name: String, _ bytes: [UInt8]) throws(SystemError) {
        checkName(name)
        let full = path + "/" + name
        let folder = descriptor.number
        // SAFETY: openat reads the name during the call only.
        let number = try retryingInterrupts("open", full) {
            unsafe openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        }
        let file = Descriptor(owning: number)
        do {
            try writeAll(file, bytes, full)
            try retryingInterrupts("fsync", full) { fsync(number) }
            try file.close()
        } catch {
            remove(name)
            throw error
        }
    }

    /// Removes a file; says nothing, because the caller could do nothing.
    package func remove(_ name: String) {
        checkName(name)
        // SAFETY: unlinkat reads the name during the call only.
        _ = unsafe unlinkat(descriptor.number, name, 0)
    }

    private func exists(_ name: String) -> Bool {
        var raw = stat()
        // SAFETY: fstatat fills the record during the call.
        return unsafe fstatat(descriptor.number, name, &raw, AT_SYMLINK_NOFOLLOW) == 0
    }

    /// Removes the temporary files of `publish` that are older than `seconds`: a process was killed over them.
    package func removeStaleTemporaries(olderThan seconds: Int64) {
        for name in (try? names()) ?? [] where name.hasPrefix(Self.temporaryPrefix) {
            var raw = stat()
            // SAFETY: fstatat fills the record during the call.
            guard unsafe fstatat(descriptor.number, name, &raw, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            if Int64(raw.st_mtim.tv_sec) < Int64(time(nil)) - seconds { remove(name) }
        }
    }

    /// The names in the folder, unsorted, without `.` and `..`; names that are not UTF-8 are left out.
    package func names() throws(SystemError) -> [String] {
        var names: [String] = []
        try unsafe forEachName { raw in
            // SAFETY: the name ends with NUL and lives during the call.
            if let name = unsafe String(validatingCString: raw) { names.append(name) }
            return true
        }
        return names
    }

    /// Calls `body` with each name but `.` and `..`, as its bytes are, until it returns false.
    private func forEachName(_ body: (UnsafePointer<CChar>) -> Bool) throws(SystemError) {
        let folder = descriptor.number
        // SAFETY: openat reads the name during the call only.
        let number = try retryingInterrupts("open", path) { unsafe openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        // SAFETY: fdopendir owns `number` from here on, closedir closes it; an entry is read before the next readdir, and its
        // name ends with NUL (readdir(3)).
        guard let stream = unsafe fdopendir(number) else {
            let error = errno
            close(number)
            throw SystemError(call: "fdopendir", errno: error, detail: path)
        }
        defer { unsafe closedir(stream) }
        while let entry = unsafe readdir(stream) {
            let goesOn = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    unsafe strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || body(name)
                }
            }
            if !goesOn { return }
        }
    }

    /// Bytes on disk and number of the files in the folder, whatever they are called; stops counting above `fileCountMax`.
    package func use(fileCountMax: Int = .max) throws(SystemError) -> (size: UInt64, fileCount: Int) {
        var size: UInt64 = 0
        var count = 0
        let folder = descriptor.number
        try unsafe forEachName { name in
            var raw = stat()
            count += 1
            // SAFETY: fstatat reads the name and fills the record during the call.
            if unsafe fstatat(folder, name, &raw, AT_SYMLINK_NOFOLLOW) == 0 { size &+= UInt64(raw.st_blocks) &* 512 }
            return count <= fileCountMax
        }
        return (size, count)
    }

    /// Gives the folder and the files in it to another user. Only root may.
    package func give(to user: UInt32) throws(SystemError) {
        let folder = descriptor.number
        try retryingInterrupts("fchown", path) { fchown(folder, user, user) }
        for name in try names() {
            // SAFETY: fchownat reads the name during the call only.
            try retryingInterrupts("fchownat", path + "/" + name) {
                unsafe fchownat(folder, name, user, user, AT_SYMLINK_NOFOLLOW)
            }
        }
    }

    /// Removes the folder and the files in it, whatever they are called (not folders in it: helper programs make none).
    package consuming func removeTree() {
        let folder = descriptor.number
        // SAFETY: unlinkat reads the name during the call only.
        _ = try? unsafe forEachName { unsafe unlinkat(folder, $0, 0) == 0 || true }
        // SAFETY: rmdir reads the path during the call only.
        _ = unsafe rmdir(path)
    }

    /// Names of unfinished files begin with this.
    package static let temporaryPrefix = "tmp-"

    private func checkName(_ name: String) {
        precondition(!name.isEmpty && name != "." && name != ".." && !name.utf8.contains(0x2f) && !name.utf8.contains(0))
    }
}

/// Whole files by path.
package enum FileSystem {
    /// The path with every link resolved (realpath(3)).
    package static func resolve(_ path: String) throws(SystemError) -> String {
        // SAFETY: realpath gives memory of its own, freed here once, after the copy.
        guard let resolved = unsafe realpath(path, nil) else { throw SystemError(call: "realpath", errno: errno, detail: path) }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// The target of a symbolic link as it stands there; nil when `path` is none, or cannot be read.
    package static func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        // SAFETY: readlink reads the path and writes at most the buffer's size, during the call.
        let size = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe readlink(path, $0.baseAddress!, $0.count) }
        }
        guard size > 0, size < buffer.count else { return nil }
        return String(validating: buffer[0..<size], as: UTF8.self)
    }

    /// Whether this is a file that we may execute.
    package static func isExecutable(_ path: String) -> Bool {
        guard let status = try? FileStatus(path: path), status.kind == .regular else { return false }
        // SAFETY: access reads the path during the call only.
        return unsafe access(path, X_OK) == 0
    }

    /// SHA-256 of a regular file of any size, 32 bytes.
    package static func sha256(_ path: String) throws(SystemError) -> [UInt8] {
        // SAFETY: open reads the path during the call only.
        let number = try retryingInterrupts("open", path) { unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
        let file = Descriptor(owning: number)
        guard try FileStatus(descriptor: file.number, path).kind == .regular else {
            throw SystemError(call: "open", errno: EINVAL, detail: path + " is no regular file")
        }
        var digest = [UInt8](repeating: 0, count: 32)
        // SAFETY: the callee writes 32 bytes, the array's size.
        let result = unsafe xvm_hash_file(file.number, 0, &digest)
        if result != 0 { throw SystemError(call: "read", errno: -result, detail: path) }
        return digest
    }

    /// Who we are: the effective user.
    package static var userID: UInt32 { geteuid() }

    /// Processors that are online, at least 1.
    package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}

private func readAll(_ file: borrowing Descriptor, sizeMax: Int, _ path: String) throws(SystemError) -> [UInt8] {
    let number = file.number
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    while true {
        // SAFETY: read writes at most buffer.count bytes into the array's own storage.
        let count = try retryingInterrupts("read", path) { unsafe read(number, &buffer, buffer.count) }
        if count == 0 { return bytes }
        // It may have grown since its size was asked for.
        guard bytes.count + count <= sizeMax else {
            throw SystemError(call: "read", errno: EFBIG, detail: "\(path): size exceeds limit \(sizeMax)")
        }
        bytes.append(contentsOf: buffer[0..<count])
    }
}

private func writeAll(_ file: borrowing Descriptor, _ bytes: [UInt8], _ path: String) throws(SystemError) {
    let number = file.number
    var done = 0
    while done < bytes.count {
        let count = try retryingInterrupts("write", path) {
            // SAFETY: at most the bytes from `done` to the array's end are read, during the call.
            unsafe bytes.withUnsafeBytes { unsafe write(number, $0.baseAddress! + done, $0.count - done) }
        }
        done += count
    }
}

/// 16 hex digits that nobody guesses.
private func randomName() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
