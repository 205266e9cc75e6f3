/* SPDX-License-Identifier: Apache-2.0
 *
 * sdk/lib/version.c - which libsluice this is.
 */
#include "sdk/lib/error.h"

/* [any] The version of the library, "0.1.0"; a literal. */
SL_API const char *sl_version(void);

const char *sl_version(void)
{
    return "0.1.0";
}
