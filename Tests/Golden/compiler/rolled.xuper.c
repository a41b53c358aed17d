
LOCAL i64 fn0(struct xvm_instance *I, i64 g, u64 d);
LOCAL struct rb fn1(struct xvm_instance *I, i64 g, u64 d);
LOCAL i64 fn2(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn6(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn7(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn8(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn9(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn10(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn11(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn12(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn13(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn14(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn15(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn16(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn17(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn18(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn19(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn20(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);

LOCAL i64 fn0(struct xvm_instance *I, i64 g, u64 d) {
u32 l0 = 0;
u64 l1 = 0;
VAR u32 a0, a1;
VAR u64 b0, b1;
VAR f64 y0;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
L2:;
g -= 100367;
if (g < 0) goto oog;
a0 = l0;
y0 = (f64)a0;
b0 = f64_bits(y0);
l1 = b0;
a0 = l0;
a1 = 0x7u;
a0 = i32_rem_u(I, a0, a1);
a0 = a0 == 0;
if (!a0) {
goto L4;
}
g -= 3;
b0 = 0x7ff0000000000000ul;
l1 = b0;
goto L3;
L4:;
L3:;
a0 = l0;
a1 = 0x7u;
a0 = i32_rem_u(I, a0, a1);
a1 = 0x3u;
a0 = a0 == a1;
if (!a0) {
goto L7;
}
g -= 3;
b0 = 0x7ff4000000000123ul;
l1 = b0;
goto L6;
L7:;
L6:;
a0 = l0;
a1 = 0xbu;
a0 = i32_rem_u(I, a0, a1);
a1 = 0x5u;
a0 = a0 == a1;
if (!a0) {
goto L10;
}
g -= 3;
b0 = 0xff80000e7fc00e01ul;
l1 = b0;
goto L9;
L10:;
L9:;
a0 = l0;
a1 = 0xdu;
a0 = i32_rem_u(I, a0, a1);
a1 = 0x4u;
a0 = a0 == a1;
if (!a0) {
goto L13;
}
g -= 3;
b0 = 0x7f8000007f800000ul;
l1 = b0;
goto L12;
L13:;
L12:;
a0 = l0;
a1 = 0x3u;
a0 = a0 << (a1 & 31);
b1 = l1;
*(mu64 *)M(a0, 65536) = b1;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
l0 = a0;
a1 = 0x2000u;
a0 = a0 < a1;
if (a0) {
goto L2;
}
return g;
oog: xvm_trap(I, 12);
}

LOCAL struct rb fn1(struct xvm_instance *I, i64 g, u64 d) {
u32 l0 = 0;
u64 l1 = 0;
VAR u32 a0, a1;
VAR u64 b0, b1;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
{
u64 u = ((u32)(0x8u + l0)), v = ((u32)(0x10000u));
u64 n = u >= v ? 1 : (v - u + 8u - 1) / 8u + 1;
u64 w0 = (u32)(0x0u + l0);
if (CLONES && n <= 0x80000000u && u + (n - 1) * 8u <= 0xffffffffu && (i64)(n * 27) <= g && w0 + (n - 1) * 8u + 8u <= I->memory_size) {
g -= (i64)(n * 27);
u8 *p0 = MEMORY + w0;
u64 t = 0;
C0:;
b0 = l1;
b1 = 0x1ful;
b0 = b0 * b1;
a1 = l0;
b1 = *(mu64 *)(p0 + t * 8);
b0 = b0 + b1;
l1 = b0;
a0 = l0;
a1 = 0x8u;
a0 = a0 + a1;
l0 = a0;
a1 = 0x10000u;
a0 = a0 < a1;
if (++t != n) goto C0;
g -= 3;
goto X0;
}
}
L2:;
g -= 27;
if (g < 0) goto oog;
b0 = l1;
b1 = 0x1ful;
b0 = b0 * b1;
a1 = l0;
b1 = *(mu64 *)M(a1, 65536); UI(b1);
b0 = b0 + b1;
l1 = b0;
a0 = l0;
a1 = 0x8u;
a0 = a0 + a1;
l0 = a0;
a1 = 0x10000u;
a0 = a0 < a1;
if (a0) {
goto L2;
}
g -= 3;
X0:;
b0 = l1;
return (struct rb){b0, g};
oog: xvm_trap(I, 12);
}

LOCAL i64 fn2(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a3, a4;
VAR f64 y1, y2, y3;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x18u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x18u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 24u + 1;
u64 w0 = (u32)(0x0u + l0 + l3);
u64 w1 = (u32)(0x0u + l1 + l3);
u64 m = n * 3;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 24u == 0 && (i64)(n * 1500080) <= g && w0 + (n - 1) * 24u + 24u <= I->memory_size && w1 + (n - 1) * 24u + 24u <= I->memory_size && ((w0 + 0 - w1 - 0) & 7) == 0) {
g -= (i64)(n * 1500080);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
u64 q = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
l5 = a0;
a1 = l5;
y1 = *(mf64 *)(p0 + t * 8);
y2 = f64_of(0x3ff8000000000000ul);
a3 = l1;
a4 = l3;
a3 = a3 + a4;
a4 = 0x0u;
a3 = a3 + a4;
y3 = *(mf64 *)(p1 + t * 8);
y2 = y2 * y3;
y1 = y1 + y2;
*(mf64 *)(p0 + t * 8) = y1;
q |= -(u64)(y1 != y1);
l3 += 0x8u;
if (++t != m) goto C0;
if (q) {
f64_repair(p0 + 0, 8, m);
}
l5 = (u32)(0xfffffff8u + l0 + l3);
goto X0;
}
}
L2:;
g -= 1500080;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
l5 = a0;
a1 = l5;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
y2 = f64_of(0x3ff8000000000000ul);
a3 = l1;
a4 = l3;
a3 = a3 + a4;
a4 = 0x0u;
a3 = a3 + a4;
y3 = *(mf64 *)M(a3, 65536); UX(y3);
y2 = y2 * y3;
y1 = y1 + y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
l5 = a0;
a1 = l5;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
y2 = f64_of(0x3ff8000000000000ul);
a3 = l1;
a4 = l3;
a3 = a3 + a4;
a4 = 0x8u;
a3 = a3 + a4;
y3 = *(mf64 *)M(a3, 65536); UX(y3);
y2 = y2 * y3;
y1 = y1 + y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x10u;
a0 = a0 + a1;
l5 = a0;
a1 = l5;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
y2 = f64_of(0x3ff8000000000000ul);
a3 = l1;
a4 = l3;
a3 = a3 + a4;
a4 = 0x10u;
a3 = a3 + a4;
y3 = *(mf64 *)M(a3, 65536); UX(y3);
y2 = y2 * y3;
y1 = y1 + y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l3;
a1 = 0x18u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x10u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x10u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 16u + 1;
u64 w0 = (u32)(0x0u + l0 + l3);
u64 w1 = (u32)(0x0u + l1 + l3);
u64 m = n * 2;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 16u == 0 && (i64)(n * 800062) <= g && w0 + (n - 1) * 16u + 16u <= I->memory_size && w1 + (n - 1) * 16u + 16u <= I->memory_size && ((w0 + 0 - w1 - 0) & 7) == 0) {
g -= (i64)(n * 800062);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
u64 q = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)(p0 + t * 8);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p1 + t * 8);
y1 = y1 - y2;
*(mf64 *)(p0 + t * 8) = y1;
q |= -(u64)(y1 != y1);
l3 += 0x8u;
if (++t != m) goto C0;
if (q) {
f64_repair(p0 + 0, 8, m);
}
goto X0;
}
}
L2:;
g -= 800062;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x8u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x10u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x10u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 16u + 1;
u64 w0 = (u32)(0x0u + l1 + l3);
u64 w1 = (u32)(0x0u + l0 + l3);
u64 m = n * 2;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 16u == 0 && (i64)(n * 1200094) <= g && w0 + (n - 1) * 16u + 16u <= I->memory_size && w1 + (n - 1) * 16u + 2064u <= I->memory_size && ((w1 + 2048 - w0 - 0) & 7) == 0 && (m - 1) * 8u + 8 <= 2048 && (w0 + (m - 1) * 8u + 16u <= w1 || w1 + (m - 1) * 8u + 2064u <= w0)) {
g -= (i64)(n * 1200094);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
u64 q = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)(p0 + t * 8);
*(mf64 *)(p1 + t * 8) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x800u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)(p0 + t * 8);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p1 + t * 8);
y1 = y1 - y2;
*(mf64 *)(p1 + t * 8 + 2048) = y1;
q |= -(u64)(y1 != y1);
l3 += 0x8u;
if (++t != m) goto C0;
if (q) {
f64_repair(p1 + 2048, 8, m);
}
goto X0;
}
}
L2:;
g -= 1200094;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x800u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x8u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x808u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x8u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f64 y0, y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 100015;
a0 = l2;
a1 = 0x8u;
a0 = a0 * a1;
l4 = a0;
a0 = l1;
y0 = *(mf64 *)M(a0, 65536); UX(y0);
l6 = y0;
{
u64 u = ((u32)(0x8u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 8u + 1;
u64 w0 = (u32)(0x0u + l1 + l3);
u64 w1 = (u32)(0x0u + l0 + l3);
u64 m = n;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 8u == 0 && (i64)(n * 300036) <= g && w0 + (n - 1) * 8u + 8u <= I->memory_size && w1 + (n - 1) * 8u + 8u <= I->memory_size && (w0 + (m - 1) * 8u + 8u <= w1 || w1 + (m - 1) * 8u + 8u <= w0)) {
g -= (i64)(n * 300036);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
u64 q = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
y1 = l6;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p0 + t * 8);
l6 = y2;
y1 = y1 - y2;
*(mf64 *)(p1 + t * 8) = y1;
q |= -(u64)(y1 != y1);
a0 = l3;
a1 = 0x8u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (++t != n) goto C0;
if (q) {
f64_repair(p1 + 0, 8, m);
}
g -= 100006;
goto X0;
}
}
L2:;
g -= 300036;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
y1 = l6;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
l6 = y2;
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l3;
a1 = 0x8u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
g -= 100006;
X0:;
a0 = l0;
y1 = l6;
*(mf64 *)M(a0, 65536) = y1;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn6(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x8u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x8u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 8u + 1;
u64 w0 = (u32)(0x0u + l0 + l3);
u64 w1 = (u32)(0x0u + l1 + l3);
u64 m = n;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 8u == 0 && (i64)(n * 700054) <= g && w0 + (n - 1) * 8u + 1032u <= I->memory_size && w1 + (n - 1) * 8u + 16u <= I->memory_size && ((w0 + 0 - w1 - 0) & 7) == 0 && (m - 1) * 8u + 8 <= 1024 && (w1 + (m - 1) * 8u + 16u <= w0 || w0 + (m - 1) * 8u + 1032u <= w1)) {
g -= (i64)(n * 700054);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
u64 q = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)(p0 + t * 8);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p1 + t * 8);
y1 = y1 - y2;
*(mf64 *)(p0 + t * 8) = y1;
q |= -(u64)(y1 != y1);
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x400u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x8u;
a1 = a1 + a2;
y1 = *(mf64 *)(p1 + t * 8 + 8);
y1 = f64_neg(y1);
*(mf64 *)(p0 + t * 8 + 1024) = y1;
a0 = l3;
a1 = 0x8u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (++t != n) goto C0;
if (q) {
f64_repair(p0 + 0, 8, m);
}
goto X0;
}
}
L2:;
g -= 700054;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x400u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x8u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
y1 = f64_neg(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l3;
a1 = 0x8u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn7(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR u64 b1, b2;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x8u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x8u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 8u + 1;
u64 w0 = (u32)(0x0u + l0 + l3);
u64 w1 = (u32)(0x0u + l1 + l3);
u64 m = n;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 8u == 0 && (i64)(n * 400061) <= g && w0 + (n - 1) * 8u + 1032u <= I->memory_size && w1 + (n - 1) * 8u + 8u <= I->memory_size && ((w0 + 0 - w1 - 0) & 7) == 0 && (m - 1) * 8u + 8 <= 1024 && (w1 + (m - 1) * 8u + 8u <= w0 || w0 + (m - 1) * 8u + 1032u <= w1)) {
g -= (i64)(n * 400061);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
u64 q = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)(p0 + t * 8);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p1 + t * 8);
y1 = y1 - y2;
*(mf64 *)(p0 + t * 8) = y1;
q |= -(u64)(y1 != y1);
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x400u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
b1 = *(mu64 *)(p1 + t * 8);
b2 = 0x1ul;
b1 = b1 ^ b2;
*(mu64 *)(p0 + t * 8 + 1024) = b1;
a0 = l3;
a1 = 0x8u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (++t != n) goto C0;
if (q) {
f64_repair(p0 + 0, 8, m);
}
goto X0;
}
}
L2:;
g -= 400061;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x400u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
b1 = *(mu64 *)M(a1, 65536); UI(b1);
b2 = 0x1ul;
b1 = b1 ^ b2;
*(mu64 *)M(a0, 65536) = b1;
a0 = l3;
a1 = 0x8u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn8(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x8u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x8u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 8u + 1;
u64 w0 = (u32)(0xfffffff8u + l0 + l3);
u64 w1 = (u32)(0x0u + l1 + l3);
u64 m = n;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 8u == 0 && (i64)(n * 400060) <= g && w0 + (n - 1) * 8u + 16u <= I->memory_size && w1 + (n - 1) * 8u + 8u <= I->memory_size && ((w0 + 8 - w1 - 0) & 7) == 0 && (m - 1) * 8u + 4 <= 8 && (w1 + (m - 1) * 8u + 8u <= w0 || w0 + (m - 1) * 8u + 16u <= w1)) {
g -= (i64)(n * 400060);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
u64 q = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)(p0 + t * 8 + 8);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p1 + t * 8);
y1 = y1 - y2;
*(mf64 *)(p0 + t * 8 + 8) = y1;
q |= -(u64)(y1 != y1);
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0xfffffff8u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x4u;
a1 = a1 + a2;
a1 = *(mu32 *)(p1 + t * 8 + 4);
*(mu32 *)(p0 + t * 8) = a1;
a0 = l3;
a1 = 0x8u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (++t != n) goto C0;
if (q) {
f64_repair(p0 + 8, 8, m);
}
goto X0;
}
}
L2:;
g -= 400060;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0xfffffff8u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x4u;
a1 = a1 + a2;
a1 = *(mu32 *)M(a1, 65536); UI(a1);
*(mu32 *)M(a0, 65536) = a1;
a0 = l3;
a1 = 0x8u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn9(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f32 x1, x2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x10u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x10u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 16u + 1;
u64 w0 = (u32)(0x0u + l0 + l3);
u64 w1 = (u32)(0x0u + l1 + l3);
u64 m = n * 4;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 16u == 0 && (i64)(n * 1600110) <= g && w0 + (n - 1) * 16u + 16u <= I->memory_size && w1 + (n - 1) * 16u + 16u <= I->memory_size && ((w0 + 0 - w1 - 0) & 3) == 0) {
g -= (i64)(n * 1600110);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
u32 q = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
x1 = *(mf32 *)(p0 + t * 4);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
x2 = *(mf32 *)(p1 + t * 4);
x1 = x1 - x2;
*(mf32 *)(p0 + t * 4) = x1;
q |= -(u32)(x1 != x1);
l3 += 0x4u;
if (++t != m) goto C0;
if (q) {
f32_repair(p0 + 0, 4, m);
}
goto X0;
}
}
L2:;
g -= 1600110;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
x1 = *(mf32 *)M(a1, 65536); UX(x1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
x2 = *(mf32 *)M(a2, 65536); UX(x2);
x1 = x1 - x2;
x1 = f32_canon(x1);
*(mf32 *)M(a0, 65536) = x1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x4u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x4u;
a1 = a1 + a2;
x1 = *(mf32 *)M(a1, 65536); UX(x1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x4u;
a2 = a2 + a3;
x2 = *(mf32 *)M(a2, 65536); UX(x2);
x1 = x1 - x2;
x1 = f32_canon(x1);
*(mf32 *)M(a0, 65536) = x1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x8u;
a1 = a1 + a2;
x1 = *(mf32 *)M(a1, 65536); UX(x1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
x2 = *(mf32 *)M(a2, 65536); UX(x2);
x1 = x1 - x2;
x1 = f32_canon(x1);
*(mf32 *)M(a0, 65536) = x1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0xcu;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0xcu;
a1 = a1 + a2;
x1 = *(mf32 *)M(a1, 65536); UX(x1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0xcu;
a2 = a2 + a3;
x2 = *(mf32 *)M(a2, 65536); UX(x2);
x1 = x1 - x2;
x1 = f32_canon(x1);
*(mf32 *)M(a0, 65536) = x1;
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn10(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f32 x1, x2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x18u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x18u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 24u + 1;
u64 w0 = (u32)(0x0u + l0 + l3);
u64 w1 = (u32)(0xcu + l1 + l3);
u64 m = n;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 24u == 0 && (i64)(n * 1200086) <= g && w0 + (n - 1) * 24u + 24u <= I->memory_size && w1 + (n - 1) * 24u + 24u <= I->memory_size && ((w0 + 0 - w1 - 0) & 3) == 0) {
g -= (i64)(n * 1200086);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
nan32 q = {0};
f32 r0, r1, r2;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
x1 = *(mf32 *)(p0 + t * 24);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0xcu;
a2 = a2 + a3;
x2 = *(mf32 *)(p1 + t * 24);
x1 = x1 - x2;
*(mf32 *)(p0 + t * 24) = x1;
r0 = x1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x8u;
a1 = a1 + a2;
x1 = *(mf32 *)(p0 + t * 24 + 8);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x14u;
a2 = a2 + a3;
x2 = *(mf32 *)(p1 + t * 24 + 8);
x1 = x1 - x2;
*(mf32 *)(p0 + t * 24 + 8) = x1;
r1 = x1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x14u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x14u;
a1 = a1 + a2;
x1 = *(mf32 *)(p0 + t * 24 + 20);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x20u;
a2 = a2 + a3;
x2 = *(mf32 *)(p1 + t * 24 + 20);
x1 = x1 - x2;
*(mf32 *)(p0 + t * 24 + 20) = x1;
r2 = x1;
a0 = l3;
a1 = 0x18u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
q |= NAN32(r0, r1, r2, r0);
if (++t != n) goto C0;
if (q[0] | q[1] | q[2] | q[3]) {
f32_repair(p0 + 0, 24, m);
f32_repair(p0 + 8, 24, m);
f32_repair(p0 + 20, 24, m);
}
goto X0;
}
}
L2:;
g -= 1200086;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
x1 = *(mf32 *)M(a1, 65536); UX(x1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0xcu;
a2 = a2 + a3;
x2 = *(mf32 *)M(a2, 65536); UX(x2);
x1 = x1 - x2;
x1 = f32_canon(x1);
*(mf32 *)M(a0, 65536) = x1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x8u;
a1 = a1 + a2;
x1 = *(mf32 *)M(a1, 65536); UX(x1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x14u;
a2 = a2 + a3;
x2 = *(mf32 *)M(a2, 65536); UX(x2);
x1 = x1 - x2;
x1 = f32_canon(x1);
*(mf32 *)M(a0, 65536) = x1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x14u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x14u;
a1 = a1 + a2;
x1 = *(mf32 *)M(a1, 65536); UX(x1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x20u;
a2 = a2 + a3;
x2 = *(mf32 *)M(a2, 65536); UX(x2);
x1 = x1 - x2;
x1 = f32_canon(x1);
*(mf32 *)M(a0, 65536) = x1;
a0 = l3;
a1 = 0x18u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn11(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x20u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x20u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 32u + 1;
u64 w0 = (u32)(0x0u + l0 + l3);
u64 w1 = (u32)(0x0u + l1 + l3);
u64 m = n * 2;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 32u == 0 && (i64)(n * 800062) <= g && w0 + (n - 1) * 32u + 24u <= I->memory_size && w1 + (n - 1) * 32u + 24u <= I->memory_size && ((w0 + 0 - w1 - 0) & 7) == 0) {
g -= (i64)(n * 800062);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
nan64 q = {0};
f64 r0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)(p0 + t * 16);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p1 + t * 16);
y1 = y1 - y2;
*(mf64 *)(p0 + t * 16) = y1;
r0 = y1;
q |= NAN64(r0, r0);
l3 += 0x10u;
if (++t != m) goto C0;
if (q[0] | q[1]) {
f64_repair(p0 + 0, 16, m);
}
goto X0;
}
}
L2:;
g -= 800062;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x10u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x10u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x10u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l3;
a1 = 0x20u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn12(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3, a4;
VAR f64 y0, y1, y2, y3;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x20u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x20u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 32u + 1;
u64 w0 = (u32)(0x0u + l0 + l3);
u64 w1 = (u32)(0x0u + l1 + l3);
u64 m = n;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 32u == 0 && (i64)(n * 900071) <= g && w0 + (n - 1) * 32u + 32u <= I->memory_size && w1 + (n - 1) * 32u + 16u <= I->memory_size && ((w0 + 0 - w1 - 0) & 7) == 0) {
g -= (i64)(n * 900071);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
nan64 q = {0};
f64 r0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x18u;
a0 = a0 + a1;
y0 = *(mf64 *)(p0 + t * 32 + 24);
l6 = y0;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
y1 = l6;
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p0 + t * 32);
a3 = l1;
a4 = l3;
a3 = a3 + a4;
a4 = 0x0u;
a3 = a3 + a4;
y3 = *(mf64 *)(p1 + t * 32);
y2 = y2 - y3;
y1 = y1 * y2;
*(mf64 *)(p0 + t * 32) = y1;
r0 = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
y1 = l6;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
y2 = *(mf64 *)(p1 + t * 32 + 8);
y1 = y1 + y2;
*(mf64 *)(p0 + t * 32 + 8) = y1;
q |= NAN64(r0, y1);
a0 = l3;
a1 = 0x20u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (++t != n) goto C0;
if (q[0] | q[1]) {
f64_repair(p0 + 0, 32, m);
f64_repair(p0 + 8, 32, m);
}
g -= 100006;
goto X0;
}
}
L2:;
g -= 900071;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x18u;
a0 = a0 + a1;
y0 = *(mf64 *)M(a0, 65536); UX(y0);
l6 = y0;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
y1 = l6;
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
a3 = l1;
a4 = l3;
a3 = a3 + a4;
a4 = 0x0u;
a3 = a3 + a4;
y3 = *(mf64 *)M(a3, 65536); UX(y3);
y2 = y2 - y3;
y1 = y1 * y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
y1 = l6;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 + y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l3;
a1 = 0x20u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
g -= 100006;
X0:;
a0 = l0;
y1 = l6;
*(mf64 *)M(a0, 65536) = y1;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn13(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x10u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x10u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 16u + 1;
u64 w0 = (u32)(0x0u + l1 + l3);
u64 w1 = (u32)(0x0u + l0 + l3);
u64 m = n * 2;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 16u == 0 && (i64)(n * 800054) <= g && w0 + (n - 1) * 16u + 16u <= I->memory_size && w1 + (n - 1) * 16u + 16u <= I->memory_size && ((w1 + 0 - w0 - 0) & 7) == 0) {
g -= (i64)(n * 800054);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
u64 q = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l3;
a2 = 0x0u;
a1 = a1 + a2;
y1 = (f64)a1;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p0 + t * 8);
y1 = y1 - y2;
*(mf64 *)(p1 + t * 8) = y1;
q |= -(u64)(y1 != y1);
l3 += 0x8u;
if (++t != m) goto C0;
if (q) {
f64_repair(p1 + 0, 8, m);
}
goto X0;
}
}
L2:;
g -= 800054;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l3;
a2 = 0x0u;
a1 = a1 + a2;
y1 = (f64)a1;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l3;
a2 = 0x8u;
a1 = a1 + a2;
y1 = (f64)a1;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn14(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x10u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x10u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 16u + 1;
u64 w0 = (u32)(0x0u + l1 + l3);
u64 w1 = (u32)(0x0u + l0 + l3);
u64 m = n;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 16u == 0 && (i64)(n * 800054) <= g && w0 + (n - 1) * 16u + 16u <= I->memory_size && w1 + (n - 1) * 16u + 16u <= I->memory_size && ((w1 + 0 - w0 - 0) & 7) == 0) {
g -= (i64)(n * 800054);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
nan64 q = {0};
f64 r0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l3;
a2 = 0x0u;
a1 = a1 + a2;
y1 = (f64)a1;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p0 + t * 16);
y1 = y1 - y2;
*(mf64 *)(p1 + t * 16) = y1;
r0 = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l3;
a2 = 0x40u;
a1 = a1 + a2;
y1 = (f64)a1;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
y2 = *(mf64 *)(p0 + t * 16 + 8);
y1 = y1 - y2;
*(mf64 *)(p1 + t * 16 + 8) = y1;
q |= NAN64(r0, y1);
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (++t != n) goto C0;
if (q[0] | q[1]) {
f64_repair(p1 + 0, 16, m);
f64_repair(p1 + 8, 16, m);
}
goto X0;
}
}
L2:;
g -= 800054;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l3;
a2 = 0x0u;
a1 = a1 + a2;
y1 = (f64)a1;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l3;
a2 = 0x40u;
a1 = a1 + a2;
y1 = (f64)a1;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn15(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x10u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x10u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 16u + 1;
u64 w0 = (u32)(0x0u + l0 + l3);
u64 w1 = (u32)(0x0u + l1 + l3);
u64 m = n;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 16u == 0 && (i64)(n * 800062) <= g && w0 + (n - 1) * 16u + 16u <= I->memory_size && w1 + (n - 1) * 16u + 16u <= I->memory_size && ((w0 + 0 - w1 - 8) & 7) == 0) {
g -= (i64)(n * 800062);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
nan64 q = {0};
f64 r0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)(p0 + t * 16);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
y2 = *(mf64 *)(p1 + t * 16 + 8);
y1 = y1 - y2;
*(mf64 *)(p0 + t * 16) = y1;
r0 = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x8u;
a1 = a1 + a2;
y1 = *(mf64 *)(p0 + t * 16 + 8);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p1 + t * 16);
y1 = y1 - y2;
*(mf64 *)(p0 + t * 16 + 8) = y1;
q |= NAN64(r0, y1);
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (++t != n) goto C0;
if (q[0] | q[1]) {
f64_repair(p0 + 0, 16, m);
f64_repair(p0 + 8, 16, m);
}
goto X0;
}
}
L2:;
g -= 800062;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l0;
a2 = l3;
a1 = a1 + a2;
a2 = 0x8u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn16(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f32 x1, x2;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x10u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x10u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 16u + 1;
u64 w0 = (u32)(0x0u + l1 + l3);
u64 w1 = (u32)(0x0u + l0 + l3);
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 16u == 0 && (i64)(n * 800062) <= g && w0 + (n - 1) * 16u + 8u <= I->memory_size && w1 + (n - 1) * 16u + 12u <= I->memory_size) {
g -= (i64)(n * 800062);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)(p0 + t * 16);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p1 + t * 16);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)(p1 + t * 16) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
x1 = *(mf32 *)(p0 + t * 16);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
x2 = *(mf32 *)(p1 + t * 16 + 8);
x1 = x1 - x2;
x1 = f32_canon(x1);
*(mf32 *)(p1 + t * 16 + 8) = x1;
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (++t != n) goto C0;
goto X0;
}
}
L2:;
g -= 800062;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
x1 = *(mf32 *)M(a1, 65536); UX(x1);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
x2 = *(mf32 *)M(a2, 65536); UX(x2);
x1 = x1 - x2;
x1 = f32_canon(x1);
*(mf32 *)M(a0, 65536) = x1;
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn17(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x4u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x4u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 4u + 1;
u64 w0 = (u32)(0x0u + l1 + l3);
u64 w1 = (u32)(0x0u + l0 + l3);
u64 m = n * 4;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 4u == 0 && (i64)(n * 150) <= g && w0 + (n - 1) * 4u + 4u <= I->memory_size && w1 + (n - 1) * 4u + 4u <= I->memory_size) {
g -= (i64)(n * 150);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
a1 = *(mu8 *)(p0 + t * 1);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
a2 = *(mu8 *)(p1 + t * 1);
a1 = a1 ^ a2;
*(mu8 *)(p1 + t * 1) = a1;
l3 += 0x1u;
if (++t != m) goto C0;
goto X0;
}
}
L2:;
g -= 150;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x0u;
a1 = a1 + a2;
a1 = *(mu8 *)M(a1, 65536); UI(a1);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
a2 = *(mu8 *)M(a2, 65536); UI(a2);
a1 = a1 ^ a2;
*(mu8 *)M(a0, 65536) = a1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x1u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x1u;
a1 = a1 + a2;
a1 = *(mu8 *)M(a1, 65536); UI(a1);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x1u;
a2 = a2 + a3;
a2 = *(mu8 *)M(a2, 65536); UI(a2);
a1 = a1 ^ a2;
*(mu8 *)M(a0, 65536) = a1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x2u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x2u;
a1 = a1 + a2;
a1 = *(mu8 *)M(a1, 65536); UI(a1);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x2u;
a2 = a2 + a3;
a2 = *(mu8 *)M(a2, 65536); UI(a2);
a1 = a1 ^ a2;
*(mu8 *)M(a0, 65536) = a1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x3u;
a0 = a0 + a1;
a1 = l1;
a2 = l3;
a1 = a1 + a2;
a2 = 0x3u;
a1 = a1 + a2;
a1 = *(mu8 *)M(a1, 65536); UI(a1);
a2 = l0;
a3 = l3;
a2 = a2 + a3;
a3 = 0x3u;
a2 = a2 + a3;
a2 = *(mu8 *)M(a2, 65536); UI(a2);
a1 = a1 ^ a2;
*(mu8 *)M(a0, 65536) = a1;
a0 = l3;
a1 = 0x4u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn18(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR u64 b1, b2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x10u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x10u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 16u + 1;
u64 w0 = (u32)(0x0u + l0 + l3);
u64 w1 = (u32)(0x0u + l1 + l3);
u64 m = n * 2;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 16u == 0 && (i64)(n * 78) <= g && w0 + (n - 1) * 16u + 16u <= I->memory_size && w1 + (n - 1) * 16u + 16u <= I->memory_size) {
g -= (i64)(n * 78);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
l5 = a0;
a1 = l5;
b1 = *(mu64 *)(p0 + t * 8);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
b2 = *(mu64 *)(p1 + t * 8);
b1 = b1 + b2;
*(mu64 *)(p0 + t * 8) = b1;
l3 += 0x8u;
if (++t != m) goto C0;
l5 = (u32)(0xfffffff8u + l0 + l3);
g -= 10;
goto X0;
}
}
L2:;
g -= 78;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
l5 = a0;
a1 = l5;
b1 = *(mu64 *)M(a1, 65536); UI(b1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
b2 = *(mu64 *)M(a2, 65536); UI(b2);
b1 = b1 + b2;
*(mu64 *)M(a0, 65536) = b1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
l5 = a0;
a1 = l5;
b1 = *(mu64 *)M(a1, 65536); UI(b1);
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
b2 = *(mu64 *)M(a2, 65536); UI(b2);
b1 = b1 + b2;
*(mu64 *)M(a0, 65536) = b1;
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
g -= 10;
X0:;
a0 = 0x0u;
a1 = l5;
a2 = l3;
a1 = a1 + a2;
*(mu32 *)M(a0, 65536) = a1;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn19(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
u32 l5 = 0;
f64 l6 = 0;
f32 l7 = 0;
VAR u32 a0, a1, a2, a3;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 9;
a0 = l2;
a1 = 0x10u;
a0 = a0 * a1;
l4 = a0;
{
u64 u = ((u32)(0x10u + l3)), v = ((u32)(0x0u + l4));
u64 n = (u64)(u32)(v - u) / 16u + 1;
u64 w0 = (u32)(0x0u + l1 + l3);
u64 w1 = (u32)(0x0u + l0 + l3);
u64 m = n;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 16u == 0 && (i64)(n * 600058) <= g && w0 + (n - 1) * 16u + 16u <= I->memory_size && w1 + (n - 1) * 16u + 16u <= I->memory_size && ((w1 + 0 - w0 - 0) & 7) == 0) {
g -= (i64)(n * 600058);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
nan64 q = {0};
f64 r0;
C0:;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
y1 = l6;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)(p0 + t * 16);
y1 = y1 - y2;
l6 = y1;
*(mf64 *)(p1 + t * 16) = y1;
r0 = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
y1 = l6;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
y2 = *(mf64 *)(p0 + t * 16 + 8);
y1 = y1 - y2;
l6 = y1;
*(mf64 *)(p1 + t * 16 + 8) = y1;
q |= NAN64(r0, y1);
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (++t != n) goto C0;
if (q[0] | q[1]) {
f64_repair(p1 + 0, 16, m);
f64_repair(p1 + 8, 16, m);
}
g -= 100006;
goto X0;
}
}
L2:;
g -= 600058;
if (g < 0) goto oog;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x0u;
a0 = a0 + a1;
y1 = l6;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x0u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
l6 = y1;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = l3;
a0 = a0 + a1;
a1 = 0x8u;
a0 = a0 + a1;
y1 = l6;
a2 = l1;
a3 = l3;
a2 = a2 + a3;
a3 = 0x8u;
a2 = a2 + a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
l6 = y1;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l3;
a1 = 0x10u;
a0 = a0 + a1;
l3 = a0;
a1 = l4;
a0 = a0 != a1;
if (a0) {
goto L2;
}
g -= 100006;
X0:;
a0 = l1;
y1 = l6;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn20(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
VAR u32 a0, a1, a2, a3;
VAR f64 y1, y2;
d -= 2048;
if ((i64)d < 0) xvm_trap(I, 10);
{
u64 u = (u32)~((u32)(0xffffffffu + l2)), v = (u32)~((u32)(0x0u));
u64 n = (u64)(u32)(v - u) / 1u + 1;
u64 w0 = (u32)(0xfffffff8u + l0);
u64 w1 = (u32)(0xfffffff8u + l1);
u64 m = n;
if (CLONES && n <= 0x80000000u && (i64)(n * 800045) <= g && w0 >= (n - 1) * 16u && w0 + 16u <= I->memory_size && w1 >= (n - 1) * 16u && w1 + 16u <= I->memory_size && ((w0 + 8 - w1 - 8) & 7) == 0) {
g -= (i64)(n * 800045);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
nan64 q = {0};
f64 r0;
C0:;
a0 = l0;
a1 = l0;
y1 = *(mf64 *)(p0 - t * 16 + 8);
a2 = l1;
y2 = *(mf64 *)(p1 - t * 16 + 8);
y1 = y1 - y2;
*(mf64 *)(p0 - t * 16 + 8) = y1;
r0 = y1;
a0 = l0;
a1 = 0x8u;
a0 = a0 - a1;
a1 = l0;
a2 = 0x8u;
a1 = a1 - a2;
y1 = *(mf64 *)(p0 - t * 16);
a2 = l1;
a3 = 0x8u;
a2 = a2 - a3;
y2 = *(mf64 *)(p1 - t * 16);
y1 = y1 - y2;
*(mf64 *)(p0 - t * 16) = y1;
q |= NAN64(r0, y1);
a0 = l0;
a1 = 0x10u;
a0 = a0 - a1;
l0 = a0;
a0 = l1;
a1 = 0x10u;
a0 = a0 - a1;
l1 = a0;
a0 = l2;
a1 = 0x1u;
a0 = a0 - a1;
l2 = a0;
if (++t != n) goto C0;
if (q[0] | q[1]) {
f64_repair(p0 + 8, -16, m);
f64_repair(p0 + 0, -16, m);
}
goto X0;
}
}
L2:;
g -= 800045;
if (g < 0) goto oog;
a0 = l0;
a1 = l0;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l1;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = 0x8u;
a0 = a0 - a1;
a1 = l0;
a2 = 0x8u;
a1 = a1 - a2;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
a2 = l1;
a3 = 0x8u;
a2 = a2 - a3;
y2 = *(mf64 *)M(a2, 65536); UX(y2);
y1 = y1 - y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = 0x10u;
a0 = a0 - a1;
l0 = a0;
a0 = l1;
a1 = 0x10u;
a0 = a0 - a1;
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
i64 g = fn0(I, I->gas, frame_budget(I));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call1(struct xvm_instance *I, u64 *s) {
struct rb r = fn1(I, I->gas, frame_budget(I));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call2(struct xvm_instance *I, u64 *s) {
i64 g = fn2(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call3(struct xvm_instance *I, u64 *s) {
i64 g = fn3(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call4(struct xvm_instance *I, u64 *s) {
i64 g = fn4(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call5(struct xvm_instance *I, u64 *s) {
i64 g = fn5(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call6(struct xvm_instance *I, u64 *s) {
i64 g = fn6(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call7(struct xvm_instance *I, u64 *s) {
i64 g = fn7(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call8(struct xvm_instance *I, u64 *s) {
i64 g = fn8(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
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
i64 g = fn12(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
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
i64 g = fn15(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call16(struct xvm_instance *I, u64 *s) {
i64 g = fn16(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call17(struct xvm_instance *I, u64 *s) {
i64 g = fn17(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call18(struct xvm_instance *I, u64 *s) {
i64 g = fn18(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call19(struct xvm_instance *I, u64 *s) {
i64 g = fn19(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call20(struct xvm_instance *I, u64 *s) {
i64 g = fn20(I, I->gas, frame_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void xvm_init(struct xvm_instance *I) {
}

static const u8 kinds2[] = {126};
static const u8 kinds3[] = {127, 127, 127};
static const struct xvm_type types[] = {
{0, 0, 0},
{0, 0, 0},
{0, 1, kinds2},
{3, 0, kinds3},
};
static const struct xvm_export exports[] = {
{call0, 1, 0},
{call1, 2, 0},
{call2, 3, 0},
{call3, 3, 0},
{call4, 3, 0},
{call5, 3, 0},
{call6, 3, 0},
{call7, 3, 0},
{call8, 3, 0},
{call9, 3, 0},
{call10, 3, 0},
{call11, 3, 0},
{call12, 3, 0},
{call13, 3, 0},
{call14, 3, 0},
{call15, 3, 0},
{call16, 3, 0},
{call17, 3, 0},
{call18, 3, 0},
{call19, 3, 0},
{call20, 3, 0},
};
__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
0x414d5658u, 1, 65536, 1,
{131, 173, 214, 201, 163, 75, 187, 105, 137, 190, 22, 102, 154, 173, 139, 149, 212, 118, 124, 179, 145, 192, 100, 80, 91, 223, 73, 42, 139, 73, 102, 235},
{48, 27, 69, 104, 33, 169, 122, 32, 10, 12, 205, 91, 2, 28, 252, 51, 253, 157, 180, 178, 134, 236, 53, 52, 150, 205, 115, 158, 74, 157, 199, 171},
1, 1, 1, 0, 4, 0, 0, 0, 0, 21,
types,
0,
0,
0,
exports,
xvm_init
};
