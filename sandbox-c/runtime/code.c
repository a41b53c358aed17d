// SPDX-License-Identifier: Apache-2.0
// A Code: the checks of a descriptor, and the resolving of its imports. Run by: worker before its run filter, in-process
// embedders. Texts name rows of the import table and numbers of the object; the object carries no name.

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "xvm_emscripten_imports.h"
#include "xvm_host_imports.h"
#include "xvm_link.h"
#include "xvm_runtime.h"
#include "xvm_zygote.h"

// A bound on the descriptor's counts; far above what the validator accepts, so that sums of sizes cannot wrap.
#define COUNT_MAX 10000000u

#define ROW(number, module, name, parameters, results) {number, module, name, parameters, results},
static const xvm_host_import_t standard_imports[] = {XVM_HOST_IMPORT_TABLE(ROW) XVM_EMSCRIPTEN_IMPORT_TABLE(ROW)};
#undef ROW

#define KIND(letter) ((letter)[0] == 'i' ? 0x7f : (letter)[0] == 'I' ? 0x7e : (letter)[0] == 'f' ? 0x7d : 0x7c)
#define ROW(number, module, name, kind, bits) {number, module, name, KIND(kind)},
static const xvm_host_global_t standard_globals[] = {XVM_HOST_GLOBAL_TABLE(ROW)};
#undef ROW
#undef KIND

enum xvm_status xvm_refuse(xvm_error_t *error, enum xvm_status status, int errno_value, const char *format, ...) {
    if (error == NULL) return status;
    error->status = status;
    error->errno_value = errno_value;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return status;
}

// i32, i64, f32, f64, v128, funcref, externref.
static bool is_value_type(uint8_t kind) { return (kind >= 0x7b && kind <= 0x7f) || kind == 0x70 || kind == 0x6f; }

static enum xvm_status check_types(const struct xvm_descriptor *d, xvm_error_t *error) {
    for (uint32_t i = 0; i < d->type_count; i++) {
        const struct xvm_type *type = &d->types[i];
        if (type->parameter_count > 1000 || type->result_count > 1000) {
            return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "type %u has %u parameters and %u results, the limit is 1000", i,
                type->parameter_count, type->result_count);
        }
        uint32_t count = type->parameter_count + type->result_count;
        if (count > 0 && type->kinds == NULL) return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "type %u has no kinds", i);
        for (uint32_t k = 0; k < count; k++) {
            if (is_value_type(type->kinds[k])) continue;
            return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "type %u has kind 0x%02x at place %u", i, type->kinds[k], k);
        }
    }
    return XVM_STATUS_OK;
}

static enum xvm_status check_parts(const struct xvm_descriptor *d, xvm_error_t *error) {
    for (uint32_t i = 0; i < d->table_count; i++) {
        if (d->tables[i].minimum > XVM_TABLE_SIZE_MAX || d->tables[i].minimum > d->tables[i].maximum) {
            return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "table %u has %u entries, its maximum is %u, the limit %u", i,
                d->tables[i].minimum, d->tables[i].maximum, XVM_TABLE_SIZE_MAX);
        }
    }
    for (uint32_t i = 0; i < d->function_import_count; i++) {
        if (d->function_imports[i].type < d->type_count) continue;
        return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "function import %u has type %u of %u", i,
            d->function_imports[i].type, d->type_count);
    }
    for (uint32_t i = 0; i < d->global_import_count; i++) {
        if (is_value_type((uint8_t)d->global_imports[i].kind) && d->global_imports[i].kind <= 0xff) continue;
        return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "global import %u has kind 0x%02x", i, d->global_imports[i].kind);
    }
    for (uint32_t i = 0; i < d->export_count; i++) {
        if (d->exports[i].call != NULL && d->exports[i].type < d->type_count) continue;
        return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "export %u has no function or type %u of %u", i,
            d->exports[i].type, d->type_count);
    }
    return XVM_STATUS_OK;
}

static enum xvm_status check(const struct xvm_descriptor *d, xvm_error_t *error) {
    if (d == NULL || d->magic != XVM_ABI_MAGIC || d->abi_version != XVM_ABI_VERSION) {
        return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "descriptor magic 0x%08x version %u, expected 0x%08x version %u",
            d == NULL ? 0 : d->magic, d == NULL ? 0 : d->abi_version, XVM_ABI_MAGIC, XVM_ABI_VERSION);
    }
    if (d->memory_count > 1 || d->memory_pages_min > d->memory_pages_max || d->memory_pages_max > XVM_PAGES_MAX) {
        return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "%u memories of %u to %u pages, the limits are 1 and %u",
            d->memory_count, d->memory_pages_min, d->memory_pages_max, XVM_PAGES_MAX);
    }
    const struct {
        const char *what;
        uint32_t count;
        const void *rows;
    } tables[] = {
        {"types", d->type_count, d->types},
        {"tables", d->table_count, d->tables},
        {"function imports", d->function_import_count, d->function_imports},
        {"global imports", d->global_import_count, d->global_imports},
        {"exports", d->export_count, d->exports},
        {"globals", d->global_count, d},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        if (tables[i].count <= COUNT_MAX && (tables[i].count == 0 || tables[i].rows != NULL)) continue;
        return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "%u %s, the limit is %u", tables[i].count, tables[i].what, COUNT_MAX);
    }
    uint64_t header = XVM_INSTANCE_GLOBALS + 16ull * d->global_count;
    if (d->global_import_count > d->global_count || d->header_size % XVM_PAGE_SIZE != 0 || d->header_size < header
        || d->header_size > XVM_HEADER_SIZE_MAX) {
        return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0,
            "header of %u bytes for %u globals (%u imported), the limit is %llu in steps of %u", d->header_size, d->global_count,
            d->global_import_count, (unsigned long long)XVM_HEADER_SIZE_MAX, XVM_PAGE_SIZE);
    }
    if (d->init == NULL) return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "no init function");
    enum xvm_status status = check_types(d, error);
    return status != XVM_STATUS_OK ? status : check_parts(d, error);
}

enum xvm_status xvm_new_code(const struct xvm_descriptor *descriptor, xvm_code_t **code, xvm_error_t *error) {
    *code = NULL;
    enum xvm_status status = check(descriptor, error);
    if (status != XVM_STATUS_OK) return status;
    xvm_code_t *made = calloc(1, sizeof *made);
    if (made == NULL) return xvm_refuse(error, XVM_STATUS_NO_MEMORY, errno, "no memory for a code");
    made->descriptor = descriptor;
    // The range of the object that init lies in: traps of the fault handler come from there alone.
    uintptr_t init;
    memcpy(&init, &descriptor->init, sizeof init);
    if (xvm_runtime_text_of((const void *)init, &made->text_start, &made->text_end) != 0 || init < made->text_start
        || init >= made->text_end) {
        free(made);
        return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "init lies in no loaded object");
    }
    *code = made;
    return XVM_STATUS_OK;
}

enum xvm_status xvm_open_code(const char *path, xvm_code_t **code, xvm_error_t *error) {
    *code = NULL;
    if (path == NULL || strchr(path, '/') == NULL) {
        return xvm_refuse(error, XVM_STATUS_OPEN_FAILED, EINVAL, "an object is named by a path that holds a '/'");
    }
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *text = dlerror();
        return xvm_refuse(error, XVM_STATUS_OPEN_FAILED, errno, "%s", text == NULL ? "dlopen failed" : text);
    }
    const struct xvm_descriptor *descriptor = dlsym(library, XVM_DESCRIPTOR_SYMBOL);
    enum xvm_status status;
    if (descriptor == NULL) {
        status = xvm_refuse(error, XVM_STATUS_OPEN_FAILED, 0, "the object exports no %s", XVM_DESCRIPTOR_SYMBOL);
    } else {
        status = xvm_new_code(descriptor, code, error);
    }
    if (status == XVM_STATUS_OK) {
        (*code)->library = library;
    } else {
        dlclose(library);
    }
    return status;
}

static uint8_t kind_of(char letter) {
    switch (letter) {
    case 'i': return 0x7f;
    case 'I': return 0x7e;
    case 'f': return 0x7d;
    case 'F': return 0x7c;
    default: return 0;
    }
}

static bool has_kinds(const uint8_t *kinds, uint32_t count, const char *letters) {
    if (strlen(letters) != count) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (kinds[i] != kind_of(letters[i])) return false;
    }
    return true;
}

// "?": an i32, or nothing.
static bool has_result(const uint8_t *kinds, uint32_t count, const char *letters) {
    if (strcmp(letters, "?") == 0) return count == 0 || has_kinds(kinds, count, "i");
    return has_kinds(kinds, count, letters);
}

static enum xvm_status resolve_function(xvm_code_t *code, uint32_t index, xvm_error_t *error) {
    const struct xvm_descriptor *d = code->descriptor;
    const xvm_host_import_t *row = NULL;
    for (uint32_t i = 0; i < code->resolver.import_count && row == NULL; i++) {
        if (code->resolver.imports[i].number == d->function_imports[index].host_import) row = &code->resolver.imports[i];
    }
    if (row == NULL) {
        return xvm_refuse(error, XVM_STATUS_UNRESOLVED, 0, "function import %u is host import %u, which no row describes", index,
            d->function_imports[index].host_import);
    }
    const struct xvm_type *type = &d->types[d->function_imports[index].type];
    if (!has_kinds(type->kinds, type->parameter_count, row->parameters)
        || !has_result(type->kinds + type->parameter_count, type->result_count, row->results)) {
        return xvm_refuse(error, XVM_STATUS_IMPORT_TYPE, 0,
            "%s.%s takes (%s) and gives (%s); function import %u has %u parameters and %u results, or other kinds", row->module,
            row->name, row->parameters, row->results, index, type->parameter_count, type->result_count);
    }
    code->handles[index] = code->resolver.resolve_func(code->resolver.env, row->module, row->name);
    code->parameter_counts[index] = type->parameter_count;
    if (code->handles[index] != 0) return XVM_STATUS_OK;
    return xvm_refuse(error, XVM_STATUS_UNRESOLVED, 0, "%s.%s can't be resolved", row->module, row->name);
}

static enum xvm_status resolve_global(xvm_code_t *code, uint32_t index, xvm_error_t *error) {
    const struct xvm_global_import *import = &code->descriptor->global_imports[index];
    const xvm_host_global_t *row = NULL;
    for (uint32_t i = 0; i < code->resolver.global_count && row == NULL; i++) {
        if (code->resolver.globals[i].number == import->host_global) row = &code->resolver.globals[i];
    }
    if (row == NULL) {
        return xvm_refuse(error, XVM_STATUS_UNRESOLVED, 0, "global import %u is host global %u, which no row describes", index,
            import->host_global);
    }
    if (row->kind != import->kind) {
        return xvm_refuse(error, XVM_STATUS_IMPORT_TYPE, 0, "global %s.%s has kind 0x%02x; global import %u has 0x%02x",
            row->module, row->name, row->kind, index, import->kind);
    }
    uint64_t bits = 0;
    if (code->resolver.resolve_global == NULL
        || !code->resolver.resolve_global(code->resolver.env, row->module, row->name, &bits)) {
        return xvm_refuse(error, XVM_STATUS_UNRESOLVED, 0, "global %s.%s can't be resolved", row->module, row->name);
    }
    bool narrow = import->kind == 0x7f || import->kind == 0x7d;
    code->global_bits[index] = narrow ? (uint32_t)bits : bits;
    return XVM_STATUS_OK;
}

enum xvm_status xvm_init_code(xvm_code_t *code, const xvm_resolver_t *resolver, xvm_error_t *error) {
    if (code->ready) return xvm_refuse(error, XVM_STATUS_NOT_READY, 0, "the code is initialised already");
    const struct xvm_descriptor *d = code->descriptor;
    if ((d->flags & XVM_DESCRIPTOR_LINKED) != 0) {
        return xvm_refuse(error, XVM_STATUS_BAD_DESCRIPTOR, 0, "the code has the linked shape: it belongs in a group");
    }
    code->resolver = *resolver;
    if (resolver->imports == NULL) {
        code->resolver.imports = standard_imports;
        code->resolver.import_count = (uint32_t)(sizeof standard_imports / sizeof standard_imports[0]);
    }
    if (resolver->globals == NULL) {
        code->resolver.globals = standard_globals;
        code->resolver.global_count = (uint32_t)(sizeof standard_globals / sizeof standard_globals[0]);
    }
    if (d->function_import_count > 0 && (resolver->resolve_func == NULL || resolver->call_func == NULL)) {
        return xvm_refuse(error, XVM_STATUS_UNRESOLVED, 0, "the module imports %u functions, the resolver has none",
            d->function_import_count);
    }
    free(code->handles);  // of an attempt that failed
    free(code->parameter_counts);
    free(code->global_bits);
    code->handles = calloc((size_t)d->function_import_count + 1, sizeof *code->handles);
    code->parameter_counts = calloc((size_t)d->function_import_count + 1, sizeof *code->parameter_counts);
    code->global_bits = calloc((size_t)d->global_import_count + 1, sizeof *code->global_bits);
    if (code->handles == NULL || code->parameter_counts == NULL || code->global_bits == NULL) {
        return xvm_refuse(error, XVM_STATUS_NO_MEMORY, errno, "no memory for %u imports", d->function_import_count);
    }
    enum xvm_status status = XVM_STATUS_OK;
    for (uint32_t i = 0; i < d->function_import_count && status == XVM_STATUS_OK; i++) status = resolve_function(code, i, error);
    for (uint32_t i = 0; i < d->global_import_count && status == XVM_STATUS_OK; i++) status = resolve_global(code, i, error);
    code->ready = status == XVM_STATUS_OK;
    return status;
}

void xvm_release_code(xvm_code_t *code) {
    if (code == NULL) return;
    free(code->handles);
    free(code->parameter_counts);
    free(code->global_bits);
    if (code->library != NULL) dlclose(code->library);
    free(code);
}

const struct xvm_descriptor *xvm_code_descriptor(const xvm_code_t *code) { return code->descriptor; }

uint32_t xvm_mem_static_top(const xvm_code_t *code) { return code->descriptor->static_top; }

// A vector takes two slots, any other value one.
static uint32_t slots_of(const uint8_t *kinds, uint32_t from, uint32_t count) {
    uint32_t slots = count;
    for (uint32_t i = 0; i < count; i++) {
        if (kinds[from + i] == 0x7b) slots++;
    }
    return slots;
}

bool xvm_export_arity(const xvm_code_t *code, uint32_t export_index, uint32_t *parameters, uint32_t *results) {
    const struct xvm_descriptor *d = code->descriptor;
    if (export_index >= d->export_count) return false;
    const struct xvm_type *type = &d->types[d->exports[export_index].type];
    *parameters = slots_of(type->kinds, 0, type->parameter_count);
    *results = slots_of(type->kinds, type->parameter_count, type->result_count);
    return true;
}
