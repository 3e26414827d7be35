// ptetool verify: runs the rule catalogue and shows the findings; --rules and --explain show the catalogue itself.
#include <algorithm>
#include <map>

#include "commands.h"
#include "console.h"
#include "models.h"
#include "progress.h"
#include "ptetool/base/text.h"
#include "ptetool/format/file_kind.h"
#include "ptetool/verify/verify.h"

namespace ptetool::cli {

namespace {

using report::Report;
using report::Section;
using verify::Severity;

constexpr std::string_view kSchema = "ptetool/verify/1";

void add_rule(Section& section, const verify::Row& row) {
  section.add("rule", "", std::string(row.id));
  section.add("severity", "severity", std::string(verify::severity_name(row.severity)));
  section.add("guards_execution", "guards execution", row.guards_execution);
  section.add("holds", "must hold", std::string(row.title));
  section.add("cause", "cause", std::string(row.cause));
  section.add("effect", "effect", std::string(row.effect));
  section.add("cure", "cure", std::string(row.cure));
}

Report rules_report() {
  Report report{std::string(kSchema), {}};
  report::Table table{
      "rules",
      "",
      {{"rule", "rule"}, {"severity", "severity"}, {"guards_execution", "guards", true}, {"holds", "what must hold"}},
      {},
      0};
  for (const verify::Row* row : verify::catalogue()) {
    table.rows.push_back({std::string(row->id), std::string(verify::severity_name(row->severity)),
                          row->guards_execution, std::string(row->title)});
  }
  report.root.tables.push_back(std::move(table));
  return report;
}

int explain(const std::vector<std::string>& names, Console& console) {
  Report report{std::string(kSchema), {}};
  for (std::string name : names) {
    std::ranges::transform(name, name.begin(),
                           [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c); });
    const verify::Row* row = verify::find_rule(name);
    if (!row) {
      console.error(ErrorCode::Usage, "there is no rule " + quoted(name) + "; 'ptetool verify --rules' lists them");
      return kExitTrouble;
    }
    Section section;
    section.id = "rules";
    section.listed = true;
    section.title = std::string(row->id);
    add_rule(section, *row);
    report.root.sections.push_back(std::move(section));
  }
  console.print(report);
  return kExitFine;
}

// Programs that share their data files are verified as one set; with data bound to single programs there are several.
Result<verify::Outcome> verify_all(const std::vector<ModelArgument>& arguments, const verify::Options& options) {
  std::map<std::vector<std::string>, std::vector<std::string>> sets;
  for (const ModelArgument& argument : arguments) sets[argument.data].push_back(argument.model);
  verify::Outcome all;
  for (const auto& [data, models] : sets) {
    PTETOOL_ASSIGN(verify::Outcome outcome, verify::verify_files(models, data, options));
    all.rules_run = std::max(all.rules_run, outcome.rules_run);
    for (verify::FileSummary& summary : outcome.files) {
      if (std::ranges::find(all.files, summary.file, &verify::FileSummary::file) == all.files.end())
        all.files.push_back(std::move(summary));
    }
    // A data file of several sets repeats its findings.
    for (verify::Finding& finding : outcome.findings) {
      const bool known = std::ranges::any_of(all.findings, [&](const verify::Finding& other) {
        return other.rule == finding.rule && other.file == finding.file && other.path == finding.path &&
               other.message == finding.message;
      });
      if (!known) all.findings.push_back(std::move(finding));
    }
  }
  std::ranges::stable_sort(all.findings, {}, &verify::Finding::severity);
  return all;
}

std::string finding_line(const verify::Finding& finding) {
  const Error as_error =
      fail(ErrorCode::Malformed, finding.file, finding.path, finding.message, finding.offset).value();
  std::string line = std::string(verify::severity_name(finding.severity)) + " " + std::string(finding.rule->id) + ": " +
                     as_error.line();
  if (finding.count > 1) line += " (" + counted(finding.count, "time") + ")";
  return line;
}

Section finding_section(const verify::Finding& finding) {
  Section section;
  section.id = "findings";
  section.listed = true;
  section.title = finding_line(finding);
  section.add("rule", "", std::string(finding.rule->id));
  section.add("severity", "", std::string(verify::severity_name(finding.severity)));
  section.add("file", "", finding.file);
  section.add("path", "", finding.path);
  section.add("offset", "",
              finding.offset ? report::Cell(report::Offset{*finding.offset}) : report::Cell(report::Absent{}));
  section.add("message", "", finding.message);
  section.add("count", "", finding.count);
  return section;
}

std::string kind_words(const std::string& id) {
  for (int kind = 0; kind <= static_cast<int>(FileKind::Unknown); ++kind) {
    if (kind_id(static_cast<FileKind>(kind)) == id) return std::string(describe(static_cast<FileKind>(kind)));
  }
  return id;
}

std::string verdict(std::uint64_t errors, std::uint64_t warnings, std::uint64_t notes) {
  if (errors + warnings + notes == 0) return "sound";
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view word) {
    if (count != 0) text += (text.empty() ? "" : ", ") + counted(count, word);
  };
  add(errors, "error");
  add(warnings, "warning");
  add(notes, "note");
  return errors == 0 ? "sound, " + text : text;
}

std::string verdict_of(const verify::Outcome& outcome, const std::string& file) {
  std::uint64_t counts[3] = {};
  for (const verify::Finding& finding : outcome.findings) {
    if (finding.file == file) ++counts[static_cast<std::size_t>(finding.severity)];
  }
  return verdict(counts[0], counts[1], counts[2]);
}

Report outcome_report(const verify::Outcome& outcome, bool only_errors) {
  Report report{std::string(kSchema), {}};
  Section& root = report.root;
  root.add("sound", "", outcome.sound());
  root.add("errors", "", outcome.count(Severity::Error));
  root.add("warnings", "", outcome.count(Severity::Warning));
  root.add("notes", "", outcome.count(Severity::Note));
  root.add("rules_run", "", outcome.rules_run);
  report::Table files{"files",
                      "",
                      {{"file", ""},
                       {"kind", "", true},
                       {"kind_name", ""},
                       {"verdict", ""},
                       {"checksums_verified", "", true},
                       {"checksums_skipped", "", true},
                       {"checksums", ""}},
                      {},
                      0};
  for (const verify::FileSummary& summary : outcome.files) {
    std::string checksums;
    if (summary.checksums_verified != 0) checksums = counted(summary.checksums_verified, "checksum") + " recomputed";
    if (summary.checksums_skipped != 0) {
      checksums += (checksums.empty() ? "" : ", ") + counted(summary.checksums_skipped, "checksum") + " skipped";
    }
    files.rows.push_back({summary.file, summary.kind, kind_words(summary.kind), verdict_of(outcome, summary.file),
                          summary.checksums_verified, summary.checksums_skipped, std::move(checksums)});
  }
  if (!only_errors) root.tables.push_back(std::move(files));
  root.tables.push_back({"findings", "", {}, {}, 0});  // an empty list where there are none
  for (const verify::Finding& finding : outcome.findings) {
    if (!only_errors || finding.severity == Severity::Error) root.sections.push_back(finding_section(finding));
  }
  return report;
}

}  // namespace

int verify_command(const Options& options, Console& console) {
  if (options.on("rules")) {
    console.print(rules_report());
    return kExitFine;
  }
  if (options.given("explain")) return explain(options.list("explain"), console);
  if (options.arguments().empty()) {
    console.error(ErrorCode::Usage, "no FILE given; see 'ptetool verify --help'");
    return kExitTrouble;
  }
  const auto arguments = parse_model_arguments(options.arguments(), options.list("data"));
  if (!arguments) {
    console.error(arguments.error());
    return kExitTrouble;
  }
  verify::Options wanted;
  wanted.strict = options.on("strict");
  if (const auto checksums = options.yes_no("checksums")) {
    wanted.checksums = *checksums ? verify::Checksums::On : verify::Checksums::Off;
  }
  const auto outcome = [&] {
    ProgressBar bar(console.progress(), "checksums");
    wanted.progress = [&bar](std::uint64_t done, std::uint64_t total) { bar.update(done, total); };
    return verify_all(*arguments, wanted);
  }();
  if (!outcome) {
    console.error(outcome.error());
    return kExitTrouble;
  }
  console.print(outcome_report(*outcome, console.quiet() && !console.json()));
  return outcome->sound() ? kExitFine : kExitNo;
}

}  // namespace ptetool::cli
