#!/usr/bin/env bash
# Builds the example contracts' .wasm anew. Needs clang with the wasm32 target, wasm-ld, and for the Swift one swiftc: all three
# stand in the Swift tool chain. -mcpu=mvp keeps to the instructions of WebAssembly 1.0, which the xuper schedule prices low;
# -fno-builtin keeps clang from turning copy loops into calls of a memcpy that a contract without libc does not have.
set -eu
cd "$(dirname "$0")"
wasm_ld=$(command -v wasm-ld || echo "$(dirname "$(readlink -f "$(command -v clang)")")/wasm-ld")
for contract in counter-c/counter notes-c/notes token-c/token shop-c/shop; do
    clang --target=wasm32-unknown-unknown -O2 -mcpu=mvp -fno-builtin -Wall -Wextra -Werror -nostdlib -fuse-ld="$wasm_ld" \
        -Wl,--no-entry,--strip-all,-z,stack-size=16384 -o "$contract.wasm" "$contract.c"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
swiftc -target wasm32-unknown-none-wasm -enable-experimental-feature Embedded -enable-experimental-feature Extern -wmo \
    -parse-as-library -Osize -Xfrontend -disable-stack-protector -c counter-swift/counter.swift include/XVMContract.swift -o "$work/contract.o"
swiftc -target wasm32-unknown-none-wasm -enable-experimental-feature Embedded -enable-experimental-feature Extern -wmo \
    -parse-as-library -O -Xfrontend -disable-stack-protector -c tables-swift/*.swift include/XVMContract.swift -o "$work/tables.o"
clang --target=wasm32-unknown-unknown -O2 -c include/embedded_runtime.c -o "$work/runtime.o"
"$wasm_ld" --no-entry --strip-all -z stack-size=65536 "$work/tables.o" "$work/runtime.o" -o tables-swift/tables.wasm
"$wasm_ld" --no-entry --strip-all -z stack-size=16384 "$work/contract.o" "$work/runtime.o" -o counter-swift/counter.wasm
chmod 644 */*.wasm
ls -l */*.wasm
