
LOCAL struct ra fn0(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn1(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn2(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct ra fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn6(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct ra fn7(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn8(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn9(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct ra fn10(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn11(struct xvm_instance *I, i64 g, u64 d);
LOCAL struct ra fn12(struct xvm_instance *I, i64 g, u64 d, u64 l0, u32 l1);
LOCAL struct ra fn13(struct xvm_instance *I, i64 g, u64 d);
LOCAL struct rh fn14(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn15(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1);
LOCAL i64 fn16(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1, u32 l2);
LOCAL struct rh fn17(struct xvm_instance *I, i64 g, u64 d, u64 l0);
LOCAL struct rh fn18(struct xvm_instance *I, i64 g, u64 d, u64 l0, u64 l1, u32 l2);
LOCAL struct re fn19(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL i64 fn20(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn21(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL const struct xvm_table_entry elements0[2] = {
{(void *)fn0, 1, 1},
{(void *)fn1, 1, 2},
};
LOCAL const struct xvm_table_entry elements1[3] = {
{(void *)fn1, 1, 2},
{0, 0, 0},
{(void *)fn0, 1, 1},
};
LOCAL const struct xvm_table_entry references[22] = {
{(void *)fn0, 1, 1},
{(void *)fn1, 1, 2},
{(void *)fn2, 1, 3},
{(void *)fn3, 2, 4},
{(void *)fn4, 2, 5},
{(void *)fn5, 3, 6},
{(void *)fn6, 4, 7},
{(void *)fn7, 1, 8},
{(void *)fn8, 3, 9},
{(void *)fn9, 4, 10},
{(void *)fn10, 1, 11},
{(void *)fn11, 5, 12},
{(void *)fn12, 6, 13},
{(void *)fn13, 5, 14},
{(void *)fn14, 7, 15},
{(void *)fn15, 8, 16},
{(void *)fn16, 9, 17},
{(void *)fn17, 10, 18},
{(void *)fn18, 11, 19},
{(void *)fn19, 12, 20},
{(void *)fn20, 13, 21},
{(void *)fn21, 13, 22},
};

LOCAL struct ra fn0(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0, a1;
d -= 88;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
a1 = 0x2u;
a0 = a0 * a1;
return (struct ra){a0, g};
}

LOCAL struct ra fn1(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0, a1;
d -= 88;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
return (struct ra){a0, g};
}

LOCAL struct ra fn2(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0, a1;
d -= 88;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
a1 = l0;
a0 = a0 * a1;
return (struct ra){a0, g};
}

LOCAL struct ra fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
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

LOCAL struct ra fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
VAR u32 a0, a1;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
if (g < 0) goto oog;
a0 = l1;
a1 = l0;
{ struct ra r = ((struct ra (*)(struct xvm_instance *, i64, u64, u32))table_at(I, 2, a1, 1, TABLE_SIZE2))(I, g, d, a0); a0 = r.v; g = r.g; }
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
VAR u32 e1;
d -= 88;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
e1 = 3;
table_set(I, 0, a0, FUNCREF(e1));
return g;
}

LOCAL i64 fn6(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
VAR u32 a0, a1;
VAR u32 e1;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
a0 = l1;
a1 = l0;
e1 = table_get(I, 0, a1);
table_set(I, 2, a0, FUNCREF(e1));
return g;
}

LOCAL struct ra fn7(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
VAR u32 e0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 5;
a0 = l0;
e0 = table_get(I, 0, a0);
GLOBAL(mu32, 0) = e0;
e0 = GLOBAL(mu32, 0);
a0 = e0 == 0;
return (struct ra){a0, g};
}

LOCAL i64 fn8(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
VAR u32 e1;
d -= 88;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
e1 = GLOBAL(mu32, 0);
table_set(I, 0, a0, FUNCREF(e1));
return g;
}

LOCAL i64 fn9(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
VAR u32 a0, a2;
VAR u32 e1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
a0 = l0;
e1 = 0;
a2 = l1;
if (g < 0) goto oog;
table_fill(I, 0, a0, FUNCREF(e1), a2);
return g;
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn10(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0, a1;
VAR u32 e0;
d -= 88;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
e0 = 3;
a1 = l0;
if (g < 0) goto oog;
a0 = table_grow(I, 0, FUNCREF(e0), a1);
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn11(struct xvm_instance *I, i64 g, u64 d) {
VAR u32 a0;
d -= 72;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
a0 = I->tables[0].size;
return (struct ra){a0, g};
}

LOCAL struct ra fn12(struct xvm_instance *I, i64 g, u64 d, u64 l0, u32 l1) {
VAR u32 a0, a1;
VAR u64 h0;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
h0 = l0;
a1 = l1;
if (g < 0) goto oog;
a0 = table_grow(I, 1, EXTERNREF(h0), a1);
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn13(struct xvm_instance *I, i64 g, u64 d) {
VAR u32 a0;
d -= 72;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
a0 = I->tables[1].size;
return (struct ra){a0, g};
}

LOCAL struct rh fn14(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
VAR u64 h0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 2;
a0 = l0;
h0 = table_get_extern(I, 1, a0);
return (struct rh){h0, g};
}

LOCAL i64 fn15(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1) {
VAR u32 a0;
VAR u64 h1;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
h1 = l1;
table_set(I, 1, a0, EXTERNREF(h1));
return g;
}

LOCAL i64 fn16(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1, u32 l2) {
VAR u32 a0, a2;
VAR u64 h1;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
a0 = l0;
h1 = l1;
a2 = l2;
if (g < 0) goto oog;
table_fill(I, 1, a0, EXTERNREF(h1), a2);
return g;
oog: xvm_trap(I, 12);
}

LOCAL struct rh fn17(struct xvm_instance *I, i64 g, u64 d, u64 l0) {
VAR u64 h0, h1;
d -= 88;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
h0 = GLOBAL(mu64, 1);
h1 = l0;
GLOBAL(mu64, 1) = h1;
return (struct rh){h0, g};
}

LOCAL struct rh fn18(struct xvm_instance *I, i64 g, u64 d, u64 l0, u64 l1, u32 l2) {
VAR u32 a2;
VAR u64 h0, h1;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
h0 = l0;
h1 = l1;
a2 = l2;
h0 = a2 ? h0 : h1;
return (struct rh){h0, g};
}

LOCAL struct re fn19(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
VAR u32 a1;
VAR u32 e0;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
e0 = l0;
a1 = l1;
if (a1) {
goto L2;
}
g -= 2;
e0 = 0;
L2:;
return (struct re){e0, g};
}

LOCAL i64 fn20(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
VAR u32 a0, a1, a2;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
a0 = l0;
a1 = l1;
a2 = l2;
if (g < 0) goto oog;
table_init(I, 2, a0, a1, a2, elements1, SEGMENT(1) ? 0 : 3);
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn21(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
VAR u32 a0, a1, a2;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
a0 = l0;
a1 = l1;
a2 = l2;
if (g < 0) goto oog;
table_copy(I, 2, 0, a0, a1, a2);
return g;
oog: xvm_trap(I, 12);
}

static void call3(struct xvm_instance *I, u64 *s) {
struct ra r = fn3(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call4(struct xvm_instance *I, u64 *s) {
struct ra r = fn4(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call5(struct xvm_instance *I, u64 *s) {
i64 g = fn5(I, I->gas, byte_budget(I), (u32)(s[0]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call6(struct xvm_instance *I, u64 *s) {
i64 g = fn6(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call7(struct xvm_instance *I, u64 *s) {
struct ra r = fn7(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call8(struct xvm_instance *I, u64 *s) {
i64 g = fn8(I, I->gas, byte_budget(I), (u32)(s[0]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call9(struct xvm_instance *I, u64 *s) {
i64 g = fn9(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call10(struct xvm_instance *I, u64 *s) {
struct ra r = fn10(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call11(struct xvm_instance *I, u64 *s) {
struct ra r = fn11(I, I->gas, byte_budget(I));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call12(struct xvm_instance *I, u64 *s) {
struct ra r = fn12(I, I->gas, byte_budget(I), (s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call13(struct xvm_instance *I, u64 *s) {
struct ra r = fn13(I, I->gas, byte_budget(I));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call14(struct xvm_instance *I, u64 *s) {
struct rh r = fn14(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call15(struct xvm_instance *I, u64 *s) {
i64 g = fn15(I, I->gas, byte_budget(I), (u32)(s[0]), (s[1]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call16(struct xvm_instance *I, u64 *s) {
i64 g = fn16(I, I->gas, byte_budget(I), (u32)(s[0]), (s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call17(struct xvm_instance *I, u64 *s) {
struct rh r = fn17(I, I->gas, byte_budget(I), (s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call18(struct xvm_instance *I, u64 *s) {
struct rh r = fn18(I, I->gas, byte_budget(I), (s[0]), (s[1]), (u32)(s[2]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call19(struct xvm_instance *I, u64 *s) {
struct re r = fn19(I, I->gas, byte_budget(I), REFERENCE(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call20(struct xvm_instance *I, u64 *s) {
i64 g = fn20(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call21(struct xvm_instance *I, u64 *s) {
i64 g = fn21(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void xvm_init(struct xvm_instance *I) {
GLOBAL(mu32, 0) = 1;
GLOBAL(mu64, 1) = 0;
table_init(I, 0, 0x0u, 0, 2, elements0, 2);
SEGMENT(0) = 1;
SEGMENT(1) = 0;
SEGMENT(2) = 1;
}

static const u8 kinds1[] = {127, 127};
static const u8 kinds2[] = {127, 127, 127};
static const u8 kinds3[] = {127};
static const u8 kinds4[] = {127, 127};
static const u8 kinds5[] = {127};
static const u8 kinds6[] = {111, 127, 127};
static const u8 kinds7[] = {127, 111};
static const u8 kinds8[] = {127, 111};
static const u8 kinds9[] = {127, 111, 127};
static const u8 kinds10[] = {111, 111};
static const u8 kinds11[] = {111, 111, 127, 111};
static const u8 kinds12[] = {112, 127, 112};
static const u8 kinds13[] = {127, 127, 127};
static const struct xvm_type types[] = {
{0, 0, 0},
{1, 1, kinds1},
{2, 1, kinds2},
{1, 0, kinds3},
{2, 0, kinds4},
{0, 1, kinds5},
{2, 1, kinds6},
{1, 1, kinds7},
{2, 0, kinds8},
{3, 0, kinds9},
{1, 1, kinds10},
{3, 1, kinds11},
{2, 1, kinds12},
{3, 0, kinds13},
};
static const struct xvm_table_limits table_limits[] = {
{2, 0x5},
{1, 0xffffffff},
{3, 0x3},
};
static const struct xvm_export exports[] = {
{call3, 2, 0},
{call4, 2, 0},
{call5, 3, 0},
{call6, 4, 0},
{call7, 1, 0},
{call8, 3, 0},
{call9, 4, 0},
{call10, 1, 0},
{call11, 5, 0},
{call12, 6, 0},
{call13, 5, 0},
{call14, 7, 0},
{call15, 8, 0},
{call16, 9, 0},
{call17, 10, 0},
{call18, 11, 0},
{call19, 12, 0},
{call20, 13, 0},
{call21, 13, 0},
};
__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
0x414d5658u, 1, 65536, 1,
{221, 151, 172, 235, 36, 95, 135, 122, 101, 215, 201, 16, 40, 112, 70, 66, 45, 45, 222, 40, 41, 183, 240, 249, 194, 25, 239, 236, 12, 175, 60, 148},
{127, 58, 201, 104, 161, 240, 164, 166, 247, 44, 154, 159, 208, 28, 71, 182, 108, 66, 230, 101, 130, 247, 93, 95, 67, 217, 198, 33, 181, 229, 217, 220},
0, 0, 0, 0, 14, 3, 0, 0, 2, 19,
types,
table_limits,
0,
0,
exports,
xvm_init
};
