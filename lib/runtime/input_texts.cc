// Names first, then numbers. The values of a file are assigned by their own names, by numpy.savez's ("arr_0"), or in
// order where no input has any of their names.
#include "runtime/input_texts.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "ptetool/base/text.h"

namespace ptetool {

namespace {

using Sources = std::vector<std::optional<InputSource>>;

class Assignment {
 public:
  explicit Assignment(const Method& method) : method_(method), sources_(method.inputs().size()) {}

  Result<> add(const std::string& text) {
    std::optional<std::size_t> target;
    std::string rest = text;
    if (const auto equals = text.find('='); equals != std::string::npos && equals > 0) {
      PTETOOL_ASSIGN(target, find_input(method_, text.substr(0, equals)));
      if (target) rest = text.substr(equals + 1);
    }
    PTETOOL_ASSIGN(InputSource source, InputSource::open(rest));
    const auto names = source.names();
    if (target || names.empty()) return put(target, std::move(source));
    for (std::size_t i = 0; i < names.size(); ++i) {
      PTETOOL_ASSIGN(const auto own, input_of(names[i], names));
      PTETOOL_CHECK(put(own, source.part(i)));
    }
    return {};
  }

  Sources take() { return std::move(sources_); }

 private:
  // Which input a value of a file is for: the one of its name; else of its number, which numpy.savez writes as "arr_0";
  // else the next one, where no value has a name that an input has.
  Result<std::optional<std::size_t>> input_of(const std::string& name, std::span<const std::string> all) const {
    constexpr std::string_view kUnnamed = "arr_";
    PTETOOL_ASSIGN(auto found, find_input(method_, name.starts_with(kUnnamed) ? name.substr(kUnnamed.size()) : name));
    if (found) return found;
    const bool named = std::ranges::any_of(all, [&](const std::string& other) {
      return std::ranges::find(method_.inputs(), other, &ValueInfo::name) != method_.inputs().end();
    });
    if (!named) return std::nullopt;
    std::vector<std::string> known;
    for (const ValueInfo& info : method_.inputs()) known.push_back(info.name);
    return fail(ErrorCode::Usage, "method " + quoted(method_.name()) + " has no input " + quoted(name) + "; it has " +
                                      name_list(known, 8));
  }

  Result<> put(std::optional<std::size_t> target, InputSource source) {
    if (!target) {
      while (next_ < sources_.size() && sources_[next_]) ++next_;
      target = next_;
    }
    if (*target >= sources_.size()) {
      return fail(ErrorCode::Usage, "more inputs are given than method " + quoted(method_.name()) + " has (" +
                                        std::to_string(sources_.size()) + ")");
    }
    if (sources_[*target]) return fail(ErrorCode::Usage, "input " + std::to_string(*target) + " is given twice");
    sources_[*target] = std::move(source);
    return {};
  }

  const Method& method_;
  Sources sources_;
  std::size_t next_ = 0;
};

}  // namespace

Result<std::optional<std::size_t>> find_input(const Method& method, std::string_view name) {
  const auto inputs = method.inputs();
  const auto named = std::ranges::find(inputs, name, &ValueInfo::name);
  if (named != inputs.end() && !name.empty()) return static_cast<std::size_t>(named - inputs.begin());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  if (number >= inputs.size()) {
    return fail(ErrorCode::Usage, "input " + std::string(name) + " does not exist; method " + quoted(method.name()) +
                                      " has " + counted(inputs.size(), "input"));
  }
  return number;
}

Result<std::vector<std::optional<InputSource>>> assign_texts(const Method& method, std::span<const std::string> texts) {
  Assignment assignment(method);
  for (const std::string& text : texts) PTETOOL_CHECK(assignment.add(text));
  return assignment.take();
}

Failure about_input(std::size_t index, Error error) {
  const std::string where = "input " + std::to_string(index);
  error.path = error.path.empty() || error.path == where ? where : where + "." + error.path;
  return Failure(std::move(error));
}

}  // namespace ptetool
