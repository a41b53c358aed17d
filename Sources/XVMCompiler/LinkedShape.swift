// SPDX-License-Identifier: Apache-2.0
// The shape of code that shares memories, tables, globals and functions with other instances of its group: each of them behind a
// pointer that instantiation fills in (sandbox-c/include/xvm_link.h). Bodies are emitted as for the ordinary shape; what is
// reached in another way is reached through other macros and helpers.

import XVMWasm

enum LinkedShape {
    /// No import of a linked module is a host's, so none has a number.
    static func numbers(_ module: Module) -> (functions: [UInt32], globals: [UInt32]) {
        (
            functions: [UInt32](repeating: 0, count: module.importedFunctionCount),
            globals: [UInt32](repeating: 0, count: module.importedGlobalCount)
        )
    }

    static let prelude = Array((Prelude.types + access + Prelude.helpers + helpers).utf8)

    private static let access = """

        struct xvm_function {
            void *code;
            struct xvm_instance *instance;
            u32 type;
            u32 reserved;
        };
        struct xvm_memory {
            u8 *base;
            u64 room;
        };
        struct xvm_links {
            void **globals;
            const struct xvm_memory *memory;
            struct xvm_table **tables;
            const struct xvm_function **imports;
            const struct xvm_function *functions;
            const u32 *types;
            u32 function_count;
            u32 reference_base;
        };

        #define LINKS ((const struct xvm_links *)I->reserved[0])
        #undef M
        #define M(a, o) memory_at(I, (u64)(a) + (o) - HEADER_SIZE)
        #undef MEMORY
        #define MEMORY (LINKS->memory->base)
        #undef GLOBAL
        #define GLOBAL(T, n) (*(VAR T *)LINKS->globals[n])
        #undef FUNCREF
        #define FUNCREF(v) function_entry(I, v)
        #undef REFERENCE
        #define REFERENCE(s) ((s) <= LINKS->function_count ? (u32)(s) : 0)

        HELPER u8 *memory_at(struct xvm_instance *I, u64 address) {
            if (address >= LINKS->memory->room) I->trap(I, 5);
            return LINKS->memory->base + address;
        }

        """

    private static let helpers = """

        HELPER struct xvm_table_entry function_entry(struct xvm_instance *I, u32 v) {
            return v ? ENTRY((void *)(LINKS->functions + v - 1), 0, v) : ENTRY(0, 0, 0);
        }
        HELPER struct xvm_table_entry item_entry(struct xvm_instance *I, const struct xvm_table_entry *item) {
            if (item->type == 0xffffffffu) return function_entry(I, GLOBAL(mu32, item->reference));
            return function_entry(I, item->reference ? LINKS->reference_base + item->reference : 0);
        }
        HELPER const struct xvm_function *function_at(struct xvm_instance *I, u32 table, u32 index, u32 type) {
            const struct xvm_table *t = LINKS->tables[table];
            if (index >= t->size) xvm_trap(I, 7);
            const struct xvm_function *f = (const struct xvm_function *)t->entries[index].function;
            if (!f) xvm_trap(I, 8);
            if (f->type != LINKS->types[type]) xvm_trap(I, 9);
            return f;
        }
        HELPER void linked_table_copy(struct xvm_instance *I, u32 to, u32 from, u32 d, u32 s, u32 n) {
            if ((u64)s + n > LINKS->tables[from]->size || (u64)d + n > LINKS->tables[to]->size) xvm_trap(I, 6);
            __builtin_memmove(LINKS->tables[to]->entries + d, LINKS->tables[from]->entries + s, (u64)n * 16);
        }
        HELPER void linked_table_init(
            struct xvm_instance *I, u32 to, u32 d, u32 s, u32 n, const struct xvm_table_entry *items, u32 size) {
            if ((u64)s + n > size || (u64)d + n > LINKS->tables[to]->size) xvm_trap(I, 6);
            for (u32 i = 0; i < n; i++) LINKS->tables[to]->entries[d + i] = item_entry(I, items + s + i);
        }
        HELPER u32 linked_table_get(struct xvm_instance *I, u32 table, u32 index) {
            if (index >= LINKS->tables[table]->size) xvm_trap(I, 6);
            return LINKS->tables[table]->entries[index].reference;
        }
        HELPER u64 linked_table_get_extern(struct xvm_instance *I, u32 table, u32 index) {
            if (index >= LINKS->tables[table]->size) xvm_trap(I, 6);
            return (u64)LINKS->tables[table]->entries[index].function;
        }
        HELPER void linked_table_set(struct xvm_instance *I, u32 table, u32 index, struct xvm_table_entry entry) {
            if (index >= LINKS->tables[table]->size) xvm_trap(I, 6);
            LINKS->tables[table]->entries[index] = entry;
        }
        HELPER u32 linked_table_grow(struct xvm_instance *I, u32 table, struct xvm_table_entry entry, u32 n) {
            struct xvm_table *t = LINKS->tables[table];
            u32 old = t->size;
            if (n > t->maximum - old) return 0xffffffffu;
            for (u32 i = 0; i < n; i++) t->entries[old + i] = entry;
            t->size = old + n;
            return old;
        }
        HELPER void linked_table_fill(struct xvm_instance *I, u32 table, u32 d, struct xvm_table_entry entry, u32 n) {
            if ((u64)d + n > LINKS->tables[table]->size) xvm_trap(I, 6);
            for (u32 i = 0; i < n; i++) LINKS->tables[table]->entries[d + i] = entry;
        }
        #define table_copy linked_table_copy
        #define table_init linked_table_init
        #define table_get linked_table_get
        #define table_get_extern linked_table_get_extern
        #define table_set linked_table_set
        #define table_grow linked_table_grow
        #define table_fill linked_table_fill

        """
}

extension FunctionEmitter {
    /// Finds the function of a `call_indirect`: its code and the instance that it runs in.
    mutating func addFunctionRecord(table: Int, index: Int, type: Int) {
        body.add("f = function_at(I, ")
        body.add(decimal: table)
        body.add(", ")
        body.add(slot: index, .i32)
        body.add(", ")
        body.add(decimal: type)
        body.add(");\n")
    }
}

extension ModuleAssembler {
    /// The body of an imported function: the same call, in the instance that it is from.
    func addForwarding(_ index: Int, _ type: FunctionType, _ text: inout CText) {
        text.add(" {\nconst struct xvm_function *f = LINKS->imports[")
        text.add(decimal: index)
        text.add("];\nreturn ((")
        context.addReturnType(type.results, to: &text)
        text.add(" (*)(struct xvm_instance *, i64, u64")
        for parameter in type.parameters {
            text.add(", ")
            text.add(parameter.cType)
        }
        text.add("))f->code)(f->instance, g, d")
        for position in type.parameters.indices {
            text.add(", ")
            text.add(local: position)
        }
        text.add(");\n}\n")
    }

    /// Exports, then the functions that can be referred to (code in the inner convention, type, number), then a row of zeros.
    func addLinkedExports(_ exported: [Int], _ text: inout CText) {
        text.add("static const struct xvm_export exports[] = {\n")
        for function in exported {
            text.add("{call")
            text.add(decimal: function)
            text.add(", ")
            text.add(decimal: context.canonicalType(ofFunction: function))
            text.add(", 0},\n")
        }
        for function in context.referredFunctions {
            text.add("{(void (*)(struct xvm_instance *, u64 *))")
            text.add(function: function)
            text.add(", ")
            text.add(decimal: context.canonicalType(ofFunction: function))
            text.add(", ")
            text.add(decimal: context.reference(toFunction: function))
            text.add("},\n")
        }
        text.add("{0, 0, 0},\n};\n")
    }
}
