-- What a role needs that runs Saldo and can neither alter nor delete an entry.
-- Run it as the owner of the tables after every migration, with the role's name
-- for "saldo_app".
DO $$
BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO "saldo_app"', current_database());
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO "saldo_app"', current_schema());
END
$$;
GRANT SELECT, INSERT ON entry_lines, keys, suspense TO "saldo_app";
GRANT SELECT, INSERT, UPDATE ON accounts, profiles, holds, movements TO "saldo_app";
GRANT SELECT, INSERT, UPDATE, DELETE ON jobs, records, credentials, batches TO "saldo_app";
GRANT SELECT, UPDATE ON nodes, committers TO "saldo_app";
GRANT SELECT ON saldo_migrations TO "saldo_app";
