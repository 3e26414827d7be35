// Values for the inputs of a method: made by generators, from literals and arrays, and held against what the method
// expects.
#include "ptetool/tensor/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "ptetool/base/text.h"
#include "ptetool/tensor/npy.h"
#include "tensor/element_types.h"
#include "tensor/input_values.h"

namespace ptetool {

namespace {

using Kind = InputExpectation::Kind;

Result<> check_shape(const Sizes& sizes, const InputExpectation& expected) {
  const auto mismatch = [&](std::string_view why) {
    return fail(ErrorCode::Mismatch,
                fmt::format("has the shape {}, the method expects {}{}{}", shape_text(sizes.span()),
                            expected.dynamic ? "at most " : "", shape_text(expected.sizes.span()), why));
  };
  if (sizes.size() != expected.sizes.size()) return mismatch(" (another rank)");
  if (!expected.dynamic) {
    if (sizes != expected.sizes) return mismatch("");
    return {};
  }
  const auto count = checked_numel(sizes.span());
  const auto bound = checked_numel(expected.sizes.span());
  if (!count || !bound || *count > *bound) return mismatch(" (more elements in all)");
  return {};
}

// Elements in C order, which is the memory order of a new tensor. `make` is called with the element type and the index.
template <class Make>
void fill(Tensor& tensor, Make&& make) {
  element::visit_type(tensor.dtype, [&]<class T>(std::type_identity<T> type) {
    const std::int64_t count = tensor.numel();
    for (std::int64_t i = 0; i < count; ++i) element::store_at<T>(tensor, i, make(type, i));
  });
}

template <class T>
inline constexpr bool is_real_or_complex = !std::is_integral_v<T> && !std::is_same_v<T, element::Boolean>;

// Both parts of a complex element are drawn, the real one first.
template <class T, class Draw>
T draw_element(Draw&& draw) {
  T value = element::from_double<T>(draw());
  if constexpr (element::is_complex<T>) value.imaginary = element::from_double<decltype(T::imaginary)>(draw());
  return value;
}

void fill_uniform(Tensor& tensor, SeededRandom& random) {
  fill(tensor, [&]<class T>(std::type_identity<T>, std::int64_t) {
    if constexpr (is_real_or_complex<T>) {
      return draw_element<T>([&] { return random.uniform(); });
    } else {
      return element::from_double<T>(static_cast<double>(random.next() % (std::is_integral_v<T> ? 10 : 2)));
    }
  });
}

void fill_normal(Tensor& tensor, SeededRandom& random) {
  fill(tensor, [&]<class T>(std::type_identity<T>, std::int64_t index) {
    if constexpr (is_real_or_complex<T>) {
      return draw_element<T>([&] { return random.normal(); });
    } else {
      return element::from_double<T>(static_cast<double>(std::is_integral_v<T> ? random.next() % 10 : index & 1));
    }
  });
}

Result<> fill_counting(Tensor& tensor) {
  const std::int64_t count = tensor.numel();
  if (count == 0) return {};
  // If the last number fits, all before it do.
  PTETOOL_CHECK(store_item(count - 1, tensor, count - 1));
  fill(tensor, []<class T>(std::type_identity<T>, std::int64_t index) {
    return element::from_double<T>(static_cast<double>(index));
  });
  return {};
}

Result<> fill_ones(Tensor& tensor) {
  fill(tensor, []<class T>(std::type_identity<T>, std::int64_t) { return element::from_double<T>(1); });
  return {};
}

struct Generator {
  std::string_view name;
  Result<> (*fill)(Tensor&, SeededRandom&);
};

constexpr Generator kGenerators[] = {
    {"zeros", [](Tensor&, SeededRandom&) -> Result<> { return {}; }},
    {"ones", [](Tensor& tensor, SeededRandom&) { return fill_ones(tensor); }},
    {"arange", [](Tensor& tensor, SeededRandom&) { return fill_counting(tensor); }},
    {"rand",
     [](Tensor& tensor, SeededRandom& random) -> Result<> {
       fill_uniform(tensor, random);
       return {};
     }},
    {"randn",
     [](Tensor& tensor, SeededRandom& random) -> Result<> {
       fill_normal(tensor, random);
       return {};
     }},
};

Result<InputValue> tensor_from(const Literal& literal, const InputExpectation& expected) {
  if (!literal.is_list &&
      (std::holds_alternative<Null>(literal.items[0]) || std::holds_alternative<std::string>(literal.items[0]))) {
    return fail(ErrorCode::Mismatch, "is no tensor, which the method expects");
  }
  if (literal.is_list) PTETOOL_CHECK(check_shape(literal.sizes, expected));
  PTETOOL_ASSIGN(OwnedTensor owned, allocate_tensor(expected.dtype, literal.is_list ? literal.sizes : expected.sizes));
  Tensor& tensor = owned.tensor;
  const std::int64_t count = tensor.numel();
  if (literal.is_list) {
    for (std::int64_t i = 0; i < count; ++i) {
      PTETOOL_CHECK(store_item(literal.items[static_cast<std::size_t>(i)], tensor, i));
    }
  } else if (count > 0) {
    PTETOOL_CHECK(store_item(literal.items[0], tensor, 0));
    fill(tensor, [&]<class T>(std::type_identity<T>, std::int64_t) { return element::load_at<T>(tensor, 0); });
  }
  return InputValue(std::move(owned));
}

// A bool, int or float input, through an element of the dtype with the same range.
Result<InputValue> scalar_from(const LiteralItem& item, Kind kind) {
  if (kind == Kind::Null && std::holds_alternative<Null>(item)) return InputValue();
  if (kind == Kind::String && std::holds_alternative<std::string>(item)) return InputValue(std::get<std::string>(item));
  if (kind == Kind::Bool || kind == Kind::Int || kind == Kind::Double) {
    const ScalarType dtype = kind == Kind::Bool  ? ScalarType::Bool
                             : kind == Kind::Int ? ScalarType::Long
                                                 : ScalarType::Double;
    double room = 0;
    Tensor element = make_tensor(dtype, {});
    element.data = &room;
    if (store_item(item, element, 0)) {
      if (kind == Kind::Bool) return InputValue(element::load_at<element::Boolean>(element, 0).byte != 0);
      if (kind == Kind::Int) return InputValue(element::load_at<std::int64_t>(element, 0));
      return InputValue(room);
    }
  }
  return fail(ErrorCode::Mismatch, fmt::format("is not {}, which the method expects", input_kind_name(kind)));
}

}  // namespace

std::string_view input_kind_name(Kind kind) {
  switch (kind) {
    case Kind::Null: return "null";
    case Kind::Bool: return "a bool";
    case Kind::Int: return "an int";
    case Kind::Double: return "a float";
    case Kind::String: return "a string";
    case Kind::Tensor: break;
  }
  return "a tensor";
}

Result<InputValue> value_from_literal(const Literal& literal, const InputExpectation& expected) {
  if (expected.kind == Kind::Tensor) return tensor_from(literal, expected);
  if (literal.is_list) {
    return fail(ErrorCode::Mismatch, fmt::format("is a list, the method expects {}", input_kind_name(expected.kind)));
  }
  return scalar_from(literal.items[0], expected.kind);
}

std::optional<Result<InputValue>> value_from_generator(std::string_view name, const InputExpectation& expected,
                                                       SeededRandom& random) {
  const auto* generator = std::find_if(std::begin(kGenerators), std::end(kGenerators),
                                       [&](const Generator& row) { return row.name == name; });
  if (generator == std::end(kGenerators)) return std::nullopt;
  if (expected.kind != Kind::Tensor) {
    return fail(ErrorCode::Mismatch,
                fmt::format("makes a tensor, the method expects {}", input_kind_name(expected.kind)));
  }
  auto owned = allocate_tensor(expected.dtype, expected.sizes);
  if (!owned) return forward_error(std::move(owned));
  if (auto filled = generator->fill(owned->tensor, random); !filled) return forward_error(std::move(filled));
  return InputValue(std::move(*owned));
}

Result<OwnedTensor> convert_input(OwnedTensor array, const InputExpectation& expected, const std::string& name) {
  Tensor& tensor = array.tensor;
  const ScalarType carrier = npy_carrier(expected.dtype);
  if (tensor.dtype != expected.dtype && tensor.dtype != carrier) {
    const std::string wanted = dtype_name(carrier);
    const std::string cure = carrier == expected.dtype ? fmt::format("save it with arr.astype('{}')", wanted)
                                                       : fmt::format("save its bit patterns as {}", wanted);
    return fail(
        ErrorCode::Mismatch, name, "",
        fmt::format("holds {}, the method expects {}; {}", dtype_name(tensor.dtype), dtype_name(expected.dtype), cure));
  }
  if (auto fits = check_shape(tensor.sizes, expected); !fits) {
    fits.error().file = name;
    return forward_error(std::move(fits));
  }
  tensor.dtype = expected.dtype;
  return array;
}

Result<InputValue> random_input(const InputExpectation& expected, SeededRandom& random) {
  switch (expected.kind) {
    case Kind::Null: return InputValue();
    case Kind::Bool: return InputValue(false);
    case Kind::Int: return InputValue(std::int64_t{0});
    case Kind::Double: return InputValue(0.0);
    case Kind::String: return InputValue(std::string());
    case Kind::Tensor: break;
  }
  PTETOOL_ASSIGN(OwnedTensor owned, allocate_tensor(expected.dtype, expected.sizes));
  fill_normal(owned.tensor, random);
  return InputValue(std::move(owned));
}

}  // namespace ptetool
