// SPDX-License-Identifier: Apache-2.0

import Testing
import XVMCompiler
import XVMCore
import XVMWasm

@Suite struct GasScheduleTests {
    private static func load(_ name: String) throws -> GasSchedule {
        try GasSchedule(parsing: try Repository.bytes("policies/gas/\(name).json"))
    }

    private static func parse(_ text: String) throws -> GasSchedule { try GasSchedule(parsing: Array(text.utf8)) }

    /// XVM's published table, written out a second time by cost so that a slip in the file shows.
    private static let published: [(cost: Int64, names: String)] = [
        (0, "block loop if else end nop unreachable i32.const i64.const f32.const f64.const"),
        (
            1,
            """
            i32.add i32.sub i32.and i32.or i32.xor i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s \
            i32.le_u i32.ge_s i32.ge_u i64.add i64.sub i64.and i64.or i64.xor i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u \
            i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u i64.popcnt
            """
        ),
        (
            2,
            """
            br br_table call return memory.size i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr i64.shl i64.shr_s i64.shr_u \
            i64.rotl i64.rotr
            """
        ),
        (
            3,
            """
            br_if call_indirect drop select local.get local.set local.tee global.get global.set i32.load i64.load \
            i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load8_s i64.load8_u i64.load16_s i64.load16_u \
            i64.load32_s i64.load32_u i32.store i64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32 i32.mul \
            i64.mul i32.popcnt i32.wrap_i64 i64.extend_i32_s i64.extend_i32_u i64.extend8_s i64.extend16_s i64.extend32_s \
            i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s \
            i64.trunc_f64_u i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u \
            i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u i32.reinterpret_f32 \
            i64.reinterpret_f64
            """
        ),
        (80, "i32.div_s i32.div_u i32.rem_s i32.rem_u i64.div_s i64.div_u i64.rem_s i64.rem_u"),
        (105, "i32.clz i32.ctz i64.clz i64.ctz"),
    ]

    @Test("every opcode has the cost of XVM's published table", arguments: ["xuper", "xuper-2.0"])
    func xuperTable(name: String) throws {
        let schedule = try Self.load(name)
        #expect(schedule.name == name)
        #expect(!schedule.callEndsRun)
        #expect(schedule.callDepthMax == 500)
        var expected: [String: Int64] = [:]
        for row in Self.published {
            for mnemonic in row.names.split(separator: " ") { expected[String(mnemonic)] = row.cost }
        }
        if name == "xuper-2.0" { expected["memory.size"] = 10_000_000 }
        #expect(Mnemonic.all.count == 437)
        for row in Mnemonic.all {
            let cost = row.name == "else" ? 0 : (expected[row.name] ?? 100_000)
            #expect(schedule.cost(row.opcode) == cost, "\(row.name)")
            #expect(schedule.unitCost(row.opcode) == 0)
        }
        for mnemonic in expected.keys { #expect(Mnemonic.opcode(named: mnemonic) != nil, "\(mnemonic)") }
    }

    @Test("the two xuper schedules differ in memory.size alone, and in their hash")
    func twoXuperSchedules() throws {
        let (one, other) = (try Self.load("xuper"), try Self.load("xuper-2.0"))
        #expect(Mnemonic.all.filter { one.cost($0.opcode) != other.cost($0.opcode) }.map(\.name) == ["memory.size"])
        #expect(one.hash != other.hash)
        #expect(one.hash == SHA256.hash(try Repository.bytes("policies/gas/xuper.json")))
    }

    @Test("unit charges 1 for every instruction but the marks end and else")
    func unitTable() throws {
        let schedule = try Self.load("unit")
        #expect(schedule.callEndsRun)
        #expect(schedule.callDepthMax == nil)
        for row in Mnemonic.all { #expect(schedule.cost(row.opcode) == (row.name == "end" || row.name == "else" ? 0 : 1)) }
    }

    @Test("an unknown instruction is refused by its name")
    func unknownMnemonic() throws {
        #expect(throws: CompilerError.scheduleMnemonic(key: "i32.addd", at: "costs")) {
            try Self.parse(#"{"name":"a","callEndsRun":true,"default":1,"costs":{"i32.addd":1}}"#)
        }
        #expect(throws: CompilerError.scheduleMnemonic(key: "end", at: "costs")) {
            try Self.parse(#"{"name":"a","callEndsRun":true,"default":1,"costs":{"end":1}}"#)
        }
        #expect(throws: CompilerError.scheduleMnemonic(key: "i32.add", at: "perUnit")) {
            try Self.parse(#"{"name":"a","callEndsRun":true,"default":1,"costs":{},"perUnit":{"i32.add":1}}"#)
        }
    }

    @Test("an unknown or missing key is refused by its name")
    func keys() throws {
        #expect(throws: CompilerError.scheduleShape(JSONTypeError(path: "", problem: .unknownKey("costss")))) {
            try Self.parse(#"{"name":"a","callEndsRun":true,"default":1,"costs":{},"costss":{}}"#)
        }
        #expect(throws: CompilerError.scheduleShape(JSONTypeError(path: "", problem: .missingKey("callEndsRun")))) {
            try Self.parse(#"{"name":"a","default":1,"costs":{}}"#)
        }
    }

    @Test(
        "a cost that is negative, too large or no integer is refused with its place",
        arguments: [("-1", true), ("2147483648", true), ("1.0", false), ("\"1\"", false)])
    func badCosts(text: String, isRange: Bool) throws {
        let error = #expect(throws: CompilerError.self) {
            try Self.parse(#"{"name":"a","callEndsRun":true,"default":1,"costs":{"i32.add":\#(text)}}"#)
        }
        guard case .scheduleShape(let shape) = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(shape.path == "costs.i32.add")
        if case .outOfRange = shape.problem { #expect(isRange) } else { #expect(!isRange) }
    }

    @Test("per-unit costs are read for bulk operations")
    func unitCosts() throws {
        let schedule = try Self.parse(
            #"{"name":"a","callEndsRun":true,"default":1,"costs":{},"perUnit":{"memory.fill":7}}"#)
        #expect(schedule.unitCost(.memoryFill) == 7)
        #expect(schedule.unitCost(.memoryCopy) == 0)
    }

    @Test("text that is no JSON is refused with its place")
    func notJSON() throws {
        let error = #expect(throws: CompilerError.self) { try Self.parse("{\n  name") }
        guard case .scheduleSyntax(let syntax) = error else {
            Issue.record("\(error as Any)")
            return
        }
        #expect(syntax.line == 2)
    }
}
