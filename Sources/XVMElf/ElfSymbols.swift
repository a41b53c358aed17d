// SPDX-License-Identifier: Apache-2.0
// Third step of the verifier: the dynamic symbols: one export, four possible imports, nothing else.

/// The checked symbol table.
struct ElfSymbols {
    /// Names of the imports, in the table's order.
    private(set) var imports: [String] = []
    /// Their indices, for relocations.
    private(set) var importIndices: Set<UInt32> = []
    /// Where the exported descriptor stands: in the file and in memory.
    private(set) var descriptorOffset: UInt64 = 0
    private(set) var descriptorAddress: UInt64 = 0

    private let image: ElfImage
    private let strings: UInt64
    private let stringSize: UInt64

    init(_ image: ElfImage, _ dynamic: ElfDynamic, limits: ElfLimits) throws(ElfError) {
        self.image = image
        let stringAddress = try dynamic.required(Elf.Tag.stringTable)
        stringSize = try dynamic.required(Elf.Tag.stringSize)
        guard let strings = image.readOnlyOffset(of: stringAddress, stringSize) else {
            throw .tableNotReadOnly(tag: Elf.Tag.stringTable, address: stringAddress, size: stringSize)
        }
        self.strings = strings
        let count = try ElfSymbolHash(image, dynamic, limits: limits).symbolCount
        let address = try dynamic.required(Elf.Tag.symbolTable)
        guard let table = image.readOnlyOffset(of: address, count * UInt64(Elf.symbolSize)) else {
            throw .tableNotReadOnly(tag: Elf.Tag.symbolTable, address: address, size: count * UInt64(Elf.symbolSize))
        }
        var hasExport = false
        // Index 0 is the format's null symbol; no relocation may name it and no lookup finds it.
        for index in 1..<max(1, Int(count)) {
            let at = table + UInt64(index * Elf.symbolSize)
            let name = try name(index, image.file.u32(at))
            if try isImport(index, at, name) {
                imports.append(name)
                importIndices.insert(UInt32(index))
            } else if try isExport(at, name) {
                guard !hasExport else { throw .unexpectedExport(name: name) }
                hasExport = true
                try takeDescriptor(at)
            }
        }
        guard hasExport else { throw .noExport }
    }

    /// The name, for comparing and for messages: bytes that are not printable ASCII come as `\xNN`, at most 64 of them.
    private func name(_ index: Int, _ offset: UInt32) throws(ElfError) -> String {
        var text = ""
        var at = UInt64(offset)
        var isWhole = false
        while at < stringSize, at - UInt64(offset) < 64 {
            let byte = image.file.u8(strings + at)
            if byte == 0 {
                isWhole = true
                break
            }
            if byte > 0x20, byte < 0x7f, byte != 0x5c {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            at += 1
        }
        guard isWhole else { throw .symbolName(index: index, offset: offset, limit: stringSize) }
        return text
    }

    private func isImport(_ index: Int, _ at: UInt64, _ name: String) throws(ElfError) -> Bool {
        let (type, binding) = (image.file.u8(at + 4) & 15, image.file.u8(at + 4) >> 4)
        switch type {
        case Elf.Symbol.typeIndirect: throw .indirectFunction(name: name)
        case Elf.Symbol.typeThreadLocal: throw .threadLocalSymbol(name: name)
        case Elf.Symbol.typeNone, Elf.Symbol.typeObject, Elf.Symbol.typeFunction, Elf.Symbol.typeSection, Elf.Symbol.typeFile:
            break
        default: throw .symbolType(name: name, type: type)
        }
        guard image.file.u16(at + 6) == Elf.Symbol.undefined, binding != Elf.Symbol.bindLocal else { return false }
        guard ElfRules.imports.contains(name) else { throw .undefinedSymbol(name: name) }
        // A weak import may resolve to address 0.
        guard binding == Elf.Symbol.bindGlobal else { throw .symbolBinding(name: name, binding: binding) }
        guard type == Elf.Symbol.typeNone || type == Elf.Symbol.typeFunction else { throw .symbolType(name: name, type: type) }
        return true
    }

    private func isExport(_ at: UInt64, _ name: String) throws(ElfError) -> Bool {
        let binding = image.file.u8(at + 4) >> 4
        if binding == Elf.Symbol.bindLocal { return false }
        guard name == VerifiedElf.exportName else { throw .unexpectedExport(name: name) }
        guard binding == Elf.Symbol.bindGlobal else { throw .symbolBinding(name: name, binding: binding) }
        return true
    }

    private mutating func takeDescriptor(_ at: UInt64) throws(ElfError) {
        let type = image.file.u8(at + 4) & 15
        let (address, size) = (image.file.u64(at + 8), image.file.u64(at + 16))
        guard type == Elf.Symbol.typeObject else { throw .exportType(type) }
        guard size >= VerifiedElf.descriptorSize else { throw .exportSize(size, minimum: VerifiedElf.descriptorSize) }
        guard image.file.u16(at + 6) < Elf.Symbol.firstReservedSection,
            let load = image.load(holding: address, size, ofFile: true), !load.isExecutable
        else { throw .exportOutsideData(address: address, size: size) }
        descriptorAddress = address
        descriptorOffset = load.offset + (address - load.address)
    }
}

/// The hash tables. The format states the number of symbols nowhere else, and the loader walks these chains without a limit.
struct ElfSymbolHash {
    /// Symbols in the table, the null symbol included.
    let symbolCount: UInt64

    init(_ image: ElfImage, _ dynamic: ElfDynamic, limits: ElfLimits) throws(ElfError) {
        var counts: [UInt64] = []
        if let address = dynamic[Elf.Tag.hash] { counts.append(try Self.systemV(image, address, limits)) }
        if let address = dynamic[Elf.Tag.gnuHash] { counts.append(try Self.gnu(image, address, limits)) }
        guard let first = counts.first else { throw .noSymbolHash }
        for count in counts where count > first { throw .symbolHash(tag: Elf.Tag.gnuHash, value: count, limit: first) }
        symbolCount = first
    }

    /// DT_HASH: bucket count, symbol count, buckets, chains. Each chain must end.
    private static func systemV(_ image: ElfImage, _ address: UInt64, _ limits: ElfLimits) throws(ElfError) -> UInt64 {
        let tag = Elf.Tag.hash
        guard let start = image.readOnlyOffset(of: address, 8) else {
            throw .tableNotReadOnly(tag: tag, address: address, size: 8)
        }
        let (buckets, count) = (UInt64(image.file.u32(start)), UInt64(image.file.u32(start + 4)))
        guard count >= 1, count <= limits.symbolCountMax else { throw .symbolCount(count, limit: limits.symbolCountMax) }
        guard buckets >= 1, buckets <= limits.symbolCountMax * 4 else {
            throw .symbolHash(tag: tag, value: buckets, limit: limits.symbolCountMax * 4)
        }
        let size = 8 + 4 * (buckets + count)
        guard image.readOnlyOffset(of: address, size) != nil else {
            throw .tableNotReadOnly(tag: tag, address: address, size: size)
        }
        let chains = start + 8 + 4 * buckets
        for bucket in 0..<buckets {
            var next = UInt64(image.file.u32(start + 8 + 4 * bucket))
            var steps: UInt64 = 0
            while next != 0 {
                guard next < count else { throw .symbolHash(tag: tag, value: next, limit: count) }
                steps += 1
                guard steps <= count else { throw .symbolHash(tag: tag, value: steps, limit: count) }
                next = UInt64(image.file.u32(chains + 4 * next))
            }
        }
        return count
    }

    /// DT_GNU_HASH: bucket count, first hashed symbol, words of the Bloom filter, its shift; filter, buckets, chains that end
    /// with an odd word.
    private static func gnu(_ image: ElfImage, _ address: UInt64, _ limits: ElfLimits) throws(ElfError) -> UInt64 {
        let tag = Elf.Tag.gnuHash
        guard let start = image.readOnlyOffset(of: address, 16) else {
            throw .tableNotReadOnly(tag: tag, address: address, size: 16)
        }
        let limit = limits.symbolCountMax
        let (buckets, first) = (UInt64(image.file.u32(start)), UInt64(image.file.u32(start + 4)))
        let (words, shift) = (UInt64(image.file.u32(start + 8)), UInt64(image.file.u32(start + 12)))
        guard buckets >= 1, buckets <= limit * 4 else { throw .symbolHash(tag: tag, value: buckets, limit: limit * 4) }
        // The loader takes words - 1 as a mask.
        guard words >= 1, words <= limit * 4, words & (words - 1) == 0 else {
            throw .symbolHash(tag: tag, value: words, limit: limit * 4)
        }
        guard shift < 32 else { throw .symbolHash(tag: tag, value: shift, limit: 31) }
        guard first >= 1, first <= limit else { throw .symbolCount(first, limit: limit) }
        let size = 16 + 8 * words + 4 * buckets
        guard image.readOnlyOffset(of: address, size) != nil else {
            throw .tableNotReadOnly(tag: tag, address: address, size: size)
        }
        var last = first - 1
        for bucket in 0..<buckets {
            var symbol = UInt64(image.file.u32(start + 16 + 8 * words + 4 * bucket))
            if symbol == 0 { continue }
            guard symbol >= first else { throw .symbolHash(tag: tag, value: symbol, limit: first) }
            while true {
                guard symbol < limit else { throw .symbolCount(symbol + 1, limit: limit) }
                let chained = size + 4 * (symbol - first)
                guard image.readOnlyOffset(of: address, chained + 4) != nil else {
                    throw .tableNotReadOnly(tag: tag, address: address, size: chained + 4)
                }
                last = max(last, symbol)
                if image.file.u32(start + chained) & 1 != 0 { break }
                symbol += 1
            }
        }
        return last + 1
    }
}
