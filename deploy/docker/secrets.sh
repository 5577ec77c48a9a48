#!/bin/sh
# Makes the secrets that are not there yet, each in a file of the folder `secrets`. Those that are there stay.
set -eu
cd "$(dirname "$0")"
mkdir -p secrets
chmod 700 secrets # containers read the files as users of their own; on this host, you alone reach them
cd secrets
umask 022

keep() {
    [ -e "$1" ] || printf '%s\n' "$2" >"$1"
}

for name in secret_key mfa_keys api_key_peppers; do
    keep "$name" "$(openssl rand -hex 48)"
done
keep audit_signing_key "$(openssl rand -base64 32)"
for name in postgres_password tenon_owner_password tenon_password valkey_password; do
    keep "$name" "$(openssl rand -hex 24)"
done
keep database_url "postgresql://tenon:$(cat tenon_password)@postgres:5432/tenon"
keep database_owner_url "postgresql://tenon_owner:$(cat tenon_owner_password)@postgres:5432/tenon"
keep valkey_url "redis://:$(cat valkey_password)@valkey:6379/0"

# Yours to fill in. An empty one counts as not set.
for name in email_url token_keys stripe_secret_key stripe_webhook_secrets; do
    keep "$name" ""
done
