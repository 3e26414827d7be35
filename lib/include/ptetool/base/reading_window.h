// Keeps what a large part of a mapped file takes of memory small while somebody reads it: from front to back, or
// here and there.
#pragma once

#include <memory>

#include "ptetool/base/file.h"

namespace ptetool {

// While it lives, pages of the part go back to the system all the time; those that are still needed come back
// from the system's cache. Small parts are left alone.
class ReadingWindow {
 public:
  enum class Reads { InOrder, Scattered };  // scattered: the system maps much more than is read

  ReadingWindow(const File& file, ByteView part, Reads reads);
  ~ReadingWindow();
  ReadingWindow(const ReadingWindow&) = delete;
  ReadingWindow& operator=(const ReadingWindow&) = delete;

 private:
  struct Sweeper;
  std::unique_ptr<Sweeper> sweeper_;  // null: nothing to do
};

}  // namespace ptetool
