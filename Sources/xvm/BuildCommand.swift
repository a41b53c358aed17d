// SPDX-License-Identifier: Apache-2.0
// xvm build: compile ahead of time.

import ArgumentParser
import Foundation
import XVMExecutor

struct Build: ParsableCommand {
    enum Emission: String, ExpressibleByArgument {
        case c, object
    }

    static let configuration = CommandConfiguration(
        abstract: "Compile a module into an object that `run` and `call` take, or into its C text.")

    @Argument(help: "WebAssembly file.") var module: String
    @Option(name: .shortAndLong, help: "File to write.") var output: String
    @Option(help: "What to write: object or c.") var emit = Emission.object
    @Option(help: "Gas schedule: xuper, unit, or a file.") var schedule = "xuper"
    @OptionGroup var translator: TranslationOptions
    @OptionGroup var toolchain: ToolchainOptions

    func run() throws {
        let bytes = try InputFile.read(module, what: "module", sizeMax: InputFile.moduleSizeMax)
        let executor = try Executor(toolchain.configuration)
        defer { executor.shutDown() }
        let built: [UInt8]
        switch emit {
        case .object:
            built = try executor.build(
                bytes, schedule: GasScheduleSource(schedule), translation: translator.translation, name: module)
        case .c: built = try executor.emitC(bytes, schedule: GasScheduleSource(schedule), name: module)
        }
        do {
            // Written beside and renamed, so that a reader never sees half of it.
            try Data(built).write(to: URL(filePath: output), options: .atomic)
        } catch {
            throw ExecutorError(.usage, kind: "unwritableFile", detail: "output \(output): cannot be written", blame: .unknown)
        }
        Terminal.say("\(output): \(built.count) bytes")
    }
}
