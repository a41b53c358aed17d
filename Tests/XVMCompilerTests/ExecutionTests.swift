// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XVMCompiler
import XVMWasm

/// Compilers times levels: every row must give the same bits, traps and gas.
private let builds: [NativeCompiler] = NativeCompiler.all.flatMap { compiler in
    ["-O0", "-O1", "-O2"].map { compiler.with(level: $0) }
}

@Suite(.enabled(if: NativeCompiler.any != nil, "no C compiler on PATH")) struct ExecutionTests {
    static let outOfBounds = Ending.trapped(5)

    @Test("control flow, calls and several results give the expected values", arguments: builds)
    func control(build: NativeCompiler) throws {
        let contract = try Contract("control", compiler: build)
        let result = try contract.run([
            Contract.Call("fib", 15), Contract.Call("fac", 10), Contract.Call("choose", 0), Contract.Call("choose", 1),
            Contract.Call("choose", 2), Contract.Call("choose", 4), Contract.Call("choose", 0xffff_ffff),
            Contract.Call("swap", 0xffff_fffe, 5), Contract.Call("indirect", 0, 6), Contract.Call("indirect", 1, 6),
        ])
        #expect(
            result.endings.map(\.slots) == [
                [], [610], [3_628_800], [1], [2], [3], [1], [1], [5, 0xffff_fffe], [8], [720],
            ])
    }

    @Test("an indirect call outside the table, of an empty entry, or of another type traps", arguments: builds)
    func indirect(build: NativeCompiler) throws {
        let contract = try Contract("control", compiler: build)
        #expect(try contract.run(Contract.Call("indirect", 4, 1)) == .trapped(7))
        #expect(try contract.run(Contract.Call("indirect", 0xffff_ffff, 1)) == .trapped(7))
        #expect(try contract.run(Contract.Call("indirect", 2, 1)) == .trapped(8))
        let host = try Contract("host", compiler: build)
        #expect(try host.run(Contract.Call("through", 2)) == .trapped(9))
        // An imported function stands in the table like any other.
        #expect(try host.run(Contract.Call("through", 1)).slots == [42])
    }

    @Test("a call deeper than the frame limit or the stack limit traps, one within it does not", arguments: builds)
    func depth(build: NativeCompiler) throws {
        // fib(n) nests n frames. Under a schedule that bounds frames each takes an equal part of the budget.
        let counted = try Contract("control", gas: "xuper", compiler: build)
        #expect(try counted.run(Contract.Call("fib", 9, frames: 9)).slots == [34])
        #expect(try counted.run(Contract.Call("fib", 9, frames: 8)) == .trapped(10))
        #expect(counted.code.frameCosts[0] == 2048)
        #expect(try counted.run(Contract.Call("fib", 9, stack: 9 * 2048)).slots == [34])
        #expect(try counted.run(Contract.Call("fib", 9, stack: 9 * 2048 - 1)) == .trapped(10))
        // Under one that does not, a frame costs what stands in the emitted code.
        let contract = try Contract("control", compiler: build)
        #expect(try contract.run(Contract.Call("fib", 9, frames: 8)).slots == [34])
        let cost = contract.code.frameCosts[0]
        #expect(cost == 64 + 8 * (1 + 0 + 3))
        #expect(try contract.run(Contract.Call("fib", 9, stack: 9 * cost)).slots == [34])
        #expect(try contract.run(Contract.Call("fib", 9, stack: 9 * cost - 1)) == .trapped(10))
    }

    @Test("an access that leaves memory traps, dead loads included", arguments: builds)
    func bounds(build: NativeCompiler) throws {
        let contract = try Contract("memory", compiler: build)
        let page: UInt64 = 65536
        #expect(try contract.run(Contract.Call("dead", page - 4)).slots == [])
        #expect(try contract.run(Contract.Call("dead", page - 3)) == Self.outOfBounds)
        #expect(try contract.run(Contract.Call("dead_float", page - 8)).slots == [])
        #expect(try contract.run(Contract.Call("dead_float", page - 7)) == Self.outOfBounds)
        #expect(try contract.run(Contract.Call("load8", page - 1)).slots == [0])
        #expect(try contract.run(Contract.Call("load8", page)) == Self.outOfBounds)
        #expect(try contract.run(Contract.Call("load64", 0xffff_ffff)) == Self.outOfBounds)
        #expect(try contract.run(Contract.Call("far", 0)) == Self.outOfBounds)
        #expect(try contract.run(Contract.Call("far", 0xffff_ffff)) == Self.outOfBounds)
        #expect(try contract.run(Contract.Call("store64", page - 7, 1)) == Self.outOfBounds)
        // The load stands before the division, so it decides.
        #expect(try contract.run(Contract.Call("load_then_divide", page, 0)) == Self.outOfBounds)
        #expect(try contract.run(Contract.Call("load_then_divide", 0, 0)) == .trapped(2))
    }

    @Test("memory grows up to its maximum, keeps its bytes, and new pages are zero", arguments: builds)
    func growth(build: NativeCompiler) throws {
        let contract = try Contract("memory", compiler: build)
        let result = try contract.run([
            Contract.Call("store64", 8, 0x1122_3344_5566_7788), Contract.Call("size"), Contract.Call("grow_load", 65536),
            Contract.Call("size"), Contract.Call("load64", 8), Contract.Call("load8", 0x8), Contract.Call("grow", 2),
            Contract.Call("grow", 1), Contract.Call("grow", 1), Contract.Call("grow", 0),
        ])
        #expect(
            result.endings.map(\.slots) == [
                [], [], [1], [0], [2], [0x1122_3344_5566_7788], [0xffff_ff88], [0xffff_ffff], [2], [0xffff_ffff], [3],
            ])
        // The context's limit is the smaller one.
        #expect(try contract.run([Contract.Call("grow", 1)], pagesMax: 1).endings[1].slots == [0xffff_ffff])
    }

    @Test("bulk operations compare in 64 bits before they write", arguments: builds)
    func bulk(build: NativeCompiler) throws {
        let contract = try Contract("memory", compiler: build)
        let page: UInt64 = 65536
        let result = try contract.run([
            Contract.Call("init", 1, 0, 6), Contract.Call("load64", 0), Contract.Call("copy", 2, 1, 6),
            Contract.Call("load64", 0), Contract.Call("fill", 3, 0x1ff, 2), Contract.Call("load64", 0),
            Contract.Call("copy", page - 1, 0, 2), Contract.Call("copy", 0, 0xffff_ffff, 2), Contract.Call("fill", page, 0, 0),
            Contract.Call("fill", page + 1, 0, 0), Contract.Call("init", 0, 1, 6), Contract.Call("drop"),
            Contract.Call("init", 0, 0, 0), Contract.Call("init", 0, 0, 1),
        ])
        let expected: [[UInt64]?] = [
            [], [], [0x66_6564_6362_6100], [], [0x6665_6463_6261_6100], [], [0x6665_64ff_ff61_6100], nil, nil, [], nil, nil, [],
            [], nil,
        ]
        #expect(result.endings.map(\.slots) == expected)
        #expect(result.endings.filter { $0.slots == nil }.allSatisfy { $0 == Self.outOfBounds })
        let tables = try contract.run([
            Contract.Call("call_entry", 1, 0), Contract.Call("table_init", 1, 0, 2), Contract.Call("call_entry", 1, 0),
            Contract.Call("call_entry", 1, 65536), Contract.Call("table_copy", 3, 1, 1), Contract.Call("call_entry", 3, 0),
            Contract.Call("table_copy", 3, 1, 2), Contract.Call("table_init", 3, 0, 2), Contract.Call("elem_drop"),
            Contract.Call("table_init", 0, 0, 1), Contract.Call("table_init", 4, 0, 0),
        ])
        let (returned, table) = (Ending.returned(gas: 0, []), Ending.trapped(6))
        let endings: [Ending] = tables.endings.map { $0.slots == nil ? $0 : returned }
        let expectedEndings: [Ending] = [
            returned, .trapped(8), returned, returned, Self.outOfBounds, returned, returned, table, table, returned, table,
            returned,
        ]
        #expect(endings == expectedEndings)
    }

    /// Goal: bits of NaN are the same on every build. Values with payloads go in; computed results come out canonical, moved
    /// ones as they were.
    @Test("NaN results are canonical where computed and untouched where moved", arguments: builds)
    func nan(build: NativeCompiler) throws {
        let contract = try Contract("floats", compiler: build)
        let canonical: UInt64 = 0x7ff8_0000_0000_0000
        let quiet: UInt64 = 0xfff8_0000_dead_beef
        let signalling: UInt64 = 0x7ff0_0000_0000_1234
        let one: UInt64 = 0x3ff0_0000_0000_0000
        let infinity: UInt64 = 0x7ff0_0000_0000_0000
        let calls: [(Contract.Call, UInt64)] = [
            (Contract.Call("add", quiet, one), canonical), (Contract.Call("add", one, signalling), canonical),
            (Contract.Call("add", infinity, infinity | 1 << 63), canonical),
            (Contract.Call("add", one, one), 0x4000_0000_0000_0000),
            (Contract.Call("moved", 0xffa0_1234), 0xffa0_1234), (Contract.Call("moved", 0x7f80_0001), 0x7f80_0001),
            (Contract.Call("poke", 8, signalling), 0), (Contract.Call("mixed", quiet, one, 1), signalling),
            (Contract.Call("mixed", quiet, one, 0), canonical), (Contract.Call("lazy", quiet, one, 3), canonical),
            (Contract.Call("lazy", one, one, 3), 0x4008_0000_0000_0000), (Contract.Call("sign", 0x7fc0_1234, 0), 0xffc0_0000),
            (Contract.Call("choose", 0xbf80_0000, 0x7fa0_0001, 1), 0x7fc0_0000),
            (Contract.Call("choose", 0xbf80_0000, 0x7fa0_0001, 0), 0x7fa0_0001),
            (Contract.Call("demote", quiet), 0x7fc0_0000), (Contract.Call("promote", 0xffa0_0001), canonical),
            (Contract.Call("nearest", signalling), canonical),
            (Contract.Call("nearest", 0x4004_0000_0000_0000), 0x4000_0000_0000_0000),
            (Contract.Call("argument", infinity, infinity), canonical), (Contract.Call("block", quiet, one, 1), canonical),
            (Contract.Call("block", one, quiet, 0), canonical),
        ]
        let result = try contract.run(calls.map(\.0))
        for (index, (call, expected)) in calls.enumerated() where call.export != "poke" {
            #expect(result.endings[index + 1].slots == [expected], "\(call.export) \(call.slots)")
        }
    }

    @Test("objects need nothing but memcpy, memmove, memset and memcmp", arguments: builds)
    func undefinedSymbols(build: NativeCompiler) throws {
        for name in ["control", "host", "memory", "floats"] {
            let contract = try Contract(name, compiler: build)
            let listed = try Scratch.run("/usr/bin/nm", ["-D", "--undefined-only", contract.object], input: nil)
            try #require(listed.status == 0)
            let symbols = listed.output.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
            #expect(Set(symbols).isSubset(of: ["memcpy", "memmove", "memset", "memcmp"]), "\(name): \(symbols)")
        }
    }

    @Test("a module in several parts behaves like the module in one", arguments: NativeCompiler.all)
    func parts(compiler: NativeCompiler) throws {
        for name in ["control", "memory", "host"] {
            let whole = try Contract(name, compiler: compiler)
            let split = try Contract(name, compiler: compiler, partSizeMax: 600)
            #expect(whole.code.parts.count == 1)
            #expect(split.code.parts.count > 2)
            let calls: [Contract.Call] =
                switch name {
                case "control": [Contract.Call("fib", 9), Contract.Call("indirect", 1, 5), Contract.Call("fac", 5)]
                case "memory":
                    [
                        Contract.Call("init", 0, 1, 4), Contract.Call("load64", 0), Contract.Call("table_init", 0, 0, 2),
                        Contract.Call("call_entry", 1, 0),
                    ]
                default: [Contract.Call("twice", 2), Contract.Call("through", 1)]
                }
            let (one, other) = (try whole.run(calls), try split.run(calls))
            #expect(one.endings == other.endings)
            #expect(one.hostCalls == other.hostCalls)
        }
    }

    /// Goal: processors that share the parts are done at about the same time, whatever the module; and nothing is lost or doubled.
    @Test("a large text becomes four parts, or eight, of about one size, and each function stands in one of them")
    func partSizes() throws {
        let module = try Module(validating: try Repository.bytes("Examples/contracts/tables-swift/tables.wasm"))
        for (sizeMax, count) in [(1 << 20, 1), (1 << 18, 4), (1 << 17, 8)] {
            var options = Translator.Options()
            options.partSizeMax = sizeMax
            let parts = try Translator.emit(module, schedule: try Contract.schedule("xuper"), options: options).parts
            #expect(parts.count == count)
            // A function is never split; the largest of this module has 41 KB.
            #expect(parts.allSatisfy { $0.count < sizeMax + 65536 })
            let sizes = parts.map(\.count)
            #expect(try #require(sizes.max()) - (try #require(sizes.min())) < 100_000, "\(sizes)")
            var defined: [Substring] = []
            for part in parts {
                let text = String(decoding: part, as: UTF8.self)
                for line in text.split(separator: "\n") where line.hasPrefix("LOCAL ") && line.hasSuffix(") {") {
                    guard let name = line.firstRange(of: " fn") else { continue }
                    defined.append(line[name.upperBound...].prefix { $0.isNumber })
                }
            }
            #expect(defined.count >= module.functions.count)
            #expect(Set(defined).count == defined.count)
        }
    }

    @Test("an import that nobody provides is refused with its name, type and place")
    func unknownImport() throws {
        let module = try Contract.module("host")
        var options = Translator.Options()
        options.imports = HostImportTable(rows: HostImportTable.xvm.rows.filter { $0.name != "log" })
        let schedule = try Contract.schedule("unit")
        let error = #expect(throws: CompilerError.self) { try Translator.emit(module, schedule: schedule, options: options) }
        let type = FunctionType(parameters: [.i32, .i32], results: [.i32])
        #expect(
            error
                == .unknownImport(
                    module: Array("xvm".utf8), name: Array("log".utf8), needed: module.imports[0].type, signature: type,
                    offset: module.imports[0].offset, provided: [], modules: ["xvm", "env", "global"]))

        // The right name with another type: what would fit stands in the error.
        let other = FunctionType(parameters: [.i32], results: [])
        options.imports = HostImportTable(rows: options.imports.rows + [HostImport(11, "xvm", "log", "i", "")])
        let wrong = #expect(throws: CompilerError.self) { try Translator.emit(module, schedule: schedule, options: options) }
        guard case .unknownImport(_, _, _, _, _, let provided, _) = wrong else {
            Issue.record("\(wrong as Any)")
            return
        }
        #expect(provided == [.function(other)])
        #expect("\(try #require(wrong))".contains("function (i32, i32) -> (i32)"))
        #expect("\(try #require(wrong))".contains("provided as function (i32) -> ()"))
    }

    /// Goal: what is small as a binary and huge as C is refused by a count, before it is all written.
    @Test("compile bombs are refused by a counted rule")
    func bombs() throws {
        let schedule = try Contract.schedule("unit")
        func leb(_ value: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            var rest = value
            while rest > 127 {
                bytes.append(UInt8(rest & 127) | 128)
                rest >>= 7
            }
            return bytes + [UInt8(rest)]
        }
        func repeated(_ piece: [UInt8], _ count: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            for _ in 0..<count { bytes += piece }
            return bytes
        }
        // Four bytes branch with a thousand values that have to move: some thirteen thousand characters of C each time.
        let results: [UInt8] = [0x60, 0] + leb(1000) + repeated([0x7e], 1000)
        let branches: [UInt8] =
            [0x02, 0] + repeated([0x42, 0], 1001) + repeated([0x41, 0, 0x0d, 0], 300) + [0x00, 0x0b, 0x00, 0x0b]
        func module(functions: Int) throws -> Module {
            func section(_ id: UInt8, _ content: [UInt8]) -> [UInt8] { [id] + leb(content.count) + content }
            let body = leb(branches.count + 1) + [0] + branches
            return try Module(
                validating: [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] + section(1, [2] + results + [0x60, 0, 0])
                    + section(3, leb(functions) + repeated([1], functions))
                    + section(10, leb(functions) + repeated(body, functions)))
        }
        func refusal(_ module: Module, _ change: (inout TranslatorLimits) -> Void) -> CompilerError? {
            var options = Translator.Options()
            change(&options.limits)
            do {
                _ = try Translator.emit(module, schedule: schedule, options: options)
                return nil
            } catch { return error }
        }
        let standard = TranslatorLimits.default
        #expect(standard.functionCodeSize == 16 << 20 && standard.codeSize == 96 << 20)
        #expect(refusal(try module(functions: 1)) { _ in } == nil)
        switch refusal(try module(functions: 1), { $0.functionCodeSize = 1 << 20 }) {
        case .limit(.functionCodeSize, let value, 1 << 20, .function(0)): #expect(value < (1 << 20) + 65536, "stopped at once")
        case let other: Issue.record("\(other as Any)")
        }
        switch refusal(try module(functions: 5), { $0.codeSize = 6 << 20 }) {
        case .limit(.codeSize, let value, 6 << 20, .module): #expect(value < 12 << 20, "stopped at once")
        case let other: Issue.record("\(other as Any)")
        }
    }

    @Test("the estimate of compiling grows with the text, and the parts share it")
    func estimate() throws {
        let one = CompileEstimate(partSizes: [1_000_000])
        let four = CompileEstimate(partSizes: [250_000, 250_000, 250_000, 250_000])
        #expect(one.size == four.size && one.partCount == 1 && four.partCount == 4)
        #expect(four.longestMilliseconds < one.longestMilliseconds && four.processMemory < one.processMemory)
        #expect(four.cpuMilliseconds > one.cpuMilliseconds, "each process starts anew")
        #expect(one.wallMilliseconds(processors: 2) == one.cpuMilliseconds, "one file is never shared")
        #expect(four.wallMilliseconds(processors: 2) == four.cpuMilliseconds / 2)
        let code = try Contract("control").code
        #expect(code.estimate == CompileEstimate(partSizes: code.parts.map(\.count)))
    }

    @Test("a limit is refused with value, limit and place")
    func limits() throws {
        let module = try Contract.module("control")
        let schedule = try Contract.schedule("unit")
        func error(_ change: (inout TranslatorLimits) -> Void) -> CompilerError? {
            var options = Translator.Options()
            change(&options.limits)
            do {
                _ = try Translator.emit(module, schedule: schedule, options: options)
                return nil
            } catch { return error }
        }
        #expect(error { $0.frameCost = 96 } == .limit(.frameCost, value: 104, limit: 96, place: .function(1)))
        #expect(error { $0.headerSize = 65535 } == .limit(.headerSize, value: 65536, limit: 65535, place: .module))
        guard case .limit(.codeSize, _, 1000, .module) = error({ $0.codeSize = 1000 }) else {
            Issue.record("code size")
            return
        }
        guard case .limit(.functionCodeSize, _, 200, .function(0)) = error({ $0.functionCodeSize = 200 }) else {
            Issue.record("function code size")
            return
        }
    }

    /// gcc takes a block for cold where it proves that the way there traps; in such a block, as everywhere at -Os, it prefers a call
    /// of libm to the instruction, and no object may have one.
    @Test("rounding is an instruction also where the compiler spares bytes", arguments: NativeCompiler.all)
    func rounding(compiler: NativeCompiler) throws {
        let module = try Contract.module("rounding")
        let parts = try Translator.emit(module, schedule: try Contract.schedule("unit")).parts
        let object = try compiler.with(level: "-Os").build(parts)
        let listing = try Scratch.run("/usr/bin/env", ["nm", "-D", "-u", object.path], input: nil)
        #expect(listing.status == 0, "\(listing.errors)")
        let undefined = listing.output.split(whereSeparator: \.isWhitespace).filter { $0 != "U" && $0 != "w" }
        #expect(Set(undefined).isSubset(of: ["memcpy", "memmove", "memset", "memcmp"]))
    }
}
