#include "match_scan.h"

void sl_perf_scanner_init(struct sl_perf_scanner *scanner, const struct sl_artifact *artifact)
{
	*scanner = (struct sl_perf_scanner){.n_databases = artifact->n_databases};
	if (artifact->n_databases > SL_PERF_DATABASES_MAX)
		sl_perf_give_up("floor", "more databases than it has room for");
	for (uint32_t i = 0; i < artifact->n_databases; i++) {
		const struct sl_database *from = &artifact->databases[i];

		if (hs_deserialize_database((const char *)artifact->blobs + from->offset,
					    from->bytes, &scanner->databases[i]) != HS_SUCCESS ||
		    hs_alloc_scratch(scanner->databases[i], &scanner->scratch) != HS_SUCCESS)
			sl_perf_give_up("floor", "a pattern database is not taken");
	}
}

void sl_perf_scanner_fini(struct sl_perf_scanner *scanner)
{
	hs_free_scratch(scanner->scratch);
	for (uint32_t i = 0; i < scanner->n_databases; i++)
		hs_free_database(scanner->databases[i]);
}

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		  void *context)
{
	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	++*(uint64_t *)context;
	return 0;
}

void sl_perf_scan(struct sl_perf_scanner *scanner, const struct sl_perf_texts *texts,
		  uint32_t first, uint32_t n)
{
	uint64_t begin = first ? texts->ends[first - 1] : 0;
	uint64_t end = texts->ends[first + n - 1];

	for (uint32_t i = 0; i < scanner->n_databases; i++)
		if (hs_scan(scanner->databases[i], (const char *)texts->text + begin,
			    (unsigned)(end - begin), 0, scanner->scratch, on_hit,
			    &scanner->hits) != HS_SUCCESS)
			sl_perf_give_up("floor", "a scan failed");
}
