/* Network cards, and what reading their packets past the kernel needs. None of it matters for
 * sockets: where no card is handed over, nothing is amiss. */
#include "tools/sluice/doctor/cards_priv.h"

#include <dirent.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLASS_NETWORK 0x02u
#define VENDOR_MELLANOX 0x15b3u
#define PINNED_LEAST (1ull << 30) /* buffers of a card are pinned, and more than them */
#define NOT_HANDED_OVER "no card is handed over (driver vfio-pci)"

/* The last part of where a link below /sys points. */
static bool read_link(const struct sl_doctor *doctor, const char *path, char ret_name[32])
{
	char whole[512], at[512];
	const char *name;
	ssize_t n;

	if ((size_t)snprintf(whole, sizeof(whole), "%s%s", doctor->root, path) >= sizeof(whole))
		return false;
	n = readlink(whole, at, sizeof(at) - 1);
	if (n < 0)
		return false;
	at[n] = '\0';
	name = strrchr(at, '/');
	snprintf(ret_name, 32, "%.31s", name ? name + 1 : at);
	return true;
}

static uint64_t number_of(const struct sl_doctor *doctor, const char *address, const char *name,
			  uint64_t otherwise)
{
	char path[128], text[64], *end;
	uint64_t number;

	snprintf(path, sizeof(path), SL_CARDS_AT "/%s/%s", address, name);
	if (!sl_doctor_read(doctor, path, text, sizeof(text)))
		return otherwise;
	number = strtoull(text, &end, 0);
	return end == text ? otherwise : number;
}

static bool read_card(const struct sl_doctor *doctor, const char *address, struct sl_card *ret_card)
{
	struct sl_card card = {.node = -1};
	char path[128];

	if (strlen(address) >= sizeof(card.address) ||
	    number_of(doctor, address, "class", 0) >> 16 != CLASS_NETWORK)
		return false;
	strcpy(card.address, address);
	card.vendor = (uint32_t)number_of(doctor, address, "vendor", 0);
	card.node = (int)(int64_t)number_of(doctor, address, "numa_node", (uint64_t)-1);
	snprintf(path, sizeof(path), SL_CARDS_AT "/%s/driver", address);
	if (!read_link(doctor, path, card.driver))
		strcpy(card.driver, "no driver");
	card.is_handed_over = !strcmp(card.driver, "vfio-pci");
	snprintf(path, sizeof(path), SL_CARDS_AT "/%s/iommu_group", address);
	read_link(doctor, path, card.group);
	*ret_card = card;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct sl_card *)a)->address, ((const struct sl_card *)b)->address);
}

int sl_cards_read(const struct sl_doctor *doctor, struct sl_card ret_cards[SL_CARDS_MAX])
{
	char path[512];
	struct dirent *entry;
	int n = 0;
	DIR *all;

	if ((size_t)snprintf(path, sizeof(path), "%s" SL_CARDS_AT, doctor->root) >= sizeof(path))
		return -1;
	all = opendir(path);
	if (!all)
		return -1;
	while (n < SL_CARDS_MAX && (entry = readdir(all)))
		n += entry->d_name[0] != '.' && read_card(doctor, entry->d_name, &ret_cards[n]);
	closedir(all);
	qsort(ret_cards, (size_t)n, sizeof(*ret_cards), by_name);
	return n;
}

const struct sl_card *sl_cards_handed_over(const struct sl_card *cards, int n)
{
	for (int i = 0; i < n; i++)
		if (cards[i].is_handed_over)
			return &cards[i];
	return NULL;
}

/* ---- what the checks say */

static void list(const struct sl_card *cards, int n, char *ret_text, size_t room)
{
	size_t at = 0;

	for (int i = 0; i < n && at < room; i++) {
		at += (size_t)snprintf(ret_text + at, room - at, "%s%s %s", i ? ", " : "",
				       cards[i].address, cards[i].driver);
		if (cards[i].node >= 0 && at < room)
			at += (size_t)snprintf(ret_text + at, room - at, " of node %d",
					       cards[i].node);
	}
}

void sl_look_cards(struct sl_doctor *doctor)
{
	struct sl_card cards[SL_CARDS_MAX];
	int n = sl_cards_read(doctor, cards);
	const struct sl_card *card = sl_cards_handed_over(cards, n);
	char text[200] = "";

	if (n < 0)
		return;
	if (!n) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "none on PCI");
		return;
	}
	list(cards, n, text, sizeof(text));
	sl_doctor_found(doctor, SL_CHECK_GOOD, "%s", text);
	if (card && card->vendor == VENDOR_MELLANOX) {
		doctor->verdict = SL_CHECK_BAD;
		sl_doctor_change(doctor,
				 "give %s back to mlx5_core: DPDK reads these cards beside their "
				 "kernel driver, and not without it",
				 card->address);
	}
}

void sl_look_iommu(struct sl_doctor *doctor)
{
	struct sl_card cards[SL_CARDS_MAX];
	const struct sl_card *card = sl_cards_handed_over(cards, sl_cards_read(doctor, cards));
	char unsafe[8] = "";

	if (!card) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, NOT_HANDED_OVER);
		return;
	}
	sl_doctor_read(doctor, "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", unsafe,
		       sizeof(unsafe));
	if (*card->group && unsafe[0] != 'Y') {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "%s is in group %s", card->address,
				card->group);
		return;
	}
	sl_doctor_found(doctor, unsafe[0] == 'Y' ? SL_CHECK_ADVICE : SL_CHECK_BAD,
			unsafe[0] == 'Y' ? "there is none, and vfio was told to do without"
					 : "%s is in no group: there is none, or it is off",
			card->address);
	sl_doctor_change(doctor, "switch it on in the firmware (VT-d, AMD-Vi), and boot with "
				 "intel_iommu=on iommu=pt; without, the card can write anywhere");
}

/* What is asked of whom the gateway runs as: /dev/vfio/GROUP. */
void sl_look_vfio(struct sl_doctor *doctor)
{
	struct sl_card cards[SL_CARDS_MAX];
	const struct sl_card *card = sl_cards_handed_over(cards, sl_cards_read(doctor, cards));
	char path[512];
	struct stat found;

	if (!card) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, NOT_HANDED_OVER);
		return;
	}
	if (!*card->group)
		return; /* iommu has said it */
	snprintf(path, sizeof(path), "%s/dev/vfio/%s", doctor->root, card->group);
	if (stat(path, &found)) {
		sl_doctor_found(doctor, SL_CHECK_BAD, "/dev/vfio/%s is not there", card->group);
		sl_doctor_change(doctor, "modprobe vfio-pci, and give it every device of the "
					 "group (dpdk-devbind.py --status), or unbind them");
	} else if (access(path, R_OK | W_OK)) {
		sl_doctor_found(doctor, SL_CHECK_BAD, "/dev/vfio/%s is of user %u and group %u",
				card->group, found.st_uid, found.st_gid);
		sl_doctor_change(doctor,
				 "a udev rule that gives it to the group of the dataplane: "
				 "SUBSYSTEM==\"vfio\", GROUP=\"sluice-dataplane\", MODE=\"0660\"");
	} else {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "/dev/vfio/%s can be opened", card->group);
	}
}

void sl_look_pinned(struct sl_doctor *doctor)
{
	struct sl_card cards[SL_CARDS_MAX];
	const struct sl_card *card = sl_cards_handed_over(cards, sl_cards_read(doctor, cards));
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	if (limit.rlim_cur == RLIM_INFINITY)
		sl_doctor_found(doctor, SL_CHECK_GOOD, "as much as there is");
	else
		sl_doctor_found(doctor, SL_CHECK_GOOD, "%llu MiB",
				(unsigned long long)limit.rlim_cur >> 20);
	if (card && limit.rlim_cur < PINNED_LEAST) {
		doctor->verdict = SL_CHECK_BAD;
		sl_doctor_change(doctor,
				 "ulimit -l unlimited, or LimitMEMLOCK=infinity in the "
				 "unit of the dataplane: vfio pins what the card writes to");
	}
}

/* The drivers that the library would load. */
void sl_look_drivers(struct sl_doctor *doctor)
{
	struct sl_card cards[SL_CARDS_MAX];
	const struct sl_card *card = sl_cards_handed_over(cards, sl_cards_read(doctor, cards));
	char pattern[512];
	glob_t found = {0};

	snprintf(pattern, sizeof(pattern), "%s/usr/lib/*/dpdk/pmds-*/librte_net_*.so.[0-9][0-9]",
		 doctor->root);
	glob(pattern, 0, NULL, &found);
	if (found.gl_pathc) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "%zu of DPDK for cards and other wires",
				found.gl_pathc);
	} else {
		sl_doctor_found(doctor, card ? SL_CHECK_BAD : SL_CHECK_GOOD,
				card ? "none of DPDK" : "none of DPDK, which only wires want");
		if (card)
			sl_doctor_change(doctor, "apt-get install the driver of the card, as "
						 "librte-net-i40e23 or librte-net-ixgbe23 is one, "
						 "or dpdk for all of them");
	}
	globfree(&found);
}

static size_t put_link(const struct sl_doctor *doctor, const char *name, char *ret_text,
		       size_t room)
{
	char path[320], state[16] = "?", speed[16] = "";
	int n;

	snprintf(path, sizeof(path), "/sys/class/net/%s/operstate", name);
	sl_doctor_read(doctor, path, state, sizeof(state));
	snprintf(path, sizeof(path), "/sys/class/net/%s/speed", name);
	sl_doctor_read(doctor, path, speed, sizeof(speed));
	n = snprintf(ret_text, room, "%s %s%s%s", name, state, *speed > '0' ? " at Mbit/s " : "",
		     *speed > '0' ? speed : "");
	return n > 0 && (size_t)n < room ? (size_t)n : 0;
}

void sl_look_links(struct sl_doctor *doctor)
{
	char path[512], text[200] = "";
	struct dirent **names;
	size_t at = 0;
	int n;

	snprintf(path, sizeof(path), "%s/sys/class/net", doctor->root);
	n = scandir(path, &names, NULL, alphasort);
	if (n < 0)
		return;
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;

		if (name[0] != '.' && strcmp(name, "lo") != 0 && at + 2 < sizeof(text)) {
			size_t comma = at ? 2 : 0;
			size_t more = put_link(doctor, name, text + at + comma,
					       sizeof(text) - at - comma);

			if (more && comma)
				memcpy(text + at, ", ", 2);
			if (more)
				at += comma + more;
			else
				text[at] = '\0';
		}
		free(names[i]);
	}
	free(names);
	sl_doctor_found(doctor, SL_CHECK_GOOD, "%s", at ? text : "none but the loopback");
}
