/* Bytes ahead of a hole: written at their place in pages, with a bit for each that is there. So
 * what a segment costs depends on its length alone, in whatever order and overlap segments come. */
#include "flow/flow_priv.h"

static uint32_t *slot_of(const struct sl_flow *flow, const struct sl_side *side, uint64_t at)
{
	struct sl_window *window = (struct sl_window *)(void *)&flow->pages[side->window];

	return &window->page[at / SL_PAGE_BYTES % SL_WINDOW_PAGES];
}

static uint32_t take_page(struct sl_flow *flow)
{
	assert(flow->n_free > 0);
	return flow->free_pages[--flow->n_free];
}

static void lend(struct sl_flow *flow, uint32_t page)
{
	flow->lent[flow->n_lent++] = page;
}

uint32_t sl_hold_pages_needed(const struct sl_side *side, uint64_t at, uint32_t bytes)
{
	uint64_t first = at / SL_PAGE_BYTES, last = (at + bytes - 1) / SL_PAGE_BYTES;

	return (uint32_t)(last - first + 1) + (side->window == SL_NONE);
}

/* The bits [from, from + n) of a word. */
static inline uint64_t mask_of(uint32_t from, uint32_t n)
{
	return (n == 64 ? UINT64_MAX : (1ull << n) - 1) << from;
}

/* Bytes of one word of bits; those that are there stay. */
static bool put_word(struct sl_page *page, uint32_t at, const uint8_t *bytes, uint32_t n)
{
	uint32_t bit = at % 64;
	uint64_t mask = mask_of(bit, n);
	uint64_t missing = mask & ~page->present[at / 64];

	if (missing == mask) {
		memcpy(page->bytes + at, bytes, n);
	} else {
		for (uint64_t left = missing; left;) {
			uint32_t first = (uint32_t)__builtin_ctzll(left);
			uint64_t gone = ~(left >> first);
			uint32_t run = gone ? (uint32_t)__builtin_ctzll(gone) : 64 - first;

			memcpy(page->bytes + at - bit + first, bytes + first - bit, run);
			left &= ~mask_of(first, run);
		}
	}
	page->present[at / 64] |= mask;
	return missing != 0;
}

static bool put_page(struct sl_page *page, uint32_t at, const uint8_t *bytes, uint32_t n)
{
	bool is_new = false;

	while (n > 0) {
		uint32_t room = 64 - at % 64, part = n < room ? n : room;

		is_new |= put_word(page, at, bytes, part);
		at += part;
		bytes += part;
		n -= part;
	}
	return is_new;
}

bool sl_hold_put(struct sl_flow *flow, struct sl_side *side, uint64_t at, struct sl_span bytes)
{
	uint64_t end = at + bytes.bytes;
	bool is_new = false;

	if (side->window == SL_NONE) {
		side->window = take_page(flow);
		memset(&flow->pages[side->window], 0xff, sizeof(struct sl_window));
		side->held_end = side->offset;
	}
	while (bytes.bytes > 0) {
		uint32_t in_page = (uint32_t)(at % SL_PAGE_BYTES), room = SL_PAGE_BYTES - in_page;
		uint32_t part = bytes.bytes < room ? (uint32_t)bytes.bytes : room;
		uint32_t *slot = slot_of(flow, side, at);

		if (*slot == SL_NONE) {
			*slot = take_page(flow);
			memset(flow->pages[*slot].present, 0, sizeof(flow->pages[*slot].present));
		}
		is_new |= put_page(&flow->pages[*slot], in_page, bytes.at, part);
		at += part;
		bytes = sl_span_of(bytes.at + part, bytes.bytes - part);
	}
	if (end > side->held_end)
		side->held_end = end;
	return is_new;
}

/* The first byte at or behind `at` in the page that is there (or is not), SL_PAGE_BYTES: none. */
static uint32_t first_where(const struct sl_page *page, uint32_t at, bool there)
{
	uint32_t word = at / 64;
	uint64_t flip = there ? 0 : UINT64_MAX;
	uint64_t bits = (page->present[word] ^ flip) & ~(mask_of(0, at % 64));

	while (!bits && ++word < SL_PAGE_WORDS)
		bits = page->present[word] ^ flip;
	return bits ? word * 64 + (uint32_t)__builtin_ctzll(bits) : SL_PAGE_BYTES;
}

struct sl_span sl_hold_run(const struct sl_flow *flow, const struct sl_side *side)
{
	uint32_t at = (uint32_t)(side->offset % SL_PAGE_BYTES), page, end;

	if (side->window == SL_NONE || side->held_end <= side->offset)
		return sl_span_of(NULL, 0);
	page = *slot_of(flow, side, side->offset);
	if (page == SL_NONE)
		return sl_span_of(NULL, 0);
	end = first_where(&flow->pages[page], at, false);
	return sl_span_of(flow->pages[page].bytes + at, end - at);
}

uint64_t sl_hold_next(const struct sl_flow *flow, const struct sl_side *side)
{
	uint64_t at = side->offset;

	while (side->window != SL_NONE && at < side->held_end) {
		uint32_t in_page = (uint32_t)(at % SL_PAGE_BYTES), found = SL_PAGE_BYTES;
		uint32_t page = *slot_of(flow, side, at);

		if (page != SL_NONE)
			found = first_where(&flow->pages[page], in_page, true);
		at += found - in_page;
		if (found < SL_PAGE_BYTES)
			return at;
	}
	return side->held_end;
}

static void leave_page(struct sl_flow *flow, struct sl_side *side, uint64_t at)
{
	uint32_t *slot = slot_of(flow, side, at);

	if (*slot != SL_NONE)
		lend(flow, *slot);
	*slot = SL_NONE;
}

void sl_hold_advance(struct sl_flow *flow, struct sl_side *side, uint64_t to)
{
	uint64_t from = side->offset;

	side->next_seq += (uint32_t)(to - from);
	side->offset = to;
	if (side->window == SL_NONE)
		return;
	if (to >= side->held_end || from / SL_PAGE_BYTES != to / SL_PAGE_BYTES)
		leave_page(flow, side, from);
	if (to < side->held_end)
		return;
	lend(flow, side->window); /* a run ended it, so the page just left was the last */
	side->window = SL_NONE;
}
