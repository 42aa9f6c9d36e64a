#include "rig.h"

int main(void)
{
	return contract_run(&sl_io_epoll);
}
