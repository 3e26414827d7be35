# Test programs of their own: each prints what it did and answers with its exit status.

ptetool_add_test_program(corpus_test tests/corpus/corpus_test.cc)
target_link_libraries(corpus_test PRIVATE nlohmann_json::nlohmann_json)
ptetool_add_test(NAME corpus COMMAND corpus_test LABELS corpus)

ptetool_add_test_program(damage_test tests/robustness/damage_test.cc)
ptetool_add_test(NAME damage LABELS damage TIMEOUT 900
  COMMAND damage_test
    testdata/linear/linear.pte@testdata/linear/linear.ptd
    testdata/linear/linear_xnnpack.pte@testdata/linear/linear_xnnpack.ptd)
ptetool_add_test_program(program_damage_test tests/robustness/program_damage_test.cc)
ptetool_add_test(NAME program_damage LABELS damage TIMEOUT 900
  COMMAND program_damage_test 1 100
    testdata/execution/control.bpte testdata/execution/lowered.bpte testdata/execution/merged.bpte
    testdata/operators/embedding.bpte testdata/operators/quantize.bpte testdata/models/perceptron.bpte)
# What several threads do at once. The thread sanitizer slows a program down tenfold: of the large ones it sees these.
if(PTETOOL_SANITIZE MATCHES "thread")
  ptetool_add_test(NAME threads LABELS threads TIMEOUT 900
    COMMAND ptetool_conformance "--source-file=*models_at_once*,*weight_store*,*packed_cache*")
  ptetool_add_test(NAME threads_unit LABELS threads TIMEOUT 900
    COMMAND ptetool_unit "--source-file=*threads_test*,*gemm_test*,*memory_pages*,*large_blocks*,*scratch*,*method_test*")
endif()
# XNNPACK is given damaged graphs: memory that it cannot have is an answer, not an abort.
set_property(TEST conformance program_damage APPEND PROPERTY ENVIRONMENT "ASAN_OPTIONS=allocator_may_return_null=1")
# A damaged size must not become an allocation: the files are small, 64 MiB beyond them is the limit.
set_property(TEST damage APPEND PROPERTY ENVIRONMENT
  "ASAN_OPTIONS=max_allocation_size_mb=65:allocator_may_return_null=1:detect_leaks=1")
foreach(_hook malformed cli)
  include(tests/${_hook}/${_hook}.cmake OPTIONAL)
endforeach()

# docs/operators.md says what is tested.
ptetool_add_test_program(ptetool_coverage tests/coverage/main.cc)
ptetool_add_test(NAME coverage COMMAND ptetool_coverage LABELS docs)

# Encodes texts for testdata/tokenizers/compare.py; no test by itself.
ptetool_add_test_program(ptetool_tokens tests/tokenizers/tokens.cc)
