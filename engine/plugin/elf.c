/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/plugin/elf.c - what can be known of a module's file without running any of it.
 *
 * Program headers give the build-id note and the dynamic section; its hash table finds the symbol
 * sluice_plugin_v1, whose value leads to the plugin table in the file. Magic, size and ABI version
 * at its start are plain numbers, untouched by relocation, so they can be read there. All reads go
 * through get(), which refuses what lies outside of the file; counts are bounded, so that a hostile
 * file costs little.
 */
#include "engine/plugin/elf.h"

#include <link.h>
#include <stdio.h>
#include <string.h>

#define SYMBOL       "sluice_plugin_v"
#define MAX_HEADERS  48u
#define MAX_NOTES    65536u
#define MAX_DYNAMIC  1024u
#define MAX_CHAIN    65536u /* symbols looked at in one hash table */
#define LEAST_TABLE  offsetof(sl_plugin, load)
#define OTHER_MAJORS 9u /* looked for, to say which ABI a module is made for */

#if defined __x86_64__
#define OWN_MACHINE EM_X86_64
#elif defined __aarch64__
#define OWN_MACHINE EM_AARCH64
#elif defined __i386__
#define OWN_MACHINE EM_386
#elif defined __arm__
#define OWN_MACHINE EM_ARM
#elif defined __riscv
#define OWN_MACHINE EM_RISCV
#elif defined __powerpc64__
#define OWN_MACHINE EM_PPC64
#elif defined __s390x__
#define OWN_MACHINE EM_S390
#else
#define OWN_MACHINE 0
#endif
#define OWN_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define OWN_DATA  (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

typedef struct elf {
    const sl_os *os;
    int32_t fd;
    uint64_t bytes;
    uint32_t nhead;
    ElfW(Phdr) head[MAX_HEADERS];
    uint64_t strings; /* addresses out of the dynamic section; 0: none */
    uint64_t string_bytes;
    uint64_t symbols;
    uint64_t gnu_hash;
    uint64_t hash;
    int io_failed;
} elf;

/* LEN bytes at AT of the file. False when they are not all there. */
static int get(elf *e, uint64_t at, void *out, uint64_t len)
{
    uint64_t end;
    uint64_t done = 0;

    if (__builtin_add_overflow(at, len, &end) || end > e->bytes)
        return 0;
    while (done < len) {
        int64_t n = e->os->pread(e->fd, (char *)out + done, len - done, at + done);

        if (n <= 0) {
            e->io_failed = n < 0;
            return 0;
        }
        done += (uint64_t)n;
    }
    return 1;
}

/* LEN bytes at address AT of the image, as far as the file holds them. */
static int get_mapped(elf *e, uint64_t at, void *out, uint64_t len)
{
    for (uint32_t i = 0; i < e->nhead; i++) {
        const ElfW(Phdr) *h = &e->head[i];

        if (h->p_type == PT_LOAD && at >= h->p_vaddr && at - h->p_vaddr < h->p_filesz &&
            len <= h->p_filesz - (at - h->p_vaddr))
            return get(e, h->p_offset + (at - h->p_vaddr), out, len);
    }
    return 0;
}

static sl_status truncated(const elf *e, const char *name, sl_error *err)
{
    if (e->io_failed)
        return sl_error_set(err, SL_E_RETRY, "plugin.file.read", "%s can't be read", name);
    return sl_error_set(err, SL_E_CONFIG, "plugin.file.truncated",
                        "%s is cut off or damaged; install it again", name);
}

static const char *machine_name(uint32_t machine)
{
    static const struct {
        uint32_t machine;
        const char *name;
    } names[] = {{EM_X86_64, "x86-64"}, {EM_AARCH64, "arm64"}, {EM_386, "i386"},  {EM_ARM, "arm"},
                 {EM_RISCV, "RISC-V"},  {EM_PPC64, "ppc64"},   {EM_S390, "s390x"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].machine == machine)
            return names[i].name;
    }
    return "another machine";
}

static sl_status read_heads(elf *e, const char *name, sl_error *err)
{
    unsigned char ident[EI_NIDENT];
    ElfW(Ehdr) file;
    uint64_t end;

    if (!get(e, 0, ident, sizeof ident) || memcmp(ident, ELFMAG, SELFMAG) != 0) {
        if (e->io_failed)
            return truncated(e, name, err);
        return sl_error_set(err, SL_E_CONFIG, "plugin.file.kind",
                            "%s is no shared object (ELF); remove it from the plugin folder", name);
    }
    if (!get(e, 0, &file, sizeof file))
        return truncated(e, name, err);
    if (ident[EI_CLASS] != OWN_CLASS || ident[EI_DATA] != OWN_DATA ||
        (OWN_MACHINE && file.e_machine != OWN_MACHINE))
        return sl_error_set(err, SL_E_CONFIG, "plugin.file.machine",
                            "%s is built for %s (%s-bit), this machine is %s; install the package "
                            "for this architecture",
                            name, machine_name(file.e_machine),
                            ident[EI_CLASS] == ELFCLASS64 ? "64" : "32", machine_name(OWN_MACHINE));
    if (file.e_type != ET_DYN)
        return sl_error_set(err, SL_E_CONFIG, "plugin.file.kind",
                            "%s is no shared object; link it with -shared", name);
    if (file.e_phentsize != sizeof *e->head || !file.e_phnum || file.e_phnum > MAX_HEADERS)
        return truncated(e, name, err);
    e->nhead = file.e_phnum;
    if (!get(e, file.e_phoff, e->head, e->nhead * sizeof *e->head))
        return truncated(e, name, err);
    if (__builtin_add_overflow(file.e_shoff, (uint64_t)file.e_shnum * file.e_shentsize, &end) ||
        end > e->bytes)
        return truncated(e, name, err);
    for (uint32_t i = 0; i < e->nhead; i++) {
        if (e->head[i].p_type == PT_LOAD &&
            (__builtin_add_overflow(e->head[i].p_offset, e->head[i].p_filesz, &end) ||
             end > e->bytes))
            return truncated(e, name, err);
    }
    return SL_OK;
}

/* The build-id among the notes of header H. */
static void read_notes(elf *e, const ElfW(Phdr) * h, char out[SL_BUILD_ID_TEXT])
{
    uint64_t left = h->p_filesz < MAX_NOTES ? h->p_filesz : MAX_NOTES;
    uint64_t at = h->p_offset;
    ElfW(Nhdr) note;
    unsigned char id[64];
    char name[4];

    while (left >= sizeof note && get(e, at, &note, sizeof note)) {
        uint64_t name_room = ((uint64_t)note.n_namesz + 3) & ~3ull;
        uint64_t room = sizeof note + name_room + (((uint64_t)note.n_descsz + 3) & ~3ull);

        if (room > left)
            return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && note.n_descsz &&
            note.n_descsz <= sizeof id && get(e, at + sizeof note, name, 4) &&
            !memcmp(name, "GNU", 4) && get(e, at + sizeof note + name_room, id, note.n_descsz)) {
            for (uint32_t i = 0; i < note.n_descsz; i++)
                (void)snprintf(out + (size_t)i * 2, 3, "%02x", id[i]);
            return;
        }
        at += room;
        left -= room;
    }
}

static void read_dynamic(elf *e, const ElfW(Phdr) * h)
{
    uint64_t n = h->p_filesz / sizeof(ElfW(Dyn));
    ElfW(Dyn) d;

    for (uint64_t i = 0; i < n && i < MAX_DYNAMIC; i++) {
        if (!get(e, h->p_offset + i * sizeof d, &d, sizeof d) || d.d_tag == DT_NULL)
            return;
        if (d.d_tag == DT_STRTAB)
            e->strings = d.d_un.d_ptr;
        else if (d.d_tag == DT_STRSZ)
            e->string_bytes = d.d_un.d_val;
        else if (d.d_tag == DT_SYMTAB)
            e->symbols = d.d_un.d_ptr;
        else if (d.d_tag == DT_GNU_HASH)
            e->gnu_hash = d.d_un.d_ptr;
        else if (d.d_tag == DT_HASH)
            e->hash = d.d_un.d_ptr;
    }
}

/* Is symbol number I called NAME and defined here? */
static int is_symbol(elf *e, uint32_t i, const char *name, ElfW(Sym) * out)
{
    char text[sizeof SYMBOL + 8];
    size_t len = strlen(name) + 1;

    return get_mapped(e, e->symbols + (uint64_t)i * sizeof *out, out, sizeof *out) &&
           out->st_shndx != SHN_UNDEF && out->st_name < e->string_bytes &&
           len <= e->string_bytes - out->st_name &&
           get_mapped(e, e->strings + out->st_name, text, len) && !memcmp(text, name, len);
}

static int find_gnu(elf *e, const char *name, ElfW(Sym) * out)
{
    struct {
        uint32_t nbucket, first, nbloom, shift;
    } h;
    uint64_t buckets;
    uint32_t want = 5381;
    uint32_t i;
    uint32_t hash;

    for (const char *p = name; *p; p++)
        want = want * 33 + (unsigned char)*p;
    if (!get_mapped(e, e->gnu_hash, &h, sizeof h) || !h.nbucket)
        return 0;
    buckets = e->gnu_hash + sizeof h + (uint64_t)h.nbloom * sizeof(ElfW(Addr));
    if (!get_mapped(e, buckets + (uint64_t)(want % h.nbucket) * 4, &i, 4) || i < h.first)
        return 0;
    for (uint32_t n = 0; n < MAX_CHAIN && i; n++, i++) {
        if (!get_mapped(e, buckets + (uint64_t)h.nbucket * 4 + (uint64_t)(i - h.first) * 4, &hash,
                        4))
            return 0;
        if ((hash | 1) == (want | 1) && is_symbol(e, i, name, out))
            return 1;
        if (hash & 1)
            return 0;
    }
    return 0;
}

/* The symbol NAME; through the older hash table, which counts the symbols, when that is all there
 * is. */
static int find_symbol(elf *e, const char *name, ElfW(Sym) * out)
{
    uint32_t head[2];

    if (!e->symbols || !e->strings)
        return 0;
    if (e->gnu_hash)
        return find_gnu(e, name, out);
    if (!e->hash || !get_mapped(e, e->hash, head, sizeof head))
        return 0;
    for (uint32_t i = 1; i < head[1] && i < MAX_CHAIN; i++) {
        if (is_symbol(e, i, name, out))
            return 1;
    }
    return 0;
}

static sl_status no_symbol(elf *e, const char *name, sl_error *err)
{
    char other[sizeof SYMBOL + 8];
    ElfW(Sym) sym;

    for (uint32_t major = 1; major <= OTHER_MAJORS; major++) {
        (void)snprintf(other, sizeof other, SYMBOL "%u", major);
        if (major != SL_ABI_MAJOR && find_symbol(e, other, &sym))
            return sl_error_set(err, SL_E_CONFIG, "plugin.abi.major",
                                "%s is built for plugin ABI %u, this sluice has %u.%u; install the "
                                "%s made for this version",
                                name, major, SL_ABI_MAJOR, SL_ABI_MINOR, name);
    }
    return sl_error_set(err, SL_E_CONFIG, "plugin.abi.symbol",
                        "%s exports no " SYMBOL "%u: it is no sluice plugin, or SL_PLUGIN(...) is "
                        "missing in it",
                        name, SL_ABI_MAJOR);
}

sl_status sl_abi_check(const sl_elf_facts *facts, const char *name, sl_error *err)
{
    if (facts->magic != SL_ABI_MAGIC)
        return sl_error_set(err, SL_E_CONFIG, "plugin.abi.magic",
                            "the plugin table of %s does not begin with the magic number; define "
                            "it with SL_PLUGIN(...)",
                            name);
    if (facts->abi_major != SL_ABI_MAJOR)
        return sl_error_set(err, SL_E_CONFIG, "plugin.abi.major",
                            "%s is built for plugin ABI %u.%u, this sluice has %u.%u; install the "
                            "%s made for this version",
                            name, facts->abi_major, facts->abi_minor, SL_ABI_MAJOR, SL_ABI_MINOR,
                            name);
    if (facts->abi_minor > SL_ABI_MINOR)
        return sl_error_set(err, SL_E_CONFIG, "plugin.abi.minor",
                            "%s needs plugin ABI %u.%u, this sluice has %u.%u; update sluice, or "
                            "rebuild it with SL_ABI_TARGET %u",
                            name, facts->abi_major, facts->abi_minor, SL_ABI_MAJOR, SL_ABI_MINOR,
                            SL_ABI_MINOR);
    if (facts->table_bytes < LEAST_TABLE)
        return sl_error_set(err, SL_E_CONFIG, "plugin.abi.size",
                            "the plugin table of %s says that it has %u bytes, the least is %zu; "
                            "define it with SL_PLUGIN(...)",
                            name, facts->table_bytes, LEAST_TABLE);
    return SL_OK;
}

sl_status sl_elf_read(const sl_os *os, int32_t fd, uint64_t bytes, const char *name,
                      sl_elf_facts *out, sl_error *err)
{
    elf e = {.os = os, .fd = fd, .bytes = bytes};
    char symbol[sizeof SYMBOL + 8];
    ElfW(Sym) sym;
    uint32_t start[4];
    sl_status rc;

    memset(out, 0, sizeof *out);
    rc = read_heads(&e, name, err);
    if (rc != SL_OK)
        return rc;
    for (uint32_t i = 0; i < e.nhead; i++) {
        if (e.head[i].p_type == PT_NOTE && !out->build_id[0])
            read_notes(&e, &e.head[i], out->build_id);
        else if (e.head[i].p_type == PT_DYNAMIC)
            read_dynamic(&e, &e.head[i]);
    }
    (void)snprintf(symbol, sizeof symbol, SYMBOL "%u", SL_ABI_MAJOR);
    if (!find_symbol(&e, symbol, &sym))
        return e.io_failed ? truncated(&e, name, err) : no_symbol(&e, name, err);
    if (sym.st_size < sizeof start || !get_mapped(&e, sym.st_value, start, sizeof start))
        return e.io_failed
                   ? truncated(&e, name, err)
                   : sl_error_set(
                         err, SL_E_CONFIG, "plugin.abi.size",
                         "the plugin table of %s is too short; define it with SL_PLUGIN(...)",
                         name);
    out->magic = start[0];
    out->table_bytes = start[1];
    out->abi_major = start[2];
    out->abi_minor = start[3];
    return sl_abi_check(out, name, err);
}
