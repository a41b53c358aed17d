// SPDX-License-Identifier: Apache-2.0
// The core test suite, converted to JSON command lists, and what we do not take from it.

import Foundation

/// Reads the folder that the environment variable XVM_CONFORMANCE names: for each `.wast` of WebAssembly/testsuite at
/// 3a04b2cf93bd (WebAssembly 2.0) the `.json` of `wast2json` and the binaries that it names.
enum Conformance {
    static let folder = ProcessInfo.processInfo.environment["XVM_CONFORMANCE"].map { URL(fileURLWithPath: $0) }
    static let isPresent = folder != nil
    static let whatIsMissing = "XVM_CONFORMANCE does not name the unpacked conformance data"

    /// One command that names a binary.
    struct Command: Decodable {
        var type: String
        var line: Int
        var filename: String?
        var text: String?
        var module_type: String?
    }

    /// One `.wast`.
    struct Script {
        var name: String
        var commands: [Command]
    }

    private struct CommandList: Decodable { var commands: [Command] }

    /// All scripts in the order of their names.
    static func scripts() throws -> [Script] {
        guard let folder else { return [] }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
        return try names.sorted().map { name in
            let data = try Data(contentsOf: folder.appendingPathComponent(name))
            let list = try JSONDecoder().decode(CommandList.self, from: data)
            return Script(name: String(name.dropLast(5)), commands: list.commands)
        }
    }

    static func bytes(_ filename: String) throws -> [UInt8] {
        guard let folder else { return [] }
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent(filename)))
    }

    // MARK: What is excluded. A test fails when an entry is no longer needed.

    /// Valid modules that we refuse without optional parts, per script, because they use reference types. Scripts whose
    /// names begin with `simd_` use SIMD and stand in `simdModules` together.
    static let referenceTypeModules: [String: Int] = [
        "br_table": 1, "call_indirect": 1, "elem": 2, "exports": 1, "global": 1, "imports": 2, "linking": 9, "ref_func": 2,
        "ref_is_null": 1, "ref_null": 1, "select": 1, "table": 2, "table_copy": 40, "table_fill": 1, "table_get": 1,
        "table_grow": 5, "table_init": 27, "table_set": 1, "table_size": 1, "unreached-valid": 1,
    ]

    /// The same for SIMD, over all `simd_` scripts.
    static let simdModules = 409

    /// Refusals whose reason differs from the suite's, by script and line, and why.
    static let otherReasons: [String: String] = [
        "binary-leb128:348": "the section ends inside the integer",
        "binary:48": "named as the later feature that these bytes belong to",
        "binary:1393": "named as the later feature that these bytes belong to",
        "binary:1517": "named as the later feature that these bytes belong to",
        "binary:1563": "named as the later feature that these bytes belong to",
        "binary:210": "the form of a type is one byte here, so a longer form is a wrong form",
        "binary:1527": "flags are one byte here, so a longer form is a wrong flag",
        "binary:1572": "flags are one byte here, so a longer form is a wrong flag",
        "binary:1581": "flags are one byte here, so a longer form is a wrong flag",
        "binary:418": "the body ends with a block open: unexpected end",
        "binary:455": "the body ends with a block open: unexpected end",
        "binary:1703": "the body has bytes behind its end",
        "binary:1353": "same reason, the suite has several words for it",
        "binary:1632": "same reason, the suite has several words for it",
        "custom:85": "same reason, the suite has several words for it",
        "custom:115": "same reason, the suite has several words for it",
        "binary:1383": "an entry that cannot fit its section is refused before its parts are looked at",
        "binary:1404": "an entry that cannot fit its section is refused before its parts are looked at",
        "binary:1425": "an entry that cannot fit its section is refused before its parts are looked at",
        "binary:1508": "an entry that cannot fit its section is refused before its parts are looked at",
        "binary:1555": "an entry that cannot fit its section is refused before its parts are looked at",
        "binary:1817": "a label is missing, so the bytes behind it become a block of unknown type",
        "elem:517": "named as the later feature that these bytes belong to",
        "memory_init:190": "no data count section: malformed before the index is looked at",
        "select:324": "converted to the untyped select, which lacks an operand",
        "table_init:385": "segment and table are both unknown; the segment is looked at first",
        "table_init:399": "segment and table are both unknown; the segment is looked at first",
    ]
}
