// SPDX-License-Identifier: Apache-2.0
// xvm-fuzz: attacks the parts of the product that read what a hostile hand wrote. docs/fuzzing.md.

import ArgumentParser
import Foundation
import XVMFuzz
import XVMSystem

struct FuzzCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "xvm-fuzz",
        abstract: "Attacks decoders, validators, filters, caches and the supervisor's decisions with random inputs.",
        discussion: """
            A failure prints the one command that repeats it and the smallest input that was found. Exit status: 0 nothing was found, 1 a failure, \
            2 wrong usage, 3 the target cannot run here.
            """)

    @Argument(help: "A target, or: list, smoke (all targets, a few seconds), canary (fails on purpose).")
    var target: String
    @Option(help: "Where the sequence of inputs begins.") var seed: UInt64 = 1
    @Option(help: "How many inputs; 0: no limit but the time.") var runs: Int = 0
    @Option(help: "Seconds; 0: no limit but the number.") var time: Int = 0
    @Option(help: "Run the one input of this file.") var input: String?
    @Option(help: "Folder with more inputs to begin with.") var corpus: String?
    @Option(help: "Where the input of a failure is written.") var save = "."
    @Option(help: .hidden) var child: String?

    func validate() throws {
        if runs < 0 || time < 0 { throw ValidationError("--runs and --time are not negative") }
    }

    func run() throws {
        switch target {
        case "list":
            for target in FuzzTarget.all + [.canary] {
                print(target.name + String(repeating: " ", count: max(1, 12 - target.name.count)) + target.purpose)
            }
        case "smoke":
            var failures = 0
            for target in FuzzTarget.all {
                if try FuzzParent(target, self, runs: target.smokeCount, time: 0).run() == 1 { failures += 1 }
            }
            if failures > 0 { throw ExitCode(1) }
        default:
            guard let found = FuzzTarget.named(target) else {
                throw ValidationError("'\(target)' is no target; `xvm-fuzz list` names them")
            }
            if let child { throw ExitCode(try FuzzChild(found, self, record: child).run()) }
            if let input {
                // In this process: a debugger can be put to it.
                let bytes = [UInt8](try Data(contentsOf: URL(filePath: input)))
                do { try found.open()(bytes) } catch let failure as FuzzFailure {
                    print("\(found.name): \(failure)")
                    throw ExitCode(1)
                }
                print("\(found.name): the input of \(bytes.count) bytes passes")
                return
            }
            let isBounded = runs > 0 || time > 0
            let status = try FuzzParent(found, self, runs: isBounded ? runs : found.smokeCount, time: time).run()
            if status != 0 { throw ExitCode(status) }
        }
    }
}

#if XVM_LIBFUZZER
    // Built by scripts/fuzz: the loop, the mutations and the corpus are libFuzzer's; XVM_FUZZ_TARGET names the target.
    LibFuzzer.run()
#else
    FuzzCommand.main()
#endif
