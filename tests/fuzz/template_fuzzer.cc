// Runs any text as a chat template; whatever it is, it ends, within its bounds, in a text or in an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "llm/jinja/template.h"
#include "ptetool/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ptetool::llm::jinja;
  const auto parsed = Template::parse(ptetool::as_text({data, size}));
  if (!parsed) return 0;
  const Value system = dict_value({{"role", text_value("system")}, {"content", text_value("Be brief")}});
  const Value user =
      dict_value({{"role", text_value("user")}, {"content", text_value(" H\xc3\xb6lle\n<think>a</think>b ")}});
  Limits limits;
  limits.steps = 20'000;
  limits.bytes = 1 << 20;
  const auto text = parsed->render({{"messages", list_value({system, user})},
                                    {"add_generation_prompt", Value(Value::Storage(true))},
                                    {"tools", Value(Value::Storage(None{}))},
                                    {"bos_token", text_value("<s>")},
                                    {"n", Value(Value::Storage(std::int64_t{7}))},
                                    {"x", Value(Value::Storage(2.5))}},
                                   std::tm{}, limits);
  if (text && text->size() > limits.bytes) std::abort();
  return 0;
}
