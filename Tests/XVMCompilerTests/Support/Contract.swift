// SPDX-License-Identifier: Apache-2.0
// A test module from Tests/Golden/compiler, translated, compiled and driven.

import Foundation
import Testing
import XVMCompiler
import XVMWasm

/// How a driven call ended.
enum Ending: Equatable {
    case returned(gas: Int64, [UInt64])
    case trapped(Int)

    init(_ line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        switch words.first {
        case "returned":
            self = .returned(gas: try #require(Int64(words[1])), words.dropFirst(2).compactMap { UInt64($0, radix: 16) })
        case "trap": self = .trapped(try #require(Int(words[1])))
        default: throw NativeError(text: "unexpected answer \(line)")
        }
    }

    var slots: [UInt64]? { if case .returned(_, let slots) = self { slots } else { nil } }
    var gas: Int64? { if case .returned(let gas, _) = self { gas } else { nil } }
}

/// A host call as the driver saw it.
struct HostCall: Equatable {
    var number: UInt32
    var remaining: Int64
    var slots: [UInt64]
}

struct Contract {
    static let outOfGas = Ending.trapped(12)

    let module: Module
    let code: EmittedCode
    let object: String
    private let exports: [String: Int]

    static func module(_ name: String) throws -> Module {
        try Module(validating: try Repository.bytes("Tests/Golden/compiler/\(name).wasm"))
    }

    static func schedule(_ name: String) throws -> GasSchedule {
        try GasSchedule(parsing: try Repository.bytes("policies/gas/\(name).json"))
    }

    init(
        _ name: String, gas: String = "unit", placement: GasPlacement = .regions, compiler: NativeCompiler? = nil,
        partSizeMax: Int? = nil
    ) throws {
        var options = Translator.Options()
        options.placement = placement
        options.partSizeMax = partSizeMax
        try self.init(try Self.module(name), schedule: try Self.schedule(gas), options: options, compiler: compiler)
    }

    init(_ module: Module, schedule: GasSchedule, options: Translator.Options, compiler: NativeCompiler? = nil) throws {
        self.module = module
        code = try Translator.emit(module, schedule: schedule, options: options)
        object = try (compiler ?? #require(NativeCompiler.any)).build(code.parts).path
        var exports: [String: Int] = [:]
        for export in module.exports where export.kind == .function {
            exports[String(decoding: export.name, as: UTF8.self)] = exports.count
        }
        self.exports = exports
    }

    struct Call {
        var export: String
        var slots: [UInt64] = []
        var gas: Int64 = 1_000_000_000
        var frames = 1000
        var stack = 1_000_000

        init(_ export: String, _ slots: UInt64..., gas: Int64 = 1_000_000_000, frames: Int = 1000, stack: Int = 1_000_000) {
            self.export = export
            self.slots = slots
            self.gas = gas
            self.frames = frames
            self.stack = stack
        }
    }

    /// Runs init, then `calls` in one context. The first ending is that of init.
    func run(
        _ calls: [Call], initGas: Int64 = 1_000_000_000, pagesMax: Int = 65536
    ) throws -> (endings: [Ending], hostCalls: [[HostCall]]) {
        var commands = ["open \(object)", "init \(initGas) 1000 1000000 \(pagesMax)"]
        for call in calls {
            let number = try #require(exports[call.export])
            commands.append(
                (["call \(number) \(call.gas) \(call.frames) \(call.stack)"] + call.slots.map { String($0, radix: 16) })
                    .joined(separator: " "))
        }
        let answers = try Driver.run(commands).dropFirst()
        let endings = try answers.map { try Ending($0.last ?? "") }
        let hostCalls = try answers.map { lines in
            try lines.dropLast().map { line in
                let words = line.split(separator: " ").map(String.init)
                return HostCall(
                    number: try #require(UInt32(words[1])), remaining: try #require(Int64(words[2])),
                    slots: words.dropFirst(3).compactMap { UInt64($0, radix: 16) })
            }
        }
        return (endings, hostCalls)
    }

    /// One call in a fresh context.
    func run(_ call: Call) throws -> Ending { try self.run([call]).endings[1] }
}
