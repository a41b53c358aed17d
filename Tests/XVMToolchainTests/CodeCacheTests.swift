// SPDX-License-Identifier: Apache-2.0
// The cache folder: whose it may be, and what happens to entries that somebody changed.

import Foundation
import Testing
import XVMCore
@testable import XVMToolchain

@Suite("the cache")
struct CodeCacheTests {
    @Test("the folder is the configured one, XVM_CACHE, XDG_CACHE_HOME/xvm or HOME/.cache/xvm")
    func place() throws {
        let all = ["XVM_CACHE": "/x", "XDG_CACHE_HOME": "/y", "HOME": "/z"]
        #expect(try CodeCache.path(configured: "/w", environment: all) == "/w")
        #expect(try CodeCache.path(configured: nil, environment: all) == "/x")
        #expect(try CodeCache.path(configured: nil, environment: ["XDG_CACHE_HOME": "/y", "HOME": "/z"]) == "/y/xvm")
        #expect(try CodeCache.path(configured: nil, environment: ["XDG_CACHE_HOME": "y", "HOME": "/z"]) == "/z/.cache/xvm")
        #expect(try CodeCache.path(configured: nil, environment: ["XVM_CACHE": "", "HOME": "/z"]) == "/z/.cache/xvm")
        #expect(throws: ToolchainError.noCacheFolder) { try CodeCache.path(configured: nil, environment: [:]) }
    }

    @Test("the folder and those above it are made, for us alone")
    func made() throws {
        let fixture = try Fixture()
        let path = fixture.root + "/a/b/cache"
        _ = try fixture.toolchain(cache: path)
        for folder in ["/a", "/a/b", "/a/b/cache"] {
            let mode = try FileManager.default.attributesOfItem(atPath: fixture.root + folder)[.posixPermissions] as? Int
            #expect(mode == 0o700)
        }
    }

    @Test("a folder that others may write is refused", arguments: [0o777, 0o720, 0o702, 0o1777])
    func mode(mode: Int) throws {
        let fixture = try Fixture()
        try FileManager.default.createDirectory(atPath: fixture.cache, withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: fixture.cache)
        #expect(throws: ToolchainError.cacheWritableByOthers(path: fixture.cache, mode: UInt32(mode))) {
            try fixture.toolchain()
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: fixture.cache)
        #expect(throws: Never.self) { try fixture.toolchain() }
    }

    @Test("a folder of somebody else is refused", .enabled(if: geteuid() == 0, "only root can make one"))
    func owner() throws {
        let fixture = try Fixture()
        try FileManager.default.createDirectory(atPath: fixture.cache, withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: fixture.cache)
        try FileManager.default.setAttributes([.ownerAccountID: 65534], ofItemAtPath: fixture.cache)
        #expect(throws: ToolchainError.cacheOwner(path: fixture.cache, owner: 65534, expected: 0)) { try fixture.toolchain() }
    }

    @Test("a file in the folder's place is refused")
    func notAFolder() throws {
        let fixture = try Fixture()
        try Data().write(to: URL(filePath: fixture.cache))
        #expect(throws: ToolchainError.cacheNotAFolder(path: fixture.cache)) { try fixture.toolchain() }
        #expect(throws: ToolchainError.cacheNotAFolder(path: fixture.cache + "/below")) {
            try fixture.toolchain(cache: fixture.cache + "/below")
        }
    }

    @Test("temporary files of a killed process go after an hour, younger ones stay")
    func stale() throws {
        let fixture = try Fixture()
        _ = try fixture.toolchain()
        for (name, age) in [("tmp-old", -4000.0), ("tmp-new", -10.0), ("code-old.so", -4000.0)] {
            try Data().write(to: URL(filePath: fixture.cache + "/" + name))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: age)], ofItemAtPath: fixture.cache + "/" + name)
        }
        _ = try fixture.toolchain()
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.cache).sorted() == ["code-old.so", "tmp-new"])
    }

    @Test("each field of the key counts, and no two lists of fields are alike")
    func key() {
        func key(
            _ module: UInt8 = 1, _ schedule: UInt8 = 2, _ version: String = "v", _ abi: UInt32 = 1, _ identity: UInt8 = 3,
            _ flags: [String] = ["-a", "-b"]
        ) -> CodeKey {
            CodeKey(
                moduleHash: [UInt8](repeating: module, count: 32), scheduleHash: [UInt8](repeating: schedule, count: 32),
                translatorVersion: version, abiVersion: abi, compilerIdentity: [UInt8](repeating: identity, count: 32),
                flags: flags)
        }
        let keys = [
            key(), key(9), key(1, 9), key(1, 2, "w"), key(1, 2, "v", 2), key(1, 2, "v", 1, 9), key(1, 2, "v", 1, 3, ["-a-b"]),
            key(1, 2, "v", 1, 3, ["-a", "-b", ""]), key(1, 2, "v1", 1), key(1, 2, "v", 11), key(2, 1),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(key() == key())
        #expect(key().name.utf8.count == 64)
    }

    @Test("notes come back whole or not at all")
    func notes() throws {
        let fixture = try Fixture()
        let cache = try CodeCache(path: fixture.cache, objectSizeMax: 1000)
        let name = String(repeating: "ab", count: 32)
        #expect(cache.note(name) == nil)
        cache.keepNote(name, [1, 2, 3])
        #expect(cache.note(name) == [1, 2, 3])
        let path = fixture.cache + "/note-" + name
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        bytes[33] ^= 1
        try Data(bytes).write(to: URL(filePath: path))
        #expect(cache.note(name) == nil)
        cache.keepNote(name, [4])
        #expect(cache.note(name) == [4])
    }

    /// What somebody does to an entry.
    enum Damage: String, CaseIterable, Sendable {
        case flippedInObject, flippedInHash, flippedInKey, truncated, empty, longer, otherKey, link, pipe, folder, unreadable
        case sealedGarbage
    }

    @Test(
        "a changed entry is reported and compiled again",
        .enabled(if: !Fixture.compilers.isEmpty, "needs clang or gcc, and a linker"), arguments: Damage.allCases)
    func damaged(damage: Damage) throws {
        let fixture = try Fixture()
        let good = try fixture.toolchain(Fixture.compilers[0]).code()
        let path = try fixture.entry()
        let url = URL(filePath: path)
        var bytes = [UInt8](try Data(contentsOf: url))
        #expect(bytes.count == good.bytes.count + 80)
        switch damage {
        case .flippedInObject: bytes[good.bytes.count / 2] ^= 1
        case .flippedInHash: bytes[good.bytes.count] ^= 1
        case .flippedInKey: bytes[good.bytes.count + 40] ^= 1
        case .truncated: bytes.removeLast(100)
        case .empty: bytes = []
        case .longer: bytes.append(0)
        case .otherKey:
            // A good entry under a name that is not its own.
            try FileManager.default.removeItem(at: url)
            _ = try fixture.toolchain(Fixture.compilers[0]).code(translatorVersion: "test 2")
            bytes = [UInt8](try Data(contentsOf: URL(filePath: try fixture.entry())))
        case .sealedGarbage:
            // The hash fits, but the object breaks a rule: the rules are checked on load too.
            bytes[0] = 0
            bytes.replaceSubrange(
                good.bytes.count..<(good.bytes.count + 32), with: SHA256.hash(Array(bytes[..<good.bytes.count])))
        case .link, .pipe, .folder, .unreadable: break
        }
        switch damage {
        case .link:
            try FileManager.default.moveItem(atPath: path, toPath: fixture.root + "/elsewhere")
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: fixture.root + "/elsewhere")
        case .pipe:
            try FileManager.default.removeItem(at: url)
            // SAFETY: mkfifo reads the path during the call only.
            let made = unsafe mkfifo(path, 0o600)
            #expect(made == 0)
        case .folder:
            try FileManager.default.removeItem(at: url)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        case .unreadable:
            // Root reads everything: then it is simply a hit.
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        default: try Data(bytes).write(to: url)
        }
        let isHit = damage == .unreadable && geteuid() == 0

        let again = try fixture.toolchain(Fixture.compilers[0]).code()
        #expect(again.bytes == good.bytes)
        #expect(again.isFromCache == isHit)
        #expect(fixture.warnings.count == (isHit ? 0 : 1))
        guard isHit || fixture.warnings.contains(where: { if case .cacheEntryDamaged(path, _) = $0 { true } else { false } })
        else {
            Issue.record("\(fixture.warnings)")
            return
        }
        // A folder in its place is not ours to remove; everything else is mended.
        let third = try fixture.toolchain(Fixture.compilers[0]).code()
        #expect(third.isFromCache == (damage != .folder))
        #expect(try fixture.leftovers() == [])
    }

    @Test(
        "an entry above the limit is not read", .enabled(if: !Fixture.compilers.isEmpty, "needs clang or gcc, and a linker"))
    func large() throws {
        let fixture = try Fixture()
        let good = try fixture.toolchain(Fixture.compilers[0]).code()
        let key = try #require(good.key)
        #expect(key.count == 32)
        let handle = try FileHandle(forWritingTo: URL(filePath: try fixture.entry()))
        try handle.truncate(atOffset: 1 << 40)
        try handle.close()
        #expect(try fixture.toolchain(Fixture.compilers[0]).code().origin == .compiled)
        #expect(fixture.warnings.count == 1)
    }

    @Test(
        "a folder that cannot be written gives Code all the same, with a warning",
        .enabled(if: geteuid() != 0 && !Fixture.compilers.isEmpty, "needs a compiler, and root can write everywhere"))
    func readOnly() throws {
        let fixture = try Fixture()
        _ = try fixture.toolchain()
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: fixture.cache)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: fixture.cache) }
        #expect(try fixture.toolchain(Fixture.compilers[0]).code().origin == .compiled)
        #expect(fixture.warnings.count == 1)
    }
}
