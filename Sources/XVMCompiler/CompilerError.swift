// SPDX-License-Identifier: Apache-2.0
// Everything that XVMCompiler refuses, as one closed enum.

package import XVMCore
package import XVMWasm

/// Why a gas schedule or a Module was refused. Each case names what, the value, the limit and where.
package enum CompilerError: Error, Equatable, Sendable {
    /// The schedule file is not JSON.
    case scheduleSyntax(JSONError)
    /// The schedule file is JSON of another shape.
    case scheduleShape(JSONTypeError)
    /// A key under `costs` or `perUnit` that is no instruction, or one that cannot have this cost.
    case scheduleMnemonic(key: String, at: String)
    /// No row of the import table fits. `module` and `name` are the Module's raw bytes; `provided` are the types that stand
    /// under the same two names, `modules` the import modules that the table knows.
    case unknownImport(
        module: [UInt8], name: [UInt8], needed: ImportType, signature: FunctionType?, offset: Int, provided: [HostImport.Kind],
        modules: [String])
    /// A counted rule of `TranslatorLimits`; what the binary alone can break is already refused by `WasmLimits`.
    case limit(Limit, value: Int, limit: Int, place: Place)
    /// A valid instruction outside of the feature set.
    case unsupportedInstruction(Opcode, function: Int, offset: Int)
    /// A value type outside of the feature set (in a signature, a local, a global).
    case unsupportedType(ValueType, place: Place)
    /// The stock chain imports functions alone.
    case stockImport(offset: Int)
    /// The instruction reader refused a body that validation let through.
    case body(WasmError, function: Int)

    package enum Limit: String, Equatable, Sendable {
        case frameCost = "frame cost of a function in bytes"
        case functionCodeSize = "size of a function's C text in bytes"
        case codeSize = "size of the C text in bytes"
        case headerSize = "size of the instance header in bytes"
    }

    /// Where in a Module.
    package enum Place: Equatable, Sendable {
        case module
        /// Index in the function index space.
        case function(Int)
        case type(Int)
        case global(Int)
        case table(Int)
    }
}

extension CompilerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .scheduleSyntax(let error): "gas schedule: \(error)"
        case .scheduleShape(let error): "gas schedule: \(error)"
        case .scheduleMnemonic(let key, let path):
            "gas schedule: \(JSONValue.string(key)) is no instruction that can have a cost at \(path)"
        case .unknownImport(let module, let name, let needed, let signature, let offset, let provided, let modules):
            Self.importText(module, name, needed, signature, offset, provided, modules)
        case .limit(let what, let value, let limit, let place):
            "\(what.rawValue) is \(value), limit \(limit) (\(place.text))"
        case .unsupportedInstruction(let opcode, let function, let offset):
            "instruction \(opcode.mnemonic) is not supported "
                + "(function \(function), offset \(Hex.address(offset)))"
        case .unsupportedType(let type, let place): "value type \(type) is not supported (\(place.text))"
        case .stockImport(let offset):
            "import at offset \(Hex.address(offset)): a module for stock wasm2c can import functions alone"
        case .body(let error, let function): "function \(function): \(error)"
        }
    }

    private static func importText(
        _ module: [UInt8], _ name: [UInt8], _ needed: ImportType, _ signature: FunctionType?, _ offset: Int,
        _ provided: [HostImport.Kind], _ modules: [String]
    ) -> String {
        let full = "\(printable(module)).\(printable(name))"
        let type: String =
            switch needed {
            case .function: "function " + (signature.map(HostImport.text(of:)) ?? "of unknown type")
            case .global(let global): "\(global.isMutable ? "mutable" : "immutable") global of type \(global.value)"
            case .table: "table"
            case .memory: "memory"
            }
        let help: String =
            if provided.isEmpty {
                modules.isEmpty
                    ? "nothing can be imported"
                    : "imports come from module \(modules.map { "\"\($0)\"" }.joined(separator: ", ")); see docs/contract-abi.md"
            } else {
                "\(full) is provided as " + provided.map(\.text).joined(separator: " or ")
            }
        return "unknown import \(full): \(type) (offset \(Hex.address(offset))); \(help)"
    }

    /// A name of a Module for a message: printable ASCII stays, everything else is escaped, long names are cut.
    package static func printable(_ name: [UInt8], sizeMax: Int = 64) -> String {
        var text = ""
        for byte in name.prefix(sizeMax) {
            if byte >= 0x21, byte < 0x7f, byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "\"") {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return name.count > sizeMax ? text + "... (\(name.count) bytes)" : text
    }
}

extension CompilerError.Place {
    var text: String {
        switch self {
        case .module: "module"
        case .function(let index): "function \(index)"
        case .type(let index): "type \(index)"
        case .global(let index): "global \(index)"
        case .table(let index): "table \(index)"
        }
    }
}
