/* The undo journal: see journal.h. */
#define _XOPEN_SOURCE 700 /* realpath() */
#include "repair/journal.h"
#include "disk/header.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEAD = 512, MARK = 512, RECORDS = 1024, RECORD = 32, MAGIC = 16, SAMPLES = 64, SECTOR = 512 };

static const char head_magic[MAGIC] = "pstfix undo 1\n", mark_magic[MAGIC] = "pstfix done 1\n";

/* The last four bytes are the checksum of the others. */
static void seal(uint8_t *bytes, size_t size)
{
	pst_put(bytes + size - 4, pst_crc(bytes, size - 4), 4);
}

static bool is_sealed(const uint8_t *bytes, size_t size)
{
	return pst_get32(bytes + size - 4) == pst_crc(bytes, size - 4);
}

/* Of a sector; 0: it cannot be read, or is not there, or has nothing but zeros. */
static uint32_t sector_crc(struct pst_io *io, uint64_t at)
{
	uint8_t sector[SECTOR];

	if (at + SECTOR > io->size || io->read(io, sector, SECTOR, at, NULL) || pst_all_bytes(sector, SECTOR, 0))
		return 0;
	return pst_crc(sector, SECTOR);
}

/* Where one of the sectors is by which a file is known, which is there before and after. */
static uint64_t sample_at(const struct pst_journal *journal, size_t i)
{
	return PST_MIN(journal->size, journal->size_after) / PST_SAMPLES * i / SECTOR * SECTOR;
}

/* ---- making one ---------------------------------------------------------------------------- */

struct record {
	uint64_t at;
	uint32_t n, n_after;
	uint32_t crc, crc_after;
};

static uint32_t part_of(const struct pst_io *io, uint64_t at, size_t size)
{
	return at < io->size ? (uint32_t)PST_MIN(io->size - at, (uint64_t)size) : 0;
}

static pstfix_status add_record(struct pst_journal *journal, struct pst_io *file, struct pst_io *planned, const struct pst_run *run,
                                uint8_t *bytes, pstfix_error *err)
{
	const uint32_t n = part_of(file, run->at, run->size), n_after = part_of(planned, run->at, run->size);
	uint8_t *before = bytes + RECORD;
	pstfix_status status = n_after ? planned->read(planned, before, n_after, run->at, err) : PSTFIX_OK;

	pst_put(bytes, run->at, 8);
	pst_put(bytes + 8, n, 4);
	pst_put(bytes + 12, n_after, 4);
	pst_put(bytes + 20, pst_crc(before, n_after), 4);
	pst_put(bytes + 24, 0, 4);
	if (!status)
		status = file->read(file, before, n, run->at, err);
	pst_put(bytes + 16, pst_crc(before, n), 4);
	seal(bytes, RECORD);
	if (!status)
		status = journal->io->write(journal->io, bytes, RECORD + n, journal->length, err);
	journal->length += RECORD + n;
	return status;
}

static pstfix_status add_records(struct pst_journal *journal, struct pst_io *file, struct pst_io *planned, uint8_t *bytes, pstfix_error *err)
{
	struct pst_run run = {.size = PST_HEADER_SIZE}; /* of which more is written than is different in the end */
	pstfix_status status = add_record(journal, file, planned, &run, bytes, err);

	while (!status && run.size) {
		status = pst_overlay_next(&run, planned, run.at + run.size, err);
		if (!status && run.size)
			status = add_record(journal, file, planned, &run, bytes, err);
	}
	for (uint64_t at = planned->size; at < file->size && !status; at += PST_OVERLAY_RUN)
		status = add_record(journal, file, planned, &(struct pst_run){at, PST_OVERLAY_RUN}, bytes, err);
	return status;
}

/* For all of the journal, and for what the file grows by. */
static pstfix_status find_room(const struct pst_journal *journal, struct pst_io *file, struct pst_io *planned, pstfix_error *err)
{
	const uint64_t more = planned->size > file->size ? planned->size - file->size : 0;
	const bool together = pst_io_identity(journal->io).device == journal->identity.device;
	const uint64_t less = file->size > planned->size ? file->size - planned->size : 0;
	uint64_t needed = RECORDS + RECORD + PST_HEADER_SIZE + less + less / PST_OVERLAY_RUN * RECORD;
	struct pst_run run = {0};
	pstfix_status status;

	do {
		status = pst_overlay_next(&run, planned, run.at + run.size, err);
		needed += RECORD + part_of(file, run.at, run.size);
	} while (!status && run.size);
	if (!status)
		status = pst_io_find_room(journal->io, needed + (together ? more : 0), err);
	return status || together ? status : pst_io_find_room(file, more, err);
}

static pstfix_status write_head(const struct pst_journal *journal, pstfix_error *err)
{
	uint8_t head[RECORDS] = {0};

	memcpy(head, head_magic, MAGIC);
	pst_put(head + 16, journal->size, 8);
	pst_put(head + 24, journal->size_after, 8);
	pst_put(head + 32, journal->identity.device, 8);
	pst_put(head + 40, journal->identity.inode, 8);
	pst_put(head + 56, journal->length, 8);
	for (size_t i = 0; i < PST_SAMPLES; i++)
		pst_put(head + SAMPLES + 4 * i, journal->samples[i], 4);
	seal(head, HEAD);
	return journal->io->write(journal->io, head, sizeof head, 0, err);
}

pstfix_status pst_journal_make(struct pst_journal *out, const char *path, struct pst_io *file, struct pst_io *planned, pstfix_error *err)
{
	uint8_t *bytes = malloc(RECORD + PST_OVERLAY_RUN);
	pstfix_status status = bytes ? PSTFIX_OK : pst_fail_memory(err);

	*out = (struct pst_journal){.identity = pst_io_identity(file), .size = file->size, .size_after = planned->size, .length = RECORDS};
	for (size_t i = 0; i < PST_SAMPLES && !status; i++) {
		const uint32_t crc = sector_crc(file, sample_at(out, i));

		out->samples[i] = crc == sector_crc(planned, sample_at(out, i)) ? crc : 0;
	}
	if (!status)
		status = pst_io_open_temporary(&out->io, path, false, file, err);
	if (!status)
		status = find_room(out, file, planned, err);
	if (!status)
		status = add_records(out, file, planned, bytes, err);
	if (!status)
		status = write_head(out, err);
	if (!status)
		status = pst_temporary_commit(out->io, err);
	free(bytes);
	if (status)
		pst_journal_close(out);
	return status;
}

static pstfix_status write_mark(struct pst_journal *journal, const uint8_t *mark, pstfix_error *err)
{
	const pstfix_status status = journal->io->write(journal->io, mark, HEAD, MARK, err);

	return status ? status : pst_io_sync(journal->io, err);
}

pstfix_status pst_journal_mark(struct pst_journal *journal, pstfix_error *err)
{
	uint8_t mark[HEAD] = {0};

	memcpy(mark, mark_magic, MAGIC);
	seal(mark, HEAD);
	return write_mark(journal, mark, err);
}

/* ---- reading one --------------------------------------------------------------------------- */

pstfix_status pst_journal_open(struct pst_journal *out, const char *path, bool restores, pstfix_error *err)
{
	uint8_t head[RECORDS];
	const uint8_t *mark = head + MARK;
	pstfix_status status;

	*out = (struct pst_journal){0};
	status = restores ? pst_io_open_write(&out->io, path, err) : pst_io_open_file(&out->io, path, err);
	if (status)
		return status;
	if (out->io->size < sizeof head || out->io->read(out->io, head, sizeof head, 0, NULL) || memcmp(head, head_magic, MAGIC) ||
	    !is_sealed(head, HEAD)) {
		pst_journal_close(out);
		return pst_fail(err, PSTFIX_ERROR_FORMAT, 0, 0, "it is no undo journal, or a damaged one");
	}
	out->size = pst_get64(head + 16);
	out->size_after = pst_get64(head + 24);
	out->identity = (struct pst_identity){pst_get64(head + 32), pst_get64(head + 40)};
	out->length = pst_get64(head + 56);
	for (size_t i = 0; i < PST_SAMPLES; i++)
		out->samples[i] = pst_get32(head + SAMPLES + 4 * i);
	out->done = !memcmp(mark, mark_magic, MAGIC) && is_sealed(mark, HEAD);
	return PSTFIX_OK;
}

void pst_journal_close(struct pst_journal *journal)
{
	pst_io_close(journal->io);
	*journal = (struct pst_journal){0};
}

/* The record at `*at`, which is moved on, and its bytes. */
static pstfix_status next_record(struct record *out, const struct pst_journal *journal, uint64_t *at, uint8_t *bytes, pstfix_error *err)
{
	struct pst_io *io = journal->io;
	uint8_t head[RECORD];

	*out = (struct record){0};
	if (!io->read(io, head, sizeof head, *at, NULL) && is_sealed(head, RECORD)) {
		*out = (struct record){pst_get64(head), pst_get32(head + 8), pst_get32(head + 12), pst_get32(head + 16), pst_get32(head + 20)};
		if (out->n <= PST_OVERLAY_RUN && out->n_after <= PST_OVERLAY_RUN && !io->read(io, bytes, out->n, *at + RECORD, NULL) &&
		    pst_crc(bytes, out->n) == out->crc) {
			*at += RECORD + out->n;
			return PSTFIX_OK;
		}
	}
	return pst_fail(err, PSTFIX_ERROR_FORMAT, 0, *at, "the undo journal is damaged");
}

static pstfix_status is_unchanged(const struct record *record, struct pst_io *file, uint8_t *bytes, pstfix_error *err)
{
	if (!record->n_after)
		return PSTFIX_OK;
	if (record->at + record->n_after <= file->size && !file->read(file, bytes, record->n_after, record->at, NULL) &&
	    pst_crc(bytes, record->n_after) == record->crc_after)
		return PSTFIX_OK;
	return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, record->at, "it was changed since its repair: what was before cannot be given back");
}

enum step { PROVE, COMPARE, WRITE };

static pstfix_status walk(const struct pst_journal *journal, struct pst_io *file, enum step step, uint8_t *bytes, pstfix_error *err)
{
	pstfix_status status = PSTFIX_OK;

	for (uint64_t at = RECORDS; at < journal->length && !status;) {
		struct record record;

		status = next_record(&record, journal, &at, bytes, err);
		if (!status && step == COMPARE)
			status = is_unchanged(&record, file, bytes, err);
		if (!status && step == WRITE && record.n)
			status = file->write(file, bytes, record.n, record.at, err);
	}
	return status;
}

static bool is_same_inode(const struct pst_journal *journal, const struct pst_io *file)
{
	const struct pst_identity identity = pst_io_identity(file);

	return identity.device == journal->identity.device && identity.inode == journal->identity.inode;
}

/* By what the repair leaves as it is, of which others may have changed some since. Device and inode say little: a copy, or the same disk after
 * a restart, may have others, and another file, put there by the same name, the same. */
static pstfix_status is_of(const struct pst_journal *journal, struct pst_io *file, pstfix_error *err)
{
	size_t known = 0, same = 0;

	for (size_t i = 0; i < PST_SAMPLES; i++) {
		known += journal->samples[i] != 0;
		same += journal->samples[i] && sector_crc(file, sample_at(journal, i)) == journal->samples[i];
	}
	if (known ? same * 4 > known * 3 : is_same_inode(journal, file))
		return PSTFIX_OK;
	return pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "the undo journal is of another file");
}

/* Once something is written the mark is gone, since the file is then neither what it was nor what the repair made of it. */
static pstfix_status restore(struct pst_journal *journal, struct pst_io *file, uint8_t *bytes, pstfix_error *err)
{
	static const uint8_t none[HEAD];
	pstfix_status status = is_of(journal, file, err);

	if (!status)
		status = walk(journal, file, PROVE, bytes, err);
	if (!status && journal->done && file->size != journal->size_after)
		status = pst_fail(err, PSTFIX_ERROR_REFUSED, 0, PSTFIX_NOWHERE, "it was changed since its repair: it has another size");
	if (!status && journal->done)
		status = walk(journal, file, COMPARE, bytes, err);
	if (!status && journal->done)
		status = write_mark(journal, none, err);
	if (!status)
		status = walk(journal, file, WRITE, bytes, err);
	if (!status && file->size != journal->size)
		status = file->resize(file, journal->size, err);
	return status ? status : pst_io_sync(file, err);
}

pstfix_status pst_journal_restore(struct pst_journal *journal, struct pst_io *file, pstfix_error *err)
{
	uint8_t *bytes = malloc(PST_OVERLAY_RUN);
	pstfix_status status = bytes ? restore(journal, file, bytes, err) : pst_fail_memory(err);

	free(bytes);
	return status;
}

char *pst_journal_name(const char *path)
{
	static const char suffix[] = ".pstfix-undo";
	char *real = realpath(path, NULL);
	const char *base = real ? real : path;
	char *name = malloc(strlen(base) + sizeof suffix);

	if (name)
		snprintf(name, strlen(base) + sizeof suffix, "%s%s", base, suffix);
	free(real);
	return name;
}
