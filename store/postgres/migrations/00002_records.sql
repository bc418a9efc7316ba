-- Side records, and what few movements and profiles have as one JSON text. It is
-- json and not jsonb: that keeps whatever JSON may say, an escaped NUL included,
-- and costs nothing to look through that nobody asks for.

-- +goose Up

ALTER TABLE movements ADD COLUMN more json; -- NULL if there is nothing more

-- Serves: statements that ask for the externalId of returns, which several returns
-- of an account may have. Of all else the keys find it.
CREATE INDEX movements_sharing ON movements (account, external_id) WHERE kind = 3 AND external_id <> '';

CREATE TYPE movement_row_2 AS (
    id bigint, account bigint, kind smallint, status smallint, amount bigint, fee bigint,
    external_id text, correlation text, end_to_end_id text, tx_id text, pix_key text, description text,
    counterpart_name text, counterpart_document text, counterpart_ispb text, counterpart_bank_code text,
    counterpart_bank_name text, counterpart_branch text, counterpart_number text,
    br_code text, notes text[], hold bigint, processing boolean, rail text, scenario text,
    expires_at timestamptz, created_at timestamptz, updated_at timestamptz, processed_at timestamptz,
    error_code text, error_message text, more json
);

ALTER TABLE profiles ADD COLUMN more json; -- settings; NULL if nothing is set

CREATE TYPE profile_row_2 AS (
    id bigint, name text, document text, brand text, city text, sandbox boolean, pix_keys text[],
    receipt_fee_fixed bigint, receipt_fee_rate bigint, receipt_fee_min bigint, receipt_fee_max bigint,
    payment_fee_fixed bigint, payment_fee_rate bigint, payment_fee_min bigint, payment_fee_max bigint,
    return_fee_fixed bigint, return_fee_rate bigint, return_fee_min bigint, return_fee_max bigint,
    created_at timestamptz, more json
);

ALTER TABLE credentials ADD COLUMN scope text NOT NULL DEFAULT ''; -- separated by blanks; empty for all

ALTER TABLE jobs ADD COLUMN note text COLLATE "C" NOT NULL DEFAULT '';

-- Serves: claiming the jobs of one account after the other, of topics in which no
-- account is to wait for another.
CREATE INDEX jobs_of_account ON jobs (account, free_at, id) WHERE topic = 'webhook';

CREATE TYPE job_row_2 AS (
    topic text, id bigint, account bigint, subject bigint, due timestamptz, attempts integer, note text
);

-- Records: what is kept beside the ledger and needs no rule of money.
CREATE TABLE records (
    kind smallint NOT NULL CHECK (kind > 0),
    name text COLLATE "C" NOT NULL,
    owner bigint NOT NULL, -- whose list it is in; 0 is the house's
    number bigint NOT NULL, -- its place in that list
    body json, -- NULL if empty
    PRIMARY KEY (kind, name) -- serves: the records of a commit, one record, the walk over all records
);
-- Serves: pages of a list, newest first. The owner comes first, so that this index
-- is never taken for the one that finds a record by its name.
CREATE INDEX records_listed ON records (owner, kind, number);

CREATE TYPE record_row AS (kind smallint, name text, owner bigint, number bigint, body json);
CREATE TYPE record_name AS (kind smallint, name text);
