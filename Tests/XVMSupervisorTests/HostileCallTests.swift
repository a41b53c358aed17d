// SPDX-License-Identifier: Apache-2.0
// H1-H3, H5-H7, H9, H19, H20: every way into the kernel, from the machine code of a sealed worker.

import CXVMSandbox
import Foundation
import Synchronization
import Testing
import XVMPolicy
import XVMSystem
import XVMWire

@testable import XVMSupervisor

@Suite struct HostileCallTests {
    // MARK: - Every number

    static let numbers = Array(-1...1023 as ClosedRange<Int32>)

    /// For int 0x80 and x32, where nothing but the way in matters. The whole table takes seconds; without `XVM_EVERY_CALL` (scripts/check
    /// sets it) every eighth number is tried, together with those of permitted calls and at the edges of the tables.
    static let foreignNumbers: [Int32] = {
        if ProcessInfo.processInfo.environment["XVM_EVERY_CALL"] != nil { return numbers }
        let always: Set<Int32> = [
            -1, 0, 1, 10, 11, 15, 28, 56, 57, 59, 91, 125, 202, 219, 231, 240, 252, 257, 335, 336, 512, 547, 1023,
        ]
        return numbers.filter { always.contains($0) || $0 % 8 == 3 }
    }()

    /// What each number came to, on as many threads as there are processors.
    private func fates(_ program: String, _ numbers: [Int32]) throws -> [Int32: Fate] {
        _ = try Attack.supervisor()
        _ = try Attack.elf(program)
        let fates = Mutex<[Int32: Fate]>([:])
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: numbers.count) { index in
            do {
                let fate = try Attack.fate(of: program, [UInt64(bitPattern: Int64(numbers[index]))])
                fates.withLock { $0[numbers[index]] = fate }
            } catch { failures.withLock { $0.append("number \(numbers[index]): \(error)") } }
        }
        #expect(failures.withLock { $0 } == [])
        return fates.withLock { $0 }
    }

    @Test("H1: every system call number, with zeros for arguments, is refused and named; exit_group alone is executed")
    func everyNumber() throws {
        let fates = try fates("system_call", Self.numbers)
        #expect(fates.count == Self.numbers.count)
        for (number, fate) in fates {
            switch number {
            case 231: #expect(fate == .died(.exited(status: 0)))
            case 335 where fate.violation == nil:
                // Kernels since about 6.14 let uretprobe pass every filter; from anywhere but their own trampoline it is a SIGILL.
                #expect(fate == .died(.signal(SIGILL)), "uretprobe: \(fate)")
            case 336 where fate.violation == nil:
                #expect(fate.result == UInt64(bitPattern: Int64(-ENXIO)), "uprobe: \(fate)")
            default:
                #expect(fate.violation?.number == number, "number \(number): \(fate)")
                #expect(fate.violation?.architecture == AuditArchitecture.x86_64)
            }
        }
        try Attack.expectUnharmed()
    }

    @Test("H2: every number by int 0x80 is a foreign architecture and ends the process, also those of permitted calls")
    func everyNumberBy32BitEntry() throws {
        for (number, fate) in try fates("int80", Self.foreignNumbers) {
            #expect(fate == .died(.violation(nil)), "number \(number): \(fate)")
        }
        try Attack.expectUnharmed()
    }

    @Test("H3: every number with the x32 bit ends the process, also those of permitted calls")
    func everyNumberOfX32() throws {
        for (number, fate) in try fates("x32", Self.foreignNumbers) {
            if number == -1 {
                // -1 with bit 30 is -1: not x32, only a number that nobody has.
                #expect(fate.violation?.number == -1)
            } else {
                #expect(fate == .died(.violation(nil)), "number \(number): \(fate)")
            }
        }
        try Attack.expectUnharmed()
    }

    @Test(
        "H1: numbers beyond 32 bits are cut as the kernel cuts them, and refused",
        arguments: [1 << 32 | 39, 1 << 63 | 257] as [UInt64])
    func wideNumbers(number: UInt64) throws {
        #expect(try Attack.fate(of: "system_call", [number]).violation?.number == Int32(truncatingIfNeeded: number))
    }

    @Test(
        "H1: numbers at the edge of the tables end as foreign",
        arguments: [0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0x4000_0000, 0x4000_003b] as [UInt64])
    func edges(number: UInt64) throws {
        #expect(try Attack.fate(of: "system_call", [number]) == .died(.violation(nil)))
    }

    // MARK: - The permitted calls with other arguments

    static let wait = XVM_ADDRESS_H2W + 0x80
    static let wake = XVM_ADDRESS_W2H + 0x80
    static let high: UInt64 = 1 << 32

    /// futex: address, operation, value, timeout.
    static let wrongFutexes: [[UInt64]] = [
        [wait + 4, 0, 0, 0], [wait - 4, 0, 0, 0], [wait, 0, 0, 8], [wait, 128, 0, 0], [wait, 256, 0, 0], [wait, high, 0, 0],
        [wait, 9, 0, 0], [wait | 1 << 48, 0, 0, 0], [wake, 0, 0, 0],
        [wake + 4, 1, 1, 0], [wake - 4, 1, 1, 0], [wake, 1, 2, 0], [wake, 1, 0x7fff_ffff, 0], [wake, 1, high | 1, 0],
        [wake, 129, 1, 0], [wake, high | 1, 1, 0], [wake, 1 << 63 | 1, 1, 0], [wait, 1, 1, 0],
        [wake, 2, 1, 0], [wake, 3, 1, 0], [wake, 4, 1, 0], [wake, 5, 1, 0], [wake, 6, 0, 0], [wake, 7, 0, 0], [wake, 8, 0, 0],
        [wake, 9, 0, 0], [wake, 10, 1, 0], [wake, 11, 0, 0], [wake, 12, 1, 0], [wake, 13, 0, 0], [wake, 14, 0, 0],
    ]

    @Test(
        "H6, H7: futex with another operation, address, count or timeout, or with bits above the operation, is a violation",
        arguments: wrongFutexes)
    func wrongFutex(arguments: [UInt64]) throws {
        let violation = try Attack.fate(of: "system_call", [202] + arguments).violation
        #expect(violation?.number == 202)
        #expect(violation.map { Array($0.arguments.prefix(4)) } == arguments)
    }

    @Test("the one permitted wake, and a wait whose word differs, are executed")
    func permittedFutex() throws {
        let worker = try Attack.worker("system_call")
        defer { worker.kill() }
        #expect(try Attack.run(worker, [202, Self.wake, 1, 1]).result ?? .max <= 1)
        #expect(try Attack.run(worker, [202, Self.wait, 0, 12345]).result == UInt64(bitPattern: Int64(-EAGAIN)))
        #expect(worker.isAlive)
    }

    static let arena = XVM_ADDRESS_ARENA

    /// Number, address, size, third argument.
    static let wrongMemoryCalls: [[UInt64]] = [
        [10, arena, 4096, 4], [10, arena, 4096, 7], [10, arena, 4096, 1], [10, arena, 4096, 2], [10, arena, 4096, 3 | high],
        [10, arena, 4096, 3 | 0x0100_0000], [10, arena, high, 3], [10, arena, .max, 3], [10, arena - 4096, 4096, 3],
        [10, arena + high, 4096, 3], [10, arena | 1 << 47, 4096, 3], [10, XVM_ADDRESS_H2W, 4096, 3],
        [10, XVM_ADDRESS_W2H, 4096, 0],
        [28, arena, 4096, 8], [28, arena, 4096, 14], [28, arena, 4096, 100], [28, arena, high, 4], [28, arena - 4096, 4096, 4],
        [28, XVM_ADDRESS_W2H, 4096, 4], [28, XVM_ADDRESS_H2W, 4096, 9],
    ]

    @Test(
        "mprotect and madvise outside the arena, of 4 GiB and more, or with execution, are violations",
        arguments: wrongMemoryCalls)
    func wrongMemoryCall(arguments: [UInt64]) throws {
        let violation = try Attack.fate(of: "system_call", arguments).violation
        #expect(violation?.number == Int32(arguments[0]))
        #expect(violation.map { Array($0.arguments.prefix(3)) } == Array(arguments[1...]))
    }

    // MARK: - Calls that would open the wall

    /// Number, and what follows the address.
    static let remaps: [[UInt64]] = [
        [10, 4096, 7], [11, 4096], [25, 4096, 8192, 1], [9, 4096, 7, 0x32, .max], [28, 4096, 4], [462, 4096, 0], [26, 4096, 4],
        [216, 4096, 0, 0, 0], [27, 4096, 0], [329, 4096, 7, .max],
    ]

    @Test(
        "H9: no mapping of the worker can be changed: protection, place, content or seal of text, constants and rings",
        arguments: remaps, [0, 1, 2, 3, 4, 9] as [UInt64])
    func remap(call: [UInt64], target: UInt64) throws {
        #expect(try Attack.fate(of: "remap", [call[0], target] + call[1...]).violation?.number == Int32(call[0]))
    }

    static let newProcesses: [[UInt64]] = [
        [57], [58], [56, 17], [56, 0x7d0f00], [56, 0x10000000], [435, XVM_ADDRESS_ARENA, 88], [59, XVM_ADDRESS_ARENA, 0, 0],
        [322, 0, XVM_ADDRESS_ARENA, 0, 0, 0x1000],
    ]

    @Test("H19: no second thread or process, and no other program", arguments: newProcesses)
    func processes(call: [UInt64]) throws {
        #expect(try Attack.fate(of: "system_call", call).violation?.number == Int32(call[0]))
    }

    /// The kernel's other ways out: number and arguments as an attacker would give them.
    static let waysOut: [(String, [UInt64])] = [
        ("an abstract socket", [41, 1, 1, 0]), ("netlink", [41, 16, 3, 0]), ("a raw socket", [41, 2, 3, 255]),
        ("vsock", [41, 40, 1, 0]),
        ("a socket pair", [53, 1, 1, 0, XVM_ADDRESS_ARENA]), ("connect", [42, 0, XVM_ADDRESS_ARENA, 16]),
        ("io_uring", [425, 8, XVM_ADDRESS_ARENA]), ("io_uring_enter", [426, 0, 1, 1, 1]), ("userfaultfd", [323, 0]),
        ("bpf", [321, 5, XVM_ADDRESS_ARENA, 128]), ("ptrace", [101, 16, 1, 0, 0]), ("PTRACE_TRACEME", [101, 0]),
        ("process_vm_readv", [310, 1, XVM_ADDRESS_ARENA, 1, XVM_ADDRESS_ARENA, 1]), ("process_vm_writev", [311, 1, 0, 1, 0, 1]),
        ("pidfd_open", [434, 1, 0]), ("pidfd_getfd", [438, 0, 3, 0]), ("pidfd_send_signal", [424, 0, 9, 0, 0]),
        ("keyctl", [250, 0, UInt64(bitPattern: -3), 1]), ("add_key", [248, 0, 0, 0, 0]), ("memfd_secret", [447, 0]),
        ("memfd_create", [319, XVM_ADDRESS_ARENA, 0]), ("perf_event_open", [298, XVM_ADDRESS_ARENA, 0, .max, .max, 0]),
        ("the listener's ioctl", [16, 0, 0xc050_2100, XVM_ADDRESS_ARENA]),
        ("write to the listener", [1, 0, XVM_ADDRESS_ARENA, 1]),
        ("closing the listener", [3, 0]), ("a second filter", [317, 1, 8, XVM_ADDRESS_ARENA]), ("prctl", [157, 4, 1]),
        ("PR_SET_TSC back", [157, 26, 1]), ("arch_prctl", [158, 0x1002, 0]), ("set_robust_list", [273, XVM_ADDRESS_ARENA, 24]),
        ("rt_sigreturn", [15]), ("rt_sigaction", [13, 11, 0, 0, 8]), ("sigaltstack", [131, 0, 0]), ("kill all", [62, .max, 9]),
        ("exit of the thread", [60, 0]), ("sched_yield", [24]), ("nanosleep", [35, XVM_ADDRESS_ARENA, 0]),
        ("clock_gettime", [228, 1, XVM_ADDRESS_ARENA]), ("gettimeofday", [96, XVM_ADDRESS_ARENA, 0]), ("times", [100, 0]),
        ("getrandom", [318, XVM_ADDRESS_ARENA, 8, 0]), ("getrusage", [98, 0, XVM_ADDRESS_ARENA]),
        ("uname", [63, XVM_ADDRESS_ARENA]),
        ("sysinfo", [99, XVM_ADDRESS_ARENA]), ("prlimit64", [302, 0, 7, 0, XVM_ADDRESS_ARENA]), ("unshare", [272, 0x1000_0000]),
        ("setns", [308, 0, 0]), ("mount", [165, 0, 0, 0, 0, 0]), ("open_by_handle_at", [304, 0, 0, 0]),
        ("openat2", [437, .max, 0, 0, 24]),
        ("landlock", [446, 0, 0]), ("map_shadow_stack", [453, 0, 4096, 0]), ("shmget", [29, 0, 4096, 0o1600]),
        ("mq_open", [240, 0, 0]),
        ("futex_waitv", [449, 0, 0, 0, 0, 0]), ("futex2 wake", [454, XVM_ADDRESS_W2H + 0x80, 1, 1, 2]),
        ("kcmp", [312, 1, 1, 0, 0, 0]),
        ("personality", [135, 0x0040_0000]), ("modify_ldt", [154, 1, XVM_ADDRESS_ARENA, 16]), ("iopl", [172, 3]),
        ("rseq", [334, 0, 32, 1]),
    ]

    @Test("H20: every other way out is refused before it begins, and named", arguments: waysOut.indices)
    func wayOut(index: Int) throws {
        let (name, call) = Self.waysOut[index]
        let fate = try Attack.fate(of: "system_call", call)
        #expect(fate.violation?.number == Int32(call[0]), "\(name): \(fate)")
    }

    @Test(
        "H5: the vsyscall page is refused by number, or not there",
        arguments: [(0, 96), (0x400, 201), (0x800, 309)] as [(UInt64, Int32)])
    func vsyscall(offset: UInt64, number: Int32) throws {
        let fate = try Attack.fate(of: "vsyscall", [offset])
        #expect(fate.violation?.number == number || fate == .died(.signal(SIGSEGV)), "\(fate)")
    }
}
