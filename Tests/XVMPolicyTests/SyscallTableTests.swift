// SPDX-License-Identifier: Apache-2.0
// Our table of numbers against libseccomp's, and what libseccomp does not know.

import CSeccomp
import Glibc
import Testing
import XVMPolicy

@Suite struct SyscallTableTests {
    @Test("the table agrees with libseccomp on every number and every name that libseccomp knows")
    func resolver() throws {
        var known = 0
        for number in UInt32(0)...1023 {
            guard let pointer = unsafe seccomp_syscall_resolve_num_arch(AuditArchitecture.x86_64, Int32(number)) else { continue }
            // SAFETY: libseccomp returns a NUL-terminated copy that the caller frees.
            let name = unsafe String(cString: pointer)
            unsafe free(pointer)
            known += 1
            #expect(SyscallTable.name(of: number) == name)
            #expect(SyscallTable.number(of: name) == number)
        }
        #expect(known > 350)
        for number in SyscallTable.all {
            let resolved = unsafe seccomp_syscall_resolve_name_arch(AuditArchitecture.x86_64, syscallName(number))
            #expect(resolved == Int32(number) || resolved == __NR_SCMP_ERROR, "\(syscallName(number))")
        }
    }

    @Test("names that libseccomp 2.5.4 does not know have their numbers")
    func newer() {
        let expected: [(String, UInt32)] = [
            ("uretprobe", 335), ("uprobe", 336), ("cachestat", 451), ("fchmodat2", 452), ("map_shadow_stack", 453),
            ("futex_wake", 454), ("futex_wait", 455), ("futex_requeue", 456), ("statmount", 457), ("listmount", 458),
            ("lsm_get_self_attr", 459), ("lsm_set_self_attr", 460), ("lsm_list_modules", 461), ("mseal", 462),
            ("setxattrat", 463),
            ("getxattrat", 464), ("listxattrat", 465), ("removexattrat", 466), ("open_tree_attr", 467), ("file_getattr", 468),
            ("file_setattr", 469), ("listns", 470), ("rseq_slice_yield", 471),
        ]
        for (name, number) in expected {
            #expect(SyscallTable.number(of: name) == number)
            #expect(SyscallTable.name(of: number) == name)
        }
    }

    @Test("numbers without a name have none, and names are distinct")
    func gaps() {
        for number in [337, 423, 472, 1023, 0x4000_0000, UInt32.max] { #expect(SyscallTable.name(of: number) == nil) }
        #expect(syscallName(999) == "syscall 999" && syscallName(UInt32.max) == "syscall -1" && syscallName(257) == "openat")
        #expect(Set(SyscallTable.all.map(syscallName)).count == SyscallTable.all.count)
        #expect(SyscallTable.number(of: "openat ") == nil && SyscallTable.number(of: "") == nil)
    }
}
