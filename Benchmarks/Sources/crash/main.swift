// SPDX-License-Identifier: Apache-2.0
// Crashes of the state store against an oracle. What a height holds is a function of a seed, so after any crash the store must hold exactly
// what the stream gives at its height, and that height must not be below the last one that was acknowledged.
//   crash kill FOLDER SEED KILLS lmdb|logged        kills a writer at random moments, checks after each (scripts/crash)
//   crash write FOLDER SEED lmdb|logged ACKNOWLEDGED [COUNT]   the writer; one line of 8 bytes per acknowledged height
//   crash check FOLDER SEED ACKNOWLEDGED-HEIGHT     opens, compares, commits once more

import Foundation
import XVMExecutor

/// SplitMix64.
struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Commits what height `height` of the stream holds: 1 to 24 transactions, each with puts and deletes of a few keys among 400.
func step(_ store: any StateStore, _ seed: UInt64, _ height: UInt64) throws {
    var generator = Generator(state: seed &* 0x1_0000_0001 &+ height)
    let snapshot = try store.snapshot()
    guard snapshot.height == height - 1 else { fatalError("the store stands at \(snapshot.height), not at \(height - 1)") }
    let bucket = Array("crash".utf8)
    var batch: [Commit] = []
    var taken: Set<[UInt8]> = []
    for number in 0..<Int.random(in: 1...24, using: &generator) {
        var id = [UInt8](repeating: 0, count: 32)
        for index in 0..<8 { id[index] = UInt8(truncatingIfNeeded: height >> UInt64(8 * index)) }
        id[8] = UInt8(number)
        var reads: [Read] = []
        var writes: [Write] = []
        for _ in 0..<Int.random(in: 1...5, using: &generator) {
            let key = Array("key \(Int.random(in: 0..<400, using: &generator))".utf8)
            guard taken.insert(key).inserted else { continue }
            reads.append(Read(bucket: bucket, key: key, version: try snapshot.version(bucket: bucket, key: key)))
            let size = Int.random(in: 0..<20, using: &generator) == 0 ? 9000 : 60
            let value = (0..<Int.random(in: 0...size, using: &generator)).map {
                UInt8(truncatingIfNeeded: $0) ^ UInt8(truncatingIfNeeded: height)
            }
            writes.append(
                Write(bucket: bucket, key: key, effect: Int.random(in: 0..<6, using: &generator) == 0 ? .delete : .put(value)))
        }
        batch.append(try Commit(id: TransactionID(id)!, reads: ReadSet(reads), writes: WriteSet(writes)))
    }
    snapshot.close()
    let results = try store.commit(batch, allOrNothing: true)
    guard results.allSatisfy({ $0 == .committed(height: height) }) else { fatalError("height \(height): \(results)") }
}

func open(_ kind: String, _ folder: String) throws -> any StateStore {
    switch kind {
    case "lmdb": try LMDBStore(path: folder)
    // So small a log that its turns and LMDB's commits are hit as often as the log.
    case "logged": try LoggedStore(path: folder, logSize: 60000)
    default: fatalError("store \(kind)")
    }
}

/// The digest of each height, computed on demand and kept.
final class Oracle {
    private let seed: UInt64
    private let store = MemoryStore(limits: SnapshotLimits(ageMax: .seconds(86400)))
    private var digests: [[UInt8]]
    init(_ seed: UInt64) throws {
        self.seed = seed
        digests = [try store.snapshot().digest()]
    }
    func digest(_ height: UInt64) throws -> [UInt8] {
        while digests.count <= height {
            try step(store, seed, UInt64(digests.count))
            digests.append(try store.snapshot().digest())
        }
        return digests[Int(height)]
    }
}

/// 0 where there is none.
func fileSize(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
}

struct Mismatch: Error, CustomStringConvertible {
    let description: String
}

/// - Returns: the height that was found.
func check(_ folder: String, _ kind: String, _ seed: UInt64, _ oracle: Oracle, acknowledged: UInt64) throws -> UInt64 {
    let store = try open(kind, folder)
    let snapshot = try store.snapshot()
    let height = snapshot.height
    guard height >= acknowledged else { throw Mismatch(description: "height \(height), acknowledged \(acknowledged)") }
    guard try snapshot.digest() == oracle.digest(height) else {
        throw Mismatch(description: "height \(height) does not hold what it should")
    }
    snapshot.close()
    // The past is whole, too: undo records survive as the state does.
    if height > 1 {
        let before = try store.snapshot(at: height - 1)
        guard try before.digest() == oracle.digest(height - 1) else {
            throw Mismatch(description: "height \(height - 1), seen from \(height), does not hold what it should")
        }
    }
    return height
}

let arguments = CommandLine.arguments
guard arguments.count >= 5, let seed = UInt64(arguments[3]) else { fatalError("usage: see the head of the file") }
let folder = arguments[2]
switch arguments[1] {
case "write":
    let store = try open(arguments[4], folder)
    let file = open(arguments[5], O_WRONLY | O_CREAT | O_APPEND, 0o600)
    var left = arguments.count > 6 ? Int(arguments[6])! : Int.max
    var height = try store.snapshot().height
    while left > 0 {
        height += 1
        left -= 1
        try step(store, seed, height)
        var bytes = height.littleEndian
        guard unsafe write(file, &bytes, 8) == 8 else { fatalError("acknowledged file") }
    }
    // Without the end of the store: what matters is what is on the disk now.
    _exit(0)
case "check":
    let oracle = try Oracle(seed)
    do {
        let height = try check(folder, "lmdb", seed, oracle, acknowledged: UInt64(arguments[4])!)
        try step(LMDBStore(path: folder), seed, height + 1)
        print(height)
    } catch {
        print("FAILED: \(error)")
        exit(1)
    }
case "kill":
    let kills = Int(arguments[4])!
    let kind = arguments[5]
    var generator = Generator(state: seed)
    let oracle = try Oracle(seed)
    var found: [UInt64] = []
    var beyond = 0
    var failures = 0
    var last: UInt64 = 0
    let acknowledgedPath = folder + ".acknowledged"
    for round in 0..<kills {
        if round % 50 == 0 {
            try? FileManager.default.removeItem(atPath: folder)
            try? FileManager.default.removeItem(atPath: acknowledgedPath)
            last = 0
        }
        let writer = Process()
        writer.executableURL = URL(fileURLWithPath: arguments[0])
        writer.arguments = ["write", folder, arguments[3], kind, acknowledgedPath]
        let sizeBefore = fileSize(acknowledgedPath)
        try writer.run()
        // One in four is killed at any moment from before the store is open; the others once they have committed something.
        if Int.random(in: 0..<4, using: &generator) > 0 {
            // A minute is far more than any start takes; a writer that never commits is a failure of its own below.
            for _ in 0..<120_000 where fileSize(acknowledgedPath) == sizeBefore { usleep(500) }
        }
        usleep(UInt32.random(in: 0..<60000, using: &generator))
        kill(writer.processIdentifier, SIGKILL)
        writer.waitUntilExit()
        let acknowledged = (try? Data(contentsOf: URL(fileURLWithPath: acknowledgedPath)))?.suffix(8).enumerated().reduce(0) {
            $0 | UInt64($1.element) << UInt64(8 * $1.offset)
        }
        do {
            // Either store must be able to read what the other has left.
            let height = try check(
                folder, round % 3 == 2 ? "logged" : "lmdb", seed, oracle, acknowledged: max(last, acknowledged ?? 0))
            found.append(height - last)
            if height > max(last, acknowledged ?? 0) { beyond += 1 }
            last = height
        } catch {
            failures += 1
            print("kill \(round): \(error)")
            try? FileManager.default.copyItem(atPath: folder, toPath: folder + ".failed-\(round)")
            last = 0
            try? FileManager.default.removeItem(atPath: folder)
            try? FileManager.default.removeItem(atPath: acknowledgedPath)
        }
    }
    print(
        "\(kind): \(kills) kills, \(failures) failures; \(found.reduce(0, +)) heights committed, \(found.filter { $0 == 0 }.count) kills before the first, \(beyond) with a height durable but not yet acknowledged"
    )
    exit(failures == 0 ? 0 : 1)
default: fatalError("usage: see the head of the file")
}
