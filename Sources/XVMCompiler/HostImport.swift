// SPDX-License-Identifier: Apache-2.0
// What a Module may import. The rows equal sandbox-c/include/xvm_host_imports.h (a test compares them); only a row's number
// reaches the emitted code, so no name of a Module does.

package import XVMWasm

/// One thing that the host provides under (module, name).
package struct HostImport: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case function(FunctionType)
        case global(GlobalType)
        /// A memory. With limits it has these and fits imports as the specification says; nil: the context makes it as the
        /// Module's import declares it, so it fits every one.
        case memory(SizeLimits?)
        /// A table of `element`; limits as for a memory.
        case table(ValueType, SizeLimits?)
    }

    /// Never changes its meaning. Numbers of functions and of globals count apart; memory and table have 0.
    package var number: UInt32
    package var module: String
    package var name: String
    package var kind: Kind
    /// A function whose result a module may leave out.
    package var hasOptionalResult = false

    package init(number: UInt32, module: String, name: String, kind: Kind) {
        self.number = number
        self.module = module
        self.name = name
        self.kind = kind
    }

    /// A function row in the header's notation: i = i32, I = i64, f = f32, F = f64; results "?": an i32 that may be left out.
    package init(_ number: UInt32, _ module: String, _ name: String, _ parameters: String, _ results: String) {
        self.init(
            number: number, module: module, name: name,
            kind: .function(FunctionType(parameters: parameters.map(Self.type), results: results.map(Self.type))))
        hasOptionalResult = results == "?"
    }

    private static func type(_ letter: Character) -> ValueType {
        switch letter {
        case "i", "?": .i32
        case "I": .i64
        case "f": .f32
        case "F": .f64
        default: preconditionFailure("letter \(letter) in a row of the import table")
        }
    }

    /// A function type for messages: `(i32, i32) -> (i32)`.
    package static func text(of type: FunctionType) -> String {
        func list(_ types: [ValueType]) -> String { "(" + types.map { "\($0)" }.joined(separator: ", ") + ")" }
        return list(type.parameters) + " -> " + list(type.results)
    }
}

extension HostImport.Kind {
    /// An immutable global.
    package static func constant(_ type: ValueType) -> Self { .global(GlobalType(value: type, isMutable: false)) }

    var text: String {
        switch self {
        case .function(let type): "function " + HostImport.text(of: type)
        case .global(let type): "\(type.isMutable ? "mutable" : "immutable") global of type \(type.value)"
        case .memory(let limits): "memory" + Self.text(limits)
        case .table(let element, let limits): "table of \(element)" + Self.text(limits)
        }
    }

    private static func text(_ limits: SizeLimits?) -> String {
        limits.map { " of \($0.minimum) to \($0.maximum.map { "\($0)" } ?? "any")" } ?? ""
    }
}

extension SizeLimits {
    /// Whether something with these limits may be imported where `needed` are declared (specification 2.0, section 4.5.1).
    package func fit(_ needed: SizeLimits) -> Bool {
        guard minimum >= needed.minimum else { return false }
        guard let greatest = needed.maximum else { return true }
        return maximum.map { $0 <= greatest } ?? false
    }
}

/// All rows, and resolution against them.
package struct HostImportTable: Sendable {
    package let rows: [HostImport]

    package init(rows: [HostImport]) { self.rows = rows }

    /// The contract interface `xvm` (docs/contract-abi.md).
    package static let xvm = HostImportTable(
        rows: [
            HostImport(1, "xvm", "get", "iiii", "i"),
            HostImport(2, "xvm", "put", "iiii", "i"),
            HostImport(3, "xvm", "delete", "ii", "i"),
            HostImport(4, "xvm", "scan", "iiiiiii", "i"),
            HostImport(5, "xvm", "argument", "iiii", "i"),
            HostImport(6, "xvm", "method", "ii", "i"),
            HostImport(7, "xvm", "caller", "ii", "i"),
            HostImport(8, "xvm", "initiator", "ii", "i"),
            HostImport(9, "xvm", "amount", "ii", "i"),
            HostImport(10, "xvm", "output", "iiiii", "i"),
            HostImport(11, "xvm", "log", "ii", "i"),
            HostImport(12, "xvm", "event", "iiii", "i"),
            HostImport(13, "xvm", "abort", "ii", ""),
            HostImport(14, "xvm", "argument_at", "iiiiii", "i"),
            HostImport(15, "xvm", "contract_call", "iiiiiiI", "i"),
            HostImport(16, "xvm", "answer_status", "", "i"),
            HostImport(17, "xvm", "answer_message", "ii", "i"),
            HostImport(18, "xvm", "answer_body", "ii", "i"),
            HostImport(19, "xvm", "transfer", "iiii", "i"),
            HostImport(20, "xvm", "query_transaction", "iiii", "i"),
            HostImport(21, "xvm", "query_block", "iiii", "i"),
            HostImport(22, "xvm", "account_addresses", "iiii", "i"),
            HostImport(23, "xvm", "auth_require", "ii", "i"),
            HostImport(24, "xvm", "cross_query", "iiii", "i"),
            // What modules of emscripten import beside functions.
            HostImport(number: 1, module: "env", name: "__table_base", kind: .constant(.i32)),
            HostImport(number: 2, module: "env", name: "tableBase", kind: .constant(.i32)),
            HostImport(number: 3, module: "env", name: "DYNAMICTOP_PTR", kind: .constant(.i32)),
            HostImport(number: 4, module: "global", name: "NaN", kind: .constant(.f64)),
            HostImport(number: 5, module: "global", name: "Infinity", kind: .constant(.f64)),
            HostImport(number: 0, module: "env", name: "memory", kind: .memory(nil)),
            HostImport(number: 0, module: "env", name: "table", kind: .table(.funcref, nil)),
            HostImport(number: 0, module: "env", name: "__indirect_function_table", kind: .table(.funcref, nil)),
        ] + emscripten)

    /// The row that provides `entry` with exactly its type.
    package func resolve(_ entry: Import, in module: Module) throws(CompilerError) -> HostImport {
        var signature: FunctionType?
        if case .function(let index) = entry.type { signature = module.types[Int(index)] }
        var provided: [HostImport.Kind] = []
        for row in rows where row.module.utf8.elementsEqual(entry.module) && row.name.utf8.elementsEqual(entry.name) {
            switch (row.kind, entry.type) {
            case (.function(let type), .function) where type == signature: return row
            case (.function(let type), .function)
            where row.hasOptionalResult && signature?.results == [] && signature?.parameters == type.parameters:
                return row
            case (.global(let type), .global(let needed)) where type == needed: return row
            case (.memory(let limits), .memory(let needed)) where limits?.fit(needed.limits) ?? true: return row
            case (.table(let element, let limits), .table(let needed))
            where element == needed.element && limits?.fit(needed.limits) ?? true:
                return row
            default: provided.append(row.kind)
            }
        }
        var modules: [String] = []
        for row in rows where !modules.contains(row.module) { modules.append(row.module) }
        throw .unknownImport(
            module: entry.module, name: entry.name, needed: entry.type, signature: signature, offset: entry.offset,
            provided: provided, modules: modules)
    }

    /// The number of every imported function and global, in import order. Memories and tables that the host provides with limits of
    /// its own get these in `module`.
    package func resolveAll(_ module: inout Module) throws(CompilerError) -> (functions: [UInt32], globals: [UInt32]) {
        var functions: [UInt32] = []
        var globals: [UInt32] = []
        var (memory, table) = (0, 0)
        for entry in module.imports {
            let row = try resolve(entry, in: module)
            switch row.kind {
            case .function: functions.append(row.number)
            case .global: globals.append(row.number)
            case .memory(let limits):
                if let limits { module.memories[memory].limits = limits }
                memory += 1
            case .table(_, let limits):
                if let limits { module.tables[table].limits = limits }
                table += 1
            }
        }
        return (functions, globals)
    }
}
