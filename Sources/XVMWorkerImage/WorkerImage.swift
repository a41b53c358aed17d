// SPDX-License-Identifier: Apache-2.0
// Where the worker binary and the shipped policies are. The only module that knows of bundles; the Supervisor gets paths.

import Foundation

/// The files that come with the package: the worker binary and the policies.
package struct WorkerImage: Sendable {
    /// Path of `xvm-worker`.
    package var workerPath: String
    /// Folder that holds `load.json`, `run.json`, `gas-xuper.json`, `gas-unit.json` …
    package var policyFolder: String

    /// Paths that somebody configured.
    package init(workerPath: String, policyFolder: String) {
        self.workerPath = workerPath
        self.policyFolder = policyFolder
    }

    /// Looks, in this order: `XVM_WORKER` and `XVM_POLICIES`; beside the running executable; `../libexec/xvm`; the package's bundle.
    /// - Throws: `WorkerImageError` with every place that was looked at.
    package static func find(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> WorkerImage {
        var looked: [String] = []
        let executableFolder = executable().map { URL(filePath: $0).deletingLastPathComponent().path(percentEncoded: false) }
        var folders: [String] = []
        if let folder = executableFolder { folders += [folder, folder + "../libexec/xvm"] }
        if let bundle = Bundle.module.resourcePath { folders.append(bundle) }

        func search(_ override: String?, _ file: String, _ result: (String) -> String) throws -> String {
            if let override {
                looked.append(override)
                return override
            }
            for folder in folders {
                let path = folder.hasSuffix("/") ? folder + file : folder + "/" + file
                looked.append(path)
                if FileManager.default.isReadableFile(atPath: path) { return result(path) }
            }
            throw WorkerImageError(file: file, looked: looked)
        }
        let worker = try search(environment["XVM_WORKER"], "xvm-worker") { $0 }
        let policies = try search(environment["XVM_POLICIES"], "load.json") {
            URL(filePath: $0).deletingLastPathComponent().path(percentEncoded: false)
        }
        return WorkerImage(workerPath: worker, policyFolder: policies)
    }

    private static func executable() -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    }
}

/// A file of the package was found nowhere.
package struct WorkerImageError: Error, CustomStringConvertible {
    /// The file's name.
    package var file: String
    /// Every path that was tried.
    package var looked: [String]

    package var description: String {
        "\(file) not found; looked at \(looked.joined(separator: ", ")); set XVM_WORKER and XVM_POLICIES, or install it beside xvm"
    }
}
