// SPDX-License-Identifier: Apache-2.0
// Every binary of the core test suite through decoding and validation.

import Testing

import XVMWasm

@Suite("Conformance", .enabled(if: Conformance.isPresent, Comment(rawValue: Conformance.whatIsMissing)))
struct ConformanceTests {
    /// What became of one binary.
    private func refusal(_ filename: String, _ features: WasmFeatures) throws -> WasmError? {
        let bytes = try Conformance.bytes(filename)
        do {
            _ = try Module(validating: bytes, limits: .default, features: features)
            return nil
        } catch {
            return error
        }
    }

    private func isBinary(_ command: Conformance.Command) -> Bool { command.filename?.hasSuffix(".wasm") == true }

    /// Modules that the suite calls valid, whatever happens to them later.
    private func isValid(_ command: Conformance.Command) -> Bool {
        ["module", "assert_unlinkable", "assert_uninstantiable", "assert_trap"].contains(command.type)
    }

    @Test("without optional parts every valid module is accepted, or refused as unsupported where the list says so")
    func validModules() throws {
        var accepted = 0
        var unsupported: [String: Int] = [:]
        var simd = 0
        for script in try Conformance.scripts() {
            for command in script.commands where isBinary(command) && isValid(command) {
                guard let error = try refusal(try #require(command.filename), .wasm1Plus) else {
                    accepted += 1
                    continue
                }
                guard case .unsupported(let feature) = error.kind else {
                    Issue.record("\(script.name):\(command.line): \(error)")
                    continue
                }
                if feature.hasPrefix("SIMD") {
                    #expect(script.name.hasPrefix("simd_"), "\(script.name):\(command.line): \(error)")
                    simd += 1
                } else {
                    #expect(feature.hasPrefix("reference types: "), "\(script.name):\(command.line): \(error)")
                    unsupported[script.name, default: 0] += 1
                }
            }
        }
        #expect(unsupported == Conformance.referenceTypeModules)
        #expect(simd == Conformance.simdModules)
        print(
            "conformance: valid modules accepted \(accepted), unsupported \(unsupported.values.reduce(simd, +)), of these SIMD \(simd)"
        )
        #expect(accepted > 1_000)
    }

    @Test("every valid module is accepted with all of WebAssembly 2.0")
    func validModulesOfWasm2() throws {
        var accepted = 0
        for script in try Conformance.scripts() {
            for command in script.commands where isBinary(command) && isValid(command) {
                if let error = try refusal(try #require(command.filename), .wasm2) {
                    Issue.record("\(script.name):\(command.line): \(error)")
                } else {
                    accepted += 1
                }
            }
        }
        print("conformance: valid modules accepted with wasm2 \(accepted)")
        #expect(accepted > 1_700)
    }

    @Test("every invalid and every malformed binary is refused", arguments: [WasmFeatures.wasm1Plus, .wasm2])
    func refused(features: WasmFeatures) throws {
        var refused: [String: Int] = [:]
        var text = 0
        for script in try Conformance.scripts() {
            for command in script.commands where ["assert_invalid", "assert_malformed"].contains(command.type) {
                guard isBinary(command) else {
                    text += 1
                    continue
                }
                guard let error = try refusal(try #require(command.filename), features) else {
                    Issue.record("\(script.name):\(command.line) was accepted; the suite says \(command.text ?? "")")
                    continue
                }
                if case .limitExceeded = error.kind { Issue.record("\(script.name):\(command.line): \(error)") }
                refused[command.type, default: 0] += 1
            }
        }
        print(
            "conformance: refused with features \(features.rawValue): \(refused.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }), skipped text modules \(text)"
        )
        #expect(refused["assert_invalid", default: 0] > 2_000)
        #expect(refused["assert_malformed", default: 0] > 700)
    }

    @Test("with all of WebAssembly 2.0, refusals have the suite's reason, or stand in the list of other reasons")
    func reasons() throws {
        var different: Set<String> = []
        for script in try Conformance.scripts() {
            for command in script.commands
            where isBinary(command) && ["assert_invalid", "assert_malformed"].contains(command.type) {
                guard let error = try refusal(try #require(command.filename), .wasm2) else { continue }
                let expected = command.text ?? ""
                let found: (command: String, reason: String) =
                    switch error.kind {
                    case .malformed(let reason): ("assert_malformed", reason.rawValue)
                    case .invalid(let reason): ("assert_invalid", reason.rawValue)
                    case .unsupported(let feature): (command.type, feature)
                    case .limitExceeded(let what, _, _): (command.type, what)
                    }
                let isSame =
                    found.command == command.type && (expected.hasPrefix(found.reason) || found.reason.hasPrefix(expected))
                let place = "\(script.name):\(command.line)"
                if isSame { continue }
                different.insert(place)
                #expect(Conformance.otherReasons[place] != nil, "\(place): \(expected): \(error)")
            }
        }
        #expect(different == Set(Conformance.otherReasons.keys))
    }
}
