// Stretches of operators that XNNPACK computes: which there are, and that they compute what the operators do, call
// after call.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ptetool/link/artifact.h"
#include "ptetool/runtime/method.h"
#include "ptetool/xnnpack/backend.h"

namespace {

using namespace ptetool;

// A method of a bundle in testdata/execution, with and without stretches.
struct Pair {
  std::shared_ptr<const Model> model;
  std::unique_ptr<DelegateBackend> backend, reference;
  std::unique_ptr<Method> compiled, portable;
};

Pair load(const std::string& name, UndelegatedOperators operators = UndelegatedOperators::All,
          const std::string& bundle = "chains") {
  Pair pair;
  const auto artifact = open_artifact(PTETOOL_SOURCE_DIR "/testdata/execution/" + bundle + ".bpte");
  REQUIRE(artifact);
  pair.model =
      std::make_shared<const Model>(link(std::get<std::shared_ptr<const Bundle>>(artifact->content)->program, {}));
  XnnpackOptions options;
  options.operators = operators;
  auto backend = make_xnnpack_backend(nullptr, options);
  REQUIRE(backend);
  pair.backend = std::move(*backend);
  pair.reference = make_reference_backend();
  LoadOptions load_options;
  load_options.method = name;
  DelegateBackend* compiling[] = {pair.backend.get()};
  DelegateBackend* executing[] = {pair.reference.get()};
  auto compiled = Method::load(pair.model, load_options, compiling);
  auto portable = Method::load(pair.model, load_options, executing);
  REQUIRE(compiled);
  REQUIRE(portable);
  pair.compiled = std::move(*compiled);
  pair.portable = std::move(*portable);
  return pair;
}

OwnedTensor numbers(const Sizes& sizes, float first) {
  auto tensor = allocate_tensor(ScalarType::Float, sizes.span());
  REQUIRE(tensor);
  for (std::int64_t i = 0; i < tensor->tensor.numel(); ++i) {
    tensor->tensor.as<float>()[i] = std::sin(first + static_cast<float>(i) * 0.7f);
  }
  return *tensor;
}

bool close(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) || a == b || std::fabs(a - b) <= 1e-5f + 1e-5f * std::fabs(b);
}

// One call of both; all outputs agree.
void check_call_of(Pair& pair, const std::vector<OwnedTensor>& inputs) {
  for (Method* method : {pair.compiled.get(), pair.portable.get()}) {
    for (std::size_t i = 0; i < inputs.size(); ++i) REQUIRE(method->set_input(i, inputs[i]));
    REQUIRE(method->execute());
  }
  for (std::size_t o = 0; o < pair.compiled->outputs().size(); ++o) {
    const auto& mine = std::get<Tensor>(pair.compiled->output(o));
    const auto& wanted = std::get<Tensor>(pair.portable->output(o));
    REQUIRE(mine.sizes == wanted.sizes);
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < wanted.numel(); ++i)
      wrong += close(mine.as<float>()[i], wanted.as<float>()[i]) ? 0 : 1;
    CHECK_MESSAGE(wrong == 0, "output " << o);
  }
}

std::size_t taken_operators(const Method& method) {
  std::size_t count = 0;
  for (const Method::Run& run : method.runs()) count += run.decision.taken ? run.operators : 0;
  return count;
}

TEST_CASE("a network of convolutions is one stretch, in either layout") {
  for (const char* name : {"images", "images_channels_last"}) {
    const Pair pair = load(name);
    REQUIRE(pair.compiled->runs().size() == 1);
    CHECK(pair.compiled->runs()[0].decision.taken);
    CHECK(pair.portable->runs().empty());
  }
  // Images come and go with channels outside: one transpose in, and one for each of three outputs out.
  CHECK(load("images").compiled->runs()[0].decision.transposes == 4);
  CHECK(load("images_channels_last").compiled->runs()[0].decision.transposes < 4);
}

TEST_CASE("values that share memory, and results in the place of others") {
  Pair pair = load("shared");
  CHECK(taken_operators(*pair.compiled) > 5);
  for (const float first : {0.0f, 1.0f, 2.0f})
    check_call_of(pair, {numbers({4, 6}, first), numbers({4, 6}, first + 9)});
}

TEST_CASE("state goes from call to call") {
  Pair pair = load("state");
  CHECK(taken_operators(*pair.compiled) > 3);
  for (const float first : {0.0f, 1.0f, 2.0f, 3.0f}) check_call_of(pair, {numbers({2, 4}, first)});
}

TEST_CASE("stretches inside of loops") {
  Pair pair = load("loop");
  CHECK(taken_operators(*pair.compiled) >= 5);
  for (const float first : {0.0f, 1.0f}) check_call_of(pair, {numbers({5, 4}, first), numbers({4}, first + 5)});
}

TEST_CASE("sizes that vary from call to call, down to none") {
  Pair pair = load("sizes");
  CHECK(taken_operators(*pair.compiled) > 5);
  for (const Sizes& sizes :
       {Sizes{4, 2, 8, 9}, Sizes{1, 2, 3, 3}, Sizes{2, 2, 5, 6}, Sizes{0, 2, 5, 6}, Sizes{4, 2, 8, 9}}) {
    check_call_of(pair, {numbers(sizes, 1)});
  }
}

TEST_CASE("a NaN in pooling, and rows of -inf in attention, are left to the operators") {
  Pair pooled = load("pooled");
  CHECK(taken_operators(*pooled.compiled) > 2);
  for (int call = 0; call < 5; ++call) {  // more often than a backend is asked in vain
    OwnedTensor image = numbers({1, 2, 6, 7}, 1);
    image.tensor.as<float>()[call * 3] = std::numeric_limits<float>::quiet_NaN();
    check_call_of(pooled, {image});
  }
  check_call_of(pooled, {numbers({1, 2, 6, 7}, 2)});
  Pair tokens = load("tokens");
  OwnedTensor mask = numbers({5, 5}, 0);
  check_call_of(tokens, {numbers({1, 5, 8}, 1), mask});
  for (int i = 5; i < 10; ++i) mask.tensor.as<float>()[i] = -std::numeric_limits<float>::infinity();
  check_call_of(tokens, {numbers({1, 5, 8}, 1), mask});
}

TEST_CASE("what goes into a stretch in another form: networks of lists, sums, roots, sizes and gates") {
  struct Whole {
    const char* name;
    std::size_t operators, transposes;
  };
  // Lists of channels stay where they are from one convolution to the next.
  for (const Whole& whole : {Whole{"lists", 33, 6},
                             {"upward", 9, 4},
                             {"sums", 24, 2},
                             {"root", 17, 0},
                             {"roots", 8, 0},
                             {"expanded", 14, 0},
                             {"open", 14, 0},
                             {"gates", 32, 0}}) {
    CAPTURE(whole.name);
    const Pair pair = load(whole.name, UndelegatedOperators::All, "lowered");
    REQUIRE(pair.compiled->runs().size() == 1);
    CHECK(pair.compiled->runs()[0].operators == whole.operators);
    CHECK(pair.compiled->runs()[0].decision.transposes == whole.transposes);
  }
  // Only where the places of pixels are numbers without a rounding error.
  CHECK(taken_operators(*load("resized", UndelegatedOperators::All, "lowered").compiled) == 14);
}

TEST_CASE("sizes that vary in views and pieces, and roots of 0 and of infinities") {
  Pair open = load("open", UndelegatedOperators::All, "lowered");
  for (const std::int64_t rows : {6, 3, 4, 5, 3, 6}) check_call_of(open, {numbers({rows, 6}, 1)});
  Pair root = load("root", UndelegatedOperators::All, "lowered");
  for (const std::int64_t rows : {5, 1, 2, 0, 5}) check_call_of(root, {numbers({rows, 8}, 1)});
  Pair roots = load("roots", UndelegatedOperators::All, "lowered");
  OwnedTensor edges = numbers({7}, 1);
  for (const float edge : {0.0f, -0.0f, -1.0f, std::numeric_limits<float>::infinity(), 1e-45f, 3e38f}) {
    edges.tensor.as<float>()[3] = edge;
    check_call_of(roots, {edges});
  }
}

std::size_t taken_delegates(const Method& method) {
  std::size_t count = 0;
  for (const Method::Run& run : method.runs()) count += run.decision.taken ? run.delegates : 0;
  return count;
}

TEST_CASE("delegates and the operators between them are one stretch") {
  Pair pair = load("shared", UndelegatedOperators::WhereFaster, "merged");
  REQUIRE(pair.compiled->runs().size() == 1);
  CHECK(pair.compiled->runs()[0].decision.taken);
  CHECK(pair.compiled->runs()[0].delegates == 7);
  CHECK(pair.compiled->runs()[0].operators == 8);
  for (const float first : {0.0f, 1.0f}) check_call_of(pair, {numbers({3, 6}, first)});
}

TEST_CASE("delegates among operators: state, sizes that vary, and rows of -inf, which need them by themselves") {
  Pair memory = load("memory", UndelegatedOperators::WhereFaster, "merged");
  CHECK(taken_delegates(*memory.compiled) >= 1);
  for (const float first : {0.0f, 1.0f, 2.0f}) check_call_of(memory, {numbers({2, 4}, first)});
  Pair rows = load("rows", UndelegatedOperators::All, "merged");
  for (const std::int64_t count : {3, 7, 1, 0, 3}) check_call_of(rows, {numbers({count, 8}, 1)});
  Pair layers = load("layers", UndelegatedOperators::WhereFaster, "merged");
  CHECK(taken_delegates(*layers.compiled) > 3);
  OwnedTensor mask = numbers({5, 5}, 0);
  check_call_of(layers, {numbers({1, 5, 8}, 1), mask});
  for (int i = 5; i < 10; ++i) mask.tensor.as<float>()[i] = -std::numeric_limits<float>::infinity();
  for (int call = 0; call < 4; ++call) check_call_of(layers, {numbers({1, 5, 8}, 1), mask});
}

TEST_CASE("where faster: what gains nothing by the estimate stays with the kernels, and says so") {
  const Pair pair = load("state", UndelegatedOperators::WhereFaster);
  REQUIRE(!pair.compiled->runs().empty());
  for (const Method::Run& run : pair.compiled->runs()) {
    CHECK(!run.decision.taken);
    CHECK(run.decision.reason == "no gain by the estimate");
    CHECK(run.decision.portable_us < run.decision.backend_us);
  }
}

TEST_CASE("a profile names the stretch and how many operators it covers") {
  const Pair pair = load("images");
  REQUIRE(pair.compiled->set_input(0, numbers({2, 3, 9, 10}, 1)));
  Profile profile;
  REQUIRE(pair.compiled->execute(&profile));
  REQUIRE(profile.events.size() == 1);
  const InstructionName& name = profile.names[0][profile.events[0].instruction];
  CHECK(name.kind == InstructionName::Kind::Run);
  CHECK(name.first == 0);
  CHECK(name.name == "XnnpackBackend run #0 (" + std::to_string(pair.compiled->runs()[0].operators) + " operators)");
}

}  // namespace
