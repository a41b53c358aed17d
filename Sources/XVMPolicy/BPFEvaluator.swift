// SPDX-License-Identifier: Apache-2.0
// Classic BPF as libseccomp writes it, and nothing more of it: seven opcodes. What is unknown is a failure, never a guess.

/// struct sock_filter (linux/filter.h), 8 bytes, little endian.
package struct BPFInstruction: Equatable, Hashable, Sendable {
    package var code: UInt16
    /// Instructions to skip when a test holds, and when it does not.
    package var jumpTrue: UInt8
    package var jumpFalse: UInt8
    package var constant: UInt32

    package init(code: UInt16, jumpTrue: UInt8 = 0, jumpFalse: UInt8 = 0, constant: UInt32) {
        self.code = code
        self.jumpTrue = jumpTrue
        self.jumpFalse = jumpFalse
        self.constant = constant
    }

    /// Its 8 bytes as the kernel takes them.
    package var bytes: [UInt8] {
        let word =
            UInt64(code) | UInt64(jumpTrue) << 16 | UInt64(jumpFalse) << 24 | UInt64(constant) << 32
        return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
}

/// The opcodes of linux/bpf_common.h that libseccomp emits; their values are class | size or operation | source.
package enum BPFOpcode {
    /// A = the 32-bit word of seccomp_data at offset k.
    package static let loadWord: UInt16 = 0x20
    /// A = A & k.
    package static let and: UInt16 = 0x54
    package static let jumpAlways: UInt16 = 0x05
    package static let jumpEqual: UInt16 = 0x15
    package static let jumpGreater: UInt16 = 0x25
    package static let jumpGreaterOrEqual: UInt16 = 0x35
    /// Returns k.
    package static let returnConstant: UInt16 = 0x06
}

/// A program that cannot be evaluated.
package enum BPFError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not a multiple of 8 bytes.
    case truncated(size: Int)
    case empty
    case tooLong(count: Int, limit: Int)
    case unknownOpcode(UInt16, instruction: Int)
    case loadOutOfRange(offset: UInt32, instruction: Int)
    case jumpOutOfRange(instruction: Int)
    /// The program could run past its last instruction.
    case noReturn(instruction: Int)

    package var description: String {
        switch self {
        case .truncated(let size): "program size \(size) is not a multiple of 8"
        case .empty: "program has no instruction"
        case .tooLong(let count, let limit): "program of \(count) instructions exceeds limit \(limit)"
        case .unknownOpcode(let code, let instruction):
            "opcode 0x\(String(code, radix: 16)) is unknown (instruction \(instruction))"
        case .loadOutOfRange(let offset, let instruction): "load of offset \(offset) is not expected (instruction \(instruction))"
        case .jumpOutOfRange(let instruction): "jump leaves the program (instruction \(instruction))"
        case .noReturn(let instruction): "program runs past its end (instruction \(instruction))"
        }
    }
}

/// A program whose every opcode, load and jump was checked, so that evaluation always ends with a return.
package struct BPFProgram: Equatable, Sendable {
    package let instructions: [BPFInstruction]

    /// Checks every instruction. Jumps only go forward (offsets are unsigned), so a checked program ends.
    package init(checking instructions: [BPFInstruction]) throws(BPFError) {
        guard !instructions.isEmpty else { throw .empty }
        guard instructions.count <= PolicyLimits.instructionCountMax else {
            throw .tooLong(count: instructions.count, limit: PolicyLimits.instructionCountMax)
        }
        for (index, instruction) in instructions.enumerated() {
            // Instructions behind this one; a skip must leave at least one of them.
            let left = instructions.count - index - 1
            switch instruction.code {
            case BPFOpcode.returnConstant: continue
            case BPFOpcode.loadWord:
                // nr, arch, and the twelve halves of the arguments. Our policies cannot name the instruction pointer.
                let offset = instruction.constant
                guard offset % 4 == 0, offset < 8 || (16..<64).contains(offset) else {
                    throw .loadOutOfRange(offset: offset, instruction: index)
                }
            case BPFOpcode.and: break
            case BPFOpcode.jumpAlways:
                guard instruction.constant < left else { throw .jumpOutOfRange(instruction: index) }
            case BPFOpcode.jumpEqual, BPFOpcode.jumpGreater, BPFOpcode.jumpGreaterOrEqual:
                guard max(instruction.jumpTrue, instruction.jumpFalse) < left else { throw .jumpOutOfRange(instruction: index) }
            default: throw .unknownOpcode(instruction.code, instruction: index)
            }
            guard left > 0 else { throw .noReturn(instruction: index) }
        }
        self.instructions = instructions
    }

    /// Decodes the array of struct sock_filter that the kernel takes.
    package init(bytes: [UInt8]) throws(BPFError) {
        guard bytes.count % 8 == 0 else { throw .truncated(size: bytes.count) }
        let count = bytes.count / 8
        guard count <= PolicyLimits.instructionCountMax else {
            throw .tooLong(count: count, limit: PolicyLimits.instructionCountMax)
        }
        try self.init(
            checking: (0..<count).map { index in
                let at = index * 8
                let constant = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[at + 4 + $1]) << (8 * UInt32($1)) }
                return BPFInstruction(
                    code: UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8, jumpTrue: bytes[at + 2], jumpFalse: bytes[at + 3],
                    constant: constant)
            })
    }

    /// What the program returns for a call (SECCOMP_RET_* with data).
    /// - Parameter reached: gets true for every instruction that was executed; one element per instruction.
    package func evaluate(_ call: KernelCall, reached: inout [Bool]) -> UInt32 {
        var accumulator: UInt32 = 0
        var index = 0
        while true {
            let instruction = instructions[index]
            reached[index] = true
            index += 1
            switch instruction.code {
            case BPFOpcode.loadWord: accumulator = BPFProgram.word(call, instruction.constant)
            case BPFOpcode.and: accumulator &= instruction.constant
            case BPFOpcode.jumpAlways: index += Int(instruction.constant)
            case BPFOpcode.jumpEqual:
                index += Int(accumulator == instruction.constant ? instruction.jumpTrue : instruction.jumpFalse)
            case BPFOpcode.jumpGreater:
                index += Int(accumulator > instruction.constant ? instruction.jumpTrue : instruction.jumpFalse)
            case BPFOpcode.jumpGreaterOrEqual:
                index += Int(accumulator >= instruction.constant ? instruction.jumpTrue : instruction.jumpFalse)
            case BPFOpcode.returnConstant: return instruction.constant
            default: preconditionFailure("opcode \(instruction.code) passed the check")
            }
        }
    }

    /// The same without keeping what was reached.
    package func evaluate(_ call: KernelCall) -> UInt32 {
        var reached = [Bool](repeating: false, count: instructions.count)
        return evaluate(call, reached: &reached)
    }

    /// The word at an offset of struct seccomp_data: nr, arch, instruction pointer (never asked for), six arguments.
    private static func word(_ call: KernelCall, _ offset: UInt32) -> UInt32 {
        switch offset {
        case 0: return call.number
        case 4: return call.architecture
        default:
            let argument = call.arguments[Int(offset - 16) / 8]
            return offset % 8 == 0 ? UInt32(truncatingIfNeeded: argument) : UInt32(truncatingIfNeeded: argument >> 32)
        }
    }
}
