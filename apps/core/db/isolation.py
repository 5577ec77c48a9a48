"""The ways in which a table keeps its tenants apart (docs/adr/0002)."""

from enum import Enum


class Isolation(Enum):
    """How rows are kept apart. The policies are made by `row_security.EnableRowSecurity`."""

    TENANT = "a row is seen and written in its own tenant's scope only"
    OWN_ROWS = "besides, a person may read the rows that are about them, to choose a workspace"
    TENANTLESS = "besides, a row of no tenant may be added when no tenant is in scope"
    OWN_LOG = (
        "as TENANTLESS; and with no tenant in scope, a person may read the rows of none that are about them"
    )
    PERSON = "a row is added in its tenant's scope, and then seen and changed by its own person alone"
