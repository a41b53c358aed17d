// SPDX-License-Identifier: Apache-2.0
// What a Module may import. The rows equal sandbox-c/include/xvm_host_imports.h (a test compares them); only a row's number
// reaches the emitted code, so no name of a Module does.

package import XVMWasm

/// One thing that the host provides under (module, name).
package struct HostImport: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case function(FunctionType)
        case global(GlobalType)
        /// The context makes the memory or the table, with the limits that the Module's import declares.
        case memory
        case table
    }

    /// Never changes its meaning. Numbers of functions and of globals count apart; memory and table have 0.
    package var number: UInt32
    package var module: String
    package var name: String
    package var kind: Kind

    package init(number: UInt32, module: String, name: String, kind: Kind) {
        self.number = number
        self.module = module
        self.name = name
        self.kind = kind
    }

    /// A function row in the header's notation: i = i32, I = i64, f = f32, F = f64.
    package init(_ number: UInt32, _ module: String, _ name: String, _ parameters: String, _ results: String) {
        self.init(
            number: number, module: module, name: name,
            kind: .function(FunctionType(parameters: parameters.map(Self.type), results: results.map(Self.type))))
    }

    private static func type(_ letter: Character) -> ValueType {
        switch letter {
        case "i": .i32
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
    var text: String {
        switch self {
        case .function(let type): "function " + HostImport.text(of: type)
        case .global(let type): "\(type.isMutable ? "mutable" : "immutable") global of type \(type.value)"
        case .memory: "memory"
        case .table: "table"
        }
    }
}

/// All rows, and resolution against them.
package struct HostImportTable: Sendable {
    package let rows: [HostImport]

    package init(rows: [HostImport]) { self.rows = rows }

    /// The contract interface `xvm` (docs/contract-abi.md).
    package static let xvm = HostImportTable(rows: [
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
    ])

    /// The row that provides `entry` with exactly its type.
    package func resolve(_ entry: Import, in module: Module) throws(CompilerError) -> HostImport {
        var signature: FunctionType?
        if case .function(let index) = entry.type { signature = module.types[Int(index)] }
        var provided: [HostImport.Kind] = []
        for row in rows where row.module.utf8.elementsEqual(entry.module) && row.name.utf8.elementsEqual(entry.name) {
            switch (row.kind, entry.type) {
            case (.function(let type), .function) where type == signature: return row
            case (.global(let type), .global(let needed)) where type == needed: return row
            case (.memory, .memory), (.table, .table): return row
            default: provided.append(row.kind)
            }
        }
        var modules: [String] = []
        for row in rows where !modules.contains(row.module) { modules.append(row.module) }
        throw .unknownImport(
            module: entry.module, name: entry.name, needed: entry.type, signature: signature, offset: entry.offset,
            provided: provided, modules: modules)
    }

    /// The number of every imported function and global, in import order; every memory and table is checked to exist.
    package func resolveAll(_ module: Module) throws(CompilerError) -> (functions: [UInt32], globals: [UInt32]) {
        var functions: [UInt32] = []
        var globals: [UInt32] = []
        for entry in module.imports {
            let row = try resolve(entry, in: module)
            switch row.kind {
            case .function: functions.append(row.number)
            case .global: globals.append(row.number)
            case .memory, .table: break
            }
        }
        return (functions, globals)
    }
}
