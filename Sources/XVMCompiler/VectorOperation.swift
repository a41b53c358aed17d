// SPDX-License-Identifier: Apache-2.0
// The instructions on vectors as rows: what they take, what they give, the helper that does it (PreludeVectors.swift).

import XVMWasm

struct VectorOperation: Sendable {
    enum Form: Sendable {
        /// Operands in, one value out; with a lane number behind the operands, where there is one.
        case plain(hasLane: Bool)
        /// `prefix address suffix`: one value of memory, made to a vector.
        case load
        case store
        /// One lane of the vector operand is read or written.
        case loadLane
        case storeLane
        case constant
        case shuffle
    }

    var form: Form
    /// From below to the top of the stack.
    var operands: [ValueType]
    /// Of `plain`; the others that give something give a vector.
    var result: ValueType
    /// The helper's name.
    var helper: [UInt8]
    /// Of memory instructions: how memory is read or written, and bytes.
    var access: [UInt8] = []
    var size: UInt64 = 0

    /// The row of a vector instruction.
    @inline(__always)
    static func of(_ opcode: Opcode) -> VectorOperation? {
        opcode.rawValue >= 0xfd00 ? rows[Int(opcode.rawValue & 0xff)] : nil
    }

    private static let rows: [VectorOperation?] = {
        var rows = [VectorOperation?](repeating: nil, count: 0x100)
        for opcode in Opcode.allCases where opcode.rawValue >= 0xfd00 { rows[Int(opcode.rawValue & 0xff)] = row(opcode) }
        return rows
    }()

    private static let unaries: Set<String> = ["not", "abs", "neg", "popcnt", "ceil", "floor", "trunc", "nearest", "sqrt"]
    private static let unaryPrefixes = ["extadd", "extend", "demote", "promote", "trunc_sat", "convert"]

    /// Everything follows from the name.
    private static func row(_ opcode: Opcode) -> VectorOperation {
        let parts = opcode.mnemonic.split(separator: ".").map(String.init)
        let (shape, name) = (parts[0], parts[1])
        func operation(_ form: Form, _ operands: [ValueType], _ result: ValueType = .v128) -> VectorOperation {
            VectorOperation(form: form, operands: operands, result: result, helper: Array("\(shape)_\(name)".utf8))
        }
        func memory(_ form: Form, _ operands: [ValueType], _ bits: Int, _ helper: String) -> VectorOperation {
            VectorOperation(
                form: form, operands: operands, result: .v128, helper: Array(helper.utf8),
                access: Array("*(m\(bits == 128 ? "v" : "u")\(bits) *)".utf8), size: UInt64(bits / 8))
        }
        switch (shape, name) {
        case ("v128", "const"): return operation(.constant, [])
        case ("v128", "load"): return memory(.load, [.i32], 128, "")
        case ("v128", "store"): return memory(.store, [.i32, .v128], 128, "")
        case ("i8x16", "shuffle"): return operation(.shuffle, [.v128, .v128])
        case ("v128", "bitselect"): return operation(.plain(hasLane: false), [.v128, .v128, .v128])
        default: break
        }
        let digits = name.drop { !$0.isNumber }.prefix { $0.isNumber }
        if shape == "v128", name.hasPrefix("load") || name.hasPrefix("store"), let bits = Int(digits) {
            let lanes = "i\(bits)x\(128 / bits)"
            if name.hasSuffix("_splat") { return memory(.load, [.i32], bits, lanes + "_splat") }
            if name.hasPrefix("load"), name.hasSuffix("_lane") {
                return memory(.loadLane, [.i32, .v128], bits, lanes + "_replace_lane")
            }
            if name.hasSuffix("_lane") {
                return memory(.storeLane, [.i32, .v128], bits, lanes + (bits < 32 ? "_extract_lane_u" : "_extract_lane"))
            }
            return memory(.load, [.i32], name.contains("x") ? 64 : bits, "v128_\(name)")
        }
        let scalar: ValueType = shape == "f32x4" ? .f32 : shape == "f64x2" ? .f64 : shape == "i64x2" ? .i64 : .i32
        if name == "splat" { return operation(.plain(hasLane: false), [scalar]) }
        if name.hasPrefix("extract_lane") { return operation(.plain(hasLane: true), [.v128], scalar) }
        if name == "replace_lane" { return operation(.plain(hasLane: true), [.v128, scalar]) }
        if ["any_true", "all_true", "bitmask"].contains(name) { return operation(.plain(hasLane: false), [.v128], .i32) }
        if ["shl", "shr_s", "shr_u"].contains(name) { return operation(.plain(hasLane: false), [.v128, .i32]) }
        if unaries.contains(name) || unaryPrefixes.contains(where: { name.hasPrefix($0) }) {
            return operation(.plain(hasLane: false), [.v128])
        }
        return operation(.plain(hasLane: false), [.v128, .v128])
    }
}
