// SPDX-License-Identifier: Apache-2.0
// xvm doctor: every layer of the sandbox, the compiler, the cache.

import ArgumentParser
import XVMCore
import XVMExecutor

struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print every sandbox layer: there or not, why, remedy; and the compiler. Exit 0 if the floor holds, 3 if not.")

    @Option(help: "The floor that must hold: strict, container or minimal.") var floor = Floor.container
    @OptionGroup var toolchain: ToolchainOptions
    @Flag(help: "Print one JSON object on standard output.") var json = false

    func run() throws {
        var configuration = toolchain.configuration
        // The report is wanted also where the floor does not hold; it is compared below.
        configuration.floor = .minimal
        var compiler: String?
        var problem: ExecutorError?
        var report: SandboxReport?
        var compileReport: CompileSandboxReport?
        var cache = ""
        do {
            let executor = try Executor(configuration)
            defer { executor.shutDown() }
            cache = try executor.cachePath()
            compiler = try executor.compilerDescription()
            compileReport = try executor.compileSandboxReport()
            report = try executor.sandboxReport()
        } catch {
            problem = error
        }
        let missing =
            (report?.missing(for: floor) ?? []).map(\.name)
            + (compileReport?.missing(for: floor) ?? []).map { "the compiler's \($0.name)" }
        let holds = report != nil && compileReport != nil && missing.isEmpty
        if json {
            var object = JSONObject()
            object.append("floor", .string(floor.rawValue))
            object.append("holds", .bool(holds))
            if let reached = report?.floor { object.append("reached", .string(reached.rawValue)) }
            if let compiler { object.append("compiler", .string(compiler)) }
            object.append("cache", .string(cache))
            if let report {
                object.append("landlockABI", JSONValue(report.landlockABI))
                object.append("layers", Self.json(report.layers))
            }
            if let compileReport {
                object.append("compileLandlockABI", JSONValue(compileReport.landlockABI))
                object.append("compileLayers", Self.json(compileReport.layers))
            }
            if let problem { object.append("problem", .string(problem.detail)) }
            print(JSONValue.object(object).description)
        } else {
            print("compiler    \(Terminal.printable(compiler ?? "none"))")
            print("cache       \(Terminal.printable(cache))")
            for layer in report?.layers ?? [] { print(Self.line(layer)) }
            if let compileReport {
                print("the compiler's own sandbox:")
                for layer in compileReport.layers { print(Self.line(layer)) }
            }
            if let problem { Terminal.complain(problem.detail) }
            print(
                "floor '\(floor.rawValue)' \(holds ? "holds" : "does not hold")"
                    + (missing.isEmpty ? "" : ": missing \(missing.joined(separator: ", "))")
                    + (report?.floor.map { "; reached: \($0.rawValue)" } ?? ""))
        }
        if !holds { throw ExitStatus.system }
    }

    private static func line(_ layer: SandboxLayer) -> String {
        let name = layer.name.padding(to: 20)
        return layer.holds
            ? "\(name) holds    \(layer.purpose)"
            : "\(name) MISSING  \(layer.purpose) (errno \(layer.errno)); remedy: \(layer.remedy)"
    }

    private static func json(_ layers: [SandboxLayer]) -> JSONValue {
        .array(
            layers.map { layer in
                var entry = JSONObject()
                entry.append("name", .string(layer.name))
                entry.append("holds", .bool(layer.holds))
                if !layer.holds {
                    entry.append("errno", JSONValue(layer.errno))
                    entry.append("remedy", .string(layer.remedy))
                }
                entry.append("purpose", .string(layer.purpose))
                return .object(entry)
            })
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
