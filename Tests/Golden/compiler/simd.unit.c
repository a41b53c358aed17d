
LOCAL struct m0 fn1(struct xvm_instance *I, i64 g, u64 d, v128 l0, u32 l1, v128 l2) {
VAR u32 a1;
VAR u64 b1;
VAR v128 z0, z2;
d -= 128;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
z0 = l2;
a1 = l1;
b1 = (u64)a1;
z2 = l0;
return (struct m0){z0, b1, z2, g};
}

LOCAL struct m0 fn2(struct xvm_instance *I, i64 g, u64 d, v128 l0, u32 l1, v128 l2) {
VAR u32 a1;
VAR u64 b1;
VAR v128 z0, z2;
d -= 128;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
if (g < 0) goto oog;
z0 = l0;
a1 = l1;
z2 = l2;
{ struct m0 r = fn1(I, g, d, z0, a1, z2); z0 = r.v0; b1 = r.v1; z2 = r.v2; g = r.g; }
return (struct m0){z0, b1, z2, g};
oog: xvm_trap(I, 12);
}

LOCAL struct rz fn3(struct xvm_instance *I, i64 g, u64 d, v128 l0, v128 l1, u32 l2) {
v128 l3 = {0};
VAR u32 a1, a2;
VAR v128 z0, z1;
d -= 144;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
z0 = l0;
a1 = l2;
if (a1) {
goto L2;
}
g -= 2;
z0 = l1;
L2:;
l3 = z0;
z0 = l3;
z1 = (v128){0x0ul, 0x0ul};
a2 = 0x1u;
z0 = a2 ? z0 : z1;
return (struct rz){z0, g};
}

LOCAL struct rz fn4(struct xvm_instance *I, i64 g, u64 d, v128 l0, v128 l1) {
VAR v128 z0, z1;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
z0 = l0;
z1 = l1;
z0 = (v128)__builtin_shufflevector((u8x16)z0, (u8x16)z1, 31, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7);
return (struct rz){z0, g};
}

LOCAL struct rz fn5(struct xvm_instance *I, i64 g, u64 d, v128 l0, v128 l1) {
VAR v128 z0, z1;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
z0 = l0;
z1 = l1;
z0 = f64x2_add(z0, z1);
return (struct rz){z0, g};
}

LOCAL struct rz fn6(struct xvm_instance *I, i64 g, u64 d, v128 l0) {
VAR v128 z0;
d -= 88;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 2;
z0 = l0;
z0 = f32x4_demote_f64x2_zero(z0);
return (struct rz){z0, g};
}

LOCAL struct rz fn7(struct xvm_instance *I, i64 g, u64 d, f64 l0, f64 l1) {
VAR f64 y0, y1;
VAR v128 z0;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
y0 = l0;
y1 = l1;
y0 = y0 + y1;
y0 = f64_canon(y0);
z0 = f64x2_splat(y0);
return (struct rz){z0, g};
}

LOCAL struct rx fn8(struct xvm_instance *I, i64 g, u64 d, v128 l0) {
VAR f32 x0;
VAR v128 z0;
d -= 88;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 2;
z0 = l0;
x0 = f32x4_extract_lane(z0, 2);
return (struct rx){x0, g};
}

LOCAL i64 fn9(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
VAR v128 z0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
z0 = (*(mv128 *)M(a0, 65552)); UX(z0);
return g;
}

LOCAL i64 fn10(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
VAR v128 z0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
z0 = i16x8_splat(*(mu16 *)M(a0, 65536)); UX(z0);
return g;
}

LOCAL i64 fn11(struct xvm_instance *I, i64 g, u64 d, u32 l0, v128 l1) {
VAR u32 a0;
VAR v128 z0, z1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
a0 = l0;
z1 = l1;
z0 = i32x4_replace_lane(z1, *(mu32 *)M(a0, 65536), 1); UX(z0);
return g;
}

LOCAL i64 fn12(struct xvm_instance *I, i64 g, u64 d, u32 l0, v128 l1) {
VAR u32 a0;
VAR v128 z1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
z1 = l1;
*(mu8 *)M(a0, 65536) = (u8)i8x16_extract_lane_u(z1, 15);
return g;
}

LOCAL struct rz fn13(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
VAR v128 z0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 2;
a0 = l0;
z0 = (*(mv128 *)M(a0, 65536)); UX(z0);
return (struct rz){z0, g};
}

LOCAL i64 fn14(struct xvm_instance *I, i64 g, u64 d, u32 l0, v128 l1) {
VAR u32 a0;
VAR v128 z1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
z1 = l1;
*(mv128 *)M(a0, 65536) = z1;
return g;
}

LOCAL i64 fn15(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
VAR u32 a0, a1, a2;
VAR v128 z1, z2;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~((u32)(0xffffffffu + l2)), v = (u32)~((u32)(0x0u));
u64 n = (u64)(u32)(v - u) / 1u + 1;
u64 w0 = (u32)(0x0u + l1);
u64 w1 = (u32)(0x0u + l0);
if (CLONES && n <= 0x80000000u && (i64)(n * 20) <= g && w0 + (n - 1) * 16u + 16u <= I->memory_size && w1 + (n - 1) * 16u + 16u <= I->memory_size) {
g -= (i64)(n * 20);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
C0:;
a0 = l0;
a1 = l1;
z1 = (*(mv128 *)(p0 + t * 16));
a2 = 0x1u;
z2 = i8x16_splat(a2);
z1 = i8x16_add(z1, z2);
*(mv128 *)(p1 + t * 16) = z1;
a0 = l0;
a1 = 0x10u;
a0 = a0 + a1;
l0 = a0;
a0 = l1;
a1 = 0x10u;
a0 = a0 + a1;
l1 = a0;
a0 = l2;
a1 = 0x1u;
a0 = a0 - a1;
l2 = a0;
if (++t != n) goto C0;
goto X0;
}
}
L2:;
g -= 20;
if (g < 0) goto oog;
a0 = l0;
a1 = l1;
z1 = (*(mv128 *)M(a1, 65536)); UX(z1);
a2 = 0x1u;
z2 = i8x16_splat(a2);
z1 = i8x16_add(z1, z2);
*(mv128 *)M(a0, 65536) = z1;
a0 = l0;
a1 = 0x10u;
a0 = a0 + a1;
l0 = a0;
a0 = l1;
a1 = 0x10u;
a0 = a0 + a1;
l1 = a0;
a0 = l2;
a1 = 0x1u;
a0 = a0 - a1;
l2 = a0;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

static void call0(struct xvm_instance *I, u64 *s) {
struct rz r = fn0(I, I->gas, byte_budget(I), (v128){s[0], s[1]});
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v[0]);
s[1] = (r.v[1]);
}

static void call2(struct xvm_instance *I, u64 *s) {
struct m0 r = fn2(I, I->gas, byte_budget(I), (v128){s[0], s[1]}, (u32)(s[2]), (v128){s[3], s[4]});
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0[0]);
s[1] = (r.v0[1]);
s[2] = (r.v1);
s[3] = (r.v2[0]);
s[4] = (r.v2[1]);
}

static void call3(struct xvm_instance *I, u64 *s) {
struct rz r = fn3(I, I->gas, byte_budget(I), (v128){s[0], s[1]}, (v128){s[2], s[3]}, (u32)(s[4]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v[0]);
s[1] = (r.v[1]);
}

static void call4(struct xvm_instance *I, u64 *s) {
struct rz r = fn4(I, I->gas, byte_budget(I), (v128){s[0], s[1]}, (v128){s[2], s[3]});
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v[0]);
s[1] = (r.v[1]);
}

static void call5(struct xvm_instance *I, u64 *s) {
struct rz r = fn5(I, I->gas, byte_budget(I), (v128){s[0], s[1]}, (v128){s[2], s[3]});
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v[0]);
s[1] = (r.v[1]);
}

static void call6(struct xvm_instance *I, u64 *s) {
struct rz r = fn6(I, I->gas, byte_budget(I), (v128){s[0], s[1]});
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v[0]);
s[1] = (r.v[1]);
}

static void call7(struct xvm_instance *I, u64 *s) {
struct rz r = fn7(I, I->gas, byte_budget(I), f64_of(s[0]), f64_of(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v[0]);
s[1] = (r.v[1]);
}

static void call8(struct xvm_instance *I, u64 *s) {
struct rx r = fn8(I, I->gas, byte_budget(I), (v128){s[0], s[1]});
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = f32_bits(r.v);
}

static void call9(struct xvm_instance *I, u64 *s) {
i64 g = fn9(I, I->gas, byte_budget(I), (u32)(s[0]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call10(struct xvm_instance *I, u64 *s) {
i64 g = fn10(I, I->gas, byte_budget(I), (u32)(s[0]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call11(struct xvm_instance *I, u64 *s) {
i64 g = fn11(I, I->gas, byte_budget(I), (u32)(s[0]), (v128){s[1], s[2]});
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call12(struct xvm_instance *I, u64 *s) {
i64 g = fn12(I, I->gas, byte_budget(I), (u32)(s[0]), (v128){s[1], s[2]});
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call13(struct xvm_instance *I, u64 *s) {
struct rz r = fn13(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v[0]);
s[1] = (r.v[1]);
}

static void call14(struct xvm_instance *I, u64 *s) {
i64 g = fn14(I, I->gas, byte_budget(I), (u32)(s[0]), (v128){s[1], s[2]});
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call15(struct xvm_instance *I, u64 *s) {
i64 g = fn15(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void xvm_init(struct xvm_instance *I) {
GLOBAL(mv128, 0) = (v128){0x1ul, 0x2ul};
}

static const u8 kinds1[] = {123, 123};
static const u8 kinds2[] = {123, 127, 123, 123, 126, 123};
static const u8 kinds3[] = {123, 123, 127, 123};
static const u8 kinds4[] = {123, 123, 123};
static const u8 kinds5[] = {124, 124, 123};
static const u8 kinds6[] = {123, 125};
static const u8 kinds7[] = {127};
static const u8 kinds8[] = {127, 123};
static const u8 kinds9[] = {127, 123};
static const u8 kinds10[] = {127, 127, 127};
static const struct xvm_type types[] = {
{0, 0, 0},
{1, 1, kinds1},
{3, 3, kinds2},
{3, 1, kinds3},
{2, 1, kinds4},
{2, 1, kinds5},
{1, 1, kinds6},
{1, 0, kinds7},
{2, 0, kinds8},
{1, 1, kinds9},
{3, 0, kinds10},
};
static const struct xvm_export exports[] = {
{call0, 1, 0},
{call2, 2, 0},
{call3, 3, 0},
{call4, 4, 0},
{call5, 4, 0},
{call6, 1, 0},
{call7, 5, 0},
{call8, 6, 0},
{call9, 7, 0},
{call10, 7, 0},
{call11, 8, 0},
{call12, 8, 0},
{call13, 9, 0},
{call14, 8, 0},
{call15, 10, 0},
};
__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
0x414d5658u, 1, 65536, 1,
{29, 66, 59, 45, 113, 249, 129, 31, 124, 77, 182, 88, 241, 195, 163, 72, 144, 145, 57, 34, 232, 77, 80, 11, 242, 56, 98, 220, 240, 42, 50, 193},
{127, 58, 201, 104, 161, 240, 164, 166, 247, 44, 154, 159, 208, 28, 71, 182, 108, 66, 230, 101, 130, 247, 93, 95, 67, 217, 198, 33, 181, 229, 217, 220},
1, 1, 65536, 0, 11, 0, 0, 0, 1, 15,
types,
0,
0,
0,
exports,
xvm_init
};
