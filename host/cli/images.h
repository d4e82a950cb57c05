/* Images drawn as text. */
#ifndef ISO_CLI_IMAGES_H
#define ISO_CLI_IMAGES_H

#include "data/data.h"

typedef struct cli_images {
    const float *values; /* [count][shape] */
    const float *below;  /* as many more, one below each, in the same shades; or NULL */
    char *const *titles; /* of each, or NULL */
    size_t count;
    iso_shape shape;
} cli_images;

/* Print them side by side, as many as fit, with shading characters from the least value to the
 * most. */
void cli_images_print(const cli_images *images);

#endif
