// SPDX-License-Identifier: Apache-2.0
// The process in which inputs are run. It may die of one: each is written down before it is tried.

import Foundation
import Glibc
import XVMFuzz
import XVMSystem

/// Runs inputs one after the other.
struct FuzzChild {
    /// A single input may take so long; then the process ends by SIGALRM.
    static let inputSecondsMax: UInt32 = 150
    /// Status for an error that is no broken promise: the system refused something, a compiler ran out of time.
    static let trouble: Int32 = 4

    private let target: FuzzTarget
    private let command: FuzzCommand
    private let record: FileHandle

    init(_ target: FuzzTarget, _ command: FuzzCommand, record path: String) throws {
        self.target = target
        self.command = command
        record = try FileHandle(forWritingTo: URL(filePath: path))
    }

    /// - Returns: 0 when nothing was found, 1 for a failure, whose words go to standard error; 3 when the target cannot run; `trouble`.
    func run() -> Int32 {
        do { return try runInputs() } catch {
            complain("\(error)")
            return Self.trouble
        }
    }

    private func runInputs() throws -> Int32 {
        let check: FuzzTarget.Check
        do { check = try target.open() } catch let error as TargetUnavailable {
            complain("\(error)")
            return 3
        }
        if let path = command.input {
            return try attempt([UInt8](try Data(contentsOf: URL(filePath: path))), check) ? 0 : 1
        }
        var corpus: [[UInt8]] = []
        if let folder = command.corpus {
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            corpus = names.compactMap { name in
                (try? Data(contentsOf: URL(filePath: folder + "/" + name))).map { [UInt8]($0) }
            }
        }
        var mutator = Mutator(target, seed: command.seed, corpus: corpus)
        let start = ContinuousClock().now
        var count = 0
        while command.runs == 0 || count < command.runs {
            if command.time > 0, ContinuousClock().now - start >= .seconds(command.time) { break }
            count += 1
            if !(try attempt(mutator.next(), check)) {
                complain("input \(count)")
                return 1
            }
        }
        print(count)
        return 0
    }

    private func attempt(_ input: [UInt8], _ check: FuzzTarget.Check) throws -> Bool {
        // The length first, so that a longer earlier input's rest does not count.
        let length = UInt32(input.count)
        try record.seek(toOffset: 0)
        try record.write(contentsOf: Data((0..<4).map { UInt8(truncatingIfNeeded: length >> UInt32(8 * $0)) } + input))
        alarm(Self.inputSecondsMax)
        do { try check(input) } catch let failure as FuzzFailure {
            complain("\(failure)")
            return false
        }
        return true
    }

    private func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
}
