// SPDX-License-Identifier: Apache-2.0
// The shipped filters in a real kernel: a small C program installs them in a child and tries calls.

import Foundation
import Testing
@testable import XVMPolicy

/// A C compiler on this machine.
private let compiler: String? = {
    let candidates = [ProcessInfo.processInfo.environment["XVM_CC"], "/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"]
    return candidates.compactMap { $0 }.first { FileManager.default.isExecutableFile(atPath: $0) }
}()

/// Reads lines `gate number a0 … a5`; makes each call in a child that has installed the filters named on the command line, in
/// their order; prints how it went. Gate 64 is the syscall instruction, 32 is int 0x80.
private let source = #"""
    #define _GNU_SOURCE
    #include <errno.h>
    #include <fcntl.h>
    #include <linux/filter.h>
    #include <linux/seccomp.h>
    #include <stdint.h>
    #include <stdio.h>
    #include <sys/prctl.h>
    #include <sys/syscall.h>
    #include <sys/wait.h>
    #include <unistd.h>

    static long enter64(long nr, const unsigned long *a) {
        long result;
        register unsigned long r10 __asm__("r10") = a[3];
        register unsigned long r8 __asm__("r8") = a[4];
        register unsigned long r9 __asm__("r9") = a[5];
        __asm__ volatile("syscall" : "=a"(result) : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                         : "rcx", "r11", "memory");
        return result;
    }
    static long enter32(long nr, const unsigned long *a) {
        long result;
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
                         : "r8", "r9", "r10", "r11", "memory");
        return result;
    }
    static struct sock_filter programs[2][4096];
    static struct sock_fprog loaded[2];

    int main(int argc, char **argv) {
        for (int i = 1; i < argc && i <= 2; i++) {
            int file = open(argv[i], O_RDONLY);
            ssize_t size = file < 0 ? -1 : read(file, programs[i - 1], sizeof programs[0]);
            if (size <= 0) return 2;
            loaded[i - 1] = (struct sock_fprog){(unsigned short)(size / 8), programs[i - 1]};
            close(file);
        }
        int gate;
        unsigned long a[6];
        long nr;
        while (scanf("%d %ld %lu %lu %lu %lu %lu %lu", &gate, &nr, a, a + 1, a + 2, a + 3, a + 4, a + 5) == 8) {
            fflush(stdout);
            pid_t child = fork();
            if (child < 0) return 3;
            if (child == 0) {
                alarm(20);  // a call that gets through and waits must not hang the test
                if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(90);
                // The load policy permits seccomp(SET_MODE_FILTER), so that the run filter can follow it.
                for (int i = 0; i < argc - 1 && i < 2; i++)
                    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded[i]) != 0) _exit(91);
                long result = gate == 64 ? enter64(nr, a) : enter32(nr, a);
                unsigned long status[6] = {result == -ENOSYS ? 1 : 0};
                enter64(SYS_exit_group, status);
                for (;;) {}
            }
            int status = 0;
            if (waitpid(child, &status, 0) != child) return 4;
            if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
            else if (WEXITSTATUS(status) == 0) puts("permitted");
            else if (WEXITSTATUS(status) == 1) puts("denied");
            else printf("status %d\n", WEXITSTATUS(status));
        }
        return 0;
    }
    """#

/// Does what a worker does between the filters, with this machine's loader: load filter, dlopen of a memfd, first malloc, the
/// prctl and mseal calls of sealing, run filter; then ends with the module's answer. 80 and up: the step that failed.
private let loader = #"""
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <fcntl.h>
    #include <linux/filter.h>
    #include <linux/seccomp.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <string.h>
    #include <sys/mman.h>
    #include <sys/prctl.h>
    #include <sys/syscall.h>
    #include <unistd.h>

    static struct sock_filter programs[2][4096];
    static struct sock_fprog loaded[2];

    int main(int argc, char **argv) {
        if (argc != 4) return 80;
        for (int i = 0; i < 2; i++) {
            int file = open(argv[i + 1], O_RDONLY);
            ssize_t size = file < 0 ? -1 : read(file, programs[i], sizeof programs[0]);
            if (size <= 0) return 81;
            loaded[i] = (struct sock_fprog){(unsigned short)(size / 8), programs[i]};
            close(file);
        }
        static char bytes[1 << 20];
        int file = open(argv[3], O_RDONLY);
        ssize_t size = file < 0 ? -1 : read(file, bytes, sizeof bytes);
        int module = memfd_create("module", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (size <= 0 || module < 0 || write(module, bytes, (size_t)size) != size) return 82;
        if (fcntl(module, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) return 83;
        char path[64];
        snprintf(path, sizeof path, "/proc/self/fd/%d", module);
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 84;
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded[0]) != 0) return 85;
        if (syscall(SYS_getppid) != -1 || errno != ENOSYS) return 87;  // not in the policy: denied, not executed
        void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (handle == NULL) return 88;
        int (*answer)(int) = (int (*)(int))dlsym(handle, "answer");
        void *heap = malloc(1 << 20);
        if (answer == NULL || heap == NULL) return 89;
        memset(heap, 1, 1 << 20);
        free(heap);
        close(module);
        // 0 or what an older kernel says, but never the filter's ENOSYS where the call exists.
        if (prctl(65 /* PR_SET_MDWE */, 1UL, 0UL, 0UL, 0UL) != 0 && errno != EINVAL) return 90;
        if (prctl(26 /* PR_SET_TSC */, 2UL, 0UL, 0UL, 0UL) != 0) return 91;
        if (prctl(4 /* PR_SET_DUMPABLE */, 0UL, 0UL, 0UL, 0UL) != 0) return 92;
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded[1]) != 0) return 93;
        syscall(SYS_exit_group, answer(20));
        return 94;
    }
    """#

/// A folder that goes with the value.
private final class Folder: Sendable {
    let path: String
    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "xvm-policy-" + UUID().uuidString).path(
            percentEncoded: false)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Runs a program with `input`, which it reads from a file, and returns its output.
private func run(
    _ program: String, _ arguments: [String], input: String = "", status: Int32 = 0, in folder: Folder
) throws -> String {
    let inputPath = folder.path + "/input"
    let outputPath = folder.path + "/output"
    try Data(input.utf8).write(to: URL(filePath: inputPath))
    try Data().write(to: URL(filePath: outputPath))
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: URL(filePath: inputPath))
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: outputPath))
    try process.run()
    process.waitUntilExit()
    try #require(
        process.terminationReason == .exit && process.terminationStatus == status, "\(program) \(process.terminationStatus)")
    return try String(contentsOfFile: outputPath, encoding: .utf8)
}

@Suite(.enabled(if: compiler != nil, "needs a C compiler: set XVM_CC")) struct KernelTests {
    /// Makes the calls under the filters and returns a line for each.
    private func attempt(_ calls: [KernelCall], under filters: [Filter]) throws -> [String] {
        let folder = try Folder()
        let text = folder.path + "/check.c"
        let program = folder.path + "/check"
        try Data(source.utf8).write(to: URL(filePath: text))
        _ = try run(try #require(compiler), ["-O1", "-Wall", "-Wextra", "-Werror", text, "-o", program], in: folder)
        var arguments: [String] = []
        for (index, filter) in filters.enumerated() {
            let path = folder.path + "/filter\(index)"
            try Data(filter.bytes).write(to: URL(filePath: path))
            arguments.append(path)
        }
        let input = calls.map { call in
            let gate = call.architecture == AuditArchitecture.i386 ? 32 : 64
            return "\(gate) \(Int32(bitPattern: call.number)) \(call.arguments.map(String.init).joined(separator: " "))\n"
        }
        let lines = try run(program, arguments, input: input.joined(), in: folder).split(separator: "\n").map(String.init)
        try #require(lines.count == calls.count)
        return lines
    }

    /// How a call should end, from the reading of the policy. A permitted exit_group ends with its own status, here always 0.
    private func expected(_ action: PolicyAction) -> String {
        switch action {
        case .allow, .log: "permitted"
        case .killProcess: "signal 31"
        case .trap, .errno, .trace, .notify: "denied"
        }
    }

    /// Each rule exactly, and each of its tests missed by one bit, low, high, and at the edges of the mask.
    private func calls(for rules: [FlatRule]) -> [KernelCall] {
        var calls: [KernelCall] = []
        for rule in rules {
            let exact = (0..<6).map { rule.test(of: $0).bits }
            calls.append(KernelCall(number: rule.number, arguments: exact))
            for condition in rule.conditions {
                let lowest = condition.mask & (~condition.mask &+ 1)
                let highest = UInt64(1) << UInt64(63 - condition.mask.leadingZeroBitCount)
                for bit in Set([lowest, highest, 1 << 32]) where bit & condition.mask != 0 {
                    var arguments = exact
                    arguments[condition.index] ^= bit
                    calls.append(KernelCall(number: rule.number, arguments: arguments))
                }
            }
        }
        return calls
    }

    @Test("in the kernel, every shipped rule permits what it says and nothing one bit away", arguments: [PolicyStage.load, .run])
    func rules(stage: PolicyStage) throws {
        let policy = try shipped(stage)
        let filter = try PolicyCompiler.compile(policy, addresses: testAddresses)
        let calls = calls(for: try policy.flatRules(testAddresses))
        let lines = try attempt(calls, under: [filter])
        for (call, line) in zip(calls, lines) {
            #expect(line == expected(policy.action(for: call, addresses: testAddresses)), "\(call)")
        }
        #expect(lines.contains("permitted") && lines.contains("denied"))
    }

    // The compile stage permits most calls whatever their arguments; those would read, wait and remove here, and are left to real
    // compilers (XVMToolchainTests).
    @Test("in the kernel, every rule of the compile stage that looks at an argument or ends the tool does so, to the bit")
    func compileRules() throws {
        let policy = try shipped(.compile)
        let filter = try PolicyCompiler.compile(policy, addresses: .none)
        let rules = try policy.flatRules(.none).filter { !$0.conditions.isEmpty || $0.action == .killProcess }
        let calls = calls(for: rules)
        let lines = try attempt(calls, under: [filter])
        for (call, line) in zip(calls, lines) {
            #expect(line == expected(policy.action(for: call, addresses: .none)), "\(call)")
        }
        #expect(["permitted", "denied", "signal 31"].allSatisfy { lines.contains($0) })
    }

    @Test("in the kernel, every number without a rule is denied and not executed", arguments: PolicyStage.allCases)
    func numbers(stage: PolicyStage) throws {
        let policy = try shipped(stage)
        let filter = try PolicyCompiler.compile(policy, addresses: testAddresses)
        let named = Set(policy.rules.flatMap(\.numbers))
        let calls = (SyscallTable.all + [337, 423, 472, 999, .max]).filter { !named.contains($0) }.map { KernelCall(number: $0) }
        // What newer kernels pass by every filter ends as it does without one.
        let passed = SyscallTable.passedByKernel.map { KernelCall(number: $0) }
        let unfiltered = Dictionary(uniqueKeysWithValues: zip(passed, try attempt(passed, under: [])))
        for (call, line) in zip(calls, try attempt(calls, under: [filter])) {
            #expect(line == "denied" || line == unfiltered[call], "\(call)")
        }
    }

    @Test("in the kernel, x32 numbers and int 0x80 end the process, also for permitted calls", arguments: PolicyStage.allCases)
    func foreign(stage: PolicyStage) throws {
        let policy = try shipped(stage)
        let filter = try PolicyCompiler.compile(policy, addresses: testAddresses)
        let x32 = policy.rules.flatMap(\.numbers).map { KernelCall(number: $0 | KernelCall.x32Bit) }
        for (call, line) in zip(x32, try attempt(x32, under: [filter])) { #expect(line == "signal 31", "\(call)") }
        // 20 is getpid there, 11 execve, 252 exit_group.
        let i386 = [20, 11, 252].map { KernelCall(number: $0, architecture: AuditArchitecture.i386) }
        // A kernel without IA32 emulation answers int 0x80 with SIGSEGV; then there is nothing for the filter to stop.
        let hasEmulation = try attempt([i386[0]], under: []) == ["permitted"]
        for (call, line) in zip(i386, try attempt(i386, under: [filter])) {
            #expect(line == (hasEmulation ? "signal 31" : "signal 11"), "\(call)")
        }
    }

    @Test("in the kernel, both filters together permit what the run policy permits, and nothing else")
    func stacked() throws {
        let run = try shipped(.run)
        let pair = try FilterPair(load: shipped(.load), run: run, addresses: testAddresses)
        let calls =
            calls(for: try run.flatRules(testAddresses))
            + [257, 9, 0, 3, 317, 157, 57, 59].map { KernelCall(number: $0, arguments: [1]) }
        for (call, line) in zip(calls, try attempt(calls, under: [pair.load, pair.run])) {
            #expect(line == expected(run.action(for: call, addresses: testAddresses)), "\(call)")
        }
    }

    @Test("in the kernel, this machine's loader and sealing get all they ask for between the filters")
    func loading() throws {
        let pair = try FilterPair(load: shipped(.load), run: shipped(.run), addresses: testAddresses)
        let folder = try Folder()
        let compiler = try #require(compiler)
        let module = """
            static int table[3000] = {1}; static int *where = table; int answer(int i) { return i + 1 + *where; }
            """
        try Data(loader.utf8).write(to: URL(filePath: folder.path + "/loader.c"))
        try Data(module.utf8).write(to: URL(filePath: folder.path + "/module.c"))
        try Data(pair.load.bytes).write(to: URL(filePath: folder.path + "/load"))
        try Data(pair.run.bytes).write(to: URL(filePath: folder.path + "/run"))
        _ = try run(compiler, ["-O1", "-Wall", "-Werror", folder.path + "/loader.c", "-o", folder.path + "/loader"], in: folder)
        let flags = ["-O1", "-shared", "-fPIC", "-nostdlib", "-Wl,-z,relro,-z,now"]
        _ = try run(compiler, flags + [folder.path + "/module.c", "-o", folder.path + "/module.so"], in: folder)
        let arguments = ["load", "run", "module.so"].map { folder.path + "/" + $0 }
        _ = try run(folder.path + "/loader", arguments, status: 22, in: folder)
    }

    @Test("without a filter the same program reports calls as executed, so the tests above can fail")
    func control() throws {
        let calls = [39, 110, 12, 102].map { KernelCall(number: $0) }
        #expect(try attempt(calls, under: []) == Array(repeating: "permitted", count: 4))
        #expect(try attempt([KernelCall(number: 999)], under: []) == ["denied"])
    }
}
