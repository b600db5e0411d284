"""What bash, zsh and fish read to complete words of rawkit: each asks rawkit itself, and leaves files to the shell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_BASH: Final = r"""_rawkit_complete() {
    local words=("${COMP_WORDS[@]:1:COMP_CWORD}") word
    words[COMP_CWORD-1]=${words[COMP_CWORD-1]#[\'\"]}
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        if [[ $word == '<files>' ]]; then compopt -o default -o filenames; else COMPREPLY+=("$word"); fi
    done < <(_RAWKIT_COMPLETE=bash_complete "$1" "${words[@]}" 2>/dev/null)
}
complete -o nosort -F _rawkit_complete rawkit
"""
_ZSH: Final = r"""#compdef rawkit
_rawkit() {
    local line word help
    local -a found
    for line in "${(@f)$(_RAWKIT_COMPLETE=zsh_complete ${words[1]} "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        word=${line%%$'\t'*} help=${line#*$'\t'}
        if [[ $word == '<files>' ]]; then
            _files
        elif [[ -n $word ]]; then
            found+=("${word//:/\\:}${help:+:$help}")
        fi
    done
    (( $#found )) && _describe -V rawkit found
}
if [[ ${funcstack[1]} == _rawkit ]]; then _rawkit "$@"; else compdef _rawkit rawkit; fi
"""
_FISH: Final = r"""function __rawkit_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in (env _RAWKIT_COMPLETE=fish_complete $program $words "$current" 2>/dev/null)
        if string match -q '<files>*' -- $line
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete --command rawkit --no-files --keep-order --arguments '(__rawkit_complete)'
"""
SCRIPTS: Final = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def respond(asked: str, arguments: Sequence[str]) -> tuple[str, int]:
    """What a shell asks for by _RAWKIT_COMPLETE, and the exit code; a word a line, with a tab before what it means.

    >>> respond("bash_complete", ["sniff", "--format", "j"])
    ('json\\t\\n', 0)
    >>> respond("tcsh_source", [])[1]
    2
    """
    shell, _, what = asked.partition("_")
    if shell not in SCRIPTS or what not in ("source", "complete"):
        return "", 2
    if what == "source":
        return SCRIPTS[shell], 0
    from rawkit.cli.complete.answer import FILES, answer

    *words, current = arguments or [""]
    found = answer(words, current)
    if isinstance(found, str):
        return f"{FILES}\t\n", 0
    return "".join(f"{word.text}\t{word.help}\n" for word in found), 0
