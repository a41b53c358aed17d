;; Loops for ever, with work that no compiler turns into a formula (for `(loop (br 0))` clang computes the gas of all turns at once).
;; Gas ends it, or the deadline where gas is plenty.
(module
  (memory 1)
  (func (export "attack") (local i64)
    (loop
      (local.set 0 (i64.add (i64.mul (local.get 0) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
      (i64.store (i32.const 0) (local.get 0))
      (br 0))))
