package postgres

// statement is one that every connection for commits has prepared. It is named,
// so that a commit sends its name and not its text.
type statement struct{ name, sql string }

// What a commit sends. Every statement is written so that there is one sensible
// way to do it, from few rows to others by their keys; see sessionPlans.
var (
	begin    = statement{"saldo_begin", `BEGIN ISOLATION LEVEL READ COMMITTED`}
	commit   = statement{"saldo_commit", `COMMIT`}
	rollback = statement{"saldo_rollback", `ROLLBACK`}

	// lockKnown locks accounts by their ids, which come in order, and returns
	// them as they are once they are locked.
	lockKnown = statement{"saldo_lock_known", `
		SELECT ` + accountColumns + `, a.profile_version
		FROM unnest($1::bigint[]) AS named(id)
		CROSS JOIN LATERAL (SELECT * FROM accounts AS a WHERE a.id = named.id FOR NO KEY UPDATE) AS a`}

	// lockAccounts locks the accounts that are named by their ids, by keys, by
	// movements and by jobs, in order of id.
	lockAccounts = statement{"saldo_lock_accounts", `
		SELECT ` + accountColumns + `, a.profile_version
		FROM (
			SELECT id FROM (
				SELECT unnest($1::bigint[]) AS id
				UNION
				SELECT k.target_account FROM unnest($2::key_name[]) AS n
				JOIN keys AS k ON k.space = n.space AND k.account = n.account AND k.value = n.value
				UNION
				SELECT m.account FROM unnest($3::bigint[]) AS n(id) JOIN movements AS m ON m.id = n.id
				UNION
				SELECT j.account FROM unnest($4::job_name[]) AS n
				JOIN jobs AS j ON j.topic = n.topic AND j.id = n.id
			) AS named
			ORDER BY id
		) AS named
		CROSS JOIN LATERAL (SELECT * FROM accounts AS a WHERE a.id = named.id FOR NO KEY UPDATE) AS a`}

	// loadKeys returns where keys lead: the number of the key in the question,
	// the target, the movement if it is one, the hold if there is one. What leads to
	// a suspense item is followed onward; others are not even asked for that, since
	// nothing equals NULL. OFFSET 0 keeps the server from looking for a hold by its
	// account alone.
	loadKeys = statement{"saldo_load_keys", `
		SELECT m.i, m.target_account, m.target, ` + movementColumns + `, ` + holdColumns + `
		FROM (
			SELECT n.i, ` + onwardColumns + `, m.*,
				coalesce(o.target_account, k.target_account) AS hold_account, CASE
				WHEN m.hold <> 0 THEN m.hold WHEN n.space = ANY($3::smallint[]) THEN k.target END AS hold_id
			FROM unnest($1::key_name[]) WITH ORDINALITY AS n(space, account, value, i)
			JOIN keys AS k ON k.space = n.space AND k.account = n.account AND k.value = n.value
			` + onwardKeys(`n.space = ANY($2::smallint[])`) + `
			LEFT JOIN movements AS m ON m.id = CASE
				WHEN n.space = ANY($2::smallint[]) THEN coalesce(o.target, k.target) END
			OFFSET 0
		) AS m
		LEFT JOIN holds AS h ON h.account = m.hold_account AND h.id = m.hold_id`}

	// loadNumbers does the same for the numbers of movements, which are no keys.
	loadNumbers = statement{"saldo_load_numbers", `
		SELECT n.i, ` + movementColumns + `, ` + holdColumns + `
		FROM unnest($1::bigint[]) WITH ORDINALITY AS n(id, i)
		JOIN movements AS m ON m.id = n.id
		LEFT JOIN holds AS h ON h.account = m.account AND h.id = m.hold`}

	loadJobs = statement{"saldo_load_jobs", `
		SELECT ` + jobColumns + `
		FROM (SELECT topic, id FROM unnest($1::job_name[]) ORDER BY topic COLLATE "C", id) AS n
		CROSS JOIN LATERAL (
			SELECT * FROM jobs AS j WHERE j.topic = n.topic AND j.id = n.id FOR NO KEY UPDATE
		) AS j`}

	// loadRecords locks records, in order, so that of two commits that change one
	// the second sees what the first has done, whatever else they lock.
	loadRecords = statement{"saldo_load_records", `
		SELECT ` + recordColumns + `
		FROM (SELECT kind, name FROM unnest($1::record_name[]) ORDER BY kind, name COLLATE "C") AS n
		CROSS JOIN LATERAL (
			SELECT * FROM records AS r WHERE r.kind = n.kind AND r.name = n.name FOR NO KEY UPDATE
		) AS r`}

	loadProfiles = statement{"saldo_load_profiles", `
		SELECT ` + profileColumns + ` FROM profiles AS p WHERE p.id = ANY($1::bigint[])`}
	loadWaiting = statement{"saldo_load_waiting", `
		SELECT ` + holdColumns + ` FROM holds AS h
		WHERE h.account = ANY($1::bigint[]) AND h.closed_at IS NULL AND h.sweep AND h.shortfall > 0`}

	touchProfiles = statement{"saldo_touch_profiles", `
		UPDATE accounts AS a SET profile_version = a.profile_version + 1
		FROM unnest($1::bigint[]) AS u(id) WHERE a.id = u.id`}

	// stepHolds and stepMovements write what mostly changes, and nothing else.
	stepHolds = statement{"saldo_step_holds", `
		UPDATE holds AS h SET held = u.held, captured = u.captured, released = u.released,
			cancelled = u.cancelled, shortfall = u.shortfall, closed_at = u.closed_at
		FROM unnest($1::hold_step[]) AS u WHERE h.account = u.account AND h.id = u.id`}
	stepMovements = statement{"saldo_step_movements", `
		UPDATE movements AS m SET status = u.status, processing = u.processing, updated_at = u.updated_at,
			processed_at = u.processed_at, error_code = u.error_code, error_message = u.error_message
		FROM unnest($1::movement_step[]) AS u WHERE m.id = u.id`}

	insertJobs = statement{"saldo_insert_jobs", `
		INSERT INTO jobs (topic, id, account, subject, due, attempts, note, free_at)
		SELECT topic, id, account, subject, due, attempts, note, due FROM unnest($1::job_row_2[])`}
	// updateJobs and replaceJobs end the lease of a job that is written anew.
	updateJobs = statement{"saldo_update_jobs", `
		UPDATE jobs AS j SET account = u.account, subject = u.subject, due = u.due, attempts = u.attempts,
			note = u.note, free_at = u.due, holder = NULL
		FROM unnest($1::job_row_2[]) AS u WHERE j.topic = u.topic AND j.id = u.id`}
	replaceJobs = statement{"saldo_replace_jobs", insertJobs.sql + `
		ON CONFLICT (topic, id) DO UPDATE SET account = excluded.account, subject = excluded.subject,
			due = excluded.due, attempts = excluded.attempts, note = excluded.note, free_at = excluded.due, holder = NULL`}
	deleteJobs = statement{"saldo_delete_jobs", `
		DELETE FROM jobs AS j USING unnest($1::job_name[]) AS n WHERE j.topic = n.topic AND j.id = n.id`}

	deleteRecords = statement{"saldo_delete_records", `
		DELETE FROM records AS r USING unnest($1::record_name[]) AS n WHERE r.kind = n.kind AND r.name = n.name`}

	insertBatch = statement{"saldo_insert_batch", `INSERT INTO batches (id, fence) VALUES ($1, false)`}

	// markCommitter keeps the highest number that was given out. It fails when
	// another has taken the number of this node.
	markCommitter = statement{"saldo_mark_committer", `
		UPDATE committers SET last_id = greatest(last_id, $4::bigint),
			epoch = CASE WHEN epoch = $3::bigint THEN epoch END
		WHERE node = $1::smallint AND slot = $2::smallint`}
)

// prepared lists what every connection for commits prepares.
var prepared = []*statement{
	&begin, &commit, &rollback, &lockKnown, &lockAccounts,
	&loadKeys, &loadNumbers, &loadJobs, &loadRecords, &loadProfiles, &loadWaiting,
	&accountTable.insert, &accountTable.update, &accountTable.replace, &profileTable.replace, &touchProfiles,
	&holdTable.insert, &holdTable.update, &holdTable.replace,
	&movementTable.insert, &movementTable.update, &movementTable.replace,
	&stepHolds, &stepMovements, &lineTable.insert, &lineTable.keep, &keyTable.insert, &keyTable.keep,
	&suspenseTable.insert, &suspenseTable.keep, &insertJobs, &updateJobs, &replaceJobs, &deleteJobs, &insertBatch,
	&markCommitter, &recordTable.insert, &recordTable.update, &recordTable.replace, &deleteRecords,
}
