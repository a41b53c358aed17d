// SPDX-License-Identifier: Apache-2.0
// What a verb that runs code prints: one JSON object for machines, or the same facts for people, and the exit status.

import ArgumentParser
import Foundation
import XVMBridge
import XVMCore
import XVMExecutor
import XVMState
import XVMWire

struct Report {
    let isJSON: Bool
    let gasLimit: Int64
    let schedule: String

    init(_ options: ExecutionOptions) {
        isJSON = options.json
        gasLimit = options.gas
        schedule = options.schedule
    }

    /// Runs a verb's body; an error becomes the report and the exit status.
    func guarded(_ body: (Report) throws -> Void) throws {
        do {
            try body(self)
        } catch let error as ExecutorError {
            print(error)
            throw ExitStatus(error)
        }
    }

    // MARK: - Executions

    /// The outcome of a method.
    func print(_ execution: Execution) throws {
        try print(
            execution.outcome, scheduleName: execution.scheduleName, isForConsensus: execution.isForConsensus,
            timing: execution.timing, extra: [])
    }

    /// - Parameter extra: members that stand before the gas.
    func print(
        _ outcome: Outcome, scheduleName: String, isForConsensus: Bool = true, timing: Timing, extra: [(String, JSONValue)]
    ) throws {
        var object = status(of: outcome.status)
        if outcome.status == .returned || outcome.status == .reverted {
            object.append("code", JSONValue(outcome.code))
            object.append("message", text(outcome.message))
            object.append("body", .string(base64(outcome.body)))
            if let body = String(validating: outcome.body, as: UTF8.self) { object.append("bodyText", .string(body)) }
        } else if !outcome.message.isEmpty {
            object.append("message", text(outcome.message))
        }
        for (key, value) in extra { object.append(key, value) }
        appendGas(&object, used: outcome.gasUsed, scheduleName: scheduleName, isForConsensus: isForConsensus)
        object.append("reads", .array(outcome.reads.reads.map(Self.json)))
        object.append("writes", .array(outcome.writes.writes.map(Self.json)))
        object.append("events", .array(outcome.events.map(Self.json)))
        object.append("logs", .array(outcome.logs.map { text($0) }))
        object.append("timing", Self.json(timing))
        if isJSON {
            Swift.print(JSONValue.object(object).description)
        } else {
            if outcome.status == .returned { Swift.print(Terminal.printable(outcome.body)) }
            sayStatus(
                outcome.status, code: outcome.status == .returned || outcome.status == .reverted ? outcome.code : nil,
                message: outcome.message)
            Terminal.say(
                "\(gas(outcome.gasUsed, scheduleName, isForConsensus)), \(outcome.reads.reads.count) reads, \(outcome.writes.writes.count) writes, \(outcome.events.count) events"
            )
            for read in outcome.reads.reads {
                Terminal.say(
                    "  read   \(Terminal.printable(read.bucket))/\(Terminal.printable(read.key)) \(read.version.map { "\($0)" } ?? "never written")"
                )
            }
            for write in outcome.writes.writes {
                let effect =
                    switch write.effect {
                    case .put(let value):
                        "= \(Terminal.printable(Array(value.prefix(64))))\(value.count > 64 ? "… (\(value.count) bytes)" : "")"
                    case .delete: "deleted"
                    }
                Terminal.say("  write  \(Terminal.printable(write.bucket))/\(Terminal.printable(write.key)) \(effect)")
            }
            for event in outcome.events {
                Terminal.say("  event  \(Terminal.printable(event.name)) \(Terminal.printable(Array(event.body.prefix(64))))")
            }
            for log in outcome.logs { Terminal.say("  log    \(Terminal.printable(log))") }
        }
        if !isJSON, !extra.isEmpty {
            Terminal.say("  " + extra.map { "\($0.0) \($0.1)" }.joined(separator: ", "))
        }
        if outcome.status != .returned { throw ExitStatus.contractFailed }
    }

    /// The outcome of a function.
    func print(_ execution: FunctionExecution) throws {
        var object = status(of: execution.status)
        if !execution.message.isEmpty { object.append("message", text(execution.message)) }
        if execution.status == .returned { object.append("results", .array(execution.results.map { .string($0.description) })) }
        appendGas(
            &object, used: execution.gasUsed, scheduleName: execution.scheduleName, isForConsensus: execution.isForConsensus)
        object.append("timing", Self.json(execution.timing))
        if isJSON {
            Swift.print(JSONValue.object(object).description)
        } else {
            if execution.status == .returned {
                for result in execution.results { Swift.print(result) }
            }
            sayStatus(execution.status, code: nil, message: execution.message)
            Terminal.say(gas(execution.gasUsed, execution.scheduleName, execution.isForConsensus))
        }
        if execution.status != .returned { throw ExitStatus.contractFailed }
    }

    // MARK: - Errors

    private func print(_ error: ExecutorError) {
        guard isJSON else {
            Terminal.complain(error.detail)
            return
        }
        var inner = JSONObject()
        inner.append("class", .string(error.errorClass.rawValue))
        inner.append("kind", .string(error.kind))
        inner.append("detail", .string(error.detail))
        if let syscall = error.syscall { inner.append("syscall", .string(syscall)) }
        if error.isSyscallForgeable { inner.append("syscallForgeable", true) }
        if let fault = error.fault { inner.append("addressClass", .string(fault.addressClass.rawValue)) }
        inner.append("deterministic", .bool(error.isDeterministic))
        inner.append("retryable", .bool(error.isRetryable))
        inner.append("blame", .string(error.blame.rawValue))
        var object = JSONObject()
        object.append("status", "failed")
        object.append("error", .object(inner))
        object.append("gasLimit", JSONValue(gasLimit))
        object.append("schedule", .string(schedule))
        Swift.print(JSONValue.object(object).description)
    }

    // MARK: - Parts

    private func status(of status: Outcome.Status) -> JSONObject {
        var object = JSONObject()
        object.append("status", .string(Self.word(status)))
        if case .trapped(let trap) = status { object.append("trap", .string("\(trap)")) }
        return object
    }

    private static func word(_ status: Outcome.Status) -> String {
        switch status {
        case .returned: "returned"
        case .reverted: "reverted"
        case .trapped: "trapped"
        case .outOfGas: "outOfGas"
        }
    }

    private func gas(_ used: Int64, _ scheduleName: String, _ isForConsensus: Bool) -> String {
        (scheduleName == "none" ? "without gas" : "gas \(used) of \(gasLimit) (\(scheduleName))")
            + (isForConsensus ? "" : ", nothing for consensus")
    }

    private func appendGas(_ object: inout JSONObject, used: Int64, scheduleName: String, isForConsensus: Bool) {
        object.append("forConsensus", .bool(isForConsensus))
        object.append("gasUsed", JSONValue(used))
        object.append("gasLimit", JSONValue(gasLimit))
        object.append("schedule", .string(scheduleName))
    }

    private func sayStatus(_ status: Outcome.Status, code: Int32?, message: [UInt8]) {
        var line = Self.word(status)
        if case .trapped(let trap) = status { line += " \(trap)" }
        if let code { line += " \(code)" }
        if !message.isEmpty { line += " \(Terminal.printable(message))" }
        Terminal.say(line)
    }

    private func text(_ bytes: [UInt8]) -> JSONValue { .string(String(decoding: bytes, as: UTF8.self)) }
    private func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    static func json(_ read: Read) -> JSONValue {
        var object = JSONObject()
        object.append("bucket", .string(String(decoding: read.bucket, as: UTF8.self)))
        object.append("key", .string(Data(read.key).base64EncodedString()))
        object.append("version", .string(read.version.map { "\($0)" } ?? ""))
        return .object(object)
    }

    static func json(_ write: Write) -> JSONValue {
        var object = JSONObject()
        object.append("bucket", .string(String(decoding: write.bucket, as: UTF8.self)))
        object.append("key", .string(Data(write.key).base64EncodedString()))
        if case .put(let value) = write.effect {
            // Code of contracts is not shown whole.
            if value.count > StateLimits.valueSizeMax {
                object.append("size", JSONValue(value.count))
            } else {
                object.append("value", .string(Data(value).base64EncodedString()))
            }
        }
        object.append("deleted", .bool(write.effect == .delete))
        return .object(object)
    }

    private static func json(_ event: Event) -> JSONValue {
        var object = JSONObject()
        object.append("contract", .string(String(decoding: event.contract, as: UTF8.self)))
        object.append("name", .string(String(decoding: event.name, as: UTF8.self)))
        object.append("body", .string(Data(event.body).base64EncodedString()))
        return .object(object)
    }

    private static func json(_ timing: Timing) -> JSONValue {
        var object = JSONObject()
        object.append("compileNanoseconds", JSONValue(timing.compileNanoseconds))
        object.append("spawnNanoseconds", JSONValue(timing.spawnNanoseconds))
        object.append("executeNanoseconds", JSONValue(timing.executeNanoseconds))
        object.append("commitNanoseconds", JSONValue(timing.commitNanoseconds))
        return .object(object)
    }
}
