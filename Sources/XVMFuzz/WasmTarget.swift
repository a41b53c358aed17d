// SPDX-License-Identifier: Apache-2.0
// The Wasm decoder and validator, and what the translator makes of a Module that they accept.

import XVMCompiler
import XVMCore
package import XVMWasm

/// What the target attacks; the real one, or one with a planted bug.
package struct WasmSubject: Sendable {
    package var validate: @Sendable ([UInt8]) throws(WasmError) -> Module = { (bytes) throws(WasmError) in
        try Module(validating: bytes)
    }
    package init() {}
}

extension FuzzTarget {
    package static func wasm(_ subject: WasmSubject = WasmSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "wasm",
            purpose:
                "Wasm decoder, validator, translator: any bytes are refused, or a Module whose sections, bodies and C text hold",
            smokeCount: 400, sizeMax: 16384, seeds: [WasmWriter.sample], generate: { WasmWriter.module(&$0) },
            words: WasmWriter.words
        ) {
            let schedule = try GasSchedule(parsing: unitSchedule)
            return { bytes in
                let module: Module
                do throws(WasmError) { module = try subject.validate(bytes) } catch {
                    try require(
                        error.offset >= 0 && error.offset <= bytes.count,
                        "the refusal points at \(error.offset) of \(bytes.count)")
                    return
                }
                try checkSections(bytes)
                try checkBodies(module, bytes)
                let first: EmittedCode
                do throws(CompilerError) { first = try Translator.emit(module, schedule: schedule) } catch {
                    if case .body = error { throw FuzzFailure("a validated body is refused by the translator: \(error)") }
                    return
                }
                let second = try? Translator.emit(module, schedule: schedule)
                try require(second?.parts == first.parts, "two translations differ")
                try require(first.frameCosts.count == module.functions.count, "a frame cost for each function")
            }
        }
    }

    /// What an accepted binary must look like, read in the plainest way.
    private static func checkSections(_ bytes: [UInt8]) throws {
        try require(bytes.starts(with: [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]), "accepted without magic and version")
        // Section ids in the order that the format demands; 12 stands before 10.
        let order: [UInt8: Int] = [1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 12: 10, 10: 11, 11: 12]
        var place = 8
        var last = 0
        while place < bytes.count {
            let id = bytes[place]
            place += 1
            var size = 0
            var shift = 0
            while true {
                try require(place < bytes.count && shift < 35, "accepted with a section size that does not end")
                size |= Int(bytes[place] & 0x7f) << shift
                shift += 7
                place += 1
                if bytes[place - 1] & 0x80 == 0 { break }
            }
            try require(size <= bytes.count - place, "accepted with section \(id) beyond the end")
            place += size
            if id == 0 { continue }
            guard let rank = order[id] else { throw FuzzFailure("accepted with section id \(id)") }
            try require(rank > last, "accepted with section \(id) out of order")
            last = rank
        }
    }

    private static func checkBodies(_ module: Module, _ bytes: [UInt8]) throws {
        for function in module.functions {
            try require(
                function.body.lowerBound >= 8 && function.body.upperBound <= bytes.count, "a body lies outside of the bytes")
            var reader = InstructionReader(module, body: function.body)
            var count = 0
            do {
                while try reader.next() != nil {
                    count += 1
                    try require(count <= function.body.count, "more instructions than bytes")
                }
            } catch let error as WasmError { throw FuzzFailure("a validated body does not decode: \(error)") }
        }
    }

    /// One unit for each instruction.
    static let unitSchedule = Array(
        #"{"name":"unit","callEndsRun":true,"default":1,"costs":{}}"#.utf8)
}
