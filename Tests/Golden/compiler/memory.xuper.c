
LOCAL i64 fn0(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn1(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn2(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct rb fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1);
LOCAL struct ra fn6(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn7(struct xvm_instance *I, i64 g, u64 d);
LOCAL struct ra fn8(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn9(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn10(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn11(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn12(struct xvm_instance *I, i64 g, u64 d);
LOCAL i64 fn13(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn14(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn15(struct xvm_instance *I, i64 g, u64 d);
LOCAL i64 fn16(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct ra fn17(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL const u8 data0[6] =
"\141\142\143\144\145\146";
LOCAL const struct xvm_table_entry elements0[2] = {
{(void *)fn0, 1, 1},
{(void *)fn0, 1, 1},
};

LOCAL i64 fn0(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l0;
a0 = *(mu32 *)M(a0, 65536); UI(a0);
return g;
}

LOCAL i64 fn1(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
VAR f64 y0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100006;
a0 = l0;
y0 = *(mf64 *)M(a0, 65536); UX(y0);
return g;
}

LOCAL struct ra fn2(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 6;
a0 = l0;
a0 = (u32)*(mi8 *)M(a0, 65536); UI(a0);
return (struct ra){a0, g};
}

LOCAL struct rb fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
VAR u64 b0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 6;
a0 = l0;
b0 = *(mu64 *)M(a0, 65536); UI(b0);
return (struct rb){b0, g};
}

LOCAL struct ra fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 6;
a0 = l0;
a0 = *(mu8 *)M(a0, 4295032831); UI(a0);
return (struct ra){a0, g};
}

LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1) {
VAR u32 a0;
VAR u64 b1;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l0;
b1 = l1;
*(mu64 *)M(a0, 65536) = b1;
return g;
}

LOCAL struct ra fn6(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100003;
a0 = l0;
if (g < 0) goto oog;
a0 = I->memory_grow(I, a0);
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn7(struct xvm_instance *I, i64 g, u64 d) {
VAR u32 a0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 2;
a0 = I->memory_pages;
return (struct ra){a0, g};
}

LOCAL struct ra fn8(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100009;
a0 = 0x1u;
if (g < 0) goto oog;
a0 = I->memory_grow(I, a0);
a0 = l0;
a0 = *(mu32 *)M(a0, 65536); UI(a0);
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL i64 fn9(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
VAR u32 a0, a1, a2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100009;
a0 = l0;
a1 = l1;
a2 = l2;
if (g < 0) goto oog;
memory_copy(I, a0, a1, a2);
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn10(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
VAR u32 a0, a1, a2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100009;
a0 = l0;
a1 = l1;
a2 = l2;
if (g < 0) goto oog;
memory_fill(I, a0, a1, a2);
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn11(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
VAR u32 a0, a1, a2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100009;
a0 = l0;
a1 = l1;
a2 = l2;
if (g < 0) goto oog;
memory_init(I, a0, a1, a2, data0, SEGMENT(0) ? 0 : 6);
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn12(struct xvm_instance *I, i64 g, u64 d) {
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100000;
SEGMENT(0) = 1;
return g;
}

LOCAL i64 fn13(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
VAR u32 a0, a1, a2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100009;
a0 = l0;
a1 = l1;
a2 = l2;
if (g < 0) goto oog;
table_init(I, 0, a0, a1, a2, elements0, SEGMENT(1) ? 0 : 2);
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn14(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
VAR u32 a0, a1, a2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100009;
a0 = l0;
a1 = l1;
a2 = l2;
if (g < 0) goto oog;
table_copy(I, 0, 0, a0, a1, a2);
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn15(struct xvm_instance *I, i64 g, u64 d) {
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100000;
SEGMENT(1) = 1;
return g;
}

LOCAL i64 fn16(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
VAR u32 a0, a1;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
if (g < 0) goto oog;
a0 = l1;
a1 = l0;
g = ((i64 (*)(struct xvm_instance *, i64, u64, u32))table_at(I, 0, a1, 1, TABLE_SIZE0))(I, g, d, a0);
return g;
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn17(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
VAR u32 a0, a1;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 89;
a0 = l0;
a0 = *(mu32 *)M(a0, 65536); UI(a0);
a1 = l1;
a0 = i32_div_u(I, a0, a1);
return (struct ra){a0, g};
}

static void call0(struct xvm_instance *I, u64 *s) {
i64 g = fn0(I, I->gas, frame_budget(I), (u32)(s[0]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call1(struct xvm_instance *I, u64 *s) {
i64 g = fn1(I, I->gas, frame_budget(I), (u32)(s[0]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call2(struct xvm_instance *I, u64 *s) {
struct ra r = fn2(I, I->gas, frame_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call3(struct xvm_instance *I, u64 *s) {
struct rb r = fn3(I, I->gas, frame_budget(I), (u32)(s[0]));
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
i64 g = fn5(I, I->gas, frame_budget(I), (u32)(s[0]), (s[1]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call6(struct xvm_instance *I, u64 *s) {
struct ra r = fn6(I, I->gas, frame_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call7(struct xvm_instance *I, u64 *s) {
struct ra r = fn7(I, I->gas, frame_budget(I));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call8(struct xvm_instance *I, u64 *s) {
struct ra r = fn8(I, I->gas, frame_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call9(struct xvm_instance *I, u64 *s) {
i64 g = fn9(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call10(struct xvm_instance *I, u64 *s) {
i64 g = fn10(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call11(struct xvm_instance *I, u64 *s) {
i64 g = fn11(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call12(struct xvm_instance *I, u64 *s) {
i64 g = fn12(I, I->gas, frame_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call13(struct xvm_instance *I, u64 *s) {
i64 g = fn13(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call14(struct xvm_instance *I, u64 *s) {
i64 g = fn14(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call15(struct xvm_instance *I, u64 *s) {
i64 g = fn15(I, I->gas, frame_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call16(struct xvm_instance *I, u64 *s) {
i64 g = fn16(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call17(struct xvm_instance *I, u64 *s) {
struct ra r = fn17(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void xvm_init(struct xvm_instance *I) {
SEGMENT(1) = 0;
SEGMENT(0) = 0;
}

static const u8 kinds1[] = {127};
static const u8 kinds2[] = {127, 127};
static const u8 kinds3[] = {127, 126};
static const u8 kinds4[] = {127, 126};
static const u8 kinds5[] = {127};
static const u8 kinds6[] = {127, 127, 127};
static const u8 kinds8[] = {127, 127};
static const u8 kinds9[] = {127, 127, 127};
static const struct xvm_type types[] = {
{0, 0, 0},
{1, 0, kinds1},
{1, 1, kinds2},
{1, 1, kinds3},
{2, 0, kinds4},
{0, 1, kinds5},
{3, 0, kinds6},
{0, 0, 0},
{2, 0, kinds8},
{2, 1, kinds9},
};
static const struct xvm_table_limits table_limits[] = {
{4, 0x4},
};
static const struct xvm_export exports[] = {
{call0, 1, 0},
{call1, 1, 0},
{call2, 2, 0},
{call3, 3, 0},
{call4, 2, 0},
{call5, 4, 0},
{call6, 2, 0},
{call7, 5, 0},
{call8, 2, 0},
{call9, 6, 0},
{call10, 6, 0},
{call11, 6, 0},
{call12, 7, 0},
{call13, 6, 0},
{call14, 6, 0},
{call15, 7, 0},
{call16, 8, 0},
{call17, 9, 0},
};
__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
0x414d5658u, 1, 65536, 1,
{70, 176, 252, 157, 251, 49, 44, 0, 91, 129, 113, 193, 161, 30, 160, 162, 74, 42, 186, 152, 98, 79, 152, 92, 141, 216, 114, 131, 115, 91, 216, 59},
{48, 27, 69, 104, 33, 169, 122, 32, 10, 12, 205, 91, 2, 28, 252, 51, 253, 157, 180, 178, 134, 236, 53, 52, 150, 205, 115, 158, 74, 157, 199, 171},
1, 1, 3, 0, 10, 1, 0, 0, 0, 18,
types,
table_limits,
0,
0,
exports,
xvm_init
};
