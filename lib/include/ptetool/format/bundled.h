// A bundled program: a PTE together with test inputs and expected outputs (format-facts 7.1).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "ptetool/base/bytes.h"
#include "ptetool/base/dtype.h"
#include "ptetool/base/file.h"
#include "ptetool/base/result.h"

namespace ptetool::bundled {

struct Tensor {
  ScalarType scalar_type{};
  std::span<const std::int32_t> sizes;
  std::span<const std::uint8_t> dim_order;
  ByteView data;
};
struct UnknownValue {
  std::uint8_t type = 0;
};

struct Value {
  std::variant<UnknownValue, Tensor, std::int64_t, bool, double> content;
  std::uint64_t offset = 0;
};

struct TestCase {
  std::vector<Value> inputs;
  std::vector<Value> expected_outputs;
  std::uint64_t offset = 0;
};

struct TestSuite {
  std::string_view method_name;
  std::vector<TestCase> test_cases;
  std::uint64_t offset = 0;
};

struct BundledProgram {
  std::shared_ptr<const File> file;
  std::uint32_t version = 0;
  std::string_view identifier;  // "BP08"; "BP06" (v0.1): only the program is read
  std::vector<TestSuite> test_suites;
  ByteView program;  // the complete PTE
  std::uint64_t program_offset = 0;

  // The embedded program as a file of its own, aligned for reading (copied only if it is not aligned already).
  std::shared_ptr<const File> program_file() const;
};

Result<BundledProgram> read_bundled(std::shared_ptr<const File> file);

}  // namespace ptetool::bundled
