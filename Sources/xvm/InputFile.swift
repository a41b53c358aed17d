// SPDX-License-Identifier: Apache-2.0
// Files that a command line names: read whole, with a limit, or refused with one line.

import Foundation
import XVMExecutor
import XVMSystem

enum InputFile {
    /// Above the translator's own limit for a module, plus its compiled object.
    static let moduleSizeMax = 256 << 20

    /// The bytes of a regular file.
    static func read(_ path: String, what: String, sizeMax: Int) throws(ExecutorError) -> [UInt8] {
        func refused(_ why: String) -> ExecutorError {
            ExecutorError(
                .usage, kind: "unreadableFile", detail: "\(what) \(path): \(why)", isDeterministic: true, blame: .unknown)
        }
        do {
            return try BoundedFile.read(path, sizeMax: sizeMax)
        } catch {
            throw refused(error.reason)
        }
    }

    /// `dir/counter.wasm` → `counter`.
    static func stem(_ path: String) -> String {
        URL(filePath: path).deletingPathExtension().lastPathComponent
    }
}
