// SPDX-License-Identifier: Apache-2.0
// One instruction that reads a clock, names the machine, or leaves 64-bit mode. Which one is the argument.
#include "kit.h"

static void attack(struct xvm_instance *instance) {
    (void)instance;
    uint64_t value = 0;
    uint32_t low = 0, high = 0;
    char table[16] = {0};
    switch (attack_arguments[0]) {
    case 0: __asm__ volatile(KIT_HIDDEN("rdtsc") : "=a"(low), "=d"(high) : : "r11"); break;
    case 1: __asm__ volatile(KIT_HIDDEN("rdtscp") : "=a"(low), "=d"(high) : : "ecx", "r11"); break;
    case 2: __asm__ volatile(KIT_HIDDEN("rdpmc") : "=a"(low), "=d"(high) : "c"(0) : "r11"); break;
    case 3: __asm__ volatile(KIT_HIDDEN(".byte 0x0f, 0x01, 0xfd") : "=a"(low), "=d"(high) : "c"(1) : "r11"); break;  // rdpru
    case 4: __asm__ volatile(KIT_HIDDEN("rdpid %0") : "=r"(value) : : "r11"); break;
    case 5: __asm__ volatile(KIT_HIDDEN("rdrand %0") : "=r"(value) : : "cc", "r11"); break;
    case 6: __asm__ volatile(KIT_HIDDEN("rdseed %0") : "=r"(value) : : "cc", "r11"); break;
    case 7: low = 1; __asm__ volatile(KIT_HIDDEN("cpuid") : "+a"(low), "=b"(high), "=c"(value) : : "edx", "r11"); break;
    case 8: __asm__ volatile(KIT_HIDDEN("sgdt (%0)") : : "r"(table) : "r11", "memory"); break;
    case 9: __asm__ volatile(KIT_HIDDEN("sysenter") : : "a"(11), "b"(0), "c"(0), "d"(0) : "memory", "r11"); break;
    case 10: __asm__ volatile("pushq $0x23\n\tpushq $0x10000\n\t" KIT_HIDDEN("lretq") ::: "r11", "memory"); break;  // 32-bit code segment
    case 11: __asm__ volatile(KIT_HIDDEN("hlt") ::: "r11"); break;
    case 12: __asm__ volatile(KIT_HIDDEN("outb %%al, $0x80") : : "a"(0) : "r11"); break;
    case 13: __asm__ volatile("int3"); break;
    case 14: __asm__ volatile("ud2"); break;
    case 15: __asm__ volatile("xorl %%ecx, %%ecx\n\tdivl %%ecx" : "+a"(low), "+d"(high) : : "ecx", "cc"); break;
    case 16: __asm__ volatile("pushfq\n\torq $0x40000, (%%rsp)\n\t" KIT_HIDDEN("popfq") "movl 1(%%rsp), %%eax" ::: "eax", "r11", "cc", "memory"); break;
    case 17: __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\t" KIT_HIDDEN("popfq") "nop\n\tnop" ::: "r11", "cc", "memory"); break;  // single step
    case 18: __asm__ volatile(KIT_HIDDEN("movq %%cr3, %0") : "=r"(value) : : "r11"); break;
    case 19: __asm__ volatile(KIT_HIDDEN("cli") ::: "r11"); break;
    default: break;
    }
    attack_result = value | low;
}
