// Averages of pooling, bit for bit eager's: a window is added up from its first element to its last in the type that is
// computed in, then divided. Such a sum is a chain, so eight windows are added up at once: neighbours in a row where
// they are alike, else the next ones of the same size.
#pragma once

#include "ops/pool_windows.h"

namespace ptetool::ops {

template <class C>
class Averages {
 public:
  // `divisor` 0: that of the windows.
  Averages(const Image& image, const Windows& windows, std::int64_t divisor)
      : image_(image), windows_(windows), divisor_(divisor), lanes_(lanes_of(image)) {
    const std::vector<Window>& w = windows.of[2];
    for (std::size_t i = 0; i < w.size();) {
      Run run{i, 1, i + 1 < w.size() ? w[i + 1].begin - w[i].begin : 0};
      while (i + run.count < w.size() && alike(w[i], w[i + run.count]) &&
             w[i + run.count].begin - w[i + run.count - 1].begin == run.stride)
        ++run.count;
      runs_.push_back(run);
      i += run.count;
    }
  }

  // Rows `begin` to `end` of the results of all planes.
  void rows(std::int64_t begin, std::int64_t end, const C* in, C* out) const {
    const auto width = static_cast<std::int64_t>(windows_.of[2].size());
    const bool few = lanes_ < static_cast<std::int64_t>(kAtOnce);
    Group group;
    for (std::int64_t r = begin; r < end; ++r) {
      const PoolRow row = pool_row(r, windows_);
      const Window& d = windows_.of[0][static_cast<std::size_t>(row.depth)];
      const Window& h = windows_.of[1][static_cast<std::size_t>(row.height)];
      const std::int64_t first = (row.plane * image_.size[0] + d.begin) * image_.size[1] + h.begin;
      const C* from = in + first * image_.size[2] * lanes_;
      C* to = out + r * width * lanes_;
      for (const Run& run : runs_) {
        const Window* w = &windows_.of[2][run.first];
        C* place = to + static_cast<std::int64_t>(run.first) * lanes_;
        if (lanes_ == 1 && run.count >= kAtOnce) {
          neighbours({&d, &h, w}, run, from + w->begin, place);
          continue;
        }
        for (std::size_t i = 0; i < run.count; ++i, ++w, place += lanes_) {
          if (few) {
            for (std::int64_t c = 0; c < lanes_; ++c)
              add_to(group, {&d, &h, w}, from + w->begin * lanes_ + c, place + c);
          } else {
            many({&d, &h, w}, from + w->begin * lanes_, place);
          }
        }
      }
    }
    finish(group);
  }

 private:
  static constexpr std::size_t kAtOnce = 8;

  using Box = std::array<const Window*, 3>;
  // Windows of a row that differ in nothing but where they begin.
  struct Run {
    std::size_t first, count;
    std::int64_t stride;
  };
  // Windows of one size.
  struct Group {
    std::size_t count = 0;
    std::array<Box, kAtOnce> boxes{};
    std::array<const C*, kAtOnce> from{};
    std::array<C*, kAtOnce> to{};
  };

  static bool alike(const Window& a, const Window& b) { return a.count == b.count && a.divisor == b.divisor; }

  void add_to(Group& group, const Box& box, const C* from, C* to) const {
    const Box& first = group.boxes[0];
    if (group.count == kAtOnce ||
        (group.count > 0 &&
         (first[0]->count != box[0]->count || first[1]->count != box[1]->count || first[2]->count != box[2]->count)))
      finish(group);
    group.boxes[group.count] = box;
    group.from[group.count] = from;
    group.to[group.count++] = to;
  }

  void finish(Group& group) const {
    if (group.count == 0) return;
    std::fill(group.from.begin() + static_cast<std::ptrdiff_t>(group.count), group.from.end(), group.from[0]);
    std::array<C, kAtOnce> sums{};
    each_place(group.boxes[0], [&](std::int64_t at) {
      for (std::size_t q = 0; q < kAtOnce; ++q) sums[q] = plus(sums[q], group.from[q][at]);
    });
    for (std::size_t q = 0; q < group.count; ++q) divide(group.boxes[q], &sums[q], 1, group.to[q]);
    group.count = 0;
  }

  // The last windows are computed again where their number is not a multiple.
  void neighbours(const Box& box, const Run& run, const C* from, C* to) const {
    const auto each = [&](auto stride) {
      for (std::size_t i = 0; i < run.count; i += kAtOnce) {
        const auto first = static_cast<std::int64_t>(std::min(i, run.count - kAtOnce));
        const C* x = from + first * stride;
        std::array<C, kAtOnce> sums{};
        each_place(box, [&](std::int64_t at) {
          for (std::size_t q = 0; q < kAtOnce; ++q)
            sums[q] = plus(sums[q], x[at + static_cast<std::int64_t>(q) * stride]);
        });
        divide(box, sums.data(), kAtOnce, to + first);
      }
    };
    if (run.stride == 1)
      each(std::integral_constant<std::int64_t, 1>());
    else if (run.stride == 2)
      each(std::integral_constant<std::int64_t, 2>());
    else
      each(run.stride);
  }

  // The channels of one position of an interleaved image.
  void many(const Box& box, const C* from, C* to) const {
    std::fill_n(to, lanes_, C{});
    each_place(box, [&](std::int64_t at) {
      const C* x = from + at;
      for (std::int64_t c = 0; c < lanes_; ++c) to[c] = plus(to[c], x[c]);
    });
    divide(box, to, lanes_, to);
  }

  // Calls f with how far each element of a window is from its first.
  template <class F>
  void each_place(const Box& box, const F& f) const {
    const std::int64_t step = windows_.step[2] * lanes_;
    for (std::int64_t i = 0; i < box[0]->count; ++i) {
      for (std::int64_t j = 0; j < box[1]->count; ++j) {
        const std::int64_t row = i * windows_.step[0] * image_.size[1] + j * windows_.step[1];
        const std::int64_t at = row * image_.size[2] * lanes_;
        for (std::int64_t k = 0; k < box[2]->count; ++k) f(at + k * step);
      }
    }
  }

  void divide(const Box& box, const C* sums, std::int64_t count, C* to) const {
    const auto [d, h, w] = box;
    if (d->count == 0 || h->count == 0 || w->count == 0) {
      std::fill_n(to, count, C{});  // even where the divisor is 0
    } else if (windows_.divided_in_turn && divisor_ == 0) {
      for (std::int64_t c = 0; c < count; ++c)
        to[c] = divided(divided(divided(sums[c], d->divisor), h->divisor), w->divisor);
    } else {
      const std::int64_t all = divisor_ != 0 ? divisor_ : d->divisor * h->divisor * w->divisor;
      for (std::int64_t c = 0; c < count; ++c) to[c] = divided(sums[c], all);
    }
  }

  static C divided(C sum, std::int64_t divisor) {
    if constexpr (std::is_same_v<C, std::int64_t>) {
      return divisor == -1 ? minus<C>(0, sum) : sum / divisor;
    } else {
      return sum / static_cast<C>(divisor);
    }
  }

  const Image& image_;
  const Windows& windows_;
  std::int64_t divisor_, lanes_;
  std::vector<Run> runs_;
};

template <class C>
void average(const Call& call, const Image& image, const Windows& windows, std::int64_t divisor, const C* in, C* out) {
  const Spatial extents = windows.extents();
  const Averages<C> averages(image, windows, divisor);
  call.parallel(planes_of(image) * extents[0] * extents[1], windows.row_cost(image),
                [&](std::int64_t begin, std::int64_t end) { averages.rows(begin, end, in, out); });
}

}  // namespace ptetool::ops
