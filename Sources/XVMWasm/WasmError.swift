// SPDX-License-Identifier: Apache-2.0
// Why a binary was refused, and at which byte.

package import XVMCore

/// A refused binary. One per refusal: decoding stops at the first.
package struct WasmError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The four ways to be refused.
    package enum Kind: Equatable, Sendable {
        /// The bytes are no module (section 5 of the specification).
        case malformed(Malformed)
        /// The bytes are a module that breaks a rule (section 3).
        case invalid(Invalid)
        /// A module of a later or optional part of WebAssembly: the feature and what of it was used.
        case unsupported(feature: String)
        /// A rule of `WasmLimits`.
        case limitExceeded(what: String, value: UInt64, limit: UInt64)
    }

    /// Reasons for which bytes are no module; the text is the one that the core test suite uses.
    package enum Malformed: String, Sendable, CaseIterable {
        case magic = "magic header not detected"
        case version = "unknown binary version"
        case sectionID = "malformed section id"
        case unexpectedEnd = "unexpected end"
        case integerTooLong = "integer representation too long"
        case integerTooLarge = "integer too large"
        case utf8 = "malformed UTF-8 encoding"
        case sectionSize = "section size mismatch"
        case sectionOrder = "unexpected content after last section"
        case functionAndCodeCount = "function and code section have inconsistent lengths"
        case dataCount = "data count and data section have inconsistent lengths"
        case dataCountRequired = "data count section required"
        case tooManyLocals = "too many locals"
        case zeroByteExpected = "zero byte expected"
        case illegalOpcode = "illegal opcode"
        case endExpected = "END opcode expected"
        case functionType = "malformed function type"
        case valueType = "malformed value type"
        case referenceType = "malformed reference type"
        case blockType = "malformed block type"
        case limitsFlags = "malformed limits flags"
        case mutability = "malformed mutability"
        case importKind = "malformed import kind"
        case exportKind = "malformed export kind"
        case elementKind = "malformed element kind"
        case segmentFlags = "malformed segment flags"
    }

    /// Rules that a module can break; the text is the one that the core test suite uses.
    package enum Invalid: String, Sendable, CaseIterable {
        case typeMismatch = "type mismatch"
        case unknownType = "unknown type"
        case unknownFunction = "unknown function"
        case unknownTable = "unknown table"
        case unknownMemory = "unknown memory"
        case unknownGlobal = "unknown global"
        case unknownLocal = "unknown local"
        case unknownLabel = "unknown label"
        case unknownDataSegment = "unknown data segment"
        case unknownElementSegment = "unknown elem segment"
        case undeclaredFunctionReference = "undeclared function reference"
        case constantExpression = "constant expression required"
        case immutableGlobal = "global is immutable"
        case alignment = "alignment must not be larger than natural"
        case laneIndex = "invalid lane index"
        case resultArity = "invalid result arity"
        case memorySize = "memory size must be at most 65536 pages (4GiB)"
        case limitsOrder = "size minimum must not be greater than maximum"
        case duplicateExport = "duplicate export name"
        case startFunction = "start function"
    }

    package var kind: Kind
    /// Byte offset in the binary of the item that was refused.
    package var offset: Int
    /// What was found and what was expected; may be empty. Holds no byte of a name of the module.
    package var detail: String

    package init(_ kind: Kind, offset: Int, detail: String = "") {
        self.kind = kind
        self.offset = offset
        self.detail = detail
    }

    package init(_ error: ByteReaderError) {
        let reason: Malformed =
            switch error.kind {
            case .unexpectedEnd: .unexpectedEnd
            case .integerTooLong: .integerTooLong
            case .integerTooLarge: .integerTooLarge
            case .malformedUTF8: .utf8
            }
        var detail = ""
        if case .unexpectedEnd(let needed, let remaining) = error.kind {
            detail = "\(needed) bytes needed, \(remaining) left"
        }
        self.init(.malformed(reason), offset: error.offset, detail: detail)
    }

    static func malformed(_ reason: Malformed, at offset: Int, _ detail: String = "") -> WasmError {
        WasmError(.malformed(reason), offset: offset, detail: detail)
    }
    static func invalid(_ reason: Invalid, at offset: Int, _ detail: String = "") -> WasmError {
        WasmError(.invalid(reason), offset: offset, detail: detail)
    }
    static func unsupported(_ feature: String, at offset: Int) -> WasmError {
        WasmError(.unsupported(feature: feature), offset: offset)
    }
    static func limit(_ what: String, _ value: Int, _ limit: Int, at offset: Int) -> WasmError {
        WasmError(.limitExceeded(what: what, value: UInt64(clamping: value), limit: UInt64(clamping: limit)), offset: offset)
    }

    /// One line: what, the value, the limit, where.
    package var description: String {
        let what =
            switch kind {
            case .malformed(let reason): "malformed module: " + reason.rawValue
            case .invalid(let reason): "invalid module: " + reason.rawValue
            case .unsupported(let feature): "unsupported feature: " + feature
            case .limitExceeded(let what, let value, let limit): "\(what) \(value) exceeds limit \(limit)"
            }
        return what + (detail.isEmpty ? "" : " (\(detail))") + " at byte " + Hex.address(offset)
    }
}
