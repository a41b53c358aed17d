// SPDX-License-Identifier: Apache-2.0
// xvm call: an exported function with numbers, no contract interface needed.

import ArgumentParser
import XVMExecutor

struct Call: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Call an exported function with numbers.",
        discussion: "Numbers as 7, -7, 0x10, 1.5, or with their type: i32:7, i64:7, f32:1.5, f64:1.5.")

    @Argument(help: "WebAssembly file, or an object of `xvm build`.") var module: String
    @Argument(help: "Exported function.") var export: String
    @Argument(help: "Its parameters.") var arguments: [String] = []
    @OptionGroup var options: ExecutionOptions

    func run() throws {
        try Report(options).guarded { report in
            let bytes = try InputFile.read(module, what: "module", sizeMax: InputFile.moduleSizeMax)
            let executor = try options.executor()
            defer { executor.shutDown() }
            let contract = try executor.load(
                bytes, schedule: GasScheduleSource(options.schedule), translation: options.translator.translation, name: module)
            // A leading colon stands for a negative number (XVMCommand.spared).
            let numbers = arguments.map { $0.hasPrefix(":") ? String($0.dropFirst()) : $0 }
            try report.print(executor.call(contract, export: Array(export.utf8), arguments: numbers, limits: options.limits))
        }
    }
}
