"""Exceptions that make trouble for whoever tells of them."""

from typing import Any


class MuteError(Exception):
    """Cannot be turned into text."""

    def __str__(self) -> str:
        raise ValueError("no text")


class LeavingError(Exception):
    """Ends the process when it is turned into text."""

    def __str__(self) -> str:
        raise SystemExit


class InterruptingError(BaseException):
    """Interrupts the process when it is turned into text."""

    def __str__(self) -> str:
        raise KeyboardInterrupt


class Text(str):
    """Text that does not want to be cut."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> str:
        raise RuntimeError


class OddError(Exception):
    """Turns into text of a class of its own."""

    def __str__(self) -> str:
        return Text("odd")


class Unnamed(type):
    """Makes classes without a name."""

    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise AttributeError("no name")


class NamelessError(Exception, metaclass=Unnamed):
    """Has no name to be told."""


class LoneError(Exception):
    """Turns into text that no encoding can hold."""

    def __str__(self) -> str:
        return "\ud800"


EXCEPTIONS: dict[str, type[BaseException]] = {
    "plain": ValueError,
    "exit": SystemExit,
    "interrupt": KeyboardInterrupt,
    "end of a generator": GeneratorExit,
    "end of an iterator": StopIteration,
    "mute": MuteError,
    "leaving": LeavingError,
    "interrupting": InterruptingError,
    "odd": OddError,
    "lone": LoneError,
    "nameless": NamelessError,
}
