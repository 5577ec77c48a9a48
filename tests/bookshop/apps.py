from django.apps import AppConfig

from apps.core import erasure, permissions
from apps.core.permissions import ADMIN, MEMBER, OWNER, VIEWER


class BookshopConfig(AppConfig):
    name = "tests.bookshop"
    verbose_name = "Bookshop"
    placement = "cell"

    def ready(self) -> None:
        from tests.bookshop.erasure import erase

        permissions.declare("bookshop.read", "See the books", roles=[OWNER, ADMIN, MEMBER, VIEWER])
        permissions.declare("bookshop.write", "Add and change books", roles=[OWNER, ADMIN, MEMBER])
        erasure.register("bookshop", erase)
