/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/getters.c - reading checked settings: the getters of the host table.
 *
 * A path walks the tree: "roll.size" through groups and maps, "keep.2" to an item of a list, ""
 * stays where it is. What is not set reads as 0, "" or no items; a getter never fails.
 */
#include "engine/config/getters.h"

#include <stdlib.h>
#include <string.h>

#include "engine/config/values.h"

int sl_config_is_set(const sl_config *cfg)
{
    return (cfg->flags & (SL_CONFIG_WRITTEN | SL_CONFIG_DEFAULT)) != 0;
}

/* The item of CFG that the first part of *PATH names; *PATH then begins behind it. */
static const sl_config *step(const sl_config *cfg, const char **path)
{
    const char *part = *path;
    size_t len = strcspn(part, ".");

    *path = part[len] ? part + len + 1 : part + len;
    if (cfg->type == SL_T_LIST) {
        char *end;
        unsigned long i = strtoul(part, &end, 10);

        return end == part + len && len && i < cfg->count ? &cfg->items[i] : NULL;
    }
    for (uint32_t i = 0; i < cfg->count; i++) {
        const char *key = cfg->items[i].key;

        if (!key)
            continue;
        if (cfg->type == SL_T_MAP && strcmp(key, part) == 0) {
            *path = part + strlen(part); /* a key of the user's may have dots */
            return &cfg->items[i];
        }
        if (strlen(key) == len && memcmp(key, part, len) == 0)
            return &cfg->items[i];
    }
    return NULL;
}

const sl_config *sl_config_find(const sl_config *cfg, const char *path)
{
    while (cfg && path && *path)
        cfg = step(cfg, &path);
    return cfg;
}

int64_t sl_config_int(const sl_config *cfg, const char *path)
{
    const sl_config *found = sl_config_find(cfg, path);

    return found ? found->number : 0;
}

double sl_config_float(const sl_config *cfg, const char *path)
{
    const sl_config *found = sl_config_find(cfg, path);

    return found ? found->real : 0.0;
}

const char *sl_config_text(const sl_config *cfg, const char *path)
{
    const sl_config *found = sl_config_find(cfg, path);

    return found && found->value.text ? found->value.text : "";
}

static int is_many(const sl_config *cfg)
{
    return cfg->type == SL_T_LIST || cfg->type == SL_T_MAP || cfg->type == SL_T_GROUP;
}

uint32_t sl_config_count(const sl_config *cfg, const char *path)
{
    const sl_config *found = sl_config_find(cfg, path);
    uint32_t n = 0;

    if (!found)
        return 0;
    if (!is_many(found))
        return sl_config_is_set(found) ? 1 : 0;
    if (found->type != SL_T_GROUP)
        return found->count;
    for (uint32_t i = 0; i < found->count; i++)
        n += (found->items[i].flags & SL_CONFIG_WRITTEN) != 0;
    return n;
}

const sl_config *sl_config_item(const sl_config *cfg, const char *path, uint32_t i,
                                const char **key)
{
    const sl_config *found = sl_config_find(cfg, path);
    const sl_config *item = NULL;

    if (!found || !is_many(found))
        return NULL;
    for (uint32_t n = 0; n < found->count; n++) {
        if (found->type == SL_T_GROUP && !(found->items[n].flags & SL_CONFIG_WRITTEN))
            continue;
        if (i-- == 0) {
            item = &found->items[n];
            break;
        }
    }
    if (item && key)
        *key = item->key;
    return item;
}

sl_place sl_config_place(const sl_config *cfg, const char *path, uint32_t at, uint32_t len)
{
    const sl_config *found = sl_config_find(cfg, path);
    sl_place nowhere = {0};

    if (!found || !found->node)
        return nowhere;
    if (is_many(found) || !found->value.node)
        return sl_yaml_place(found->node);
    return sl_value_place(&found->value, at, len);
}

/* ---- settings from a text, for harnesses ---------------------------------------------------- */

static sl_status read_text(sl_env *env, sl_arena *arena, const sl_class *klass, const char *text,
                           sl_diags *diags, sl_config *root)
{
    sl_text_file *file = sl_text_file_new(arena->mem, "settings", text, strlen(text));
    sl_vars *vars = sl_vars_new(env, arena, diags);
    sl_subject subject = {.name = klass->id, .place = "with"};
    sl_checker checker = {vars, arena, diags};
    sl_yaml *map = NULL;
    sl_status rc;

    if (!file || !vars) {
        sl_text_file_unref(file);
        return SL_E_NOMEM;
    }
    subject.owner.file = file;
    rc = sl_yaml_read(file, arena, diags, &map);
    if (rc == SL_OK)
        rc = sl_values_check(&checker, &subject, klass->settings, map, root);
    root->file = file;
    return rc;
}

sl_status sl_config_from_text(sl_env *env, sl_mem *mem, const sl_class *klass, const char *text,
                              sl_diags *diags, sl_config **out)
{
    sl_arena *arena = sl_mem_zalloc(mem, 1, sizeof(*arena));
    sl_config *root;
    sl_status rc;

    if (!arena)
        return SL_E_NOMEM;
    arena->mem = mem;
    root = sl_arena_array(arena, 1, sizeof(*root));
    rc = root ? read_text(env, arena, klass, text, diags, root) : SL_E_NOMEM;
    if (rc == SL_OK && arena->is_short)
        rc = SL_E_NOMEM;
    if (rc != SL_OK) {
        if (root)
            sl_text_file_unref(root->file);
        sl_arena_fini(arena);
        sl_mem_free(arena);
        return rc;
    }
    root->arena = arena;
    *out = root;
    return SL_OK;
}

void sl_config_free(sl_config *cfg)
{
    sl_arena *arena = cfg ? cfg->arena : NULL;

    if (!arena)
        return;
    sl_text_file_unref(cfg->file);
    sl_arena_fini(arena);
    sl_mem_free(arena);
}
