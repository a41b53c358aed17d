// SPDX-License-Identifier: Apache-2.0
// Placeholder of the skeleton: the first real file of this module replaces it.
