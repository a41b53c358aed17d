// SPDX-License-Identifier: Apache-2.0
// Cases in which a feature of the system is missing. Compiled by ZygoteTests.
#ifndef XVM_TEST_FLOORS_H
#define XVM_TEST_FLOORS_H

#include "driver.h"

/// Runs the case `name`; false if there is none. The driver's own process keeps the outer filter: one case per process.
bool floors_run(struct driver *driver, struct worker *worker, const char *name);

#endif
