/* The SHA-256 over a data set, by which a checkpoint knows what was trained on. A thread of its own
 * finds it while the device is opened and kernels are loaded: the first step need not wait for it.
 */
#ifndef ISO_RUN_DATA_HASH_H
#define ISO_RUN_DATA_HASH_H

#include "base/hash.h"
#include "data/data.h"

#include <pthread.h>
#include <stdatomic.h>

/* Of one data set, which is borrowed and stays as it is until iso_data_hash_end. Start from {0},
 * which iso_data_hash_end also takes. For one thread. */
typedef struct iso_data_hash {
    const isobit_data *data;
    pthread_t thread;
    bool under_way;         /* the thread is to be waited for, … */
    atomic_bool left;       /* … and has no more to do */
    char hex[ISO_HEX_SIZE]; /* over samples, answers, classes, parts and their order, once found */
} iso_data_hash;

/* Begin to hash, if the setting "checkpoint" is not "off". */
void iso_data_hash_begin(iso_data_hash *hash, const isobit_data *data,
                         const isobit_settings *settings);
/* The hash of data that iso_data_hash_begin was given, in hex; waits for it. It lives as long as
 * `hash`. */
const char *iso_data_hash_take(iso_data_hash *hash);
/* Leave the data, hashed or not. */
void iso_data_hash_end(iso_data_hash *hash);

#endif
