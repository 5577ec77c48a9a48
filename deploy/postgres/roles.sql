-- The database roles. Run inside the target database, as an administrator, as often as you like:
--
--   psql "$ADMIN_URL" --set ON_ERROR_STOP=1 --single-transaction --file deploy/postgres/roles.sql
--   alter database tenon owner to tenon_owner;
--   alter role tenon_owner password '...';     -- for DATABASE_OWNER_URL
--   alter role tenon password '...';           -- for DATABASE_URL
--
-- Needs PostgreSQL 16 or newer. The administrator may be a superuser, or on a managed host a role with CREATEROLE.
-- No role here has BYPASSRLS: row security applies to all of them.
--
--   tenon_owner     login of `migrate`; owns the database and everything in it
--   tenon           login of the application; owns nothing and may do nothing until it takes one of the next two
--   tenon_app       serves customers: sees the rows of one tenant
--   tenon_platform  back office and daemons: may cross tenants, where a policy says so
--   tenon_resolver  owns the functions that turn one exact key into one tenant id
--   tenon_search    owns the functions that find a tenant's rows by their words; reads those columns alone

do $$
declare
    name text;
begin
    foreach name in array array[
        'tenon_owner', 'tenon', 'tenon_app', 'tenon_platform', 'tenon_resolver', 'tenon_search'
    ] loop
        if not exists (select from pg_roles where rolname = name) then
            execute format('create role %I nologin noinherit', name);
        end if;
    end loop;
end
$$;

alter role tenon_owner login;
alter role tenon login;

grant tenon_app, tenon_platform to tenon with inherit false, set true;
grant tenon_resolver, tenon_search to tenon_owner with inherit false, set true;

-- An administrator who is not a superuser may set default privileges only for roles whose rights it inherits.
do $$
begin
    if not (select rolsuper from pg_roles where rolname = current_user) then
        execute format('grant tenon_owner, tenon_resolver, tenon_search to %I with inherit true, set true', current_user);
    end if;
end
$$;

do $$
begin
    execute format('revoke create, temporary on database %I from public', current_database());
    execute format('grant connect, create, temporary on database %I to tenon_owner', current_database());
    execute format('grant connect on database %I to tenon', current_database());
end
$$;

revoke create on schema public from public;
grant usage, create on schema public to tenon_owner;
grant usage on schema public to tenon_app, tenon_platform, tenon_resolver, tenon_search;

-- Without "in schema", so that every cell opened later is covered.
alter default privileges for role tenon_owner grant usage on schemas to tenon_app, tenon_platform;
alter default privileges for role tenon_owner
    grant select, insert, update, delete on tables to tenon_app, tenon_platform;
alter default privileges for role tenon_owner grant usage, select on sequences to tenon_app, tenon_platform;
alter default privileges for role tenon_owner revoke execute on functions from public;
alter default privileges for role tenon_resolver revoke execute on functions from public;
alter default privileges for role tenon_search revoke execute on functions from public;
