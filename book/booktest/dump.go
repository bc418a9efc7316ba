package booktest

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// pageSize is small, so that dumps cross the borders of pages.
const pageSize = 7

// Dump returns everything that a store's reader tells, in lines, so that two
// stores or two states of one can be compared.
func Dump(ctx context.Context, r book.Reader) ([]string, error) {
	d := &dump{ctx: ctx, r: r}
	d.run()
	return d.lines, d.err
}

type dump struct {
	ctx   context.Context //nolint:containedctx // a dump is one call
	r     book.Reader
	lines []string
	err   error
}

func (d *dump) run() {
	accounts := collect(d, "account", d.r.EachAccount(d.ctx))
	for _, a := range accounts {
		collect(d, fmt.Sprintf("account %s entry", a.ID), d.r.EachEntry(d.ctx, a.ID))
		collect(d, fmt.Sprintf("account %s hold", a.ID), d.r.EachHold(d.ctx, a.ID))
		newest(d, a.ID)
		pages(d, fmt.Sprintf("account %s open hold", a.ID), func(h ledger.Hold) ledger.HoldID { return h.ID },
			func(after ledger.HoldID) ([]ledger.Hold, error) { return d.r.OpenHolds(d.ctx, a.ID, after, pageSize) })
	}
	for _, m := range collect(d, "movement", d.r.EachMovement(d.ctx)) {
		d.keys(m)
		d.statement(m)
	}
	pages(d, "profile", func(p pix.Profile) ledger.AccountID { return p.ID },
		func(after ledger.AccountID) ([]pix.Profile, error) { return d.r.Profiles(d.ctx, after, pageSize) })
	for _, topic := range []pix.Topic{pix.RailHTTP, pix.RailSandbox, testTopic} {
		pages(d, "job", func(j pix.Job) uint64 { return j.ID },
			func(after uint64) ([]pix.Job, error) { return d.r.Jobs(d.ctx, topic, after, pageSize) })
	}
	pages(d, "suspense", func(i pix.SuspenseItem) uint64 { return i.ID },
		func(after uint64) ([]pix.SuspenseItem, error) { return d.r.Suspense(d.ctx, after, pageSize) })
	d.records()
	totals, err := d.r.Totals(d.ctx)
	maps.DeleteFunc(totals, func(_ ledger.Role, t book.Total) bool { return t == book.Total{} })
	d.add("totals", totals, err)
	last, err := d.r.LastID(d.ctx)
	d.add("last id", last, err)
}

func (d *dump) add(what string, value any, err error) {
	if d.err == nil {
		d.err = err
	}
	d.lines = append(d.lines, what+" "+readable(value))
}

// records reads all records, as they are walked over sorted by key, and the list of
// every owner.
func (d *dump) records() {
	var all []pix.Record
	for r, err := range d.r.EachRecord(d.ctx) {
		if err != nil {
			d.add("record", nil, err)
			return
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b pix.Record) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	type list struct {
		kind  pix.RecordKind
		owner uint64
	}
	seen := make(map[list]bool)
	for _, r := range all {
		d.add("record", r, nil)
		if l := (list{r.Kind, r.Owner}); !seen[l] {
			seen[l] = true
			listed, err := d.r.Records(d.ctx, l.kind, l.owner, 0, len(all))
			d.add(fmt.Sprintf("list %+v", l), listed, err)
		}
	}
}

// keys looks up every key that a movement should be found under.
func (d *dump) keys(m pix.Movement) {
	external := pix.SpacePayment
	if m.Kind == pix.Receipt {
		external = pix.SpaceCharge
	}
	for _, key := range []pix.Key{
		pix.MovementKey(m.ID),
		{Space: external, Account: m.Account, Value: m.ExternalID},
		{Space: pix.SpaceEndToEndOut, Value: string(m.EndToEndID)},
		{Space: pix.SpaceEndToEndIn, Value: string(m.EndToEndID)},
		{Space: pix.SpaceTxID, Value: string(m.TxID)},
	} {
		if target, err := d.r.Lookup(d.ctx, key); err == nil {
			d.add(fmt.Sprintf("key %+v", key), target, nil)
		}
	}
}

// statement wants a movement to be on the statements that ask for its ids.
func (d *dump) statement(m pix.Movement) {
	for what, q := range map[string]book.StatementQuery{
		"externalId": {ExternalID: m.ExternalID}, "end-to-end id": {EndToEndID: string(m.EndToEndID)},
	} {
		if q == (book.StatementQuery{}) {
			continue
		}
		q.Account, q.Limit = m.Account, pageSize
		page, _, err := d.r.Statement(d.ctx, q)
		if d.err == nil {
			d.err = err
		}
		if !slices.ContainsFunc(page, func(other pix.Movement) bool { return other.ID == m.ID }) {
			d.add(fmt.Sprintf("movement %s is not found by its %s", m.ID, what), "", nil)
		}
	}
}

func collect[V any](d *dump, what string, all iter.Seq2[V, error]) []V {
	var out []V
	for v, err := range all {
		d.add(what, v, err)
		if err != nil {
			break
		}
		out = append(out, v)
	}
	return out
}

// pages reads page after page until one is not full.
func pages[V any, K any](d *dump, what string, key func(V) K, page func(after K) ([]V, error)) {
	var after K
	for {
		values, err := page(after)
		if err != nil {
			d.add(what, nil, err)
			return
		}
		for _, v := range values {
			d.add(what, v, nil)
			after = key(v)
		}
		if len(values) < pageSize {
			return
		}
	}
}

// newest reads an account's movements from the newest to the oldest.
func newest(d *dump, id ledger.AccountID) {
	var before pix.MovementID
	for {
		page, err := d.r.Movements(d.ctx, id, before, pageSize)
		for _, m := range page {
			d.add(fmt.Sprintf("account %s movement", id), m.ID, nil)
			before = m.ID
		}
		if err != nil || len(page) < pageSize {
			d.add(fmt.Sprintf("account %s movements end", id), "", err)
			return
		}
	}
}

// sameDump asserts that two dumps are the same, and shows where they part.
func sameDump(t *testing.T, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	const shown = 5
	var parts []string
	for i := range max(len(got), len(want)) {
		g, w := lineAt(got, i), lineAt(want, i)
		if g != w && len(parts) < shown {
			parts = append(parts, fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g, w))
		}
	}
	t.Errorf("%d lines and %d lines differ:\n%s", len(got), len(want), strings.Join(parts, "\n"))
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// mustDump dumps a store.
func mustDump(t *testing.T, r book.Reader) []string {
	t.Helper()
	lines, err := Dump(t.Context(), r)
	if err != nil {
		t.Fatalf("dump: %v", err)
	}
	return lines
}

// sound asserts that Verify finds nothing wrong.
func sound(t *testing.T, r book.Reader) book.Report {
	t.Helper()
	report, err := book.Verify(t.Context(), r, nil)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	for _, finding := range report.Findings {
		t.Errorf("verify: %v", finding)
	}
	return report
}
