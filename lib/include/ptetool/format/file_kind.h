// What a file is, from its content alone (design 1.1): our kinds, and the strangers that people confuse with them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ptetool/base/bytes.h"
#include "ptetool/base/file.h"
#include "ptetool/base/result.h"

namespace ptetool {

enum class FileKind {
  // ours
  Program,
  DataFile,
  BundledProgram,
  EtDump,
  XnnpackBlob,
  XnnpackWeightCache,
  PackedWeights,
  // known, but not for us
  Safetensors,
  Gguf,
  Onnx,
  TorchZip,
  Zip,
  TorchPickle,
  Tflite,
  Html,
  GitLfsPointer,
  Json,
  Numpy,
  OtherFlatbuffer,
  CoreMl,
  Text,
  Empty,
  Unknown,
};

FileKind identify(ByteView bytes);
// Short words: "ExecuTorch program (PTE)", "safetensors file".
std::string_view describe(FileKind kind);
// The same with its article, for sentences: "an ExecuTorch program (PTE)", "a safetensors file".
std::string described(FileKind kind);
// A stable id for JSON: "pte", "ptd", "bpte", "etdump", "xnnpack_blob", "xnnpack_weight_cache", "safetensors" …
std::string_view kind_id(FileKind kind);
bool readable(FileKind kind);  // one of ours
// The error for a file that none of our readers takes, with what it is and what to do about it.
Error stranger_error(const File& file, FileKind kind);

}  // namespace ptetool
