/* Heads and lines in pieces, and the search for a message behind a gap. */
#include "frame/mirror_priv.h"

void sl_mirror_drop_held(struct sl_mirror *mirror, struct sl_mirror_side *side)
{
	sl_assembly_give(mirror->assembly, side->held);
	side->held = NULL;
	side->held_bytes = side->held_room = 0;
}

static int hold(struct sl_mirror *mirror, struct sl_mirror_side *side, struct sl_span bytes)
{
	size_t want = side->held_bytes + bytes.bytes, room;
	uint8_t *held;

	if (want > side->held_room) {
		want = want < 2 * side->held_room ? 2 * side->held_room : want;
		held = sl_assembly_take(mirror->assembly, want, &room);
		if (!held)
			return -1;
		if (side->held_bytes)
			memcpy(held, side->held, side->held_bytes);
		sl_assembly_give(mirror->assembly, side->held);
		side->held = held;
		side->held_room = room;
	}
	if (bytes.bytes)
		memcpy(side->held + side->held_bytes, bytes.at, bytes.bytes);
	return 0; /* held_bytes stay: take() decides */
}

int sl_mirror_gather(struct sl_mirror *mirror, struct sl_mirror_side *side, struct sl_span rest,
		     size_t bytes_max, struct sl_span *ret_text)
{
	size_t room = bytes_max - side->held_bytes;

	if (side->held_bytes == 0) {
		*ret_text = rest;
		return 0;
	}
	if (rest.bytes > room)
		rest.bytes = room;
	if (hold(mirror, side, rest))
		return -1;
	*ret_text = sl_span_of(side->held, side->held_bytes + rest.bytes);
	return 0;
}

int sl_mirror_take(struct sl_mirror *mirror, struct sl_mirror_side *side, struct sl_span *rest,
		   struct sl_span text, size_t parsed)
{
	size_t held = side->held_bytes;

	if (parsed > 0) {
		sl_mirror_advance(rest, parsed - held);
		side->held_bytes = 0;
		return 0;
	}
	if (held == 0 && hold(mirror, side, text))
		return -1;
	side->held_bytes = text.bytes;
	sl_mirror_advance(rest, text.bytes - held);
	return 0;
}

static const char *const methods[] = {"GET ",   "POST ",    "PUT ",   "HEAD ",   "DELETE ",
				      "PATCH ", "OPTIONS ", "TRACE ", "CONNECT "};

static bool begins_with(struct sl_span text, const char *with)
{
	size_t n = strlen(with);

	return text.bytes >= n && memcmp(text.at, with, n) == 0;
}

static bool begins_message(struct sl_span text)
{
	if (begins_with(text, "HTTP/1."))
		return true;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (begins_with(text, methods[i]))
			return true;
	return false;
}

size_t sl_mirror_seek(struct sl_span piece)
{
	for (size_t i = 0; i < piece.bytes; i++) {
		struct sl_span text = sl_span_of(piece.at + i, piece.bytes - i);

		if (i > 0 && piece.at[i - 1] != '\n' && piece.at[i - 1] != '}')
			continue;
		if (begins_message(text))
			return i;
	}
	return piece.bytes;
}

/* A method of letters, and a space behind it; as far as there is text. */
bool sl_mirror_looks_alike(struct sl_span text)
{
	size_t i = 0;

	while (i + 1 < text.bytes && text.at[i] == '\r' && text.at[i + 1] == '\n')
		i += 2;
	if (memcmp(text.at + i, "HTTP/1.", text.bytes - i < 7 ? text.bytes - i : 7) == 0)
		return true;
	for (size_t n = 0; i < text.bytes; i++, n++) {
		uint8_t c = text.at[i];

		if (c == ' ')
			return n > 0;
		if (!((c | 0x20) >= 'a' && (c | 0x20) <= 'z') && c != '-' && c != '_' && c != '/')
			return false;
		if (n > 32)
			return false;
	}
	return true;
}
