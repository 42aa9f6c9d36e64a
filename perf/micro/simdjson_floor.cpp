/* See simdjson_floor.h. The names are looked at once, by their first byte and then whole; values
 * are read as what the schema says they are. */
#include "simdjson_floor.h"

#include <memory>
#include <new>
#include <simdjson.h>

namespace od = simdjson::ondemand;

struct sl_perf_reader {
	od::parser parser;
	uint64_t sum = 0;
};

struct sl_perf_reader *sl_perf_reader_new(size_t event_bytes_max)
{
	std::unique_ptr<sl_perf_reader> reader(new (std::nothrow) sl_perf_reader);

	if (!reader || reader->parser.allocate(event_bytes_max))
		return nullptr;
	return reader.release();
}

void sl_perf_reader_free(struct sl_perf_reader *reader)
{
	delete reader;
}

uint64_t sl_perf_reader_sum(const struct sl_perf_reader *reader)
{
	return reader->sum;
}

static bool read_text(sl_perf_reader *reader, od::value &value)
{
	std::string_view text;

	if (value.get_string().get(text))
		return false;
	reader->sum += text.size();
	return true;
}

static bool read_integer(sl_perf_reader *reader, od::value &value)
{
	int64_t number;

	if (value.get_int64().get(number))
		return false;
	reader->sum += (uint64_t)number;
	return true;
}

static bool read_decimal(sl_perf_reader *reader, od::value &value)
{
	double number;

	if (value.get_double().get(number))
		return false;
	reader->sum += (uint64_t)number;
	return true;
}

static bool read_bool(sl_perf_reader *reader, od::value &value)
{
	bool truth;

	if (value.get_bool().get(truth))
		return false;
	reader->sum += truth;
	return true;
}

static bool read_texts(sl_perf_reader *reader, od::value &value)
{
	od::array list;

	if (value.get_array().get(list))
		return false;
	for (auto result : list) {
		od::value item;

		if (std::move(result).get(item) || !read_text(reader, item))
			return false;
	}
	return true;
}

static int read_device(sl_perf_reader *reader, od::value &value)
{
	od::object object;
	int known = 0;

	if (value.get_object().get(object))
		return -1;
	for (auto result : object) {
		if (result.error())
			return -1;
		od::field &&field = std::move(result).value_unsafe();
		if (!field.key().unsafe_is_equal("os") && !field.key().unsafe_is_equal("ver"))
			continue;
		if (!read_text(reader, field.value()))
			return -1;
		known++;
	}
	return known;
}

enum class kind { none, text, integer, decimal, truth, texts, device };

static kind kind_of(const od::raw_json_string name)
{
	auto is = [name](std::string_view known) { return name.unsafe_is_equal(known); };

	switch (name.raw()[0]) {
	case 'a':
		return is("amount") ? kind::integer : is("account") ? kind::text : kind::none;
	case 'b':
		return is("branch") ? kind::text : kind::none;
	case 'c':
		return is("channel") || is("customer") || is("currency") || is("country")
			       ? kind::text
			       : kind::none;
	case 'd':
		return is("device") ? kind::device : kind::none;
	case 'i':
		return is("id") ? kind::text : kind::none;
	case 'm':
		return is("merchant") || is("mcc") ? kind::text : kind::none;
	case 'o':
		return is("overseas") ? kind::truth : kind::none;
	case 'p':
		return is("product") || is("page") ? kind::text : kind::none;
	case 'r':
		return is("rate") ? kind::decimal : kind::none;
	case 't':
		return is("tags")
			       ? kind::texts
			       : (is("time") || is("type") || is("text") ? kind::text : kind::none);
	default:
		return kind::none;
	}
}

/* How many fields there are in the value, -1: it is none of what the schema wants. */
static int read_field(sl_perf_reader *reader, od::field &field)
{
	switch (kind_of(field.key())) {
	case kind::text:
		return read_text(reader, field.value()) ? 1 : -1;
	case kind::integer:
		return read_integer(reader, field.value()) ? 1 : -1;
	case kind::decimal:
		return read_decimal(reader, field.value()) ? 1 : -1;
	case kind::truth:
		return read_bool(reader, field.value()) ? 1 : -1;
	case kind::texts:
		return read_texts(reader, field.value()) ? 1 : -1;
	case kind::device:
		return read_device(reader, field.value());
	default:
		return 0;
	}
}

int sl_perf_read(struct sl_perf_reader *reader, const uint8_t *text, size_t bytes)
{
	od::document document;
	od::object object;
	int known = 0;

	if (reader->parser.iterate(text, bytes, bytes + SL_PERF_PADDING).get(document) ||
	    document.get_object().get(object))
		return -1;
	for (auto result : object) {
		int n;

		if (result.error())
			return -1;
		od::field &&field = std::move(result).value_unsafe();
		n = read_field(reader, field);
		if (n < 0)
			return -1;
		known += n;
	}
	return known;
}
