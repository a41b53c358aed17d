// SPDX-License-Identifier: Apache-2.0
// Which layers of the sandbox hold, which are missing and why; and the floors that say which must hold.

import CXVMSandbox

/// How much of the sandbox must hold before anything runs. seccomp is never optional.
public enum Floor: String, Sendable, CaseIterable {
    /// Every layer.
    case strict
    /// What an unprivileged container can have: the filters, no file system by namespaces or landlock.
    case container
    /// The filters, rlimits and empty capability sets.
    case minimal
}

/// One layer of the sandbox on this machine.
public struct SandboxLayer: Equatable, Sendable {
    /// Stable name, e.g. "userNamespace".
    public var name: String
    /// True: confirmed on a real zygote or worker of this supervisor.
    public var holds: Bool
    /// errno of the step that failed, 0 where it holds.
    public var errno: Int32
    /// What it keeps out.
    public var purpose: String
    /// What an operator can do about it when it is missing.
    public var remedy: String

    /// All parts.
    public init(name: String, holds: Bool, errno: Int32, purpose: String, remedy: String) {
        self.name = name
        self.holds = holds
        self.errno = errno
        self.purpose = purpose
        self.remedy = remedy
    }
}

/// Every layer, as the zygote and a first worker reported it.
public struct SandboxReport: Equatable, Sendable {
    /// In the order of the start sequence.
    public var layers: [SandboxLayer]
    /// The landlock ABI in force, 0 without landlock.
    public var landlockABI: UInt32
    /// The zygote was root and took another id: it needs no user namespace for the other ones.
    public var startedAsRoot: Bool

    /// All parts.
    public init(layers: [SandboxLayer], landlockABI: UInt32, startedAsRoot: Bool) {
        self.layers = layers
        self.landlockABI = landlockABI
        self.startedAsRoot = startedAsRoot
    }

    /// The layers that `floor` needs and that do not hold.
    public func missing(for floor: Floor) -> [SandboxLayer] {
        layers.filter { layer in
            if layer.holds { return false }
            guard let step = xvm_step.layers.first(where: { $0.layerName == layer.name }) else { return true }
            switch floor {
            case .strict:
                switch step {
                // Root makes the same namespaces without it and gives its id up instead.
                case XVM_STEP_USER_NAMESPACE: return !(startedAsRoot && holds(XVM_STEP_MOUNT_NAMESPACE))
                // The empty root keeps paths out, the net namespace the network.
                case XVM_STEP_LANDLOCK: return !(holds(XVM_STEP_EMPTY_ROOT) && holds(XVM_STEP_NET_NAMESPACE))
                default: return !step.isOptionalEverywhere
                }
            case .container:
                // Without the empty root landlock must keep the file system out, and the other way round.
                if step == XVM_STEP_LANDLOCK { return !holds(XVM_STEP_EMPTY_ROOT) }
                return step.isRequiredEverywhere
            case .minimal:
                return step.isRequiredEverywhere
            }
        }
    }

    /// True where this layer was confirmed.
    func holds(_ step: xvm_step) -> Bool { layers.contains { $0.name == step.layerName && $0.holds } }

    /// The highest floor that holds, nil when not even `minimal` does.
    public var floor: Floor? {
        Floor.allCases.first { missing(for: $0).isEmpty }
    }

    /// Joins what zygote and worker reported; a step that no one reported does not hold.
    init(steps: [(step: UInt32, errno: Int32)], landlockABI: UInt32) {
        self.landlockABI = landlockABI
        // Without a user namespace the step is attempted by root alone.
        startedAsRoot = steps.contains { $0.step == XVM_STEP_IDENTITY.rawValue && $0.errno == 0 }
        layers = xvm_step.layers.map { layer in
            let report = steps.last { $0.step == layer.rawValue }
            return SandboxLayer(
                name: layer.layerName, holds: report?.errno == 0, errno: report?.errno ?? 0, purpose: layer.purpose,
                remedy: layer.remedy)
        }
    }
}

extension xvm_step {
    /// The steps that are layers of the sandbox (the others are plumbing: if they fail there is no worker).
    static let layers: [xvm_step] = [
        XVM_STEP_USER_NAMESPACE, XVM_STEP_MOUNT_NAMESPACE, XVM_STEP_NET_NAMESPACE, XVM_STEP_IPC_NAMESPACE,
        XVM_STEP_UTS_NAMESPACE, XVM_STEP_CGROUP_NAMESPACE, XVM_STEP_EMPTY_ROOT, XVM_STEP_NO_NEW_PRIVS,
        XVM_STEP_PARENT_DEATH_SIGNAL, XVM_STEP_BOUNDING_SET, XVM_STEP_SECUREBITS, XVM_STEP_PID_NAMESPACE,
        XVM_STEP_CAPABILITIES, XVM_STEP_LANDLOCK,
        XVM_STEP_RLIMITS, XVM_STEP_LOAD_FILTER, XVM_STEP_MSEAL, XVM_STEP_MDWE, XVM_STEP_TSC, XVM_STEP_VDSO,
        XVM_STEP_NOT_DUMPABLE, XVM_STEP_RUN_FILTER, XVM_STEP_LISTENER,
    ]

    var isRequiredEverywhere: Bool {
        [
            XVM_STEP_NO_NEW_PRIVS, XVM_STEP_CAPABILITIES, XVM_STEP_RLIMITS, XVM_STEP_LOAD_FILTER, XVM_STEP_RUN_FILTER,
            XVM_STEP_PARENT_DEATH_SIGNAL,
        ].contains(self)
    }

    /// Layers whose loss another one covers even at `strict` (the run filter has no call that they would have to stop). Without the
    /// listener a violation is still certain, only its number is the worker's own word.
    var isOptionalEverywhere: Bool {
        [XVM_STEP_LISTENER, XVM_STEP_MSEAL, XVM_STEP_MDWE, XVM_STEP_VDSO, XVM_STEP_SECUREBITS, XVM_STEP_BOUNDING_SET].contains(
            self)
    }

    /// Stable name for reports; for plumbing steps too, in messages.
    var layerName: String { texts.name }
    var purpose: String { texts.purpose }
    var remedy: String { texts.remedy }

    private var texts: (name: String, purpose: String, remedy: String) {
        let namespaces =
            "allow user namespaces: sysctl user.max_user_namespaces > 0; on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0 or a profile; or start as root"
        switch self {
        case XVM_STEP_USER_NAMESPACE: return ("userNamespace", "the worker's ids mean nothing outside", namespaces)
        case XVM_STEP_MOUNT_NAMESPACE: return ("mountNamespace", "a mount table of its own", namespaces)
        case XVM_STEP_NET_NAMESPACE: return ("netNamespace", "no network interface", namespaces)
        case XVM_STEP_IPC_NAMESPACE: return ("ipcNamespace", "no System V or POSIX objects of others", namespaces)
        case XVM_STEP_UTS_NAMESPACE: return ("utsNamespace", "no host name", namespaces)
        case XVM_STEP_CGROUP_NAMESPACE: return ("cgroupNamespace", "no view of control groups", namespaces)
        case XVM_STEP_EMPTY_ROOT: return ("emptyRoot", "an empty read-only root folder", namespaces)
        case XVM_STEP_NO_NEW_PRIVS: return ("noNewPrivs", "no rights can be gained", "a kernel of 3.5 or later")
        case XVM_STEP_PARENT_DEATH_SIGNAL: return ("parentDeathSignal", "no worker outlives its supervisor", "none known")
        case XVM_STEP_PID_NAMESPACE: return ("pidNamespace", "no other process has a number", namespaces)
        case XVM_STEP_CAPABILITIES: return ("capabilities", "every capability set is empty", "none known")
        case XVM_STEP_BOUNDING_SET:
            return (
                "boundingSet", "no capability can be gained by exec", "needs CAP_SETPCAP: allow user namespaces, or start as root"
            )
        case XVM_STEP_SECUREBITS:
            return ("securebits", "capabilities cannot come back", "needs CAP_SETPCAP in the namespace: allow user namespaces")
        case XVM_STEP_LANDLOCK:
            return ("landlock", "no path can be opened", "a kernel of 5.13 or later with landlock in its lsm list")
        case XVM_STEP_RLIMITS: return ("rlimits", "bounded CPU time, memory and files", "raise the hard limits of the service")
        case XVM_STEP_LOAD_FILTER:
            return (
                "loadFilter", "system calls of the load stage",
                "a kernel with CONFIG_SECCOMP_FILTER; a container profile that allows seccomp(2)"
            )
        case XVM_STEP_MSEAL: return ("mseal", "text and rings cannot be remapped", "a kernel of 6.10 or later")
        case XVM_STEP_MDWE: return ("mdwe", "no mapping gains execution", "a kernel of 6.3 or later")
        case XVM_STEP_TSC:
            return ("noTimestampCounter", "rdtsc faults: no clock", "none known; the kernel or hypervisor refuses PR_SET_TSC")
        case XVM_STEP_VDSO: return ("noVdso", "no clock page", "none known")
        case XVM_STEP_NOT_DUMPABLE:
            return (
                "notDumpable", "no core file, no tracer of the same user",
                // The supervisor itself could not fetch the listener of such a worker.
                "allow user namespaces, or give the supervisor CAP_SYS_PTRACE"
            )
        case XVM_STEP_RUN_FILTER:
            return (
                "runFilter", "three system calls at exact addresses",
                "a kernel with CONFIG_SECCOMP_FILTER; a container profile that allows seccomp(2)"
            )
        case XVM_STEP_LISTENER:
            return (
                "violationListener", "a violation names its system call, by a path the worker cannot forge",
                "a kernel of 5.6 or later; yama ptrace_scope of 0 or 1 (without it a violation is still stopped, but may name a wrong call)"
            )
        case XVM_STEP_PROTOCOL: return ("protocol", "", "")
        case XVM_STEP_IDENTITY: return ("identity", "", "")
        case XVM_STEP_ID_MAPS: return ("idMaps", "", "")
        case XVM_STEP_EXEC_SELF: return ("execSelf", "", "")
        case XVM_STEP_CLOSE_DESCRIPTORS: return ("closeDescriptors", "", "")
        case XVM_STEP_CLONE: return ("clone", "", "")
        case XVM_STEP_RINGS: return ("rings", "", "")
        case XVM_STEP_ARENA: return ("arena", "", "")
        case XVM_STEP_SIGNALS: return ("signals", "", "")
        case XVM_STEP_DLOPEN: return ("dlopen", "", "")
        case XVM_STEP_DESCRIPTOR: return ("descriptor", "", "")
        case XVM_STEP_SEALED: return ("sealed", "", "")
        default: return ("step \(rawValue)", "", "")
        }
    }
}
