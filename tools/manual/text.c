/* Help texts as parts of a page. */
#include "tools/manual/page.h"

#include <stdbool.h>
#include <string.h>

/* A backslash before it, it is only itself. */
static bool is_special(char c, char before)
{
	bool begins = before == '\n' || before == '\0' || before == '\t';

	return strchr("\\_*+~`", c) || (begins && strchr("#-.;|[]!<'", c));
}

void sl_page_text(FILE *to, const char *text, size_t n)
{
	char before = '\0';

	for (size_t i = 0; i < n; i++) {
		if (is_special(text[i], before))
			fputc('\\', to);
		fputc(text[i], to);
		before = text[i];
	}
}

static bool begins_with(const char *text, size_t n, const char *with)
{
	return n >= strlen(with) && !memcmp(text, with, strlen(with));
}

/* Lines that begin with blanks stand as they are. */
static void put_block(FILE *to, const char *text, size_t n)
{
	fputs("```\n", to);
	fwrite(text, 1, n, to);
	fputs("\n```\n\n", to);
}

enum section { NOTES, EXAMPLES, EXIT_STATUS, SECTIONS };

static const char examples[] = "Examples:\n", codes[] = "Exit codes: ";

static enum section section_of(const char *text, size_t n)
{
	return begins_with(text, n, examples) ? EXAMPLES
	       : begins_with(text, n, codes)  ? EXIT_STATUS
					      : NOTES;
}

static void put_paragraph(FILE *to, const char *text, size_t n)
{
	const char *line = memchr(text, '\n', n);

	if (begins_with(text, n, "  ")) {
		put_block(to, text, n);
	} else if (line && begins_with(line + 1, n - (size_t)(line + 1 - text), "  ")) {
		sl_page_text(to, text, (size_t)(line - text));
		fputs("\n\n", to);
		put_block(to, line + 1, n - (size_t)(line + 1 - text));
	} else {
		sl_page_text(to, text, n);
		fputs("\n\n", to);
	}
}

static void put_section(FILE *to, const char *help, enum section section)
{
	static const char *const titles[SECTIONS] = {"NOTES", "EXAMPLES", "EXIT STATUS"};
	bool begun = false;

	while (*help) {
		const char *end = strstr(help, "\n\n");
		size_t n = end ? (size_t)(end - help) : strlen(help);
		size_t passed = section == EXIT_STATUS ? sizeof(codes) - 1 : 0;

		if (section_of(help, n) == section) {
			if (!begun)
				fprintf(to, "# %s\n\n", titles[section]);
			begun = true;
			if (section == EXAMPLES)
				put_block(to, help + sizeof(examples) - 1,
					  n - (sizeof(examples) - 1));
			else
				put_paragraph(to, help + passed, n - passed);
		}
		help += n + (end ? 2 : 0);
	}
}

void sl_page_help(FILE *to, const char *help)
{
	for (unsigned section = 0; section < SECTIONS; section++)
		put_section(to, help, (enum section)section);
}
