// SPDX-License-Identifier: Apache-2.0
// Files in the cache folder: whatever lies there is what was stored, or is found out.

import Glibc
import XVMCore
package import XVMElf
import XVMSystem
package import XVMToolchain

package struct CacheSubject: Sendable {
    /// An entry as the cache gives it out; nil: a miss, or found damaged.
    package var load: @Sendable (CodeCache, CodeKey) -> VerifiedElf? = { (cache, key) in
        if case .hit(let elf) = cache.load(key) { elf } else { nil }
    }
    package init() {}
}

/// Removed with everything in it when the last user is gone.
final class FuzzFolder {
    let path: String
    init() throws {
        // SAFETY: getenv's text is copied at once; nobody here changes the environment.
        let named = unsafe getenv("TMPDIR").flatMap { unsafe String(validatingCString: $0) }
        let parent = named ?? "/tmp"
        path = try Folder(temporaryBelow: parent, prefix: "xvm-fuzz-").path
    }
    deinit { if let folder = try? Folder(opening: path) { folder.removeTree() } }
}

extension FuzzTarget {
    /// Input: a byte that says how the entry is made, then the bytes of the entry, or of an object that gets a right seal.
    package static func cache(_ subject: CacheSubject = CacheSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "cache",
            purpose: "files of the cache: an entry that was not stored is a miss or damaged, whatever it says of itself",
            smokeCount: 300, sizeMax: 20_000,
            seeds: [[0] + sealed(SampleObject.bytes), [1] + SampleObject.bytes, [2] + SampleObject.bytes, [3, 1, 2, 3]],
            words: [Array("XVMCODE1".utf8), key.bytes]
        ) {
            let folder = try FuzzFolder()
            let cache = try CodeCache(path: folder.path, objectSizeMax: 1 << 20)
            return { bytes in
                let content = Array(bytes.dropFirst())
                switch bytes.first.map({ $0 % 4 }) ?? 0 {
                case 0: try checkEntry(content, cache, folder, subject)
                case 1: try checkEntry(sealed(content), cache, folder, subject)
                case 2:
                    // Stored honestly: it comes back as it was, or is refused by the ELF rules.
                    try? Folder(opening: folder.path).remove(CodeCache.entryName(key))
                    try cache.store(key, content)
                    let elf = subject.load(cache, key)
                    try require(elf == nil || elf?.bytes == content, "another object than was stored")
                    try require(
                        (elf != nil) == ((try? ElfVerifier.verify(content, producer: .translator)) != nil),
                        "a good object is lost, or a bad one given out")
                default:
                    try replace("note-00ff", content, folder)
                    if let note = cache.note("00ff") {
                        try require(SHA256.hash(note) + note == content, "a note that was not kept")
                    }
                }
            }
        }
    }

    private static func checkEntry(_ entry: [UInt8], _ cache: CodeCache, _ folder: FuzzFolder, _ subject: CacheSubject) throws {
        try replace(CodeCache.entryName(key), entry, folder)
        guard let elf = subject.load(cache, key) else { return }
        try require(entry == sealed(elf.bytes), "an entry with a wrong seal is given out")
        try NaiveElf(elf.bytes).check()
    }

    private static func replace(_ name: String, _ bytes: [UInt8], _ folder: FuzzFolder) throws {
        let open = try Folder(opening: folder.path)
        open.remove(name)
        // Not `write`, which syncs: this runs thousands of times.
        let path = folder.path + "/" + name
        let number = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw SystemError(call: "open", errno: errno, detail: path) }
        let file = Descriptor(owning: number)
        // SAFETY: write reads at most the array's bytes during the call.
        let count = unsafe write(file.number, bytes, bytes.count)
        if count != bytes.count { throw SystemError(call: "write", errno: EIO, detail: path) }
    }

    private static let key = CodeKey(
        moduleHash: Array(repeating: 1, count: 32), scheduleHash: Array(repeating: 2, count: 32), translatorVersion: "fuzz",
        abiVersion: 1,
        compilerIdentity: Array(repeating: 3, count: 32), flags: [])

    /// The seal as its documentation has it (CodeCache.swift).
    private static func sealed(_ object: [UInt8]) -> [UInt8] {
        let size = UInt64(object.count)
        return object + SHA256.hash(object) + key.bytes + (0..<8).map { UInt8(truncatingIfNeeded: size >> UInt64(8 * $0)) }
            + Array("XVMCODE1".utf8)
    }
}
