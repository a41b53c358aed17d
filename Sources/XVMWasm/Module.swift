// SPDX-License-Identifier: Apache-2.0
// A decoded and validated WebAssembly binary. Function bodies stay bytes: `InstructionReader` walks them.

/// What an import or export names.
package enum ExternalKind: UInt8, Sendable {
    case function = 0
    case table = 1
    case memory = 2
    case global = 3
}

/// What an import must provide.
package enum ImportType: Equatable, Sendable {
    /// Index into `Module.types`.
    case function(typeIndex: UInt32)
    case table(TableType)
    case memory(MemoryType)
    case global(GlobalType)
}

/// One import. Names are raw UTF-8 bytes of the module: hostile, compared as bytes, never emitted.
package struct Import: Sendable {
    package var module: [UInt8]
    package var name: [UInt8]
    package var type: ImportType
    /// Byte offset of the entry in the binary, for messages.
    package var offset: Int

    package init(module: [UInt8], name: [UInt8], type: ImportType, offset: Int) {
        self.module = module
        self.name = name
        self.type = type
        self.offset = offset
    }
}

/// One export. `index` counts in the index space of `kind`, imports first.
package struct Export: Sendable {
    package var name: [UInt8]
    package var kind: ExternalKind
    package var index: UInt32

    package init(name: [UInt8], kind: ExternalKind, index: UInt32) {
        self.name = name
        self.kind = kind
        self.index = index
    }
}

/// A constant expression: one instruction, as WebAssembly 2.0 allows.
package enum ConstantExpression: Equatable, Sendable {
    /// Bits of an i32 or f32 (zero-extended), i64 or f64.
    case constant(ValueType, bits: UInt64)
    /// A v128: its first eight bytes and its other eight, the first byte lowest.
    case vector(low: UInt64, high: UInt64)
    /// An imported, immutable global.
    case globalGet(UInt32)
    case refFunc(UInt32)
    case refNull(ValueType)
}

/// A function that the module defines.
package struct Function: Sendable {
    /// Index into `Module.types`.
    package var typeIndex: UInt32
    /// Runs of declared locals (parameters not included), as in the binary. The sum is limited before it is expanded.
    package var locals: [(count: UInt32, type: ValueType)]
    /// Number of declared locals, parameters not included.
    package var localCount: Int
    /// The expression's bytes in `Module.bytes`, the final `end` included.
    package var body: Range<Int>
    /// Highest operand stack height, in values, as validation saw it (unreachable code not counted).
    package var operandStackMax: Int

    package init(
        typeIndex: UInt32, locals: [(count: UInt32, type: ValueType)], localCount: Int, body: Range<Int>, operandStackMax: Int
    ) {
        self.typeIndex = typeIndex
        self.locals = locals
        self.localCount = localCount
        self.body = body
        self.operandStackMax = operandStackMax
    }
}

/// A global that the module defines.
package struct Global: Sendable {
    package var type: GlobalType
    package var initial: ConstantExpression

    package init(type: GlobalType, initial: ConstantExpression) {
        self.type = type
        self.initial = initial
    }
}

/// How a segment is used.
package enum SegmentMode: Equatable, Sendable {
    /// Copied to `index` (table or memory) at `offset` when a context begins.
    case active(index: UInt32, offset: ConstantExpression)
    case passive
    case declarative
}

/// An element segment.
package struct ElementSegment: Sendable {
    package var mode: SegmentMode
    package var type: ValueType
    package var items: [ConstantExpression]

    package init(mode: SegmentMode, type: ValueType, items: [ConstantExpression]) {
        self.mode = mode
        self.type = type
        self.items = items
    }
}

/// A data segment; its bytes are a range of `Module.bytes`.
package struct DataSegment: Sendable {
    package var mode: SegmentMode
    package var bytes: Range<Int>

    package init(mode: SegmentMode, bytes: Range<Int>) {
        self.mode = mode
        self.bytes = bytes
    }
}

/// A decoded and completely validated module. Made only by `Module.init(validating:limits:features:)` in ModuleDecoder.swift.
package struct Module: Sendable {
    /// The binary itself.
    package let bytes: [UInt8]
    package var types: [FunctionType] = []
    package var imports: [Import] = []
    /// Type index of every function, imported ones first.
    package var functionTypes: [UInt32] = []
    /// Every table, memory and global, imported ones first.
    package var tables: [TableType] = []
    package var memories: [MemoryType] = []
    package var globalTypes: [GlobalType] = []
    package var importedFunctionCount = 0
    package var importedTableCount = 0
    package var importedMemoryCount = 0
    package var importedGlobalCount = 0
    /// Defined functions; function index = importedFunctionCount + position.
    package var functions: [Function] = []
    /// Defined globals; global index = importedGlobalCount + position.
    package var globals: [Global] = []
    package var exports: [Export] = []
    package var start: UInt32?
    package var elements: [ElementSegment] = []
    package var data: [DataSegment] = []

    init(bytes: [UInt8]) { self.bytes = bytes }
}
