// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XVMCompiler
import XVMCore
import XVMWasm

@Suite struct GoldenTests {
    /// Goal: a change of the emitted text shows as a diff of a committed file. XVM_BLESS=1 rewrites.
    @Test(
        "emitted C is the committed text, byte for byte, and the same when emitted twice",
        arguments: ["control", "vectors", "host", "memory", "floats", "loops", "references", "simd", "rolled"], ["unit", "xuper"])
    func golden(name: String, gas: String) throws {
        let module = try Contract.module(name)
        let schedule = try Contract.schedule(gas)
        let one = try Translator.emit(module, schedule: schedule)
        let other = try Translator.emit(module, schedule: schedule)
        #expect(one.parts == other.parts)
        // The prelude is the same for all; golden files hold what follows.
        let text = Self.withoutPrelude(one.parts[0])
        let path = "Tests/Golden/compiler/\(name).\(gas).c"
        if ProcessInfo.processInfo.environment["XVM_BLESS"] == "1" {
            try Data(text.utf8).write(to: Repository.root.appendingPathComponent(path))
        }
        #expect(try Repository.text(path) == text)
    }

    /// Text after the last helper of the prelude.
    static func withoutPrelude(_ bytes: [UInt8]) -> String {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        let last = lines.lastIndex { $0.hasPrefix("HELPER ") } ?? 0
        let end = lines[last...].firstIndex { $0 == "}" } ?? 0
        return lines.dropFirst(end + 1).joined(separator: "\n")
    }

    /// Goal: no byte of a name reaches the C text. The copy has every name replaced by hostile bytes of the same length.
    @Test("a module and its copy with all names replaced give the same text, but for the hash of the binary")
    func hostileNames() throws {
        let module = try Contract.module("control")
        var replaced = module
        let hostile = Array("*/\n#include \"x\"??/\\\u{0}".utf8)
        for index in replaced.exports.indices {
            replaced.exports[index].name = (0..<replaced.exports[index].name.count).map { hostile[($0 + index) % hostile.count] }
        }
        let schedule = try Contract.schedule("unit")
        #expect(replaced.exports.map(\.name) != module.exports.map(\.name))
        let expected = try Translator.emit(module, schedule: schedule)
        #expect(try Translator.emit(replaced, schedule: schedule).parts == expected.parts)

        // The same from bytes: an export section whose names differ changes nothing but the hash.
        var bytes = module.bytes
        let name = Array("choose".utf8)
        let position = try #require(bytes.indices.first { bytes[$0...].starts(with: name) })
        bytes.replaceSubrange(position..<(position + name.count), with: Array("*/\n\u{22}?\u{7f}".utf8))
        let renamed = try Translator.emit(try Module(validating: bytes), schedule: schedule)
        func list(_ hash: [UInt8]) -> String { hash.map { "\($0)" }.joined(separator: ", ") }
        let text = String(decoding: renamed.parts[0], as: UTF8.self)
        let hashed = text.replacingOccurrences(of: list(SHA256.hash(bytes)), with: list(SHA256.hash(module.bytes)))
        #expect(hashed != text)
        #expect(hashed == String(decoding: expected.parts[0], as: UTF8.self))
    }

    @Test("no text of a data segment stands in the emitted text")
    func dataIsEscaped() throws {
        let code = try Translator.emit(try Contract.module("control"), schedule: try Contract.schedule("unit"))
        let text = String(decoding: code.parts[0], as: UTF8.self)
        #expect(!text.contains("hello"))
        #expect(text.contains(#""\150\145\154\154\157\052\057\040\042""#))
    }

    @Test(
        "the prelude declares what xvm_abi.h declares, size by size and offset by offset",
        .enabled(if: NativeCompiler.any != nil, "no C compiler on PATH"), arguments: NativeCompiler.all)
    func abi(compiler: NativeCompiler) throws {
        let code = try Translator.emit(try Contract.module("vectors"), schedule: try Contract.schedule("unit"))
        try compare(compiler, code, "xvm_abi.h", expressionCount: 90)
    }

    @Test(
        "the prelude of the linked shape declares what xvm_link.h declares for it",
        .enabled(if: NativeCompiler.any != nil, "no C compiler on PATH"), arguments: NativeCompiler.all)
    func linkedABI(compiler: NativeCompiler) throws {
        var options = Translator.Options()
        options.shape = .linked
        let code = try Translator.emit(try Contract.module("vectors"), schedule: try Contract.schedule("unit"), options: options)
        try compare(compiler, code, "xvm_link.h", expressionCount: 30)
    }

    private func compare(_ compiler: NativeCompiler, _ code: EmittedCode, _ file: String, expressionCount: Int) throws {
        let header = try #require(
            try Repository.text("sandbox-c/include/" + file).components(separatedBy: "// --- Groups").first)
        // Every struct of the header with its fields, by a plain look at the text.
        var expressions: [String] = []
        var name = ""
        for line in header.split(separator: "\n") {
            let words = line.split(whereSeparator: { " \t".contains($0) }).map(String.init)
            if words.count == 3, words[0] == "struct", words[2] == "{" {
                name = words[1]
                expressions.append("sizeof(struct \(name))")
            } else if line.hasPrefix("}") {
                name = ""
            } else if !name.isEmpty, let code = line.split(separator: "/").first, code.contains(";") {
                let declaration = code.split(separator: ";")[0]
                let field: Substring =
                    if let pointer = declaration.firstRange(of: "(*") {
                        declaration[pointer.upperBound...].prefix { $0 != ")" }
                    } else {
                        declaration.split(whereSeparator: { " *".contains($0) }).last?.prefix { $0 != "[" } ?? ""
                    }
                expressions.append("__builtin_offsetof(struct \(name), \(field))")
                expressions.append("sizeof(((struct \(name) *)0)->\(field))")
            }
        }
        #expect(expressions.count > expressionCount)
        let prelude = String(decoding: code.parts[0], as: UTF8.self)
        func values(_ head: String) throws -> String {
            let folder = try Scratch.folder("abi")
            let source = folder.appendingPathComponent("abi.c")
            let body = expressions.map { "printf(\"%lu\\n\", (unsigned long)\($0));" }.joined(separator: "\n")
            let text = head + "\nextern int printf(const char *, ...);\nint main(void) {\n" + body + "\nreturn 0;\n}\n"
            try Data(text.utf8).write(to: source)
            let program = folder.appendingPathComponent("abi").path
            let include = Repository.root.appendingPathComponent("sandbox-c/include").path
            let built = try Scratch.run(
                compiler.path, ["-std=gnu11", "-march=x86-64-v2", "-w", "-I" + include, source.path, "-o", program], input: nil)
            try #require(built.status == 0, "\(built.errors)")
            return try Scratch.run(program, [], input: nil).output
        }
        let ours = try values(prelude)
        #expect(ours == (try values("#include \"\(file)\"")))
        #expect(ours.split(separator: "\n").count == expressions.count)
    }
}
