// SPDX-License-Identifier: Apache-2.0
// The C that stands before every emitted text: the worker's calling convention (the same declarations as
// sandbox-c/include/xvm_abi.h; a test compiles both and compares sizes and offsets) and one helper per instruction that is no
// C operator. No #include, so the compiler needs no file but the text.

enum Prelude {
    /// Everything that does not depend on the Module.
    static let text = Array((types + helpers).utf8)

    /// A frame may take so much for its cost (NativeStack). A text that a compiler makes larger frames of is compiled again with
    /// XVM_APART, where no function of the Module is part of another's frame, and if that is not enough with XVM_FRUGAL as well, where
    /// nothing that was computed can be kept for later but in the variables of the text.
    static let types = """
        #if defined(XVM_APART)
        #define APART __attribute__((noinline))
        #else
        #define APART
        #endif
        #if defined(XVM_FRUGAL)
        #define VAR volatile
        #define CLONES 0
        #else
        #define VAR
        #define CLONES 1
        #endif
        typedef unsigned char u8;
        typedef signed char i8;
        typedef unsigned short u16;
        typedef short i16;
        typedef unsigned int u32;
        typedef int i32;
        typedef unsigned long u64;
        typedef long i64;
        typedef float f32;
        typedef double f64;
        typedef u8 mu8 __attribute__((may_alias));
        typedef i8 mi8 __attribute__((may_alias));
        typedef u16 mu16 __attribute__((aligned(1), may_alias));
        typedef i16 mi16 __attribute__((aligned(1), may_alias));
        typedef u32 mu32 __attribute__((aligned(1), may_alias));
        typedef i32 mi32 __attribute__((aligned(1), may_alias));
        typedef u64 mu64 __attribute__((aligned(1), may_alias));
        typedef f32 mf32 __attribute__((aligned(1), may_alias));
        typedef f64 mf64 __attribute__((aligned(1), may_alias));

        typedef f32 pack32 __attribute__((vector_size(16)));
        typedef f64 pack64 __attribute__((vector_size(16)));
        typedef i32 nan32 __attribute__((vector_size(16)));
        typedef i64 nan64 __attribute__((vector_size(16)));

        struct xvm_table_entry {
            void *function;
            u32 type;
            u32 reference;
        };
        struct xvm_table {
            struct xvm_table_entry *entries;
            VAR u32 size;
            u32 maximum;
        };
        struct xvm_instance {
            i64 gas;
            u64 memory_size;
            u32 memory_pages;
            u32 memory_pages_max;
            i64 depth;
            void (*trap)(struct xvm_instance *, u32 trap) __attribute__((noreturn));
            void (*host_call)(struct xvm_instance *, u32 import, u64 *slots);
            u32 (*memory_grow)(struct xvm_instance *, u32 delta_pages);
            struct xvm_table *tables;
            void *context;
            u64 reserved[7];
        };
        struct xvm_type {
            u32 parameter_count;
            u32 result_count;
            const u8 *kinds;
        };
        struct xvm_function_import {
            u32 host_import;
            u32 type;
        };
        struct xvm_global_import {
            u32 host_global;
            u32 kind;
        };
        struct xvm_table_limits {
            u32 minimum;
            u32 maximum;
        };
        struct xvm_export {
            void (*call)(struct xvm_instance *, u64 *slots);
            u32 type;
            u32 reserved;
        };
        struct xvm_descriptor {
            u32 magic;
            u32 abi_version;
            u32 header_size;
            u32 flags;
            u8 module_hash[32];
            u8 schedule_hash[32];
            u32 memory_count;
            u32 memory_pages_min;
            u32 memory_pages_max;
            u32 static_top;
            u32 type_count;
            u32 table_count;
            u32 function_import_count;
            u32 global_import_count;
            u32 global_count;
            u32 export_count;
            const struct xvm_type *types;
            const struct xvm_table_limits *tables;
            const struct xvm_function_import *function_imports;
            const struct xvm_global_import *global_imports;
            const struct xvm_export *exports;
            void (*init)(struct xvm_instance *);
        };

        struct ra { u32 v; i64 g; };
        struct rb { u64 v; i64 g; };
        struct rx { f32 v; i64 g; };
        struct ry { f64 v; i64 g; };
        struct re { u32 v; i64 g; };
        struct rh { u64 v; i64 g; };

        #define M(a, o) ((u8 *)I + ((u64)(a) + (o)))
        #define MEMORY ((u8 *)I + HEADER_SIZE)
        #define GLOBAL(T, n) (*(VAR T *)((u8 *)I + 128 + 16 * (n)))
        #define ENTRY(f, t, r) ((struct xvm_table_entry){(f), (t), (r)})
        #define FUNCREF(v) ((v) ? references[(v) - 1] : ENTRY(0, 0, 0))
        #define REFERENCE(s) ((s) <= REFERENCE_COUNT ? (u32)(s) : 0)
        #define EXTERNREF(v) ENTRY((void *)(v), 0, 0)
        #define SEGMENT(n) (*((u8 *)I + SEGMENT_FLAGS + (n)))
        #if defined(__GNUC__)
        #define UI(v) __asm__ volatile("" : : "r"(v))
        #define UX(v) __asm__ volatile("" : : "x"(v))
        #define COLD __attribute__((noreturn, cold, noinline, unused))
        #else
        #define UI(v)
        #define UX(v)
        #define COLD __attribute__((noreturn, unused))
        #endif
        #if defined(__GNUC__)
        #define APART_HELPER static __attribute__((noinline, cold, unused))
        #else
        #define APART_HELPER static __attribute__((unused))
        #endif
        #define NAN32(a, b, c, e) ((pack32){(a), (b), (c), (e)} != (pack32){(a), (b), (c), (e)})
        #define NAN64(a, b) ((pack64){(a), (b)} != (pack64){(a), (b)})
        #define HELPER static inline __attribute__((unused))

        """

    static let helpers = """

        COLD static void xvm_trap(struct xvm_instance *I, u32 trap) { I->trap(I, trap); }

        HELPER u64 byte_budget(struct xvm_instance *I) { return (u32)I->depth; }
        HELPER u64 frame_budget(struct xvm_instance *I) {
            u64 frames = (u64)I->depth >> 32, bytes = (u32)I->depth;
            return frames * 2048 < bytes ? frames * 2048 : bytes;
        }

        HELPER u32 f32_bits(f32 x) { union { f32 f; u32 b; } u; u.f = x; return u.b; }
        HELPER u64 f64_bits(f64 x) { union { f64 f; u64 b; } u; u.f = x; return u.b; }
        HELPER f32 f32_of(u32 x) { union { f32 f; u32 b; } u; u.b = x; return u.f; }
        HELPER f64 f64_of(u64 x) { union { f64 f; u64 b; } u; u.b = x; return u.f; }
        HELPER f32 f32_canon(f32 x) { return x == x ? x : f32_of(0x7fc00000u); }
        HELPER f64 f64_canon(f64 x) { return x == x ? x : f64_of(0x7ff8000000000000ul); }

        APART_HELPER void f32_repair(u8 *p, i64 step, u64 n) {
            for (; n; n--, p += step) *(mf32 *)p = f32_canon(*(mf32 *)p);
        }
        APART_HELPER void f64_repair(u8 *p, i64 step, u64 n) {
            for (; n; n--, p += step) *(mf64 *)p = f64_canon(*(mf64 *)p);
        }

        HELPER u32 i32_clz(u32 a) { return a ? (u32)__builtin_clz(a) : 32; }
        HELPER u64 i64_clz(u64 a) { return a ? (u64)__builtin_clzl(a) : 64; }
        HELPER u32 i32_ctz(u32 a) { return a ? (u32)__builtin_ctz(a) : 32; }
        HELPER u64 i64_ctz(u64 a) { return a ? (u64)__builtin_ctzl(a) : 64; }
        HELPER u32 i32_popcnt(u32 a) { return (u32)__builtin_popcount(a); }
        HELPER u64 i64_popcnt(u64 a) { return (u64)__builtin_popcountl(a); }
        HELPER u32 i32_rotl(u32 a, u32 b) { return a << (b & 31) | a >> (-b & 31); }
        HELPER u64 i64_rotl(u64 a, u64 b) { return a << (b & 63) | a >> (-b & 63); }
        HELPER u32 i32_rotr(u32 a, u32 b) { return a >> (b & 31) | a << (-b & 31); }
        HELPER u64 i64_rotr(u64 a, u64 b) { return a >> (b & 63) | a << (-b & 63); }

        HELPER u32 i32_div_s(struct xvm_instance *I, u32 a, u32 b) {
            if (b == 0) xvm_trap(I, 2);
            if (a == 0x80000000u && b == 0xffffffffu) xvm_trap(I, 3);
            return (u32)((i32)a / (i32)b);
        }
        HELPER u64 i64_div_s(struct xvm_instance *I, u64 a, u64 b) {
            if (b == 0) xvm_trap(I, 2);
            if (a == 0x8000000000000000ul && b == 0xfffffffffffffffful) xvm_trap(I, 3);
            return (u64)((i64)a / (i64)b);
        }
        HELPER u32 i32_div_u(struct xvm_instance *I, u32 a, u32 b) {
            if (b == 0) xvm_trap(I, 2);
            return a / b;
        }
        HELPER u64 i64_div_u(struct xvm_instance *I, u64 a, u64 b) {
            if (b == 0) xvm_trap(I, 2);
            return a / b;
        }
        HELPER u32 i32_rem_s(struct xvm_instance *I, u32 a, u32 b) {
            if (b == 0) xvm_trap(I, 2);
            return b == 0xffffffffu ? 0 : (u32)((i32)a % (i32)b);
        }
        HELPER u64 i64_rem_s(struct xvm_instance *I, u64 a, u64 b) {
            if (b == 0) xvm_trap(I, 2);
            return b == 0xfffffffffffffffful ? 0 : (u64)((i64)a % (i64)b);
        }
        HELPER u32 i32_rem_u(struct xvm_instance *I, u32 a, u32 b) {
            if (b == 0) xvm_trap(I, 2);
            return a % b;
        }
        HELPER u64 i64_rem_u(struct xvm_instance *I, u64 a, u64 b) {
            if (b == 0) xvm_trap(I, 2);
            return a % b;
        }

        HELPER f32 f32_abs(f32 x) { return f32_of(f32_bits(x) & 0x7fffffffu); }
        HELPER f64 f64_abs(f64 x) { return f64_of(f64_bits(x) & 0x7ffffffffffffffful); }
        HELPER f32 f32_neg(f32 x) { return f32_of(f32_bits(x) ^ 0x80000000u); }
        HELPER f64 f64_neg(f64 x) { return f64_of(f64_bits(x) ^ 0x8000000000000000ul); }
        HELPER f32 f32_copysign(f32 x, f32 y) { return f32_of((f32_bits(x) & 0x7fffffffu) | (f32_bits(y) & 0x80000000u)); }
        HELPER f64 f64_copysign(f64 x, f64 y) {
            return f64_of((f64_bits(x) & 0x7ffffffffffffffful) | (f64_bits(y) & 0x8000000000000000ul));
        }
        #if defined(__clang__)
        HELPER f32 f32_ceil(f32 x) { return __builtin_ceilf(x); }
        HELPER f64 f64_ceil(f64 x) { return __builtin_ceil(x); }
        HELPER f32 f32_floor(f32 x) { return __builtin_floorf(x); }
        HELPER f64 f64_floor(f64 x) { return __builtin_floor(x); }
        HELPER f32 f32_trunc(f32 x) { return __builtin_truncf(x); }
        HELPER f64 f64_trunc(f64 x) { return __builtin_trunc(x); }
        HELPER f32 f32_nearest(f32 x) { return __builtin_rintf(x); }
        HELPER f64 f64_nearest(f64 x) { return __builtin_rint(x); }
        #else
        /* gcc makes a call to libm of __builtin_floor and its like in a block that it takes for cold; the instruction by name is always itself. */
        typedef f32 x4f32 __attribute__((vector_size(16)));
        typedef f64 x2f64 __attribute__((vector_size(16)));
        HELPER f32 f32_ceil(f32 x) { x4f32 v = {x}; return __builtin_ia32_roundss(v, v, 10)[0]; }
        HELPER f64 f64_ceil(f64 x) { x2f64 v = {x}; return __builtin_ia32_roundsd(v, v, 10)[0]; }
        HELPER f32 f32_floor(f32 x) { x4f32 v = {x}; return __builtin_ia32_roundss(v, v, 9)[0]; }
        HELPER f64 f64_floor(f64 x) { x2f64 v = {x}; return __builtin_ia32_roundsd(v, v, 9)[0]; }
        HELPER f32 f32_trunc(f32 x) { x4f32 v = {x}; return __builtin_ia32_roundss(v, v, 11)[0]; }
        HELPER f64 f64_trunc(f64 x) { x2f64 v = {x}; return __builtin_ia32_roundsd(v, v, 11)[0]; }
        HELPER f32 f32_nearest(f32 x) { x4f32 v = {x}; return __builtin_ia32_roundss(v, v, 8)[0]; }
        HELPER f64 f64_nearest(f64 x) { x2f64 v = {x}; return __builtin_ia32_roundsd(v, v, 8)[0]; }
        #endif
        HELPER f32 f32_sqrt(f32 x) { return __builtin_sqrtf(x); }
        HELPER f64 f64_sqrt(f64 x) { return __builtin_sqrt(x); }
        HELPER f32 f32_min(f32 a, f32 b) {
            if (a != a || b != b) return f32_of(0x7fc00000u);
            if (a == b) return f32_of(f32_bits(a) | f32_bits(b));
            return a < b ? a : b;
        }
        HELPER f64 f64_min(f64 a, f64 b) {
            if (a != a || b != b) return f64_of(0x7ff8000000000000ul);
            if (a == b) return f64_of(f64_bits(a) | f64_bits(b));
            return a < b ? a : b;
        }
        HELPER f32 f32_max(f32 a, f32 b) {
            if (a != a || b != b) return f32_of(0x7fc00000u);
            if (a == b) return f32_of(f32_bits(a) & f32_bits(b));
            return a > b ? a : b;
        }
        HELPER f64 f64_max(f64 a, f64 b) {
            if (a != a || b != b) return f64_of(0x7ff8000000000000ul);
            if (a == b) return f64_of(f64_bits(a) & f64_bits(b));
            return a > b ? a : b;
        }

        HELPER u32 i32_trunc_f32_s(struct xvm_instance *I, f32 x) {
            if (x != x) xvm_trap(I, 4);
            if (!(x >= -2147483648.0f && x < 2147483648.0f)) xvm_trap(I, 3);
            return (u32)(i32)x;
        }
        HELPER u32 i32_trunc_f32_u(struct xvm_instance *I, f32 x) {
            if (x != x) xvm_trap(I, 4);
            if (!(x > -1.0f && x < 4294967296.0f)) xvm_trap(I, 3);
            return (u32)(i64)x;
        }
        HELPER u32 i32_trunc_f64_s(struct xvm_instance *I, f64 x) {
            if (x != x) xvm_trap(I, 4);
            if (!(x > -2147483649.0 && x < 2147483648.0)) xvm_trap(I, 3);
            return (u32)(i32)x;
        }
        HELPER u32 i32_trunc_f64_u(struct xvm_instance *I, f64 x) {
            if (x != x) xvm_trap(I, 4);
            if (!(x > -1.0 && x < 4294967296.0)) xvm_trap(I, 3);
            return (u32)(i64)x;
        }
        HELPER u64 i64_trunc_f32_s(struct xvm_instance *I, f32 x) {
            if (x != x) xvm_trap(I, 4);
            if (!(x >= -9223372036854775808.0f && x < 9223372036854775808.0f)) xvm_trap(I, 3);
            return (u64)(i64)x;
        }
        HELPER u64 i64_trunc_f32_u(struct xvm_instance *I, f32 x) {
            if (x != x) xvm_trap(I, 4);
            if (!(x > -1.0f && x < 18446744073709551616.0f)) xvm_trap(I, 3);
            return (u64)x;
        }
        HELPER u64 i64_trunc_f64_s(struct xvm_instance *I, f64 x) {
            if (x != x) xvm_trap(I, 4);
            if (!(x >= -9223372036854775808.0 && x < 9223372036854775808.0)) xvm_trap(I, 3);
            return (u64)(i64)x;
        }
        HELPER u64 i64_trunc_f64_u(struct xvm_instance *I, f64 x) {
            if (x != x) xvm_trap(I, 4);
            if (!(x > -1.0 && x < 18446744073709551616.0)) xvm_trap(I, 3);
            return (u64)x;
        }
        HELPER u32 i32_trunc_sat_f32_s(f32 x) {
            if (x != x) return 0;
            if (x < -2147483648.0f) return 0x80000000u;
            return x < 2147483648.0f ? (u32)(i32)x : 0x7fffffffu;
        }
        HELPER u32 i32_trunc_sat_f32_u(f32 x) {
            if (!(x > -1.0f)) return 0;
            return x < 4294967296.0f ? (u32)(i64)x : 0xffffffffu;
        }
        HELPER u32 i32_trunc_sat_f64_s(f64 x) {
            if (x != x) return 0;
            if (x < -2147483648.0) return 0x80000000u;
            return x < 2147483648.0 ? (u32)(i32)x : 0x7fffffffu;
        }
        HELPER u32 i32_trunc_sat_f64_u(f64 x) {
            if (!(x > -1.0)) return 0;
            return x < 4294967296.0 ? (u32)(i64)x : 0xffffffffu;
        }
        HELPER u64 i64_trunc_sat_f32_s(f32 x) {
            if (x != x) return 0;
            if (x < -9223372036854775808.0f) return 0x8000000000000000ul;
            return x < 9223372036854775808.0f ? (u64)(i64)x : 0x7ffffffffffffffful;
        }
        HELPER u64 i64_trunc_sat_f32_u(f32 x) {
            if (!(x > -1.0f)) return 0;
            return x < 18446744073709551616.0f ? (u64)x : 0xfffffffffffffffful;
        }
        HELPER u64 i64_trunc_sat_f64_s(f64 x) {
            if (x != x) return 0;
            if (x < -9223372036854775808.0) return 0x8000000000000000ul;
            return x < 9223372036854775808.0 ? (u64)(i64)x : 0x7ffffffffffffffful;
        }
        HELPER u64 i64_trunc_sat_f64_u(f64 x) {
            if (!(x > -1.0)) return 0;
            return x < 18446744073709551616.0 ? (u64)x : 0xfffffffffffffffful;
        }

        HELPER void memory_copy(struct xvm_instance *I, u32 d, u32 s, u32 n) {
            if ((u64)s + n > I->memory_size || (u64)d + n > I->memory_size) xvm_trap(I, 5);
            __builtin_memmove(MEMORY + d, MEMORY + s, n);
        }
        HELPER void memory_fill(struct xvm_instance *I, u32 d, u32 v, u32 n) {
            if ((u64)d + n > I->memory_size) xvm_trap(I, 5);
            __builtin_memset(MEMORY + d, (i32)(v & 255), n);
        }
        HELPER void memory_init(struct xvm_instance *I, u32 d, u32 s, u32 n, const u8 *bytes, u32 size) {
            if ((u64)s + n > size || (u64)d + n > I->memory_size) xvm_trap(I, 5);
            __builtin_memcpy(MEMORY + d, bytes + s, n);
        }
        HELPER void table_copy(struct xvm_instance *I, u32 to, u32 from, u32 d, u32 s, u32 n) {
            if ((u64)s + n > I->tables[from].size || (u64)d + n > I->tables[to].size) xvm_trap(I, 6);
            __builtin_memmove(I->tables[to].entries + d, I->tables[from].entries + s, (u64)n * 16);
        }
        HELPER void table_init(
            struct xvm_instance *I, u32 to, u32 d, u32 s, u32 n, const struct xvm_table_entry *items, u32 size) {
            if ((u64)s + n > size || (u64)d + n > I->tables[to].size) xvm_trap(I, 6);
            __builtin_memcpy(I->tables[to].entries + d, items + s, (u64)n * 16);
        }
        HELPER u32 table_get(struct xvm_instance *I, u32 table, u32 index) {
            if (index >= I->tables[table].size) xvm_trap(I, 6);
            return I->tables[table].entries[index].reference;
        }
        HELPER u64 table_get_extern(struct xvm_instance *I, u32 table, u32 index) {
            if (index >= I->tables[table].size) xvm_trap(I, 6);
            return (u64)I->tables[table].entries[index].function;
        }
        HELPER void table_set(struct xvm_instance *I, u32 table, u32 index, struct xvm_table_entry entry) {
            if (index >= I->tables[table].size) xvm_trap(I, 6);
            I->tables[table].entries[index] = entry;
        }
        HELPER u32 table_grow(struct xvm_instance *I, u32 table, struct xvm_table_entry entry, u32 n) {
            struct xvm_table *t = I->tables + table;
            u32 old = t->size;
            if (n > t->maximum - old) return 0xffffffffu;
            for (u32 i = 0; i < n; i++) t->entries[old + i] = entry;
            t->size = old + n;
            return old;
        }
        HELPER void table_fill(struct xvm_instance *I, u32 table, u32 d, struct xvm_table_entry entry, u32 n) {
            if ((u64)d + n > I->tables[table].size) xvm_trap(I, 6);
            for (u32 i = 0; i < n; i++) I->tables[table].entries[d + i] = entry;
        }
        HELPER void *table_at(struct xvm_instance *I, u32 table, u32 index, u32 type, u32 size) {
            const struct xvm_table_entry *entry = I->tables[table].entries + index;
            if (index >= size) xvm_trap(I, 7);
            if (entry->type != type) xvm_trap(I, entry->function ? 9 : 8);
            return entry->function;
        }

        """
}
