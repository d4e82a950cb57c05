/* Time that only goes forward. */
#ifndef ISO_BASE_CLOCK_H
#define ISO_BASE_CLOCK_H

/* Seconds since some moment. */
double iso_now(void);

/* Seconds since this process was started, by the kernel's clock of 10 ms, rounded up; negative
 * where the system does not tell. */
double iso_process_age(void);

#endif
