// SPDX-License-Identifier: Apache-2.0
// What an instruction costs. A schedule is data: a JSON file whose hash is part of the cache key and of every Outcome.
// docs/gas.md is the text of the format and of the rules.

package import XVMCore
package import XVMWasm

/// A gas schedule, checked.
package struct GasSchedule: Sendable {
    /// `[a-z0-9.-]`, 1 to 32 bytes.
    package let name: String
    /// Whether `call` and `call_indirect` end a run. If not, the rest of the run is paid before the call.
    package let callEndsRun: Bool
    /// Most Wasm frames of a context (`frameLimit` of an Invocation), nil: no such bound.
    package let callDepthMax: UInt32?
    /// SHA-256 of the file's bytes.
    package let hash: [UInt8]

    private let unitCosts: [Opcode: Int64]

    /// Largest cost of one instruction. With it a function body's sum stays far below 2^63.
    package static let costMax: Int64 = 0x7fff_ffff
    /// Largest cost of one byte, page or table entry: 2^32 of them stay below 2^53.
    package static let unitCostMax: Int64 = 1 << 20
    /// The file's size and nesting.
    package static let jsonLimits = JSONLimits(sizeMax: 65536, depthMax: 4)

    /// Instructions whose cost may depend on an operand: bytes for memory.*, pages for memory.grow, entries for table.*.
    package static let unitMnemonics = [
        "memory.init", "memory.copy", "memory.fill", "memory.grow", "table.init", "table.copy", "table.grow", "table.fill",
    ]

    /// Cost of one instruction. `end` and `else` cost nothing under every schedule, because no control flow executes them.
    package func cost(_ opcode: Opcode) -> Int64 { costTable.cost(opcode) }

    /// The costs alone, for the loop over a body.
    struct CostTable: Sendable {
        fileprivate var costs: [Int64]
        fileprivate var defaultCost: Int64

        @inline(__always)
        func cost(_ opcode: Opcode) -> Int64 {
            guard let slot = GasSchedule.slot(opcode) else { return defaultCost }
            return costs[slot]
        }
    }

    let costTable: CostTable

    /// Cost per byte, page or entry on top of `cost`.
    package func unitCost(_ opcode: Opcode) -> Int64 { unitCosts[opcode] ?? 0 }

    /// Reads a schedule file.
    package init(parsing bytes: [UInt8]) throws(CompilerError) {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes, limits: Self.jsonLimits) } catch { throw .scheduleSyntax(error) }
        do { self = try Self(value, hash: SHA256.hash(bytes)) } catch let error as CompilerError { throw error } catch let error
            as JSONTypeError
        { throw .scheduleShape(error) } catch { preconditionFailure("closed error types") }
    }

    private init(_ value: JSONValue, hash: [UInt8]) throws {
        let top = try value.object(at: "")
        try top.refuseKeys(
            otherThan: ["comment", "name", "callEndsRun", "callDepthMax", "default", "costs", "perUnit"], at: "")
        if let comment = top["comment"] { _ = try comment.string(at: "comment") }
        let name = try top.required("name", at: "").string(at: "name")
        let isPlain = name.utf8.allSatisfy {
            (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2e || $0 == 0x2d
        }
        guard isPlain, (1...32).contains(name.utf8.count) else { throw CompilerError.scheduleMnemonic(key: name, at: "name") }
        let defaultCost = try Self.cost(top.required("default", at: ""), at: "default", max: Self.costMax)
        var costs = [Int64](repeating: defaultCost, count: 0x300)
        let given = try top.required("costs", at: "").object(at: "costs")
        for member in given.members {
            guard let opcode = Mnemonic.opcode(named: member.key), let slot = Self.slot(opcode) else {
                throw CompilerError.scheduleMnemonic(key: member.key, at: "costs")
            }
            costs[slot] = try Self.cost(member.value, at: "costs." + member.key, max: Self.costMax)
        }
        for marker in ["end", "else"] {
            guard let slot = Mnemonic.opcode(named: marker).flatMap(Self.slot) else { continue }
            if given[marker] != nil, costs[slot] != 0 { throw CompilerError.scheduleMnemonic(key: marker, at: "costs") }
            costs[slot] = 0
        }
        var unitCosts: [Opcode: Int64] = [:]
        if let object = try top["perUnit"]?.object(at: "perUnit") {
            for member in object.members {
                guard Self.unitMnemonics.contains(member.key), let opcode = Mnemonic.opcode(named: member.key) else {
                    throw CompilerError.scheduleMnemonic(key: member.key, at: "perUnit")
                }
                unitCosts[opcode] = try Self.cost(member.value, at: "perUnit." + member.key, max: Self.unitCostMax)
            }
        }
        let depth = try top["callDepthMax"]?.integer(UInt32.self, at: "callDepthMax") ?? 0
        guard depth < 0x8000_0000 else {
            let problem = JSONTypeError.Problem.outOfRange(value: Int128(depth), minimum: 0, maximum: 0x7fff_ffff)
            throw JSONTypeError(path: "callDepthMax", problem: problem)
        }
        self.name = name
        self.callEndsRun = try top.required("callEndsRun", at: "").bool(at: "callEndsRun")
        self.callDepthMax = depth == 0 ? nil : depth
        self.hash = hash
        self.costTable = CostTable(costs: costs, defaultCost: defaultCost)
        self.unitCosts = unitCosts
    }

    private static func cost(_ value: JSONValue, at path: String, max: Int64) throws(JSONTypeError) -> Int64 {
        let cost = try value.integer(Int64.self, at: path)
        guard cost >= 0, cost <= max else {
            let problem = JSONTypeError.Problem.outOfRange(value: Int128(cost), minimum: 0, maximum: Int128(max))
            throw JSONTypeError(path: path, problem: problem)
        }
        return cost
    }

    /// The opcode byte; prefix 0xfc at 0x100 + n, prefix 0xfd at 0x200 + n.
    @inline(__always)
    private static func slot(_ opcode: Opcode) -> Int? {
        switch opcode.rawValue {
        case 0...0xff: Int(opcode.rawValue)
        case 0xfc00...0xfcff: Int(opcode.rawValue) - 0xfc00 + 0x100
        case 0xfd00...0xfdff: Int(opcode.rawValue) - 0xfd00 + 0x200
        default: nil
        }
    }
}
