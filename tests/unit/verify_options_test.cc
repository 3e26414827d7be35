// What options change: checksums, strictness, the search for data files that were not given; and how findings merge.
#include <doctest/doctest.h>
#include <flatbuffers/flatbuffers.h>

#include <filesystem>

#include "flat_tensor_generated.h"
#include "program_generated.h"
#include "ptetool/base/file.h"
#include "ptetool/base/hash.h"
#include "ptetool/verify/verify.h"
#include "temporary_folder.h"

namespace ptetool::verify {

namespace {

namespace fs = std::filesystem;
using flatbuffers::FlatBufferBuilder;

std::vector<std::uint8_t> bytes_of_builder(const FlatBufferBuilder& builder) {
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

void put_u32(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint32_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
}
void put_u64(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint64_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof(value));
}

// A data file of opaque entries, each in a segment of its own.
std::vector<std::uint8_t> data_file(const std::vector<std::pair<std::string, std::vector<std::uint8_t>>>& entries) {
  namespace fb = ptetool::fb::ptd;
  FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<fb::DataSegment>> segments;
  std::vector<flatbuffers::Offset<fb::NamedData>> named;
  std::uint64_t end = 0;
  for (const auto& [key, content] : entries) {
    const auto name = builder.CreateString(key);
    named.push_back(fb::CreateNamedData(builder, name, static_cast<std::uint32_t>(segments.size())));
    segments.push_back(fb::CreateDataSegment(builder, end, content.size()));
    end += (content.size() + 15) / 16 * 16;
  }
  const auto segment_list = builder.CreateVector(segments);
  const auto named_list = builder.CreateVector(named);
  builder.Finish(fb::CreateFlatTensor(builder, 0, segment_list, named_list), "FT01");
  std::vector<std::uint8_t> bytes = bytes_of_builder(builder);
  const std::size_t original = bytes.size();
  std::uint32_t root = 0;
  std::memcpy(&root, bytes.data(), sizeof(root));
  bytes.insert(bytes.begin() + 8, 48, 0);
  put_u32(bytes, 0, root + 48);
  std::memcpy(bytes.data() + 8, "FH01", 4);
  bytes.resize((bytes.size() + 15) / 16 * 16);
  put_u32(bytes, 12, 40);
  put_u64(bytes, 16, 48);
  put_u64(bytes, 24, original);
  put_u64(bytes, 32, bytes.size());
  put_u64(bytes, 40, end);
  for (const auto& [key, content] : entries) {
    bytes.insert(bytes.end(), content.begin(), content.end());
    bytes.resize((bytes.size() + 15) / 16 * 16);
  }
  return bytes;
}

// A program of `tensors` external tensors of one float, with the names "t0", "t1" …
std::vector<std::uint8_t> external_program(std::size_t tensors, std::int32_t size = 1) {
  namespace fb = ptetool::fb::pte;
  FlatBufferBuilder builder;
  std::vector<flatbuffers::Offset<fb::EValue>> values;
  for (std::size_t i = 0; i < tensors; ++i) {
    const auto name = builder.CreateString("t" + std::to_string(i));
    const auto extra = fb::CreateExtraTensorInfo(builder, 0, name, fb::TensorDataLocation::EXTERNAL);
    const auto sizes = builder.CreateVector(std::vector<std::int32_t>{size});
    const auto order = builder.CreateVector(std::vector<std::uint8_t>{0});
    fb::TensorBuilder tensor(builder);
    tensor.add_scalar_type(ptetool::fb::scalar::ScalarType::FLOAT);
    tensor.add_sizes(sizes);
    tensor.add_dim_order(order);
    tensor.add_extra_tensor_info(extra);
    values.push_back(fb::CreateEValue(builder, fb::KernelTypes::Tensor, tensor.Finish().Union()));
  }
  const auto none = builder.CreateVector(std::vector<std::int32_t>{});
  const auto chain =
      fb::CreateChain(builder, none, none, builder.CreateVector(std::vector<flatbuffers::Offset<fb::Instruction>>{}));
  const auto plan = fb::CreateExecutionPlan(
      builder, builder.CreateString("forward"), 0, builder.CreateVector(values), none, none,
      builder.CreateVector(std::vector{chain}), builder.CreateVector(std::vector<flatbuffers::Offset<fb::Operator>>{}),
      builder.CreateVector(std::vector<flatbuffers::Offset<fb::BackendDelegate>>{}),
      builder.CreateVector(std::vector<std::int64_t>{0}));
  builder.Finish(fb::CreateProgram(builder, 0, builder.CreateVector(std::vector{plan})), "ET12");
  return bytes_of_builder(builder);
}

Outcome verify_bytes(const std::vector<std::uint8_t>& bytes, const Options& options) {
  const std::vector<std::shared_ptr<const File>> files = {File::from_bytes("input", bytes)};
  return verify_open_files(files, {}, options);
}

std::string key_of(const std::vector<std::uint8_t>& bytes) { return to_hex(sha256(bytes).value()); }

bool found(const Outcome& outcome, std::string_view rule) {
  return std::ranges::any_of(outcome.findings, [&](const Finding& finding) { return finding.rule->id == rule; });
}

}  // namespace

TEST_CASE("verify: checksums are computed when asked for, or when they cost little") {
  const std::vector<std::uint8_t> good(100, 1), bad(50, 2);
  const auto file = data_file({{key_of(good), good}, {"scale_" + key_of(good), bad}, {"a name", bad}});
  Options options;

  const Outcome automatic = verify_bytes(file, options);
  CHECK(found(automatic, "SUM002"));
  CHECK(automatic.files.at(0).checksums_verified == 2);
  CHECK(automatic.files.at(0).checksums_skipped == 0);
  CHECK_FALSE(automatic.sound());

  options.auto_checksum_bytes = 149;
  const Outcome too_much = verify_bytes(file, options);
  CHECK_FALSE(found(too_much, "SUM002"));
  CHECK(too_much.files.at(0).checksums_verified == 0);
  CHECK(too_much.files.at(0).checksums_skipped == 2);

  options.checksums = Checksums::On;
  CHECK(found(verify_bytes(file, options), "SUM002"));
  options.checksums = Checksums::Off;
  CHECK(verify_bytes(file, options).files.at(0).checksums_skipped == 2);
}

TEST_CASE("verify: the checksum budget is for the whole call") {
  const std::vector<std::uint8_t> content(100, 1);
  const auto file = data_file({{key_of(content), content}});
  Options options;
  options.auto_checksum_bytes = 150;
  const std::vector<std::shared_ptr<const File>> files = {File::from_bytes("a", file), File::from_bytes("b", file)};
  const Outcome outcome = verify_open_files(files, {}, options);
  CHECK(outcome.files.at(0).checksums_verified == 1);
  CHECK(outcome.files.at(1).checksums_skipped == 1);
}

TEST_CASE("verify: entries that share their bytes are hashed once") {
  // Two keys for one segment count once against the budget.
  const std::vector<std::uint8_t> content(100, 1);
  auto file = data_file({{key_of(content), content}, {"other_" + key_of(content), content}});
  Options options;
  options.auto_checksum_bytes = 200;
  CHECK(verify_bytes(file, options).files.at(0).checksums_verified == 2);
}

TEST_CASE("verify: strict turns warnings into errors") {
  const auto empty = data_file({});
  Options options;
  const Outcome lenient = verify_bytes(empty, options);
  CHECK(lenient.sound());
  CHECK(lenient.count(Severity::Warning) == 1);
  options.strict = true;
  const Outcome strict = verify_bytes(empty, options);
  CHECK(strict.count(Severity::Warning) == 0);
  CHECK(strict.count(Severity::Error) == 1);
  CHECK(strict.findings.at(0).rule->severity == Severity::Warning);
}

TEST_CASE("verify: the same problem at many places is one finding") {
  const Outcome outcome = verify_bytes(external_program(300, -1), Options{});
  const auto sizes = std::ranges::find_if(outcome.findings, [](const Finding& f) { return f.rule->id == "VAL004"; });
  REQUIRE(sizes != outcome.findings.end());
  CHECK(sizes->count == 300);
  CHECK(sizes->path == "execution_plan[0].values[0].sizes");
}

TEST_CASE("verify: different problems of one rule end in a summary") {
  std::vector<std::pair<std::string, std::vector<std::uint8_t>>> entries;
  for (int i = 0; i < 500; ++i) {
    for (int k = 0; k < 2; ++k) entries.emplace_back("key" + std::to_string(i), std::vector<std::uint8_t>{1});
  }
  const Outcome outcome = verify_bytes(data_file(entries), Options{});
  std::uint64_t findings = 0, places = 0;
  for (const Finding& finding : outcome.findings) {
    if (finding.rule->id != "NDM007") continue;
    ++findings;
    places += finding.count;
  }
  CHECK(findings == 101);
  CHECK(places == 500);
}

TEST_CASE("verify: data files beside the program are found") {
  const test::TemporaryFolder folder;
  const std::string program = folder / "model.pte";
  const std::string data = folder / "weights.ptd";
  REQUIRE(write_file(program, external_program(3)));
  REQUIRE(write_file(data, data_file({{"t0", {0, 0, 0, 0}}, {"t2", {0, 0, 0, 0}}})));

  const std::vector<std::string> paths = {program};
  const auto outcome = verify_files(paths, {}, Options{});
  REQUIRE(outcome);
  REQUIRE(outcome->count(Severity::Error) == 1);
  const std::string& message = outcome->findings.at(0).message;
  CHECK(message.find("needs 3 named tensors") != std::string::npos);
  CHECK(message.find("weights.ptd' (has 2 of the missing keys)") != std::string::npos);

  Options blind;
  blind.look_nearby = false;
  const auto unaided = verify_files(paths, {}, blind);
  REQUIRE(unaided);
  CHECK(unaided->findings.at(0).message.find("weights.ptd") == std::string::npos);

  // A data file among the arguments serves the programs too.
  const std::vector<std::string> both = {program, data};
  const auto together = verify_files(both, {}, blind);
  REQUIRE(together);
  const auto missing =
      std::ranges::find_if(together->findings, [](const Finding& finding) { return finding.rule->id == "SET001"; });
  REQUIRE(missing != together->findings.end());
  CHECK(missing->message.find("1 is in none of the data files given") != std::string::npos);
  CHECK(found(*together, "SET006"));
}

TEST_CASE("verify: of a foundation that belongs to another model is said that it does") {
  const fs::path llm = fs::path(PTETOOL_SOURCE_DIR) / "testdata/llm";
  const test::TemporaryFolder folder;
  for (const char* name : {"lora0.pte", "lora0.ptd"}) fs::copy_file(llm / "q" / name, folder / name);
  const std::vector<std::string> program = {folder / "lora0.pte"};
  const std::string adapter = folder / "lora0.ptd";
  const std::string foreign = (llm / "fp32/foundation.ptd").string();
  const auto message_with = [&](const std::vector<std::string>& data) {
    const auto outcome = verify_files(program, data, Options{});
    REQUIRE(outcome);
    const auto missing =
        std::ranges::find_if(outcome->findings, [](const Finding& finding) { return finding.rule->id == "SET002"; });
    REQUIRE(missing != outcome->findings.end());
    return missing->message;
  };
  const std::string stranger = "of the constants in '" + foreign + "' it needs none";

  // The adapter's data lie beside the program, and do not hold what the foundation should.
  const std::string without = message_with({foreign});
  CHECK(without.find("58 are in neither the program nor the data files given") != std::string::npos);
  CHECK(without.find(stranger) != std::string::npos);
  CHECK(without.find("lora0.ptd' (has 28 of the missing keys)") != std::string::npos);
  CHECK(without.find("(30 of the missing keys are in no file there)") != std::string::npos);

  const std::string with = message_with({foreign, adapter});
  CHECK(with.find("30 are in neither") != std::string::npos);
  CHECK(with.find(stranger) != std::string::npos);
  CHECK(with.find("lora0.ptd") == std::string::npos);

  // Counted are the keys of this finding, not tensors that are missing as well.
  fs::copy_file(llm / "q/foundation.ptd", folder / "foundation.ptd");
  CHECK(message_with({foreign, adapter}).find("foundation.ptd' (has 30 of the missing keys)") != std::string::npos);
}

TEST_CASE("verify: a path that cannot be opened is an error of the call") {
  const std::vector<std::string> paths = {"/nonexistent/model.pte"};
  const auto outcome = verify_files(paths, {}, Options{});
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == ErrorCode::Io);
}

}  // namespace ptetool::verify
