
LOCAL i64 fn0(struct xvm_instance *I, i64 g, u64 d);
LOCAL i64 fn1(struct xvm_instance *I, i64 g, u64 d);
LOCAL i64 fn2(struct xvm_instance *I, i64 g, u64 d);
LOCAL i64 fn3(struct xvm_instance *I, i64 g, u64 d);
LOCAL i64 fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn6(struct xvm_instance *I, i64 g, u64 d);

LOCAL i64 fn0(struct xvm_instance *I, i64 g, u64 d) {
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
return g;
}

LOCAL i64 fn1(struct xvm_instance *I, i64 g, u64 d) {
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 108;
xvm_trap(I, 1);
}

LOCAL i64 fn2(struct xvm_instance *I, i64 g, u64 d) {
VAR f32 x0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
x0 = f32_of(0x3f800000u);
return g;
}

LOCAL i64 fn3(struct xvm_instance *I, i64 g, u64 d) {
u32 l0 = 0;
VAR u32 a0, a1;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 12;
if (g < 0) goto oog;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
l0 = a0;
g = fn0(I, g, d);
g -= 12;
a0 = 0x2u;
l0 = a0;
a0 = l0;
if (a0) {
goto L3;
}
L3:;
a0 = l0;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 3;
a0 = l0;
if (!a0) {
goto L3;
}
g -= 3;
a0 = 0x1u;
goto L2;
L3:;
L2:;
return g;
}

LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
L2:;
g -= 6;
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
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100003;
a0 = 0x0u;
if (g < 0) goto oog;
a0 = I->memory_grow(I, a0);
return g;
oog: xvm_trap(I, 12);
}

static void call0(struct xvm_instance *I, u64 *s) {
i64 g = fn0(I, I->gas, frame_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call1(struct xvm_instance *I, u64 *s) {
i64 g = fn1(I, I->gas, frame_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call2(struct xvm_instance *I, u64 *s) {
i64 g = fn2(I, I->gas, frame_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call3(struct xvm_instance *I, u64 *s) {
i64 g = fn3(I, I->gas, frame_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call4(struct xvm_instance *I, u64 *s) {
i64 g = fn4(I, I->gas, frame_budget(I), (u32)(s[0]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call5(struct xvm_instance *I, u64 *s) {
i64 g = fn5(I, I->gas, frame_budget(I), (u32)(s[0]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call6(struct xvm_instance *I, u64 *s) {
i64 g = fn6(I, I->gas, frame_budget(I));
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
{48, 27, 69, 104, 33, 169, 122, 32, 10, 12, 205, 91, 2, 28, 252, 51, 253, 157, 180, 178, 134, 236, 53, 52, 150, 205, 115, 158, 74, 157, 199, 171},
1, 1, 65536, 0, 3, 0, 0, 0, 0, 7,
types,
0,
0,
0,
exports,
xvm_init
};
