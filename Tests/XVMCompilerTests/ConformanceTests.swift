// SPDX-License-Identifier: Apache-2.0
// Executes the WebAssembly core test suite (converted by wast2json; path in XVM_CONFORMANCE, and
// XVM_CONFORMANCE_CC, _LEVEL, _ONLY choose compiler, level and scripts): every module inside the feature
// set becomes two objects, one per gas placement, and each command runs on both. A command passes when result bits and trap
// kind are the expected ones and both objects agree in results and in gas.

import Foundation
import Testing
import XVMCompiler
import XVMCore
import XVMWasm

@Suite(.serialized) struct ConformanceTests {
    static let folder: URL? = {
        guard let path = ProcessInfo.processInfo.environment["XVM_CONFORMANCE"] else { return nil }
        let root = URL(fileURLWithPath: path)
        // As the archive unpacks, or its inner folder.
        for candidate in [root, root.appendingPathComponent("j22")]
        where FileManager.default.fileExists(atPath: candidate.appendingPathComponent("i32.json").path) {
            return candidate
        }
        return nil
    }()

    @Test(
        "the core suite gives the expected bits and traps, and equal gas under both placements",
        .enabled(if: folder != nil, "XVM_CONFORMANCE names no unpacked suite"),
        .enabled(if: NativeCompiler.any != nil, "no C compiler on PATH"))
    func coreSuite() throws {
        let folder = try #require(Self.folder)
        let level = ProcessInfo.processInfo.environment["XVM_CONFORMANCE_LEVEL"] ?? "-O0"
        let only = ProcessInfo.processInfo.environment["XVM_CONFORMANCE_ONLY"]
        // gcc compiles small files faster.
        let wanted = ProcessInfo.processInfo.environment["XVM_CONFORMANCE_CC"] ?? "gcc"
        let found = NativeCompiler.all.first { $0.path.hasSuffix("/" + wanted) }
        let compiler = try #require(found ?? NativeCompiler.any).with(level: level)
        var total = SuiteCounts()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".json") }.sorted()
        try #require(names.count > 140)
        // Names, and beginnings of names with a star behind them.
        let chosen = only.map { $0.split(separator: ",").map(String.init) }
        func isChosen(_ name: String) -> Bool {
            guard let chosen else { return true }
            return chosen.contains { $0.hasSuffix("*") ? name.hasPrefix($0.dropLast()) : name == $0 + ".json" }
        }
        for name in names where isChosen(name) {
            let script = try SuiteScript(file: folder.appendingPathComponent(name), compiler: compiler)
            let counts = try script.run()
            for failure in counts.failures { Issue.record("\(failure)") }
            total.add(counts)
        }
        let reasons = total.skipped.sorted { $0.key < $1.key }.map { "\($0.value) x \($0.key)" }
        print(
            "conformance (\(compiler.testDescription)): \(total.modules) modules and \(total.passed) commands passed,",
            "\(total.failures.count) failed; skipped: \(reasons.joined(separator: "; "))")
        if chosen == nil {
            // May only rise.
            #expect(total.passed >= 46850)
        }
    }
}

struct SuiteCounts {
    var modules = 0
    var passed = 0
    var failures: [String] = []
    var skipped: [String: Int] = [:]

    mutating func skip(_ reason: String) { skipped[reason, default: 0] += 1 }

    mutating func add(_ other: SuiteCounts) {
        modules += other.modules
        passed += other.passed
        failures += other.failures
        skipped.merge(other.skipped, uniquingKeysWith: +)
    }
}

/// One .wast file: its commands become driver commands, twice.
private struct SuiteScript {
    struct Loaded {
        /// Position among the opened objects; the second placement is at +1.
        var object: Int
        /// By the bytes of the name: two strings may be equal in Swift and still be two names.
        var functions: [[UInt8]: Int]
        var globals: [[UInt8]: Int]
    }

    struct Pending {
        var line: Int
        var type: String
        var expected: [[String: Any]]
        var text: String
        /// Answers to look at, in the driver's output: one per placement.
        var answers: [Int]
        var isGlobal = false
    }

    static let traps: [(text: String, number: Int)] = [
        ("unreachable", 1), ("integer divide by zero", 2), ("integer overflow", 3), ("invalid conversion to integer", 4),
        ("out of bounds memory access", 5), ("out of bounds table access", 6), ("undefined element", 7),
        ("uninitialized element", 8), ("indirect call type mismatch", 9), ("call stack exhausted", 10),
    ]

    static let imports = HostImportTable(
        rows: [
            HostImport(101, "spectest", "print", "", ""), HostImport(102, "spectest", "print_i32", "i", ""),
            HostImport(103, "spectest", "print_i64", "I", ""), HostImport(104, "spectest", "print_f32", "f", ""),
            HostImport(105, "spectest", "print_f64", "F", ""), HostImport(106, "spectest", "print_i32_f32", "if", ""),
            HostImport(107, "spectest", "print_f64_f64", "FF", ""),
            HostImport(number: 0, module: "spectest", name: "memory", kind: .memory(SizeLimits(minimum: 1, maximum: 2))),
            HostImport(
                number: 0, module: "spectest", name: "table", kind: .table(.funcref, SizeLimits(minimum: 10, maximum: 20))),
        ]
            + [ValueType.i32, .i64, .f32, .f64].enumerated().map { position, type in
                HostImport(
                    number: UInt32(position + 1), module: "spectest", name: "global_\(type)",
                    kind: .global(GlobalType(value: type, isMutable: false)))
            })

    let file: URL
    let compiler: NativeCompiler
    let schedule: GasSchedule
    var commands: [String] = []
    var pending: [Pending] = []
    var counts = SuiteCounts()
    var objectCount = 0
    var current: Loaded?
    var named: [String: Loaded?] = [:]
    var registered: [[UInt8]: Loaded] = [:]
    /// Objects that share something with a module that we skip.
    var entangled: Set<Int> = []

    static let room = "1000000000000 3000 1000000"

    init(file: URL, compiler: NativeCompiler) throws {
        self.file = file
        self.compiler = compiler
        schedule = try GasSchedule(parsing: try Repository.bytes("policies/gas/unit.json"))
        // Our own parser: Foundation's drops a byte order mark in a string, and one of the suite's names is just that.
        let json = try JSONValue(
            parsing: [UInt8](try Data(contentsOf: file)), limits: JSONLimits(sizeMax: 64 << 20, depthMax: 16))
        let list = try #require((json.plain as? [String: Any])?["commands"] as? [[String: Any]])
        for command in list { try add(command) }
    }

    private mutating func send(_ command: String) -> Int {
        commands.append(command)
        return commands.count - 1
    }

    private mutating func add(_ command: [String: Any]) throws {
        let type = command["type"] as? String ?? ""
        let line = command["line"] as? Int ?? 0
        switch type {
        case "module":
            let loaded = try load(command, pendingTrap: nil, line: line)
            current = loaded
            if let name = command["name"] as? String { named[name] = loaded }
        case "assert_uninstantiable":
            if (command["module_type"] as? String) == "text" { return counts.skip("text module") }
            _ = try load(command, pendingTrap: command["text"] as? String ?? "", line: line)
        case "assert_return", "assert_trap", "assert_exhaustion", "action":
            addAction(command, type, line)
        case "register":
            var loaded = current
            if let name = command["name"] as? String { loaded = named[name] ?? nil }
            if let loaded, let name = command["as"] as? String { registered[Array(name.utf8)] = loaded }
        case "assert_invalid", "assert_malformed", "assert_unlinkable": break
        default: counts.failures.append("\(file.lastPathComponent):\(line): command \(type)")
        }
    }

    private mutating func load(_ command: [String: Any], pendingTrap: String?, line: Int) throws -> Loaded? {
        let name = command["filename"] as? String ?? ""
        let bytes = [UInt8](try Data(contentsOf: file.deletingLastPathComponent().appendingPathComponent(name)))
        let module: Module
        do { module = try Module(validating: bytes) } catch {
            guard case .unsupported(let feature) = error.kind else {
                counts.failures.append("\(file.lastPathComponent):\(line): \(error)")
                return nil
            }
            counts.skip("module with " + (feature.split(separator: ":").first.map(String.init) ?? feature))
            return nil
        }
        let first = objectCount
        for placement in [GasPlacement.perRun, .regions] {
            var options = Translator.Options()
            options.placement = placement
            options.imports = Self.imports
            let code: EmittedCode
            do { code = try Translator.emit(module, schedule: schedule, options: options) } catch {
                if case .unknownImport = error {
                    counts.skip("module that imports from another module")
                    for entry in module.imports {
                        if let loaded = registered[entry.module] { entangled.insert(loaded.object) }
                    }
                } else {
                    counts.failures.append("\(file.lastPathComponent):\(line): \(error)")
                }
                return nil
            }
            let object: URL
            do { object = try compiler.build(code.parts, warnings: false) } catch {
                counts.failures.append("\(file.lastPathComponent):\(line): \(error)")
                return nil
            }
            _ = send("open \(object.path)")
        }
        objectCount += 2
        counts.modules += 1
        var answers: [Int] = []
        for number in [first, first + 1] {
            _ = send("use \(number)")
            answers.append(send("init \(Self.room) 65536"))
        }
        pending.append(
            Pending(
                line: line, type: pendingTrap == nil ? "module" : "assert_trap", expected: [], text: pendingTrap ?? "",
                answers: answers))
        var functions: [[UInt8]: Int] = [:]
        var globals: [[UInt8]: Int] = [:]
        for export in module.exports {
            if export.kind == .function { functions[export.name] = functions.count }
            if export.kind == .global { globals[export.name] = Int(export.index) }
        }
        return Loaded(object: first, functions: functions, globals: globals)
    }

    private mutating func addAction(_ command: [String: Any], _ type: String, _ line: Int) {
        guard let action = command["action"] as? [String: Any], let field = action["field"] as? String else { return }
        var loaded = current
        if let name = action["module"] as? String { loaded = named[name] ?? nil }
        guard let loaded else { return counts.skip("command on a skipped module") }
        if entangled.contains(loaded.object) { return counts.skip("command on a module that a skipped one imports") }
        var answers: [Int] = []
        var isGlobal = false
        for number in [loaded.object, loaded.object + 1] {
            _ = send("use \(number)")
            if action["type"] as? String == "get" {
                guard let global = loaded.globals[Array(field.utf8)] else {
                    counts.failures.append("\(file.lastPathComponent):\(line): no global")
                    return
                }
                isGlobal = true
                answers.append(send("global \(global)"))
                continue
            }
            guard let export = loaded.functions[Array(field.utf8)] else {
                counts.failures.append("\(file.lastPathComponent):\(line): no function")
                return
            }
            let slots = (action["args"] as? [[String: Any]] ?? []).map { argument in
                Self.slots(argument).map { String($0, radix: 16) }.joined(separator: " ")
            }
            answers.append(send((["call \(export) \(Self.room)"] + slots).joined(separator: " ")))
        }
        pending.append(
            Pending(
                line: line, type: type, expected: command["expected"] as? [[String: Any]] ?? [],
                text: command["text"] as? String ?? "", answers: answers, isGlobal: isGlobal))
    }

    func run() throws -> SuiteCounts {
        var counts = self.counts
        if commands.isEmpty { return counts }
        let answers = try Driver.run(commands)
        for item in pending {
            let place = "\(file.lastPathComponent):\(item.line)"
            let (one, other) = (answers[item.answers[0]], answers[item.answers[1]])
            guard one == other else {
                counts.failures.append("\(place): placements differ: \(one) and \(other)")
                continue
            }
            if let problem = Self.problem(item, one.last ?? "") {
                counts.failures.append("\(place): \(problem), answer \(one.last ?? "")")
            } else {
                counts.passed += item.type == "module" ? 0 : 1
            }
        }
        return counts
    }

    private static func problem(_ item: Pending, _ answer: String) -> String? {
        let words = answer.split(separator: " ").map(String.init)
        switch item.type {
        case "module", "action":
            return words.first == "returned" || words.first == "value" ? nil : "return expected"
        case "assert_return":
            let slots: [String]
            if item.isGlobal {
                slots = Array(words.dropFirst().prefix(1))
            } else {
                guard words.first == "returned" else { return "return expected" }
                slots = Array(words.dropFirst(2))
            }
            var rest = slots[...]
            for expected in item.expected {
                guard let lanes = lanes(expected) else {
                    guard let slot = rest.popFirst(), matches(slot, expected) else { return "expected \(expected)" }
                    continue
                }
                guard let low = rest.popFirst().flatMap({ UInt64($0, radix: 16) }),
                    let high = rest.popFirst().flatMap({ UInt64($0, radix: 16) })
                else { return "two slots expected" }
                for (index, value) in lanes.values.enumerated() {
                    let half = index * lanes.bits < 64 ? low : high
                    let bits = half >> UInt64(index * lanes.bits % 64) & (lanes.bits == 64 ? .max : 1 << UInt64(lanes.bits) - 1)
                    if !matches(String(bits, radix: 16), ["type": lanes.type, "value": value]) {
                        return "lane \(index): expected \(value)"
                    }
                }
            }
            return rest.isEmpty ? nil : "\(item.expected.count) results expected"
        default:
            guard let trap = traps.first(where: { item.text.hasPrefix($0.text) }) else { return "trap text \(item.text)" }
            return words == ["trap", "\(trap.number)"] ? nil : "trap \(trap.number) expected"
        }
    }

    /// The lanes of a vector, first one first, and their width.
    private static func lanes(_ value: [String: Any]) -> (values: [String], bits: Int, type: String)? {
        guard value["type"] as? String == "v128", let values = value["value"] as? [String],
            let type = value["lane_type"] as? String, let bits = Int(type.dropFirst())
        else { return nil }
        return (values, bits, type)
    }

    private static func slots(_ argument: [String: Any]) -> [UInt64] {
        guard let lanes = lanes(argument) else { return [slot(argument)] }
        var slots: [UInt64] = [0, 0]
        for (index, value) in lanes.values.enumerated() {
            slots[index * lanes.bits / 64] |= (UInt64(value) ?? 0) << UInt64(index * lanes.bits % 64)
        }
        return slots
    }

    /// An argument as a slot. The reference that the script calls n is n + 1 in a slot, null is 0.
    private static func slot(_ argument: [String: Any]) -> UInt64 {
        let value = argument["value"] as? String ?? "0"
        let bits = UInt64(value) ?? 0
        return (argument["type"] as? String)?.hasSuffix("ref") == true && value != "null" ? bits + 1 : bits
    }

    private static func matches(_ slot: String, _ expected: [String: Any]) -> Bool {
        guard let bits = UInt64(slot, radix: 16) else { return false }
        let isReference = (expected["type"] as? String)?.hasSuffix("ref") == true
        // A reference without a value: any but null.
        guard let value = expected["value"] as? String else { return isReference && bits != 0 }
        if isReference { return bits == Self.slot(expected) }
        let isNarrow = expected["type"] as? String == "f32"
        if value.hasPrefix("nan:") {
            // Canonical in both cases; the sign is free.
            return isNarrow ? bits & 0x7fff_ffff == 0x7fc0_0000 : bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000
        }
        return UInt64(value) == bits
    }
}

extension JSONValue {
    /// Dictionaries, arrays, strings and integers, as Foundation would give them.
    fileprivate var plain: Any {
        switch self {
        case .null, .number: 0
        case .bool(let value): value
        case .integer(let value): Int(clamping: value)
        case .string(let value): value
        case .array(let values): values.map(\.plain)
        case .object(let object):
            Dictionary(object.members.map { ($0.key, $0.value.plain) }, uniquingKeysWith: { first, _ in first })
        }
    }
}
