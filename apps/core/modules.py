"""The registry that joins a module's interface to what implements it.

`settings.MODULES` maps a module's name to the dotted path of a class that implements the ABC in its `interface.py`.
Where `settings.MODULE_URLS` says that it is served elsewhere, its class in `settings.REMOTE_MODULES` stands for it.
"""

from abc import ABC
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from django.conf import settings
from django.utils.module_loading import import_string

from apps.core.calls import counted

Interface = TypeVar("Interface", bound=ABC)


def implementation(interface: type[Interface]) -> Interface:
    """Return the configured implementation of a module's interface, made once per process.

    :raises KeyError: if `settings.MODULES` does not name the module
    """
    name = module_name(interface)
    return _load((settings.REMOTE_MODULES if is_remote(name) else settings.MODULES)[name])


def local(interface: type[Interface]) -> Interface:
    """Return the implementation in this process, wherever others are sent.

    :raises KeyError: if `settings.MODULES` does not name the module
    """
    return _load(settings.MODULES[module_name(interface)])


def is_remote(name: str) -> bool:
    """Tell whether a module is served by another process."""
    return bool(settings.MODULE_URLS.get(name))


def module_name(interface: type[ABC]) -> str:
    """Return `audit` for the ABC in `apps.audit.interface`."""
    return interface.__module__.split(".")[1]


def interface_of(name: str) -> type[ABC]:
    """Return the one ABC that `apps/<name>/interface.py` defines.

    :raises LookupError: if there is none, or more than one
    """
    namespace = import_module(f"apps.{name}.interface")
    found = [
        member
        for member in vars(namespace).values()
        if isinstance(member, type) and ABC in member.__bases__ and member.__module__ == namespace.__name__
    ]
    if len(found) != 1:
        raise LookupError(f"apps/{name}/interface.py must define exactly one ABC; it defines {len(found)}.")
    return found[0]


@cache
def _load(path: str) -> Any:
    return counted(import_string(path))
