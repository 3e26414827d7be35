# What users see: transcripts of commands, and what is made from the option table.

ptetool_add_test(NAME cli_transcripts COMMAND sh tests/cli/transcripts.sh LABELS cli)
ptetool_add_test(NAME cli_generated COMMAND sh tests/cli/generated.sh LABELS cli)
