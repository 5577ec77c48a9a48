"""What the leak test lets pass, each with its reason. Keep it short: mend the route instead, if you can."""

#: (route, fault) as the failing test prints them, and the reason.
EXEMPT: dict[tuple[str, str], str] = {}

#: Addresses that answer 404 to the victim's owner as well, and why.
UNREACHED: dict[str, str] = {
    "/api/": "answers what the API does not have",
    "/w/<workspace>/access/<permission>/": "asks for a permission; an owner lacks none, and it names no row",
}

#: Commands that work across workspaces, or for none. All others take `--tenant`. A product module names its own in
#: `CROSSING` of tests/factories/<module>.py.
CROSSING: dict[str, str] = {
    "audit": "verifies and seals the logs of all workspaces, for the operator",
    "beat": "tells workers of every workspace's tasks, which run each in its own scope",
    "billing": "brings prices to Stripe, which belong to no workspace",
    "cell": "opens and lists schemas, which are no tenant's",
    "createstaff": "staff belong to no workspace",
    "createsuperuser": "only says that there are none",
    "deliver_events": "does the relay's and the workers' part at once",
    "deliveries": "lists every workspace's deliveries for staff, and decides about parked ones",
    "encrypt_second_steps": "encrypts people's secrets anew; people belong to no workspace",
    "erase_person": "erases one person, who belongs to no workspace",
    "erase_workspaces": "erases what was deleted in every workspace, each in its own scope",
    "events": "prints what events there are, and no row",
    "explain_access": "tells staff about the one workspace that it is given, and reads no other's rows",
    "flags": "counts the exceptions of all workspaces, and names none",
    "migrate": "changes tables, as their owner",
    "relay": "hands on every workspace's events, each in its own scope",
    "removemodule": "deletes source files, in development",
    "seams": "counts calls, tables and changes; names no workspace",
    "seed_demo": "makes the demo workspaces, in development",
    "serve_module": "answers calls, each in the scope that its token vouches for",
    "startmodule": "writes source files, in development",
    "stripe_emulator": "stands in for Stripe, in development; it has no access to the database",
    "tasks": "lists every workspace's tasks for staff, and decides about failed ones",
    "token_keys": "changes the keys that sign everybody's tokens, and reads no row",
    "worker": "runs every workspace's tasks, each in its own scope",
    "workspace": "creates a workspace for a customer",
}
