// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XVMCompiler
import XVMWasm

@Suite(.enabled(if: NativeCompiler.any != nil, "no C compiler on PATH")) struct RolledLoopTests {
    /// The loops of rolled.wat and parts.wat: the name and whether its clone takes the parts of a body as turns of their own.
    static let modules: [(name: String, loops: [(name: String, isRolled: Bool)])] = [
        ("rolled", loops),
        (
            "parts",
            [
                ("set_late", true), ("set_before", true), ("moved_first", false), ("reordered", false), ("narrower", false),
                ("looked_up", false),
            ]
        ),
    ]

    static let loops: [(name: String, isRolled: Bool)] = [
        ("axpy", true), ("subtract", true), ("both", true), ("carried", false), ("negated", false), ("integers", false),
        ("integer_after", false), ("singles", true), ("fields", false), ("parts", true), ("kept", false), ("numbered", true),
        ("otherwise_numbered", false), ("crossed", false), ("mixed", false), ("bytes", true), ("temporaries", true),
        ("running", false), ("downwards", false),
    ]

    static let distances: [Int] = [
        -2056, -1024, -24, -16, -12, -8, -4, -1, 0, 1, 2, 4, 6, 8, 12, 16, 20, 24, 40, 1000, 1016, 1024, 1028, 2040, 2048, 2052,
        8000,
    ]

    /// Turns, and by how much the places lie off the NaNs that `fill` leaves. Turns enough that what stays apart in few meets in many.
    static let turns: [(Int, Int)] = [(1, 0), (2, 0), (2, 4), (3, 0), (4, 0), (5, 0), (6, 0), (31, 0), (31, 3), (200, 0)]

    /// Goal: memory, with the bits of every NaN, and gas are what the loop without clone leaves, for two ranges that are apart, that
    /// touch, that overlap by any part of a value, in both directions, and for few and many turns.
    @Test(
        "a loop that is rolled up, or whose NaNs wait, leaves the memory of the loop as it stands", arguments: NativeCompiler.all)
    func memory(compiler: NativeCompiler) throws {
        for (module, loops) in Self.modules { try memory(module, loops.map(\.name), compiler) }
    }

    private func memory(_ module: String, _ names: [String], _ compiler: NativeCompiler) throws {
        let plain = try Contract(module, placement: .perRun, compiler: compiler)
        let cloned = try Contract(module, placement: .regions, compiler: compiler)
        for name in names {
            var calls: [Contract.Call] = []
            var cases: [(Int, Int)] = []
            for distance in Self.distances {
                for (turns, shift) in Self.turns {
                    let base = 16384 + shift
                    calls.append(Contract.Call("fill"))
                    calls.append(Contract.Call(name, UInt64(base), UInt64(base + distance), UInt64(turns)))
                    calls.append(Contract.Call("sum"))
                    cases.append((distance, turns))
                }
            }
            let expected = try plain.run(calls).endings
            let endings = try cloned.run(calls).endings
            #expect(Set(expected.compactMap(\.slots)).count > 20, "\(name): the sums tell the cases apart")
            for (index, (distance, turns)) in cases.enumerated() {
                let last = 1 + 3 * index + 2
                #expect(
                    endings[last - 1] == expected[last - 1] && endings[last] == expected[last],
                    "\(name), distance \(distance), \(turns) turns")
            }
        }
    }

    @Test("bodies of equal parts are rolled up, others are not", arguments: modules.map(\.name))
    func rolled(name: String) throws {
        let module = try Contract.module(name)
        let text = String(
            decoding: try Translator.emit(module, schedule: try Contract.schedule("unit")).parts[0], as: UTF8.self)
        for (name, isRolled) in try #require(Self.modules.first { $0.name == name }).loops {
            let export = try #require(module.exports.first { $0.name == Array(name.utf8) })
            let start = try #require(
                text.range(of: " fn\(export.index)(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {"))
            let end = try #require(text.range(of: "\n}\n\n", range: start.upperBound..<text.endIndex))
            #expect(text[start.upperBound..<end.lowerBound].contains("u64 m = n * ") == isRolled, "\(name)")
        }
    }
}
