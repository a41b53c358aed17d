// SPDX-License-Identifier: Apache-2.0
// What a stock wasm2c is run with, for the chain without gas.

/// A Module for a stock wasm2c, and what its text is compiled with.
package struct StockSource: Sendable {
    /// Of the program, as `Toolchain.stockTranslator` gave it.
    package var path: String
    /// First word of `--version` that it must say.
    package var version: String
    /// `--module-name`, and the name of its files.
    package var moduleName: String
    package var wasm: [UInt8]
    /// Headers, by file name.
    package var headers: [(name: String, text: [UInt8])]

    package init(path: String, version: String, moduleName: String, wasm: [UInt8], headers: [(name: String, text: [UInt8])]) {
        self.path = path
        self.version = version
        self.moduleName = moduleName
        self.wasm = wasm
        self.headers = headers
    }
}
