// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XVMCompiler
import XVMWasm

/// Compilers times levels: every row must give the same bits and traps.
private let builds: [NativeCompiler] = NativeCompiler.all.flatMap { compiler in
    ["-O0", "-O1", "-O2"].map { compiler.with(level: $0) }
}

@Suite(.enabled(if: NativeCompiler.any != nil, "no C compiler on PATH")) struct VectorTests {
    @Test("vectors pass through parameters, results, globals, blocks and shuffles", arguments: builds)
    func moves(build: NativeCompiler) throws {
        let contract = try Contract("simd", compiler: build)
        let (a, b): (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908)
        let (c, d): (UInt64, UInt64) = (0x1716_1514_1312_1110, 0x1f1e_1d1c_1b1a_1918)
        let calls = [
            Contract.Call("swap", a, b), Contract.Call("swap", c, d), Contract.Call("pair", a, b, 7, c, d),
            Contract.Call("pick", a, b, c, d, 1), Contract.Call("pick", a, b, c, d, 0), Contract.Call("shuffle", a, b, c, d),
        ]
        let expected: [[UInt64]?] = [
            [1, 2], [a, b], [c, d, 7, a, b], [a, b], [c, d], [0x0312_0211_0110_001f, 0x0716_0615_0514_0413],
        ]
        #expect(try contract.run(calls).endings.dropFirst().map(\.slots) == expected)
    }

    @Test("computed NaNs are canonical in every lane, moved ones keep their bits", arguments: builds)
    func nan(build: NativeCompiler) throws {
        let contract = try Contract("simd", compiler: build)
        let canonical: UInt64 = 0x7ff8_0000_0000_0000
        let (one, two): (UInt64, UInt64) = (0x3ff0_0000_0000_0000, 0x4000_0000_0000_0000)
        let (quiet, signalling): (UInt64, UInt64) = (0xfff8_0000_dead_beef, 0x7ff0_0000_0000_0001)
        let calls = [
            Contract.Call("add", quiet, one, one, one), Contract.Call("add", one, signalling, one, quiet),
            Contract.Call("demote", quiet, one), Contract.Call("splat", quiet, one), Contract.Call("lane", 0, 0xffa0_1234),
            Contract.Call("swap", quiet, signalling), Contract.Call("swap", 0, 0),
        ]
        let expected: [[UInt64]?] = [
            [canonical, two], [two, canonical], [0x3f80_0000_7fc0_0000, 0], [canonical, canonical], [0xffa0_1234], [1, 2],
            [quiet, signalling],
        ]
        #expect(try contract.run(calls).endings.dropFirst().map(\.slots) == expected)
    }

    /// Goal: accesses of vectors trap at the border of memory, used or not, in counted loops too, under both placements alike.
    @Test("vector accesses that leave memory trap, dead ones included", arguments: builds)
    func bounds(build: NativeCompiler) throws {
        let page: UInt64 = 65536
        let trap = Ending.trapped(5)
        for placement in GasPlacement.allCases {
            let contract = try Contract("simd", placement: placement, compiler: build)
            let calls = [
                Contract.Call("dead", page - 32), Contract.Call("dead", page - 31), Contract.Call("dead_splat", page - 2),
                Contract.Call("dead_splat", page - 1), Contract.Call("dead_lane", page - 4, 0, 0),
                Contract.Call("dead_lane", page - 3, 0, 0), Contract.Call("store_lane", page - 1, 0, 0x7700_0000_0000_0000),
                Contract.Call("store_lane", page, 0, 0), Contract.Call("get", page - 16), Contract.Call("get", page - 15),
                Contract.Call("increase", 0, 0, 4096), Contract.Call("get", page - 16), Contract.Call("increase", 0, 16, 4096),
                Contract.Call("increase", 8, 0, 3), Contract.Call("get", 16),
            ]
            let endings = try contract.run(calls).endings.dropFirst()
            let trapped = [1, 3, 5, 7, 9, 12]
            for (index, ending) in endings.enumerated() {
                #expect((ending == trap) == trapped.contains(index), "\(calls[index])")
            }
            let results = Array(endings)
            #expect(results[8].slots == [0, 0x7700_0000_0000_0000])
            #expect(results[10] == .returned(gas: 1 + 20 * 4096, []))
            #expect(results[11].slots == [0x0101_0101_0101_0101, 0x7801_0101_0101_0101])
            // Each turn reads what the one before wrote: 2, 3, 4 in bytes 8 to 55; the trapped call had left 2 everywhere.
            #expect(results[14].slots == [0x0303_0303_0303_0303, 0x0404_0404_0404_0404])
        }
    }

    @Test("a schedule prices vector instructions by name")
    func price() throws {
        let text = #"{"name":"a","callEndsRun":true,"default":1,"costs":{"f64x2.add":70,"i8x16.shuffle":9,"v128.load":5}}"#
        let schedule = try GasSchedule(parsing: Array(text.utf8))
        let contract = try Contract(try Contract.module("simd"), schedule: schedule, options: Translator.Options())
        #expect(try contract.run(Contract.Call("add", 0, 0, 0, 0)).gas == 2 + 70)
        #expect(try contract.run(Contract.Call("shuffle", 0, 0, 0, 0)).gas == 2 + 9)
        #expect(try contract.run(Contract.Call("get", 0)).gas == 1 + 5)
    }
}
