// SPDX-License-Identifier: Apache-2.0
// Policy files: the seccomp part of the OCI runtime specification as JSON, plus `x-xvm`. What is not understood is refused.

import XVMCore

extension Policy {
    /// Parses and checks a policy file.
    /// - Parameter file: its name, for errors.
    /// - Source: OCI runtime-spec, config-linux.md, section Seccomp.
    package init(parsing bytes: [UInt8], file: String) throws(PolicyError) {
        let parser = PolicyParser(file: file)
        self = try parser.parse(bytes)
        try checkStage()
    }
}

/// Knows the file's name, so that every error does.
private struct PolicyParser {
    let file: String

    func parse(_ bytes: [UInt8]) throws(PolicyError) -> Policy {
        let limits = JSONLimits(sizeMax: PolicyLimits.fileSizeMax, depthMax: PolicyLimits.nestingMax)
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes, limits: limits) } catch { throw fault(PolicyPlace(), .json(error)) }
        let top = try object(value, PolicyPlace())
        for key in ["listenerPath", "listenerMetadata"] where top[key] != nil { throw fault(PolicyPlace(key: key), .listenerKey) }
        try refuseKeys(
            of: top, otherThan: ["x-xvm", "defaultAction", "defaultErrnoRet", "architectures", "flags", "syscalls"], PolicyPlace()
        )

        let stage = try parseExtension(required(top, "x-xvm", PolicyPlace()))
        try checkArchitectures(required(top, "architectures", PolicyPlace()))
        if let flags = top["flags"] {
            let list = try strings(flags, PolicyPlace(key: "flags"))
            guard list.isEmpty else { throw fault(PolicyPlace(key: "flags"), .flagsNotSupported(list)) }
        }
        let defaultAction = try parseAction(top, key: "defaultAction", errnoKey: "defaultErrnoRet", PolicyPlace())

        let entries = try array(required(top, "syscalls", PolicyPlace()), PolicyPlace(key: "syscalls"))
        var rules: [PolicyRule] = []
        var count = 0
        var conditionCount = 0
        for (index, entry) in entries.enumerated() {
            let rule = try parseRule(entry, index)
            count += rule.names.count
            guard count <= PolicyLimits.ruleCountMax else {
                throw fault(PolicyPlace(rule: index), .ruleCountExceedsLimit(count: count, limit: PolicyLimits.ruleCountMax))
            }
            conditionCount += rule.names.count * rule.conditions.count
            guard conditionCount <= PolicyLimits.conditionCountMax else {
                let limit = PolicyLimits.conditionCountMax
                throw fault(PolicyPlace(rule: index), .conditionCountExceedsLimit(count: conditionCount, limit: limit))
            }
            rules.append(rule)
        }
        return Policy(file: file, stage: stage, defaultAction: defaultAction, rules: rules)
    }

    private func parseExtension(_ value: JSONValue) throws(PolicyError) -> PolicyStage {
        let place = PolicyPlace(key: "x-xvm")
        let object = try object(value, place)
        try refuseKeys(of: object, otherThan: ["version", "stage"], place)
        let version: Int64 = try integer(required(object, "version", place), PolicyPlace(key: "x-xvm.version"))
        guard version == 1 else { throw fault(PolicyPlace(key: "x-xvm.version"), .unsupportedVersion(version)) }
        let name = try string(required(object, "stage", place), PolicyPlace(key: "x-xvm.stage"))
        guard let stage = PolicyStage.allCases.first(where: { same($0.rawValue, name) }) else {
            throw fault(PolicyPlace(key: "x-xvm.stage"), .unknownStage(name))
        }
        return stage
    }

    private func checkArchitectures(_ value: JSONValue) throws(PolicyError) {
        let place = PolicyPlace(key: "architectures")
        let list = try strings(value, place)
        guard list.count == 1, same(list[0], "SCMP_ARCH_X86_64") else { throw fault(place, .unsupportedArchitectures(list)) }
    }

    /// An action and the errno that may stand beside it; without one it is EPERM, as the specification says.
    private func parseAction(
        _ object: JSONObject, key: String, errnoKey: String, _ place: PolicyPlace
    ) throws(PolicyError) -> PolicyAction {
        var here = place
        here.key = key
        let name = try string(required(object, key, place), here)
        var errno: UInt16?
        var errnoPlace = place
        errnoPlace.key = errnoKey
        if let value = object[errnoKey] {
            let number: UInt64 = try integer(value, errnoPlace)
            guard number <= PolicyLimits.errnoMax else {
                throw fault(errnoPlace, .errnoOutOfRange(value: number, limit: PolicyLimits.errnoMax))
            }
            errno = UInt16(number)
        }
        let operationNotPermitted: UInt16 = 1
        let action: PolicyAction
        switch Array(name.utf8) {
        case Array("SCMP_ACT_ERRNO".utf8): return .errno(errno ?? operationNotPermitted)
        case Array("SCMP_ACT_TRACE".utf8): return .trace(errno ?? operationNotPermitted)
        case Array("SCMP_ACT_KILL_PROCESS".utf8): action = .killProcess
        case Array("SCMP_ACT_TRAP".utf8): action = .trap
        case Array("SCMP_ACT_NOTIFY".utf8): action = .notify
        case Array("SCMP_ACT_LOG".utf8): action = .log
        case Array("SCMP_ACT_ALLOW".utf8): action = .allow
        case Array("SCMP_ACT_KILL".utf8), Array("SCMP_ACT_KILL_THREAD".utf8): throw fault(here, .ambiguousAction(name))
        default: throw fault(here, .unknownAction(name))
        }
        guard errno == nil else { throw fault(errnoPlace, .errnoWithoutUse(action: action.name)) }
        return action
    }

    private func parseRule(_ value: JSONValue, _ index: Int) throws(PolicyError) -> PolicyRule {
        let place = PolicyPlace(rule: index)
        let object = try object(value, place)
        try refuseKeys(of: object, otherThan: ["names", "action", "errnoRet", "args"], place)
        let namesPlace = PolicyPlace(rule: index, key: "names")
        var rule = PolicyRule(
            names: [], numbers: [], action: try parseAction(object, key: "action", errnoKey: "errnoRet", place), conditions: [])
        for name in try strings(required(object, "names", place), namesPlace) {
            let number = try number(of: name, namesPlace)
            guard !rule.numbers.contains(number) else { throw fault(namesPlace, .duplicateName(name)) }
            rule.names.append(name)
            rule.numbers.append(number)
        }
        guard !rule.names.isEmpty else { throw fault(namesPlace, .noNames) }
        guard let arguments = object["args"] else { return rule }
        for (position, argument) in try array(arguments, PolicyPlace(rule: index, key: "args")).enumerated() {
            let condition = try parseCondition(argument, PolicyPlace(rule: index, argument: position))
            guard !rule.conditions.contains(where: { $0.index == condition.index }) else {
                let place = PolicyPlace(rule: index, argument: position, key: "index")
                throw fault(place, .duplicateArgument(index: condition.index))
            }
            rule.conditions.append(condition)
        }
        return rule
    }

    private func number(of name: String, _ place: PolicyPlace) throws(PolicyError) -> UInt32 {
        let size = name.utf8.count
        guard size <= PolicyLimits.nameSizeMax else {
            throw fault(place, .nameTooLong(size: size, limit: PolicyLimits.nameSizeMax))
        }
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "_")
        }
        guard isPlain && size > 0 else { throw fault(place, .malformedName(name)) }
        guard let number = SyscallTable.number(of: name) else { throw fault(place, .unknownName(name)) }
        return number
    }

    private func parseCondition(_ value: JSONValue, _ place: PolicyPlace) throws(PolicyError) -> PolicyCondition {
        func at(_ key: String) -> PolicyPlace { PolicyPlace(rule: place.rule, argument: place.argument, key: key) }
        let object = try object(value, place)
        try refuseKeys(of: object, otherThan: ["index", "value", "valueTwo", "op"], place)
        let index: UInt64 = try integer(required(object, "index", place), at("index"))
        guard index < 6 else { throw fault(at("index"), .argumentIndexOutOfRange(index)) }
        let name = try string(required(object, "op", place), at("op"))
        let first = try operand(required(object, "value", place), at("value"))
        var second = PolicyOperand.number(0)
        if let value = object["valueTwo"] { second = try operand(value, at("valueTwo")) }
        switch Array(name.utf8) {
        case Array("SCMP_CMP_EQ".utf8):
            guard second == .number(0) else { throw fault(at("valueTwo"), .secondValueWithoutMask) }
            return PolicyCondition(index: Int(index), test: .equal(first))
        case Array("SCMP_CMP_MASKED_EQ".utf8):
            return PolicyCondition(index: Int(index), test: .maskedEqual(mask: first, bits: second))
        case Array("SCMP_CMP_NE".utf8), Array("SCMP_CMP_LT".utf8), Array("SCMP_CMP_LE".utf8), Array("SCMP_CMP_GE".utf8),
            Array("SCMP_CMP_GT".utf8):
            throw fault(at("op"), .rangeOperator(name))
        default: throw fault(at("op"), .unknownOperator(name))
        }
    }

    /// An exact 64-bit integer, or a symbol as a string.
    private func operand(_ value: JSONValue, _ place: PolicyPlace) throws(PolicyError) -> PolicyOperand {
        guard case .string(let text) = value else { return .number(try integer(value, place)) }
        guard let symbol = PolicySymbol.allCases.first(where: { same($0.rawValue, text) }) else {
            throw fault(place, .unknownSymbol(text))
        }
        return .symbol(symbol)
    }

    // MARK: typed access with the file's name in the error
    private func object(_ value: JSONValue, _ place: PolicyPlace) throws(PolicyError) -> JSONObject {
        do { return try value.object(at: place.description) } catch { throw fault(place, .structure(error)) }
    }

    private func array(_ value: JSONValue, _ place: PolicyPlace) throws(PolicyError) -> [JSONValue] {
        do { return try value.array(at: place.description) } catch { throw fault(place, .structure(error)) }
    }

    private func string(_ value: JSONValue, _ place: PolicyPlace) throws(PolicyError) -> String {
        do { return try value.string(at: place.description) } catch { throw fault(place, .structure(error)) }
    }

    private func strings(_ value: JSONValue, _ place: PolicyPlace) throws(PolicyError) -> [String] {
        var strings: [String] = []
        for element in try array(value, place) { strings.append(try string(element, place)) }
        return strings
    }

    private func integer<Integer: FixedWidthInteger>(_ value: JSONValue, _ place: PolicyPlace) throws(PolicyError) -> Integer {
        do { return try value.integer(at: place.description) } catch { throw fault(place, .structure(error)) }
    }

    private func required(_ object: JSONObject, _ key: String, _ place: PolicyPlace) throws(PolicyError) -> JSONValue {
        do { return try object.required(key, at: place.description) } catch { throw fault(place, .structure(error)) }
    }

    private func refuseKeys(of object: JSONObject, otherThan known: [String], _ place: PolicyPlace) throws(PolicyError) {
        do { try object.refuseKeys(otherThan: known, at: place.description) } catch { throw fault(place, .structure(error)) }
    }

    /// Byte by byte: Swift's `==` forgives what Unicode calls equivalent.
    private func same(_ left: String, _ right: String) -> Bool { left.utf8.elementsEqual(right.utf8) }

    private func fault(_ place: PolicyPlace, _ problem: PolicyError.Problem) -> PolicyError {
        PolicyError(file: file, place: place, problem: problem)
    }
}
