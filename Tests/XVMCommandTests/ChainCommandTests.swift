// SPDX-License-Identifier: Apache-2.0
// The verbs of the chain as a script sees them.

import Foundation
import TestSupport
import Testing
import XVMCore

@Suite struct ChainCommandTests {
    private let folder: TemporaryFolder
    private let xvm: String
    private var state: String { folder.path + "/state" }
    private var counter: String { packageRoot + "/Examples/contracts/counter-c/counter.wasm" }

    init() throws {
        folder = try TemporaryFolder()
        xvm = try #require(productPath("xvm"), "xvm does not lie beside the test bundle")
    }

    private func run(_ arguments: String...) throws -> ProgramResult {
        try runProgram(xvm, arguments, environment: ["XVM_CACHE": folder.path + "/cache"])
    }

    private func json(_ result: ProgramResult) throws -> JSONObject {
        #expect(result.text.filter { $0 == "\n" }.count == 1, "one object, nothing else: \(result.text)")
        return try JSONValue(parsing: result.output, limits: JSONLimits(sizeMax: 1 << 22, depthMax: 8)).object(at: "$")
    }

    private func string(_ value: JSONValue?) -> String? {
        if case .string(let text)? = value { text } else { nil }
    }

    @Test("deploy runs initialize once, invoke commits a block, query none; block, tx, transfer and balance tell it again")
    func chain() throws {
        let deployed = try run("deploy", "counter", counter, "--state", state, "-a", "key=k")
        #expect(deployed.status == 0 && deployed.text == "0\n")
        let invoked = try json(try run("invoke", "counter", "increase", "-a", "key=k", "--state", state, "--json"))
        #expect(invoked["status"] == "returned" && invoked["bodyText"] == "1" && invoked["height"] == 3)
        let id = try #require(string(invoked["transaction"]))
        for _ in 0..<2 { #expect(try run("query", "counter", "get", "-a", "key=k", "--state", state).text == "1\n") }
        #expect(try run("query", "counter", "get", "-a", "key=k", "--state", state, "--height", "2").text == "0\n")

        let transaction = try json(try run("tx", id, "--state", state, "--json"))
        #expect(transaction["height"] == 3 && transaction["action"] == "invoke counter.increase" && transaction["code"] == 200)
        let block = try json(try run("block", "3", "--state", state, "--json", "--verify"))
        #expect(block["verified"] == true && block["id"] == transaction["block"])
        #expect(try json(try run("block", "--state", state, "--json"))["height"] == 3)
        #expect(try run("block", try #require(string(block["id"])), "--state", state).status == 0)

        #expect(try run("transfer", "alice", "42", "--state", state).status == 0)
        #expect(try run("balance", "alice", "--state", state).text == "42\n")
        #expect(try run("transfer", "bob", "43", "--initiator", "alice", "--state", state).status == 2)
        #expect(try json(try run("block", "--undo", "--state", state, "--json"))["undone"] == true)
        #expect(try run("balance", "alice", "--state", state).text == "0\n")
        #expect(try run("block", "2", "--undo", "--state", state).status == 2)
    }

    @Test("keys sign: an address pays only with its key, and a key file is for its owner alone")
    func keys() throws {
        let key = folder.path + "/key"
        let made = try run("key", key, "--new")
        #expect(made.status == 0)
        #expect(try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int == 0o600)
        #expect(try run("key", key, "--new").status == 2)
        let address = String(made.text.dropLast())
        #expect(try run("key", key).text == made.text && address.hasPrefix("X"))
        #expect(try run("transfer", address, "10", "--state", state).status == 0)
        #expect(try run("transfer", "bob", "4", "--initiator", address, "--state", state).status == 2)
        #expect(try run("transfer", "bob", "4", "--sign", key, "--state", state).status == 0)
        #expect(try run("balance", address, "--state", state).text == "6\n")
        let account = "XC1111222233334444@xuper"
        #expect(
            try run("account", account, "--member", "\(address)=1", "--accept", "1", "--sign", key, "--state", state).status == 0)
        #expect(try run("account", account, "--member", "thief=1", "--initiator", "thief", "--state", state).status == 2)
        #expect(try run("deploy", "counter", counter, "--account", account, "--initiator", "thief", "--state", state).status == 2)
        #expect(try run("deploy", "counter", counter, "--account", account, "--sign", key, "--state", state).status == 0)
        #expect(try run("upgrade", "counter", counter, "--initiator", "thief", "--state", state).status == 2)
        #expect(try run("upgrade", "counter", counter, "--sign", key, "--state", state).status == 0)
    }

    @Test("what is wrong is named: status 2 for input, 1 for the contract, 3 for the system")
    func refusals() throws {
        #expect(try run("query", "counter", "get", "--state", state).status == 2)
        #expect(!FileManager.default.fileExists(atPath: state))
        #expect(try run("deploy", "counter", counter).status == 2)
        #expect(try run("deploy", "counter", counter, "--state", state).status == 0)
        let expected: [([String], Int32, String)] = [
            (["deploy", "counter", counter], 2, "contractExists"), (["deploy", "abc", counter], 2, "name"),
            (["deploy", "other", packageRoot + "/Package.swift"], 2, "malformedModule"),
            (["invoke", "counter", "initialize"], 2, "initialize"), (["invoke", "nobody", "get"], 2, "contractUnknown"),
            (["invoke", "counter", "nothing"], 2, "unknownMethod"), (["tx", "00"], 2, "transactionUnknown"),
            (["tx", String(repeating: "0", count: 64)], 2, "transactionUnknown"), (["block", "99"], 2, "blockUnknown"),
            (["transfer", "bob", "x"], 2, "amount"), (["query", "counter", "get", "--height", "9"], 2, "height"),
            (["run", counter, "get"], 2, "ledger"),
        ]
        for (arguments, status, kind) in expected {
            let result = try runProgram(
                xvm, arguments + ["--state", state, "--json"], environment: ["XVM_CACHE": folder.path + "/cache"])
            #expect(result.status == status, "\(arguments)")
            let error = try #require(try json(result)["error"]).object(at: "$")
            #expect(string(error["kind"]) == kind, "\(arguments)")
        }
        let missing = try run("invoke", "counter", "get", "-a", "key=none", "--state", state, "--json")
        #expect(missing.status == 1)
        #expect(try json(missing)["code"] == 404)
        // A state of `xvm run` is no chain.
        let plain = folder.path + "/plain"
        #expect(try run("run", counter, "increase", "--state", plain).status == 0)
        #expect(try run("query", "counter", "get", "--state", plain).status == 2)
        // A folder of something else, and one whose data is damaged.
        #expect(try run("deploy", "counter", counter, "--state", packageRoot).status == 2)
        try Data([UInt8](repeating: 0xaa, count: 8192)).write(to: URL(fileURLWithPath: state + "/state.mdb"))
        #expect(try run("query", "counter", "get", "--state", state).status == 3)
    }
}
