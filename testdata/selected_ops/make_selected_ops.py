"""What ExecuTorch's gen_oplist.py writes for programs of testdata/: what `ptetool inspect --selected-ops` is held against.

Run in testdata/ with ExecuTorch 1.4.1: python selected_ops/make_selected_ops.py
"""

from executorch.codegen.tools.gen_oplist import gen_oplist

for program in ["diff/vision_channels.pte", "llm/layouts/pair.pte", "execution/stateful.pte"]:
    name = program.removesuffix(".pte").replace("/", "_")
    gen_oplist(f"selected_ops/{name}.yaml", model_file_path=program)
