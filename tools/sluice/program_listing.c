/* See program_listing.h. */
#include "tools/sluice/program_listing.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_BYTES_MAX 60u
#define MEMBERS_MAX 8u
#define DEPTH_MAX 3u

enum argument {
	NONE,
	CONSTANT,
	ELEMENT,
	SET,
	PATTERN,
	VALUE,
	ZONE,
	FUNCTION,
	BOUND,
	VARIABLE,
	FAULT,
	ITEMS,
	ENTRIES,
	KEEP,
	POP,
	JUMP,
	LOOP,
	NEXT,
	SKIP,
};

enum takes { NOTHING, STRING, INTEGER, NUMBER, DECIMAL, STRINGS, ANY };

static const struct {
	const char *text;
	enum takes takes;
	enum argument argument;
} opcodes[SL_OP_COUNT] = {
#define SL_OPCODE(name, text, takes, argument, pops, pushes, doc)                                  \
	[SL_OP_##name] = {text, takes, argument},
#include "sluice/opcodes.def"
#undef SL_OPCODE
};

static const char *const functions[SL_FUNCTION_COUNT] = {
#define SL_FUNCTION(name, text, form) [SL_FUNCTION_##name] = text,
#include "sluice/functions.def"
#undef SL_FUNCTION
};

static const char *const faults[SL_FAULT_COUNT] = {
#define SL_FAULT(name, text) [SL_FAULT_##name] = text,
#include "sluice/faults.def"
#undef SL_FAULT
};

struct listing {
	const struct sl_artifact *artifact;
	char *at;
	size_t room, bytes;
};

__attribute__((format(printf, 2, 3))) static void put(struct listing *listing, const char *format,
						      ...)
{
	size_t left = listing->bytes < listing->room ? listing->room - listing->bytes : 0;
	va_list args;

	va_start(args, format);
	listing->bytes +=
		(size_t)vsnprintf(left ? listing->at + listing->bytes : NULL, left, format, args);
	va_end(args);
}

static void put_text(struct listing *listing, struct sl_text_ref ref)
{
	struct sl_text text = sl_artifact_text(listing->artifact, ref);

	put(listing, "\"");
	for (uint32_t i = 0; i < text.bytes && i < TEXT_BYTES_MAX; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (c < 0x20 || c == 0x7f || c == '"' || c == '\\')
			put(listing, "\\x%02x", c);
		else
			put(listing, "%c", c);
	}
	put(listing, text.bytes > TEXT_BYTES_MAX ? "\"…" : "\"");
}

static void put_constant(struct listing *listing, uint32_t index, unsigned depth);

static void put_members(struct listing *listing, uint32_t first, uint32_t count, unsigned depth)
{
	for (uint32_t i = 0; i < count; i++) {
		if (i)
			put(listing, ", ");
		if (i == MEMBERS_MAX || depth == DEPTH_MAX) {
			put(listing, "… %u", count);
			return;
		}
		put_constant(listing, listing->artifact->members[first + i], depth + 1);
	}
}

static void put_constant(struct listing *listing, uint32_t index, unsigned depth)
{
	const struct sl_constant *constant = &listing->artifact->constants[index];

	switch (constant->type) {
	case SL_KIND_STRING:
		put_text(listing, constant->text);
		break;
	case SL_KIND_BYTES:
		put(listing, "b");
		put_text(listing, constant->text);
		break;
	case SL_KIND_DOUBLE:
		put(listing, "%.17g", constant->decimal);
		break;
	case SL_KIND_UINT:
		put(listing, "%" PRIu64 "u", constant->natural);
		break;
	case SL_KIND_BOOL:
		put(listing, constant->integer ? "true" : "false");
		break;
	case SL_KIND_NULL:
		put(listing, "null");
		break;
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		put(listing, "%" PRId64 " s %d ns", constant->integer, constant->nanos);
		break;
	case SL_KIND_LIST:
		put(listing, "[");
		put_members(listing, constant->run.first, constant->run.count, depth);
		put(listing, "]");
		break;
	case SL_KIND_MAP:
		put(listing, "{");
		put_members(listing, constant->run.first, 2 * constant->run.count, depth);
		put(listing, "}");
		break;
	default: /* INT, TIME, TYPE */
		put(listing, "%" PRId64, constant->integer);
	}
}

static void put_argument(struct listing *listing, const struct sl_instruction *in)
{
	static const char *const loops[SL_LOOPS] = {"all", "exists", "exists_one", "filter", "map"};
	const struct sl_artifact *artifact = listing->artifact;

	switch (opcodes[in->op].argument) {
	case CONSTANT:
	case ELEMENT:
	case VALUE:
		put(listing, " ");
		put_constant(listing, in->arg, 0);
		break;
	case SET:
		put(listing, " [");
		put_members(listing, artifact->sets[in->arg].first, artifact->sets[in->arg].count,
			    0);
		put(listing, "]");
		break;
	case PATTERN:
		put(listing, " pattern %u", in->arg);
		break;
	case ZONE:
		put(listing, " %s ", functions[in->slot]);
		put_text(listing, artifact->zones[in->arg].name);
		break;
	case FUNCTION:
		put(listing, " %s of %u", functions[in->slot], in->arg);
		break;
	case FAULT:
		put(listing, " %s", faults[in->arg]);
		break;
	case BOUND:
	case VARIABLE:
	case ITEMS:
	case ENTRIES:
		put(listing, " %u", in->arg);
		break;
	case KEEP:
	case POP:
	case JUMP:
		put(listing, " -> %u", in->arg);
		break;
	case LOOP:
		put(listing, " %s -> %u", loops[in->slot], in->arg);
		break;
	default:
		break;
	}
}

size_t sl_program_list(const struct sl_artifact *artifact, const struct sl_instruction *code,
		       uint32_t n, char *at, size_t room)
{
	struct listing listing = {.artifact = artifact, .at = at, .room = room};

	if (room)
		at[0] = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct sl_instruction *in = &code[i];

		put(&listing, "%4u  %s", i, opcodes[in->op].text);
		if (opcodes[in->op].takes != NOTHING) {
			struct sl_text path =
				sl_artifact_text(artifact, artifact->fields[in->slot].path);

			put(&listing, " %.*s", (int)path.bytes, path.at);
		}
		put_argument(&listing, in);
		put(&listing, "\n");
	}
	return listing.bytes;
}
