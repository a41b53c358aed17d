// SPDX-License-Identifier: Apache-2.0
// The executor's counters, and their text for Prometheus. Each thing is counted once, where it is decided.

import Synchronization
import XVMBridge
import XVMSupervisor
import XVMSystem
import XVMWire

/// Counters of one executor. Names, labels and units are part of the interface (docs/embedding.md).
final class Meters: Sendable {
    private struct Histogram {
        /// Upper bounds in seconds, ascending.
        let bounds: [Double]
        var counts: [UInt64]
        var sum: Double = 0

        init(_ bounds: [Double]) {
            self.bounds = bounds
            counts = Array(repeating: 0, count: bounds.count + 1)
        }
        /// Of counts that were made elsewhere, one more than bounds.
        init(_ bounds: [Double], counts: [UInt64], sum: Double) {
            self.bounds = bounds
            self.counts = counts
            self.sum = sum
        }
        mutating func add(nanoseconds: Int64) {
            let seconds = Double(nanoseconds) / 1e9
            sum += seconds
            counts[bounds.firstIndex { seconds <= $0 } ?? bounds.count] += 1
        }
    }
    /// How an invocation ended, in the order in which the lines are written.
    private enum Status: Int, CaseIterable { case returned, reverted, trapped, outOfGas, infrastructure }
    private struct Sums {
        var invocations = [UInt64](repeating: 0, count: Status.allCases.count)
        var gasUsed: UInt64 = 0
        var diskUsed: UInt64 = 0
        var memoryUsed: UInt64 = 0
        var duration = Histogram([1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10])
        /// By `Death.kind`, which has a dozen values.
        var deaths: [String: UInt64] = [:]
        var cacheHits: UInt64 = 0
        var cacheMisses: UInt64 = 0
        var loadedHits: UInt64 = 0
        var loadedMisses: UInt64 = 0
        var loadedEvictions: UInt64 = 0
        var compile = Histogram([0.03, 0.1, 0.3, 1, 3, 10, 30])
        var counts = InvocationCounts()
        var commits: UInt64 = 0
        var conflicts: UInt64 = 0
        var commit = Histogram([1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1])
    }
    private let sums = NativeMutex(Sums())
    /// How many open snapshots began at which tick of the coarse clock, the oldest first. As many as ticks of open snapshots: few.
    private let snapshots = NativeMutex<[(tick: Int64, count: Int)]>([])

    /// Of a sub-call.
    func count(_ counts: InvocationCounts) { sums.withLock { $0.counts.add(counts) } }

    func count(_ outcome: Outcome, _ grant: PoolGrant) {
        let status: Status =
            switch outcome.status {
            case .returned: .returned
            case .reverted: .reverted
            case .trapped: .trapped
            case .outOfGas: .outOfGas
            }
        sums.withLock { sums in
            sums.counts.add(grant.counts)
            sums.invocations[status.rawValue] += 1
            sums.gasUsed &+= UInt64(clamping: outcome.gasUsed)
            sums.diskUsed &+= UInt64(clamping: outcome.resources.disk)
            sums.memoryUsed &+= UInt64(clamping: outcome.resources.memory)
            sums.duration.add(nanoseconds: grant.executeNanoseconds)
        }
    }

    /// An invocation without an outcome.
    func count(failure error: any Error, _ grant: PoolGrant) {
        sums.withLock { sums in
            sums.counts.add(grant.counts)
            sums.invocations[Status.infrastructure.rawValue] += 1
            if let death = error as? Death { sums.deaths[death.kind, default: 0] += 1 }
        }
    }

    /// An execution has its snapshot from now on.
    func openSnapshot() -> Int64 {
        snapshots.withLock { snapshots in
            // Read here, so that no later tick stands before an earlier one.
            let now = MonotonicClock.coarseNanoseconds
            if snapshots.last?.tick == now {
                snapshots[snapshots.count - 1].count += 1
            } else {
                snapshots.append((now, 1))
            }
            return now
        }
    }

    /// - Parameter opened: what `openSnapshot` gave.
    func closeSnapshot(_ opened: Int64) {
        snapshots.withLock { snapshots in
            guard let index = snapshots.lastIndex(where: { $0.tick == opened }) else { return }
            snapshots[index].count -= 1
            if snapshots[index].count == 0 { snapshots.remove(at: index) }
        }
    }

    func countCode(isFromCache: Bool, compileNanoseconds: Int64) {
        sums.withLock { sums in
            if isFromCache {
                sums.cacheHits += 1
            } else {
                sums.cacheMisses += 1
                sums.compile.add(nanoseconds: compileNanoseconds)
            }
        }
    }

    /// A contract of a chain was asked for by its hash.
    func countLoaded(isThere: Bool) {
        sums.withLock { if isThere { $0.loadedHits += 1 } else { $0.loadedMisses += 1 } }
    }

    /// Loaded contracts were let go to make room.
    func countEvicted(_ count: Int) { sums.withLock { $0.loadedEvictions += UInt64(count) } }

    func countCommit(nanoseconds: Int64) {
        sums.withLock { sums in
            sums.commits += 1
            sums.commit.add(nanoseconds: nanoseconds)
        }
    }

    func countConflict() { sums.withLock { $0.conflicts += 1 } }

    /// What is known elsewhere and looked up for the text.
    struct Surroundings {
        var floor: Floor
        var landlockABI: UInt32
        /// Of the folder of compiled code.
        var cacheSize: UInt64
        var cacheDiscardedCount: UInt64
        /// Of the objects of loaded contracts.
        var loadedSize: UInt64
    }

    /// The text format, version 0.0.4.
    func render(pool: WorkerPool.Report, _ surroundings: Surroundings) -> String {
        let sums = self.sums.withLock { $0 }
        var text = ""
        func head(_ name: String, _ type: String, _ help: String) { text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n" }
        func line(_ name: String, _ labels: String, _ value: some CustomStringConvertible) {
            text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
        }
        func histogram(_ name: String, _ help: String, _ histogram: Histogram) {
            head(name, "histogram", help)
            var total: UInt64 = 0
            for (bound, count) in zip(histogram.bounds, histogram.counts) {
                total += count
                line(name + "_bucket", "le=\"\(bound)\"", total)
            }
            total += histogram.counts[histogram.bounds.count]
            line(name + "_bucket", "le=\"+Inf\"", total)
            line(name + "_sum", "", histogram.sum)
            line(name + "_count", "", total)
        }

        head("xvm_build_info", "gauge", "The version, the floor that was asked for, the kernel's landlock (0: none).")
        line(
            "xvm_build_info",
            "version=\"\(XVMVersion.text)\",floor=\"\(surroundings.floor.rawValue)\",landlock_abi=\"\(surroundings.landlockABI)\"",
            1)
        head("xvm_invocations_total", "counter", "Invocations that ended, by how.")
        for status in Status.allCases {
            line("xvm_invocations_total", "status=\"\(status)\"", sums.invocations[status.rawValue])
        }
        histogram(
            "xvm_invocation_duration_seconds", "From the invocation to its outcome, without the wait for a worker.", sums.duration
        )
        head("xvm_gas_used_total", "counter", "Gas of all outcomes.")
        line("xvm_gas_used_total", "", sums.gasUsed)
        head("xvm_resource_bytes_total", "counter", "Resources of all outcomes that are counted in bytes, as they are priced.")
        line("xvm_resource_bytes_total", "resource=\"disk\"", sums.diskUsed)
        line("xvm_resource_bytes_total", "resource=\"memory\"", sums.memoryUsed)
        head("xvm_syscalls_total", "counter", "Syscalls of contracts, by name, and whether they are answered or posted.")
        for (index, syscall) in InvocationCounts.names.enumerated() {
            let result = syscall.isSynchronous ? "answered" : "posted"
            line("xvm_syscalls_total", "name=\"\(syscall.name)\",result=\"\(result)\"", sums.counts.syscalls[index])
        }
        histogram(
            "xvm_syscall_duration_seconds",
            "Of the host, from a syscall's frame to its answer; of one syscall in \(InvocationCounts.durationInterval).",
            Histogram(
                InvocationCounts.durationBounds.indices.map { Double(InvocationCounts.durationBounds[$0]) / 1e9 },
                counts: sums.counts.durations.indices.map { sums.counts.durations[$0] },
                sum: Double(sums.counts.durationNanoseconds) / 1e9))
        head("xvm_syscall_failures_total", "counter", "Syscalls that ended their invocation by an infrastructure error.")
        line("xvm_syscall_failures_total", "", sums.counts.failures)
        head(
            "xvm_ring_wakeups_total", "counter",
            "Frames of workers, by what the host did until they came: nothing, look (spin), sleep (futex).")
        line("xvm_ring_wakeups_total", "kind=\"none\"", sums.counts.unawaited)
        line("xvm_ring_wakeups_total", "kind=\"spin\"", sums.counts.spinWaits)
        line("xvm_ring_wakeups_total", "kind=\"futex\"", sums.counts.futexWaits)
        head("xvm_ring_stalls_total", "counter", "Messages that found the other side asleep and had to wake it.")
        line("xvm_ring_stalls_total", "side=\"worker\"", sums.counts.wakes)
        head("xvm_worker_deaths_total", "counter", "Workers that died under an invocation, by the first cause.")
        for (cause, count) in sums.deaths.sorted(by: { $0.key < $1.key }) {
            line("xvm_worker_deaths_total", "cause=\"\(cause)\"", count)
        }
        head("xvm_worker_spawns_total", "counter", "Calls that had to start a worker: their contract's first now, or one more.")
        line("xvm_worker_spawns_total", "kind=\"first\"", pool.counters.grantsFirst)
        line("xvm_worker_spawns_total", "kind=\"more\"", pool.counters.grantsMore)
        head("xvm_worker_reuses_total", "counter", "Calls that found a warm worker.")
        line("xvm_worker_reuses_total", "", pool.counters.grantsWarm)
        head("xvm_worker_ends_total", "counter", "Workers that the pool ended, by why.")
        line("xvm_worker_ends_total", "reason=\"evicted\"", pool.counters.evicted)
        line("xvm_worker_ends_total", "reason=\"idle\"", pool.counters.idleEnded)
        line("xvm_worker_ends_total", "reason=\"recycled\"", pool.counters.recycled)
        head("xvm_workers", "gauge", "Workers now, by state.")
        line("xvm_workers", "state=\"busy\"", pool.busyCount)
        line("xvm_workers", "state=\"idle\"", pool.idleCount)
        head("xvm_queue_depth", "gauge", "Calls that wait for a worker.")
        line("xvm_queue_depth", "", pool.waitingCount)
        head("xvm_refusals_total", "counter", "Calls that got no worker.")
        line("xvm_refusals_total", "", pool.counters.refused)
        func tiers(_ name: String, _ type: String, _ help: String, memory: UInt64, disk: UInt64) {
            head(name, type, help)
            line(name, "tier=\"memory\"", memory)
            line(name, "tier=\"disk\"", disk)
        }
        tiers(
            "xvm_code_cache_hits_total", "counter", "Contracts of a chain that were loaded already, and code that was on disk.",
            memory: sums.loadedHits, disk: sums.cacheHits)
        tiers(
            "xvm_code_cache_misses_total", "counter",
            "Contracts of a chain that had to be loaded, and modules that had to be compiled.",
            memory: sums.loadedMisses, disk: sums.cacheMisses)
        tiers(
            "xvm_code_cache_evictions_total", "counter",
            "Contracts that were let go to make room, and damaged entries taken away.",
            memory: sums.loadedEvictions, disk: surroundings.cacheDiscardedCount)
        tiers(
            "xvm_code_cache_bytes", "gauge",
            "Machine code of a chain's loaded contracts, and the folder of compiled code on disk.",
            memory: surroundings.loadedSize, disk: surroundings.cacheSize)
        histogram("xvm_compile_duration_seconds", "From the module to its verified code.", sums.compile)
        let oldest = snapshots.withLock { $0.first?.tick }
        head("xvm_state_snapshot_age_seconds", "gauge", "Age of the oldest snapshot that an execution holds; 0: none.")
        line("xvm_state_snapshot_age_seconds", "", oldest.map { Double(MonotonicClock.coarseNanoseconds - $0) / 1e9 } ?? 0)
        head("xvm_state_commits_total", "counter", "Commits, by what became of them.")
        line("xvm_state_commits_total", "result=\"committed\"", sums.commits)
        line("xvm_state_commits_total", "result=\"conflict\"", sums.conflicts)
        histogram("xvm_state_commit_duration_seconds", "Of a commit that was taken.", sums.commit)
        return text
    }
}
