// SPDX-License-Identifier: Apache-2.0
// The command line of `xvm`: whatever it is given, it ends by itself with one of its own statuses.

import Glibc
package import XVMSystem

package struct ArgumentsSubject: Sendable {
    /// Runs the command.
    package var run: @Sendable (ChildRequest) throws -> ChildResult = { try ChildProcess.run($0) }
    /// Path of `xvm`; nil: beside this program, or in XVM_FUZZ_COMMAND.
    package var command: String?
    package init() {}
}

/// A part of the product that is not there: the target cannot run here, which is no failure.
package struct TargetUnavailable: Error, CustomStringConvertible {
    package let description: String
}

extension FuzzTarget {
    /// Input: arguments, separated by NUL.
    package static func arguments(_ subject: ArgumentsSubject = ArgumentsSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "arguments",
            purpose: "arguments of the command: it ends in time, by itself, with a status of its own, and says why",
            smokeCount: 25, sizeMax: 400,
            seeds: [line(["policy", "check", "run"]), line(["check", "nothing.wasm"]), line(["--help"])],
            generate: { line(argumentList(&$0)) }, words: argumentWords.map { Array($0.utf8) }
        ) {
            let command = try subject.command ?? commandPath()
            let folder = try FuzzFolder()
            return { bytes in
                // The kernel hands over no NUL in an argument, and bytes that are no text come as they are on a real command line; here the
                // child's list is made of strings.
                let arguments = bytes.split(separator: 0, omittingEmptySubsequences: false).map {
                    String(decoding: $0, as: UTF8.self)
                }
                let result = try subject.run(
                    ChildRequest(
                        program: command, arguments: arguments,
                        environment: [
                            "HOME=" + folder.path, "XVM_CACHE=" + folder.path, "PATH=/nonexistent", "TMPDIR=" + folder.path,
                        ],
                        directory: folder.path,
                        limits: .init(cpuSeconds: 60, fileSize: 1 << 20, descriptorCount: 256, wallNanoseconds: 120_000_000_000)))
                guard case .exited(let status) = result.ending else {
                    throw FuzzFailure("\(arguments) ended with \(result.ending)")
                }
                // 64: ArgumentParser's own word for a wrong usage would be a defect; ours are 0...3.
                try require((0...3).contains(status), "\(arguments) ended with status \(status)")
                if status != 0 {
                    try require(!result.errorOutput.isEmpty || !result.output.isEmpty, "\(arguments) failed without a word")
                }
                for byte in result.errorOutput + result.output where byte < 32 && byte != 10 && byte != 9 {
                    throw FuzzFailure("\(arguments): a control character \(byte) reaches the terminal")
                }
            }
        }
    }

    private static func commandPath() throws -> String {
        if let path = unsafe getenv("XVM_FUZZ_COMMAND").flatMap({ unsafe String(validatingCString: $0) }) { return path }
        let own = FileSystem.linkTarget("/proc/self/exe") ?? ""
        let beside = own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/xvm"
        guard FileSystem.isExecutable(beside) else {
            throw TargetUnavailable(description: "there is no xvm at \(beside); set XVM_FUZZ_COMMAND")
        }
        return beside
    }

    private static let argumentWords = [
        "run", "call", "build", "check", "inspect", "doctor", "policy", "show", "test", "state", "help", "--help", "--version",
        "--json",
        "--gas", "--schedule", "--deadline", "--memory", "--floor", "--cache", "--cc", "--state", "--arg", "--args", "-o",
        "--output",
        "strict", "minimal", "container", "xuper", "unit", "0", "-1", "1", "4611686018427387904", "18446744073709551616", "1e9",
        "0x", "10s", "0s",
        "99999999999999999999m", "1ms", "nothing.wasm", "/", "/dev/null", "/proc/self/mem", ".", "..", "", "=", "a=b",
        "a=@/dev/null", "a=0x0g",
        "--", "-", "load", "futex", "openat", "ring.wait", "${arena.base}", "--arch", "i386", "x32", "\u{1b}[31m", "\u{202e}",
        "ä", "compile",
    ]

    private static func argumentList(_ random: inout FuzzRandom) -> [String] {
        let verbs = ["run", "call", "build", "check", "inspect", "policy", "state", "help"]
        var list = random.chance(5, of: 6) ? [verbs[random.below(verbs.count)]] : []
        for _ in 0..<random.below(7) { list.append(argumentWords[random.below(argumentWords.count)]) }
        return list
    }

    private static func line(_ arguments: [String]) -> [UInt8] { Array(arguments.map { Array($0.utf8) }.joined(separator: [0])) }
}
