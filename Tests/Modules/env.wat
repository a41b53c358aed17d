;; Memory, table and globals come from the host, as modules of emscripten ask for them.
(module
  (type $int (func (result i32)))
  (import "env" "memory" (memory 2 4))
  (import "env" "table" (table 4 8 funcref))
  (import "env" "__table_base" (global $base i32))
  (import "env" "DYNAMICTOP_PTR" (global $top i32))
  (import "global" "NaN" (global $nan f64))
  (import "global" "Infinity" (global $infinity f64))
  (global $own (mut i32) (global.get $top))
  (elem (global.get $base) $seven $nine)
  (data (global.get $top) "\2a\00\00\00")
  (func $seven (type $int) i32.const 7)
  (func $nine (type $int) i32.const 9)
  (func (export "indirect") (param i32) (result i32) local.get 0 call_indirect (type $int))
  (func (export "top") (result i32) global.get $own i32.load)
  (func (export "infinity") (result f64) global.get $infinity)
  (func (export "nan") (result i64) global.get $nan i64.reinterpret_f64)
  (func (export "sizes") (result i32 i32) memory.size table.size 0)
  (func (export "grow") (param i32) (result i32) local.get 0 memory.grow)
  (func (export "grow_table") (param i32) (result i32) ref.null func local.get 0 table.grow 0)
  ;; Each invocation begins with what the module declares.
  (func (export "count") (result i32)
    global.get $own
    global.get $own i32.load i32.const 1 i32.add i32.store
    global.get $own i32.load))
