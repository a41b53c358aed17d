// SPDX-License-Identifier: Apache-2.0
// A failed system call, and the one place that turns -1 into it.

import Glibc

/// A system call that failed: its name, errno, and what it was about (a path, a size), for one clear line.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    package var call: String
    package var errno: Int32
    package var detail: String

    package init(call: String, errno: Int32, detail: String = "") {
        self.call = call
        self.errno = errno
        self.detail = detail
    }

    package var description: String {
        detail.isEmpty ? "\(call) failed: \(reason)" : "\(call) failed: \(reason) (\(detail))"
    }

    /// The system's text of errno alone.
    package var reason: String { unsafe String(cString: strerror(errno)) }
}

/// Repeats `body` while it fails with EINTR; -1 becomes a SystemError.
/// - Returns: the call's non-negative result.
@discardableResult
package func retryingInterrupts<Result: FixedWidthInteger & SignedInteger>(
    _ call: String, _ detail: @autoclosure () -> String = "", _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let error = Glibc.errno
        if error != EINTR { throw SystemError(call: call, errno: error, detail: detail()) }
    }
}
