// SPDX-License-Identifier: Apache-2.0
// xvm inspect: what a module holds.

import ArgumentParser
import XVMCore
import XVMExecutor

struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print what a module holds.")

    @Argument(help: "WebAssembly file, or an object of `xvm build`.") var module: String
    @Option(help: "Gas schedule: xuper, unit, or a file.") var schedule = "xuper"
    @Flag(help: "Print one JSON object on standard output.") var json = false

    func run() throws {
        let bytes = try InputFile.read(module, what: "module", sizeMax: InputFile.moduleSizeMax)
        let executor = try Executor()
        defer { executor.shutDown() }
        let facts = try executor.inspect(bytes, schedule: GasScheduleSource(schedule), name: module)
        if json {
            print(Self.json(facts).description)
            return
        }
        print(
            "module      \(Terminal.printable(module)), \(facts.size) bytes\(facts.isObject ? " (in an object of xvm build)" : "")"
        )
        print("hash        \(facts.moduleHash)")
        print("schedule    \(facts.scheduleName) \(facts.scheduleHash)")
        print("translator  \(facts.translatorVersion), \(facts.cSize) bytes of C, deepest frame cost \(facts.frameCostMax) bytes")
        print("compiling   \(facts.compileEstimate)")
        print("functions   \(facts.functionCount) defined")
        print("memory      \(facts.memory ?? "none")")
        print("tables      \(facts.tables.isEmpty ? "none" : facts.tables.joined(separator: ", "))")
        print("floats      \(facts.usesFloats ? "used" : "not used")")
        for item in facts.imports { print("import      \(Terminal.printable(item))") }
        for item in facts.exports { print("export      \(Terminal.printable(item))") }
    }

    static func json(_ facts: ModuleFacts) -> JSONValue {
        var object = JSONObject()
        object.append("moduleHash", .string(facts.moduleHash))
        object.append("size", JSONValue(facts.size))
        object.append("object", .bool(facts.isObject))
        object.append("schedule", .string(facts.scheduleName))
        object.append("scheduleHash", .string(facts.scheduleHash))
        object.append("translator", .string(facts.translatorVersion))
        object.append("cSize", JSONValue(facts.cSize))
        object.append("cFiles", JSONValue(facts.cFiles))
        object.append("compileMilliseconds", JSONValue(facts.compileMilliseconds))
        object.append("compileLongestMilliseconds", JSONValue(facts.compileLongestMilliseconds))
        object.append("compileProcessMemory", JSONValue(facts.compileProcessMemory))
        object.append("frameCostMax", JSONValue(facts.frameCostMax))
        object.append("functions", JSONValue(facts.functionCount))
        if let memory = facts.memory { object.append("memory", .string(memory)) }
        object.append("tables", .array(facts.tables.map { .string($0) }))
        object.append("floats", .bool(facts.usesFloats))
        object.append("imports", .array(facts.imports.map { .string($0) }))
        object.append("exports", .array(facts.exports.map { .string($0) }))
        return .object(object)
    }
}

extension ModuleFacts {
    /// The estimate in words: seconds of processor time, what the longest file takes alone, memory of a process.
    var compileEstimate: String {
        func seconds(_ milliseconds: Int) -> String { "\(milliseconds / 1000).\(milliseconds / 100 % 10) s" }
        return
            "about \(seconds(compileMilliseconds)) of CPU in \(cFiles) file\(cFiles == 1 ? "" : "s"), the longest \(seconds(compileLongestMilliseconds)), \(compileProcessMemory >> 20) MiB a process"
    }
}
