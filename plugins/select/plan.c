/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/select/plan.c - turns the settings into columns and rules.
 *
 * A rule says what happens to the value at a path; rules form a tree by key, and a rule without an
 * action is only the way to those below it. After explode the element has the array's place in that
 * tree, under explode_as when that is set. A column of keep is linked with the rule at its path.
 *
 * Each mistake is reported where it was written; planning goes on to find further ones.
 */
#include "plugins/select/priv.h"

#include <stdio.h>

typedef struct planner {
    sl_instance *self;
    const sl_config *cfg;
    const sl_host *host;
    sl_sel_path *kept; /* of each column */
    sl_sel_path explode;
    sl_bytes *names; /* of the columns */
} planner;

/* The setting's path of an item, for messages: keep.3, types.a.b; N is its place, KEY its key. */
static void item_path(char out[128], const char *setting, uint32_t i, const char *key)
{
    if (key)
        (void)snprintf(out, 128, "%s.%s", setting, key);
    else
        (void)snprintf(out, 128, "%s.%u", setting, i);
}

static int same(const sl_bytes *a, const sl_bytes *b)
{
    return a->len == b->len && !memcmp(a->ptr, b->ptr, a->len);
}

/* ---- rules ---- */

static int is_key_of(const sl_sel_rule *rule, const sl_bytes *key)
{
    if (rule->explodes && rule->name.ptr)
        return same(&rule->name, key);
    return same(&rule->key, key);
}

/* The rule for PATH (N keys); made when it is not there and MAKES is set. */
static sl_sel_rule *rule_at(sl_instance *self, const sl_bytes *key, uint32_t n, int makes)
{
    sl_sel_rule *rule = self->root;

    if (!rule && makes)
        rule = self->root = sl_sel_alloc(self, sizeof *rule);
    for (uint32_t i = 0; rule && i < n; i++) {
        sl_sel_rule *child = rule->child;

        while (child && !is_key_of(child, &key[i]))
            child = child->next;
        if (!child && makes) {
            child = sl_sel_alloc(self, sizeof *child);
            if (!child)
                return NULL;
            child->key = key[i];
            child->next = rule->child;
            rule->child = child;
        }
        rule = child;
    }
    return rule;
}

/* Read a whole path that was written at WHERE. */
static sl_status path_of(sl_instance *self, sl_sel_where *where, const char *text, sl_sel_path *out)
{
    uint32_t len = (uint32_t)strlen(text);
    uint32_t bad;
    uint32_t end = sl_sel_path_read(self, text, len, out, &bad);

    if (end == len && end)
        return SL_OK;
    where->at += end ? end : bad;
    where->len = 1;
    return sl_sel_fail(self, where, "select.path",
                       "this is no path of a field; keys are joined by dots, and a key with other "
                       "signs than letters, digits, _, -, $ and @ stands in double quotes: "
                       "user.\"first name\"");
}

/* Is PATH the path UPPER or one below it? */
static int is_below(const sl_sel_path *path, const sl_sel_path *upper)
{
    uint32_t n = 0;

    while (n < upper->n && n < path->n && same(&upper->key[n], &path->key[n]))
        n++;
    return n == upper->n;
}

/* Does a column of keep hold PATH, so that a rule for it can do something? */
static int is_kept(const planner *p, const sl_sel_path *path)
{
    for (uint32_t i = 0; i < p->self->columns; i++) {
        if (is_below(path, &p->kept[i]))
            return 1;
    }
    return !p->self->columns;
}

static sl_status not_kept(planner *p, const sl_sel_where *where, const char *text)
{
    return sl_sel_fail(p->self, where, "select.path.unused",
                       "%s is not among the fields of keep, so this has no effect; add it to keep "
                       "or take this line out",
                       text);
}

static sl_status add_drop(planner *p, sl_sel_where *where, const char *text, sl_sel_rule **out)
{
    sl_sel_path path;
    sl_status rc = path_of(p->self, where, text, &path);

    if (rc != SL_OK)
        return rc;
    for (uint32_t i = 0; i < p->self->columns; i++) {
        if (path.n == p->kept[i].n && is_below(&path, &p->kept[i]))
            return sl_sel_fail(p->self, where, "select.drop.kept",
                               "%s stands in keep as well as in drop", text);
    }
    if (!is_kept(p, &path))
        return not_kept(p, where, text);
    *out = rule_at(p->self, path.key, path.n, 1);
    if (!*out)
        return SL_E_NOMEM;
    (*out)->text = text;
    return SL_OK;
}

static sl_status read_drops(planner *p)
{
    uint32_t n = p->host->get_count(p->cfg, "drop");

    for (uint32_t i = 0; i < n; i++) {
        const sl_config *item = p->host->get_item(p->cfg, "drop", i, NULL);
        sl_sel_rule *rule = NULL;
        char at[128];
        sl_sel_where where = {at, 0, 0};
        sl_status rc;

        item_path(at, "drop", i, NULL);
        rc = add_drop(p, &where, p->host->get_text(item, ""), &rule);
        if (rc == SL_E_NOMEM)
            return rc;
        if (rule)
            rule->drops = 1;
    }
    return SL_OK;
}

/* The rule for the path KEY of a map setting. A column's new name is a path too. */
static sl_status rule_of(planner *p, sl_sel_where *where, const char *key, sl_sel_rule **out)
{
    sl_instance *self = p->self;
    sl_sel_path path;
    sl_status rc = path_of(self, where, key, &path);

    *out = NULL;
    if (rc != SL_OK)
        return rc;
    if (!is_kept(p, &path)) {
        for (uint32_t i = 0; i < self->columns && path.n == 1; i++) {
            if (same(&p->names[i], &path.key[0])) {
                path = p->kept[i];
                break;
            }
        }
        if (!is_kept(p, &path))
            return not_kept(p, where, key);
    }
    *out = rule_at(self, path.key, path.n, 1);
    if (!*out)
        return SL_E_NOMEM;
    if (!(*out)->text)
        (*out)->text = key;
    return SL_OK;
}

static sl_status add_name(planner *p, sl_sel_where *where, sl_sel_rule *rule, const char *name)
{
    if (!*name)
        return sl_sel_fail(p->self, where, "select.rename.empty", "a field needs a name");
    if (rule->explodes)
        return sl_sel_fail(p->self, where, "select.rename.exploded",
                           "the name of an exploded element is given by explode_as");
    rule->name.ptr = (const uint8_t *)name;
    rule->name.len = strlen(name);
    return SL_OK;
}

static sl_status add_cast(planner *p, sl_sel_where *where, sl_sel_rule *rule, const char *text)
{
    sl_cast *cast = sl_sel_alloc(p->self, sizeof *cast);
    sl_cast_error err;

    if (!cast)
        return SL_E_NOMEM;
    rule->cast = cast;
    if (sl_cast_read(text, cast, &err))
        return SL_OK;
    where->at = err.at;
    where->len = err.len;
    return sl_sel_fail(p->self, where, err.code, "%s", err.text);
}

/* The maps rename and types: path -> name, path -> type. */
static sl_status read_map(planner *p, const char *setting)
{
    uint32_t n = p->host->get_count(p->cfg, setting);

    for (uint32_t i = 0; i < n; i++) {
        const char *key = NULL;
        const sl_config *item = p->host->get_item(p->cfg, setting, i, &key);
        const char *text = p->host->get_text(item, "");
        sl_sel_rule *rule = NULL;
        char at[128];
        sl_sel_where where = {at, 0, 0};
        sl_status rc;

        item_path(at, setting, i, key);
        rc = rule_of(p, &where, key, &rule);
        if (rc == SL_OK && setting[0] == 'r')
            rc = add_name(p, &where, rule, text);
        else if (rc == SL_OK)
            rc = add_cast(p, &where, rule, text);
        if (rc == SL_E_NOMEM)
            return rc;
    }
    return SL_OK;
}

static sl_status read_explode(planner *p)
{
    sl_instance *self = p->self;
    const char *text = p->host->get_text(p->cfg, "explode");
    const char *name = p->host->get_text(p->cfg, "explode_as");
    sl_sel_where where = {"explode", 0, 0};
    sl_status rc;

    if (!*text) {
        where.setting = "explode_as";
        return *name ? sl_sel_fail(self, &where, "select.explode",
                                   "explode_as needs explode: the array to take apart")
                     : SL_OK;
    }
    rc = path_of(self, &where, text, &p->explode);
    if (rc != SL_OK)
        return rc;
    self->exploded = p->host->rows->path(self->node, 0, text);
    self->explode = rule_at(self, p->explode.key, p->explode.n, 1);
    if (!self->exploded || !self->explode)
        return SL_E_NOMEM;
    self->explode->explodes = 1;
    self->explode->text = text;
    if (*name) {
        self->explode->name.ptr = (const uint8_t *)name;
        self->explode->name.len = strlen(name);
        p->explode.key[p->explode.n - 1] = self->explode->name;
    }
    return SL_OK;
}

/* ---- columns ---- */

/* The name behind " as " at TEXT, plain or in double quotes. */
static sl_status read_name(planner *p, sl_sel_where *where, const char *text, sl_bytes *out)
{
    sl_sel_path path;
    uint32_t len = (uint32_t)strlen(text);
    uint32_t bad;
    uint32_t end = sl_sel_path_read(p->self, text, len, &path, &bad);

    if (end == len && path.n == 1) {
        *out = path.key[0];
        return SL_OK;
    }
    where->len = len;
    return sl_sel_fail(p->self, where, "select.keep.name",
                       "a name is expected behind as; one with dots or blanks stands in double "
                       "quotes");
}

/* Cut "path as name". */
static sl_status cut(planner *p, sl_sel_where *where, const char *text, sl_sel_path *path,
                     sl_bytes *name, char **from)
{
    uint32_t len = (uint32_t)strlen(text);
    uint32_t bad = 0;
    uint32_t end = sl_sel_path_read(p->self, text, len, path, &bad);
    uint32_t at = end + (uint32_t)strspn(text + end, " \t");

    *from = sl_sel_alloc(p->self, (uint64_t)end + 1);
    if (!*from)
        return SL_E_NOMEM;
    memcpy(*from, text, end);
    if (end && at == len) {
        *name = path->key[path->n - 1];
        return SL_OK;
    }
    if (end && at > end && (text[at] | 0x20) == 'a' && (text[at + 1] | 0x20) == 's' &&
        (text[at + 2] == ' ' || text[at + 2] == '\t')) {
        at += 2;
        at += (uint32_t)strspn(text + at, " \t");
        where->at = at;
        return read_name(p, where, text + at, name);
    }
    where->at = end ? at : bad;
    where->len = end ? len - at : 1;
    return sl_sel_fail(p->self, where, "select.keep.syntax",
                       end ? "a path, or a path as a name, is expected: user.id as user_id"
                           : "this is no path of a field: keys are joined by dots, and a key with "
                             "blanks stands in double quotes");
}

/* The encoded key, with room behind it for copies in blocks. */
static sl_status set_key(planner *p, sl_sel_column *column, const sl_bytes *name)
{
    char *text = sl_sel_alloc(p->self, name->len + 1);
    uint8_t *pad = sl_sel_alloc(p->self, name->len + 5 + SL_SEL_PAD);

    if (!text || !pad)
        return SL_E_NOMEM;
    memcpy(text, name->ptr, name->len);
    column->key = p->host->rows->key(p->self->node, 0, text);
    if (!column->key)
        return SL_E_NOMEM;
    column->text = pad;
    pad = sl_enc_str_head(pad, name->len);
    column->name_at = (uint32_t)(pad - column->text);
    memcpy(pad, name->ptr, name->len);
    column->text_len = column->name_at + (uint32_t)name->len;
    p->self->key_bytes += column->text_len;
    return SL_OK;
}

/* Link the column with the input: a slot, or a place in the exploded element. */
static sl_status set_input(planner *p, sl_sel_column *column, const sl_sel_path *path)
{
    const sl_sel_path *explode = &p->explode;

    if (explode->n && is_below(path, explode)) {
        column->is_element = 1;
        column->tail = path->key + explode->n;
        column->tail_n = path->n - explode->n;
        return SL_OK;
    }
    column->path = p->host->rows->path(p->self->node, 0, column->from);
    return column->path ? SL_OK : SL_E_NOMEM;
}

static sl_status read_column(planner *p, uint32_t i)
{
    const sl_config *item = p->host->get_item(p->cfg, "keep", i, NULL);
    sl_sel_column *column = &p->self->column[p->self->columns];
    sl_sel_path *path = &p->kept[p->self->columns];
    char at[128];
    sl_sel_where where = {at, 0, 0};
    sl_bytes name;
    char *from;
    sl_status rc;

    item_path(at, "keep", i, NULL);
    rc = cut(p, &where, p->host->get_text(item, ""), path, &name, &from);
    if (rc != SL_OK)
        return rc == SL_E_NOMEM ? rc : SL_OK;
    for (uint32_t k = 0; k < p->self->columns; k++) {
        if (same(&p->names[k], &name)) {
            (void)sl_sel_fail(p->self, &where, "select.keep.twice",
                              "two fields of keep would be named %.*s; give one another name: "
                              "%s as NAME",
                              (int)name.len, (const char *)name.ptr, from);
            return SL_OK;
        }
    }
    p->names[p->self->columns] = name;
    column->from = from;
    rc = set_input(p, column, path);
    if (rc == SL_OK)
        p->self->columns++;
    return rc;
}

static sl_status read_columns(planner *p)
{
    uint32_t n = p->host->get_count(p->cfg, "keep");
    sl_status rc = SL_OK;

    if (!n)
        return SL_OK;
    p->self->column = sl_sel_alloc(p->self, n * sizeof *p->self->column);
    p->kept = sl_sel_alloc(p->self, n * sizeof *p->kept);
    p->names = sl_sel_alloc(p->self, n * sizeof *p->names);
    if (!p->self->column || !p->kept || !p->names)
        return SL_E_NOMEM;
    for (uint32_t i = 0; i < n && rc == SL_OK; i++)
        rc = read_column(p, i);
    return rc;
}

/* Give the columns their rules and keys, and see how often they overlap. */
static sl_status link_columns(planner *p)
{
    sl_instance *self = p->self;

    for (uint32_t i = 0; i < self->columns; i++) {
        sl_sel_column *column = &self->column[i];
        const sl_sel_path *path = &p->kept[i];
        const sl_sel_rule *rule = rule_at(self, path->key, path->n, 0);
        uint32_t covers = self->explode ? 2 : 1;
        sl_status rc;

        if (rule && rule->name.ptr && !rule->explodes)
            p->names[i] = rule->name;
        if (rule && (rule->cast || rule->child))
            column->rule = rule;
        for (uint32_t k = 0; k < self->columns; k++)
            covers += k != i && is_below(path, &p->kept[k]);
        if (covers > self->covers)
            self->covers = covers;
        rc = set_key(p, column, &p->names[i]);
        if (rc != SL_OK)
            return rc;
    }
    return SL_OK;
}

static sl_status read_flatten(planner *p)
{
    sl_instance *self = p->self;
    const char *text = p->host->get_text(p->cfg, "flatten_separator");

    self->flattens = p->host->get_int(p->cfg, "flatten") != 0;
    self->flatten_depth = (uint32_t)p->host->get_int(p->cfg, "flatten_depth");
    self->separator.ptr = (const uint8_t *)text;
    self->separator.len = strlen(text);
    self->name = sl_sel_alloc(self, UINT16_MAX + 1u);
    return self->name ? SL_OK : SL_E_NOMEM;
}

sl_status sl_sel_plan(sl_instance *self, const sl_config *cfg)
{
    planner p = {.self = self, .cfg = cfg, .host = self->host};
    const char *where = self->host->get_text(cfg, "where");
    sl_status rc = SL_OK;

    self->drop_empty = !strcmp(self->host->get_text(cfg, "explode_empty"), "drop");
    self->null_on_error = !strcmp(self->host->get_text(cfg, "on_error"), "null");
    if (*where)
        rc = sl_sel_expr_read(self, where);
    if (rc != SL_E_NOMEM)
        rc = read_explode(&p);
    if (rc != SL_E_NOMEM)
        rc = read_columns(&p);
    if (rc != SL_E_NOMEM)
        rc = read_drops(&p);
    if (rc != SL_E_NOMEM)
        rc = read_map(&p, "rename");
    if (rc != SL_E_NOMEM)
        rc = read_map(&p, "types");
    if (rc != SL_E_NOMEM)
        rc = link_columns(&p);
    if (rc != SL_E_NOMEM)
        rc = read_flatten(&p);
    if (rc == SL_E_NOMEM)
        return rc;
    return self->failed ? SL_E_CONFIG : SL_OK;
}
