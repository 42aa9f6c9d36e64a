/* The disk below the journal. */
#include "tools/sluice/doctor/doctor_priv.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#define SYNC_BYTES 4096u
#define SYNCS_MAX 1000u
#define SYNC_TIME_NS 2000000000ll
#define SYNC_SLOW_NS 2000000ll     /* at the median */
#define SYNC_INCREDIBLE_NS 10000ll /* no device answers that fast */
#define ROOM_FOR_A_GATEWAY                                                                         \
	(3ull << 30) /* journal.bytes, rule sets and snapshots of the defaults                     \
		      */
#define XFS_MAGIC 0x58465342

static const struct {
	long magic;
	const char *name;
	enum sl_verdict_of_check verdict;
	const char *change;
} file_systems[] = {
	{EXT4_SUPER_MAGIC, "ext4", SL_CHECK_GOOD, ""},
	{XFS_MAGIC, "XFS", SL_CHECK_GOOD, ""},
	{BTRFS_SUPER_MAGIC, "Btrfs", SL_CHECK_ADVICE,
	 "chattr +C on the empty directory, or ext4 or XFS: copying on write makes every commit "
	 "dearer"},
	{OVERLAYFS_SUPER_MAGIC, "overlayfs", SL_CHECK_ADVICE,
	 "mount a volume there: what a container's layer holds goes with the container"},
	{TMPFS_MAGIC, "tmpfs", SL_CHECK_BAD,
	 "a directory on a disk: what is acknowledged here does not outlive the machine"},
	{RAMFS_MAGIC, "ramfs", SL_CHECK_BAD,
	 "a directory on a disk: what is acknowledged here does not outlive the machine"},
	{NFS_SUPER_MAGIC, "NFS", SL_CHECK_BAD,
	 "a local disk: the journal is a map that two processes share, with locks"},
	{(long)CIFS_SUPER_MAGIC, "SMB", SL_CHECK_BAD,
	 "a local disk: the journal is a map that two processes share, with locks"},
	{(long)SMB2_SUPER_MAGIC, "SMB", SL_CHECK_BAD,
	 "a local disk: the journal is a map that two processes share, with locks"},
	{V9FS_MAGIC, "9p", SL_CHECK_BAD,
	 "a local disk: the journal is a map that two processes share, with locks"},
	{FUSE_SUPER_MAGIC, "FUSE", SL_CHECK_ADVICE,
	 "a local disk, unless you know what this one does with fdatasync and shared maps"},
};

void sl_look_file_system(struct sl_doctor *doctor)
{
	struct statfs at;

	if (statfs(doctor->directory, &at))
		return;
	for (size_t i = 0; i < sizeof(file_systems) / sizeof(file_systems[0]); i++) {
		if (file_systems[i].magic != (long)at.f_type)
			continue;
		sl_doctor_found(doctor, file_systems[i].verdict, "%s at %.180s",
				file_systems[i].name, doctor->directory);
		sl_doctor_change(doctor, "%s", file_systems[i].change);
		return;
	}
	sl_doctor_found(doctor, SL_CHECK_UNKNOWN, "type 0x%lx at %.180s", (unsigned long)at.f_type,
			doctor->directory);
	sl_doctor_change(doctor, "ext4 or XFS are what Sluice is tried on");
}

void sl_look_room(struct sl_doctor *doctor)
{
	struct statvfs at;
	uint64_t bytes;

	if (statvfs(doctor->directory, &at))
		return;
	bytes = (uint64_t)at.f_bavail * at.f_frsize;
	sl_doctor_found(doctor, bytes < ROOM_FOR_A_GATEWAY ? SL_CHECK_ADVICE : SL_CHECK_GOOD,
			"%.1f GiB free at %.180s", (double)bytes / (1 << 30), doctor->directory);
	if (bytes < ROOM_FOR_A_GATEWAY)
		sl_doctor_change(
			doctor,
			"3 GiB for the default settings; journal.bytes is what the journal takes");
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

/* How many syncs there was time for; 0: the first failed. */
static unsigned sync_often(int fd, unsigned syncs, int64_t *ret_ns)
{
	char page[SYNC_BYTES];
	int64_t began = now_ns(), at = began;
	unsigned n = 0;

	memset(page, 's', sizeof(page));
	while (n < syncs && at - began < SYNC_TIME_NS) {
		int64_t before = at;

		page[0] = (char)n;
		if (pwrite(fd, page, sizeof(page), 0) != (ssize_t)sizeof(page) || fdatasync(fd))
			break;
		at = now_ns();
		ret_ns[n++] = at - before;
	}
	return n;
}

static void judge_sync(struct sl_doctor *doctor, int64_t *took_ns, unsigned n)
{
	int64_t p50, p99;

	qsort(took_ns, n, sizeof(took_ns[0]), by_size);
	p50 = took_ns[n / 2];
	p99 = took_ns[n * 99ull / 100];
	sl_doctor_found(doctor, SL_CHECK_GOOD,
			"4 KiB and fdatasync: p50 %.2f ms, p99 %.2f ms of %u", (double)p50 / 1e6,
			(double)p99 / 1e6, n);
	if (p50 < SYNC_INCREDIBLE_NS) {
		doctor->verdict = SL_CHECK_ADVICE;
		sl_doctor_change(doctor, "find out whether this disk writes at all when told to: "
					 "that is faster than devices are");
	} else if (p50 > SYNC_SLOW_NS) {
		doctor->verdict = SL_CHECK_ADVICE;
		sl_doctor_change(doctor, "an SSD with power-loss protection, not shared: syncs "
					 "there take 0.02 to 0.2 ms");
	}
}

void sl_look_sync(struct sl_doctor *doctor)
{
	unsigned syncs = doctor->syncs_max < SYNCS_MAX ? doctor->syncs_max : SYNCS_MAX;
	int64_t took_ns[SYNCS_MAX];
	char path[512];
	unsigned n;
	int fd;

	if (!syncs || (size_t)snprintf(path, sizeof(path), "%s/.sluice-doctor-XXXXXX",
				       doctor->directory) >= sizeof(path))
		return;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		sl_doctor_found(doctor, SL_CHECK_UNKNOWN, "nothing can be written at %.180s: %m",
				doctor->directory);
		sl_doctor_change(doctor, "run it as the user of the gateway, or name its directory "
					 "with --directory");
		return;
	}
	unlink(path);
	n = sync_often(fd, syncs, took_ns);
	close(fd);
	if (n)
		judge_sync(doctor, took_ns, n);
	else
		sl_doctor_found(doctor, SL_CHECK_BAD,
				"a page cannot be written and synced at %.180s", doctor->directory);
}
