;; Calls, blocks with values, a loop, br_table, indirect calls, globals, active segments.
(module
  (memory 1)
  (global $g (mut f64) (f64.const 1.5))
  (table 4 funcref)
  (elem (i32.const 0) $fib $fac)
  (data (i32.const 5) "hello*/ \22")
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else
        (i32.add
          (call $fib (i32.sub (local.get 0) (i32.const 1)))
          (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func $fac (export "fac") (param i32) (result i32) (local $x i32) (local $f f64)
    (local.set $x (i32.const 1))
    (block $out
      (loop $l
        (br_if $out (i32.eqz (local.get 0)))
        (local.set $x (i32.mul (local.get $x) (local.get 0)))
        (local.set $f (f64.add (local.get $f) (f64.load (i32.const 16))))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br $l)))
    (f64.store (i32.const 8) (local.get $f))
    (global.set $g (local.get $f))
    (local.get $x))
  (func (export "indirect") (param i32 i32) (result i32)
    (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))
  (func (export "choose") (param i32) (result i32)
    (block $a
      (block $b
        (block $c
          (br_table $a $b $c $c $a (local.get 0)))
        (return (i32.const 3)))
      (return (i32.const 2)))
    (i32.const 1))
  (func (export "swap") (param i32 i64) (result i64 i32)
    (local.get 1) (local.get 0)))
