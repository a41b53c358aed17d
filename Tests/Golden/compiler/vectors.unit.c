
LOCAL i64 fn0(struct xvm_instance *I, i64 g, u64 d);
LOCAL i64 fn1(struct xvm_instance *I, i64 g, u64 d);
LOCAL i64 fn2(struct xvm_instance *I, i64 g, u64 d);
LOCAL i64 fn3(struct xvm_instance *I, i64 g, u64 d);
LOCAL i64 fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn6(struct xvm_instance *I, i64 g, u64 d);

LOCAL i64 fn0(struct xvm_instance *I, i64 g, u64 d) {
d -= 64;
if ((i64)d < 0) xvm_trap(I, 10);
return g;
}

LOCAL i64 fn1(struct xvm_instance *I, i64 g, u64 d) {
d -= 64;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 4;
xvm_trap(I, 1);
}

LOCAL i64 fn2(struct xvm_instance *I, i64 g, u64 d) {
VAR f32 x0;
d -= 72;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 2;
x0 = f32_of(0x3f800000u);
return g;
}

LOCAL i64 fn3(struct xvm_instance *I, i64 g, u64 d) {
u32 l0 = 0;
VAR u32 a0, a1;
d -= 88;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 5;
if (g < 0) goto oog;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
l0 = a0;
g = fn0(I, g, d);
g -= 7;
a0 = 0x2u;
l0 = a0;
a0 = l0;
if (a0) {
goto L3;
}
g -= 1;
L3:;
a0 = l0;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
if (!a0) {
goto L3;
}
g -= 1;
a0 = 0x1u;
goto L2;
L3:;
L2:;
return g;
}

LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
L2:;
g -= 2;
if (g < 0) goto oog;
a0 = l0;
if (a0) {
goto L2;
}
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn6(struct xvm_instance *I, i64 g, u64 d) {
VAR u32 a0;
d -= 72;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = 0x0u;
if (g < 0) goto oog;
a0 = I->memory_grow(I, a0);
return g;
oog: xvm_trap(I, 12);
}

static void call0(struct xvm_instance *I, u64 *s) {
i64 g = fn0(I, I->gas, byte_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call1(struct xvm_instance *I, u64 *s) {
i64 g = fn1(I, I->gas, byte_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call2(struct xvm_instance *I, u64 *s) {
i64 g = fn2(I, I->gas, byte_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call3(struct xvm_instance *I, u64 *s) {
i64 g = fn3(I, I->gas, byte_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call4(struct xvm_instance *I, u64 *s) {
i64 g = fn4(I, I->gas, byte_budget(I), (u32)(s[0]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call5(struct xvm_instance *I, u64 *s) {
i64 g = fn5(I, I->gas, byte_budget(I), (u32)(s[0]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call6(struct xvm_instance *I, u64 *s) {
i64 g = fn6(I, I->gas, byte_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void xvm_init(struct xvm_instance *I) {
}

static const u8 kinds2[] = {127};
static const struct xvm_type types[] = {
{0, 0, 0},
{0, 0, 0},
{1, 0, kinds2},
};
static const struct xvm_export exports[] = {
{call0, 1, 0},
{call1, 1, 0},
{call2, 1, 0},
{call3, 1, 0},
{call4, 2, 0},
{call5, 2, 0},
{call6, 1, 0},
};
__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
0x414d5658u, 1, 65536, 1,
{51, 215, 65, 73, 37, 82, 163, 190, 142, 18, 85, 189, 193, 240, 183, 169, 82, 9, 198, 133, 141, 67, 198, 126, 59, 133, 111, 114, 134, 234, 189, 98},
{127, 58, 201, 104, 161, 240, 164, 166, 247, 44, 154, 159, 208, 28, 71, 182, 108, 66, 230, 101, 130, 247, 93, 95, 67, 217, 198, 33, 181, 229, 217, 220},
1, 1, 65536, 0, 3, 0, 0, 0, 0, 7,
types,
0,
0,
0,
exports,
xvm_init
};
