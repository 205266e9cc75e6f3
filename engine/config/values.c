/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/values.c - checking what is written under with: against a table of settings.
 *
 * The tree is made from the table: each setting gets its value from what is written, else from its
 * fallback. Each mistake is said once, at the exact text, and checking goes on with the next
 * setting. A single value stands for a list of one.
 */
#include "engine/config/values.h"

#include <stdio.h>
#include <string.h>

#include "engine/config/textbuf.h"

#define PATH_TEXT      200u
#define SHOWN_VALUE    60
#define LIST_COLUMNS   90u
#define MAX_TABLE      400u
#define TABLE_MAX_NEST 8u

/* One check on its way down. */
typedef struct check {
    const sl_checker *c;
    const sl_subject *subject;
    sl_status rc;
    uint32_t nest;
} check;

static sl_status check_value(check *k, sl_config *cfg, const sl_yaml *node);
static void check_group(check *k, sl_config *group, const sl_setting *table, const sl_yaml *map,
                        int is_written);

static void fail(check *k, sl_status rc)
{
    if (k->rc != SL_E_NOMEM)
        k->rc = rc;
}

/* "roll.size": the names from the root to CFG; items of lists have their list's. */
static void path_of(const sl_config *cfg, char out[PATH_TEXT])
{
    const sl_config *chain[32];
    uint32_t n = 0;
    size_t len = 0;

    for (; cfg && cfg->parent && n < 32; cfg = cfg->parent)
        chain[n++] = cfg;
    out[0] = 0;
    while (n) {
        cfg = chain[--n];
        if (cfg->key && len < PATH_TEXT - 1)
            len += (size_t)snprintf(out + len, PATH_TEXT - len, "%s%s", len ? "." : "", cfg->key);
    }
}

/* The setting without a place of its own points at what stands nearest. */
static sl_place place_of(const check *k, const sl_config *cfg)
{
    for (; cfg; cfg = cfg->parent) {
        if (cfg->node)
            return sl_yaml_place(cfg->node);
    }
    return k->subject->owner;
}

/* Begin a message about CFG: "kinesis: roll.size …". */
static void complain(check *k, const sl_config *cfg, const char *code, const char *text)
{
    char path[PATH_TEXT];

    path_of(cfg, path);
    sl_diag(k->c->diags, SL_DIAG_ERROR, code, place_of(k, cfg), "%s: %s %s", k->subject->name, path,
            text);
    fail(k, SL_E_CONFIG);
}

/* ---- names ---------------------------------------------------------------------------------- */

static const sl_setting *find_setting(const sl_setting *table, const char *name)
{
    for (const sl_setting *s = table; s && s->name; s = sl_setting_next(s)) {
        if (strcmp(s->name, name) == 0)
            return s;
    }
    return NULL;
}

/* "a, b, c, …" of the settings that are not deprecated. */
static void list_settings(const sl_setting *table, sl_textbuf *out)
{
    for (const sl_setting *s = table; s && s->name; s = sl_setting_next(s)) {
        if (s->replaced_by)
            continue;
        if (out->len)
            sl_textbuf_puts(out, ", ");
        if (out->len + strlen(s->name) > LIST_COLUMNS) {
            sl_textbuf_puts(out, "…");
            return;
        }
        sl_textbuf_puts(out, s->name);
    }
}

/* A setting that was misspelt is not missing as well. */
static void mark_meant(sl_config *group, const char *name)
{
    for (uint32_t i = 0; i < group->count; i++) {
        if (strcmp(group->items[i].key, name) == 0)
            group->items[i].flags |= SL_CONFIG_MEANT;
    }
}

static void diag_unknown(check *k, sl_config *group, const sl_setting *table, const sl_yaml *key)
{
    const char *names[MAX_TABLE];
    char path[PATH_TEXT];
    const char *better;
    uint32_t n = 0;
    sl_textbuf list;

    for (const sl_setting *s = table; s && s->name && n < MAX_TABLE; s = sl_setting_next(s))
        names[n++] = s->name;
    better = sl_suggest(key->text, names, n);
    path_of(group, path);
    sl_diag(k->c->diags, SL_DIAG_ERROR, "config.setting.unknown", sl_yaml_place(key),
            "%s%s%s has no setting \"%.80s\"", k->subject->name, path[0] ? ": " : "", path,
            key->text);
    fail(k, SL_E_CONFIG);
    if (better) {
        sl_diag_hint(k->c->diags, "did you mean \"%s\"?", better);
        mark_meant(group, better);
    }
    sl_textbuf_init(&list, k->c->arena->mem);
    list_settings(table, &list);
    if (list.is_short)
        fail(k, sl_arena_set_short(k->c->arena));
    else if (!list.len)
        sl_diag_note(k->c->diags, "it has none at all");
    else if (k->subject->more)
        sl_diag_note(k->c->diags, "settings: %s   (%s)", list.text, k->subject->more);
    else
        sl_diag_note(k->c->diags, "settings: %s", list.text);
    sl_textbuf_fini(&list);
}

/* ---- scalars -------------------------------------------------------------------------------- */

static void diag_choice(check *k, const sl_config *cfg)
{
    const char *const *choice = cfg->setting->choice;
    char path[PATH_TEXT];
    const char *better;
    uint32_t n = 0;
    sl_textbuf list;

    while (choice && choice[n])
        n++;
    path_of(cfg, path);
    better = n ? sl_suggest(cfg->value.text, choice, n) : NULL;
    sl_diag(k->c->diags, SL_DIAG_ERROR, "config.setting.choice", place_of(k, cfg),
            "%s: %s can't be \"%.*s\"", k->subject->name, path, SHOWN_VALUE, cfg->value.text);
    fail(k, SL_E_CONFIG);
    if (better)
        sl_diag_hint(k->c->diags, "did you mean \"%s\"?", better);
    sl_textbuf_init(&list, k->c->arena->mem);
    for (uint32_t i = 0; i < n; i++)
        sl_textbuf_printf(&list, "%s%s", i ? ", " : "", choice[i]);
    if (!list.is_short && list.len)
        sl_diag_note(k->c->diags, "choices: %s", list.text);
    sl_textbuf_fini(&list);
}

/* Words that other readers of YAML take for a boolean, and what they must be here. */
static const char *meant_bool(const char *text)
{
    static const char *const words[][2] = {
        {"yes", "true"}, {"Yes", "true"}, {"on", "true"},   {"On", "true"},   {"1", "true"},
        {"no", "false"}, {"No", "false"}, {"off", "false"}, {"Off", "false"}, {"0", "false"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strcmp(words[i][0], text) == 0)
            return words[i][1];
    }
    return NULL;
}

static void hint_type(const check *k, const sl_config *cfg)
{
    const char *text = cfg->value.text;
    uint32_t plain = sl_yaml_scalar_type(text, cfg->value.len);
    const char *word = cfg->type == SL_T_BOOL ? meant_bool(text) : NULL;

    if (word)
        sl_diag_hint(k->c->diags, "write %s", word);
    else if (cfg->type == SL_T_DURATION && plain == SL_YAML_INT && cfg->value.len < 20)
        sl_diag_hint(k->c->diags, "write the unit: %ss, %sms, %sm", text, text, text);
    else if (cfg->type == SL_T_INT && plain == SL_YAML_INT)
        sl_diag_hint(k->c->diags, "it does not fit into 64 bits");
    else if (cfg->type == SL_T_FIELD)
        sl_diag_hint(k->c->diags, "put a name with dots or quotes in \"…\"");
}

static void diag_type(check *k, const sl_config *cfg)
{
    char text[PATH_TEXT];
    const char *what = sl_value_type_of(cfg->type)->what;

    if (cfg->type == SL_T_CHOICE && !(cfg->flags & SL_CONFIG_SECRET)) {
        diag_choice(k, cfg);
        return;
    }
    if (cfg->flags & SL_CONFIG_SECRET)
        (void)snprintf(text, sizeof(text), "must be %s", what);
    else
        (void)snprintf(text, sizeof(text), "must be %s, not \"%.*s\"", what, SHOWN_VALUE,
                       cfg->value.text);
    complain(k, cfg, "config.setting.type", text);
    if (!(cfg->flags & SL_CONFIG_SECRET))
        hint_type(k, cfg);
}

/* Is CFG on the wrong side of LIMIT (as a user would write it)? SIGN -1: below a minimum. */
static int is_beyond(const sl_config *cfg, const char *limit, int sign)
{
    sl_config other = {.setting = cfg->setting, .type = cfg->type};

    if (cfg->type == SL_T_LIST || cfg->type == SL_T_MAP) {
        other.type = SL_T_INT;
        if (!sl_value_type_of(SL_T_INT)->parse(&other, limit, strlen(limit)))
            return 0;
        return sign < 0 ? cfg->count < other.number : cfg->count > other.number;
    }
    if (!sl_value_type_of(cfg->type)->parse(&other, limit, strlen(limit)))
        return 0;
    if (cfg->type == SL_T_FLOAT)
        return sign < 0 ? cfg->real < other.real : cfg->real > other.real;
    return sign < 0 ? cfg->number < other.number : cfg->number > other.number;
}

static int has_range(uint32_t type)
{
    return type == SL_T_INT || type == SL_T_FLOAT || type == SL_T_SIZE || type == SL_T_DURATION ||
           type == SL_T_LIST || type == SL_T_MAP;
}

static void check_range(check *k, const sl_config *cfg)
{
    const sl_setting *s = cfg->setting;
    int is_many = cfg->type == SL_T_LIST || cfg->type == SL_T_MAP;
    const char *unit = s->unit ? s->unit : "";
    char text[PATH_TEXT];
    int low;
    int high;

    if (!has_range(cfg->type) || cfg->type != s->type)
        return; /* bounds of a list are those of its length, not of its items */
    low = s->min && is_beyond(cfg, s->min, -1);
    high = s->max && is_beyond(cfg, s->max, 1);
    if (!low && !high)
        return;
    if (is_many)
        (void)snprintf(text, sizeof(text), "must have at %s %.40s items, not %u",
                       low ? "least" : "most", low ? s->min : s->max, cfg->count);
    else
        (void)snprintf(text, sizeof(text), "must be at %s %.40s%s%.20s, not %.*s",
                       low ? "least" : "most", low ? s->min : s->max, *unit ? " " : "", unit,
                       SHOWN_VALUE, cfg->flags & SL_CONFIG_SECRET ? "that" : cfg->value.text);
    complain(k, cfg, "config.setting.range", text);
}

/* A secret must come by reference: who reads the file must not see it. */
static void check_secret(check *k, sl_config *cfg)
{
    const sl_setting *s = cfg->setting;
    char text[PATH_TEXT];

    if (cfg->value.flags & SL_VALUE_SECRET)
        cfg->flags |= SL_CONFIG_SECRET;
    if (!(s->flags & SL_S_SECRET))
        return;
    cfg->flags |= SL_CONFIG_SECRET;
    if (cfg->value.flags & SL_VALUE_REFERENCE)
        return;
    if (cfg->node)
        sl_diags_hide(k->c->diags, sl_yaml_place(cfg->node));
    (void)snprintf(text, sizeof(text), "is a secret and can't stand in the file as it is");
    complain(k, cfg, "config.setting.secret", text);
    sl_diag_hint(k->c->diags, "use ${cred:NAME}, ${file:PATH} or ${env:NAME}");
}

static sl_status check_scalar(check *k, sl_config *cfg, const sl_yaml *node)
{
    char text[PATH_TEXT];
    sl_status rc;

    if (node->kind != SL_YAML_SCALAR) {
        (void)snprintf(text, sizeof(text), "must be %s, not %s", sl_value_type_of(cfg->type)->what,
                       sl_yaml_describe(node));
        complain(k, cfg, "config.setting.type", text);
        return k->rc;
    }
    rc = sl_vars_resolve(k->c->vars, node, &cfg->value);
    if (rc == SL_OK && node->style == SL_YAML_PLAIN &&
        sl_yaml_is_octal_like(node->text, node->text_len))
        rc = SL_E_CONFIG; /* the reader has said so */
    if (rc != SL_OK) {
        fail(k, rc);
        return rc;
    }
    check_secret(k, cfg);
    if (!sl_value_type_of(cfg->type)->parse(cfg, cfg->value.text, cfg->value.len))
        diag_type(k, cfg);
    else
        check_range(k, cfg);
    return k->rc;
}

/* ---- lists, maps, groups --------------------------------------------------------------------- */

/* An item of the list or map CFG gets the type that its setting says. */
static void init_item(sl_config *item, const sl_config *cfg, const char *key)
{
    item->setting = cfg->setting;
    item->parent = cfg;
    item->key = key;
    item->type = cfg->setting->item ? cfg->setting->item : SL_T_STRING;
}

static sl_status check_many(check *k, sl_config *cfg, const sl_yaml *node)
{
    uint32_t want = cfg->type == SL_T_LIST ? SL_YAML_LIST : SL_YAML_MAP;
    int is_single = node->kind != want && cfg->type == SL_T_LIST &&
                    (node->kind == SL_YAML_SCALAR || cfg->setting->item == SL_T_GROUP);
    uint32_t n = is_single ? 1 : node->count;
    char text[PATH_TEXT];

    if (node->kind != want && !is_single) {
        (void)snprintf(text, sizeof(text), "must be %s, not %s", sl_value_type_of(cfg->type)->what,
                       sl_yaml_describe(node));
        complain(k, cfg, "config.setting.type", text);
        return k->rc;
    }
    cfg->items = sl_arena_array(k->c->arena, n, sizeof(*cfg->items));
    if (!cfg->items) {
        fail(k, SL_E_NOMEM);
        return k->rc;
    }
    if (is_single) {
        init_item(&cfg->items[cfg->count++], cfg, NULL);
        return check_value(k, &cfg->items[0], node);
    }
    for (const sl_yaml_item *i = node->items; i; i = i->next) {
        sl_config *item = &cfg->items[cfg->count++];

        init_item(item, cfg, i->key ? i->key->text : NULL);
        (void)check_value(k, item, i->value); /* kept in k->rc */
    }
    check_range(k, cfg);
    return k->rc;
}

/* Check what is written for CFG, of any type. */
static sl_status check_value(check *k, sl_config *cfg, const sl_yaml *node)
{
    cfg->node = node;
    cfg->flags |= SL_CONFIG_WRITTEN;
    if (node->kind == SL_YAML_SCALAR && node->type == SL_YAML_NULL) {
        complain(k, cfg, "config.setting.empty", "has no value");
        sl_diag_hint(k->c->diags, "leave the setting out, or write \"\" for an empty text");
        return k->rc;
    }
    if (cfg->type == SL_T_LIST || cfg->type == SL_T_MAP)
        return check_many(k, cfg, node);
    if (cfg->type != SL_T_GROUP)
        return check_scalar(k, cfg, node);
    if (node->kind == SL_YAML_MAP) {
        check_group(k, cfg, cfg->setting->child, node, 1);
        return k->rc;
    }
    complain(k, cfg, "config.setting.type", "must be a map of settings");
    return k->rc;
}

/* What was read from a default does not stand in a file. */
static void forget_places(sl_config *cfg)
{
    cfg->node = NULL;
    cfg->value.node = NULL;
    cfg->flags &= ~SL_CONFIG_WRITTEN;
    cfg->flags |= SL_CONFIG_DEFAULT;
    for (uint32_t i = 0; i < cfg->count; i++)
        forget_places(&cfg->items[i]);
}

/* The default of a list, map or group is YAML. */
static void default_tree(check *k, sl_config *cfg)
{
    const char *text = cfg->setting->fallback;
    sl_text_file *file = sl_text_file_new(k->c->arena->mem, "a default", text, strlen(text));
    check own = {.c = k->c, .subject = k->subject, .nest = k->nest};
    sl_yaml *node = NULL;

    if (!file) {
        fail(k, sl_arena_set_short(k->c->arena));
        return;
    }
    own.rc = sl_yaml_read(file, k->c->arena, k->c->diags, &node);
    if (own.rc == SL_OK && node)
        (void)check_value(&own, cfg, node);
    forget_places(cfg);
    if (own.rc != SL_OK)
        fail(k, own.rc);
    sl_text_file_unref(file);
}

/* A table's own default, which is written as a user would write it. */
static void set_default(check *k, sl_config *cfg)
{
    const sl_value_type *type = sl_value_type_of(cfg->type);
    const char *text = cfg->setting->fallback;
    size_t len = strlen(text);

    if (!type->parse) {
        default_tree(k, cfg);
        return;
    }
    cfg->flags |= SL_CONFIG_DEFAULT;
    if (len >= 2 && (text[0] == '"' || text[0] == '\'') && text[len - 1] == text[0]) {
        text++;
        len -= 2;
    }
    cfg->value.text = sl_arena_dup(k->c->arena, text, len);
    cfg->value.len = (uint32_t)len;
    if (!cfg->value.text)
        fail(k, SL_E_NOMEM);
    else if (!type->parse(cfg, cfg->value.text, len))
        diag_type(k, cfg);
}

static void diag_missing(check *k, const sl_config *group, const sl_config *cfg)
{
    const sl_setting *s = cfg->setting;
    char path[PATH_TEXT];

    path_of(cfg, path);
    sl_diag(k->c->diags, SL_DIAG_ERROR, "config.setting.missing",
            group->parent ? place_of(k, group) : k->subject->owner, "%s needs the setting \"%s\"",
            k->subject->name, path);
    if (s->brief)
        sl_diag_note(k->c->diags, "%s: %s", s->name, s->brief);
    if (s->example)
        sl_diag_note(k->c->diags, "for example %s: %s", s->name, s->example);
    if (k->subject->more)
        sl_diag_note(k->c->diags, "%s", k->subject->more);
    fail(k, SL_E_CONFIG);
}

/* Fill in what was not written of a group. IS_WRITTEN: the group itself was, so its required
 * settings must be there. */
static void fill_rest(check *k, sl_config *group, int is_written)
{
    for (uint32_t i = 0; i < group->count; i++) {
        sl_config *cfg = &group->items[i];
        const sl_setting *s = cfg->setting;

        if (cfg->flags & SL_CONFIG_WRITTEN)
            continue;
        if (s->flags & SL_S_REQUIRED && is_written && !(cfg->flags & SL_CONFIG_MEANT))
            diag_missing(k, group, cfg);
        if (s->fallback)
            set_default(k, cfg);
        else if (cfg->type == SL_T_GROUP && k->nest < TABLE_MAX_NEST)
            check_group(k, cfg, s->child, NULL, 0);
    }
}

static void diag_deprecated(check *k, const sl_setting *s, const sl_yaml *key)
{
    sl_diag(k->c->diags, SL_DIAG_WARNING, "config.setting.deprecated", sl_yaml_place(key),
            "%s: the setting \"%s\" is now \"%s\"", k->subject->name, s->name, s->replaced_by);
    sl_diag_hint(k->c->diags, "write \"%s\" to silence this", s->replaced_by);
}

static sl_config *item_of(sl_config *group, const sl_setting *s)
{
    for (uint32_t i = 0; i < group->count; i++) {
        if (group->items[i].setting == s)
            return &group->items[i];
    }
    return NULL;
}

/* One pair of a group, as the user wrote it. */
static void check_pair(check *k, sl_config *group, const sl_setting *table,
                       const sl_yaml_item *pair)
{
    const sl_setting *s = find_setting(table, pair->key->text);
    sl_config *cfg;

    if (!s) {
        diag_unknown(k, group, table, pair->key);
        return;
    }
    if (s->replaced_by) {
        const sl_setting *better = find_setting(table, s->replaced_by);

        diag_deprecated(k, s, pair->key);
        if (better)
            s = better;
    }
    cfg = item_of(group, s);
    if (!cfg)
        return;
    if (cfg->flags & SL_CONFIG_WRITTEN) {
        sl_diag(k->c->diags, SL_DIAG_ERROR, "config.setting.twice", sl_yaml_place(pair->key),
                "%s: \"%s\" and \"%.80s\" are the same setting", k->subject->name, s->name,
                pair->key->text);
        fail(k, SL_E_CONFIG);
        return;
    }
    (void)check_value(k, cfg, pair->value); /* kept in k->rc */
}

static void check_group(check *k, sl_config *group, const sl_setting *table, const sl_yaml *map,
                        int is_written)
{
    uint32_t n = 0;

    for (const sl_setting *s = table; s && s->name; s = sl_setting_next(s))
        n++;
    group->items = sl_arena_array(k->c->arena, n, sizeof(*group->items));
    if (!group->items) {
        fail(k, SL_E_NOMEM);
        return;
    }
    for (const sl_setting *s = table; s && s->name; s = sl_setting_next(s)) {
        sl_config *cfg = &group->items[group->count++];

        cfg->setting = s;
        cfg->parent = group;
        cfg->key = s->name;
        cfg->type = s->type;
    }
    k->nest++;
    for (const sl_yaml_item *i = map ? map->items : NULL; i; i = i->next)
        check_pair(k, group, table, i);
    fill_rest(k, group, is_written);
    k->nest--;
}

sl_status sl_values_check_one(const sl_checker *checker, const sl_subject *subject,
                              const sl_setting *s, const sl_yaml *node, sl_config *cfg)
{
    static const sl_config root = {.type = SL_T_GROUP};
    check k = {.c = checker, .subject = subject, .rc = SL_OK};

    cfg->setting = s;
    cfg->parent = &root;
    cfg->key = s->name;
    cfg->type = s->type;
    return check_value(&k, cfg, node);
}

sl_status sl_values_check(const sl_checker *checker, const sl_subject *subject,
                          const sl_setting *table, const sl_yaml *map, sl_config *root)
{
    check k = {.c = checker, .subject = subject, .rc = SL_OK};

    root->type = SL_T_GROUP;
    root->flags |= SL_CONFIG_WRITTEN;
    if (map && map->kind == SL_YAML_SCALAR && map->type == SL_YAML_NULL)
        map = NULL;
    if (map && map->kind != SL_YAML_MAP) {
        sl_diag(checker->diags, SL_DIAG_ERROR, "config.setting.type", sl_yaml_place(map),
                "%s takes a map of settings, not %s", subject->place, sl_yaml_describe(map));
        fail(&k, SL_E_CONFIG);
        map = NULL;
        check_group(&k, root, table, map, 0);
        return k.rc;
    }
    root->node = map;
    check_group(&k, root, table, map, 1);
    return k.rc;
}
