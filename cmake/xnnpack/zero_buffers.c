// What lies around dynamically quantised images is each image's own zero point, so each has zeros of its own. They are as
// many as the largest batch so far: a batch says only how many are used.
#include "zero_buffers.h"

#include "xnnpack/allocator.h"

bool ptetool_zero_buffers(xnn_operator_t op, size_t batch_size) {
  if (batch_size <= op->zero_buffers_count) {
    return true;
  }
  void** buffers = xnn_reallocate_memory(op->zero_buffers, batch_size * sizeof(void*));
  if (buffers == NULL) {
    return false;
  }
  op->zero_buffers = buffers;
  buffers[0] = op->zero_buffer;
  if (op->zero_buffers_count == 0) {
    op->zero_buffers_count = 1;
  }
  while (op->zero_buffers_count < batch_size) {
    void* zeros = xnn_allocate_simd_memory(op->zero_size);
    if (zeros == NULL && op->zero_size != 0) {
      return false;
    }
    buffers[op->zero_buffers_count++] = zeros;
  }
  return true;
}
