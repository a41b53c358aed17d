// SPDX-License-Identifier: Apache-2.0
// Strict JSON (RFC 8259) over bytes: no duplicate keys, no byte order mark, no recursion, limits before allocation.

/// Limits of one parse.
package struct JSONLimits: Equatable, Sendable {
    /// Bytes of the whole text.
    package var sizeMax: Int
    /// Arrays and objects inside one another; a lone scalar has depth 0, `[]` has depth 1. At most 512.
    package var depthMax: Int

    /// Freeing and comparing a nested value recurses in the runtime, so no caller may ask for more than this.
    package static let depthCeiling = 512

    package init(sizeMax: Int, depthMax: Int) {
        precondition(sizeMax >= 0 && (0...JSONLimits.depthCeiling).contains(depthMax), "limits out of range")
        self.sizeMax = sizeMax
        self.depthMax = depthMax
    }
}

/// Why a text is not the JSON that we take, and where.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        case sizeExceedsLimit(size: Int, limit: Int)
        case depthExceedsLimit(limit: Int)
        case unexpectedByte(UInt8, expected: String)
        case unexpectedEnd(expected: String)
        case duplicateKey(String)
        case controlCharacterInString(UInt8)
        case invalidEscape
        case loneSurrogate(UInt16)
        case invalidUTF8
        case invalidNumber
        case integerOutOfRange
    }

    package var reason: Reason
    /// Counted from 1.
    package var line: Int
    /// Counted from 1, in bytes.
    package var column: Int

    package init(reason: Reason, line: Int, column: Int) {
        self.reason = reason
        self.line = line
        self.column = column
    }

    package var description: String { "\(line):\(column): \(what)" }

    private var what: String {
        switch reason {
        case .sizeExceedsLimit(let size, let limit): "text size \(size) exceeds limit \(limit)"
        case .depthExceedsLimit(let limit): "nesting exceeds limit \(limit)"
        case .unexpectedByte(let byte, let expected):
            if (0x21...0x7e).contains(byte) {
                "found '\(Character(Unicode.Scalar(byte)))' where \(expected) is expected"
            } else {
                "found byte \(byte) where \(expected) is expected"
            }
        case .unexpectedEnd(let expected): "text ends where \(expected) is expected"
        case .duplicateKey(let key): "key \(JSONValue.string(key)) occurs twice"
        case .controlCharacterInString(let byte): "control character \(byte) in a string"
        case .invalidEscape: "invalid escape in a string"
        case .loneSurrogate(let unit): "surrogate \(unit) without its partner"
        case .invalidUTF8: "string is not UTF-8"
        case .invalidNumber: "invalid number"
        case .integerOutOfRange: "integer is not within \(Int64.min)…\(UInt64.max)"
        }
    }
}

extension JSONValue {
    /// Parses one JSON text, which must be the whole of `bytes` but for white space around it.
    package init(parsing bytes: [UInt8], limits: JSONLimits) throws(JSONError) {
        guard bytes.count <= limits.sizeMax else {
            throw JSONError(reason: .sizeExceedsLimit(size: bytes.count, limit: limits.sizeMax), line: 1, column: 1)
        }
        var parser = JSONParser(bytes: bytes, depthMax: limits.depthMax)
        self = try parser.parse()
    }
}

/// The state of one parse; open containers stand on an explicit stack, so that the input cannot deepen ours.
private struct JSONParser {
    /// An array or object that is not closed yet.
    private struct Container {
        var isObject: Bool
        var elements: [JSONValue] = []
        var members: [JSONObject.Member] = []
        var keys: Set<[UInt8]> = []
        var key = ""
    }

    private let bytes: [UInt8]
    private let depthMax: Int
    private var offset = 0
    private var open: [Container] = []

    init(bytes: [UInt8], depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    mutating func parse() throws(JSONError) -> JSONValue {
        while true {
            // Here a value is expected; opening a container goes round the loop again.
            skipSpace()
            var value: JSONValue
            switch peek {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if let empty = try openContainer() { value = empty } else { continue }
            default: value = try parseScalar()
            }
            // Here a value is complete; it closes as many containers as the text closes.
            while let closed = try finish(value) { value = closed }
            if open.isEmpty {
                skipSpace()
                if let byte = peek { throw error(.unexpectedByte(byte, expected: "the end of the text")) }
                return value
            }
        }
    }

    /// Opens the container at the cursor. An empty one is returned at once; otherwise it is pushed, with its first key read.
    private mutating func openContainer() throws(JSONError) -> JSONValue? {
        let isObject = bytes[offset] == UInt8(ascii: "{")
        guard open.count < depthMax else { throw error(.depthExceedsLimit(limit: depthMax)) }
        offset += 1
        skipSpace()
        if peek == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            offset += 1
            return isObject ? .object(JSONObject()) : .array([])
        }
        open.append(Container(isObject: isObject))
        if isObject { try parseKey() }
        return nil
    }

    /// Puts `value` into the innermost container and reads what follows: a comma (nil: the next value is due) or the closing
    /// bracket (the container, now itself a value). Nil also when no container is open.
    private mutating func finish(_ value: JSONValue) throws(JSONError) -> JSONValue? {
        guard let top = open.indices.last else { return nil }
        let isObject = open[top].isObject
        if isObject {
            open[top].members.append(JSONObject.Member(key: open[top].key, value: value))
        } else {
            open[top].elements.append(value)
        }
        skipSpace()
        let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        switch peek {
        case UInt8(ascii: ","):
            offset += 1
            if isObject {
                skipSpace()
                try parseKey()
            }
            return nil
        case close:
            offset += 1
            let container = open.removeLast()
            return isObject ? .object(JSONObject(distinct: container.members)) : .array(container.elements)
        default: throw unexpected(isObject ? "',' or '}'" : "',' or ']'")
        }
    }

    private mutating func parseKey() throws(JSONError) {
        let start = offset
        guard peek == UInt8(ascii: "\"") else { throw unexpected("a key in quotation marks") }
        let key = try parseString()
        let top = open.count - 1
        // Compared as bytes; two keys that only Unicode calls equivalent are two keys.
        guard open[top].keys.insert(Array(key.utf8)).inserted else { throw error(.duplicateKey(key), at: start) }
        open[top].key = key
        skipSpace()
        guard peek == UInt8(ascii: ":") else { throw unexpected("':'") }
        offset += 1
    }

    private mutating func parseScalar() throws(JSONError) -> JSONValue {
        switch peek {
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try parseNumber()
        default: throw unexpected("a value")
        }
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for expected in word.description.utf8 {
            guard peek == expected else { throw unexpected("'\(word)'") }
            offset += 1
        }
        return value
    }

    private mutating func parseNumber() throws(JSONError) -> JSONValue {
        let start = offset
        guard let scanned = JSONNumberScan(bytes[start...]) else { throw error(.invalidNumber, at: start) }
        offset = scanned.end
        // `01` scans as `0`; what follows would be reported as a missing comma, which is not the mistake.
        if let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { throw error(.invalidNumber, at: start) }
        let text = bytes[start..<scanned.end]
        guard scanned.isInteger else { return .number(String(decoding: text, as: UTF8.self)) }
        var magnitude: Int128 = 0
        for digit in text where digit != UInt8(ascii: "-") {
            magnitude = magnitude * 10 + Int128(digit - UInt8(ascii: "0"))
            guard magnitude <= Int128(UInt64.max) else { throw error(.integerOutOfRange, at: start) }
        }
        let value = text.first == UInt8(ascii: "-") ? -magnitude : magnitude
        guard value >= Int128(Int64.min) else { throw error(.integerOutOfRange, at: start) }
        return .integer(value)
    }

    /// The string at the cursor, which stands on its opening quotation mark.
    private mutating func parseString() throws(JSONError) -> String {
        let start = offset
        offset += 1
        var text: [UInt8] = []
        while true {
            guard let byte = peek else { throw error(.unexpectedEnd(expected: "'\"'")) }
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                guard let string = String(validating: text, as: UTF8.self) else { throw error(.invalidUTF8, at: start) }
                return string
            case UInt8(ascii: "\\"): text += try parseEscape()
            case 0..<0x20: throw error(.controlCharacterInString(byte))
            default:
                text.append(byte)
                offset += 1
            }
        }
    }

    /// The UTF-8 of the escape at the cursor, which stands on its backslash; a surrogate pair is one escape.
    private mutating func parseEscape() throws(JSONError) -> [UInt8] {
        let start = offset
        offset += 1
        guard let letter = peek else { throw error(.unexpectedEnd(expected: "an escape")) }
        offset += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0c]
        case UInt8(ascii: "n"): return [0x0a]
        case UInt8(ascii: "r"): return [0x0d]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): break
        default: throw error(.invalidEscape, at: start)
        }
        let unit = try parseHexUnit(start)
        var scalar = UInt32(unit)
        if UTF16.isTrailSurrogate(unit) { throw error(.loneSurrogate(unit), at: start) }
        if UTF16.isLeadSurrogate(unit) {
            guard peek == UInt8(ascii: "\\"), offset + 1 < bytes.count, bytes[offset + 1] == UInt8(ascii: "u") else {
                throw error(.loneSurrogate(unit), at: start)
            }
            let second = offset
            offset += 2
            let trail = try parseHexUnit(second)
            guard UTF16.isTrailSurrogate(trail) else { throw error(.loneSurrogate(unit), at: start) }
            scalar = 0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(trail) - 0xdc00)
        }
        guard let valid = Unicode.Scalar(scalar) else { throw error(.invalidEscape, at: start) }
        return Array(String(Character(valid)).utf8)
    }

    private mutating func parseHexUnit(_ start: Int) throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek else { throw error(.unexpectedEnd(expected: "four hexadecimal digits")) }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw error(.invalidEscape, at: start)
            }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }

    private var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { offset += 1 }
    }

    private func unexpected(_ expected: String) -> JSONError {
        if let byte = peek { return error(.unexpectedByte(byte, expected: expected)) }
        return error(.unexpectedEnd(expected: expected))
    }

    private func error(_ reason: JSONError.Reason, at place: Int? = nil) -> JSONError {
        var line = 1
        var lineStart = 0
        let end = place ?? offset
        for index in 0..<end where bytes[index] == 0x0a {
            line += 1
            lineStart = index + 1
        }
        return JSONError(reason: reason, line: line, column: end - lineStart + 1)
    }
}

/// The longest prefix that is a JSON number, by the grammar of RFC 8259 section 6.
struct JSONNumberScan {
    /// Index after the number.
    var end: Int
    /// Neither fraction nor exponent.
    var isInteger = true

    /// Nil if no number begins here, or if a fraction or exponent has no digit.
    init?(_ bytes: ArraySlice<UInt8>) {
        end = bytes.startIndex
        func peek(_ index: Int) -> UInt8? { index < bytes.endIndex ? bytes[index] : nil }
        func digits(from index: Int) -> Int {
            var index = index
            while let byte = peek(index), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
            return index
        }
        if peek(end) == UInt8(ascii: "-") { end += 1 }
        let integer = end
        end = peek(end) == UInt8(ascii: "0") ? end + 1 : digits(from: end)
        if end == integer { return nil }
        if peek(end) == UInt8(ascii: ".") {
            isInteger = false
            let fraction = end + 1
            end = digits(from: fraction)
            if end == fraction { return nil }
        }
        if peek(end) == UInt8(ascii: "e") || peek(end) == UInt8(ascii: "E") {
            isInteger = false
            end += 1
            if peek(end) == UInt8(ascii: "+") || peek(end) == UInt8(ascii: "-") { end += 1 }
            let exponent = end
            end = digits(from: exponent)
            if end == exponent { return nil }
        }
    }
}
