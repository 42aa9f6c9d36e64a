/* Network cards on PCI, as the kernel tells of them. */
#ifndef SL_SLUICE_DOCTOR_CARDS_PRIV_H
#define SL_SLUICE_DOCTOR_CARDS_PRIV_H

#include "tools/sluice/doctor/doctor_priv.h"

#define SL_CARDS_MAX 32
#define SL_CARDS_AT "/sys/bus/pci/devices"

struct sl_card {
	char address[16];
	char driver[32];
	char group[32]; /* of the IOMMU; empty: none */
	uint32_t vendor;
	int node;            /* -1: the machine does not say */
	bool is_handed_over; /* from the kernel, to whoever opens it */
};

/* In the order of their addresses. How many, or -1: they cannot be seen. */
int sl_cards_read(const struct sl_doctor *doctor, struct sl_card ret_cards[SL_CARDS_MAX]);
/* The first of those; NULL: none. */
const struct sl_card *sl_cards_handed_over(const struct sl_card *cards, int n);

#endif
