// SPDX-License-Identifier: Apache-2.0
// The flags that every verb that runs code shares, and what they mean to the library.

public import ArgumentParser
import Foundation
import XVMExecutor

struct ExecutionOptions: ParsableArguments {
    @Option(help: "Gas limit of the invocation.")
    var gas: Int64 = 4_294_967_295

    @Option(help: "Gas schedule: xuper, unit, or a file.")
    var schedule = "xuper"

    @Option(help: "Wall time allowed, with a unit: 500ms, 10s, 2m.")
    var deadline = Deadline(nanoseconds: 10_000_000_000)

    @Option(help: "Pages of 64 KiB that linear memory may grow to (0 to 65536).")
    var memory: UInt32 = 1024

    @Option(help: "What must hold of the sandbox: strict, container or minimal.")
    var floor = Floor.container

    @Option(help: "Lowest floor for objects that somebody handed in and for --wasm2c.")
    var foreignCodeFloor = Floor.container

    @OptionGroup var translator: TranslationOptions
    @OptionGroup var toolchain: ToolchainOptions

    @Flag(help: "Print one JSON object on standard output.")
    var json = false

    func validate() throws {
        if gas < 0 || gas >= 1 << 62 { throw ValidationError("--gas \(gas) is not in 0 ..< 2^62") }
        if memory > 65536 { throw ValidationError("--memory \(memory) exceeds the limit of 65536 pages") }
    }

    func executor() throws -> Executor {
        var configuration = toolchain.configuration
        configuration.floor = floor
        configuration.foreignCodeFloor = foreignCodeFloor
        configuration.memoryPagesMax = memory
        return try Executor(configuration)
    }

    /// A snapshot may live as long as an invocation may take, and a little longer.
    var snapshotLimits: SnapshotLimits { SnapshotLimits(ageMax: .nanoseconds(Int64(deadline.nanoseconds)) + .seconds(10)) }

    var limits: InvocationLimits {
        InvocationLimits(gas: gas, deadlineNanoseconds: deadline.nanoseconds, memoryPages: memory)
    }
}

struct TranslationOptions: ParsableArguments {
    @Option(help: "A stock wasm2c 1.0.32 that translates instead (Debian: package wabt): no gas, nothing for consensus.")
    var wasm2c: String?

    var translation: Translation { wasm2c.map { .wasm2c(path: $0) } ?? .own }
}

struct ToolchainOptions: ParsableArguments {
    @Option(help: "Folder of compiled code. Default: $XVM_CACHE, else $XDG_CACHE_HOME/xvm, else ~/.cache/xvm.")
    var cache: String?

    @Option(help: "C compiler. Default: $XVM_CC, else the clang beside swift, the newest clang on PATH, gcc.")
    var cc: String?

    var configuration: Configuration {
        var configuration = Configuration()
        configuration.cachePath = cache
        configuration.compilerPath = cc
        configuration.warning = { Terminal.warn($0) }
        return configuration
    }
}

extension Floor: ExpressibleByArgument {}

/// A duration on the command line.
struct Deadline: ExpressibleByArgument, CustomStringConvertible {
    var nanoseconds: UInt64

    init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    init?(argument: String) {
        let units: [(String, UInt64)] = [("ns", 1), ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000)]
        for (suffix, factor) in units where argument.hasSuffix(suffix) {
            guard let number = UInt64(argument.dropLast(suffix.count)) else { continue }
            let (product, overflow) = number.multipliedReportingOverflow(by: factor)
            // A day is longer than any call; it also keeps every sum of times far from overflow.
            guard !overflow, product > 0, product <= 86_400_000_000_000 else { return nil }
            nanoseconds = product
            return
        }
        return nil
    }

    var description: String {
        nanoseconds % 1_000_000_000 == 0 ? "\(nanoseconds / 1_000_000_000)s" : "\(nanoseconds / 1_000_000)ms"
    }
}

/// KEY=VALUE, where VALUE may be @file (its bytes) or 0x… (hex).
struct KeyValue {
    static func parse(_ text: String) throws -> (key: [UInt8], value: [UInt8]) {
        guard let equals = text.firstIndex(of: "=") else {
            throw ValidationError("argument '\(text)' is not KEY=VALUE")
        }
        let key = Array(text[..<equals].utf8)
        let value = String(text[text.index(after: equals)...])
        if key.isEmpty { throw ValidationError("argument '\(text)' has an empty key") }
        if value.hasPrefix("@") {
            return (key, try InputFile.read(String(value.dropFirst()), what: "argument '\(text[..<equals])'", sizeMax: 1 << 20))
        }
        if value.hasPrefix("0x") {
            guard let bytes = hex(value.dropFirst(2)) else {
                throw ValidationError("argument '\(text)': the hex value needs an even number of digits 0-9, a-f")
            }
            return (key, bytes)
        }
        return (key, Array(value.utf8))
    }

    private static func hex(_ digits: Substring) -> [UInt8]? {
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var rest = digits
        while let high = rest.popFirst(), let low = rest.popFirst() {
            guard let h = high.hexDigitValue, let l = low.hexDigitValue else { return nil }
            bytes.append(UInt8(h << 4 | l))
        }
        return bytes
    }
}
