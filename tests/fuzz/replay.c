/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/fuzz/replay.c - the main function of a fuzz target in a normal build.
 *
 * Runs the target on each file of its corpus, on every beginning of that file, and on a few hundred
 * variants of it with some bytes changed, always the same ones. So what a fuzzer once found stays
 * found, in every `make check` and without a fuzzer. Arguments, if any, are files to run instead.
 */
#include "tests/fuzz/fuzz.h"

#include "tests/lib/gen.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536u
#define VARIANTS 300u

/* Run the target on a copy in a block of exactly LEN bytes: a sanitizer sees each step too far. */
static void run(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);

    if (!copy)
        abort();
    memcpy(copy, data, len);
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void run_variants(uint8_t *data, size_t len, uint64_t seed)
{
    static uint8_t changed[FILE_MAX];

    for (size_t n = 0; n < len && n < 512; n++)
        run(data, n);
    for (uint32_t i = 0; len && i < VARIANTS; i++) {
        uint64_t state = seed + i;
        uint64_t changes = 1 + gen_random(&state) % 4;
        memcpy(changed, data, len);
        while (changes--)
            changed[gen_random(&state) % len] = (uint8_t)gen_random(&state);
        run(changed, len);
    }
}

/* True when PATH could be read. */
static int run_file(const char *path)
{
    static uint8_t data[FILE_MAX];
    FILE *f = fopen(path, "rb");
    size_t len;

    if (!f) {
        perror(path);
        return 0;
    }
    len = fread(data, 1, sizeof data, f);
    (void)fclose(f);
    run(data, len);
    run_variants(data, len, len);
    return 1;
}

static int run_corpus(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    uint32_t files = 0;
    int good = 1;

    if (!dir) {
        perror(folder);
        return 0;
    }
    while (good && (entry = readdir(dir)) != NULL) {
        char path[2048];
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        good = run_file(path);
        files++;
    }
    (void)closedir(dir);
    printf("%s: %u files\n", folder, files);
    return good && files;
}

int main(int argc, char **argv)
{
    const char *top = getenv("srcdir");
    char folder[1024];
    int good = 1;

    if (argc < 2) {
        (void)snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", top ? top : ".",
                       FUZZ_CORPUS);
        return run_corpus(folder) ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    for (int i = 1; i < argc; i++)
        good = run_file(argv[i]) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
