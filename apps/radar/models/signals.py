"""Competitors, and the signals they give off."""

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.db.models import TenantForeignKey, TenantModel


class Competitor(TenantModel):
    """A company that the workspace keeps an eye on, and how its website did when it was checked last."""

    class Website(models.TextChoices):
        ANSWERS = "answers", _("Answers")
        FAILS = "fails", _("Answers with an error")
        SILENT = "silent", _("Doesn't answer")
        REFUSED = "refused", _("Address that we don't call")

    name = models.CharField(_("name"), max_length=120)
    website = models.URLField(_("website"), max_length=500, blank=True)
    notes = models.TextField(_("notes"), max_length=5000, blank=True)
    created_at = models.DateTimeField(_("added"), default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    checked_at = models.DateTimeField(_("website checked"), null=True, editable=False)
    website_state = models.CharField(
        _("state of the website"),
        max_length=16,
        choices=Website,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    website_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("competitor")
        verbose_name_plural = _("competitors")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                "tenant_id", Lower("name"), condition=Q(deleted_at=None), name="radar_competitor_one_per_name"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant_id", "name", "id"], name="radar_competitor_by_name"),
            models.Index(fields=["tenant_id", "-created_at", "-id"], name="radar_competitor_newest"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_website_down(self) -> bool:
        """Whether the last check of the website found it other than well."""
        return self.website_state not in ("", self.Website.ANSWERS)


class Signal(TenantModel):
    """Something a competitor did, where it was seen, and how much it matters."""

    class Kind(models.TextChoices):
        PRICE = "price", _("Price")
        PRODUCT = "product", _("Product")
        HIRING = "hiring", _("Hiring")
        FUNDING = "funding", _("Funding")
        PRESS = "press", _("Press")

    class Importance(models.IntegerChoices):
        LOW = 1, _("Low")
        MEDIUM = 2, _("Medium")
        HIGH = 3, _("High")

    competitor = TenantForeignKey(Competitor, models.CASCADE, related_name="signals")
    title = models.CharField(_("title"), max_length=200)
    source_url = models.URLField(_("source address"), max_length=500, blank=True)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    importance = models.PositiveSmallIntegerField(
        _("importance"), choices=Importance, default=Importance.MEDIUM
    )
    seen_at = models.DateTimeField(_("seen"), default=clock.now)
    created_at = models.DateTimeField(_("added"), default=clock.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    #: By the id of each attribute, its value: to show, and never to find rows by.
    attributes = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("signal")
        verbose_name_plural = _("signals")
        indexes = [
            models.Index(fields=["tenant_id", "-seen_at", "-id"], name="radar_signal_newest"),
            models.Index(fields=["tenant_id", "competitor", "-seen_at"], name="radar_signal_competitor"),
            models.Index(
                fields=["tenant_id", "-importance", "-seen_at", "-id"], name="radar_signal_most_important"
            ),
            models.Index(fields=["tenant_id", "title", "id"], name="radar_signal_by_title"),
            models.Index(fields=["tenant_id", "kind", "-seen_at"], name="radar_signal_kind"),
            # The overview counts weeks in it, without reading the rows.
            models.Index(
                fields=["tenant_id", "seen_at"],
                include=["kind", "importance"],
                condition=Q(deleted_at=None),
                name="radar_signal_overview",
            ),
            # What was deleted together is brought back together.
            models.Index(
                fields=["tenant_id", "deleted_at"],
                condition=~Q(deleted_at=None),
                name="radar_signal_deleted",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class SavedFilter(TenantModel):
    """A filter of the list of signals under a name: for the person who saved it, or shared with everybody."""

    owner_id = models.UUIDField(editable=False)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    is_shared = models.BooleanField(_("shared"), default=False)
    is_default = models.BooleanField(_("default"), default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                "tenant_id",
                "owner_id",
                Lower("name"),
                condition=Q(is_shared=False),
                name="radar_savedfilter_own_name",
            ),
            models.UniqueConstraint(
                "tenant_id", Lower("name"), condition=Q(is_shared=True), name="radar_savedfilter_shared_name"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "owner_id"],
                condition=Q(is_shared=False, is_default=True),
                name="radar_savedfilter_own_default",
            ),
            models.UniqueConstraint(
                fields=["tenant_id"],
                condition=Q(is_shared=True, is_default=True),
                name="radar_savedfilter_shared_default",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Import(TenantModel):
    """A file of signals between its upload and the moment its rows are on the radar.

    `columns` says which column (counted from 0) holds a field. The counts and the first faults are those of the last
    check of the whole file; null before it.
    """

    class Dates(models.TextChoices):
        ISO = "iso", _("2026-11-30")
        DAY_FIRST = "day", _("30.11.2026 or 30/11/2026")
        MONTH_FIRST = "month", _("11/30/2026")

    owner_id = models.UUIDField(editable=False)
    file_name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    encoding = models.CharField(max_length=16)
    delimiter = models.CharField(max_length=1)
    header = models.JSONField()
    columns = models.JSONField(default=dict)
    dates = models.CharField(max_length=8, choices=Dates, default=Dates.ISO)
    adds_competitors = models.BooleanField(default=False)
    skips_duplicates = models.BooleanField(default=True)
    rows_good = models.PositiveIntegerField(null=True)
    rows_faulty = models.PositiveIntegerField(null=True)
    rows_duplicate = models.PositiveIntegerField(null=True)
    new_competitors = models.PositiveIntegerField(null=True)
    first_faults = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    job_id = models.UUIDField(null=True, editable=False, help_text="the job that was started last")
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["tenant_id", "finished_at", "created_at"], name="radar_import_unfinished")
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_checked(self) -> bool:
        return self.rows_good is not None

    @property
    def rows_to_add(self) -> int:
        """How many signals an import would add, as far as the check knows."""
        again = 0 if self.skips_duplicates else self.rows_duplicate or 0
        return (self.rows_good or 0) + again


class ImportPart(TenantModel):
    """A piece of an import's file. Together, in their order, they are the file; they go when it is done with."""

    import_file = TenantForeignKey(Import, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant_id", "import_file", "number"], name="radar_importpart_one_per_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.import_file_id} {self.number}"
