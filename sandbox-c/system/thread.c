// SPDX-License-Identifier: Apache-2.0
// Names of threads, for ps and debuggers.
#include <pthread.h>

#include "xvm_system.h"

int xvm_system_thread_name(const char *name) { return -pthread_setname_np(pthread_self(), name); }
