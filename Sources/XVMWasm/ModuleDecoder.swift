// SPDX-License-Identifier: Apache-2.0
// Walks the sections of a binary (section 5.5) and validates on the way: what a section may refer to stands before it.

import XVMCore

extension Module {
    /// Decodes and validates a binary completely: afterwards nothing in it has to be checked again.
    /// - Throws: the first reason for refusing it. Time and memory are linear in the number of bytes.
    /// - Parameter features: parts of WebAssembly that are accepted beyond `wasm1Plus`.
    package init(
        validating bytes: [UInt8], limits: WasmLimits = .default, features: WasmFeatures = .translated
    ) throws(WasmError) {
        if bytes.count > limits.moduleSize { throw .limit("module size", bytes.count, limits.moduleSize, at: 0) }
        var decoder = ModuleDecoder(bytes, limits: limits, features: features)
        try decoder.decode()
        self = decoder.module
    }
}

/// The state of decoding one binary.
struct ModuleDecoder {
    var module: Module
    /// Stands in the section that is being read and cannot leave it.
    var cursor: InstructionReader
    let limits: WasmLimits
    let features: WasmFeatures
    /// What the data count section says.
    var dataCount: UInt32?
    /// Functions that exports, globals and element segments name.
    var declaredFunctions: Set<UInt32> = []
    /// Initial entries of all tables so far.
    var tableSize = 0
    /// Items of all element segments so far.
    var elementItemCount = 0
    /// Bytes of all data segments so far.
    var dataSize = 0

    init(_ bytes: [UInt8], limits: WasmLimits, features: WasmFeatures) {
        module = Module(bytes: bytes)
        cursor = InstructionReader(ByteReader(bytes), features: features, branchTargetsMax: limits.branchTargets)
        self.limits = limits
        self.features = features
    }

    /// Ids of sections; the order in which they must stand is that of the cases.
    private enum Section: UInt8, CaseIterable {
        case type = 1
        case `import` = 2
        case function = 3
        case table = 4
        case memory = 5
        case global = 6
        case export = 7
        case start = 8
        case element = 9
        case dataCount = 12
        case code = 10
        case data = 11

        /// Place in the required order; 0 is before all.
        var place: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }
    }

    mutating func decode() throws(WasmError) {
        try header()
        var whole = cursor.reader
        var lastPlace = 0
        while !whole.isAtEnd {
            let start = whole.offset
            cursor.reader = whole
            let id = try cursor.u8()
            let size = Int(try cursor.u32())
            whole = cursor.reader
            do { cursor.reader = try whole.nested(size) } catch { throw WasmError(error) }
            if id == 0 {
                _ = try name()
                continue
            }
            guard let section = Section(rawValue: id) else {
                if id == 13 { throw .unsupported("exception handling: tag section", at: start) }
                throw .malformed(.sectionID, at: start, "\(id)")
            }
            if section.place <= lastPlace { throw .malformed(.sectionOrder, at: start, "section \(id)") }
            lastPlace = section.place
            try decode(section)
            if !cursor.reader.isAtEnd {
                throw .malformed(.sectionSize, at: cursor.offset, "\(cursor.reader.remaining) bytes left in section \(id)")
            }
        }
        try checkCounts(at: whole.offset)
    }

    private mutating func decode(_ section: Section) throws(WasmError) {
        switch section {
        case .type: try typeSection()
        case .import: try importSection()
        case .function: try functionSection()
        case .table: try tableSection()
        case .memory: try memorySection()
        case .global: try globalSection()
        case .export: try exportSection()
        case .start: try startSection()
        case .element: try elementSection()
        case .dataCount: try dataCountSection()
        case .code: try codeSection()
        case .data: try dataSection()
        }
    }

    /// Magic and version.
    private mutating func header() throws(WasmError) {
        let magic = try word()
        guard magic == 0x6d73_6100 else { throw .malformed(.magic, at: 0, "0x" + String(magic, radix: 16)) }
        let version = try word()
        if version == 0x0001_000d { throw .unsupported("component model", at: 4) }
        guard version == 1 else { throw .malformed(.version, at: 4, "0x" + String(version, radix: 16)) }
    }

    /// What only the end of the binary shows: sections that are missing.
    private func checkCounts(at end: Int) throws(WasmError) {
        let declared = module.functionTypes.count - module.importedFunctionCount
        if declared != module.functions.count {
            throw .malformed(.functionAndCodeCount, at: end, "\(declared) and \(module.functions.count)")
        }
        if let dataCount, Int(dataCount) != module.data.count {
            throw .malformed(.dataCount, at: end, "\(dataCount) and \(module.data.count)")
        }
    }

    // MARK: Pieces of sections

    private mutating func word() throws(WasmError) -> UInt32 {
        do { return try cursor.reader.u32() } catch { throw WasmError(error) }
    }

    /// Passes over `count` bytes.
    mutating func take(_ count: Int) throws(WasmError) -> Range<Int> {
        do { return try cursor.reader.take(count) } catch { throw WasmError(error) }
    }

    /// A count of entries that take at least `entrySize` bytes each, so that storage may be reserved for them.
    /// - Parameter present: entries that count against the limit already.
    mutating func count(
        _ what: String, limit: Int, entrySize: Int, present: Int = 0
    ) throws(WasmError) -> Int {
        let start = cursor.offset
        let count = Int(try cursor.u32())
        if present + count > limit { throw .limit(what, present + count, limit, at: start) }
        let remaining = cursor.reader.remaining
        if count * entrySize > remaining {
            throw .malformed(.unexpectedEnd, at: start, "\(what) \(count), \(remaining) bytes left")
        }
        return count
    }

    /// A name: UTF-8, limited.
    mutating func name() throws(WasmError) -> Range<Int> {
        let start = cursor.offset
        let size = Int(try cursor.u32())
        if size > limits.nameSize { throw .limit("name size", size, limits.nameSize, at: start) }
        do { return try cursor.reader.utf8(size) } catch { throw WasmError(error) }
    }

    /// An index that must be below `count`.
    mutating func index(below count: Int, _ reason: WasmError.Invalid) throws(WasmError) -> UInt32 {
        let start = cursor.offset
        let index = try cursor.u32()
        guard Int(index) < count else { throw .invalid(reason, at: start, "index \(index), \(count) defined") }
        return index
    }

    private mutating func sizeLimits() throws(WasmError) -> SizeLimits {
        let start = cursor.offset
        let flags = try cursor.u8()
        switch flags {
        case 0: return SizeLimits(minimum: try cursor.u32(), maximum: nil)
        case 1:
            let minimum = try cursor.u32()
            return SizeLimits(minimum: minimum, maximum: try cursor.u32())
        case 2, 3: throw .unsupported("threads: shared memory", at: start)
        case 4...7: throw .unsupported("memory64", at: start)
        default: throw .malformed(.limitsFlags, at: start, "0x" + Hex.encode([flags]))
        }
    }

    private func checkOrder(_ limits: SizeLimits, at start: Int) throws(WasmError) {
        if let maximum = limits.maximum, limits.minimum > maximum {
            throw .invalid(.limitsOrder, at: start, "\(limits.minimum) and \(maximum)")
        }
    }

    /// A table type, counted as one more table of the module.
    mutating func tableType() throws(WasmError) -> TableType {
        let start = cursor.offset
        if !module.tables.isEmpty { try features.require(.referenceTypes, "several tables", at: start) }
        let element = try cursor.referenceType()
        let sizes = try sizeLimits()
        try checkOrder(sizes, at: start)
        if module.tables.count >= limits.tables {
            throw .limit("number of tables", module.tables.count + 1, limits.tables, at: start)
        }
        tableSize += Int(sizes.minimum)
        if tableSize > limits.tableSize { throw .limit("size of all tables", tableSize, limits.tableSize, at: start) }
        return TableType(element: element, limits: sizes)
    }

    /// A memory type, counted as one more memory of the module.
    mutating func memoryType() throws(WasmError) -> MemoryType {
        let start = cursor.offset
        if !module.memories.isEmpty { throw .unsupported("multiple memories", at: start) }
        let sizes = try sizeLimits()
        let pages = max(sizes.minimum, sizes.maximum ?? 0)
        if pages > 65_536 { throw .invalid(.memorySize, at: start, "\(pages) pages") }
        try checkOrder(sizes, at: start)
        return MemoryType(limits: sizes)
    }

    mutating func globalType() throws(WasmError) -> GlobalType {
        let value = try cursor.valueType()
        let start = cursor.offset
        let flag = try cursor.u8()
        guard flag <= 1 else { throw .malformed(.mutability, at: start, "0x" + Hex.encode([flag])) }
        return GlobalType(value: value, isMutable: flag == 1)
    }
}
