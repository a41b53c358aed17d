// SPDX-License-Identifier: Apache-2.0
// Puts binaries together for tests, byte by byte.

/// Magic, version and `sections`.
func sample(_ sections: [UInt8]...) -> [UInt8] { [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0] + sections.flatMap { $0 } }

/// A section with its id and size.
func section(_ id: UInt8, _ content: [UInt8]) -> [UInt8] { [id] + leb(content.count) + content }

/// A vector: count, then the entries.
func vector(_ entries: [[UInt8]]) -> [UInt8] { leb(entries.count) + entries.flatMap { $0 } }

/// A function body without the size: `locals` are runs.
func body(locals: [(Int, UInt8)] = [], _ code: [UInt8]) -> [UInt8] {
    let content = vector(locals.map { leb($0.0) + [$0.1] }) + code
    return leb(content.count) + content
}

/// A name of a module.
func name(_ text: String) -> [UInt8] { leb(text.utf8.count) + Array(text.utf8) }

/// An unsigned LEB128.
func leb(_ value: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    repeat {
        let byte = UInt8(rest & 0x7f)
        rest >>= 7
        bytes.append(rest == 0 ? byte : byte | 0x80)
    } while rest != 0
    return bytes
}

/// A module with one function of type `type` that consists of `code`, a memory of one page, a table of one entry and a
/// mutable i32 global.
func oneFunction(type: [UInt8] = [0x60, 0, 0], locals: [(Int, UInt8)] = [], _ code: [UInt8]) -> [UInt8] {
    sample(
        section(1, vector([type])), section(3, vector([[0]])), section(4, vector([[0x70, 0, 1]])),
        section(5, vector([[0, 1]])), section(6, vector([[0x7f, 1, 0x41, 0, 0x0b]])),
        section(10, vector([body(locals: locals, code)])))
}
