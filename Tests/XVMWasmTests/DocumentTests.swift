// SPDX-License-Identifier: Apache-2.0
// docs/wasm-features.md says what the code does: each row of its tables is tried.

import Foundation
import Testing
import XVMWasm

@Suite("docs/wasm-features.md")
struct DocumentTests {
    /// The cells of all rows of the table that follows a heading, without its head.
    private static func table(under heading: String) throws -> [[String]] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/wasm-features.md").standardized
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: Substring("## " + heading)))
        let rows = lines[(start + 1)...].prefix { !$0.hasPrefix("## ") }.filter { $0.hasPrefix("|") }
        return rows.dropFirst(2).map { row in
            row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private static let types = section(1, vector([[0x60, 0, 0]]))

    /// Modules that use one part each, by the words of the document.
    private static let modules: [String: [[UInt8]]] = [
        "WebAssembly 1.0": [oneFunction([0x41, 0, 0x11, 0, 0, 0x0b])],
        "mutable globals imported and exported": [
            sample(section(2, vector([[0, 0, 3, 0x7f, 1]])), section(7, vector([[0, 3, 0]])))
        ],
        "sign extension": [oneFunction([0x41, 0, 0xc0, 0x1a, 0x0b])],
        "saturating conversions": [oneFunction([0x43, 0, 0, 0, 0, 0xfc, 0, 0x1a, 0x0b])],
        "several results, blocks with parameters": [
            oneFunction(type: [0x60, 2, 0x7f, 0x7e, 2, 0x7f, 0x7e], [0x20, 0, 0x20, 1, 0x02, 0, 0x0b, 0x0b])
        ],
        "bulk memory, `table.copy`, `table.init`, passive segments": [
            oneFunction([0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 0, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 14, 0, 0, 0x0b]),
            sample(
                types, section(3, vector([[0]])), section(4, vector([[0x70, 0, 1]])), section(5, vector([[0, 1]])),
                section(9, vector([[1, 0, 1, 0]])), section(12, [1]),
                section(
                    10,
                    vector([
                        body([0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 12, 0, 0, 0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 0, 0, 0x0b])
                    ])),
                section(11, vector([[1, 1, 7]]))),
        ],
        "`funcref` as a value": [oneFunction(locals: [(1, 0x70)], [0x0b])],
        "`externref`": [oneFunction(locals: [(1, 0x6f)], [0x0b]), sample(section(4, vector([[0x6f, 0, 0]])))],
        "`ref.null`, `ref.is_null`, `ref.func` in bodies": [
            oneFunction([0xd0, 0x70, 0x1a, 0x0b]), oneFunction([0x00, 0xd1, 0x1a, 0x0b]),
            sample(
                types, section(3, vector([[0]])), section(7, vector([[0, 0, 0]])),
                section(10, vector([body([0xd2, 0, 0x1a, 0x0b])]))),
        ],
        "`table.get`, `set`, `grow`, `size`, `fill`": [
            oneFunction([0x41, 0, 0x25, 0, 0x1a, 0x0b]), oneFunction([0x00, 0x26, 0, 0x0b]),
            oneFunction([0x00, 0xfc, 15, 0, 0x1a, 0x0b]), oneFunction([0xfc, 16, 0, 0x1a, 0x0b]),
            oneFunction([0x00, 0xfc, 17, 0, 0x0b]),
        ],
        "`select` with a type": [oneFunction([0x00, 0x1c, 1, 0x7f, 0x1a, 0x0b])],
        "several tables": [sample(section(4, vector([[0x70, 0, 0], [0x70, 0, 0]])))],
        "vectors of 128 bits": [
            oneFunction([0x00, 0xfd, 0xae, 0x01, 0x1a, 0x0b]), oneFunction(locals: [(1, 0x7b)], [0x0b]),
        ],
        "relaxed vector instructions": [oneFunction([0x00, 0xfd, 0x80, 0x02, 0x1a, 0x0b])],
        "threads, shared memories": [oneFunction([0xfe, 3, 0, 0x0b]), sample(section(5, vector([[3, 1, 1]])))],
        "tail calls": [oneFunction([0x12, 0, 0x0b]), oneFunction([0x00, 0x13, 0, 0, 0x0b])],
        "exceptions": [oneFunction([0x06, 0x40, 0x0b, 0x0b]), sample(section(13, [1, 0, 0]))],
        "typed function references": [oneFunction([0x00, 0x14, 0, 0x0b]), oneFunction(locals: [(1, 0x63)], [0x0b])],
        "garbage collection": [oneFunction([0xfb, 0, 0, 0x1a, 0x0b]), sample(section(1, vector([[0x5f, 1, 0x7f, 0]])))],
        "several memories": [sample(section(5, vector([[0, 1], [0, 1]])))],
        "memories of 64 bits": [sample(section(5, vector([[4, 1]])))],
        "arithmetic in constant expressions": [sample(section(6, vector([[0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b]])))],
        "components": [[0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]],
    ]

    @Test("each part is accepted and refused as the table says")
    func features() throws {
        let rows = try Self.table(under: "Features")
        #expect(Set(rows.map { $0[0] }) == Set(Self.modules.keys))
        for row in rows {
            let modules = try #require(Self.modules[row[0]], "\(row[0])")
            #expect((row[1] + row[2]).contains("refused") == !row[3].isEmpty, "\(row[0])")
            let name = row[3].trimmingCharacters(in: ["`"])
            for (cell, features) in [(row[1], WasmFeatures.wasm1Plus), (row[2], .wasm2)] {
                for (index, bytes) in modules.enumerated() {
                    let comment = Comment(rawValue: "\(row[0]), module \(index), features \(features.rawValue)")
                    do {
                        _ = try Module(validating: bytes, features: features)
                        #expect(cell == "accepted", comment)
                    } catch {
                        #expect(cell == "refused", "\(comment): \(error)")
                        guard case .unsupported(let feature) = error.kind else {
                            Issue.record("\(comment): \(error)")
                            continue
                        }
                        // Without vectors there is no telling relaxed ones apart.
                        let expected = features == .wasm1Plus && name == "relaxed SIMD" ? "SIMD" : name
                        #expect(feature.hasPrefix(expected), "\(comment): \(error)")
                    }
                }
            }
        }
    }

    @Test("each limit stands in the table with its value")
    func limits() throws {
        var written: [String: Int] = [:]
        for row in try Self.table(under: "Limits") {
            let name = row[0].trimmingCharacters(in: ["`"])
            #expect(written[name] == nil, "\(name) stands there twice")
            let value: Int = try #require(Int(row[1].filter { $0 != "," }), "\(name)")
            written[name] = value
            #expect(!row[2].isEmpty, "\(name)")
        }
        var actual: [String: Int] = [:]
        for child in Mirror(reflecting: WasmLimits.default).children {
            let value: Int = try #require(child.value as? Int)
            actual[try #require(child.label)] = value
        }
        #expect(written == actual)
    }
}
