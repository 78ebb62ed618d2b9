"""Shell commands in a notebook: which of them are run while it is graded.

There is no network and no graphics card, and a server would never end. What
needs one of them is left out of a command line, together with what was to run
after its success; the rest of the line runs.
"""

import codecs
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePath
from typing import Any

from ..notes import note

_NEEDS_WHAT_IS_NOT_HERE = """
    7z apk apt apt-get aptitude aria2c aws brew bun conda curl deno dnf docker dpkg easy_install
    ensurepip gcloud gdown gh gsutil hf huggingface-cli jupyter kaggle mamba micromamba npm npx
    nvcc nvidia-smi nvtop ngrok pacman ping pip pip3 pipenv pipx poetry rclone rocm-smi rsync scp
    snap ssh tensorboard uv uvx wandb wget yarn youtube-dl yt-dlp yum
"""

UNAVAILABLE = frozenset(_NEEDS_WHAT_IS_NOT_HERE.split())
"""Programs, and Python modules run with `-m`, that cannot do anything useful here."""

GIT_REMOTE = frozenset({"clone", "fetch", "lfs", "ls-remote", "pull", "push", "submodule"})

UNPACKERS = frozenset({"bunzip2", "gunzip", "tar", "unrar", "unxz", "unzip"})

ARCHIVES = (
    "*.zip",
    "*.tar",
    "*.tar.*",
    "*.tgz",
    "*.tbz2",
    "*.txz",
    "*.gz",
    "*.bz2",
    "*.xz",
    "*.rar",
)

_BEFORE_A_PROGRAM = "sudo time nohup env exec command xargs do then else if while until ! { ("

_PREFIXES = frozenset(_BEFORE_A_PROGRAM.split())

_TOKEN = re.compile(
    r"""
    '[^\']*\' | "(?:\\.|[^"\\])*" | \\.          # quoted
    | [<>]& | &>                             # a redirection, not the end of a command
    | && | \|\| | [;&|\n]                    # between commands
    | [^'"\\;&|\n<>]+ | .
    """,
    re.VERBOSE | re.DOTALL,
)

# A loop, a condition, a function, a here-document or a substitution is kept or left out whole.
_COMPOUND = re.compile(r"(?:^|[;\n&|])\s*(?:for|while|until|if|case|function|[({])\s*\b|<<|\$\(|`")


def install(shell: Any) -> None:
    """Leave out of `!command`, `!!command` and `x = !command` what cannot work here.

    What is left out is noted once and counts as having succeeded with no
    output. `shell` is the IPython shell.
    """

    def system(cmd: str) -> None:
        """Run `cmd` in a subprocess, apart from what cannot work while a notebook is graded."""
        command = allowed(shell.var_expand(cmd, depth=1))
        shell.user_ns["_exit_code"] = 0
        if command:
            shell.user_ns["_exit_code"] = _run(_printed, command)

    def getoutput(cmd: str, split: bool = True, depth: int = 0) -> Any:
        """Return the output of `cmd`, apart from what cannot work while a notebook is graded."""
        from IPython.utils.process import getoutput as output_of  # noqa: PLC0415  # start-up cost
        from IPython.utils.text import LSString, SList  # noqa: PLC0415  # start-up cost

        command = allowed(shell.var_expand(cmd, depth=depth + 1))
        output = (_run(output_of, command) if command else "") or ""
        return SList(output.splitlines()) if split else LSString(output)

    shell.system = system
    shell.getoutput = getoutput


def allowed(command: str) -> str:
    """Return what of `command`, one or more lines of shell, is to be run; note what is not."""
    reasons = list(_reasons(command))
    for reason in reasons:
        note(reason)
    if not reasons:
        return command
    if _COMPOUND.search(command):
        return ""
    chains = []
    for chain, end in _split(_tokens(command), {";", "\n", "&"}):
        kept = _runnable_part(chain) if end != "&" else ""
        if kept:
            chains.append(kept + ("\n" if end == "\n" else "; "))
    return "".join(chains).rstrip("; \n")


def _printed(command: str) -> int:
    """Run `command`, print what it prints as it comes, and return its exit status.

    IPython runs it on a terminal of its own, of which a confined notebook has none.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    process = subprocess.Popen(  # noqa: S602  # a shell is what `!command` is for
        command,
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        try:
            while part := os.read(process.stdout.fileno(), 2**16):
                print(decoder.decode(part), end="", flush=True)  # noqa: T201  # what `!` does
        except BaseException:
            # An interrupt ends the command with its cell.
            process.kill()
            raise
    return process.returncode


def _run(runner: Callable[[str], Any], command: str) -> Any:
    try:
        return runner(command)
    except OSError as error:
        # Where processes are rationed, a listing that cannot start must not cost the cell.
        note(f"`!{_shortened(command)}` could not be started: {error}")
        return None


def _reasons(command: str) -> Iterator[str]:
    for chain, end in _split(_tokens(command), {";", "\n", "&"}):
        if end == "&":
            yield (
                f"`!{_shortened(''.join(chain))} &` was not run: "
                "nothing stays in the background while a notebook is graded"
            )
            continue
        for pipeline, _ in _split(chain, {"&&", "||"}):
            for simple, _ in _split(pipeline, {"|"}):
                text = "".join(simple)
                if _cannot_work(text):
                    yield (
                        f"`!{_shortened(text)}` was not run: there is no network, no graphics "
                        "card and no server while a notebook is graded"
                    )


def _runnable_part(chain: list[str]) -> str:
    """Return the beginning of a chain of `&&` and `||`, up to what cannot work."""
    kept: list[str] = []
    end = ""
    for pipeline, separator in _split(chain, {"&&", "||"}):
        if any(_cannot_work("".join(simple)) for simple, _ in _split(pipeline, {"|"})):
            break
        kept += [end, "".join(pipeline)]
        end = separator
    return "".join(kept).strip()


def _tokens(command: str) -> list[str]:
    return _TOKEN.findall(command)


def _split(tokens: list[str], separators: set[str]) -> Iterator[tuple[list[str], str]]:
    """Yield each non-empty part between the separators, with the separator after it."""
    part: list[str] = []
    for token in [*tokens, ""]:
        if token in separators or not token:
            if "".join(part).strip():
                yield part, token
            part = []
        else:
            part.append(token)


def _cannot_work(simple: str) -> bool:
    """Tell whether a simple command, without pipes and chains, cannot work here."""
    try:
        words = shlex.split(simple, comments=True)
    except ValueError:
        words = simple.split()
    return _words_cannot_work(words)


def _words_cannot_work(words: list[str]) -> bool:
    words = _without_prefixes(words)
    if not words:
        return False
    program, arguments = PurePath(words[0]).name, words[1:]
    if program in UNAVAILABLE or re.fullmatch(r"pip[\d.]+", program):
        return True
    if re.fullmatch(r"python[\d.]*", program) and "-m" in arguments:
        return _words_cannot_work(arguments[arguments.index("-m") + 1 :])
    if program == "git":
        return any(word in GIT_REMOTE for word in arguments[:3])
    return program in UNPACKERS and _unpacks_what_is_missing(program, arguments)


def _without_prefixes(words: list[str]) -> list[str]:
    after_prefix = False
    for index, word in enumerate(words):
        if word in _PREFIXES:
            after_prefix = True
        elif not (re.match(r"[A-Za-z_]\w*=", word) or (after_prefix and word.startswith("-"))):
            return [word.lstrip("({"), *words[index + 1 :]]
    return []


def _unpacks_what_is_missing(program: str, arguments: list[str]) -> bool:
    if program == "tar" and any("c" in word for word in arguments[:1]):
        return False
    archives = [word for word in arguments if any(fnmatch(word, name) for name in ARCHIVES)]
    return any(not Path(word).exists() for word in archives if "*" not in word)


def _shortened(text: str) -> str:
    text = " ".join(text.replace(sys.executable, "python").split())
    return text if len(text) <= 80 else text[:79] + "…"
