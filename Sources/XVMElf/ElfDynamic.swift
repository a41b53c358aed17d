// SPDX-License-Identifier: Apache-2.0
// Second step of the verifier: the dynamic section, by a closed list of tags.

/// The dynamic entries that the loader acts on, each with its value checked as far as it can be alone.
struct ElfDynamic {
    private var values: [UInt64: UInt64] = [:]

    init(_ image: ElfImage, limits: ElfLimits) throws(ElfError) {
        let entries = Int(image.dynamic.size) / Elf.dynamicSize
        guard entries <= limits.dynamicEntryCountMax else {
            throw .dynamicEntryCount(entries, limit: limits.dynamicEntryCountMax)
        }
        guard let start = image.offset(of: image.dynamic.address, image.dynamic.size) else {
            throw .noDynamicSection
        }
        var isTerminated = false
        for index in 0..<entries {
            let at = start + UInt64(index * Elf.dynamicSize)
            let (tag, value) = (image.file.u64(at), image.file.u64(at + 8))
            if tag == Elf.Tag.null {
                isTerminated = true
                break
            }
            try Self.checkTag(tag)
            guard values.updateValue(value, forKey: tag) == nil else { throw .duplicateTag(tag) }
        }
        guard isTerminated else { throw .dynamicNotTerminated(entries: entries) }
        try checkFlags()
        try checkValues()
    }

    subscript(tag: UInt64) -> UInt64? { values[tag] }

    func required(_ tag: UInt64) throws(ElfError) -> UInt64 {
        guard let value = values[tag] else { throw .missingTag(tag) }
        return value
    }

    /// A table named by an address tag and a size tag; nil when neither is there.
    /// - Returns: its file offset and how many entries of `entrySize` it has.
    func table(
        _ tag: UInt64, size sizeTag: UInt64, entrySize: Int, _ image: ElfImage
    ) throws(ElfError) -> (offset: UInt64, count: UInt64)? {
        guard let address = values[tag] else {
            guard let size = values[sizeTag], size != 0 else { return nil }
            throw .missingTag(tag)
        }
        let size = try required(sizeTag)
        guard size % UInt64(entrySize) == 0 else { throw .tableSize(tag: sizeTag, size: size, limit: UInt64(entrySize)) }
        guard let offset = image.readOnlyOffset(of: address, size) else {
            throw .tableNotReadOnly(tag: tag, address: address, size: size)
        }
        return (offset, size / UInt64(entrySize))
    }

    private static func checkTag(_ tag: UInt64) throws(ElfError) {
        switch tag {
        case Elf.Tag.needed: throw .needed
        case Elf.Tag.rpath, Elf.Tag.runpath: throw .searchPath(tag: tag)
        case Elf.Tag.audit, Elf.Tag.depAudit: throw .auditor(tag: tag)
        case Elf.Tag.filter, Elf.Tag.auxiliary: throw .filter(tag: tag)
        case Elf.Tag.initFunction, Elf.Tag.initArray, Elf.Tag.initArraySize, Elf.Tag.preinitArray, Elf.Tag.preinitArraySize:
            throw .initialiser(tag: tag)
        case Elf.Tag.finiFunction, Elf.Tag.finiArray, Elf.Tag.finiArraySize: throw .finaliser(tag: tag)
        case Elf.Tag.textRel: throw .textRelocations
        case Elf.Tag.hash, Elf.Tag.gnuHash, Elf.Tag.stringTable, Elf.Tag.stringSize, Elf.Tag.symbolTable, Elf.Tag.symbolEntry,
            Elf.Tag.rela, Elf.Tag.relaSize, Elf.Tag.relaEntry, Elf.Tag.relaCount, Elf.Tag.relr, Elf.Tag.relrSize,
            Elf.Tag.relrEntry, Elf.Tag.jumpRel, Elf.Tag.pltRelSize, Elf.Tag.pltRel, Elf.Tag.pltGot, Elf.Tag.symbolic,
            Elf.Tag.bindNow, Elf.Tag.flags, Elf.Tag.flags1:
            return
        default: throw .unexpectedTag(tag)
        }
    }

    private func checkFlags() throws(ElfError) {
        let flags = values[Elf.Tag.flags] ?? 0
        let flags1 = values[Elf.Tag.flags1] ?? 0
        guard flags & Elf.Flags.textRel == 0 else { throw .textRelocations }
        guard flags & ~(Elf.Flags.symbolic | Elf.Flags.bindNow) == 0 else {
            throw .unexpectedFlags(tag: Elf.Tag.flags, flags: flags)
        }
        guard flags1 & ~Elf.Flags.now1 == 0 else { throw .unexpectedFlags(tag: Elf.Tag.flags1, flags: flags1) }
        guard values[Elf.Tag.bindNow] != nil || flags & Elf.Flags.bindNow != 0 || flags1 & Elf.Flags.now1 != 0 else {
            throw .lazyBinding
        }
    }

    private func checkValues() throws(ElfError) {
        let expected: [(UInt64, UInt64)] = [
            (Elf.Tag.symbolEntry, UInt64(Elf.symbolSize)), (Elf.Tag.relaEntry, UInt64(Elf.relaSize)),
            (Elf.Tag.relrEntry, UInt64(Elf.relrSize)), (Elf.Tag.pltRel, Elf.Tag.rela),
        ]
        for (tag, size) in expected {
            if let value = values[tag], value != size { throw .tagValue(tag: tag, value: value, expected: size) }
        }
        _ = try required(Elf.Tag.symbolEntry)
        // Without these the loader would use sizes of its own (or stop on an assertion).
        if values[Elf.Tag.rela] != nil { _ = try required(Elf.Tag.relaEntry) }
        if values[Elf.Tag.relr] != nil { _ = try required(Elf.Tag.relrEntry) }
        if values[Elf.Tag.jumpRel] != nil { _ = try required(Elf.Tag.pltRel) }
    }
}
