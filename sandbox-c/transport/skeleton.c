// SPDX-License-Identifier: Apache-2.0
typedef int xvm_skeleton_transport;
