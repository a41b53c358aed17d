// SPDX-License-Identifier: Apache-2.0
// Reads a policy file, which may be anything.

import XVMCore
import XVMSystem

extension Policy {
    /// Reads, parses and checks the file at `path`; never reads more than the limit, never waits on something like a pipe.
    package init(readingFile path: String) throws(PolicyError) {
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path, sizeMax: PolicyLimits.fileSizeMax)
        } catch {
            throw PolicyError(file: path, problem: .unreadable(error))
        }
        try self.init(parsing: bytes, file: path)
    }
}
