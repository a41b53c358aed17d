// SPDX-License-Identifier: Apache-2.0
// The validator's verdict beside that of wasmtime, where its Python package is installed.

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
