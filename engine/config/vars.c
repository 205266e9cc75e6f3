/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/vars.c - ${…} in values.
 *
 * A table says what each kind of reference does. Variables are resolved when they are first used
 * and remembered; one that is asked for while it is being resolved stands in a circle. Each value
 * keeps the parts it was made of, so that a place in it leads back to the file.
 */
#include "engine/config/vars.h"

#include <stdlib.h>
#include <string.h>

#define VAR_NEW       0
#define VAR_RESOLVING 1
#define VAR_DONE      2
#define VAR_BAD       3

#define SECRET_FILE_MAX (1u << 20)

typedef struct variable {
    struct variable *next;
    const char *name;
    const sl_yaml *node; /* NULL: not in a file */
    const char *set;     /* from outside; NULL: not set there */
    int state;
    int is_used;
    sl_value value;
} variable;

struct sl_vars {
    sl_env *env;
    sl_arena *arena;
    sl_diags *diags;
    variable *first;
    variable **end;
    uint32_t count;
};

/* One reference while it is being put in. */
typedef struct reference {
    sl_vars *vars;
    const sl_yaml *node;
    uint32_t at; /* of the ${…} in the text of node */
    uint32_t at_len;
    const char *name;    /* behind the ':' */
    const char *instead; /* behind ":-"; NULL: none */
    const char *text;    /* the result */
    size_t len;
    uint32_t flags;
} reference;

typedef struct reference_kind {
    const char *name;
    uint32_t flags;
    sl_status (*get)(reference *ref);
} reference_kind;

/* Finding a place walks the whole text before it, so it is only done for messages. */
static sl_place place_of(const reference *ref)
{
    return sl_yaml_text_place(ref->node, ref->at, ref->at_len);
}

sl_vars *sl_vars_new(sl_env *env, sl_arena *arena, sl_diags *diags)
{
    sl_vars *vars = sl_arena_array(arena, 1, sizeof(*vars));

    if (!vars)
        return NULL;
    vars->env = env;
    vars->arena = arena;
    vars->diags = diags;
    vars->end = &vars->first;
    return vars;
}

char *sl_path_beside(sl_arena *arena, const sl_text_file *file, const char *name)
{
    const char *slash = strrchr(file->name, '/');

    if (name[0] == '/' || !slash)
        return sl_arena_dup(arena, name, strlen(name));
    return sl_arena_printf(arena, "%.*s/%s", (int)(slash - file->name), file->name, name);
}

/* ---- variables ----------------------------------------------------------------------------- */

static variable *find_variable(const sl_vars *vars, const char *name, size_t len)
{
    for (variable *v = vars->first; v; v = v->next) {
        if (strlen(v->name) == len && memcmp(v->name, name, len) == 0)
            return v;
    }
    return NULL;
}

static variable *add_variable(sl_vars *vars, const char *name, size_t len)
{
    variable *v = sl_arena_array(vars->arena, 1, sizeof(*v));

    if (!v)
        return NULL;
    v->name = sl_arena_dup(vars->arena, name, len);
    if (!v->name)
        return NULL;
    *vars->end = v;
    vars->end = &v->next;
    vars->count++;
    return v;
}

#define VARS_MAX 1000u

void sl_vars_define(sl_vars *vars, const sl_yaml *map)
{
    for (const sl_yaml_item *i = map->items; i; i = i->next) {
        variable *v = find_variable(vars, i->key->text, i->key->text_len);

        if (v && v->node) {
            sl_diag(vars->diags, SL_DIAG_ERROR, "config.var.twice", sl_yaml_place(i->key),
                    "the variable \"%.80s\" is defined twice", i->key->text);
            sl_diag_note(vars->diags, "names are unique over a file and all that it includes");
            continue;
        }
        if (vars->count >= VARS_MAX) {
            sl_diag(vars->diags, SL_DIAG_ERROR, "config.var.count", sl_yaml_place(i->key),
                    "more than %u variables", VARS_MAX);
            return;
        }
        if (i->value->kind != SL_YAML_SCALAR) {
            sl_diag(vars->diags, SL_DIAG_ERROR, "config.var.shape", sl_yaml_place(i->value),
                    "the variable \"%.80s\" must be one value, not %s", i->key->text,
                    sl_yaml_describe(i->value));
        }
        if (!v)
            v = add_variable(vars, i->key->text, i->key->text_len);
        if (!v)
            return;
        v->node = i->value;
        if (i->value->kind != SL_YAML_SCALAR)
            v->state = VAR_BAD;
    }
}

void sl_vars_set(sl_vars *vars, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    sl_place nowhere = {0};
    variable *v;

    if (!equals || equals == assignment) {
        sl_diag(vars->diags, SL_DIAG_ERROR, "config.set.syntax", nowhere,
                "--set takes NAME=VALUE, not \"%.80s\"", equals ? "=…" : assignment);
        return;
    }
    v = find_variable(vars, assignment, (size_t)(equals - assignment));
    if (!v)
        v = add_variable(vars, assignment, (size_t)(equals - assignment));
    if (!v)
        return;
    v->set = equals + 1;
    v->state = VAR_NEW;
}

static void list_names(const sl_vars *vars, sl_diags *diags)
{
    char names[256];
    size_t n = 0;

    for (const variable *v = vars->first; v; v = v->next) {
        size_t len = strlen(v->name);

        if (n + len + 8 > sizeof(names)) {
            memcpy(names + n, ", …", sizeof(", …") - 1);
            n += sizeof(", …") - 1;
            break;
        }
        if (n) {
            memcpy(names + n, ", ", 2);
            n += 2;
        }
        memcpy(names + n, v->name, len);
        n += len;
    }
    names[n] = 0;
    if (n)
        sl_diag_note(diags, "variables: %s", names);
}

static const char *suggest_variable(const sl_vars *vars, const char *name, int only_defined)
{
    SL_CLEANUP(sl_mem_freep)
    const char **names = sl_mem_zalloc(vars->arena->mem, (size_t)vars->count + 1, sizeof(char *));
    uint32_t n = 0;

    if (!names)
        return NULL;
    for (const variable *v = vars->first; v; v = v->next) {
        if (v->node || !only_defined)
            names[n++] = v->name;
    }
    return sl_suggest(name, names, n);
}

static sl_status diag_unknown(reference *ref)
{
    const sl_vars *vars = ref->vars;
    const char *better = suggest_variable(vars, ref->name, 0);

    sl_diag(vars->diags, SL_DIAG_ERROR, "config.var.unknown", place_of(ref),
            "there is no variable \"%.80s\"", ref->name);
    if (better)
        sl_diag_hint(vars->diags, "did you mean \"%s\"?", better);
    else
        sl_diag_hint(vars->diags, "define it under vars: or by --set %.80s=VALUE", ref->name);
    list_names(vars, vars->diags);
    return SL_E_CONFIG;
}

/* Make the value of V, once. */
static sl_status settle(sl_vars *vars, variable *v)
{
    sl_status rc;

    if (v->set) {
        v->value.text = v->set;
        v->value.len = (uint32_t)strnlen(v->set, SL_VALUE_MAX);
        v->state = VAR_DONE;
        return SL_OK;
    }
    v->state = VAR_RESOLVING;
    rc = sl_vars_resolve(vars, v->node, &v->value);
    v->state = rc == SL_OK ? VAR_DONE : VAR_BAD;
    return rc;
}

static sl_status get_var(reference *ref)
{
    sl_vars *vars = ref->vars;
    variable *v = find_variable(vars, ref->name, strlen(ref->name));

    if (!v)
        return diag_unknown(ref);
    v->is_used = 1;
    if (v->state == VAR_RESOLVING) {
        sl_diag(vars->diags, SL_DIAG_ERROR, "config.var.cycle", place_of(ref),
                "the variable \"%.80s\" stands for itself", v->name);
        return SL_E_CONFIG;
    }
    if (v->state == VAR_NEW && !v->set && v->node->type == SL_YAML_NULL) {
        sl_diag(vars->diags, SL_DIAG_ERROR, "config.var.unset", place_of(ref),
                "the variable \"%.80s\" has no value", v->name);
        sl_diag_hint(vars->diags, "give it one under vars: or by --set %.80s=VALUE", v->name);
        return SL_E_CONFIG;
    }
    if (v->state == VAR_NEW && settle(vars, v) == SL_E_NOMEM)
        return SL_E_NOMEM;
    if (v->state != VAR_DONE)
        return SL_E_CONFIG; /* said already, where the variable is defined */
    ref->text = v->value.text;
    ref->len = v->value.len;
    ref->flags |= v->value.flags;
    return SL_OK;
}

void sl_vars_check_used(sl_vars *vars)
{
    sl_place nowhere = {0};

    for (const variable *v = vars->first; v; v = v->next) {
        const char *better;

        if (v->node || v->is_used)
            continue;
        better = suggest_variable(vars, v->name, 1);
        sl_diag(vars->diags, SL_DIAG_ERROR, "config.set.unknown", nowhere,
                "--set %.80s: the graph has no such variable", v->name);
        if (better)
            sl_diag_hint(vars->diags, "did you mean \"%s\"?", better);
    }
}

/* ---- what comes from outside ---------------------------------------------------------------- */

static sl_status get_env(reference *ref)
{
    const char *value = getenv(ref->name);

    if ((!value || !*value) && ref->instead)
        value = ref->instead;
    if (!value) {
        sl_diag(ref->vars->diags, SL_DIAG_ERROR, "config.env.unset", place_of(ref),
                "the environment variable %.80s is not set", ref->name);
        sl_diag_hint(ref->vars->diags, "set it, or write ${env:%.80s:-default}", ref->name);
        return SL_E_CONFIG;
    }
    ref->text = value;
    ref->len = strnlen(value, SL_VALUE_MAX);
    return SL_OK;
}

/* The content of a file without the line end at its end. */
static sl_status get_content(reference *ref, const char *path, const char *code)
{
    sl_vars *vars = ref->vars;
    SL_CLEANUP(sl_mem_freep) char *bytes = NULL;
    sl_error err = {0};
    size_t len = 0;
    sl_status rc =
        sl_file_slurp(vars->env, vars->arena->mem, path, SECRET_FILE_MAX, &bytes, &len, &err);

    if (rc == SL_E_NOMEM)
        return sl_arena_set_short(vars->arena);
    if (rc == SL_OK && memchr(bytes, 0, len))
        rc = sl_error_set(&err, SL_E_CONFIG, code, "%s holds the character NUL", path);
    if (rc != SL_OK) {
        sl_diag(vars->diags, SL_DIAG_ERROR, code, place_of(ref), "%s", err.text);
        return SL_E_CONFIG;
    }
    if (len && bytes[len - 1] == '\n')
        len--;
    if (len && bytes[len - 1] == '\r')
        len--;
    ref->text = sl_arena_dup(vars->arena, bytes, len);
    ref->len = len;
    return ref->text ? SL_OK : SL_E_NOMEM;
}

static sl_status get_file(reference *ref)
{
    const char *path = sl_path_beside(ref->vars->arena, ref->node->file, ref->name);

    return path ? get_content(ref, path, "config.ref.file") : SL_E_NOMEM;
}

static sl_status get_cred(reference *ref)
{
    sl_diags *diags = ref->vars->diags;
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    const char *path;
    sl_status rc;

    if (strchr(ref->name, '/') || ref->name[0] == '.') {
        sl_diag(diags, SL_DIAG_ERROR, "config.cred.name", place_of(ref),
                "\"%.80s\" is no name of a credential", ref->name);
        sl_diag_hint(diags, "a name has no / and does not begin with a dot");
        return SL_E_CONFIG;
    }
    if (!folder) {
        sl_diag(diags, SL_DIAG_ERROR, "config.cred.missing", place_of(ref),
                "no credential \"%.80s\": CREDENTIALS_DIRECTORY is not set", ref->name);
        sl_diag_note(diags,
                     "systemd sets it (LoadCredential=%.80s:PATH); by hand, let it name a "
                     "folder with the file %.80s",
                     ref->name, ref->name);
        return SL_E_CONFIG;
    }
    path = sl_arena_printf(ref->vars->arena, "%s/%s", folder, ref->name);
    if (!path)
        return SL_E_NOMEM;
    rc = get_content(ref, path, "config.cred.missing");
    if (rc == SL_E_CONFIG)
        sl_diag_note(diags, "under systemd: LoadCredential=%.80s:PATH", ref->name);
    return rc;
}

static sl_status get_secret(reference *ref)
{
    sl_diag(ref->vars->diags, SL_DIAG_ERROR, "config.secret.store", place_of(ref),
            "there is no secret store for \"%.80s\"", ref->name);
    sl_diag_hint(ref->vars->diags, "use ${cred:NAME} or ${file:PATH}");
    return SL_E_CONFIG;
}

static const reference_kind reference_kinds[] = {
    {"var", 0, get_var},
    {"env", SL_VALUE_REFERENCE, get_env},
    {"file", SL_VALUE_REFERENCE | SL_VALUE_SECRET, get_file},
    {"cred", SL_VALUE_REFERENCE | SL_VALUE_SECRET, get_cred},
    {"secret", SL_VALUE_REFERENCE | SL_VALUE_SECRET, get_secret},
};

#define NKINDS (sizeof(reference_kinds) / sizeof(*reference_kinds))

/* ---- putting references in ------------------------------------------------------------------ */

typedef struct filler {
    sl_vars *vars;
    const sl_yaml *node;
    char *text;
    size_t len;
    size_t cap;
    sl_value_part *parts;
    uint32_t nparts;
    uint32_t flags;
    uint32_t nfailed;
    sl_status rc; /* the worst so far */
} filler;

/* So many wrong references of one value are told. */
#define FAILURES_MAX 20u

static void note_failure(filler *f, sl_status rc)
{
    f->nfailed += rc != SL_OK;
    if (f->rc != SL_E_NOMEM && rc != SL_OK)
        f->rc = rc;
}

static void add_part(filler *f, const char *text, size_t len, uint32_t from, uint32_t from_len,
                     int is_ref)
{
    sl_mem *mem = f->vars->arena->mem;
    sl_value_part *part;

    if (f->rc != SL_OK)
        return;
    if (len > SL_VALUE_MAX - f->len) {
        sl_diag(f->vars->diags, SL_DIAG_ERROR, "config.var.size", sl_yaml_place(f->node),
                "with all references put in, this value is longer than %u bytes", SL_VALUE_MAX);
        note_failure(f, SL_E_CONFIG);
        return;
    }
    if (f->len + len + 1 > f->cap) {
        size_t cap = (f->len + len + 1) * 2;
        char *more = sl_mem_resize(mem, f->text, cap);

        if (!more) {
            note_failure(f, sl_arena_set_short(f->vars->arena));
            return;
        }
        f->text = more;
        f->cap = cap;
    }
    part = &f->parts[f->nparts++];
    part->at = (uint32_t)f->len;
    part->len = (uint32_t)len;
    part->from = from;
    part->from_len = from_len;
    part->is_ref = is_ref;
    if (len)
        memcpy(f->text + f->len, text, len);
    f->len += len;
}

/* Split the inside of ${…} (a copy, changed) into kind, name and what stands behind ":-". */
static const reference_kind *split(char *inside, reference *ref)
{
    char *colon = strchr(inside, ':');
    char *instead;

    if (!colon)
        return NULL;
    *colon = 0;
    ref->name = colon + 1;
    for (size_t i = 0; i < NKINDS; i++) {
        if (strcmp(inside, reference_kinds[i].name) != 0)
            continue;
        instead = strcmp(inside, "env") == 0 ? strstr(colon + 1, ":-") : NULL;
        if (instead) {
            *instead = 0;
            ref->instead = instead + 2;
        }
        return ref->name[0] ? &reference_kinds[i] : NULL;
    }
    return NULL;
}

static void diag_reference(filler *f, sl_place place, const char *inside, size_t len)
{
    sl_diag(f->vars->diags, SL_DIAG_ERROR, "config.ref.syntax", place,
            "\"${%.*s}\" is no reference that is known", (int)(len > 80 ? 80 : len), inside);
    if (len && !memchr(inside, ':', len))
        sl_diag_hint(f->vars->diags, "did you mean \"${var:%.*s}\"?", (int)(len > 80 ? 80 : len),
                     inside);
    sl_diag_note(f->vars->diags,
                 "known are ${var:X}, ${env:X}, ${env:X:-default}, ${file:PATH} and "
                 "${cred:NAME}; $${ stands for ${ itself");
    note_failure(f, SL_E_CONFIG);
}

/* Put in the reference of LEN bytes at AT of the text ("${" and "}" counted). */
static void fill_one(filler *f, uint32_t at, uint32_t len)
{
    const char *inside = f->node->text + at + 2;
    reference ref = {.vars = f->vars, .node = f->node};
    const reference_kind *kind;
    char *copy = sl_arena_dup(f->vars->arena, inside, len - 3);
    sl_status rc;

    if (!copy) {
        note_failure(f, SL_E_NOMEM);
        return;
    }
    ref.at = at;
    ref.at_len = len;
    kind = split(copy, &ref);
    if (!kind) {
        diag_reference(f, place_of(&ref), inside, len - 3);
        return;
    }
    rc = kind->get(&ref);
    if (rc != SL_OK) {
        note_failure(f, rc);
        return;
    }
    f->flags |= kind->flags | ref.flags;
    add_part(f, ref.text, ref.len, at, len, 1);
}

/* The first "${" of TEXT before END; NULL: none. It looks at no byte behind the hit. */
static const char *find_open(const char *text, const char *end)
{
    while ((text = memchr(text, '$', (size_t)(end - text))) != NULL) {
        text++;
        if (text < end && *text == '{')
            return text - 1;
    }
    return NULL;
}

static void fill(filler *f)
{
    const char *text = f->node->text;
    const char *end = text + f->node->text_len;
    uint32_t done = 0;
    uint32_t at = 0;

    while (at < f->node->text_len && f->nfailed < FAILURES_MAX) {
        const char *hit = find_open(text + at, end);
        const char *close;
        uint32_t len;

        if (!hit)
            break;
        at = (uint32_t)(hit - text);
        if (at > done && hit[-1] == '$') {
            add_part(f, text + done, at - 1 - done, done, at - 1 - done, 0);
            add_part(f, "${", 2, at - 1, 3, 1);
            at += 2;
            done = at;
            continue;
        }
        add_part(f, text + done, at - done, done, at - done, 0);
        close = memchr(hit, '}', (size_t)(end - hit));
        if (!close) {
            sl_diag(f->vars->diags, SL_DIAG_ERROR, "config.ref.open",
                    sl_yaml_text_place(f->node, at, 2), "a \"${\" that no \"}\" closes");
            sl_diag_hint(f->vars->diags, "write $${ for a ${ that is meant as it is");
            note_failure(f, SL_E_CONFIG);
            return;
        }
        len = (uint32_t)(close - hit) + 1;
        fill_one(f, at, len);
        at += len;
        done = at;
    }
    add_part(f, text + done, f->node->text_len - done, done, f->node->text_len - done, 0);
}

/* At most two parts for each "${" and one more. */
static uint32_t count_parts(const char *text, const char *end)
{
    uint32_t n = 2;

    while ((text = find_open(text, end)) != NULL) {
        n += 2;
        text += 2;
    }
    return n;
}

sl_status sl_vars_resolve(sl_vars *vars, const sl_yaml *node, sl_value *out)
{
    filler f = {.vars = vars, .node = node};
    const char *end = node->text + node->text_len;

    memset(out, 0, sizeof(*out));
    out->node = node;
    out->text = node->text;
    out->len = node->text_len;
    if (!find_open(node->text, end))
        return SL_OK;
    f.parts = sl_arena_array(vars->arena, count_parts(node->text, end), sizeof(*f.parts));
    if (!f.parts)
        return SL_E_NOMEM;
    fill(&f);
    if (f.rc == SL_OK) {
        out->text = sl_arena_dup(vars->arena, f.text ? f.text : "", f.len);
        if (!out->text)
            f.rc = SL_E_NOMEM;
        out->len = (uint32_t)f.len;
        out->flags = f.flags;
        out->parts = f.parts;
        out->nparts = f.nparts;
    }
    sl_mem_free(f.text);
    return f.rc;
}

/* The place in the scalar's text of byte AT of the value; what came by reference is all of it. */
static void source_range(const sl_value *value, uint32_t at, uint32_t *from, uint32_t *len)
{
    *from = at;
    *len = 1;
    for (uint32_t i = 0; i < value->nparts; i++) {
        const sl_value_part *part = &value->parts[i];

        if (at < part->at || at - part->at >= part->len)
            continue;
        *from = part->is_ref ? part->from : part->from + (at - part->at);
        *len = part->is_ref ? part->from_len : 1;
        return;
    }
}

sl_place sl_value_place(const sl_value *value, uint32_t at, uint32_t len)
{
    sl_place nowhere = {0};
    uint32_t first;
    uint32_t first_len;
    uint32_t last;
    uint32_t last_len;

    if (!value->node)
        return nowhere;
    if (len == 0 || at >= value->len)
        return sl_yaml_place(value->node);
    if (len > value->len - at)
        len = value->len - at;
    if (!value->parts)
        return sl_yaml_text_place(value->node, at, len);
    source_range(value, at, &first, &first_len);
    source_range(value, at + len - 1, &last, &last_len);
    if (last + last_len < first + first_len)
        return sl_yaml_text_place(value->node, first, first_len);
    return sl_yaml_text_place(value->node, first, last + last_len - first);
}
