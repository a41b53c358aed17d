// SPDX-License-Identifier: Apache-2.0
// The example contracts with their expected output, in real workers, on both stores.

import Foundation
import TestSupport
import Testing
import XVMExecutor

@Suite struct ContractTests {
    @Test(
        "the counter counts, in C and in Embedded Swift, in memory and on LMDB",
        arguments: ["counter-c", "counter-swift"], ["memory", "lmdb"])
    func counter(folder: String, kind: String) throws {
        let setup = try EndToEnd()
        let state = try TemporaryFolder()
        let store: any StateStore =
            kind == "lmdb" ? try setup.executor.openState(folder: state.path + "/state") : MemoryStore()
        let contract = try setup.load("Examples/contracts/\(folder)/counter.wasm")
        #expect(Set(contract.methods.map(text)) == ["initialize", "increase", "get"])

        let missing = try setup.run(contract, "get", on: store)
        #expect(missing.status == .reverted)
        #expect(missing.code == 404)
        #expect(missing.reads.reads.map { text($0.key) } == ["counter"])

        #expect(text(try setup.run(contract, "initialize", on: store).body) == "0")
        var gas: Set<Int64> = []
        for value in 1...3 {
            let outcome = try setup.run(contract, "increase", on: store)
            #expect(outcome.status == .returned)
            #expect(text(outcome.body) == "\(value)")
            #expect(outcome.reads.reads.map { text($0.key) } == ["counter"])
            #expect(
                outcome.writes.writes == [
                    Write(bucket: Array("test".utf8), key: Array("counter".utf8), effect: .put(Array("\(value)".utf8)))
                ])
            #expect(outcome.events.map { text($0.name) } == ["increase"])
            gas.insert(outcome.gasUsed)
        }
        #expect(gas.count == 1, "a digit each: the same path, the same gas")
        #expect(text(try setup.run(contract, "get", on: store).body) == "3")
        #expect(text(try setup.run(contract, "increase", ["key": "other"], on: store).body) == "1")
        #expect(text(try setup.run(contract, "get", on: store).body) == "3")
    }

    @Test("notes are put, read, listed in pages and deleted")
    func notes() throws {
        let setup = try EndToEnd()
        let store = MemoryStore()
        let contract = try setup.load("Examples/contracts/notes-c/notes.wasm")
        #expect(try setup.run(contract, "initialize", on: store).status == .returned)
        // More than one page of a hundred items.
        let titles = (0..<130).map { "n\(1000 + $0)" }
        for title in titles {
            #expect(try setup.run(contract, "put", ["title": title, "text": "text of \(title)"], on: store).status == .returned)
        }
        #expect(text(try setup.run(contract, "get", ["title": "n1007"], on: store).body) == "text of n1007")
        let list = try setup.run(contract, "list", on: store)
        #expect(text(list.body) == titles.map { $0 + "\n" }.joined())
        #expect(list.reads.reads.count == 130, "exactly the keys that were returned are reads")
        let part = try setup.run(contract, "list", ["start": "n1010", "limit": "n1013"], on: store)
        #expect(text(part.body) == "n1010\nn1011\nn1012\n")
        #expect(part.reads.reads.count == 3)

        let removed = try setup.run(contract, "delete", ["title": "n1011"], on: store)
        #expect(removed.writes.writes.map(\.effect) == [.delete])
        #expect(text(try setup.run(contract, "list", ["start": "n1010", "limit": "n1013"], on: store).body) == "n1010\nn1012\n")
        #expect(try setup.run(contract, "get", ["title": "n1011"], on: store).code == 404)
        #expect(try setup.run(contract, "put", ["title": "x"], on: store).code == 400)
        let logged = try setup.run(contract, "put", ["title": "x", "text": ""], on: store)
        #expect(logged.logs.map(text) == ["put"])
        #expect(text(try setup.run(contract, "get", ["title": "x"], on: store).body).isEmpty, "an empty value is a value")
    }

    /// Goal: a contract of the size of real ones, from its build to its answers.
    @Test("a database in a contract creates tables, changes rows, joins, groups, sorts, and refuses with a word")
    func tables() throws {
        let setup = try EndToEnd()
        let store = MemoryStore()
        let contract = try setup.load("Examples/contracts/tables-swift/tables.wasm")
        func execute(_ sql: String) throws -> String { text(try setup.run(contract, "execute", ["sql": sql], on: store).body) }
        func query(_ sql: String) throws -> String { text(try setup.run(contract, "query", ["sql": sql], on: store).body) }
        #expect(try execute("create table item(id integer, name text, price integer)") == "0")
        #expect(
            try execute("insert into item values (1, 'nail', 3), (2, 'ham\"mer', 1200), (3, 'saw', 1800), (4, null, -5)") == "4")
        #expect(try execute("CREATE TABLE sale(item INTEGER, buyer TEXT, amount INTEGER);") == "0")
        #expect(
            try execute(
                "insert into sale(buyer, item, amount) values ('ann', 1, 100), ('bob', 2, 1), ('bob', 1, 50), ('cy', 3, 2)")
                == "4")
        let grouped = try setup.run(
            contract, "query",
            [
                "sql": """
                select i.name, count(*) as n, sum(s.amount * i.price) as total from item i join sale s on s.item = i.id
                where i.price > 0 group by i.name having sum(s.amount) >= 1 order by total desc, 1
                """
            ], on: store)
        #expect(
            text(grouped.body)
                == "{\"columns\":[\"i.name\",\"n\",\"total\"],\"rows\":[\n[\"saw\",1,3600],\n[\"ham\\\"mer\",1,1200],\n[\"nail\",2,450]]}"
        )
        #expect(grouped.reads.reads.count == 10, "two tables and their eight rows")
        #expect(grouped.writes.writes.isEmpty)
        #expect(
            try query("select distinct buyer from sale order by buyer limit 2 offset 1")
                == "{\"columns\":[\"buyer\"],\"rows\":[\n[\"bob\"],\n[\"cy\"]]}")
        #expect(
            try query("select * from item where name like '%A%' or name is null order by price desc")
                == "{\"columns\":[\"id\",\"name\",\"price\"],\"rows\":[\n[3,\"saw\",1800],\n[2,\"ham\\\"mer\",1200],\n[1,\"nail\",3],\n[4,null,-5]]}"
        )
        #expect(try execute("update item set price = price * 2, name = upper(name) where id in (1, 3)") == "2")
        #expect(try execute("delete from sale where buyer = 'bob' and amount between 1 and 10") == "1")
        #expect(
            try query("select min(price), max(name), avg(price), count(name), sum(price % 7) from item")
                == "{\"columns\":[\"min(price)\",\"max(name)\",\"avg(price)\",\"count(name)\",\"sum(price % 7)\"],\"rows\":[\n[-5,\"ham\\\"mer\",1200,3,6]]}"
        )
        for (sql, message) in [
            ("select nothing from item", "no such column"), ("select 9223372036854775807 + 1 from item", "number too large"),
            ("select * from missing", "no such table"), ("selec", "a statement is expected"),
            ("select 'open", "text without end"), ("insert into item values (1)", "query takes a select"),
            ("select " + String(repeating: "(", count: 200) + "1", "expression nested too deep"),
        ] {
            let outcome = try setup.run(contract, "query", ["sql": sql], on: store)
            #expect(outcome.status == .reverted && outcome.code == 400 && text(outcome.message) == message, "\(sql)")
        }
    }

    @Test("a value of the largest size goes in and comes out")
    func largestValue() throws {
        let setup = try EndToEnd()
        let store = MemoryStore()
        let contract = try setup.load("Examples/contracts/notes-c/notes.wasm")
        let long = String(repeating: "x", count: 1_048_576)
        #expect(try setup.run(contract, "put", ["title": "long", "text": long], on: store).status == .returned)
        #expect(text(try setup.run(contract, "get", ["title": "long"], on: store).body) == long)
        #expect(try setup.run(contract, "put", ["title": "long", "text": long + "x"], on: store).code == 400)
    }

    @Test("a scan goes on behind a key of the greatest length")
    func longestKeys() throws {
        let setup = try EndToEnd()
        let store = MemoryStore()
        let contract = try setup.load("Examples/contracts/notes-c/notes.wasm")
        // 400 bytes with the prefix "note/"; 110 of them, so that pages of at most 100 items must follow each other.
        let titles = (0..<110).map { "\(1000 + $0)" + String(repeating: "t", count: 391) }
        for title in titles {
            #expect(try setup.run(contract, "put", ["title": title, "text": ""], on: store).status == .returned)
        }
        #expect(text(try setup.run(contract, "list", on: store).body) == titles.map { $0 + "\n" }.joined())
    }

    @Test("two executions on the same snapshot cannot both commit")
    func conflict() throws {
        let setup = try EndToEnd()
        let store = MemoryStore()
        let contract = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let bucket = Array("test".utf8)
        var first = try setup.executor.invoke(contract, MethodRequest("increase"), bucket: bucket, on: store)
        var second = try setup.executor.invoke(contract, MethodRequest("increase", initiator: "b"), bucket: bucket, on: store)
        try setup.executor.commit(&first, to: store)
        let error = #expect(throws: ExecutorError.self) { try setup.executor.commit(&second, to: store) }
        #expect(error?.kind == "conflict")
        #expect(error?.isRetryable == true)
    }

    @Test("invocations of one contract run at the same time, each in its own context")
    func parallel() async throws {
        let setup = try EndToEnd()
        let contract = try setup.load("Examples/contracts/counter-c/counter.wasm")
        let executor = setup.executor
        let bodies = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<24 {
                group.addTask {
                    let store = MemoryStore()
                    var last = ""
                    for _ in 0...index % 3 {
                        var execution = try await executor.invoke(
                            contract, MethodRequest("increase"), bucket: Array("test".utf8), on: store)
                        try executor.commit(&execution, to: store)
                        last = text(execution.outcome.body)
                    }
                    return "\(index % 3 + 1)" == last ? "right" : "wrong"
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(bodies == Array(repeating: "right", count: 24))
    }
}
