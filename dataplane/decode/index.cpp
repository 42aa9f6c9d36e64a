/* See index_priv.h. No exceptions, no RTTI. */
#include "decode/index_priv.h"

#include "sluice/exit.h"

#include <cerrno>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <simdjson.h>
#include <unistd.h>

struct sl_indexer {
	std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
};

/* The library throws when it finds no memory for looking at the processor, in part from functions
 * that say they do not: nothing can catch that. The process is at its start then, and ends with the
 * status of a start that found no room, not with an abort. */
[[noreturn]] static void no_memory()
{
	static const char line[] =
		"{\"log.level\":\"error\",\"service.name\":\"sluice\",\"message\":\"not enough "
		"memory for the JSON library\"}\n";

	if (write(STDERR_FILENO, line, sizeof(line) - 1) < 0)
		_exit(SL_PROCESS_NOT_NOW);
	_exit(SL_PROCESS_NOT_NOW);
}

static const simdjson::implementation *choose()
{
	std::terminate_handler before = std::set_terminate(no_memory);
	const simdjson::implementation *chosen = simdjson::get_active_implementation();

	/* the first use is what looks */
	if (chosen->name().empty())
		chosen = nullptr;
	std::set_terminate(before);
	return chosen;
}

int sl_indexer_new(size_t bytes_max, struct sl_indexer **ret_indexer)
{
	std::unique_ptr<sl_indexer> indexer(new (std::nothrow) sl_indexer);

	const simdjson::implementation *implementation = indexer ? choose() : nullptr;

	if (!implementation ||
	    implementation->create_dom_parser_implementation(bytes_max, 1, indexer->stage))
		return -ENOMEM;
	*ret_indexer = indexer.release();
	return 0;
}

void sl_indexer_free(struct sl_indexer *indexer)
{
	delete indexer;
}

enum sl_index_result sl_indexer_run(struct sl_indexer *indexer, const uint8_t *text, size_t bytes,
				    const uint32_t **ret_starts, uint32_t *ret_count,
				    bool *ret_escapes)
{
	uint32_t *starts = indexer->stage->structural_indexes.get();

	switch (indexer->stage->stage1(text, bytes, simdjson::stage1_mode::regular)) {
	case simdjson::SUCCESS:
		*ret_starts = starts;
		*ret_count = indexer->stage->n_structural_indexes;
		*ret_escapes = std::memchr(text, '\\', bytes) != nullptr;
		return SL_INDEX_DONE;
	case simdjson::EMPTY:
		return SL_INDEX_EMPTY;
	case simdjson::CAPACITY:
		return SL_INDEX_TOO_LARGE;
	case simdjson::UTF8_ERROR:
		return SL_INDEX_UTF8;
	default: /* an unclosed string, a control character in one */
		return SL_INDEX_STRING;
	}
}

double sl_index_double(const char *first, const char *end)
{
	return simdjson::internal::from_chars(first, end);
}
