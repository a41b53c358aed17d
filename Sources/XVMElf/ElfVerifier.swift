// SPDX-License-Identifier: Apache-2.0
// The one door to VerifiedElf: every rule for an object before a worker may load it (sandbox reference, section 8).

/// What counts as too large. The figures are far above what the translator makes of the largest Module.
package struct ElfLimits: Equatable, Sendable {
    /// Bytes of the file.
    package var fileSizeMax: Int
    /// Bytes of memory from address 0 of the file to the end of its last segment.
    package var imageSizeMax: UInt64
    package var programHeaderCountMax: UInt16
    package var dynamicEntryCountMax: Int
    package var symbolCountMax: UInt64
    package var relocationCountMax: UInt64
    package var alignmentMax: UInt64

    package init(
        fileSizeMax: Int = 128 << 20, imageSizeMax: UInt64 = 256 << 20, programHeaderCountMax: UInt16 = 16,
        dynamicEntryCountMax: Int = 64, symbolCountMax: UInt64 = 64, relocationCountMax: UInt64 = 1 << 22,
        alignmentMax: UInt64 = 2 << 20
    ) {
        self.fileSizeMax = fileSizeMax
        self.imageSizeMax = imageSizeMax
        self.programHeaderCountMax = programHeaderCountMax
        self.dynamicEntryCountMax = dynamicEntryCountMax
        self.symbolCountMax = symbolCountMax
        self.relocationCountMax = relocationCountMax
        self.alignmentMax = alignmentMax
    }
}

/// The bytes of an object that keeps every rule. Only `ElfVerifier.verify` makes one.
package struct VerifiedElf: Equatable, Sendable {
    /// The one symbol that an object exports (XVM_DESCRIPTOR_SYMBOL of xvm_abi.h).
    package static let exportName = "xvm_module"
    /// sizeof(struct xvm_descriptor), and how much of it holds no address, so no relocation may touch it.
    package static let descriptorSize: UInt64 = 168
    package static let descriptorFixedSize: UInt64 = 120
    /// Of the descriptor's flags; bit 0 is XVM_DESCRIPTOR_METERED.
    static let flagsOffset = 12

    /// The whole file.
    package let bytes: [UInt8]
    /// Bytes of memory that the loader maps.
    package let imageSize: UInt64
    /// The first `descriptorFixedSize` bytes of the exported descriptor, as the worker will see them.
    package let descriptor: [UInt8]
    /// The allowed symbols that this object takes from libc, in the order of its symbol table.
    package let imports: [String]

    fileprivate init(bytes: [UInt8], imageSize: UInt64, descriptor: [UInt8], imports: [String]) {
        self.bytes = bytes
        self.imageSize = imageSize
        self.descriptor = descriptor
        self.imports = imports
    }
}

/// Who made an object.
package enum ElfProducer: String, CaseIterable, Sendable {
    /// Our own translator and the Toolchain's compile and link lines.
    case translator
    /// A stock wasm2c, our wasm-rt and the Toolchain's lines.
    case wasm2c
    /// Somebody who hands an object in.
    case user
}

/// What an object may be, by its producer. All else is the same for all: see the steps of `ElfVerifier.verify`.
package enum ElfRules {
    /// What a C compiler may call on its own in freestanding code; nothing else is looked up outside the object, whoever made it:
    /// what wasm2c's text needs of a runtime is compiled into its object. Relocations: RELATIVE and RELR into writable memory, GLOB_DAT and
    /// JUMP_SLOT of these four into RELRO.
    package static let imports = ["memcpy", "memmove", "memset", "memcmp"]

    /// Whether the descriptor must say that the code counts gas; nil: it may, and nobody believes it.
    package static func isMetered(_ producer: ElfProducer) -> Bool? {
        switch producer {
        case .translator: true
        case .wasm2c: false
        case .user: nil
        }
    }
}

/// Checks objects. Pure: the same bytes get the same answer.
package enum ElfVerifier {
    /// Header and segments, dynamic section, symbols, relocations, the producer's rules, then every executable byte.
    /// - Throws: the first rule that `bytes` break.
    package static func verify(
        _ bytes: [UInt8], producer: ElfProducer, limits: ElfLimits = ElfLimits()
    ) throws(ElfError) -> VerifiedElf {
        let image = try ElfImage(bytes, limits: limits)
        let dynamic = try ElfDynamic(image, limits: limits)
        let symbols = try ElfSymbols(image, dynamic, limits: limits)
        var relocations = ElfRelocations(image: image, dynamic: dynamic, symbols: symbols)
        try relocations.check(limits: limits)
        let start = Int(symbols.descriptorOffset)
        let descriptor = Array(bytes[start..<(start + Int(VerifiedElf.descriptorFixedSize))])
        let isMetered = descriptor[VerifiedElf.flagsOffset] & 1 != 0
        if let expected = ElfRules.isMetered(producer), isMetered != expected {
            throw .metering(isMetered, expected: expected)
        }
        try InstructionScan(image: image, pointers: relocations.pointers).check()
        return VerifiedElf(bytes: bytes, imageSize: image.imageSize, descriptor: descriptor, imports: symbols.imports)
    }
}
