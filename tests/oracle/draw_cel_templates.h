/* What expressions are drawn from. @ and a letter: an expression: b(ool) i(nt) s(tring) d(ouble)
 * u(int) S(trings) I(nts) m(ap) y bytes t(ime) D(uration). $ and such a letter: a new variable.
 * #p pattern, #z zone, #k key, #f field, #t type, #g part of a time, #n small number. */
#ifndef SL_TESTS_ORACLE_DRAW_CEL_TEMPLATES_H
#define SL_TESTS_ORACLE_DRAW_CEL_TEMPLATES_H

#include <stdint.h>

static const char *const bool_templates[] = {
	"@b && @b",
	"@b || @b",
	"!@b",
	"@b ? @b : @b",
	"@b && @b && @b",
	"@b || @b || @b",
	"@i == @i",
	"@i != @i",
	"@i < @i",
	"@i <= @i",
	"@i > @i",
	"@i >= @i",
	"@s == @s",
	"@s != @s",
	"@s < @s",
	"@s <= @s",
	"@s > @s",
	"@s >= @s",
	"@d == @d",
	"@d != @d",
	"@d < @d",
	"@d <= @d",
	"@d > @d",
	"@d >= @d",
	"@u == @u",
	"@u < @u",
	"@t == @t",
	"@t < @t",
	"@t >= @t",
	"@D == @D",
	"@D <= @D",
	"@b == @b",
	"@b < @b",
	"@y == @y",
	"@y > @y",
	"@S == @S",
	"@I != @I",
	"@m == @m",
	"@i < @u",
	"@i <= @d",
	"@u > @d",
	"@d >= @i",
	"dyn(@i) == @d",
	"dyn(@u) == @i",
	"dyn(@d) != @u",
	"dyn(@s) == @y",
	"dyn(@I) == [@d, @i]",
	"dyn(@b) == @s",
	"null == dyn(@i)",
	"@s in @S",
	"@i in @I",
	"@s in @m",
	"dyn(@d) in @I",
	"@s in [@s, @s]",
	"@i in [1, 2, 3]",
	"#f in [1, \"a\", 2.5, true]",
	"@s in [\"a\", \"b\", \"vip\"]",
	"@s.startsWith(@s)",
	"@s.endsWith(@s)",
	"@s.contains(@s)",
	"@s.matches(#p)",
	"matches(@s, #p)",
	"has(#f)",
	"has(@m.#k)",
	"has(#f) && @b",
	"@S.all($s, @b)",
	"@S.exists($s, @b)",
	"@S.exists_one($s, @b)",
	"@I.all($i, @b)",
	"@I.exists($i, @b)",
	"@I.exists_one($i, @b)",
	"@m.all($s, @b)",
	"@m.exists($s, @b)",
	"@m.exists_one($s, @b)",
	"bool(@s)",
	"bool(@b)",
	"type(@i) == #t",
	"type(@d) != type(@u)",
	"type(#f) == #t",
	"type(type(@s)) == type",
	"@s == null ? @b : @b",
	"dyn(@i) ? @b : @b",
	"dyn(@t) < dyn(@t)",
	"@d in [0.5, 1.0, -1.5]",
	"@d in [0.5, 1.0, 100.0]",
	"@s in [\"a\", \"한글\", \"\"]",
	"@i in [1, 2, 100]",
	"\"vip\" in @S",
	"\"a\" in @S",
	"@i in {1: 2, 3: 4}",
};

static const char *const int_templates[] = {
	"@i + @i",
	"@i - @i",
	"@i * @i",
	"@i / @i",
	"@i % @i",
	"-@i",
	"@b ? @i : @i",
	"size(@s)",
	"@S.size()",
	"size(@m)",
	"size(@y)",
	"@I.size()",
	"@s.size()",
	"@s.indexOf(@s)",
	"@s.indexOf(@s, #n)",
	"@s.lastIndexOf(@s)",
	"@s.lastIndexOf(@s, @i)",
	"int(@d)",
	"int(@u)",
	"int(@s)",
	"int(@t)",
	"int(@i)",
	"int(\"#n\")",
	"@t.#g()",
	"@t.#g(#z)",
	"@t.#g(#z)",
	"@D.getHours()",
	"@D.getMinutes()",
	"@D.getSeconds()",
	"@D.getMilliseconds()",
	"@I[@i]",
	"@I[#n]",
	"@I[dyn(@d)]",
	"@I[dyn(@u)]",
	"@m[@s]",
	"@m.#k",
	"@m[\"a\"]",
	"@I.map($i, @i)[#n]",
	"@I.filter($i, @b).size()",
	"[@i, @i][#n]",
	"{1: @i, 2u: @i, true: @i}[dyn(@d)]",
	"{#n: @i}[#n]",
};

static const char *const string_templates[] = {
	"@s + @s",
	"@b ? @s : @s",
	"string(@i)",
	"string(@d)",
	"string(@u)",
	"string(@b)",
	"string(@y)",
	"string(@t)",
	"string(@D)",
	"string(@s)",
	"@s.substring(#n)",
	"@s.substring(#n, #n)",
	"@s.substring(@i)",
	"@s.substring(@i, @i)",
	"@s.charAt(#n)",
	"@s.charAt(@i)",
	"@s.lowerAscii()",
	"@s.upperAscii()",
	"@s.trim()",
	"@s.reverse()",
	"strings.quote(@s)",
	"@s.replace(@s, @s)",
	"@s.replace(@s, @s, #n)",
	"@s.replace(\"a\", @s, -1)",
	"@S.join()",
	"@S.join(@s)",
	"@S[#n]",
	"@S[@i]",
	"\"%s|%d\".format([@S, @i])",
	"\"%.3f %e %d\".format([@d, @d, @d])",
	"\"%x %X %b %o\".format([@i, @s, @u, @u])",
	"\"%s %s %%\".format([@m, @t])",
	"\"%s %s %s\".format([@D, @b, @y])",
	"\"%s %.12f\".format([@d, @i])",
	"@s.format([@i, @s])",
	"\"%s\".format([[@d, null, #t, {@i: @u}]])",
	"\"%b %x\".format([@b, @y])",
	"\"%s\".format([@I])",
	"@S.filter($s, @b).join(\",\")",
	"string(type(@i) == #t)",
};

static const char *const double_templates[] = {
	"@d + @d",
	"@d - @d",
	"@d * @d",
	"@d / @d",
	"-@d",
	"double(@i)",
	"double(@u)",
	"double(@s)",
	"double(@d)",
	"@b ? @d : @d",
	"double(string(@d))",
	"[@d, @d][#n]",
};

static const char *const uint_templates[] = {
	"@u + @u",  "@u - @u",  "@u * @u",  "@u / @u",      "@u % @u",      "uint(@i)",
	"uint(@d)", "uint(@s)", "uint(@u)", "@b ? @u : @u", "[@u, @u][#n]",
};

static const char *const strings_templates[] = {
	"@s.split(@s)",      "@s.split(@s, #n)",   "@s.split(\",\")", "@s.split(\"\")",
	"[@s, @s]",          "[@s, @s, @s]",       "@S + @S",         "@S.filter($s, @b)",
	"@S.map($s, @s)",    "@S.map($s, @b, @s)", "@I.map($i, @s)",  "@m.map($s, @s)",
	"@m.filter($s, @b)", "@b ? @S : @S",
};

static const char *const ints_templates[] = {
	"[@i, @i, @i]",
	"[@i]",
	"@I + @I",
	"@I.filter($i, @b)",
	"@I.map($i, @i)",
	"@S.map($s, @i)",
	"@I.map($i, @b, @i)",
	"@m.map($s, @i)",
	"@b ? @I : @I",
	"@I.map($i, [@i, @i]).map($I, @i)",
};

static const char *const map_templates[] = {
	"{\"a\": @i, \"b\": @i}",
	"{@s: @i, @s: @i}",
	"{@s: @i}",
	"@b ? @m : @m",
	"{\"vip\": @i, \"한\": @i, \"\": @i}",
};

static const char *const bytes_templates[] = {"@y + @y", "bytes(@s)", "bytes(@y)", "@b ? @y : @y"};

static const char *const time_templates[] = {
	"timestamp(@i)", "timestamp(string(@t))", "timestamp(@s)", "@t + @D", "@D + @t",
	"@t - @D",       "timestamp(@t)",         "@b ? @t : @t",
};

static const char *const duration_templates[] = {
	"@D + @D",      "@D - @D",      "@t - @t",      "duration(string(@D))",
	"duration(@s)", "duration(@D)", "@b ? @D : @D",
};

#define TEMPLATES(list)                                                                            \
	{                                                                                          \
		list, (uint32_t)(sizeof(list) / sizeof(*(list)))                                   \
	}

/* By enum sl_draw_type. */
static const struct {
	const char *const *list;
	uint32_t n;
} templates[] = {
	TEMPLATES(bool_templates),   TEMPLATES(int_templates),      TEMPLATES(string_templates),
	TEMPLATES(double_templates), TEMPLATES(uint_templates),     TEMPLATES(strings_templates),
	TEMPLATES(ints_templates),   TEMPLATES(map_templates),      TEMPLATES(bytes_templates),
	TEMPLATES(time_templates),   TEMPLATES(duration_templates),
};

#undef TEMPLATES

static const char *const list_constants[] = {"[\"a\", \"b\"]", "[\"vip\"]",
					     "[\"한글\", \"\", \"a\", \"A\"]", "[\"1\", \"12\"]"};
static const char *const int_list_constants[] = {"[1, 2, 3]", "[0]", "[-1, 9223372036854775807]",
						 "[5, 5, 5, 5]"};
static const char *const map_constants[] = {"{\"a\": 1}", "{\"a\": 1, \"b\": -2, \"한\": 0}",
					    "{\"\": 5, \"vip\": 9223372036854775807}"};
static const char *const bytes_constants[] = {"b\"\"", "b\"a\"", "b\"\\xff\\x00\"", "b\"한\"",
					      "b\"\\303\""};
static const char *const time_constants[] = {
	"timestamp(\"2026-01-01T00:00:00Z\")",   "timestamp(\"2026-03-29T01:00:00+00:00\")",
	"timestamp(\"0001-01-01T00:00:00Z\")",   "timestamp(\"9999-12-31T23:59:59.999999999Z\")",
	"timestamp(\"1969-12-31T23:59:59.5Z\")", "timestamp(\"2024-02-29T12:34:56.789Z\")",
	"timestamp(\"1900-03-01T00:00:00Z\")"};
static const char *const duration_constants[] = {
	"duration(\"1h\")",  "duration(\"-1.5s\")",         "duration(\"0\")",
	"duration(\"1ns\")", "duration(\"315537897598s\")", "duration(\"36h15m\")"};
static const char *const patterns[] = {"\"a\"",          "\"^a\"",           "\"a$\"",
				       "\"^[a-c]+$\"",   "\"^$\"",           "\"\\\\d+\"",
				       "\"한.?\"",       "\"(?i)VIP|card\"", "\"[^a-z]\"",
				       "\"^(a|b)*1\"",   "\"a{2,3}\"",       "\"\\\\bvip\\\\b\"",
				       "\"(?s)^.*a.b\"", "\"\\\\w\\\\s\"",   "\"[가-힣]{2}\"",
				       "\"^.{1,3}$\"",   "\"\\\\s\"",        "\"[^\\\\s]$\"",
				       "\"(?i)\\\\w\"",  "\"(?m)^$\"",       "\"\""};
static const char *const zones[] = {"\"Asia/Seoul\"",          "\"+09:00\"", "\"-02:30\"",
				    "\"Europe/Berlin\"",       "\"UTC\"",    "\"America/St_Johns\"",
				    "\"Australia/Lord_Howe\"", "\"14:45\"",  "\"Nowhere/Land\"",
				    "\"Africa/Casablanca\""};
static const char *const keys[] = {"a", "b", "vip", "none"};
static const char *const type_names[] = {"int",
					 "uint",
					 "double",
					 "string",
					 "bool",
					 "bytes",
					 "list",
					 "map",
					 "null_type",
					 "type",
					 "google.protobuf.Timestamp",
					 "google.protobuf.Duration"};
static const char *const parts_of_time[] = {
	"getFullYear",  "getMonth", "getDate",    "getDayOfMonth", "getDayOfWeek",
	"getDayOfYear", "getHours", "getMinutes", "getSeconds",    "getMilliseconds"};

#endif
