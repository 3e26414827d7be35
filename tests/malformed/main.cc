// Runs all malformed-file fixtures: builds the bytes, verifies them, compares every finding with what the fixture
// expects.
//
//   ptetool_malformed               all fixtures; also: every rule is expected somewhere, docs/rules.md is up to date
//   ptetool_malformed NAME…         some of them
//   ptetool_malformed --rebase …    writes what was found into the fixtures (and the page of rules)
//   ptetool_malformed --write NAME FOLDER   writes the files of a fixture, to look at them or to seed a fuzzer
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "malformed/builder.h"
#include "ptetool/base/file.h"
#include "ptetool/base/text.h"
#include "ptetool/verify/verify.h"

namespace {

using namespace ptetool;
namespace fs = std::filesystem;

const std::string kSource = PTETOOL_SOURCE_DIR;
const std::string kFolder = kSource + "/tests/malformed";
const std::string kSchemas = kSource + "/schema";
const std::string kRulesPage = kSource + "/docs/rules.md";

// Rules that no description of a few lines can break; tests/unit/verify_limits_test.cc does, or nothing can for good:
// lists shared by very many tables, and operators without a kernel, which change with every kernel that is written.
constexpr std::string_view kElsewhere[] = {"FBS007", "XNN001", "OPS005"};

// "error VAL004 model.pte execution_plan[0].values[0].sizes @0x1c4 x2: message"
std::string canonical(const verify::Finding& finding) {
  std::string line = std::string(verify::severity_name(finding.severity)) + " " + std::string(finding.rule->id) + " " +
                     finding.file + " " + (finding.path.empty() ? "-" : finding.path) + " " +
                     (finding.offset ? "@" + hex(*finding.offset) : "-");
  if (finding.count > 1) line += " x" + std::to_string(finding.count);
  return line + ": " + finding.message;
}

verify::Options options_of(const malformed::Fixture& fixture) {
  verify::Options options;
  options.look_nearby = false;
  for (const std::string& word : fixture.options) {
    if (word == "strict") options.strict = true;
    if (word == "checksums=on") options.checksums = verify::Checksums::On;
    if (word == "checksums=off") options.checksums = verify::Checksums::Off;
    if (word.starts_with("budget=")) options.auto_checksum_bytes = std::stoull(word.substr(7));
  }
  return options;
}

std::vector<std::string> findings_of(const malformed::Fixture& fixture) {
  std::vector<std::shared_ptr<const File>> files, data;
  for (const malformed::BuiltFile& file : fixture.files) {
    (file.data ? data : files).push_back(File::from_bytes(file.name, file.bytes));
  }
  std::vector<std::string> lines;
  for (const verify::Finding& finding : verify::verify_open_files(files, data, options_of(fixture)).findings) {
    lines.push_back(canonical(finding));
  }
  return lines;
}

std::string read_text(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void rebase(const std::string& path, const std::vector<std::string>& lines) {
  std::string text = read_text(path);
  // The expectation is the last directive of a fixture.
  if (const auto at = text.find("\nexpect:"); at != std::string::npos) text.erase(at + 1);
  text += "expect:\n";
  for (const std::string& line : lines) text += "  " + line + "\n";
  std::ofstream(path) << text;
}

// The catalogue as a page of documentation.
std::string rules_page() {
  const std::map<std::string_view, std::string_view> families = {{"HDR", "Headers and identifiers"},
                                                                 {"FBS", "Flatbuffer structure"},
                                                                 {"SEG", "Segments"},
                                                                 {"VAL", "Values of a method"},
                                                                 {"MEM", "Planned memory, constants, state"},
                                                                 {"OPS", "Operator tables"},
                                                                 {"INS", "Instructions"},
                                                                 {"DLG", "Delegates"},
                                                                 {"XNN", "XNNPACK graphs"},
                                                                 {"NDM", "Named data"},
                                                                 {"SET", "A program with its data files"},
                                                                 {"SUM", "Checksums"},
                                                                 {"BND", "Bundled programs"},
                                                                 {"PKW", "Packed weights on disk"}};
  std::string page =
      "# The rules of `ptetool verify`\n\n"
      "Generated from the catalogue by `ptetool_malformed --rebase`; `ptetool verify --explain RULE` prints the same.\n"
      "Rules marked † are checked at every load too: a program that breaks one does not run.\n";
  std::string_view family;
  for (const verify::Row* row : verify::catalogue()) {
    if (row->id.substr(0, 3) != family) {
      family = row->id.substr(0, 3);
      page += "\n## " + std::string(family) + ": " + std::string(families.at(family)) + "\n";
    }
    page += "\n**" + std::string(row->id) + "**" + (row->guards_execution ? " †" : "") + " (" +
            std::string(verify::severity_name(row->severity)) + "): " + std::string(row->title) + ".\n";
    page += "- Cause: " + std::string(row->cause) + ".\n";
    page += "- Effect: " + std::string(row->effect) + ".\n";
    page += "- Cure: " + std::string(row->cure) + ".\n";
  }
  return page;
}

std::vector<std::string> all_fixtures() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".fixture") names.push_back(entry.path().filename().string());
  }
  for (const auto& entry : fs::directory_iterator(kFolder + "/base")) {
    names.push_back("base/" + entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

int failures = 0;

void failed(const std::string& what, const std::string& why) {
  std::printf("FAILED %s: %s\n", what.c_str(), why.c_str());
  ++failures;
}

// Runs one fixture and adds the rules that it expects to `seen`.
void run(const std::string& name, bool rebasing, std::set<std::string>& seen) {
  const auto fixture = malformed::build_fixture(kFolder, name, kSchemas);
  if (!fixture) return failed(name, fixture.error().line());
  const std::vector<std::string> found = findings_of(*fixture);
  if (rebasing && found != fixture->expected) rebase(kFolder + "/" + name, found);
  const auto& expected = rebasing ? found : fixture->expected;
  for (const std::string& line : expected) {
    const auto space = line.find(' ');
    seen.insert(line.substr(space + 1, line.find(' ', space + 1) - space - 1));
  }
  // A fixture is named after the rule that it is for; what is good in the folder base breaks none.
  const std::string rule = name.substr(0, 6);
  const bool good = name.starts_with("base/") || name.starts_with("good_");
  if (good ? !expected.empty() : !seen.contains(rule)) failed(name, good ? "finds something" : "does not find " + rule);
  if (found == expected) return;
  failed(name, "the findings differ (--rebase accepts them)");
  for (const std::string& line : expected) {
    if (std::ranges::find(found, line) == found.end()) std::printf("  - %s\n", line.c_str());
  }
  for (const std::string& line : found) {
    if (std::ranges::find(expected, line) == expected.end()) std::printf("  + %s\n", line.c_str());
  }
}

int write_files(const std::string& name, const std::string& folder) {
  const auto fixture = malformed::build_fixture(kFolder, name, kSchemas);
  if (!fixture) {
    failed(name, fixture.error().line());
    return 1;
  }
  for (const malformed::BuiltFile& file : fixture->files) {
    if (!write_file(folder + "/" + file.name, file.bytes)) return 1;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> names(argv + 1, argv + argc);
  if (names.size() == 3 && names[0] == "--write") return write_files(names[1], names[2]);
  const bool rebasing = std::erase(names, "--rebase") > 0;
  const bool all = names.empty();
  if (all) names = all_fixtures();

  std::set<std::string> seen;
  for (const std::string& name : names) run(name, rebasing, seen);
  if (all) {
    for (const verify::Row* row : verify::catalogue()) {
      if (std::ranges::find(kElsewhere, row->id) != std::end(kElsewhere)) continue;
      if (!seen.contains(std::string(row->id))) failed(std::string(row->id), "no fixture expects it");
    }
    const std::string page = rules_page();
    if (rebasing) {
      fs::create_directories(fs::path(kRulesPage).parent_path());
      std::ofstream(kRulesPage) << page;
    } else if (read_text(kRulesPage) != page) {
      failed("docs/rules.md", "is not what the catalogue says (--rebase writes it)");
    }
  }
  std::printf("%zu fixtures, %d failed\n", names.size(), failures);
  return failures == 0 ? 0 : 1;
}
