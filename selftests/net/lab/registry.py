# SPDX-License-Identifier: GPL-2.0-only
"""The tests that there are."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .gateway import MASQUERADE, Gateway
from .net import Net

Body = Callable[[Net], None]


@dataclass(frozen=True)
class Marks:
    """What is known about a test beforehand."""

    gateways: tuple[Gateway, ...]
    mainline: str
    todo: str
    only: str
    essential: bool
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Test:
    """One test over one gateway."""

    file: str
    name: str
    body: Body
    gateway: Gateway
    marks: Marks


def test(
    *gateways: Gateway,
    mainline: str = "",
    todo: str = "",
    only: str = "",
    essential: bool = False,
    needs: tuple[str, ...] = (),
) -> Callable[[Body], Body]:
    """Makes a function a test: once over each gateway, or over its file's GATEWAY.

    mainline: what mainline's helper does wrong; the test has to fail with it.
    todo: the issue in which nf_sip will pass it; until then the test has to fail.
    only: why the test says something about nf_sip alone.
    essential: it also runs on the stock kernel.
    needs: the programs that it starts.
    """

    def mark(body: Body) -> Body:
        body.marks = Marks(gateways, mainline, todo, only, essential, needs)  # type: ignore[attr-defined]
        return body

    return mark


def collect(folder: Path) -> Iterator[Test]:
    """All tests of a folder's files; those of a file by gateway, as rules take time to change."""
    for path in sorted(folder.glob("*.py")):
        tests = list(read(path))
        order = list(dict.fromkeys(one.gateway for one in tests))
        yield from sorted(tests, key=lambda one: order.index(one.gateway))


def read(path: Path) -> Iterator[Test]:
    """The tests of one file, in the order in which they stand there."""
    module = load(path)
    default = getattr(module, "GATEWAY", MASQUERADE)
    for name, body in vars(module).items():
        marks = getattr(body, "marks", None)
        if not isinstance(marks, Marks):
            continue
        gateways = marks.gateways or (default,)
        for gateway in gateways:
            where = f" ({gateway.name})" if len(gateways) > 1 else ""
            yield Test(path.stem, name + where, body, gateway, marks)


def load(path: Path):
    """Runs a file of tests."""
    spec = importlib.util.spec_from_file_location(f"tests.{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
