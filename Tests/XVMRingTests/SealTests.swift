// SPDX-License-Identifier: Apache-2.0
// The kernel keeps the direction of the host-written segment: every way to change it through what a worker gets is refused.
import CXVMSandbox
import Glibc
import Testing
import XVMRing
import XVMSystem

@Suite struct SealTests {
    let size = Int(XVM_RING_CONTROL_SIZE) + 4096

    /// The errno of a call that fails, 0 for one that does not.
    private func failure(_ call: () -> Bool) -> Int32 {
        errno = 0
        return call() ? 0 : errno
    }

    /// fallocate(2), which the Glibc module does not show.
    private func fallocate(_ number: Int32, _ mode: Int32, _ offset: Int, _ size: Int) -> Int32 {
        typealias Function = @convention(c) (Int32, Int32, Int, Int) -> Int32
        guard let symbol = unsafe dlsym(nil, "fallocate") else { preconditionFailure("libc without fallocate") }
        return unsafe unsafeBitCast(symbol, to: Function.self)(number, mode, offset, size)
    }

    private func mapping(_ number: Int32, _ protection: Int32, _ flags: Int32 = MAP_SHARED) -> Bool {
        let address = unsafe mmap(nil, size, protection, flags, number, 0)
        if unsafe address == MAP_FAILED { return false }
        _ = unsafe munmap(address, size)
        return true
    }

    @Test("the host-written segment cannot be written, shrunk, grown or unsealed by its descriptor")
    func byDescriptor() throws {
        let segments = try Segments(capacity: 4096)
        let number = segments.hostToWorkerFile.number
        // EXECUTE comes with MFD_NOEXEC_SEAL where the kernel knows it.
        #expect(try segments.hostToWorkerFile.seals().subtracting(.execute) == [.shrink, .grow, .futureWrite, .seal])
        #expect(mapping(number, PROT_READ))
        #expect(failure { mapping(number, PROT_READ | PROT_WRITE) } == EPERM)
        #expect(failure { mapping(number, PROT_WRITE) } == EPERM)
        #expect(failure { unsafe pwrite(number, "x", 1, 0) == 1 } == EPERM)
        #expect(failure { unsafe write(number, "x", 1) == 1 } == EPERM)
        #expect(failure { ftruncate(number, 0) == 0 } == EPERM)
        #expect(failure { ftruncate(number, off_t(size + 4096)) == 0 } == EPERM)
        // FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, and FALLOC_FL_ZERO_RANGE (which memory files do not know at all).
        #expect(failure { fallocate(number, 3, 0, 4096) == 0 } == EPERM)
        #expect(failure { fallocate(number, 0x10, 0, 4096) == 0 } != 0)
        #expect(failure { fallocate(number, 0, size, 4096) == 0 } == EPERM)
        #expect(xvm_system_seal(number, Seals.write.rawValue) == -EPERM)
    }

    @Test("opening the host-written segment anew gives no writable descriptor that works")
    func byReopening() throws {
        let segments = try Segments(capacity: 4096)
        let path = "/proc/self/fd/\(segments.hostToWorkerFile.number)"
        let number = unsafe open(path, O_RDWR | O_CLOEXEC)
        try #require(number >= 0)
        let again = Descriptor(owning: number)
        #expect(failure { unsafe pwrite(again.number, "x", 1, 0) == 1 } == EPERM)
        #expect(failure { mapping(again.number, PROT_READ | PROT_WRITE) } == EPERM)
        #expect(failure { ftruncate(again.number, 0) == 0 } == EPERM)
        #expect(failure { unsafe open(path, O_RDWR | O_TRUNC | O_CLOEXEC) >= 0 } == EPERM)
    }

    @Test("a read-only mapping of the host-written segment cannot be made writable")
    func byMapping() throws {
        let segments = try Segments(capacity: 4096)
        let mapping = try segments.hostToWorkerFile.map(writable: false)
        #expect(failure { unsafe mprotect(mapping.address, size, PROT_READ | PROT_WRITE) == 0 } == EACCES)
        // MADV_REMOVE punches a hole; it needs a writable mapping.
        #expect(failure { unsafe madvise(mapping.address, size, 9) == 0 } != 0)
        #expect(throws: SystemError.self) { _ = try segments.hostToWorkerFile.map(writable: true) }
        let magic = unsafe mapping.address.load(as: UInt32.self)
        #expect(magic == 0)
    }

    @Test("a private copy of the mapping may change, the segment does not")
    func byPrivateMapping() throws {
        let segments = try Segments(capacity: 4096)
        let address = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, segments.hostToWorkerFile.number, 0)
        try #require(unsafe address != MAP_FAILED)
        unsafe address!.storeBytes(of: 0xdead_beef, toByteOffset: 0x80, as: UInt32.self)
        let shared = try segments.hostToWorkerFile.map(writable: false)
        #expect(unsafe shared.address.load(fromByteOffset: 0x80, as: UInt32.self) == 0)
        _ = unsafe munmap(address, size)
    }

    @Test("the worker-written segment can be written, but not shrunk, grown or sealed further")
    func workerSegment() throws {
        let segments = try Segments(capacity: 4096)
        let number = segments.workerToHostFile.number
        #expect(try segments.workerToHostFile.seals().subtracting(.execute) == [.shrink, .grow, .seal])
        #expect(mapping(number, PROT_READ | PROT_WRITE))
        #expect(failure { ftruncate(number, 0) == 0 } == EPERM)
        #expect(failure { ftruncate(number, off_t(size + 1)) == 0 } == EPERM)
        #expect(xvm_system_seal(number, Seals.futureWrite.rawValue) == -EPERM)
    }

    @Test("a sealed file keeps its bytes")
    func sealedFile() throws {
        let file = try SealedFile(name: "xvm-test", bytes: [1, 2, 3])
        #expect(try file.seals().isSuperset(of: [.shrink, .grow, .write, .seal]))
        #expect(failure { unsafe pwrite(file.number, "x", 1, 0) == 1 } == EPERM)
        #expect(failure { mapping(file.number, PROT_READ | PROT_WRITE) } == EPERM)
        #expect(failure { ftruncate(file.number, 1) == 0 } == EPERM)
        var bytes: [UInt8] = [0, 0, 0, 0]
        #expect(unsafe pread(file.number, &bytes, 4, 0) == 3)
        #expect(bytes == [1, 2, 3, 0])
    }
}
