// SPDX-License-Identifier: Apache-2.0
// Watches the process that runs inputs, makes a failing input small, and says how to repeat it.

import Foundation
import Glibc
import XVMFuzz
import XVMSystem

struct FuzzParent {
    private let target: FuzzTarget
    private let command: FuzzCommand
    private let runs: Int
    private let time: Int
    /// Child processes that making an input smaller may take.
    private static let attemptCountMax = 400

    init(_ target: FuzzTarget, _ command: FuzzCommand, runs: Int, time: Int) {
        self.target = target
        self.command = command
        self.runs = runs
        self.time = time
    }

    /// - Returns: 0 or 3 (cannot run here, which is said), or 1 for a failure, which is printed.
    func run() throws -> Int32 {
        let folder = FileManager.default.temporaryDirectory.appending(path: "xvm-fuzz-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let record = folder + "/record"
        try Data().write(to: URL(filePath: record))
        let start = ContinuousClock().now
        let result = try child(
            ["--seed", "\(command.seed)", "--runs", "\(runs)", "--time", "\(time)"] + corpus, record, seconds: time)
        let seconds = ContinuousClock().now - start
        let words = text(result.errorOutput)
        if result.isSuccess {
            let count = text(result.output)
            print(
                "\(target.name): \(count) inputs, seed \(command.seed), \(seconds.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1)))): nothing found"
            )
            return 0
        }
        if result.ending == .exited(status: 3) {
            print("\(target.name): cannot run here: \(words)")
            return 3
        }
        guard let input = recorded(record) else {
            print("\(target.name): FAILED before the first input: \(reason(result))")
            return 1
        }
        let kind = Self.kind(result)
        var last = result
        func write(_ bytes: [UInt8]) throws -> String {
            let path = command.save + "/\(target.name)-\(String(UInt64.random(in: 0 ... .max), radix: 16)).input"
            try Data(bytes).write(to: URL(filePath: path))
            return path
        }
        let foundBy =
            "  found by: xvm-fuzz \(target.name) --seed \(command.seed) --runs \(runs)\(time > 0 ? " --time \(time)" : "")"
        let whole = folder + "/whole"
        try Data(input).write(to: URL(filePath: whole))
        guard Self.kind(try child(["--input", whole], record, seconds: 60)) == kind else {
            // Of no use to make smaller: what it needs beside the input is not known.
            print("\(target.name): FAILED (\(kind)), but not again with the same input: \(reason(result))")
            print("  input: \(input.count) bytes, in \(try write(input))")
            print(foundBy)
            return 1
        }
        let small = try Minimizer.minimize(input, attemptCountMax: Self.attemptCountMax) { candidate in
            let file = folder + "/candidate"
            try Data(candidate).write(to: URL(filePath: file))
            let again = try child(["--input", file], record, seconds: 60)
            guard Self.kind(again) == kind else { return false }
            last = again
            return true
        }
        let path = try write(small)
        print("\(target.name): FAILED (\(kind)): \(reason(last))")
        print("  input: \(small.count) bytes, made smaller from \(input.count): \(Self.shown(small))")
        print("  repeat: xvm-fuzz \(target.name) --input \(path)")
        print(foundBy)
        return 1
    }

    private var corpus: [String] { command.corpus.map { ["--corpus", $0] } ?? [] }

    private func child(_ arguments: [String], _ record: String, seconds: Int) throws -> ChildResult {
        let environment = ProcessInfo.processInfo.environment.map { $0.key + "=" + $0.value }
        let limit = Int64(seconds > 0 ? seconds + 200 : 24 * 3600)
        return try ChildProcess.run(
            ChildRequest(
                program: "/proc/self/exe", arguments: [target.name, "--child", record] + arguments, environment: environment,
                limits: .init(wallNanoseconds: limit * 1_000_000_000)))
    }

    private func recorded(_ path: String) -> [UInt8]? {
        guard let data = try? Data(contentsOf: URL(filePath: path)), data.count >= 4 else { return nil }
        let bytes = [UInt8](data)
        let length = (0..<4).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
        return length <= bytes.count - 4 ? Array(bytes[4..<(4 + length)]) : nil
    }

    /// What a smaller input must show as well.
    private static func kind(_ result: ChildResult) -> String {
        switch result.ending {
        case .exited(status: 0): "passes"
        case .exited(status: 1): "a promise is broken"
        case .exited(status: FuzzChild.trouble): "the input could not be tried"
        case .exited(let status): "status \(status)"
        case .signalled(SIGALRM), .deadline: "it hangs"
        case .signalled(let signal): "signal \(signal)"
        case .folderLimit, .cancelled, .unknown: "\(result.ending)"
        }
    }

    private func reason(_ result: ChildResult) -> String {
        let lines = text(result.errorOutput).split(separator: "\n").filter { !$0.hasPrefix("input ") }
        return lines.isEmpty ? "\(result.ending)" : lines.prefix(3).joined(separator: " | ")
    }

    private func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func shown(_ bytes: [UInt8]) -> String {
        let part = bytes.prefix(64).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return part + (bytes.count > 64 ? "…" : "")
    }
}
