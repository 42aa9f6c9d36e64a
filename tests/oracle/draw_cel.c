/* Expressions, from templates: @x is an expression of a type, $x a new variable of it that the rest
 * of the template may use, #x a constant of some sort; see the tables. */
#include "tests/oracle/draw_cel_priv.h"

#include "tests/oracle/draw_cel_templates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (uint32_t)(sizeof(array) / sizeof(*(array)))
#define DEPTH_MAX 5
#define VARIABLES_MAX 16u
#define BYTES_NEAR_END (SL_DRAW_CEL_BYTES / 2)

static const char type_letters[] = "bisduSImytD"; /* in the order of enum sl_draw_type */

const char *const sl_draw_names[SL_DRAW_TYPES] = {
	"flag", "n", "word", "x", "count", "words", "ns", "table", "raw", "at", "span.of.time"};

struct drawing {
	struct sl_choices *choices;
	char *text;
	size_t bytes;
	const struct sl_draw_cel_names *names;
	uint8_t variables[VARIABLES_MAX]; /* types of those in scope: v0, v1, … */
	unsigned n_variables;
};

static void put(struct drawing *drawing, const char *text)
{
	size_t n = strlen(text);

	if (drawing->bytes + n >= SL_DRAW_CEL_BYTES)
		return;
	memcpy(drawing->text + drawing->bytes, text, n + 1);
	drawing->bytes += n;
}

static uint32_t choose(struct drawing *drawing, uint32_t n)
{
	return sl_choose(drawing->choices, n);
}

static const char *choose_text(struct drawing *drawing, const char *const *list, uint32_t n)
{
	return list[choose(drawing, n)];
}

/* ---- constants ----------------------------------------------------------------------------- */

static void put_string(struct drawing *drawing)
{
	struct sl_slice text = sl_draw_text(drawing->choices);

	if (text.bytes > 200) /* conditions have bounds of their own */
		text = sl_slice_of("long");
	put(drawing, "\"");
	for (uint32_t i = 0; i < text.bytes; i++) {
		unsigned char c = (unsigned char)text.at[i];
		char escaped[8];

		snprintf(escaped, sizeof(escaped), c < 0x20 ? "\\u%04x" : "%c", c);
		if (c == '"' || c == '\\')
			put(drawing, "\\");
		put(drawing, escaped);
	}
	put(drawing, "\"");
}

static void put_double(struct drawing *drawing)
{
	char text[64];

	snprintf(text, sizeof(text), "%.17g", sl_draw_doubles[choose(drawing, 18)]);
	if (!strpbrk(text, ".e"))
		strcat(text, ".0");
	put(drawing, text[0] == '-' ? "(" : "");
	put(drawing, text);
	put(drawing, text[0] == '-' ? ")" : "");
}

static void put_integer(struct drawing *drawing)
{
	int64_t value = sl_draw_integers[choose(drawing, sl_draw_n_integers())];
	char text[32];

	snprintf(text, sizeof(text), value < 0 ? "(%lld)" : "%lld", (long long)value);
	put(drawing, text);
}

static void put_natural(struct drawing *drawing)
{
	char text[32];

	snprintf(text, sizeof(text), "%lluu",
		 (unsigned long long)sl_draw_naturals[choose(drawing, 10)]);
	put(drawing, text);
}

static void put_constant(struct drawing *drawing, enum sl_draw_type type)
{
	switch (type) {
	case SL_DRAW_BOOL:
		put(drawing, choose(drawing, 2) ? "false" : "true");
		break;
	case SL_DRAW_INT:
		put_integer(drawing);
		break;
	case SL_DRAW_STRING:
		put_string(drawing);
		break;
	case SL_DRAW_DOUBLE:
		put_double(drawing);
		break;
	case SL_DRAW_UINT:
		put_natural(drawing);
		break;
	case SL_DRAW_STRINGS:
		put(drawing, choose_text(drawing, list_constants, COUNT(list_constants)));
		break;
	case SL_DRAW_INTS:
		put(drawing, choose_text(drawing, int_list_constants, COUNT(int_list_constants)));
		break;
	case SL_DRAW_MAP:
		put(drawing, choose_text(drawing, map_constants, COUNT(map_constants)));
		break;
	case SL_DRAW_BYTES:
		put(drawing, choose_text(drawing, bytes_constants, COUNT(bytes_constants)));
		break;
	case SL_DRAW_TIME:
		put(drawing, choose_text(drawing, time_constants, COUNT(time_constants)));
		break;
	default:
		put(drawing, choose_text(drawing, duration_constants, COUNT(duration_constants)));
	}
}

static void put_sort(struct drawing *drawing, char sort)
{
	char small[8];

	switch (sort) {
	case 'p':
		put(drawing, choose_text(drawing, patterns, COUNT(patterns)));
		break;
	case 'z':
		put(drawing, choose_text(drawing, zones, COUNT(zones)));
		break;
	case 'k':
		put(drawing, choose_text(drawing, keys, COUNT(keys)));
		break;
	case 'f':
		put(drawing,
		    drawing->names->fields[choose(drawing, drawing->names->n_fields)].path);
		break;
	case 't':
		put(drawing, choose_text(drawing, type_names, COUNT(type_names)));
		break;
	case 'g':
		put(drawing, choose_text(drawing, parts_of_time, COUNT(parts_of_time)));
		break;
	default:
		snprintf(small, sizeof(small), "%u", choose(drawing, 6));
		put(drawing, small);
	}
}

/* ---- names --------------------------------------------------------------------------------- */

static bool put_field(struct drawing *drawing, enum sl_draw_type type)
{
	static const uint8_t field_types[SL_DRAW_TYPES] = {
		[SL_DRAW_BOOL] = SL_TYPE_BOOL,       [SL_DRAW_INT] = SL_TYPE_INT,
		[SL_DRAW_STRING] = SL_TYPE_STRING,   [SL_DRAW_DOUBLE] = SL_TYPE_DECIMAL,
		[SL_DRAW_STRINGS] = SL_TYPE_STRINGS, [SL_DRAW_TIME] = SL_TYPE_TIME};
	uint32_t n = drawing->names->n_fields, first = choose(drawing, n);

	for (uint32_t i = 0; i < n; i++) {
		const struct sl_draw_cel_field *field = &drawing->names->fields[(first + i) % n];

		if (field_types[type] && field->type == field_types[type]) {
			put(drawing, field->path);
			return true;
		}
	}
	return false;
}

static bool put_variable(struct drawing *drawing, enum sl_draw_type type)
{
	for (unsigned i = drawing->n_variables; i-- > 0;) {
		char name[16];

		if (drawing->variables[i] != type || choose(drawing, 4) == 3)
			continue;
		snprintf(name, sizeof(name), "v%u", i);
		put(drawing, name);
		return true;
	}
	return false;
}

static void put_atom(struct drawing *drawing, enum sl_draw_type type)
{
	if (put_variable(drawing, type))
		return;
	switch (choose(drawing, 5)) {
	case 1:
	case 2:
		if (put_field(drawing, type))
			return;
		break;
	case 3:
	case 4:
		if (drawing->names->bindings) {
			put(drawing, sl_draw_names[type]);
			return;
		}
		if (put_field(drawing, type))
			return;
		break;
	default:
		break;
	}
	put_constant(drawing, type);
}

/* ---- templates ----------------------------------------------------------------------------- */

static void put_expr(struct drawing *drawing, enum sl_draw_type type, int depth);

static enum sl_draw_type type_of(char letter)
{
	return (enum sl_draw_type)(strchr(type_letters, letter) - type_letters);
}

static void put_template(struct drawing *drawing, const char *template, int depth)
{
	unsigned n_variables = drawing->n_variables;
	char plain[2] = "", name[16];

	for (; *template; template ++) {
		switch (*template) {
		case '@':
			put_expr(drawing, type_of(*++template), depth - 1);
			break;
		case '#':
			put_sort(drawing, *++template);
			break;
		case '$':
			snprintf(name, sizeof(name), "v%u", drawing->n_variables);
			put(drawing, name);
			drawing->variables[drawing->n_variables++] = (uint8_t)type_of(*++template);
			break;
		default:
			plain[0] = *template;
			put(drawing, plain);
		}
	}
	drawing->n_variables = n_variables;
}

static void put_expr(struct drawing *drawing, enum sl_draw_type type, int depth)
{
	bool dynamic = sl_choose_rarely(drawing->choices, 16), wrong;

	wrong = dynamic && sl_choose_rarely(drawing->choices, 6);
	if (wrong)
		type = (enum sl_draw_type)choose(drawing, SL_DRAW_TYPES);
	if (dynamic)
		put(drawing, "dyn(");
	if (depth <= 0 || drawing->bytes > BYTES_NEAR_END ||
	    drawing->n_variables + 2 > VARIABLES_MAX || choose(drawing, 4) == 0) {
		put_atom(drawing, type);
	} else {
		put(drawing, "(");
		put_template(drawing, choose_text(drawing, templates[type].list, templates[type].n),
			     depth);
		put(drawing, ")");
	}
	if (dynamic)
		put(drawing, ")");
}

void sl_draw_cel(struct sl_choices *choices, const struct sl_draw_cel_names *names,
		 enum sl_draw_type type, char ret_text[SL_DRAW_CEL_BYTES])
{
	struct drawing drawing = {.choices = choices, .text = ret_text, .names = names};
	int depth = 1 + (int)choose(&drawing, DEPTH_MAX);

	ret_text[0] = '\0';
	put_template(&drawing, choose_text(&drawing, templates[type].list, templates[type].n),
		     depth);
}
