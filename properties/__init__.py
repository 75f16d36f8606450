"""The catalogue of properties: one module for each promise, named by its code and what it promises.

Importing the catalogue loads no solver and no document models.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from vestverify.properties._property import Property

__all__ = ["Property", "catalogue", "property_of"]


@functools.cache
def catalogue() -> Mapping[str, Property]:
    """Every property of the package, by code, in the order of the codes; read-only.

    Raises:
        ValueError: two modules define the same code.
    """
    found: dict[str, Property] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name.startswith("_"):
            continue
        defined: Property = importlib.import_module(f"{__name__}.{module.name}").PROPERTY
        if defined.code in found:
            raise ValueError(f"two modules define {defined.code}; the second is {module.name}")
        found[defined.code] = defined
    return MappingProxyType(dict(sorted(found.items())))


def property_of(code: str) -> Property:
    """The property that a code names.

    Args:
        code: of the catalogue, such as ``"VV305"``.

    Raises:
        KeyError: no property has the code; the message lists those that exist.
    """
    try:
        return catalogue()[code]
    except KeyError:
        raise KeyError(f"no property has the code {code!r}; known: {', '.join(catalogue())}") from None
