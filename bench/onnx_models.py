"""Delegated float32 models beside ONNX Runtime: the same torchvision networks, exported to ONNX, on its CPU provider.

    pip install torch==2.13.0 executorch==1.4.1 torchvision==0.28.0 onnx onnxscript onnxruntime
    python bench/onnx_models.py [NAME ...] [--threads 1,2] [--rounds 3] [--size 224] [--json FILE]

Printed are the median times of one execution, in turns of both, and our time over ONNX Runtime's. Weights are random.
"""

import argparse
import statistics
import sys
import time

import models
import peers

NAMES = ["mobilenet_v2", "mobilenet_v3_small", "resnet18", "resnet50", "vit_b_16"]


def session(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def time_onnx(options, running, image):
    feed = {running.get_inputs()[0].name: image}

    def once():
        start = time.perf_counter()
        running.run(None, feed)
        return (time.perf_counter() - start) * 1000

    first = min(once() for _ in range(3))
    return statistics.median(once() for _ in range(peers.iterations_for(options, first)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    peers.add_options(parser)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--size", type=int, default=224)
    options = parser.parse_args()
    torch = peers.load_torch()
    torchvision, _library = models.load_torchvision(torch)
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

    results = []
    for name in options.names or NAMES:
        torch.manual_seed(0)
        model = getattr(torchvision.models, name)(weights=None).eval()
        image = torch.randn(1, 3, options.size, options.size)
        folder = peers.export(options, f"models/{name}_xnnpack_{options.size}", model, [image], [XnnpackPartitioner()])
        onnx = folder / "model.onnx"
        if not onnx.exists():
            torch.onnx.export(model, (image,), str(onnx), verbose=False)
        for threads in options.threads:
            running = session(onnx, threads)
            turns = [(peers.time_ours(options, folder, threads, "auto"), time_onnx(options, running, image.numpy()))
                     for _ in range(options.rounds)]
            ours, theirs = (statistics.median(side) for side in zip(*turns))
            results.append({"name": name, "threads": threads, "ptetool_ms": ours, "onnxruntime_ms": theirs})
            print(f"{name:20} {threads}  ptetool {ours:8.3f} ms  ONNX Runtime {theirs:8.3f} ms  {ours / theirs:.3f}", flush=True)
            del running
    if options.json:
        import json
        import pathlib

        pathlib.Path(options.json).write_text(json.dumps(results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
