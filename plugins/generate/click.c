/* SPDX-License-Identifier: Apache-2.0
 *
 * plugins/generate/click.c - the click model: event I of a seed, as a record or as JSON.
 *
 * An event is first filled in as a struct, then written in one of the two forms, so both hold the
 * same. Each event has its own random sequence, started from seed and number: none depends on the
 * one before. What belongs to a user (mail, address, device) comes from a sequence of the user.
 */
#include "click.h"

#include <stdio.h>

#define ITEMS_MAX   5u
#define TIME_END_US 253402300799999999 /* the end of the year 9999: then the times begin anew */
#define COUNT(a)    (uint32_t)(sizeof(a) / sizeof((a)[0]))

typedef struct item {
    char sku[16];
    double price;
    uint32_t quantity;
} item;

typedef struct event {
    char id[40];
    char time[SL_TIME_TEXT + 1];
    char email[64];
    char ip[16];
    char url[160];
    char referrer[64];
    const char *type;
    const char *locale;
    const char *title;
    const sl_click_device *device;
    const char *country;
    const char *city;
    const char *experiment;
    const char *source;
    const char *medium;
    uint64_t user;
    uint32_t has_referrer; /* 0 absent, 1 null, 2 there */
    uint32_t campaign;
    uint32_t creative;
    uint32_t nitem;
    double bid;
    double lat;
    double lon;
    item items[ITEMS_MAX];
} event;

static const char *const types[] = {"impression", "click", "install", "purchase"};
static const char *const given[] = {"ada",  "bo",   "cleo",  "dara", "eric",  "fatou", "goran",
                                    "hana", "ivo",  "jana",  "kofi", "leila", "marco", "nina",
                                    "omar", "paul", "quinn", "rita", "sven",  "tala"};
static const char *const family[] = {"abe",    "berg",   "castro", "dahl",  "engel", "fofana",
                                     "gruber", "hansen", "ito",    "joshi", "klein", "larsson",
                                     "mori",   "novak",  "okoye",  "petit"};
static const char *const mail[] = {"example.com", "mail.example.net", "example.org"};
static const char *const locales[] = {"en-US", "en-GB", "de-DE", "fr-FR", "ja-JP", "pt-BR",
                                      "ar-EG", "hi-IN", "ru-RU", "tr-TR", "es-MX", "ko-KR"};
static const char *const sites[] = {"shop.example.com", "news.example.net", "games.example.org",
                                    "travel.example.com"};
static const char *const sections[] = {"home", "deals", "article", "product", "search", "cart"};
static const char *const titles[] = {
    "A walk along the canals",
    "Hiking boots \xe2\x80\x93 winter sale",
    "The \"other\" guide to tea",
    "\xe6\x9d\xb1\xe4\xba\xac\xe3\x81\xae\xe6\x98\xa5",
    "\xd0\x97\xd0\xb8\xd0\xbc\xd0\xb0",
    "Caf\xc3\xa9s of M\xc3\xbcnchen",
    "Final whistle \xe2\x9a\xbd\xf0\x9f\x8e\x89",
    "First line\nsecond line",
    "Path \\ and / slash",
    "\xd8\xb3\xd9\x88\xd9\x82 \xd8\xa7\xd9\x84\xd9\x83\xd8\xaa\xd8\xa8",
    "Garden tools",
    "\xec\x84\x9c\xec\x9a\xb8\xec\x9d\x98 \xeb\xb0\xa4"};
static const char *const cities[] = {"S\xc3\xa3o Paulo", "K\xc3\xb6ln",  "Osaka", "Lyon",
                                     "Puebla",           "\xc4\xb0zmir", "Pune",  "Ibadan",
                                     "Boston",           "Toru\xc5\x84"};
static const char *const countries[] = {"BR", "DE", "JP", "FR", "MX", "TR", "IN", "NG", "US", "PL"};
static const char *const experiments[] = {"checkout_b", "menu_v3", "night_mode", "control"};
static const char *const sources[] = {"newsletter", "social", "partner", "search"};
static const char *const media[] = {"email", "cpc", "banner", "organic"};

static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* The next number of a sequence (splitmix64). */
static uint64_t draw(uint64_t *state)
{
    return mix(*state += 0x9e3779b97f4a7c15u);
}

static uint32_t below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((draw(state) >> 32) * n >> 32);
}

static double unit(uint64_t *state)
{
    return (double)(draw(state) >> 11) / 9007199254740992.0;
}

static uint64_t sequence(uint64_t seed, uint64_t kind, uint64_t i)
{
    return mix(mix(seed * 31 + kind) ^ i * 0xd1342543de82ef95u);
}

static void make_device(sl_click_device *d, uint32_t i)
{
    uint32_t v = i / 6;

    d->width = i % 6 < 2 ? 360 + 12 * (v % 6) : 1280 + 160 * (v % 5);
    d->height = i % 6 < 2 ? 740 + 26 * (v % 6) : 720 + 120 * (v % 5);
    switch (i % 6) {
    case 0:
        d->os = "Android";
        (void)snprintf(d->os_version, sizeof d->os_version, "%u", 10 + v % 6);
        (void)snprintf(d->model, sizeof d->model, "Phone %u", 10 + v);
        (void)snprintf(d->agent, sizeof d->agent,
                       "Mozilla/5.0 (Linux; Android %u; Phone %u) AppleWebKit/537.36 (KHTML, like "
                       "Gecko) Chrome/%u.0.0.0 Mobile Safari/537.36",
                       10 + v % 6, 10 + v, 100 + v);
        return;
    case 1:
        d->os = "iOS";
        (void)snprintf(d->os_version, sizeof d->os_version, "%u.%u", 14 + v % 5, v % 7);
        (void)snprintf(d->model, sizeof d->model, "iPhone");
        (void)snprintf(d->agent, sizeof d->agent,
                       "Mozilla/5.0 (iPhone; CPU iPhone OS %u_%u like Mac OS X) "
                       "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%u.%u Mobile/15E148 "
                       "Safari/604.1",
                       14 + v % 5, v % 7, 14 + v % 5, v % 7);
        return;
    case 2:
    case 3:
        d->os = i % 6 == 2 ? "Windows" : "macOS";
        (void)snprintf(d->os_version, sizeof d->os_version, "%u", 10 + v % 4);
        (void)snprintf(d->model, sizeof d->model, "%s", i % 6 == 2 ? "PC" : "Mac");
        (void)snprintf(d->agent, sizeof d->agent,
                       "Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%u.0.0.0 "
                       "Safari/537.36",
                       i % 6 == 2 ? "Windows NT 10.0; Win64; x64"
                                  : "Macintosh; Intel Mac OS X 10_15_7",
                       100 + v);
        return;
    default:
        d->os = "Linux";
        (void)snprintf(d->os_version, sizeof d->os_version, "6.%u", v);
        (void)snprintf(d->model, sizeof d->model, "PC");
        (void)snprintf(d->agent, sizeof d->agent,
                       "Mozilla/5.0 (X11; Linux x86_64; rv:%u.0) Gecko/20100101 Firefox/%u.0",
                       90 + i, 90 + i);
        return;
    }
}

/* The square root of X by Newton's steps: the same on every machine, without libm. */
static double root(double x)
{
    double r = x > 1 ? x : 1;

    for (int i = 0; i < 60; i++)
        r = (r + x / r) / 2;
    return r;
}

void sl_click_init(sl_click *c)
{
    c->spread = root(root((double)c->users)) - 1.0;
    c->laps =
        c->start_us < TIME_END_US ? (uint64_t)((TIME_END_US - c->start_us) / c->step_us) + 1 : 1;
    for (uint32_t i = 0; i < SL_CLICK_AGENTS; i++)
        make_device(&c->device[i], i);
}

/* A user by a power law: few have many events. */
static uint64_t pick_user(const sl_click *c, uint64_t *s)
{
    double x = c->spread * unit(s) + 1.0;
    uint64_t rank = (uint64_t)(x * x * x * x);

    return 10000000 + (rank % c->users) * 7368787 % 15485863;
}

static void fill_user(const sl_click *c, event *e, uint64_t *s)
{
    uint64_t u = sequence(c->seed, 2, e->user);
    uint32_t ip = (uint32_t)draw(&u);

    e->device = &c->device[below(&u, SL_CLICK_AGENTS)];
    e->locale = locales[below(&u, COUNT(locales))];
    (void)snprintf(e->email, sizeof e->email, "%s.%s%u@%s", given[below(&u, COUNT(given))],
                   family[below(&u, COUNT(family))], (unsigned)(e->user % 10000),
                   mail[below(&u, COUNT(mail))]);
    if (below(s, 8) == 0)
        ip ^= below(s, 4) << 24;
    (void)snprintf(e->ip, sizeof e->ip, "%u.%u.%u.%u", 1 + (ip & 0xff) % 223, ip >> 8 & 0xff,
                   ip >> 16 & 0xff, 1 + (ip >> 24) % 254);
}

static void fill_page(event *e, uint64_t *s)
{
    uint32_t k = below(s, 100);

    (void)snprintf(e->url, sizeof e->url, "https://%s/%s/%u?sid=%08x&pos=%u",
                   sites[below(s, COUNT(sites))], sections[below(s, COUNT(sections))],
                   10000 + below(s, 90000), (unsigned)draw(s), below(s, 30));
    e->has_referrer = k < 70 ? 2 : k < 90 ? 1 : 0;
    (void)snprintf(e->referrer, sizeof e->referrer, "https://%s/r/%u",
                   sites[below(s, COUNT(sites))], below(s, 1000000));
    e->title = titles[below(s, COUNT(titles))];
}

static void fill_items(event *e, uint32_t type, uint64_t *s)
{
    e->nitem = type == 3 ? 1 + below(s, ITEMS_MAX) : type == 1 ? below(s, 3) : below(s, 4) == 0;
    for (uint32_t i = 0; i < e->nitem; i++) {
        item *it = &e->items[i];

        (void)snprintf(it->sku, sizeof it->sku, "SKU-%06u", below(s, 50000));
        it->price = (99 + below(s, 20000)) / 100.0;
        it->quantity = 1 + below(s, 4);
    }
}

static void fill_sparse(event *e, uint64_t *s)
{
    uint32_t k = below(s, COUNT(cities));

    e->city = below(s, 10) == 0 ? cities[k] : NULL;
    e->country = countries[k];
    e->lat = ((double)below(s, 16000000) - 8000000) / 100000.0;
    e->lon = ((double)below(s, 35800000) - 17900000) / 100000.0;
    e->experiment = below(s, 10) == 0 ? experiments[below(s, COUNT(experiments))] : NULL;
    e->source = below(s, 10) == 0 ? sources[below(s, COUNT(sources))] : NULL;
    e->medium = media[below(s, COUNT(media))];
}

static void fill(const sl_click *c, event *e, uint64_t id)
{
    uint64_t s = sequence(c->seed, 1, id);
    uint64_t a = draw(&s);
    uint64_t b = draw(&s);
    uint32_t k = below(&s, 100);
    uint32_t type = k < 70 ? 0 : k < 90 ? 1 : k < 95 ? 2 : 3;
    int64_t us = c->start_us + (int64_t)(id % c->laps) * c->step_us;

    (void)snprintf(e->id, sizeof e->id, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
                   (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
                   (unsigned)(0x8000 | (b >> 48 & 0x3fff)),
                   (unsigned long long)(b & 0xffffffffffffu));
    us -= us % 1000;
    e->time[sl_time_print(us, e->time)] = 0;
    e->type = types[type];
    e->user = pick_user(c, &s);
    fill_user(c, e, &s);
    fill_page(e, &s);
    e->campaign = 1000 + below(&s, 2000);
    e->creative = e->campaign * 100 + below(&s, 8);
    e->bid = (50 + below(&s, 120000)) / 10000.0;
    fill_items(e, type, &s);
    fill_sparse(e, &s);
}

/* ---- as a record ----------------------------------------------------------------------------- */

enum {
    K_ID,
    K_TYPE,
    K_TIME,
    K_USER,
    K_USER_ID,
    K_EMAIL,
    K_IP,
    K_AGENT,
    K_LOCALE,
    K_PAGE,
    K_URL,
    K_REFERRER,
    K_TITLE,
    K_CAMPAIGN,
    K_CAMPAIGN_ID,
    K_CREATIVE,
    K_BID,
    K_DEVICE,
    K_OS,
    K_OSV,
    K_MODEL,
    K_SCREEN,
    K_W,
    K_H,
    K_ITEMS,
    K_GEO,
    K_COUNTRY,
    K_CITY,
    K_LAT,
    K_LON,
    K_EXPERIMENT,
    K_UTM,
    K_SOURCE,
    K_MEDIUM,
    K_END
};

static const char *const key_names[K_END] = {"event_id",
                                             "event_type",
                                             "event_time",
                                             "user",
                                             "user.id",
                                             "user.email",
                                             "user.ip",
                                             "user.user_agent",
                                             "user.locale",
                                             "page",
                                             "page.url",
                                             "page.referrer",
                                             "page.title",
                                             "campaign",
                                             "campaign.id",
                                             "campaign.creative",
                                             "campaign.bid_cpm",
                                             "device",
                                             "device.os",
                                             "device.os_version",
                                             "device.model",
                                             "device.screen",
                                             "device.screen.w",
                                             "device.screen.h",
                                             "items",
                                             "geo",
                                             "geo.country",
                                             "geo.city",
                                             "geo.lat",
                                             "geo.lon",
                                             "experiment",
                                             "utm",
                                             "utm.source",
                                             "utm.medium"};

_Static_assert(K_END <= SL_CLICK_KEYS, "every key has its place");

int sl_click_keys(sl_click *c, const sl_host *host, sl_node *node)
{
    for (uint32_t i = 0; i < K_END; i++) {
        c->key[i] = host->rows->key_in(node, 0, key_names[i]);
        if (!c->key[i])
            return 0;
    }
    return 1;
}

static void put_text(const sl_click *c, sl_writer *w, uint32_t key, const char *text)
{
    sl_row_put_str(w, c->key[key], text, strlen(text));
}

static void row_user(const sl_click *c, sl_writer *w, const event *e)
{
    sl_row_map(w, c->key[K_USER]);
    sl_row_put_u64(w, c->key[K_USER_ID], e->user);
    put_text(c, w, K_EMAIL, e->email);
    put_text(c, w, K_IP, e->ip);
    put_text(c, w, K_AGENT, e->device->agent);
    put_text(c, w, K_LOCALE, e->locale);
    sl_row_close(w);
    sl_row_map(w, c->key[K_PAGE]);
    put_text(c, w, K_URL, e->url);
    if (e->has_referrer == 2)
        put_text(c, w, K_REFERRER, e->referrer);
    else if (e->has_referrer == 1)
        sl_row_put_nil(w, c->key[K_REFERRER]);
    put_text(c, w, K_TITLE, e->title);
    sl_row_close(w);
}

static void row_device(const sl_click *c, sl_writer *w, const event *e)
{
    sl_row_map(w, c->key[K_CAMPAIGN]);
    sl_row_put_u64(w, c->key[K_CAMPAIGN_ID], e->campaign);
    sl_row_put_u64(w, c->key[K_CREATIVE], e->creative);
    sl_row_put_f64(w, c->key[K_BID], e->bid);
    sl_row_close(w);
    sl_row_map(w, c->key[K_DEVICE]);
    put_text(c, w, K_OS, e->device->os);
    put_text(c, w, K_OSV, e->device->os_version);
    put_text(c, w, K_MODEL, e->device->model);
    sl_row_map(w, c->key[K_SCREEN]);
    sl_row_put_u64(w, c->key[K_W], e->device->width);
    sl_row_put_u64(w, c->key[K_H], e->device->height);
    sl_row_close(w);
    sl_row_close(w);
}

static void row_items(const sl_click *c, sl_writer *w, const event *e)
{
    sl_row_array(w, c->key[K_ITEMS]);
    for (uint32_t i = 0; i < e->nitem; i++) {
        const item *it = &e->items[i];

        sl_row_map(w, NULL);
        sl_row_text_key(w, "sku", 3);
        sl_row_put_str(w, NULL, it->sku, strlen(it->sku));
        sl_row_text_key(w, "price", 5);
        sl_row_put_f64(w, NULL, it->price);
        sl_row_text_key(w, "qty", 3);
        sl_row_put_u64(w, NULL, it->quantity);
        sl_row_close(w);
    }
    sl_row_close(w);
}

void sl_click_row(const sl_click *c, sl_writer *w, uint64_t id)
{
    event e;

    fill(c, &e, id);
    put_text(c, w, K_ID, e.id);
    put_text(c, w, K_TYPE, e.type);
    put_text(c, w, K_TIME, e.time);
    row_user(c, w, &e);
    row_device(c, w, &e);
    row_items(c, w, &e);
    if (e.city) {
        sl_row_map(w, c->key[K_GEO]);
        put_text(c, w, K_COUNTRY, e.country);
        put_text(c, w, K_CITY, e.city);
        sl_row_put_f64(w, c->key[K_LAT], e.lat);
        sl_row_put_f64(w, c->key[K_LON], e.lon);
        sl_row_close(w);
    }
    if (e.experiment)
        put_text(c, w, K_EXPERIMENT, e.experiment);
    if (!e.source)
        return;
    sl_row_map(w, c->key[K_UTM]);
    put_text(c, w, K_SOURCE, e.source);
    put_text(c, w, K_MEDIUM, e.medium);
    sl_row_close(w);
}

/* ---- as JSON --------------------------------------------------------------------------------- */

typedef struct line {
    char *at;
    char *end;
} line;

static void add(line *l, const char *text)
{
    size_t n = strlen(text);

    if ((size_t)(l->end - l->at) < n)
        n = (size_t)(l->end - l->at);
    memcpy(l->at, text, n);
    l->at += n;
}

/* "KEY":"TEXT", with a comma before it unless it opens an object. */
static void add_text(line *l, const char *key, const char *text)
{
    char one[3] = {0};

    if (l->at[-1] != '{')
        add(l, ",");
    add(l, "\"");
    add(l, key);
    add(l, "\":\"");
    for (; *text; text++) {
        if (*text == '\n') {
            add(l, "\\n");
            continue;
        }
        one[0] = *text == '"' || *text == '\\' ? '\\' : *text;
        one[1] = one[0] == '\\' ? *text : 0;
        add(l, one);
    }
    add(l, "\"");
}

static void add_number(line *l, const char *key, double v)
{
    char text[SL_F64_TEXT + 1];

    text[sl_f64_print(v, text)] = 0;
    if (l->at[-1] != '{')
        add(l, ",");
    add(l, "\"");
    add(l, key);
    add(l, "\":");
    add(l, text);
}

static void json_user(line *l, const event *e)
{
    add(l, ",\"user\":{");
    add_number(l, "id", (double)e->user);
    add_text(l, "email", e->email);
    add_text(l, "ip", e->ip);
    add_text(l, "user_agent", e->device->agent);
    add_text(l, "locale", e->locale);
    add(l, "},\"page\":{");
    add_text(l, "url", e->url);
    if (e->has_referrer == 2)
        add_text(l, "referrer", e->referrer);
    else if (e->has_referrer == 1)
        add(l, ",\"referrer\":null");
    add_text(l, "title", e->title);
    add(l, "}");
}

static void json_device(line *l, const event *e)
{
    add(l, ",\"campaign\":{");
    add_number(l, "id", e->campaign);
    add_number(l, "creative", e->creative);
    add_number(l, "bid_cpm", e->bid);
    add(l, "},\"device\":{");
    add_text(l, "os", e->device->os);
    add_text(l, "os_version", e->device->os_version);
    add_text(l, "model", e->device->model);
    add(l, ",\"screen\":{");
    add_number(l, "w", e->device->width);
    add_number(l, "h", e->device->height);
    add(l, "}},\"items\":[");
    for (uint32_t i = 0; i < e->nitem; i++) {
        add(l, i ? ",{" : "{");
        add_text(l, "sku", e->items[i].sku);
        add_number(l, "price", e->items[i].price);
        add_number(l, "qty", e->items[i].quantity);
        add(l, "}");
    }
    add(l, "]");
}

void sl_click_json(const sl_click *c, sl_writer *w, uint64_t id)
{
    char text[3072];
    line l = {text, text + sizeof text};
    event e;

    fill(c, &e, id);
    add(&l, "{");
    add_text(&l, "event_id", e.id);
    add_text(&l, "event_type", e.type);
    add_text(&l, "event_time", e.time);
    json_user(&l, &e);
    json_device(&l, &e);
    if (e.city) {
        add(&l, ",\"geo\":{");
        add_text(&l, "country", e.country);
        add_text(&l, "city", e.city);
        add_number(&l, "lat", e.lat);
        add_number(&l, "lon", e.lon);
        add(&l, "}");
    }
    if (e.experiment)
        add_text(&l, "experiment", e.experiment);
    if (e.source) {
        add(&l, ",\"utm\":{");
        add_text(&l, "source", e.source);
        add_text(&l, "medium", e.medium);
        add(&l, "}");
    }
    add(&l, "}");
    sl_row_put_bin(w, c->payload, text, (uint64_t)(l.at - text));
}
