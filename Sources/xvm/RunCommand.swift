// SPDX-License-Identifier: Apache-2.0
// xvm run: one method of a contract, committed to the state unless it failed.

import ArgumentParser
import XVMExecutor

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one method of a contract and commit its writes.",
        discussion: """
            MODULE is WebAssembly or what `xvm build` wrote. Without --state the state is in memory and gone afterwards. \
            KEY=@file reads bytes from a file, KEY=0x… takes hex.
            """)

    @Argument(help: "WebAssembly file, or an object of `xvm build`.") var module: String
    @Argument(help: "Export of type () -> ().") var method: String
    @Option(name: [.customShort("a"), .customLong("arg")], help: "An argument, KEY=VALUE; may be repeated.") var argument:
        [String] = []
    @Option(help: "Bucket of the contract's keys. Default: the file's stem.") var name: String?
    @Option(help: "State folder; created where there is none.") var state: String?
    @Option(help: "The calling contract.") var caller = ""
    @Option(help: "Who begins the transaction.") var initiator = ""
    @Option(help: "Amount that goes with the call, a decimal number.") var amount = "0"
    @Flag(help: "Commit nothing.") var dryRun = false
    @OptionGroup var options: ExecutionOptions

    func validate() throws {
        guard !amount.isEmpty, amount.count <= 78, amount.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            throw ValidationError("--amount \(amount) is not a decimal number of at most 78 digits")
        }
    }

    func run() throws {
        try Report(options).guarded { report in
            var call = MethodRequest(method, caller: caller, initiator: initiator, amount: amount)
            call.arguments = try argument.map(KeyValue.parse)
            let bytes = try InputFile.read(module, what: "module", sizeMax: InputFile.moduleSizeMax)
            let executor = try options.executor()
            defer { executor.shutDown() }
            let contract = try executor.load(
                bytes, schedule: GasScheduleSource(options.schedule), translation: options.translator.translation, name: module)
            let bucket = Array((name ?? InputFile.stem(module)).utf8)
            let store: any StateStore =
                try state.map { try executor.openState(folder: $0, limits: options.snapshotLimits) }
                ?? MemoryStore(limits: options.snapshotLimits)
            do {
                if try Ledger.isLedger(store) {
                    throw ExecutorError(
                        .usage, kind: "ledger", detail: "the state belongs to a chain: use xvm invoke or xvm query",
                        isDeterministic: true)
                }
            } catch { throw ExecutorError(chain: error) }
            var execution = try executor.invoke(contract, call, bucket: bucket, limits: options.limits, on: store)
            if !dryRun { try executor.commit(&execution, to: store) }
            try report.print(execution)
        }
    }
}
