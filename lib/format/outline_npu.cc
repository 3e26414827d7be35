// Command streams of NPUs that need no vendor's software to be told apart (format-facts 4.2): Arm's Vela blocks, NXP's
// Neutron microcode.
#include "format/outline.h"
#include "ptetool/base/text.h"

namespace ptetool {

void outline_vela(Outliner& out) {
  constexpr std::uint64_t kNameBytes = 16;
  constexpr std::uint64_t kBlockHeader = 32;
  std::uint64_t at = 0;
  for (std::size_t blocks = 0; blocks < kMaxListed; ++blocks) {
    const auto name_bytes = subview(out.payload, at, kNameBytes);
    const auto size = load<std::uint32_t>(out.payload, at + kNameBytes);
    if (!name_bytes || !size) {
      out.fact("damage", "the stream has no 'vela_end_stream'");
      return;
    }
    const std::string_view padded = as_text(*name_bytes);
    const std::string_view name = padded.substr(0, padded.find('\0'));
    if (name == "vela_end_stream") return;
    const auto data = subview(out.payload, at + kBlockHeader, *size);
    if (!data) {
      out.holds("block " + quoted(name), at + kBlockHeader, *size);
      return;
    }
    const auto number = load<std::uint32_t>(*data, 0);
    if (name == "cmd_data") {
      if (data->size() >= 4) out.fact("command_stream", escaped(as_text(data->first(4))));
      out.fact("command_size", data->size());
    } else if (name == "weight_data") {
      out.fact("weight_size", data->size());
    } else if ((name == "scratch_size" || name == "inputs" || name == "outputs") && number) {
      out.fact(std::string(name), *number);
    } else if (name != "vela_bin_stream") {
      out.fact("block", quoted(name) + ", " + counted(data->size(), "byte"));
    }
    at += kBlockHeader + (std::uint64_t{*size} + 15) / 16 * 16;
  }
}

bool outline_neutron(Outliner& out) {
  constexpr std::uint32_t kMagic = 0x64434d6e;
  const auto inputs = load<std::uint8_t>(out.payload, 0);
  const auto outputs = load<std::uint8_t>(out.payload, 1);
  if (!inputs || !outputs) return false;
  // Three counts, a format and a map for each input and output, the payload's version.
  const std::uint64_t version_at = 3 + 2 * (std::uint64_t{*inputs} + *outputs);
  const std::uint64_t microcode_at = (version_at + 1 + 15) / 16 * 16;
  if (load<std::uint32_t>(out.payload, microcode_at) != kMagic) return false;
  out.fact("inputs", *inputs);
  out.fact("outputs", *outputs);
  out.number<std::uint8_t>("input_arguments", 2);
  out.number<std::uint8_t>("payload_version", version_at);
  const auto microcode = out.number<std::uint32_t>("microcode_size", microcode_at + 24);
  const auto weights = out.number<std::uint32_t>("weights_size", microcode_at + 28);
  out.holds("the microcode", microcode_at, microcode);
  out.holds("the weights", microcode_at + (microcode + 15) / 16 * 16, weights);
  return true;
}

}  // namespace ptetool
