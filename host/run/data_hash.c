#include "run/data_hash.h"

#include "base/interval.h"

#include <string.h>

/* Whoever leaves need not wait for gigabytes. */
static void add(iso_hash *state, const iso_data_hash *hash, const void *bytes, size_t length) {
    enum { PIECE = 1 << 20 };
    for (size_t at = 0; at < length && !atomic_load(&hash->left); at += PIECE)
        iso_hash_add(state, (const char *)bytes + at, length - at < PIECE ? length - at : PIECE);
}

static void add_head(iso_hash *state, const isobit_data *data) {
    const size_t sizes[] = {data->samples,     data->shape.channels, data->shape.height,
                            data->shape.width, data->element,        data->classes,
                            data->outputs};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        iso_hash_add_size(state, sizes[i]);
    for (int part = 0; part <= ISOBIT_PARTS; part++)
        iso_hash_add_size(state, data->begin[part]);
}

static void *find(void *hash_) {
    iso_data_hash *hash = hash_;
    const isobit_data *data = hash->data;
    unsigned char digest[ISO_HASH_SIZE];
    iso_hash state = iso_hash_new();
    add_head(&state, data);
    add(&state, hash, data->order, data->begin[ISOBIT_PARTS] * sizeof *data->order);
    add(&state, hash, data->x,
        data->samples * iso_data_features(data) * iso_element_size(data->element));
    if (data->classes)
        add(&state, hash, data->labels, data->samples * sizeof *data->labels);
    else if (data->targets)
        add(&state, hash, data->targets, data->samples * data->outputs * sizeof *data->targets);
    for (size_t i = 0; i < data->classes; i++)
        iso_hash_add(&state, data->class_names[i], strlen(data->class_names[i]) + 1);
    iso_hash_end(&state, digest);
    iso_hash_hex(digest, hash->hex);
    return NULL;
}

void iso_data_hash_begin(iso_data_hash *hash, const isobit_data *data,
                         const isobit_settings *settings) {
    iso_interval every;
    const char *text = isobit_settings_get(settings, "checkpoint");
    *hash = (iso_data_hash){.data = data};
    if (iso_interval_parse(&every, "checkpoint", text) == ISOBIT_OK && every.unit != ISO_OFF)
        hash->under_way = !pthread_create(&hash->thread, NULL, find, hash);
}

static void wait_for(iso_data_hash *hash) {
    if (hash->under_way)
        pthread_join(hash->thread, NULL);
    hash->under_way = false;
}

void iso_data_hash_end(iso_data_hash *hash) {
    atomic_store(&hash->left, true);
    wait_for(hash);
}

const char *iso_data_hash_take(iso_data_hash *hash) {
    wait_for(hash);
    if (!*hash->hex)
        find(hash);
    return hash->hex;
}
