/* Inputs from other inputs, the same in every run: the random numbers are the project's own. */
#ifndef ISO_FUZZ_MUTATE_H
#define ISO_FUZZ_MUTATE_H

#include "base/random.h"
#include "inputs.h"

enum { FUZZ_LONGEST = 1 << 14 };

/* Some changes to a random one of the inputs. @param out FUZZ_LONGEST bytes; returns how many. */
size_t fuzz_mutate(iso_random *random, uint8_t *out);

#endif
