// SPDX-License-Identifier: Apache-2.0
// Machine instructions: lengths, branches, refusals; and whole objects with one of them.

import Foundation
import Testing

@testable import XVMElf

@Suite struct InstructionTests {
    private static func bytes(_ hex: String) -> [UInt8] { hex.split(separator: " ").map { UInt8($0, radix: 16)! } }
    private static func decode(_ hex: String) -> MachineInstruction {
        let all = bytes(hex)
        return InstructionDecoder.decode(all[...], at: 0)
    }

    /// As an assembler writes them.
    static let allowed = [
        "90", "c3", "c9", "cc", "0f 0b", "f3 90", "66 90", "0f 1f 44 00 00", "66 2e 0f 1f 84 00 00 00 00 00", "f3 0f 1e fa",
        "48 89 e5", "8b 04 25 10 00 00 00", "48 8b 05 10 00 00 00", "8b 44 24 08", "8b 84 24 00 01 00 00", "8b 45 00",
        "b8 01 00 00 00", "66 b8 01 00", "48 b8 01 02 03 04 05 06 07 08", "49 bb 01 02 03 04 05 06 07 08", "c7 00 01 00 00 00",
        "66 c7 00 01 00", "48 c7 c0 01 00 00 00", "c6 00 01", "83 c0 01", "81 c0 00 01 00 00", "66 81 c0 00 01", "05 00 01 00 00",
        "04 01", "69 c0 00 01 00 00", "6b c0 02", "68 00 01 00 00", "6a 01", "f6 c1 01", "f7 c1 01 00 00 00", "f6 d8", "f7 f1",
        "48 f7 e1", "c1 e0 04", "d3 e0", "0f a4 c2 04", "0f ba e0 03", "0f af c1", "0f b6 c0", "48 63 c1", "0f c8", "f3 0f b8 c1",
        "0f bc c1", "f3 0f bc c1", "0f bd c1", "0f 44 c1", "0f 94 c0", "f2 0f 58 c1", "66 0f 6f 05 10 00 00 00", "0f c6 c1 55",
        "66 0f 3a 0b c0 09", "66 0f 38 17 c0", "f2 0f 38 f1 c1", "66 0f 73 d8 08", "ff 57 20", "ff 25 10 00 00 00", "41 ff d3",
        "f0 48 0f b1 0b", "f3 48 ab", "f3 a4", "0f ae f0", "0f ae e8", "48 0f c7 0b", "9c", "8f 00", "c2 08 00",
        "48 a1 01 02 03 04 05 06 07 08", "67 8b 04 08", "3e ff e0",
    ]

    @Test("instructions that compilers make have the length that assemblers give them", arguments: allowed)
    func lengths(hex: String) {
        let decoded = Self.decode(hex + " ff ff")
        #expect(decoded == MachineInstruction(size: Self.bytes(hex).count))
        // Each byte less is one that goes on behind the end.
        for count in 1..<Self.bytes(hex).count {
            let part = Array(Self.bytes(hex).prefix(count))
            let short = InstructionDecoder.decode(part[...], at: 0)
            #expect(short.refusal != nil || short.size <= count)
        }
    }

    @Test("direct branches give their distance")
    func branches() {
        #expect(Self.decode("eb fe") == MachineInstruction(size: 2, branch: -2))
        #expect(Self.decode("e8 00 01 00 00") == MachineInstruction(size: 5, branch: 256))
        #expect(Self.decode("0f 84 f0 ff ff ff") == MachineInstruction(size: 6, branch: -16))
        #expect(Self.decode("75 10") == MachineInstruction(size: 2, branch: 16))
        #expect(Self.decode("e3 10") == MachineInstruction(size: 2, branch: 16))
        // Two bytes of distance on one processor, four on another.
        #expect(Self.decode("66 e9 00 01 00 00").refusal == .undefined)
    }

    static let refused: [(String, InstructionRefusal)] = [
        ("0f 05", .systemEntry), ("0f 34", .systemEntry), ("cd 80", .systemEntry), ("cd 2e", .systemEntry),
        ("0f 07", .systemEntry),
        ("0f 35", .systemEntry), ("48 cb", .systemEntry), ("ca 08 00", .systemEntry), ("48 cf", .systemEntry),
        ("ff 28", .systemEntry),
        ("48 ff 18", .systemEntry), ("f1", .systemEntry), ("40 0f 05", .systemEntry), ("f3 0f 05", .systemEntry),
        ("0f 31", .environment), ("0f 01 f9", .environment), ("0f 33", .environment), ("0f 01 fd", .environment),
        ("0f a2", .environment),
        ("0f c7 f0", .environment), ("48 0f c7 f0", .environment), ("0f c7 f8", .environment), ("f3 0f c7 f8", .environment),
        ("0f 01 00", .environment), ("0f 01 d0", .environment), ("0f 01 c1", .environment), ("0f 01 ee", .environment),
        ("f3 48 0f ae d0", .machineState), ("f3 48 0f ae c0", .machineState), ("64 8b 04 25 28 00 00 00", .machineState),
        ("65 48 8b 00", .machineState), ("9d", .machineState), ("0f ae 10", .machineState), ("0f ae 00", .machineState),
        ("8e d8", .machineState), ("8c d8", .machineState), ("d9 c0", .machineState), ("fd", .machineState),
        ("0f a1", .machineState),
        ("c7 f8 00 00 00 00", .machineState), ("c6 f8 00", .machineState), ("64 a4", .machineState), ("0f b4 00", .machineState),
        ("f4", .privileged), ("fa", .privileged), ("e6 80", .privileged), ("ee", .privileged), ("6c", .privileged),
        ("0f 20 d8", .privileged), ("0f 30", .privileged), ("0f 09", .privileged),
        ("c5 f8 77", .notInBaseline), ("c4 e2 79 18 00", .notInBaseline), ("62 f1 7c 48 28 c0", .notInBaseline),
        ("0f 38 f0 00", .notInBaseline), ("f3 0f bd c1", .notInBaseline), ("66 0f 38 dc c1", .notInBaseline),
        ("66 0f 3a 44 c1 00", .notInBaseline), ("8f e8 78 a2 c0 00", .notInBaseline),
        ("06", .undefined), ("9a", .undefined), ("0f 04", .undefined), ("48 66 90", .undefined), ("0f b8 c1", .undefined),
        ("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90", .undefined), ("ff f8", .undefined), ("48 b8 01 02", .truncated),
        ("0f", .truncated), ("8b 84", .truncated), ("66", .truncated),
    ]

    @Test("an instruction that contract code may not hold is refused with its reason", arguments: refused.indices)
    func refusals(index: Int) {
        let (hex, refusal) = Self.refused[index]
        #expect(Self.decode(hex).refusal == refusal, "\(hex)")
    }

    // MARK: Objects

    private static func code(_ lines: String) -> String {
        Tools.source + "\n__asm__(\".text\\n.balign 16\\n.globl extra\\n.hidden extra\\nextra:\\n\(lines)\\nret\\n\");"
    }

    @Test(
        "an object with one refused instruction is refused with its address and bytes, whoever made it", arguments: Tools.all,
        ElfProducer.allCases)
    func objects(tools: Tools, producer: ElfProducer) throws {
        guard producer != .wasm2c else { return }
        for (line, refusal, bytes) in [
            ("syscall", InstructionRefusal.systemEntry, [0x0f, 0x05] as [UInt8]), ("int $0x80", .systemEntry, [0xcd, 0x80]),
            ("rdrand %rax", .environment, [0x48, 0x0f, 0xc7, 0xf0]), ("rdtsc", .environment, [0x0f, 0x31]),
            ("wrfsbase %rax", .machineState, [0xf3, 0x48, 0x0f, 0xae, 0xd0]), ("vzeroupper", .notInBaseline, [0xc5, 0xf8, 0x77]),
            (".byte 0x06", .undefined, [0x06]),
        ] {
            let error = #expect(throws: ElfError.self) {
                try ElfVerifier.verify(tools.object(Self.code(line)), producer: producer)
            }
            guard case .instruction(refusal, _, let found)? = error else {
                Issue.record("\(line): \(String(describing: error))")
                continue
            }
            #expect(found.starts(with: bytes))
        }
    }

    @Test("an instruction inside of another's immediate is found where a direct branch leads to it", arguments: Tools.all)
    func overlapping(tools: Tools) throws {
        // jmp into movabs $…, %rax: a syscall stands there. Without the jump the same bytes are a constant.
        let constant = "movabs $0x9090909090c3050f, %rax"
        _ = try ElfVerifier.verify(tools.object(Self.code(constant)), producer: .translator)
        for branch in ["jmp 1f + 2", "call 1f + 2", "jz 1f + 2"] {
            let error = #expect(throws: ElfError.self) {
                try ElfVerifier.verify(tools.object(Self.code("\(branch)\\n1: \(constant)")), producer: .translator)
            }
            guard case .branchTarget? = error else {
                Issue.record("\(branch): \(String(describing: error))")
                continue
            }
        }
    }

    @Test("a pointer that the loader fills in may not lead into an instruction", arguments: Tools.all)
    func pointers(tools: Tools) throws {
        let source =
            Self.code("movabs $0x9090909090c3050f, %rax")
            + "\nextern const char extra[] __attribute__((visibility(\"hidden\")));\nconst void *volatile pointer = extra + OFFSET;"
        _ = try ElfVerifier.verify(tools.object(source, compile: ["-DOFFSET=0"]), producer: .translator)
        let error = #expect(throws: ElfError.self) {
            try ElfVerifier.verify(tools.object(source, compile: ["-DOFFSET=2"]), producer: .translator)
        }
        guard case .pointerIntoInstruction? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("the producer decides whether an object must count gas, must not, or may say so")
    func metering() throws {
        let tools = try #require(Tools.first, "no compiler and linker")
        let metered = try tools.object()
        let plain = try tools.object(Tools.source.replacing("0x414d5658, 1, 65536, 1,", with: "0x414d5658, 1, 65536, 0,"))
        #expect(throws: ElfError.metering(false, expected: true)) { try ElfVerifier.verify(plain, producer: .translator) }
        #expect(throws: ElfError.metering(true, expected: false)) { try ElfVerifier.verify(metered, producer: .wasm2c) }
        for (bytes, producer) in [(metered, ElfProducer.translator), (plain, .wasm2c), (metered, .user), (plain, .user)] {
            #expect(try ElfVerifier.verify(bytes, producer: producer).bytes == bytes)
        }
    }
}
