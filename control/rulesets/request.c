/* The body of a load request, believed in nothing. */
#include "control/rulesets/rulesets_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AUTHOR_BYTES_MAX 200u
/* A request of so many files has not many more values; a tree of a body's every byte would take
 * dozens of times its size. */
#define VALUES_MAX (8u * SL_RULESET_FILES_MAX)

static int refuse(char ret_why[SL_SENTENCE_BYTES], int e, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret_why, SL_SENTENCE_BYTES, format, arguments);
	va_end(arguments);
	return e;
}

bool sl_ruleset_name_ok(const char *name)
{
	size_t n = strlen(name);
	bool yaml = (n > 5 && !strcmp(name + n - 5, ".yaml")) ||
		    (n > 4 && !strcmp(name + n - 4, ".yml"));

	if (!yaml || n > SL_RULESET_NAME_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool begins = i == 0 || name[i - 1] == '/';

		/* no empty part, none that is hidden, "." or ".." */
		if (begins && (name[i] == '/' || name[i] == '.'))
			return false;
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f || name[i] == '\\')
			return false;
	}
	return true;
}

int sl_ruleset_request_add(struct sl_ruleset_request *request, const char *name, const char *text,
			   size_t bytes, char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_ruleset_file file = {.bytes = bytes};

	if (!sl_ruleset_name_ok(name))
		return refuse(ret_why, -EINVAL,
			      "\"%.80s\" is no name for a file of rules: a relative path to a "
			      ".yaml or .yml file, without hidden parts",
			      name);
	if (request->n_files == SL_RULESET_FILES_MAX)
		return refuse(ret_why, -SL_E_LIMIT, "more than %u files", SL_RULESET_FILES_MAX);
	if (bytes > SL_RULESET_BYTES_MAX - request->bytes)
		return refuse(ret_why, -SL_E_LIMIT, "more than %zu bytes of rules",
			      SL_RULESET_BYTES_MAX);
	if (request->n_files == request->room) {
		size_t room = request->room * 2 + 64;
		struct sl_ruleset_file *files = realloc(request->files, room * sizeof(*files));

		if (!files)
			return refuse(ret_why, -ENOMEM, "no memory for the request");
		request->files = files;
		request->room = room;
	}
	file.name = strdup(name);
	file.text = malloc(bytes + 1);
	if (!file.name || !file.text) {
		free(file.name);
		free(file.text);
		return refuse(ret_why, -ENOMEM, "no memory for the request");
	}
	memcpy(file.text, text, bytes);
	file.text[bytes] = 0;
	request->files[request->n_files++] = file;
	request->bytes += bytes;
	return 0;
}

void sl_ruleset_request_free(struct sl_ruleset_request *request)
{
	for (size_t i = 0; i < request->n_files; i++) {
		free(request->files[i].name);
		free(request->files[i].text);
	}
	free(request->files);
	free(request->schema.name);
	free(request->schema.text);
	free(request->author);
	*request = (struct sl_ruleset_request){0};
}

/* Values that the text could have, by counting what separates them. */
static size_t count_values(const char *at, size_t n)
{
	bool inside = false;
	size_t values = 1;

	for (size_t i = 0; i < n; i++) {
		if (inside && at[i] == '\\')
			i++;
		else if (at[i] == '"')
			inside = !inside;
		else if (!inside && (at[i] == ',' || at[i] == '{' || at[i] == '['))
			values++;
	}
	return values;
}

/* A name that is not known may be one that was meant: "dryrun" must not load. */
static int known_members(const json_t *root, const char *const known[],
			 char ret_why[SL_SENTENCE_BYTES])
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)root, name, value)
	{
		unsigned i = 0;

		while (known[i] && strcmp(known[i], name) != 0)
			i++;
		if (!known[i])
			return refuse(ret_why, -EINVAL, "there is no member \"%.60s\" here", name);
	}
	return 0;
}

static const char *const file_members[] = {"name", "text", NULL};

static int take_files(struct sl_ruleset_request *request, const json_t *files,
		      char ret_why[SL_SENTENCE_BYTES])
{
	size_t i;
	json_t *file;

	if (!json_is_array(files) || !json_array_size(files))
		return refuse(ret_why, -EINVAL, "\"files\" has to be a list of at least one file");
	json_array_foreach((json_t *)files, i, file)
	{
		const json_t *name = json_object_get(file, "name"),
			     *text = json_object_get(file, "text");
		int e;

		if (!json_is_string(name) || !json_is_string(text))
			return refuse(ret_why, -EINVAL,
				      "file %zu: \"name\" and \"text\" have to be strings", i);
		e = known_members(file, file_members, ret_why);
		if (e)
			return e;
		e = sl_ruleset_request_add(request, json_string_value(name),
					   json_string_value(text), json_string_length(text),
					   ret_why);
		if (e)
			return e;
	}
	return 0;
}

static int take_schema(struct sl_ruleset_request *request, const json_t *schema,
		       char ret_why[SL_SENTENCE_BYTES])
{
	const json_t *name = json_object_get(schema, "name"),
		     *text = json_object_get(schema, "text");

	if (!schema || json_is_null(schema))
		return 0;
	if (!json_is_string(name) || !json_is_string(text))
		return refuse(ret_why, -EINVAL,
			      "\"schema\" is null or has a \"name\" and a \"text\"");
	if (known_members(schema, file_members, ret_why))
		return -EINVAL;
	if (json_string_length(text) > SL_RULESET_BYTES_MAX - request->bytes)
		return refuse(ret_why, -SL_E_LIMIT, "more than %zu bytes of rules",
			      SL_RULESET_BYTES_MAX);
	request->schema.name = strdup(json_string_value(name));
	request->schema.text = strdup(json_string_value(text));
	request->schema.bytes = json_string_length(text);
	if (!request->schema.name || !request->schema.text)
		return refuse(ret_why, -ENOMEM, "no memory for the request");
	return 0;
}

/* Shown in terminals and logs: nothing there that steers them. */
static bool author_ok(const json_t *author)
{
	const char *text = json_string_value(author);
	size_t n = json_string_length(author);

	if (!text || n > AUTHOR_BYTES_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

static int take_rest(struct sl_ruleset_request *request, const json_t *root,
		     char ret_why[SL_SENTENCE_BYTES])
{
	const json_t *author = json_object_get(root, "author"),
		     *dry = json_object_get(root, "dry_run");

	if (author && !json_is_null(author) && !author_ok(author))
		return refuse(ret_why, -EINVAL,
			      "\"author\" is a string of at most %u bytes without "
			      "control characters",
			      AUTHOR_BYTES_MAX);
	if (dry && !json_is_boolean(dry))
		return refuse(ret_why, -EINVAL, "\"dry_run\" is true or false");
	request->dry_run = json_is_true(dry);
	request->author = strdup(json_is_string(author) ? json_string_value(author) : "");
	return request->author ? 0 : refuse(ret_why, -ENOMEM, "no memory for the request");
}

int sl_ruleset_request_parse(const char *body, size_t bytes, struct sl_ruleset_request *ret_request,
			     char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_ruleset_request request = {0};
	json_error_t error;
	json_t *root;
	int e;

	if (count_values(body, bytes) > VALUES_MAX)
		return refuse(ret_why, -SL_E_LIMIT,
			      "the body has more values than a load of %u files needs",
			      SL_RULESET_FILES_MAX);
	root = json_loadb(body, bytes, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(root)) {
		json_decref(root);
		return refuse(ret_why, -EINVAL, "the body is not a JSON object%s%s",
			      root ? "" : ": ", root ? "" : error.text);
	}
	e = known_members(root, (const char *const[]){"files", "schema", "author", "dry_run", NULL},
			  ret_why);
	if (!e)
		e = take_files(&request, json_object_get(root, "files"), ret_why);
	if (!e)
		e = take_schema(&request, json_object_get(root, "schema"), ret_why);
	if (!e)
		e = take_rest(&request, root, ret_why);
	json_decref(root);
	if (e) {
		sl_ruleset_request_free(&request);
		return e;
	}
	*ret_request = request;
	return 0;
}

/* 7, or 7.0, which is the same number to JSON. */
static bool version_of(const json_t *value, uint64_t *ret_version)
{
	double real = json_number_value(value);

	if (json_is_real(value) &&
	    (real < 1 || real > 9007199254740991.0 || real != (double)(int64_t)real))
		return false;
	if (!json_is_number(value) || (json_is_integer(value) && json_integer_value(value) < 1))
		return false;
	*ret_version = json_is_real(value) ? (uint64_t)real : (uint64_t)json_integer_value(value);
	return true;
}

int sl_rollback_request_parse(const char *body, size_t bytes,
			      struct sl_rollback_request *ret_request,
			      char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_rollback_request request = {0};
	const json_t *version, *author, *dry;
	json_error_t error;
	json_t *root = json_loadb(body, bytes, JSON_REJECT_DUPLICATES, &error);
	int e = 0;

	version = json_object_get(root, "version");
	author = json_object_get(root, "author");
	dry = json_object_get(root, "dry_run");
	if (!json_is_object(root))
		e = refuse(ret_why, -EINVAL, "the body is not a JSON object%s%s", root ? "" : ": ",
			   root ? "" : error.text);
	else if (version && !json_is_null(version) && !version_of(version, &request.version))
		e = refuse(ret_why, -EINVAL, "\"version\" is the number of a version, from 1");
	else if (author && !json_is_null(author) && !author_ok(author))
		e = refuse(ret_why, -EINVAL,
			   "\"author\" is a string of at most %u bytes without "
			   "control characters",
			   AUTHOR_BYTES_MAX);
	else if (dry && !json_is_boolean(dry))
		e = refuse(ret_why, -EINVAL, "\"dry_run\" is true or false");
	if (!e)
		e = known_members(root, (const char *const[]){"version", "author", "dry_run", NULL},
				  ret_why);
	if (!e) {
		request.dry_run = json_is_true(dry);
		snprintf(request.author, sizeof(request.author), "%s",
			 json_is_string(author) ? json_string_value(author) : "");
		*ret_request = request;
	}
	json_decref(root);
	return e;
}
