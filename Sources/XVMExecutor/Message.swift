// SPDX-License-Identifier: Apache-2.0
// Hostile bytes in messages: printable, short, on one line.

import XVMState
import XVMWasm

enum Message {
    /// Printable ASCII as it is, every other byte as \xNN, at most 64 bytes of it.
    static func quoted(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes.prefix(64) {
            if byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\\") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return bytes.count > 64 ? text + "…" : text
    }

    /// `(i32, i64) -> (f32)`.
    static func type(_ type: FunctionType) -> String {
        func list(_ types: [ValueType]) -> String { "(" + types.map { "\($0)" }.joined(separator: ", ") + ")" }
        return list(type.parameters) + " -> " + list(type.results)
    }

    static func version(_ version: Version?) -> String { version.map { "\($0)" } ?? "never written" }
}
