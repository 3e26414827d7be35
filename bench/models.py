"""Whole models beside ExecuTorch's runtime: torchvision networks exported without a delegate, or for XNNPACK, in float32 or
quantised to int8 (static, per channel).

    pip install torch==2.13.0 executorch==1.4.1 torchvision==0.28.0
    python bench/models.py [NAME ...] [--variant portable|xnnpack|int8] [--backend portable|xnnpack|auto] [--threads 1,2]
                           [--rounds 5] [--size 224] [--json FILE]

Printed are the median times of one execution and our time over ExecuTorch's. Weights are random; times do not depend on
them. ExecuTorch takes seconds to minutes for an execution without a delegate: --rounds 1 is enough there.
"""

import argparse
import sys

import peers

DEFAULT = ["mobilenet_v2", "mobilenet_v3_small", "resnet18", "vit_b_16"]


def load_torchvision(torch):
    # torchvision's compiled operators do not load beside the CPU build of torch; the models need only the schemas.
    library = torch.library.Library("torchvision", "FRAGMENT")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

    return torchvision, library


def quantised(torch, model, image):
    """The model with static int8 quantisation, calibrated with random images: times do not depend on the statistics."""
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import XNNPACKQuantizer, get_symmetric_quantization_config
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    quantizer = XNNPACKQuantizer().set_global(get_symmetric_quantization_config(is_per_channel=True))
    prepared = prepare_pt2e(torch.export.export(model, (image,), strict=True).module(), quantizer)
    for _ in range(2):
        prepared(torch.randn_like(image))
    return convert_pt2e(prepared)


def cases(options):
    """The networks asked for, as (name, folder of the exported program)."""
    torch = peers.load_torch()
    torchvision, _library = load_torchvision(torch)
    partitioner = []
    if options.variant != "portable":
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

        partitioner = [XnnpackPartitioner()]
    for name in options.names:
        torch.manual_seed(0)
        model = getattr(torchvision.models, name)(weights=None).eval()
        image = torch.randn(1, 3, options.size, options.size)
        folder = f"models/{name}_{options.variant}_{options.size}"
        if options.variant == "int8" and not (options.cache / folder / "model.pte").exists():
            model = quantised(torch, model, image)
        case = peers.export(options, folder, model, [image], partitioner)
        if case is not None:
            yield name, case


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    peers.add_options(parser)
    parser.add_argument("names", nargs="*", default=DEFAULT)
    parser.add_argument("--variant", choices=["portable", "xnnpack", "int8"], default="portable")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--size", type=int, default=224)
    options = parser.parse_args()
    results = []
    for name, case in cases(options):
        for threads in options.threads:
            results.append({"variant": options.variant, "name": name, "threads": threads, "backend": options.backend,
                            **peers.measure(options, case, threads, options.backend)})
    peers.report(options, results, by="variant")
    return 0


if __name__ == "__main__":
    sys.exit(main())
