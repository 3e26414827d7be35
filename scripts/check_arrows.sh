#!/bin/sh
# Holds the house's dependencies: which room of lib/ may include which, what a room hides, and what the library must not
# contain.
# Reads the #include lines; a room is the folder below lib/ or lib/include/ptetool/. Exit status 1 names each breach.
set -eu
cd "$(dirname "$0")/.."

# Room: the rooms it may include, besides itself.
table='
base:
format:  base
tensor:  base
link:    base format tensor
layout:  base format tensor link
ops:     base format tensor link
verify:  base format tensor link layout ops
runtime: base format tensor link layout ops verify compare
xnnpack: base format tensor link layout ops verify runtime
llm:     base format tensor link layout ops verify runtime
compare: base format tensor link layout
dedupe:  base format tensor link layout verify compare
cli:     base format tensor link layout ops verify runtime xnnpack llm compare dedupe
'

# What the library must not contain: a pattern, a colon, why.
banned='
<iostream>: the library does not print
(^|[^A-Za-z0-9_>.])(std::)?exit *[(]: the library does not end the process
getenv: the library does not read the environment
'

# Headers of other libraries that one room hides from all others: a pattern of the include, a colon, the room.
hidden='
flatbuffers/: format
_generated[.]h$: format
^xnnpack[.]h$: xnnpack
^sentencepiece: llm
'

# Casts between pointer types have one home.
cast_home=lib/include/ptetool/base/bytes.h

find lib cli \( -name '*.cc' -o -name '*.h' \) -print 2>/dev/null | sort |
  TABLE=$table BANNED=$banned HIDDEN=$hidden awk -v cast_home="$cast_home" '
    function breach(text) { printf "%s:%d: %s\n", file, line_number, text; breaches++ }

    # The room that a path (or an include) belongs to; empty for files that are in none, like version.h.
    function room_of(path, parts) {
      sub(/^lib\//, "", path)
      sub(/^include\//, "", path)
      sub(/^ptetool\//, "", path)
      if (split(path, parts, "/") < 2) return ""
      return parts[1]
    }

    BEGIN {
      count = split(ENVIRON["TABLE"], rows, "\n")
      for (i = 1; i <= count; i++) {
        if (rows[i] !~ /:/) continue
        fields = split(rows[i], names, /[: ]+/)
        known[names[1]] = 1
        for (j = 2; j <= fields; j++) if (names[j] != "") allowed[names[1], names[j]] = 1
      }
      count = split(ENVIRON["BANNED"], rows, "\n")
      for (i = 1; i <= count; i++) {
        if (!match(rows[i], /: [a-z ]*$/)) continue
        patterns[++bans] = substr(rows[i], 1, RSTART - 1)
        reasons[bans] = substr(rows[i], RSTART + 2)
      }
      count = split(ENVIRON["HIDDEN"], rows, "\n")
      for (i = 1; i <= count; i++) {
        if (split(rows[i], names, /: /) != 2) continue
        hidden[++hides] = names[1]
        home[hides] = names[2]
      }
    }

    {
      file = $0
      line_number = 0
      room = room_of(file)
      if (file ~ /^cli\//) room = "cli"
      if (room != "" && !(room in known)) { breach("room " room " is not in the table of scripts/check_arrows.sh"); room = "" }
      while ((getline line < file) > 0) {
        line_number++
        sub(/\/\/.*/, "", line)
        if (line ~ /^[ \t]*#[ \t]*include[ \t]*["<]/) {
          target = line
          sub(/^[^"<]*["<]/, "", target)
          sub(/[">].*/, "", target)
          other = room_of(target)
          if (target ~ /^cli\//) other = "cli"
          # The commands have folders of their own, and a system header may be in a folder: only rooms count.
          if (room != "" && other != room && (other in known) && !((room, other) in allowed))
            breach(room " must not include " other " (" target ")")
          for (i = 1; i <= hides; i++)
            if (target ~ hidden[i] && room != home[i]) breach(target " is for " home[i] " alone")
          # What others include must not lead inside, and a renderer knows reports, not commands.
          if (line ~ /"/ && file ~ /^lib\/include\// && target !~ /^ptetool\//)
            breach("a public header must not include " target)
          if (line ~ /"/ && file ~ /^cli\/render\// && target !~ /^(render|ptetool)\//)
            breach("a renderer must not include " target)
        }
        if (line ~ /reinterpret_cast/ && file != cast_home) breach("reinterpret_cast belongs into " cast_home)
        if (file ~ /^lib\//)
          for (i = 1; i <= bans; i++) if (line ~ patterns[i]) breach(reasons[i])
      }
      close(file)
      files++
    }

    END {
      printf "%d files, %d breaches\n", files, breaches
      exit breaches > 0
    }'
