// SPDX-License-Identifier: Apache-2.0
// Which part of the file system a tool needs to see: the system's programs and libraries, and where the tool itself is installed.

import XVMSystem

/// Paths that exist inside a tool's sandbox. All absolute.
package struct ToolView: Equatable, Sendable {
    package struct Link: Equatable, Sendable {
        package var path: String
        /// As it stands in the link.
        package var target: String
    }

    /// Folders and files, read-only; none lies below another.
    package private(set) var readable: [String] = []
    package private(set) var links: [Link] = []

    /// Programs and libraries of the distribution, and what the loader looks up. No configuration, no home, no data.
    private static let system = [
        "/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/bin", "/lib", "/lib32", "/lib64",
        "/etc/ld.so.cache",
    ]
    /// Package managers that put each package into a folder of its own, with absolute paths between them.
    private static let stores = ["/nix/store", "/gnu/store"]
    private static let linkCountMax = 64

    /// - programs: what is run, as it is called and as it is installed. Of one in a folder `bin` the folders beside it that hold its
    ///   libraries are seen too; of any other program only its folder.
    /// - more: further folders or files.
    package init(programs: [String], more: [String] = []) {
        for path in Self.system + more { addWithLinks(path) }
        for program in programs {
            guard let real = follow(program), real.hasPrefix("/") else { continue }
            if let store = Self.stores.first(where: { real.hasPrefix($0 + "/") }) {
                add(store)
                continue
            }
            let folder = Self.above(real)
            add(folder)
            guard folder.hasSuffix("/bin") else { continue }
            for name in ["lib", "lib32", "lib64", "libexec"] { addWithLinks(Self.above(folder) + "/" + name) }
        }
    }

    private mutating func addWithLinks(_ path: String) {
        if let real = follow(path), (try? FileStatus(path: real)) != nil { add(real) }
    }

    /// Follows the links on the way, keeps those that nothing readable contains, and gives the real path.
    private mutating func follow(_ path: String) -> String? {
        var rest = path.split(separator: "/").map(String.init)[...]
        var real = ""
        var count = 0
        while let name = rest.popFirst() {
            if name == "." { continue }
            if name == ".." {
                real = Self.above(real)
                if real == "/" { real = "" }
                continue
            }
            let next = real + "/" + name
            guard let target = FileSystem.linkTarget(next) else {
                real = next
                continue
            }
            count += 1
            if count > Self.linkCountMax { return nil }
            let link = Link(path: next, target: target)
            if !contains(next), !links.contains(link) { links.append(link) }
            rest = (target.split(separator: "/").map(String.init) + rest)[...]
            if target.hasPrefix("/") { real = "" }
        }
        return real.isEmpty ? "/" : real
    }

    /// A root or home as a whole is never shown.
    private mutating func add(_ path: String) {
        if path == "/" || contains(path) { return }
        readable.removeAll { $0.hasPrefix(path + "/") }
        links.removeAll { $0.path.hasPrefix(path + "/") }
        readable.append(path)
    }

    private func contains(_ path: String) -> Bool { readable.contains { path == $0 || path.hasPrefix($0 + "/") } }

    private static func above(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
