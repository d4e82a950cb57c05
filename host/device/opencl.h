/* OpenCL, with every call of ours that can fail passing through here: one more of
 * ISO_FAULT_DEVICE, which a test can make fail instead of being made. A function that is used has
 * its line below (tests/test_architecture.sh); what only retains, releases or asks the size of an
 * object that is there cannot fail. */
#ifndef ISO_DEVICE_OPENCL_H
#define ISO_DEVICE_OPENCL_H

#include <CL/cl.h>
#include <stdbool.h>

/* Whether this call must fail; then *code, if there is one, is what with. */
bool iso_cl_fault(cl_int *code);
/* Tests: what planned faults fail with. CL_OUT_OF_RESOURCES at first. */
void iso_cl_fault_code(cl_int code);
/* It, as the result of a call. */
cl_int iso_cl_faulty(void);

#define ISO_CL_CODE(call) (iso_cl_fault(NULL) ? iso_cl_faulty() : (call))
#define ISO_CL_MADE(call, code) (iso_cl_fault(code) ? NULL : (call))

#define clBuildProgram(...) ISO_CL_CODE(clBuildProgram(__VA_ARGS__))
#define clCompileProgram(...) ISO_CL_CODE(clCompileProgram(__VA_ARGS__))
#define clEnqueueBarrierWithWaitList(...) ISO_CL_CODE(clEnqueueBarrierWithWaitList(__VA_ARGS__))
#define clEnqueueFillBuffer(...) ISO_CL_CODE(clEnqueueFillBuffer(__VA_ARGS__))
#define clEnqueueMapBuffer(queue, buffer, wait, flags, offset, size, waits, list, event, code)     \
    ISO_CL_MADE(                                                                                   \
        clEnqueueMapBuffer(queue, buffer, wait, flags, offset, size, waits, list, event, code),    \
        code)
#define clEnqueueMarkerWithWaitList(...) ISO_CL_CODE(clEnqueueMarkerWithWaitList(__VA_ARGS__))
#define clEnqueueNDRangeKernel(...) ISO_CL_CODE(clEnqueueNDRangeKernel(__VA_ARGS__))
#define clEnqueueReadBuffer(...) ISO_CL_CODE(clEnqueueReadBuffer(__VA_ARGS__))
#define clEnqueueReadBufferRect(...) ISO_CL_CODE(clEnqueueReadBufferRect(__VA_ARGS__))
#define clEnqueueUnmapMemObject(...) ISO_CL_CODE(clEnqueueUnmapMemObject(__VA_ARGS__))
#define clEnqueueWriteBuffer(...) ISO_CL_CODE(clEnqueueWriteBuffer(__VA_ARGS__))
#define clFlush(...) ISO_CL_CODE(clFlush(__VA_ARGS__))
#define clGetEventInfo(...) ISO_CL_CODE(clGetEventInfo(__VA_ARGS__))
#define clSetEventCallback(...) ISO_CL_CODE(clSetEventCallback(__VA_ARGS__))
#define clSetMemObjectDestructorCallback(...)                                                      \
    ISO_CL_CODE(clSetMemObjectDestructorCallback(__VA_ARGS__))
#define clFinish(...) ISO_CL_CODE(clFinish(__VA_ARGS__))
#define clGetDeviceIDs(...) ISO_CL_CODE(clGetDeviceIDs(__VA_ARGS__))
#define clGetDeviceInfo(...) ISO_CL_CODE(clGetDeviceInfo(__VA_ARGS__))
#define clGetEventProfilingInfo(...) ISO_CL_CODE(clGetEventProfilingInfo(__VA_ARGS__))
#define clGetKernelInfo(...) ISO_CL_CODE(clGetKernelInfo(__VA_ARGS__))
#define clGetKernelWorkGroupInfo(...) ISO_CL_CODE(clGetKernelWorkGroupInfo(__VA_ARGS__))
#define clGetPlatformIDs(...) ISO_CL_CODE(clGetPlatformIDs(__VA_ARGS__))
#define clGetPlatformInfo(...) ISO_CL_CODE(clGetPlatformInfo(__VA_ARGS__))
#define clGetProgramBuildInfo(...) ISO_CL_CODE(clGetProgramBuildInfo(__VA_ARGS__))
#define clGetProgramInfo(...) ISO_CL_CODE(clGetProgramInfo(__VA_ARGS__))
#define clSetKernelArg(...) ISO_CL_CODE(clSetKernelArg(__VA_ARGS__))

#define clCreateBuffer(context, flags, size, host, code)                                           \
    ISO_CL_MADE(clCreateBuffer(context, flags, size, host, code), code)
#define clCreateCommandQueue(context, device, properties, code)                                    \
    ISO_CL_MADE(clCreateCommandQueue(context, device, properties, code), code)
#define clCreateContext(properties, count, devices, notify, user, code)                            \
    ISO_CL_MADE(clCreateContext(properties, count, devices, notify, user, code), code)
#define clCreateKernel(program, name, code) ISO_CL_MADE(clCreateKernel(program, name, code), code)
#define clCreateProgramWithBinary(context, count, devices, sizes, binaries, loaded, code)          \
    ISO_CL_MADE(clCreateProgramWithBinary(context, count, devices, sizes, binaries, loaded, code), \
                code)
#define clCreateProgramWithSource(context, count, texts, sizes, code)                              \
    ISO_CL_MADE(clCreateProgramWithSource(context, count, texts, sizes, code), code)
#define clCreateSubBuffer(buffer, flags, type, region, code)                                       \
    ISO_CL_MADE(clCreateSubBuffer(buffer, flags, type, region, code), code)

#endif
