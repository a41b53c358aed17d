// SPDX-License-Identifier: Apache-2.0
// A C compiler that was found, with everything that decides what it makes.

import XVMCore

/// A C compiler and the linker that goes with it. Two of equal identity make equal objects of equal text.
package struct Compiler: Equatable, Sendable {
    package enum Kind: String, Sendable { case clang, gcc }

    /// One program that takes part, by its content.
    package struct Tool: Equatable, Sendable {
        /// "driver", "compiler", "assembler" or "linker".
        package var role: String
        /// Links resolved.
        package var path: String
        /// SHA-256 of the file.
        package var hash: [UInt8]
    }

    /// What is run: the path as it was found, links not resolved, because some drivers look at their name.
    package var path: String
    package var kind: Kind
    package var major: Int
    /// First line of `--version`.
    package var versionLine: String
    /// Where it was found: "configured", "XVM_CC", "beside swift", "PATH".
    package var source: String
    package var linkerPath: String
    package var linkerVersionLine: String
    package var tools: [Tool]

    /// SHA-256 over the roles and hashes of all tools; paths do not count.
    package var identity: [UInt8] {
        var hasher = SHA256()
        for tool in tools {
            hasher.update(Array(tool.role.utf8) + [0])
            hasher.update(tool.hash)
        }
        return hasher.finalize()
    }

    /// One line for people.
    package var summary: String { "\(versionLine) at \(path) (\(source)), linker \(linkerVersionLine) at \(linkerPath)" }
}
