// SPDX-License-Identifier: Apache-2.0
// Entry of xvm-worker. Run by: the supervisor (mode "zygote"), the zygote itself (mode "inside"), the toolchain (mode "tool").
#include <string.h>
#include <unistd.h>

#include "worker.h"

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "zygote") == 0) xvm_zygote_main(NULL);
    if (argc == 3 && strcmp(argv[1], "inside") == 0) xvm_zygote_main(argv[2]);
    if (argc == 2 && strcmp(argv[1], "tool") == 0) xvm_tool_main();
    static const char text[] = "xvm-worker is started by the supervisor of xvm; it has no command line of its own\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    return XVM_EXIT_BAD_ARGUMENTS;
}
