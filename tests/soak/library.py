"""The library in this process, through ctypes: what a long-lived program would call."""

import ctypes
import os

TRAIN, VALIDATION, TEST = 0, 1, 2
INTERRUPTED = 9  # ISOBIT_ERROR_INTERRUPTED


class Metrics(ctypes.Structure):
    _fields_ = [("samples", ctypes.c_size_t)] + [
        (name, ctypes.c_double) for name in ("loss", "accuracy", "mse", "mae", "r2")]


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)


class Failure(Exception):
    pass


class Library:
    """libisobit.so with one context; reopen() makes it anew."""

    def __init__(self, path):
        self.so = ctypes.CDLL(path)
        self.so.isobit_error.restype = ctypes.c_char_p
        self.so.isobit_data_samples.restype = ctypes.c_size_t
        self.so.isobit_model_outputs.restype = ctypes.c_size_t
        for kind in ("context", "settings", "data", "model"):
            getattr(self.so, f"isobit_{kind}_free").argtypes = [ctypes.c_void_p]
            getattr(self.so, f"isobit_{kind}_free").restype = None
        self.context = None
        self.reopen()

    def check(self, status):
        if status:
            raise Failure(self.so.isobit_error().decode())

    def new(self, function, *arguments):
        handle = ctypes.c_void_p()
        self.check(getattr(self.so, function)(ctypes.byref(handle), *arguments))
        return handle

    def reopen(self):
        if self.context:
            self.so.isobit_context_free(self.context)
        self.context = self.new("isobit_context_new", None)

    def settings(self, values):
        handle = self.new("isobit_settings_new")
        for name, value in values.items():
            self.check(self.so.isobit_settings_set(handle, name.encode(), value.encode()))
        return handle

    def train(self, source, values, stops, checkpoint, out):
        """Train, interrupted after each of so many reports and resumed; save the model at `out`.
        Returns the metrics of every part that is not empty."""
        settings = self.settings(values)
        data = model = None
        try:
            data = self.new("isobit_data_load", source.encode(), settings)
            model = self.new("isobit_model_new", self.context, data, settings)
            resumed = False
            for stop in list(stops) + [None]:
                left = [stop]

                def told(_progress, _user):
                    if left[0] is not None:
                        left[0] -= 1
                    return left[0] is None or left[0] > 0

                function = (self.so.isobit_resume if resumed
                            else self.so.isobit_train_with_checkpoint)
                status = function(model, data, settings, os.fsencode(checkpoint), CALLBACK(told),
                                  None)
                resumed = True
                if status == 0:
                    break
                if status != INTERRUPTED or stop is None:
                    raise Failure(self.so.isobit_error().decode())
            self.check(self.so.isobit_model_save(model, os.fsencode(out)))
            return {part: self.evaluate(model, data, part) for part in (TRAIN, VALIDATION, TEST)
                    if self.so.isobit_data_samples(data, part)}
        finally:
            self.so.isobit_model_free(model)
            self.so.isobit_data_free(data)
            self.so.isobit_settings_free(settings)

    def evaluate(self, model, data, part):
        metrics = Metrics()
        self.check(self.so.isobit_evaluate(model, data, part, ctypes.byref(metrics)))
        return tuple(getattr(metrics, name) for name, _ in Metrics._fields_)


class _Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
        "fordblks", "keepcost")]


def bytes_in_use():
    """What this process has allocated and not freed. (Its resident memory says less: the allocator
    keeps pieces for later.)"""
    function = ctypes.CDLL(None).mallinfo2
    function.restype = _Mallinfo
    info = function()
    return info.uordblks + info.hblkhd


def resident_bytes(process="self"):
    with open(f"/proc/{process}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_files(process="self"):
    return len(os.listdir(f"/proc/{process}/fd"))
