// SPDX-License-Identifier: Apache-2.0
// The validator's verdict beside that of wasmtime, where its Python package is installed.

import Foundation
import XVMSystem
package import XVMWasm

package struct VerdictSubject: Sendable {
    package var validate: @Sendable ([UInt8]) throws(WasmError) -> Module = { (bytes) throws(WasmError) in
        try Module(validating: bytes)
    }
    package init() {}
}

extension FuzzTarget {
    package static func verdict(_ subject: VerdictSubject = VerdictSubject()) -> FuzzTarget {
        FuzzTarget(
            name: "verdict",
            purpose: "validator beside wasmtime: the same verdict on every module of WebAssembly 2.0 within our limits",
            smokeCount: 150, sizeMax: 16384, seeds: [WasmWriter.sample], generate: { WasmWriter.module(&$0) },
            words: WasmWriter.words
        ) {
            let other = try OtherEngine()
            return { bytes in
                var reason = ""
                do throws(WasmError) { _ = try subject.validate(bytes) } catch {
                    // What we do not support or limit, the other engine may well take.
                    switch error.kind {
                    case .unsupported, .limitExceeded: return
                    case .malformed, .invalid: reason = "\(error)"
                    }
                }
                guard let (isValid, text) = try other.verdict(bytes) else { return }
                try require(
                    isValid == reason.isEmpty,
                    isValid ? "we refuse (\(reason)) what wasmtime accepts" : "we accept what wasmtime refuses: \(text)")
            }
        }
    }
}

/// A Python process with wasmtime: gets sizes and bytes, answers with a byte and a line.
private final class OtherEngine {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    private static let program = """
        import struct, sys
        import wasmtime
        config = wasmtime.Config()
        for name in ("threads", "tail_call", "multi_memory", "memory64", "relaxed_simd", "gc", "function_references", "exceptions",
                     "component_model", "custom_page_sizes", "stack_switching", "wide_arithmetic"):
            try: setattr(config, "wasm_" + name, False)
            except Exception: pass
        engine = wasmtime.Engine(config)
        out = sys.stdout.buffer
        out.write(b"ready\\n"); out.flush()
        while True:
            head = sys.stdin.buffer.read(4)
            if len(head) < 4: break
            data = sys.stdin.buffer.read(struct.unpack("<I", head)[0])
            try:
                wasmtime.Module.validate(engine, data)
                line = "1"
            except wasmtime.WasmtimeError as error:
                line = "0 " + str(error).replace("\\n", " ")[:300]
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
        guard try line() == "ready" else {
            process.waitUntilExit()
            throw TargetUnavailable(
                description: "python3 with wasmtime is not there; pip install wasmtime, or name one in XVM_FUZZ_PYTHON")
        }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    private func line() throws -> String {
        var bytes: [UInt8] = []
        while let data = try output.fileHandleForReading.read(upToCount: 1), let byte = data.first, byte != 10 {
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// nil: it refuses for a proposal or limit that is none of WebAssembly 2.0.
    func verdict(_ bytes: [UInt8]) throws -> (isValid: Bool, text: String)? {
        let size = UInt32(bytes.count)
        try input.fileHandleForWriting.write(
            contentsOf: Data((0..<4).map { UInt8(truncatingIfNeeded: size >> UInt32(8 * $0)) } + bytes))
        let answer = try line()
        if answer == "1" { return (true, "") }
        guard answer.hasPrefix("0") else { throw FuzzFailure("wasmtime is gone: \(answer)") }
        if ["too large", "limit", "exceeds", "component"].contains(where: answer.contains) { return nil }
        return (false, answer)
    }
}
