// SPDX-License-Identifier: Apache-2.0
// Last step of the verifier: what the loader will write, and where.

/// Checks every relocation: RELATIVE (or RELR) into writable memory, GLOB_DAT and JUMP_SLOT of an allowed import into RELRO.
struct ElfRelocations {
    let image: ElfImage
    let dynamic: ElfDynamic
    let symbols: ElfSymbols
    /// Addresses of the file that the loader writes, with its own base added.
    private(set) var pointers: [UInt64] = []

    init(image: ElfImage, dynamic: ElfDynamic, symbols: ElfSymbols) {
        self.image = image
        self.dynamic = dynamic
        self.symbols = symbols
    }

    mutating func check(limits: ElfLimits) throws(ElfError) {
        let rela = try dynamic.table(Elf.Tag.rela, size: Elf.Tag.relaSize, entrySize: Elf.relaSize, image)
        let jump = try dynamic.table(Elf.Tag.jumpRel, size: Elf.Tag.pltRelSize, entrySize: Elf.relaSize, image)
        let relr = try dynamic.table(Elf.Tag.relr, size: Elf.Tag.relrSize, entrySize: Elf.relrSize, image)
        // Each count is below 2^28 by the file's size, so the sum does not overflow.
        let count = (rela?.count ?? 0) + (jump?.count ?? 0) + (relr?.count ?? 0)
        guard count <= limits.relocationCountMax else { throw .relocationCount(count, limit: limits.relocationCountMax) }
        if let address = dynamic[Elf.Tag.pltGot], image.load(holding: address, 1) == nil {
            throw .relocationTarget(address: address)
        }
        let relatives = dynamic[Elf.Tag.relaCount] ?? 0
        guard relatives <= rela?.count ?? 0 else { throw .relativeCount(relatives, limit: rela?.count ?? 0) }
        if let rela { try check(rela, relatives: relatives) }
        if let jump { try check(jump, relatives: 0) }
        if let relr { try checkRelr(relr) }
    }

    /// - Parameter relatives: how many of the first entries the loader takes for RELATIVE without looking.
    private mutating func check(_ table: (offset: UInt64, count: UInt64), relatives: UInt64) throws(ElfError) {
        for index in 0..<Int(table.count) {
            let at = table.offset + UInt64(index * Elf.relaSize)
            let target = image.file.u64(at)
            let (type, symbol) = (image.file.u32(at + 8), image.file.u32(at + 12))
            switch type {
            case Elf.Relocation.relative:
                guard symbol == 0 else { throw .relocationSymbol(symbol, index: index) }
                try checkTarget(target)
                pointers.append(image.file.u64(at + 16))
            case Elf.Relocation.globDat, Elf.Relocation.jumpSlot:
                guard UInt64(index) >= relatives else { throw .relativeCount(relatives, limit: UInt64(index)) }
                guard symbols.importIndices.contains(symbol) else { throw .relocationSymbol(symbol, index: index) }
                try checkTarget(target)
                guard image.isInRelro(target, 8) else { throw .relocationTargetNotRelro(address: target) }
            case Elf.Relocation.irelative: throw .indirectRelocation(index: index)
            case Elf.Relocation.copy: throw .copyRelocation(index: index)
            default: throw .relocationType(type, index: index)
            }
        }
    }

    /// RELR: an even word is an address to relocate, an odd one a bitmap of the 63 words behind the last address.
    private mutating func checkRelr(_ table: (offset: UInt64, count: UInt64)) throws(ElfError) {
        var next: UInt64?
        for index in 0..<Int(table.count) {
            let word = image.file.u64(table.offset + UInt64(index * Elf.relrSize))
            if word & 1 == 0 {
                try checkPacked(word)
                next = word + 8
                continue
            }
            // A bitmap before any address would count from an undefined place.
            guard let start = next else { throw .relocationTarget(address: word) }
            for bit in UInt64(0)..<63 where word >> (bit + 1) & 1 != 0 { try checkPacked(start + 8 * bit) }
            // Stays near the image: the next bitmap's targets are checked against it. The addition cannot overflow, because
            // a table has fewer than 2^28 words.
            next = start + 8 * 63
        }
    }

    /// A packed relocation adds to what stands at its target: zero behind the file's part of a segment.
    private mutating func checkPacked(_ address: UInt64) throws(ElfError) {
        try checkTarget(address)
        if let offset = image.offset(of: address, 8) { pointers.append(image.file.u64(offset)) }
    }

    private func checkTarget(_ address: UInt64) throws(ElfError) {
        guard let load = image.load(holding: address, 8), load.isWritable else { throw .relocationTarget(address: address) }
        // Here address + 8 does not overflow: the segment holds it.
        guard !overlaps(address, image.dynamic.address, image.dynamic.size) else {
            throw .relocationOnDynamicSection(address: address)
        }
        guard !overlaps(address, symbols.descriptorAddress, VerifiedElf.descriptorFixedSize) else {
            throw .relocationOnDescriptor(address: address)
        }
    }

    private func overlaps(_ target: UInt64, _ start: UInt64, _ size: UInt64) -> Bool {
        target < start + size && start < target + 8
    }
}
