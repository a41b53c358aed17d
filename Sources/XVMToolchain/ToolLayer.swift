// SPDX-License-Identifier: Apache-2.0
// What stands between a tool and the machine, and which of it must hold.

import CXVMSandbox

/// How much of a tool's sandbox must hold. The names are those of the supervisor's floors; the filter is never optional.
package enum ToolFloor: String, CaseIterable, Sendable {
    /// Every layer but landlock, which an own root covers.
    case strict
    /// No path beyond the named ones, by an own root or by landlock.
    case container
    /// Filter, limits, no rights.
    case minimal
}

/// One layer; the order is that of the start (enum xvm_tool_layer).
package enum ToolLayer: Int, CaseIterable, Sendable {
    case request, identity, userNamespace, mountNamespace, netNamespace, ipcNamespace, utsNamespace, pidNamespace, root
    case parentDeathSignal, noNewPrivs, capabilities, landlock, processLimit, rlimits, filter, execute

    /// Stable name, for reports.
    package var name: String {
        switch self {
        case .root: "toolRoot"
        case .filter: "compileFilter"
        default: "\(self)"
        }
    }

    /// Not a layer that could be missing: without it there is no start.
    package var isPlumbing: Bool { self == .request || self == .identity || self == .execute }

    package var isRequiredEverywhere: Bool {
        switch self {
        case .parentDeathSignal, .noNewPrivs, .capabilities, .processLimit, .rlimits, .filter: true
        case .request, .identity, .execute: true
        case .userNamespace, .mountNamespace, .netNamespace, .ipcNamespace, .utsNamespace, .pidNamespace, .root, .landlock: false
        }
    }

    /// What it keeps out.
    package var purpose: String {
        switch self {
        case .request, .identity, .execute: ""
        case .userNamespace: "the tool's ids mean nothing outside"
        case .mountNamespace: "a mount table of its own"
        case .netNamespace: "no network interface"
        case .ipcNamespace: "no System V or POSIX objects of others"
        case .utsNamespace: "no host name"
        case .pidNamespace: "no other process has a number; all of the tool's end with it"
        case .root: "only the tool chain, read-only, and one folder for output"
        case .parentDeathSignal: "no tool outlives its host"
        case .noNewPrivs: "no rights can be gained"
        case .capabilities: "every capability set is empty"
        case .landlock: "no other path can be opened"
        case .processLimit: "a bounded number of processes"
        case .rlimits: "bounded memory, CPU time and file size"
        case .filter: "only the system calls of compile.json"
        }
    }

    /// What an operator can do about it when it is missing.
    package var remedy: String {
        switch self {
        case .userNamespace, .mountNamespace, .netNamespace, .ipcNamespace, .utsNamespace, .pidNamespace:
            "allow user namespaces: sysctl user.max_user_namespaces > 0; on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0 or a profile; or start as root"
        case .root:
            "allow user namespaces or start as root, and let a container's profile permit mount and pivot_root; a kernel of 5.12 or later"
        case .landlock: "a kernel of 5.13 or later with landlock in its lsm list"
        case .filter: "a kernel with CONFIG_SECCOMP_FILTER; a container profile that allows seccomp(2)"
        case .processLimit, .rlimits: "raise the hard limits of the service"
        case .identity: "give a service that runs as root CAP_SETUID and CAP_SETGID"
        case .request, .parentDeathSignal, .noNewPrivs, .capabilities, .execute: "none known"
        }
    }
}

extension ToolFloor {
    /// `required` of struct xvm_tool_record.
    var requiredBits: UInt32 {
        let layers = ToolLayer.allCases.filter { layer in
            switch self {
            case .strict: layer != .landlock
            case .container, .minimal: layer.isRequiredEverywhere
            }
        }
        let bits = layers.reduce(UInt32(0)) { $0 | 1 << UInt32($1.rawValue) }
        return self == .container ? bits | UInt32(XVM_TOOL_REQUIRE_NO_PATHS) : bits
    }
}

/// How the layers came out in one start.
package struct ToolReport: Equatable, Sendable {
    /// errno of each layer that was tried, 0 where it holds.
    package var layers: [ToolLayer: Int32]
    /// 0 without landlock.
    package var landlockABI: UInt32

    /// The layers that `floor` needs and that do not hold.
    package func missing(for floor: ToolFloor) -> [ToolLayer] {
        ToolLayer.allCases.filter { layer in
            guard let error = layers[layer], error != 0 else { return false }
            if layer == .landlock, floor == .container { return layers[.root] != 0 }
            if layer == .root, floor == .container { return layers[.landlock] != 0 }
            return floor.requiredBits >> UInt32(layer.rawValue) & 1 != 0
        }
    }
}
