#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Power loss, simulated: a writer runs under recorder.c; then for many moments of its trace a disk is made up that has everything that was
synced by then, and of what was not synced any part: each write kept, dropped, or torn at 512 bytes, in any combination. The store must
open on every such disk and hold what the stream gives at its height, not below the last height acknowledged by then.
Creations and removals of files count as durable at once. XVM_CANARY=1 forgets that anything was ever synced, which must fail. Usage: power.py CRASH RECORDER WORKFOLDER SEED lmdb|logged HEIGHTS DISKS"""
import os, random, shutil, struct, subprocess, sys

crash, recorder, work, seed, kind = sys.argv[1:6]
heights, disks = int(sys.argv[6]), int(sys.argv[7])
shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
state, trace = os.path.join(work, "state"), os.path.join(work, "trace")
# The folder stands before the recording: its own creation is another test's matter.
acknowledged_file = os.path.join(state, "acknowledged")
subprocess.run([crash, "write", state, seed, kind, os.path.join(work, "first"), "5"], check=True)
subprocess.run([crash, "check", state, seed, "5"], check=True, stdout=subprocess.DEVNULL)
base = os.path.join(work, "base")
shutil.copytree(state, base)
environment = dict(os.environ, LD_PRELOAD=recorder, XVM_RECORD_FOLDER=state, XVM_RECORD_TRACE=trace)
subprocess.run([crash, "write", state, seed, kind, acknowledged_file, str(heights)], check=True, env=environment)

operations, acknowledged, data = [], [], open(trace, "rb").read()
at = 0
while at < len(data):
    op, name_size, _, size, offset = struct.unpack_from("<BBHIQ", data, at)
    name = data[at + 16:at + 16 + name_size].decode()
    body = data[at + 16 + name_size:at + 16 + name_size + size]
    at += 16 + name_size + size
    if name == "acknowledged":
        if body:
            acknowledged.append((len(operations), struct.unpack("<Q", body)[0]))
    elif not name.endswith("lock"):
        operations.append((chr(op), name, offset, body))
count = {letter: sum(o[0] == letter for o in operations) for letter in "WDTSCU"}
print(f"{kind}: trace of {len(operations)} operations {count}, {len(acknowledged)} heights acknowledged")
assert count["S"] + count["D"] >= heights, "a height without a sync"

generator = random.Random(int(seed))
canary = os.environ.get("XVM_CANARY") == "1"


def disk(moment, damage):
    """The files at `moment`: bytes by name."""
    files = {name: bytearray(open(os.path.join(base, name), "rb").read()) for name in os.listdir(base)}
    pending = {}

    def write(file, offset, body):
        if len(file) < offset + len(body):
            file.extend(bytes(offset + len(body) - len(file)))
        file[offset:offset + len(body)] = body

    def settle(name):
        for op, _, offset, body in pending.pop(name, []):
            if op == "T":
                file = files[name]
                del file[offset:]
                file.extend(bytes(offset - len(file)))
            else:
                write(files[name], offset, body)

    for op, name, offset, body in operations[:moment]:
        if op == "C":
            if offset == 1:
                pending.pop(name, None)
                files[name] = bytearray()
            files.setdefault(name, bytearray())
        elif op == "U":
            pending.pop(name, None)
            files.pop(name, None)
        elif op == "S":
            if name in files and not canary:
                settle(name)
        elif op == "D":
            # Synced by itself; what was written before it by other calls is not.
            write(files[name], offset, body)
            pending.setdefault(name, [])
        else:
            pending.setdefault(name, []).append((op, name, offset, body))
    unsynced = 0
    for name, rest in pending.items():
        for op, _, offset, body in rest:
            unsynced += 1
            what = generator.random()
            if damage == "all" or damage == "mixed" and what < 0.4:
                if op == "T":
                    del files[name][offset:]
                    files[name].extend(bytes(offset - len(files[name])))
                else:
                    write(files[name], offset, body)
            elif damage == "mixed" and what < 0.7 and op == "W":
                for sector in range(0, len(body), 512):
                    if generator.random() < 0.5:
                        write(files[name], offset + sector, body[sector:sector + 512])
    return files, unsynced


failures = lost = with_unsynced = 0
target = os.path.join(work, "disk")
for number in range(disks):
    moment = generator.randrange(len(operations) + 1)
    files, unsynced = disk(moment, generator.choice(["none", "mixed", "mixed", "mixed", "all"]))
    with_unsynced += unsynced > 0
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    for name, content in files.items():
        with open(os.path.join(target, name), "wb") as file:
            file.write(content)
    least = max([height for at, height in acknowledged if at <= moment] or [5])
    result = subprocess.run([crash, "check", target, seed, str(least)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        failures += 1
        print(f"disk {number}, moment {moment}: {result.stdout.strip()[-300:]}")
        shutil.copytree(target, os.path.join(work, f"failed-{number}"))
        if failures > 4:
            break
print(f"{kind}: {number + 1} disks, {with_unsynced} of them with unsynced writes, {failures} failures")
sys.exit(failures != 0)
