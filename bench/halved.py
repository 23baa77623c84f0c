"""The kernels of the week with numbers of four bytes: their own source, changed as it is read.

Every literal and constant, the length of a step and all scratch are of four bytes; nothing else is touched.
Four thresholds stand for "rounding" in the engine and must grow with it.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from dearth.engine import week

# 1e-300 is zero in four bytes, and 1 - 1e-9 is 1: what is rounding there would pass for scarcity.
ROUNDING = {"TINY": 1e-30, "NEVER_SHORT": 1e-5, "SAME": 1e-6, "NOTHING": 1e-6}


class _Halved(ast.NodeTransformer):
    """Puts four bytes wherever the source says or implies eight."""

    def __init__(self) -> None:
        self.constants: dict[str, float] = {}

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, float):
            return node
        name = f"_number_{len(self.constants)}"
        self.constants[name] = node.value
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        called = ast.unparse(node.func)
        if called == "float":
            node.func = _name("np.float32")
        if called in ("np.zeros", "np.empty"):
            node.args[1:], node.keywords = [_name("np.float32")], []
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        whole = isinstance(node.op, ast.Div) and "steps_per_week" in ast.unparse(node.right)
        return ast.Call(_name("np.float32"), [node], []) if whole else node


def _name(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def halved_source(source: str) -> str:
    """Return the source of kernels with numbers of four bytes."""
    tree = ast.parse(source)
    change = _Halved()
    constants = []
    for i, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for given in node.args.args:
                given.annotation = None
            tree.body[i] = change.visit(node)
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            name = ast.unparse(node.targets[0])
            if isinstance(node.value.value, float):
                constants.append(f"{name} = np.float32({ROUNDING.get(name, node.value.value)!r})")
                tree.body[i] = ast.Pass()
    constants += [f"{name} = np.float32({value!r})" for name, value in change.constants.items()]
    at = next(i for i, node in enumerate(tree.body) if isinstance(node, ast.ClassDef))
    tree.body[at:at] = ast.parse("\n".join(constants)).body
    return ast.unparse(ast.fix_missing_locations(tree))


def halved_kernels(folder: Path) -> ModuleType:
    """Return the module, kept in the folder so that it is compiled once for each state of the source."""
    source = halved_source(Path(week.__file__).read_text("utf-8"))
    name = f"week_of_four_bytes_{hashlib.sha256(source.encode()).hexdigest()[:12]}"
    path = folder / f"{name}.py"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(source, "utf-8")
    found = importlib.util.spec_from_file_location(name, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module
    found.loader.exec_module(module)
    return module


def smaller(some: Any) -> Any:
    """Return a tuple of arrays with those of eight-byte numbers copied to four."""
    return some._replace(
        **{
            name: value.astype(np.float32)
            for name, value in some._asdict().items()
            if isinstance(value, np.ndarray) and value.dtype == np.float64
        }
    )


def copied_back(small: Any, large: Any) -> None:
    """Put what a run of four bytes left into the arrays of eight."""
    for one, other in zip(small, large, strict=True):
        if isinstance(other, np.ndarray):
            other[...] = one
