#!/usr/bin/env python3
"""Write the NumPy files that test_data_numpy.c reads (numpy 2.4.6)."""
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent
x = np.arange(12).reshape(3, 4)  # every type holds the same values, -6 to 5 where signed
types = "?", "u1", "i1", "<u2", ">i2", "<u4", "<i4", ">i4", "<i8", "<u8", "<f4", ">f4", "<f8", ">f8"
np.savez(here / "types.npz", **{f"type{i}": (x % 2 if name == "?" else x - 6 * ("u" not in name))
                                .astype(name) for i, name in enumerate(types)})
np.save(here / "fortran.npy", np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4)))
np.save(here / "fortran_bytes.npy", np.asfortranarray(x.astype("u1")))
with open(here / "version2.npy", "wb") as file:
    np.lib.format.write_array(file, x.astype("<f4"), version=(2, 0))
with open(here / "version3.npy", "wb") as file:
    np.lib.format.write_array(file, x.astype("<f4"), version=(3, 0))
np.savez(here / "stored.npz", x=x.astype("u1"), y=np.array([7, -3, 7]),
         x_test=x[:1].astype("u1"), y_test=np.array([-3]))
np.savez_compressed(here / "deflated.npz", x=np.zeros((500, 8, 8), "<f4") + 0.5,
                    y=np.arange(500) % 3)
np.savez(here / "targets.npz", x=x.astype("f8"), y=np.arange(6, dtype="f8").reshape(3, 2) / 4)
np.savez(here / "words.npz", x=x.astype("f8"), y=np.array(["dog", "cät", "dog"]))
np.savez(here / "records.npz", x=np.zeros(3, dtype=[("a", "f4")]), y=np.arange(3))
np.savez(here / "one_hot.npz", x=x.astype("f8"), y=np.eye(3, dtype=int))
# sizes behind the data (a "data descriptor"), as a stream that cannot seek gets them
class Stream:
    def read(self): raise OSError
    def __init__(self, file): self.file = file
    def write(self, data): return self.file.write(data)
    def flush(self): self.file.flush()
with open(here / "streamed.npz", "wb") as file:
    np.savez_compressed(Stream(file), x=x.astype("u1"), y=np.arange(3))
