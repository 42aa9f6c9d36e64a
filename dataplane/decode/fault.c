/* Saying why a text was refused. Runs for refused texts only; composes by hand, without stdio. */
#include "decode/decode_priv.h"

static size_t append(char *at, size_t used, size_t room, const char *from, size_t bytes)
{
	size_t n = bytes < room - used ? bytes : room - used;

	/* never half a character: names of a schema may be in any script */
	while (n < bytes && n > 0 && ((uint8_t)from[n] & 0xc0) == 0x80)
		n--;
	memcpy(at + used, from, n);
	return used + n;
}

enum sl_reason sl_fault_fill(struct sl_decode_fault *fault, enum sl_reason reason, size_t offset,
			     struct sl_text subject, const char *what)
{
	size_t room = sizeof(fault->detail) - 1;
	size_t room_name = room - 2 - strlen(what); /* a long name is cut, what was found is not */
	size_t used = 0;

	fault->reason = reason;
	fault->offset = (uint32_t)offset;
	if (subject.bytes) {
		used = append(fault->detail, 0, room_name, subject.at, subject.bytes);
		used = append(fault->detail, used, room, ": ", 2);
	}
	used = append(fault->detail, used, room, what, strlen(what));
	fault->detail[used] = '\0';
	return reason;
}

void sl_walk_say(struct sl_walk *walk, const uint32_t *at, enum sl_reason reason, const char *what)
{
	sl_fault_fill(walk->fault, reason, at[0], (struct sl_text){0}, what);
}

void sl_walk_unfit(struct sl_walk *walk, const uint32_t *at, enum sl_reason reason,
		   struct sl_text subject, const char *what)
{
	if (walk->unfit)
		return;
	walk->unfit = true;
	sl_fault_fill(walk->fault, reason, at[0], subject, what);
}

void sl_walk_unfit_field(struct sl_walk *walk, const uint32_t *at, enum sl_reason reason,
			 uint16_t slot, const char *what)
{
	const struct sl_artifact *artifact = walk->plan->artifact;

	sl_walk_unfit(walk, at, reason, sl_artifact_text(artifact, artifact->fields[slot].path),
		      what);
}

static size_t find_bad_character(struct sl_span text)
{
	size_t at = 0;

	while (at < text.bytes) {
		uint32_t code;
		unsigned n = sl_utf8_take(text.at + at, text.bytes - at, &code);

		if (n == 0)
			break;
		at += n;
	}
	return at;
}

/* The first control character in a string, or where the string begins that does not end. */
static size_t find_bad_string(struct sl_span text, bool *ret_is_open)
{
	size_t start = 0;
	bool in_string = false;

	for (size_t at = 0; at < text.bytes; at++) {
		uint8_t c = text.at[at];

		if (in_string && c < 0x20) {
			*ret_is_open = false;
			return at;
		}
		if (c == '\\') {
			at++;
		} else if (c == '"') {
			in_string = !in_string;
			start = at;
		}
	}
	*ret_is_open = true;
	return start;
}

enum sl_reason sl_fault_index(struct sl_decode_fault *fault, enum sl_index_result result,
			      struct sl_span text)
{
	const struct sl_text none = {0};
	bool is_open;
	size_t at;

	switch (result) {
	case SL_INDEX_EMPTY:
		return sl_fault_fill(fault, SL_WHY_JSON_MALFORMED, 0, none, "there is no value");
	case SL_INDEX_UTF8:
		return sl_fault_fill(fault, SL_WHY_UTF8_INVALID, find_bad_character(text), none,
				     "bytes that are not UTF-8");
	case SL_INDEX_TOO_LARGE:
		return sl_fault_fill(fault, SL_WHY_TOO_LARGE, 0, none,
				     "longer than the limit for one event");
	case SL_INDEX_DONE:
	case SL_INDEX_STRING:
		break;
	}
	at = find_bad_string(text, &is_open);
	return sl_fault_fill(fault, SL_WHY_JSON_MALFORMED, at, none,
			     is_open ? "a string that does not end"
				     : "a bare control character in a string");
}
