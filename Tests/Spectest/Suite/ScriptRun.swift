// SPDX-License-Identifier: Apache-2.0
// A script, prepared (which modules share a worker, compiled) and run.

import Foundation
import XVMCompiler
package import XVMCore
import XVMSupervisor
import XVMWasm
import XVMWire

/// What became of the commands of scripts.
package struct SuiteResult: Sendable {
    package var passed = 0
    /// Place, what was expected, what came.
    package var failures: [String] = []
    /// By reason.
    package var skipped: [String: Int] = [:]
    /// Of all calls that returned.
    package var gas: UInt64 = 0
    /// Command by command how it ended, its gas and its results: what must be equal over compilers and levels.
    package var record = SHA256()
    package var groupCount = 0
    package var moduleCount = 0

    package init() {}

    package var skippedCount: Int { skipped.values.reduce(0, +) }
}

package final class ScriptRun {
    private let script: SuiteScript
    private let workshop: Workshop
    /// By position of the command.
    private var units: [Int: SuiteUnit] = [:]
    private var refusals: [Int: String] = [:]
    private var groups: [SuiteGroup] = []
    private var code: [ObjectIdentifier: SealedModule] = [:]
    private var codeFailures: [ObjectIdentifier: String] = [:]
    private let spectest: SuiteUnit
    private var result = SuiteResult()

    package init(_ script: SuiteScript, _ workshop: Workshop) throws {
        self.script = script
        self.workshop = workshop
        spectest = SuiteUnit(line: 0, module: workshop.spectest)
        try plan()
    }

    // MARK: Planning

    /// Makes the units and finds out who shares a worker, by names alone.
    private func plan() throws {
        var current: SuiteUnit?
        var named: [String: SuiteUnit] = [:]
        var registered: [[UInt8]: SuiteUnit] = [Array("spectest".utf8): spectest]
        for (position, command) in script.commands.enumerated() {
            switch command.type {
            case "module", "assert_uninstantiable", "assert_unlinkable":
                guard !command.isText, let file = command.file else { continue }
                let unit: SuiteUnit
                do {
                    unit = SuiteUnit(
                        line: command.line, module: try Module(validating: [UInt8](try Data(contentsOf: URL(filePath: file)))))
                } catch {
                    refusals[position] = "\(error)"
                    continue
                }
                unit.providers = unit.module.imports.map { entry in
                    registered[entry.module].map { SuiteUnit.Provider(unit: $0, export: $0.export(entry.name)) }
                }
                units[position] = unit
                if command.type == "assert_unlinkable" { continue }
                if workshop.setting.isLinkedThroughout {
                    let group = SuiteGroup()
                    group.units.append(unit)
                    groups.append(group)
                    unit.group = group
                }
                join(unit)
                if command.type == "module" {
                    current = unit
                    if let name = command.name { named[name] = unit }
                }
            case "register":
                if let unit = command.name.map({ named[$0] }) ?? current, let alias = command.alias { registered[alias] = unit }
            default: break
            }
        }
        for group in groups { complete(group) }
        result.groupCount = groups.count
        result.moduleCount = units.count
    }

    private func join(_ unit: SuiteUnit) {
        for provider in unit.providers {
            guard let other = provider?.unit, other !== spectest else { continue }
            let group = other.group ?? SuiteGroup()
            if other.group == nil {
                other.group = group
                group.units.append(other)
                groups.append(group)
            }
            if let mine = unit.group, mine !== group {
                for member in mine.units { member.group = group }
                group.units += mine.units
                groups.removeAll { $0 === mine }
            } else if unit.group == nil {
                unit.group = group
                group.units.append(unit)
            }
        }
    }

    /// Numbers the members of a group; the suite's host module is one of them where somebody imports from it.
    private func complete(_ group: SuiteGroup) {
        group.units.sort { $0.line < $1.line }
        let host = SuiteUnit(line: 0, module: workshop.spectest)
        var isUsed = false
        for unit in group.units {
            for index in unit.providers.indices where unit.providers[index]?.unit === spectest {
                unit.providers[index]?.unit = host
                isUsed = true
            }
        }
        if isUsed {
            host.group = group
            group.units.insert(host, at: 0)
        }
        for (number, unit) in group.units.enumerated() { unit.number = number }
    }

    // MARK: Compiling

    /// What has to be compiled, as jobs that may run at the same time on other threads, one thread each.
    package var compileJobs: [() -> Void] {
        let alone = script.commands.indices.compactMap { position -> SuiteUnit? in
            guard script.commands[position].type != "assert_unlinkable" else { return nil }
            return units[position].flatMap { $0.group == nil ? $0 : nil }
        }
        return alone.map { unit in { self.keep(ObjectIdentifier(unit)) { try self.workshop.compile(unit) } } }
            + groups.map { group in { self.keep(ObjectIdentifier(group)) { try self.workshop.compile(group) } } }
    }

    private let lock = NSLock()

    private func keep(_ key: ObjectIdentifier, _ make: () throws -> SealedModule) {
        let made = Result(catching: make)
        lock.withLock {
            switch made {
            case .success(let module): code[key] = module
            case .failure(let error): codeFailures[key] = "\(error)"
            }
        }
    }

    private func sealed(_ key: ObjectIdentifier) throws -> SealedModule {
        guard let module = code[key] else { throw SuiteError(codeFailures[key] ?? "was not compiled") }
        return module
    }

    // MARK: Running

    package func run() -> SuiteResult {
        var current: SuiteUnit?
        var named: [String: SuiteUnit] = [:]
        func unit(_ name: String?) -> SuiteUnit? { name.map { named[$0] } ?? current }
        for (position, command) in script.commands.enumerated() {
            do {
                switch command.type {
                case "module":
                    // Whatever else happens, the one before is not current any more.
                    current = nil
                    let made = try unitToMake(position)
                    let ending = try instantiate(made)
                    guard ending.kind == .returned else { throw SuiteError("instantiation ended with \(ending.kind)") }
                    current = made
                    if let name = command.name { named[name] = made }
                    note(command, ending)
                case "register":
                    guard unit(command.name) != nil else { throw SuiteError("no instance to register") }
                    note(command, nil)
                case "action", "assert_return", "assert_trap", "assert_exhaustion": try act(command, unit)
                case "assert_uninstantiable":
                    if command.isText { skip("text format"); continue }
                    let made = try unitToMake(position)
                    try expectTrap(command, try instantiate(made))
                case "assert_unlinkable":
                    if command.isText { skip("text format"); continue }
                    try expectLinkFailure(command, try unitToMake(position))
                case "assert_invalid", "assert_malformed":
                    if command.isText { skip("\(command.type) in text format"); continue }
                    try expectRefusal(command)
                default: throw SuiteError("unknown command")
                }
                result.passed += 1
            } catch {
                result.failures.append("\(script.name):\(command.line): \(command.type): \(error)")
            }
        }
        // A group and its units, the host module's among them, hold each other; a session that stays is a worker that stays.
        for group in groups {
            group.session = nil
            for unit in group.units { unit.session = nil }
        }
        for unit in units.values { unit.session = nil }
        return result
    }

    private func skip(_ reason: String) { result.skipped[reason, default: 0] += 1 }

    private func unitToMake(_ position: Int) throws -> SuiteUnit {
        if let reason = refusals[position] { throw SuiteError(reason) }
        guard let unit = units[position] else { throw SuiteError("no binary") }
        return unit
    }

    /// Checks the imports, then makes the instance in its worker.
    private func instantiate(_ unit: SuiteUnit) throws -> Ending {
        try unit.checkImports()
        guard let group = unit.group else {
            let session = try Session(workshop.supervisor, try sealed(ObjectIdentifier(unit)), isGroup: false)
            unit.session = session
            return try session.instantiate(unit)
        }
        let session: Session
        if let started = group.session {
            session = started
        } else {
            session = try Session(workshop.supervisor, try sealed(ObjectIdentifier(group)), isGroup: true)
            group.session = session
            if let host = group.units.first, host.line == 0 {
                host.session = session
                let ending = try session.instantiate(host)
                guard ending.kind == .returned else { throw SuiteError("the suite's host module ended with \(ending.kind)") }
            }
        }
        unit.session = session
        return try session.instantiate(unit)
    }

    private func act(_ command: SuiteCommand, _ find: (String?) -> SuiteUnit?) throws {
        guard let action = command.action, let unit = find(action.module), let session = unit.session else {
            throw SuiteError("no instance to act on")
        }
        if action.kind == .get {
            guard let export = unit.export(action.field), export.kind == .global else { throw SuiteError("no such global") }
            let type = unit.module.globalTypes[Int(export.index)].value
            let slots = try session.global(unit, Int(export.index))
            let narrow = type == .i32 || type == .f32 || type == .funcref
            try expect(command, type == .v128 ? slots : [narrow ? slots[0] & 0xffff_ffff : slots[0]])
            return note(command, nil, slots)
        }
        guard let function = unit.functionExport(action.field) else { throw SuiteError("no such function") }
        let ending = try session.call(unit, function.ordinal, action.arguments.flatMap(\.slots))
        guard command.type == "assert_trap" || command.type == "assert_exhaustion" else {
            guard ending.kind == .returned else { throw SuiteError("ended with \(ending.kind)") }
            if command.type == "assert_return" { try expect(command, ending.slots) }
            return note(command, ending)
        }
        try expectTrap(command, ending)
    }

    private func expect(_ command: SuiteCommand, _ slots: [UInt64]) throws {
        var rest = slots[...]
        for value in command.expected {
            if let problem = value.mismatch(&rest) {
                throw SuiteError("\(problem), results \(slots.map { String($0, radix: 16) })")
            }
        }
        if !rest.isEmpty { throw SuiteError("\(command.expected.count) results expected, \(slots.count) slots came") }
    }

    private static let traps: [(text: String, trap: Trap)] = [
        ("unreachable", .unreachable), ("integer divide by zero", .integerDivideByZero), ("integer overflow", .integerOverflow),
        ("invalid conversion to integer", .invalidConversionToInteger), ("out of bounds memory access", .outOfBoundsMemoryAccess),
        ("out of bounds table access", .outOfBoundsTableAccess), ("undefined element", .undefinedElement),
        ("uninitialized element", .uninitializedElement), ("indirect call type mismatch", .indirectCallTypeMismatch),
        ("call stack exhausted", .callStackExhausted),
    ]

    private func expectTrap(_ command: SuiteCommand, _ ending: Ending) throws {
        guard let wanted = Self.traps.first(where: { command.text.hasPrefix($0.text) }) else {
            throw SuiteError("trap text '\(command.text)' is not known")
        }
        guard ending.kind == .trapped(wanted.trap) else {
            throw SuiteError("'\(command.text)' expected, ended with \(ending.kind)")
        }
        note(command, ending)
    }

    private func expectLinkFailure(_ command: SuiteCommand, _ unit: SuiteUnit) throws {
        do {
            try unit.checkImports()
        } catch let failure as LinkFailure {
            guard command.text.hasPrefix(failure.rawValue) else {
                throw SuiteError("'\(command.text)' expected, it is '\(failure.rawValue)'")
            }
            return note(command, nil)
        }
        throw SuiteError("'\(command.text)' expected, but every import fits")
    }

    private func expectRefusal(_ command: SuiteCommand) throws {
        guard let file = command.file else { throw SuiteError("no binary") }
        do {
            _ = try Module(validating: [UInt8](try Data(contentsOf: URL(filePath: file))))
        } catch let error as WasmError {
            if case .limitExceeded = error.kind { throw SuiteError("'\(command.text)' expected: \(error)") }
            return note(command, nil)
        }
        throw SuiteError("'\(command.text)' expected, but it was accepted")
    }

    private func note(_ command: SuiteCommand, _ ending: Ending?, _ slots: [UInt64] = []) {
        var line = "\(script.name):\(command.line) \(command.type)"
        if let ending {
            line += " \(ending.kind) \(ending.gasUsed) \(ending.memoryPages) \(ending.slots)"
            if ending.kind == .returned { result.gas += UInt64(ending.gasUsed) }
        } else {
            line += " \(slots)"
        }
        result.record.update(Array((line + "\n").utf8))
    }
}
