// SPDX-License-Identifier: Apache-2.0
// The modules of a script, and where each import of each of them comes from.

import XVMCompiler
import XVMWasm

/// A module that a script instantiates.
final class SuiteUnit {
    /// An import that a registered module provides.
    struct Provider {
        var unit: SuiteUnit
        /// nil: it has no export of that name.
        var export: Export?
    }

    let line: Int
    let module: Module
    /// One per import; nil: nobody is registered under that name.
    var providers: [Provider?] = []
    /// The group that it belongs to, if it shares anything.
    var group: SuiteGroup?
    /// Its number in the group.
    var number = 0
    /// Its functions' numbers in the group, by function index.
    var references: [Int: Int] = [:]
    var session: Session?

    init(line: Int, module: Module) {
        self.line = line
        self.module = module
    }

    /// Export by its name's bytes.
    func export(_ name: [UInt8]) -> Export? { module.exports.first { $0.name == name } }

    /// Position among the function exports.
    func functionExport(_ name: [UInt8]) -> (ordinal: Int, type: FunctionType)? {
        let functions = module.exports.filter { $0.kind == .function }
        guard let ordinal = functions.firstIndex(where: { $0.name == name }) else { return nil }
        return (ordinal, module.types[Int(module.functionTypes[Int(functions[ordinal].index)])])
    }

    /// Providers of the imports of one kind, in order.
    func providers(of kind: ExternalKind) -> [Provider?] {
        zip(module.imports, providers).filter { $0.0.type.kind == kind }.map(\.1)
    }
}

/// Units that share something: they live in one worker.
final class SuiteGroup {
    var units: [SuiteUnit] = []
    var session: Session?
}

extension ImportType {
    var kind: ExternalKind {
        switch self {
        case .function: .function
        case .table: .table
        case .memory: .memory
        case .global: .global
        }
    }
}

/// Why an import cannot be satisfied, in the suite's words.
enum LinkFailure: String, Error {
    case unknown = "unknown import"
    case incompatible = "incompatible import type"
}

extension SuiteUnit {
    /// Compares every import with what provides it. Memories and tables count with the size that they have now.
    func checkImports() throws {
        for (entry, provider) in zip(module.imports, providers) {
            guard let provider, let export = provider.export else { throw LinkFailure.unknown }
            guard try provider.unit.satisfies(export, entry.type, of: module) else { throw LinkFailure.incompatible }
        }
    }

    private func satisfies(_ export: Export, _ needed: ImportType, of importer: Module) throws -> Bool {
        let index = Int(export.index)
        switch (export.kind, needed) {
        case (.function, .function(let type)):
            return module.types[Int(module.functionTypes[index])] == importer.types[Int(type)]
        case (.global, .global(let type)): return module.globalTypes[index] == type
        case (.table, .table(let type)):
            let origin = origin(of: .table, index)
            var limits = origin.unit.module.tables[origin.index].limits
            if let size = try session?.sizes(of: self).tables[index] { limits.minimum = size }
            return module.tables[index].element == type.element && limits.fit(type.limits)
        case (.memory, .memory(let type)):
            let origin = origin(of: .memory, index)
            var limits = origin.unit.module.memories[origin.index].limits
            if let size = try session?.sizes(of: self).pages { limits.minimum = size }
            return limits.fit(type.limits)
        default: return false
        }
    }

    /// Where a table or memory was made that this module may only pass on.
    private func origin(of kind: ExternalKind, _ index: Int) -> (unit: SuiteUnit, index: Int) {
        let imported = providers(of: kind)
        guard index < imported.count, let provider = imported[index], let export = provider.export else { return (self, index) }
        return provider.unit.origin(of: kind, Int(export.index))
    }
}
