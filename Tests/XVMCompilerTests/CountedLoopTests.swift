// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XVMCompiler
import XVMWasm

@Suite(.enabled(if: NativeCompiler.any != nil, "no C compiler on PATH")) struct CountedLoopTests {
    struct Row: Sendable {
        var name: String
        var step: UInt32
        var goesOn: @Sendable (UInt32, UInt32) -> Bool
    }

    static func signed(_ value: UInt32) -> Int32 { Int32(bitPattern: value) }

    static let rows: [Row] = [
        Row(name: "lt_u_up1", step: 1) { $0 < $1 }, Row(name: "lt_s_up3", step: 3) { signed($0) < signed($1) },
        Row(name: "le_u_up7", step: 7) { $0 <= $1 }, Row(name: "le_s_up1", step: 1) { signed($0) <= signed($1) },
        Row(name: "gt_u_down1", step: 0 &- 1) { $0 > $1 }, Row(name: "gt_s_down5", step: 0 &- 5) { signed($0) > signed($1) },
        Row(name: "ge_u_down2", step: 0 &- 2) { $0 >= $1 }, Row(name: "ge_s_down3", step: 0 &- 3) { signed($0) >= signed($1) },
        Row(name: "ne_up1", step: 1) { $0 != $1 }, Row(name: "ne_down1", step: 0 &- 1) { $0 != $1 },
        Row(name: "ne_up4", step: 4) { $0 != $1 }, Row(name: "ne_down8", step: 0 &- 8) { $0 != $1 },
        Row(name: "lt_u_down1", step: 0 &- 1) { $0 < $1 },
    ]

    static let limit: Int64 = 20_000
    static let turnCost: Int64 = 11

    /// What the definition gives: turns by turning. Entering costs 1 (loop), a turn 11, the rest 2.
    static func expected(_ row: Row, _ start: UInt32, _ bound: UInt32) -> Ending {
        var (counter, turns) = (start, Int64(0))
        repeat {
            counter = counter &+ row.step
            turns += 1
            if 1 + turns * turnCost > limit { return Contract.outOfGas }
        } while row.goesOn(counter, bound)
        let gas = 1 + turns * turnCost + 2
        return gas > limit ? Contract.outOfGas : .returned(gas: gas, [UInt64(counter), UInt64(turns)])
    }

    static let values: [UInt32] = [
        0, 1, 2, 3, 7, 8, 63, 64, 1000, 0x7fff_fff0, 0x7fff_fffe, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0x8000_0010, 0xffff_fff8,
        0xffff_fffd, 0xffff_fffe, 0xffff_ffff,
    ]

    /// Goal: turns, values and gas of each kind of counted loop for bounds around every wrap, against turning in Swift: one turn,
    /// many, so many that gas does not last (2^32 among them), steps that miss the bound.
    @Test("a counted loop turns, ends and costs as the definition says", arguments: NativeCompiler.all, GasPlacement.allCases)
    func turns(compiler: NativeCompiler, placement: GasPlacement) throws {
        let contract = try Contract("loops", placement: placement, compiler: compiler)
        for row in Self.rows {
            let pairs = Self.values.flatMap { start in Self.values.map { (start, $0) } }
            let calls = pairs.map {
                Contract.Call("count_\(row.name)", UInt64($0.0), UInt64($0.1), gas: Self.limit)
            }
            let endings = try contract.run(calls).endings
            for (index, (start, bound)) in pairs.enumerated() {
                #expect(endings[index + 1] == Self.expected(row, start, bound), "\(row.name) \(start) \(bound)")
            }
        }
    }

    @Test("most kinds of counted loops have a clone, and those that may wrap at once have none")
    func clones() throws {
        let module = try Contract.module("loops")
        let code = try Translator.emit(module, schedule: try Contract.schedule("unit"))
        let text = String(decoding: code.parts[0], as: UTF8.self)
        // All but count_lt_u_down1, whose counter moves away from its bound, and the outer loop of nest.
        #expect(text.components(separatedBy: "u64 u = ").count - 1 == module.functions.count - 4)
        var options = Translator.Options()
        options.placement = .perRun
        let plain = try Translator.emit(module, schedule: try Contract.schedule("unit"), options: options)
        #expect(!String(decoding: plain.parts[0], as: UTF8.self).contains("u64 u = "))
    }

    /// Calls, each in a fresh context, of which several leave memory.
    static let memoryCalls: [(call: Contract.Call, ending: Ending?)] = {
        let page: UInt64 = 65536
        func down(_ value: UInt64) -> UInt64 { 0x1_0000_0000 - value }
        return [
            (Contract.Call("stride", 0, 1, page), .returned(gas: 2 + 10 * 65536, [page])),
            (Contract.Call("stride", 0, 1, page + 1), .trapped(5)), (Contract.Call("stride", 0, 7, page), nil),
            (Contract.Call("stride", 65535, 1, 3), nil), (Contract.Call("stride", 65536, 1, 3), .trapped(5)),
            (Contract.Call("stride", 10, down(1), 5), nil),
            // The step is zero: the loop never ends, gas does.
            (Contract.Call("stride", 1, 0, 5, gas: 10000), Contract.outOfGas),
            (Contract.Call("stride", 1, 0, 1), .returned(gas: 12, [1])),
            // The counter wraps: 5, 5 - 1 = 4 ... 0, 2^32 - 1.
            (Contract.Call("stride", 5, down(1), page), .returned(gas: 2 + 10 * 6, [down(1)])),
            (Contract.Call("stride", 8, 0x8000_0000, 9), .returned(gas: 12, [0x8000_0008])),
            (Contract.Call("stride", 60000, 0x7fff_ffff, 61000), nil),
            (Contract.Call("dead_up", 0, 8191), nil), (Contract.Call("dead_up", 0, 8192), .trapped(5)),
            (Contract.Call("dead_up", page - 16, 1), nil), (Contract.Call("dead_up", page - 15, 1), .trapped(5)),
            // The sum wraps to 8: no trap. One before it, 2^32 - 8 is read first.
            (Contract.Call("dead_up", down(8), 1), .trapped(5)), (Contract.Call("dead_up", 0, 0, gas: 200_000), .trapped(5)),
            (Contract.Call("dead_down", page - 4, 16384), nil), (Contract.Call("dead_down", page - 4, 16385), .trapped(5)),
            (Contract.Call("dead_down", page - 3, 1), .trapped(5)), (Contract.Call("dead_down", 0, 1), nil),
            (Contract.Call("dead_down", 4, 3), .trapped(5)), (Contract.Call("dead_down", 8, 0, gas: 100_000), .trapped(5)),
            (Contract.Call("mixed", 2, 100, 1), nil), (Contract.Call("mixed", 1, 1, 0), .trapped(5)),
            (Contract.Call("mixed", page - 4, 1, 0), nil), (Contract.Call("mixed", page - 8, 3, 0), .trapped(5)),
            // The look-up that nobody uses leaves memory at the last turn.
            (Contract.Call("mixed", 2, 5, 16383), nil), (Contract.Call("mixed", 2, 6, 16384), .trapped(5)),
            (Contract.Call("divide", 9), .returned(gas: 1 + 16 * 7, [333, 0x7ff8_0000_0000_0000])),
            (Contract.Call("divide", 2), .trapped(2)), (Contract.Call("divide", 0), .trapped(2)),
            (Contract.Call("nest", 7), nil), (Contract.Call("exit", 5, 0), .returned(gas: 56, [76])),
            (Contract.Call("exit", 5, 1), .returned(gas: 50, [15])), (Contract.Call("count_zero", 10), nil),
            (Contract.Call("count_zero", 9, gas: 10000), Contract.outOfGas), (Contract.Call("count_turned", 3, 12), nil),
        ]
    }()

    static let builds: [NativeCompiler] = NativeCompiler.all.flatMap { compiler in
        ["-O0", "-O1", "-O2"].map { compiler.with(level: $0) }
    }

    /// Goal: the clone without forced reads is entered only where nothing can leave memory, so trap, result and gas are those of
    /// the plain definition; and the border of gas stays where it is: U returns, U - 1 does not.
    @Test("accesses of counted loops trap where the definition's do, and gas ends where it ends", arguments: builds)
    func memory(build: NativeCompiler) throws {
        let plain = try Contract("loops", placement: .perRun, compiler: build)
        let cloned = try Contract("loops", compiler: build)
        let calls = Self.memoryCalls.map(\.call)
        let (one, other) = (try plain.run(calls).endings, try cloned.run(calls).endings)
        for (index, (call, expected)) in Self.memoryCalls.enumerated() {
            #expect(one[index + 1] == other[index + 1], "\(call)")
            if let expected { #expect(other[index + 1] == expected, "\(call)") }
        }
        var bordered: [Contract.Call] = []
        for (index, call) in calls.enumerated() {
            guard let gas = other[index + 1].gas else { continue }
            for change in [0, 1, 2, 9, 10, 11, 12] as [Int64] where change <= gas {
                var call = call
                call.gas = gas - change
                bordered.append(call)
            }
        }
        for (call, ending) in zip(bordered, try cloned.run(bordered).endings.dropFirst()) {
            let free = try #require(
                zip(calls, other.dropFirst()).first { $0.0.export == call.export && $0.0.slots == call.slots })
            #expect(ending == (call.gas == free.1.gas ? free.1 : Contract.outOfGas), "\(call)")
        }
    }

    @Test("overlapping streams are copied byte by byte, and computed NaNs are canonical", arguments: builds)
    func contents(build: NativeCompiler) throws {
        for placement in GasPlacement.allCases {
            let contract = try Contract("loops", placement: placement, compiler: build)
            let canonical: UInt64 = 0x7ff8_0000_0000_0000
            let (one, two): (UInt64, UInt64) = (0x3ff0_0000_0000_0000, 0x4000_0000_0000_0000)
            let calls = [
                Contract.Call("copy", 3, 0, 40), Contract.Call("load64", 0), Contract.Call("load64", 8),
                Contract.Call("load64", 36),
                Contract.Call("load8", 99), Contract.Call("copy", 99, 100, 4),
                Contract.Call("store64", 1024, one), Contract.Call("store64", 1032, 0xfff8_0000_dead_beef),
                Contract.Call("store64", 1040, 0x7ff0_0000_0000_0001), Contract.Call("store64", 2056, one),
                Contract.Call("axpy", 2048, 1024, two, 5), Contract.Call("load64", 2048), Contract.Call("load64", 2056),
                Contract.Call("load64", 2064), Contract.Call("load64", 2072),
            ]
            let endings = try contract.run(calls).endings.dropFirst()
            #expect(endings.allSatisfy { $0.slots != nil })
            let values = endings.compactMap { $0.slots?.first }
            // Three bytes run on and on; the second copy moves zeros.
            var bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8] + [UInt8](repeating: 0, count: 56)
            for index in 0..<40 { bytes[3 + index] = bytes[index] }
            func word(_ address: Int) -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(bytes[address + $1]) << UInt64(8 * $1) } }
            #expect(values == [word(0), word(8), word(36), 0, two, canonical, canonical, 0])
        }
    }
}
