// SPDX-License-Identifier: Apache-2.0
// The folder that an LMDB store lives in: recognised by a marker, held by one process, never made out of somebody else's folder.

internal import CLMDB
internal import Glibc
internal import XVMSystem

/// A state folder that this process holds. It has these entries and no others of ours:
/// `xvm-state` the marker, `xvm-state.lock` the lock, `state.mdb` and `state.mdb-lock` LMDB's.
struct StateFolder: ~Copyable, Sendable {
    static let marker = "xvm-state"
    static let lockFile = "xvm-state.lock"
    static let data = "state.mdb"
    static let dataLock = "state.mdb-lock"
    private static let markerTemporary = "xvm-state.tmp"
    private static let formatVersion = "1"
    private static let markerPrefix = "xvm-state "
    private static let markerSizeMax = 64

    let path: String
    private let folder: Descriptor
    private let held: FileLock
    /// The marker was there. If not, the folder was empty or an earlier creation of ours was interrupted; `finish` writes the marker.
    let isComplete: Bool

    /// Opens the folder and locks it. An absent one is made with mode 0700; a folder with entries but without marker is refused untouched.
    init(path: String) throws(StateError) {
        let folder = try Self.openFolder(path)
        try Self.refuseNetwork(folder.number, path)
        // Look before the lock file is made: a foreign folder stays as it is.
        _ = try Self.isComplete(folder.number, path)
        let held = try Self.lock(folder, path)
        // Again: whoever held the lock before may have finished its creation.
        let isComplete = try Self.isComplete(folder.number, path)
        self.path = path
        self.folder = folder
        self.held = held
        self.isComplete = isComplete
    }

    private static func lock(_ folder: borrowing Descriptor, _ path: String) throws(StateError) -> FileLock {
        let attempt: FileLock.Attempt
        do { attempt = try FileLock.attempt(in: folder, name: lockFile) } catch { throw StateError(error, path) }
        switch consume attempt {
        case .heldBy(let process): throw .folderInUse(path: path, owner: process)
        case .acquired(let lock): return lock
        }
    }

    /// Writes the marker after the data file stands, so that a marked folder always has one.
    func finish() throws(StateError) {
        let text = [UInt8]((Self.markerPrefix + Self.formatVersion + "\n").utf8)
        do throws(SystemError) {
            let number = folder.number
            let file = Descriptor(
                owning: try retryingInterrupts("openat", Self.markerTemporary) {
                    unsafe openat(
                        number, Self.markerTemporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
                })
            let fileNumber = file.number
            // SAFETY: the buffer lives for the call and has `text.count` bytes.
            let written = try retryingInterrupts("write", Self.markerTemporary) { unsafe write(fileNumber, text, text.count) }
            guard written == text.count else { throw SystemError(call: "write", errno: ENOSPC, detail: Self.markerTemporary) }
            try retryingInterrupts("fsync", Self.markerTemporary) { fsync(fileNumber) }
            try retryingInterrupts("renameat", Self.marker) {
                unsafe renameat(number, Self.markerTemporary, number, Self.marker)
            }
            try retryingInterrupts("fsync", path) { fsync(number) }
        } catch { throw StateError(error, path) }
    }

    /// Size and identity of an entry; nil where there is none.
    func status(of name: String) throws(StateError) -> (size: Int, device: UInt, inode: UInt)? {
        let number = folder.number
        var status = stat()
        do {
            // SAFETY: `status` lives for the call, which fills it.
            try retryingInterrupts("fstatat", name) { unsafe fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) }
        } catch {
            if error.errno == ENOENT { return nil }
            throw StateError(error, path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .corrupted(path: path, detail: "\(name) is not a regular file")
        }
        return (Int(status.st_size), UInt(status.st_dev), UInt(status.st_ino))
    }

    private static func openFolder(_ path: String) throws(StateError) -> Descriptor {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw .notStateFolder(path: path, found: "not a path") }
        func open() throws(SystemError) -> Descriptor {
            Descriptor(
                owning: try retryingInterrupts("open", path) { unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
        }
        do { return try open() } catch {
            if error.errno == ENOTDIR { throw .notStateFolder(path: path, found: "it is not a folder") }
            guard error.errno == ENOENT else { throw StateError(error, path) }
        }
        do throws(SystemError) {
            if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw SystemError(call: "mkdir", errno: errno, detail: path) }
            return try open()
        } catch { throw StateError(error, path) }
    }

    // Magic numbers: statfs(2).
    private static func refuseNetwork(_ folder: Int32, _ path: String) throws(StateError) {
        var status = statfs()
        // SAFETY: `status` lives for the call, which fills it.
        guard unsafe fstatfs(folder, &status) == 0 else { throw .system(call: "fstatfs", errno: errno, detail: path) }
        let name: String? =
            switch UInt32(truncatingIfNeeded: status.f_type) {
            case 0x6969: "nfs"
            case 0x517b: "smb"
            case 0xfe53_4d42: "smb2"
            case 0xff53_4d42: "cifs"
            case 0x5346_414f: "afs"
            case 0x7375_7245: "coda"
            case 0x00c3_6400: "ceph"
            case 0x0102_1997: "9p"
            default: nil
            }
        if let name { throw .networkFileSystem(path: path, name: name) }
    }

    /// Whether the marker is there and right; false for a folder that is empty or has only what an interrupted creation of ours left.
    private static func isComplete(_ folder: Int32, _ path: String) throws(StateError) -> Bool {
        if let line = try markerText(folder, path) {
            try checkMarker(line, path)
            return true
        }
        let entries = try self.entries(folder, path)
        // Our creation begins with the lock file, so anything of ours without it is somebody's copy.
        let ours: Set = [lockFile, markerTemporary, data, dataLock]
        if entries.isEmpty || entries.contains(lockFile) && ours.isSuperset(of: entries) { return false }
        let example = entries.subtracting(ours).min() ?? data
        throw .notStateFolder(path: path, found: "it has no file \(marker), but \(shown([UInt8](example.utf8)))")
    }

    private static func markerText(_ folder: Int32, _ path: String) throws(StateError) -> [UInt8]? {
        var text = [UInt8](repeating: 0, count: markerSizeMax)
        do {
            let file = Descriptor(
                owning: try retryingInterrupts("openat", marker) {
                    unsafe openat(folder, marker, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
                })
            let number = file.number
            // SAFETY: the buffer lives for the call and has `markerSizeMax` bytes.
            let size = try retryingInterrupts("read", marker) { unsafe read(number, &text, markerSizeMax) }
            return Array(text[..<size])
        } catch {
            switch error.errno {
            case ENOENT: return nil
            case ELOOP, EISDIR, ENXIO: throw .notStateFolder(path: path, found: "its entry \(marker) is not a regular file")
            default: throw StateError(error, path)
            }
        }
    }

    private static func checkMarker(_ line: [UInt8], _ path: String) throws(StateError) {
        guard line.starts(with: markerPrefix.utf8), line.last == 0x0a else {
            throw .notStateFolder(
                path: path, found: "its file \(marker) begins with \(shown(Array(line.prefix { $0 != 0x0a }.prefix(16))))")
        }
        let version = String(decoding: line.dropFirst(markerPrefix.utf8.count).dropLast(), as: UTF8.self)
        guard version == formatVersion else {
            throw .formatVersion(path: path, found: version, supported: formatVersion)
        }
    }

    /// Names of the entries; at most 17 of them, because a foreign folder may have millions and a handful decides.
    private static func entries(_ folder: Int32, _ path: String) throws(StateError) -> Set<String> {
        do throws(SystemError) {
            // Opened anew, because a directory stream owns its descriptor and shares its position with every duplicate.
            let descriptor = Descriptor(
                owning: try retryingInterrupts("openat", path) { unsafe openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
            let number = descriptor.release()
            guard let stream = unsafe fdopendir(number) else {
                let error = SystemError(call: "fdopendir", errno: errno, detail: path)
                _ = Glibc.close(number)
                throw error
            }
            defer { unsafe closedir(stream) }
            var names: Set<String> = []
            while true {
                errno = 0
                // SAFETY: the stream is open and used by this thread alone; an entry is valid until the next readdir, and d_name is
                // terminated by a 00 byte within it.
                guard let entry = unsafe readdir(stream) else {
                    if errno != 0 { throw SystemError(call: "readdir", errno: errno, detail: path) }
                    return names
                }
                let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                    unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
                }
                if name != "." && name != ".." { names.insert(name) }
                if names.count > 16 { return names }
            }
        } catch { throw StateError(error, path) }
    }
}

extension StateError {
    /// A failed system call, with the file systems' "full" as a case of its own.
    init(_ error: SystemError, _ path: String) {
        // EFBIG: the greatest size of a file, of the system or of the process.
        if error.errno == ENOSPC || error.errno == EDQUOT || error.errno == EFBIG {
            self = .diskFull(path: path)
        } else {
            self = .system(call: error.call, errno: error.errno, detail: error.detail.isEmpty ? path : error.detail)
        }
    }
}

/// What errno means, in the C library's words.
func errorText(_ errno: Int32) -> String { unsafe String(cString: strerror(errno)) }
