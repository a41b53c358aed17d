// SPDX-License-Identifier: Apache-2.0
import Testing
import XVMSystem

@Suite("the native mutex")
struct NativeMutexTests {
    private struct Resource: ~Copyable {
        let onEnd: @Sendable () -> Void
        var number = 0
        deinit { onEnd() }
    }
    private struct Refused: Error {}

    @Test("no two threads are inside at once, and what they do adds up")
    func exclusion() throws {
        final class Shared: Sendable {
            let counts = NativeMutex((inside: 0, most: 0, sum: 0))
        }
        let shared = Shared()
        let threads = try (0..<8).map { _ in
            try NativeThread(name: "mutex-test") {
                for _ in 0..<20000 {
                    shared.counts.withLock {
                        $0.inside += 1
                        $0.most = max($0.most, $0.inside)
                        $0.sum += 1
                        $0.inside -= 1
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(shared.counts.withLock { $0 == (0, 1, 160000) })
    }

    @Test("an error leaves it unlocked, and the value ends with it, once")
    func end() throws {
        final class Ends: Sendable {
            let count = NativeMutex(0)
        }
        let ends = Ends()
        do {
            let mutex = NativeMutex(Resource(onEnd: { ends.count.withLock { $0 += 1 } }))
            #expect(throws: Refused.self) {
                try mutex.withLock { (resource) throws(Refused) in
                    resource.number = 7
                    throw Refused()
                }
            }
            #expect(mutex.withLock { $0.number } == 7)
            #expect(ends.count.withLock { $0 } == 0)
        }
        #expect(ends.count.withLock { $0 } == 1)
    }
}
