/* SPDX-License-Identifier: Apache-2.0
 *
 * tools/harness/conform.c - the rules that every class must keep.
 *
 * Each rule is a function that puts the class into some situation and gives NULL or a sentence. The
 * table of rules is run in order, each with a harness of its own, so one broken rule does not hide
 * the next.
 */
#include "tools/harness/harness_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct subject {
    const char *what;
    const char *settings;
    const sl_class *klass;
    char text[512];
} subject;

typedef const char *(*rule_fn)(subject *s);

static const char *told(subject *s, const char *what, const char *why)
{
    (void)snprintf(s->text, sizeof s->text, "%s: %s", what, why ? why : "no reason given");
    return s->text;
}

/* Ends H; gives what is wrong then. */
static const char *ended(subject *s, slc *h, const char *before)
{
    const char *problem = before ? before : slc_problem(h);
    uint64_t left;

    if (problem)
        problem = told(s, "it failed", problem);
    left = slc_free(h);
    if (!problem && left) {
        (void)snprintf(s->text, sizeof s->text, "it left %llu bytes of memory behind",
                       (unsigned long long)left);
        problem = s->text;
    }
    return problem;
}

/* ---- rules --------------------------------------------------------------------------------- */

static const char *tables_have_their_sizes(subject *s)
{
    if (s->klass->size < offsetof(sl_class, extension))
        return "the class's size is below that of the first contract";
    if (!s->klass->ops || *(const uint64_t *)s->klass->ops < 2 * sizeof(uint64_t))
        return "its table of operations has no size";
    return NULL;
}

static const char *class_is_described(subject *s)
{
    if (!s->klass->brief || !s->klass->brief[0])
        return "it has no brief";
    for (const sl_setting *set = s->klass->settings; set && set->name; set++) {
        if (!set->brief || !set->brief[0])
            return told(s, "a setting has no brief", set->name);
        if (set->size != sizeof *set)
            return told(s, "a setting has no size", set->name);
        if (set->type == SL_T_CHOICE && !set->choice)
            return told(s, "a choice has no choices", set->name);
    }
    return NULL;
}

static const char *prepare_has_commit_and_abort(subject *s)
{
    const sl_class *k = s->klass;

    if (k->prepare && (!k->commit || !k->abort))
        return "it prepares, but can't commit or abort";
    if (k->restore && !k->snapshot)
        return "it restores, but never saves";
    return NULL;
}

static const char *opens_and_ends_without_rows(subject *s)
{
    slc *h = slc_new(s->what, s->settings);
    const char *problem = slc_problem(h);

    if (!problem && !slc_end(h))
        problem = slc_problem(h) ? slc_problem(h) : "it did not come to its end";
    return ended(s, h, problem);
}

static const char *barriers_without_rows_pass(subject *s)
{
    slc *h = slc_new(s->what, s->settings);
    const char *problem = slc_problem(h);

    for (int i = 0; i < 3 && !problem && !h->is_done; i++) {
        if (!slc_barrier(h) && !h->is_done)
            problem = slc_problem(h) ? slc_problem(h) : "a barrier did not pass";
    }
    return ended(s, h, problem);
}

static const char *odd_rows_do_not_stop_it(subject *s)
{
    slc *h = slc_new(s->what, s->settings);
    const char *problem = slc_problem(h);

    if (!problem && h->ins) {
        (void)slc_push_json(h, "[{}, {\"payload\": 1}, {\"payload\": null}, {\"x\": [1, {}]}]");
        (void)slc_push_raw(h, "\xff\x00{\n", 4, NULL, (sl_bytes){NULL, 0}, 0);
        (void)slc_push_raw(h, "", 0, NULL, (sl_bytes){NULL, 0}, SL_BATCH_LAST);
        problem = slc_problem(h);
        if (!problem && !slc_end(h))
            problem = slc_problem(h) ? slc_problem(h) : "it did not come to its end";
    }
    return ended(s, h, problem);
}

static const char *restores_what_it_saved(subject *s)
{
    slc *h = slc_new(s->what, s->settings);
    const char *problem = slc_problem(h);

    if (!problem && h->ins) {
        (void)slc_push_json(h, "[{\"a\": 1}]");
        if (!slc_crash_and_restore(h))
            problem = slc_problem(h) ? slc_problem(h) : "it did not come back";
    }
    return ended(s, h, problem);
}

static const char *short_memory_is_no_crash(subject *s)
{
    const char *problem = NULL;

    for (uint64_t n = 1; n < 64 && !problem; n++) {
        slc *h;
        slc_fail_alloc(NULL, n);
        h = slc_new(s->what, s->settings);
        if (!slc_problem(h) && h->ins)
            (void)slc_push_json(h, "[{\"a\": 1}]");
        (void)slc_end(h);
        if (slc_free(h)) {
            (void)snprintf(s->text, sizeof s->text,
                           "memory is left behind when allocation %llu fails",
                           (unsigned long long)n);
            problem = s->text;
        }
        if (slc_allocs() < n)
            break;
    }
    slc_fail_alloc(NULL, 0);
    return problem;
}

static const char *is_destroyed_without_open(subject *s)
{
    slc *h = slc_new(s->what, s->settings);
    const char *problem = slc_problem(h);

    if (!problem) {
        slc_run_drop(h, 0);
        if (slc_run_make(h))
            h->is_done = 1; /* never begun: nothing to be ended */
        slc_run_drop(h, 0);
        problem = slc_problem(h);
    }
    return ended(s, h, problem);
}

static const char *a_second_commit_is_fine(subject *s)
{
    slc *h = slc_new(s->what, s->settings);
    const char *problem = slc_problem(h);

    if (!problem && h->ins) {
        (void)slc_push_json(h, "[{\"a\": 1}]");
        if (!slc_barrier(h) || !slc_restore_last(h) || !slc_restore_last(h))
            problem = slc_problem(h) ? slc_problem(h) : "it did not take its token again";
    }
    return ended(s, h, problem);
}

static const char *failing_files_are_no_crash(subject *s)
{
    const char *problem = NULL;

    for (uint64_t n = 1; n < 64 && !problem; n++) {
        slc *h;
        slc_fail_os(NULL, NULL, n, EIO, 0);
        h = slc_new(s->what, s->settings);
        if (!slc_problem(h) && h->ins)
            (void)slc_push_json(h, "[{\"a\": 1}]");
        (void)slc_end(h);
        if (slc_free(h)) {
            (void)snprintf(s->text, sizeof s->text,
                           "memory is left behind when file call %llu fails",
                           (unsigned long long)n);
            problem = s->text;
        }
        if (slc_os_calls() < n)
            break;
    }
    slc_fail_os(NULL, NULL, 0, 0, 0);
    return problem;
}

static const char *no_credit_is_no_loss(subject *s)
{
    slc *h = slc_new(s->what, s->settings);
    const char *problem = slc_problem(h);

    for (uint32_t i = 0; i < h->outs && !problem; i++)
        slc_credit(h, i, 0);
    for (uint32_t i = 0; i < 40 && !problem && h->ins; i++)
        (void)slc_push_json(h, "[{\"a\": 1}]");
    for (uint32_t i = 0; i < h->outs && !problem; i++)
        slc_credit(h, i, UINT64_MAX);
    if (!problem && !slc_end(h))
        problem = slc_problem(h) ? slc_problem(h) : "it did not come to its end";
    return ended(s, h, problem);
}

static const struct {
    const char *name;
    rule_fn fn;
} rules[] = {
    {"tables have their sizes", tables_have_their_sizes},
    {"the class is described", class_is_described},
    {"prepare comes with commit and abort", prepare_has_commit_and_abort},
    {"opens and ends without rows", opens_and_ends_without_rows},
    {"barriers without rows pass", barriers_without_rows_pass},
    {"odd rows do not stop it", odd_rows_do_not_stop_it},
    {"is destroyed without having been opened", is_destroyed_without_open},
    {"restores what it saved", restores_what_it_saved},
    {"a second commit is fine", a_second_commit_is_fine},
    {"no credit is no loss", no_credit_is_no_loss},
    {"short memory is no crash and no leak", short_memory_is_no_crash},
    {"failing files are no crash and no leak", failing_files_are_no_crash},
};

static char *join(char *text, const char *rule, const char *problem)
{
    size_t old = text ? strlen(text) : 0;
    size_t more = strlen(rule) + strlen(problem) + 4;
    char *joined = realloc(text, old + more);

    if (!joined)
        abort(); /* nothing else to tell it with */
    (void)snprintf(joined + old, more, "%s: %s\n", rule, problem);
    return joined;
}

char *slc_conform(const char *what, const char *settings)
{
    slc *h = slc_new(what, settings);
    subject s = {
        .what = what, .settings = settings, .klass = h->run ? h->run->unit[h->tested].klass : NULL};
    char *text = NULL;

    if (!s.klass)
        text = join(NULL, "it can be made", slc_problem(h) ? slc_problem(h) : "no reason given");
    for (size_t i = 0; s.klass && i < sizeof rules / sizeof *rules; i++) {
        const char *problem = rules[i].fn(&s);
        if (problem)
            text = join(text, rules[i].name, problem);
    }
    (void)slc_free(h);
    return text;
}
