// SPDX-License-Identifier: Apache-2.0
// The second chain: a stock wasm2c translates, without gas. Here is what it is given, and what its text is compiled with: a module
// without a name of its own, a wasm-rt.h of ours, and the text that makes an object of this worker out of it.

import XVMCore
package import XVMWasm

/// The parts of a compilation whose C text a stock wasm2c (version 1.0.32) writes.
package struct StockChain: Sendable {
    /// Goes up with each change of a byte below.
    package static let version = "1"
    /// The text that `wasm2c --version` must begin with: the C interface of a module changed before and after.
    package static let wasm2cVersion = "1.0.32"
    /// `--module-name`.
    package static let moduleName = "m"

    /// The Module with every name replaced and without custom sections. wasm2c writes names into comments, and one that closes its comment
    /// would be code.
    package let wasm: [UInt8]
    /// Headers by file name. They stand in for the C library's.
    package let headers: [(name: String, text: [UInt8])]
    /// The runtime, the crossings and the descriptor.
    package let adapter: [UInt8]

    package init(_ module: Module, imports: HostImportTable = .xvm, limits: TranslatorLimits = .default) throws(CompilerError) {
        var resolved = module
        let numbers = try imports.resolveAll(&resolved)
        for entry in module.imports {
            guard case .function = entry.type else { throw .stockImport(offset: entry.offset) }
        }
        let writer = try StockAdapter(module: module, imports: numbers.functions, limits: limits)
        wasm = Self.withoutNames(module)
        headers = StockHeaders.all
        adapter = writer.text
    }

    /// Imports are `i.f0`, `i.f1`, …; exported functions `e0`, `e1`, … in their order; nothing else is exported.
    private static func withoutNames(_ module: Module) -> [UInt8] {
        var wasm = Array(module.bytes[0..<8])
        var at = 8
        func number(_ value: Int) -> [UInt8] {
            var (bytes, rest) = ([UInt8](), value)
            repeat {
                bytes.append(UInt8(rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
                rest >>= 7
            } while rest != 0
            return bytes
        }
        func name(_ text: String) -> [UInt8] { number(text.utf8.count) + Array(text.utf8) }
        func section(_ id: UInt8, _ count: Int, _ rows: [UInt8]) {
            let content = number(count) + rows
            wasm += [id] + number(content.count) + content
        }
        // The module is valid: each section has its id, its size, and its content in the binary.
        while at < module.bytes.count {
            let id = module.bytes[at]
            var (size, shift, start) = (0, 0, at + 1)
            while true {
                let byte = module.bytes[start]
                size |= Int(byte & 0x7f) << shift
                shift += 7
                start += 1
                if byte & 0x80 == 0 { break }
            }
            switch id {
            case 0: break
            case 2:
                var rows: [UInt8] = []
                for (position, entry) in module.imports.enumerated() {
                    guard case .function(let type) = entry.type else { continue }
                    rows += name("i") + name("f\(position)") + [0] + number(Int(type))
                }
                section(2, module.imports.count, rows)
            case 7:
                let functions = module.exports.filter { $0.kind == .function }
                var rows: [UInt8] = []
                for (position, export) in functions.enumerated() {
                    rows += name("e\(position)") + [0] + number(Int(export.index))
                }
                section(7, functions.count, rows)
            default: wasm += module.bytes[at..<(start + size)]
            }
            at = start + size
        }
        return wasm
    }
}

/// Writes the adapter.
private struct StockAdapter {
    let module: Module
    let imports: [UInt32]
    private let exported: [Int]
    private let headerSize: Int
    /// Entries that each table has room for beyond its first ones.
    private static let growthMax = 1024

    init(module: Module, imports: [UInt32], limits: TranslatorLimits) throws(CompilerError) {
        self.module = module
        self.imports = imports
        exported = module.exports.filter { $0.kind == .function }.map { Int($0.index) }
        for index in exported {
            let type = module.types[Int(module.functionTypes[index])]
            for value in type.parameters + type.results where value == .funcref || value == .v128 {
                throw .unsupportedType(value, place: .function(index))
            }
        }
        var size = ModuleContext.globalsOffset
        // An instance: a pointer per import, a slot per global, a table's or memory's row, a flag per segment; counted generously,
        // and the text checks it.
        size += 256 + 32 * (module.imports.count + module.globalTypes.count + module.tables.count + 1)
        size += 16 * (module.data.count + module.elements.count)
        for table in module.tables { size += 24 * (Int(table.limits.minimum) + Self.growthMax) + 16 }
        headerSize = (size + ModuleContext.headerAlignment - 1) / ModuleContext.headerAlignment * ModuleContext.headerAlignment
        if headerSize > limits.headerSize {
            throw .limit(.headerSize, value: headerSize, limit: limits.headerSize, place: .module)
        }
    }

    private func type(_ function: Int) -> FunctionType { module.types[Int(module.functionTypes[function])] }

    /// C types of the interface of wasm2c.
    private static func cType(_ type: ValueType) -> String {
        switch type {
        case .i32: "u32"
        case .i64: "u64"
        case .f32: "f32"
        case .f64: "f64"
        case .externref: "wasm_rt_externref_t"
        case .funcref, .v128: "wasm_rt_funcref_t"
        }
    }
    private static func letter(_ type: ValueType) -> String {
        switch type {
        case .i32: "i"
        case .i64: "j"
        case .f32: "f"
        case .f64: "d"
        case .externref: "e"
        case .funcref, .v128: "r"
        }
    }
    private static func returnType(_ results: [ValueType]) -> String {
        switch results.count {
        case 0: "void"
        case 1: cType(results[0])
        default: "struct wasm_multi_" + results.map(letter).joined()
        }
    }
    private static func fromSlot(_ slot: Int, _ type: ValueType) -> String {
        switch type {
        case .i32: "(u32)s[\(slot)]"
        case .i64: "s[\(slot)]"
        case .f32: "f32_of((u32)s[\(slot)])"
        case .f64: "f64_of(s[\(slot)])"
        case .externref, .funcref, .v128: "(wasm_rt_externref_t)s[\(slot)]"
        }
    }
    private static func toSlot(_ slot: Int, _ type: ValueType, _ value: String) -> String {
        switch type {
        case .i32, .i64: "s[\(slot)] = \(value);\n"
        case .f32: "s[\(slot)] = f32_bits(\(value));\n"
        case .f64: "s[\(slot)] = f64_bits(\(value));\n"
        case .externref, .funcref, .v128: "s[\(slot)] = (u64)\(value);\n"
        }
    }

    var text: [UInt8] {
        var text = "#define HEADER_SIZE \(headerSize)\n#define GROWTH_MAX \(Self.growthMax)\n"
        text += "#define TYPE_MAX \(module.types.count + 1)\n"
        text += "#define KIND_MAX \(module.types.reduce(1) { $0 + $1.parameters.count + $1.results.count })\n"
        text += "#define REFERENCE_COUNT 0\n#define SEGMENT_FLAGS 0\n"
        // wasm2c's header first: it has the same names for the same types.
        text += "#include \"\(StockChain.moduleName).h\"\n"
        text += Prelude.types + "\n" + StockHeaders.runtime
        for index in 0..<module.importedFunctionCount { text += importStub(index) }
        for (position, index) in exported.enumerated() { text += wrapper(position, index) }
        text += """

            static void xvm_init(struct xvm_instance *I) {
            begin(I);
            next = (u8 *)I + 128 + ((sizeof *INSTANCE + 15) & ~15ul);
            type_count = 0;
            kind_count = 0;
            Z_m_init_module();
            Z_m_instantiate(INSTANCE\(module.importedFunctionCount > 0 ? ", (struct Z_i_instance_t *)I" : ""));
            }

            """
        return Array((text + descriptor).utf8)
    }

    private func importStub(_ index: Int) -> String {
        let type = type(index)
        let parameters = type.parameters.enumerated().map { ", \(Self.cType($0.element)) p\($0.offset)" }.joined()
        var text = "\n\(Self.returnType(type.results)) Z_iZ_f\(index)(struct Z_i_instance_t *unused\(parameters)) {\n"
        text += "struct xvm_instance *I = current;\nu64 s[\(max(1, type.parameters.count, type.results.count))];\n(void)unused;\n"
        for (slot, parameter) in type.parameters.enumerated() { text += Self.toSlot(slot, parameter, "p\(slot)") }
        text += "I->host_call(I, \(index), s);\n"
        if type.results.count == 1 {
            text += "return \(Self.fromSlot(0, type.results[0]));\n"
        } else if type.results.count > 1 {
            text += "\(Self.returnType(type.results)) r;\n"
            for (slot, result) in type.results.enumerated() {
                text += "r.\(Self.letter(result))\(slot) = \(Self.fromSlot(slot, result));\n"
            }
            text += "return r;\n"
        }
        return text + "}\n"
    }

    private func wrapper(_ position: Int, _ index: Int) -> String {
        let type = type(index)
        let arguments = type.parameters.enumerated().map { ", " + Self.fromSlot($0.offset, $0.element) }.joined()
        var text = "\nstatic void call\(position)(struct xvm_instance *I, u64 *s) {\nbegin(I);\n(void)s;\n"
        if !type.results.isEmpty { text += "\(Self.returnType(type.results)) r = " }
        text += "Z_mZ_e\(position)(INSTANCE\(arguments));\n"
        for (slot, result) in type.results.enumerated() {
            text += Self.toSlot(slot, result, type.results.count == 1 ? "r" : "r.\(Self.letter(result))\(slot)")
        }
        return text + "}\n"
    }

    private var descriptor: String {
        func array(_ type: String, _ name: String, _ rows: [String]) -> String {
            rows.isEmpty ? "" : "static const struct \(type) \(name)[] = {\n\(rows.map { "{\($0)},\n" }.joined())};\n"
        }
        var text = ""
        for (number, type) in module.types.enumerated() where !(type.parameters + type.results).isEmpty {
            let kinds = (type.parameters + type.results).map { "\($0.rawValue)" }.joined(separator: ", ")
            text += "static const u8 kinds\(number)[] = {\(kinds)};\n"
        }
        text += array(
            "xvm_type", "types",
            module.types.enumerated().map {
                let isEmpty = ($0.element.parameters + $0.element.results).isEmpty
                return "\($0.element.parameters.count), \($0.element.results.count), \(isEmpty ? "0" : "kinds\($0.offset)")"
            })
        text += array(
            "xvm_function_import", "function_imports",
            imports.enumerated().map { "\($0.element), \(module.functionTypes[$0.offset])" })
        text += array(
            "xvm_export", "exports", exported.enumerated().map { "call\($0.offset), \(module.functionTypes[$0.element]), 0" })
        let memory = module.memories.first
        // The size that wasm2c's text keeps has 32 bits, so the last page is out of reach.
        let greatest = memory.map { min(Int($0.limits.maximum ?? 65536), 65535) } ?? 0
        let numbers = [
            module.memories.count, min(Int(memory?.limits.minimum ?? 0), greatest), greatest, 0, module.types.count, 0,
            imports.count, 0, 0,
            exported.count,
        ]
        let hash = SHA256.hash(module.bytes).map { "\($0)" }.joined(separator: ", ")
        return text + """
            __attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
            0x414d5658u, 1, HEADER_SIZE, 0,
            {\(hash)},
            {0},
            \(numbers.map { "\($0)" }.joined(separator: ", ")),
            \(module.types.isEmpty ? "0" : "types"), 0, \(imports.isEmpty ? "0" : "function_imports"), 0, \(exported.isEmpty ? "0" : "exports"),
            xvm_init
            };

            """
    }
}
