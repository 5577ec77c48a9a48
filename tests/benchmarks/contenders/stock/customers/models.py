from django.conf import settings
from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Client(TenantMixin):
    """A customer with a schema."""

    name = models.CharField(max_length=80)
    auto_create_schema = True


class Domain(DomainMixin):
    """A host name of a customer."""


class Membership(models.Model):
    """Who belongs to which customer."""

    client = models.ForeignKey(Client, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    role = models.CharField(max_length=16)

    class Meta:
        unique_together = [("client", "user")]
