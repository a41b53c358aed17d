// SPDX-License-Identifier: Apache-2.0
// What is known of tools: hashes of their files and their answers to `--version`, found out once for each state of a file.

import Synchronization
import XVMCore
import XVMSystem

/// Remembers in this process and in the cache folder. A file's device, inode, size, time of last write and time of last change
/// name its state; the last one cannot be set back by any program. Hashing the 270 MB of a clang and its linker takes a second,
/// asking them for their versions 14 ms each; without this each start of a command would pay that.
struct ToolNotes: Sendable {
    private static let known = Mutex<[String: [UInt8]]>([:])
    /// A smaller file is a script, which may ask others.
    private static let programSizeMin = 64 << 10

    /// Where notes are kept between processes; nil: nowhere.
    let cache: CodeCache?

    /// SHA-256 of a program.
    /// - Parameter path: with its links resolved.
    func hash(_ path: String) throws(ToolchainError) -> [UInt8] {
        do {
            let status = try FileStatus(path: path)
            let name = Self.name(status, ["hash"])
            if let hash = recall(name), hash.count == SHA256.size { return hash }
            let hash = try FileSystem.sha256(path)
            // Written to in the meantime: the hash may be of neither state.
            if try FileStatus(path: path) == status { remember(name, hash) }
            return hash
        } catch { throw .system(error) }
    }

    /// The standard output of `path arguments`, from memory or by `run`. Remembered only for a compiler's or linker's own
    /// program: a wrapper (ccache, a version switcher, a script) may answer otherwise tomorrow.
    func answer(
        _ path: String, _ arguments: [String], run: () throws(ToolchainError) -> [UInt8]
    ) throws(ToolchainError) -> [UInt8] {
        guard let real = try? FileSystem.resolve(path), let status = try? FileStatus(path: real),
            status.size >= Self.programSizeMin, Self.isProgramName(real)
        else { return try run() }
        let name = Self.name(status, ["answer", path, real] + arguments)
        if let answer = recall(name) { return answer }
        let answer = try run()
        remember(name, answer)
        return answer
    }

    private static func isProgramName(_ path: String) -> Bool {
        let name = path.split(separator: "/").last ?? ""
        return ["clang", "gcc", "lld", "ld.bfd"].contains { name.contains($0) }
    }

    private func recall(_ name: String) -> [UInt8]? {
        if let value = Self.known.withLock({ $0[name] }) { return value }
        guard let value = cache?.note(name) else { return nil }
        Self.known.withLock { $0[name] = value }
        return value
    }

    private func remember(_ name: String, _ value: [UInt8]) {
        Self.known.withLock { $0[name] = value }
        cache?.keepNote(name, value)
    }

    private static func name(_ status: FileStatus, _ texts: [String]) -> String {
        let state = [
            "\(status.device)", "\(status.inode)", "\(status.size)", "\(status.modified)", "\(status.changed)",
            "\(status.owner)", "\(status.mode)",
        ]
        return Hex.encode(SHA256.hash(Array((state + texts).joined(separator: "\0").utf8)))
    }
}
