// Packed weights are held once, however many delegates, backends and threads use them.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "conformance/opened_bundle.h"
#include "ptetool/link/artifact.h"
#include "ptetool/runtime/session.h"
#include "ptetool/xnnpack/backend.h"
#include "xnnpack/weight_session.h"

namespace {

using namespace ptetool;

std::unique_ptr<DelegateBackend> backend_with(std::shared_ptr<WeightStore> store, bool measure = false) {
  auto backend = make_xnnpack_backend(nullptr, {std::move(store), measure});
  REQUIRE(backend);
  return std::move(*backend);
}

std::unique_ptr<Method> load(const Opened& opened, const std::string& method, DelegateBackend& backend) {
  DelegateBackend* backends[] = {&backend};
  LoadOptions options;
  options.method = method;
  auto loaded = Method::load(opened.model, options, backends);
  REQUIRE(loaded);
  return std::move(*loaded);
}

TEST_CASE("a method that is loaded again takes the weights that are there") {
  const auto store = std::make_shared<WeightStore>();
  const auto backend = backend_with(store);
  const auto other_backend = backend_with(store);
  const Opened opened = open_bundle("xnnpack/static_matrices_channel.bpte");
  const Opened again = open_bundle("xnnpack/static_matrices_channel.bpte");
  {
    const auto first = load(opened, "conv", *backend);
    const auto alone = store->statistics();
    CHECK(alone.entries == 1);
    CHECK(alone.packs == 1);
    CHECK(alone.packed_bytes > 0);
    CHECK(alone.hits == 0);
    const auto second = load(opened, "conv", *backend);
    const auto third = load(again, "conv", *other_backend);
    REQUIRE(first->packed().size() == 1);
    CHECK(third->packed()[0].identity == first->packed()[0].identity);
    CHECK(third->packed()[0].label.starts_with("Conv2d "));
    const TogetherModel models[] = {{"a.pte", {}, {}, {}, first->packed()}, {"b.pte", {}, {}, {}, third->packed()}};
    const report::Table table = together_table(models);
    REQUIRE(table.rows.size() == 3);
    CHECK(std::get<report::ByteCount>(table.rows[0][12]).value == 0);
    CHECK(std::get<report::ByteCount>(table.rows[1][12]).value == alone.packed_bytes);
    CHECK(std::get<std::vector<std::string>>(table.rows[1][13]) == std::vector<std::string>{"#0: 1 weight"});
    CHECK(std::get<report::ByteCount>(table.rows[2][10]).value == alone.packed_bytes);
    const auto shared = store->statistics();
    CHECK(shared.entries == 1);
    CHECK(shared.packs == 1);
    CHECK(shared.packed_bytes == alone.packed_bytes);
    CHECK(shared.hits == 2);
    CHECK(shared.shared_bytes == 2 * alone.packed_bytes);
  }
  CHECK(store->statistics().entries == 0);
  CHECK(store->statistics().packed_bytes == 0);
}

TEST_CASE("what no runtime holds any more is forgotten") {
  const auto store = std::make_shared<WeightStore>();
  std::vector<std::unique_ptr<xnn::WeightSession>> held;
  const std::vector<std::uint8_t> filters(512);
  constexpr std::size_t kSize = 128;
  for (std::size_t i = 0; i < filters.size(); ++i) {
    auto session = std::make_unique<xnn::WeightSession>(store);
    xnn_weights_cache_look_up_key key{};
    key.kernel = &filters[i];
    // One of two is announced, and found by its content; one of sixteen stays in use.
    if (i % 2 == 0) session->announce(key.kernel, nullptr, {Sha256{static_cast<std::uint8_t>(i / 2), 1}, {}, {}, "x"});
    auto& provider = *session->handle();
    CHECK(provider.look_up(provider.context, &key) == SIZE_MAX);
    void* const memory = provider.reserve_space(provider.context, kSize);
    REQUIRE(memory != nullptr);
    CHECK(provider.look_up_or_insert(provider.context, &key, memory, kSize) == 0);
    session->finish();
    if (i % 16 < 2) held.push_back(std::move(session));
    session.reset();
    const auto statistics = store->statistics();
    CHECK(statistics.entries == held.size());
    CHECK(statistics.packed_bytes == held.size() * kSize);
    CHECK(statistics.remembered >= statistics.entries);
    CHECK(statistics.remembered <= 32 + 2 * statistics.entries);
  }
  CHECK(store->statistics().packs == filters.size());
  CHECK(store->statistics().entries == 64);
}

TEST_CASE("weights of the same bytes but other scales are packed apart") {
  const auto store = std::make_shared<WeightStore>();
  const auto backend = backend_with(store);
  const Opened channel = open_bundle("xnnpack/static_matrices_channel.bpte");
  const Opened tensor = open_bundle("xnnpack/static_matrices.bpte");
  const auto first = load(channel, "linear", *backend);
  const auto second = load(tensor, "linear", *backend);
  CHECK(store->statistics().entries == 2);
  CHECK(store->statistics().hits == 0);
}

TEST_CASE("threads that load at the same time end with one copy, and right results") {
  const auto store = std::make_shared<WeightStore>();
  const Opened opened = open_bundle("xnnpack/static_matrices_channel.bpte");
  std::vector<std::string> wrong(4);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      auto backend = make_xnnpack_backend(nullptr, {store, false});
      if (!backend) {
        wrong[t] = backend.error().line();
        return;
      }
      DelegateBackend* backends[] = {backend->get()};
      for (int round = 0; round < 8; ++round) {
        for (const auto& suite : opened.bundle->bundle.test_suites) {
          RunRequest request;
          request.load.method = std::string(suite.method_name);
          request.values.emplace();
          for (const auto& input : suite.test_cases[0].inputs) request.values->push_back(*host_value(input));
          const auto result = run(opened.model, request, backends);
          if (!result) wrong[t] = result.error().line();
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& each : wrong) CHECK(each == "");
  const auto statistics = store->statistics();
  CHECK(statistics.entries == 0);
  CHECK(statistics.packs > 0);
}

TEST_CASE("XNNPACK takes every case of static matrices, also where the weights are there already") {
  const auto backend = backend_with(nullptr);
  const Opened opened = open_bundle("xnnpack/static_matrices_channel.bpte");
  for (const auto& suite : opened.bundle->bundle.test_suites) {
    const std::string name(suite.method_name);
    const auto first = load(opened, name, *backend);
    const auto second = load(opened, name, *backend);
    CHECK_MESSAGE(first->fallbacks().empty(), name);
    CHECK_MESSAGE(second->fallbacks().empty(), name);
  }
}

TEST_CASE("a delegate that XNNPACK refuses says why, one for the reference kernels has nothing to say") {
  const Opened opened = open_bundle("xnnpack/linear.bpte");
  const LinkedDelegate& delegate = opened.model->delegates.front();
  xnn::Graph graph = **delegate.graph;
  std::vector<std::uint32_t> dims = {1};
  for (auto& value : graph.values) {
    if (!value.external_output() || dims.size() > 1) continue;
    dims.insert(dims.end(), value.dims.begin(), value.dims.end());
    value.dims = dims;
    value.num_dims = static_cast<std::uint32_t>(dims.size());
  }
  const LinkedDelegate other{delegate.plan, delegate.index, delegate.payload,
                             std::make_shared<const Result<xnn::Graph>>(std::move(graph))};
  const auto refused = backend_with(nullptr)->create(*opened.model, other);
  REQUIRE_MESSAGE(refused, (refused ? std::string() : refused.error().line()));
  REQUIRE((*refused)->prepare());
  CHECK((*refused)->fallback() == "a node's output has another rank than declared");
  const auto wanted = make_reference_backend()->create(*opened.model, other);
  REQUIRE(wanted);
  CHECK((*wanted)->fallback() == "");
}

TEST_CASE("a slice that reaches to the end from somewhere else than the beginning is not given to XNNPACK") {
  const Opened opened = open_bundle("xnnpack/shape.bpte");
  std::size_t slices = 0;
  for (const LinkedDelegate& delegate : opened.model->delegates) {
    xnn::Graph graph = **delegate.graph;
    std::vector<std::uint32_t> sizes;
    for (auto& node : graph.nodes) {
      if (node.kind != xnn::NodeKind::StaticSlice || !sizes.empty()) continue;
      const auto offsets = node.list("offsets");
      sizes.assign(node.list("sizes").begin(), node.list("sizes").end());
      for (std::size_t d = 0; d < sizes.size(); ++d) sizes[d] = offsets[d] != 0 ? 0 : sizes[d];
      for (auto& attribute : node.attributes) {
        if (attribute.name == "sizes") attribute.value = std::span<const std::uint32_t>(sizes);
      }
    }
    if (std::ranges::find(sizes, 0u) == sizes.end()) continue;
    ++slices;
    const LinkedDelegate other{delegate.plan, delegate.index, delegate.payload,
                               std::make_shared<const Result<xnn::Graph>>(std::move(graph))};
    const auto instance = backend_with(nullptr)->create(*opened.model, other);
    REQUIRE(instance);
    REQUIRE((*instance)->prepare());
    CHECK((*instance)->fallback() != "");
  }
  CHECK(slices > 0);
}

TEST_CASE("runs that are kept loaded share packed weights, and tell their size") {
  const auto backend = backend_with(nullptr);
  DelegateBackend* backends[] = {backend.get()};
  const Opened opened = open_bundle("xnnpack/static_matrices_channel.bpte");
  RunRequest request;
  request.load.method = "conv";
  request.keep_loaded = true;
  {
    const auto first = run(opened.model, request, backends);
    REQUIRE(first);
    REQUIRE(first->packed_bytes);
    CHECK(*first->packed_bytes > 0);
    const auto second = run(opened.model, request, backends);
    REQUIRE(second);
    CHECK(second->packed_bytes == first->packed_bytes);
  }
  CHECK(backend->packed_bytes() == std::optional<std::uint64_t>(0));
  CHECK(!make_reference_backend()->packed_bytes());
}

TEST_CASE("a backend that measures tells the time of each node") {
  const auto backend = backend_with(nullptr, true);
  const Opened opened = open_bundle("xnnpack/linear.bpte");
  const LinkedDelegate& delegate = opened.model->delegates.front();
  const auto instance = backend->create(*opened.model, delegate);
  REQUIRE(instance);
  const xnn::Graph& graph = **delegate.graph;
  std::vector<OwnedTensor> memory;
  for (std::uint32_t id = 0; id < graph.num_externs; ++id) {
    for (const auto& value : graph.values) {
      if (value.external_id != id || (value.flags & 3u) == 0) continue;
      memory.push_back(*allocate_tensor(ScalarType::Float, Sizes(value.dims).span()));
    }
  }
  std::vector<Tensor*> args;
  for (auto& each : memory) args.push_back(&each.tensor);
  const auto executed = (*instance)->execute(args);
  REQUIRE_MESSAGE(executed, (executed ? std::string() : executed.error().line()));
  const auto nodes = (*instance)->nodes();
  REQUIRE(!nodes.empty());
  CHECK(nodes.size() <= graph.nodes.size());
  CHECK((*instance)->node_microseconds().size() == nodes.size());
  for (const auto& node : nodes) CHECK(node.name != "");
  const auto product =
      std::ranges::find_if(nodes, [](const auto& node) { return node.type == "BatchMatrixMultiply fp32"; });
  REQUIRE(product != nodes.end());
  CHECK(!product->shape.empty());
  CHECK(product->operations > 0);
  CHECK(product->bytes > 0);
}

}  // namespace
