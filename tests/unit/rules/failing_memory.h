/* The allocations of the code under test, of which the one with a given number fails. The linker
 * sends them here (--wrap): one test program each. */
#ifndef SL_TEST_FAILING_MEMORY_H
#define SL_TEST_FAILING_MEMORY_H

#include <stdlib.h>

static unsigned long allocations, failing; /* the number of the one that fails; 0: none */

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_realloc(void *at, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_realloc(void *at, size_t bytes);

void *__wrap_malloc(size_t bytes)
{
	return ++allocations == failing ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t n, size_t bytes)
{
	return ++allocations == failing ? NULL : __real_calloc(n, bytes);
}

void *__wrap_realloc(void *at, size_t bytes)
{
	return ++allocations == failing ? NULL : __real_realloc(at, bytes);
}

#endif
