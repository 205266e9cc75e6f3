/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/json.c - the module json: its table of classes.
 */
#include "plugins/json/json.h"

SL_PLUGIN("json", &sl_json_decoder, &sl_json_encoder, &sl_json_writer);
