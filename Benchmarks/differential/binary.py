# SPDX-License-Identifier: Apache-2.0
"""WebAssembly binaries for scripts/differential: encodes, takes apart, rewrites imports, adds wrappers, a checksum and gas counters.
Only what the product accepts by default (docs/wasm-features.md). Trusts its input: it comes from a generator and is validated later."""
import struct

I32, I64, F32, F64, V128, FUNCREF, EXTERNREF = 0x7F, 0x7E, 0x7D, 0x7C, 0x7B, 0x70, 0x6F
TYPE_NAMES = {I32: "i32", I64: "i64", F32: "f32", F64: "f64"}
# FNV's 64-bit prime; each step of the checksum is a bijection, so one difference is never lost.
PRIME = 0x100000001B3


NO_VECTOR = {154, 162, 165, 166, 175, 176, 178, 179, 180, 187, 194, 197, 198, 207, 208, 210, 211, 212, 226, 238}


def names():
    """Opcode (prefixed ones as 0xFC00 + n) to the name of the text format. Vector instructions, 0xFD00 + n, have the default cost of
    both schedules and go by their number here."""
    table = {
        0x00: "unreachable", 0x01: "nop", 0x02: "block", 0x03: "loop", 0x04: "if", 0x05: "else", 0x0B: "end", 0x0C: "br", 0x0D: "br_if",
        0x0E: "br_table", 0x0F: "return", 0x10: "call", 0x11: "call_indirect", 0x1A: "drop", 0x1B: "select", 0x20: "local.get",
        0x21: "local.set", 0x22: "local.tee", 0x23: "global.get", 0x24: "global.set", 0x3F: "memory.size", 0x40: "memory.grow",
        0x41: "i32.const", 0x42: "i64.const", 0x43: "f32.const", 0x44: "f64.const", 0x1C: "select_t", 0x25: "table.get", 0x26: "table.set",
    }
    accesses = ("i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u i64.load8_s i64.load8_u "
                "i64.load16_s i64.load16_u i64.load32_s i64.load32_u i32.store i64.store f32.store f64.store i32.store8 i32.store16 "
                "i64.store8 i64.store16 i64.store32").split()
    table.update((0x28 + i, name) for i, name in enumerate(accesses))
    compare = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u".split()
    arithmetic = "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr".split()
    floats = "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign".split()
    numeric = ["i32.eqz"] + ["i32." + n for n in compare] + ["i64.eqz"] + ["i64." + n for n in compare]
    numeric += [t + n for t in ("f32.", "f64.") for n in "eq ne lt gt le ge".split()]
    numeric += [t + n for t in ("i32.", "i64.") for n in arithmetic] + [t + n for t in ("f32.", "f64.") for n in floats]
    numeric += ("i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.extend_i32_s i64.extend_i32_u "
                "i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s "
                "f32.convert_i64_u f32.demote_f64 f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32 "
                "i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64 i32.extend8_s i32.extend16_s "
                "i64.extend8_s i64.extend16_s i64.extend32_s").split()
    table.update((0x45 + i, name) for i, name in enumerate(numeric))
    assert table[0xC4] == "i64.extend32_s" and max(table) == 0xC4
    table.update({0xD0: "ref.null", 0xD1: "ref.is_null", 0xD2: "ref.func"})
    prefixed = [f"{i}.trunc_sat_{f}_{s}" for i in ("i32", "i64") for f in ("f32", "f64") for s in "su"]
    prefixed += "memory.init data.drop memory.copy memory.fill table.init elem.drop table.copy table.grow table.size table.fill".split()
    table.update((0xFC00 + i, name) for i, name in enumerate(prefixed))
    table.update((0xFD00 + i, f"vector {i}") for i in range(256) if i not in NO_VECTOR)
    return table


NAMES = names()
CODES = {name: code for code, name in NAMES.items()}


def u(n):
    out = bytearray()
    while True:
        n, low = n >> 7, n & 0x7F
        out.append(low | (0x80 if n else 0))
        if not n:
            return bytes(out)


def s(n):
    out = bytearray()
    while True:
        low, n = n & 0x7F, n >> 7
        last = (n == 0 and not low & 0x40) or (n == -1 and bool(low & 0x40))
        out.append(low | (0 if last else 0x80))
        if last:
            return bytes(out)


def signed(n, bits):
    n &= (1 << bits) - 1
    return n - (1 << bits) if n >> (bits - 1) else n


def op(name):
    code = CODES[name]
    return b"\xfc" + u(code - 0xFC00) if code >= 0xFC00 else bytes([code])


def i32(n): return b"\x41" + s(signed(n, 32))
def i64(n): return b"\x42" + s(signed(n, 64))
def f32(bits): return b"\x43" + struct.pack("<I", bits)
def f64(bits): return b"\x44" + struct.pack("<Q", bits)
def get(n): return b"\x20" + u(n)
def put(n): return b"\x21" + u(n)
def tee(n): return b"\x22" + u(n)
def gget(n): return b"\x23" + u(n)
def gput(n): return b"\x24" + u(n)
def vector(items): return u(len(items)) + b"".join(items)
def sized(data): return u(len(data)) + data
def text(name): return sized(name.encode())


class Reader:
    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def u(self):
        value = shift = 0
        while True:
            b = self.byte()
            value |= (b & 0x7F) << shift
            shift += 7
            if b < 0x80:
                return value

    def leb(self):
        while self.byte() >= 0x80:
            pass

    def take(self, n):
        self.at += n
        return self.data[self.at - n:self.at]

    def instruction(self):
        """Steps over one instruction; its opcode."""
        code = self.byte()
        if code == 0xFC:
            code = 0xFC00 + self.u()
            for _ in range(0 if code < 0xFC08 else 1 if code in (0xFC09, 0xFC0B, 0xFC0D) or code >= 0xFC0F else 2):
                self.leb()
        elif code == 0xFD:
            code = 0xFD00 + self.u()
            number = code - 0xFD00
            if number <= 11 or number in (92, 93) or 84 <= number <= 91:
                self.leb()
                self.leb()
            if number in (12, 13):
                self.at += 16
            elif 21 <= number <= 34 or 84 <= number <= 91:
                self.at += 1
        elif code in (2, 3, 4, 0x0C, 0x0D, 0x10, 0x3F, 0x40, 0x41, 0x42, 0xD0, 0xD2) or 0x20 <= code <= 0x26:
            self.leb()
        elif code == 0x11 or 0x28 <= code <= 0x3E:
            self.leb()
            self.leb()
        elif code == 0x1C:
            self.take(self.u())
        elif code == 0x0E:
            for _ in range(self.u() + 1):
                self.leb()
        elif code == 0x43:
            self.at += 4
        elif code == 0x44:
            self.at += 8
        if code not in NAMES:
            raise ValueError(f"opcode {code:#x} at {self.at}")
        return code


class Module:
    """A module in parts: types as (parameters, results), functions as type numbers, globals as (type, mutable, init), exports as
    (name, kind, index), bodies as (locals, code). Other sections stay bytes. It has no imports."""

    def __init__(self):
        self.types, self.functions, self.globals, self.exports, self.bodies = [], [], [], [], []
        self.raw = {}
        self.tables = []  # what the checksum reads of tables, see add_wrappers

    def type(self, parameters, results):
        key = (tuple(parameters), tuple(results))
        if key not in self.types:
            self.types.append(key)
        return self.types.index(key)

    def add_function(self, parameters, results, locals_, code):
        """locals_: types, one by one. Its index."""
        self.functions.append(self.type(parameters, results))
        self.bodies.append((vector([b"\x01" + bytes([t]) for t in locals_]), code))
        return len(self.functions) - 1

    def add_global(self, type_, init):
        self.globals.append((type_, 1, init))
        return len(self.globals) - 1

    @staticmethod
    def parse(data):
        """Takes a binary apart; imported log functions become functions that mix their argument into a global, in the same places."""
        module, reader, logs = Module(), Reader(data, 8), []
        while reader.at < len(data):
            kind, size = reader.byte(), reader.u()
            section = Reader(reader.take(size))
            if kind == 0:
                continue
            if kind not in (1, 2, 3, 6, 7, 10):
                module.raw[kind] = section.data
                continue
            for _ in range(section.u()):
                if kind == 1:
                    assert section.byte() == 0x60
                    parameters = tuple(section.take(section.u()))
                    module.types.append((parameters, tuple(section.take(section.u()))))
                elif kind == 2:
                    where, name = section.take(section.u()), section.take(section.u())
                    if where != b"fuzzing-support" or not name.startswith(b"log-") or section.byte() != 0:
                        raise ValueError(f"import {where}.{name}")
                    logs.append(section.u())
                elif kind == 3:
                    module.functions.append(section.u())
                elif kind == 6:
                    type_, mutable, start = section.byte(), section.byte(), section.at
                    while section.instruction() != 0x0B:
                        pass
                    module.globals.append((type_, mutable, section.data[start:section.at]))
                elif kind == 7:
                    name = section.take(section.u()).decode()
                    module.exports.append((name, section.byte(), section.u()))
                else:
                    body = Reader(section.take(section.u()))
                    for _ in range(body.u()):
                        body.leb()
                        body.byte()
                    module.bodies.append((body.data[:body.at], body.data[body.at:]))
        if logs:
            log = module.add_global(I64, i64(1) + b"\x0b")
            bodies = []
            for number in logs:
                (kind,), _ = module.types[number]
                code = gget(log) + get(0) + as_i64(kind) + op("i64.xor") + i64(PRIME) + op("i64.mul") + gput(log) + b"\x0b"
                bodies.append((b"\x00", code))
            module.functions, module.bodies = logs + module.functions, bodies + module.bodies
        return module

    def encode(self):
        sections = dict(self.raw)
        sections[1] = vector([b"\x60" + vector([bytes([t]) for t in p]) + vector([bytes([t]) for t in r]) for p, r in self.types])
        sections[3] = vector([u(f) for f in self.functions])
        if self.globals:
            sections[6] = vector([bytes([t, m]) + init for t, m, init in self.globals])
        sections[7] = vector([text(n) + bytes([k]) + u(i) for n, k, i in self.exports])
        sections[10] = vector([sized(l + c) for l, c in self.bodies])
        order = [1, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11]
        return b"\0asm\1\0\0\0" + b"".join(bytes([n]) + sized(sections[n]) for n in order if n in sections)

    def add_wrappers(self, initialise=b"", hash_limit=1 << 21):
        """Replaces the exports: `w0`, `w1`, … each calls one exported function with integers (floats as their bits) and gives its
        results so, and behind them a checksum over memory, its size, all globals, and of each of `tables` the size, which entries are null, and
        for an entry of `tables` that is a type's number (of functions without parameters and with an i64) what the others give when they are
        called: so it sees which function stands where. Of a reference that comes or goes the wrapper has only whether it is null; a function
        that comes is taken from table 0. Returns (name, parameter types, result types) of each.
        initialise: code that runs first in each wrapper."""
        code = b""
        for number, (type_, mutable, _) in enumerate(self.globals):
            if mutable:
                code += get(0) + bits_of(gget(number), type_) + op("i64.xor") + i64(PRIME) + op("i64.mul") + put(0)
        if 5 in self.raw:
            size = b"\x3f\x00"
            code += get(0) + size + op("i64.extend_i32_u") + op("i64.xor") + i64(PRIME) + op("i64.mul") + put(0)
            # local 1: the address, from min(size, hash_limit) down
            # the address is an i32, and 65536 pages would wrap to 0: no limit here lets a memory grow so far
            code += size + i32(16) + op("i32.shl") + tee(1) + i32(hash_limit) + get(1) + i32(hash_limit) + op("i32.lt_u")
            code += op("select") + put(1)
            code += b"\x02\x40\x03\x40" + get(1) + op("i32.eqz") + b"\x0d\x01" + get(1) + i32(8) + op("i32.sub") + put(1)
            code += get(0) + get(1) + op("i64.load") + b"\x03\x00" + op("i64.xor") + i64(PRIME) + op("i64.mul") + put(0)
            code += b"\x0c\x00\x0b\x0b"
        for number, type_ in enumerate(self.tables):
            mix = op("i64.xor") + i64(PRIME) + op("i64.mul") + put(0)
            entry = get(1) + b"\x11" + u(type_) + u(number) if type_ is not None else i64(3)
            code += get(0) + op("table.size") + u(number) + tee(1) + op("i64.extend_i32_u") + mix
            code += b"\x02\x40\x03\x40" + get(1) + op("i32.eqz") + b"\x0d\x01" + get(1) + i32(1) + op("i32.sub") + put(1)
            code += get(0) + get(1) + op("table.get") + u(number) + op("ref.is_null") + b"\x04\x7e" + i64(7) + b"\x05" + entry + b"\x0b" + mix
            code += b"\x0c\x00\x0b\x0b"
        checksum = self.add_function([], [I64], [I64, I32], code + get(0) + b"\x0b")
        wrappers, targets = [], [(n, i) for n, k, i in self.exports if k == 0 and n not in ("hangLimitInitializer", "hashMemory")]
        self.exports = []
        for _, target in targets:
            parameters, results = self.types[self.functions[target]]
            code = initialise
            for number, type_ in enumerate(parameters):
                code += get(number) + from_bits(type_)
            code += b"\x10" + u(target)
            for number in reversed(range(len(results))):
                code += put(len(parameters) + number)
            for number, type_ in enumerate(results):
                value = get(len(parameters) + number)
                code += bits_of(value, type_) if type_ == V128 else value + to_bits(type_)
            code += b"\x10" + u(checksum) + b"\x0b"
            plain = [integer(t) for t in parameters]
            index = self.add_function(plain, [integer(t) for t in results] + [I64], list(results), code)
            name = f"w{len(wrappers)}"
            self.exports.append((name, 0, index))
            wrappers.append((name, list(parameters), list(results)))
        return wrappers

    def counted(self, schedules):
        """A copy whose exported globals `gas0`, `gas1`, … count the gas of each schedule by docs/gas.md, run by run: the definition,
        without any of the translator's placement."""
        copy = Module()
        copy.types, copy.functions, copy.raw, copy.exports = list(self.types), list(self.functions), dict(self.raw), list(self.exports)
        copy.globals = list(self.globals)
        counters = []
        for number, _ in enumerate(schedules):
            counters.append(copy.add_global(I64, i64(0) + b"\x0b"))
            copy.exports.append((f"gas{number}", 3, counters[-1]))
        copy.bodies = [(l, count(c, list(zip(counters, schedules)))) for l, c in self.bodies]
        return copy


def vop(number): return b"\xfd" + u(number)
def null(type_): return op("ref.null") + bytes([type_])
def integer(type_): return {F32: I32, F64: I64, V128: I64, FUNCREF: I32, EXTERNREF: I32}.get(type_, type_)


def from_bits(type_):
    return {F32: op("f32.reinterpret_i32"), F64: op("f64.reinterpret_i64"), V128: vop(18), EXTERNREF: op("drop") + null(EXTERNREF),
            FUNCREF: i32(7) + op("i32.and") + op("table.get") + u(0)}.get(type_, b"")


def to_bits(type_):
    return {F32: op("i32.reinterpret_f32"), F64: op("i64.reinterpret_f64"), FUNCREF: op("ref.is_null"), EXTERNREF: op("ref.is_null")}.get(
        type_, b"")


def as_i64(type_):
    return {I32: op("i64.extend_i32_u"), F32: op("i32.reinterpret_f32") + op("i64.extend_i32_u"), F64: op("i64.reinterpret_f64"),
            FUNCREF: op("ref.is_null") + op("i64.extend_i32_u"), EXTERNREF: op("ref.is_null") + op("i64.extend_i32_u")}.get(type_, b"")


def bits_of(value, type_):
    """What the code `value` gives, as an i64; of a vector a mixture of its halves."""
    if type_ != V128:
        return value + as_i64(type_)
    return value + vop(29) + b"\0" + value + vop(29) + b"\1" + i64(PRIME) + op("i64.mul") + op("i64.xor")


class Schedule:
    """A gas schedule's file."""

    def __init__(self, parsed):
        assert not parsed.get("perUnit"), "schedules with perUnit are not counted"
        self.name, self.call_ends_run = parsed["name"], parsed["callEndsRun"]
        self.costs = {code: parsed["costs"].get(name, parsed["default"]) for code, name in NAMES.items()}
        self.costs[0x05] = self.costs[0x0B] = 0


def replaced(code, old, new):
    """The body with one instruction in the place of another of the same type and size."""
    reader, out = Reader(code), bytearray(code)
    while reader.at < len(code):
        start = reader.at
        if reader.instruction() == CODES[old]:
            out[start] = CODES[new]
    return bytes(out)


RUN_ENDS = {CODES[n] for n in "block loop if else end br br_if br_table return".split()}
CALLS = {CODES["call"], CODES["call_indirect"]}


def count(code, counters):
    """The body with a counter per schedule raised at the start of each run by the run's sum."""
    reader, inserts = Reader(code), []
    starts, sums = [0] * len(counters), [0] * len(counters)

    def close(n):
        if sums[n]:
            inserts.append((starts[n], gget(counters[n][0]) + i64(sums[n]) + op("i64.add") + gput(counters[n][0])))
        starts[n], sums[n] = reader.at, 0

    while reader.at < len(code):
        opcode = reader.instruction()
        for n, (_, schedule) in enumerate(counters):
            sums[n] += schedule.costs[opcode]
            if opcode in RUN_ENDS or (schedule.call_ends_run and opcode in CALLS):
                close(n)
    inserts.sort(key=lambda item: item[0])
    out, at = [], 0
    for place, extra in inserts:
        out += [code[at:place], extra]
        at = place
    return b"".join(out + [code[at:]])
