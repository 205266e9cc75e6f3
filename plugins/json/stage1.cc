/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/stage1.cc - the structural index of JSON text, by simdjson's first stage.
 *
 * The handle is simdjson's own parser object, so that nothing here allocates by itself; simdjson
 * uses new (std::nothrow) and answers MEMALLOC. The implementation fits the processor: simdjson
 * chooses it at the first use. The second stage is ours (walk.c).
 */
#include "plugins/json/stage1.h"

#include <memory>
#include <simdjson.h>

namespace
{
using parser = simdjson::internal::dom_parser_implementation;

parser *from(sl_json_index *index)
{
    return reinterpret_cast<parser *>(index);
}

int answer(simdjson::error_code code)
{
    switch (code) {
    case simdjson::SUCCESS:
        return SL_JSON_INDEX_OK;
    case simdjson::EMPTY:
        return SL_JSON_INDEX_EMPTY;
    case simdjson::UNCLOSED_STRING:
        return SL_JSON_INDEX_OPEN;
    case simdjson::MEMALLOC:
    case simdjson::CAPACITY:
        return SL_JSON_INDEX_NOMEM;
    default:
        return SL_JSON_INDEX_BAD;
    }
}

size_t roomy(size_t bytes)
{
    return (bytes + 2 * SL_JSON_SENTINELS + 63) & ~static_cast<size_t>(63);
}
} // namespace

extern "C" sl_json_index *sl_json_index_new(size_t bytes)
{
    std::unique_ptr<parser> made;
    simdjson::error_code code =
        simdjson::get_active_implementation()->create_dom_parser_implementation(roomy(bytes), 1,
                                                                                made);

    if (code != simdjson::SUCCESS)
        return nullptr;
    return reinterpret_cast<sl_json_index *>(made.release());
}

extern "C" void sl_json_index_free(sl_json_index *index)
{
    delete from(index);
}

extern "C" int sl_json_index_run(sl_json_index *index, const uint8_t *text, size_t len,
                                 const uint32_t **places, uint32_t *n)
{
    parser *p = from(index);
    int got;

    if (len == 0)
        return SL_JSON_INDEX_EMPTY;
    if (len > SL_JSON_TEXT_MAX)
        return SL_JSON_INDEX_NOMEM;
    if (p->capacity() < roomy(len) && p->set_capacity(roomy(len)) != simdjson::SUCCESS)
        return SL_JSON_INDEX_NOMEM;
    got = answer(p->stage1(text, len, simdjson::stage1_mode::regular));
    if (got != SL_JSON_INDEX_OK)
        return got;
    for (uint32_t i = 0; i < SL_JSON_SENTINELS; i++)
        p->structural_indexes[p->n_structural_indexes + i] = static_cast<uint32_t>(len);
    *places = p->structural_indexes.get();
    *n = p->n_structural_indexes;
    return got;
}

extern "C" void sl_json_index_trim(sl_json_index *index, size_t bytes)
{
    parser *p = from(index);

    if (p->capacity() > 4 * roomy(bytes))
        (void)p->set_capacity(roomy(bytes));
}
