// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
// How a program embeds XVM: a package of its own that depends on the library, as a user's would.

import PackageDescription

let package = Package(
    name: "embedding",
    dependencies: [.package(name: "xvm", path: "../..")],
    targets: [
        .executableTarget(name: "embedding", dependencies: [.product(name: "XVMExecutor", package: "xvm")])
    ]
)
