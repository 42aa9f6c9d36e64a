/* What a piece depends on beside its file's text. Whoever wrote it read the same schema, in the
 * same zone, for the same channels, with the same program: a compiler changes from build to build,
 * and nobody should have to remember to raise a number for it. */
#include "rules/pieces/pieces_priv.h"
#include "rules/read/yaml_priv.h"
#include "rules/time/zones_priv.h"

#include <elf.h>
#include <link.h>

static bool add_note(const ElfW(Nhdr) * note, size_t bytes, struct sl_buffer *to)
{
	const uint8_t *at = (const uint8_t *)note, *end = at + bytes;

	while ((size_t)(end - at) >= sizeof(*note)) {
		size_t name, description;

		note = (const void *)at;
		name = (note->n_namesz + 3u) / 4 * 4;
		description = (note->n_descsz + 3u) / 4 * 4;
		at += sizeof(*note);
		if (name > (size_t)(end - at) || description > (size_t)(end - at) - name)
			return false;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
		    !memcmp(at, "GNU", 4)) {
			sl_buffer_add(to, at + name, note->n_descsz);
			return true;
		}
		at += name + description;
	}
	return false;
}

/* The program comes first; what it is linked with does not read campaigns, but for libyaml. */
static int visit(struct dl_phdr_info *info, size_t bytes, void *context)
{
	(void)bytes;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type == PT_NOTE &&
		    add_note((const void *)(info->dlpi_addr + part->p_vaddr), part->p_memsz,
			     context))
			return 1;
	}
	return -1;
}

bool sl_pieces_context(const struct sl_rules_set *set, const struct sl_rules_options *options,
		       uint64_t ret_context[2])
{
	const struct sl_source *schema = ((struct sl_source **)set->sources.at)[0];
	const char *zone = options->time_zone ? options->time_zone : SL_ZONE_DEFAULT;
	struct sl_buffer context = {0}, transitions = {0};
	int64_t repeats_from_s = 0;
	bool known = dl_iterate_phdr(visit, &context) == 1 &&
		     sl_zone_load(sl_slice_of(zone), &transitions, &repeats_from_s);

	sl_buffer_add_slice(&context, sl_slice_of(yaml_get_version_string()));
	sl_buffer_add(&context, &set->unsafe_advertising, sizeof(set->unsafe_advertising));
	sl_buffer_add_slice(&context, sl_slice_of(zone));
	sl_buffer_add(&context, &repeats_from_s, sizeof(repeats_from_s));
	for (size_t i = 0; i < transitions.bytes / sizeof(struct sl_transition); i++) {
		const struct sl_transition *at = (struct sl_transition *)transitions.at + i;

		sl_buffer_add(&context, &at->from_s, sizeof(at->from_s));
		sl_buffer_add(&context, &at->offset_s, sizeof(at->offset_s));
	}
	sl_buffer_add_slice(&context, (struct sl_slice){schema->text, schema->bytes});
	sl_filled_add_to(&set->filled, &context);
	known &= !context.failed;
	if (known)
		sl_rules_hash(context.at, context.bytes, ret_context);
	sl_buffer_fini(&context);
	sl_buffer_fini(&transitions);
	return known;
}
