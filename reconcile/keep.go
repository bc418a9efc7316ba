package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// Runs lists the reconciliations of an account, newest first.
func (d *Desk) Runs(ctx context.Context, account ledger.AccountID) ([]Run, error) {
	// Two that begin at the same moment may be one more than RunsMax.
	records, err := d.Reader.Records(ctx, pix.RecordReconciliation, uint64(account), 0, 2*RunsMax)
	if err != nil {
		return nil, err
	}
	runs := make([]Run, len(records))
	for i, record := range records {
		if runs[i], err = readRun(record); err != nil {
			return nil, err
		}
		runs[i].settle(d.now())
	}
	return runs, nil
}

// Find returns a reconciliation of an account, or ErrNone.
func (d *Desk) Find(ctx context.Context, account ledger.AccountID, id uint64) (Run, error) {
	record, err := d.Reader.Record(ctx, runKey(id))
	if errors.Is(err, pix.ErrNotFound) || err == nil && record.Owner != uint64(account) {
		return Run{}, ErrNone
	}
	if err != nil {
		return Run{}, err
	}
	run, err := readRun(record)
	run.settle(d.now())
	return run, err
}

// BreakQuery says which breaks are wanted.
type BreakQuery struct {
	Class Class // empty is all
	Open  *bool // nil is both
	Skip  int
	Limit int
}

// Breaks returns a page of the breaks of a run that is done, by class and time, and
// how many there are on all pages.
func (d *Desk) Breaks(ctx context.Context, run *Run, q BreakQuery) (page []Break, total int, err error) {
	first, last := run.numbers(q.Class)
	total = last - first + 1
	if q.Open != nil {
		open := 0
		for class, n := range run.Open {
			if q.Class == "" || q.Class == class {
				open += n
			}
		}
		if total -= open; *q.Open {
			total = open
		}
	} else { // numbers have no gaps
		first, q.Skip = first+q.Skip, 0
	}
	for b, err := range d.breaks(ctx, run.ID, first, last) {
		if err != nil {
			return nil, 0, err
		}
		if q.Open != nil && b.Closed == *q.Open {
			continue
		}
		if q.Skip--; q.Skip >= 0 {
			continue
		}
		if len(page) == q.Limit {
			break
		}
		page = append(page, b)
	}
	return page, total, nil
}

// numbers are the first and the last number that breaks of a class have.
func (r *Run) numbers(class Class) (first, last int) {
	first = 1
	for _, c := range Breaks() {
		n := r.Summary.Classes[c].Count
		if c == class {
			return first, first + n - 1
		}
		first += n
	}
	return 1, first - 1
}

// recordsAtOnce is how many records are read at a time.
const recordsAtOnce = 200

// breaks yields breaks by number.
func (d *Desk) breaks(ctx context.Context, run uint64, first, last int) iter.Seq2[Break, error] {
	return func(yield func(Break, error) bool) {
		for n := first; n <= last; n += recordsAtOnce {
			limit := min(recordsAtOnce, last-n+1)
			records, err := d.Reader.Records(ctx, pix.RecordBreak, run, firstNumber-uint64(n)+1, limit)
			if err != nil {
				yield(Break{}, err)
				return
			}
			for _, record := range records {
				b, err := readBreak(record)
				if !yield(b, err) || err != nil {
					return
				}
			}
			if len(records) < limit {
				return // they are being deleted
			}
		}
	}
}

// pairs yields the matches of a run.
func (d *Desk) pairs(ctx context.Context, run *Run) iter.Seq2[Pair, error] {
	return func(yield func(Pair, error) bool) {
		const atOnce = 4 // of some 30 KiB each
		for n := 1; n <= run.Chunks; n += atOnce {
			records, err := d.Reader.Records(ctx, pix.RecordMatches, run.ID, firstNumber-uint64(n)+1, atOnce)
			if err != nil {
				yield(Pair{}, err)
				return
			}
			for _, record := range records {
				var pairs []Pair
				if err := json.Unmarshal(record.Body, &pairs); err != nil {
					yield(Pair{}, fmt.Errorf("read matches %s: %w", record.Name, err))
					return
				}
				for _, p := range pairs {
					if !yield(p, nil) {
						return
					}
				}
			}
		}
	}
}

// Remark is what is to be changed of a break.
type Remark struct {
	Note   *string // nil leaves it
	Closed *bool   // nil leaves it
	Who    string  // credential that changes it
}

// Change changes a break of a run that is done: ErrNone if there is no such break,
// ErrRunning while they are being found.
func (d *Desk) Change(ctx context.Context, run *Run, n int, r Remark) (Break, error) {
	if run.State == Running {
		return Break{}, ErrRunning
	}
	var changed Break
	at := d.now()
	_, err := book.Do(ctx, d.Book, &pix.ChangeRecords{
		Account: run.Account, Keys: []pix.RecordKey{runKey(run.ID), breakKey(run.ID, n)},
		Change: func(now []pix.Record) ([]pix.Record, error) {
			run, err := readRun(now[0])
			if err != nil {
				return nil, err
			}
			if changed, err = readBreak(now[1]); err != nil {
				return nil, err
			}
			changed.ChangedAt, changed.ChangedBy = at, r.Who
			if r.Note != nil {
				changed.Note = *r.Note
			}
			if r.Closed != nil && *r.Closed != changed.Closed {
				changed.Closed = *r.Closed
				run.close(changed.Class, changed.Closed)
			}
			if now[0], err = run.record(); err != nil {
				return nil, err
			}
			now[1], err = changed.record(run.ID)
			return now, err
		},
	})
	if errors.Is(err, pix.ErrNotFound) {
		err = ErrNone
	}
	return changed, err
}

// close counts a break that is closed, or open again.
func (r *Run) close(class Class, closed bool) {
	if closed {
		r.Open[class]--
	} else {
		r.Open[class]++
	}
}

// Delete removes a run and all that belongs to it, or returns ErrRunning.
func (d *Desk) Delete(ctx context.Context, run *Run) error {
	if run.State == Running {
		return ErrRunning
	}
	for _, kind := range []pix.RecordKind{pix.RecordMatches, pix.RecordBreak} {
		if err := d.deleteAll(ctx, run, kind); err != nil {
			return err
		}
	}
	_, err := book.Do(ctx, d.Book, &pix.KeepRecords{Account: run.Account, Forget: []pix.RecordKey{runKey(run.ID)}})
	return err
}

func (d *Desk) deleteAll(ctx context.Context, run *Run, kind pix.RecordKind) error {
	// Stores take long to look at what was just removed, so each page begins where the
	// one before ended.
	for before := uint64(0); ; {
		records, err := d.Reader.Records(ctx, kind, run.ID, before, recordsAtOnce)
		if err != nil || len(records) == 0 {
			return err
		}
		before = records[len(records)-1].Number
		keys := make([]pix.RecordKey, len(records))
		for i, record := range records {
			keys[i] = record.RecordKey
		}
		if _, err := book.Do(ctx, d.Book, &pix.KeepRecords{Account: run.Account, Forget: keys}); err != nil {
			return err
		}
	}
}
