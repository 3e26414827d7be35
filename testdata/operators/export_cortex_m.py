"""Operators of ExecuTorch's Cortex-M backend, answered by their reference in PyTorch: python export_cortex_m.py [family ...]
(see export_operators.py)."""

import pathlib
import sys
import warnings

import executorch.backends.cortex_m.passes  # noqa: F401  (registers cortex_m; needs tosa-tools)
import torch

from export_operators import Input, Row, export_family

C = torch.ops.cortex_m
BYTES = [torch.int8]
HALF = 1 << 30  # a multiplier of 1/2, shifted by 1 - 31
WIDE = [Input([3, 40]), Input([3, 40])]
IMAGE, NARROW = Input([2, 6, 7, 9], channels_last=True), Input([1, 6, 1, 1], channels_last=True)


def whole(*shape, low=-2000, high=2000):
    return Input(list(shape), dtype=torch.int32, low=low, high=high)


def scales(count):
    return [whole(count, low=HALF, high=2 * HALF - 1), whole(count, low=-9, high=1)]


NOTHING = torch.zeros(0, dtype=torch.int8)  # what operators may use as memory


def convolution(bias, stride, padding, dilation, offset=-3, low=-128, high=127):
    return lambda x, w, b, m, s: C.quantized_conv2d(x, w, b if bias else None, stride, padding, dilation, offset, 5, m, s, low, high, NOTHING)


def depthwise(multiplier, stride, padding, dilation):
    return lambda x, w, b, m, s: C.quantized_depthwise_conv2d(x, w, b, stride, padding, dilation, multiplier, 7, -2, m, s, -100, 127, NOTHING)


def transposed(bias, stride, padding, output_padding, dilation):
    return lambda x, w, b, m, s: C.quantized_transpose_conv2d(x, w, b if bias else None, stride, padding, output_padding, dilation, 4, 1, m, s, -128, 90,
                                                               NOTHING, NOTHING)


def average(kernel, stride, padding, zero_point=-7):
    return lambda x: C.quantized_avg_pool2d(x, kernel, stride, padding, zero_point, 1717986918, -4, NOTHING)


def largest(kernel, stride, padding, low=-128, high=127):
    return lambda x: C.quantized_max_pool2d(x, kernel, stride, padding, [1, 1], False, 3, 3, low, high)


FAMILIES = {
    "cortex_m": [
        Row("add", lambda a, b: C.quantized_add(a, 3, 1518500250, -1, b, -7, HALF, 0, 11, 1717986918, -19, -100, 120), WIDE, BYTES),
        Row("add_left", lambda a, b: C.quantized_add(a, 0, HALF, 2, b, 0, -HALF, 1, -128, HALF, -17, -128, 127), WIDE, BYTES),
        Row("add_channels", lambda a, b: C.quantized_add(a, 1, HALF, 0, b, 2, HALF, -1, 0, HALF + 77, -18, -128, 127), [IMAGE, NARROW], BYTES),
        Row("mul", lambda a, b: C.quantized_mul(a, 3, b, -7, 11, 1717986918, -6), WIDE, BYTES),
        Row("mul_channels", lambda a, b: C.quantized_mul(a, -128, b, 5, 0, HALF + 12345, -7), [IMAGE, NARROW], BYTES),
        Row("activation", C.quantized_activation, [Input([2, 3, 40]), Input([256])], BYTES),
        Row("minimum", C.minimum, WIDE, BYTES),
        Row("minimum_single", C.minimum, [Input([3, 40]), Input([1])], BYTES),
        Row("maximum", C.maximum, WIDE, BYTES),
        Row("maximum_broadcast", C.maximum, [Input([3, 40]), Input([3, 1])], BYTES),
        Row("linear", lambda x, w, b: C.quantized_linear(x, w, b, None, 6, 0, -4, [1717986918], [-9], 127, -128), [Input([5, 33]), Input([7, 33]), whole(7)], BYTES),
        Row("linear_sums", lambda x, w, s: C.quantized_linear(x, w, None, s, 6, 0, -4, [1717986918], [-9], 100, -90), [Input([2, 3, 33]), Input([7, 33]), whole(7)], BYTES),
        Row("linear_offsets", lambda x, w: C.quantized_linear(x, w, None, None, 128, -3, 0, [HALF], [-9], 127, 0), [Input([1, 64]), Input([9, 64])], BYTES),
        Row("batch_matmul", lambda a, b: C.quantized_batch_matmul(a, -5, b, 9, 3, 1717986918, -8, NOTHING), [Input([3, 4, 20]), Input([3, 6, 20])], BYTES),
        Row("softmax", lambda x: C.softmax(x, -1, 4, -128, 1546188226, 22, -200), [Input([4, 20])], BYTES),
        Row("softmax_first", lambda x: C.softmax(x, 0, 4, -128, 1546188226, 20, -200), [Input([20, 3])], BYTES),
        Row("transpose", lambda x: C.transpose(x, [0, 3, 1, 2]), [Input([2, 3, 4, 5])], BYTES),
        Row("pad", lambda x: C.pad(x, [0, 1, 2, 3], [1, 0, 2, 1], -7), [Input([2, 3, 4, 5])], BYTES),
        Row("pad_rank2", lambda x: C.pad(x, [0, 0, 2, 3], [0, 0, 0, 1], 9), [Input([4, 5])], BYTES),
        Row("pad_image", lambda x: C.pad(x, [0, 1, 2, 0], [0, 3, 1, 0], 5), [IMAGE], BYTES),
        Row("pad_single", lambda x: C.pad(x, [0, 1, 2, 0], [0, 3, 1, 0], 5), [Input([2, 1, 3, 4])], BYTES),
        Row("quantize", lambda x: C.quantize_per_tensor(x, 0.1, 5, -128, 127, torch.int8), [[4, 9]]),
        Row("dequantize", lambda x: C.dequantize_per_tensor(x, 0.1, 5, -128, 127, torch.int8), [Input([4, 9])], BYTES),
    ],
    "cortex_m_images": [
        Row("conv2d", convolution(True, [1, 1], [0, 0], [1, 1]), [IMAGE, Input([5, 3, 3, 6]), whole(5), *scales(5)], BYTES),
        Row("conv2d_strided", convolution(False, [2, 3], [1, 2], [1, 1], 128, -50, 60), [IMAGE, Input([5, 3, 5, 6]), whole(5), *scales(5)], BYTES),
        Row("conv2d_groups", convolution(True, [1, 2], [2, 1], [1, 1]), [IMAGE, Input([9, 3, 2, 2]), whole(9), *scales(9)], BYTES),
        Row("conv2d_pixels", convolution(True, [1, 1], [0, 0], [1, 1]), [IMAGE, Input([8, 1, 1, 6]), whole(8), *scales(8)], BYTES),
        Row("depthwise", depthwise(1, [1, 1], [1, 1], [1, 1]), [IMAGE, Input([1, 3, 3, 6]), whole(6), *scales(6)], BYTES),
        Row("depthwise_more", depthwise(2, [2, 1], [0, 2], [1, 1]), [IMAGE, Input([1, 2, 3, 12]), whole(12), *scales(12)], BYTES),
        Row("transpose_conv2d", transposed(True, [2, 2], [1, 0], [1, 1], [1, 1]), [Input([2, 3, 4, 5], channels_last=True), Input([4, 3, 3, 3]), whole(4), *scales(4)], BYTES),
        Row("transpose_conv2d_dilated", transposed(False, [1, 3], [0, 1], [0, 2], [2, 1]), [Input([1, 3, 4, 5], channels_last=True), Input([4, 2, 3, 3]), whole(4), *scales(4)], BYTES),
        Row("avg_pool2d", average([2, 2], [2, 2], [0, 0]), [IMAGE], BYTES),
        Row("avg_pool2d_padded", average([3, 3], [1, 2], [1, 1]), [IMAGE], BYTES),
        Row("max_pool2d", largest([2, 3], [2, 2], [0, 1]), [IMAGE], BYTES),
        Row("max_pool2d_bounded", largest([3, 3], [1, 1], [1, 1], -20, 90), [IMAGE], BYTES),
    ],
}


def main():
    warnings.simplefilter("ignore")
    folder = pathlib.Path(__file__).parent
    for family in sys.argv[1:] or FAMILIES:
        export_family(family, FAMILIES[family], folder, _skip_dim_order=True)


if __name__ == "__main__":
    main()
