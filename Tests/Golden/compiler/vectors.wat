;; One function per micro vector of the xuper schedule.
(module
  (memory 1)
  (func $f (export "callee"))
  (func (export "dead") unreachable i32.const 1 i32.clz drop)
  (func (export "constant") f32.const 1 drop)
  (func (export "call") (local i32)
    local.get 0 i32.const 1 i32.add local.set 0 call $f i32.const 2 local.set 0
    block local.get 0 br_if 0 nop end
    local.get 0 drop)
  (func (export "if") (param i32) local.get 0 if i32.const 1 drop else nop end)
  (func (export "loop") (param i32) loop local.get 0 br_if 0 end)
  (func (export "grow") i32.const 0 memory.grow drop))
