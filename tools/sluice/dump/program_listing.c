#include "tools/sluice/dump/program_listing.h"

#include "tools/sluice/dump/constant_listing.h"

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

static void put_argument(struct sl_listing *listing, const struct sl_instruction *in)
{
	static const char *const loops[SL_LOOPS] = {"all", "exists", "exists_one", "filter", "map"};
	const struct sl_artifact *artifact = listing->artifact;

	switch (opcodes[in->op].argument) {
	case CONSTANT:
	case ELEMENT:
	case VALUE:
		sl_listing_put(listing, " ");
		sl_listing_constant(listing, in->arg);
		break;
	case SET:
		sl_listing_put(listing, " [");
		sl_listing_members(listing, artifact->sets[in->arg].first,
				   artifact->sets[in->arg].count);
		sl_listing_put(listing, "]");
		break;
	case PATTERN:
		sl_listing_put(listing, " pattern %u", in->arg);
		break;
	case ZONE:
		sl_listing_put(listing, " %s ", functions[in->slot]);
		sl_listing_string(listing,
				  sl_artifact_text(artifact, artifact->zones[in->arg].name));
		break;
	case FUNCTION:
		sl_listing_put(listing, " %s of %u", functions[in->slot], in->arg);
		break;
	case FAULT:
		sl_listing_put(listing, " %s", faults[in->arg]);
		break;
	case BOUND:
	case VARIABLE:
	case ITEMS:
	case ENTRIES:
		sl_listing_put(listing, " %u", in->arg);
		break;
	case KEEP:
	case POP:
	case JUMP:
		sl_listing_put(listing, " -> %u", in->arg);
		break;
	case LOOP:
		sl_listing_put(listing, " %s -> %u", loops[in->slot], in->arg);
		break;
	default:
		break;
	}
}

size_t sl_program_list(const struct sl_artifact *artifact, const struct sl_instruction *code,
		       uint32_t n, char *at, size_t room)
{
	struct sl_listing listing = {.artifact = artifact, .at = at, .room = room};

	if (room)
		at[0] = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct sl_instruction *in = &code[i];

		sl_listing_put(&listing, "%4u  %s", i, opcodes[in->op].text);
		if (opcodes[in->op].takes != NOTHING) {
			struct sl_text path =
				sl_artifact_text(artifact, artifact->fields[in->slot].path);

			sl_listing_put(&listing, " ");
			sl_listing_plain(&listing, path);
		}
		put_argument(&listing, in);
		sl_listing_put(&listing, "\n");
	}
	return listing.bytes;
}
