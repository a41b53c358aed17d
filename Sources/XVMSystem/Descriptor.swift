// SPDX-License-Identifier: Apache-2.0
// An owned file descriptor. No bare Int32 descriptor crosses a module.

import Glibc

/// Owns one open file descriptor and closes it when it goes.
package struct Descriptor: ~Copyable, Sendable {
    /// The number; valid as long as this value lives. For passing to a system call, never for keeping.
    package let number: Int32

    /// Takes ownership of `number`, which must be open and not owned by anyone else.
    package init(owning number: Int32) {
        precondition(number >= 0, "a descriptor is not negative: \(number)")
        self.number = number
    }

    /// Closes and reports what close(2) says; the descriptor is gone either way.
    package consuming func close() throws(SystemError) {
        let number = self.number
        discard self
        if Glibc.close(number) != 0 && errno != EINTR { throw SystemError(call: "close", errno: errno) }
    }

    /// Gives the number away; the caller closes it.
    package consuming func release() -> Int32 {
        let number = self.number
        discard self
        return number
    }

    /// A second descriptor of the same open file, close-on-exec (fcntl F_DUPFD_CLOEXEC).
    package func duplicate() throws(SystemError) -> Descriptor {
        let number = self.number
        return Descriptor(owning: try retryingInterrupts("fcntl(F_DUPFD_CLOEXEC)") { fcntl(number, F_DUPFD_CLOEXEC, 0) })
    }

    deinit { _ = Glibc.close(number) }
}
