struct m0 { u32 v0; u32 v1; i64 g; };
struct m1 { u32 v0; f64 v1; i64 g; };

LOCAL struct m0 fn0(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn1(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn2(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn6(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn7(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn8(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn9(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn10(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn11(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn12(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn13(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct m0 fn14(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn15(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn16(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL i64 fn17(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL i64 fn18(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL struct ra fn19(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2);
LOCAL i64 fn20(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, f64 l2, u32 l3);
LOCAL struct m1 fn21(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn22(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1);
LOCAL struct ra fn23(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct ra fn24(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL struct rb fn25(struct xvm_instance *I, i64 g, u64 d, u32 l0);
LOCAL i64 fn26(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1);
LOCAL const u8 data0[8] =
"\001\002\003\004\005\006\007\010";

LOCAL struct m0 fn0(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = ((u32)(0x1u + l0)), v = ((u32)(0x0u + l1));
u64 n = u >= v ? 1 : (v - u + 1u - 1) / 1u + 1;
if (CLONES && n <= 0x80000000u && u + (n - 1) * 1u <= 0xffffffffu && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 < a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 < a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn1(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (0x80000000u ^ (u32)(0x3u + l0)), v = (0x80000000u ^ (u32)(0x0u + l1));
u64 n = u >= v ? 1 : (v - u + 3u - 1) / 3u + 1;
if (CLONES && n <= 0x80000000u && u + (n - 1) * 3u <= 0xffffffffu && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x3u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = (i32)a0 < (i32)a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x3u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = (i32)a0 < (i32)a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn2(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = ((u32)(0x7u + l0)), v = ((u32)(0x0u + l1));
u64 n = u > v ? 1 : (v - u) / 7u + 2;
if (CLONES && n <= 0x80000000u && u + (n - 1) * 7u <= 0xffffffffu && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x7u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 <= a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x7u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 <= a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn3(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (0x80000000u ^ (u32)(0x1u + l0)), v = (0x80000000u ^ (u32)(0x0u + l1));
u64 n = u > v ? 1 : (v - u) / 1u + 2;
if (CLONES && n <= 0x80000000u && u + (n - 1) * 1u <= 0xffffffffu && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = (i32)a0 <= (i32)a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = (i32)a0 <= (i32)a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn4(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~((u32)(0xffffffffu + l0)), v = (u32)~((u32)(0x0u + l1));
u64 n = u >= v ? 1 : (v - u + 1u - 1) / 1u + 1;
if (CLONES && n <= 0x80000000u && u + (n - 1) * 1u <= 0xffffffffu && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xffffffffu;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 > a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xffffffffu;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 > a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn5(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~(0x80000000u ^ (u32)(0xfffffffbu + l0)), v = (u32)~(0x80000000u ^ (u32)(0x0u + l1));
u64 n = u >= v ? 1 : (v - u + 5u - 1) / 5u + 1;
if (CLONES && n <= 0x80000000u && u + (n - 1) * 5u <= 0xffffffffu && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xfffffffbu;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = (i32)a0 > (i32)a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xfffffffbu;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = (i32)a0 > (i32)a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn6(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~((u32)(0xfffffffeu + l0)), v = (u32)~((u32)(0x0u + l1));
u64 n = u > v ? 1 : (v - u) / 2u + 2;
if (CLONES && n <= 0x80000000u && u + (n - 1) * 2u <= 0xffffffffu && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xfffffffeu;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 >= a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xfffffffeu;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 >= a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn7(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~(0x80000000u ^ (u32)(0xfffffffdu + l0)), v = (u32)~(0x80000000u ^ (u32)(0x0u + l1));
u64 n = u > v ? 1 : (v - u) / 3u + 2;
if (CLONES && n <= 0x80000000u && u + (n - 1) * 3u <= 0xffffffffu && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xfffffffdu;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = (i32)a0 >= (i32)a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xfffffffdu;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = (i32)a0 >= (i32)a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn8(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = ((u32)(0x1u + l0)), v = ((u32)(0x0u + l1));
u64 n = (u64)(u32)(v - u) / 1u + 1;
if (CLONES && n <= 0x80000000u && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 != a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 != a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn9(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~((u32)(0xffffffffu + l0)), v = (u32)~((u32)(0x0u + l1));
u64 n = (u64)(u32)(v - u) / 1u + 1;
if (CLONES && n <= 0x80000000u && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xffffffffu;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 != a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xffffffffu;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 != a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn10(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = ((u32)(0x4u + l0)), v = ((u32)(0x0u + l1));
u64 n = (u64)(u32)(v - u) / 4u + 1;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 4u == 0 && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x4u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 != a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x4u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 != a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn11(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~((u32)(0xfffffff8u + l0)), v = (u32)~((u32)(0x0u + l1));
u64 n = (u64)(u32)(v - u) / 8u + 1;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 8u == 0 && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xfffffff8u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 != a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xfffffff8u;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 != a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn12(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
L2:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0xffffffffu;
a0 = a0 + a1;
l0 = a0;
a1 = l1;
a0 = a0 < a1;
if (a0) {
goto L2;
}
g -= 2;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn13(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1, a2;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (0x80000000u ^ (u32)(0x0u + l0)), v = (0x80000000u ^ (u32)(0x0u + l1));
u64 n = u >= v ? 1 : (v - u + 2u - 1) / 2u + 1;
if (CLONES && n <= 0x80000000u && u + (n - 1) * 2u <= 0xffffffffu && (i64)(n * 12) <= g) {
g -= (i64)(n * 12);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l1;
a1 = l0;
a0 = (i32)a0 > (i32)a1;
a1 = l0;
a2 = 0x2u;
a1 = a1 + a2;
l0 = a1;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 12;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a0 = l1;
a1 = l0;
a0 = (i32)a0 > (i32)a1;
a1 = l0;
a2 = 0x2u;
a1 = a1 + a2;
l0 = a1;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l2;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct m0 fn14(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
u32 l1 = 0;
VAR u32 a0, a1;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~((u32)(0xfffffffeu + l0)), v = (u32)~((u32)(0x0u));
u64 n = (u64)(u32)(v - u) / 2u + 1;
if (CLONES && n <= 0x80000000u && (u32)(v - u) % 2u == 0 && (i64)(n * 9) <= g) {
g -= (i64)(n * 9);
u64 t = 0;
C0:;
a0 = l1;
a1 = 0x1u;
a0 = a0 + a1;
l1 = a0;
a0 = l0;
a1 = 0x2u;
a0 = a0 - a1;
l0 = a0;
if (++t != n) goto C0;
g -= 2;
goto X0;
}
}
L2:;
g -= 9;
if (g < 0) goto oog;
a0 = l1;
a1 = 0x1u;
a0 = a0 + a1;
l1 = a0;
a0 = l0;
a1 = 0x2u;
a0 = a0 - a1;
l0 = a0;
if (a0) {
goto L2;
}
g -= 2;
X0:;
a0 = l0;
a1 = l1;
return (struct m0){a0, a1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn15(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
if (l1 - 1u < 0x7fffffffu) {
u64 u = ((u32)(0x0u + l0 + l1)), v = ((u32)(0x0u + l2));
u64 n = u >= v ? 1 : (v - u + ((u64)l1) - 1) / ((u64)l1) + 1;
u64 w0 = (u32)(0x0u + l0);
if (CLONES && n <= 0x80000000u && u + (n - 1) * ((u64)l1) <= 0xffffffffu && (i64)(n * 10) <= g && w0 + (n - 1) * ((u64)l1) + 1u <= I->memory_size) {
g -= (i64)(n * 10);
u8 *p0 = MEMORY + w0;
u64 t = 0;
C0:;
a0 = l0;
a1 = 0x1u;
*(mu8 *)(p0 + t * ((u64)l1)) = a1;
a0 = l0;
a1 = l1;
a0 = a0 + a1;
l0 = a0;
a1 = l2;
a0 = a0 < a1;
if (++t != n) goto C0;
g -= 1;
goto X0;
}
}
}
L2:;
g -= 10;
if (g < 0) goto oog;
a0 = l0;
a1 = 0x1u;
*(mu8 *)M(a0, 65536) = a1;
a0 = l0;
a1 = l1;
a0 = a0 + a1;
l0 = a0;
a1 = l2;
a0 = a0 < a1;
if (a0) {
goto L2;
}
g -= 1;
X0:;
a0 = l0;
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL i64 fn16(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1, a2;
VAR u64 b0;
d -= 112;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = ((u32)(0x1u + l2)), v = ((u32)(0x0u + l1));
u64 n = (u64)(u32)(v - u) / 1u + 1;
u64 w0 = (u32)(0x0u + l0 + l2 * 0x8u);
if (CLONES && n <= 0x80000000u && (i64)(n * 14) <= g && w0 + (n - 1) * 8u + 16u <= I->memory_size) {
g -= (i64)(n * 14);
u8 *p0 = MEMORY + w0;
u64 t = 0;
C0:;
a0 = l0;
a1 = l2;
a2 = 0x3u;
a1 = a1 << (a2 & 31);
a0 = a0 + a1;
b0 = *(mu64 *)(p0 + t * 8 + 8);
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a1 = l1;
a0 = a0 != a1;
if (++t != n) goto C0;
goto X0;
}
}
L2:;
g -= 14;
if (g < 0) goto oog;
a0 = l0;
a1 = l2;
a2 = 0x3u;
a1 = a1 << (a2 & 31);
a0 = a0 + a1;
b0 = *(mu64 *)M(a0, 65544); UI(b0);
a0 = l2;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
a1 = l1;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn17(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
VAR u32 a0, a1;
VAR f32 x0;
d -= 96;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~((u32)(0xffffffffu + l1)), v = (u32)~((u32)(0x0u));
u64 n = (u64)(u32)(v - u) / 1u + 1;
u64 w0 = (u32)(0x0u + l0);
if (CLONES && n <= 0x80000000u && (i64)(n * 12) <= g && w0 >= (n - 1) * 4u && w0 + 4u <= I->memory_size) {
g -= (i64)(n * 12);
u8 *p0 = MEMORY + w0;
u64 t = 0;
C0:;
a0 = l0;
x0 = *(mf32 *)(p0 - t * 4);
a0 = l0;
a1 = 0x4u;
a0 = a0 - a1;
l0 = a0;
a0 = l1;
a1 = 0x1u;
a0 = a0 - a1;
l1 = a0;
if (++t != n) goto C0;
goto X0;
}
}
L2:;
g -= 12;
if (g < 0) goto oog;
a0 = l0;
x0 = *(mf32 *)M(a0, 65536); UX(x0);
a0 = l0;
a1 = 0x4u;
a0 = a0 - a1;
l0 = a0;
a0 = l1;
a1 = 0x1u;
a0 = a0 - a1;
l1 = a0;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL i64 fn18(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~((u32)(0xffffffffu + l2)), v = (u32)~((u32)(0x0u));
u64 n = (u64)(u32)(v - u) / 1u + 1;
u64 w0 = (u32)(0x0u + l1);
u64 w1 = (u32)(0x0u + l0);
if (CLONES && n <= 0x80000000u && (i64)(n * 17) <= g && w0 + (n - 1) * 1u + 1u <= I->memory_size && w1 + (n - 1) * 1u + 1u <= I->memory_size) {
g -= (i64)(n * 17);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
C0:;
a0 = l0;
a1 = l1;
a1 = *(mu8 *)(p0 + t * 1);
*(mu8 *)(p1 + t * 1) = a1;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
l0 = a0;
a0 = l1;
a1 = 0x1u;
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
g -= 17;
if (g < 0) goto oog;
a0 = l0;
a1 = l1;
a1 = *(mu8 *)M(a1, 65536); UI(a1);
*(mu8 *)M(a0, 65536) = a1;
a0 = l0;
a1 = 0x1u;
a0 = a0 + a1;
l0 = a0;
a0 = l1;
a1 = 0x1u;
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

LOCAL struct ra fn19(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, u32 l2) {
u32 l3 = 0;
u32 l4 = 0;
VAR u32 a0, a1, a2;
d -= 128;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (0x80000000u ^ (u32)(0x1u + l3)), v = (0x80000000u ^ (u32)(0x0u + l1));
u64 n = u >= v ? 1 : (v - u + 1u - 1) / 1u + 1;
u64 w0 = (u32)(0xfffffffeu + l0);
if (CLONES && n <= 0x80000000u && u + (n - 1) * 1u <= 0xffffffffu && (i64)(n * 38) <= g && w0 + (n - 1) * 4u + 6u <= I->memory_size) {
g -= (i64)(n * 38);
u8 *p0 = MEMORY + w0;
u64 t = 0;
C0:;
a0 = l4;
a1 = l0;
a2 = 0x3u;
a1 = a1 + a2;
a1 = *(mu8 *)(p0 + t * 4 + 5);
a0 = a0 + a1;
l4 = a0;
a0 = l4;
a1 = l0;
a1 = *(mu8 *)(p0 + t * 4 + 3);
a0 = a0 + a1;
l4 = a0;
a0 = l4;
a1 = l0;
a2 = 0xfffffffeu;
a1 = a1 + a2;
a1 = *(mu8 *)(p0 + t * 4);
a0 = a0 + a1;
l4 = a0;
a0 = l2;
a1 = l3;
a0 = a0 * a1;
a0 = *(mu8 *)M(a0, 65536); UI(a0);
a0 = l0;
a1 = l4;
*(mu8 *)(p0 + t * 4 + 2) = a1;
a0 = l0;
a1 = 0x4u;
a0 = a0 + a1;
l0 = a0;
a0 = l3;
a1 = 0x1u;
a0 = a0 + a1;
l3 = a0;
a1 = l1;
a0 = (i32)a0 < (i32)a1;
if (++t != n) goto C0;
g -= 1;
goto X0;
}
}
L2:;
g -= 38;
if (g < 0) goto oog;
a0 = l4;
a1 = l0;
a2 = 0x3u;
a1 = a1 + a2;
a1 = *(mu8 *)M(a1, 65536); UI(a1);
a0 = a0 + a1;
l4 = a0;
a0 = l4;
a1 = l0;
a1 = *(mu8 *)M(a1, 65537); UI(a1);
a0 = a0 + a1;
l4 = a0;
a0 = l4;
a1 = l0;
a2 = 0xfffffffeu;
a1 = a1 + a2;
a1 = *(mu8 *)M(a1, 65536); UI(a1);
a0 = a0 + a1;
l4 = a0;
a0 = l2;
a1 = l3;
a0 = a0 * a1;
a0 = *(mu8 *)M(a0, 65536); UI(a0);
a0 = l0;
a1 = l4;
*(mu8 *)M(a0, 65536) = a1;
a0 = l0;
a1 = 0x4u;
a0 = a0 + a1;
l0 = a0;
a0 = l3;
a1 = 0x1u;
a0 = a0 + a1;
l3 = a0;
a1 = l1;
a0 = (i32)a0 < (i32)a1;
if (a0) {
goto L2;
}
g -= 1;
X0:;
a0 = l4;
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL i64 fn20(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1, f64 l2, u32 l3) {
u32 l4 = 0;
VAR u32 a0, a1, a3;
VAR f64 y1, y2, y3;
d -= 136;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = ((u32)(0x1u + l4)), v = ((u32)(0x0u + l3));
u64 n = (u64)(u32)(v - u) / 1u + 1;
u64 w0 = (u32)(0x0u + l0);
u64 w1 = (u32)(0x0u + l1);
u64 m = n;
if (CLONES && n <= 0x80000000u && (i64)(n * 24) <= g && w0 + (n - 1) * 8u + 8u <= I->memory_size && w1 + (n - 1) * 8u + 8u <= I->memory_size && ((w0 + 0 - w1 - 0) & 7) == 0) {
g -= (i64)(n * 24);
u8 *p0 = MEMORY + w0;
u8 *p1 = MEMORY + w1;
u64 t = 0;
u64 q = 0;
C0:;
a0 = l0;
a1 = l0;
y1 = *(mf64 *)(p0 + t * 8);
y2 = l2;
a3 = l1;
y3 = *(mf64 *)(p1 + t * 8);
y2 = y2 * y3;
y1 = y1 + y2;
*(mf64 *)(p0 + t * 8) = y1;
q |= -(u64)(y1 != y1);
a0 = l0;
a1 = 0x8u;
a0 = a0 + a1;
l0 = a0;
a0 = l1;
a1 = 0x8u;
a0 = a0 + a1;
l1 = a0;
a0 = l4;
a1 = 0x1u;
a0 = a0 + a1;
l4 = a0;
a1 = l3;
a0 = a0 != a1;
if (++t != n) goto C0;
if (q) {
f64_repair(p0 + 0, 8, m);
}
goto X0;
}
}
L2:;
g -= 24;
if (g < 0) goto oog;
a0 = l0;
a1 = l0;
y1 = *(mf64 *)M(a1, 65536); UX(y1);
y2 = l2;
a3 = l1;
y3 = *(mf64 *)M(a3, 65536); UX(y3);
y2 = y2 * y3;
y1 = y1 + y2;
y1 = f64_canon(y1);
*(mf64 *)M(a0, 65536) = y1;
a0 = l0;
a1 = 0x8u;
a0 = a0 + a1;
l0 = a0;
a0 = l1;
a1 = 0x8u;
a0 = a0 + a1;
l1 = a0;
a0 = l4;
a1 = 0x1u;
a0 = a0 + a1;
l4 = a0;
a1 = l3;
a0 = a0 != a1;
if (a0) {
goto L2;
}
X0:;
return g;
oog: xvm_trap(I, 12);
}

LOCAL struct m1 fn21(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0, a1, a2, a3;
VAR f64 y1, y2;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
{
u64 u = (u32)~((u32)(0xffffffffu + l0)), v = (u32)~((u32)(0x2u));
u64 n = (u64)(u32)(v - u) / 1u + 1;
if (CLONES && n <= 0x80000000u && (i64)(n * 16) <= g) {
g -= (i64)(n * 16);
u64 t = 0;
C0:;
a0 = 0x3e8u;
a1 = l0;
a0 = i32_div_u(I, a0, a1);
a1 = l0;
a2 = 0x3u;
a1 = a1 - a2;
y1 = (f64)(i32)a1;
y2 = f64_of(0x0ul);
y1 = y1 / y2;
a2 = l0;
a3 = 0x1u;
a2 = a2 - a3;
l0 = a2;
a3 = 0x2u;
a2 = a2 != a3;
if (++t != n) goto C0;
goto X0;
}
}
L2:;
g -= 16;
if (g < 0) goto oog;
a0 = 0x3e8u;
a1 = l0;
a0 = i32_div_u(I, a0, a1);
a1 = l0;
a2 = 0x3u;
a1 = a1 - a2;
y1 = (f64)(i32)a1;
y2 = f64_of(0x0ul);
y1 = y1 / y2;
a2 = l0;
a3 = 0x1u;
a2 = a2 - a3;
l0 = a2;
a3 = 0x2u;
a2 = a2 != a3;
if (a2) {
goto L2;
}
X0:;
y1 = f64_canon(y1);
return (struct m1){a0, y1, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn22(struct xvm_instance *I, i64 g, u64 d, u32 l0, u32 l1) {
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 2;
{
u64 u = (u32)~((u32)(0xffffffffu + l0)), v = (u32)~((u32)(0x0u));
u64 n = (u64)(u32)(v - u) / 1u + 1;
if (CLONES && n <= 0x80000000u && (i64)(n * 9) <= g) {
g -= (i64)(n * 9);
u64 t = 0;
C0:;
a0 = l2;
a1 = 0x3u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x1u;
a0 = a0 - a1;
l0 = a0;
if (++t != n) goto C0;
g -= 3;
goto X0;
}
}
L4:;
g -= 9;
if (g < 0) goto oog;
a0 = l2;
a1 = 0x3u;
a0 = a0 + a1;
l2 = a0;
a0 = l0;
a1 = 0x1u;
a0 = a0 - a1;
l0 = a0;
if (a0) {
goto L4;
}
g -= 3;
X0:;
a0 = l1;
if (a0) {
goto L2;
}
g -= 6;
a0 = l2;
a1 = 0x5u;
a0 = a0 * a1;
a1 = 0x1u;
a0 = a0 + a1;
l2 = a0;
L2:;
a0 = l2;
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn23(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
u32 l1 = 0;
u32 l2 = 0;
VAR u32 a0, a1;
d -= 104;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 1;
L2:;
g -= 3;
if (g < 0) goto oog;
a0 = 0x0u;
l1 = a0;
{
u64 u = ((u32)(0x1u + l1)), v = ((u32)(0x0u + l0));
u64 n = u >= v ? 1 : (v - u + 1u - 1) / 1u + 1;
if (CLONES && n <= 0x80000000u && u + (n - 1) * 1u <= 0xffffffffu && (i64)(n * 11) <= g) {
g -= (i64)(n * 11);
u64 t = 0;
C0:;
a0 = l2;
a1 = l1;
a0 = a0 + a1;
l2 = a0;
a0 = l1;
a1 = 0x1u;
a0 = a0 + a1;
l1 = a0;
a1 = l0;
a0 = a0 < a1;
if (++t != n) goto C0;
g -= 9;
goto X0;
}
}
L3:;
g -= 11;
if (g < 0) goto oog;
a0 = l2;
a1 = l1;
a0 = a0 + a1;
l2 = a0;
a0 = l1;
a1 = 0x1u;
a0 = a0 + a1;
l1 = a0;
a1 = l0;
a0 = a0 < a1;
if (a0) {
goto L3;
}
g -= 9;
X0:;
a0 = l0;
a1 = 0x1u;
a0 = a0 & a1;
if (!a0) {
goto L7;
}
g -= 4;
a0 = l2;
a1 = 0x3e8u;
a0 = a0 + a1;
l2 = a0;
goto L6;
L7:;
L6:;
a0 = l0;
a1 = 0x1u;
a0 = a0 - a1;
l0 = a0;
if (a0) {
goto L2;
}
g -= 1;
a0 = l2;
return (struct ra){a0, g};
oog: xvm_trap(I, 12);
}

LOCAL struct ra fn24(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 2;
a0 = l0;
a0 = *(mu8 *)M(a0, 65536); UI(a0);
return (struct ra){a0, g};
}

LOCAL struct rb fn25(struct xvm_instance *I, i64 g, u64 d, u32 l0) {
VAR u32 a0;
VAR u64 b0;
d -= 80;
if ((i64)d < 0) xvm_trap(I, 10);
g -= 2;
a0 = l0;
b0 = *(mu64 *)M(a0, 65536); UI(b0);
return (struct rb){b0, g};
}

LOCAL i64 fn26(struct xvm_instance *I, i64 g, u64 d, u32 l0, u64 l1) {
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

static void call0(struct xvm_instance *I, u64 *s) {
struct m0 r = fn0(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call1(struct xvm_instance *I, u64 *s) {
struct m0 r = fn1(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call2(struct xvm_instance *I, u64 *s) {
struct m0 r = fn2(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call3(struct xvm_instance *I, u64 *s) {
struct m0 r = fn3(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call4(struct xvm_instance *I, u64 *s) {
struct m0 r = fn4(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call5(struct xvm_instance *I, u64 *s) {
struct m0 r = fn5(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call6(struct xvm_instance *I, u64 *s) {
struct m0 r = fn6(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call7(struct xvm_instance *I, u64 *s) {
struct m0 r = fn7(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call8(struct xvm_instance *I, u64 *s) {
struct m0 r = fn8(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call9(struct xvm_instance *I, u64 *s) {
struct m0 r = fn9(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call10(struct xvm_instance *I, u64 *s) {
struct m0 r = fn10(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call11(struct xvm_instance *I, u64 *s) {
struct m0 r = fn11(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call12(struct xvm_instance *I, u64 *s) {
struct m0 r = fn12(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call13(struct xvm_instance *I, u64 *s) {
struct m0 r = fn13(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call14(struct xvm_instance *I, u64 *s) {
struct m0 r = fn14(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = (r.v1);
}

static void call15(struct xvm_instance *I, u64 *s) {
struct ra r = fn15(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call16(struct xvm_instance *I, u64 *s) {
i64 g = fn16(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call17(struct xvm_instance *I, u64 *s) {
i64 g = fn17(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call18(struct xvm_instance *I, u64 *s) {
i64 g = fn18(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call19(struct xvm_instance *I, u64 *s) {
struct ra r = fn19(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]), (u32)(s[2]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call20(struct xvm_instance *I, u64 *s) {
i64 g = fn20(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]), f64_of(s[2]), (u32)(s[3]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void call21(struct xvm_instance *I, u64 *s) {
struct m1 r = fn21(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v0);
s[1] = f64_bits(r.v1);
}

static void call22(struct xvm_instance *I, u64 *s) {
struct ra r = fn22(I, I->gas, byte_budget(I), (u32)(s[0]), (u32)(s[1]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call23(struct xvm_instance *I, u64 *s) {
struct ra r = fn23(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call24(struct xvm_instance *I, u64 *s) {
struct ra r = fn24(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call25(struct xvm_instance *I, u64 *s) {
struct rb r = fn25(I, I->gas, byte_budget(I), (u32)(s[0]));
i64 g = r.g;
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
s[0] = (r.v);
}

static void call26(struct xvm_instance *I, u64 *s) {
i64 g = fn26(I, I->gas, byte_budget(I), (u32)(s[0]), (s[1]));
I->gas = g;
if (g < 0) xvm_trap(I, 12);
(void)s;
}

static void xvm_init(struct xvm_instance *I) {
memory_init(I, 0x0u, 0, 8, data0, 8);
SEGMENT(0) = 1;
}

static const u8 kinds1[] = {127, 127, 127, 127};
static const u8 kinds2[] = {127, 127, 127};
static const u8 kinds3[] = {127, 127, 127, 127};
static const u8 kinds4[] = {127, 127};
static const u8 kinds5[] = {127, 127, 127};
static const u8 kinds6[] = {127, 127, 124, 127};
static const u8 kinds7[] = {127, 127, 124};
static const u8 kinds8[] = {127, 124};
static const u8 kinds9[] = {127, 127, 127};
static const u8 kinds10[] = {127, 127};
static const u8 kinds11[] = {127, 126};
static const u8 kinds12[] = {127, 126};
static const struct xvm_type types[] = {
{0, 0, 0},
{2, 2, kinds1},
{1, 2, kinds2},
{3, 1, kinds3},
{2, 0, kinds4},
{3, 0, kinds5},
{4, 0, kinds6},
{1, 2, kinds7},
{0, 2, kinds8},
{2, 1, kinds9},
{1, 1, kinds10},
{1, 1, kinds11},
{2, 0, kinds12},
};
static const struct xvm_export exports[] = {
{call0, 1, 0},
{call1, 1, 0},
{call2, 1, 0},
{call3, 1, 0},
{call4, 1, 0},
{call5, 1, 0},
{call6, 1, 0},
{call7, 1, 0},
{call8, 1, 0},
{call9, 1, 0},
{call10, 1, 0},
{call11, 1, 0},
{call12, 1, 0},
{call13, 1, 0},
{call14, 2, 0},
{call15, 3, 0},
{call16, 4, 0},
{call17, 4, 0},
{call18, 5, 0},
{call19, 3, 0},
{call20, 6, 0},
{call21, 7, 0},
{call22, 9, 0},
{call23, 10, 0},
{call24, 10, 0},
{call25, 11, 0},
{call26, 12, 0},
};
__attribute__((visibility("default"))) const struct xvm_descriptor xvm_module = {
0x414d5658u, 1, 65536, 1,
{207, 107, 140, 123, 78, 28, 124, 27, 57, 247, 124, 247, 0, 183, 57, 80, 141, 76, 90, 7, 212, 192, 212, 187, 125, 116, 91, 126, 89, 68, 3, 59},
{127, 58, 201, 104, 161, 240, 164, 166, 247, 44, 154, 159, 208, 28, 71, 182, 108, 66, 230, 101, 130, 247, 93, 95, 67, 217, 198, 33, 181, 229, 217, 220},
1, 1, 2, 8, 13, 0, 0, 0, 0, 27,
types,
0,
0,
0,
exports,
xvm_init
};
