// SPDX-License-Identifier: Apache-2.0
// The file that `xvm build` writes: a shared object that still knows its module. No name of a module is in the machine code, so the
// Wasm bytes travel behind the ELF file, where no loader looks.

import XVMCore

/// [ELF file][Wasm bytes][u64 ELF size][u64 Wasm size]["XVMOBJ01"], integers little-endian.
struct ObjectFile {
    static let magic = Array("XVMOBJ01".utf8)
    private static let footerSize = 24

    var elf: [UInt8]
    var wasm: [UInt8]

    init(elf: [UInt8], wasm: [UInt8]) {
        self.elf = elf
        self.wasm = wasm
    }

    /// True when the bytes begin like an ELF file, so that they are meant as an object and not as Wasm.
    static func isObject(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) }

    /// Both parts, sizes checked; neither part is verified yet.
    init(reading bytes: [UInt8]) throws(ExecutorError) {
        func refused(_ why: String) -> ExecutorError { .usage("invalidObject", "object file: \(why)") }
        guard bytes.count >= Self.footerSize else { throw refused("\(bytes.count) bytes are too few for a footer") }
        let footer = bytes.suffix(Self.footerSize)
        guard Array(footer.suffix(8)) == Self.magic else {
            throw refused("no footer at its end: not written by `xvm build`, or cut off")
        }
        func u64(_ offset: Int) -> UInt64 {
            footer.dropFirst(offset).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let (elfSize, wasmSize) = (u64(0), u64(8))
        let body = UInt64(bytes.count - Self.footerSize)
        guard elfSize <= body, wasmSize <= body, elfSize + wasmSize == body else {
            throw refused("footer says \(elfSize) + \(wasmSize) bytes, the file has \(body)")
        }
        elf = Array(bytes.prefix(Int(elfSize)))
        wasm = Array(bytes.dropFirst(Int(elfSize)).prefix(Int(wasmSize)))
    }

    var encoded: [UInt8] {
        var bytes = elf + wasm
        for size in [UInt64(elf.count), UInt64(wasm.count)] {
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: size >> UInt64(shift))) }
        }
        return bytes + Self.magic
    }
}
