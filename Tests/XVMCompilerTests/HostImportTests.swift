// SPDX-License-Identifier: Apache-2.0

import Testing
import XVMCompiler
import XVMWasm

@Suite struct HostImportTests {
    @Test("the table equals the rows of the headers, number by number")
    func equalsHeader() throws {
        let text = try ["xvm_host_imports.h", "xvm_emscripten_imports.h"].map { try Repository.text("sandbox-c/include/" + $0) }
            .joined(separator: "\n")
        // Memories and tables have no row there.
        let provided = HostImportTable.xvm.rows.filter { row in
            switch row.kind {
            case .function, .global: true
            case .memory, .table: false
            }
        }
        var rows: [HostImport] = []
        var globalCount = 0
        for line in text.split(separator: "\n") {
            let trimmed = line.drop { $0 == " " }
            guard trimmed.hasPrefix("X(") else { continue }
            let inner = try #require(trimmed.dropFirst(2).split(separator: ")").first)
            let parts = inner.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\"" } }
            try #require(parts.count == 5)
            var row = HostImport(try #require(UInt32(parts[0])), parts[1], parts[2], parts[3], "")
            guard case .function(let type) = row.kind else { continue }
            if parts[4].first?.isNumber == true {
                row.kind = .constant(try #require(type.parameters.first))
                globalCount += 1
            } else {
                row = HostImport(row.number, parts[1], parts[2], parts[3], parts[4])
            }
            rows.append(row)
        }
        #expect(rows.count >= 100 && globalCount >= 5)
        func sorted(_ rows: [HostImport]) -> [HostImport] {
            rows.sorted {
                ("\($0.kind)".hasPrefix("global") ? 1 : 0, $0.number) < ("\($1.kind)".hasPrefix("global") ? 1 : 0, $1.number)
            }
        }
        #expect(sorted(rows) == sorted(provided))
    }

    @Test("no two rows of the table have the same number, or the same name and type")
    func distinct() {
        let rows = HostImportTable.xvm.rows
        func numbers(_ isWanted: (HostImport.Kind) -> Bool) -> [UInt32] { rows.filter { isWanted($0.kind) }.map(\.number) }
        let functions = numbers { if case .function = $0 { true } else { false } }
        let globals = numbers { if case .global = $0 { true } else { false } }
        #expect(Set(functions).count == functions.count)
        #expect(Set(globals).count == globals.count)
        // `abort` has a parameter in one emscripten and none in another.
        #expect(Set(rows.map { "\($0.module).\($0.name) \($0.kind)" }).count == rows.count)
    }

    @Test("names of a module are printed with everything but plain characters escaped")
    func printable() {
        #expect(CompilerError.printable(Array("a*/\n\"\u{e4}".utf8)) == "a*/\\x0a\\x22\\xc3\\xa4")
        #expect(
            CompilerError.printable([UInt8](repeating: 0x61, count: 65)) == String(repeating: "a", count: 64) + "... (65 bytes)")
    }
}
