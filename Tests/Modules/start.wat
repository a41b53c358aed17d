;; A start function that writes memory; its gas is charged to the invocation.
(module
  (memory 1)
  (func $start (i32.store (i32.const 0) (i32.const 42)))
  (start $start)
  (func (export "read") (result i32) (i32.load (i32.const 0)))
  (func (export "dirty") (result i32) (i32.store (i32.const 60000) (i32.const 7)) (i32.load (i32.const 60000)))
  (func (export "clean") (result i32) (i32.load (i32.const 60000))))
