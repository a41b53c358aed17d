
LOCAL struct ra fn0(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL i64 fn1(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL i64 fn2(struct xvm_instance *I, i64 g, u64 d);
LOCAL struct ra fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d);
LOCAL const struct xvm_table_entry elements0[2] = {
{(void *)fn0, 1, 1},
{(void *)fn2, 3, 2},
};

LOCAL i64 fn2(struct xvm_instance *I, i64 g, u64 d) {
VAR u32 a0, a1;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 5;
if (g < 0) goto oog;
a0 = 0x7u;
a1 = 0x8u;
{ struct ra r = fn0(I, g, d, a0, a1); a0 = r.v; g = r.g; }
return g;
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
u32 l1 = 0;
VAR u32 a0, a1, a2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 12;
if (g < 0) goto oog;
a0 = l0;
a1 = 0x1u;
{ struct ra r = fn0(I, g, d, a0, a1); a0 = r.v; g = r.g; }
g -= 2;
l1 = a0;
a0 = l0;
a1 = 0x5u;
a0 = a0 > a1;
if (!a0) {
g -= 11;
goto L4;
}
a0 = 0x1u;
a1 = 0x2u;
g = fn1(I, g, d, a0, a1);
g -= 6;
goto L3;
L4:;
a0 = l1;
a1 = 0x1u;
a0 = a0 + a1;
l1 = a0;
L3:;
a0 = l1;
a1 = 0x3u;
a2 = 0x4u;
{ struct ra r = fn0(I, g, d, a1, a2); a1 = r.v; g = r.g; }
a0 = a0 + a1;
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0, a1, a2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 6;
if (g < 0) goto oog;
a0 = 0x1u;
a1 = 0x2u;
a2 = l0;
{ struct ra r = ((struct ra (*)(struct xvm_instance *, i64, u64, u32, u32))table_at(I, 0, a2, 1, TABLE_SIZE0))(I, g, d, a0, a1); a0 = r.v; g = r.g; }
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d) {
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
L2:;
g -= 2;
if (g < 0) goto oog;
goto L2;
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn0(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u64 s[2];
(void)d;
if (g < 0) xvm_trap(I, 12);
s[0] = (l0);
s[1] = (l1);
I->gas = g;
I->host_call(I, 0, s);
return (struct ra){(u32)(s[0]), I->gas};
}

LOCAL i64 fn1(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u64 s[2];
(void)d;
if (g < 0) xvm_trap(I, 12);
s[0] = (l0);
s[1] = (l1);
I->gas = g;
I->host_call(I, 1, s);
return I->gas;
}

static void call3(struct xvm_instance *I, u64 *s) {
struct ra r = fn3(I, I->gas, frame_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call4(struct xvm_instance *I, u64 *s) {
struct ra r = fn4(I, I->gas, frame_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call5(struct xvm_instance *I, u64 *s) {
i64 g = fn5(I, I->gas, frame_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void xvm_init(struct xvm_instance *I) {
table_init(I, 0, 0x1u, 0, 2, elements0, 2);
SEGMENT(0) = 1;
I->gas = fn2(I, I->gas, frame_budget(I));
if (I->gas < 0) xvm_trap(I, 12);
}

static const u8 kinds1[] = {127, 127, 127};
static const u8 kinds2[] = {127, 127};
static const u8 kinds4[] = {127, 127};
static const struct xvm_type types[] = {
{0, 0, 0},
{2, 1, kinds1},
{2, 0, kinds2},
{0, 0, 0},
{1, 1, kinds4},
};
static const struct xvm_table_limits table_limits[] = {
{3, 0x3},
};
static const struct xvm_function_import function_imports[] = {
{11, 1},
{13, 2},
};
static const struct xvm_export exports[] = {
{call3, 4, 0},
{call4, 4, 0},
{call5, 3, 0},
};
__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
0x414d5658u, 1, 65536, 1,
{234, 20, 21, 69, 22, 148, 159, 1, 158, 126, 94, 155, 125, 251, 210, 9, 99, 230, 6, 101, 187, 171, 7, 164, 77, 103, 235, 186, 145, 236, 20, 197},
{48, 27, 69, 104, 33, 169, 122, 32, 10, 12, 205, 91, 2, 28, 252, 51, 253, 157, 180, 178, 134, 236, 53, 52, 150, 205, 115, 158, 74, 157, 199, 171},
0, 0, 0, 0, 5, 1, 2, 0, 0, 3,
types,
table_limits,
function_imports,
0,
exports,
xvm_init
};
