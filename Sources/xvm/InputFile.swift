// SPDX-License-Identifier: Apache-2.0
// Files that a command line names: read whole, with a limit, or refused with one line.

import Foundation
import XVMExecutor

enum InputFile {
    /// Above the translator's own limit for a module, plus its compiled object.
    static let moduleSizeMax = 256 << 20

    /// The bytes of a regular file.
    static func read(_ path: String, what: String, sizeMax: Int) throws(ExecutorError) -> [UInt8] {
        func refused(_ why: String) -> ExecutorError {
            ExecutorError(.usage, kind: "unreadableFile", detail: "\(what) \(path): \(why)", isDeterministic: true, blame: .unknown)
        }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else { throw refused("no such file") }
        if isDirectory.boolValue { throw refused("is a folder") }
        guard let file = FileHandle(forReadingAtPath: path) else { throw refused("cannot be opened (permissions?)") }
        defer { try? file.close() }
        do {
            let data = try file.read(upToCount: sizeMax + 1) ?? Data()
            if data.count > sizeMax { throw refused("is larger than the limit of \(sizeMax) bytes") }
            return [UInt8](data)
        } catch let error as ExecutorError {
            throw error
        } catch {
            throw refused("cannot be read")
        }
    }

    /// `dir/counter.wasm` → `counter`.
    static func stem(_ path: String) -> String {
        URL(filePath: path).deletingPathExtension().lastPathComponent
    }
}
