// SPDX-License-Identifier: Apache-2.0
// xvm check: would these modules be taken for deployment?

import ArgumentParser
import XVMCore
import XVMExecutor

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Validate modules for deployment: validity, known imports, determinism profile, sizes, stack.")

    @Argument(help: "WebAssembly files.") var modules: [String]
    @Option(help: "Gas schedule: xuper, unit, or a file.") var schedule = "xuper"
    @Flag(help: "Print one JSON object on standard output.") var json = false

    func run() throws {
        let executor = try Executor()
        defer { executor.shutDown() }
        var results: [JSONValue] = []
        var failures = 0
        for path in modules {
            var object = JSONObject()
            object.append("module", .string(path))
            do {
                let bytes = try InputFile.read(path, what: "module", sizeMax: InputFile.moduleSizeMax)
                let facts = try executor.inspect(bytes, schedule: GasScheduleSource(schedule), name: path)
                object.append("passes", true)
                object.append("facts", Inspect.json(facts))
                if !json {
                    print(
                        "\(Terminal.printable(path)): pass (\(facts.size) bytes, \(facts.functionCount) functions, \(facts.cSize) bytes of C, compiling \(facts.compileEstimate), deepest frame cost \(facts.frameCostMax), \(facts.usesFloats ? "uses floats: canonical NaNs" : "no floats"))"
                    )
                }
            } catch {
                failures += 1
                object.append("passes", false)
                object.append("reason", .string(error.detail))
                let reason = error.detail.hasPrefix(path + ": ") ? String(error.detail.dropFirst(path.count + 2)) : error.detail
                if !json { print("\(Terminal.printable(path)): FAIL \(Terminal.printable(reason))") }
            }
            results.append(.object(object))
        }
        if json {
            var object = JSONObject()
            object.append("modules", .array(results))
            object.append("passes", JSONValue(modules.count - failures))
            object.append("failures", JSONValue(failures))
            print(JSONValue.object(object).description)
        } else {
            print("Passes: \(modules.count - failures), failures: \(failures)")
        }
        if failures > 0 { throw ExitStatus.usage }
    }
}
