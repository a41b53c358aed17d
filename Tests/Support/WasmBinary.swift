// SPDX-License-Identifier: Apache-2.0
// Puts modules together that are too large or too odd to be written as text.

/// A module in the making. Function indices count from the imports on, in the order of adding; import first.
package struct WasmBinary {
    package static let (i32, i64, f32, f64, v128): (UInt8, UInt8, UInt8, UInt8, UInt8) = (0x7f, 0x7e, 0x7d, 0x7c, 0x7b)

    private var types: [[UInt8]] = []
    private var imports: [[UInt8]] = []
    private var functions: [[UInt8]] = []
    private var bodies: [[UInt8]] = []
    private var exports: [[UInt8]] = []
    private var globals: [[UInt8]] = []
    private var elements: [[UInt8]] = []
    private var data: [[UInt8]] = []
    private var names: [[UInt8]] = []
    /// Initial entries of a funcref table, if there is one.
    package var tableSize: Int?
    /// Initial pages of memory, if there is one.
    package var pages: Int?
    package var start: Int?

    package init() {}

    /// The number of a type.
    package mutating func type(_ parameters: [UInt8] = [], _ results: [UInt8] = []) -> Int {
        let entry = [0x60] + Self.leb(parameters.count) + parameters + Self.leb(results.count) + results
        if let known = types.firstIndex(of: entry) { return known }
        types.append(entry)
        return types.count - 1
    }

    package mutating func addImport(_ module: String, _ name: String, _ parameters: [UInt8] = [], _ results: [UInt8] = []) {
        imports.append(Self.name(module) + Self.name(name) + [0] + Self.leb(type(parameters, results)))
    }

    /// - locals: runs of equal types.
    /// - code: without the last `end`.
    /// - Returns: the index among the defined functions.
    @discardableResult
    package mutating func addFunction(
        _ parameters: [UInt8] = [], _ results: [UInt8] = [], locals: [(Int, UInt8)] = [], export: [UInt8]? = nil, _ code: [UInt8]
    ) -> Int {
        functions.append(Self.leb(type(parameters, results)))
        let content = Self.vector(locals.map { Self.leb($0.0) + [$0.1] }) + code + [0x0b]
        bodies.append(Self.leb(content.count) + content)
        if let export { addExport(export, function: imports.count + functions.count - 1) }
        return functions.count - 1
    }

    package mutating func addExport(_ name: [UInt8], function: Int) {
        exports.append(Self.leb(name.count) + name + [0] + Self.leb(function))
    }

    /// - initial: a constant expression without its `end`.
    package mutating func addGlobal(_ type: UInt8, isMutable: Bool = true, _ initial: [UInt8]) {
        globals.append([type, isMutable ? 1 : 0] + initial + [0x0b])
    }

    /// An active element segment; `offset` is a constant expression without its `end`.
    package mutating func addElements(at offset: [UInt8], _ functions: [Int]) {
        elements.append([0] + offset + [0x0b] + Self.vector(functions.map(Self.leb)))
    }

    package mutating func addData(at offset: [UInt8], _ bytes: [UInt8]) {
        data.append([0] + offset + [0x0b] + Self.leb(bytes.count) + bytes)
    }

    /// A name of a function in the custom section of names.
    package mutating func addName(ofFunction index: Int, _ name: [UInt8]) {
        names.append(Self.leb(index) + Self.leb(name.count) + name)
    }

    package var bytes: [UInt8] {
        var all: [UInt8] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
        func add(_ id: UInt8, _ content: [UInt8]) { all += [id] + Self.leb(content.count) + content }
        func add(_ id: UInt8, _ entries: [[UInt8]]) {
            if !entries.isEmpty { add(id, Self.vector(entries)) }
        }
        add(1, types)
        add(2, imports)
        add(3, functions)
        if let tableSize { add(4, [[0x70, 0] + Self.leb(tableSize)]) }
        if let pages { add(5, [[0] + Self.leb(pages)]) }
        add(6, globals)
        add(7, exports)
        if let start { add(8, Self.leb(start)) }
        add(9, elements)
        add(10, bodies)
        add(11, data)
        if !names.isEmpty {
            let map = Self.vector(names)
            add(0, Self.name("name") + [1] + Self.leb(map.count) + map)
        }
        return all
    }

    // MARK: Bytes

    /// Unsigned LEB128.
    package static func leb(_ value: Int) -> [UInt8] {
        var (bytes, rest) = ([UInt8](), value)
        repeat {
            let byte = UInt8(rest & 0x7f)
            rest >>= 7
            bytes.append(rest == 0 ? byte : byte | 0x80)
        } while rest != 0
        return bytes
    }

    /// Signed LEB128.
    package static func signed(_ value: Int64) -> [UInt8] {
        var (bytes, rest) = ([UInt8](), value)
        while true {
            let byte = UInt8(truncatingIfNeeded: rest) & 0x7f
            rest >>= 7
            let isLast = rest == 0 && byte & 0x40 == 0 || rest == -1 && byte & 0x40 != 0
            bytes.append(isLast ? byte : byte | 0x80)
            if isLast { return bytes }
        }
    }

    package static func vector(_ entries: [[UInt8]]) -> [UInt8] { leb(entries.count) + entries.flatMap { $0 } }
    package static func name(_ text: String) -> [UInt8] { leb(text.utf8.count) + Array(text.utf8) }

    package static func i32(_ value: Int32) -> [UInt8] { [0x41] + signed(Int64(value)) }
    package static func i64(_ value: Int64) -> [UInt8] { [0x42] + signed(value) }
    package static func get(_ local: Int) -> [UInt8] { [0x20] + leb(local) }
    package static func set(_ local: Int) -> [UInt8] { [0x21] + leb(local) }
    package static func globalGet(_ index: Int) -> [UInt8] { [0x23] + leb(index) }
    package static func globalSet(_ index: Int) -> [UInt8] { [0x24] + leb(index) }
    package static func call(_ function: Int) -> [UInt8] { [0x10] + leb(function) }
    package static func callIndirect(_ type: Int, table: Int = 0) -> [UInt8] { [0x11] + leb(type) + leb(table) }
}
