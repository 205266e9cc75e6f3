/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/getters.h - reading checked settings: what the getters of sl_host do.
 *
 * PATH is "group.name"; "keep.2" is the third item of a list, "" the thing itself (an item that
 * sl_config_item gave). What is not set reads as 0, "" or no items. A choice reads as text, or as
 * its index; a duration as nanoseconds, a size as bytes.
 */
#ifndef SL_CONFIG_GETTERS_H
#define SL_CONFIG_GETTERS_H
#include "engine/config/diag.h"

/* [inst] As sl_host.get_int. */
int64_t sl_config_int(const sl_config *cfg, const char *path);
/* [inst] As sl_host.get_float. */
double sl_config_float(const sl_config *cfg, const char *path);
/* [inst] As sl_host.get_text. */
const char *sl_config_text(const sl_config *cfg, const char *path);
/* [inst] As sl_host.get_count. */
uint32_t sl_config_count(const sl_config *cfg, const char *path);
/* [inst] As sl_host.get_item. */
const sl_config *sl_config_item(const sl_config *cfg, const char *path, uint32_t i,
                                const char **key);
/* [main] Check TEXT (YAML, the content of with:) against KLASS's settings and give the result, for
 * harnesses; mistakes go to DIAGS, SL_E_CONFIG. Free with sl_config_free. */
sl_status sl_config_from_text(sl_env *env, sl_mem *mem, const sl_class *klass, const char *text,
                              sl_diags *diags, sl_config **out);
/* [main] NULL is fine. */
void sl_config_free(sl_config *cfg);

#endif
