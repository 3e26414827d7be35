"""Exports delegates in the layouts of other releases and with datatypes that today's exporter does not write: graphs of today, rewritten
before they are serialised. PyTorch gives the answers.

    pip install torch==2.13.0 executorch==1.4.1
    python export_layouts.py [family ...]

Families: layout_region (v0.2 to v0.5: constants and scales inside the blob), layout_v01 (a bare flatbuffer with its constants),
layout_unsigned (quint8 for qint8), layout_absorbed (nodes that compute in int8 instead of between conversions), layout_scales_bf16 and
layout_scales_float (group scales inside the flatbuffer, v0.4 to v0.6 and before), layout_legacy_dynamic (dq_datatype of v0.1).
"""

import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import warnings

import executorch.backends.xnnpack.serialization as serialization
import executorch.backends.xnnpack.xnnpack_preprocess as preprocess
from executorch.backends.xnnpack.serialization import xnnpack_graph_schema as schema
from executorch.backends.xnnpack.serialization.xnnpack_graph_serialize import serialize_xnnpack_binary
from executorch.exir._serialize._dataclass import _DataclassEncoder
from executorch.exir._serialize._named_data_store import NamedDataStore

import export_quantised as q

FOLDER = pathlib.Path(__file__).parent
EXTERNAL = 3
NONE = 0xFFFFFFFF


class Rewriter:
    """Stands between the exporter's graph and its bytes."""

    def __init__(self, *steps, v01=False):
        self.steps, self.v01, self.bytes_of = steps, v01, {}

    def __enter__(self):
        self.add, self.serialise = NamedDataStore.add_named_data, preprocess.serialize_xnnpack_binary

        def add(store, key, data, *args, **kwargs):
            self.bytes_of[key] = bytes(data)
            if inline not in self.steps and not self.v01:
                self.add(store, key, data, *args, **kwargs)

        NamedDataStore.add_named_data = add
        preprocess.serialize_xnnpack_binary = lambda graph, region: self.write(graph, region)
        return self

    def __exit__(self, *_):
        NamedDataStore.add_named_data, preprocess.serialize_xnnpack_binary = self.add, self.serialise

    def write(self, graph, region):
        for step in self.steps:
            step(self, graph, region)
        return write_v01(self, graph) if self.v01 else serialize_xnnpack_binary(graph, region)

    def bytes_at(self, graph, index):
        return self.bytes_of[graph.constant_data[index].named_key]


def tensor_of(value):
    union = value.xvalue_union
    return union.tensor_value if isinstance(union, schema.XNNQuantizedTensorValue) else union


def quant_of(value):
    union = value.xvalue_union
    return union.quant_params if isinstance(union, schema.XNNQuantizedTensorValue) else None


def inline_scales(rewriter, graph, region):
    """Scales in the flatbuffer, as before v0.6."""
    for value in graph.xvalues:
        quant = quant_of(value)
        if isinstance(quant, schema.PerChannelQuant) and quant.scale_buffer_idx:
            data = rewriter.bytes_at(graph, quant.scale_buffer_idx)
            quant.scale = list(struct.unpack(f"<{len(data) // 4}f", data))
            quant.scale_buffer_idx = quant.num_scales = 0


def group_scales(as_float):
    def step(rewriter, graph, region):
        for value in graph.xvalues:
            quant = quant_of(value)
            if isinstance(quant, schema.PerChannelGroupQuant) and quant.scale_buffer_idx:
                data = rewriter.bytes_at(graph, quant.scale_buffer_idx)
                bits = struct.unpack(f"<{len(data) // 2}H", data)
                if as_float:
                    # What the reader's rounding brings back to these bits.
                    quant.scale = [struct.unpack("<f", struct.pack("<I", (b << 16)))[0] for b in bits]
                else:
                    quant.scale_bf16 = list(bits)
                quant.scale_buffer_idx = quant.num_scales = 0
    return step


def inline(rewriter, graph, region):
    """Constants behind the flatbuffer, as before v0.6."""
    for constant in graph.constant_data[1:]:
        data = rewriter.bytes_of[constant.named_key]
        constant.offset, constant.size, constant.named_key = len(region), len(data), None
        region += data + b"\0" * (-len(data) % 16)


def legacy_dynamic(rewriter, graph, region):
    """An external float32 input with dq_datatype instead of a Convert node."""
    kept = []
    for node in graph.xnodes:
        union = node.xnode_union
        if isinstance(union, schema.XNNConvert) and tensor_of(graph.xvalues[union.output_id]).datatype == schema.XNNDatatype.xnn_datatype_qdint8:
            for other in graph.xnodes:
                if getattr(other.xnode_union, "input1_id", NONE) == union.output_id:
                    other.xnode_union.input1_id = union.input_id
            rewriter.legacy.add(union.input_id)
        else:
            kept.append(node)
    graph.xnodes = kept


def absorb(rewriter, graph, region):
    """Convert, node, Convert becomes the node itself over int8."""
    converts = {n.xnode_union.output_id: n for n in graph.xnodes if isinstance(n.xnode_union, schema.XNNConvert)}
    uses = {n.xnode_union.input_id: n for n in graph.xnodes if isinstance(n.xnode_union, schema.XNNConvert)}
    quantised = lambda index: quant_of(graph.xvalues[index]) is not None
    gone = []
    for node in graph.xnodes:
        union = node.xnode_union
        if isinstance(union, schema.XNNConvert):
            continue
        fields = [f for f in ("input_id", "input1_id", "input2_id") if hasattr(union, f)]
        sources = [converts.get(getattr(union, f)) for f in fields]
        target = uses.get(getattr(union, "output_id", None))
        if not target or any(s is None or not quantised(s.xnode_union.input_id) for s in sources):
            continue
        if not quantised(target.xnode_union.output_id):
            continue
        for field, source in zip(fields, sources):
            setattr(union, field, source.xnode_union.input_id)
            gone.append(source)
        union.output_id = target.xnode_union.output_id
        gone.append(target)
    graph.xnodes = [n for n in graph.xnodes if not any(n is g for g in gone)]


def unsigned(rewriter, graph, region):
    """qint8 values become quint8: everything 128 higher. Per tensor only."""
    for value in graph.xvalues:
        tensor, quant = tensor_of(value), quant_of(value)
        if tensor.datatype != schema.XNNDatatype.xnn_datatype_qint8 or not isinstance(quant, schema.PerTensorQuant):
            continue
        if tensor.flags & EXTERNAL:
            continue
        tensor.datatype = schema.XNNDatatype.xnn_datatype_quint8
        quant.zero_point += 128
        if tensor.constant_buffer_idx:
            constant = graph.constant_data[tensor.constant_buffer_idx]
            data = bytes((b + 128) % 256 for b in rewriter.bytes_of[constant.named_key])
            constant.offset, constant.named_key = len(region), None
            region += data + b"\0" * (-len(data) % 16)


def write_v01(rewriter, graph):
    encoded = json.loads(json.dumps(graph, cls=_DataclassEncoder))
    encoded["constant_buffer"] = [{"storage": []}] + [
        {"storage": list(rewriter.bytes_of[c.named_key])} for c in graph.constant_data[1:]]
    del encoded["constant_data"]
    for value in encoded["xvalues"]:
        if value["xvalue_union"].get("id_out") in rewriter.legacy:
            value["xvalue_union"]["dq_datatype"] = "xnn_datatype_qint8"
    source = (pathlib.Path(serialization.__path__[0]) / "runtime_schema.fbs").read_text()
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "s.fbs").write_text(source)
        (pathlib.Path(folder) / "s.json").write_text(json.dumps(encoded))
        subprocess.run(["flatc", "--binary", "--strict-json", "s.fbs", "s.json"], cwd=folder, check=True)
        return (pathlib.Path(folder) / "s.bin").read_bytes()


Rewriter.legacy = set()


def pick(family, *names):
    return {name: family[name] for name in names if name in family}


MATRIX_NAMES = ("linear", "linear_relu", "conv", "conv_grouped", "depthwise", "conv_transposed")
GROUP_NAMES = ("group32", "group64", "group_bias", "group_one")

FAMILIES = {
    "layout_region": ({**pick(q.static_cases(q.MATRICES, True), *MATRIX_NAMES), "dynamic_linear": q.DYNAMIC["linear"],
                       "dynamic_4bit": q.DYNAMIC["linear_4bit"]}, lambda: Rewriter(inline_scales, inline)),
    "layout_v01": (pick(q.static_cases(q.MATRICES, True), *MATRIX_NAMES), lambda: Rewriter(inline_scales, v01=True)),
    "layout_unsigned": ({**pick(q.static_cases(q.MATRICES, False), *MATRIX_NAMES),
                         **pick(q.static_cases(q.ELEMENTS, False), "add", "add_broadcast", "mul", "cat2", "global_avg_pool", "add_view",
                                "add_permute", "add_slice", "add_hardtanh"), **q.EXPLICIT}, lambda: Rewriter(absorb, unsigned)),
    "layout_absorbed": (q.EXPLICIT, lambda: Rewriter(absorb)),
    "layout_scales_bf16": (pick(q.GROUPED, *GROUP_NAMES), lambda: Rewriter(group_scales(False))),
    "layout_scales_float": (pick(q.GROUPED, *GROUP_NAMES), lambda: Rewriter(group_scales(True))),
    "layout_legacy_dynamic": (pick(q.DYNAMIC, "linear", "linear_odd", "linear_4bit"),
                              lambda: Rewriter(inline_scales, legacy_dynamic, v01=True)),
}


def main():
    warnings.simplefilter("ignore")
    for family in sys.argv[1:] or FAMILIES:
        cases, rewriter = FAMILIES[family]
        dynamic = "dynamic" in family or "scales" in family or family == "layout_region"
        with rewriter():
            q.export_family(family, cases, FOLDER, q.DYNAMIC_FIRST if dynamic else None)


if __name__ == "__main__":
    main()
