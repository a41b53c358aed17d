// SPDX-License-Identifier: Apache-2.0
// Values of a table's cells: null, whole numbers and texts; how they compare, how they are stored and printed.

enum Value {
    case null
    case integer(Int64)
    case text([UInt8])

    var isTrue: Bool {
        switch self {
        case .null: false
        case .integer(let number): number != 0
        case .text(let bytes): !bytes.isEmpty
        }
    }

    /// Null before numbers before texts; texts by their bytes.
    static func order(_ one: Value, _ other: Value) -> Int {
        switch (one, other) {
        case (.null, .null): 0
        case (.null, _): -1
        case (_, .null): 1
        case (.integer(let a), .integer(let b)): a < b ? -1 : a > b ? 1 : 0
        case (.integer, .text): -1
        case (.text, .integer): 1
        case (.text(let a), .text(let b)): orderBytes(a, b)
        }
    }

    /// Appended to a key of a group, so that equal lists of values have equal keys.
    func append(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(0)
        case .integer(let number):
            out.append(1)
            var rest = UInt64(bitPattern: number)
            for _ in 0..<8 {
                out.append(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
        case .text(let bytes):
            out.append(2)
            var rest = UInt32(truncatingIfNeeded: bytes.count)
            for _ in 0..<4 {
                out.append(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
            out.append(contentsOf: bytes)
        }
    }

    /// The value that stands at `position`, which moves behind it; nil where the bytes are none.
    static func read(_ bytes: [UInt8], _ position: inout Int) -> Value? {
        guard position < bytes.count else { return nil }
        let kind = bytes[position]
        position += 1
        switch kind {
        case 0: return .null
        case 1:
            guard position + 8 <= bytes.count else { return nil }
            var number: UInt64 = 0
            for index in 0..<8 { number |= UInt64(bytes[position + index]) << UInt64(8 * index) }
            position += 8
            return .integer(Int64(bitPattern: number))
        case 2:
            guard position + 4 <= bytes.count else { return nil }
            var size = 0
            for index in 0..<4 { size |= Int(bytes[position + index]) << (8 * index) }
            position += 4
            guard size >= 0, size <= bytes.count - position else { return nil }
            let text = Array(bytes[position..<(position + size)])
            position += size
            return .text(text)
        default: return nil
        }
    }

    /// As JSON.
    func print(to out: inout [UInt8]) {
        switch self {
        case .null: out.append(contentsOf: bytes("null"))
        case .integer(let number): appendDecimal(number, to: &out)
        case .text(let text): appendQuoted(text, to: &out)
        }
    }

    /// The number that this is or that a text spells; nil for null and other texts.
    var number: Int64? {
        switch self {
        case .null: return nil
        case .integer(let number): return number
        case .text(let text): return parseNumber(text, 0, text.count)
        }
    }

    /// The text that this is or prints as; nil for null.
    var printed: [UInt8]? {
        switch self {
        case .null: return nil
        case .integer(let number):
            var out: [UInt8] = []
            appendDecimal(number, to: &out)
            return out
        case .text(let text): return text
        }
    }
}

/// Bytes as a key of a dictionary.
struct Key: Hashable {
    var bytes: [UInt8]
}

func orderBytes(_ one: [UInt8], _ other: [UInt8]) -> Int {
    let shared = one.count < other.count ? one.count : other.count
    var index = 0
    while index < shared {
        if one[index] != other[index] { return one[index] < other[index] ? -1 : 1 }
        index += 1
    }
    return one.count == other.count ? 0 : one.count < other.count ? -1 : 1
}

func appendDecimal(_ number: Int64, to out: inout [UInt8]) {
    var digits: [UInt8] = []
    var rest = number.magnitude
    repeat {
        digits.append(UInt8(truncatingIfNeeded: rest % 10) + 48)
        rest /= 10
    } while rest != 0
    if number < 0 { digits.append(45) }
    for digit in digits.reversed() { out.append(digit) }
}

func appendQuoted(_ text: [UInt8], to out: inout [UInt8]) {
    let hex: [UInt8] = bytes("0123456789abcdef")
    out.append(34)
    for byte in text {
        switch byte {
        case 34, 92:
            out.append(92)
            out.append(byte)
        case 10: out.append(contentsOf: bytes("\\n"))
        case 13: out.append(contentsOf: bytes("\\r"))
        case 9: out.append(contentsOf: bytes("\\t"))
        case 0..<32:
            out.append(contentsOf: bytes("\\u00"))
            out.append(hex[Int(byte >> 4)])
            out.append(hex[Int(byte & 15)])
        default: out.append(byte)
        }
    }
    out.append(34)
}

/// A decimal number of the bytes from `first` up to `end`; nil where they are none, or it does not fit.
func parseNumber(_ text: [UInt8], _ first: Int, _ end: Int) -> Int64? {
    var position = first
    var isNegative = false
    if position < end, text[position] == 45 {
        isNegative = true
        position += 1
    }
    guard position < end else { return nil }
    // By magnitude and by hand: an overflow check of a 64-bit product would need a helper of the compiler's library.
    var number: UInt64 = 0
    let limit: UInt64 = isNegative ? 1 << 63 : 1 << 63 - 1
    while position < end {
        let byte = text[position]
        guard byte >= 48, byte <= 57, number <= limit / 10 else { return nil }
        number = number &* 10 &+ UInt64(byte - 48)
        if number > limit { return nil }
        position += 1
    }
    return Int64(truncatingIfNeeded: isNegative ? 0 &- number : number)
}
