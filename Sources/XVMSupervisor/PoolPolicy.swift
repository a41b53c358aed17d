// SPDX-License-Identifier: Apache-2.0
// How many workers there may be, how long they live, and what becomes of a contract whose workers keep dying.

/// Limits of a pool of workers. Times are nanoseconds.
public struct PoolPolicy: Equatable, Sendable {
    /// Workers of all contracts together, those that start included. Where all are busy, calls are queued; an idle one of another
    /// contract, the least recently used, is ended to make room.
    public var workerCountMax = 64
    /// Workers of one contract, and so its parallel invocations.
    public var workersPerContractMax = 8
    /// Idle workers of a contract that no idle time ends. To make room they can be ended all the same; a pinned contract's cannot.
    public var warmCount = 0
    /// An idle worker above `warmCount` is ended after so long.
    public var idleNanoseconds: UInt64 = 60_000_000_000
    /// A worker is ended after so many invocations.
    public var invocationCountMax: UInt64 = 1_000_000
    /// A worker whose linear memory ended with more pages of 64 KiB is ended: the memory goes back to the system.
    public var memoryPagesMark: UInt32 = 1024
    /// True: a worker serves one invocation and ends. Nothing can be left for a second one, whatever the first one did to its process.
    public var isOneContextOnly = false
    /// Calls that may wait; one more is refused at once.
    public var queueCountMax = 4096
    /// A call that has waited for so long is refused. Not part of a call's deadline, which begins when it has its worker.
    public var queueNanosecondsMax: UInt64 = 30_000_000_000
    /// Deaths in a row after which a contract's next worker has to wait.
    public var deathCountMax = 3
    /// The first such wait; each further death doubles it.
    public var backOffNanoseconds: UInt64 = 100_000_000
    /// The longest such wait.
    public var backOffNanosecondsMax: UInt64 = 10_000_000_000
    /// Violations after which a contract is refused for good (`Executor.release`).
    public var violationCountMax = 16

    /// All defaults.
    public init() {}
}

/// Why a call got no worker.
package enum PoolRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    case queueFull(limit: Int)
    case queueTimeout(nanoseconds: UInt64)
    case quarantined(violations: Int)
    case shutDown
    /// While it waited.
    case cancelled

    package var description: String {
        switch self {
        case .queueFull(let limit): "all \(limit) places of the queue are taken"
        case .queueTimeout(let nanoseconds): "no worker became free within \(nanoseconds / 1_000_000) ms"
        case .quarantined(let violations): "the contract is refused after \(violations) violations of its workers"
        case .shutDown: "the executor is shut down"
        case .cancelled: "the call was cancelled while it waited for a worker"
        }
    }
}
