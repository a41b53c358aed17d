;; More loops of parts for RolledLoopTests: what locals hold behind a clone that takes parts as turns, and a counter that moves first.
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
  ;; $t is set in the second part only.
  (func (export "set_late") (param $d i32) (param $s i32) (param $n i32) (local $i i32) (local $e i32) (local $t i32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    (loop $again
      (i64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (i64.add (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))) (i64.const 3)))
      (i64.store (local.tee $t (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8))) (i64.add (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8))) (i64.const 3)))
      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e))))
    (i32.store (i32.const 0) (i32.add (local.get $t) (local.get $i))))
  ;; $t is set in the first part only.
  (func (export "set_before") (param $d i32) (param $s i32) (param $n i32) (local $i i32) (local $e i32) (local $t i32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    (loop $again
      (i64.store (local.tee $t (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0))) (i64.add (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))) (i64.const 3)))
      (i64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (i64.add (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8))) (i64.const 3)))
      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e))))
    (i32.store (i32.const 0) (i32.add (local.get $t) (local.get $i))))
  ;; The counter moves before the first part.
  (func (export "moved_first") (param $d i32) (param $s i32) (param $n i32) (local $i i32) (local $e i32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    (loop $again
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (i64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const -16)) (i64.add (i64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const -16))) (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const -16)))))
      (i64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const -8)) (i64.add (i64.load (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const -8))) (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const -8)))))
      (br_if $again (i32.ne (local.get $i) (local.get $e)))))
  ;; The first part loads before its first store, the second behind it.
  (func (export "reordered") (param $d i32) (param $s i32) (param $n i32) (local $i i32) (local $e i32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    (loop $again
      (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 2048))
      (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0)))
      (i64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (i64.const 5))
      (i64.store)
      (i64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (i64.const 5))
      (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 2056))
      (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8)))
      (i64.store)
      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e)))))
  ;; The second part stores less.
  (func (export "narrower") (param $d i32) (param $s i32) (param $n i32) (local $i i32) (local $e i32)
    (local.set $e (i32.mul (local.get $n) (i32.const 16)))
    (loop $again
      (i64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 0)) (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 0))))
      (i64.store32 (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 8)) (i64.load (i32.add (i32.add (local.get $s) (local.get $i)) (i32.const 8))))
      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 16))) (local.get $e)))))
  ;; What was stored is seen at an address that is no linear form.
  (func (export "looked_up") (param $d i32) (param $s i32) (param $n i32) (local $i i32) (local $e i32) (local $one i32)
    (local.set $one (i32.div_u (local.get $n) (local.get $n)))
    (local.set $e (i32.mul (local.get $n) (i32.const 8)))
    (loop $again
      (f64.store (i32.add (local.get $d) (local.get $i)) (f64.sub (f64.load (i32.add (local.get $d) (local.get $i))) (f64.load (i32.add (local.get $s) (local.get $i)))))
      (i64.store (i32.add (i32.add (local.get $d) (local.get $i)) (i32.const 16384)) (i64.load (i32.add (local.get $d) (i32.mul (local.get $i) (local.get $one)))))
      (br_if $again (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $e)))))
)
