/* Between the files that read and write models. Private to host/run. */
#ifndef ISO_RUN_MODEL_FILE_H
#define ISO_RUN_MODEL_FILE_H

#include "run/model.h"
#include "run/safetensors.h"

/* Copy every parameter of the network out of a file's tensors, checking shape and finiteness.
 * @param out network->floats floats */
isobit_status iso_model_take_tensors(float *out, const iso_network *network,
                                     const iso_st_file *file, const char *path);

/* The same out of the bytes of a .safetensors or, if that is how `path` ends, an .npz file. They
 * are the callee's from then on, also on failure. */
isobit_status iso_parameters_parse(float *out, const iso_network *network, const char *path,
                                   char *bytes, size_t length);

/* "1x28x28", or "784" for a plain vector. */
isobit_status iso_shape_text(char **out, iso_shape shape);

#endif
