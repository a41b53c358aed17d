// SPDX-License-Identifier: Apache-2.0
// Programs that tests run: the command, the builder of hostile objects; and folders that go away.

import Foundation

/// What a program did.
package struct ProgramResult: Sendable {
    package var status: Int32
    package var output: [UInt8]
    package var errors: [UInt8]

    /// Standard output as text.
    package var text: String { String(decoding: output, as: UTF8.self) }
    /// Standard error as text.
    package var complaint: String { String(decoding: errors, as: UTF8.self) }
}

/// Runs a program to its end.
/// - Parameter environment: added to this process's own; nil values are taken out.
package func runProgram(
    _ path: String, _ arguments: [String], environment: [String: String?] = [:]
) throws -> ProgramResult {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    var merged = ProcessInfo.processInfo.environment
    for (key, value) in environment { merged[key] = value }
    process.environment = merged
    // Files, not pipes: nothing has to be drained while the program runs.
    let folder = try TemporaryFolder()
    let out = folder.path + "/out"
    let err = folder.path + "/err"
    for file in [out, err] { _ = FileManager.default.createFile(atPath: file, contents: nil) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: out)
    process.standardError = FileHandle(forWritingAtPath: err)
    try process.run()
    process.waitUntilExit()
    return ProgramResult(
        status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
        output: [UInt8](try Data(contentsOf: URL(filePath: out))), errors: [UInt8](try Data(contentsOf: URL(filePath: err))))
}

/// Makes `path` a program with this text. The file is written by a process of its own: were it written here, another thread's fork at that
/// moment would keep it open for writing until its exec, and who runs the program meanwhile gets ETXTBSY.
package func writeProgram(_ path: String, _ text: String) throws {
    let draft = path + ".draft"
    try Data(text.utf8).write(to: URL(filePath: draft))
    try copyProgram(draft, to: path)
    try FileManager.default.removeItem(atPath: draft)
}

/// Copies a program, for the same reason in a process of its own.
package func copyProgram(_ path: String, to target: String) throws {
    let result = try runProgram("/bin/sh", ["-c", "cp \"$0\" \"$1\" && chmod 755 \"$1\"", path, target])
    guard result.status == 0 else { throw CocoaError(.fileWriteUnknown, userInfo: [NSLocalizedDescriptionKey: result.complaint]) }
}

/// A fresh folder, removed with this value.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "xvm-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        path = url.path(percentEncoded: false)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Path of a product of the build, which lies beside the test bundle.
package func productPath(_ name: String) -> String? {
    var folders = CommandLine.arguments.compactMap { argument in
        argument.hasSuffix(".xctest") ? URL(filePath: argument).deletingLastPathComponent().path(percentEncoded: false) : nil
    }
    if let executable = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
        folders.append(URL(filePath: executable).deletingLastPathComponent().path(percentEncoded: false))
    }
    // Under `swift test` the bundle is an argument of the form …/debug/NAME.xctest/NAME or a file of its own.
    folders += CommandLine.arguments.filter { $0.contains(".xctest/") }.map {
        String($0[..<$0.range(of: ".xctest/")!.lowerBound])
    }.map { URL(filePath: $0).deletingLastPathComponent().path(percentEncoded: false) }
    return folders.map { $0 + "/" + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// Builds a hostile object (Tests/Hostile) and gives its bytes.
package func hostileObject(_ name: String) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let object = folder.path + "/\(name).so"
    let result = try runProgram(
        "/bin/bash", [packageRoot + "/Tests/Hostile/build", packageRoot + "/Tests/Hostile/\(name).c", object])
    guard result.status == 0 else { throw BuildFailure(name: name, text: result.complaint) }
    return [UInt8](try Data(contentsOf: URL(filePath: object)))
}

/// A hostile program that did not compile.
package struct BuildFailure: Error {
    package var name: String
    package var text: String
}
