// SPDX-License-Identifier: Apache-2.0
// Every count and size that a module may have. Whether a module is accepted depends on these alone.

/// Limits of a module. They are part of what all nodes must agree on: a module that one node refuses, all refuse.
/// Each is checked before anything is allocated for what it counts.
package struct WasmLimits: Equatable, Sendable {
    /// The binary, bytes. Chosen: room for whole language runtimes; it bounds every other figure here.
    package var moduleSize = 32 << 20
    /// Function types. Each becomes a small integer that `call_indirect` compares.
    package var types = 16_384
    /// Imports. A contract interface has tens of functions; each import becomes a stub and a row of the descriptor.
    package var imports = 4_096
    /// Defined functions. Chosen: each becomes a C function, whatever its size.
    package var functions = 100_000
    /// Exports. Each is a row of the descriptor.
    package var exports = 16_384
    /// Defined globals. Each takes a slot in the instance header, which every context carries.
    package var globals = 16_384
    /// A function's code, bytes, locals included. Chosen: a function is the C compiler's smallest unit of work, never split.
    package var bodySize = 1 << 20
    /// Declared locals of a function, parameters not included. The limit of the JavaScript interface.
    package var locals = 50_000
    /// Parameters and locals of all functions: four bytes of a binary can declare 50,000 locals.
    package var moduleLocals = 4_000_000
    /// Parameters of a function type. The limit of the JavaScript interface.
    package var parameters = 1_000
    /// Results of a function type. The limit of the JavaScript interface.
    package var results = 1_000
    /// Values that calls, blocks and branches of all functions move: two bytes can call with 1,000 parameters, and each
    /// entry of a branch table can carry 1,000 results. Keeps validation and emission linear in the binary.
    package var valueMoves = 32 << 20
    /// Operand stack of a function, values.
    package var operandStack = 50_000
    /// Entries of all branch tables of a function, defaults not included: each becomes a case of C.
    package var branchTargets = 65_536
    /// The same of all functions.
    package var moduleBranchTargets = 1_000_000
    /// Nested blocks. A switch of n cases nests n deep, so this is generous; only explicit stacks depend on it.
    package var nesting = 10_000
    /// Tables, imported ones included. Chosen: each takes a row of the instance header, which every context carries.
    package var tables = 1_024
    /// Initial entries of all tables, imported ones included: 16 bytes each in every context.
    package var tableSize = 262_144
    /// Element segments.
    package var elementSegments = 16_384
    /// Items of all element segments.
    package var elementItems = 1_000_000
    /// Data segments.
    package var dataSegments = 65_536
    /// Bytes of all data segments: a byte costs about four characters of C.
    package var dataSize = 16 << 20
    /// A name of an import, export or custom section, bytes. The limit of the JavaScript interface.
    package var nameSize = 100_000

    package init() {}

    package static let `default` = WasmLimits()
}
