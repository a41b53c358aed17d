// SPDX-License-Identifier: Apache-2.0
// A fuzzer that cannot find is a defect: each target gets a bug of the kind that it is there for, planted around the real part, and must
// find it within its smoke budget at the seed of `xvm-fuzz smoke`. No product builds this.

import Foundation
import Synchronization
import TestSupport
import Testing
import XVMBridge
import XVMElf
import XVMPolicy
import XVMRing
import XVMSupervisor
import XVMSystem
import XVMToolchain
import XVMWasm
import XVMWire

@testable import XVMFuzz

@Suite struct PlantedTests {
    /// Runs the target as smoke does; the input that failed, or nil.
    private func found(_ target: FuzzTarget) throws -> (count: Int, failure: FuzzFailure)? {
        let check = try target.open()
        var mutator = Mutator(target, seed: 1)
        let start = ContinuousClock().now
        for count in 1...target.smokeCount {
            do { try check(mutator.next()) } catch let failure as FuzzFailure {
                print("planted in \(target.name): found by input \(count) after \(ContinuousClock().now - start): \(failure)")
                return (count, failure)
            }
        }
        return nil
    }

    @Test("wasm: a validator that accepts what ends in the middle of a section")
    func wasm() throws {
        var subject = WasmSubject()
        subject.validate = { (bytes) throws(WasmError) in
            do throws(WasmError) { return try Module(validating: bytes) } catch {
                // Cut off in the last section: taken as if it ended before.
                var end = bytes.count
                while end > 8 {
                    end -= 1
                    if let module = try? Module(validating: Array(bytes[..<end])) { return module }
                    if bytes.count - end > 40 { break }
                }
                throw error
            }
        }
        #expect(try found(.wasm(subject)) != nil)
    }

    @Test("wire: a decoder that forgets to look behind the last field")
    func wire() throws {
        var subject = WireSubject()
        subject.syscall = { (bytes, type) throws(WireError) in
            do throws(WireError) { return try Syscall(verifying: Untrusted(bytes), type: type) } catch {
                guard case .trailing = error.kind else { throw error }
                return try Syscall(verifying: Untrusted(Array(bytes.dropLast())), type: type)
            }
        }
        #expect(try found(.wire(subject)) != nil)
    }

    @Test("ring: a channel that forgets a breach")
    func ring() throws {
        let count = Mutex(0)
        var subject = RingSubject()
        subject.receive = { (host, deadline) throws(RingError) in
            do throws(RingError) { return try host.channel.receive(deadline: deadline) } catch {
                guard case .breach = error else { throw error }
                let isForgotten = count.withLock { count in
                    count += 1
                    return count % 5 == 0
                }
                throw isForgotten ? .timedOut : error
            }
        }
        #expect(try found(.ring(subject)) != nil)
    }

    @Test("bridge: a deleted key reads as never written")
    func bridge() throws {
        var subject = BridgeSubject()
        subject.handle = { handler, syscall in
            let result = try handler.handle(syscall)
            if case .getObject(let key) = syscall, key.count > 1, result == .deleted { return .notFound }
            return result
        }
        #expect(try found(.bridge(subject)) != nil)
    }

    @Test("policy: a filter that looks at the low half of an argument only")
    func policy() throws {
        var subject = PolicySubject()
        subject.answer = { filter, call in
            var narrow = call
            narrow.arguments = call.arguments.map { $0 & 0xffff_ffff }
            return (try? BPFProgram(bytes: filter.bytes))?.evaluate(narrow)
        }
        #expect(try found(.policy(subject)) != nil)
    }

    @Test("elf: a verifier that lets a needed library pass")
    func elf() throws {
        var subject = ElfSubject()
        subject.verify = { (bytes) throws(ElfError) in
            // As if the entry were not there.
            let needed = NaiveElf(bytes).dynamic.first { $0.tag == 1 }
            return try ElfVerifier.verify(needed == nil ? bytes : SampleObject.bytes, producer: .translator)
        }
        #expect(try found(.elf(subject)) != nil)
    }

    @Test("cache: an entry whose seal is not looked at")
    func cache() throws {
        var subject = CacheSubject()
        subject.load = { cache, key in
            if case .hit(let elf) = cache.load(key) { return elf }
            guard let bytes = try? BoundedFile.read(cache.path + "/" + CodeCache.entryName(key), sizeMax: 1 << 20),
                bytes.count > 80
            else { return nil }
            return try? ElfVerifier.verify(Array(bytes.dropLast(80)), producer: .translator)
        }
        #expect(try found(.cache(subject)) != nil)
    }

    @Test("pool: a refusal that gets lost")
    func pool() throws {
        var subject = PoolSubject()
        subject.output = { core in
            var output = core.output
            core.output = .init()
            if output.refusals.count > 1 { output.refusals.removeLast() }
            return output
        }
        #expect(try found(.pool(subject)) != nil)
    }

    @Test("arguments: a command that dies of an argument")
    func arguments() throws {
        let folder = try TemporaryFolder()
        let command = folder.path + "/xvm"
        try writeProgram(command, "#!/bin/sh\ncase \"$#$*\" in [4-9]*--*) kill -ILL $$;; esac\necho 'error: no' >&2; exit 2\n")
        var subject = ArgumentsSubject()
        subject.command = command
        #expect(try found(.arguments(subject)) != nil)
    }

    @Test("levels: a build that counts one unit more where a call used more than fifty")
    func levels() throws {
        var subject = LevelsSubject()
        subject.second = { ending in
            var other = ending
            if ending.kind == .returned, ending.gasUsed > 50 { other.gasUsed += 1 }
            return other
        }
        let target = FuzzTarget.levels(subject)
        do { #expect(try found(target) != nil) } catch is TargetUnavailable { return }
    }

    @Test("levels: two builds that agree on one unit too few: only the reference engine can tell")
    func reference() throws {
        var subject = LevelsSubject()
        subject.both = { ending in
            var other = ending
            if ending.kind == .returned, ending.gasUsed > 0 { other.gasUsed -= 1 }
            return other
        }
        do { _ = try OtherEngine() } catch is TargetUnavailable { return }
        let target = FuzzTarget.levels(subject)
        do { #expect(try found(target) != nil) } catch is TargetUnavailable { return }
    }

    @Test("machine: a supervisor that tells a violation by the low byte of its number")
    func machine() throws {
        var subject = MachineSubject()
        subject.cause = { cause in
            guard case .violation(var violation?) = cause else { return cause }
            violation.number &= 0xff
            return .violation(violation)
        }
        do { #expect(try found(.machine(subject)) != nil) } catch is TargetUnavailable { return }
    }

    @Test("verdict: a validator that lets an unknown type of a result pass")
    func verdict() throws {
        var subject = VerdictSubject()
        subject.validate = { (bytes) throws(WasmError) in
            do throws(WasmError) { return try Module(validating: bytes) } catch {
                guard case .invalid = error.kind, let sample = try? Module(validating: [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) else {
                    throw error
                }
                return sample
            }
        }
        do { #expect(try found(.verdict(subject)) != nil) } catch is TargetUnavailable { return }
    }
}
