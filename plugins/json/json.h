/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/json/json.h - the classes of the module json.
 */
#ifndef SL_JSON_JSON_H
#define SL_JSON_JSON_H
#include <sluice/sdk.h>

extern const sl_class sl_json_decoder; /* raw records to records */
extern const sl_class sl_json_encoder; /* records to raw records */
extern const sl_class sl_json_writer;  /* records to files */

#endif
