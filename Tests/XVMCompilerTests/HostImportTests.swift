// SPDX-License-Identifier: Apache-2.0

import Testing
import XVMCompiler

@Suite struct HostImportTests {
    @Test("the table equals the rows of xvm_host_imports.h, number by number")
    func equalsHeader() throws {
        let text = try Repository.text("sandbox-c/include/xvm_host_imports.h")
        var rows: [HostImport] = []
        for line in text.split(separator: "\n") {
            let trimmed = line.drop { $0 == " " }
            guard trimmed.hasPrefix("X(") else { continue }
            let inner = try #require(trimmed.dropFirst(2).split(separator: ")").first)
            let parts = inner.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\"" } }
            try #require(parts.count == 5)
            rows.append(HostImport(try #require(UInt32(parts[0])), parts[1], parts[2], parts[3], parts[4]))
        }
        #expect(rows.count >= 14)
        #expect(rows == HostImportTable.xvm.rows)
    }

    @Test("no two rows of the table have the same number or the same name")
    func distinct() {
        let rows = HostImportTable.xvm.rows
        #expect(Set(rows.map(\.number)).count == rows.count)
        #expect(Set(rows.map { $0.module + "." + $0.name }).count == rows.count)
    }

    @Test("names of a module are printed with everything but plain characters escaped")
    func printable() {
        #expect(CompilerError.printable(Array("a*/\n\"\u{e4}".utf8)) == "a*/\\x0a\\x22\\xc3\\xa4")
        #expect(
            CompilerError.printable([UInt8](repeating: 0x61, count: 65)) == String(repeating: "a", count: 64) + "... (65 bytes)")
    }
}
