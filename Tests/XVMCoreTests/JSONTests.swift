// SPDX-License-Identifier: Apache-2.0
// Strict JSON: what is taken, what is refused and where, and that output comes back unchanged.

import Testing
import XVMCore

private let limits = JSONLimits(sizeMax: 4096, depthMax: 8)

private func parse(_ text: String, limits: JSONLimits = limits) throws(JSONError) -> JSONValue {
    try JSONValue(parsing: Array(text.utf8), limits: limits)
}

private func refusal(_ text: String) -> JSONError? { refusal(Array(text.utf8)) }

private func refusal(_ bytes: [UInt8]) -> JSONError? {
    do {
        _ = try JSONValue(parsing: bytes, limits: limits)
        return nil
    } catch { return error }
}

/// A fixed sequence, so that a failure repeats (Steele, Lea, Flood 2014).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
        return word ^ word >> 31
    }
}

@Suite struct JSONTests {
    @Test("every kind of value is parsed, keys keep their order")
    func kinds() throws {
        let value = try parse(#" { "b" : [ 1 , -2, 1.50, 1e3, true ] , "a" : { "x" : null, "y": false }, "" : "t" } "#)
        let expected: JSONValue = [
            "b": [1, -2, .number("1.50"), .number("1e3"), true], "a": ["x": .null, "y": false], "": "t",
        ]
        #expect(value == expected)
        #expect(try value.object(at: "").members.map(\.key) == ["b", "a", ""])
        #expect(try parse("[]") == [] && parse("{}") == [:] && parse("[[],{}]") == [[], [:]])
    }

    @Test(
        "integers are exact over the whole range, also above 2^53",
        arguments: [
            ("0", Int128(0)), ("-0", 0), ("9007199254740993", 9_007_199_254_740_993), ("-9223372036854775808", Int128(Int64.min)),
            ("18446744073709551615", Int128(UInt64.max)),
        ])
    func integers(text: String, value: Int128) throws {
        #expect(try parse(text) == .integer(value))
        #expect(try parse(parse(text).description) == .integer(value))
    }

    @Test(
        "an integer beyond 64 bits is refused, not rounded",
        arguments: ["18446744073709551616", "-9223372036854775809", "1" + String(repeating: "0", count: 200)])
    func tooLarge(text: String) {
        #expect(refusal("[" + text + "]") == JSONError(reason: .integerOutOfRange, line: 1, column: 2))
    }

    @Test("what is not a number by the grammar is refused", arguments: ["-", "01", "1.", "1e", "1e+", "-x", "00", "1.e1"])
    func numbers(text: String) {
        #expect(refusal(text)?.reason == .invalidNumber)
    }

    @Test(
        "a fault is reported with line, column and what",
        arguments: [
            ("", 1, 1, JSONError.Reason.unexpectedEnd(expected: "a value")),
            ("  \n ", 2, 2, .unexpectedEnd(expected: "a value")),
            ("[1,\n 2,]", 2, 4, .unexpectedByte(UInt8(ascii: "]"), expected: "a value")),
            ("[1 2]", 1, 4, .unexpectedByte(UInt8(ascii: "2"), expected: "',' or ']'")),
            ("{\"a\" 1}", 1, 6, .unexpectedByte(UInt8(ascii: "1"), expected: "':'")),
            ("{\"a\":1,}", 1, 8, .unexpectedByte(UInt8(ascii: "}"), expected: "a key in quotation marks")),
            ("{a:1}", 1, 2, .unexpectedByte(UInt8(ascii: "a"), expected: "a key in quotation marks")),
            ("{\"a\":1", 1, 7, .unexpectedEnd(expected: "',' or '}'")),
            ("1 1", 1, 3, .unexpectedByte(UInt8(ascii: "1"), expected: "the end of the text")),
            ("[1]]", 1, 4, .unexpectedByte(UInt8(ascii: "]"), expected: "the end of the text")),
            ("nul", 1, 4, .unexpectedEnd(expected: "'null'")), ("trye", 1, 3, .unexpectedByte(0x79, expected: "'true'")),
            ("+1", 1, 1, .unexpectedByte(UInt8(ascii: "+"), expected: "a value")),
            ("// c\n1", 1, 1, .unexpectedByte(UInt8(ascii: "/"), expected: "a value")),
            ("\u{feff}1", 1, 1, .unexpectedByte(0xef, expected: "a value")),
            ("[\"a]", 1, 5, .unexpectedEnd(expected: "'\"'")), ("\"\n\"", 1, 2, .controlCharacterInString(10)),
            ("{\"a\":1,\n\"b\":2, \"a\":3}", 2, 8, .duplicateKey("a")),
            ("{\"a\":1,\"\\u0061\":3}", 1, 8, .duplicateKey("a")),
        ])
    func faults(text: String, line: Int, column: Int, reason: JSONError.Reason) {
        #expect(refusal(text) == JSONError(reason: reason, line: line, column: column))
    }

    @Test("keys are compared as bytes: the Kelvin sign is not a K")
    func kelvin() throws {
        let object = try parse("{\"K\":1,\"\u{212a}\":2}").object(at: "")
        #expect(object["K"] == 1 && object["\u{212a}"] == 2)
        #expect(throws: JSONTypeError(path: "p", problem: .unknownKey("\u{212a}"))) {
            try object.refuseKeys(otherThan: ["K"], at: "p")
        }
    }

    @Test("nesting is limited, at the limit it passes, and deep input does not deepen our stack")
    func depth() throws {
        #expect(try parse(String(repeating: "[", count: 8) + String(repeating: "]", count: 8)).kind == .array)
        #expect(
            refusal(String(repeating: "[", count: 9) + String(repeating: "]", count: 9))
                == JSONError(reason: .depthExceedsLimit(limit: 8), line: 1, column: 9))
        let huge = Array(repeating: UInt8(ascii: "["), count: 1 << 20)
        #expect(throws: JSONError(reason: .depthExceedsLimit(limit: 512), line: 1, column: 513)) {
            try JSONValue(parsing: huge, limits: JSONLimits(sizeMax: 1 << 20, depthMax: 512))
        }
        #expect(throws: JSONError(reason: .depthExceedsLimit(limit: 0), line: 1, column: 1)) {
            try parse("[]", limits: JSONLimits(sizeMax: 10, depthMax: 0))
        }
    }

    @Test("a text above the size limit is refused before it is read")
    func size() {
        #expect(throws: JSONError(reason: .sizeExceedsLimit(size: 4097, limit: 4096), line: 1, column: 1)) {
            try parse(String(repeating: " ", count: 4096) + "1")
        }
    }

    @Test("escapes are decoded, pairs of surrogates become one scalar")
    func escapes() throws {
        #expect(
            try parse(#""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00\u0000""#) == .string("\"\\/\u{8}\u{c}\n\r\tA\u{e9}\u{1f600}\0"))
        #expect(refusal(#""\ud83d""#) == JSONError(reason: .loneSurrogate(0xd83d), line: 1, column: 2))
        #expect(refusal(#""\ud83d\u0041""#)?.reason == .loneSurrogate(0xd83d))
        #expect(refusal(#""\ude00""#)?.reason == .loneSurrogate(0xde00))
        #expect(refusal(#""\x""#)?.reason == .invalidEscape && refusal(#""\u00g0""#)?.reason == .invalidEscape)
        #expect(refusal(#""\u12"#)?.reason == .unexpectedEnd(expected: "four hexadecimal digits"))
    }

    @Test(
        "a string that is not UTF-8 is refused",
        arguments: [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func utf8(bytes: [UInt8]) {
        #expect(refusal([0x22] + bytes + [0x22]) == JSONError(reason: .invalidUTF8, line: 1, column: 1))
    }

    @Test("output is one line, control characters escaped, and comes back the same")
    func writing() throws {
        let value: JSONValue = [
            "z": "q\"\\\u{1}\u{7f}\u{9b}\n€", "a": [1, true, .null, .number("-1.5e-7")], "u": .integer(Int128(UInt64.max)),
            "o": [:],
            "e": [],
        ]
        let text = value.description
        #expect(
            text
                == #"{"z":"q\"\\\u0001\u007f\u009b\n€","a":[1,true,null,-1.5e-7],"u":18446744073709551615,"o":{},"e":[]}"#)
        #expect(try parse(text) == value)
    }

    @Test("random values survive writing and parsing")
    func roundTrip() throws {
        var random = SplitMix(state: 1)
        func value(_ depth: Int) -> JSONValue {
            switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
            case 0: return .null
            case 1: return .bool(.random(using: &random))
            case 2: return JSONValue(UInt64.random(in: 0...UInt64.max, using: &random))
            case 3: return JSONValue(Int64.random(in: Int64.min...Int64.max, using: &random))
            case 4:
                let scalars = (0..<5).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0..<0x11_0000, using: &random)) }
                return .string(String(String.UnicodeScalarView(scalars)))
            case 5: return .array((0..<3).map { _ in value(depth - 1) })
            default:
                var object = JSONObject()
                for index in 0..<3 { object.append("k\(index)", value(depth - 1)) }
                return .object(object)
            }
        }
        for _ in 0..<300 {
            let original = value(4)
            let bytes = original.encoded()
            // Compared as bytes as well: String's == forgives normalisation.
            #expect(try JSONValue(parsing: bytes, limits: JSONLimits(sizeMax: 1 << 20, depthMax: 8)).encoded() == bytes)
        }
    }

    @Test("no prefix of a document and no flipped bit makes the parser stop the process")
    func mutations() {
        let document = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00",true,null],"b":{"c":"d"}}"#.utf8)
        for end in 0..<document.count { #expect(refusal(Array(document[..<end])) != nil) }
        for index in document.indices {
            for bit in 0..<8 {
                var mutated = document
                mutated[index] ^= 1 << UInt8(bit)
                if let value = try? JSONValue(parsing: mutated, limits: limits) {
                    #expect((try? JSONValue(parsing: value.encoded(), limits: limits)) == value)
                }
            }
        }
    }

    @Test("typed access names place, found and expected")
    func access() throws {
        let value = try parse(#"{"n":300,"s":"t","f":1.0}"#)
        let object = try value.object(at: "")
        #expect(try object.required("n", at: "").integer(UInt16.self, at: "n") == 300)
        #expect(throws: JSONTypeError(path: "n", problem: .outOfRange(value: 300, minimum: 0, maximum: 255))) {
            try object.required("n", at: "").integer(UInt8.self, at: "n")
        }
        #expect(throws: JSONTypeError(path: "f", problem: .wrongKind(found: .number, expected: .integer))) {
            try object.required("f", at: "").integer(UInt8.self, at: "f")
        }
        #expect(throws: JSONTypeError(path: "x.s", problem: .wrongKind(found: .string, expected: .array))) {
            try object.required("s", at: "x").array(at: "x.s")
        }
        #expect(throws: JSONTypeError(path: "x", problem: .missingKey("m"))) { try object.required("m", at: "x") }
        #expect(throws: JSONTypeError(path: "x", problem: .unknownKey("f"))) {
            try object.refuseKeys(otherThan: ["n", "s"], at: "x")
        }
    }

    @Test("a message says what, the value and where")
    func messages() {
        #expect(refusal("{\"a\":1,\"a\":2}")?.description == "1:8: key \"a\" occurs twice")
        #expect(
            JSONTypeError(path: "cost", problem: .outOfRange(value: -1, minimum: 0, maximum: 255)).description
                == "integer -1 is not within 0…255 (at cost)")
    }
}
