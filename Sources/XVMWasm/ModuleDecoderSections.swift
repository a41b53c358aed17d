// SPDX-License-Identifier: Apache-2.0
// The sections that declare: types, imports, functions, tables, memories, globals, exports, start, data count.

import XVMCore

extension ModuleDecoder {
    mutating func typeSection() throws(WasmError) {
        let count = try count("number of types", limit: limits.types, entrySize: 3)
        module.types.reserveCapacity(count)
        for _ in 0..<count {
            let start = cursor.offset
            let form = try cursor.u8()
            guard form == 0x60 else {
                if (0x4e...0x50).contains(form) || (0x5e...0x5f).contains(form) {
                    throw .unsupported("garbage collection: type 0x" + Hex.encode([form]), at: start)
                }
                throw .malformed(.functionType, at: start, "0x" + Hex.encode([form]))
            }
            let parameters = try valueTypes("number of parameters", limit: limits.parameters)
            let results = try valueTypes("number of results", limit: limits.results)
            module.types.append(FunctionType(parameters: parameters, results: results))
        }
    }

    private mutating func valueTypes(_ what: String, limit: Int) throws(WasmError) -> [ValueType] {
        let count = try count(what, limit: limit, entrySize: 1)
        var types: [ValueType] = []
        types.reserveCapacity(count)
        for _ in 0..<count { types.append(try cursor.valueType()) }
        return types
    }

    mutating func importSection() throws(WasmError) {
        let count = try count("number of imports", limit: limits.imports, entrySize: 4)
        for _ in 0..<count {
            let start = cursor.offset
            let namespace = try name()
            let field = try name()
            let kindOffset = cursor.offset
            let kind = try cursor.u8()
            let type: ImportType
            switch ExternalKind(rawValue: kind) {
            case .function:
                let index = try index(below: module.types.count, .unknownType)
                module.functionTypes.append(index)
                module.importedFunctionCount += 1
                type = .function(typeIndex: index)
            case .table:
                let table = try tableType()
                module.tables.append(table)
                module.importedTableCount += 1
                type = .table(table)
            case .memory:
                let memory = try memoryType()
                module.memories.append(memory)
                module.importedMemoryCount += 1
                type = .memory(memory)
            case .global:
                let global = try globalType()
                module.globalTypes.append(global)
                module.importedGlobalCount += 1
                type = .global(global)
            case nil:
                if kind == 4 { throw .unsupported("exception handling: imported tag", at: kindOffset) }
                throw .malformed(.importKind, at: kindOffset, "0x" + Hex.encode([kind]))
            }
            module.imports.append(
                Import(
                    module: Array(module.bytes[namespace]), name: Array(module.bytes[field]), type: type, offset: start))
        }
    }

    mutating func functionSection() throws(WasmError) {
        let count = try count("number of functions", limit: limits.functions, entrySize: 1)
        module.functionTypes.reserveCapacity(module.functionTypes.count + count)
        for _ in 0..<count { module.functionTypes.append(try index(below: module.types.count, .unknownType)) }
    }

    mutating func tableSection() throws(WasmError) {
        let count = try count("number of tables", limit: limits.tables, entrySize: 3, present: module.tables.count)
        for _ in 0..<count { module.tables.append(try tableType()) }
    }

    mutating func memorySection() throws(WasmError) {
        for _ in 0..<(try count("number of memories", limit: limits.types, entrySize: 2)) {
            module.memories.append(try memoryType())
        }
    }

    mutating func globalSection() throws(WasmError) {
        let count = try count("number of globals", limit: limits.globals, entrySize: 3)
        module.globals.reserveCapacity(count)
        for _ in 0..<count {
            let type = try globalType()
            let initial = try constantExpression(type.value)
            module.globals.append(Global(type: type, initial: initial))
            module.globalTypes.append(type)
        }
    }

    mutating func exportSection() throws(WasmError) {
        let count = try count("number of exports", limit: limits.exports, entrySize: 3)
        module.exports.reserveCapacity(count)
        var names: Set<[UInt8]> = []
        for _ in 0..<count {
            let start = cursor.offset
            let bytes = Array(module.bytes[try name()])
            let kindOffset = cursor.offset
            let byte = try cursor.u8()
            guard let kind = ExternalKind(rawValue: byte) else {
                if byte == 4 { throw .unsupported("exception handling: exported tag", at: kindOffset) }
                throw .malformed(.exportKind, at: kindOffset, "0x" + Hex.encode([byte]))
            }
            let index =
                switch kind {
                case .function: try index(below: module.functionTypes.count, .unknownFunction)
                case .table: try index(below: module.tables.count, .unknownTable)
                case .memory: try index(below: module.memories.count, .unknownMemory)
                case .global: try index(below: module.globalTypes.count, .unknownGlobal)
                }
            guard names.insert(bytes).inserted else { throw .invalid(.duplicateExport, at: start) }
            if kind == .function { declaredFunctions.insert(index) }
            module.exports.append(Export(name: bytes, kind: kind, index: index))
        }
    }

    mutating func startSection() throws(WasmError) {
        let start = cursor.offset
        let index = try index(below: module.functionTypes.count, .unknownFunction)
        let type = module.types[Int(module.functionTypes[Int(index)])]
        guard type.parameters.isEmpty && type.results.isEmpty else {
            throw .invalid(.startFunction, at: start, "function \(index) has parameters or results")
        }
        module.start = index
    }

    mutating func dataCountSection() throws(WasmError) {
        let start = cursor.offset
        let count = try cursor.u32()
        if Int(count) > limits.dataSegments {
            throw .limit("number of data segments", Int(count), limits.dataSegments, at: start)
        }
        dataCount = count
    }
}
