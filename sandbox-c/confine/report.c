// SPDX-License-Identifier: Apache-2.0
// The list of what each step came to. Run by zygote and worker.
#include "xvm_confine.h"

int xvm_report_add(struct xvm_report *report, enum xvm_step step, int error) {
    if (report->count < XVM_STEP_REPORTS_MAX) {
        report->steps[report->count].step = (uint16_t)step;
        report->steps[report->count].error = (int16_t)error;
        report->count++;
    }
    return error;
}

int xvm_report_error(const struct xvm_report *report, enum xvm_step step) {
    for (uint32_t index = 0; index < report->count; index++) {
        if (report->steps[index].step == (uint16_t)step) return report->steps[index].error;
    }
    return -1;
}
