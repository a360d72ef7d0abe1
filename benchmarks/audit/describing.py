"""What determines what somebody's procedure does, in plain values: an estimator with its parameters, or a function with
its code and all that it uses. Two procedures with one description do the same.

What stands in installed packages counts by its name and their version, all else by its code and its values.
"""

from __future__ import annotations

import copyreg
import dis
import hashlib
import json
import math
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType, NoneType
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.naming.loading import OURS, known_as
from benchmarks.naming.wording import kind_of

SEEDED = "random_state"  # a parameter that is set anew for each model
WRITTEN = FunctionType | property | staticmethod | classmethod
UNSEEN = ("__", "_abc_")  # before the names of what Python itself adds to a class
Describe = Callable[[Any, str], Any]
DEEP = 200  # values within values


class Opaque(ValueError):
    """Something cannot be told from others of its kind."""


def described(value: Any, place: str, lenient: bool = False) -> Any:
    """Plain values, as JSON has them, that differ wherever what `value` does may differ.

    lenient: what cannot be described counts by its type. Otherwise raises Opaque, in one sentence that names its place
    in `place`. Nothing is pickled: of an object without a description of its own, what copying it would take over.
    """
    return _Walk(lenient).of(value, place)


def own(module: str, file: str | None) -> bool:
    """Whether code of that module and file is the user's: no installed package's, not Python's and not ours."""
    if module == "__main__":
        return True
    if module.partition(".")[0] in OURS | sys.stdlib_module_names:
        return False
    path = Path(file or "<")
    installed = {"site-packages", "dist-packages"} & set(path.parts)
    return not installed and not path.is_relative_to(sysconfig.get_path("stdlib"))


@cache
def _packages() -> Mapping[str, list[str]]:
    return metadata.packages_distributions()


def _version(module: str) -> str:
    """``scikit-learn 1.7.0`` of a module of it; nothing of what is in no package."""
    names = sorted(_packages().get(module.partition(".")[0], ()))
    return f"{names[0]} {metadata.version(names[0])}" if names else ""


def _named(thing: Any) -> str:
    return f"{known_as(thing.__module__)}:{thing.__qualname__}"


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A code and those within it: inner functions, comprehensions, classes."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _used(function: FunctionType) -> tuple[dict[str, Any], set[str]]:
    """The global values and the modules that a function uses by name, and all attributes that it asks for."""
    held, attributes = {}, set()
    for code in _codes(function.__code__):
        steps = list(dis.get_instructions(code))
        for number, step in enumerate(steps):
            name = str(step.argval)
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME") and name in function.__globals__:
                held[name] = function.__globals__[name]
            elif step.opname in ("LOAD_ATTR", "LOAD_METHOD", "IMPORT_FROM"):
                attributes.add(name)
            elif step.opname == "IMPORT_NAME":
                level = steps[number - 2].argval or 0  # what stands before it: the dots, and the names that are wanted
                held[f"import {'.' * level}{name}"] = _imported(f"{'.' * level}{name}", function)
    return held, attributes


def _imported(name: str, function: FunctionType) -> Any:
    """The module that a function will import; its name where it cannot."""
    try:
        return import_module(name, function.__globals__.get("__package__"))
    except Exception:  # whatever a module raises that is not ours
        return name


@dataclass
class _Walk:
    lenient: bool
    within: list[int] = field(default_factory=list)  # ids of what is being described
    known: dict[int, int] = field(default_factory=dict)  # the numbers of functions, classes and modules, by id
    attributes: set[str] = field(default_factory=set)  # that the code which is being described uses

    def of(self, value: Any, place: str) -> Any:
        if type(value) in (NoneType, bool, int, str) or (type(value) is float and math.isfinite(value)):
            return value
        if isinstance(value, FunctionType | type | ModuleType):
            if id(value) in self.known:
                return {"as": self.known[id(value)]}
            self.known[id(value)] = len(self.known)
        elif id(value) in self.within:
            return {"within": len(self.within) - self.within.index(id(value))}
        if len(self.within) > DEEP:
            raise Opaque(f"{place[:60]}...: expected values that are nested less deep")
        self.within.append(id(value))
        try:
            return self._of(value, place)
        finally:
            self.within.pop()

    def _of(self, value: Any, place: str) -> Any:
        for kinds, describe in self._kinds:
            if isinstance(value, kinds):
                return describe(value, place)
        exact = self._exact.get(type(value))
        if exact is not None:
            return exact(value, place)
        if hasattr(value, "__array__") and hasattr(value, "dtype"):
            return self._array(value, place)
        if hasattr(value, "get_params"):
            params = {name: of for name, of in value.get_params(deep=False).items() if name != SEEDED}
            return {"object": self.of(type(value), place), "parameters": self._each(params, place)}
        return self._object(value, place)

    def __post_init__(self) -> None:
        self._kinds: list[tuple[Any, Describe]] = [
            (FunctionType, self._function),
            (type, self._class),
            (ModuleType, self._module),
            (MethodType, lambda v, p: {"method": self.of(v.__func__, p), "of": self.of(v.__self__, p)}),
            (property, lambda v, p: {"property": self._all((v.fget, v.fset, v.fdel), p)}),
            (staticmethod | classmethod, lambda v, p: {type(v).__name__: self.of(v.__func__, p)}),
            (pd.DataFrame, lambda v, p: {"table": [[str(name), self.of(of, p)] for name, of in v.items()]}),
        ]
        self._exact: dict[type, Describe] = {
            list: self._all,
            tuple: lambda v, p: {"tuple": self._all(v, p)},
            dict: lambda v, p: {"dict": [[self.of(k, p), self.of(of, f"{p}.{k}")] for k, of in v.items()]},
            set: lambda v, p: {"set": sorted(self._all(v, p), key=json.dumps)},
            frozenset: lambda v, p: {"set": sorted(self._all(v, p), key=json.dumps)},
            **dict.fromkeys((float, complex, bytes), lambda v, p: {type(v).__name__: repr(v)}),
        }

    def _all(self, values: Iterable[Any], place: str) -> list[Any]:
        return [self.of(value, place) for value in values]

    def _each(self, values: Mapping[str, Any], place: str) -> dict[str, Any]:
        return {name: self.of(values[name], f"{place}.{name}") for name in sorted(values)}

    def _function(self, value: FunctionType, place: str) -> Any:
        code = value.__code__
        made = {"function": _named(value)}
        cells = dict(zip(code.co_freevars, value.__closure__ or (), strict=True))
        held = {name: cell.cell_contents for name, cell in cells.items() if _full(cell)}
        if not own(value.__module__ or "", code.co_filename):
            return {**made, "version": _version(value.__module__ or ""), "holds": self._loosely(held, place)}
        used, attributes = _used(value)
        before, self.attributes = self.attributes, attributes
        of = {"code": self._code(code), "holds": self._each(used | held, place)}
        self.attributes = before
        defaults = [value.__defaults__, value.__kwdefaults__]
        return {**made, **of, "defaults": self._all(defaults, place)}

    def _code(self, code: CodeType) -> str:
        """A digest of what Python makes of the source: comments and blanks are none of it."""
        counts = code.co_flags, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount
        parts: list[str | bytes] = [code.co_code, code.co_exceptiontable, repr(counts)]
        parts += [repr((code.co_names, code.co_varnames, code.co_freevars))]
        for constant in code.co_consts:
            ordered = sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant
            parts.append(self._code(constant) if isinstance(constant, CodeType) else f"{type(constant)}{ordered!r}")
        whole = [part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass") for part in parts]
        return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in whole)).hexdigest()[:32]

    def _class(self, value: type, place: str) -> Any:
        made = {"class": _named(value)}
        if not own(value.__module__, getattr(sys.modules.get(value.__module__), "__file__", None)):
            return {**made, "version": _version(value.__module__)}
        members = {key: of for key, of in vars(value).items() if isinstance(of, WRITTEN) or not key.startswith(UNSEEN)}
        return {**made, "bases": self._all(value.__bases__, place), "members": self._loosely(members, place)}

    def _loosely(self, values: Mapping[str, Any], place: str) -> dict[str, Any]:
        """Each of them, by its type where it cannot be described."""
        before, self.lenient = self.lenient, True
        made = self._each(values, place)
        self.lenient = before
        return made

    def _module(self, value: ModuleType, place: str) -> Any:
        """A module by its version; one of the user's own by what the code uses of it."""
        if not own(value.__name__, getattr(value, "__file__", None)):
            return {"module": value.__name__, "version": _version(value.__name__)}
        used = {name: of for name, of in vars(value).items() if name in self.attributes}
        return {"module": value.__name__, "holds": self._each(used, place)}

    def _array(self, value: Any, place: str) -> Any:
        try:
            array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
        except (TypeError, RuntimeError) as error:
            return self._opaque(value, place, error)
        made = {"array": type(value).__name__, "type": str(value.dtype), "shape": list(array.shape)}
        if array.dtype.hasobject:
            return {**made, "values": self._all(array.ravel().tolist(), place)}
        return {**made, "sha256": hashlib.sha256(np.ascontiguousarray(array).reshape(-1).view("u1").data).hexdigest()}

    def _object(self, value: Any, place: str) -> Any:
        try:
            reduce = copyreg.dispatch_table.get(type(value))
            parts = reduce(value) if reduce else value.__reduce_ex__(2)
            if isinstance(parts, str):  # a thing that a module holds under this name
                inner = getattr(value, "__wrapped__", None)
                module = str(getattr(value, "__module__", ""))
                return {"global": f"{module}:{parts}", "version": _version(module), "wraps": self.of(inner, place)}
            made, given, state, items, pairs = (*parts, None, None, None)[:5]
            items, pairs = (None if of is None else list(of) for of in (items, pairs))
        except Exception as error:
            return self._opaque(value, place, error)
        parts = {"made": made, "of": given, "state": state, "items": items, "pairs": pairs}
        return {"object": _named(type(value)), **self._each(parts, place)}

    def _opaque(self, value: Any, place: str, error: Exception) -> Any:
        if self.lenient:
            return {"object": _named(type(value))}
        what = f"{type(value).__name__}, of which nothing tells whether it has changed ({kind_of(error)})"
        raise Opaque(f"{place}: expected what can be told from others, got a {what}: give the procedure a name=")


def _full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False
