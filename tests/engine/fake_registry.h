/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/engine/fake_registry.h - a registry over tables in memory, and a world to load graphs in.
 *
 * The classes have the ids, flags and settings that the stock plugins have, so graphs are judged as
 * the real command would, without any module. Classes for tests only come with fake_registry_odd.
 */
#ifndef SL_TESTS_ENGINE_FAKE_REGISTRY_H
#define SL_TESTS_ENGINE_FAKE_REGISTRY_H
#include "engine/graph/graph.h"

/* [main] The stock classes. */
const sl_registry *fake_registry_stock(void);
/* [main] The stock classes, and: join (two inputs, two outputs), pipe (a source of raw records),
 * widget (every type of setting), the broken module rusty. */
const sl_registry *fake_registry_odd(void);
/* [any] The table of the class widget, for tests of settings alone. */
extern const sl_class fake_widget;

/* [main] A world that has files and memory of SOURCE (NULL: malloc), nothing else. */
void fake_env_init(sl_env *env, const sl_mem_source *source);

#endif
