// SPDX-License-Identifier: Apache-2.0
// Lanes: dedicated threads, more of them than cores, on which invocations block. A lane runs one job from start to end.

import Synchronization
package import XVMSystem

/// A fixed number of lane threads over one queue. Jobs start in the order in which they came.
package final class LanePool: Sendable {
    private struct Queue: ~Copyable {
        /// nil before `head`: a job that runs keeps what it needs, one that is done keeps nothing.
        var jobs: [(@Sendable () -> Void)?] = []
        var head = 0
        var isClosed = false
    }
    private let queue = NativeMutex(Queue())
    /// Counts what was put into the queue: lanes sleep on it.
    private let semaphore: Semaphore
    private let threads = Mutex<[NativeThread]>([])

    /// - Parameter count: number of lanes, at least 1.
    package init(count: Int) throws(SystemError) {
        precondition(count > 0, "a pool has at least one lane")
        semaphore = Semaphore()
        for index in 0..<count {
            let thread = try NativeThread(name: "xvm-lane-\(index)") { [self] in serve() }
            threads.withLock { $0.append(thread) }
        }
    }

    /// Runs `job` on the next free lane. The pool's owner hands out no more jobs than there are lanes, so none waits here for long.
    package func submit(_ job: @escaping @Sendable () -> Void) {
        let open = queue.withLock { queue in
            if queue.isClosed { return false }
            queue.jobs.append(job)
            return true
        }
        precondition(open, "a job was given to a pool that is shut down")
        semaphore.signal()
    }

    private func serve() {
        while true {
            semaphore.wait()
            let job: (@Sendable () -> Void)? = queue.withLock { queue in
                guard queue.head < queue.jobs.count else { return nil }
                let job = queue.jobs[queue.head].take()
                queue.head += 1
                if queue.head > 64 && queue.head * 2 > queue.jobs.count {
                    queue.jobs.removeFirst(queue.head)
                    queue.head = 0
                }
                return job
            }
            guard let job else { return }
            job()
        }
    }

    /// Runs what was submitted, ends the lanes and waits for them. Must not be called from a lane.
    package func shutDown() {
        queue.withLock { $0.isClosed = true }
        let threads = threads.withLock { list in
            defer { list = [] }
            return list
        }
        for _ in threads { semaphore.signal() }
        for thread in threads { thread.join() }
    }
}
