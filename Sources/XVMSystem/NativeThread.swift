// SPDX-License-Identifier: Apache-2.0
// Dedicated threads: lanes and the reaper block for long, which nothing on Swift's cooperative pool may do.

import CXVMSandbox
import Glibc
import Synchronization

/// One thread of its own that runs `body` to its end.
package final class NativeThread: Sendable {
    private final class Start {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let handle: pthread_t
    private let joined = Mutex(false)

    /// Starts at once.
    /// - Parameter name: at most 15 bytes, shown by ps and debuggers.
    /// - Throws: EAGAIN when the system has no thread left.
    package init(name: String, body: @escaping @Sendable () -> Void) throws(SystemError) {
        var handle = pthread_t()
        // SAFETY: the retained Start is released exactly once, by the thread; pthread_create keeps the pointer only on success.
        let start = unsafe Unmanaged.passRetained(Start(name: String(name.prefix(15)), body: body))
        let result = unsafe pthread_create(
            &handle, nil,
            { argument in
                let start = unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
                _ = unsafe xvm_system_thread_name(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        if result != 0 {
            unsafe start.release()
            throw SystemError(call: "pthread_create", errno: result, detail: name)
        }
        self.handle = handle
    }

    /// One that nobody joins gives its stack back when it ends.
    deinit {
        if !joined.withLock({ $0 }) { _ = pthread_detach(handle) }
    }

    /// Waits until the thread ended. May be called once, never from the thread itself.
    package func join() {
        let first = joined.withLock { done in
            defer { done = true }
            return !done
        }
        precondition(first, "a thread is joined once")
        _ = pthread_join(handle, nil)
    }
}
