/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/stdout/stdout.c - the sink `stdout`: payloads of raw records, a line each.
 *
 * Writing may block on a slow reader, so the class has a thread of its own; a descriptor that does
 * not block, because another process made it so, is waited for. Lines are gathered into a buffer
 * and written at the end of each batch: what a person looks at comes at once, and nothing is held
 * at a barrier. A reader that went away ends the graph with a clear error instead of a signal.
 */
#include <sluice/os.h>
#include <sluice/sdk.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define OUT_BYTES 65536u
#define WAIT_MS   100 /* between two looks whether the run is being stopped */

static const sl_setting settings[] = {
    {.size = sizeof(sl_setting),
     .type = SL_T_BOOL,
     .name = "newline",
     .fallback = "true",
     .brief = "put a line end behind each payload that has none"},
    SL_SETTINGS_END,
};

struct sl_instance {
    const sl_host *host;
    sl_node *node;
    const sl_os *os;
    const sl_path *payload;
    int newline;
    uint64_t have; /* bytes in out */
    uint8_t out[OUT_BYTES];
};

static sl_status create(const sl_host *host, sl_node *node, const sl_config *cfg, sl_instance **out)
{
    sl_instance *self = host->alloc(node, sizeof *self);

    if (!self)
        return SL_E_NOMEM;
    memset(self, 0, offsetof(sl_instance, out));
    self->host = host;
    self->node = node;
    self->os = host->extension(node, "sluice.os/1");
    self->payload = host->rows->path(node, 0, "payload");
    self->newline = host->get_int(cfg, "newline") != 0;
    if (!self->os || !self->payload) {
        host->release(self);
        return SL_E_NOMEM;
    }
    *out = self;
    return self->os && self->payload ? SL_OK : SL_E_NOMEM;
}

static void destroy(sl_instance *self)
{
    if (self)
        self->host->release(self);
}

/* Wait until standard output takes more. False when the run is being stopped. */
static int wait_writable(sl_instance *self)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    while (!self->host->canceled(self->node)) {
        if (poll(&out, 1, WAIT_MS) != 0)
            return 1; /* the next write will tell what is the matter */
    }
    return 0;
}

static sl_status put(sl_instance *self, const uint8_t *data, uint64_t len)
{
    while (len) {
        int64_t n = self->os->write(STDOUT_FILENO, data, len);

        if (n > 0) {
            data += n;
            len -= (uint64_t)n;
        } else if (n == 0 || errno == EAGAIN) {
            if (!wait_writable(self))
                return SL_E_CANCELED;
        } else if (errno == EPIPE) {
            self->host->fail(self->node, "stdout.closed",
                             "the reader of standard output went away");
            return SL_E_FATAL;
        } else {
            self->host->fail(self->node, "stdout.write", strerror(errno));
            return SL_E_FATAL;
        }
    }
    return SL_OK;
}

static sl_status drain(sl_instance *self)
{
    uint64_t have = self->have;

    self->have = 0;
    return put(self, self->out, have);
}

static sl_status gather(sl_instance *self, const uint8_t *data, uint64_t len)
{
    sl_status rc = len > OUT_BYTES - self->have ? drain(self) : SL_OK;

    if (rc != SL_OK || len > OUT_BYTES)
        return rc == SL_OK ? put(self, data, len) : rc;
    memcpy(self->out + self->have, data, len);
    self->have += len;
    return SL_OK;
}

static sl_status put_payload(sl_instance *self, const sl_val *v)
{
    sl_status rc = gather(self, v->ptr, v->n);

    if (rc == SL_OK && self->newline && (!v->n || v->ptr[v->n - 1] != '\n'))
        rc = gather(self, (const uint8_t *)"\n", 1);
    return rc;
}

static sl_status take(sl_instance *self, sl_call *call, uint32_t port, sl_batch *batch)
{
    sl_status rc = SL_OK;
    uint64_t used = 0;

    (void)call;
    (void)port;
    SL_EACH (row, batch) {
        uint16_t number = (uint16_t)row;
        sl_val v;

        (void)sl_batch_get(batch, row, self->payload, &v);
        if (v.type != SL_V_BIN && v.type != SL_V_STR) {
            self->host->reject(self->node, batch, &number, 1, "stdout.payload",
                               "the record holds no payload; an encoder must stand before stdout");
            continue;
        }
        rc = put_payload(self, &v);
        if (rc != SL_OK)
            return rc;
        used++;
    }
    rc = drain(self);
    if (rc == SL_OK)
        self->host->count(self->node, used, 0);
    return rc;
}

static sl_status flush(sl_instance *self, sl_call *call)
{
    (void)call;
    return drain(self);
}

static const sl_sink_ops ops = {.size = sizeof(sl_sink_ops), .write = take, .flush = flush};

static const sl_class stdout_sink = {
    .size = sizeof(sl_class),
    .flags = SL_P_BLOCKING | SL_P_RAW,
    .kind = SL_CLASS_SINK,
    .id = "stdout",
    .brief = "writes records to standard output, as JSON lines unless encode: says otherwise",
    .settings = settings,
    .ops = &ops,
    .create = create,
    .destroy = destroy,
};

SL_PLUGIN("stdout", &stdout_sink);
