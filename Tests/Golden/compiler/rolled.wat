;; Loops as compilers unroll them, over floats that become NaNs: what the clone of a counted loop may roll up again, what it may
;; make canonical later, and what looks like it but is neither. $d and $s: two places in memory, $n: turns.
(module
  (memory 1 1)
  (func (export "fill") (local $i i32) (local $v i64)
    (loop $again
      (local.set $v (i64.reinterpret_f64 (f64.convert_i32_u (local.get $i))))
      (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 7))) (then (local.set $v (i64.const 0x7ff0000000000000))))
      (if (i32.eq (i32.rem_u (local.get $i) (i32.const 7)) (i32.const 3)) (then (local.set $v (i64.const 0x7ff4000000000123))))
      (if (i32.eq (i32.rem_u (local.get $i) (i32.const 11)) (i32.const 5)) (then (local.set $v (i64.const 0xff80000e7fc00e01))))
      (if (i32.eq (i32.rem_u (local.get $i) (i32.const 13)) (i32.const 4)) (then (local.set $v (i64.const 0x7f8000007f800000))))
      (i64.store (i32.shl (local.get $i) (i32.const 3)) (local.get $v))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8192)))))
  (func (export "sum") (result i64) (local $i i32) (local $v i64)
    (loop $again
      (local.set $v (i64.add (i64.mul (local.get $v) (i64.const 31)) (i64.load (local.get $i))))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 65536))))
    (local.get $v))
  (func (export "axpy") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 24)))
    
    (loop $again
      (f64.store (local.tee $t (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (f64.add (f64.load (local.get $t)) (f64.mul (f64.const 1.5) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))))))
      (f64.store (local.tee $t (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8))) (f64.add (f64.load (local.get $t)) (f64.mul (f64.const 1.5) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8))))))
      (f64.store (local.tee $t (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 16))) (f64.add (f64.load (local.get $t)) (f64.mul (f64.const 1.5) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 16))))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 24))) (local.get $e)))))

  (func (export "subtract") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.sub (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0)))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (f64.sub (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e)))))

  (func (export "both") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 2048)) (f64.sub (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))) (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 2056)) (f64.sub (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8))) (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e)))))

  (func (export "carried") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 8)))
    (local.set $x (f64.load (local.get $s)))
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.sub (local.get $x) (local.tee $x (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $e))))
    (f64.store (local.get $d) (local.get $x)))

  (func (export "negated") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 8)))
    
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.sub (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0)))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 1024)) (f64.neg (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $e)))))

  (func (export "integers") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 8)))
    
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.sub (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0)))))
      (i64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 1024)) (i64.xor (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))) (i64.const 1)))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $e)))))

  (func (export "integer_after") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 8)))
    
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.sub (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0)))))
      (i32.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const -8)) (i32.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 4))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $e)))))

  (func (export "singles") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    
    (loop $again
      (f32.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f32.sub (f32.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (f32.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0)))))
      (f32.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 4)) (f32.sub (f32.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 4))) (f32.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 4)))))
      (f32.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (f32.sub (f32.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8))) (f32.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8)))))
      (f32.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 12)) (f32.sub (f32.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 12))) (f32.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 12)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e)))))

  (func (export "fields") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 24)))
    
    (loop $again
      (f32.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f32.sub (f32.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (f32.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 12)))))
      (f32.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (f32.sub (f32.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8))) (f32.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 20)))))
      (f32.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 20)) (f32.sub (f32.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 20))) (f32.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 32)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 24))) (local.get $e)))))

  (func (export "parts") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 32)))
    
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.sub (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0)))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 16)) (f64.sub (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 16))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 16)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 32))) (local.get $e)))))

  (func (export "kept") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 32)))
    
    (loop $again
      (local.set $x (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 24))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.mul (local.get $x) (f64.sub (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (f64.add (local.get $x) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 32))) (local.get $e))))
    (f64.store (local.get $d) (local.get $x)))

  (func (export "numbered") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.sub (f64.convert_i32_u (i32.add (local.get $i) (i32.const 0))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0)))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (f64.sub (f64.convert_i32_u (i32.add (local.get $i) (i32.const 8))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e)))))

  (func (export "otherwise_numbered") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.sub (f64.convert_i32_u (i32.add (local.get $i) (i32.const 0))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0)))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (f64.sub (f64.convert_i32_u (i32.add (local.get $i) (i32.const 64))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e)))))

  (func (export "crossed") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.sub (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8)))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (f64.sub (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8))) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e)))))

  (func (export "mixed") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (f64.sub (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))) (f64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)))))
      (f32.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (f32.sub (f32.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))) (f32.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e)))))

  (func (export "bytes") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 4)))
    
    (loop $again
      (i32.store8 (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (i32.xor (i32.load8_u (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))) (i32.load8_u (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)))))
      (i32.store8 (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 1)) (i32.xor (i32.load8_u (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 1))) (i32.load8_u (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 1)))))
      (i32.store8 (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 2)) (i32.xor (i32.load8_u (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 2))) (i32.load8_u (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 2)))))
      (i32.store8 (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 3)) (i32.xor (i32.load8_u (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 3))) (i32.load8_u (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 3)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 4))) (local.get $e)))))

  (func (export "temporaries") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    
    (loop $again
      (i64.store (local.tee $t (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (i64.add (i64.load (local.get $t)) (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0)))))
      (i64.store (local.tee $t (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8))) (i64.add (i64.load (local.get $t)) (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8)))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e))))
    (i32.store (i32.const 0) (i32.add (local.get $t) (local.get $i))))

  (func (export "running") (param $d i32) (param $s i32) (param $n i32)
    (local $i i32) (local $e i32) (local $t i32) (local $x f64) (local $y f32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    
    (loop $again
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (local.tee $x (f64.sub (local.get $x) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))))))
      (f64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (local.tee $x (f64.sub (local.get $x) (f64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8))))))

      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e))))
    (f64.store (local.get $s) (local.get $x)))

  (func (export "downwards") (param $d i32) (param $s i32) (param $n i32)
    (loop $again
      (f64.store (local.get $d) (f64.sub (f64.load (local.get $d)) (f64.load (local.get $s))))
      (f64.store (i32.sub (local.get $d) (i32.const 8)) (f64.sub (f64.load (i32.sub (local.get $d) (i32.const 8))) (f64.load (i32.sub (local.get $s) (i32.const 8)))))
      (local.set $d (i32.sub (local.get $d) (i32.const 16)))
      (local.set $s (i32.sub (local.get $s) (i32.const 16)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
)
