// Between the files for scalars and vector4.h or vector16.h, which define these anew.
#undef F
#undef I
#undef U
#undef FN
#undef C
#undef AS_F
#undef AS_I
#undef AS_U
#undef TO_F
#undef WIDTH
#undef LANE
#undef LOAD
#undef SAVE
#undef KEEP
#undef LOAD_ANY
#undef TO_FLOATS
