#!/usr/bin/env bash
# Builds the example contracts' .wasm anew: the same bytes each time and in any folder, with one tool chain. Needs Swift's: its clang with the
# wasm32 target, its wasm-ld and swiftc; a clang of the distribution makes other code.
#   build.sh           builds all
#   build.sh --check   builds all elsewhere and fails where a committed file differs
# -mcpu=mvp keeps to the instructions of WebAssembly 1.0, which the xuper schedule prices low; -fno-builtin keeps clang from turning copy
# loops into calls of a memcpy that a contract without libc does not have.
set -eu
cd "$(dirname "$0")"
made_with=6.3.1
tools=$(dirname "$(readlink -f "$(command -v swiftc)")")
version=$("$tools/swiftc" --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p')
if [ "$version" != "$made_with" ] && [ "${1:-}" = --check ]; then
    echo "skipped: the committed files were made with Swift $made_with, this is $version"
    exit 0
elif [ "$version" != "$made_with" ]; then
    echo "build.sh: the committed files were made with Swift $made_with, this is $version: expect other bytes and other gas" >&2
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for contract in counter notes token shop notary; do
    "$tools/clang" --target=wasm32-unknown-unknown -O2 -mcpu=mvp -fno-builtin -Wall -Wextra -Werror -nostdlib -fuse-ld="$tools/wasm-ld" \
        -Wl,--no-entry,--strip-all,-z,stack-size=16384 -o "$work/$contract-c.wasm" "$contract-c/$contract.c"
done
"$tools/clang" --target=wasm32-unknown-unknown -O2 -c include/embedded_runtime.c -o "$work/runtime.o"
# swiftc puts a hash of its command line, paths included, into the object: so it sees the same names wherever this runs.
swift_contract() {  # name, module, optimisation, stack size
    mkdir "$work/$1"
    cp "$1"/*.swift include/XVMContract.swift "$work/$1"
    (
        cd "$work/$1"
        LC_ALL=C
        "$tools/swiftc" -target wasm32-unknown-none-wasm -enable-experimental-feature Embedded -enable-experimental-feature Extern -wmo \
            -parse-as-library "$3" -Xfrontend -disable-stack-protector -module-name "$2" -c *.swift -o contract.o
    )
    "$tools/wasm-ld" --no-entry --strip-all -z "stack-size=$4" "$work/$1/contract.o" "$work/runtime.o" -o "$work/$1.wasm"
}
swift_contract counter-swift counter -Osize 16384
swift_contract tables-swift tables -O 65536
status=0
for file in "$work"/*.wasm; do
    name=$(basename "$file" .wasm)
    committed=$name/${name%-*}.wasm
    if [ "${1:-}" = --check ]; then
        cmp "$file" "$committed" || status=1
    else
        install -m 644 "$file" "$committed"
    fi
done
if [ $status != 0 ]; then echo "build.sh: committed files are not what this builds" >&2; exit $status; fi
ls -l */*.wasm
