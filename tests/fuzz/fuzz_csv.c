/* CSV text. */
#include "table.h"

/* A choice (the wish), the text. */
bool fuzz_one(const uint8_t *bytes, size_t length) {
    fuzz_rest rest = {bytes, length};
    const iso_wish wish = fuzz_wish(fuzz_byte(&rest));
    char *text = fuzz_copy(rest.at, rest.left);
    iso_table table;
    fuzz_begin();
    const bool taken = fuzz_took(iso_parse_csv(&table, text, rest.left, &wish), "in: ");
    if (taken) {
        fuzz_check_table(&table, wish.with_label);
        iso_table_free(&table);
    }
    free(text);
    return taken;
}

void fuzz_seeds(void) {
    fuzz_seed_text(1, "1,2,0\n3,4,1\n5,6,0\n");
    fuzz_seed_text(1, "x,y,kind\n1.5,-2e3,ant\n0.25,+4,\"b,e\"\"e\"\n");
    fuzz_seed_text(1 | 3 << 1, "kind;x\r\nant;1\r\n\r\nbee;2\r\n");
    fuzz_seed_text(1 | 2 << 1, "7\t1\t2\n8\t3\t4\n");
    fuzz_seed_text(1 | 2 << 3, "\xEF\xBB\xBF"
                               "a,b\n1,0.5\n2,1e-3\n");
    fuzz_seed_text(1 | 1 << 3, "1,2\r3,4");
    fuzz_seed_text(0, " 1 , \"2\" ,3\n\n4,5,6");
    fuzz_seed_text(0 | 3 << 1, "x,kind\n1,a\n2,b\n");
}

const char *const fuzz_words[] = {
    "\"",           "\"\"",  ",",       ";",   "\t",   "\r\n",
    "\n",           "1e400", "nan",     "inf", "-0",   "1e-5",
    "kind",         "0x10",  "1e99999", ".5",  "+1.e", "99999999999999999999",
    "\xEF\xBB\xBF", NULL};
