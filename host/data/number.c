#include "data/number.h"

#include "base/text.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

/* Powers of ten that doubles hold exactly. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { MOST_POWER = sizeof powers / sizeof *powers - 1 };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* A number taken apart: digits * 10^exponent, when all digits fit. */
typedef struct decimal {
    uint64_t digits;
    int exponent;
    bool any, exact;
} decimal;

static const char *scan_digits(const char *at, const char *end, decimal *number, int step) {
    for (; at < end && is_digit(*at); at++) {
        number->any = true;
        if (number->digits < UINT64_C(1000000000000000000)) {
            number->digits = number->digits * 10 + (uint64_t)(*at - '0');
            number->exponent -= step;
        } else {
            number->exact = false;
        }
    }
    return at;
}

/* The exponent behind an 'e'; `at` itself when none is there. */
static const char *scan_exponent(const char *at, const char *end, decimal *number) {
    const char *from = at + 1;
    int value = 0;
    if (at == end || (*at | 0x20) != 'e')
        return at;
    bool negative = from < end && *from == '-';
    if (from < end && (*from == '-' || *from == '+'))
        from++;
    if (from == end || !is_digit(*from))
        return at;
    for (; from < end && is_digit(*from); from++)
        value = value < 100000 ? value * 10 + (*from - '0') : value;
    number->exponent += negative ? -value : value;
    return from;
}

/* The rare ones: strtod on a copy. */
static double scan_slowly(const char *at, const char *behind) {
    char copy[512];
    double value = HUGE_VAL;
    size_t length = (size_t)(behind - at);
    if (length < sizeof copy) {
        memcpy(copy, at, length);
        copy[length] = '\0';
        if (iso_parse_double(copy, "", -DBL_MAX, DBL_MAX, &value) != ISOBIT_OK)
            value = HUGE_VAL;
    }
    return value;
}

const char *iso_scan_number(const char *at, const char *end, double *value) {
    const char *start = at;
    decimal number = {.exact = true};
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    at = scan_digits(at, end, &number, 0);
    if (at < end && *at == '.')
        at = scan_digits(at + 1, end, &number, 1);
    if (!number.any)
        return NULL;
    at = scan_exponent(at, end, &number);
    int exponent = number.exponent;
    /* two exact doubles, one rounding (Clinger's fast path) */
    if (number.exact && number.digits <= UINT64_C(1) << 53 && exponent <= MOST_POWER &&
        exponent >= -MOST_POWER) {
        double digits = (double)number.digits;
        double result = exponent < 0 ? digits / powers[-exponent] : digits * powers[exponent];
        *value = negative ? -result : result;
    } else {
        *value = scan_slowly(start, at);
    }
    return at;
}

bool iso_is_number(const char *text, double *value) {
    const char *end = text + strlen(text);
    return iso_scan_number(text, end, value) == end && text != end;
}

bool iso_is_integer(const char *text, int64_t *value) {
    bool negative = *text == '-';
    uint64_t digits = 0, most = (uint64_t)INT64_MAX + negative;
    const char *at = text + (*text == '-' || *text == '+');
    if (!*at)
        return false;
    for (; is_digit(*at); at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (digits > (most - digit) / 10)
            return false;
        digits = digits * 10 + digit;
    }
    if (*at)
        return false;
    *value = negative ? (int64_t)(0 - digits) : (int64_t)digits;
    return true;
}
