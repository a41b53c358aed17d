// SPDX-License-Identifier: Apache-2.0
// The counted rules on what the translator makes of a Module. What the binary alone shows is limited by WasmLimits.

/// Whether a Module is accepted depends on these and on `WasmLimits` alone, never on a compiler's time or memory.
package struct TranslatorLimits: Equatable, Sendable {
    /// Frame cost of a function, bytes: 50,000 locals and as many operands still fit.
    package var frameCost = 1 << 20
    /// C text of a function, bytes: it is never split, and the compiler's time grows faster than its length. The longest body that
    /// is taken (1 MiB) makes some 9 MB of plain instructions.
    package var functionCodeSize = 16 << 20
    /// C text of all parts, bytes. A module of 1.3 MB gives 8 MB of text, so this is one of some 15 MB, and 8 minutes of compiling.
    package var codeSize = 96 << 20
    /// Instance header, bytes: XVM_HEADER_SIZE_MAX of the worker's address layout (sandbox-c/include/xvm_zygote.h).
    package var headerSize = 0x100_0000

    package init() {}

    package static let `default` = TranslatorLimits()
}
