// SPDX-License-Identifier: Apache-2.0
// What can be said about a module without running it, and its ahead-of-time forms.

import XVMCompiler
import XVMCore
import XVMElf
import XVMToolchain
import XVMWasm

/// What a module holds, for people and machines.
public struct ModuleFacts: Equatable, Sendable {
    /// Bytes of WebAssembly.
    public var size: Int
    /// True: the file was an object of `xvm build`.
    public var isObject: Bool
    /// SHA-256 in hex.
    public var moduleHash: String
    /// Name of the gas schedule.
    public var scheduleName: String
    /// SHA-256 of the schedule's file in hex.
    public var scheduleHash: String
    /// Version of the translator.
    public var translatorVersion: String
    /// Bytes of C text that the translator makes of it.
    public var cSize: Int
    /// C files that it comes in.
    public var cFiles: Int
    /// CPU time that compiling is expected to take, all files together, in milliseconds.
    public var compileMilliseconds: Int
    /// The same of the longest file.
    public var compileLongestMilliseconds: Int
    /// Resident memory that the largest compiler process is expected to take, in bytes.
    public var compileProcessMemory: Int
    /// Greatest computed frame cost of a function, in bytes.
    public var frameCostMax: Int
    /// Functions that the module defines.
    public var functionCount: Int
    /// Limits of the memory in pages, nil without one.
    public var memory: String?
    /// Element type and limits of each table.
    public var tables: [String]
    /// True: some function uses a float.
    public var usesFloats: Bool
    /// Each import with its type, escaped.
    public var imports: [String]
    /// Each export with its type, escaped.
    public var exports: [String]
}

extension Executor {
    /// Validates and translates, without compiling: what `xvm check` and `xvm inspect` print.
    public func inspect(_ bytes: [UInt8], schedule source: GasScheduleSource, name: String) throws(ExecutorError) -> ModuleFacts {
        do {
            let isObject = ObjectFile.isObject(bytes)
            let wasm = isObject ? try ObjectFile(reading: bytes).wasm : bytes
            let module = try Module(validating: wasm)
            let schedule = try gasSchedule(source)
            let emitted = try Translator.emit(module, schedule: schedule)
            let estimate = emitted.estimate
            func limits(_ limits: SizeLimits) -> String { "\(limits.minimum)..\(limits.maximum.map { "\($0)" } ?? "")" }
            func describe(_ type: ImportType) -> String {
                switch type {
                case .function(let index): "function \(Message.type(module.types[Int(index)]))"
                case .table(let table): "table \(table.element) \(limits(table.limits))"
                case .memory(let memory): "memory \(limits(memory.limits))"
                case .global(let global): "\(global.isMutable ? "mutable " : "")global \(global.value)"
                }
            }
            return ModuleFacts(
                size: wasm.count, isObject: isObject, moduleHash: Hex.encode(SHA256.hash(wasm)), scheduleName: schedule.name,
                scheduleHash: Hex.encode(schedule.hash), translatorVersion: "\(Translator.version)",
                cSize: emitted.size, cFiles: estimate.partCount, compileMilliseconds: estimate.cpuMilliseconds,
                compileLongestMilliseconds: estimate.longestMilliseconds, compileProcessMemory: estimate.processMemory,
                frameCostMax: emitted.frameCosts.max() ?? 0,
                functionCount: module.functions.count, memory: module.memories.first.map { limits($0.limits) },
                tables: module.tables.map { "\($0.element) \(limits($0.limits))" }, usesFloats: try module.usesFloats(),
                imports: module.imports.map { "\(Message.quoted($0.module)).\(Message.quoted($0.name)): \(describe($0.type))" },
                exports: module.exports.map { export in
                    let type =
                        switch export.kind {
                        case .function: "function \(Message.type(module.type(ofFunction: export.index)))"
                        case .table: "table"
                        case .memory: "memory"
                        case .global: "global \(module.globalTypes[Int(export.index)].value)"
                        }
                    return "\(Message.quoted(export.name)): \(type)"
                })
        } catch {
            throw ExecutorError(mapping: error, subject: name)
        }
    }

    /// The C text of a module, its parts one after the other.
    public func emitC(_ wasm: [UInt8], schedule source: GasScheduleSource, name: String) throws(ExecutorError) -> [UInt8] {
        do {
            return try Translator.emit(try Module(validating: wasm), schedule: gasSchedule(source)).parts.reduce(into: []) {
                $0 += $1
            }
        } catch {
            throw ExecutorError(mapping: error, subject: name)
        }
    }

    /// A compiled module in one file that `load` takes.
    public func build(
        _ wasm: [UInt8], schedule: GasScheduleSource, translation: Translation = .own, name: String
    ) throws(ExecutorError) -> [UInt8] {
        if ObjectFile.isObject(wasm) { throw .usage("invalidModule", "\(name): is an object already, build takes WebAssembly") }
        let contract = try load(wasm, schedule: schedule, translation: translation, name: name)
        return ObjectFile(elf: contract.code.elf.bytes, wasm: wasm).encoded
    }
}

extension Module {
    /// True where any float value can arise: in a signature, a local, a global, or from an instruction that makes one.
    fileprivate func usesFloats() throws(WasmError) -> Bool {
        func isFloat(_ type: ValueType) -> Bool { type == .f32 || type == .f64 }
        if types.contains(where: { ($0.parameters + $0.results).contains(where: isFloat) }) { return true }
        if globalTypes.contains(where: { isFloat($0.value) }) { return true }
        for function in functions {
            if function.locals.contains(where: { isFloat($0.type) }) { return true }
            var reader = InstructionReader(self, body: function.body)
            while let instruction = try reader.next() {
                let name = instruction.opcode.mnemonic
                if name.hasPrefix("f32.") || name.hasPrefix("f64.") { return true }
            }
        }
        return false
    }
}
