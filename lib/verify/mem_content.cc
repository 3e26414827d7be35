// MEM: the bytes that tensors begin with: constants and the initial state of mutable buffers (format-facts 5.3).
#include "verify/rule.h"
#include "verify/walk.h"

namespace ptetool::verify {

namespace {

// Segments that are not there are reported by SEG001 and SEG013.
bool about_segment(const Error& error) { return error.path.starts_with("segments["); }

std::string told(const Error& error) { return error.path.empty() ? error.message : error.path + " " + error.message; }

// For the tensors that begin with bytes of the program, `begins`, and where those are, `bytes_of`.
void bytes_exist(const pte::Program& program, Context& context, bool (pte::Tensor::*begins)() const,
                 Result<ByteView> (pte::Program::*bytes_of)(std::uint32_t, std::uint64_t) const) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    const auto nbytes = pte::tensor_nbytes(tensor);
    if (!(tensor.*begins)() || !nbytes) return;
    const auto bytes = (program.*bytes_of)(tensor.data_buffer_idx, *nbytes);
    if (!bytes && !about_segment(bytes.error()))
      context.report(at.path("data_buffer_idx"), at.offset(), told(bytes.error()));
  });
}

void constants_exist(const pte::Program& program, Context& context) {
  bytes_exist(program, context, &pte::Tensor::constant, &pte::Program::constant_bytes);
}

void initial_state_exists(const pte::Program& program, Context& context) {
  bytes_exist(program, context, &pte::Tensor::initialised_state, &pte::Program::initial_state_bytes);
}

void constants_aligned(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    const auto nbytes = pte::tensor_nbytes(tensor);
    if (!tensor.constant() || !nbytes || *nbytes == 0) return;
    const auto bytes = program.constant_bytes(tensor.data_buffer_idx, *nbytes);
    if (!bytes || program.offset_of(*bytes) % natural_alignment(tensor) == 0) return;
    context.report(
        at.path("data_buffer_idx"), at.offset(),
        "its bytes begin at a file offset that is no multiple of the size of " + dtype_name(tensor.scalar_type));
  });
}

void first_state_table(const pte::Program& program, Context& context) {
  each_value_of<pte::Tensor>(program, [&](const pte::Tensor& tensor, const ValueAt& at) {
    if (!tensor.initialised_state() || !tensor.extra_tensor_info) return;
    const std::uint64_t table = tensor.extra_tensor_info->mutable_data_segments_idx;
    if (table == 0) return;
    context.report(at.path("extra_tensor_info.mutable_data_segments_idx"), at.offset(),
                   "is " + std::to_string(table) + ", but runtimes always take table 0");
  });
}

constexpr Rule kRules[] = {
    {{.id = "MEM005",
      .guards_execution = true,
      .title = "the bytes of a constant are in the program",
      .cause = "a damaged program, or a tool that dropped constants",
      .effect = "ExecuTorch refuses the method with InvalidProgram or InvalidArgument",
      .cure = "export the program again"},
     constants_exist},
    {{.id = "MEM006",
      .guards_execution = true,
      .title = "the initial bytes of state are in the program",
      .cause = "a damaged program, or a tool that dropped the mutable segment",
      .effect =
          "ExecuTorch refuses the method: NotFound for missing tables, InvalidArgument for bytes beyond the segment",
      .cure = "export the program again"},
     initial_state_exists},
    {{.id = "MEM007",
      .severity = Severity::Warning,
      .title = "constants lie at multiples of their element size",
      .cause = "a writer that does not align",
      .effect = "ExecuTorch uses them in place; processors that need alignment fault. ptetool copies them",
      .cure = "write the program again with ExecuTorch or ptetool"},
     constants_aligned},
    {{.id = "MEM008",
      .severity = Severity::Warning,
      .title = "initial state is in the first table",
      .cause = "a writer newer than this tool",
      .effect = "ExecuTorch ignores the index and reads table 0",
      .cure = "none is known"},
     first_state_table},
};

}  // namespace

std::span<const Rule> mem_content_rules() { return kRules; }

}  // namespace ptetool::verify
