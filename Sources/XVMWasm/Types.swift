// SPDX-License-Identifier: Apache-2.0
// The types of the WebAssembly specification (section 2.3) as values.

/// A value type, with the byte that stands for it in the binary format (section 5.3.1 – 5.3.4).
package enum ValueType: UInt8, Sendable {
    case i32 = 0x7f
    case i64 = 0x7e
    case f32 = 0x7d
    case f64 = 0x7c
    case v128 = 0x7b
    case funcref = 0x70
    case externref = 0x6f
}

/// Parameters and results of a function or a block. Equality is structural, as `call_indirect` needs it.
package struct FunctionType: Hashable, Sendable {
    package var parameters: [ValueType]
    package var results: [ValueType]

    package init(parameters: [ValueType], results: [ValueType]) {
        self.parameters = parameters
        self.results = results
    }
}

/// Size limits of a memory (in pages of 64 KiB) or a table (in entries).
package struct SizeLimits: Hashable, Sendable {
    package var minimum: UInt32
    package var maximum: UInt32?

    package init(minimum: UInt32, maximum: UInt32?) {
        self.minimum = minimum
        self.maximum = maximum
    }
}

/// A table's element type and limits in entries.
package struct TableType: Hashable, Sendable {
    package var element: ValueType
    package var limits: SizeLimits

    package init(element: ValueType, limits: SizeLimits) {
        self.element = element
        self.limits = limits
    }
}

/// A memory's limits in pages.
package struct MemoryType: Hashable, Sendable {
    package var limits: SizeLimits

    package init(limits: SizeLimits) { self.limits = limits }
}

/// A global's value type and mutability.
package struct GlobalType: Hashable, Sendable {
    package var value: ValueType
    package var isMutable: Bool

    package init(value: ValueType, isMutable: Bool) {
        self.value = value
        self.isMutable = isMutable
    }
}

/// The type of a block, loop or if.
package enum BlockType: Equatable, Sendable {
    case empty
    case value(ValueType)
    /// Index into `Module.types`.
    case function(UInt32)
}
