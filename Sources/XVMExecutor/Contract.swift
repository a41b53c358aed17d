// SPDX-License-Identifier: Apache-2.0
// A loaded contract, and what running it gave.

public import XVMBridge
import XVMCompiler
import XVMCore
public import XVMState
import XVMSystem
import XVMToolchain
import XVMWasm
import XVMWire

/// Which gas schedule prices a contract.
public struct GasScheduleSource: Hashable, Sendable {
    private enum Place: Hashable, Sendable { case shipped(String), file(String) }
    private let place: Place

    /// XVM's published table.
    public static let xuper = GasScheduleSource(place: .shipped("xuper"))
    /// One per instruction.
    public static let unit = GasScheduleSource(place: .shipped("unit"))

    private init(place: Place) { self.place = place }

    /// `xuper`, `unit`, another shipped name, or the path of a file (anything with a slash or ending in .json).
    public init(_ text: String) {
        place = text.contains("/") || text.hasSuffix(".json") ? .file(text) : .shipped(text)
    }

    /// The file's bytes, not checked yet.
    func bytes(policyFolder: String) throws(ExecutorError) -> [UInt8] {
        let path: String
        switch place {
        case .shipped(let name):
            guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }), !name.isEmpty else {
                throw .usage("schedule", "gas schedule '\(name)' is not a name; a file needs a slash or .json")
            }
            path = policyFolder + "/gas-" + name + ".json"
        case .file(let file): path = file
        }
        do {
            return try BoundedFile.read(path, sizeMax: 1 << 16)
        } catch {
            throw .usage("schedule", "gas schedule: \(error)")
        }
    }
}

/// Who translates a module.
public enum Translation: Equatable, Sendable {
    /// XVM's own translator, with gas.
    case own
    /// A stock wasm2c 1.0.32 (Debian 12, package wabt) by its path or its name on PATH: no gas, no digest for consensus, the deadline alone
    /// ends an endless loop. It runs in the C compiler's sandbox.
    case wasm2c(path: String)
}

/// A validated, compiled contract. Cheap to keep; one value serves any number of invocations at once.
public final class Contract: Sendable {
    /// For messages only.
    public let name: String
    /// SHA-256 of the WebAssembly bytes.
    public let moduleHash: [UInt8]
    /// True: translated and compiled here from the module. False: an object that was handed in, or a stock wasm2c's; its gas counts for nothing
    /// in consensus.
    public let isOwn: Bool
    let module: Module
    let code: Code
    private let schedule: GasSchedule
    /// Whether it was made by XuperChain's C++ toolchain: its imports say so.
    let isEmscripten: Bool
    /// What prepares its contexts.
    let guest: Invocation.Guest

    init(name: String, module: Module, moduleHash: [UInt8], code: Code, schedule: GasSchedule, isOwn: Bool) {
        self.name = name
        self.module = module
        self.moduleHash = moduleHash
        self.code = code
        self.schedule = schedule
        self.isOwn = isOwn
        isEmscripten = module.imports.contains { entry in
            if case .function = entry.type { return entry.module.elementsEqual("env".utf8) }
            return false
        }
        let helper = FunctionType(parameters: [.i32], results: [.i32])
        func ordinal(_ names: [String]) -> UInt32? {
            for name in names {
                if let found = module.exportedFunction(named: Array(name.utf8)), found.type == helper {
                    return UInt32(found.exportOrdinal)
                }
            }
            return nil
        }
        guest =
            isEmscripten
            ? .emscripten(stackAlloc: ordinal(["stackAlloc", "_stackAlloc"]), malloc: ordinal(["_malloc", "malloc"])) : .none
    }

    /// Name of the gas schedule; `none` for an object without gas.
    public var scheduleName: String { code.isMetered ? schedule.name : "none" }

    /// Names of the exports that can be invoked as methods, in the module's order.
    public var methods: [[UInt8]] {
        module.exports.filter { $0.kind == .function }.map(\.name).filter { name in
            guard let found = module.exportedFunction(named: name) else { return false }
            return found.type.parameters.isEmpty && found.type.results.isEmpty
        }
    }

    var scheduleHash: [UInt8] { schedule.hash }
    var frameLimit: UInt32 { schedule.callDepthMax ?? 0x7fff_ffff }
    var timing: Timing { Timing(compileNanoseconds: code.compileNanoseconds) }

    /// The export's name of a method: that of emscripten's modules has an underscore before it, or not.
    private func exportName(_ method: [UInt8]) -> [UInt8] {
        guard isEmscripten else { return method }
        let decorated = [UInt8(ascii: "_")] + method
        return module.exportedFunction(named: decorated) != nil ? decorated : method
    }

    /// Export ordinal of a method; nil: it has none.
    func existingMethod(_ name: [UInt8]) -> UInt32? {
        guard let found = module.exportedFunction(named: exportName(name)), found.type.parameters.isEmpty,
            found.type.results.isEmpty
        else { return nil }
        return UInt32(found.exportOrdinal)
    }

    /// Export ordinal of a method.
    func method(_ name: [UInt8]) throws(ExecutorError) -> UInt32 {
        let (index, type) = try function(exportName(name))
        guard type.parameters.isEmpty, type.results.isEmpty else {
            throw .usage(
                "wrongSignature",
                "method '\(Message.quoted(name))' has type \(Message.type(type)), a method has type () -> () (\(self.name))")
        }
        return index
    }

    /// Export ordinal and type of a function.
    func function(_ name: [UInt8]) throws(ExecutorError) -> (index: UInt32, type: FunctionType) {
        guard let found = module.exportedFunction(named: name) else {
            let known = module.exports.filter { $0.kind == .function }.prefix(16).map { Message.quoted($0.name) }
            throw .usage(
                "unknownMethod",
                "'\(Message.quoted(name))' is not an exported function of \(self.name); it has \(known.isEmpty ? "none" : known.joined(separator: ", "))"
            )
        }
        return (UInt32(found.exportOrdinal), found.type)
    }
}

/// Where the time went, in nanoseconds. The only part of a result that may differ between two runs.
public struct Timing: Equatable, Sendable {
    /// Of the C compiler; 0 from the cache.
    public var compileNanoseconds: Int64 = 0
    /// From the request to the sealed worker; 0 on a warm one.
    public var spawnNanoseconds: Int64 = 0
    /// From the invocation to its outcome.
    public var executeNanoseconds: Int64 = 0
    /// Of the store.
    public var commitNanoseconds: Int64 = 0

    /// All zero, but what is given.
    public init(compileNanoseconds: Int64 = 0) { self.compileNanoseconds = compileNanoseconds }
}

/// What a method's invocation gave, ready to commit.
public struct Execution: Sendable {
    /// The contract's own result.
    public let outcome: Outcome
    /// SHA-256 of (height, name, module hash, method, arguments, caller, initiator, amount).
    /// Computed when it is asked for: a query needs none.
    public var transactionID: TransactionID { transaction.id }
    let transaction: Transaction
    /// Name of the gas schedule.
    public let scheduleName: String
    /// False for code that our translator did not make: no digest for consensus.
    public let isForConsensus: Bool
    /// Where the time went.
    public internal(set) var timing: Timing
}

/// What a transaction's id is made of.
struct Transaction: Sendable {
    let height: UInt64
    let contract: [UInt8]
    let moduleHash: [UInt8]
    let call: MethodCall

    var id: TransactionID { TransactionID(height: height, contract: contract, moduleHash: moduleHash, call: call) }
}

/// What a function's call gave.
public struct FunctionExecution: Sendable {
    /// Returned, trapped or out of gas.
    public let status: Outcome.Status
    /// Text of a host abort.
    public let message: [UInt8]
    /// Its results.
    public let results: [WasmValue]
    /// Exact when returned, else the limit.
    public let gasUsed: Int64
    /// False for code that our translator did not make.
    public let isForConsensus: Bool
    /// Name of the gas schedule.
    public let scheduleName: String
    /// Where the time went.
    public let timing: Timing
}
