/* Memory of programs: taken here, never while one runs. */
#include "program_priv.h"

#include <errno.h>
#include <stdlib.h>

int sl_program_room_new(uint32_t bytes, uint32_t steps, struct sl_program_room **ret_room)
{
	struct sl_program_room *room = malloc(sizeof(*room) + bytes);

	if (!room)
		return -ENOMEM;
	room->bytes = bytes;
	room->steps = steps;
	*ret_room = room;
	return 0;
}

void sl_program_room_free(struct sl_program_room *room)
{
	free(room);
}
