// SPDX-License-Identifier: Apache-2.0
// Every limit both ways: at the limit a module is accepted, one above it is refused by that limit's name.

import Testing
import XVMWasm

@Suite("Limits")
struct LimitTests {
    /// Sets one limit to `value` and expects `bytes` to pass; sets it one lower and expects `what`.
    private func border(
        _ limit: WritableKeyPath<WasmLimits, Int>, _ value: Int, _ what: String, _ bytes: [UInt8],
        features: WasmFeatures = .wasm1Plus, _ location: SourceLocation = #_sourceLocation
    ) throws {
        var limits = WasmLimits()
        limits[keyPath: limit] = value
        #expect(throws: Never.self, sourceLocation: location) {
            try Module(validating: bytes, limits: limits, features: features)
        }
        limits[keyPath: limit] = value - 1
        let kind = WasmError.Kind.limitExceeded(what: what, value: UInt64(value), limit: UInt64(value - 1))
        do {
            _ = try Module(validating: bytes, limits: limits, features: features)
            Issue.record("accepted above the limit", sourceLocation: location)
        } catch {
            #expect(error.kind == kind, "\(error)", sourceLocation: location)
        }
    }

    private let types = section(1, vector([[0x60, 0, 0]]))

    @Test("sizes and counts of sections")
    func sections() throws {
        let empty: [UInt8] = [0x60, 0, 0]
        try border(\.moduleSize, 8, "module size", sample())
        try border(\.types, 3, "number of types", sample(section(1, vector([empty, empty, empty]))))
        try border(
            \.parameters, 3, "number of parameters", sample(section(1, vector([[0x60, 3, 0x7f, 0x7f, 0x7f, 0]]))))
        try border(\.results, 2, "number of results", sample(section(1, vector([[0x60, 0, 2, 0x7f, 0x7f]]))))
        try border(
            \.imports, 2, "number of imports",
            sample(types, section(2, vector([[0, 0, 0, 0], [0, 0, 0, 0]]))))
        try border(
            \.functions, 2, "number of functions",
            sample(types, section(3, vector([[0], [0]])), section(10, vector([body([0x0b]), body([0x0b])]))))
        let global: [UInt8] = [0x7f, 0, 0x41, 0, 0x0b]
        try border(\.globals, 2, "number of globals", sample(section(6, vector([global, global]))))
        try border(
            \.exports, 2, "number of exports",
            sample(section(5, vector([[0, 1]])), section(7, vector([name("a") + [2, 0], name("b") + [2, 0]]))))
        try border(\.nameSize, 4, "name size", sample(section(0, name("abcd"))))
        try border(\.tableSize, 5, "size of all tables", sample(section(4, vector([[0x70, 0, 5]]))))
    }

    @Test("several tables count together, imported ones too")
    func tables() throws {
        let imported = section(2, vector([[0, 0, 1, 0x70, 0, 2], [0, 0, 1, 0x6f, 0, 0]]))
        let bytes = sample(imported, section(4, vector([[0x70, 0, 3], [0x6f, 1, 4, 5]])))
        try border(\.tables, 4, "number of tables", bytes, features: .wasm2)
        try border(\.tables, 2, "number of tables", sample(imported), features: .wasm2)
        try border(\.tableSize, 9, "size of all tables", bytes, features: .wasm2)
    }

    @Test("segments")
    func segments() throws {
        let memory = section(5, vector([[0, 1]]))
        let table = section(4, vector([[0x70, 0, 9]]))
        let functions = section(3, vector([[0]]))
        let code = section(10, vector([body([0x0b])]))
        try border(
            \.dataSegments, 2, "number of data segments", sample(memory, section(11, vector([[1, 1, 7], [1, 1, 7]]))))
        try border(
            \.dataSegments, 2, "number of data segments", sample(section(12, [2]), section(11, vector([[1, 0], [1, 0]]))))
        try border(
            \.dataSize, 5, "size of all data segments", sample(memory, section(11, vector([[1, 2, 7, 7], [1, 3, 7, 7, 7]]))))
        try border(
            \.elementSegments, 2, "number of element segments",
            sample(types, functions, table, section(9, vector([[1, 0, 0], [1, 0, 0]])), code))
        try border(
            \.elementItems, 3, "number of element items",
            sample(types, functions, table, section(9, vector([[1, 0, 1, 0], [1, 0, 2, 0, 0]])), code))
    }

    @Test("functions")
    func functions() throws {
        let plain = oneFunction(locals: [(3, 0x7f), (4, 0x7e)], [0x01, 0x0b])
        try border(\.locals, 7, "number of locals", plain)
        try border(
            \.moduleLocals, 8, "number of parameters and locals of all functions",
            oneFunction(type: [0x60, 1, 0x7f, 0], locals: [(7, 0x7f)], [0x0b]))
        try border(\.bodySize, 4, "body size", oneFunction([0x01, 0x01, 0x0b]))
        try border(\.nesting, 2, "nesting depth", oneFunction([0x02, 0x40, 0x03, 0x40, 0x0b, 0x0b, 0x0b]))
        try border(
            \.operandStack, 2, "operand stack height", oneFunction([0x41, 0, 0x41, 0, 0x1a, 0x1a, 0x0b]))
        let table: [UInt8] = [0x41, 0, 0x0e, 2, 0, 0, 0]
        try border(\.branchTargets, 2, "branch table length", oneFunction(table + [0x0b]))
        try border(
            \.branchTargets, 4, "branch table entries of the function", oneFunction(table + table + [0x0b]))
        try border(
            \.moduleBranchTargets, 4, "branch table entries of the module", oneFunction(table + table + [0x0b]))
        // A block of one result moves it at its end twice: off the block's stack and on to the outer one.
        try border(\.valueMoves, 2, "number of values moved", oneFunction([0x02, 0x7f, 0x41, 0, 0x0b, 0x1a, 0x0b]))
    }

    @Test("four billion locals are refused without being made")
    func hugeLocals() {
        let bytes = oneFunction(locals: [(0xffff_ffff, 0x7f)], [0x0b])
        let limit = WasmError.Kind.limitExceeded(what: "number of locals", value: 0xffff_ffff, limit: 50_000)
        #expect(throws: WasmError.self) { try Module(validating: bytes) }
        do { _ = try Module(validating: bytes) } catch { #expect(error.kind == limit) }
        let more = oneFunction(locals: [(0xffff_ffff, 0x7f), (1, 0x7e)], [0x0b])
        do { _ = try Module(validating: more) } catch { #expect(error.kind == .malformed(.tooManyLocals)) }
    }

    @Test("an announced count that the bytes cannot hold reserves nothing")
    func hollowCounts() {
        for id in [UInt8(1), 2, 3, 6, 7, 9, 10, 11] {
            // 10,000 entries announced, none there.
            let bytes = sample(section(id, [0x90, 0x4e]))
            do {
                _ = try Module(validating: bytes)
                Issue.record("section \(id) accepted")
            } catch {
                switch error.kind {
                case .malformed(.unexpectedEnd), .malformed(.functionAndCodeCount), .limitExceeded: break
                case .malformed, .invalid, .unsupported: Issue.record("section \(id): \(error)")
                }
            }
        }
        let bytes = oneFunction([0x41, 0, 0x0e, 0xff, 0x7f, 0, 0x0b])
        do { _ = try Module(validating: bytes) } catch { #expect(error.kind == .malformed(.unexpectedEnd)) }
    }

    @Test("ten thousand nested blocks are validated without recursion")
    func deepNesting() throws {
        let depth = 10_000
        let code = Array(repeating: [UInt8(0x02), 0x40], count: depth).flatMap { $0 } + Array(repeating: 0x0b, count: depth + 1)
        let module = try Module(validating: oneFunction(code))
        #expect(module.functions[0].body.count == code.count)
    }
}
