/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/csv/csv.c - plugin "csv": comma separated text, read and written.
 *
 * Three classes: the decoder (decode.c, scan.c, header.c), the encoder and the writer of files
 * (encode.c, writer.c), which share the printing of rows (sheet.c).
 */
#include "plugins/csv/decode.h"

SL_PLUGIN("csv", &sl_csv_decoder, &sl_csv_encoder, &sl_csv_writer);
