/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/sluice/pipeline.c - a pipeline on the line, as the text of a graph.
 *
 * "file:clicks.json | select:{where: a > 1} | stdout": steps between bars, each a class and, behind
 * a colon, the value of its main setting (the first required one, else the first) or its settings
 * in braces as in a graph file. The first step is a source, the last a sink, those between
 * transforms; `decode` in front of a name in between makes it a decoder ("decode json"). What is
 * read by an extension gets its decoder: file:clicks.json is decoded by json. Mistakes in settings
 * are found when the text is read as a graph.
 */
#include <ctype.h>
#include <string.h>

#include <sluice/sdk.h>

#include "engine/config/textbuf.h"
#include "tools/sluice/load.h"

#define MAX_STEPS 16u

typedef struct step {
    char name[64];
    char node[80];   /* of the graph: the class's name, with a number when it is there already */
    const char *arg; /* behind the colon; NULL: none */
    size_t arg_len;
    int is_decoder;
} step;

/* Decoders by the end of a file's name. */
static const struct {
    const char *suffix;
    const char *decoder;
} suffixes[] = {
    {".json", "json"}, {".ndjson", "json"}, {".jsonl", "json"}, {".csv", "csv"},
    {".tsv", "csv"},   {".log", "lines"},   {".txt", "lines"},
};

int sl_is_pipeline(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");

    if (strchr(name, '\n'))
        return 0;
    return strchr(name, '|') != NULL || (n && name[n] == ':');
}

/* The end of the step that begins at P: a bar outside of quotes and braces, or the end. */
static const char *step_end(const char *p)
{
    char quote = 0;
    int depth = 0;

    for (; *p; p++) {
        if (quote) {
            quote = *p == quote ? 0 : quote;
        } else if (*p == '"' || *p == '\'') {
            quote = *p;
        } else if (*p == '{' || *p == '[') {
            depth++;
        } else if (*p == '}' || *p == ']') {
            depth--;
        } else if (*p == '|' && depth <= 0) {
            break;
        }
    }
    return p;
}

static int read_step(const char *p, const char *end, step *out)
{
    size_t n;

    while (p < end && isspace((unsigned char)*p))
        p++;
    while (end > p && isspace((unsigned char)end[-1]))
        end--;
    out->is_decoder = end - p > 7 && !strncmp(p, "decode ", 7);
    if (out->is_decoder)
        p += 7;
    for (n = 0; p + n < end && p[n] != ':' && !isspace((unsigned char)p[n]); n++)
        ;
    if (!n || n >= sizeof out->name || (p + n < end && p[n] != ':'))
        return 0;
    memcpy(out->name, p, n);
    out->name[n] = '\0';
    out->arg = p + n < end ? p + n + 1 : NULL;
    out->arg_len = out->arg ? (size_t)(end - out->arg) : 0;
    return 1;
}

/* The setting that a bare value is for. */
static const char *main_setting(const sl_class *klass)
{
    if (!klass || !klass->settings || !klass->settings->name)
        return NULL;
    for (const sl_setting *s = klass->settings; s->name; s++) {
        if (s->flags & SL_S_REQUIRED)
            return s->name;
    }
    return klass->settings->name;
}

/* with: {…} of a step. */
static sl_status add_with(sl_textbuf *out, const step *s, const sl_class *klass, sl_error *err)
{
    SL_CLEANUP(sl_mem_freep) char *value = NULL;
    const char *setting = main_setting(klass);
    sl_json quoted;

    if (!s->arg || (!klass && s->arg[0] != '{'))
        return SL_OK; /* that there is no such class is said when the text is read */
    if (s->arg_len && s->arg[0] == '{') {
        sl_textbuf_puts(out, ", with: ");
        sl_textbuf_add(out, s->arg, s->arg_len);
        return SL_OK;
    }
    if (!setting)
        return sl_error_set(err, SL_E_CONFIG, "config.pipeline",
                            "%s takes no value behind its name; see sluice plugin show %s", s->name,
                            s->name);
    sl_json_init(&quoted, out->mem, 0);
    if (s->arg_len > 1 && (s->arg[0] == '"' || s->arg[0] == '\''))
        sl_json_textn(&quoted, NULL, s->arg + 1, s->arg_len - 2);
    else
        sl_json_textn(&quoted, NULL, s->arg, s->arg_len);
    value = sl_json_take(&quoted, NULL);
    if (!value)
        return sl_error_set(err, SL_E_NOMEM, "memory.short", "memory is short");
    sl_textbuf_printf(out, ", with: { %s: %s", setting, value);
    sl_textbuf_puts(out, " }");
    return SL_OK;
}

static const char *decoder_of(const step *s)
{
    for (size_t i = 0; s->arg && i < sizeof suffixes / sizeof *suffixes; i++) {
        const char *end = s->arg + s->arg_len;
        size_t n = strlen(suffixes[i].suffix);
        size_t gz = s->arg_len > 3 && !strncmp(end - 3, ".gz", 3)    ? 3
                    : s->arg_len > 4 && !strncmp(end - 4, ".zst", 4) ? 4
                                                                     : 0;

        if (s->arg_len >= n + gz && !strncmp(end - gz - n, suffixes[i].suffix, n))
            return suffixes[i].decoder;
    }
    return NULL;
}

/* Give every step a node's name. */
static void name_nodes(step *steps, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t same = 1;

        for (uint32_t k = 0; k < i; k++)
            same += !strcmp(steps[k].name, steps[i].name);
        if (same == 1)
            (void)snprintf(steps[i].node, sizeof steps[i].node, "%.63s", steps[i].name);
        else
            (void)snprintf(steps[i].node, sizeof steps[i].node, "%.63s%u", steps[i].name, same);
    }
}

/* One node of the text. */
static sl_status add_step(sl_textbuf *out, const sl_registry *reg, const step *steps, uint32_t i,
                          uint32_t n, sl_error *err)
{
    static const struct {
        const char *role, *kind;
    } roles[] = {{"decode", SL_CLASS_DECODER},
                 {"source", SL_CLASS_SOURCE},
                 {"sink", SL_CLASS_SINK},
                 {"transform", SL_CLASS_TRANSFORM}};
    const step *s = &steps[i];
    uint32_t role = s->is_decoder ? 0 : !i ? 1 : i + 1 == n ? 2 : 3;
    const char *decoder = !i && n > 1 && !steps[1].is_decoder ? decoder_of(s) : NULL;
    sl_status rc;

    sl_textbuf_printf(out, "  \"%s\": { %s: \"%s\"", s->node, roles[role].role, s->name);
    if (i)
        sl_textbuf_printf(out, ", from: \"%s\"", steps[i - 1].node);
    rc = add_with(out, s, sl_registry_find(reg, roles[role].kind, s->name, NULL), err);
    if (decoder)
        sl_textbuf_printf(out, ", decode: %s", decoder);
    sl_textbuf_puts(out, " }\n");
    return rc;
}

char *sl_pipeline_text(sl_mem *mem, const sl_registry *reg, const char *line, sl_error *err)
{
    step steps[MAX_STEPS];
    sl_status rc = SL_OK;
    const char *end;
    uint32_t n = 0;
    sl_textbuf out;
    char *text;

    for (const char *p = line;; p = end + 1) {
        end = step_end(p);
        if (n == MAX_STEPS || !read_step(p, end, &steps[n++])) {
            (void)sl_error_set(err, SL_E_CONFIG, "config.pipeline",
                               "a pipeline is SOURCE:VALUE | TRANSFORM:VALUE | SINK, not \"%s\"",
                               line);
            return NULL;
        }
        if (!*end)
            break;
    }
    name_nodes(steps, n);
    sl_textbuf_init(&out, mem);
    sl_textbuf_puts(&out, "sluice: 1\nname: pipeline\nnodes:\n");
    for (uint32_t i = 0; i < n && rc == SL_OK; i++)
        rc = add_step(&out, reg, steps, i, n, err);
    text = rc == SL_OK ? sl_textbuf_take(&out) : NULL;
    sl_textbuf_fini(&out);
    if (rc == SL_OK && !text)
        (void)sl_error_set(err, SL_E_NOMEM, "memory.short", "memory is short");
    return text;
}
