// SPDX-License-Identifier: Apache-2.0
// Everything of an emitted text that is not a function of the Module: import stubs, export wrappers, segments, the init function,
// the descriptor; and the distribution of functions to parts.

import XVMCore
import XVMWasm

struct ModuleAssembler {
    let context: ModuleContext
    let functions: [FunctionText]
    let imports: (functions: [UInt32], globals: [UInt32])

    private var module: Module { context.module }
    private var importCount: Int { context.module.importedFunctionCount }

    /// The C files. The first holds everything but the functions; with one part it holds these too.
    func parts(sizeMax: Int?) -> [[UInt8]] {
        let size = functions.reduce(0) { $0 + $1.text.count }
        guard let sizeMax, sizeMax > 0, size > sizeMax else {
            var text = CText(capacity: size + 0x1_0000)
            write(functions: Array(functions.indices), isWhole: true, hasDescriptor: true, to: &text)
            return [text.bytes]
        }
        // A multiple of four, all of about one size: so two, three or four processors are done with theirs at about the same time.
        let count = ((size - 1) / sizeMax / Self.partMultiple + 1) * Self.partMultiple
        var positions = [[Int]](repeating: [], count: count)
        var filled = 0
        for (position, function) in functions.enumerated() {
            // Neighbours stay together, and a function goes to the part in which its middle lies.
            positions[(filled + function.text.count / 2) * count / size].append(position)
            filled += function.text.count
        }
        // One text for all of them, because fresh memory costs more than what is written to it.
        var text = CText(capacity: size / count + size / count / 4 + 0x1_0000)
        var parts: [[UInt8]] = []
        for (part, positions) in positions.enumerated() where part == 0 || !positions.isEmpty {
            text.removeAll()
            write(functions: positions, isWhole: false, hasDescriptor: part == 0, to: &text)
            parts.append(text.bytes)
        }
        return parts
    }

    private static let partMultiple = 4

    private func write(functions positions: [Int], isWhole: Bool, hasDescriptor: Bool, to text: inout CText) {
        text.add("#define HEADER_SIZE ")
        text.add(decimal: context.headerSize)
        text.add("\n#define REFERENCE_COUNT ")
        text.add(decimal: context.referredFunctions.count)
        text.add("\n#define SEGMENT_FLAGS ")
        text.add(decimal: context.segmentFlagsOffset)
        addTableSizes(&text)
        // With one part everything is static; with more, one part's functions must be seen by the others but by nobody else.
        text.add(
            isWhole
                ? "\n#define LOCAL static __attribute__((unused)) APART\n"
                : "\n#define LOCAL __attribute__((visibility(\"hidden\"))) APART\n"
        )
        text.add(context.isLinked ? LinkedShape.prelude : Prelude.text)
        if usesVectors { text.add(PreludeVectors.text) }
        addResultStructs(&text)

        var declared = Set(positions.map { importCount + $0 })
        var data = Set<Int>()
        var elements = Set<Int>()
        for position in positions {
            declared.formUnion(functions[position].callees)
            data.formUnion(functions[position].dataSegments)
            elements.formUnion(functions[position].elementSegments)
        }
        if hasDescriptor {
            declared.formUnion(0..<importCount)
            declared.formUnion(context.referredFunctions)
            if let start = module.start { declared.insert(Int(start)) }
        }
        text.add("\n")
        for index in declared.sorted() {
            context.addHead(ofFunction: index, context.type(ofFunction: index), to: &text)
            text.add(";\n")
        }
        if hasDescriptor {
            for (index, segment) in module.data.enumerated() where isEmitted(segment) { addData(index, segment, &text) }
            for (index, segment) in module.elements.enumerated() where isEmitted(segment) { addElements(index, segment, &text) }
        } else {
            for index in data.sorted() where isEmitted(module.data[index]) {
                text.add("extern ")
                addDataHead(index, module.data[index], &text)
                text.add(";\n")
            }
            for index in elements.sorted() where isEmitted(module.elements[index]) {
                text.add("extern ")
                addElementsHead(index, module.elements[index], &text)
                text.add(";\n")
            }
        }
        for index in data.sorted() where !isEmitted(module.data[index]) { addEmpty("data", index, &text) }
        for index in elements.sorted() where !isEmitted(module.elements[index]) { addEmpty("elements", index, &text) }
        if !context.isLinked, functions.contains(where: \.usesReferences),
            hasDescriptor || positions.contains(where: { functions[$0].usesReferences })
        {
            addReferences(isDefinition: hasDescriptor, &text)
        }
        for position in positions {
            text.add("\n")
            functions[position].text.append(to: &text)
        }
        if hasDescriptor {
            for index in 0..<importCount { addImportStub(index, &text) }
            let exported = exportedFunctions
            for index in Set(exported).sorted() { addExportWrapper(index, &text) }
            addInit(&text)
            addDescriptor(exported, &text)
        }
    }

    private var grownTables: Set<Int> { functions.reduce(into: Set<Int>()) { $0.formUnion($1.grownTables) } }

    /// A table that no instruction grows has the size that it was declared with.
    private func addTableSizes(_ text: inout CText) {
        let grown = grownTables
        for (index, table) in module.tables.enumerated() {
            text.add("\n#define TABLE_SIZE")
            text.add(decimal: index)
            if grown.contains(index) {
                text.add(" I->tables[")
                text.add(decimal: index)
                text.add("].size")
            } else {
                text.add(" ")
                text.add(decimal: table.limits.minimum)
                text.add("u")
            }
        }
    }

    private var usesVectors: Bool {
        functions.contains(where: \.usesVectors) || module.globalTypes.contains { $0.value == .v128 }
            || context.distinctTypes.contains { $0.parameters.contains(.v128) || $0.results.contains(.v128) }
    }

    private func addResultStructs(_ text: inout CText) {
        for (number, results) in context.resultLists.enumerated() {
            text.add("struct m")
            text.add(decimal: number)
            text.add(" { ")
            for (position, type) in results.enumerated() {
                text.add(type.cType)
                text.add(" v")
                text.add(decimal: position)
                text.add("; ")
            }
            text.add("i64 g; };\n")
        }
    }

    // MARK: Segments

    /// Segments without bytes, and those that never reach code, have no array.
    private func isEmitted(_ segment: DataSegment) -> Bool { !segment.bytes.isEmpty }
    private func isEmitted(_ segment: ElementSegment) -> Bool { !segment.items.isEmpty && segment.mode != .declarative }

    /// A name for a passive segment of size zero: a null pointer that is never read.
    private func addEmpty(_ name: StaticString, _ index: Int, _ text: inout CText) {
        text.add("#define ")
        text.add(name)
        text.add(decimal: index)
        text.add(" 0\n")
    }

    private func addDataHead(_ index: Int, _ segment: DataSegment, _ text: inout CText) {
        text.add("LOCAL const u8 data")
        text.add(decimal: index)
        text.add("[")
        text.add(decimal: segment.bytes.count)
        text.add("]")
    }

    /// Octal escapes of three digits: no byte of the Module stands for itself, and no escape runs into the next.
    private func addData(_ index: Int, _ segment: DataSegment, _ text: inout CText) {
        addDataHead(index, segment, &text)
        text.add(" =")
        var column = 0
        for byte in module.bytes[segment.bytes] {
            if column % 64 == 0 { text.add(column == 0 ? "\n\"" : "\"\n\"") }
            column += 1
            text.add(byte: UInt8(ascii: "\\"))
            text.add(byte: UInt8(ascii: "0") + byte >> 6)
            text.add(byte: UInt8(ascii: "0") + byte >> 3 & 7)
            text.add(byte: UInt8(ascii: "0") + byte & 7)
        }
        text.add("\";\n")
    }

    private func addElementsHead(_ index: Int, _ segment: ElementSegment, _ text: inout CText) {
        text.add("LOCAL const struct xvm_table_entry elements")
        text.add(decimal: index)
        text.add("[")
        text.add(decimal: segment.items.count)
        text.add("]")
    }

    /// The functions that can be referred to, as entries of a table.
    private func addReferences(isDefinition: Bool, _ text: inout CText) {
        text.add(
            isDefinition
                ? "LOCAL const struct xvm_table_entry references[" : "extern LOCAL const struct xvm_table_entry references[")
        text.add(decimal: max(1, context.referredFunctions.count))
        text.add("]")
        guard isDefinition else { return text.add(";\n") }
        text.add(" = {\n")
        for function in context.referredFunctions {
            text.add("{(void *)")
            text.add(function: function)
            text.add(", ")
            text.add(decimal: context.canonicalType(ofFunction: function))
            text.add(", ")
            text.add(decimal: context.reference(toFunction: function))
            text.add("},\n")
        }
        text.add("};\n")
    }

    private func addElements(_ index: Int, _ segment: ElementSegment, _ text: inout CText) {
        addElementsHead(index, segment, &text)
        text.add(" = {\n")
        for item in segment.items {
            if case .refFunc(let function) = item {
                text.add("{(void *)")
                text.add(function: Int(function))
                text.add(", ")
                text.add(decimal: context.canonicalType(ofFunction: Int(function)))
                text.add(", ")
                text.add(decimal: context.reference(toFunction: Int(function)))
                text.add("},\n")
            } else if case .globalGet(let global) = item {
                // Only a linked module has an imported global of type funcref.
                text.add("{0, 0xffffffffu, ")
                text.add(decimal: global)
                text.add("},\n")
            } else {
                text.add("{0, 0, 0},\n")
            }
        }
        text.add("};\n")
    }

    // MARK: Crossings

    /// An imported function in the inner convention, so that it can be called and stand in a table like any other.
    private func addImportStub(_ index: Int, _ text: inout CText) {
        let type = context.type(ofFunction: index)
        text.add("\n")
        context.addHead(ofFunction: index, type, to: &text)
        if context.isLinked { return addForwarding(index, type, &text) }
        text.add(" {\nu64 s[")
        func slots(_ types: [ValueType]) -> Int { types.reduce(0) { $0 + $1.slotCount } }
        text.add(decimal: max(1, slots(type.parameters), slots(type.results)))
        text.add("];\n(void)d;\nif (g < 0) xvm_trap(I, 12);\n")
        var slot = 0
        for (position, parameter) in type.parameters.enumerated() {
            addToSlots(&slot, parameter, &text) { text in text.add(local: position) }
        }
        text.add("I->gas = g;\nI->host_call(I, ")
        text.add(decimal: index)
        text.add(", s);\n")
        if type.results.isEmpty {
            text.add("return I->gas;\n}\n")
            return
        }
        text.add("return (")
        context.addResultType(type.results, to: &text)
        text.add("){")
        slot = 0
        for result in type.results {
            addFromSlots(&slot, result, &text)
            text.add(", ")
        }
        text.add("I->gas};\n}\n")
    }

    /// A statement for each slot that `value` takes, from `slot` on.
    private func addToSlots(_ slot: inout Int, _ type: ValueType, _ text: inout CText, _ addValue: (inout CText) -> Void) {
        for half in 0..<type.slotCount {
            text.add("s[")
            text.add(decimal: slot)
            text.add("] = ")
            switch type {
            case .f32: text.add("f32_bits(")
            case .f64: text.add("f64_bits(")
            case .i32, .i64, .v128, .funcref, .externref: text.add("(")
            }
            addValue(&text)
            if type == .v128 { text.add(half == 0 ? "[0]" : "[1]") }
            text.add(");\n")
            slot += 1
        }
    }

    /// The value that stands in the slots from `slot` on.
    private func addFromSlots(_ slot: inout Int, _ type: ValueType, _ text: inout CText) {
        let position = slot
        slot += type.slotCount
        switch type {
        case .i32: text.add("(u32)(s[")
        case .f32: text.add("f32_of((u32)s[")
        case .f64: text.add("f64_of(s[")
        case .funcref: text.add("REFERENCE(s[")
        case .i64, .externref: text.add("(s[")
        case .v128:
            text.add("(v128){s[")
            text.add(decimal: position)
            text.add("], s[")
            text.add(decimal: position + 1)
            return text.add("]}")
        }
        text.add(decimal: position)
        text.add("])")
    }

    private var exportedFunctions: [Int] { module.exports.filter { $0.kind == .function }.map { Int($0.index) } }

    /// An exported function as the runtime calls it: slots in and out, gas and depth from the header.
    private func addExportWrapper(_ index: Int, _ text: inout CText) {
        let type = context.type(ofFunction: index)
        text.add("\nstatic void call")
        text.add(decimal: index)
        text.add("(struct xvm_instance *I, u64 *s) {\n")
        if !type.results.isEmpty {
            context.addResultType(type.results, to: &text)
            text.add(" r = ")
        } else {
            text.add("i64 g = ")
        }
        text.add(function: index)
        text.add(context.frameCostMin > 0 ? "(I, I->gas, frame_budget(I)" : "(I, I->gas, byte_budget(I)")
        var slot = 0
        for parameter in type.parameters {
            text.add(", ")
            addFromSlots(&slot, parameter, &text)
        }
        text.add(type.results.isEmpty ? ");\n" : ");\ni64 g = r.g;\n")
        text.add("I->gas = g;\nif (g < 0) xvm_trap(I, 12);\n(void)s;\n")
        slot = 0
        for (position, result) in type.results.enumerated() {
            addToSlots(&slot, result, &text) { text in
                text.add("r.v")
                if type.results.count > 1 { text.add(decimal: position) }
            }
        }
        text.add("}\n")
    }

    // MARK: Init

    private func addConstant(_ expression: ConstantExpression, _ text: inout CText) {
        switch expression {
        case .constant(let type, let bits):
            switch type {
            case .i32:
                text.add(hex: bits & 0xffff_ffff)
                text.add("u")
            case .f32:
                text.add("f32_of(")
                text.add(hex: bits & 0xffff_ffff)
                text.add("u)")
            case .f64:
                text.add("f64_of(")
                text.add(hex: bits)
                text.add("ul)")
            case .i64, .v128, .funcref, .externref:
                text.add(hex: bits)
                text.add("ul")
            }
        case .globalGet(let index):
            text.add("GLOBAL(m")
            text.add(module.globalTypes[Int(index)].value.cType)
            text.add(", ")
            text.add(decimal: index)
            text.add(")")
        case .refFunc(let index):
            if context.isLinked { text.add("LINKS->reference_base + ") }
            text.add(decimal: context.reference(toFunction: Int(index)))
        case .refNull: text.add("0")
        case .vector(let low, let high): text.add(vector: low, high)
        }
    }

    /// Globals, element segments, data segments, start; each segment checked whole before its first write.
    private func addInit(_ text: inout CText) {
        text.add("\nstatic void xvm_init(struct xvm_instance *I) {\n")
        for (position, global) in module.globals.enumerated() {
            text.add("GLOBAL(m")
            text.add(global.type.value.cType)
            text.add(", ")
            text.add(decimal: module.importedGlobalCount + position)
            text.add(") = ")
            addConstant(global.initial, &text)
            text.add(";\n")
        }
        for (index, segment) in module.elements.enumerated() {
            if case .active(let table, let offset) = segment.mode {
                addInitStatement("table_init(I, ", table: table, offset, "elements", index, segment.items.count, &text)
            }
            addFlag(context.flag(ofSegment: UInt32(index), isData: false), segment.mode, &text)
        }
        for (index, segment) in module.data.enumerated() {
            if case .active(_, let offset) = segment.mode {
                addInitStatement("memory_init(I, ", table: nil, offset, "data", index, segment.bytes.count, &text)
            }
            addFlag(context.flag(ofSegment: UInt32(index), isData: true), segment.mode, &text)
        }
        if let start = module.start {
            text.add("I->gas = ")
            text.add(function: Int(start))
            text.add(context.frameCostMin > 0 ? "(I, I->gas, frame_budget(I)" : "(I, I->gas, byte_budget(I)")
            text.add(");\nif (I->gas < 0) xvm_trap(I, 12);\n")
        }
        text.add("}\n")
    }

    private func addInitStatement(
        _ call: StaticString, table: UInt32?, _ offset: ConstantExpression, _ name: StaticString, _ index: Int, _ size: Int,
        _ text: inout CText
    ) {
        text.add(call)
        if let table {
            text.add(decimal: table)
            text.add(", ")
        }
        addConstant(offset, &text)
        text.add(", 0, ")
        text.add(decimal: size)
        text.add(", ")
        if size == 0 {
            text.add("0")
        } else {
            text.add(name)
            text.add(decimal: index)
        }
        text.add(", ")
        text.add(decimal: size)
        text.add(");\n")
    }

    private func addFlag(_ position: Int, _ mode: SegmentMode, _ text: inout CText) {
        text.add("SEGMENT(")
        text.add(decimal: position)
        text.add(mode == .passive ? ") = 0;\n" : ") = 1;\n")
    }

    // MARK: Descriptor

    private func addDescriptor(_ exported: [Int], _ text: inout CText) {
        text.add("\n")
        for (number, type) in context.distinctTypes.enumerated() {
            let kinds = type.parameters + type.results
            if kinds.isEmpty { continue }
            text.add("static const u8 kinds")
            text.add(decimal: number)
            text.add("[] = {")
            addList(kinds.map { Int($0.rawValue) }, &text)
            text.add("};\n")
        }
        addArray("xvm_type", "types", context.distinctTypes.count, &text) { number, text in
            let type = context.distinctTypes[number]
            text.add(decimal: type.parameters.count)
            text.add(", ")
            text.add(decimal: type.results.count)
            if type.parameters.isEmpty && type.results.isEmpty {
                text.add(", 0")
            } else {
                text.add(", kinds")
                text.add(decimal: number)
            }
        }
        let grown = grownTables
        addArray("xvm_table_limits", "table_limits", module.tables.count, &text) { index, text in
            let limits = module.tables[index].limits
            text.add(decimal: limits.minimum)
            text.add(", ")
            // Another instance of a group may let it grow.
            let mayGrow = grown.contains(index) || context.isLinked
            text.add(hex: UInt64(mayGrow ? limits.maximum ?? 0xffff_ffff : limits.minimum))
        }
        addArray("xvm_function_import", "function_imports", importCount, &text) { index, text in
            text.add(decimal: imports.functions[index])
            text.add(", ")
            text.add(decimal: context.canonicalType(ofFunction: index))
        }
        addArray("xvm_global_import", "global_imports", module.importedGlobalCount, &text) { index, text in
            text.add(decimal: imports.globals[index])
            text.add(", ")
            text.add(decimal: module.globalTypes[index].value.rawValue)
        }
        if context.isLinked {
            addLinkedExports(exported, &text)
        } else {
            addArray("xvm_export", "exports", exported.count, &text) { position, text in
                text.add("call")
                text.add(decimal: exported[position])
                text.add(", ")
                text.add(decimal: context.canonicalType(ofFunction: exported[position]))
                text.add(", 0")
            }
        }
        text.add("__attribute__((visibility(\"default\"))) const struct xvm_descriptor xvm_module = {\n0x414d5658u, 1, ")
        text.add(decimal: context.headerSize)
        text.add(context.isLinked ? ", 3,\n{" : ", 1,\n{")
        addList(SHA256.hash(module.bytes).map(Int.init), &text)
        text.add("},\n{")
        addList(context.schedule.hash.map(Int.init), &text)
        text.add("},\n")
        let memory = module.memories.first
        addList(
            [
                module.memories.count, Int(memory?.limits.minimum ?? 0), memory.map { Int($0.limits.maximum ?? 65536) } ?? 0,
                staticTop, context.distinctTypes.count, module.tables.count, importCount, module.importedGlobalCount,
                module.globalTypes.count, exported.count,
            ], &text)
        text.add(",\n")
        addReference("types", context.distinctTypes.count, &text)
        addReference("table_limits", module.tables.count, &text)
        addReference("function_imports", importCount, &text)
        addReference("global_imports", module.importedGlobalCount, &text)
        addReference("exports", exported.count + (context.isLinked ? 1 : 0), &text)
        text.add("xvm_init\n};\n")
    }

    /// Greatest end of an active data segment whose offset is a constant.
    private var staticTop: Int {
        var top = 0
        for segment in module.data {
            if case .active(_, .constant(_, let bits)) = segment.mode {
                top = max(top, min(Int(bits & 0xffff_ffff) + segment.bytes.count, 0xffff_ffff))
            }
        }
        return top
    }

    private func addList(_ values: [Int], _ text: inout CText) {
        for (position, value) in values.enumerated() {
            if position > 0 { text.add(", ") }
            text.add(decimal: value)
        }
    }

    private func addArray(
        _ type: StaticString, _ name: StaticString, _ count: Int, _ text: inout CText, _ addRow: (Int, inout CText) -> Void
    ) {
        if count == 0 { return }
        text.add("static const struct ")
        text.add(type)
        text.add(" ")
        text.add(name)
        text.add("[] = {\n")
        for index in 0..<count {
            text.add("{")
            addRow(index, &text)
            text.add("},\n")
        }
        text.add("};\n")
    }

    private func addReference(_ name: StaticString, _ count: Int, _ text: inout CText) {
        text.add(count == 0 ? "0" : name)
        text.add(",\n")
    }
}
