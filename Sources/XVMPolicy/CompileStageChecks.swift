// SPDX-License-Identifier: Apache-2.0
// What the compile stage demands of a policy. A tool needs files, memory and processes; what it never needs is on no list here.

extension Policy {
    /// Nobody listens to a tool's filter and nobody traces it, so it denies by an errno or by the end of the process.
    func checkCompileStage() throws(PolicyError) {
        switch defaultAction {
        case .errno, .killProcess: break
        case .allow, .log, .notify, .trace, .trap:
            throw fault(PolicyPlace(key: "defaultAction"), .defaultOfCompileStage(defaultAction))
        }
        for (index, rule) in rules.enumerated() {
            for condition in rule.conditions {
                if let symbol = condition.symbol {
                    throw fault(PolicyPlace(rule: index), .symbolInCompileStage(symbol.rawValue))
                }
            }
            switch rule.action {
            case .errno, .killProcess: break
            case .notify, .trace, .trap:
                throw fault(PolicyPlace(rule: index, key: "action"), .unansweredInCompileStage(rule.action))
            case .allow, .log:
                for name in rule.names { try checkPermittedToTool(name, rule, PolicyPlace(rule: index)) }
            }
        }
    }

    /// Files by path or descriptor (which ones is for the root and landlock to say; none can be made but plain files), memory,
    /// processes of its own, waiting, and questions about itself. A list of what is harmful would have to be complete; this one not.
    private static let callsOfTools: Set<String> = [
        "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "open", "openat", "creat", "close",
        "lseek",
        "stat", "fstat", "lstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2", "readlink",
        "readlinkat", "getdents", "getdents64", "getcwd", "rename", "renameat", "renameat2", "unlink", "unlinkat", "truncate",
        "ftruncate", "fallocate", "fadvise64", "fsync", "fdatasync", "umask", "utimensat", "dup", "dup2", "dup3", "pipe", "pipe2",
        "poll",
        "ppoll", "select", "pselect6",
        "mmap", "munmap", "mprotect", "mremap", "msync", "madvise", "brk", "membarrier",
        "fork", "vfork", "execve", "wait4", "waitid", "exit", "exit_group", "futex", "set_tid_address", "set_robust_list", "rseq",
        "sched_yield", "sched_getaffinity", "getcpu", "restart_syscall", "nanosleep", "clock_nanosleep", "rt_sigaction",
        "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigpending", "sigaltstack",
        "getpid", "getppid", "gettid", "getpgrp", "getuid", "geteuid", "getgid", "getegid", "uname", "sysinfo", "times", "time",
        "getrusage", "getrlimit", "setrlimit", "gettimeofday", "clock_gettime", "clock_getres", "getrandom",
    ]

    private func checkPermittedToTool(_ name: String, _ rule: PolicyRule, _ place: PolicyPlace) throws(PolicyError) {
        func test(_ index: Int) -> PolicyCondition.Test? { rule.conditions.first { $0.index == index }?.test }
        func isEqual(_ index: Int, to numbers: [UInt64]) -> Bool {
            guard case .equal(.number(let number)) = test(index) else { return false }
            return numbers.contains(number)
        }
        func demand(_ holds: Bool, _ argument: Int, _ text: String) throws(PolicyError) {
            if !holds { throw fault(place, .argumentNotPinned(name: name, argument: argument, demand: text)) }
        }
        if Policy.callsOfTools.contains(name) { return }
        switch name {
        case "clone":
            // No namespace of its own, no tracer handed on: CLONE_NEW* and CLONE_PTRACE. clone3 has its flags in memory: never.
            let refused: UInt64 = 0x7e02_2000
            var holds = false
            switch test(0) {
            case .equal(.number(let flags)): holds = flags & refused == 0
            case .maskedEqual(.number(let mask), .number(let bits)): holds = mask & refused == refused && bits & refused == 0
            default: break
            }
            try demand(holds, 0, "without the bits 0x7e022000 (namespaces, tracing)")
        case "prctl": try demand(isEqual(0, to: [15, 16]), 0, "equal to 15 or 16 (its own name)")
        case "arch_prctl": try demand(isEqual(0, to: [0x1002, 0x1003]), 0, "equal to 4098 or 4099 (its own thread pointer)")
        case "prlimit64": try demand(isEqual(0, to: [0]), 0, "equal to 0 (itself)")
        case "ioctl": try demand(isEqual(1, to: [0x5401, 0x5413]), 1, "equal to 21505 or 21523 (questions about a terminal)")
        case "fcntl":
            // Never F_SETOWN and F_SETSIG, which send signals.
            try demand(isEqual(1, to: [0, 1, 2, 3, 4, 5, 6, 7, 1030]), 1, "equal to 0…7 or 1030 (copies, flags, locks)")
        default: throw fault(place, .callNotForCompileStage(name))
        }
    }
}

extension PolicyCondition {
    /// A symbol that it names, if any.
    fileprivate var symbol: PolicySymbol? {
        let operands: [PolicyOperand] =
            switch test {
            case .equal(let operand): [operand]
            case .maskedEqual(let mask, let bits): [mask, bits]
            }
        for case .symbol(let symbol) in operands { return symbol }
        return nil
    }
}
