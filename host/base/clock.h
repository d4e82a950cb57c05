/* Time that only goes forward. */
#ifndef ISO_BASE_CLOCK_H
#define ISO_BASE_CLOCK_H

/* Seconds since some moment. */
double iso_now(void);

#endif
