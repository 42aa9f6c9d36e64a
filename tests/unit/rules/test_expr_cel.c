/* Static types, as CEL's checker gives them, and what it refuses. */
#include "expr_fixture.h"

static void literals_and_names(void **state)
{
	static const char *const rows[][2] = {
		{"1", "int"},
		{"1u", "uint"},
		{"1.0", "double"},
		{"'a'", "string"},
		{"b'a'", "bytes"},
		{"true", "bool"},
		{"null", "null"},
		{"x", "int"},
		{".x", "int"},
		{"m.n", "dyn"},
		{"m.n.o.p", "dyn"},
		{"m.n[0].o", "dyn"},
		{"s", "string"},
		{"l", "list(int)"},
		{"k", "map(string, int)"},
		{"t", "time"},
		{"int", "type"},
		{"type", "type"},
		{"null_type", "type"},
		{"google.protobuf.Timestamp", "type"},
		{".google.protobuf.Duration", "type"},
		{"k.a", "int"},
		{"k['a']", "int"},
		{"k.a.b", "type_mismatch@1"},
		{"s.a", "type_mismatch@1"},
		{"x.y", "type_mismatch@1"},
		{"m", "unknown_name@1"},
		{"nothing", "unknown_name@1"},
		{"nothing.at.all", "unknown_name@1"},
		{"nothing + nowhere", "unknown_name@1 unknown_name@11"},
		{"google.protobuf.NullValue.NULL_VALUE", "unsupported@1"},
		{"GlobalEnum.GAZ == 2", "unsupported@1"},
		{"TestAllTypes.NestedEnum(1)", "unsupported@1"},
		{"Nothing", "unknown_name@1"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_type);
}

static void fields(void **state)
{
	static const char *const rows[][2] = {
		{"id", "string"},
		{"time", "time"},
		{"amount", "int"},
		{"rate", "double"},
		{"overseas", "bool"},
		{"device.os", "string"},
		{".device.os", "string"},
		{"tags", "list(string)"},
		{"tags[0]", "string"},
		{"type", "string"}, /* the field hides CEL's name of a type */
		{"type(amount) == int", "bool"},
		{"custmer", "unknown_field@1"},
		{"device", "unknown_field@1"},
		{"device.os.version", "unknown_field@1"},
		{"device.ram", "unknown_field@1"},
		{"profile.age", "not_yet@1"},
		{"has(amount)", "bool"},
		{"has(device.os)", "bool"},
		{"has(device.ram)", "unknown_field@5"},
		{"has(device)", "unknown_field@5"},
		{"has(nothing)", "unknown_field@5"},
		{"has(device.os.version)", "unknown_field@5"},
		{"tags.exists(amount, amount == 'x')", "bool"}, /* a variable hides a field */
		{"tags.exists(t, .amount == 5)", "bool"},
		{"tags.exists(amount, .amount == 5)", "bool"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_TYPED, expr_type);
}

static void lists_and_maps(void **state)
{
	static const char *const rows[][2] = {
		{"[]", "list(dyn)"},
		{"[1, 2]", "list(int)"},
		{"[1, 2.0]", "list(dyn)"},
		{"[1, 'a', null]", "list(dyn)"},
		{"[x, 5]", "list(int)"},
		{"[[1], [2]]", "list(list(int))"},
		{"[[1], []]", "list(list(dyn))"},
		{"[[1], ['a']]", "list(dyn)"},
		{"['a', 'b'][0]", "string"},
		{"[1, 'a'][0]", "dyn"},
		{"[1][dyn(0.0)]", "int"},
		{"[1][0u]", "type_mismatch@5"},
		{"[1]['a']", "type_mismatch@5"},
		{"[t, null]", "list(time)"},
		{"{}", "map(dyn, dyn)"},
		{"{'a': 1}", "map(string, int)"},
		{"{'a': 1, 'b': 2.0}", "map(string, dyn)"},
		{"{'a': 1, 2: 3}", "map(dyn, int)"},
		{"{'a': {1: true}}.a", "map(int, bool)"},
		{"{'a': {1: true}}.a[1]", "bool"},
		{"{1: 2}.a", "type_mismatch@1"},
		{"{1: 2}['a']", "type_mismatch@8"},
		{"{dyn(1): 2}.a", "int"},
		{"{1.0: 2}", "map(double, int)"}, /* fails when it is made */
		{"{1: 2, 1: 3}", "map(int, int)"},
		{"[1] + [2]", "list(int)"},
		{"[1] + []", "list(dyn)"},
		{"[1] + ['a']", "type_mismatch@5"},
		{"[1] + [dyn('a')]", "list(dyn)"},
		{"x[0]", "type_mismatch@2"},
		{"s[0]", "type_mismatch@2"},
		{"1 in [1, 2]", "bool"},
		{"1 in [1, 'a']", "bool"},
		{"1 in []", "bool"},
		{"1 in ['a']", "type_mismatch@3"},
		{"1u in [1]", "type_mismatch@4"},
		{"'a' in k", "bool"},
		{"1 in k", "type_mismatch@3"},
		{"1 in 2", "type_mismatch@3"},
		{"dyn(1) in ['a']", "bool"},
		{"1 in dyn([])", "bool"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_type);
}

static void comparisons(void **state)
{
	static const char *const rows[][2] = {
		{"x == 1", "bool"},
		{"x == 1.0", "type_mismatch@3"},
		{"x == 1u", "type_mismatch@3"},
		{"x != 'a'", "type_mismatch@3"},
		{"x == dyn('a')", "bool"},
		{"dyn(1u) == 1", "bool"},
		{"x == null", "type_mismatch@3"},
		{"null == null", "bool"},
		{"t == null", "bool"},
		{"duration('1s') != null", "bool"},
		{"[1] == [2]", "bool"},
		{"[1] == ['a']", "type_mismatch@5"},
		{"[1] == []", "bool"},
		{"[1, 2.0] == [1, 2]", "bool"},
		{"{'a': 1} == {'b': 2}", "bool"},
		{"{'a': 1} == {1: 2}", "type_mismatch@10"},
		{"type(x) == int", "bool"},
		{"type(x) == type('a')", "bool"},
		{"type(type(x)) == type", "bool"},
		{"int == 'int'", "type_mismatch@5"},
		{"x < 1", "bool"},
		{"x < 1.5", "bool"},
		{"x <= 1u", "bool"},
		{"1u > 1.5", "bool"},
		{"1.5 >= x", "bool"},
		{"'a' < s", "bool"},
		{"b'a' < b'b'", "bool"},
		{"true < false", "bool"},
		{"t < timestamp('2026-01-01T00:00:00Z')", "bool"},
		{"duration('1s') >= duration('2s')", "bool"},
		{"x < 'a'", "type_mismatch@3"},
		{"s < 1", "type_mismatch@3"},
		{"t < '2026-01-01'", "type_mismatch@3"},
		{"t < duration('1s')", "type_mismatch@3"},
		{"[1] < [2]", "type_mismatch@5"},
		{"null < null", "bool"}, /* as a time may be null; run time says no */
		{"dyn(1) < 'a'", "bool"},
		{"1 < x < 3", "type_mismatch@7"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_type);
}

static void arithmetic_and_logic(void **state)
{
	static const char *const rows[][2] = {
		{"x + 1", "int"},
		{"x + 1u", "type_mismatch@3"},
		{"x + 1.0", "type_mismatch@3"},
		{"x + 'a'", "type_mismatch@3"},
		{"s + 'a'", "string"},
		{"b'a' + b'b'", "bytes"},
		{"s - 'a'", "type_mismatch@3"},
		{"t + duration('1s')", "time"},
		{"duration('1s') + t", "time"},
		{"t - t", "duration"},
		{"t - duration('1s')", "time"},
		{"duration('1s') - t", "type_mismatch@16"},
		{"t + t", "type_mismatch@3"},
		{"t + 5", "type_mismatch@3"},
		{"duration('1s') * 2", "type_mismatch@16"},
		{"1.5 % 2.0", "type_mismatch@5"},
		{"7u % 2u", "uint"},
		{"-x", "int"},
		{"-1.5", "double"},
		{"-1u", "type_mismatch@1"},
		{"-s", "type_mismatch@1"},
		{"dyn(1) + 1", "int"},
		{"dyn(1) + dyn(2)", "dyn"},
		{"dyn(1) * 2.0", "double"},
		{"-dyn(1)", "dyn"},
		{"!true", "bool"},
		{"!x", "type_mismatch@1"},
		{"!dyn(1)", "bool"},
		{"true && x > 1", "bool"},
		{"true && 1", "type_mismatch@9"},
		{"1 && 's' || l", "type_mismatch@1 type_mismatch@6 type_mismatch@13"},
		{"m.n && true", "bool"},
		{"true ? 1 : 2", "int"},
		{"true ? 1 : 2.0", "type_mismatch@6"},
		{"true ? 1 : dyn(2.0)", "dyn"},
		{"true ? [1] : []", "list(dyn)"},
		{"true ? null : t", "time"},
		{"true ? null : null", "null"},
		{"x ? 1 : 2", "type_mismatch@1"},
		{"m.n ? 1 : 2", "int"},
		/* a mistake is told once, where it is */
		{"(nothing + 1) * 2 == 'a'", "unknown_name@2"},
		{"x == 'a' && s == 1 && nothing",
		 "type_mismatch@3 type_mismatch@15 unknown_name@23"},
		{"[nothing, x == 'a', 1].size() == 'a'", "unknown_name@2 type_mismatch@13"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_type);
}

static void functions(void **state)
{
	static const char *const rows[][2] = {
		{"size(s)", "int"},
		{"s.size()", "int"},
		{"size(b'a') + size([1]) + size({})", "int"},
		{"size(x)", "type_mismatch@6"},
		{"x.size()", "type_mismatch@3"},
		{"size()", "bad_call@1"},
		{"size(s, s)", "bad_call@1"},
		{"s.startsWith('a') && s.endsWith('b') && s.contains('c')", "bool"},
		{"s.matches('a+') && matches(s, 'a+')", "bool"},
		{"s.matches(s)", "unsupported@11"},
		{"s.matches(5)", "type_mismatch@11"},
		{"startsWith(s, 'a')", "bad_call@1"},
		{"s.timestamp()", "bad_call@3"},
		{"s.contains()", "bad_call@3"},
		{"s.contains(1)", "type_mismatch@12"},
		{"x.contains('1')", "type_mismatch@3"},
		{"m.n.contains('1')", "bool"},
		{"int('1') + int(1.5) + int(2u) + int(t) + int(3)", "int"},
		{"int(true)", "type_mismatch@5"},
		{"int(duration('1s'))", "type_mismatch@5"},
		{"uint(1) + uint('1')", "uint"},
		{"double(1) + double('1')", "double"},
		{"string(1) + string(true) + string(1.5) + string(t) + string(b'a')", "string"},
		{"string([1])", "type_mismatch@8"},
		{"bytes('a')", "bytes"},
		{"bool('true')", "bool"},
		{"bool(1)", "type_mismatch@6"},
		{"type(1)", "type"},
		{"dyn(1)", "dyn"},
		{"timestamp(0)", "time"},
		{"timestamp(t)", "time"},
		{"timestamp(1.5)", "type_mismatch@11"},
		{"duration(1)", "type_mismatch@10"},
		{"t.getFullYear() + t.getHours('+09:00')", "int"},
		{"t.getHours(s)", "unsupported@12"},
		{"t.getHours(9)", "type_mismatch@12"},
		{"duration('1h').getHours()", "int"},
		{"duration('1h').getHours('UTC')", "type_mismatch@16"},
		{"duration('1h').getMonth()", "type_mismatch@16"},
		{"getMonth(t)", "bad_call@1"},
		{"s.lowerAscii().upperAscii().trim().reverse()", "string"},
		{"s.split(',')", "list(string)"},
		{"s.split(',', 2)[0]", "string"},
		{"s.replace('a', 'b', 1)", "string"},
		{"s.replace('a')", "bad_call@3"},
		{"s.substring(1)", "string"},
		{"s.substring(1, 2)", "string"},
		{"s.substring('a')", "type_mismatch@13"},
		{"s.indexOf('a') + s.lastIndexOf('a', 1)", "int"},
		{"s.charAt(0)", "string"},
		{"['a'].join()", "string"},
		{"['a'].join(',')", "string"},
		{"[].join()", "string"},
		{"[1].join()", "type_mismatch@5"},
		{"dyn([1]).join()", "string"},
		{"'%d'.format([x, 'a'])", "string"},
		{"'%d'.format(x)", "type_mismatch@13"},
		{"strings.quote(s)", "string"},
		{"quote(s)", "unknown_function@1"},
		{"s.quote()", "unknown_function@3"},
		{"nothing()", "unknown_function@1"},
		{"s.nothing()", "unknown_function@3"},
		{"s.map(x)", "bad_call@3"},
		{"has()", "bad_call@1"},
		{"cel.bind(y, 1, y + 1)", "int"},
		{"cel.bind(y, 'a', y + 1)", "type_mismatch@20"},
		{"cel.block([1], 2)", "unsupported@5"},
		{"math.greatest(1, 2)", "int"},
		{"math.greatest(1, 2.0)", "dyn"},
		{"math.greatest()", "bad_call@6"},
		{"math.greatest('a', 'b')", "type_mismatch@6"},
		{"math.sqrt(2.0)", "unsupported@6"},
		{"base64.encode(b'a')", "string"},
		{"base64.encode('a')", "type_mismatch@15"},
		{"optional.of(1)", "unsupported@10"},
		{"optional.of(1).hasValue()", "unsupported@16"},
		{"ip('127.0.0.1')", "unsupported@1"},
		{"[1, 2].transformList(i, v, i + v)", "unsupported@8"},
		{"proto.hasExt(x, y.z)", "unsupported@7"},
		{"[3, 1].sort()", "list(int)"},
		{"[[3], [1]].flatten()", "list(dyn)"},
		{"lists.range(3)", "list(int)"},
		{"[3, 1].sortBy(x, -x)", "unsupported@8"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_type);
}

static void patterns(void **state)
{
	static const char *const rows[][2] = {
		{"s.matches('^a+(b|c)$')", "bool"},
		{"s.matches('')", "bool"},
		{"s.matches('a(b')", "bad_pattern@13"},
		{"s.matches(\"a(b\")", "bad_pattern@13"},
		{"s.matches('''a(b''')", "bad_pattern@15"},
		{"s.matches(r'\\d+(')", "bad_pattern@16"},
		{"s.matches('\\\\d+\\u0028')", "bad_pattern@16"},
		{"s.matches('\xed\x95\x9c(')", "bad_pattern@13"},
		{"s.matches('a' + '(')", "bad_pattern@15"},
		{"s.matches('*')", "bad_pattern@12"},
		{"s.matches('(?=a)')", "bad_pattern@12"},
		{"s.matches('a{2000}')", "bad_pattern@13"},
		{"s.matches('x(abc){500}')", "pattern_too_large@14"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_type);
	expr_compare(rows + 2, sizeof(rows) / sizeof(rows[0]) - 2, EXPR_DYNAMIC, expr_type);
}

static void zones(void **state)
{
	static const char *const rows[][2] = {
		{"time.getHours('+09:00') == 1", "bool"},
		{"time.getHours('UTC') == 1", "bool"},
		{"time.getHours('Asia/Seoul') == 1", "bool"},
		{"time.getHours('Asia/Soul') == 1", "unknown_zone@15"},
		{"time.getHours('Asia') == 1", "unknown_zone@15"},
		{"time.getHours('../zoneinfo/UTC') == 1", "unknown_zone@15"},
		{"time.getHours('/usr/share/zoneinfo/UTC') == 1", "unknown_zone@15"},
		{"time.getHours('UTC\\000') == 1", "unknown_zone@15"},
		{"time.getHours('25:00') == 1", "unknown_zone@15"},
	};
	static const char *const kept[][2] = {{"t.getHours('Asia/Soul')", "int"}};

	(void)state;
	EXPR_COMPARE(rows, EXPR_TYPED, expr_type);
	EXPR_COMPARE(kept, EXPR_EVAL, expr_type);
}

static void kinds_of_mistakes(void **state)
{
	(void)state;
	assert_string_equal(sl_expr_code_kind("syntax"), "syntax");
	assert_string_equal(sl_expr_code_kind("too_deep"), "unsupported");
	assert_string_equal(sl_expr_code_kind("unsupported"), "unsupported");
	assert_string_equal(sl_expr_code_kind("bad_pattern"), "runtime");
	assert_string_equal(sl_expr_code_kind("type_mismatch"), "type");
	assert_string_equal(sl_expr_code_kind("unknown_name"), "type");
}

static void macros(void **state)
{
	static const char *const rows[][2] = {
		{"l.all(e, e > 0)", "bool"},
		{"l.exists(e, e)", "type_mismatch@13"},
		{"l.exists_one(e, e == 1)", "bool"},
		{"l.filter(e, e > 0)", "list(int)"},
		{"l.map(e, string(e))", "list(string)"},
		{"l.map(e, e > 0, e * 2)", "list(int)"},
		{"l.map(e, e, e * 2)", "type_mismatch@10"},
		{"k.all(e, e == 'a')", "bool"},
		{"k.map(e, e)", "list(string)"},
		{"k.filter(e, k[e] > 1)", "list(string)"},
		{"m.n.all(e, e.f > 0)", "bool"},
		{"m.n.map(e, e)", "list(dyn)"},
		{"x.all(e, e > 0)", "type_mismatch@3"},
		{"s.exists(e, e == 'a')", "type_mismatch@3"},
		{"[].all(e, e.f)", "bool"},
		{"[[1], [2]].all(e, e.all(f, f > 0))", "bool"},
		{"[[1]].map(e, e.map(f, [e, f]))", "list(list(list(dyn)))"},
		{"l.all(x, x > 0) && x > 0", "bool"},
		{"l.all(e, true) && e > 0", "unknown_name@19"},
		{"e.all(e, true)", "unknown_name@1"},
		{"nothing.all(e, e > 'a' && nowhere)", "unknown_name@1 unknown_name@27"},
		{"l.all(e, e > 'a')", "type_mismatch@12"},
		{"has(k.a)", "bool"},
		{"has(m.n.o)", "bool"},
		{"has({'a': 1}.a)", "bool"},
		{"has(x.a)", "type_mismatch@5"},
		{"has(x)", "syntax@5"},
		{"has(m.n)", "syntax@5"},
		{"l.all(e, has(e))", "syntax@14"},
		{"has(nothing.a)", "unknown_name@5"},
		{"[{'a': 1}].exists(e, has(e.a))", "bool"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_type);
}

static void trees(void **state)
{
	static const char *const rows[][2] = {
		{"m.n", "@m.n"},
		{"m.n.o", "(. @m.n o)"},
		{".m.n.`o-p`", "(. @m.n o-p)"},
		{"k.x", "(. @k x)"},
		{"[[1]].all(a, a.all(b, a[0] == b))",
		 "(all [[1]] a#0 (all a#0 b#1 (== ([] a#0 0) b#1)))"},
		{"l.map(x, x) == [x]", "(== (map @l x#0 x#0) [@x])"},
		{"l.all(x, x == .x)", "(all @l x#0 (== x#0 @x))"},
		{"l.map(x, l.map(x, x))", "(map @l x#0 (map @l x#1 x#1))"},
		{"strings.quote(s)", "(strings.quote @s)"},
		{"int", "type:2"},
		{"google.protobuf.Timestamp", "type:11"},
		{"google.protobuf.Duration", "type:12"},
		{"s.size()", "(size @s)"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_tree);
}

static void without_static_types(void **state)
{
	static const char *const rows[][2] = {
		{"x + 'a'", "(+ @x \"a\")"},
		{"nothing", "?nothing"},
		{"nothing.at.all || true", "(|| (. (. ?nothing at) all) true)"},
		{"f_unknown(17) || true", "(|| (?f_unknown 17) true)"},
		{"'a'.f_unknown(17)", "(?f_unknown \"a\" 17)"},
		{"[1, 'a'] == [1.0]", "(== [1 \"a\"] [1.0])"},
		{"true ? 'cows' : 17", "(?: true \"cows\" 17)"},
		{"'horses' && false", "(&& \"horses\" false)"},
		{"1 == 1.0", "(== 1 1.0)"},
		{"contains('a')", "(?contains \"a\")"},
		{"'a'.contains()", "(?contains \"a\")"},
		{"x.all(y, y)", "(all @x y#0 y#0)"},
		{"has(x.y)", "(has (. @x y))"},
		{"s.matches(x)", "unsupported@11"},
		{"cel.bind(a, 1, a)", "([] (map [1] a#0 a#0) 0)"},
		{"T{}", "unsupported@1"},
		{"GlobalEnum.GAZ", "unsupported@1"},
	};
	static const char *const types[][2] = {
		{"x", "dyn"},           {"nothing", "dyn"}, {"x + 1", "dyn"},
		{"l.all(y, y)", "dyn"}, {"'a'", "string"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_DYNAMIC, expr_tree);
	EXPR_COMPARE(types, EXPR_DYNAMIC, expr_type);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_and_names),
		cmocka_unit_test(fields),
		cmocka_unit_test(lists_and_maps),
		cmocka_unit_test(comparisons),
		cmocka_unit_test(arithmetic_and_logic),
		cmocka_unit_test(functions),
		cmocka_unit_test(patterns),
		cmocka_unit_test(zones),
		cmocka_unit_test(kinds_of_mistakes),
		cmocka_unit_test(macros),
		cmocka_unit_test(trees),
		cmocka_unit_test(without_static_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
