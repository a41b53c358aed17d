// SPDX-License-Identifier: Apache-2.0
// Small questions that the modules above ask of a Module.

extension Module {
    /// The type of a function, by its index in the function index space.
    /// - Precondition: `index` is below `functionTypes.count`.
    package func type(ofFunction index: UInt32) -> FunctionType { types[Int(functionTypes[Int(index)])] }

    /// Finds an exported function by the bytes of its name.
    /// - Returns: its place among the exported functions alone, which is its index in the object's export table; its index
    ///   in the function index space; its type. Nil when nothing is exported by that name or it is no function.
    package func exportedFunction(
        named name: [UInt8]
    ) -> (exportOrdinal: Int, functionIndex: UInt32, type: FunctionType)? {
        var ordinal = 0
        for export in exports where export.kind == .function {
            if export.name == name { return (ordinal, export.index, type(ofFunction: export.index)) }
            ordinal += 1
        }
        return nil
    }
}
