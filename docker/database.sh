# Run by the image of PostgreSQL at its first start: the servers own one database and are no superuser.
psql --username=postgres --set=ON_ERROR_STOP=1 --set=password="$(cat /run/secrets/database_password)" <<'SQL'
CREATE ROLE chartgate LOGIN PASSWORD :'password';
CREATE DATABASE chartgate OWNER chartgate;
SQL
