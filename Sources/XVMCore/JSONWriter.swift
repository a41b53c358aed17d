// SPDX-License-Identifier: Apache-2.0
// JSONValue to text: one line, UTF-8, keys in their order; the same value gives the same bytes.

extension JSONValue: CustomStringConvertible {
    /// The value as JSON on one line, without spaces and without a newline at the end.
    package func encoded() -> [UInt8] {
        var output: [UInt8] = []
        write(into: &output)
        return output
    }

    /// The same as text.
    package var description: String { String(decoding: encoded(), as: UTF8.self) }

    // Recurses over a value that a limited parse or our own code has built (at most JSONLimits.depthCeiling deep).
    private func write(into output: inout [UInt8]) {
        switch self {
        case .null: output += "null".utf8
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let value): output += String(value).utf8
        case .number(let text):
            let bytes = Array(text.utf8)
            precondition(JSONNumberScan(bytes[...])?.end == bytes.count, "not a JSON number: \(text)")
            output += bytes
        case .string(let text): JSONValue.write(text, into: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                element.write(into: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSONValue.write(member.key, into: &output)
                output.append(UInt8(ascii: ":"))
                member.value.write(into: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    /// Escapes what JSON demands, and every other control character, since a contract's text may end on somebody's terminal.
    private static func write(_ text: String, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: output += #"\""#.utf8
            case 0x5c: output += #"\\"#.utf8
            case 0x08: output += #"\b"#.utf8
            case 0x0c: output += #"\f"#.utf8
            case 0x0a: output += #"\n"#.utf8
            case 0x0d: output += #"\r"#.utf8
            case 0x09: output += #"\t"#.utf8
            case 0..<0x20, 0x7f..<0xa0:
                let digits = Array("0123456789abcdef".utf8)
                output += #"\u00"#.utf8
                output.append(digits[Int(scalar.value >> 4)])
                output.append(digits[Int(scalar.value & 15)])
            default: output += UTF8.encode(scalar)!
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
