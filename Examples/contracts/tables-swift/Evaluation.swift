// SPDX-License-Identifier: Apache-2.0
// What an expression is worth for a row, and for a group of rows.

/// One table of a query, and where its columns stand in a row.
struct Scope {
    var alias: [UInt8]
    var columns: [Column]
    var first: Int
}

struct Evaluator {
    var scopes: [Scope]

    func index(_ table: [UInt8], _ name: [UInt8], _ position: Int) throws(SQLError) -> Int {
        var found = -1
        for scope in scopes where table.isEmpty || orderBytes(table, scope.alias) == 0 {
            for (offset, column) in scope.columns.enumerated() where orderBytes(column.name, name) == 0 {
                if found >= 0 { throw SQLError("column of more than one table", at: position) }
                found = scope.first + offset
            }
        }
        if found < 0 { throw SQLError("no such column", at: position) }
        return found
    }

    /// Whether a function of groups stands in it.
    static func isGrouped(_ expression: Expression) -> Bool {
        switch expression {
        case .literal, .column: return false
        case .countAll: return true
        case .binary(_, let left, let right): return isGrouped(left) || isGrouped(right)
        case .not(let value), .negated(let value), .isNull(let value, _): return isGrouped(value)
        case .among(let value, let items, _):
            for item in items where isGrouped(item) { return true }
            return isGrouped(value)
        case .call(let function, let operands):
            switch function {
            case .count, .sum, .least, .greatest, .average: return true
            default:
                for operand in operands where isGrouped(operand) { return true }
                return false
            }
        }
    }

    /// - Parameter group: the rows of the group, of which `row` is the first; nil where there are no groups.
    func value(_ expression: Expression, _ row: [Value], _ group: [[Value]]?) throws(SQLError) -> Value {
        switch expression {
        case .literal(let value): return value
        case .column(let table, let name, let position): return row.isEmpty ? .null : row[try index(table, name, position)]
        case .binary(let operation, let left, let right): return try binary(operation, left, right, row, group)
        case .not(let operand):
            let value = try value(operand, row, group)
            if case .null = value { return .null }
            return .integer(value.isTrue ? 0 : 1)
        case .negated(let operand):
            let value = try value(operand, row, group)
            if case .null = value { return .null }
            guard let number = value.number else { throw SQLError("a number is expected") }
            let (result, over) = Int64(0).subtractingReportingOverflow(number)
            if over { throw SQLError("number too large") }
            return .integer(result)
        case .isNull(let operand, let isNegated):
            if case .null = try value(operand, row, group) { return .integer(isNegated ? 0 : 1) }
            return .integer(isNegated ? 1 : 0)
        case .among(let operand, let items, let isNegated):
            let left = try value(operand, row, group)
            if case .null = left { return .null }
            for item in items {
                let right = try value(item, row, group)
                if case .null = right { continue }
                if Value.order(left, right) == 0 { return .integer(isNegated ? 0 : 1) }
            }
            return .integer(isNegated ? 1 : 0)
        case .countAll:
            guard let group else { throw SQLError("count where there are no groups") }
            return .integer(Int64(group.count))
        case .call(let function, let operands): return try call(function, operands, row, group)
        }
    }

    private func binary(
        _ operation: Operator, _ left: Expression, _ right: Expression, _ row: [Value], _ group: [[Value]]?
    ) throws(SQLError) -> Value {
        let one = try value(left, row, group)
        if operation == .and {
            if case .null = one {} else if !one.isTrue { return .integer(0) }
            let other = try value(right, row, group)
            if case .null = other { return .null }
            if !other.isTrue { return .integer(0) }
            if case .null = one { return .null }
            return .integer(1)
        }
        if operation == .or {
            if one.isTrue { return .integer(1) }
            let other = try value(right, row, group)
            if other.isTrue { return .integer(1) }
            if case .null = one { return .null }
            if case .null = other { return .null }
            return .integer(0)
        }
        let other = try value(right, row, group)
        if case .null = one { return .null }
        if case .null = other { return .null }
        switch operation {
        case .equal: return .integer(Value.order(one, other) == 0 ? 1 : 0)
        case .unequal: return .integer(Value.order(one, other) != 0 ? 1 : 0)
        case .less: return .integer(Value.order(one, other) < 0 ? 1 : 0)
        case .lessOrEqual: return .integer(Value.order(one, other) <= 0 ? 1 : 0)
        case .greater: return .integer(Value.order(one, other) > 0 ? 1 : 0)
        case .greaterOrEqual: return .integer(Value.order(one, other) >= 0 ? 1 : 0)
        case .like:
            guard let text = one.printed, let pattern = other.printed else { return .null }
            return .integer(Self.matches(text, pattern) ? 1 : 0)
        case .joined:
            guard let first = one.printed, let second = other.printed else { return .null }
            return .text(first + second)
        case .plus, .minus, .times, .divided, .rest: return try arithmetic(operation, one, other)
        case .and, .or: return .null
        }
    }

    private func arithmetic(_ operation: Operator, _ one: Value, _ other: Value) throws(SQLError) -> Value {
        guard let a = one.number, let b = other.number else { throw SQLError("a number is expected") }
        let (result, over): (Int64, Bool)
        switch operation {
        case .plus: (result, over) = a.addingReportingOverflow(b)
        case .minus: (result, over) = a.subtractingReportingOverflow(b)
        case .times:
            // By magnitudes: a product of 64-bit numbers would need a helper of the compiler's library.
            let (high, low) = Self.product(a.magnitude, b.magnitude)
            let isNegative = (a < 0) != (b < 0)
            let limit: UInt64 = isNegative ? 1 << 63 : 1 << 63 - 1
            if high != 0 || low > limit { throw SQLError("number too large") }
            return .integer(isNegative ? Int64(truncatingIfNeeded: 0 &- low) : Int64(truncatingIfNeeded: low))
        case .divided:
            if b == 0 { return .null }
            (result, over) = a.dividedReportingOverflow(by: b)
        default:
            if b == 0 { return .null }
            if b == -1 { return .integer(0) }
            (result, over) = a.remainderReportingOverflow(dividingBy: b)
        }
        if over { throw SQLError("number too large") }
        return .integer(result)
    }

    private static func product(_ one: UInt64, _ other: UInt64) -> (high: UInt64, low: UInt64) {
        let mask: UInt64 = 0xffff_ffff
        let (a, b, c, d) = (one >> 32, one & mask, other >> 32, other & mask)
        let low = b &* d
        let middle = a &* d &+ low >> 32
        let cross = b &* c &+ middle & mask
        return (a &* c &+ middle >> 32 &+ cross >> 32, cross << 32 | low & mask)
    }

    /// `%` stands for any bytes, `_` for one; letters of either case are equal. Goes back to the last `%` only, so linear in most.
    static func matches(_ text: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (i, j) = (0, 0)
        var (anyText, anyPattern) = (-1, -1)
        func plain(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte + 32 : byte }
        while i < text.count {
            if j < pattern.count, pattern[j] == 37 {
                (anyText, anyPattern) = (i, j)
                j += 1
            } else if j < pattern.count, pattern[j] == 95 || plain(pattern[j]) == plain(text[i]) {
                i += 1
                j += 1
            } else if anyPattern >= 0 {
                anyText += 1
                i = anyText
                j = anyPattern + 1
            } else {
                return false
            }
        }
        while j < pattern.count, pattern[j] == 37 { j += 1 }
        return j == pattern.count
    }

    private func call(
        _ function: Function, _ operands: [Expression], _ row: [Value], _ group: [[Value]]?
    ) throws(SQLError) -> Value {
        switch function {
        case .count, .sum, .least, .greatest, .average:
            guard let group else { throw SQLError("a function of groups where there are none") }
            return try aggregate(function, operands[0], group)
        case .coalesce:
            for operand in operands {
                let result = try value(operand, row, group)
                if case .null = result { continue }
                return result
            }
            return .null
        default: break
        }
        let first = try value(operands[0], row, group)
        switch function {
        case .length:
            guard let text = first.printed else { return .null }
            return .integer(Int64(text.count))
        case .lower, .upper:
            guard var text = first.printed else { return .null }
            for index in text.indices {
                let byte = text[index]
                if function == .lower, byte >= 65, byte <= 90 { text[index] = byte + 32 }
                if function == .upper, byte >= 97, byte <= 122 { text[index] = byte - 32 }
            }
            return .text(text)
        case .absolute:
            guard let number = first.number else { return .null }
            if number == Int64.min { throw SQLError("number too large") }
            return .integer(number < 0 ? -number : number)
        case .part:
            guard let text = first.printed, let start = try value(operands[1], row, group).number else { return .null }
            var size = Int64(text.count)
            if operands.count == 3 {
                guard let given = try value(operands[2], row, group).number else { return .null }
                size = given
            }
            let begin = max(0, min(Int64(text.count), start - 1))
            let end = max(begin, min(Int64(text.count), begin + max(0, min(size, Int64(text.count)))))
            return .text(Array(text[Int(begin)..<Int(end)]))
        default: return .null
        }
    }

    private func aggregate(_ function: Function, _ operand: Expression, _ group: [[Value]]) throws(SQLError) -> Value {
        var count: Int64 = 0
        var sum: Int64 = 0
        var best = Value.null
        for row in group {
            let item = try value(operand, row, nil)
            if case .null = item { continue }
            count += 1
            switch function {
            case .sum, .average:
                guard let number = item.number else { throw SQLError("a number is expected") }
                let (next, over) = sum.addingReportingOverflow(number)
                if over { throw SQLError("number too large") }
                sum = next
            case .least: if count == 1 || Value.order(item, best) < 0 { best = item }
            case .greatest: if count == 1 || Value.order(item, best) > 0 { best = item }
            default: break
            }
        }
        switch function {
        case .count: return .integer(count)
        case .sum: return count == 0 ? .null : .integer(sum)
        case .average: return count == 0 ? .null : .integer(sum / count)
        default: return best
        }
    }
}
