// SPDX-License-Identifier: Apache-2.0
// Emitted text to a shared object, and the C driver (Tests/Golden/compiler/driver.c) that runs it in a process of its own.

import Foundation
import Testing

/// A C compiler found on PATH.
struct NativeCompiler: Sendable, CustomTestStringConvertible {
    var path: String
    var isClang: Bool
    var level = "-O1"

    var testDescription: String { "\(URL(fileURLWithPath: path).lastPathComponent) \(level)" }

    static let all: [NativeCompiler] = ["clang", "gcc"].compactMap { name in
        find(name).map { NativeCompiler(path: $0, isClang: name == "clang") }
    }
    static var any: NativeCompiler? { all.first }

    func with(level: String) -> NativeCompiler { NativeCompiler(path: path, isClang: isClang, level: level) }

    private static func find(_ name: String) -> String? {
        for folder in (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") {
            let path = "\(folder)/\(name)"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        return nil
    }

    /// The flags of the reference (section 8).
    private var flags: [String] {
        let vectorise =
            level == "-O0" ? [] : isClang ? ["-fvectorize", "-fslp-vectorize", "-funroll-loops"] : ["-ftree-vectorize"]
        return ["-std=gnu11", level] + vectorise + [
            "-march=x86-64-v2", "-mtune=generic", "-ffp-contract=off", "-fno-math-errno", "-fno-strict-aliasing",
            isClang ? "-fno-finite-loops" : "-fno-delete-null-pointer-checks", "-fPIC", "-fvisibility=hidden",
            "-fstack-clash-protection", "-fno-asynchronous-unwind-tables",
        ]
    }

    /// What the C compiler may say about code that a program wrote, and we do not mind.
    private var unwanted: [String] {
        let names =
            [
                "unused-label", "unused-function", "unused-parameter", "unused-variable", "unused-but-set-variable",
                "tautological-compare", "infinite-recursion",
            ]
            + (isClang
                ? ["unused-const-variable", "unterminated-string-initialization", "unused-but-set-parameter"]
                : ["maybe-uninitialized", "unused-but-set-parameter"])
        return names.map { "-Wno-" + $0 }
    }

    /// Compiles and links `parts` to one object; other warnings are errors.
    func build(_ parts: [[UInt8]], warnings: Bool = true) throws -> URL {
        let folder = try Scratch.folder("module")
        var sources: [String] = []
        for (index, part) in parts.enumerated() {
            let file = folder.appendingPathComponent("part\(index).c")
            try Data(part).write(to: file)
            sources.append(file.path)
        }
        let object = folder.appendingPathComponent("module.so")
        let checks = warnings ? ["-Wall", "-Wextra", "-Werror"] + unwanted : ["-w"]
        let link = ["-shared", "-nostdlib", "-Wl,-z,relro,-z,now,-z,noexecstack", "-o", object.path]
        let result = try Scratch.run(path, flags + checks + sources + link, input: nil)
        guard result.status == 0 else { throw NativeError(text: "\(testDescription): \(result.errors.prefix(4000))") }
        return object
    }
}

struct NativeError: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
}

enum Scratch {
    private static let root: URL = {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(
            "xvm-compiler-\(ProcessInfo.processInfo.processIdentifier)")
        try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(at: Scratch.root) }
        return url
    }()

    static func folder(_ name: String) throws -> URL {
        let url = root.appendingPathComponent("\(name)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    /// Runs a program to its end; output goes through files, so no pipe can fill up.
    static func run(_ path: String, _ arguments: [String], input: String?) throws -> (
        status: Int32, output: String, errors: String
    ) {
        let folder = try folder("run")
        defer { try? FileManager.default.removeItem(at: folder) }
        func handle(_ name: String, _ content: String?) throws -> FileHandle {
            let file = folder.appendingPathComponent(name)
            try Data((content ?? "").utf8).write(to: file)
            return try FileHandle(forUpdating: file)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = try handle("in", input)
        process.standardOutput = try handle("out", nil)
        process.standardError = try handle("err", nil)
        try process.run()
        process.waitUntilExit()
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
        }
        return (process.terminationStatus, try text("out"), try text("err"))
    }
}

/// The driver, built once per test process.
enum Driver {
    private static let path: Result<String, NativeError> = {
        guard let compiler = NativeCompiler.any else { return .failure(NativeError(text: "no C compiler")) }
        do {
            let program = try Scratch.folder("driver").appendingPathComponent("driver")
            let result = try Scratch.run(
                compiler.path,
                [
                    "-std=gnu11", "-O1", "-I" + Repository.root.appendingPathComponent("sandbox-c/include").path,
                    Repository.root.appendingPathComponent("Tests/Golden/compiler/driver.c").path, "-o", program.path, "-ldl",
                ], input: nil)
            return result.status == 0 ? .success(program.path) : .failure(NativeError(text: result.errors))
        } catch { return .failure(NativeError(text: "\(error)")) }
    }()

    /// The answer to each command: its lines, host calls first.
    static func run(_ commands: [String]) throws -> [[String]] {
        let result = try Scratch.run(path.get(), [], input: commands.joined(separator: "\n") + "\n")
        guard result.status == 0 else { throw NativeError(text: "driver ended with \(result.status): \(result.errors)") }
        var answers: [[String]] = []
        var lines: [String] = []
        for line in result.output.split(separator: "\n") {
            lines.append(String(line))
            if line.hasPrefix("host ") { continue }
            answers.append(lines)
            lines = []
        }
        guard answers.count == commands.count else {
            throw NativeError(text: "driver answered \(answers.count) of \(commands.count) commands")
        }
        return answers
    }
}
