// SPDX-License-Identifier: Apache-2.0
// What the verbs of the chain print.

import ArgumentParser
import Foundation
import XVMBridge
import XVMCore
import XVMExecutor
import XVMState

extension Report {
    /// A transaction that was sent.
    func print(_ receipt: Receipt) throws {
        try print(try receipt.execution.get(), height: receipt.height)
    }

    /// What an execution gave. A contract's is printed as `run` prints it, with the transaction and its block.
    func print(_ execution: TransactionExecution, height: UInt64?) throws {
        var extra: [(String, JSONValue)] = []
        if let height {
            extra = [("transaction", .string(execution.id.description)), ("height", JSONValue(height))]
        }
        if let outcome = execution.outcome {
            try print(outcome, scheduleName: execution.scheduleName, timing: execution.timing, extra: extra)
            return
        }
        let result = execution.result
        var object = JSONObject()
        object.append("status", "returned")
        object.append("code", JSONValue(result.code))
        object.append("message", .string(String(decoding: result.message, as: UTF8.self)))
        for (key, value) in extra { object.append(key, value) }
        object.append("gasUsed", JSONValue(result.gasUsed))
        object.append("reads", .array(result.reads.reads.map(Self.json)))
        object.append("writes", .array(result.writes.writes.map(Self.json)))
        if isJSON {
            Swift.print(JSONValue.object(object).description)
        } else {
            Terminal.say("returned \(result.code) \(Terminal.printable(result.message))")
            if let height { Terminal.say("transaction \(execution.id) in block \(height)") }
        }
    }

    func print(balance: String, of owner: String) throws {
        if isJSON {
            var object = JSONObject()
            object.append("owner", .string(owner))
            object.append("balance", .string(balance))
            Swift.print(JSONValue.object(object).description)
        } else {
            Swift.print(balance)
        }
    }

    func print(_ block: Block, isVerified: Bool, isUndone: Bool) {
        var object = JSONObject()
        object.append("height", JSONValue(block.height))
        object.append("id", .string(block.id.description))
        object.append("previous", .string(Hex.encode(block.previous)))
        object.append("timestamp", JSONValue(block.timestamp))
        object.append("proposer", .string(String(decoding: block.proposer, as: UTF8.self)))
        object.append(
            "transactions",
            .array(
                block.transactions.map { transaction in
                    var item = JSONObject()
                    item.append("id", .string(transaction.request.id.description))
                    item.append("action", .string(Self.describe(transaction.request.action)))
                    item.append("initiator", .string(String(decoding: transaction.request.initiator, as: UTF8.self)))
                    item.append("code", JSONValue(transaction.result.code))
                    item.append("gasUsed", JSONValue(transaction.result.gasUsed))
                    return .object(item)
                }))
        if isVerified { object.append("verified", .bool(true)) }
        if isUndone { object.append("undone", .bool(true)) }
        if isJSON {
            Swift.print(JSONValue.object(object).description)
            return
        }
        Swift.print("block \(block.height) \(block.id)")
        Swift.print("after \(Hex.encode(block.previous))")
        Swift.print("by \(Terminal.printable(block.proposer)) at \(block.timestamp) ns, \(block.transactions.count) transactions")
        for transaction in block.transactions {
            Swift.print(
                "  \(transaction.request.id) \(Terminal.printable(Self.describe(transaction.request.action))) by \(Terminal.printable(transaction.request.initiator)): \(transaction.result.code), gas \(transaction.result.gasUsed)"
            )
        }
        if isVerified { Swift.print("verified: executed again on the read sets alone, the same") }
        if isUndone { Swift.print("taken back") }
    }

    func print(_ transaction: CommittedTransaction, id: TransactionID, block: Block) {
        let request = transaction.request
        let result = transaction.result
        var object = JSONObject()
        object.append("id", .string(id.description))
        object.append("height", JSONValue(block.height))
        object.append("block", .string(block.id.description))
        object.append("action", .string(Self.describe(request.action)))
        object.append("initiator", .string(String(decoding: request.initiator, as: UTF8.self)))
        object.append("authRequire", .array(request.authRequire.map { .string(String(decoding: $0, as: UTF8.self)) }))
        object.append("signatures", JSONValue(request.signatures.count))
        object.append("code", JSONValue(result.code))
        object.append("message", .string(String(decoding: result.message, as: UTF8.self)))
        object.append("body", .string(Data(result.body).base64EncodedString()))
        object.append("gasUsed", JSONValue(result.gasUsed))
        object.append("gasLimit", JSONValue(request.gasLimit))
        object.append("reads", .array(result.reads.reads.map(Self.json)))
        object.append("writes", .array(result.writes.writes.map(Self.json)))
        object.append(
            "events",
            .array(
                result.events.map { event in
                    var item = JSONObject()
                    for (name, part) in zip(["contract", "name"], event) {
                        item.append(name, .string(String(decoding: part, as: UTF8.self)))
                    }
                    item.append("body", .string(Data(event.count > 2 ? event[2] : []).base64EncodedString()))
                    return .object(item)
                }))
        if isJSON {
            Swift.print(JSONValue.object(object).description)
            return
        }
        Swift.print("transaction \(id) in block \(block.height)")
        Swift.print("  \(Terminal.printable(Self.describe(request.action))) by \(Terminal.printable(request.initiator))")
        Swift.print("  \(result.code) \(Terminal.printable(result.message)), gas \(result.gasUsed) of \(request.gasLimit)")
        Swift.print("  \(result.reads.reads.count) reads, \(result.writes.writes.count) writes, \(result.events.count) events")
    }

    /// One line.
    private static func describe(_ action: Action) -> String {
        func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
        return switch action {
        case .deploy(let contract, _, _, _): "deploy \(text(contract))"
        case .upgrade(let contract, _): "upgrade \(text(contract))"
        case .invoke(let contract, let method, _, _): "invoke \(text(contract)).\(text(method))"
        case .transfer(let to, let amount): "transfer \(text(amount)) to \(text(to))"
        case .setAccount(let name, _): "account \(text(name))"
        case .setMethodAccess(let contract, let method, _): "access to \(text(contract)).\(text(method))"
        case .genesis(let supply, let owner): "supply \(text(supply)) for \(text(owner))"
        }
    }
}
