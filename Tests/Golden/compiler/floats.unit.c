
LOCAL struct ry fn0(struct xvm_instance *I, i64 g, u64 d, f64 l0);
LOCAL struct ry fn1(struct xvm_instance *I, i64 g, u64 d, f64 l0, f64 l1);
LOCAL struct rx fn2(struct xvm_instance *I, i64 g, u64 d, f32 l0);
LOCAL struct rb fn3(struct xvm_instance *I, i64 g, u64 d, f64 l0, f64 l1, u32 l2);
LOCAL struct rb fn4(struct xvm_instance *I, i64 g, u64 d, f64 l0, f64 l1, u32 l2);
LOCAL struct ra fn5(struct xvm_instance *I, i64 g, u64 d, f32 l0, f32 l1);
LOCAL struct ra fn6(struct xvm_instance *I, i64 g, u64 d, f32 l0, f32 l1, u32 l2);
LOCAL struct ra fn7(struct xvm_instance *I, i64 g, u64 d, f64 l0);
LOCAL struct rb fn8(struct xvm_instance *I, i64 g, u64 d, f32 l0);
LOCAL struct ry fn9(struct xvm_instance *I, i64 g, u64 d, f64 l0);
LOCAL struct ry fn10(struct xvm_instance *I, i64 g, u64 d, f64 l0, f64 l1);
LOCAL i64 fn11(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1);
LOCAL struct rb fn12(struct xvm_instance *I, i64 g, u64 d, f64 l0, f64 l1, u32 l2);
LOCAL const struct xvm_table_entry elements0[1] = {
{(void *)fn0, 1, 1},
};

LOCAL struct ry fn0(struct xvm_instance *I, i64 g, u64 d, f64 l0) {
VAR f64 y0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
y0 = l0;
return (struct ry){y0, g};
}

LOCAL struct ry fn1(struct xvm_instance *I, i64 g, u64 d, f64 l0, f64 l1) {
VAR f64 y0, y1;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
y0 = l0;
y1 = l1;
y0 = y0 + y1;
y0 = f64_canon(y0);
return (struct ry){y0, g};
}

LOCAL struct rx fn2(struct xvm_instance *I, i64 g, u64 d, f32 l0) {
f32 l1 = 0;
VAR u32 a0;
VAR f32 x0, x1;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = 0x0u;
x1 = l0;
*(mf32 *)M(a0, 65536) = x1;
a0 = 0x0u;
x0 = *(mf32 *)M(a0, 65536); UX(x0);
l1 = x0;
x0 = l1;
GLOBAL(mf32, 0) = x0;
x0 = GLOBAL(mf32, 0);
return (struct rx){x0, g};
}

LOCAL struct rb fn3(struct xvm_instance *I, i64 g, u64 d, f64 l0, f64 l1, u32 l2) {
f64 l3 = 0;
VAR u32 a0;
VAR u64 b0;
VAR f64 y0, y1;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 7;
a0 = l2;
if (!a0) {
g -= 1;
goto L3;
}
a0 = 0x8u;
y0 = *(mf64 *)M(a0, 65536); UX(y0);
l3 = y0;
goto L2;
L3:;
y0 = l0;
y1 = l1;
y0 = y0 * y1;
l3 = y0;
l3 = f64_canon(l3);
L2:;
y0 = l3;
b0 = f64_bits(y0);
return (struct rb){b0, g};
}

LOCAL struct rb fn4(struct xvm_instance *I, i64 g, u64 d, f64 l0, f64 l1, u32 l2) {
f64 l3 = 0;
VAR u32 a0, a1;
VAR u64 b0;
VAR f64 y0, y1;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~((u32)(0xffffffffu + l2)), v = (u32)~((u32)(0x0u));
u64 n = (u64)(u32)(v - u) / 1u + 1;
if (CLONES && n <= 0x80000000u && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
y0 = l3;
y1 = l0;
y0 = y0 + y1;
y1 = l1;
y0 = y0 / y1;
l3 = y0;
a0 = l2;
a1 = 0x1u;
a0 = a0 - a1;
l2 = a0;
if (++t != n) goto C0;
g -= 5;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
y0 = l3;
y1 = l0;
y0 = y0 + y1;
y1 = l1;
y0 = y0 / y1;
l3 = y0;
a0 = l2;
a1 = 0x1u;
a0 = a0 - a1;
l2 = a0;
if (a0) {
goto L2;
}
g -= 5;
X0:;
a0 = 0x18u;
y1 = l3;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = 0x18u;
b0 = *(mu64 *)M(a0, 65536); UI(b0);
return (struct rb){b0, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn5(struct xvm_instance *I, i64 g, u64 d, f32 l0, f32 l1) {
VAR u32 a0;
VAR f32 x0, x1;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 5;
x0 = l0;
x1 = l1;
x0 = x0 - x1;
x0 = f32_canon(x0);
x0 = f32_neg(x0);
a0 = f32_bits(x0);
return (struct ra){a0, g};
}

LOCAL struct ra fn6(struct xvm_instance *I, i64 g, u64 d, f32 l0, f32 l1, u32 l2) {
VAR u32 a0, a2;
VAR f32 x0, x1;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 6;
x0 = l0;
x0 = f32_sqrt(x0);
x1 = l1;
a2 = l2;
x0 = f32_canon(x0);
x0 = a2 ? x0 : x1;
a0 = f32_bits(x0);
return (struct ra){a0, g};
}

LOCAL struct ra fn7(struct xvm_instance *I, i64 g, u64 d, f64 l0) {
VAR u32 a0;
VAR f32 x0;
VAR f64 y0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
y0 = l0;
x0 = (f32)y0;
x0 = f32_canon(x0);
a0 = f32_bits(x0);
return (struct ra){a0, g};
}

LOCAL struct rb fn8(struct xvm_instance *I, i64 g, u64 d, f32 l0) {
VAR u64 b0;
VAR f32 x0;
VAR f64 y0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
x0 = l0;
y0 = (f64)x0;
y0 = f64_canon(y0);
b0 = f64_bits(y0);
return (struct rb){b0, g};
}

LOCAL struct ry fn9(struct xvm_instance *I, i64 g, u64 d, f64 l0) {
VAR f64 y0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 2;
y0 = l0;
y0 = f64_nearest(y0);
y0 = f64_canon(y0);
return (struct ry){y0, g};
}

LOCAL struct ry fn10(struct xvm_instance *I, i64 g, u64 d, f64 l0, f64 l1) {
VAR u32 a1;
VAR f64 y0, y1;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 5;
if (g < 0) goto oog;
y0 = l0;
y1 = l1;
y0 = y0 - y1;
a1 = 0x0u;
y0 = f64_canon(y0);
{ struct ry r = ((struct ry (*)(struct xvm_instance *, i64, u64, f64))table_at(I, 0, a1, 1, TABLE_SIZE0))(I, g, d, y0); y0 = r.v; g = r.g; }
return (struct ry){y0, g};
oog: xvm_trap(I, 12);
}

LOCAL i64 fn11(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1) {
VAR u32 a0;
VAR u64 b1;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
b1 = l1;
*(mu64 *)M(a0, 65536) = b1;
return g;
}

LOCAL struct rb fn12(struct xvm_instance *I, i64 g, u64 d, f64 l0, f64 l1, u32 l2) {
VAR u32 a1;
VAR u64 b0;
VAR f64 y0, y1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 7;
y0 = l0;
y1 = l1;
y0 = y0 + y1;
a1 = l2;
y0 = f64_canon(y0);
if (a1) {
goto L2;
}
g -= 2;
y1 = l1;
y0 = y0 * y1;
y0 = f64_canon(y0);
L2:;
b0 = f64_bits(y0);
return (struct rb){b0, g};
}

static void call1(struct xvm_instance *I, u64 *s) {
struct ry r = fn1(I, I->gas, byte_budget(I), f64_of(s[0]), f64_of(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = f64_bits(r.v);
}

static void call2(struct xvm_instance *I, u64 *s) {
struct rx r = fn2(I, I->gas, byte_budget(I), f32_of((u32)s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = f32_bits(r.v);
}

static void call3(struct xvm_instance *I, u64 *s) {
struct rb r = fn3(I, I->gas, byte_budget(I), f64_of(s[0]), f64_of(s[1]), (u32)(s[2]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call4(struct xvm_instance *I, u64 *s) {
struct rb r = fn4(I, I->gas, byte_budget(I), f64_of(s[0]), f64_of(s[1]), (u32)(s[2]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call5(struct xvm_instance *I, u64 *s) {
struct ra r = fn5(I, I->gas, byte_budget(I), f32_of((u32)s[0]), f32_of((u32)s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call6(struct xvm_instance *I, u64 *s) {
struct ra r = fn6(I, I->gas, byte_budget(I), f32_of((u32)s[0]), f32_of((u32)s[1]), (u32)(s[2]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call7(struct xvm_instance *I, u64 *s) {
struct ra r = fn7(I, I->gas, byte_budget(I), f64_of(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call8(struct xvm_instance *I, u64 *s) {
struct rb r = fn8(I, I->gas, byte_budget(I), f32_of((u32)s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call9(struct xvm_instance *I, u64 *s) {
struct ry r = fn9(I, I->gas, byte_budget(I), f64_of(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = f64_bits(r.v);
}

static void call10(struct xvm_instance *I, u64 *s) {
struct ry r = fn10(I, I->gas, byte_budget(I), f64_of(s[0]), f64_of(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = f64_bits(r.v);
}

static void call11(struct xvm_instance *I, u64 *s) {
i64 g = fn11(I, I->gas, byte_budget(I), (u32)(s[0]), (s[1]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call12(struct xvm_instance *I, u64 *s) {
struct rb r = fn12(I, I->gas, byte_budget(I), f64_of(s[0]), f64_of(s[1]), (u32)(s[2]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void xvm_init(struct xvm_instance *I) {
GLOBAL(mf32, 0) = f32_of(0x0u);
table_init(I, 0, 0x0u, 0, 1, elements0, 1);
SEGMENT(0) = 1;
}

static const u8 kinds1[] = {124, 124};
static const u8 kinds2[] = {124, 124, 124};
static const u8 kinds3[] = {125, 125};
static const u8 kinds4[] = {124, 124, 127, 126};
static const u8 kinds5[] = {125, 125, 127};
static const u8 kinds6[] = {125, 125, 127, 127};
static const u8 kinds7[] = {124, 127};
static const u8 kinds8[] = {125, 126};
static const u8 kinds9[] = {127, 126};
static const struct xvm_type types[] = {
{0, 0, 0},
{1, 1, kinds1},
{2, 1, kinds2},
{1, 1, kinds3},
{3, 1, kinds4},
{2, 1, kinds5},
{3, 1, kinds6},
{1, 1, kinds7},
{1, 1, kinds8},
{2, 0, kinds9},
};
static const struct xvm_table_limits table_limits[] = {
{1, 0x1},
};
static const struct xvm_export exports[] = {
{call1, 2, 0},
{call2, 3, 0},
{call3, 4, 0},
{call4, 4, 0},
{call5, 5, 0},
{call6, 6, 0},
{call7, 7, 0},
{call8, 8, 0},
{call9, 1, 0},
{call10, 2, 0},
{call11, 9, 0},
{call12, 4, 0},
};
__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
0x414d5658u, 1, 65536, 1,
{76, 77, 116, 48, 98, 206, 36, 155, 96, 177, 136, 13, 199, 189, 188, 190, 123, 198, 224, 0, 56, 31, 147, 57, 87, 214, 28, 102, 209, 196, 80, 200},
{127, 58, 201, 104, 161, 240, 164, 166, 247, 44, 154, 159, 208, 28, 71, 182, 108, 66, 230, 101, 130, 247, 93, 95, 67, 217, 198, 33, 181, 229, 217, 220},
1, 1, 65536, 0, 10, 1, 0, 0, 1, 12,
types,
table_limits,
0,
0,
exports,
xvm_init
};
