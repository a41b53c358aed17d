// SPDX-License-Identifier: Apache-2.0
// tables: a small SQL database as a contract. initialize(); execute(sql) for create table, drop table, insert, update and delete;
// query(sql) for select with joins, groups, having, order, limit. Rows are keys "r/<table>/<number>", so a transaction's read-write
// set holds the rows that it touched.

struct Table {
    var name: [UInt8]
    var columns: [Column]
    /// Number of the next row.
    var next: Int64

    static func schemaKey(_ name: [UInt8]) -> [UInt8] { bytes("t/") + name }

    func rowKey(_ number: Int64) -> [UInt8] {
        var digits: [UInt8] = []
        appendDecimal(number, to: &digits)
        var key = bytes("r/") + name
        key.append(47)
        for _ in digits.count..<10 { key.append(48) }
        return key + digits
    }

    static func load(_ name: [UInt8]) throws(SQLError) -> Table {
        guard let stored = Contract.get(schemaKey(name)) else { throw SQLError("no such table") }
        var position = 0
        var columns: [Column] = []
        guard case .integer(let next)? = Value.read(stored, &position) else { throw SQLError("broken schema") }
        while position < stored.count {
            guard case .text(let column)? = Value.read(stored, &position), case .integer(let kind)? = Value.read(stored, &position)
            else { throw SQLError("broken schema") }
            columns.append(Column(name: column, isText: kind != 0))
        }
        return Table(name: name, columns: columns, next: next)
    }

    func store() {
        var out: [UInt8] = []
        Value.integer(next).append(to: &out)
        for column in columns {
            Value.text(column.name).append(to: &out)
            Value.integer(column.isText ? 1 : 0).append(to: &out)
        }
        Contract.put(Self.schemaKey(name), out)
    }

    func row(_ number: Int64) throws(SQLError) -> [Value]? {
        guard let stored = Contract.get(rowKey(number)) else { return nil }
        var position = 0
        var row: [Value] = []
        while position < stored.count {
            guard let value = Value.read(stored, &position) else { throw SQLError("broken row") }
            row.append(value)
        }
        if row.count != columns.count { throw SQLError("broken row") }
        return row
    }

    func put(_ row: [Value], at number: Int64) {
        var out: [UInt8] = []
        for value in row { value.append(to: &out) }
        Contract.put(rowKey(number), out)
    }

    /// A value as the column holds it.
    func fitted(_ value: Value, _ column: Int) throws(SQLError) -> Value {
        switch value {
        case .null: return .null
        case .integer(let number):
            if !columns[column].isText { return .integer(number) }
            return .text(value.printed ?? [])
        case .text(let text):
            if columns[column].isText { return .text(text) }
            guard let number = value.number else { throw SQLError("a text where a number is expected") }
            return .integer(number)
        }
    }

    func index(_ column: [UInt8]) throws(SQLError) -> Int {
        for (index, known) in columns.enumerated() where orderBytes(known.name, column) == 0 { return index }
        throw SQLError("no such column")
    }
}

/// Most rows that a statement may look at: what a chain's gas would end anyway, with a word.
let rowsMax = 100_000

enum Database {
    /// - Returns: rows that were written.
    static func execute(_ statement: Statement) throws(SQLError) -> Int64 {
        switch statement {
        case .create(let name, let columns):
            if Contract.get(Table.schemaKey(name)) != nil { throw SQLError("table exists") }
            Table(name: name, columns: columns, next: 0).store()
            return 0
        case .drop(let name):
            let table = try Table.load(name)
            var number: Int64 = 0
            while number < table.next {
                Contract.delete(table.rowKey(number))
                number += 1
            }
            Contract.delete(Table.schemaKey(name))
            return table.next
        case .insert(let name, let columns, let rows): return try insert(name, columns, rows)
        case .update(let name, let changes, let condition): return try update(name, changes, condition)
        case .delete(let name, let condition):
            let table = try Table.load(name)
            let evaluator = Evaluator(scopes: [Scope(alias: name, columns: table.columns, first: 0)])
            var count: Int64 = 0
            var number: Int64 = 0
            while number < table.next {
                if let row = try table.row(number) {
                    var isMeant = true
                    if let condition { isMeant = try evaluator.value(condition, row, nil).isTrue }
                    if isMeant {
                        Contract.delete(table.rowKey(number))
                        count += 1
                    }
                }
                number += 1
            }
            return count
        case .select: throw SQLError("select is for the method query")
        }
    }

    private static func insert(_ name: [UInt8], _ columns: [[UInt8]], _ rows: [[Expression]]) throws(SQLError) -> Int64 {
        var table = try Table.load(name)
        var places: [Int] = []
        for column in columns { places.append(try table.index(column)) }
        if columns.isEmpty { places = Array(table.columns.indices) }
        let evaluator = Evaluator(scopes: [])
        for row in rows {
            if row.count != places.count { throw SQLError("as many values as columns are expected") }
            var values = [Value](repeating: .null, count: table.columns.count)
            for (place, expression) in zip(places, row) {
                values[place] = try table.fitted(try evaluator.value(expression, [], nil), place)
            }
            table.put(values, at: table.next)
            table.next += 1
        }
        table.store()
        return Int64(rows.count)
    }

    private static func update(
        _ name: [UInt8], _ changes: [(name: [UInt8], value: Expression)], _ condition: Expression?
    ) throws(SQLError) -> Int64 {
        let table = try Table.load(name)
        let evaluator = Evaluator(scopes: [Scope(alias: name, columns: table.columns, first: 0)])
        var places: [Int] = []
        for change in changes { places.append(try table.index(change.name)) }
        var count: Int64 = 0
        var number: Int64 = 0
        while number < table.next {
            if let row = try table.row(number) {
                var isMeant = true
                if let condition { isMeant = try evaluator.value(condition, row, nil).isTrue }
                if isMeant {
                    var changed = row
                    for (place, change) in zip(places, changes) {
                        changed[place] = try table.fitted(try evaluator.value(change.value, row, nil), place)
                    }
                    table.put(changed, at: number)
                    count += 1
                }
            }
            number += 1
        }
        return count
    }

    // MARK: Queries

    /// The rows of the answer and the names of its columns.
    static func select(_ query: Query) throws(SQLError) -> (names: [[UInt8]], rows: [[Value]]) {
        var evaluator = Evaluator(scopes: [])
        var rows: [[Value]] = [[]]
        for source in query.sources {
            let table = try Table.load(source.table)
            let first = evaluator.scopes.reduce(0) { $0 + $1.columns.count }
            for scope in evaluator.scopes where orderBytes(scope.alias, source.alias) == 0 { throw SQLError("table named twice") }
            evaluator.scopes.append(Scope(alias: source.alias, columns: table.columns, first: first))
            rows = try joined(rows, table, source.condition, evaluator)
        }
        if let condition = query.condition {
            var kept: [[Value]] = []
            for row in rows where try evaluator.value(condition, row, nil).isTrue { kept.append(row) }
            rows = kept
        }
        var outputs = query.outputs
        if outputs.isEmpty {
            for scope in evaluator.scopes {
                for column in scope.columns {
                    outputs.append(
                        Output(expression: .column(table: scope.alias, name: column.name, position: -1), name: column.name))
                }
            }
        }
        var isGrouped = !query.groups.isEmpty || query.having != nil
        for output in outputs where Evaluator.isGrouped(output.expression) { isGrouped = true }
        var answers: [(values: [Value], orders: [Value])] = []
        if isGrouped {
            for group in try grouped(rows, query.groups, evaluator) {
                let row = group.first ?? []
                if let having = query.having, try !evaluator.value(having, row, group).isTrue { continue }
                answers.append(try answer(outputs, query.orders, row, group, evaluator))
            }
        } else {
            for row in rows { answers.append(try answer(outputs, query.orders, row, nil, evaluator)) }
        }
        if query.isDistinct { answers = distinct(answers) }
        if !query.orders.isEmpty { sort(&answers, query.orders) }
        var first = 0
        var end = answers.count
        if let offset = query.offset, let number = try evaluator.value(offset, [], nil).number {
            first = Int(max(0, min(number, Int64(answers.count))))
        }
        if let limit = query.limit, let number = try evaluator.value(limit, [], nil).number {
            end = first + Int(max(0, min(number, Int64(answers.count - first))))
        }
        return (outputs.map { $0.name }, answers[first..<end].map { $0.values })
    }

    private static func joined(
        _ rows: [[Value]], _ table: Table, _ condition: Expression?, _ evaluator: Evaluator
    ) throws(SQLError) -> [[Value]] {
        var own: [[Value]] = []
        var number: Int64 = 0
        while number < table.next {
            if let row = try table.row(number) { own.append(row) }
            number += 1
        }
        var result: [[Value]] = []
        for left in rows {
            for right in own {
                let row = left + right
                if let condition, try !evaluator.value(condition, row, nil).isTrue { continue }
                result.append(row)
                if result.count > rowsMax { throw SQLError("more than 100000 rows") }
            }
        }
        return result
    }

    private static func grouped(
        _ rows: [[Value]], _ keys: [Expression], _ evaluator: Evaluator
    ) throws(SQLError) -> [[[Value]]] {
        // Without keys there is one group, an empty one too.
        if keys.isEmpty { return [rows] }
        var places: [Key: Int] = [:]
        var groups: [[[Value]]] = []
        for row in rows {
            var key = Key(bytes: [])
            for expression in keys { try evaluator.value(expression, row, nil).append(to: &key.bytes) }
            if let place = places[key] {
                groups[place].append(row)
            } else {
                places[key] = groups.count
                groups.append([row])
            }
        }
        return groups
    }

    private static func answer(
        _ outputs: [Output], _ orders: [Order], _ row: [Value], _ group: [[Value]]?, _ evaluator: Evaluator
    ) throws(SQLError) -> (values: [Value], orders: [Value]) {
        var values: [Value] = []
        for output in outputs { values.append(try evaluator.value(output.expression, row, group)) }
        var keys: [Value] = []
        for order in orders {
            // A number is the place of a column, a name may be that of one.
            if case .literal(.integer(let place)) = order.expression, place >= 1, place <= Int64(values.count) {
                keys.append(values[Int(place) - 1])
                continue
            }
            var place = -1
            if case .column(let table, let name, _) = order.expression, table.isEmpty {
                for (index, output) in outputs.enumerated() where orderBytes(output.name, name) == 0 { place = index }
            }
            keys.append(place >= 0 ? values[place] : try evaluator.value(order.expression, row, group))
        }
        return (values, keys)
    }

    private static func distinct(
        _ answers: [(values: [Value], orders: [Value])]
    ) -> [(values: [Value], orders: [Value])] {
        var seen: Set<Key> = []
        var kept: [(values: [Value], orders: [Value])] = []
        for answer in answers {
            var key = Key(bytes: [])
            for value in answer.values { value.append(to: &key.bytes) }
            if seen.insert(key).inserted { kept.append(answer) }
        }
        return kept
    }

    /// Merges runs: stable, so that equal keys keep the order of the rows.
    private static func sort(_ answers: inout [(values: [Value], orders: [Value])], _ orders: [Order]) {
        func comes(_ one: (values: [Value], orders: [Value]), _ other: (values: [Value], orders: [Value])) -> Bool {
            for (index, order) in orders.enumerated() {
                let result = Value.order(one.orders[index], other.orders[index])
                if result != 0 { return (result < 0) != order.isDescending }
            }
            return true
        }
        var width = 1
        while width < answers.count {
            var merged: [(values: [Value], orders: [Value])] = []
            merged.reserveCapacity(answers.count)
            var start = 0
            while start < answers.count {
                let (middle, end) = (min(start + width, answers.count), min(start + 2 * width, answers.count))
                var (i, j) = (start, middle)
                while i < middle || j < end {
                    if j == end || (i < middle && comes(answers[i], answers[j])) {
                        merged.append(answers[i])
                        i += 1
                    } else {
                        merged.append(answers[j])
                        j += 1
                    }
                }
                start = end
            }
            answers = merged
            width *= 2
        }
    }
}

// MARK: Methods

@_expose(wasm, "initialize") @_cdecl("initialize")
func initialize() {
    Contract.output(200, "ok", [])
}

@_expose(wasm, "execute") @_cdecl("execute")
func execute() {
    guard let text = Contract.argument("sql") else { return Contract.output(400, "the argument sql is needed", []) }
    do throws(SQLError) {
        var parser = try Parser(text)
        let count = try Database.execute(try parser.statement())
        Contract.emit("execute", text)
        var body: [UInt8] = []
        appendDecimal(count, to: &body)
        Contract.output(200, "ok", body)
    } catch { fail(error) }
}

@_expose(wasm, "query") @_cdecl("query")
func query() {
    guard let text = Contract.argument("sql") else { return Contract.output(400, "the argument sql is needed", []) }
    do throws(SQLError) {
        var parser = try Parser(text)
        guard case .select(let query) = try parser.statement() else { throw SQLError("query takes a select") }
        let (names, rows) = try Database.select(query)
        var body = bytes("{\"columns\":[")
        for (index, name) in names.enumerated() {
            if index > 0 { body.append(44) }
            appendQuoted(name, to: &body)
        }
        body.append(contentsOf: bytes("],\"rows\":["))
        for (number, row) in rows.enumerated() {
            body.append(contentsOf: number > 0 ? bytes(",\n[") : bytes("\n["))
            for (index, value) in row.enumerated() {
                if index > 0 { body.append(44) }
                value.print(to: &body)
            }
            body.append(93)
        }
        body.append(contentsOf: bytes("]}"))
        Contract.output(200, "ok", body)
    } catch { fail(error) }
}

func fail(_ error: SQLError) {
    var body = bytes("at ")
    appendDecimal(Int64(error.position), to: &body)
    Contract.output(400, error.message, body)
}
