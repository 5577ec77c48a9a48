#!/bin/sh
# Runs once, when the database is made: the roles of deploy/postgres/roles.sql, and their passwords.
set -eu

run() {
    psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"
}

run --single-transaction --file /roles.sql
owner_password=$(cat /run/secrets/tenon_owner_password)
app_password=$(cat /run/secrets/tenon_password)
run --set owner_password="$owner_password" --set app_password="$app_password" <<SQL
alter database "$POSTGRES_DB" owner to tenon_owner;
alter role tenon_owner password :'owner_password';
alter role tenon password :'app_password';
SQL
