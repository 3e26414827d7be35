# bash completion for ptetool
# Made from the option table by 'ptetool generate completions'; edit cli/commands/ instead.
_ptetool_words() { COMPREPLY=($(compgen -W "$1" -- "$current")); }
_ptetool_list() {
  local head=
  if [[ $current == *,* ]]; then head=${current%,*},; fi
  COMPREPLY=($(compgen -P "$head" -W "$1" -- "${current##*,}"))
}
_ptetool_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\n'
  COMPREPLY=($(compgen "$1" -- "$current"))
}

_ptetool() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command= word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      inspect|verify|run|diff|dedupe) command=$word; break ;;
    esac
  done
  case $previous in
    --color) _ptetool_words "auto always never"; return ;;
  esac
  case $command in
    inspect)
      case $previous in
        --data|-d) _ptetool_files -f; return ;;
        --show|-s) _ptetool_list "summary methods ops values tensors plan memory delegates data segments metadata bytes all"; return ;;
        --method|-m) COMPREPLY=(); return ;;
        --filter|-f) COMPREPLY=(); return ;;
        --sort) _ptetool_words "size name offset"; return ;;
        --top|-n) COMPREPLY=(); return ;;
        --offset) COMPREPLY=(); return ;;
        --extract) COMPREPLY=(); return ;;
        --output|-o) _ptetool_files -f; return ;;
      esac
      if [[ $current == -* ]]; then
        _ptetool_words "--data -d --show -s --method -m --filter -f --sort --top -n --offset --extract --selected-ops --dot --output -o --json --quiet -q --verbose -v --color --no-progress --help -h --version"
      else
        _ptetool_files -f
      fi ;;
    verify)
      case $previous in
        --data|-d) _ptetool_files -f; return ;;
        --explain) COMPREPLY=(); return ;;
      esac
      if [[ $current == -* ]]; then
        _ptetool_words "--data -d --checksums --no-checksums --strict --rules --explain --json --quiet -q --verbose -v --color --no-progress --help -h --version"
      else
        _ptetool_files -f
      fi ;;
    run)
      case $previous in
        --data|-d) _ptetool_files -f; return ;;
        --method|-m) COMPREPLY=(); return ;;
        --backend|-b) _ptetool_words "auto portable xnnpack"; return ;;
        --threads|-t) COMPREPLY=(); return ;;
        --warmup) COMPREPLY=(); return ;;
        --iterations) COMPREPLY=(); return ;;
        --duration) COMPREPLY=(); return ;;
        --profile-out) _ptetool_files -f; return ;;
        --max-memory) COMPREPLY=(); return ;;
        --packed-cache) _ptetool_files -d; return ;;
        --packed-cache-size) COMPREPLY=(); return ;;
        --input|-i) _ptetool_files -f; return ;;
        --call) COMPREPLY=(); return ;;
        --shape) COMPREPLY=(); return ;;
        --seed) COMPREPLY=(); return ;;
        --output-dir|-o) _ptetool_files -d; return ;;
        --output) _ptetool_files -f; return ;;
        --labels) _ptetool_files -f; return ;;
        --expect) _ptetool_files -f; return ;;
        --against) COMPREPLY=(); return ;;
        --rtol) COMPREPLY=(); return ;;
        --atol) COMPREPLY=(); return ;;
        --prompt) COMPREPLY=(); return ;;
        --tokenizer) _ptetool_files -f; return ;;
        --system) COMPREPLY=(); return ;;
        --perplexity) _ptetool_files -f; return ;;
        --stop) COMPREPLY=(); return ;;
        --prompt-ids) COMPREPLY=(); return ;;
        --prompt-tokens) COMPREPLY=(); return ;;
        --max-new-tokens) COMPREPLY=(); return ;;
        --temperature) COMPREPLY=(); return ;;
        --top-k) COMPREPLY=(); return ;;
        --top-p) COMPREPLY=(); return ;;
        --min-p) COMPREPLY=(); return ;;
        --repetition-penalty) COMPREPLY=(); return ;;
      esac
      if [[ $current == -* ]]; then
        _ptetool_words "--data -d --method -m --backend -b --threads -t --warmup --iterations --duration --memory --profile --profile-out --max-memory --checksums --no-checksums --packed-cache --packed-cache-size --input -i --call --shape --seed --output-dir -o --output --labels --expect --against --rtol --atol --prompt --tokenizer --chat --system --interactive --perplexity --stop --prompt-ids --prompt-tokens --max-new-tokens --ignore-eos --temperature --top-k --top-p --min-p --repetition-penalty --json --quiet -q --verbose -v --color --no-progress --help -h --version"
      else
        _ptetool_files -f
      fi ;;
    diff)
      case $previous in
        --data|-d) _ptetool_files -f; return ;;
        --only|-o) _ptetool_list "interface operators graph delegates weights memory metadata tests sizes cosmetic"; return ;;
        --method|-m) COMPREPLY=(); return ;;
        --rtol) COMPREPLY=(); return ;;
        --atol) COMPREPLY=(); return ;;
        --top|-n) COMPREPLY=(); return ;;
        --html) _ptetool_files -f; return ;;
      esac
      if [[ $current == -* ]]; then
        _ptetool_words "--data -d --brief -b --only -o --method -m --rtol --atol --top -n --html --json --quiet -q --verbose -v --color --no-progress --help -h --version"
      else
        _ptetool_files -f
      fi ;;
    dedupe)
      case $previous in
        --data|-d) _ptetool_files -f; return ;;
        --output-dir|-o) _ptetool_files -d; return ;;
        --data-name) COMPREPLY=(); return ;;
        --min-size) COMPREPLY=(); return ;;
        --key) _ptetool_words "content keep"; return ;;
        --threads|-t) COMPREPLY=(); return ;;
      esac
      if [[ $current == -* ]]; then
        _ptetool_words "--data -d --output-dir -o --data-name --group --inline --min-size --key --threads -t --check --json --quiet -q --verbose -v --color --no-progress --help -h --version"
      else
        _ptetool_files -f
      fi ;;
    *) _ptetool_words "inspect verify run diff dedupe --json --quiet -q --verbose -v --color --no-progress --help -h --version" ;;
  esac
}
complete -F _ptetool ptetool
