// SPDX-License-Identifier: Apache-2.0
// A JSON value as policies, gas schedules and `--json` output need it: exact integers, ordered keys, no Double anywhere.

/// One JSON value. Integers between Int64.min and UInt64.max are exact; any other number stays the text that it was.
package enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A number without fraction and exponent. Range as parsed: Int64.min … UInt64.max.
    case integer(Int128)
    /// A number with a fraction or an exponent, exactly as written. Must be a valid JSON number.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// What a value is, in the words of RFC 8259; `integer` is a number without fraction and exponent.
    package enum Kind: String, Equatable, Sendable {
        case null, bool, integer, number, string, array, object
    }

    package var kind: Kind {
        switch self {
        case .null: .null
        case .bool: .bool
        case .integer: .integer
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }
}

/// The members of a JSON object in the order of the text; no key occurs twice.
package struct JSONObject: Equatable, Sendable {
    package struct Member: Equatable, Sendable {
        package var key: String
        package var value: JSONValue

        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    package private(set) var members: [Member]

    package init() { members = [] }

    /// For the parser, which has compared the keys already.
    init(distinct members: [Member]) { self.members = members }

    /// The value of `key`, or nil. Keys are compared byte by byte: Swift's `==` on String would call U+212A a "K".
    package subscript(key: String) -> JSONValue? {
        members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value
    }

    /// Adds a member at the end. A key that is already there is a bug of the caller.
    package mutating func append(_ key: String, _ value: JSONValue) {
        precondition(self[key] == nil, "key \"\(key)\" is already in the object")
        members.append(Member(key: key, value: value))
    }

    /// The value of `key`.
    /// - Parameter path: where the object stands, for the error.
    package func required(_ key: String, at path: String) throws(JSONTypeError) -> JSONValue {
        guard let value = self[key] else { throw JSONTypeError(path: path, problem: .missingKey(key)) }
        return value
    }

    /// Throws for the first key that is not in `known`.
    package func refuseKeys(otherThan known: [String], at path: String) throws(JSONTypeError) {
        for member in members where !known.contains(where: { $0.utf8.elementsEqual(member.key.utf8) }) {
            throw JSONTypeError(path: path, problem: .unknownKey(member.key))
        }
    }
}

/// A value that is valid JSON but not what was expected at that place.
package struct JSONTypeError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Problem: Equatable, Sendable {
        case wrongKind(found: JSONValue.Kind, expected: JSONValue.Kind)
        /// An integer outside of what the place takes.
        case outOfRange(value: Int128, minimum: Int128, maximum: Int128)
        case missingKey(String)
        case unknownKey(String)
    }

    /// Where, as the caller named it: `syscalls[3].action`. Empty: the top level.
    package var path: String
    package var problem: Problem

    package init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    package var description: String {
        let place = path.isEmpty ? "at the top level" : "at \(path)"
        return switch problem {
        case .wrongKind(let found, let expected): "found \(found.rawValue) where \(expected.rawValue) is expected (\(place))"
        case .outOfRange(let value, let minimum, let maximum): "integer \(value) is not within \(minimum)…\(maximum) (\(place))"
        case .missingKey(let key): "key \(JSONValue.string(key)) is missing (\(place))"
        case .unknownKey(let key): "key \(JSONValue.string(key)) is unknown (\(place))"
        }
    }
}

// MARK: typed access
extension JSONValue {
    /// The members, if this is an object. `path` names the place in the error.
    package func object(at path: String) throws(JSONTypeError) -> JSONObject {
        guard case .object(let object) = self else { throw mismatch(.object, path) }
        return object
    }

    /// The elements, if this is an array.
    package func array(at path: String) throws(JSONTypeError) -> [JSONValue] {
        guard case .array(let elements) = self else { throw mismatch(.array, path) }
        return elements
    }

    /// The text, if this is a string.
    package func string(at path: String) throws(JSONTypeError) -> String {
        guard case .string(let text) = self else { throw mismatch(.string, path) }
        return text
    }

    /// The truth value, if this is one.
    package func bool(at path: String) throws(JSONTypeError) -> Bool {
        guard case .bool(let value) = self else { throw mismatch(.bool, path) }
        return value
    }

    /// The integer, if this is one that fits `Integer`; `1.0` and `1e3` are numbers, not integers.
    package func integer<Integer: FixedWidthInteger>(
        _ type: Integer.Type = Integer.self, at path: String
    ) throws(JSONTypeError) -> Integer {
        guard case .integer(let wide) = self else { throw mismatch(.integer, path) }
        guard let value = Integer(exactly: wide) else {
            let problem = JSONTypeError.Problem.outOfRange(
                value: wide, minimum: Int128(clamping: Integer.min), maximum: Int128(clamping: Integer.max))
            throw JSONTypeError(path: path, problem: problem)
        }
        return value
    }

    private func mismatch(_ expected: Kind, _ path: String) -> JSONTypeError {
        JSONTypeError(path: path, problem: .wrongKind(found: kind, expected: expected))
    }
}

// MARK: literals, for output that is built in code
extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int128) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONValue: ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    /// Keeps the order; a key that occurs twice is a bug.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements { object.append(key, value) }
        self = .object(object)
    }
}

extension JSONValue {
    /// An integer of any type that fits into Int64.min … UInt64.max: `JSONValue(gasUsed)`.
    package init(_ value: some FixedWidthInteger) { self = .integer(Int128(value)) }
}
