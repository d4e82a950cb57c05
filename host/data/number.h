/* Numbers in text files, fast and independent of the locale. */
#ifndef ISO_DATA_NUMBER_H
#define ISO_DATA_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* The decimal number at `at`: [+-] digits [. digits] [e [+-] digits], at least one digit before or
 * behind the point. *value is the nearest double, an infinity when it is beyond the largest.
 * Returns where it ends, NULL when there is none. */
const char *iso_scan_number(const char *at, const char *end, double *value);

/* Whether the whole text is a number; whether it is a whole number that fits. */
bool iso_is_number(const char *text, double *value);
bool iso_is_integer(const char *text, int64_t *value);

#endif
