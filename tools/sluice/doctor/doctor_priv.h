/* What the checks share: saying something, and reading the small files of /proc and /sys. */
#ifndef SL_SLUICE_DOCTOR_PRIV_H
#define SL_SLUICE_DOCTOR_PRIV_H

#include "tools/sluice/doctor/doctor.h"

#define SL_FORMAT(n, m) __attribute__((format(printf, n, m)))

/* The last word counts; a check that says nothing is unknown. */
void sl_doctor_found(struct sl_doctor *doctor, enum sl_verdict_of_check verdict, const char *format,
		     ...) SL_FORMAT(3, 4);
void sl_doctor_change(struct sl_doctor *doctor, const char *format, ...) SL_FORMAT(2, 3);

/* The beginning of a file below the root, without its last line end. False: cannot be read. */
bool sl_doctor_read(const struct sl_doctor *doctor, const char *path, char *ret_text, size_t room);
bool sl_doctor_read_number(const struct sl_doctor *doctor, const char *path, uint64_t *ret_number);
/* "Name: 123 …" in a file of such lines. */
bool sl_doctor_read_field(const struct sl_doctor *doctor, const char *path, const char *name,
			  uint64_t *ret_number);

void sl_look_processor(struct sl_doctor *doctor);
void sl_look_cores(struct sl_doctor *doctor);
void sl_look_isolation(struct sl_doctor *doctor);
void sl_look_governor(struct sl_doctor *doctor);
void sl_look_steal(struct sl_doctor *doctor);
void sl_look_numa(struct sl_doctor *doctor);
void sl_look_memory(struct sl_doctor *doctor);
void sl_look_swap(struct sl_doctor *doctor);
void sl_look_huge_pages(struct sl_doctor *doctor);
void sl_look_cards(struct sl_doctor *doctor);
void sl_look_iommu(struct sl_doctor *doctor);
void sl_look_vfio(struct sl_doctor *doctor);
void sl_look_pinned(struct sl_doctor *doctor);
void sl_look_drivers(struct sl_doctor *doctor);
void sl_look_links(struct sl_doctor *doctor);
void sl_look_kernel(struct sl_doctor *doctor);
void sl_look_io_uring(struct sl_doctor *doctor);
void sl_look_files(struct sl_doctor *doctor);
void sl_look_sockets(struct sl_doctor *doctor);
void sl_look_clock(struct sl_doctor *doctor);
void sl_look_zones(struct sl_doctor *doctor);
void sl_look_file_system(struct sl_doctor *doctor);
void sl_look_room(struct sl_doctor *doctor);
void sl_look_sync(struct sl_doctor *doctor);

#endif
