package postgres

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/internal/sheet"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// writes are the rows that a commit writes.
type writes struct {
	loaded    *loading
	overwrite bool // see pix.Books

	newAccounts, accounts                  rows
	profiles                               rows
	touched                                []ledger.AccountID // accounts whose profile is written
	newHolds, holds, holdSteps             rows
	newMovements, movements, movementSteps rows
	lines                                  rows
	keys                                   rows
	leads                                  []book.TakenKey // new ones
	newJobs, jobs, endedJobs               rows
	suspense                               rows
	newRecords, records, endedRecords      rows
	scratch                                rows // for comparing
}

// gather encodes what the books have changed. All commits write everything in one
// order, by table and key.
func gather(o *loading) (*writes, error) {
	b := o.books
	w := &writes{loaded: o, overwrite: b.Overwrite, scratch: rows{b: make([]byte, 0, 1024)}}
	removed := errorsOf(
		split(b.Accounts.Changes(), compare, w.newAccounts.account, w.accounts.account),
		split(b.Profiles.Changes(), compare, w.profile, w.profile),
		split(b.Holds.Changes(), compare, w.newHolds.hold, w.hold),
		split(b.Movements.Changes(), compare, w.newMovement, w.movement),
		split(b.Suspended.Changes(), compare, w.suspense.suspenseItem, w.suspense.suspenseItem),
	)
	if removed != nil {
		return nil, removed
	}
	entries := b.Entries()
	for i := range entries {
		w.lines.entry(&entries[i])
	}
	w.gatherKeys(b)
	w.gatherJobs(b)
	w.gatherRecords(b)
	for _, r := range []*rows{
		&w.newAccounts, &w.accounts, &w.profiles, &w.newHolds, &w.holds, &w.holdSteps, &w.newMovements,
		&w.movements, &w.movementSteps, &w.lines, &w.keys, &w.newJobs, &w.jobs, &w.endedJobs, &w.suspense,
		&w.newRecords, &w.records, &w.endedRecords,
	} {
		if r.err != nil {
			return nil, r.err
		}
	}
	return w, nil
}

// split encodes changes in order of key, those of new records apart.
func split[K comparable, V any](
	changes []sheet.Change[K, V], order func(a, b K) int, create, change func(*V),
) error {
	slices.SortFunc(changes, func(a, b sheet.Change[K, V]) int { return order(a.Key, b.Key) })
	for i := range changes {
		c := &changes[i]
		switch {
		case c.Deleted:
			return fmt.Errorf("%w: only jobs and records can be removed", book.ErrUnfit)
		case c.Stored:
			change(&c.Value)
		default:
			create(&c.Value)
		}
	}
	return nil
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writes) profile(p *pix.Profile) {
	w.profiles.profile(p)
	w.touched = append(w.touched, p.ID)
}

// hold writes a hold that was loaded.
func (w *writes) hold(h *ledger.Hold) {
	was := w.loaded.holds[h.ID]
	was.Held, was.Captured, was.Released, was.Cancelled = h.Held, h.Captured, h.Released, h.Cancelled
	was.ClosedAt = h.ClosedAt
	if was == *h {
		w.holdSteps.holdStep(h)
	} else {
		w.holds.hold(h)
	}
}

// newMovement writes a movement that was not loaded.
func (w *writes) newMovement(m *pix.Movement) {
	w.newMovements.movement(m)
	w.lead(pix.MovementKey(m.ID), pix.Target{Account: m.Account, ID: uint64(m.ID)})
}

// lead notes where a key leads once the commit is done.
func (w *writes) lead(key pix.Key, target pix.Target) {
	w.leads = append(w.leads, book.TakenKey{Key: key, Target: target})
}

// movement writes a movement that was loaded.
func (w *writes) movement(m *pix.Movement) {
	was := w.loaded.movements[m.ID]
	was.Status, was.Processing, was.UpdatedAt, was.ProcessedAt = m.Status, m.Processing, m.UpdatedAt, m.ProcessedAt
	was.ErrorCode, was.ErrorMessage = m.ErrorCode, m.ErrorMessage
	w.scratch = rows{b: w.scratch.b[:0]}
	w.scratch.movement(&was)
	size := len(w.scratch.b)
	w.scratch.movement(m)
	if bytes.Equal(w.scratch.b[:size], w.scratch.b[size:]) {
		w.movementSteps.movementStep(m)
	} else {
		w.movements.movement(m)
	}
}

// gatherKeys encodes new keys. One that was there may be put again, to lead
// where it does already.
func (w *writes) gatherKeys(b *pix.Books) {
	changes := b.Keys.Changes()
	slices.SortFunc(changes, func(a, b sheet.Change[pix.Key, pix.Target]) int { return compareKeys(a.Key, b.Key) })
	for _, c := range changes {
		if !c.Stored {
			w.keys.key(c.Key, c.Value)
			w.lead(c.Key, c.Value)
			continue
		}
		i := slices.Index(w.loaded.found, c.Key)
		if c.Deleted || i < 0 || w.loaded.targets[i] != c.Value {
			w.keys.refuse("a key that is taken can't lead elsewhere")
		}
	}
}

func (w *writes) gatherJobs(b *pix.Books) {
	changes := b.Jobs.Changes()
	slices.SortFunc(changes, func(a, b sheet.Change[pix.JobKey, pix.Job]) int { return compareJobs(a.Key, b.Key) })
	for i := range changes {
		switch c := &changes[i]; {
		case c.Deleted:
			w.endedJobs.jobName(c.Key)
		case c.Stored:
			w.jobs.job(&c.Value)
		default:
			w.newJobs.job(&c.Value)
		}
	}
}

func (w *writes) gatherRecords(b *pix.Books) {
	changes := b.Records.Changes()
	slices.SortFunc(changes, func(a, b sheet.Change[pix.RecordKey, pix.Record]) int {
		return compareRecords(a.Key, b.Key)
	})
	for i := range changes {
		switch c := &changes[i]; {
		case c.Deleted && storable(c.Key.Name):
			w.endedRecords.recordName(c.Key)
		case c.Deleted:
		case c.Stored:
			w.records.record(&c.Value)
		default:
			w.newRecords.record(&c.Value)
		}
	}
}

// send puts everything on the line.
func (w *writes) send(l *line) {
	t := l.types
	write := func(s *statement, r *rows, element uint32) {
		if r.count > 0 {
			l.send(s, nil, r.array(element))
		}
	}
	update := func(s *statement, r *rows, element uint32) {
		if r.count > 0 {
			l.update(s, r.count, r.array(element))
		}
	}
	write(w.create(&accountTable), &w.newAccounts, t.account)
	update(&accountTable.update, &w.accounts, t.account)
	write(&profileTable.replace, &w.profiles, t.profile)
	if len(w.touched) > 0 {
		l.update(&touchProfiles, len(w.touched), ids(w.touched))
	}
	write(w.create(&holdTable), &w.newHolds, t.hold)
	update(&stepHolds, &w.holdSteps, t.holdStep)
	update(&holdTable.update, &w.holds, t.hold)
	write(w.create(&movementTable), &w.newMovements, t.movement)
	update(&stepMovements, &w.movementSteps, t.movementStep)
	update(&movementTable.update, &w.movements, t.movement)
	write(w.add(&lineTable), &w.lines, t.line)
	write(w.add(&keyTable), &w.keys, t.key)
	if w.overwrite {
		write(&replaceJobs, &w.newJobs, t.job)
	} else {
		write(&insertJobs, &w.newJobs, t.job)
	}
	update(&updateJobs, &w.jobs, t.job)
	write(&deleteJobs, &w.endedJobs, t.jobName)
	write(w.add(&suspenseTable), &w.suspense, t.suspense)
	write(w.create(&recordTable), &w.newRecords, t.record)
	update(&recordTable.update, &w.records, t.record)
	write(&deleteRecords, &w.endedRecords, t.recordName)
}

// create returns how records are written that were not loaded.
func (w *writes) create(t *table) *statement {
	if w.overwrite {
		return &t.replace
	}
	return &t.insert
}

// add returns how records are written that never change.
func (w *writes) add(t *table) *statement {
	if w.overwrite {
		return &t.keep
	}
	return &t.insert
}

// spaces encodes as smallint[] the spaces that are in a set.
func spaces(in func(pix.Space) bool) []byte {
	r := rows{b: make([]byte, headerSize)}
	for _, space := range pix.Spaces() {
		if in(space) {
			r.count++
			r.b = binary.BigEndian.AppendUint32(r.b, 2)
			r.b = append(r.b, 0, byte(space))
		}
	}
	return r.array(pgtype.Int2OID)
}
