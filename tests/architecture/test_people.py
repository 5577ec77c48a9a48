"""Whoever adds a column with a person's id decides whether its row is told and forgotten, or stays without a name."""

from django.apps import apps

from apps.core import privacy

#: Rows that are told to the person and forgotten with them (`privacy.py` of the module that keeps them).
FORGOTTEN = {
    "account_emailaddress.user_id",
    "accounts_authsession.user_id",
    "accounts_dataexport.user_id",
    "mfa_authenticator.user_id",
    "notifications_notification.subject_id",
    "notifications_notification.user_id",
    "notifications_preference.user_id",
    "radar_savedfilter.owner_id",
    "socialaccount_socialaccount.user_id",
    "tenancy_accessrequest.user_id",
    "tenancy_membership.user_id",
    "tenancy_removal.user_id",
    "usersessions_usersession.user_id",
}

#: Rows that others need. The person's id stays in them, and leads to nobody.
STAYS = {
    "accounts_apikey.created_by_id": "it ends with the membership; the workspace's list of keys shows it",
    "accounts_personerasure.person_id": "the receipt",
    "accounts_user_groups.user_id": "emptied with the account's row",
    "accounts_user_user_permissions.user_id": "emptied with the account's row",
    "audit_entry.actor_id": "names nobody; details are erased",
    "audit_entry.on_behalf_of_id": "names nobody; details are erased",
    "django_admin_log.user_id": "what staff did; entries about the person are erased",
    "jobs_job.starter_id": "the name beside it is erased",
    "radar_import.owner_id": "the workspace's list of imports shows it",
    "tenancy_domainclaim.claimed_by_id": "the workspace's domain stays proven",
    "tenancy_erasurereceipt.requested_by_id": "a receipt",
    "tenancy_invitation.invited_by_id": "somebody else's invitation",
    "tenancy_supportsession.ended_by_id": "the workspace's list of support sessions",
    "tenancy_supportsession.staff_id": "the workspace's list of support sessions",
    "tenancy_supportsession.user_id": "the same, without its reason; told to the person too",
    "tenancy_tenant.deletion_requested_by_id": "the workspace's end",
}
NAMES = ("user_id", "owner_id", "starter_id", "actor_id", "person_id", "staff_id", "subject_id")


def columns() -> set[str]:
    """Return the columns of our tables that hold a person's id, as table.column; but for the tests' own modules."""
    return {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models(include_auto_created=True)
        if not model.__module__.startswith("tests.")
        for field in model._meta.concrete_fields
        if field.column in NAMES or field.column.endswith(("_by_id", "_behalf_of_id"))
    }


def test_every_column_with_a_persons_id_is_decided_about() -> None:
    assert columns() <= FORGOTTEN | STAYS.keys()


def test_modules_that_keep_people_forget_them() -> None:
    keepers = {keeper.module for keeper in privacy.keepers()}
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("apps.")}
    assert {column.partition("_")[0] for column in FORGOTTEN} & ours <= keepers
