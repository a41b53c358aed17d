// SPDX-License-Identifier: Apache-2.0
// From text to statements: a scanner and a parser by precedence.

struct SQLError: Error {
    var message: StaticString
    /// Byte of the statement where it was found; -1: nowhere.
    var position: Int

    init(_ message: StaticString, at position: Int = -1) {
        self.message = message
        self.position = position
    }
}

enum Token {
    case end
    /// In lower case.
    case word([UInt8])
    case number(Int64)
    case text([UInt8])
    /// One or two characters.
    case sign(UInt16)
}

func sign(_ text: StaticString) -> UInt16 {
    let first = UInt16(text.utf8Start[0])
    return text.utf8CodeUnitCount == 1 ? first : first << 8 | UInt16(text.utf8Start[1])
}

enum Operator {
    case or, and, equal, unequal, less, lessOrEqual, greater, greaterOrEqual, like, plus, minus, times, divided, rest, joined
}

enum Function { case count, sum, least, greatest, average, length, lower, upper, absolute, part, coalesce }

indirect enum Expression {
    case literal(Value)
    /// A column by name, with its table's name if one was given.
    case column(table: [UInt8], name: [UInt8], position: Int)
    case binary(Operator, Expression, Expression)
    case not(Expression)
    case negated(Expression)
    case isNull(Expression, isNegated: Bool)
    case among(Expression, [Expression], isNegated: Bool)
    case call(Function, [Expression])
    /// `count(*)`.
    case countAll
}

struct Column {
    var name: [UInt8]
    var isText: Bool
}

struct Output {
    var expression: Expression
    var name: [UInt8]
}

struct Source {
    var table: [UInt8]
    var alias: [UInt8]
    /// Of a join; nil for the first table.
    var condition: Expression?
}

struct Order {
    var expression: Expression
    var isDescending: Bool
}

struct Query {
    var isDistinct = false
    /// Empty: all columns.
    var outputs: [Output] = []
    var sources: [Source] = []
    var condition: Expression?
    var groups: [Expression] = []
    var having: Expression?
    var orders: [Order] = []
    var limit: Expression?
    var offset: Expression?
}

enum Statement {
    case create([UInt8], [Column])
    case drop([UInt8])
    case insert([UInt8], columns: [[UInt8]], rows: [[Expression]])
    case update([UInt8], [(name: [UInt8], value: Expression)], Expression?)
    case delete([UInt8], Expression?)
    case select(Query)
}

struct Parser {
    let text: [UInt8]
    var position = 0
    var token = Token.end
    var start = 0
    var depth = 0

    /// A level takes some seven of the 500 frames that `xuper` allows.
    static let depthMax = 32

    init(_ text: [UInt8]) throws(SQLError) {
        self.text = text
        try advance()
    }

    // MARK: Tokens

    private static func isLetter(_ byte: UInt8) -> Bool { byte >= 97 && byte <= 122 || byte >= 65 && byte <= 90 || byte == 95 }
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

    mutating func advance() throws(SQLError) {
        while position < text.count, text[position] == 32 || text[position] == 10 || text[position] == 9 || text[position] == 13 {
            position += 1
        }
        start = position
        guard position < text.count else {
            token = .end
            return
        }
        let byte = text[position]
        if Self.isLetter(byte) {
            var word: [UInt8] = []
            while position < text.count, Self.isLetter(text[position]) || Self.isDigit(text[position]) {
                let letter = text[position]
                word.append(letter >= 65 && letter <= 90 ? letter + 32 : letter)
                position += 1
            }
            token = .word(word)
        } else if Self.isDigit(byte) {
            while position < text.count, Self.isDigit(text[position]) { position += 1 }
            guard let number = parseNumber(text, start, position) else { throw SQLError("number too large", at: start) }
            token = .number(number)
        } else if byte == 39 {
            var out: [UInt8] = []
            position += 1
            while true {
                guard position < text.count else { throw SQLError("text without end", at: start) }
                if text[position] == 39 {
                    position += 1
                    guard position < text.count, text[position] == 39 else { break }
                }
                out.append(text[position])
                position += 1
            }
            token = .text(out)
        } else {
            position += 1
            if position < text.count {
                let pair = UInt16(byte) << 8 | UInt16(text[position])
                if pair == sign("<=") || pair == sign(">=") || pair == sign("<>") || pair == sign("!=") || pair == sign("||") {
                    position += 1
                    token = .sign(pair)
                    return
                }
            }
            token = .sign(UInt16(byte))
        }
    }

    private func isAt(_ word: StaticString) -> Bool {
        guard case .word(let bytes) = token, bytes.count == word.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where bytes[index] != word.utf8Start[index] { return false }
        return true
    }

    private mutating func accept(_ word: StaticString) throws(SQLError) -> Bool {
        guard isAt(word) else { return false }
        try advance()
        return true
    }

    private mutating func accept(sign code: UInt16) throws(SQLError) -> Bool {
        guard case .sign(code) = token else { return false }
        try advance()
        return true
    }

    private mutating func expect(_ word: StaticString, _ message: StaticString) throws(SQLError) {
        if try !accept(word) { throw SQLError(message, at: start) }
    }

    private mutating func expect(sign code: UInt16, _ message: StaticString) throws(SQLError) {
        if try !accept(sign: code) { throw SQLError(message, at: start) }
    }

    private func isReserved() -> Bool {
        isAt("select") || isAt("from") || isAt("where") || isAt("group") || isAt("having") || isAt("order") || isAt("limit")
            || isAt("offset") || isAt("join") || isAt("on") || isAt("as") || isAt("and") || isAt("or") || isAt("not") || isAt("set")
            || isAt("values") || isAt("into") || isAt("asc") || isAt("desc") || isAt("is") || isAt("in") || isAt("like")
            || isAt("between") || isAt("case") || isAt("distinct")
    }

    private mutating func name() throws(SQLError) -> [UInt8] {
        guard case .word(let word) = token, !isReserved() else { throw SQLError("a name is expected", at: start) }
        if word.count > 60 { throw SQLError("name longer than 60 bytes", at: start) }
        try advance()
        return word
    }

    // MARK: Statements

    mutating func statement() throws(SQLError) -> Statement {
        let result: Statement
        if try accept("create") {
            try expect("table", "create table is expected")
            result = try create()
        } else if try accept("drop") {
            try expect("table", "drop table is expected")
            result = .drop(try name())
        } else if try accept("insert") {
            try expect("into", "insert into is expected")
            result = try insert()
        } else if try accept("update") {
            result = try update()
        } else if try accept("delete") {
            try expect("from", "delete from is expected")
            let table = try name()
            result = .delete(table, try accept("where") ? try expression() : nil)
        } else if try accept("select") {
            result = .select(try query())
        } else {
            throw SQLError("a statement is expected", at: start)
        }
        _ = try accept(sign: sign(";"))
        guard case .end = token else { throw SQLError("text behind the statement", at: start) }
        return result
    }

    private mutating func create() throws(SQLError) -> Statement {
        let table = try name()
        var columns: [Column] = []
        try expect(sign: sign("("), "( is expected")
        repeat {
            let column = try name()
            for other in columns where orderBytes(other.name, column) == 0 { throw SQLError("column named twice", at: start) }
            if try accept("integer") {
                columns.append(Column(name: column, isText: false))
            } else {
                try expect("text", "integer or text is expected")
                columns.append(Column(name: column, isText: true))
            }
            if columns.count > 32 { throw SQLError("more than 32 columns", at: start) }
        } while try accept(sign: sign(","))
        try expect(sign: sign(")"), ") is expected")
        return .create(table, columns)
    }

    private mutating func insert() throws(SQLError) -> Statement {
        let table = try name()
        var columns: [[UInt8]] = []
        if try accept(sign: sign("(")) {
            repeat { columns.append(try name()) } while try accept(sign: sign(","))
            try expect(sign: sign(")"), ") is expected")
        }
        try expect("values", "values is expected")
        var rows: [[Expression]] = []
        repeat {
            try expect(sign: sign("("), "( is expected")
            rows.append(try list())
            try expect(sign: sign(")"), ") is expected")
        } while try accept(sign: sign(","))
        return .insert(table, columns: columns, rows: rows)
    }

    private mutating func update() throws(SQLError) -> Statement {
        let table = try name()
        try expect("set", "set is expected")
        var changes: [(name: [UInt8], value: Expression)] = []
        repeat {
            let column = try name()
            try expect(sign: sign("="), "= is expected")
            changes.append((column, try expression()))
        } while try accept(sign: sign(","))
        return .update(table, changes, try accept("where") ? try expression() : nil)
    }

    private mutating func query() throws(SQLError) -> Query {
        var query = Query()
        query.isDistinct = try accept("distinct")
        if try !accept(sign: sign("*")) {
            repeat {
                let first = start
                let value = try expression()
                var last = start
                while last > first, text[last - 1] == 32 || text[last - 1] == 10 { last -= 1 }
                var label = Array(text[first..<last])
                if try accept("as") { label = try name() }
                query.outputs.append(Output(expression: value, name: label))
            } while try accept(sign: sign(","))
        }
        if try accept("from") {
            query.sources.append(try source(isJoined: false))
            while try accept("join") { query.sources.append(try source(isJoined: true)) }
            if query.sources.count > 4 { throw SQLError("more than four tables", at: start) }
        } else if query.outputs.isEmpty {
            throw SQLError("from is expected", at: start)
        }
        if try accept("where") { query.condition = try expression() }
        if try accept("group") {
            try expect("by", "group by is expected")
            query.groups = try list()
        }
        if try accept("having") { query.having = try expression() }
        if try accept("order") {
            try expect("by", "order by is expected")
            repeat {
                let value = try expression()
                let isDescending = try accept("desc")
                if !isDescending { _ = try accept("asc") }
                query.orders.append(Order(expression: value, isDescending: isDescending))
            } while try accept(sign: sign(","))
        }
        if try accept("limit") { query.limit = try expression() }
        if try accept("offset") { query.offset = try expression() }
        return query
    }

    private mutating func source(isJoined: Bool) throws(SQLError) -> Source {
        let table = try name()
        var alias = table
        if try accept("as") {
            alias = try name()
        } else if case .word = token, !isReserved() {
            alias = try name()
        }
        guard isJoined else { return Source(table: table, alias: alias, condition: nil) }
        try expect("on", "on is expected")
        return Source(table: table, alias: alias, condition: try expression())
    }

    // MARK: Expressions

    private mutating func list() throws(SQLError) -> [Expression] {
        var items: [Expression] = []
        repeat { items.append(try expression()) } while try accept(sign: sign(","))
        return items
    }

    mutating func expression() throws(SQLError) -> Expression {
        depth += 1
        if depth > Self.depthMax { throw SQLError("expression nested too deep", at: start) }
        var left = try conjunction()
        while try accept("or") { left = .binary(.or, left, try conjunction()) }
        depth -= 1
        return left
    }

    private mutating func conjunction() throws(SQLError) -> Expression {
        var left = try inversion()
        while try accept("and") { left = .binary(.and, left, try inversion()) }
        return left
    }

    private mutating func inversion() throws(SQLError) -> Expression {
        var isNegated = false
        while try accept("not") { isNegated.toggle() }
        let value = try comparison()
        return isNegated ? .not(value) : value
    }

    private mutating func comparison() throws(SQLError) -> Expression {
        var left = try sum()
        while true {
            if try accept(sign: sign("=")) {
                left = .binary(.equal, left, try sum())
            } else if try accept(sign: sign("<>")) {
                left = .binary(.unequal, left, try sum())
            } else if try accept(sign: sign("!=")) {
                left = .binary(.unequal, left, try sum())
            } else if try accept(sign: sign("<=")) {
                left = .binary(.lessOrEqual, left, try sum())
            } else if try accept(sign: sign(">=")) {
                left = .binary(.greaterOrEqual, left, try sum())
            } else if try accept(sign: sign("<")) {
                left = .binary(.less, left, try sum())
            } else if try accept(sign: sign(">")) {
                left = .binary(.greater, left, try sum())
            } else if try accept("is") {
                let isNegated = try accept("not")
                try expect("null", "null is expected")
                left = .isNull(left, isNegated: isNegated)
            } else {
                let isNegated = try accept("not")
                if try accept("like") {
                    let pattern = Expression.binary(.like, left, try sum())
                    left = isNegated ? .not(pattern) : pattern
                } else if try accept("in") {
                    try expect(sign: sign("("), "( is expected")
                    left = .among(left, try list(), isNegated: isNegated)
                    try expect(sign: sign(")"), ") is expected")
                } else if try accept("between") {
                    let low = try sum()
                    try expect("and", "and is expected")
                    let range = Expression.binary(
                        .and, .binary(.greaterOrEqual, left, low), .binary(.lessOrEqual, left, try sum()))
                    left = isNegated ? .not(range) : range
                } else if isNegated {
                    throw SQLError("like, in or between is expected", at: start)
                } else {
                    return left
                }
            }
        }
    }

    private mutating func sum() throws(SQLError) -> Expression {
        var left = try product()
        while true {
            if try accept(sign: sign("+")) {
                left = .binary(.plus, left, try product())
            } else if try accept(sign: sign("-")) {
                left = .binary(.minus, left, try product())
            } else if try accept(sign: sign("||")) {
                left = .binary(.joined, left, try product())
            } else {
                return left
            }
        }
    }

    private mutating func product() throws(SQLError) -> Expression {
        var left = try factor()
        while true {
            if try accept(sign: sign("*")) {
                left = .binary(.times, left, try factor())
            } else if try accept(sign: sign("/")) {
                left = .binary(.divided, left, try factor())
            } else if try accept(sign: sign("%")) {
                left = .binary(.rest, left, try factor())
            } else {
                return left
            }
        }
    }

    private mutating func factor() throws(SQLError) -> Expression {
        let position = start
        switch token {
        case .number(let number):
            try advance()
            return .literal(.integer(number))
        case .text(let text):
            try advance()
            return .literal(.text(text))
        case .sign(sign("-")):
            try advance()
            depth += 1
            if depth > Self.depthMax { throw SQLError("expression nested too deep", at: start) }
            let value = try factor()
            depth -= 1
            return .negated(value)
        case .sign(sign("(")):
            try advance()
            let value = try expression()
            try expect(sign: sign(")"), ") is expected")
            return value
        case .word(let word):
            if try accept("null") { return .literal(.null) }
            let first = try name()
            if try accept(sign: sign("(")) { return try call(word, position) }
            if try accept(sign: sign(".")) { return .column(table: first, name: try name(), position: position) }
            return .column(table: [], name: first, position: position)
        default: throw SQLError("an expression is expected", at: start)
        }
    }

    private mutating func call(_ name: [UInt8], _ position: Int) throws(SQLError) -> Expression {
        guard let function = Self.function(name) else { throw SQLError("no such function", at: position) }
        if function == .count, try accept(sign: sign("*")) {
            try expect(sign: sign(")"), ") is expected")
            return .countAll
        }
        let operands = try list()
        try expect(sign: sign(")"), ") is expected")
        let counts: ClosedRange<Int> =
            switch function {
            case .part: 2...3
            case .coalesce: 1...8
            default: 1...1
            }
        guard counts.contains(operands.count) else { throw SQLError("wrong number of operands", at: position) }
        return .call(function, operands)
    }

    private static func function(_ name: [UInt8]) -> Function? {
        let names: [(StaticString, Function)] = [
            ("count", .count), ("sum", .sum), ("min", .least), ("max", .greatest), ("avg", .average), ("length", .length),
            ("lower", .lower), ("upper", .upper), ("abs", .absolute), ("substr", .part), ("coalesce", .coalesce),
        ]
        for (known, function) in names where orderBytes(bytes(known), name) == 0 { return function }
        return nil
    }
}
