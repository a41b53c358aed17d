// SPDX-License-Identifier: Apache-2.0
// Attacks in machine code, from decisions: system calls, jumps into the middle of instructions, a smashed stack. What each must end as
// is known when it is written. What the scan of objects would refuse stands inside of other instructions and is entered by a register.

import CXVMSandbox
import Glibc
import XVMWire

/// What an attack may end as.
struct MachineClaim: CustomStringConvertible {
    /// System calls that it may be told to have died of; with the arguments that must be told, if these are known.
    var calls: Set<Int32> = []
    var arguments: [UInt64]?
    /// A foreign architecture or x32: the kernel names no call.
    var isForeign = false
    var signals: Set<Int32> = []
    /// An access of the code to its linear memory, or to the guard behind it.
    var canTrap = false
    var status: Int32?
    /// It may also go on; then it may end in any way that is the contract's to blame, or return.
    var isOpen = false

    static let open = MachineClaim(isOpen: true)
    static let fault = MachineClaim(signals: [SIGSEGV])

    func isRight(_ fate: MachineFate) -> Bool {
        switch fate {
        case .returned(let ending):
            if isOpen { return true }
            return canTrap && ending.kind == .trapped(.outOfBoundsMemoryAccess)
        case .died(.violation(let violation?)):
            if isOpen { return true }
            return calls.contains(violation.number) && !violation.isForgeable
                && (arguments ?? violation.arguments) == violation.arguments
        case .died(.violation(nil)): return isOpen || isForeign
        case .died(.signal(let signal)): return isOpen || signals.contains(signal)
        case .died(.exited(let exited)): return isOpen || exited == status
        case .died(.protocolBreach), .died(.wallDeadline): return isOpen
        // Nobody else ends a worker here, and there is room for all that it may ask for.
        case .died(.cpuDeadline), .died(.memoryLimit), .died(.killedOutside), .died(.cancelled), .died(.setup),
            .died(.zygoteGone):
            return false
        }
    }

    var description: String {
        var ways: [String] = calls.sorted().map { "violation of \($0)" }
        if isForeign { ways.append("violation of a foreign architecture") }
        ways += signals.sorted().map { "signal \($0)" }
        if canTrap { ways.append("a trap of memory") }
        if let status { ways.append("status \(status)") }
        if isOpen { ways.append("any end of its own") }
        return ways.joined(separator: " or ")
    }
}

/// How it ended.
enum MachineFate: Equatable {
    case returned(Ending)
    case died(Death.Cause)

    /// For tables.
    var word: String {
        switch self {
        case .returned(let ending): ending.kind == .returned ? "returned" : "trapped"
        case .died(.violation(nil)): "foreign"
        case .died(let cause): Death(cause: cause, place: "").kind
        }
    }
}

/// One attack: machine code that gets the instance in rdi and its slots in rsi, as an export does.
struct MachineCode {
    private(set) var bytes: [UInt8] = []
    private(set) var claim = MachineClaim.open
    /// One word for what it does.
    private(set) var kind = ""

    /// Where the code is put in the object, and how much room there is.
    static let address: UInt64 = 0x1010
    static let sizeMax = 0xff0

    private enum Register: UInt8, CaseIterable {
        case rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
    }

    init(_ bytes: [UInt8]) {
        var input = Decisions(bytes)
        let choice = input.below(18)
        if choice == 17 {
            // As it is: mostly refused by the scan.
            kind = "raw"
            self.bytes = Array(input.rest().prefix(Self.sizeMax - 1)) + [0xc3]
            return
        }
        for _ in 0..<input.below(4) { noise(&input) }
        switch choice {
        case 0...2: anyCall(&input)
        case 3...5: nearMiss(&input)
        case 6: foreign(&input)
        case 7: workerCode(&input)
        case 8: middle(&input)
        case 9: privileged(&input)
        case 10: returnAddress(&input)
        case 11: fill(&input)
        case 12: pivot(&input)
        case 13: store(&input)
        case 14: data(&input)
        case 15: state(&input)
        default: leave(&input)
        }
        // Whoever comes here has survived what it does not survive.
        survive()
    }

    // MARK: Instructions

    private mutating func emit(_ code: UInt8...) { bytes += code }
    private mutating func emit32(_ word: UInt32) { bytes += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
    private mutating func emit64(_ word: UInt64) { bytes += (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }

    private mutating func move(_ register: Register, _ word: UInt64) {
        emit(0x48 | register.rawValue >> 3, 0xb8 | register.rawValue & 7)
        emit64(word)
    }

    /// At most six bytes, inside of the number of a move, entered by r11.
    private mutating func hidden(_ code: [UInt8]) {
        emit(0x4c, 0x8d, 0x1d)
        emit32(5)
        emit(0x41, 0xff, 0xe3, 0x49, 0xbb)
        bytes += code + Array(repeating: 0x90, count: 6 - code.count) + [0xeb, 0]
    }

    private mutating func systemCall(_ number: UInt64, _ arguments: [UInt64]) {
        for (register, word) in zip([Register.rdi, .rsi, .rdx, .r10, .r8, .r9], arguments) { move(register, word) }
        move(.rax, number)
        hidden([0x0f, 0x05])
    }

    private mutating func survive() {
        systemCall(231, [UInt64(XVM_EXIT_SURVIVED.rawValue)])
        emit(0x0f, 0x0b)
    }

    // MARK: Decisions

    private static func word(_ input: inout Decisions) -> UInt64 {
        switch input.below(6) {
        case 0: return UInt64(input.byte())
        case 1: return XVM_ADDRESS_ARENA + UInt64(input.byte()) * 64
        case 2: return [XVM_ADDRESS_W2H + 0x80, XVM_ADDRESS_H2W + 0x80, XVM_ADDRESS_W2H, XVM_ADDRESS_H2W][input.below(4)]
        case 3: return UInt64.max - UInt64(input.byte())
        case 4: return 1 << UInt64(input.below(64))
        default: return input.number(8)
        }
    }

    /// An address that is nobody's: the zero page, not canonical, or the kernel's.
    private static func nowhere(_ input: inout Decisions) -> UInt64 {
        switch input.below(3) {
        case 0: return input.number(2) & 0xeff8
        case 1: return 0x8000_0000_0000_0000 | input.number(6)
        default: return 0xffff_8880_0000_0000 | input.number(4)
        }
    }

    /// Something harmless before the attack. Keeps rdi, rsi and rsp.
    private mutating func noise(_ input: inout Decisions) {
        let free: [Register] = [.rax, .rcx, .rdx, .rbx, .rbp, .r8, .r9, .r10, .r12, .r13, .r14, .r15]
        switch input.below(4) {
        case 0: move(free[input.below(free.count)], Self.word(&input))
        case 1: emit(0x50, 0x58)  // push rax, pop rax
        case 2:
            // A store into the first page of its own memory.
            move(.rax, XVM_ADDRESS_ARENA + UInt64(input.byte()))
            emit(0x48, 0x89, 0x08)
        default:
            // The one wake that is permitted.
            emit(0x57, 0x56)  // push rdi, rsi
            systemCall(202, [XVM_ADDRESS_W2H + 0x80, 1, 1])
            emit(0x5e, 0x5f)
        }
    }

    // MARK: Attacks

    /// What the run policy (policies/run.json) makes of a call, read by itself.
    static func claim(number: UInt64, _ arguments: [UInt64]) -> MachineClaim {
        let number = UInt32(truncatingIfNeeded: number)
        if number >= 0x4000_0000, number != .max { return MachineClaim(isForeign: true) }
        let a = arguments
        let isArena = a[0] >> 32 == XVM_ADDRESS_ARENA >> 32 && a[1] >> 32 == 0
        switch number {
        case 231:
            let status = Int32(a[0] & 0xff)
            // Statuses by which the worker's own handler tells of signals, and of memory that was refused.
            if [SIGILL, SIGBUS, SIGFPE, SIGSEGV].contains(status - 128) { return MachineClaim(signals: [status - 128]) }
            return status == Int32(XVM_EXIT_MEMORY.rawValue) ? .open : MachineClaim(status: status)
        case 202 where a[0] == XVM_ADDRESS_H2W + 0x80 && a[1] == 0 && a[3] == 0: return .open
        case 202 where a[0] == XVM_ADDRESS_W2H + 0x80 && a[1] == 1 && a[2] == 1: return .open
        case 10 where isArena && (a[2] == 3 || a[2] == 0): return .open
        case 28 where isArena && a[2] == 4: return .open
        // Newer kernels let uretprobe and uprobe pass every filter, to a SIGILL and an error.
        case 335, 336: return .open
        default: return MachineClaim(calls: [Int32(bitPattern: number)], arguments: arguments)
        }
    }

    private mutating func anyCall(_ input: inout Decisions) {
        kind = "call"
        let number: UInt64
        switch input.below(8) {
        case 0: number = input.number(8)
        case 1: number = UInt64.max - UInt64(input.byte() & 3)
        case 2: number = UInt64(input.below(1024)) | 1 << 32
        default: number = UInt64(input.below(480))
        }
        let arguments = (0..<6).map { _ in Self.word(&input) }
        claim = Self.claim(number: number, arguments)
        systemCall(number, arguments)
    }

    /// A permitted call with one thing changed, or none.
    private mutating func nearMiss(_ input: inout Decisions) {
        kind = "permitted"
        let arena = XVM_ADDRESS_ARENA
        let calls: [[UInt64]] = [
            [202, XVM_ADDRESS_H2W + 0x80, 0, 12345, 0, 0, 0], [202, XVM_ADDRESS_W2H + 0x80, 1, 1, 0, 0, 0],
            [10, arena, 65536, 3, 0, 0, 0], [10, arena, 65536, 0, 0, 0, 0], [28, arena, 65536, 4, 0, 0, 0],
            [231, 0, 0, 0, 0, 0, 0],
        ]
        var call = calls[input.below(calls.count)]
        if input.chance(7, of: 8) {
            let place = input.below(5)
            switch input.below(5) {
            case 0: call[place] ^= 1 << UInt64(input.below(64))
            case 1: call[place] &+= 1
            case 2: call[place] &-= UInt64(input.byte())
            case 3: call[place] |= 1 << 32
            default: call[place] = Self.word(&input)
            }
        }
        claim = Self.claim(number: call[0], Array(call[1...]))
        systemCall(call[0], Array(call[1...]))
    }

    /// The ways into the kernel that are none of this architecture's.
    private mutating func foreign(_ input: inout Decisions) {
        kind = "foreign"
        for register in [Register.rbx, .rcx, .rdx, .rsi, .rdi, .rbp] { move(register, Self.word(&input)) }
        let number = UInt64(input.below(480))
        switch input.below(4) {
        case 0:
            move(.rax, number)
            hidden([0xcd, 0x80])
            claim = MachineClaim(isForeign: true)
        case 1:
            systemCall(number | 0x4000_0000, [])
            claim = MachineClaim(isForeign: true)
        case 2:
            move(.rax, number)
            hidden([0x0f, 0x34])
            claim = MachineClaim(isForeign: true, signals: [SIGSEGV, SIGILL])
        default:
            // The page of the old system calls, which the kernel runs itself or does not have.
            move(.rax, 0xffff_ffff_ff60_0000 + UInt64(input.below(3)) * 0x400)
            emit(0xff, 0xd0)
            claim = MachineClaim(calls: [96, 201, 309], signals: [SIGSEGV])
        }
    }

    /// Into the worker's own code, beside the beginning of what a contract may call.
    private mutating func workerCode(_ input: inout Decisions) {
        kind = "worker"
        emit(0x48, 0x8b, 0x47, [32, 40, 48][input.below(3)])  // mov rax, [rdi + trap, host_call or memory_grow]
        let offset = input.chance(1, of: 2) ? UInt32(input.byte()) : UInt32(truncatingIfNeeded: Int(input.number(2)) - 0x8000)
        emit(0x48, 0x05)
        emit32(offset)
        for register in [Register.rsi, .rdx, .rcx, .rbx, .r12] where input.chance(1, of: 2) { move(register, Self.word(&input)) }
        if input.chance(1, of: 4) { move(.rdi, Self.word(&input)) }
        emit(0xff, 0xd0, 0xc3)
    }

    /// Into the middle of an instruction of its own, which may be any other there.
    private mutating func middle(_ input: inout Decisions) {
        kind = "middle"
        let code = input.take(6)
        for register in [Register.rax, .rdx, .rcx] where input.chance(1, of: 2) { move(register, Self.word(&input)) }
        hidden(code)
        emit(0xc3)
    }

    private mutating func privileged(_ input: inout Decisions) {
        kind = "privileged"
        let all: [([UInt8], Set<Int32>)] = [
            ([0xf4], [SIGSEGV]), ([0xfa], [SIGSEGV]), ([0xfb], [SIGSEGV]), ([0xee], [SIGSEGV]), ([0xec], [SIGSEGV]),
            ([0xe6, 0x80], [SIGSEGV]), ([0x0f, 0x20, 0xd8], [SIGSEGV]), ([0x0f, 0x22, 0xd8], [SIGSEGV]),
            ([0x0f, 0x30], [SIGSEGV]), ([0x0f, 0x32], [SIGSEGV]), ([0x0f, 0x31], [SIGSEGV]),
            ([0x0f, 0x01, 0xf9], [SIGSEGV, SIGILL]),
            ([0x0f, 0x33], [SIGSEGV]), ([0x0f, 0x09], [SIGSEGV]), ([0x0f, 0x08], [SIGSEGV]), ([0x0f, 0x06], [SIGSEGV]),
            ([0x0f, 0x01, 0xf8], [SIGSEGV, SIGILL]), ([0x0f, 0x0b], [SIGILL]), ([0xcc], [SIGTRAP]), ([0xf1], [SIGTRAP]),
            ([0xcd, 0x03], [SIGTRAP]), ([0xcd, 0x21], [SIGSEGV]), ([0xcd, 0x00], [SIGSEGV]), ([0x0f, 0xb9, 0xc0], [SIGILL]),
            ([0x06], [SIGILL]), ([0x0f, 0x07], [SIGSEGV, SIGILL]),
        ]
        let (code, signals) = all[input.below(all.count)]
        hidden(code)
        claim = MachineClaim(signals: signals)
    }

    /// Returns to where nobody called it from.
    private mutating func returnAddress(_ input: inout Decisions) {
        kind = "return"
        if input.chance(1, of: 2) {
            // Into the middle of a move behind it, where a system call stands.
            let number = UInt64(input.below(480))
            let arguments = (0..<6).map { _ in Self.word(&input) }
            claim = Self.claim(number: number, arguments)
            for (register, word) in zip([Register.rdi, .rsi, .rdx, .r10, .r8, .r9], arguments) { move(register, word) }
            // lea rbx, [rip + 9]: behind this, `mov [rsp], rbx`, `ret` and the opcode of the move.
            move(.rax, number)
            emit(0x48, 0x8d, 0x1d)
            emit32(7)
            emit(0x48, 0x89, 0x1c, 0x24, 0xc3, 0x49, 0xbb, 0x0f, 0x05, 0x90, 0x90, 0x90, 0x90, 0xeb, 0)
        } else {
            move(.rax, Self.nowhere(&input))
            emit(0x48, 0x89, 0x04, 0x24, 0xc3)
            claim = .fault
        }
    }

    /// Overwrites the frames above its own, then returns, or leaves by the worker's own door.
    private mutating func fill(_ input: inout Decisions) {
        kind = "smash"
        emit(0x48, 0x89, 0xfb)  // mov rbx, rdi
        move(.rcx, UInt64(1 + input.below(1 << UInt64(input.below(16)))))
        move(.rax, Self.nowhere(&input))
        emit(0x48, 0x89, 0xe7, 0xf3, 0x48, 0xab)  // mov rdi, rsp; rep stosq
        if input.chance(1, of: 2) {
            emit(0xc3)
            claim = .fault
        } else {
            // instance->trap(instance, number)
            emit(0x48, 0x89, 0xdf, 0xbe)
            emit32(UInt32(input.byte() & 15))
            emit(0xff, 0x53, 0x20)
        }
    }

    private mutating func pivot(_ input: inout Decisions) {
        kind = "stack"
        switch input.below(4) {
        case 0:
            // call to itself
            emit(0xe8)
            emit32(UInt32(bitPattern: -5))
            claim = .fault
        case 1:
            move(.rsp, XVM_ADDRESS_ARENA + 0x1_0000_0000 + UInt64(input.byte()) * 8)
            emit(0x50)
            claim = MachineClaim(signals: [SIGSEGV], canTrap: true)
        case 2:
            move(.rsp, XVM_ADDRESS_H2W + 0x1000 + UInt64(input.byte()) * 8)
            emit(0x50)
            claim = .fault
        default:
            // Not canonical is a fault of the stack segment.
            move(.rsp, Self.nowhere(&input) | 8)
            emit(0x50)
            claim = MachineClaim(signals: [SIGSEGV, SIGBUS])
        }
    }

    private mutating func store(_ input: inout Decisions) {
        kind = "store"
        claim = .fault
        switch input.below(7) {
        case 0: emit(0x48, 0x8d, 0x05, 0, 0, 0, 0)  // its own text
        case 1: emit(0x48, 0x8b, 0x47, [32, 40, 48][input.below(3)])  // the worker's
        case 2: move(.rax, XVM_ADDRESS_H2W + UInt64(input.number(2)))
        case 3:
            // Its own constants: the descriptor, behind the text.
            emit(0x48, 0x8d, 0x05)
            emit32(UInt32(0x2000 - Int(Self.address) - bytes.count - 4) + UInt32(input.byte()))
        case 4:
            move(.rax, XVM_ADDRESS_ARENA + (1 << 32) + input.number(4))
            claim = MachineClaim(canTrap: true)
        case 5: move(.rax, XVM_ADDRESS_ARENA - UInt64(XVM_HEADER_SIZE_MAX) + UInt64(input.byte()) * 8)
        default: move(.rax, Self.nowhere(&input))
        }
        emit(0x48, 0x89, 0x08)  // mov [rax], rcx
    }

    /// Code where data is: linear memory, the stack, the ring that it may write.
    private mutating func data(_ input: inout Decisions) {
        kind = "data"
        claim = .fault
        let code: UInt64 = 0x050f_63b0  // mov al, 99; syscall
        switch input.below(3) {
        case 0:
            move(.rax, code)
            emit(0x50, 0xff, 0xe4)  // push rax; jmp rsp
            return
        case 1: move(.rax, XVM_ADDRESS_ARENA + UInt64(input.byte()) * 8)
        default: move(.rax, XVM_ADDRESS_W2H + 0x8000 + UInt64(input.byte()) * 8)
        }
        move(.rcx, code)
        emit(0x48, 0x89, 0x08, 0xff, 0xe0)
    }

    /// Comes back with what a caller relies on changed.
    private mutating func state(_ input: inout Decisions) {
        kind = "state"
        switch input.below(5) {
        case 0: for register in [Register.rbx, .rbp, .r12, .r13, .r14, .r15] { move(register, Self.word(&input)) }
        case 1: hidden([0xfd])  // std
        case 2:
            emit(0x9c, 0x48, 0x81, 0x0c, 0x24)  // pushfq; or [rsp], number
            emit32(1 << UInt32(input.below(22)))
            hidden([0x9d])
        case 3:
            move(.rax, UInt64(input.number(2)))
            emit(0x50)
            hidden([0x0f, 0xae, 0x14, 0x24])  // ldmxcsr
            emit(0x58)
        default:
            move(.rax, Self.word(&input))
            hidden([0xf3, 0x48, 0x0f, 0xae, 0xd0])  // wrfsbase rax
            if input.chance(1, of: 2) { emit(0xff, 0x57, 0x28) }  // call [rdi + host_call]
        }
        emit(0xc3)
    }

    /// An end by its own hand.
    private mutating func leave(_ input: inout Decisions) {
        kind = "exit"
        let arguments = [UInt64(input.byte()) | UInt64(input.byte()) << 32, 0, 0, 0, 0, 0]
        claim = Self.claim(number: 231, arguments)
        systemCall(231, arguments)
    }
}
