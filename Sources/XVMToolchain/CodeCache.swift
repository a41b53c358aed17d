// SPDX-License-Identifier: Apache-2.0
// The content-addressed folder of compiled objects, and of what is known about compilers.

import Glibc
import Synchronization
import XVMCore
package import XVMElf
package import XVMSystem

/// What decides the bytes of an object; its hash names the entry.
package struct CodeKey: Hashable, Sendable {
    package let bytes: [UInt8]
    var name: String { Hex.encode(bytes) }

    package init(
        moduleHash: [UInt8], scheduleHash: [UInt8], translatorVersion: String, abiVersion: UInt32, compilerIdentity: [UInt8],
        flags: [String]
    ) {
        var hasher = SHA256()
        // Each field with its length before it, so that no two lists of fields give the same bytes.
        func add(_ field: [UInt8]) {
            let length = UInt64(field.count)
            hasher.update((0..<8).map { UInt8(truncatingIfNeeded: length >> UInt64(8 * $0)) })
            hasher.update(field)
        }
        add(Array("xvm code 1".utf8))
        add(moduleHash)
        add(scheduleHash)
        add(Array(translatorVersion.utf8))
        add(Array("\(abiVersion)".utf8))
        add(compilerIdentity)
        for flag in flags { add(Array(flag.utf8)) }
        bytes = hasher.finalize()
    }
}

/// A folder that only its owner can write: `code-<key>.so` holds an object and, behind it, a seal; `note-<key>` what is known of
/// a tool. Nothing in it is believed: the seal is checked and the object verified again on each load.
///
/// The seal, 80 bytes: SHA-256 of the object (32), the key (32), the object's size (8, little-endian), "XVMCODE1" (8). Behind
/// the object and not before it, so that readelf and a debugger can open an entry as it is.
package final class CodeCache: Sendable {
    static let sealSize = 80
    private static let mark = Array("XVMCODE1".utf8)
    private static let noteSizeMax = 32 << 10
    private static let staleSeconds: Int64 = 3600

    package let path: String
    private let folder: Folder
    private let objectSizeMax: Int
    private let discarded = Atomic<UInt64>(0)

    /// Where the cache is: as configured, else `XVM_CACHE`, else `XDG_CACHE_HOME`/xvm, else `HOME`/.cache/xvm.
    static func path(configured: String?, environment: [String: String]) throws(ToolchainError) -> String {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if let configured, !configured.isEmpty { return configured }
        if let path = value("XVM_CACHE") { return path }
        // The XDG base directory specification has relative paths ignored.
        if let path = value("XDG_CACHE_HOME"), path.hasPrefix("/") { return path + "/xvm" }
        if let path = value("HOME"), path.hasPrefix("/") { return path + "/.cache/xvm" }
        throw .noCacheFolder
    }

    /// Opens the folder, makes it where it is not there, and refuses one that others could write.
    package init(path: String, objectSizeMax: Int) throws(ToolchainError) {
        self.path = path
        self.objectSizeMax = objectSizeMax
        let status: FileStatus
        do {
            folder = try Folder(creating: path)
            status = try folder.status()
        } catch {
            if error.errno == ENOTDIR { throw .cacheNotAFolder(path: path) }
            throw .system(error)
        }
        let user = FileSystem.userID
        guard status.owner == user || status.owner == 0 else {
            throw .cacheOwner(path: path, owner: status.owner, expected: user)
        }
        guard status.mode & 0o022 == 0 else { throw .cacheWritableByOthers(path: path, mode: status.mode) }
        folder.removeStaleTemporaries(olderThan: Self.staleSeconds)
    }

    // MARK: Objects

    package enum Lookup {
        case hit(VerifiedElf)
        case miss
        /// An entry that is not what was stored; why.
        case damaged(String)
    }

    package static func entryName(_ key: CodeKey) -> String { "code-" + key.name + ".so" }

    package func load(_ key: CodeKey, _ producer: ElfProducer = .translator) -> Lookup {
        let entry: [UInt8]
        do {
            guard let bytes = try folder.read(Self.entryName(key), sizeMax: objectSizeMax + Self.sealSize) else { return .miss }
            entry = bytes
        } catch { return .damaged(error.description) }
        guard entry.count >= Self.sealSize else { return .damaged("size \(entry.count) is below \(Self.sealSize)") }
        let size = entry.count - Self.sealSize
        let object = Array(entry[0..<size])
        guard Array(entry[size...]) == Self.seal(object, key) else {
            return .damaged("its content does not match its hash, key and size")
        }
        do { return .hit(try ElfVerifier.verify(object, producer: producer)) } catch { return .damaged(error.description) }
    }

    /// Stores an object; one that is there already stays.
    package func store(_ key: CodeKey, _ object: [UInt8]) throws(SystemError) {
        _ = try folder.publish(Self.entryName(key), object + Self.seal(object, key))
    }

    /// Takes a damaged entry away.
    func discard(_ key: CodeKey) {
        folder.remove(Self.entryName(key))
        discarded.add(1, ordering: .relaxed)
    }

    /// Entries that this process took away.
    var discardedCount: UInt64 { discarded.load(ordering: .relaxed) }

    /// Bytes on disk of everything in the folder, looked up now; 0 where it cannot be read.
    var size: UInt64 { (try? folder.use().size) ?? 0 }

    private static func seal(_ object: [UInt8], _ key: CodeKey) -> [UInt8] {
        let size = UInt64(object.count)
        return SHA256.hash(object) + key.bytes + (0..<8).map { UInt8(truncatingIfNeeded: size >> UInt64(8 * $0)) } + mark
    }

    // MARK: Notes about tools

    /// What was kept under `name` (hex digits), if it is whole.
    package func note(_ name: String) -> [UInt8]? {
        guard let bytes = try? folder.read("note-" + name, sizeMax: Self.noteSizeMax), bytes.count >= SHA256.size else {
            return nil
        }
        let content = Array(bytes[SHA256.size...])
        return SHA256.hash(content) == Array(bytes[0..<SHA256.size]) ? content : nil
    }

    /// Keeps a note, if it can; without it only time is lost.
    func keepNote(_ name: String, _ content: [UInt8]) {
        guard content.count + SHA256.size <= Self.noteSizeMax else { return }
        if note(name) == nil { folder.remove("note-" + name) }
        _ = try? folder.publish("note-" + name, SHA256.hash(content) + content)
    }
}
