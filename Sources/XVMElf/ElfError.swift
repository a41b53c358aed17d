// SPDX-License-Identifier: Apache-2.0
// Why an object is refused: one case per rule, each with the value and, where there is one, the limit.

/// A rule that the bytes of an object break. `segment` is an index into the program headers, addresses are those of the file.
package enum ElfError: Error, Equatable, Sendable {
    // The file and its header
    case fileSize(Int, limit: Int)
    case notElf
    case elfClass(UInt8)
    case byteOrder(UInt8)
    case version(UInt32)
    case osABI(UInt8, version: UInt8)
    case objectType(UInt16)
    case machine(UInt16)
    case headerSize(UInt16, expected: UInt16)
    case programHeaderSize(UInt16, expected: UInt16)
    case programHeaderCount(UInt16, limit: UInt16)
    case programHeadersOutsideFile(offset: UInt64, size: UInt64, fileSize: UInt64)
    case sectionHeadersOutsideFile(offset: UInt64, size: UInt64, fileSize: UInt64)

    // Segments
    case segmentOutsideFile(segment: Int, offset: UInt64, size: UInt64, fileSize: UInt64)
    case segmentAddressOverflow(segment: Int, address: UInt64, size: UInt64)
    case segmentFileSizeAboveMemorySize(segment: Int, fileSize: UInt64, memorySize: UInt64)
    case segmentAlignment(segment: Int, alignment: UInt64, limit: UInt64)
    case segmentMisaligned(segment: Int, address: UInt64, offset: UInt64, alignment: UInt64)
    case segmentFlags(segment: Int, flags: UInt32)
    case segmentWritableAndExecutable(segment: Int)
    case segmentZeroFillNotWritable(segment: Int, fileSize: UInt64, memorySize: UInt64)
    /// Not sorted, or on a page of the segment before it.
    case segmentOverlap(segment: Int, address: UInt64, previousEnd: UInt64)
    case imageSize(UInt64, limit: UInt64)
    case noLoadSegment
    case interpreter
    case threadLocalStorage
    case unexpectedSegment(type: UInt32)
    case duplicateSegment(type: UInt32)
    case segmentOutsideLoad(segment: Int, type: UInt32, address: UInt64, size: UInt64)
    case noStackSegment
    case executableStack(flags: UInt32)
    case noRelro
    case relroNotWritableMemory(address: UInt64, size: UInt64)
    /// The loader protects whole pages only; what stands behind the last whole one would stay writable.
    case relroEndNotPageAligned(end: UInt64)

    // The dynamic section
    case noDynamicSection
    case dynamicNotInRelro(address: UInt64, size: UInt64)
    case dynamicNotTerminated(entries: Int)
    case dynamicEntryCount(Int, limit: Int)
    case needed
    case searchPath(tag: UInt64)
    case auditor(tag: UInt64)
    case filter(tag: UInt64)
    case initialiser(tag: UInt64)
    case finaliser(tag: UInt64)
    case textRelocations
    case unexpectedTag(UInt64)
    case duplicateTag(UInt64)
    case missingTag(UInt64)
    case tagValue(tag: UInt64, value: UInt64, expected: UInt64)
    case unexpectedFlags(tag: UInt64, flags: UInt64)
    case lazyBinding
    /// A table that the loader reads must stand in the file, in memory that stays read-only.
    case tableNotReadOnly(tag: UInt64, address: UInt64, size: UInt64)
    case tableSize(tag: UInt64, size: UInt64, limit: UInt64)

    // Symbols
    case noSymbolHash
    case symbolHash(tag: UInt64, value: UInt64, limit: UInt64)
    case symbolCount(UInt64, limit: UInt64)
    case symbolName(index: Int, offset: UInt32, limit: UInt64)
    case symbolType(name: String, type: UInt8)
    case symbolBinding(name: String, binding: UInt8)
    case indirectFunction(name: String)
    case threadLocalSymbol(name: String)
    case undefinedSymbol(name: String)
    case unexpectedExport(name: String)
    case noExport
    case exportType(UInt8)
    case exportOutsideData(address: UInt64, size: UInt64)
    case exportSize(UInt64, minimum: UInt64)

    // Relocations
    case relocationCount(UInt64, limit: UInt64)
    case relocationType(UInt32, index: Int)
    case indirectRelocation(index: Int)
    case copyRelocation(index: Int)
    case relocationSymbol(UInt32, index: Int)
    case relativeCount(UInt64, limit: UInt64)
    case relocationTarget(address: UInt64)
    case relocationTargetNotRelro(address: UInt64)
    case relocationOnDynamicSection(address: UInt64)
    case relocationOnDescriptor(address: UInt64)

    // What the producer may make
    /// The flag for gas in the descriptor: the translator's objects have it, stock wasm2c's have not.
    case metering(Bool, expected: Bool)

    // Machine code
    /// `bytes`: the first eight at the address.
    case instruction(InstructionRefusal, address: UInt64, bytes: [UInt8])
    /// A direct jump or call that leads into the middle of an instruction, or out of the executable segments.
    case branchTarget(from: UInt64, to: UInt64)
    case pointerIntoInstruction(address: UInt64)
}

extension ElfError: CustomStringConvertible {
    package var description: String { "object refused: " + reason }

    private var reason: String {
        switch self {
        case .fileSize(let size, let limit): "file size \(size) is not in \(Elf.headerSize)...\(limit)"
        case .notElf: "no ELF magic at byte 0"
        case .elfClass(let value): "ELF class \(value), expected 2 (64 bits)"
        case .byteOrder(let value): "byte order \(value), expected 1 (little-endian)"
        case .version(let value): "ELF version \(value), expected 1"
        case .osABI(let value, let version): "OS ABI \(value) version \(version), expected 0 version 0"
        case .objectType(let value): "object type \(value), expected 3 (shared object)"
        case .machine(let value): "machine \(value), expected 62 (x86-64)"
        case .headerSize(let value, let expected): "header size \(value), expected \(expected)"
        case .programHeaderSize(let value, let expected): "program header size \(value), expected \(expected)"
        case .programHeaderCount(let value, let limit): "\(value) program headers, limit \(limit), at least 1"
        case .programHeadersOutsideFile(let offset, let size, let fileSize):
            "program headers at \(hex(offset)), size \(size), exceed file size \(fileSize)"
        case .sectionHeadersOutsideFile(let offset, let size, let fileSize):
            "section headers at \(hex(offset)), size \(size), exceed file size \(fileSize)"
        case .segmentOutsideFile(let segment, let offset, let size, let fileSize):
            "segment \(segment) at offset \(hex(offset)), size \(size), exceeds file size \(fileSize)"
        case .segmentAddressOverflow(let segment, let address, let size):
            "segment \(segment) at address \(hex(address)), size \(size), passes the end of the address space"
        case .segmentFileSizeAboveMemorySize(let segment, let fileSize, let memorySize):
            "segment \(segment) has file size \(fileSize) above memory size \(memorySize)"
        case .segmentAlignment(let segment, let alignment, let limit):
            "segment \(segment) has alignment \(alignment), not a power of two in 4096...\(limit)"
        case .segmentMisaligned(let segment, let address, let offset, let alignment):
            "segment \(segment): address \(hex(address)) and offset \(hex(offset)) differ modulo alignment \(alignment)"
        case .segmentFlags(let segment, let flags): "segment \(segment) has flags \(flags), expected read, with write or execute"
        case .segmentWritableAndExecutable(let segment): "segment \(segment) is writable and executable"
        case .segmentZeroFillNotWritable(let segment, let fileSize, let memorySize):
            "segment \(segment) is read-only but has memory size \(memorySize) above file size \(fileSize)"
        case .segmentOverlap(let segment, let address, let previousEnd):
            "segment \(segment) at \(hex(address)) begins before page end \(hex(previousEnd)) of the segment before it"
        case .imageSize(let size, let limit): "memory image size \(size) exceeds limit \(limit)"
        case .noLoadSegment: "no load segment"
        case .interpreter: "an interpreter segment (PT_INTERP)"
        case .threadLocalStorage: "a thread-local segment (PT_TLS)"
        case .unexpectedSegment(let type): "unexpected segment type \(hex(UInt64(type)))"
        case .duplicateSegment(let type): "second segment of type \(hex(UInt64(type)))"
        case .segmentOutsideLoad(let segment, let type, let address, let size):
            "segment \(segment) of type \(hex(UInt64(type))) at \(hex(address)), size \(size), is not the file's part of a load segment"
        case .noStackSegment: "no PT_GNU_STACK, so the stack would be executable"
        case .executableStack(let flags): "PT_GNU_STACK has flags \(flags), the stack would be executable"
        case .noRelro: "no PT_GNU_RELRO"
        case .relroNotWritableMemory(let address, let size):
            "PT_GNU_RELRO at \(hex(address)), size \(size), is not inside one writable segment"
        case .relroEndNotPageAligned(let end): "PT_GNU_RELRO ends at \(hex(end)), not at a page"
        case .noDynamicSection: "no dynamic section"
        case .dynamicNotInRelro(let address, let size):
            "dynamic section at \(hex(address)), size \(size), is not inside PT_GNU_RELRO"
        case .dynamicNotTerminated(let entries): "dynamic section of \(entries) entries has no end mark"
        case .dynamicEntryCount(let count, let limit): "dynamic section has \(count) entries, limit \(limit)"
        case .needed: "needs another library (DT_NEEDED)"
        case .searchPath(let tag): "a library search path (tag \(hex(tag)))"
        case .auditor(let tag): "an audit library (tag \(hex(tag)))"
        case .filter(let tag): "a filter library (tag \(hex(tag)))"
        case .initialiser(let tag): "an initialiser (tag \(hex(tag)))"
        case .finaliser(let tag): "a finaliser (tag \(hex(tag)))"
        case .textRelocations: "text relocations"
        case .unexpectedTag(let tag): "unexpected dynamic tag \(hex(tag))"
        case .duplicateTag(let tag): "second dynamic entry of tag \(hex(tag))"
        case .missingTag(let tag): "dynamic tag \(hex(tag)) is missing"
        case .tagValue(let tag, let value, let expected): "dynamic tag \(hex(tag)) has value \(value), expected \(expected)"
        case .unexpectedFlags(let tag, let flags): "dynamic tag \(hex(tag)) has unexpected flags \(hex(flags))"
        case .lazyBinding: "binding is not immediate (BIND_NOW)"
        case .tableNotReadOnly(let tag, let address, let size):
            "table of dynamic tag \(hex(tag)) at \(hex(address)), size \(size), is not in the file's part of a read-only segment"
        case .tableSize(let tag, let size, let limit): "size \(size) of dynamic tag \(hex(tag)) is not a multiple of \(limit)"
        case .noSymbolHash: "no symbol hash table"
        case .symbolHash(let tag, let value, let limit): "hash table of tag \(hex(tag)) holds \(value), limit \(limit)"
        case .symbolCount(let count, let limit): "\(count) dynamic symbols, limit \(limit)"
        case .symbolName(let index, let offset, let limit):
            "name of symbol \(index) at \(offset) has no end within string table size \(limit)"
        case .symbolType(let name, let type): "symbol \(name) has unexpected type \(type)"
        case .symbolBinding(let name, let binding): "symbol \(name) has unexpected binding \(binding)"
        case .indirectFunction(let name): "symbol \(name) is an indirect function"
        case .threadLocalSymbol(let name): "symbol \(name) is thread-local"
        case .undefinedSymbol(let name):
            "undefined symbol \(name) is not one of \(ElfRules.imports.joined(separator: ", "))"
        case .unexpectedExport(let name): "exports \(name); only \(VerifiedElf.exportName) may be exported, once"
        case .noExport: "does not export \(VerifiedElf.exportName)"
        case .exportType(let type): "\(VerifiedElf.exportName) has symbol type \(type), expected 1 (object)"
        case .exportOutsideData(let address, let size):
            "\(VerifiedElf.exportName) at \(hex(address)), size \(size), is not in the file's part of a data segment"
        case .exportSize(let size, let minimum): "\(VerifiedElf.exportName) has size \(size), at least \(minimum) expected"
        case .relocationCount(let count, let limit): "\(count) relocations, limit \(limit)"
        case .relocationType(let type, let index): "relocation \(index) has unexpected type \(type)"
        case .indirectRelocation(let index): "relocation \(index) is IRELATIVE"
        case .copyRelocation(let index): "relocation \(index) is COPY"
        case .relocationSymbol(let symbol, let index):
            "relocation \(index) names symbol \(symbol), which is not an allowed import"
        case .relativeCount(let count, let limit): "relative count \(count) covers other relocations, limit \(limit)"
        case .relocationTarget(let address): "relocation target \(hex(address)) is not in a writable segment"
        case .relocationTargetNotRelro(let address): "relocation target \(hex(address)) of an import is not in PT_GNU_RELRO"
        case .relocationOnDynamicSection(let address): "relocation target \(hex(address)) is in the dynamic section"
        case .relocationOnDescriptor(let address):
            "relocation target \(hex(address)) is in the fixed part of \(VerifiedElf.exportName)"
        case .metering(let isMetered, let expected):
            "the descriptor says \(isMetered ? "with" : "without") gas, expected \(expected ? "with" : "without")"
        case .instruction(let refusal, let address, let bytes):
            "machine instruction at \(hex(address)) (\(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " "))): \(text(refusal))"
        case .branchTarget(let from, let to): "branch at \(hex(from)) leads to \(hex(to)), where no instruction begins"
        case .pointerIntoInstruction(let address): "a pointer leads to \(hex(address)), into the middle of an instruction"
        }
    }

    private func text(_ refusal: InstructionRefusal) -> String {
        switch refusal {
        case .systemEntry: "enters the kernel or leaves 64-bit mode"
        case .environment: "reads the clock, chance or the machine"
        case .machineState: "changes how later instructions work"
        case .privileged: "is for the kernel"
        case .notInBaseline: "is not in x86-64-v2"
        case .undefined: "is not defined"
        case .truncated: "goes on behind its segment"
        }
    }

    private func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}
