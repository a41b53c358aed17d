(module (memory (export "memory") 1 16) (func (export "attack")))
