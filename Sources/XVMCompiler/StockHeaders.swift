// SPDX-License-Identifier: Apache-2.0
// The headers that a stock wasm2c's text includes, as far as it needs them, and the runtime behind wasm-rt.h: linear memory and traps are
// the worker's, tables lie in the instance header, calls are counted.

enum StockHeaders {
    static let all: [(name: String, text: [UInt8])] = [
        ("stdint.h", stdint), ("stdbool.h", "#define bool _Bool\n#define true 1\n#define false 0\n"),
        ("stddef.h", "#ifndef NULL\ntypedef unsigned long size_t;\n#define NULL ((void *)0)\n#endif\n"),
        ("stdlib.h", "#include <stddef.h>\n"), ("alloca.h", ""), ("setjmp.h", ""),
        ("assert.h", "#define assert(x) ((void)(x))\n"),
        ("string.h", string), ("math.h", math), ("wasm-rt.h", wasmRt),
    ].map { ($0.0, Array($0.1.utf8)) }

    private static let stdint = """
        #ifndef INT32_MIN
        typedef unsigned char uint8_t;
        typedef signed char int8_t;
        typedef unsigned short uint16_t;
        typedef short int16_t;
        typedef unsigned int uint32_t;
        typedef int int32_t;
        typedef unsigned long uint64_t;
        typedef long int64_t;
        typedef unsigned long uintptr_t;
        #define INT32_MIN (-2147483647 - 1)
        #define INT32_MAX 2147483647
        #define UINT32_MAX 4294967295u
        #define INT64_MIN (-9223372036854775807l - 1)
        #define INT64_MAX 9223372036854775807l
        #define UINT64_MAX 18446744073709551615ul
        #endif

        """

    /// Builtins, so that what copies a few bytes is no call: a fault inside of libc would be a death and no trap.
    private static let string = """
        #include <stddef.h>
        #define memcpy __builtin_memcpy
        #define memmove __builtin_memmove
        #define memset __builtin_memset

        """

    private static let math = """
        #define NAN __builtin_nanf("")
        #define INFINITY __builtin_inff()
        #define isnan(x) ((x) != (x))
        #define signbit(x) (sizeof(x) == 4 ? __builtin_signbitf(x) : __builtin_signbit(x))
        #if defined(__clang__)
        #define floor __builtin_floor
        #define floorf __builtin_floorf
        #define ceil __builtin_ceil
        #define ceilf __builtin_ceilf
        #define trunc __builtin_trunc
        #define truncf __builtin_truncf
        #define nearbyint __builtin_rint
        #define nearbyintf __builtin_rintf
        #else
        /* as in the Prelude: gcc makes a call of these where it takes a block for cold */
        #define ROUND(name, type, suffix, mode) \\
            static inline __attribute__((unused)) type name(type x) { \\
                typedef type vector __attribute__((vector_size(16))); \\
                vector v = {x}; \\
                return __builtin_ia32_rounds##suffix(v, v, mode)[0]; \\
            }
        ROUND(floor, double, d, 9)
        ROUND(floorf, float, s, 9)
        ROUND(ceil, double, d, 10)
        ROUND(ceilf, float, s, 10)
        ROUND(trunc, double, d, 11)
        ROUND(truncf, float, s, 11)
        ROUND(nearbyint, double, d, 8)
        ROUND(nearbyintf, float, s, 8)
        #undef ROUND
        #endif
        #define sqrt __builtin_sqrt
        #define sqrtf __builtin_sqrtf
        #define fabs __builtin_fabs
        #define fabsf __builtin_fabsf
        #define copysign __builtin_copysign
        #define copysignf __builtin_copysignf

        """

    /// The interface that wasm2c 1.0.32 writes for. Loads and stores are not compared: behind memory lies nothing for 4 GiB and more, and a
    /// fault there is the trap (sandbox-c/runtime/fault.c).
    private static let wasmRt = """
        #ifndef WASM_RT_H_
        #define WASM_RT_H_
        #include <stdbool.h>
        #include <stddef.h>
        #include <stdint.h>
        #include <string.h>

        #define UNLIKELY(x) __builtin_expect(!!(x), 0)
        #define LIKELY(x) __builtin_expect(!!(x), 1)
        #define wasm_rt_memcpy __builtin_memcpy
        #define wasm_rt_unreachable __builtin_unreachable
        #define WASM_RT_MEMCHECK_SIGNAL_HANDLER 1
        #define WASM_RT_USE_STACK_DEPTH_COUNT 1
        #define WASM_RT_MAX_CALL_STACK_DEPTH 500
        #define WASM_RT_NO_RETURN __attribute__((noreturn))
        #define WASM_RT_MERGED_OOB_AND_EXHAUSTION_TRAPS 0

        typedef enum {
            WASM_RT_TRAP_NONE,
            WASM_RT_TRAP_OOB,
            WASM_RT_TRAP_INT_OVERFLOW,
            WASM_RT_TRAP_DIV_BY_ZERO,
            WASM_RT_TRAP_INVALID_CONVERSION,
            WASM_RT_TRAP_UNREACHABLE,
            WASM_RT_TRAP_CALL_INDIRECT,
            WASM_RT_TRAP_UNCAUGHT_EXCEPTION,
            WASM_RT_TRAP_EXHAUSTION,
        } wasm_rt_trap_t;
        typedef enum {
            WASM_RT_I32,
            WASM_RT_I64,
            WASM_RT_F32,
            WASM_RT_F64,
            WASM_RT_FUNCREF,
            WASM_RT_EXTERNREF,
        } wasm_rt_type_t;
        typedef void (*wasm_rt_function_ptr_t)(void);
        typedef struct {
            uint32_t func_type;
            wasm_rt_function_ptr_t func;
            void *module_instance;
        } wasm_rt_funcref_t;
        typedef void *wasm_rt_externref_t;
        static const wasm_rt_funcref_t wasm_rt_funcref_null_value = {0, NULL, NULL};
        static const wasm_rt_externref_t wasm_rt_externref_null_value = NULL;
        typedef struct {
            uint8_t *data;
            uint32_t pages, max_pages;
            uint32_t size;
        } wasm_rt_memory_t;
        typedef struct {
            wasm_rt_funcref_t *data;
            uint32_t max_size;
            uint32_t size;
        } wasm_rt_funcref_table_t;
        typedef struct {
            wasm_rt_externref_t *data;
            uint32_t max_size;
            uint32_t size;
        } wasm_rt_externref_table_t;

        #pragma GCC visibility push(hidden)
        extern uint32_t wasm_rt_call_stack_depth;
        bool wasm_rt_is_initialized(void);
        WASM_RT_NO_RETURN void wasm_rt_trap(wasm_rt_trap_t);
        uint32_t wasm_rt_register_func_type(uint32_t parameters, uint32_t results, ...);
        void wasm_rt_allocate_memory(wasm_rt_memory_t *, uint32_t initial, uint32_t maximum);
        uint32_t wasm_rt_grow_memory(wasm_rt_memory_t *, uint32_t pages);
        void wasm_rt_free_memory(wasm_rt_memory_t *);
        void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *, uint32_t elements, uint32_t maximum);
        void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *);
        void wasm_rt_allocate_externref_table(wasm_rt_externref_table_t *, uint32_t elements, uint32_t maximum);
        void wasm_rt_free_externref_table(wasm_rt_externref_table_t *);
        uint32_t wasm_rt_grow_funcref_table(wasm_rt_funcref_table_t *, uint32_t delta, wasm_rt_funcref_t init);
        uint32_t wasm_rt_grow_externref_table(wasm_rt_externref_table_t *, uint32_t delta, wasm_rt_externref_t init);
        #pragma GCC visibility pop
        #endif

        """

    /// Behind the Prelude's declarations and wasm2c's header. The worker runs one context at a time, so one current instance is enough.
    static let runtime = """
        static u32 f32_bits(f32 x) { union { f32 f; u32 b; } u; u.f = x; return u.b; }
        static u64 f64_bits(f64 x) { union { f64 f; u64 b; } u; u.f = x; return u.b; }
        static f32 f32_of(u32 x) { union { f32 f; u32 b; } u; u.b = x; return u.f; }
        static f64 f64_of(u64 x) { union { f64 f; u64 b; } u; u.b = x; return u.f; }

        #define INSTANCE ((Z_m_instance_t *)((u8 *)I + 128))

        static struct xvm_instance *current;
        static u8 *next;
        static u32 type_count, kind_count;
        static struct { u32 parameters, results, kinds; } seen[TYPE_MAX];
        static u8 kinds[KIND_MAX];
        u32 wasm_rt_call_stack_depth;

        static void begin(struct xvm_instance *I) {
            current = I;
            wasm_rt_call_stack_depth = 0;
        }
        bool wasm_rt_is_initialized(void) { return true; }

        void wasm_rt_trap(wasm_rt_trap_t trap) {
            static const u8 traps[] = {1, 5, 3, 2, 4, 1, 9, 1, 10};
            current->trap(current, traps[trap]);
        }

        u32 wasm_rt_register_func_type(u32 parameters, u32 results, ...) {
            u32 count = parameters + results;
            if (type_count == TYPE_MAX || count > KIND_MAX - kind_count) __builtin_trap();
            __builtin_va_list list;
            __builtin_va_start(list, results);
            for (u32 i = 0; i < count; i++) kinds[kind_count + i] = (u8)__builtin_va_arg(list, int);
            __builtin_va_end(list);
            for (u32 t = 0; t < type_count; t++) {
                u32 same = seen[t].parameters == parameters && seen[t].results == results;
                for (u32 i = 0; same && i < count; i++) same = kinds[seen[t].kinds + i] == kinds[kind_count + i];
                if (same) return t + 1;
            }
            seen[type_count].parameters = parameters;
            seen[type_count].results = results;
            seen[type_count].kinds = kind_count;
            kind_count += count;
            return ++type_count;
        }

        void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, u32 initial, u32 maximum) {
            if (initial != current->memory_pages) __builtin_trap();
            memory->data = (u8 *)current + HEADER_SIZE;
            memory->pages = initial;
            memory->max_pages = maximum;
            memory->size = (u32)current->memory_size;
        }
        u32 wasm_rt_grow_memory(wasm_rt_memory_t *memory, u32 pages) {
            u32 old = current->memory_grow(current, pages);
            memory->pages = current->memory_pages;
            memory->size = (u32)current->memory_size;
            return old;
        }
        void wasm_rt_free_memory(wasm_rt_memory_t *memory) { (void)memory; }

        static void *take(u64 size) {
            u8 *at = next;
            if (size > (u64)((u8 *)current + HEADER_SIZE - at)) __builtin_trap();
            next = at + ((size + 15) & ~15ul);
            return at;
        }
        static u32 room(u32 elements, u32 maximum) { return maximum - elements > GROWTH_MAX ? elements + GROWTH_MAX : maximum; }

        #define TABLE(kind) \\
            void wasm_rt_allocate_##kind##_table(wasm_rt_##kind##_table_t *table, u32 elements, u32 maximum) { \\
                table->max_size = room(elements, maximum); \\
                table->size = elements; \\
                table->data = take((u64)table->max_size * sizeof(wasm_rt_##kind##_t)); \\
            } \\
            void wasm_rt_free_##kind##_table(wasm_rt_##kind##_table_t *table) { (void)table; } \\
            u32 wasm_rt_grow_##kind##_table(wasm_rt_##kind##_table_t *table, u32 delta, wasm_rt_##kind##_t init) { \\
                u32 old = table->size; \\
                if (delta > table->max_size - old) return 0xffffffffu; \\
                for (u32 i = 0; i < delta; i++) table->data[old + i] = init; \\
                table->size = old + delta; \\
                return old; \\
            }
        TABLE(funcref)
        TABLE(externref)

        _Static_assert(sizeof(Z_m_instance_t) + 128 <= HEADER_SIZE, "the instance fits into the header");

        """
}
