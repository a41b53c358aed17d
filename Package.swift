// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
// The targets stand in the order of their layers: a target may depend on what stands above it in this file, never below.
// `swift build --explicit-target-dependency-import-check error` enforces it.

import PackageDescription

// scripts/fuzz sets it: everything under test is instrumented for libFuzzer, which the tool chain carries. Never in a product.
let isFuzzing = Context.environment["XVM_LIBFUZZER"] != nil
let fuzzLinkerFlags = [
    "-Xlinker", Context.environment["XVM_LIBFUZZER"] ?? "", "-Xlinker", "-u", "-Xlinker", "LLVMFuzzerRunDriver", "-Xlinker",
    "--export-dynamic", "-lstdc++", "-lm",
]

let swiftSettings: [SwiftSetting] =
    (isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer"])] : []) + [
        .swiftLanguageMode(.v6),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
let cSettings: [CSetting] =
    (isFuzzing ? [.unsafeFlags(["-fsanitize=fuzzer-no-link"])] : []) + [
        .define("_GNU_SOURCE"),
        .enableWarning("all"),
        .enableWarning("extra"),
        .enableWarning("shadow"),
        .enableWarning("conversion"),
        .enableWarning("strict-prototypes"),
        .enableWarning("missing-prototypes"),
        .enableWarning("switch-enum"),
        .enableWarning("vla"),
        .treatAllWarnings(as: .error),
    ]

func layer(_ name: String, _ dependencies: [Target.Dependency] = [], plugins: [Target.PluginUsage] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings, plugins: plugins)
}
func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.byName(name: name)] + dependencies, path: "Tests/" + name + "Tests",
        swiftSettings: swiftSettings)
}

let package = Package(
    name: "xvm",
    products: [
        .library(name: "XVMExecutor", targets: ["XVMExecutor"]),
        .executable(name: "xvm", targets: ["xvm"]),
        .executable(name: "xvm-fuzz", targets: ["xvm-fuzz"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        // 0 ground: byte cursors, hex, SHA-256, strict JSON, limits
        layer("XVMCore"),

        // 1 pure: decodes and validates a WebAssembly binary
        layer("XVMWasm", ["XVMCore"]),
        // 1 pure: Module to C text with gas
        layer("XVMCompiler", ["XVMCore", "XVMWasm"]),
        // 1 pure: verifies the ELF bytes of a Code object
        layer("XVMElf", ["XVMCore"]),
        // 1 pure: messages between host and worker; the Engine and SyscallHandler protocols; Outcome, Trap, Death
        layer("XVMWire", ["XVMCore"]),

        // 2 mechanism: what runs behind the wall and what both sides share to the byte
        .target(
            name: "CXVMSandbox", path: "sandbox-c",
            exclude: ["build", "worker", "confine", "pkg", "README.md"],
            sources: ["transport", "runtime", "system"],
            publicHeadersPath: "include", cSettings: cSettings),
        // 2 mechanism: libseccomp, the compiler of policies
        .systemLibrary(
            name: "CSeccomp", path: "sandbox-c/pkg/libseccomp", pkgConfig: "libseccomp",
            providers: [.apt(["libseccomp-dev"])]),
        // 2 mechanism: descriptors, mappings, processes, futexes, time
        layer("XVMSystem", ["XVMCore", "CXVMSandbox"]),
        // 2 mechanism: Segments, Rings, Frames on the host's side
        layer("XVMRing", ["XVMCore", "XVMWire", "XVMSystem", "CXVMSandbox"]),
        // 2 mechanism: OCI seccomp JSON to proven BPF
        layer("XVMPolicy", ["XVMCore", "XVMSystem", "CXVMSandbox", "CSeccomp"]),
        // 2 mechanism: C text to verified, cached Code
        layer("XVMToolchain", ["XVMCore", "XVMElf", "XVMSystem", "XVMPolicy", "CXVMSandbox"]),
        // 2 mechanism: builds xvm-worker with the C compiler and carries it and the policies as resources
        .plugin(name: "BuildWorker", capability: .buildTool(), path: "sandbox-c/build"),
        layer("XVMWorkerImage", plugins: ["BuildWorker"]),

        // 3 state: LMDB
        .systemLibrary(name: "CLMDB", path: "sandbox-c/pkg/lmdb", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
        // 3 state: snapshots, versions, commits; in memory and on LMDB
        layer("XVMState", ["XVMCore", "XVMSystem", "CLMDB"]),
        // 3 state: OpenSSL's libcrypto, for signatures and addresses
        .systemLibrary(
            name: "CCrypto", path: "sandbox-c/pkg/libcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        // 3 state: accounts, amounts, contracts, transactions, blocks
        layer("XVMLedger", ["XVMCore", "XVMState", "CCrypto"]),

        // 4 runtime: zygote, workers, lanes, reaper
        layer("XVMSupervisor", ["XVMCore", "XVMWire", "XVMSystem", "XVMRing", "XVMPolicy", "XVMElf", "CXVMSandbox"]),
        // 4 runtime: contexts, syscalls, read-write sets
        layer(
            "XVMBridge",
            ["XVMCore", "XVMWire", "XVMState", "CCrypto", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),

        // 5 faces: the public library
        layer(
            "XVMExecutor",
            [
                "XVMCore", "XVMWasm", "XVMCompiler", "XVMElf", "XVMWire", "XVMSystem", "XVMPolicy", "XVMToolchain",
                "XVMWorkerImage", "XVMState", "XVMLedger", "XVMSupervisor", "XVMBridge",
                .product(name: "Logging", package: "swift-log"),
            ]),
        // 5 faces: the command
        .executableTarget(
            name: "xvm",
            dependencies: [
                "XVMExecutor", "XVMCore", "XVMWire", "XVMSystem", "XVMPolicy", "XVMWorkerImage", "XVMState", "XVMLedger",
                "XVMBridge",
                "XVMSupervisor",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        // 5 faces: the targets of the security harness
        layer(
            "XVMFuzz",
            [
                "XVMCore", "XVMWasm", "XVMCompiler", "XVMElf", "XVMWire", "CXVMSandbox", "XVMSystem", "XVMRing", "XVMPolicy",
                "XVMToolchain",
                "XVMWorkerImage", "XVMState", "XVMSupervisor", "XVMBridge",
            ]),
        // 5 faces: the security harness
        .executableTarget(
            name: "xvm-fuzz",
            dependencies: ["XVMFuzz", "XVMSystem", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: swiftSettings + (isFuzzing ? [.define("XVM_LIBFUZZER")] : []),
            linkerSettings: isFuzzing ? [.unsafeFlags(fuzzLinkerFlags)] : []),

        // tests; TestSupport knows where the package's files are, also in a copy for an unprivileged user
        .target(name: "TestSupport", path: "Tests/Support", swiftSettings: swiftSettings),
        // the specification's own tests in real workers (scripts/spectest): no product; its worker is built when it runs
        .target(
            name: "SpecSuite",
            dependencies: [
                "XVMCore", "XVMWasm", "XVMCompiler", "XVMToolchain", "XVMSystem", "XVMPolicy", "XVMSupervisor", "XVMWire",
                "XVMWorkerImage", "CXVMSandbox", "TestSupport",
            ],
            path: "Tests/Spectest/Suite", swiftSettings: swiftSettings),
        .executableTarget(
            name: "spectest", dependencies: ["SpecSuite", "XVMCompiler", "XVMCore", "XVMToolchain"],
            path: "Tests/Spectest/Command", swiftSettings: swiftSettings),
        .testTarget(
            name: "SpecSuiteTests",
            dependencies: [
                "SpecSuite", "XVMCompiler", "XVMCore", "XVMPolicy", "XVMSupervisor", "XVMWire", "XVMWorkerImage", "TestSupport",
            ],
            path: "Tests/Spectest/Tests",
            swiftSettings: swiftSettings),
        tests(of: "XVMCore"),
        tests(of: "XVMWasm", ["XVMCore"]),
        tests(of: "XVMCompiler", ["XVMCore", "XVMWasm"]),
        tests(of: "XVMElf", ["XVMCore"]),
        tests(of: "XVMWire", ["XVMCore"]),
        tests(of: "XVMSystem", ["CXVMSandbox"]),
        tests(of: "XVMRing", ["XVMCore", "XVMWire", "XVMSystem", "CXVMSandbox"]),
        tests(of: "XVMPolicy", ["XVMCore", "XVMSystem", "CSeccomp"]),
        tests(of: "XVMToolchain", ["XVMCore", "XVMElf", "XVMSystem", "XVMPolicy", "XVMWorkerImage", "TestSupport"]),
        tests(of: "XVMState", ["XVMCore", "CLMDB"]),
        tests(of: "XVMLedger", ["XVMCore", "XVMState"]),
        tests(of: "XVMBridge", ["XVMCore", "XVMWire", "XVMState", "CCrypto"]),
        tests(
            of: "XVMSupervisor",
            [
                "XVMCore", "XVMWire", "XVMSystem", "XVMRing", "XVMPolicy", "XVMElf", "XVMWorkerImage", "CXVMSandbox",
                "TestSupport",
            ]),
        tests(
            of: "XVMExecutor",
            [
                "XVMCore", "XVMWire", "XVMState", "XVMBridge", "XVMSupervisor", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "XVMCommandTests", dependencies: ["xvm", "XVMCore", "XVMSystem", "CXVMSandbox", "TestSupport"],
            path: "Tests/XVMCommandTests",
            swiftSettings: swiftSettings),
        tests(
            of: "XVMFuzz",
            [
                "XVMCore", "XVMElf", "XVMWasm", "XVMWire", "XVMPolicy", "XVMRing", "XVMSystem", "XVMSupervisor", "XVMBridge",
                "TestSupport",
            ]),
    ]
)
