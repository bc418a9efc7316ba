-- The books. Money is in centavos, integer and exact; times are kept to the
-- microsecond. A CHECK repeats a rule of the ledger, so that no program can
-- write what the rules forbid.
--
-- A type named …_row is how a statement is given many rows at once: one array
-- of rows, which the server reads twice as fast as one array for each column.
-- A type is never altered: a later migration that needs more columns makes a
-- new type, and nodes of the release before keep using the old one.

-- +goose Up

-- Accounts: the newest state of every balance holder. The operator's own
-- accounts, 1000 to 3999, may be in debit.
CREATE TABLE accounts (
    id bigint PRIMARY KEY, -- serves: lock and load of a commit, balance reads, the walk over all accounts
    posted bigint NOT NULL,
    held bigint NOT NULL,
    entries bigint NOT NULL,
    head bytea NOT NULL,
    last_at timestamptz, -- NULL before the first entry
    sweeps integer NOT NULL,
    -- How often the profile was written. Nodes keep a profile while this stays.
    profile_version integer NOT NULL DEFAULT 0,
    CONSTRAINT accounts_covered CHECK (id BETWEEN 1000 AND 3999 OR (held >= 0 AND posted >= held)),
    CONSTRAINT accounts_sound CHECK (least(entries, sweeps) >= 0 AND octet_length(head) = 32)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05); -- room for new versions beside the old

CREATE TYPE account_row AS (
    id bigint, posted bigint, held bigint, entries bigint, head bytea, last_at timestamptz, sweeps integer
);

CREATE TABLE profiles (
    id bigint PRIMARY KEY REFERENCES accounts, -- serves: the profiles of a commit, pages of profiles
    name text COLLATE "C" NOT NULL,
    document text COLLATE "C" NOT NULL,
    brand text COLLATE "C" NOT NULL,
    city text COLLATE "C" NOT NULL,
    sandbox boolean NOT NULL,
    pix_keys text[] COLLATE "C" NOT NULL,
    receipt_fee_fixed bigint NOT NULL,
    receipt_fee_rate bigint NOT NULL, -- millionths
    receipt_fee_min bigint NOT NULL,
    receipt_fee_max bigint NOT NULL, -- 0 is without limit
    payment_fee_fixed bigint NOT NULL,
    payment_fee_rate bigint NOT NULL,
    payment_fee_min bigint NOT NULL,
    payment_fee_max bigint NOT NULL,
    return_fee_fixed bigint NOT NULL,
    return_fee_rate bigint NOT NULL,
    return_fee_min bigint NOT NULL,
    return_fee_max bigint NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT profiles_fees CHECK (
        least(receipt_fee_fixed, receipt_fee_rate, receipt_fee_min, receipt_fee_max, payment_fee_fixed,
            payment_fee_rate, payment_fee_min, payment_fee_max, return_fee_fixed, return_fee_rate,
            return_fee_min, return_fee_max) >= 0
        AND greatest(receipt_fee_rate, payment_fee_rate, return_fee_rate) <= 1000000)
);

CREATE TYPE profile_row AS (
    id bigint, name text, document text, brand text, city text, sandbox boolean, pix_keys text[],
    receipt_fee_fixed bigint, receipt_fee_rate bigint, receipt_fee_min bigint, receipt_fee_max bigint,
    payment_fee_fixed bigint, payment_fee_rate bigint, payment_fee_min bigint, payment_fee_max bigint,
    return_fee_fixed bigint, return_fee_rate bigint, return_fee_min bigint, return_fee_max bigint,
    created_at timestamptz
);

-- Holds: money set aside.
CREATE TABLE holds (
    account bigint NOT NULL,
    id bigint NOT NULL,
    reason smallint NOT NULL,
    requested bigint NOT NULL,
    held bigint NOT NULL,
    captured bigint NOT NULL,
    released bigint NOT NULL,
    cancelled bigint NOT NULL,
    shortfall bigint NOT NULL,
    sweep boolean NOT NULL,
    about bigint NOT NULL,
    case_id text COLLATE "C" NOT NULL,
    deadline timestamptz, -- NULL if none
    opened_at timestamptz NOT NULL,
    closed_at timestamptz, -- NULL while open
    PRIMARY KEY (account, id), -- serves: the holds of a commit, one hold, the walk over an account's holds
    CONSTRAINT holds_add_up CHECK (
        requested = held + captured + released + cancelled + shortfall
        AND requested > 0 AND least(held, captured, released, cancelled, shortfall) >= 0),
    -- A closed hold holds and misses nothing, an open one has given up nothing.
    CONSTRAINT holds_ended CHECK (CASE WHEN closed_at IS NULL THEN cancelled ELSE held + shortfall END = 0)
) WITH (fillfactor = 80);
-- Serves: pages of an account's open holds.
CREATE INDEX holds_open ON holds (account, id) WHERE closed_at IS NULL;
-- Serves: the holds that wait for credits of the accounts of a commit.
CREATE INDEX holds_waiting ON holds (account, id) WHERE closed_at IS NULL AND sweep AND shortfall > 0;

CREATE TYPE hold_row AS (
    account bigint, id bigint, reason smallint, requested bigint, held bigint, captured bigint, released bigint,
    cancelled bigint, shortfall bigint, sweep boolean, about bigint, case_id text, deadline timestamptz,
    opened_at timestamptz, closed_at timestamptz
);

-- hold_step is what mostly changes in a hold.
CREATE TYPE hold_step AS (
    account bigint, id bigint, held bigint, captured bigint, released bigint, cancelled bigint, shortfall bigint,
    closed_at timestamptz
);

-- Keys: what leads to one record and no other, for ever.
CREATE TABLE keys (
    space smallint NOT NULL,
    account bigint NOT NULL, -- scope; 0 where the key is one for all accounts
    value text COLLATE "C" NOT NULL,
    target_account bigint NOT NULL, -- 0 for suspense items
    target bigint NOT NULL,
    PRIMARY KEY (space, account, value) -- serves: the keys of a commit, look-ups
);

CREATE TYPE key_row AS (
    space smallint, account bigint, value text, target_account bigint, target bigint
);
CREATE TYPE key_name AS (space smallint, account bigint, value text);

CREATE TABLE movements (
    id bigint PRIMARY KEY, -- serves: the movements of a commit, one movement, the walk over all movements
    account bigint NOT NULL,
    kind smallint NOT NULL,
    status smallint NOT NULL,
    amount bigint NOT NULL,
    fee bigint NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    correlation text COLLATE "C" NOT NULL,
    end_to_end_id text COLLATE "C" NOT NULL,
    tx_id text COLLATE "C" NOT NULL,
    pix_key text COLLATE "C" NOT NULL,
    description text COLLATE "C" NOT NULL,
    counterpart_name text COLLATE "C" NOT NULL,
    counterpart_document text COLLATE "C" NOT NULL,
    counterpart_ispb text COLLATE "C" NOT NULL,
    counterpart_bank_code text COLLATE "C" NOT NULL,
    counterpart_bank_name text COLLATE "C" NOT NULL,
    counterpart_branch text COLLATE "C" NOT NULL,
    counterpart_number text COLLATE "C" NOT NULL,
    br_code text COLLATE "C" NOT NULL,
    notes text[] COLLATE "C", -- name, value, name, value, …; NULL if none
    hold bigint NOT NULL, -- 0 if nothing ever was held
    processing boolean NOT NULL,
    rail text COLLATE "C" NOT NULL,
    scenario text COLLATE "C" NOT NULL,
    expires_at timestamptz, -- NULL if never
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    processed_at timestamptz, -- NULL until final
    error_code text COLLATE "C" NOT NULL,
    error_message text COLLATE "C" NOT NULL,
    CONSTRAINT movements_sound CHECK (least(amount, fee) >= 0 AND least(kind, status) > 0)
) WITH (fillfactor = 70); -- a movement is written twice: room for the second beside the first
-- Serves: pages of an account's movements, newest first.
CREATE INDEX movements_of_account ON movements (account, id);

CREATE TYPE movement_row AS (
    id bigint, account bigint, kind smallint, status smallint, amount bigint, fee bigint,
    external_id text, correlation text, end_to_end_id text, tx_id text, pix_key text, description text,
    counterpart_name text, counterpart_document text, counterpart_ispb text, counterpart_bank_code text,
    counterpart_bank_name text, counterpart_branch text, counterpart_number text,
    br_code text, notes text[], hold bigint, processing boolean, rail text, scenario text,
    expires_at timestamptz, created_at timestamptz, updated_at timestamptz, processed_at timestamptz,
    error_code text, error_message text
);

-- movement_step is what mostly changes in a movement.
CREATE TYPE movement_step AS (
    id bigint, status smallint, processing boolean, updated_at timestamptz, processed_at timestamptz,
    error_code text, error_message text
);

-- Lines of entries: what an entry did to one account, and the account's balance
-- after it. The first line of an entry is its home: it says what kind of entry it
-- is, where its other lines are, and what it changed in holds. Lines are only
-- ever added. The key ends in time and number, so that the table can be
-- partitioned by time.
CREATE TABLE entry_lines (
    account bigint NOT NULL,
    at timestamptz NOT NULL, -- never goes back within an account
    number bigint NOT NULL, -- from 1 without gaps
    posted bigint NOT NULL, -- change
    held bigint NOT NULL, -- change
    posted_after bigint NOT NULL,
    held_after bigint NOT NULL,
    hash bytea NOT NULL,
    -- Where the home line is; NULL on the home line itself.
    home_account bigint,
    home_at timestamptz,
    home_number bigint,
    -- The rest is on home lines only.
    kind smallint,
    about bigint,
    entry_at timestamptz,
    -- The other lines of the entry, in order; NULL if there are none.
    line_accounts bigint[],
    line_ats timestamptz[],
    line_numbers bigint[],
    -- Changes of holds, in order; NULL if there are none.
    hold_accounts bigint[],
    hold_ids bigint[],
    hold_changes bigint[],
    -- Serves: the balance at an instant, the walk over an account's entries, the other lines of an entry.
    PRIMARY KEY (account, at, number),
    CONSTRAINT entry_lines_covered
        CHECK (account BETWEEN 1000 AND 3999 OR (held_after >= 0 AND posted_after >= held_after)),
    CONSTRAINT entry_lines_sound
        CHECK (number > 0 AND octet_length(hash) = 32 AND (home_number IS NULL) = (kind IS NOT NULL))
) WITH (autovacuum_vacuum_insert_scale_factor = 0.1);

CREATE TYPE line_row AS (
    account bigint, at timestamptz, number bigint, posted bigint, held bigint, posted_after bigint,
    held_after bigint, hash bytea, home_account bigint, home_at timestamptz, home_number bigint,
    kind smallint, about bigint, entry_at timestamptz,
    line_accounts bigint[], line_ats timestamptz[], line_numbers bigint[],
    hold_accounts bigint[], hold_ids bigint[], hold_changes bigint[]
);

-- Jobs: what commits left to do.
CREATE TABLE jobs (
    topic text COLLATE "C" NOT NULL,
    id bigint NOT NULL,
    account bigint NOT NULL,
    subject bigint NOT NULL,
    due timestamptz NOT NULL,
    attempts integer NOT NULL CHECK (attempts >= 0),
    free_at timestamptz NOT NULL, -- when it may be claimed: due, or the end of a lease
    holder bigint, -- who has the lease; NULL if nobody ever had since it was written
    PRIMARY KEY (topic, id) -- serves: the jobs of a commit, pages of jobs
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
-- Serves: claiming the longest due, and when the next one is due.
CREATE INDEX jobs_free ON jobs (topic, free_at, id);
-- Serves: whether a job stands behind another of its subject. One that bears its
-- subject's own number is found by that.
CREATE INDEX jobs_of_subject ON jobs (topic, subject, id) WHERE id <> subject;

CREATE TYPE job_row AS (topic text, id bigint, account bigint, subject bigint, due timestamptz, attempts integer);
CREATE TYPE job_name AS (topic text, id bigint);

-- Suspense: events of a rail that fit nothing, for the operator.
CREATE TABLE suspense (
    id bigint PRIMARY KEY, -- serves: pages of items
    reason text COLLATE "C" NOT NULL,
    amount bigint NOT NULL,
    received_at timestamptz NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    event_type text COLLATE "C" NOT NULL,
    end_to_end_id text COLLATE "C" NOT NULL,
    movement bigint NOT NULL,
    tx_id text COLLATE "C" NOT NULL,
    pix_key text COLLATE "C" NOT NULL,
    event_amount bigint NOT NULL,
    payer_name text COLLATE "C" NOT NULL,
    payer_document text COLLATE "C" NOT NULL,
    payer_ispb text COLLATE "C" NOT NULL,
    payer_bank_code text COLLATE "C" NOT NULL,
    payer_bank_name text COLLATE "C" NOT NULL,
    payer_branch text COLLATE "C" NOT NULL,
    payer_number text COLLATE "C" NOT NULL,
    event_at timestamptz NOT NULL,
    error_code text COLLATE "C" NOT NULL,
    error_message text COLLATE "C" NOT NULL,
    raw bytea NOT NULL -- as received, whatever that was
);

CREATE TYPE suspense_row AS (
    id bigint, reason text, amount bigint, received_at timestamptz, event_id text, event_type text,
    end_to_end_id text, movement bigint, tx_id text, pix_key text, event_amount bigint,
    payer_name text, payer_document text, payer_ispb text, payer_bank_code text, payer_bank_name text,
    payer_branch text, payer_number text, event_at timestamptz, error_code text, error_message text, raw bytea
);

CREATE TABLE credentials (
    client_id text COLLATE "C" PRIMARY KEY, -- serves: one credential
    account bigint NOT NULL,
    salt bytea NOT NULL CHECK (octet_length(salt) = 16),
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    certificate bytea NOT NULL CHECK (octet_length(certificate) = 32),
    created_at timestamptz NOT NULL
);
-- Serves: an account's credentials.
CREATE INDEX credentials_of_account ON credentials (account, client_id);
-- Serves: whether a certificate is bound to any credential.
CREATE INDEX credentials_by_certificate ON credentials (certificate);

-- Batches: one row for each commit, so that a commit whose answer was lost can be
-- asked after. A fence is written by who asks: it keeps a commit that has not
-- happened yet from ever happening. Old rows are pruned.
CREATE TABLE batches (
    id uuid PRIMARY KEY, -- serves: what became of a commit
    at timestamptz NOT NULL DEFAULT now(),
    fence boolean NOT NULL
);
-- Serves: pruning of the oldest.
CREATE INDEX batches_by_age ON batches (at);

-- Nodes: who may give out numbers as which node.
CREATE TABLE nodes (
    number smallint PRIMARY KEY CHECK (number BETWEEN 0 AND 63),
    epoch bigint NOT NULL DEFAULT 0, -- counts the takings of the number
    free_at timestamptz NOT NULL DEFAULT '-infinity' -- when the lease ends
);
INSERT INTO nodes (number) SELECT generate_series(0, 63);

-- Committers: the highest number given out, a row for each that commits at the
-- same time, so that they do not wait for each other. Node -1 is whoever commits
-- without a lease. A commit of a node whose number was taken by another finds a
-- later epoch than its own and fails, because epoch can't be NULL.
CREATE TABLE committers (
    node smallint NOT NULL,
    slot smallint NOT NULL,
    epoch bigint NOT NULL DEFAULT 0,
    last_id bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (node, slot) -- serves: the last statement of a commit
) WITH (fillfactor = 25);
INSERT INTO committers (node, slot) SELECT n, s FROM generate_series(-1, 63) AS n, generate_series(0, 15) AS s;
