// SPDX-License-Identifier: Apache-2.0
// The second engine: wasmtime in a Python process. It says whether a module is valid, what its exports give, and how much fuel they took.

import Foundation
import Glibc
import XVMWire

/// What the other engine made of one call.
enum OtherEnding: Equatable {
    /// 64 bits each as on our wire, two for a vector; and the fuel that was used, instantiation included.
    case returned(slots: [UInt64], fuel: Int64)
    case trapped(Trap)
    case outOfFuel
    /// A trap that has no counterpart here, a module that it cannot instantiate: nothing to compare.
    case unknown(String)
}

/// A Python process with wasmtime. Requests are a letter, a size and bytes; answers are lines.
final class OtherEngine {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// The fuel of wasmtime 50: 1 for each instruction but these, 1 for each byte, page and entry, and 1 for each function that is entered,
    /// which is put on the calls here. The exported function itself is one more.
    static let fuelSchedule = Array(
        """
        {"name":"fuel","callEndsRun":true,"default":1,
         "costs":{"nop":0,"drop":0,"block":0,"loop":0,"unreachable":0,"return":0,"call":2,"call_indirect":2},
         "perUnit":{"memory.init":1,"memory.copy":1,"memory.fill":1,"memory.grow":1,"table.init":1,"table.copy":1,"table.grow":1,
                    "table.fill":1}}
        """.utf8)

    /// Whether its fuel is as that schedule has it. Other versions count in other ways; then only results and traps are compared.
    private(set) var hasExactFuel = false

    private static let program = """
        import ctypes, json, struct, sys
        import wasmtime
        from wasmtime import _ffi as ffi
        from wasmtime._func import enter_wasm
        config = wasmtime.Config()
        for name in ("threads", "tail_call", "multi_memory", "memory64", "relaxed_simd", "gc", "function_references", "exceptions",
                     "component_model", "custom_page_sizes", "stack_switching", "wide_arithmetic"):
            try: setattr(config, "wasm_" + name, False)
            except Exception: pass
        config.consume_fuel = True
        config.cranelift_nan_canonicalization = True
        config.cranelift_opt_level = "none"
        config.max_wasm_stack = 1 << 20
        engine = wasmtime.Engine(config)
        traps = {"STACK_OVERFLOW": 10, "MEMORY_OUT_OF_BOUNDS": 5, "TABLE_OUT_OF_BOUNDS": 6, "INDIRECT_CALL_TO_NULL": 8, "BAD_SIGNATURE": 9,
                 "INTEGER_OVERFLOW": 3, "INTEGER_DIVISION_BY_ZERO": 2, "BAD_CONVERSION_TO_INTEGER": 4, "UNREACHABLE": 1}
        kinds = {"i32": 4, "i64": 8, "f32": 4, "f64": 8, "v128": 16}

        def call(module, job, number, slots):
            store = wasmtime.Store(engine)
            store.set_limits(memory_size=job["pages"] * 65536, table_elements=job["elements"])
            store.set_fuel(job["fuel"])
            try:
                exports = wasmtime.Instance(store, module, []).exports(store)
                function = [item for item in exports.by_index if isinstance(item, wasmtime.Func)][number]
                type = function.type(store)
                if any(str(kind) not in kinds for kind in type.params + type.results):
                    return ["other", "references"]
                given, got, place = (ffi.wasmtime_val_t * len(type.params))(), (ffi.wasmtime_val_t * len(type.results))(), 0
                codes = {"i32": 0, "i64": 1, "f32": 2, "f64": 3, "v128": 4}
                for value, kind in zip(given, type.params):
                    size = kinds[str(kind)]
                    count = (size + 7) // 8
                    data = struct.pack("<%dQ" % count, *slots[place:place + count])[:size]
                    value.kind = codes[str(kind)]
                    ctypes.memmove(ctypes.addressof(value.of), data, size)
                    place += count
                with enter_wasm(store) as trap:
                    error = ffi.wasmtime_func_call(store._context(), ctypes.byref(function._func), given, len(given), got, len(got), trap)
                    if error:
                        raise wasmtime.WasmtimeError._from_ptr(error)
                answer = []
                for value, kind in zip(got, type.results):
                    size = kinds[str(kind)]
                    data = ctypes.string_at(ctypes.addressof(value.of), size).ljust((size + 7) // 8 * 8, bytes(1))
                    answer += struct.unpack("<%dQ" % (len(data) // 8), data)
                return ["returned", job["fuel"] - store.get_fuel()] + answer
            except wasmtime.Trap as trap:
                if "fuel" in trap.message.splitlines()[-1]:
                    return ["fuel"]
                try: code = trap.trap_code.name
                except Exception: code = "none"
                return ["trapped", traps[code]] if code in traps else ["other", code]
            except wasmtime.WasmtimeError as error:
                return ["other", str(error)[:300]]

        probe = wasmtime.Module(engine, wasmtime.wat2wasm('(module (memory 1) (func $g nop) (func (export "f") call $g (block br 0) '
            'i32.const 0 i32.const 0 i32.const 100 memory.fill i32.const 1 memory.grow drop))'))
        exact = call(probe, {"pages": 2, "elements": 9, "fuel": 1000}, 0, [])

        def read():
            return sys.stdin.buffer.read(struct.unpack("<I", sys.stdin.buffer.read(4))[0])

        out = sys.stdout.buffer
        out.write(b"exact\\n" if exact == ["returned", 111] else b"ready\\n"); out.flush()
        while True:
            letter = sys.stdin.buffer.read(1)
            if not letter: break
            data = read()
            if letter == b"v":
                try:
                    wasmtime.Module.validate(engine, data)
                    line = "1"
                except wasmtime.WasmtimeError as error:
                    line = "0 " + str(error).replace("\\n", " ")[:300]
            else:
                job = json.loads(read())
                try:
                    module = wasmtime.Module(engine, data)
                    line = json.dumps([call(module, job, number, slots) for number, slots in job["calls"]])
                except wasmtime.WasmtimeError as error:
                    line = json.dumps([["other", str(error)[:300]] for each in job["calls"]])
            out.write(line.encode("utf-8", "replace") + b"\\n"); out.flush()
        """

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [environment["XVM_FUZZ_PYTHON"] ?? "python3", "-c", Self.program]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let word = try line()
        hasExactFuel = word == "exact"
        guard hasExactFuel || word == "ready" else {
            process.waitUntilExit()
            throw TargetUnavailable(
                description: "python3 with wasmtime is not there; pip install wasmtime, or name one in XVM_FUZZ_PYTHON")
        }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    private var rest: [UInt8] = []

    private func line() throws -> String {
        while true {
            if let end = rest.firstIndex(of: 10) {
                defer { rest.removeSubrange(...end) }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            // Not by the file handle, which gives up where a signal comes in between; libFuzzer has a timer.
            var chunk = [UInt8](repeating: 0, count: 65536)
            // SAFETY: read writes at most the array's bytes during the call.
            let count = unsafe read(output.fileHandleForReading.fileDescriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return String(decoding: rest, as: UTF8.self) }
            rest += chunk[..<count]
        }
    }

    private func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            // SAFETY: write reads at most what is left of the array during the call.
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe write(input.fileHandleForWriting.fileDescriptor, bytes.baseAddress! + sent, bytes.count - sent)
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { throw FuzzFailure("wasmtime is gone") }
            sent += count
        }
    }

    private static func sized(_ bytes: [UInt8]) -> [UInt8] {
        let size = UInt32(bytes.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: size >> UInt32(8 * $0)) } + bytes
    }

    /// nil: it refuses for a proposal or limit that is none of WebAssembly 2.0.
    func verdict(_ bytes: [UInt8]) throws -> (isValid: Bool, text: String)? {
        try send(Array("v".utf8) + Self.sized(bytes))
        let answer = try line()
        if answer == "1" { return (true, "") }
        guard answer.hasPrefix("0") else { throw FuzzFailure("wasmtime is gone: \(answer)") }
        if ["too large", "limit", "exceeds", "component"].contains(where: answer.contains) { return nil }
        return (false, answer)
    }

    /// One call: which of the function exports, and its parameters as slots.
    struct Call: Encodable {
        var number: Int
        var slots: [UInt64]
        func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            try list.encode(number)
            try list.encode(slots)
        }
    }
    private struct Job: Encodable {
        var pages: UInt32
        var elements: UInt32
        var fuel: Int64
        var calls: [Call]
    }

    /// Each call in an instance of its own.
    func run(_ module: [UInt8], _ calls: [Call], pagesMax: UInt32, elementsMax: UInt32, fuel: Int64) throws -> [OtherEnding] {
        let job = Job(pages: pagesMax, elements: elementsMax, fuel: fuel, calls: calls)
        let text = [UInt8](try JSONEncoder().encode(job))
        try send(Array("r".utf8) + Self.sized(module) + Self.sized(text))
        let answer = try line()
        guard let endings = try? JSONDecoder().decode([Answer].self, from: Data(answer.utf8)), endings.count == calls.count else {
            throw FuzzFailure("wasmtime is gone: \(answer)")
        }
        return endings.map(\.ending)
    }

    private struct Answer: Decodable {
        var ending: OtherEnding
        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            let kind = try list.decode(String.self)
            switch kind {
            case "returned":
                let fuel = try list.decode(Int64.self)
                var slots: [UInt64] = []
                while !list.isAtEnd { slots.append(try list.decode(UInt64.self)) }
                ending = .returned(slots: slots, fuel: fuel)
            case "trapped":
                let number = try list.decode(UInt8.self)
                ending = Trap(rawValue: number).map { .trapped($0) } ?? .unknown("trap \(number)")
            case "fuel": ending = .outOfFuel
            default: ending = .unknown(try list.decode(String.self))
            }
        }
    }
}
