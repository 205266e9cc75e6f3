/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/config/codes.c - finding a code in the tables of all codes.
 *
 * The tables follow one another in the order of their codes, so together they are one sorted list;
 * a test keeps it so, and keeps codes unique.
 */
#include "engine/config/codes.h"

#include <string.h>

#include "engine/config/codes_priv.h"

typedef struct code_table {
    const sl_code *codes;
    const uint32_t *count;
} code_table;

static const code_table code_tables[] = {{sl_codes_config, &sl_codes_config_count},
                                         {sl_codes_data, &sl_codes_data_count},
                                         {sl_codes_host, &sl_codes_host_count},
                                         {sl_codes_plugin, &sl_codes_plugin_count},
                                         {sl_codes_store, &sl_codes_store_count}};

#define NTABLES (sizeof(code_tables) / sizeof(*code_tables))

const sl_code *sl_code_at(uint32_t i)
{
    for (size_t t = 0; t < NTABLES; t++) {
        if (i < *code_tables[t].count)
            return &code_tables[t].codes[i];
        i -= *code_tables[t].count;
    }
    return NULL;
}

static const sl_code *find_in(const code_table *table, const char *code)
{
    uint32_t low = 0;
    uint32_t high = *table->count;

    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        int c = strcmp(table->codes[mid].code, code);

        if (c == 0)
            return &table->codes[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const sl_code *sl_code_find(const char *code)
{
    for (size_t t = 0; t < NTABLES; t++) {
        const sl_code *found = find_in(&code_tables[t], code);

        if (found)
            return found;
    }
    return NULL;
}
