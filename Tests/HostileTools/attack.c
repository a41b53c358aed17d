// SPDX-License-Identifier: Apache-2.0
// A "compiler" that attacks: `attack NAME [ARGUMENT]`. Compiled by ToolSandboxTests. Every attack that works ends with 99 and says what
// worked; 0 is: everything was refused. An attack that the filter ends never comes back.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void survived(const char *what) {
    printf("survived: %s\n", what);
    fflush(stdout);
    _exit(99);
}

static void must_fail(const char *what, long result) {
    if (result >= 0) survived(what);
}

// Paths that every machine has and no tool needs, and one that the test made.
static void read_outside(const char *secret) {
    const char *paths[] = {
        secret, "/etc/passwd", "/etc/hostname", "/proc/self/environ", "/proc/1/status", "/proc/cpuinfo", "/sys/kernel/notes",
        "/dev/zero", "/dev/mem", "/root/.bashrc", "/var/lib/dpkg/status", "/usr/share/common-licenses/GPL-3",
        "/usr/bin/../../etc/passwd", "../secret"};
    for (size_t index = 0; index < sizeof paths / sizeof paths[0]; index++) {
        must_fail(paths[index], open(paths[index], O_RDONLY));
        must_fail(paths[index], syscall(SYS_openat, AT_FDCWD, paths[index], O_RDONLY, 0));
    }
    const char *folders[] = {"/etc", "/home", "/root", "/var", "/proc", "/sys", "/run", "/mnt"};
    for (size_t index = 0; index < sizeof folders / sizeof folders[0]; index++) {
        DIR *folder = opendir(folders[index]);
        struct dirent *entry;
        while (folder != NULL && (entry = readdir(folder)) != NULL) {
            // The loader's cache is the one file of /etc that is there.
            if (entry->d_name[0] != '.' && strcmp(entry->d_name, "ld.so.cache") != 0) survived(entry->d_name);
        }
    }
}

static void write_outside(const char *beside) {
    const char *paths[] = {beside, "/usr/bin/xvm-evil", "/usr/lib/xvm-evil", "/tmp/xvm-evil", "/xvm-evil", "../xvm-evil", "/etc/ld.so.cache"};
    for (size_t index = 0; index < sizeof paths / sizeof paths[0]; index++) {
        must_fail(paths[index], open(paths[index], O_WRONLY | O_CREAT, 0600));
        must_fail(paths[index], unlink(paths[index]));
        must_fail(paths[index], rename("mine", paths[index]));
    }
}

// What would outlive the tool, or keep the host from clearing its folder.
static void stay_behind(void) {
    int file = open("mine", O_WRONLY | O_CREAT, 0600);
    if (file < 0) _exit(3);
    must_fail("mkdir", mkdir("folder", 0700));
    must_fail("symlink", symlink("/etc/passwd", "link"));
    must_fail("link", link("mine", "other"));
    must_fail("mknod", mknod("pipe", S_IFIFO | 0600, 0));
    must_fail("setsid", setsid());
    must_fail("setpgid", setpgid(0, 0));
    must_fail("chown", chown("mine", 0, 0));
    must_fail("kill parent", kill(getppid(), SIGKILL));
    must_fail("kill all", kill(-1, SIGTERM));
    must_fail("tgkill", syscall(SYS_tgkill, 1, 1, SIGKILL));
    must_fail("sigqueue", syscall(SYS_rt_sigqueueinfo, getppid(), SIGTERM, NULL));
    must_fail("setxattr", syscall(SYS_setxattr, "mine", "user.a", "b", 1, 0));
    must_fail("memfd", syscall(SYS_memfd_create, "a", 0));
    must_fail("shmget", syscall(SYS_shmget, 77, 4096, 01600));
    // Names that are no text, in the one folder that is ours.
    char name[] = {(char)0xff, (char)0xfe, '-', (char)0x80, 0};
    close(open(name, O_WRONLY | O_CREAT, 0600));
    // Said to be done, and not done.
    if (chmod(".", 0) != 0 || chmod("mine", 0) != 0) _exit(4);
    struct stat status;
    if (stat(".", &status) != 0 || (status.st_mode & 0777) != 0700) survived("chmod");
}

static void execute_output(const char *self) {
    int from = open(self, O_RDONLY), to = open("copy", O_RDWR | O_CREAT, 0700);
    char bytes[65536];
    ssize_t size;
    if (from < 0 || to < 0) _exit(3);
    while ((size = read(from, bytes, sizeof bytes)) > 0) {
        if (write(to, bytes, (size_t)size) != size) _exit(4);
    }
    if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, to, 0) != MAP_FAILED) survived("mmap of output");
    close(to);
    char *const arguments[] = {(char *)"copy", (char *)"survive", NULL};
    execv("./copy", arguments);
    if (errno != EACCES) _exit(5);
}

// Rights, ids, descriptors, environment, limits.
static void look_around(void) {
    extern char **environ;
    if (environ[0] == NULL || strcmp(environ[0], "ONLY=this") != 0 || environ[1] != NULL) survived("environment");
    if (getuid() == 0 || geteuid() == 0) survived("uid 0");
    for (int number = 3; number < 256; number++) must_fail("descriptor", fcntl(number, F_GETFD));
    char byte;
    if (read(0, &byte, 1) != 0) survived("standard input");
    must_fail("write to input", write(0, "x", 1));
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0) survived("core");
    limit.rlim_max = limit.rlim_cur = RLIM_INFINITY;
    must_fail("raise NPROC", setrlimit(RLIMIT_NPROC, &limit));
    must_fail("raise FSIZE", setrlimit(RLIMIT_FSIZE, &limit));
    must_fail("limits of another", syscall(SYS_prlimit64, getppid(), RLIMIT_CPU, NULL, &limit));
    must_fail("clone3", syscall(SYS_clone3, NULL, 0));
    must_fail("clone NEWUSER", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0));
    must_fail("clone NEWNS", syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0));
    must_fail("dumpable", prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L));
    must_fail("pdeathsig", prctl(PR_SET_PDEATHSIG, 0L, 0L, 0L, 0L));
    must_fail("tiocsti", syscall(SYS_ioctl, 1, 0x5412, "x"));
    must_fail("setown", fcntl(1, F_SETOWN, 1));
    must_fail("nice", syscall(SYS_setpriority, 0, 0, -5));
}

// Children that wait for ever, until no more can be made; then the parent ends and leaves them.
static void fork_bomb(const char *limit_text) {
    long limit = atol(limit_text), count = 0;
    (void)prctl(PR_SET_NAME, "xvm-bomb");
    for (;;) {
        pid_t child = fork();
        if (child < 0) break;
        if (child == 0) {
            for (;;) (void)usleep(1000000);
        }
        if (++count > limit) survived("more processes than permitted");
    }
    printf("%ld\n", count);
}

static void eat_memory(const char *limit_text) {
    size_t limit = (size_t)atol(limit_text), sum = 0, step = 1 << 20;
    for (;;) {
        char *piece = malloc(step);
        if (piece == NULL) break;
        memset(piece, 1, step);
        sum += step;
        if (sum > limit) survived("more memory than permitted");
    }
}

static void write_files(const char *size_text) {
    static char bytes[1 << 16];
    long size = atol(size_text);
    for (int index = 0;; index++) {
        char name[32];
        snprintf(name, sizeof name, "f%d", index);
        int file = open(name, O_WRONLY | O_CREAT, 0600);
        if (file < 0) _exit(3);
        for (long done = 0; done < size; done += (long)sizeof bytes) {
            if (write(file, bytes, sizeof bytes) < 0) _exit(4);
        }
        close(file);
    }
}

// A child whose name and state the host can look at, until the file `go` appears.
static void wait_for_host(const char *name) {
    (void)prctl(PR_SET_NAME, name);
    while (access("go", F_OK) != 0) (void)usleep(1000);
}

int main(int count, char **arguments) {
    const char *name = count > 1 ? arguments[1] : "", *more = count > 2 ? arguments[2] : "";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strcmp(name, "survive") == 0) survived("executed");
    else if (strcmp(name, "read") == 0) read_outside(more);
    else if (strcmp(name, "write") == 0) write_outside(more);
    else if (strcmp(name, "stay") == 0) stay_behind();
    else if (strcmp(name, "execute") == 0) execute_output(arguments[0]);
    else if (strcmp(name, "look") == 0) look_around();
    else if (strcmp(name, "forkbomb") == 0) fork_bomb(more);
    else if (strcmp(name, "memory") == 0) eat_memory(more);
    else if (strcmp(name, "files") == 0) write_files(more);
    else if (strcmp(name, "wait") == 0) wait_for_host(more);
    else if (strcmp(name, "spin") == 0) for (volatile long turns = 0;; turns++) {}
    else if (strcmp(name, "sleep") == 0) for (;;) (void)usleep(1000000);
    else if (strcmp(name, "socket") == 0) must_fail(name, socket(AF_INET, SOCK_STREAM, 0));
    else if (strcmp(name, "unix") == 0) must_fail(name, socket(AF_UNIX, SOCK_STREAM, 0));
    else if (strcmp(name, "connect") == 0) must_fail(name, connect(0, (struct sockaddr *)&address, sizeof address));
    else if (strcmp(name, "ptrace") == 0) must_fail(name, ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
    else if (strcmp(name, "traceme") == 0) must_fail(name, ptrace(PTRACE_TRACEME, 0, NULL, NULL));
    else if (strcmp(name, "readv") == 0) must_fail(name, syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
    else if (strcmp(name, "unshare") == 0) must_fail(name, unshare(CLONE_NEWUSER));
    else if (strcmp(name, "mount") == 0) must_fail(name, mount("a", "/tmp", "tmpfs", 0, NULL));
    else if (strcmp(name, "chroot") == 0) must_fail(name, chroot("."));
    else if (strcmp(name, "setuid") == 0) must_fail(name, syscall(SYS_setuid, 0));
    else if (strcmp(name, "bpf") == 0) must_fail(name, syscall(SYS_bpf, 0, NULL, 0));
    else if (strcmp(name, "uring") == 0) must_fail(name, syscall(SYS_io_uring_setup, 1, NULL));
    else if (strcmp(name, "keyctl") == 0) must_fail(name, syscall(SYS_keyctl, 0, 0, 0, 0, 0));
    else if (strcmp(name, "perf") == 0) must_fail(name, syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0));
    else if (strcmp(name, "x32") == 0) must_fail(name, syscall(0x40000000 | SYS_getpid));
    else if (strcmp(name, "int80") == 0) {
        long result;
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory");
        must_fail(name, result);
    } else _exit(2);
    return 0;
}
