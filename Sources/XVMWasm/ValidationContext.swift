// SPDX-License-Identifier: Apache-2.0
// What a function body may refer to (the context C of section 3.1), laid out flat for fast look-up.

/// A run of neighbouring types in `ValidationContext.typeList`.
struct TypeRun {
    var start: Int
    var count: Int

    static let none = TypeRun(start: 0, count: 0)
    @inline(__always) var range: Range<Int> { start..<(start + count) }
}

/// The module as its bodies see it.
struct ValidationContext {
    /// A function type as two runs.
    struct Signature {
        var parameters: TypeRun
        var results: TypeRun
    }

    /// The bytes of all types' parameters and results, behind one entry for each single value type.
    private(set) var typeList: [UInt8]
    private(set) var signatures: [Signature] = []
    let functionTypes: [UInt32]
    let tables: [TableType]
    let globals: [GlobalType]
    let hasMemory: Bool
    let elementTypes: [ValueType]
    /// What the data count section says; nil without one.
    let dataCount: UInt32?
    /// Functions that `ref.func` may name: those that occur outside of bodies.
    let declaredFunctions: Set<UInt32>
    let limits: WasmLimits
    let features: WasmFeatures

    private static let singles: [ValueType] = [.i32, .i64, .f32, .f64, .v128, .funcref, .externref]

    init(
        _ module: Module, dataCount: UInt32?, declaredFunctions: Set<UInt32>, limits: WasmLimits, features: WasmFeatures
    ) {
        typeList = Self.singles.map(\.rawValue)
        for type in module.types {
            let parameters = TypeRun(start: typeList.count, count: type.parameters.count)
            typeList.append(contentsOf: type.parameters.lazy.map(\.rawValue))
            let results = TypeRun(start: typeList.count, count: type.results.count)
            typeList.append(contentsOf: type.results.lazy.map(\.rawValue))
            signatures.append(Signature(parameters: parameters, results: results))
        }
        functionTypes = module.functionTypes
        tables = module.tables
        globals = module.globalTypes
        hasMemory = !module.memories.isEmpty
        elementTypes = module.elements.map(\.type)
        self.dataCount = dataCount
        self.declaredFunctions = declaredFunctions
        self.limits = limits
        self.features = features
    }

    /// The run that holds just `type`.
    func run(of type: ValueType) -> TypeRun {
        TypeRun(start: Self.singles.firstIndex(of: type) ?? 0, count: 1)
    }
}
