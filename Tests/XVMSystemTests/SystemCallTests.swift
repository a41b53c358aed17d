// SPDX-License-Identifier: Apache-2.0
// The C wrappers of xvm_system.h, as Swift sees them.
// SAFETY (all unsafe calls here): pointers are to local arrays and variables of the sizes that are passed, alive for the call.

import CXVMSandbox
import Glibc
import Testing

@Suite("system call wrappers")
struct SystemCallTests {
    @Test("a message carries bytes and a sealed memory file, and the file's bytes arrive")
    func descriptorsTravel() throws {
        var pair: [Int32] = [-1, -1]
        #expect(unsafe xvm_system_socketpair(&pair) == 0)
        defer { for socket in pair { close(socket) } }
        let bytes: [UInt8] = Array("sealed".utf8)
        let file = unsafe xvm_system_memfd_sealed("xvm-test", bytes, bytes.count)
        try #require(file >= 0)
        defer { close(file) }
        let wanted =
            XVM_SYSTEM_SEAL_SEAL.rawValue | XVM_SYSTEM_SEAL_SHRINK.rawValue | XVM_SYSTEM_SEAL_GROW.rawValue
            | XVM_SYSTEM_SEAL_WRITE.rawValue
        #expect(UInt32(xvm_system_seals(file)) & wanted == wanted)
        #expect(unsafe write(file, bytes, 1) == -1 && errno == EPERM)

        let message: [UInt8] = [1, 2, 3]
        #expect(unsafe xvm_system_send(pair[0], message, message.count, [file], 1) == 0)
        var received = [UInt8](repeating: 0, count: 16)
        var descriptors = [Int32](repeating: -1, count: Int(XVM_SYSTEM_DESCRIPTORS_MAX))
        var count: UInt32 = 0
        let size = unsafe xvm_system_receive(pair[1], &received, received.count, &descriptors, &count, deadline(seconds: 10))
        #expect(size == 3)
        #expect(Array(received.prefix(3)) == message)
        try #require(count == 1)
        defer { close(descriptors[0]) }
        var content = [UInt8](repeating: 0, count: bytes.count)
        #expect(unsafe pread(descriptors[0], &content, content.count, 0) == bytes.count)
        #expect(content == bytes)
    }

    @Test("a message that is too long is refused and its descriptors are closed")
    func tooLongMessage() throws {
        var pair: [Int32] = [-1, -1]
        #expect(unsafe xvm_system_socketpair(&pair) == 0)
        defer { for socket in pair { close(socket) } }
        let message = [UInt8](repeating: 7, count: 64)
        let spare = xvm_system_event_create()
        #expect(unsafe xvm_system_send(pair[0], message, message.count, [spare], 1) == 0)
        close(spare)
        var received = [UInt8](repeating: 0, count: 16)
        var descriptors = [Int32](repeating: -1, count: Int(XVM_SYSTEM_DESCRIPTORS_MAX))
        var count: UInt32 = 9
        let size = unsafe xvm_system_receive(pair[1], &received, received.count, &descriptors, &count, deadline(seconds: 10))
        #expect(size == -Int64(EMSGSIZE))
        #expect(count == 0)
    }

    @Test("a closed peer gives size 0, and a deadline in the past gives ETIMEDOUT")
    func peerAndDeadline() throws {
        var pair: [Int32] = [-1, -1]
        #expect(unsafe xvm_system_socketpair(&pair) == 0)
        var received = [UInt8](repeating: 0, count: 16)
        var descriptors = [Int32](repeating: -1, count: Int(XVM_SYSTEM_DESCRIPTORS_MAX))
        var count: UInt32 = 0
        #expect(unsafe xvm_system_receive(pair[1], &received, received.count, &descriptors, &count, 0) == -Int64(ETIMEDOUT))
        close(pair[0])
        #expect(unsafe xvm_system_receive(pair[1], &received, received.count, &descriptors, &count, deadline(seconds: 10)) == 0)
        #expect(unsafe xvm_system_send(pair[1], received, 1, nil, 0) == -EPIPE)
        close(pair[1])
    }

    @Test("an event wakes an epoll with its token, and clearing it makes the epoll quiet")
    func epollToken() throws {
        let epoll = xvm_system_epoll_create()
        let event = xvm_system_event_create()
        defer {
            close(epoll)
            close(event)
        }
        #expect(xvm_system_epoll_add(epoll, event, 0xfeed_0000_0001) == 0)
        var ready = [xvm_system_ready](repeating: xvm_system_ready(), count: 4)
        #expect(unsafe xvm_system_epoll_wait(epoll, &ready, 4, 0) == 0)
        #expect(xvm_system_event_set(event) == 0)
        #expect(unsafe xvm_system_epoll_wait(epoll, &ready, 4, deadline(seconds: 10)) == 1)
        #expect(ready[0].token == 0xfeed_0000_0001)
        #expect(xvm_system_event_clear(event) == 1)
        #expect(xvm_system_event_clear(event) == 0)
        #expect(unsafe xvm_system_epoll_wait(epoll, &ready, 4, 0) == 0)
        #expect(xvm_system_epoll_remove(epoll, event) == 0)
    }

    @Test("a futex whose word differs answers EAGAIN, and one with a past deadline ETIMEDOUT")
    func futex() {
        var word: UInt32 = 5
        #expect(unsafe xvm_system_futex_wait(&word, 4, deadline(seconds: 10)) == -EAGAIN)
        #expect(unsafe xvm_system_futex_wait(&word, 5, 1) == -ETIMEDOUT)
        #expect(unsafe xvm_system_futex_wake(&word, 1) == 0)
    }

    @Test("a missing worker binary is ENOENT and leaves no process")
    func missingBinary() {
        var pair: [Int32] = [-1, -1]
        #expect(unsafe xvm_system_socketpair(&pair) == 0)
        defer { for socket in pair { close(socket) } }
        var pid: Int32 = -7
        var pidfd: Int32 = -7
        #expect(unsafe xvm_system_spawn_zygote("/nonexistent/xvm-worker", pair[0], &pid, &pidfd) == -ENOENT)
        #expect(pidfd == -7)
    }

    @Test("an ordinary descriptor is not a seccomp listener")
    func notAListener() {
        let event = xvm_system_event_create()
        defer { close(event) }
        #expect(xvm_system_is_listener(event) == 0)
        var notification = xvm_system_notification()
        #expect(unsafe xvm_system_notification_receive(event, &notification) < 0)
    }

    private func deadline(seconds: Int64) -> Int64 { xvm_system_monotonic_nanoseconds() + seconds * 1_000_000_000 }
}
