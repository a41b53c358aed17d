// SPDX-License-Identifier: Apache-2.0
// The program behind scripts/spectest: one folder of scripts, one setting or all eight.

import Foundation
import SpecSuite
import XVMCompiler
import XVMCore
import XVMToolchain

struct Usage: Error {}
let usage = """
    usage: spectest [--all] [--schedule NAME] [--cc PATH] [--level -O1|-O2] [--strict] [--linked] [--only NAME,NAME*] [--cache FOLDER] FOLDER

    """
var arguments = CommandLine.arguments.dropFirst()
var all = false
var folder: String?
var only: [String] = []
var cache = NSTemporaryDirectory() + "/xvm-spectest-\(ProcessInfo.processInfo.processIdentifier)"
var keepsCache = false
var setting = Workshop.Setting(cache: cache)
@MainActor func value() throws -> String {
    guard let next = arguments.popFirst() else { throw Usage() }
    return next
}
do {
    while let argument = arguments.popFirst() {
        switch argument {
        case "--all": all = true
        case "--schedule": setting.schedule = try value()
        case "--cc": setting.compiler = try value()
        case "--level":
            guard let level = CompileFlags.Level(rawValue: try value()) else { throw Usage() }
            setting.level = level
        case "--strict": setting.placement = .perRun
        case "--linked": setting.isLinkedThroughout = true
        case "--only": only = try value().split(separator: ",").map(String.init)
        case "--cache":
            cache = try value()
            keepsCache = true
        default:
            if argument.hasPrefix("-") || folder != nil { throw Usage() }
            folder = argument
        }
    }
    if folder == nil { throw Usage() }
} catch {
    FileHandle.standardError.write(Data(usage.utf8))
    exit(2)
}
setting.cache = cache

/// At once, also into a file: a run takes minutes.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

func find(_ program: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { $0 + "/" + program }.first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// One line per setting, failures before it.
func run(_ setting: Workshop.Setting, _ scripts: [SuiteScript]) throws -> (result: SuiteResult, digest: String) {
    let start = Date()
    let workshop = try Workshop(setting)
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let result = try SuiteRun.run(scripts, workshop, threads: threads)
    for failure in result.failures { say("FAILED \(failure)") }
    let record = result.record
    let digest = record.finalize().prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    let seconds = Int(Date().timeIntervalSince(start).rounded())
    let compiler = setting.compiler.map { URL(filePath: $0).lastPathComponent } ?? "default compiler"
    say(
        "\(setting.schedule) \(compiler) \(setting.level.rawValue): \(result.passed) passed, \(result.failures.count) failed, "
            + "\(result.skippedCount) skipped; gas \(result.gas), digest \(digest), "
            + "\(result.moduleCount) modules, \(result.groupCount) groups, \(seconds) s")
    return (result, digest)
}

do {
    let paths = try SuiteScript.find(in: folder!).filter { path in
        let name = URL(filePath: path).deletingPathExtension().lastPathComponent
        return only.isEmpty || only.contains { $0.hasSuffix("*") ? name.hasPrefix($0.dropLast()) : name == $0 }
    }
    let scripts = try paths.map { try SuiteScript(reading: $0) }
    say("\(scripts.count) scripts, \(scripts.reduce(0) { $0 + $1.commands.count }) commands")
    var settings = [setting]
    if all {
        let compilers = ["clang", "gcc"].compactMap(find)
        settings = ["xuper", "unit"].flatMap { schedule in
            compilers.flatMap { compiler in
                CompileFlags.Level.allCases.map { level in
                    var one = setting
                    (one.schedule, one.compiler, one.level) = (schedule, compiler, level)
                    return one
                }
            }
        }
    }
    var failed = 0
    var last = SuiteResult()
    var digests: [String: Set<String>] = [:]
    for setting in settings {
        let (result, digest) = try run(setting, scripts)
        failed += result.failures.count
        digests[setting.schedule, default: []].insert(digest)
        last = result
    }
    for (schedule, found) in digests.sorted(by: { $0.key < $1.key }) where found.count > 1 {
        say("FAILED results or gas under \(schedule) differ between compilers or levels")
        failed += 1
    }
    if !keepsCache { try? FileManager.default.removeItem(atPath: cache) }
    for (reason, count) in last.skipped.sorted(by: { $0.key < $1.key }) { say("skipped: \(count) x \(reason)") }
    say("\(last.passed) passed, \(failed) failed, \(last.skippedCount) skipped")
    exit(failed == 0 ? 0 : 1)
} catch {
    FileHandle.standardError.write(Data("spectest: \(error)\n".utf8))
    exit(2)
}
