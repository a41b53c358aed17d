// SPDX-License-Identifier: Apache-2.0
// Two things that threads of the host sleep on: a gate that opens once, and a counting semaphore. Both are one futex word.

import CXVMSandbox
import Synchronization

/// A 32-bit word at a fixed address that threads can sleep on.
@safe
private final class FutexWord: @unchecked Sendable {
    // SAFETY: allocated in init, freed in deinit, never reassigned; every access is atomic or by the kernel.
    private let pointer: UnsafeMutablePointer<Atomic<UInt32>>

    init() {
        unsafe pointer = .allocate(capacity: 1)
        unsafe pointer.initialize(to: Atomic(0))
    }

    deinit {
        unsafe pointer.deinitialize(count: 1)
        unsafe pointer.deallocate()
    }

    var value: UInt32 { unsafe pointer.pointee.load(ordering: .acquiring) }
    func set(_ value: UInt32) { unsafe pointer.pointee.store(value, ordering: .releasing) }
    func add() { _ = unsafe pointer.pointee.wrappingAdd(1, ordering: .acquiringAndReleasing) }
    func take() -> Bool {
        var seen = value
        while seen > 0 {
            let (exchanged, original) = unsafe pointer.pointee.compareExchange(
                expected: seen, desired: seen - 1, ordering: .acquiringAndReleasing)
            if exchanged { return true }
            seen = original
        }
        return false
    }
    func sleep(while expected: UInt32, until deadline: Int64 = Int64.max) {
        _ = unsafe xvm_system_futex_wait(UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self), expected, deadline)
    }
    func wake(_ count: Int32) {
        _ = unsafe xvm_system_futex_wake(UnsafeRawPointer(pointer).assumingMemoryBound(to: UInt32.self), count)
    }
}

/// Opens once and stays open.
package final class Gate: Sendable {
    private let word = FutexWord()

    package init() {}

    /// Lets everyone through, now and later.
    package func open() {
        word.set(1)
        word.wake(Int32.max)
    }

    /// Sleeps until the gate is open.
    package func wait() {
        while word.value == 0 { word.sleep(while: 0) }
    }

    /// Sleeps until the gate is open or the absolute CLOCK_MONOTONIC time in nanoseconds is there. True: it is open.
    package func wait(until deadline: Int64) -> Bool {
        while word.value == 0 {
            if xvm_system_monotonic_nanoseconds() >= deadline { return false }
            word.sleep(while: 0, until: deadline)
        }
        return true
    }
}

/// A counting semaphore. Waiters sleep in the kernel, they do not spin.
package final class Semaphore: Sendable {
    private let word = FutexWord()

    package init() {}

    /// Adds one and wakes a waiter.
    package func signal() {
        word.add()
        word.wake(1)
    }

    /// Takes one, sleeping until there is one.
    package func wait() {
        while !word.take() { word.sleep(while: 0) }
    }

    /// Takes one, sleeping until there is one or the absolute CLOCK_MONOTONIC time in nanoseconds is there. True: taken.
    package func wait(until deadline: Int64) -> Bool {
        while !word.take() {
            if xvm_system_monotonic_nanoseconds() >= deadline { return false }
            word.sleep(while: 0, until: deadline)
        }
        return true
    }
}
