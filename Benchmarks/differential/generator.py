# SPDX-License-Identifier: Apache-2.0
"""Seeded random modules for scripts/differential: arithmetic at its edges, NaNs with payloads, counted and uncounted loops, branch tables,
deep nesting, vectors in some modules, references and several tables in some, memory at page borders, growth, indirect calls of wrong types,
segments, all of them valid. Every module ends: functions and loops that could go on use up a global of fuel."""
import struct

from binary import *

EDGES32 = [0, 1, 2, 7, 31, 32, 33, 63, 255, 256, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, 0xFFFFFFFE, 0x55555555]
EDGES64 = EDGES32 + [64, 1 << 32, (1 << 32) - 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, (1 << 53) + 1, 0xFFFFFFFF80000000]


def bits32(x): return struct.unpack("<I", struct.pack("<f", x))[0]
def bits64(x): return struct.unpack("<Q", struct.pack("<d", x))[0]


FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 0.1, 3.0, 1e10, -1e10, 2147483647.0, 2147483648.0, -2147483648.0, -2147483649.0,
          4294967295.0, 4294967296.0, 9223372036854775807.0, -9223372036854775808.0, 18446744073709551615.0, 1e-40, 1e38, float("inf"),
          float("-inf")]
F32S = [bits32(x) for x in FLOATS] + [0x7FC00000, 0xFFC00000, 0x7FC00001, 0x7F800001, 0xFF8ABCDE, 1, 0x80000001, 0x007FFFFF, 0x7F7FFFFF,
                                      0x4EFFFFFF, 0x4F7FFFFF, 0xCF000001, 0xBF7FFFFF]
F64S = [bits64(x) for x in FLOATS] + [0x7FF8000000000000, 0xFFF8000000000000, 0x7FF8000000000001, 0x7FF0000000000001, 0xFFF00000DEADBEEF, 1,
                                      0x8000000000000001, 0x000FFFFFFFFFFFFF, 0x7FEFFFFFFFFFFFFF, bits64(1e300), bits64(3.5e38),
                                      bits64(2147483647.9), bits64(-2147483648.9), bits64(-0.99999)]
CHOICE = {I32: EDGES32, I64: EDGES64, F32: F32S, F64: F64S, V128: EDGES64 + F64S}
CHOICE[FUNCREF] = CHOICE[EXTERNREF] = EDGES32
WIDTH = {I32: 32, I64: 64, F32: 32, F64: 64, V128: 64, FUNCREF: 32, EXTERNREF: 32}
REFERENCES = (FUNCREF, EXTERNREF)
MAIN, PROBES, THINGS = range(3)  # tables of a module with references: any functions, probes only, what the host gives
TYPES = [I32, I64, F32, F64]
CONST = {I32: i32, I64: i64, F32: f32, F64: f64}

# Vector instructions by their operands.
V_UNARY = [77, 94, 95, 96, 97, 98, 103, 104, 105, 106, 116, 117, 122, *range(124, 130), *range(135, 139), 148, 160, 161, *range(167, 171), 192,
           193, *range(199, 203), 224, 225, 227, 236, 237, 239, *range(248, 256)]
V_BINARY = [14, *range(35, 77), 78, 79, 80, 81, 101, 102, *range(110, 116), *range(118, 122), 123, 130, 133, 134, *range(142, 148),
            *range(149, 154), *range(155, 160), 174, 177, *range(181, 187), *range(188, 192), 206, 209, *range(213, 224), *range(228, 236),
            *range(240, 248)]
V_SHIFT = [107, 108, 109, 139, 140, 141, 171, 172, 173, 203, 204, 205]
V_TEST = [83, 99, 100, 131, 132, 163, 164, 195, 196]
V_SPLAT = {15: I32, 16: I32, 17: I32, 18: I64, 19: F32, 20: F64}
V_EXTRACT = {I32: [(21, 16), (22, 16), (24, 8), (25, 8), (27, 4)], I64: [(29, 2)], F32: [(31, 4)], F64: [(33, 2)]}
V_REPLACE = [(23, 16, I32), (26, 8, I32), (28, 4, I32), (30, 2, I64), (32, 4, F32), (34, 2, F64)]
VOID = b"\x40"
FUEL = 400  # below the 500 frames of the `xuper` schedule, so that recursion ends by fuel in both engines

COMPARISONS = "eq ne lt gt le ge lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u".split()
UNARY = {t: [] for t in TYPES}  # result type -> (operand type, bytes, how often it traps)
BINARY = {t: [] for t in TYPES}


def arithmetic():
    for name in CODES:
        if "." not in name or CODES[name] < 0x45 or 0xC4 < CODES[name] < 0xFC00 or 0xFC08 <= CODES[name]:
            continue
        head, verb = name.split(".")
        by_name = {TYPE_NAMES[t]: t for t in TYPES}
        own = by_name[head]
        source = [p for p in verb.split("_") if p in by_name]
        if source:
            UNARY[own].append((by_name[source[0]], op(name), verb.startswith("trunc_f")))
        elif verb in "eqz clz ctz popcnt abs neg ceil floor trunc nearest sqrt extend8_s extend16_s extend32_s".split():
            UNARY[I32 if verb == "eqz" else own].append((own, op(name), False))
        else:
            compare = verb in COMPARISONS
            BINARY[I32 if compare else own].append((own, op(name), verb[:3] in ("div", "rem") and own in (I32, I64)))


arithmetic()
ARITHMETIC = {t: [b for b in BINARY[t] if NAMES[b[1][0]].split(".")[1] not in COMPARISONS] for t in TYPES}


class Function:
    """One function under construction."""

    def __init__(self, owner, number, parameters, results):
        self.g, self.r, self.number, self.results = owner, owner.rng, number, results
        self.parameters = len(parameters)
        self.types = owner.types
        self.locals = list(parameters) + [self.r.choice(self.types) for _ in range(self.r.randint(1, 8))]
        self.open = len(self.locals)  # locals from here on belong to counted loops
        self.labels = [list(results)]
        self.budget = owner.size

    def local(self, type_):
        candidates = [n for n in range(self.open) if self.locals[n] == type_]
        return self.r.choice(candidates) if candidates else None

    def own_local(self, type_):
        self.locals.append(type_)
        return len(self.locals) - 1

    def const(self, type_):
        r = self.r
        if type_ == V128:
            if r.random() < 0.5:
                value = b"".join(struct.pack("<Q", r.choice(F64S)) for _ in range(2))
            elif r.random() < 0.5:
                value = b"".join(struct.pack("<I", r.choice(F32S)) for _ in range(4))
            else:
                value = r.randbytes(16)
            return vop(12) + value
        if type_ in REFERENCES:
            return null(type_) if type_ == EXTERNREF or r.random() < 0.15 else op("ref.func") + u(r.choice(self.g.referable))
        if r.random() < 0.6:
            value = r.choice(CHOICE[type_])
        elif type_ in (I32, I64) and r.random() < 0.6:
            value = r.randint(-20, 300)
        else:
            value = r.getrandbits(WIDTH[type_])
        return CONST[type_](value)

    def leaf(self, type_):
        r = self.r.random()
        number = self.local(type_)
        if number is not None and r < 0.6:
            return get(number)
        globals_ = self.g.globals_of(type_)
        if globals_ and r < 0.7:
            return gget(self.r.choice(globals_))
        return self.const(type_)

    def address(self, depth):
        r, roll = self.r, self.r.random()
        if roll < 0.45:
            return self.expression(I32, depth - 1) + i32(r.choice([0xFF, 0xFFF, 0xFFF8, 0x7FFF])) + op("i32.and")
        if roll < 0.8:
            return i32(r.randrange(0, 65536))
        if roll < 0.975 or r.random() > self.g.risk:
            return i32(max(1, r.randint(1, self.g.pages)) * 65536 - r.randint(8, 40) if self.g.pages else 0)
        return i32(self.g.pages * 65536 - r.randint(0, 9)) if r.random() < 0.7 else self.expression(I32, depth - 1)

    def offset(self):
        r = self.r.random()
        if r < 0.8:
            return u(0)
        if r < 0.99:
            return u(self.r.randint(0, 16))
        return u(self.r.choice([65528, 65535, 65536, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFF0000]) if self.r.random() < self.g.risk else 4)

    def expression(self, type_, depth):
        r = self.r
        self.budget -= 1
        if depth <= 0 or self.budget <= 0:
            return self.leaf(type_)
        if type_ in REFERENCES:
            return self.reference(type_, depth)
        if type_ == I32 and self.g.references and r.random() < 0.1:
            table = r.randrange(3)
            if r.random() < 0.5:
                return self.expression(r.choice(REFERENCES), depth - 1) + op("ref.is_null")
            return op("table.size") + u(table) if r.random() < 0.5 else self.grow(table, depth)
        roll = r.random()
        if roll < 0.12:
            return self.leaf(type_)
        if type_ == V128 and roll < 0.75:
            return self.vector(depth, roll)
        if V128 in self.types and type_ != V128 and r.random() < 0.08:
            code, lanes = r.choice(V_EXTRACT[type_])
            if type_ == I32 and r.random() < 0.4:
                return self.expression(V128, depth - 1) + vop(r.choice(V_TEST))
            return self.expression(V128, depth - 1) + vop(code) + bytes([r.randrange(lanes)])
        if roll < 0.50:
            source, code, traps = r.choice(BINARY[type_] if r.random() < 0.4 else ARITHMETIC[type_])
            left, right = self.expression(source, depth - 1), self.expression(source, depth - 1)
            if traps and r.random() > 0.1 * self.g.risk:
                # mostly not zero; sometimes an edge
                right = right + CONST[source](r.choice([1, 1, 3, 0x10])) + op(f"{TYPE_NAMES[source]}.or")
            return left + right + code
        if roll < 0.68:
            source, code, traps = r.choice(UNARY[type_])
            if traps and r.random() > 0.05 * self.g.risk:
                return CONST[source]((bits64 if source == F64 else bits32)(r.choice([1.5, -0.5, 100.0, 2147483520.0, 0.0]))) + code
            return self.expression(source, depth - 1) + code
        if roll < 0.75:
            return self.load(type_, depth)
        if roll < 0.79:
            return self.expression(type_, depth - 1) + self.expression(type_, depth - 1) + self.expression(I32, depth - 1) + op("select")
        if roll < 0.83:
            number = self.local(type_)
            return self.expression(type_, depth - 1) + (tee(number) if number is not None else b"")
        if roll < 0.88:
            return self.conditional([type_], depth)
        if roll < 0.92:
            return self.block([type_], depth)
        if roll < 0.95:
            return self.call([type_], depth) or self.leaf(type_)
        if roll < 0.97 and type_ == I32:
            return op("memory.size") + b"\0" if r.random() < 0.6 else i32(r.choice([0, 1, 1, 2, 3000, -1])) + op("memory.grow") + b"\0"
        if roll < 0.985:
            # a branch that takes its value along
            found = [n for n, l in enumerate(reversed(self.labels)) if l == [type_]]
            if found:
                return self.expression(type_, depth - 1) + self.expression(I32, depth - 1) + b"\x0d" + u(r.choice(found))
        return self.expression(type_, depth - 1)

    def reference(self, type_, depth):
        r, roll = self.r, self.r.random()
        if roll < 0.3:
            return self.leaf(type_)
        if roll < 0.5:
            table = THINGS if type_ == EXTERNREF else r.choice([MAIN, PROBES])
            return self.entry(table, depth) + op("table.get") + u(table)
        if roll < 0.62:
            return (self.expression(type_, depth - 1) + self.expression(type_, depth - 1) + self.expression(I32, depth - 1)
                    + op("select_t") + vector([bytes([type_])]))
        if roll < 0.7:
            number = self.local(type_)
            return self.expression(type_, depth - 1) + (tee(number) if number is not None else b"")
        if roll < 0.78:
            return self.conditional([type_], depth)
        if roll < 0.85:
            return self.block([type_], depth)
        if roll < 0.93:
            return self.call([type_], depth) or self.leaf(type_)
        found = [n for n, l in enumerate(reversed(self.labels)) if l == [type_]]
        if found:
            return self.expression(type_, depth - 1) + self.expression(I32, depth - 1) + b"\x0d" + u(r.choice(found))
        return self.expression(type_, depth - 1)

    def entry(self, table, depth):
        """A place in a table; outside of it now and then."""
        r, size = self.r, self.g.table_sizes[table]
        if r.random() < 0.05 * self.g.risk:
            return i32(size + r.choice([0, 1, 3, 9, -1 - size, 0x7FFFFFFF])) if r.random() < 0.7 else self.expression(I32, depth - 1)
        return i32(r.randrange(size)) if r.random() < 0.6 else self.expression(I32, depth - 1) + i32(3) + op("i32.and")

    def probe(self, depth):
        """A reference to a probe or null: what may stand in the table of probes."""
        r, roll = self.r, self.r.random()
        if roll < 0.2:
            return null(FUNCREF)
        if roll < 0.6 or depth <= 0:
            return op("ref.func") + u(r.choice(self.g.probes))
        if roll < 0.85:
            return self.entry(PROBES, depth) + op("table.get") + u(PROBES)
        return self.probe(depth - 1) + self.probe(depth - 1) + self.expression(I32, depth - 1) + op("select_t") + vector([bytes([FUNCREF])])

    def content(self, table, depth):
        return self.probe(depth) if table == PROBES else self.expression(EXTERNREF if table == THINGS else FUNCREF, depth - 1)

    def grow(self, table, depth):
        """Leaves an i32. Far only where the table says how far: without a maximum each engine has its own."""
        r = self.r
        far = table == PROBES and r.random() < 0.1
        return self.content(table, depth) + i32(r.choice([-1, 1 << 20, 7]) if far else r.choice([0, 1, 1, 2, 3])) + op("table.grow") + u(table)

    def tables(self, depth):
        """A statement about tables and references."""
        r, g = self.r, self.g
        verb = r.choice(["table.set", "table.set", "table.fill", "table.grow", "table.init", "table.copy", "elem.drop", "call", "call"])
        table = r.choice([MAIN, PROBES, PROBES, THINGS])
        rare = r.random() < 0.06 * g.risk
        count = i32(r.choice([5, 40, -1]) if rare else r.choice([0, 1, 2]))
        at = lambda: self.entry(table, depth) if rare else i32(r.randrange(g.table_sizes[table] - 1))
        if verb == "table.set":
            return self.entry(table, depth) + self.content(table, depth) + op(verb) + u(table)
        if verb == "table.fill":
            return at() + self.content(table, depth) + count + op(verb) + u(table)
        if verb == "table.grow":
            return self.grow(table, depth) + self.take([I32])
        if verb == "table.init":
            segment = {MAIN: g.passive_elements, PROBES: g.probe_elements, THINGS: g.thing_elements}[table]
            return at() + i32(r.randint(0, 4)) + count + op(verb) + u(segment) + u(table)
        if verb == "table.copy":
            source = r.choice([MAIN, PROBES]) if table == MAIN else table
            return at() + (self.entry(source, depth) if rare else i32(r.randrange(g.table_sizes[source] - 1))) + count + op(verb) + u(table) + u(source)
        if verb == "elem.drop":
            return op(verb) + u(r.choice([g.probe_elements, g.thing_elements, 0])) if rare else b""
        # A probe by its place, unless the place is known to hold none or null.
        place = self.own_local(I32)
        code = self.entry(PROBES, depth) + put(place)
        call = get(place) + b"\x11" + u(g.module.type([], [I64])) + u(PROBES)
        if rare:
            return code + call + self.take([I64])
        return (code + get(place) + op("table.get") + u(PROBES) + op("ref.is_null") + b"\x04\x7e" + self.leaf(I64) + b"\x05" + call
                + b"\x0b" + self.take([I64]))

    def vector(self, depth, roll):
        r = self.r
        if roll < 0.38:
            return self.expression(V128, depth - 1) + self.expression(V128, depth - 1) + vop(r.choice(V_BINARY))
        if roll < 0.52:
            return self.expression(V128, depth - 1) + vop(r.choice(V_UNARY))
        if roll < 0.57:
            return self.expression(V128, depth - 1) + self.expression(I32, depth - 1) + vop(r.choice(V_SHIFT))
        if roll < 0.61:
            code = r.choice(list(V_SPLAT))
            return self.expression(V_SPLAT[code], depth - 1) + vop(code)
        if roll < 0.65:
            code, lanes, source = r.choice(V_REPLACE)
            return self.expression(V128, depth - 1) + self.expression(source, depth - 1) + vop(code) + bytes([r.randrange(lanes)])
        if roll < 0.68:
            two = self.expression(V128, depth - 1) + self.expression(V128, depth - 1)
            if r.random() < 0.5:
                return two + vop(13) + bytes(r.randrange(32) for _ in range(16))
            return two + self.expression(V128, depth - 1) + vop(82)
        if roll < 0.73:
            return self.address(depth) + vop(r.choice([0, 0, *range(1, 11), 92, 93])) + u(0) + self.offset()
        size = r.randrange(4)
        return (self.address(depth) + self.expression(V128, depth - 1) + vop(84 + size) + u(0) + self.offset()
                + bytes([r.randrange(16 >> size)]))

    def load(self, type_, depth):
        if type_ == V128:
            return self.address(depth) + vop(0) + u(0) + self.offset()
        name = TYPE_NAMES[type_]
        code = self.r.choice([c for n, c in CODES.items() if n.startswith(name + ".load")])
        return self.address(depth) + bytes([code]) + u(0) + self.offset()

    def store(self, depth):
        type_ = self.r.choice([t for t in self.types if t not in REFERENCES])
        if type_ == V128:
            out = self.address(depth) + self.expression(V128, depth)
            if self.r.random() < 0.7:
                return out + vop(11) + u(0) + self.offset()
            size = self.r.randrange(4)
            return out + vop(88 + size) + u(0) + self.offset() + bytes([self.r.randrange(16 >> size)])
        code = self.r.choice([c for n, c in CODES.items() if n.startswith(TYPE_NAMES[type_] + ".store")])
        return self.address(depth) + self.expression(type_, depth) + bytes([code]) + u(0) + self.offset()

    def values(self, types, depth):
        return b"".join(self.expression(t, depth - 1) for t in types)

    def take(self, types):
        """Takes values off the stack: into locals, or away."""
        out = b""
        for type_ in reversed(types):
            number = self.local(type_) if self.r.random() < 0.7 else None
            out += put(number) if number is not None else op("drop")
        return out

    def inside(self, label, types, depth):
        self.labels.append(list(label))
        out = self.statements(self.r.randint(0, 3), depth - 1) + self.values(types, depth)
        self.labels.pop()
        return out

    def block_type(self, parameters, results):
        if not parameters and not results:
            return VOID
        if not parameters and len(results) == 1:
            return bytes([results[0]])
        return s(self.g.module.type(parameters, results))

    def some_types(self):
        return [self.r.choice(self.types) for _ in range(self.r.choice([0, 0, 0, 1, 1, 2, 3]))]

    def block(self, results, depth):
        parameters = self.some_types() if self.r.random() < 0.2 else []
        return (self.values(parameters, depth) + b"\x02" + self.block_type(parameters, results) + self.take(parameters)
                + self.inside(results, results, depth) + b"\x0b")

    def conditional(self, results, depth):
        parameters = self.some_types() if self.r.random() < 0.2 else []
        out = self.values(parameters, depth) + self.expression(I32, depth - 1) + b"\x04" + self.block_type(parameters, results)
        out += self.take(parameters) + self.inside(results, results, depth)
        if results or parameters or self.r.random() < 0.5:
            out += b"\x05" + self.take(parameters) + self.inside(results, results, depth)
        return out + b"\x0b"

    def loop(self, depth):
        """Any body; fuel and a counter that the body may spoil end it."""
        r = self.r
        counter = self.local(I32)
        if counter is None or r.random() < 0.7:
            counter = self.own_local(I32)
        parameters = self.some_types() if r.random() < 0.15 else []
        self.labels.append([])
        out = i32(r.randint(1, 12)) + put(counter) + b"\x02\x40" + self.values(parameters, depth)
        out += b"\x03" + self.block_type(parameters, []) + self.take(parameters)
        out += gget(self.g.fuel) + i32(1) + op("i32.sub") + gput(self.g.fuel) + gget(self.g.fuel) + i32(0) + op("i32.lt_s") + b"\x0d\x01"
        self.labels.append(parameters)
        out += self.statements(r.randint(1, 3), depth - 1)
        # back with values for the loop's parameters
        out += self.values(parameters, 2) + get(counter) + i32(1) + op("i32.sub") + tee(counter) + b"\x0d\x00"
        out += op("drop") * len(parameters)
        self.labels = self.labels[:-2]
        return out + b"\x0b\x0b"

    def counted(self, depth):
        """The shapes that compilers write: an own counter from a start to a bound, and a body without calls."""
        r = self.r
        type_ = r.choice([I32, I32, I64])
        name, counter = TYPE_NAMES[type_], self.own_local(type_)
        step = r.choice([1, 1, 2, 4, 3])
        before, bound = b"", CONST[type_](r.randint(1, 40))
        roll = r.random()
        if roll < 0.7:
            # known at run time only; read again on each turn, or once
            bound = self.leaf(type_) + CONST[type_](r.choice([15, 31])) + op(name + ".and")
            if roll < 0.5:
                saved = self.own_local(type_)
                before, bound = bound + put(saved), get(saved)
        body, budget = b"", self.budget
        self.budget = 0  # leaves only
        for _ in range(r.randint(1, 3)):
            t = r.choice(TYPES)
            number = self.local(t)
            if number is not None and r.random() < 0.6:
                source, code, traps = r.choice([b for b in BINARY[t] if b[0] == t])
                right = get(counter) if t == type_ and r.random() < 0.6 else self.leaf(t)
                if traps:
                    right += CONST[t](1) + op(TYPE_NAMES[t] + ".or")
                body += get(number) + right + code + put(number)
            else:
                index = get(counter) + (op("i32.wrap_i64") if type_ == I64 else b"") + i32(r.choice([0, 1, 2, 3])) + op("i32.shl")
                if r.random() < 0.5:
                    index += i32(r.choice([0, 64, 65536 - 64, 1000])) + op("i32.add")
                verb = TYPE_NAMES[t]
                if r.random() < 0.5 and number is not None:
                    body += index + op(verb + ".load") + u(0) + u(r.choice([0, 8])) + put(number)
                else:
                    body += index + self.leaf(t) + op(verb + ".store") + u(0) + u(r.choice([0, 8]))
        self.budget = budget - 8
        advance = get(counter) + CONST[type_](step) + op(name + ".add")
        less = op(name + r.choice([".lt_u", ".lt_s"]))
        start = before + CONST[type_](r.choice([0, 0, 1, 5])) + put(counter)
        if r.random() < 0.5:
            return start + b"\x03\x40" + body + advance + tee(counter) + bound + less + b"\x0d\x00\x0b"
        return (start + b"\x02\x40\x03\x40" + get(counter) + bound + less + op("i32.eqz") + b"\x0d\x01" + body + advance + put(counter)
                + b"\x0c\x00\x0b\x0b")

    def switch(self, depth):
        """Blocks in each other and a table over some of them, and over what stands around."""
        r = self.r
        arms = r.choice([1, 2, 3, 4, 8])
        self.labels += [[]] * arms
        around = [n for n, l in enumerate(reversed(self.labels)) if l == []]
        targets = [r.choice(around) if r.random() < 0.2 else r.randrange(arms) for _ in range(r.choice([0, 1, 3, 9]))]
        default = r.choice(around) if r.random() < 0.1 else r.randrange(arms)
        index = self.expression(I32, depth - 1)
        if r.random() < 0.7:
            index += i32(15) + op("i32.and")
        out = b"\x02\x40" * arms + index + b"\x0e" + vector([u(t) for t in targets]) + u(default)
        if r.random() < 0.2:
            out += op("nop") + op("unreachable")
        for _ in range(arms):
            out += b"\x0b"
            self.labels.pop()
            out += self.statements(r.randint(0, 1), depth - 1)
        return out

    def call(self, results, depth):
        """A call that leaves these results, or None."""
        r, g = self.r, self.g
        if r.random() < 0.45:
            found = [n for n, (p, q) in enumerate(g.signatures) if list(q) == results]
            if not found:
                return None
            target = r.choice(found)
            return self.values(g.signatures[target][0], depth) + b"\x10" + u(target)
        found = [p for p, q in g.signatures if list(q) == results]
        if not found:
            return None
        parameters = r.choice(found)
        type_ = g.module.type(parameters, results)
        good = [n for n, f in enumerate(g.table) if f is not None and g.signatures[f] == (tuple(parameters), tuple(results))]
        if good and r.random() > 0.1 * g.risk:
            index = i32(r.choice(good))
        else:
            index = i32(r.randrange(len(g.table) + 3)) if r.random() < 0.5 else self.expression(I32, depth - 1) + i32(31) + op("i32.and")
            if r.random() > 0.5 * g.risk:
                return None
        return self.values(parameters, depth) + index + b"\x11" + u(type_) + u(0)

    def bulk(self, depth):
        r, g = self.r, self.g
        small = lambda: i32(r.choice([0, 1, 3, 8, 100, 5000]))
        verb = r.choice(["memory.copy", "memory.copy", "memory.fill", "memory.init", "data.drop", "table.init", "elem.drop", "table.copy"])
        rare = r.random() < 0.1 * g.risk
        if verb == "memory.fill":
            return self.address(depth) + self.leaf(I32) + small() + op(verb) + b"\0"
        if verb == "memory.copy":
            return self.address(depth) + self.address(depth) + small() + op(verb) + b"\0\0"
        if verb == "memory.init":
            return self.address(depth) + i32(r.randint(0, 3)) + i32(r.randint(0, 40) if rare else 2) + op(verb) + u(g.passive_data) + b"\0"
        if verb == "data.drop":
            return op(verb) + u(r.choice([0, g.passive_data])) if rare else b""
        if verb == "table.init":
            return i32(r.randint(0, 3)) + i32(0) + i32(r.randint(0, 9) if rare else 2) + op(verb) + u(g.passive_elements) + b"\0"
        if verb == "elem.drop":
            return op(verb) + u(g.passive_elements) if rare else b""
        return i32(r.randint(0, 4)) + i32(r.randint(0, 4)) + i32(r.choice([0, 1, 3, 20]) if rare else 2) + op(verb) + b"\0\0"

    def statements(self, count, depth):
        out = b""
        for _ in range(count):
            if self.budget <= 0:
                return out
            self.budget -= 1
            if depth <= 0:
                out += self.assign(1)
                continue
            if self.g.references and self.r.random() < 0.15:
                out += self.tables(depth)
                continue
            roll = self.r.random()
            if roll < 0.3:
                out += self.assign(depth)
            elif roll < 0.45:
                out += self.store(depth)
            elif roll < 0.53:
                out += self.conditional([], depth)
            elif roll < 0.58:
                out += self.loop(depth)
            elif roll < 0.68:
                out += self.counted(depth)
            elif roll < 0.74:
                out += self.switch(depth)
            elif roll < 0.79:
                results = self.r.choice(self.g.signatures)[1]
                code = self.call(list(results), depth)
                out += code + self.take(results) if code is not None else b""
            elif roll < 0.84:
                out += self.bulk(depth)
            elif roll < 0.90:
                types = self.some_types()
                out += self.block(types, depth) + self.take(types)
            elif roll < 0.96:
                target = self.r.randrange(len(self.labels))
                types = self.labels[-1 - target]
                out += self.values(types, depth) + self.expression(I32, 2) + b"\x0d" + u(target) + self.take(types)
            elif roll < 0.98:
                # a way out, and what stands behind it is dead
                target = self.r.randrange(len(self.labels))
                types = self.labels[-1 - target]
                out += self.expression(I32, 2) + b"\x04\x40"
                self.labels.append([])
                out += self.values(types, depth)
                out += b"\x0f" if types == self.labels[0] and self.r.random() < 0.5 else b"\x0c" + u(target + 1)
                out += (self.statements(1, 1) if self.r.random() < 0.5 else b"") + b"\x0b"
                self.labels.pop()
            elif self.r.random() < 0.1 * self.g.risk:
                out += self.expression(I32, 2) + b"\x04\x40" + op("unreachable") + b"\x0b"
        return out

    def assign(self, depth):
        type_ = self.r.choice(self.types)
        number = self.local(type_)
        globals_ = self.g.globals_of(type_, mutable=True)
        if globals_ and (number is None or self.r.random() < 0.25):
            return self.expression(type_, depth) + gput(self.r.choice(globals_))
        return self.expression(type_, depth) + (put(number) if number is not None else op("drop"))

    def deep(self):
        """Hundreds of blocks in each other, a table over all of them; or a tall operand stack."""
        r = self.r
        if r.random() < 0.3:
            height, type_ = r.choice([50, 400]), r.choice(TYPES)
            self.budget = 0
            add = op(TYPE_NAMES[type_] + ".add")
            return b"".join(self.leaf(type_) for _ in range(height)) + add * (height - 1) + self.take([type_])
        nesting = r.choice([60, 300])
        out = b"\x02\x40" * nesting + self.leaf(I32) + i32(1023) + op("i32.and") + b"\x0e"
        out += vector([u(r.randrange(nesting)) for _ in range(r.choice([3, nesting, 600]))]) + u(r.randrange(nesting))
        self.budget = 0
        for _ in range(nesting):
            out += b"\x0b" + (self.assign(1) if r.random() < 0.3 else b"")
        return out

    def build(self):
        # out of fuel: constants, at once
        code = gget(self.g.fuel) + i32(1) + op("i32.sub") + gput(self.g.fuel) + gget(self.g.fuel) + i32(0) + op("i32.lt_s") + b"\x04\x40"
        code += b"".join(self.const(t) for t in self.results) + b"\x0f\x0b"
        depth = self.r.choice([2, 3, 4, 5, 6])
        if self.r.random() < 0.03:
            code += self.deep()
        code += self.statements(self.r.randint(2, 8), depth)
        # what was computed must not be dead: most locals go into a global that the checksum sees
        for number, type_ in enumerate(self.locals):
            if self.r.random() < 0.8:
                code += gget(self.g.trace) + bits_of(get(number), type_) + op("i64.xor") + i64(PRIME) + op("i64.mul") + gput(self.g.trace)
        code += self.values(self.results, depth)
        return self.locals[self.parameters:], code + b"\x0b"


class Generator:
    """One module of `functions` functions from a random number generator."""

    def __init__(self, rng, functions=40, size=60, vectors=False, references=False):
        self.rng, self.size, self.module = rng, size, Module()
        r, module = rng, self.module
        self.risk = r.choice([0, 0.3, 1])  # how much may trap
        self.references = references
        self.types = TYPES + ([V128] * r.choice([1, 3]) if vectors else []) + (list(REFERENCES) if references else [])
        # Probes are functions that tell which they are; they come behind all others.
        self.probes = list(range(functions, functions + 6)) if references else []
        self.referable = self.probes + [r.randrange(functions) for _ in range(12)] if references else []
        self.fuel = module.add_global(I32, i32(FUEL) + b"\x0b")
        self.trace = module.add_global(I64, i64(1) + b"\x0b")
        for _ in range(r.randint(1, 6)):
            type_ = r.choice(self.types)
            if type_ in REFERENCES:
                initial = null(type_) if type_ == EXTERNREF or r.random() < 0.3 else op("ref.func") + u(r.choice(self.referable))
            else:
                initial = vop(12) + r.randbytes(16) if type_ == V128 else CONST[type_](r.choice(CHOICE[type_]))
            module.globals.append((type_, r.choice([0, 1, 1]), initial + b"\x0b"))
        self.pages = r.choice([1, 1, 1, 2, 3])
        grown = r.choice([None, 0, 1, 4])
        module.raw[5] = b"\x01" + (b"\0" + u(self.pages) if grown is None else b"\1" + u(self.pages) + u(self.pages + grown))
        self.signatures = [
            (tuple(r.choice(self.types) for _ in range(r.choice([0, 1, 1, 2, 2, 3, 5]))),
             tuple(r.choice(self.types) for _ in range(r.choice([0, 1, 1, 1, 1, 2, 3])))) for _ in range(functions)]
        # so that a wrong type is likely to be nearly right
        for n in range(functions // 2):
            self.signatures[r.randrange(functions)] = self.signatures[r.randrange(functions)]
        self.table = [r.randrange(functions) if r.random() < 0.85 else None for _ in range(r.choice([8, 12, 24]))]
        module.raw[4] = b"\x01\x70\x00" + u(len(self.table))
        segments, n = [], 0
        while n < len(self.table):
            end = n
            while end < len(self.table) and self.table[end] is not None:
                end += 1
            if end > n:
                segments.append(b"\0" + i32(n) + b"\x0b" + vector([u(f) for f in self.table[n:end]]))
            n = end + 1
        bad = r.random() < 0.02
        if bad:
            segments.append(b"\0" + i32(len(self.table)) + b"\x0b" + vector([u(0)]))
        self.passive_elements = len(segments)
        segments.append(b"\1\0" + vector([u(r.randrange(functions)) for _ in range(6)]))
        if references:
            self.reference_tables(segments)
        module.raw[9] = vector(segments)
        data = [bytes([0]) + i32(at) + b"\x0b" + sized(r.randbytes(r.randint(0, 60))) for at in (0, 100, 65536 - 64)]
        if r.random() < 0.02:
            data.append(b"\0" + i32(self.pages * 65536 - 3) + b"\x0b" + sized(r.randbytes(4)))
        # what floats are read from: NaNs with payloads, infinities
        data.append(b"\0" + i32(512) + b"\x0b" + sized(b"".join(struct.pack("<Q", r.choice(F64S)) for _ in range(16))))
        data.append(b"\0" + i32(1024) + b"\x0b" + sized(b"".join(struct.pack("<I", r.choice(F32S)) for _ in range(16))))
        self.passive_data = len(data)
        data.append(b"\1" + sized(r.randbytes(32)))
        module.raw[11], module.raw[12] = vector(data), u(len(data))
        for number, (parameters, results) in enumerate(self.signatures):
            locals_, code = Function(self, number, parameters, results).build()
            module.add_function(parameters, results, locals_, code)
            module.exports.append((f"f{number}", 0, number))
        for number in range(len(self.probes)):
            module.add_function([], [I64], [], i64(0x5EED << 40 | number * 0x01010101) + b"\x0b")
        starts = [n for n, signature in enumerate(self.signatures) if signature == ((), ())]
        if starts and r.random() < 0.3:
            module.raw[8] = u(r.choice(starts))

    def reference_tables(self, segments):
        """The tables' section anew, and segments of every form."""
        r, module = self.rng, self.module
        self.table_sizes = [len(self.table), r.choice([4, 7, 12]), r.choice([4, 5])]
        limits = [b"\0" + u(self.table_sizes[MAIN]), b"\1" + u(self.table_sizes[PROBES]) + u(self.table_sizes[PROBES] + r.choice([0, 5, 20])),
                  b"\0" + u(self.table_sizes[THINGS])]
        if r.random() < 0.5:
            limits[MAIN] = b"\1" + u(self.table_sizes[MAIN]) + u(self.table_sizes[MAIN] + 9)
        module.raw[4] = vector([bytes([t]) + l for t, l in zip((FUNCREF, FUNCREF, EXTERNREF), limits)])
        module.tables = [None, module.type([], [I64]), None]
        reference = lambda f: (op("ref.func") + u(f) if f is not None else null(FUNCREF)) + b"\x0b"
        some = lambda n: [r.choice(self.probes) for _ in range(n)]
        segments.append(b"\2" + u(PROBES) + i32(0) + b"\x0b\0" + vector([u(f) for f in some(3)]))
        segments.append(b"\6" + u(PROBES) + i32(2) + b"\x0b" + bytes([FUNCREF]) + vector([reference(f) for f in [None, *some(1)]]))
        segments.append(b"\6" + u(THINGS) + i32(1) + b"\x0b" + bytes([EXTERNREF]) + vector([null(EXTERNREF) + b"\x0b"] * 2))
        if r.random() < 0.02:
            segments.append(b"\2" + u(PROBES) + i32(self.table_sizes[PROBES] - 1) + b"\x0b\0" + vector([u(f) for f in some(2)]))
        self.probe_elements = len(segments)
        segments.append(b"\5" + bytes([FUNCREF]) + vector([reference(f) for f in [*some(4), None, *some(2)]]))
        self.thing_elements = len(segments)
        segments.append(b"\5" + bytes([EXTERNREF]) + vector([null(EXTERNREF) + b"\x0b"] * 6))
        # what ref.func may name
        segments.append(b"\3\0" + vector([u(f) for f in sorted(set(self.referable))]))

    def globals_of(self, type_, mutable=False):
        return [n for n, g in enumerate(self.module.globals) if n not in (self.fuel, self.trace) and g[0] == type_ and (g[1] or not mutable)]
