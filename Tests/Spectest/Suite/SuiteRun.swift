// SPDX-License-Identifier: Apache-2.0
// All scripts in one setting: planned, compiled on all processors, run.

import Foundation
import Synchronization
import XVMCore

package enum SuiteRun {
    /// What may be handed to another thread because only one thread at a time has it.
    private struct Handed<Value>: @unchecked Sendable { var value: Value }

    /// - Parameter threads: compilations, and then scripts, at a time.
    package static func run(_ scripts: [SuiteScript], _ workshop: Workshop, threads: Int) throws -> SuiteResult {
        let runs = try scripts.map { try ScriptRun($0, workshop) }
        work(runs.flatMap(\.compileJobs), threads)
        let results = Mutex([Int: SuiteResult]())
        work(
            runs.enumerated().map { index, run in
                {
                    let result = run.run()
                    results.withLock { $0[index] = result }
                }
            }, threads)
        var total = SuiteResult()
        for (_, result) in results.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            total.passed += result.passed
            total.failures += result.failures
            total.skipped.merge(result.skipped, uniquingKeysWith: +)
            total.gas += result.gas
            total.groupCount += result.groupCount
            total.moduleCount += result.moduleCount
            let record = result.record
            total.record.update(record.finalize())
        }
        return total
    }

    /// Every job once, by `threads` threads.
    private static func work(_ jobs: [() -> Void], _ threads: Int) {
        let handed = jobs.map { Handed(value: $0) }
        let next = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
            while true {
                let index = next.add(1, ordering: .relaxed).oldValue
                guard index < handed.count else { return }
                handed[index].value()
            }
        }
    }
}
