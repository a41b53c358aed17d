// SPDX-License-Identifier: Apache-2.0
// One instruction that reads a clock, names the machine, or leaves 64-bit mode. Which one is the argument.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    uint64_t value = 0;
    uint32_t low = 0, high = 0;
    char table[16] = {0};
    switch (attack_arguments[0]) {
    case 0: __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)); break;
    case 1: __asm__ volatile("rdtscp" : "=a"(low), "=d"(high) : : "ecx"); break;
    case 2: __asm__ volatile("rdpmc" : "=a"(low), "=d"(high) : "c"(0)); break;
    case 3: __asm__ volatile(".byte 0x0f, 0x01, 0xfd" : "=a"(low), "=d"(high) : "c"(1)); break;  // rdpru
    case 4: __asm__ volatile("rdpid %0" : "=r"(value)); break;
    case 5: __asm__ volatile("rdrand %0" : "=r"(value) : : "cc"); break;
    case 6: __asm__ volatile("rdseed %0" : "=r"(value) : : "cc"); break;
    case 7: low = 1; __asm__ volatile("cpuid" : "+a"(low), "=b"(high), "=c"(value) : : "edx"); break;
    case 8: __asm__ volatile("sgdt %0" : "=m"(table)); break;
    case 9: __asm__ volatile("sysenter" : : "a"(11), "b"(0), "c"(0), "d"(0) : "memory"); break;
    case 10: __asm__ volatile("pushq $0x23\n\tpushq $0x10000\n\tlretq" ::: "memory"); break;  // 32-bit code segment
    case 11: __asm__ volatile("hlt"); break;
    case 12: __asm__ volatile("outb %%al, $0x80" : : "a"(0)); break;
    case 13: __asm__ volatile("int3"); break;
    case 14: __asm__ volatile("ud2"); break;
    case 15: __asm__ volatile("xorl %%ecx, %%ecx\n\tdivl %%ecx" : "+a"(low), "+d"(high) : : "ecx", "cc"); break;
    case 16: __asm__ volatile("pushfq\n\torq $0x40000, (%%rsp)\n\tpopfq\n\tmovl 1(%%rsp), %%eax" ::: "eax", "cc", "memory"); break;
    case 17: __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop\n\tnop" ::: "cc", "memory"); break;  // single step
    case 18: __asm__ volatile("movq %%cr3, %0" : "=r"(value)); break;
    case 19: __asm__ volatile("cli"); break;
    default: break;
    }
    attack_result = value | low;
}
