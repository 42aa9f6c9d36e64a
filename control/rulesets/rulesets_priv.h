/* What the files of this folder share. */
#ifndef SL_CONTROL_RULESETS_PRIV_H
#define SL_CONTROL_RULESETS_PRIV_H

#include "control/rulesets/rulesets.h"
#include "sluice/error.h"

#include <jansson.h>

/* ---- request.c, request_directory.c: what is to be loaded ------------------------------------ */

#define SL_RULESET_FILES_MAX 100000u
#define SL_RULESET_BYTES_MAX ((size_t)256 << 20)
#define SL_RULESET_NAME_MAX 240u /* of one file, with its folders */

struct sl_ruleset_file {
	char *name;
	char *text;
	size_t bytes;
};

struct sl_ruleset_request {
	struct sl_ruleset_file *files;
	size_t n_files;
	size_t room;
	size_t bytes; /* of all texts */
	struct sl_ruleset_file
		schema; /* name NULL: the one among the files, else the one in force */
	char *author;
	bool dry_run;
};

/* Which version is to come back: {"version","author","dry_run"}, each of them optional; version 0
 * means the one before. */
struct sl_rollback_request {
	uint64_t version;
	char author[256];
	bool dry_run;
};

int sl_rollback_request_parse(const char *body, size_t bytes,
			      struct sl_rollback_request *ret_request,
			      char ret_why[SL_SENTENCE_BYTES]);

/* 0, or -EINVAL, -SL_E_LIMIT, -ENOMEM with a sentence. To be freed only after 0. */
int sl_ruleset_request_parse(const char *body, size_t bytes, struct sl_ruleset_request *ret_request,
			     char ret_why[SL_SENTENCE_BYTES]);
int sl_ruleset_request_from_directory(const char *directory, const char *schema_path,
				      struct sl_ruleset_request *ret_request,
				      char ret_why[SL_SENTENCE_BYTES]);
void sl_ruleset_request_free(struct sl_ruleset_request *request);

int sl_ruleset_request_add(struct sl_ruleset_request *request, const char *name, const char *text,
			   size_t bytes, char ret_why[SL_SENTENCE_BYTES]);

/* Relative, no "." or ".." or hidden part, ends in .yaml or .yml. */
bool sl_ruleset_name_ok(const char *name);

/* ---- store.c, store_versions.c, store_sources.c, store_index.c: the directories ---------------
 */

#define SL_RULESET_INDEX "files"
#define SL_RULESET_PATH (SL_PATH_BYTES + 64u) /* of anything of a rule set but its sources */

struct sl_ruleset_store {
	char root[SL_PATH_BYTES];
	uint64_t last; /* highest number ever given */
	struct sl_ruleset_info current;
	uint32_t kept;                    /* versions, the one in force among them */
	struct sl_ruleset_info *versions; /* newest first: the one in force; room for kept + 1 */
	uint32_t n_versions;
};

/* To be closed also after a failure. */
int sl_ruleset_store_open(struct sl_ruleset_store *store, const char *root, uint32_t kept,
			  char ret_why[SL_SENTENCE_BYTES]);
void sl_ruleset_store_close(struct sl_ruleset_store *store);

/* A number, on disk before it is used. */
int sl_ruleset_store_number(struct sl_ruleset_store *store, uint64_t *ret_number);

/* root/N, or root/trial for number 0. */
void sl_ruleset_store_path(const struct sl_ruleset_store *store, uint64_t number, const char *name,
			   char ret_path[SL_RULESET_PATH]);

/* Makes the directory, with the sources and an index of them; the schema in force where the request
 * has none. */
int sl_ruleset_store_write(struct sl_ruleset_store *store, uint64_t number,
			   const struct sl_ruleset_request *request,
			   char ret_why[SL_SENTENCE_BYTES]);

/* Makes it the one in force: its description, a sync of everything, the link. */
int sl_ruleset_store_activate(struct sl_ruleset_store *store, const struct sl_ruleset_info *info);
int sl_ruleset_store_remove(struct sl_ruleset_store *store, uint64_t number);

/* The sources of a version as they were loaded, the schema among the files. -ENOENT: it has none,
 * or one of them is gone; -SL_E_DAMAGED: one is not what was loaded. To be freed only after 0. */
int sl_ruleset_store_read(const struct sl_ruleset_store *store, uint64_t number,
			  struct sl_ruleset_request *ret_request, char ret_why[SL_SENTENCE_BYTES]);

/* Digits without a leading zero, else 0. */
uint64_t sl_ruleset_number_of(const char *name);
int sl_ruleset_description_read(const struct sl_ruleset_store *store, uint64_t number,
				struct sl_ruleset_info *ret_info);
int sl_ruleset_description_write(const struct sl_ruleset_store *store,
				 const struct sl_ruleset_info *info);
/* Reads what is kept. Removes what was never in force and what is more than is kept. */
int sl_ruleset_versions_open(struct sl_ruleset_store *store);
/* The newest; what is more than is kept goes. */
void sl_ruleset_versions_add(struct sl_ruleset_store *store, const struct sl_ruleset_info *info);

/* The index of a version's sources: a line for each file, its XXH3-128, its bytes, its name. */
struct sl_ruleset_index {
	char *text;
	const char *at; /* of the next line */
};

struct sl_ruleset_entry {
	char hash[33];
	uint64_t bytes;
	const char *name; /* in the text of the index */
};

int sl_ruleset_index_open(const char *root, uint64_t number, struct sl_ruleset_index *ret_index,
			  char ret_why[SL_SENTENCE_BYTES]);
void sl_ruleset_index_close(struct sl_ruleset_index *index);
/* 1 and an entry, 0 at the end, -SL_E_DAMAGED. */
int sl_ruleset_index_next(struct sl_ruleset_index *index, struct sl_ruleset_entry *ret_entry);
/* The file it names, checked. */
int sl_ruleset_index_file(const char *root, uint64_t number, const struct sl_ruleset_entry *entry,
			  char **ret_text, char ret_why[SL_SENTENCE_BYTES]);
void sl_ruleset_hash_text(const void *at, size_t bytes, char ret_hash[33]);

/* ---- compile.c: the compiler in a child ----------------------------------------------------- */

#define SL_COMPILE_NO_MEMORY 3 /* exit status of the child: its parent says the rest */

struct sl_compile_job {
	const char *program;
	const char *sources;
	const char *artifact;
	const char *previous; /* "" for none */
	const char *author;
	const char *announced; /* "" for none */
	const struct sl_settings *settings;
	uint64_t number;
	/* Now and then while the child works, with what it is at (phase NULL: not known); true:
	 * kill it. */
	bool (*meanwhile)(void *context, const struct sl_ruleset_progress *progress);
	void *context;
};

struct sl_compile_result {
	json_t *diagnostics; /* array */
	json_t *changes;     /* array: what becomes of what campaigns remember */
	bool done;           /* there is an artifact */
	uint64_t campaigns;
	char hash[33];
};

int sl_ruleset_compile(const struct sl_compile_job *job, struct sl_compile_result *ret_result);
void sl_ruleset_compile_fini(struct sl_compile_result *result);

/* ---- reply.c: a reply takes the place of the one that was there ------------------------------ */

void sl_ruleset_reply_error(struct sl_ruleset_reply *reply, unsigned status, const char *sentence);
/* Takes the JSON over. */
void sl_ruleset_reply_json(struct sl_ruleset_reply *reply, unsigned status, json_t *root);
void sl_ruleset_reply_diagnostics(struct sl_ruleset_reply *reply, json_t *diagnostics);
void sl_ruleset_reply_done(struct sl_ruleset_reply *reply, const struct sl_ruleset_info *info,
			   const struct sl_compile_result *result);

#endif
