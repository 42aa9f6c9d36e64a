/* Regular expressions: hostile patterns through parser, compiler and filter, hostile blobs through
 * the check, and what passes searches hostile texts. The first byte says which, the second how
 * long the text is that follows; the rest is the pattern, or the blob, or what is changed in a
 * sound one. */
#include "base/regex.h"
#include "rules/regex/regex_priv.h"
#include "sluice/error.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { PATTERN, BLOB, CHANGED_BLOB };

/* Exactly as long as it is, for a sanitizer to see. */
static bool search_exact(const void *blob, size_t blob_bytes, const uint8_t *text, uint32_t n)
{
	void *regex = NULL;
	char *exact = malloc(n ? n : 1);
	bool found = false;

	if (!exact || posix_memalign(&regex, 8, blob_bytes ? blob_bytes : 1))
		abort();
	if (n)
		memcpy(exact, text, n);
	if (blob_bytes)
		memcpy(regex, blob, blob_bytes);
	if (sl_regex_check(regex, blob_bytes) == 0)
		found = sl_regex_search(regex, exact, n);
	free(regex);
	free(exact);
	return found;
}

static void use_fault(const struct sl_regex_fault *fault, struct sl_slice pattern)
{
	uint32_t at = fault->offset, code;

	assert(*fault->message && fault->hint);
	assert(at == 0 || at < pattern.bytes);
	/* at a character, unless it is the bytes that are none */
	assert(at == 0 || strstr(fault->message, "UTF-8") ||
	       sl_regex_decode(pattern.at + at, pattern.bytes - at, &code) > 0);
}

static void use_tree(const struct sl_regex_tree *tree, struct sl_arena *arena,
		     struct sl_slice pattern, const uint8_t *text, uint32_t n)
{
	struct sl_regex_fault fault = {0};
	struct sl_buffer blob = {0};
	struct sl_regex_filter filter;
	struct sl_slice literal;
	int error = sl_regex_compile(tree, &blob, &fault);

	if (sl_regex_filter(tree, 7, arena, &filter) ||
	    sl_regex_required_literal(tree, arena, &literal))
		abort();
	assert(filter.usable == (*filter.expression != '\0'));
	if (error) {
		assert(error == -SL_E_RULES && fault.kind == SL_REGEX_TOO_LARGE && blob.bytes == 0);
		use_fault(&fault, pattern);
	} else {
		bool found = search_exact(blob.at, blob.bytes, text, n);

		assert(sl_regex_check(blob.at, blob.bytes) == 0);
		assert(!sl_regex_is_always(tree) || (found && !filter.usable));
		assert(!found || !literal.bytes || memmem(text, n, literal.at, literal.bytes));
	}
	sl_buffer_fini(&blob);
}

static void use_pattern(struct sl_slice pattern, const uint8_t *text, uint32_t n)
{
	struct sl_regex_fault fault = {0};
	struct sl_arena arena = {0};
	struct sl_regex_tree tree;
	int error = sl_regex_parse(pattern, &arena, &tree, &fault);

	if (error) {
		assert(error == -SL_E_RULES);
		use_fault(&fault, pattern);
	} else {
		use_tree(&tree, &arena, pattern, text, n);
	}
	sl_arena_fini(&arena);
}

/* Each three bytes of the input change a byte: two say which, the third how. */
static void use_changed_blob(const uint8_t *changes, size_t n_changes, const uint8_t *text,
			     uint32_t n)
{
	static const char sound[] = "(?m)^x[가-힣]+(?:yz|\\bq){2,40}$";
	struct sl_regex_fault fault;
	struct sl_arena arena = {0};
	struct sl_buffer blob = {0};
	struct sl_regex_tree tree;

	if (sl_regex_parse((struct sl_slice){sound, sizeof(sound) - 1}, &arena, &tree, &fault) ||
	    sl_regex_compile(&tree, &blob, &fault))
		abort();
	for (size_t i = 0; i + 2 < n_changes; i += 3) {
		size_t at = (size_t)changes[i] << 8 | changes[i + 1];

		blob.at[at % blob.bytes] ^= changes[i + 2];
	}
	search_exact(blob.at, blob.bytes, text, n);
	sl_buffer_fini(&blob);
	sl_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const uint8_t *text = bytes + 2, *rest;
	uint32_t text_bytes;

	if (n < 2)
		return 0;
	text_bytes = bytes[1] < n - 2 ? bytes[1] : (uint32_t)(n - 2);
	rest = text + text_bytes;
	n -= 2 + text_bytes;
	switch (bytes[0] % 3) {
	case PATTERN:
		use_pattern((struct sl_slice){(const char *)rest, (uint32_t)n}, text, text_bytes);
		break;
	case BLOB:
		search_exact(rest, n, text, text_bytes);
		break;
	default:
		use_changed_blob(rest, n, text, text_bytes);
	}
	return 0;
}
