// Methods of exported programs: state that lasts from call to call, inputs that are refused, values instead of tensors.
#include "ptetool/runtime/method.h"

#include <doctest/doctest.h>

#include <chrono>
#include <vector>

#include "ptetool/link/artifact.h"
#include "ptetool/runtime/profile.h"

namespace {

using namespace ptetool;

std::unique_ptr<Method> load(const std::string& name, const std::string& method,
                             std::shared_ptr<ScratchArenas> scratch = nullptr) {
  const auto artifact = open_program(PTETOOL_SOURCE_DIR "/testdata/execution/" + name);
  REQUIRE(artifact);
  LoadOptions options;
  options.method = method;
  options.scratch = std::move(scratch);
  auto loaded = Method::load(std::make_shared<const Model>(link(artifact->program(), {})), options, {});
  REQUIRE(loaded);
  return std::move(*loaded);
}

OwnedTensor floats(const Sizes& sizes, const std::vector<float>& numbers) {
  auto tensor = allocate_tensor(ScalarType::Float, sizes.span());
  REQUIRE(tensor);
  std::copy(numbers.begin(), numbers.end(), tensor->tensor.as<float>());
  return *tensor;
}

std::vector<float> output(const Method& method, std::size_t index) {
  const auto& tensor = std::get<Tensor>(method.output(index));
  return {tensor.as<float>(), tensor.as<float>() + tensor.numel()};
}

std::string refusal(Method& method, std::size_t index, const InputValue& value) {
  const auto result = method.set_input(index, value);
  return result ? "" : result.error().message;
}

TEST_CASE("mutable buffers keep what the last call left, and begin anew with the method") {
  for (int load_number = 0; load_number < 2; ++load_number) {
    const auto method = load("stateful.pte", "");
    for (int call = 1; call <= 3; ++call) {
      const auto n = static_cast<float>(call);
      REQUIRE(method->set_input(0, floats({3}, {n, 2 * n, 3 * n})));
      REQUIRE(method->execute());
      CHECK(std::get<Tensor>(method->output(0)).as<std::int64_t>()[0] == call);
    }
    CHECK(output(*method, 1) == std::vector<float>{6, 12, 18});
    CHECK(output(*method, 2) == std::vector<float>{0, 0, 0, 1, 2, 3, 2, 4, 6, 3, 6, 9});
    CHECK(output(*method, 3) == std::vector<float>{16, 16, 16});
  }
}

TEST_CASE("what a method left in shared scratch memory goes before the inputs of the next are set, not after") {
  const auto scratch = make_scratch_arenas();
  const auto one = load("stateful.pte", "", scratch);
  const auto other = load("stateful.pte", "", scratch);
  const auto alone = load("stateful.pte", "");
  REQUIRE(one->set_input(0, floats({3}, {1, 2, 3})));
  // So long that its memory is given back.
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(800)) REQUIRE(one->execute());
  for (Method* method : {other.get(), alone.get()}) {
    REQUIRE(method->set_input(0, floats({3}, {4, 5, 6})));
    REQUIRE(method->execute());
  }
  for (std::size_t i = 1; i < 4; ++i) CHECK(output(*other, i) == output(*alone, i));
}

TEST_CASE("methods that share scratch memory keep their own state") {
  const auto scratch = make_scratch_arenas();
  const auto one = load("stateful.pte", "", scratch);
  const auto other = load("stateful.pte", "", scratch);
  const auto alone = load("stateful.pte", "");
  for (int call = 1; call <= 3; ++call) {
    const auto n = static_cast<float>(call);
    REQUIRE(one->set_input(0, floats({3}, {n, 2 * n, 3 * n})));
    REQUIRE(one->execute());
    CHECK(std::get<Tensor>(one->output(0)).as<std::int64_t>()[0] == call);
    REQUIRE(alone->set_input(0, floats({3}, {n, 2 * n, 3 * n})));
    REQUIRE(alone->execute());
    for (std::size_t i = 1; i < 4; ++i) CHECK(output(*one, i) == output(*alone, i));
    REQUIRE(other->set_input(0, floats({3}, {-n, 0, n})));
    REQUIRE(other->execute());
    CHECK(std::get<Tensor>(other->output(0)).as<std::int64_t>()[0] == call);
  }
  CHECK(output(*other, 1) == std::vector<float>{-6, 0, 6});
  // That memory is shared at all: what is no state lies at one place for both.
  bool shared = false;
  for (std::size_t i = 0; i < one->outputs().size(); ++i) {
    shared = shared || std::get<Tensor>(one->output(i)).data == std::get<Tensor>(other->output(i)).data;
  }
  CHECK(shared);
}

TEST_CASE("inputs of another kind, dtype, rank or size are refused") {
  const auto method = load("stateful.pte", "");
  CHECK(!method->execute());
  CHECK(refusal(*method, 0, std::int64_t{3}) == "must be a tensor");
  CHECK(refusal(*method, 0, std::monostate()) == "must be a tensor");
  CHECK(refusal(*method, 1, floats({3}, {1, 2, 3})) == "does not exist; the method has 1 input");
  CHECK(refusal(*method, 0, floats({2}, {1, 2})) == "a tensor of static sizes [3] cannot take the sizes [2]");
  CHECK(refusal(*method, 0, floats({1, 3}, {1, 2, 3})).find("the rank is fixed") != std::string::npos);
  auto longs = allocate_tensor(ScalarType::Long, Sizes{3}.span());
  REQUIRE(longs);
  CHECK(refusal(*method, 0, *longs) == "is int64, the method takes float32");
}

TEST_CASE("dynamic sizes end at their bound, and may shrink and grow again below it") {
  const auto method = load("symbols.bpte", "two_dynamic_f32");
  const auto set = [&](std::int64_t n, std::int64_t m, std::int64_t k) {
    REQUIRE(method->set_input(0, floats({n, m}, std::vector<float>(static_cast<std::size_t>(n * m), 1))));
    REQUIRE(method->set_input(1, floats({m, k}, std::vector<float>(static_cast<std::size_t>(m * k), 1))));
    REQUIRE(method->execute());
    CHECK(std::get<Tensor>(method->output(0)).sizes == Sizes{n, k});
    CHECK(output(*method, 0) == std::vector<float>(static_cast<std::size_t>(n * k), static_cast<float>(m)));
  };
  set(12, 6, 6);
  set(2, 1, 1);
  set(12, 6, 5);
  CHECK(refusal(*method, 0, floats({13, 6}, std::vector<float>(78))) ==
        "the sizes [13, 6] need 78 elements, the tensor has room for 72");
  REQUIRE(method->set_input(0, floats({2, 3}, {1, 1, 1, 1, 1, 1})));
  CHECK(!method->execute());  // 3 columns for 6 rows
}

TEST_CASE("constants that only products read are transposed when the method is loaded") {
  const auto method = load("transposed.bpte", "");
  REQUIRE(method->set_input(0, floats({3, 4}, std::vector<float>(12, 1))));
  Profile profile;
  REQUIRE(method->execute(&profile));
  std::size_t written = 0, executed = 0;
  for (const auto& name : profile.names[0]) written += name.name == "aten::permute_copy.out" ? 1 : 0;
  for (const auto& event : profile.events) {
    executed += profile.names[0][event.instruction].name == "aten::permute_copy.out" ? 1 : 0;
  }
  CHECK(written == 5);
  CHECK(executed == 2);  // one is an output, one is added to
}

TEST_CASE("outputs may be inputs, constants, and each other") {
  for (const char* name : {"interface.bpte", "unplanned.bpte"}) {
    const auto method = load(name, "aliases");
    for (int call = 0; call < 2; ++call) {
      const auto n = static_cast<float>(call);
      REQUIRE(method->set_input(0, floats({2, 2}, {n, 1, 2, 3})));
      REQUIRE(method->set_input(1, floats({2, 2}, {5, 5, 5, 5})));
      REQUIRE(method->execute());
      CHECK(output(*method, 0) == std::vector<float>{n, 1, 2, 3});
      CHECK(output(*method, 1) == std::vector<float>{n + 5, 6, 7, 8});
      CHECK(output(*method, 2) == output(*method, 1));
      CHECK(output(*method, 3) == std::vector<float>{0, 1, 2, 3});
      CHECK(output(*method, 4) == output(*method, 1));
      CHECK(output(*method, 5) == std::vector<float>{1, 1, 1, 1});
      CHECK(output(*method, 6) == std::vector<float>{5, 5, 5, 5});
    }
  }
}

TEST_CASE("constant methods answer with values of their kinds") {
  const auto value = [](const char* name) {
    const auto method = load("interface.bpte", name);
    REQUIRE(method->execute());
    return method->output(0);
  };
  CHECK(std::get<std::int64_t>(value("get_number")) == 7);
  CHECK(std::get<double>(value("get_real")) == 0.5);
  CHECK(std::get<bool>(value("get_flag")));
}

}  // namespace
