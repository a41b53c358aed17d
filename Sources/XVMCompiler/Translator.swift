// SPDX-License-Identifier: Apache-2.0
// Module to C text with metering. Pure: the same Module, schedule and options give the same bytes.

import XVMCore
package import XVMWasm

/// The C text of a Module, and what was counted on the way.
package struct EmittedCode: Sendable {
    /// C files, to be compiled each on its own and linked into one object. One, unless the text is larger than `partSizeMax`.
    package var parts: [[UInt8]]
    /// Bytes from an instance to its linear memory.
    package var headerSize: Int
    /// Computed stack cost of every defined function, in function order (imports have none).
    package var frameCosts: [Int]
    /// Statements that charge gas.
    package var chargeCount: Int
    /// The functions that can be referred to, by index, in the order of their numbers from 1: how other modules of a group name them.
    package var referredFunctions: [Int]
    /// What the native frames may take.
    package var frameLimits: FrameLimits

    package var size: Int { parts.reduce(0) { $0 + $1.count } }

    /// What compiling it will take, by rules of thumb over the sizes of the text.
    package var estimate: CompileEstimate { CompileEstimate(partSizes: parts.map(\.count)) }
}

package enum Translator {
    /// Part of every cache key: goes up with each change that may change a byte of the text.
    package static let version = "8"

    package struct Options: Sendable {
        package var placement = GasPlacement.regions
        package var imports = HostImportTable.xvm
        package var limits = TranslatorLimits.default
        /// Bytes of C per part, at most about; nil: one part. Text that is larger becomes four parts, or eight, twelve and so on, of
        /// about one size, in the functions' order: they cannot depend on the machine, and so most machines have as much to do on each
        /// processor. A quarter of a megabyte is some 1.2 s of clang -O1 and 75 MB.
        package var partSizeMax: Int? = 1 << 18

        /// Which code reaches memory, tables, globals and other functions in which way.
        package var shape = Shape.alone

        package init() {}
    }

    package enum Shape: Sendable {
        /// One instance with all that it uses; what it imports the host provides. The fast shape, and the only one for contracts.
        case alone
        /// One of a group of instances (sandbox-c/include/xvm_link.h): every import is another instance's.
        case linked
    }

    package static func emit(
        _ module: Module, schedule: GasSchedule, options: Options = Options()
    ) throws(CompilerError) -> EmittedCode {
        var module = module
        let numbers =
            switch options.shape {
            case .alone: try options.imports.resolveAll(&module)
            case .linked: LinkedShape.numbers(module)
            }
        let context = try ModuleContext(module, schedule: schedule, options: options)
        var functions: [FunctionText] = []
        functions.reserveCapacity(module.functions.count)
        var size = 0
        for position in module.functions.indices {
            var emitter = FunctionEmitter(context: context, position: position)
            let function = try emitter.emit()
            size += function.text.count
            if size > options.limits.codeSize {
                throw .limit(.codeSize, value: size, limit: options.limits.codeSize, place: .module)
            }
            functions.append(function)
        }
        let assembler = ModuleAssembler(context: context, functions: functions, imports: numbers)
        let parts = assembler.parts(sizeMax: options.partSizeMax)
        let code = EmittedCode(
            parts: parts, headerSize: context.headerSize, frameCosts: functions.map(\.frameCost),
            chargeCount: functions.reduce(0) { $0 + $1.chargeCount }, referredFunctions: context.referredFunctions,
            frameLimits: FrameLimits(
                importCount: module.importedFunctionCount, costs: functions.map(\.frameCost), start: module.start.map(Int.init)))
        if code.size > options.limits.codeSize {
            throw .limit(.codeSize, value: code.size, limit: options.limits.codeSize, place: .module)
        }
        return code
    }
}
