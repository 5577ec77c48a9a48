"""What the kernel itself keeps."""

from django.db import models

from apps.core import clock


class AnsweredCall(models.Model):
    """The key of a writing call that another process of ours made here; what it wrote stands in the same transaction.

    A key comes again when the answer was lost on its way, and then must not write again. It says nothing about whose
    call it was.
    """

    key = models.UUIDField(primary_key=True)
    answered_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        db_table = "core_answered_call"

    def __str__(self) -> str:
        return str(self.key)
