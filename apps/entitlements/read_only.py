"""What people may still do where their work can only be read: pay, leave, take their data along, clear up."""

_open: set[str] = set()


def keep_open(*routes: str) -> None:
    """Have routes work in a workspace that can only be read; call it from a module's `apps.py`.

    :param routes: names such as `tenancy:leave`, or `billing:` for all of a module
    """
    _open.update(routes)


def is_open(route: str) -> bool:
    """Tell whether a route works in a workspace that can only be read."""
    module, colon, _name = route.rpartition(":")
    return route in _open or module + colon in _open
