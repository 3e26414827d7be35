// A check that older stb_image.h leaves out (it is in 2.29): without it such a file makes the decoder write beyond its
// tables.
#pragma once

#include "ptetool/base/bytes.h"

namespace ptetool {

// False: a Huffman table of a JPEG file claims more than 256 codes, which no file needs. Bytes that are no JPEG may
// give either answer.
bool huffman_tables_fit(ByteView bytes);

}  // namespace ptetool
