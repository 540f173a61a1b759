#!/bin/sh
# Run once by the image of PostgreSQL, on its empty data folder: the role that the server runs as. It owns nothing.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$APP_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE expunct_app LOGIN PASSWORD :'password';
SQL
