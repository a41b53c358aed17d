// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
// A package of its own, so that tools and their dependencies never reach users.

import PackageDescription

let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "xvm", path: "..")],
    targets: [
        .target(name: "CPin"),
        .target(name: "Processes"),
        .executableTarget(name: "latency", dependencies: ["CPin", "Processes", .product(name: "XVMExecutor", package: "xvm")]),
        .executableTarget(name: "soak", dependencies: ["Processes", .product(name: "XVMExecutor", package: "xvm")]),
        .executableTarget(name: "spawn", dependencies: [.product(name: "XVMExecutor", package: "xvm")]),
        .executableTarget(name: "crash", dependencies: [.product(name: "XVMExecutor", package: "xvm")]),
        .executableTarget(name: "throughput", dependencies: [.product(name: "XVMExecutor", package: "xvm")]),
        .executableTarget(name: "differential", dependencies: [.product(name: "XVMExecutor", package: "xvm")]),
    ]
)
