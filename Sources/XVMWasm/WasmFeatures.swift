// SPDX-License-Identifier: Apache-2.0
// Which parts of WebAssembly are accepted, and the names of those that are not.

/// Optional parts of WebAssembly 2.0. What is not among them is always accepted: WebAssembly 1.0, mutable globals across the
/// border, sign extension, saturating conversions, multi-value, bulk memory.
package struct WasmFeatures: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// References as values, several tables, and the instructions on them.
    package static let referenceTypes = WasmFeatures(rawValue: 1)
    /// Vectors of 128 bits.
    package static let simd = WasmFeatures(rawValue: 2)

    /// No optional part.
    package static let wasm1Plus: WasmFeatures = []
    /// What the translator takes, and so the default.
    package static let translated: WasmFeatures = .wasm2
    /// All of WebAssembly 2.0.
    package static let wasm2: WasmFeatures = [.referenceTypes, .simd]

    /// Refuses a value type that is outside the accepted set.
    @inline(__always)
    func require(_ type: ValueType, at offset: Int) throws(WasmError) {
        switch type {
        case .i32, .i64, .f32, .f64: return
        case .v128: try require(.simd, "v128", at: offset)
        case .funcref: try require(.referenceTypes, "funcref as a value", at: offset)
        case .externref: try require(.referenceTypes, "externref", at: offset)
        }
    }

    func require(_ feature: WasmFeatures, _ what: @autoclosure () -> String, at offset: Int) throws(WasmError) {
        if !contains(feature) { throw .unsupported((feature == .simd ? "SIMD: " : "reference types: ") + what(), at: offset) }
    }

    /// The feature to which a first opcode byte belongs that is off or that WebAssembly 2.0 does not have.
    static func feature(ofOpcode byte: UInt8) -> String? {
        switch byte {
        case 0x06...0x0a, 0x18, 0x19, 0x1f: "exception handling"
        case 0x12: "tail calls: return_call"
        case 0x13: "tail calls: return_call_indirect"
        case 0x14, 0x15, 0xd4, 0xd5, 0xd6: "typed function references"
        case 0xd3, 0xfb: "garbage collection"
        case 0xfd: "SIMD"
        case 0xfe: "threads"
        default: nil
        }
    }

    /// The feature to which a type byte belongs that WebAssembly 2.0 does not have.
    static func feature(ofType byte: UInt8) -> String? {
        switch byte {
        case 0x63, 0x64: "typed function references"
        case 0x6a...0x6e, 0x71...0x73: "garbage collection"
        case 0x69, 0x74: "exception handling"
        default: nil
        }
    }
}
