// SPDX-License-Identifier: Apache-2.0
// docs/gas.md works out examples: each row of their tables is tried, so that none of them rots.

import Foundation
import Testing
import XVMCompiler
import XVMWasm

@Suite("the worked examples of docs/gas.md", .enabled(if: NativeCompiler.any != nil, "no C compiler on PATH"))
struct GasDocumentTests {
    /// The tables of the section in their order; of each the cells of its rows, without its head.
    private static func tables() throws -> [[[String]]] {
        let lines = try Repository.text("docs/gas.md").components(separatedBy: "\n")
        let start = try #require(lines.firstIndex(of: "## Worked examples"))
        let section = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }
        return section.split { !$0.hasPrefix("|") }.map { table in
            table.dropFirst(2).map { row in
                row.components(separatedBy: "|").dropFirst().dropLast().map { $0.trimmingCharacters(in: .whitespaces) }
            }
        }
    }

    private static func numbers(_ cell: String) throws -> [Int64] {
        try cell.split(separator: " ").map { try #require(Int64($0), "\(cell)") }
    }

    @Test("runs and charges are those of the text that is emitted")
    func charges() throws {
        let rows = try Self.tables()[0]
        #expect(rows.count >= 8)
        for row in rows {
            let (name, function, gas) = (row[0], row[1], row[2])
            let module = try Contract.module(name)
            let export = try #require(module.exports.first { $0.name == Array(function.utf8) }, "\(row)")
            let index = Int(export.index) - module.importedFunctionCount
            let runs = try GasTests.charges(name, gas: gas, placement: .perRun)[index]
            let charges = try GasTests.charges(name, gas: gas, placement: .regions)[index]
            #expect(runs == (try Self.numbers(row[3])), "\(row)")
            #expect(charges == (try Self.numbers(row[4])), "\(row)")
        }
    }

    @Test("calls end and cost as the table says", arguments: NativeCompiler.all)
    func calls(compiler: NativeCompiler) throws {
        let rows = try Self.tables()[1]
        #expect(rows.count >= 19)
        var contracts: [String: Contract] = [:]
        for row in rows {
            let placements: [GasPlacement] =
                row[5] == "both" ? GasPlacement.allCases : row[5] == "perRun" ? [.perRun] : [.regions]
            #expect(["both", "perRun", "regions"].contains(row[5]), "\(row)")
            var call = Contract.Call(row[1], gas: try #require(Int64(row[4]), "\(row)"))
            call.slots = try Self.numbers(row[2]).map { UInt64(UInt32(truncatingIfNeeded: $0)) }
            for placement in placements {
                let key = "\(row[0]) \(row[3]) \(placement)"
                let contract = try contracts[key] ?? Contract(row[0], gas: row[3], placement: placement, compiler: compiler)
                contracts[key] = contract
                let ending = try contract.run(call)
                switch row[6] {
                case "returned": #expect(ending.gas == Int64(row[7]) && ending.gas != nil, "\(row) \(placement): \(ending)")
                case "out of gas": #expect(ending == Contract.outOfGas, "\(row) \(placement)")
                default:
                    let words = row[6].split(separator: " ")
                    try #require(words.count == 2 && words[0] == "trap", "\(row)")
                    #expect(ending == .trapped(try #require(Int(words[1]))), "\(row) \(placement)")
                }
            }
        }
    }

    @Test("the host sees what the table says at each of its calls", arguments: NativeCompiler.all)
    func hostCalls(compiler: NativeCompiler) throws {
        let rows = try Self.tables()[2]
        #expect(rows.count == 2)
        let limit: Int64 = 1_000_000
        for row in rows {
            for placement in GasPlacement.allCases {
                let contract = try Contract("host", gas: row[0], placement: placement, compiler: compiler)
                let result = try contract.run([Contract.Call("twice", 3, gas: limit)])
                let seen = result.hostCalls[1].map { limit - $0.remaining }
                #expect(seen == [try #require(Int64(row[1])), try #require(Int64(row[2]))], "\(row) \(placement)")
                #expect(result.endings[1].gas == Int64(row[3]), "\(row) \(placement)")
            }
        }
    }
}
