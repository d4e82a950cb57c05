/* Integer expressions of the kernel headers: precedence climbing, no side effects. */
#include "device/variant.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 32 };

typedef struct parser {
    const char *whole, *at;
    bool (*value_of)(void *user, const char *name, long *out);
    void *user;
    int depth;
} parser;

static isobit_status wrong(const parser *parse, const char *what) {
    return iso_fail(ISOBIT_ERROR_KERNEL, "expression \"%s\", character %zu: %s", parse->whole,
                    (size_t)(parse->at - parse->whole) + 1, what);
}

static void skip_blanks(parser *parse) {
    while (isspace((unsigned char)*parse->at))
        parse->at++;
}

static isobit_status parse_binary(parser *parse, int least, long *out);

static isobit_status parse_name(parser *parse, long *out) {
    char name[64];
    size_t length =
        strspn(parse->at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
    if (length >= sizeof name)
        return wrong(parse, "the name is too long");
    memcpy(name, parse->at, length);
    name[length] = '\0';
    if (!parse->value_of(parse->user, name, out))
        return wrong(parse, "no knob of that name");
    parse->at += length;
    return ISOBIT_OK;
}

static isobit_status parse_unary(parser *parse, long *out) {
    skip_blanks(parse);
    char sign = *parse->at;
    if (isdigit((unsigned char)sign)) {
        char *end;
        long value = strtol(parse->at, &end, 10);
        if (value > INT32_MAX)
            return wrong(parse, "the number is too large");
        parse->at = end;
        *out = value;
        return ISOBIT_OK;
    }
    if (isalpha((unsigned char)sign) || sign == '_')
        return parse_name(parse, out);
    if (sign != '(' && sign != '!' && sign != '-')
        return wrong(parse, "expected a number, a knob or \"(\"");
    if (++parse->depth > DEEPEST)
        return wrong(parse, "nested too deeply");
    parse->at++;
    if (sign == '(') {
        ISO_TRY(parse_binary(parse, 0, out));
        skip_blanks(parse);
        if (*parse->at != ')')
            return wrong(parse, "expected \")\"");
        parse->at++;
    } else {
        ISO_TRY(parse_unary(parse, out));
        if (sign == '!')
            *out = !*out;
        else if (__builtin_sub_overflow(0, *out, out))
            return wrong(parse, "the value is too large");
    }
    parse->depth--;
    return ISOBIT_OK;
}

static const struct operator{
    char text[3];
    int level;
}
operators[] = {
    {"||", 1}, {"&&", 2}, {"==", 3}, {"!=", 3}, {"<=", 4}, {">=", 4}, {"<", 4},
    {">", 4},  {"+", 5},  {"-", 5},  {"*", 6},  {"/", 6},  {"%", 6},
};

static const struct operator* operator_at(const char *text) {
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (!strncmp(text, operators[i].text, strlen(operators[i].text)))
            return &operators[i];
    return NULL;
}

static isobit_status apply(const parser *parse, const char *name, long a, long b, long *out) {
    bool fits = true;
    long value = 0;
    switch (name[0]) {
    case '|':
        value = a || b;
        break;
    case '&':
        value = a && b;
        break;
    case '=':
        value = a == b;
        break;
    case '!':
        value = a != b;
        break;
    case '<':
        value = name[1] ? a <= b : a < b;
        break;
    case '>':
        value = name[1] ? a >= b : a > b;
        break;
    case '+':
        fits = !__builtin_add_overflow(a, b, &value);
        break;
    case '-':
        fits = !__builtin_sub_overflow(a, b, &value);
        break;
    case '*':
        fits = !__builtin_mul_overflow(a, b, &value);
        break;
    default:
        if (!b || (b == -1 && a < -INT32_MAX))
            return wrong(parse, "division by zero");
        value = name[0] == '/' ? a / b : a % b;
    }
    if (!fits)
        return wrong(parse, "the value is too large");
    *out = value;
    return ISOBIT_OK;
}

static isobit_status parse_binary(parser *parse, int least, long *out) {
    long left;
    ISO_TRY(parse_unary(parse, &left));
    for (;;) {
        skip_blanks(parse);
        const struct operator* next = operator_at(parse->at);
        if (!next || next->level <= least)
            break;
        parse->at += strlen(next->text);
        long right;
        ISO_TRY(parse_binary(parse, next->level, &right));
        ISO_TRY(apply(parse, next->text, left, right, &left));
    }
    *out = left;
    return ISOBIT_OK;
}

isobit_status iso_expression(const char *text,
                             bool (*value_of)(void *user, const char *name, long *out), void *user,
                             long *out) {
    parser parse = {.whole = text, .at = text, .value_of = value_of, .user = user};
    long value;
    ISO_TRY(parse_binary(&parse, 0, &value));
    skip_blanks(&parse);
    if (*parse.at)
        return wrong(&parse, "not understood");
    *out = value;
    return ISOBIT_OK;
}
