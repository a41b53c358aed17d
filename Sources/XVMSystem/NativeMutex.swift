// SPDX-License-Identifier: Apache-2.0
// The lock for what all callers of a process share.

public import Glibc

/// A value behind a pthread mutex, for state that every invocation of a process touches; elsewhere `Synchronization.Mutex` does as well.
/// That one spins some 20 µs, in vain while the owner has no processor, and then takes a futex whose unlock hands the lock over to a
/// sleeper: with more callers than processors each lock then costs a sleep, until a moment comes without a waiter (docs/decisions/waiting.md).
/// A pthread mutex is taken by whoever runs. (Public, because generic code of `package` access is not specialised in other modules.)
///
/// Not recursive. A thread that holds it must not wait for another thread.
@safe public struct NativeMutex<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // SAFETY: both are allocated in init and freed in deinit, and never reassigned, so the mutex stays where it was made; the value is
    // reached with the mutex held only.
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let value: UnsafeMutablePointer<Value>

    /// Unlocked.
    @inlinable public init(_ initial: consuming sending Value) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        let result = unsafe pthread_mutex_init(mutex, nil)
        precondition(result == 0, "pthread_mutex_init: error \(result)")
        unsafe value = .allocate(capacity: 1)
        unsafe value.initialize(to: initial)
    }

    @inlinable deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe value.deinitialize(count: 1)
        unsafe value.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the lock held; waits for it.
    @inlinable public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        _ = unsafe pthread_mutex_lock(mutex)
        defer { _ = unsafe pthread_mutex_unlock(mutex) }
        return try unsafe body(&value.pointee)
    }
}
