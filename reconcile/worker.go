package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// worker works on one file.
type worker struct {
	desk   *Desk
	run    *Run
	file   io.Reader
	breaks *sorter // by class and time
	pairs  []Pair
	keep   []pix.Record // that are not written yet
	seen   int          // lines and entries at the last look at the clock
}

// Bounds of what is written at once.
const (
	chunkPairs  = 500 // in one record
	keepAtOnce  = 8   // chunks, of some 30 KiB each
	breaksOnce  = 200
	beatEvery   = 5 * time.Second
	lookEvery   = 4096 // lines or entries between looks at the clock
	endPatience = 10 * time.Second
)

// work does all of it, gives up its place, and writes down how it ended.
func (w *worker) work(ctx context.Context, leave func()) {
	err := w.match(ctx)
	leave()
	stopped := ctx.Err() != nil
	// The end is written down even while the server stops.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
	defer cancel()
	w.run.EndedAt = w.desk.now()
	w.run.State = Done
	if err != nil {
		w.run.State = Broken
		w.run.Why = w.failure(ctx, err, stopped)
		// What was written of it is removed when it is deleted.
		w.run.Summary, w.run.Open, w.run.Chunks = Summary{}, nil, 0
	}
	if err := w.write(ctx, nil); err != nil && !errors.Is(err, pix.ErrNotFound) {
		w.desk.Log.ErrorContext(ctx, "end of a reconciliation not written", "reconciliation", w.run.ID, "error", err)
	}
}

// failure is what may be told of an error.
func (w *worker) failure(ctx context.Context, err error, stopped bool) *Failure {
	var p *Problem
	switch {
	case errors.As(err, &p):
		return &Failure{Row: p.Row, Field: p.Field, Reason: p.Reason}
	case errors.Is(err, ErrTooManyBreaks):
		return &Failure{Reason: err.Error()}
	case stopped:
		return interrupted
	}
	if !errors.Is(err, pix.ErrNotFound) { // somebody deleted it
		w.desk.Log.ErrorContext(ctx, "reconciliation failed", "reconciliation", w.run.ID, "error", err)
	}
	return &Failure{Reason: "could not be finished; start it again"}
}

func (w *worker) match(ctx context.Context) error {
	w.breaks = &sorter{dir: w.desk.Dir}
	defer w.breaks.close()
	o := Options{
		Period: w.run.Period, Window: time.Duration(w.run.Minutes) * time.Minute, BreaksMax: BreaksMax, Dir: w.desk.Dir,
		Find: Finder(w.desk.Reader, w.run.Account),
	}
	lines := counted(w, ctx, Read(ctx, w.file, w.run.Format, &w.run.Reading), &w.run.Lines)
	summary, err := Match(ctx, o, lines, func(p statement.Period) iter.Seq2[Entry, error] {
		w.run.Period = p
		return counted(w, ctx, Entries(ctx, w.desk.Reader, w.run.Account, p, w.run.Scope, w.desk.now()), &w.run.Entries)
	}, func(f Finding) error { return w.take(ctx, &f) })
	if err != nil {
		return err
	}
	if err := w.flushPairs(ctx, true); err != nil {
		return err
	}
	w.run.Summary = summary
	w.run.Open = make(map[Class]int)
	for class, count := range summary.Classes {
		if class != Matched {
			w.run.Open[class] = count.Count
		}
	}
	return w.writeBreaks(ctx)
}

// counted yields what all yields, and counts it.
func counted[T any](w *worker, ctx context.Context, all iter.Seq2[T, error], count *int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for one, err := range all {
			if err == nil {
				*count++
				err = w.beat(ctx)
			}
			if !yield(one, err) {
				return
			}
		}
	}
}

// beat tells from time to time that the run is at work.
func (w *worker) beat(ctx context.Context) error {
	if w.seen++; w.seen%lookEvery != 0 || w.desk.Now().Sub(w.run.SeenAt) < beatEvery {
		return nil
	}
	return w.write(ctx, nil)
}

// take takes in a finding.
func (w *worker) take(ctx context.Context, f *Finding) error {
	if f.Class == Matched {
		w.pairs = append(w.pairs, newPair(f))
		if len(w.pairs) == chunkPairs {
			return w.flushPairs(ctx, false)
		}
		return w.beat(ctx)
	}
	b := newBreak(f)
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	at, line := time.Time{}, 0
	if b.There != nil {
		at, line = b.There.At, b.There.Line
	} else {
		at = b.Here.At
	}
	key := stamped([]byte{byte(slices.Index(Breaks(), f.Class))}, at)
	for shift := 24; shift >= 0; shift -= 8 {
		key = append(key, byte(line>>shift))
	}
	return w.breaks.add(key, body)
}

// flushPairs makes a record of the pairs, and writes them if there are enough or they
// are the last.
func (w *worker) flushPairs(ctx context.Context, last bool) error {
	if len(w.pairs) > 0 {
		w.run.Chunks++
		record, err := matchesRecord(w.run.ID, w.run.Chunks, w.pairs)
		if err != nil {
			return err
		}
		w.keep, w.pairs = append(w.keep, record), w.pairs[:0]
	}
	if len(w.keep) < keepAtOnce && !last {
		return nil
	}
	err := w.write(ctx, w.keep)
	w.keep = nil
	return err
}

// writeBreaks writes the breaks, numbered by class and time.
func (w *worker) writeBreaks(ctx context.Context) error {
	n := 0
	var keep []pix.Record
	for one, err := range w.breaks.all() {
		if err != nil {
			return err
		}
		var b Break
		if err := json.Unmarshal(one.value, &b); err != nil {
			return err
		}
		n++
		b.Number = n
		record, err := b.record(w.run.ID)
		if err != nil {
			return err
		}
		if keep = append(keep, record); len(keep) == breaksOnce {
			if err := w.write(ctx, keep); err != nil {
				return err
			}
			keep = nil
		}
	}
	return w.write(ctx, keep)
}

// write writes records, and the run as it is now. It returns pix.ErrNotFound if the
// run was deleted.
func (w *worker) write(ctx context.Context, keep []pix.Record) error {
	w.run.SeenAt = w.desk.now()
	record, err := w.run.record()
	if err != nil {
		return err
	}
	_, err = book.Do(ctx, w.desk.Book, &pix.ChangeRecords{
		Account: w.run.Account, Keys: []pix.RecordKey{record.RecordKey}, Keep: keep,
		Change: func([]pix.Record) ([]pix.Record, error) { return []pix.Record{record}, nil },
	})
	return err
}
