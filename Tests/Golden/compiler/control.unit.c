struct m0 { u64 v0; u32 v1; i64 g; };

LOCAL struct ra fn0(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn1(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn2(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct ra fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct m0 fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1);
LOCAL const u8 data0[9] =
"\150\145\154\154\157\052\057\040\042";
LOCAL const struct xvm_table_entry elements0[2] = {
{(void *)fn0, 1, 1},
{(void *)fn1, 1, 2},
};

LOCAL struct ra fn0(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0, a1, a2;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 5;
if (g < 0) goto oog;
a0 = l0;
a1 = 0x2u;
a0 = (i32)a0 < (i32)a1;
if (!a0) {
g -= 3;
goto L3;
}
a0 = l0;
goto L2;
L3:;
a0 = l0;
a1 = 0x1u;
a0 = a0 - a1;
{ struct ra r = fn0(I, g, d, a0); a0 = r.v; g = r.g; }
g -= 4;
a1 = l0;
a2 = 0x2u;
a1 = a1 - a2;
{ struct ra r = fn0(I, g, d, a1); a1 = r.v; g = r.g; }
g -= 1;
a0 = a0 + a1;
L2:;
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn1(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
u32 l1 = 0;
f64 l2 = 0;
VAR u32 a0, a1;
VAR f64 y0, y1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
a0 = 0x1u;
l1 = a0;
L4:;
g -= 9;
if (g < 0) goto oog;
a0 = l0;
a0 = a0 == 0;
if (a0) {
goto L2;
}
g -= 8;
a0 = l1;
a1 = l0;
a0 = a0 * a1;
l1 = a0;
y0 = l2;
a1 = 0x10u;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
y0 = y0 + y1;
l2 = y0;
a0 = l0;
a1 = 0x1u;
a0 = a0 - a1;
l0 = a0;
goto L4;
L2:;
a0 = 0x8u;
y1 = l2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
y0 = l2;
y0 = f64_canon(y0);
GLOBAL(mf64, 0) = y0;
a0 = l1;
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn2(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
VAR u32 a0, a1;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
if (g < 0) goto oog;
a0 = l1;
a1 = l0;
{ struct ra r = ((struct ra (*)(struct xvm_instance *, i64, u64, u32))table_at(I, 0, a1, 1, TABLE_SIZE0))(I, g, d, a0); a0 = r.v; g = r.g; }
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 6;
a0 = l0;
switch (a0) {
case 1: goto B0;
case 2 ... 3: goto B1;
default: goto B2;
}
B0:;
g -= 1;
goto L4;
B1:;
g -= 1;
goto L6;
B2:;
goto L2;
L6:;
a0 = 0x3u;
return (struct ra){a0, g};
L4:;
a0 = 0x2u;
return (struct ra){a0, g};
L2:;
a0 = 0x1u;
return (struct ra){a0, g};
}

LOCAL struct m0 fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1) {
VAR u32 a1;
VAR u64 b0;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 2;
b0 = l1;
a1 = l0;
return (struct m0){b0, a1, g};
}

static void call0(struct xvm_instance *I, u64 *s) {
struct ra r = fn0(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call1(struct xvm_instance *I, u64 *s) {
struct ra r = fn1(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call2(struct xvm_instance *I, u64 *s) {
struct ra r = fn2(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call3(struct xvm_instance *I, u64 *s) {
struct ra r = fn3(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call4(struct xvm_instance *I, u64 *s) {
struct m0 r = fn4(I, I->gas, byte_budget(I), (u32)(s[0]), (s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void xvm_init(struct xvm_instance *I) {
GLOBAL(mf64, 0) = f64_of(0x3ff8000000000000ul);
table_init(I, 0, 0x0u, 0, 2, elements0, 2);
SEGMENT(1) = 1;
memory_init(I, 0x5u, 0, 9, data0, 9);
SEGMENT(0) = 1;
}

static const u8 kinds1[] = {127, 127};
static const u8 kinds2[] = {127, 127, 127};
static const u8 kinds3[] = {127, 126, 126, 127};
static const struct xvm_type types[] = {
{0, 0, 0},
{1, 1, kinds1},
{2, 1, kinds2},
{2, 2, kinds3},
};
static const struct xvm_table_limits table_limits[] = {
{4, 0x4},
};
static const struct xvm_export exports[] = {
{call0, 1, 0},
{call1, 1, 0},
{call2, 2, 0},
{call3, 1, 0},
{call4, 3, 0},
};
__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
0x414d5658u, 1, 65536, 1,
{190, 197, 251, 192, 8, 86, 237, 142, 240, 135, 86, 84, 244, 45, 219, 197, 155, 17, 149, 83, 209, 5, 131, 223, 43, 41, 23, 78, 191, 241, 78, 184},
{127, 58, 201, 104, 161, 240, 164, 166, 247, 44, 154, 159, 208, 28, 71, 182, 108, 66, 230, 101, 130, 247, 93, 95, 67, 217, 198, 33, 181, 229, 217, 220},
1, 1, 65536, 14, 4, 1, 0, 0, 1, 5,
types,
table_limits,
0,
0,
exports,
xvm_init
};
