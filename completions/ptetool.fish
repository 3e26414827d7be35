# fish completion for ptetool
# Made from the option table by 'ptetool generate completions'; edit cli/commands/ instead.
complete -c ptetool -n __fish_use_subcommand -f -a inspect -d 'show what is in programs and data files'
complete -c ptetool -n __fish_use_subcommand -f -a verify -d 'prove that files are sound and belong together'
complete -c ptetool -n __fish_use_subcommand -f -a run -d 'execute a program'
complete -c ptetool -n __fish_use_subcommand -f -a diff -d 'tell two programs or data files apart'
complete -c ptetool -n __fish_use_subcommand -f -a dedupe -d 'store every weight of a set of files once'
complete -c ptetool -l json -d 'print one JSON document instead of text'
complete -c ptetool -s q -l quiet -d 'no warnings and notes, only errors'
complete -c ptetool -s v -l verbose -d 'show the columns and facts that are left out for brevity'
complete -c ptetool -l color -d 'colour the text' -x -a 'auto always never'
complete -c ptetool -l no-progress -d 'no progress bars'
complete -c ptetool -s h -l help -d 'show this help'
complete -c ptetool -l version -d 'show the versions of ptetool and of what it is made of'
complete -c ptetool -n '__fish_seen_subcommand_from inspect' -s d -l data -d 'a data file (.ptd) that serves every program on the line' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from inspect' -s s -l show -d 'views instead of the overview' -x -a '(__fish_append , summary methods ops values tensors plan memory delegates data segments metadata bytes all)'
complete -c ptetool -n '__fish_seen_subcommand_from inspect' -s m -l method -d 'only this method' -x
complete -c ptetool -n '__fish_seen_subcommand_from inspect' -s f -l filter -d 'only rows with a name that the regular expression (ECMAScript) finds a match in' -x
complete -c ptetool -n '__fish_seen_subcommand_from inspect' -l sort -d 'order of tables of weights and of bytes' -x -a 'size name offset'
complete -c ptetool -n '__fish_seen_subcommand_from inspect' -s n -l top -d 'at most N rows per table; 0: all' -x
complete -c ptetool -n '__fish_seen_subcommand_from inspect' -l offset -d 'what the byte at this offset (100, 0x64) belongs to: the row of --show bytes' -x
complete -c ptetool -n '__fish_seen_subcommand_from inspect' -l extract -d 'write one thing into --output: a tensor or key by its name, '\''constant 3'\'', '\''forward delegate 0'\'', '\''segment 2'\'', or the '\''program'\'' of a bundle' -x
complete -c ptetool -n '__fish_seen_subcommand_from inspect' -l selected-ops -d 'print the operators of the programs, with dtypes and dim orders, as ExecuTorch'\''s selective build reads them (selected_operators.yaml)'
complete -c ptetool -n '__fish_seen_subcommand_from inspect' -l dot -d 'print the program'\''s methods, or --method, as a graph for Graphviz'
complete -c ptetool -n '__fish_seen_subcommand_from inspect' -s o -l output -d 'where to write it, instead of to standard output; --extract: a .npy becomes an array' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from verify' -s d -l data -d 'a data file (.ptd) that serves every program on the line' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from verify' -l checksums -d 'recompute the SHA-256 that names of weights promise'
complete -c ptetool -n '__fish_seen_subcommand_from verify' -l no-checksums
complete -c ptetool -n '__fish_seen_subcommand_from verify' -l strict -d 'treat warnings as errors'
complete -c ptetool -n '__fish_seen_subcommand_from verify' -l rules -d 'list the rules instead of verifying'
complete -c ptetool -n '__fish_seen_subcommand_from verify' -l explain -d 'tell cause, effect and cure of a rule instead of verifying' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -s d -l data -d 'a data file (.ptd) that serves every program on the line' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from run' -s m -l method -d 'the method to execute; default: '\''forward'\'', or the first one' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -s b -l backend -d 'who computes' -x -a 'auto portable xnnpack'
complete -c ptetool -n '__fish_seen_subcommand_from run' -s t -l threads -d 'threads to compute with; default: one per core' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l warmup -d 'executions before those that are measured' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l iterations -d 'executions that are measured' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l duration -d 'measure at least so long, beyond --iterations' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l memory -d 'show the memory that the process holds: anonymous, of files, shared, and its peaks'
complete -c ptetool -n '__fish_seen_subcommand_from run' -l profile -d 'show where the time goes: per operator, delegate and node of a delegate, with -v per instruction'
complete -c ptetool -n '__fish_seen_subcommand_from run' -l profile-out -d 'write each instruction'\''s times: .json (Chrome trace, for Perfetto) or .etdp (ETDump)' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from run' -l max-memory -d 'refuse programs that plan more memory than this' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l checksums -d 'recompute the SHA-256 that names of weights promise before executing'
complete -c ptetool -n '__fish_seen_subcommand_from run' -l no-checksums
complete -c ptetool -n '__fish_seen_subcommand_from run' -l packed-cache -d 'keep packed weights in files here, so that the next start packs nothing; processes share them' -x -a '(__fish_complete_directories)'
complete -c ptetool -n '__fish_seen_subcommand_from run' -l packed-cache-size -d 'remove what was used longest ago when the files exceed this' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -s i -l input -d 'an input, in order, or NAME=SPEC, INDEX=SPEC: a .npy, .npz (FILE:KEY), .json or raw .bin file, a .png or .jpg picture (FILE:PRESET; imagenet, 0..1, -1..1 or raw), a literal such as 3 or [[1, 2]], or one of zeros, ones, arange, rand, randn; default: random' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from run' -l call -d 'one call with these inputs, separated by '\'';'\''; several calls keep the state of the method' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l shape -d 'the sizes of a dynamic input, such as 0=1,3,64,64' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l seed -d 'seed of random inputs, random prompts and of sampling' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -s o -l output-dir -d 'write each output as DIR/<index>.npy' -x -a '(__fish_complete_directories)'
complete -c ptetool -n '__fish_seen_subcommand_from run' -l output -d 'write all outputs into one .npz archive' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from run' -l labels -d 'names of classes, one per line: show the five best of each output that has as many values' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from run' -l expect -d 'what an output has to agree with, in order, or INDEX=SPEC: a .npy or .npz file, or any --input form' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from run' -l against -d 'run with the same inputs on another backend (portable, xnnpack), or another MODEL[@DATA], and compare' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l rtol -d 'relative tolerance; default: by type, 1e-5 for float32 (ExecuTorch'\''s runner allows 0.01)' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l atol -d 'absolute tolerance; default: by type, 1e-6 for float32 (ExecuTorch'\''s runner allows 0.01)' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l prompt -d 'a text to continue or, with --chat, to answer; @FILE: the text in a file; -: that on standard input' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l tokenizer -d 'the model'\''s tokenizer (tokenizer.json, tiktoken or sentencepiece .model, llama2.c .bin), or the folder that holds it; without it, prompts and answers are token ids' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from run' -l chat -d 'put the prompt into the model'\''s own chat template, found beside the tokenizer, or into that of a family: chatml, llama2, llama3, gemma, mistral, phi3 …'
complete -c ptetool -n '__fish_seen_subcommand_from run' -l system -d 'what the model is told before the conversation' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l interactive -d 'have a conversation: a line is a message, /help lists what else there is'
complete -c ptetool -n '__fish_seen_subcommand_from run' -l perplexity -d 'how well the text in a file is predicted (without --tokenizer: token ids)' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from run' -l stop -d 'end the answer before this text' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l prompt-ids -d 'token ids to continue, such as 1,2,3; @FILE: those in a file; -: those on standard input' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l prompt-tokens -d 'continue N random tokens (see --seed), to measure' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l max-new-tokens -d 'most tokens of the answer; default: what the context holds' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l ignore-eos -d 'do not stop at tokens that end a text'
complete -c ptetool -n '__fish_seen_subcommand_from run' -l temperature -d '0 takes the most probable token, 1 draws by the model'\''s probabilities, more evens them out' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l top-k -d 'draw from the N most probable tokens only; 0: from all' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l top-p -d 'draw from the fewest tokens that are as probable together' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l min-p -d 'draw from tokens at least so probable, as a part of the most probable one' -x
complete -c ptetool -n '__fish_seen_subcommand_from run' -l repetition-penalty -d 'make tokens that are there already less probable; 1: do not' -x
complete -c ptetool -n '__fish_seen_subcommand_from diff' -s d -l data -d 'a data file (.ptd) that serves every program on the line' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from diff' -s b -l brief -d 'one line per part that differs'
complete -c ptetool -n '__fish_seen_subcommand_from diff' -s o -l only -d 'compare only these parts; the exit status is about them' -x -a '(__fish_append , interface operators graph delegates weights memory metadata tests sizes cosmetic)'
complete -c ptetool -n '__fish_seen_subcommand_from diff' -s m -l method -d 'only this method' -x
complete -c ptetool -n '__fish_seen_subcommand_from diff' -l rtol -d 'relative tolerance within which the numbers of a weight are equal' -x
complete -c ptetool -n '__fish_seen_subcommand_from diff' -l atol -d 'absolute tolerance within which the numbers of a weight are equal' -x
complete -c ptetool -n '__fish_seen_subcommand_from diff' -s n -l top -d 'at most N rows per table; 0: all; default: 40, with --json all' -x
complete -c ptetool -n '__fish_seen_subcommand_from diff' -l html -d 'write the answer as one self-contained page, too, with the graphs drawn side by side' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from dedupe' -s d -l data -d 'a data file (.ptd) that serves every program on the line' -r -F
complete -c ptetool -n '__fish_seen_subcommand_from dedupe' -s o -l output-dir -d 'write the new files and manifest.json here; without it nothing is written' -x -a '(__fish_complete_directories)'
complete -c ptetool -n '__fish_seen_subcommand_from dedupe' -l data-name -d 'what the shared data file is called' -x
complete -c ptetool -n '__fish_seen_subcommand_from dedupe' -l group -d 'one shared data file per set of programs that use the same weights'
complete -c ptetool -n '__fish_seen_subcommand_from dedupe' -l inline -d 'the way back: put all that a program needs into the program'
complete -c ptetool -n '__fish_seen_subcommand_from dedupe' -l min-size -d 'leave smaller weights where they are' -x
complete -c ptetool -n '__fish_seen_subcommand_from dedupe' -l key -d 'names of delegate constants: the digest of the content, or as they are' -x -a 'content keep'
complete -c ptetool -n '__fish_seen_subcommand_from dedupe' -s t -l threads -d 'threads to hash with; default: one per core' -x
complete -c ptetool -n '__fish_seen_subcommand_from dedupe' -l check -d 'exit with status 1 if there is something to win; other names alone are nothing'
