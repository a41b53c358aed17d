;; Requests, responses and pages that need several frames: by the service of XuperChain's contracts, and by `scan`.
(module
  (import "env" "memory" (memory 64 64))
  (import "env" "_call_method" (func $call (param i32 i32 i32 i32) (result i32)))
  (import "env" "_fetch_response" (func $fetch (param i32 i32) (result i32)))
  (import "xvm" "argument" (func $argument (param i32 i32 i32 i32) (result i32)))
  (import "xvm" "scan" (func $scan (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "xvm" "output" (func $output (param i32 i32 i32 i32 i32) (result i32)))
  ;; 1100: key "k"; 65536: key "k", then a value of 1000000 bytes, which begins at 65543
  (data (i32.const 1024) "PutObjectGetObjectNewIteratornamerequest")
  (data (i32.const 1100) "\12\01k")
  (data (i32.const 65536) "\12\01k\1a\c0\84\3d")
  ;; asks, fetches the response to 0x200000, and writes its size and whether it is one down at `to`
  (func $ask (param $name i32) (param $size i32) (param $request i32) (param $requestSize i32) (param $to i32)
    (i32.store (local.get $to) (call $call (local.get $name) (local.get $size) (local.get $request) (local.get $requestSize)))
    (i32.store offset=4 (local.get $to) (call $fetch (i32.const 0x200000) (i32.load (local.get $to)))))
  ;; how many bytes of the value differ from those at `from`
  (func $differing (param $from i32) (result i32)
    (local $at i32) (local $count i32)
    (loop $next
      (local.set $count
        (i32.add (local.get $count)
          (i32.ne (i32.load8_u (i32.add (local.get $from) (local.get $at))) (i32.load8_u offset=65543 (local.get $at)))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 1000000))))
    (local.get $count))
  (func (export "_initialize")
    (drop (call $output (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))
  ;; puts the value, gets it back, finds it again in a page
  (func (export "_big")
    (local $at i32)
    (loop $next
      (i32.store8 offset=65543 (local.get $at) (i32.xor (i32.mul (local.get $at) (i32.const 31)) (i32.shr_u (local.get $at) (i32.const 8))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 1000000))))
    (call $ask (i32.const 1024) (i32.const 9) (i32.const 65536) (i32.const 1000007) (i32.const 2048))
    (call $ask (i32.const 1033) (i32.const 9) (i32.const 1100) (i32.const 3) (i32.const 2056))
    (i32.store (i32.const 2064) (call $differing (i32.const 0x200004)))
    (call $ask (i32.const 1042) (i32.const 11) (i32.const 0) (i32.const 0) (i32.const 2068))
    (i32.store (i32.const 2076) (call $differing (i32.const 0x20000b)))
    (drop (call $output (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 2048) (i32.const 32))))
  ;; a request of one byte more than a message has room for
  (func (export "_beyond")
    (call $ask (i32.const 1024) (i32.const 9) (i32.const 65536) (i32.const 1114072) (i32.const 2048))
    (drop (call $output (i32.add (i32.const 200) (i32.load (i32.const 2052))) (i32.const 0) (i32.const 0) (i32.const 0x200000) (i32.load (i32.const 2048)))))
  ;; the syscall `name` with the argument `request`: 200 and the response, or 201 where it is one
  (func (export "_ask")
    (local $size i32)
    (local.set $size (call $argument (i32.const 1053) (i32.const 4) (i32.const 4096) (i32.const 100)))
    (call $ask (i32.const 4096) (local.get $size) (i32.const 0x100000)
      (call $argument (i32.const 1057) (i32.const 7) (i32.const 0x100000) (i32.const 0x100000)) (i32.const 2048))
    (drop (call $output (i32.add (i32.const 200) (i32.load (i32.const 2052))) (i32.const 0) (i32.const 0) (i32.const 0x200000) (i32.load (i32.const 2048)))))
  ;; one page of everything, as large as a message can be
  (func (export "_page")
    (local $size i32)
    (local.set $size (call $scan (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0x200000) (i32.const 0x200000)))
    (drop (call $output (i32.const 200) (i32.const 0) (i32.const 0) (i32.const 0x200000) (local.get $size)))))
