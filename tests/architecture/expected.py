"""The walls as they have to be: whoever adds a table, an index or a function to a list says why it is there."""

from django.db.migrations.loader import MigrationLoader

from apps.core.db.search import CreateSearch

TENANT = "( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid AS \"nullif\")"
USER = "( SELECT (NULLIF(current_setting('app.user_id'::text, true), ''::text))::uuid AS \"nullif\")"
MIGRATING = "(current_setting('app.migrating'::text, true) = 'on'::text)"

#: Tables that hold no tenant's rows, and why.
WITHOUT_TENANT = {
    "account_emailaddress": "a person's addresses; people belong to no tenant",
    "account_emailconfirmation": "a person's addresses; people belong to no tenant",
    "accounts_personerasure": "what is left of erased people: ids and counts",
    "accounts_user": "people belong to no tenant; memberships join them",
    "accounts_user_groups": "staff groups of Django's admin",
    "accounts_user_user_permissions": "staff rights of Django's admin",
    "audit_erasure": "what is left of erased logs: counts and a digest",
    "auth_group": "staff groups of Django's admin",
    "auth_group_permissions": "staff groups of Django's admin",
    "auth_permission": "staff rights of Django's admin",
    "billing_reconcilerun": "counts of comparisons with Stripe; the application's role has no right to it",
    "billing_webhookevent": "ids of what Stripe told of; the application's role has no right to it",
    "core_answered_call": "random keys of calls that other processes made; they tell nothing",
    "django_admin_log": "what staff did in the back office",
    "django_content_type": "the list of models",
    "django_migrations": "the list of applied migrations",
    "django_session": "sign-ins, from before a workspace is known",
    "events_delivery": "the platform's bookkeeping; the application's role has no right to it",
    "jobs_scheduledrun": "when schedules began their tasks",
    "jobs_turn": "whose bulk work was begun when; the application's role has no right to it",
    "flags_flagshare": "for how many workspaces a feature flag is on",
    "mfa_authenticator": "a person's second steps and passkeys; people belong to no tenant",
    "notifications_suppression": "addresses that no mail reaches, whoever they belong to",
    "socialaccount_socialaccount": "a person's accounts at other sites; people belong to no tenant",
    "socialaccount_socialapp": "allauth's table of other sites; ours stand in the settings",
    "socialaccount_socialtoken": "allauth's table of other sites' tokens; none are kept",
    "tenancy_cell": "the list of schemas",
    "tenancy_erasurereceipt": "what is left of erased workspaces: ids and counts",
    "usersessions_usersession": "a person's devices; people belong to no tenant",
}

#: Tables that the application does not write, and those among them that the platform does.
OWNERS_TABLES = {
    "accounts_user_groups",
    "accounts_user_user_permissions",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "flags_flagshare",
    "tenancy_cell",
}
PLATFORMS_TABLES = {"flags_flagshare", "tenancy_cell"}

#: Indexes on tenant tables that do not start with the tenant, besides primary keys, and why.
OTHER_INDEXES = {
    "accounts_apikey_prefix_key": "resolver: a key's prefix finds its tenant",
    "accounts_apikey_prefix_like": "Django's companion of the unique index on a text column",
    "billing_billingaccount_stripe_customer_id_key": "the platform finds a customer's tenant when Stripe tells of it",
    "billing_billingaccount_stripe_customer_id_like": "Django's companion of the unique index on a text column",
    "billing_dispute_stripe_id_key": "a dispute of Stripe's is one tenant's only",
    "billing_dispute_stripe_id_like": "Django's companion of the unique index on a text column",
    "billing_invoice_stripe_id_key": "an invoice of Stripe's is one tenant's only",
    "billing_invoice_stripe_id_like": "Django's companion of the unique index on a text column",
    "billing_subscription_stripe_id_key": "a subscription of Stripe's is one tenant's only",
    "billing_subscription_stripe_id_like": "Django's companion of the unique index on a text column",
    "billing_usage_parked": "the back office counts what waits for staff in all tenants",
    "billing_usage_waiting": "the schedule looks for what waits in all tenants",
    "events_outbox_published": "old events of all tenants are forgotten",
    "events_outbox_shard": "relays share all tenants' events by aggregate",
    "events_outbox_unpublished": "the relay reads all tenants' events in their order",
    "jobs_job_finished": "old jobs of all tenants are forgotten",
    "jobs_job_task": "a worker finds the job of the task that it runs",
    "notifications_digest": "the hourly schedule looks for what waits in all tenants",
    "jobs_task_dead": "the back office counts what waits for staff in all tenants",
    "jobs_task_due": "the beat looks for due tasks of all tenants",
    "jobs_task_finished": "old tasks of all tenants are forgotten",
    "jobs_task_lease": "the beat looks for dead workers' tasks of all tenants",
    "jobs_task_turn": "tenants take turns",
    "jobs_task_waits_once": "a task that belongs to no tenant may wait once too",
    "tenancy_domainclaim_one_holder": "resolver: the domain of an address finds the one tenant that proved it",
    "tenancy_domainclaim_token_hash_key": "resolver: the link in a domain's mail finds its tenant",
    "tenancy_domainclaim_token_hash_like": "Django's companion of the unique index on a text column",
    "tenancy_formerslug_slug": "resolver: a former address finds its tenant",
    "tenancy_hostname_one_verified": "resolver: a verified host name finds its tenant",
    "tenancy_invitation_token_hash_key": "resolver: an invitation's token finds its tenant",
    "tenancy_invitation_token_hash_like": "Django's companion of the unique index on a text column",
    "tenancy_invitation_to_person": "the invitations of an address, for whom they are",
    "tenancy_membership_user": "own rows: a person's memberships, for the switcher",
    "webhooks_message_age": "old messages of all tenants are forgotten",
    "tenancy_tenant_cell": "which tenants live in a cell",
    "tenancy_tenant_slug_key": "addresses are unique among all workspaces",
    "tenancy_tenant_slug_like": "Django's companion of the unique index on a text column",
}

#: Functions that see more than their caller: one exact key in, at most one row of ids out.
RESOLVERS = {
    "accounts_resolve_key(text)": "an API key's prefix, before its tenant is known",
    "tenancy_resolve_domain(text)": "the domain of a confirmed address, to offer its one workspace",
    "tenancy_resolve_domain_claim(text)": "the link in a domain's mail, whose reader may have no account",
    "tenancy_resolve_former_slug(text)": "a former address, to refuse it to others and to redirect members",
    "tenancy_resolve_host(text)": "a request's host, before anybody has signed in",
    "tenancy_resolve_invitation(text)": "an invitation's token, before its tenant is known",
}
#: What they run. Whoever changes one looks here again: one exact key, ids only, one row.
RESOLVER_BODIES = {
    "accounts_resolve_key(text)": (
        "select tenant_id, id from public.accounts_apikey where prefix = $1 limit 1"
    ),
    "tenancy_resolve_domain(text)": (
        "select tenant_id, id from public.tenancy_domainclaim"
        " where domain = $1 and verified_at is not null and withdrawn_at is null limit 1"
    ),
    "tenancy_resolve_domain_claim(text)": (
        "select tenant_id, id from public.tenancy_domainclaim where token_hash = $1 limit 1"
    ),
    "tenancy_resolve_former_slug(text)": (
        "select tenant_id from public.tenancy_formerslug"
        " where slug = $1 and held_until > now() order by held_until desc limit 1"
    ),
    "tenancy_resolve_host(text)": (
        "select tenant_id from public.tenancy_hostname where host = $1 and verified_at is not null limit 1"
    ),
    "tenancy_resolve_invitation(text)": (
        "select tenant_id, id from public.tenancy_invitation where token_hash = $1 limit 1"
    ),
}
#: Functions that delete what nobody else may, as the owner, and leave a receipt.
ERASERS = {
    "audit_erase_tenant(jsonb)": "an erased workspace's log",
    "audit_erase_past(jsonb)": "batches that were kept long enough",
    "audit_erase_details(jsonb)": "what entries say about a person who is erased",
}
#: Functions of triggers that write what nobody else may, as the owner.
TRIGGERED = {"audit_queue()": "an entry is queued to be sealed, and neither can be done without the other"}
#: Functions that find the rows of the tenant in scope by their words, in each cell, and what they read.
SEARCHED = {
    f"{app}_{operation.model_name.lower()}"
    for (app, _name), migration in MigrationLoader(None).disk_migrations.items()
    for operation in migration.operations
    if isinstance(operation, CreateSearch)
}
SEARCHES = {f"{table}_search(text,integer)" for table in SEARCHED}
READ_BY_RESOLVERS = {
    "accounts_apikey",
    "tenancy_domainclaim",
    "tenancy_formerslug",
    "tenancy_hostname",
    "tenancy_invitation",
}

#: What a person may read about themselves outside of a tenant's scope: their places, and what they are invited to.
MEMBER_OF = (
    f"SELECT tenancy_membership.tenant_id FROM tenancy_membership WHERE (tenancy_membership.user_id = {USER})"
)
TO_ME = "({0}accepted_at IS NULL) AND ({0}revoked_at IS NULL) AND (({0}email)::text = (( " + (
    f"SELECT accounts_user.email FROM accounts_user WHERE (accounts_user.id = {USER})))::text)"
)
INVITED_TO = (
    "SELECT tenancy_invitation.tenant_id FROM tenancy_invitation WHERE ("
    + TO_ME.format("tenancy_invitation.")
    + ")"
)
OWN_ROWS = {
    "tenancy_membership": f"(user_id = {USER})",
    "tenancy_invitation": f"({TO_ME.format('')})",
    "tenancy_tenant": f"((id IN ( {MEMBER_OF})) OR (id IN ( {INVITED_TO})))",
}

#: What a person may read of what happened to their account: with no tenant in scope, of no tenant, about them.
ABOUT_ME = (
    "({0}tenant_id IS NULL) AND (({0}target_type)::text = 'person'::text) AND ({0}target_id = " + USER + ")"
)
OWN_LOG = {
    "audit_entry": f"(({TENANT} IS NULL) AND {ABOUT_ME.format('')})",
    "audit_detail": (
        f"(({TENANT} IS NULL) AND (tenant_id IS NULL) AND (entry_id IN ( SELECT audit_entry.id FROM audit_entry"
        f" WHERE ({ABOUT_ME.format('audit_entry.')}))))"
    ),
}

#: Tables whose rows are one person's each, in the tenant.
PERSONS = {"notifications_notification": "user_id"}

#: Tables without tenant whose rows are one person's each.
PEOPLES = {"accounts_authsession": "user_id", "accounts_dataexport": "user_id"}

#: Tables to which rows are only ever added.
SEALED = {"audit_entry", "audit_detail", "audit_batch", "audit_erasure"}

#: Tables where a row may belong to no tenant.
TENANTLESS = {
    "audit_entry": "acts outside of any workspace, such as signing up",
    "audit_detail": "their details",
    "audit_pending": "their turn to be sealed",
    "audit_batch": "their seal",
    "events_outbox": "news from outside of any workspace",
    "jobs_task": "the product's own work, such as what schedules begin",
}
