// What dedupe promises, over files made here and the real ones of testdata: what it writes verifies, computes the same
// bits and is not changed by a second run; the way back gives the same again.
#include "dedupe_files.h"
#include "ptetool/format/bundled_write.h"
#include "ptetool/format/ptd_write.h"
#include "ptetool/format/pte_write.h"

using namespace dedupe_files;

TEST_CASE("dedupe: data goes into the program, out again, and every step computes the same bits") {
  for (const std::string name : {"linear", "linear_xnnpack"}) {
    CAPTURE(name);
    const Folder folder;
    const auto pair = fat_pair(folder, name);
    const auto expected = outputs({testdata("linear/" + name + ".pte"), {testdata("linear/" + name + ".ptd")}});
    REQUIRE(!expected.empty());
    CHECK(outputs(pair[0]) == expected);

    dedupe::Options options;
    options.min_size = 1;
    const auto plan = written(pair, folder / "thin", options);
    CHECK(plan.changes());
    REQUIRE(plan.programs.size() == 2);
    CHECK(plan.programs[0].data == std::vector<std::string>{"shared.ptd"});
    CHECK(plan.programs[1].data == std::vector<std::string>{"shared.ptd"});
    const auto thin = models_of(plan, folder / "thin");
    CHECK(outputs(thin[0]) == expected);
    CHECK(outputs(thin[1]) == expected);
    const auto shared = ptd::read_ptd(*File::open(folder / "thin/shared.ptd"));
    REQUIRE(shared);
    CHECK(shared->entries.size() == 2);
    CHECK(shared->entries[0].tensor_layout.has_value() == (name == "linear"));
    std::uint64_t stored = 0;
    for (const auto& output : plan.outputs) stored += fs::file_size(folder / ("thin/" + output.name));
    CHECK(stored == plan.bytes_after);

    // A second run changes nothing, byte for byte.
    const auto again = written(thin, folder / "again", options);
    CHECK_FALSE(again.changes());
    for (const auto& output : again.outputs) {
      CHECK(std::ranges::equal(file_bytes(folder / ("again/" + output.name)),
                               file_bytes(folder / ("thin/" + output.name))));
    }

    // The way back gives the programs that we came from.
    options.inline_data = true;
    const auto back = written(thin, folder / "back", options);
    const auto one = pte::read_pte(*File::open(folder / "back/a.pte"));
    const auto other = pte::read_pte(*File::open(folder / "a.pte"));
    REQUIRE((one && other));
    const auto difference = pte::first_difference(*one, *other, {.storage = false});
    CHECK_MESSAGE(!difference, difference.value_or(""));
    CHECK(outputs(models_of(back, folder / "back")[0]) == expected);
  }
}

TEST_CASE("dedupe: what is small stays, and inputs are safe") {
  const Folder folder;
  const auto pair = fat_pair(folder, "linear");
  const auto set = dedupe::open_set(pair, {});
  REQUIRE(set);
  dedupe::Options options;  // 1 KiB, and these weights have a few bytes
  const auto plan = dedupe::make_plan(*set, options);
  REQUIRE(plan);
  CHECK_FALSE(plan->changes());
  const auto over = dedupe::write_plan(*set, *plan, folder / "", options);
  REQUIRE(!over);
  CHECK(over.error().code == ErrorCode::Usage);
  options.data_name = "a/b.ptd";
  CHECK(dedupe::make_plan(*set, options).error().code == ErrorCode::Usage);
  for (const std::string name : {"", ".", "..", "manifest.json"}) {
    options.data_name = name;
    CHECK(dedupe::make_plan(*set, options).error().code == ErrorCode::Usage);
  }
  options.data_name = "a.pte";
  CHECK(dedupe::make_plan(*set, options).error().code == ErrorCode::Usage);
}

TEST_CASE("dedupe: files of one name keep the folders that tell them apart") {
  const Folder folder;
  const auto pair = fat_pair(folder, "linear");
  fs::create_directories(folder / "release/v1/x");
  fs::create_directories(folder / "release/v2/x");
  fs::copy_file(pair[0].program, folder / "release/v1/x/model.pte");
  fs::copy_file(pair[0].program, folder / "release/v2/x/model.pte");
  const auto expected = outputs(pair[0]);
  dedupe::Options options;
  options.min_size = 1;
  const std::vector<dedupe::ModelFiles> releases = {{folder / "release/v1/x/model.pte", {}},
                                                    {folder / "release/../release/v2/x/model.pte", {}}};
  const auto plan = written(releases, folder / "thin", options);
  REQUIRE(plan.programs.size() == 2);
  CHECK(plan.programs[0].name == "v1/x/model.pte");
  CHECK(plan.programs[1].name == "v2/x/model.pte");
  CHECK(plan.programs[1].data == std::vector<std::string>{"shared.ptd"});
  const auto thin = models_of(plan, folder / "thin");
  for (const auto& model : thin) CHECK(outputs(model) == expected);
  const auto again = written(thin, folder / "again", options);
  CHECK_FALSE(again.changes());
  CHECK(again.programs[0].name == "v1/x/model.pte");

  const std::vector<dedupe::ModelFiles> twice = {releases[0], {folder / "release/v1/../v1/x/model.pte", {}}};
  const auto set = dedupe::open_set(twice, {});
  REQUIRE(set);
  CHECK(dedupe::make_plan(*set, options).error().code == ErrorCode::Usage);
}

TEST_CASE("dedupe: what cannot be rewritten is refused") {
  const std::vector<dedupe::ModelFiles> without_data = {{testdata("linear/linear.pte"), {}}};
  const auto missing = dedupe::open_set(without_data, {});
  REQUIRE(!missing);
  CHECK(missing.error().code == ErrorCode::Missing);
  const std::vector<dedupe::ModelFiles> no_program = {{testdata("linear/export.py"), {}}};
  CHECK(dedupe::open_set(no_program, {}).error().code == ErrorCode::WrongKind);
}

TEST_CASE("dedupe: entries of the same bytes in one data file share a segment") {
  const Folder folder;
  const std::vector<std::uint8_t> weight(4096, 7);
  const std::vector<std::uint8_t> same(4096, 7);
  const std::vector<std::uint8_t> other(4096, 8);
  ptd::Contents contents;
  contents.entries = {{"a", 0, std::nullopt}, {"b", 1, std::nullopt}, {"c", 2, std::nullopt}};
  contents.segments = {format::SegmentContent::of(weight), format::SegmentContent::of(same),
                       format::SegmentContent::of(other)};
  REQUIRE(write_file(folder / "x.ptd", format::image_bytes(*ptd::make_ptd(contents))));
  const std::string data[] = {folder / "x.ptd"};
  const auto set = dedupe::open_set({}, data);
  REQUIRE_MESSAGE(set, set.error().line());
  const auto plan = dedupe::make_plan(*set, {});
  REQUIRE(plan);
  CHECK(plan->changes());
  REQUIRE(plan->weights.size() == 1);
  CHECK(plan->weights[0].copies == 2);
  CHECK(plan->weights[0].copies_after == 1);
  REQUIRE(dedupe::write_plan(*set, *plan, folder / "out", {}));
  const auto now = ptd::read_ptd(*File::open(folder / "out/x.ptd"));
  REQUIRE(now);
  REQUIRE(now->entries.size() == 3);
  CHECK(now->segments.size() == 2);
  CHECK(now->entries[0].segment_index == now->entries[1].segment_index);
  CHECK(std::ranges::equal(*now->entry_bytes(now->entries[2]), other));
}

TEST_CASE("dedupe: a bundled program stays one, with its tests") {
  const Folder folder;
  const std::string bundle = testdata("models/perceptron.bpte");
  fs::copy_file(bundle, folder / "a.bpte");
  fs::copy_file(bundle, folder / "b.bpte");
  dedupe::Options options;
  options.min_size = 1;
  const std::vector<dedupe::ModelFiles> pair = {{folder / "a.bpte", {}}, {folder / "b.bpte", {}}};
  const auto plan = written(pair, folder / "thin", options);
  CHECK(plan.changes());
  REQUIRE(plan.programs.size() == 2);
  CHECK(plan.programs[0].data == std::vector<std::string>{"shared.ptd"});
  const auto source = bundled::read_bundled(*File::open(bundle));
  const auto thin = bundled::read_bundled(*File::open(folder / "thin/a.bpte"));
  REQUIRE(source);
  REQUIRE_MESSAGE(thin, thin.error().line());
  CHECK(bundled::same_tests(*source, *thin));
  CHECK(thin->program.size() < source->program.size());
  CHECK(thin->program_offset % 32 == 0);
  CHECK(outputs(models_of(plan, folder / "thin")[0]) == outputs({bundle, {}}));
  CHECK_FALSE(written(models_of(plan, folder / "thin"), folder / "again", options).changes());
}
