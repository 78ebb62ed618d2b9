"""The names that a piece of code might have mixed up."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Scope:
    """What is at hand at one place of a definition.

    `place` is the qualified name of the innermost class or function, `owner` the class around it
    and `me` what its methods call the object, both "" where there is none. `attributes` are those
    that the methods set on the object, `parameters` and `names` the parameters and all local names
    of the functions around, `me` left out; all in the order of their appearance. `defaults` are the
    parameters with a number as their default.
    """

    place: str = ""
    owner: str = ""
    me: str = ""
    attributes: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    method: str = ""
    defaults: tuple[tuple[str, ast.Constant], ...] = ()

    def entered(self, node: ast.AST) -> Self:
        """Return the scope inside `node`, the same where it opens none."""
        if isinstance(node, ast.ClassDef):
            return replace(
                self,
                place=self._below(node.name),
                owner=node.name,
                me="",
                attributes=_distinct(_attributes_set(node)),
            )
        if not isinstance(node, Function):
            return self
        parameters = [each.arg for each in _parameters(node.args)]
        # Only what a class holds directly is given the object.
        is_method = bool(self.owner) and not self.method and bool(parameters)
        me = parameters.pop(0) if is_method and not node.decorator_list else self.me
        local = [
            each.id
            for each in ast.walk(node)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        ]
        return replace(
            self,
            place=self._below(node.name),
            me=me,
            parameters=_distinct([*self.parameters, *parameters]),
            names=_distinct([*self.names, *parameters, *local]),
            method=self.method or (node.name if self.owner else ""),
            defaults=(*self.defaults, *_defaults(node.args)),
        )

    def is_own(self, node: ast.AST) -> bool:
        """Whether `node` is an attribute of the object, such as `self.W`."""
        return (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and bool(self.me)
            and node.value.id == self.me
        )

    def _below(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name


def owned(node: ast.ClassDef) -> tuple[str, ...]:
    """Return the attributes that the methods of a class read of their first parameter."""
    return _distinct(name for method in node.body for name in _attributes_read(method))


def kept(node: ast.ClassDef) -> tuple[str, ...]:
    """Return the attributes of a class that no method reads but those that set them.

    What a method keeps is meant for another one.
    """
    made = [(set(_set_by(each)), set(_attributes_read(each))) for each in node.body]
    elsewhere = {name for set_here, read in made for name in read - set_here}
    return tuple(each for each in _distinct(_attributes_set(node)) if each not in elsewhere)


def _attributes_read(method: ast.stmt) -> Iterator[str]:
    """Yield the attributes that a method reads of its first parameter."""
    if not isinstance(method, Function) or not _parameters(method.args):
        return
    me = _parameters(method.args)[0].arg
    for each in ast.walk(method):
        match each:
            case (
                ast.Attribute(value=ast.Name(id=name), attr=found, ctx=ast.Load())
                | ast.AugAssign(target=ast.Attribute(value=ast.Name(id=name), attr=found))
            ) if name == me:
                yield found


def unread(node: Function) -> tuple[str, ...]:
    """Return the parameters and variables of a function that nothing in it reads."""
    read = {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    }
    bound = [each.arg for each in _parameters(node.args)]
    bound += [
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    ]
    return _distinct([each for each in bound if each not in read])


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.Constant]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    given = [
        *zip(
            positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True
        ),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    for parameter, value in given:
        if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
            yield parameter.arg, value


def _attributes_set(node: ast.ClassDef) -> Iterator[str]:
    """Yield the attributes that the methods of a class set on their first parameter."""
    for method in node.body:
        yield from _set_by(method)


def _set_by(method: ast.stmt) -> Iterator[str]:
    """Yield the attributes that a method sets on its first parameter."""
    if not isinstance(method, Function) or not _parameters(method.args):
        return
    me = _parameters(method.args)[0].arg
    for each in ast.walk(method):
        if not isinstance(each, ast.Attribute) or not isinstance(each.ctx, ast.Store):
            continue
        if isinstance(each.value, ast.Name) and each.value.id == me:
            yield each.attr


def _distinct(names: list[str] | Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
