// SPDX-License-Identifier: Apache-2.0
// The C of the vector instructions, in the vector extensions that gcc (12 and later) and clang share: one helper per instruction, named
// like it. It stands only in texts of modules that use vectors. Integer arithmetic is unsigned, because signed overflow is undefined.

enum PreludeVectors {
    static let text = Array((types + (integers + conversions + floats + memory).joined()).utf8)

    private static let types = """
        #define VECTOR __attribute__((vector_size(16)))
        #define HALF __attribute__((vector_size(8)))
        typedef u64 v128 VECTOR;
        typedef v128 mv128 __attribute__((aligned(1), may_alias));
        typedef u8 u8x16 VECTOR;
        typedef i8 i8x16 VECTOR;
        typedef char c8x16 VECTOR;
        typedef u16 u16x8 VECTOR;
        typedef i16 i16x8 VECTOR;
        typedef u32 u32x4 VECTOR;
        typedef i32 i32x4 VECTOR;
        typedef u64 u64x2 VECTOR;
        typedef i64 i64x2 VECTOR;
        typedef f32 f32x4 VECTOR;
        typedef f64 f64x2 VECTOR;
        typedef u8 u8x8 HALF;
        typedef i8 i8x8 HALF;
        typedef u16 u16x4 HALF;
        typedef i16 i16x4 HALF;
        typedef u32 u32x2 HALF;
        typedef i32 i32x2 HALF;
        struct rz { v128 v; i64 g; };
        #define UNARY(name, T, ...) HELPER v128 name(v128 x) { T a = (T)x; return (v128)(__VA_ARGS__); }
        #define BINARY(name, T, ...) HELPER v128 name(v128 x, v128 y) { T a = (T)x, b = (T)y; return (v128)(__VA_ARGS__); }
        #define SHIFT(name, T, ...) HELPER v128 name(v128 x, u32 n) { T a = (T)x; return (v128)(__VA_ARGS__); }
        #define CHOOSE(m, a, b) (((v128)(m) & (v128)(a)) | (~(v128)(m) & (v128)(b)))
        #define LOW2(a) __builtin_shufflevector(a, a, 0, 1)
        #define LOW4(a) __builtin_shufflevector(a, a, 0, 1, 2, 3)
        #define LOW8(a) __builtin_shufflevector(a, a, 0, 1, 2, 3, 4, 5, 6, 7)
        #define HIGH2(a) __builtin_shufflevector(a, a, 2, 3)
        #define HIGH4(a) __builtin_shufflevector(a, a, 4, 5, 6, 7)
        #define HIGH8(a) __builtin_shufflevector(a, a, 8, 9, 10, 11, 12, 13, 14, 15)
        HELPER v128 v128_not(v128 a) { return ~a; }
        HELPER v128 v128_and(v128 a, v128 b) { return a & b; }
        HELPER v128 v128_andnot(v128 a, v128 b) { return a & ~b; }
        HELPER v128 v128_or(v128 a, v128 b) { return a | b; }
        HELPER v128 v128_xor(v128 a, v128 b) { return a ^ b; }
        HELPER v128 v128_bitselect(v128 a, v128 b, v128 m) { return CHOOSE(m, a, b); }
        HELPER u32 v128_any_true(v128 a) { return (a[0] | a[1]) != 0; }
        HELPER v128 i8x16_swizzle(v128 x, v128 y) {
            u8x16 i = (u8x16)y;
            return (v128)__builtin_ia32_pshufb128((c8x16)x, (c8x16)(i | (u8x16)(i > 15)));
        }
        HELPER v128 i8x16_popcnt(v128 x) {
            u8x16 a = (u8x16)x;
            a = a - ((a >> 1) & 0x55);
            a = (a & 0x33) + ((a >> 2) & 0x33);
            return (v128)((a + (a >> 4)) & 0x0f);
        }
        HELPER u32 i8x16_bitmask(v128 x) { return (u32)__builtin_ia32_pmovmskb128((c8x16)x); }
        HELPER u32 i16x8_bitmask(v128 x) {
            return (u32)__builtin_ia32_pmovmskb128((c8x16)__builtin_ia32_packsswb128((i16x8)x, (i16x8)x)) & 255;
        }
        HELPER u32 i32x4_bitmask(v128 x) { return (u32)__builtin_ia32_movmskps((f32x4)x); }
        HELPER u32 i64x2_bitmask(v128 x) { return (u32)__builtin_ia32_movmskpd((f64x2)x); }
        BINARY(i8x16_narrow_i16x8_s, i16x8, __builtin_ia32_packsswb128(a, b))
        BINARY(i8x16_narrow_i16x8_u, i16x8, __builtin_ia32_packuswb128(a, b))
        BINARY(i16x8_narrow_i32x4_s, i32x4, __builtin_ia32_packssdw128(a, b))
        BINARY(i16x8_narrow_i32x4_u, i32x4, __builtin_ia32_packusdw128(a, b))
        BINARY(i32x4_dot_i16x8_s, i16x8, __builtin_ia32_pmaddwd128(a, b))
        HELPER v128 i16x8_q15mulr_sat_s(v128 x, v128 y) {
            u16x8 r = (u16x8)__builtin_ia32_pmulhrsw128((i16x8)x, (i16x8)y);
            return (v128)(r ^ (u16x8)(r == 0x8000));
        }
        UNARY(i16x8_extadd_pairwise_i8x16_s, u16x8, (u16x8)((i16x8)(a << 8) >> 8) + (u16x8)((i16x8)a >> 8))
        UNARY(i16x8_extadd_pairwise_i8x16_u, u16x8, (a & 255) + (a >> 8))
        UNARY(i32x4_extadd_pairwise_i16x8_s, u32x4, (u32x4)((i32x4)(a << 16) >> 16) + (u32x4)((i32x4)a >> 16))
        UNARY(i32x4_extadd_pairwise_i16x8_u, u32x4, (a & 65535) + (a >> 16))

        """

    private static let shapes: [(bits: Int, lanes: Int)] = [(8, 16), (16, 8), (32, 4), (64, 2)]

    private static let integers: [String] = shapes.map { bits, lanes in
        let (name, u, i) = ("i\(bits)x\(lanes)", "u\(bits)x\(lanes)", "i\(bits)x\(lanes)")
        let scalar = bits == 64 ? "u64" : "u32"
        let repeated = Array(repeating: "(u\(bits))v", count: lanes).joined(separator: ", ")
        var text = """
            HELPER v128 \(name)_splat(\(scalar) v) { return (v128)(\(u)){\(repeated)}; }
            HELPER v128 \(name)_replace_lane(v128 x, \(scalar) v, u32 n) { \(u) a = (\(u))x; a[n] = (u\(bits))v; return (v128)a; }
            HELPER u32 \(name)_all_true(v128 x) { v128 m = (v128)((\(u))x == 0); return (m[0] | m[1]) == 0; }
            UNARY(\(name)_neg, \(u), (\(u)){0} - a)
            UNARY(\(name)_abs, \(u), (a ^ (\(u))((\(i))a < 0)) - (\(u))((\(i))a < 0))
            SHIFT(\(name)_shl, \(u), a << (u\(bits))(n & \(bits - 1)))
            SHIFT(\(name)_shr_u, \(u), a >> (u\(bits))(n & \(bits - 1)))
            SHIFT(\(name)_shr_s, \(i), a >> (i\(bits))(n & \(bits - 1)))
            BINARY(\(name)_add, \(u), a + b)
            BINARY(\(name)_sub, \(u), a - b)
            BINARY(\(name)_eq, \(u), a == b)
            BINARY(\(name)_ne, \(u), a != b)

            """
        for (suffix, sign) in [("lt", "<"), ("gt", ">"), ("le", "<="), ("ge", ">=")] {
            text += "BINARY(\(name)_\(suffix)_s, \(i), a \(sign) b)\n"
            if bits < 64 { text += "BINARY(\(name)_\(suffix)_u, \(u), a \(sign) b)\n" }
        }
        if bits > 8 { text += "BINARY(\(name)_mul, \(u), a * b)\n" }
        if bits < 64 {
            for (suffix, type) in [("s", i), ("u", u)] {
                text += "BINARY(\(name)_min_\(suffix), \(type), CHOOSE(a < b, a, b))\n"
                text += "BINARY(\(name)_max_\(suffix), \(type), CHOOSE(a > b, a, b))\n"
            }
        }
        if bits < 32 {
            let most = (1 << (bits - 1)) - 1
            text += """
                HELPER u32 \(name)_extract_lane_s(v128 x, u32 n) { return (u32)((\(i))x)[n]; }
                HELPER u32 \(name)_extract_lane_u(v128 x, u32 n) { return ((\(u))x)[n]; }
                #define SATURATED (\(u))(((\(i))a >> \(bits - 1)) ^ \(most))
                BINARY(\(name)_add_sat_s, \(u), CHOOSE((\(i))((a ^ (a + b)) & (b ^ (a + b))) < 0, SATURATED, a + b))
                BINARY(\(name)_sub_sat_s, \(u), CHOOSE((\(i))((a ^ b) & (a ^ (a - b))) < 0, SATURATED, a - b))
                #undef SATURATED
                BINARY(\(name)_add_sat_u, \(u), (a + b) | (\(u))(a + b < a))
                BINARY(\(name)_sub_sat_u, \(u), (a - b) & (\(u))(a >= b))
                BINARY(\(name)_avgr_u, \(u), (a | b) - ((a ^ b) >> 1))

                """
        } else {
            text += "HELPER \(scalar) \(name)_extract_lane(v128 x, u32 n) { return ((\(u))x)[n]; }\n"
        }
        return text
    }

    /// Halves to lanes of twice the width: extensions and products.
    private static let conversions: [String] = shapes.dropLast().map { bits, lanes in
        let (from, half, wide) = ("i\(bits)x\(lanes)", lanes / 2, "\(2 * bits)x\(lanes / 2)")
        var text = ""
        for (suffix, letter) in [("s", "i"), ("u", "u")] {
            for (part, choice) in [("low", "LOW"), ("high", "HIGH")] {
                let narrow = "\(letter)\(bits)x\(lanes)"
                func extended(_ name: String) -> String {
                    "__builtin_convertvector(\(choice)\(half)(\(name)), \(letter)\(wide))"
                }
                text += "UNARY(i\(wide)_extend_\(part)_\(from)_\(suffix), \(narrow), \(extended("a")))\n"
                text += "BINARY(i\(wide)_extmul_\(part)_\(from)_\(suffix), \(narrow), "
                text += "(u\(wide))\(extended("a")) * (u\(wide))\(extended("b")))\n"
            }
        }
        return text
    }

    private static let floats: [String] = [(32, 4), (64, 2)].map { bits, lanes in
        let (name, f, u, i) = ("f\(bits)x\(lanes)", "f\(bits)x\(lanes)", "u\(bits)x\(lanes)", "i\(bits)x\(lanes)")
        let scalar = "f\(bits)"
        let (nan, sign) =
            bits == 32 ? ("0x7fc00000u", "0x80000000u") : ("0x7ff8000000000000ul", "0x8000000000000000ul")
        let round = bits == 32 ? "__builtin_ia32_roundps" : "__builtin_ia32_roundpd"
        func each(_ pattern: (Int) -> String) -> String { (0..<lanes).map(pattern).joined(separator: ", ") }
        let nans = "(\(u)){\(each { _ in nan })}"
        var text = """
            HELPER v128 \(name)_canon(\(f) a) { return CHOOSE(a == a, a, (\(nans))); }
            HELPER v128 \(name)_splat(\(scalar) v) { return (v128)(\(f)){\(each { _ in "v" })}; }
            HELPER \(scalar) \(name)_extract_lane(v128 x, u32 n) { return \(scalar)_of(((\(u))x)[n]); }
            HELPER v128 \(name)_replace_lane(v128 x, \(scalar) v, u32 n) { \(u) a = (\(u))x; a[n] = \(scalar)_bits(v); return (v128)a; }
            UNARY(\(name)_abs, \(u), a & ~(\(u)){\(each { _ in sign })})
            UNARY(\(name)_neg, \(u), a ^ (\(u)){\(each { _ in sign })})
            UNARY(\(name)_sqrt, \(f), \(name)_canon((\(f)){\(each { "\(scalar)_sqrt(a[\($0)])" })}))
            BINARY(\(name)_min, \(f), CHOOSE((\(i))(a < b) | (\(i))(b < a), CHOOSE(a < b, a, b),
                CHOOSE(a == b, (\(u))a | (\(u))b, (\(nans)))))
            BINARY(\(name)_max, \(f), CHOOSE((\(i))(a < b) | (\(i))(b < a), CHOOSE(a < b, b, a),
                CHOOSE(a == b, (\(u))a & (\(u))b, (\(nans)))))
            BINARY(\(name)_pmin, \(f), CHOOSE(b < a, b, a))
            BINARY(\(name)_pmax, \(f), CHOOSE(a < b, b, a))

            """
        for (suffix, mode) in [("nearest", 8), ("floor", 9), ("ceil", 10), ("trunc", 11)] {
            text += "UNARY(\(name)_\(suffix), \(f), \(name)_canon(\(round)(a, \(mode))))\n"
        }
        for (suffix, sign) in [("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/")] {
            text += "BINARY(\(name)_\(suffix), \(f), \(name)_canon(a \(sign) b))\n"
        }
        for (suffix, sign) in [("eq", "=="), ("ne", "!="), ("lt", "<"), ("gt", ">"), ("le", "<="), ("ge", ">=")] {
            text += "BINARY(\(name)_\(suffix), \(f), a \(sign) b)\n"
        }
        return text
    }

    private static let memory: [String] =
        [
            """
            UNARY(f32x4_convert_i32x4_s, i32x4, __builtin_convertvector(a, f32x4))
            UNARY(f32x4_convert_i32x4_u, u32x4, ((f32x4){(f32)a[0], (f32)a[1], (f32)a[2], (f32)a[3]}))
            UNARY(f64x2_convert_low_i32x4_s, i32x4, ((f64x2){(f64)a[0], (f64)a[1]}))
            UNARY(f64x2_convert_low_i32x4_u, u32x4, ((f64x2){(f64)a[0], (f64)a[1]}))
            UNARY(f32x4_demote_f64x2_zero, f64x2, f32x4_canon((f32x4){(f32)a[0], (f32)a[1], 0, 0}))
            UNARY(f64x2_promote_low_f32x4, f32x4, f64x2_canon((f64x2){(f64)a[0], (f64)a[1]}))

            """
        ]
        + [("s", ""), ("u", "")].map { suffix, _ in
            """
            UNARY(i32x4_trunc_sat_f32x4_\(suffix), f32x4, ((u32x4){i32_trunc_sat_f32_\(suffix)(a[0]), i32_trunc_sat_f32_\(suffix)(a[1]),
                i32_trunc_sat_f32_\(suffix)(a[2]), i32_trunc_sat_f32_\(suffix)(a[3])}))
            UNARY(i32x4_trunc_sat_f64x2_\(suffix)_zero, f64x2,
                ((u32x4){i32_trunc_sat_f64_\(suffix)(a[0]), i32_trunc_sat_f64_\(suffix)(a[1]), 0, 0}))

            """
        }
        + [(8, 8), (16, 4), (32, 2)].map { bits, lanes in
            let wide = "\(2 * bits)x\(lanes)"
            return """
                HELPER v128 v128_load\(bits)x\(lanes)_s(u64 v) {
                    union { u64 b; i\(bits)x\(lanes) h; } u;
                    u.b = v;
                    return (v128)__builtin_convertvector(u.h, i\(wide));
                }
                HELPER v128 v128_load\(bits)x\(lanes)_u(u64 v) {
                    union { u64 b; u\(bits)x\(lanes) h; } u;
                    u.b = v;
                    return (v128)__builtin_convertvector(u.h, u\(wide));
                }

                """
        } + [
            """
            HELPER v128 v128_load32_zero(u32 v) { return (v128){v, 0}; }
            HELPER v128 v128_load64_zero(u64 v) { return (v128){v, 0}; }

            """
        ]
}
