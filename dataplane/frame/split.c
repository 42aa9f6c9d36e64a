/* The events of a body. One pass: quotes, brackets and commas of 64 bytes at a time become bit
 * masks, and of an event only its brackets are looked at, one by one. */
#include "frame/frame.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Where the splitter stands. */
enum {
	AT_WHOLE,   /* before a body that is one text */
	AT_FIRST,   /* behind the opening bracket */
	AT_ELEMENT, /* behind a comma */
	AT_END,     /* behind the closing bracket */
	AT_NOTHING,
};

/* A bit for each byte of a block, bytes behind the body being none of these. */
struct marks {
	uint64_t quotes, slashes, opens, closes, commas;
};

#ifdef __SSE2__
static inline uint64_t equal16(__m128i bytes, char c)
{
	return (uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

/* Reads 64 bytes, of which some may be padding. */
static inline struct marks mark_block(const uint8_t *at)
{
	struct marks marks = {0};

	for (unsigned i = 0; i < 4; i++) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + 16 * i));
		/* '[' and '{', ']' and '}' differ in this bit only; no other character joins them
		 */
		__m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));

		marks.quotes |= equal16(bytes, '"') << (16 * i);
		marks.slashes |= equal16(bytes, '\\') << (16 * i);
		marks.opens |= equal16(folded, '{') << (16 * i);
		marks.closes |= equal16(folded, '}') << (16 * i);
		marks.commas |= equal16(bytes, ',') << (16 * i);
	}
	return marks;
}
#else
static struct marks mark_block(const uint8_t *at)
{
	struct marks marks = {0};

	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = 1ull << i;

		marks.quotes |= at[i] == '"' ? bit : 0;
		marks.slashes |= at[i] == '\\' ? bit : 0;
		marks.opens |= (at[i] | 0x20) == '{' ? bit : 0;
		marks.closes |= (at[i] | 0x20) == '}' ? bit : 0;
		marks.commas |= at[i] == ',' ? bit : 0;
	}
	return marks;
}
#endif

/* Where a scan of an element stands, between blocks. */
struct scan {
	uint64_t in_string; /* all ones or none */
	bool is_escaped;    /* the next byte is, by a backslash that ended the block */
};

/* Bits from each quote on up to the one before the next. */
static uint64_t between(uint64_t quotes)
{
	for (unsigned shift = 1; shift < 64; shift *= 2)
		quotes ^= quotes << shift;
	return quotes;
}

/* The same where there are backslashes: quote by quote. Returns the bits before the first backslash
 * outside a string, which is no JSON: all of them where there is none. */
static uint64_t between_escaped(const struct marks *marks, struct scan *scan, uint64_t *ret_strings)
{
	uint64_t left = marks->quotes | marks->slashes;
	uint64_t strings = scan->in_string;
	uint64_t sound = ~0ull;

	if (scan->is_escaped)
		left &= ~1ull;
	scan->is_escaped = false;
	while (left) {
		unsigned i = (unsigned)__builtin_ctzll(left);
		uint64_t from_here = ~0ull << i;

		left &= left - 1;
		if (marks->quotes >> i & 1) {
			strings ^= from_here;
		} else if (!(strings >> i & 1)) {
			sound = (1ull << i) - 1;
			break;
		} else if (i == 63) {
			scan->is_escaped = true;
		} else {
			left &= ~(1ull << (i + 1));
		}
	}
	*ret_strings = strings;
	return sound;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static struct sl_span trim(const uint8_t *at, const uint8_t *end)
{
	while (at < end && is_space(*at))
		at++;
	while (end > at && is_space(end[-1]))
		end--;
	return sl_span_of(at, (size_t)(end - at));
}

/* The comma or bracket that ends the element of the array which begins at `from`; the body's size
 * where none does. */
static size_t find_end(struct sl_span body, size_t from)
{
	struct scan scan = {0};
	unsigned depth = 0;

	for (size_t block = from; block < body.bytes; block += 64) {
		size_t left = body.bytes - block;
		uint64_t valid = left < 64 ? (1ull << left) - 1 : ~0ull;
		struct marks marks = mark_block(body.at + block);
		uint64_t sound = ~0ull;
		uint64_t strings, stops;

		marks.quotes &= valid;
		marks.slashes &= valid;
		if (!marks.slashes && !scan.is_escaped)
			strings = between(marks.quotes) ^ scan.in_string;
		else
			sound = between_escaped(&marks, &scan, &strings);
		scan.in_string = strings >> 63 ? ~0ull : 0;
		valid &= ~strings & sound;
		stops = (marks.opens | marks.closes | (depth ? 0 : marks.commas)) & valid;
		while (stops) {
			unsigned i = (unsigned)__builtin_ctzll(stops);

			stops &= stops - 1;
			if (marks.opens >> i & 1) {
				depth++;
				stops &= ~marks.commas;
			} else if (depth == 0) {
				return block + i;
			} else if (--depth == 0) {
				stops |= marks.commas & valid & ~0ull << i;
			}
		}
		if (~sound)
			break;
	}
	return body.bytes;
}

static bool next_line(struct sl_splitter *splitter, struct sl_piece *ret_piece)
{
	const uint8_t *body = splitter->body.at;

	while (splitter->at < splitter->body.bytes) {
		const uint8_t *at = body + splitter->at;
		size_t left = splitter->body.bytes - splitter->at;
		const uint8_t *newline = memchr(at, '\n', left);
		const uint8_t *end = newline ? newline : at + left;
		struct sl_span line = trim(at, end);

		splitter->at = (size_t)(end - body) + (newline != NULL);
		if (line.bytes) {
			*ret_piece =
				(struct sl_piece){.text = line, .offset = (size_t)(line.at - body)};
			return true;
		}
	}
	return false;
}

/* All that is left as one piece. */
static bool take_rest(struct sl_splitter *splitter, bool is_broken, struct sl_piece *ret_piece)
{
	const uint8_t *body = splitter->body.at;
	struct sl_span text = trim(body + splitter->at, body + splitter->body.bytes);

	splitter->state = AT_NOTHING;
	*ret_piece = (struct sl_piece){
		.text = text, .offset = (size_t)(text.at - body), .broken = is_broken};
	return true;
}

static bool next_element(struct sl_splitter *splitter, struct sl_piece *ret_piece)
{
	const uint8_t *body = splitter->body.at;
	size_t end = find_end(splitter->body, splitter->at);
	struct sl_span text = trim(body + splitter->at, body + end);

	if (end == splitter->body.bytes || body[end] == '}')
		return take_rest(splitter, true, ret_piece);
	if (!text.bytes && (body[end] == ',' || splitter->state == AT_ELEMENT))
		return take_rest(splitter, true, ret_piece);
	splitter->state = body[end] == ',' ? AT_ELEMENT : AT_END;
	splitter->at = end + 1;
	*ret_piece = (struct sl_piece){.text = text, .offset = (size_t)(text.at - body)};
	return text.bytes ||
	       sl_splitter_next(splitter, ret_piece); /* none in []; there may be more behind it */
}

void sl_splitter_init(struct sl_splitter *splitter, struct sl_span body, enum sl_content content)
{
	struct sl_span text = trim(body.at, body.at + body.bytes);
	size_t start = (size_t)(text.at - body.at);

	*splitter = (struct sl_splitter){.body = body, .lines = content == SL_CONTENT_NDJSON};
	if (splitter->lines)
		return;
	/* what stands behind the last character is never looked at */
	splitter->body.bytes = start + text.bytes;
	splitter->state = text.bytes && *text.at == '[' ? AT_FIRST : AT_WHOLE;
	splitter->at = start + (splitter->state == AT_FIRST);
}

bool sl_splitter_next(struct sl_splitter *splitter, struct sl_piece *ret_piece)
{
	if (splitter->lines)
		return next_line(splitter, ret_piece);
	switch (splitter->state) {
	case AT_WHOLE: /* nothing at all is no JSON */
		return take_rest(splitter, splitter->body.bytes == splitter->at, ret_piece);
	case AT_FIRST:
	case AT_ELEMENT:
		return next_element(splitter, ret_piece);
	case AT_END:
		return splitter->at < splitter->body.bytes && take_rest(splitter, true, ret_piece);
	default:
		return false;
	}
}
