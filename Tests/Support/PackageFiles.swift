// SPDX-License-Identifier: Apache-2.0
// Where the files of the package lie for tests: the checkout, or the copy that scripts/test made for an unprivileged user.

import Foundation

/// Folder of Package.swift.
package let packageRoot: String = {
    if let root = ProcessInfo.processInfo.environment["XVM_PACKAGE_ROOT"] { return root }
    return URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path(percentEncoded: false)
}()

/// Bytes of a file of the package.
package func packageFile(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: packageRoot).appending(path: path)))
}
