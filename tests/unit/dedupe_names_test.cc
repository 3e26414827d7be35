// How dedupe names what it stores: names of older exporters become digests, --key keep leaves them, delegates that are
// not understood stay as they are, and --group makes one data file per set of users.
#include <deque>

#include "dedupe_files.h"
#include "ptetool/format/pte_write.h"
#include "ptetool/format/xnnpack_rename.h"

using namespace dedupe_files;

namespace {

struct Renamed {
  std::string prefix;            // before the names of the delegate's constants
  std::string backend = {};      // another backend's id; empty: the same
  std::uint8_t weight_mask = 0;  // over the first byte of the first constant
};

// linear_xnnpack with its weights inside, under names like those of v1.1 ("<name>", not a digest).
void write_variant(const Folder& folder, const std::string& source, const std::string& name, const Renamed& wanted) {
  const auto program = pte::read_pte(*File::open(source));
  REQUIRE(program);
  pte::Program changed = *program;
  auto segments = pte::segment_contents(*program);
  REQUIRE(segments);
  std::deque<std::string> names;
  std::deque<std::vector<std::uint8_t>> bytes;
  pte::BackendDelegate& delegate = changed.execution_plan[0].delegates[0];
  REQUIRE(delegate.location == pte::DataLocation::Segment);
  const auto blob = program->segment_bytes(delegate.index);
  REQUIRE(blob);
  const auto graph = xnn::read_xnnpack_blob(Bytes{*blob, program->file}, "delegate");
  REQUIRE(graph);
  std::vector<xnn::Rename> renames;
  for (std::size_t c = 0; c < graph->constants.size(); ++c) {
    const auto& key = graph->constants[c].named_key;
    if (key && !key->empty()) renames.push_back({c, wanted.prefix + std::string(key->substr(0, 4))});
  }
  REQUIRE(renames.size() == 2);
  bytes.push_back(*xnn::rename_constants(*graph, renames, "delegate"));
  (*segments)[delegate.index] = format::SegmentContent::of(bytes.back(), 16);
  if (!wanted.backend.empty()) delegate.id = names.emplace_back(wanted.backend);
  for (pte::NamedData& named : changed.named_data) {
    named.key = names.emplace_back(wanted.prefix + std::string(named.key.substr(0, 4)));
  }
  if (wanted.weight_mask != 0) {
    const std::uint32_t segment = changed.named_data[0].segment_index;
    const ByteView was = *program->segment_bytes(segment);
    bytes.emplace_back(was.begin(), was.end());
    bytes.back()[0] = static_cast<std::uint8_t>(bytes.back()[0] ^ wanted.weight_mask);
    (*segments)[segment] = format::SegmentContent::of(bytes.back(), 16);
  }
  const auto image = pte::make_pte(changed, *segments, pte::layout_of(*program));
  REQUIRE(image);
  REQUIRE(write_file(folder / name, format::image_bytes(*image)));
}

bool digest_form(std::string_view key) {
  return key.size() == 64 && key.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

dedupe::Options everything() {
  dedupe::Options options;
  options.min_size = 1;
  return options;
}

}  // namespace

TEST_CASE("dedupe: names of older exporters become digests, also inside of blobs") {
  const Folder folder;
  const std::string source = fat_pair(folder, "linear_xnnpack")[0].program;
  const auto expected = outputs({source, {}});
  write_variant(folder, source, "old.pte", {"first_"});
  write_variant(folder, source, "older.pte", {"second_"});
  CHECK(outputs({folder / "old.pte", {}}) == expected);

  const std::vector<dedupe::ModelFiles> pair = {{folder / "old.pte", {}}, {folder / "older.pte", {}}};
  const auto plan = written(pair, folder / "healed", everything());
  CHECK(plan.names_changed == 4);
  const auto shared = ptd::read_ptd(*File::open(folder / "healed/shared.ptd"));
  REQUIRE(shared);
  REQUIRE(shared->entries.size() == 2);
  for (const ptd::Entry& entry : shared->entries) CHECK(digest_form(entry.key));
  for (const auto& model : models_of(plan, folder / "healed")) {
    CHECK(outputs(model) == expected);
    const auto set = dedupe::open_set(std::span(&model, 1), {});
    REQUIRE(set);
    for (const auto& constant : (*set->programs[0].model->delegates[0].graph)->constants) {
      if (constant.named_key.value_or("") != "") CHECK(digest_form(*constant.named_key));
    }
  }
  CHECK_FALSE(written(models_of(plan, folder / "healed"), folder / "again", everything()).changes());
}

TEST_CASE("dedupe: --key keep leaves names, and equal contents still share their bytes") {
  const Folder folder;
  const std::string source = fat_pair(folder, "linear_xnnpack")[0].program;
  const auto expected = outputs({source, {}});
  write_variant(folder, source, "old.pte", {"first_"});
  write_variant(folder, source, "older.pte", {"second_"});
  dedupe::Options keep = everything();
  keep.keys = dedupe::Keys::Keep;
  const std::vector<dedupe::ModelFiles> pair = {{folder / "old.pte", {}}, {folder / "older.pte", {}}};
  const auto plan = written(pair, folder / "kept", keep);
  CHECK(plan.names_changed == 0);
  const auto shared = ptd::read_ptd(*File::open(folder / "kept/shared.ptd"));
  REQUIRE(shared);
  CHECK(shared->entries.size() == 4);
  CHECK(shared->segments.size() == 2);
  for (const ptd::Entry& entry : shared->entries) {
    CHECK((entry.key.starts_with("first_") || entry.key.starts_with("second_")));
  }
  for (const auto& model : models_of(plan, folder / "kept")) CHECK(outputs(model) == expected);
}

TEST_CASE("dedupe: one name with two contents ends as two names") {
  const Folder folder;
  const std::string source = fat_pair(folder, "linear_xnnpack")[0].program;
  write_variant(folder, source, "one.pte", {"weight_"});
  write_variant(folder, source, "other.pte", {"weight_", "", 1});
  write_variant(folder, source, "third.pte", {"weight_", "", 1});
  const std::vector<dedupe::ModelFiles> files = {
      {folder / "one.pte", {}}, {folder / "other.pte", {}}, {folder / "third.pte", {}}};
  for (const auto keys : {dedupe::Keys::Content, dedupe::Keys::Keep}) {
    dedupe::Options options = everything();
    options.keys = keys;
    const std::string out = folder / (keys == dedupe::Keys::Keep ? "keep" : "content");
    const auto plan = written(files, out, options);
    const auto thin = models_of(plan, out);
    for (std::size_t i = 0; i < files.size(); ++i) CHECK(outputs(thin[i]) == outputs(files[i]));
  }
}

TEST_CASE("dedupe: delegates of other backends stay byte for byte, and so do the names that they may ask for") {
  const Folder folder;
  const std::string source = fat_pair(folder, "linear_xnnpack")[0].program;
  write_variant(folder, source, "opaque.pte", {"some_", "NpuBackend"});
  write_variant(folder, source, "open.pte", {"some_"});
  const std::vector<dedupe::ModelFiles> pair = {{folder / "opaque.pte", {}}, {folder / "open.pte", {}}};
  const auto plan = written(pair, folder / "out", everything());
  const auto was = pte::read_pte(*File::open(folder / "opaque.pte"));
  const auto is = pte::read_pte(*File::open(folder / "out/opaque.pte"));
  REQUIRE((was && is));
  const auto payload = [](const pte::Program& program) {
    return *program.segment_bytes(program.execution_plan[0].delegates[0].index);
  };
  CHECK(std::ranges::equal(payload(*was), payload(*is)));
  REQUIRE(is->named_data.size() == was->named_data.size());
  for (std::size_t i = 0; i < was->named_data.size(); ++i) {
    CHECK(is->named_data[i].key == was->named_data[i].key);
    CHECK(std::ranges::equal(*is->segment_bytes(is->named_data[i].segment_index),
                             *was->segment_bytes(was->named_data[i].segment_index)));
  }
  CHECK(outputs(models_of(plan, folder / "out")[1]) == outputs(pair[1]));
}

TEST_CASE("dedupe: --group makes a data file for every set of users") {
  const Folder folder;
  const std::string source = fat_pair(folder, "linear_xnnpack")[0].program;
  // The bias is everyone's, each weight is that of two.
  write_variant(folder, source, "a.pte", {"w_"});
  write_variant(folder, source, "b.pte", {"w_"});
  write_variant(folder, source, "c.pte", {"w_", "", 1});
  write_variant(folder, source, "d.pte", {"w_", "", 1});
  std::vector<dedupe::ModelFiles> files;
  for (const char* name : {"a.pte", "b.pte", "c.pte", "d.pte"}) files.push_back({folder / name, {}});
  dedupe::Options options = everything();
  options.group = true;
  const auto plan = written(files, folder / "out", options);
  REQUIRE(plan.programs.size() == 4);
  for (const auto& program : plan.programs) CHECK(program.data.size() == 2);
  CHECK(plan.programs[0].data == plan.programs[1].data);
  CHECK(plan.programs[2].data == plan.programs[3].data);
  CHECK(plan.programs[0].data != plan.programs[2].data);
  const auto thin = models_of(plan, folder / "out");
  for (std::size_t i = 0; i < files.size(); ++i) CHECK(outputs(thin[i]) == outputs(files[i]));
  options.group = false;
  const auto one = written(files, folder / "one", options);
  for (const auto& program : one.programs) CHECK(program.data == std::vector<std::string>{"shared.ptd"});
}
