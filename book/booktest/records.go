package booktest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

func record(kind pix.RecordKind, name string, owner, number uint64, body string) pix.Record {
	r := pix.Record{RecordKey: pix.RecordKey{Kind: kind, Name: name}, Owner: owner, Number: number}
	if body != "" {
		r.Body = []byte(body)
	}
	return r
}

// putRecords writes records that may be there, with what they need to be seen.
func (f *fixture) putRecords(records ...pix.Record) {
	f.t.Helper()
	var n pix.Needs
	for _, r := range records {
		n.Records = append(n.Records, r.RecordKey)
	}
	f.write(n, func(b *pix.Books) {
		for _, r := range records {
			b.Records.Put(r.RecordKey, r)
		}
	})
}

func (f *fixture) deleteRecords(keys ...pix.RecordKey) {
	f.t.Helper()
	f.write(pix.Needs{Records: keys}, func(b *pix.Books) {
		for _, key := range keys {
			b.Records.Delete(key)
		}
	})
}

// wantRecords asserts the list of a kind and owner.
func (f *fixture) wantRecords(kind pix.RecordKind, owner uint64, want ...pix.Record) {
	f.t.Helper()
	got, err := f.s.Records(f.ctx, kind, owner, 0, 100)
	f.fatal(err)
	same(f.t, fmt.Sprintf("records of kind %d and owner %d", kind, owner), got, want)
}

func recordFields(f *fixture) {
	names := []string{
		"a", "A", "a ", "ab", "a/b", "%", "'", `"`, `\`, "é", "e\u0301", "😀", "1", "01", "\n", strings.Repeat("x", 512),
	}
	bodies := []string{
		`{}`, `null`, `""`, ` { "b" : 1, "a":2,"a":3} `, `{"nul":"\u0000","é":"😀\ud83d\ude00<&>"}`, `[1.50,1e400,-0]`,
		`"` + strings.Repeat("y", 70_000) + `"`, `{"cpf":"111.444.777-35"}`,
	}
	var all []pix.Record
	for i, name := range names {
		for j, kind := range []pix.RecordKind{pix.RecordMED, pix.RecordDelivery, pix.RecordDeadLetter} {
			owner := []uint64{0, uint64(maria), uint64(ana), 1<<53 - 1}[(i+j)%4]
			number := []uint64{0, 1, 1 << 32, 1<<53 - 1}[(i+2*j)%4]
			all = append(all, record(kind, name, owner, number, bodies[(3*i+j)%len(bodies)]))
		}
	}
	f.putRecords(all...)
	for _, want := range all {
		got, err := f.s.Record(f.ctx, want.RecordKey)
		f.fatal(err)
		same(f.t, "record", got, want)
		want.Name += "z"
		missing[pix.Record](f.t, "record of another name", pix.ErrNotFound)(f.s.Record(f.ctx, want.RecordKey))
	}
	for _, name := range []string{"", "a\x00", "\xff", strings.Repeat("x", 513)} {
		key := pix.RecordKey{Kind: pix.RecordMED, Name: name}
		missing[pix.Record](f.t, "record of an odd name", pix.ErrNotFound)(f.s.Record(f.ctx, key))
	}
	missing[pix.Record](f.t, "record of another kind", pix.ErrNotFound)(
		f.s.Record(f.ctx, pix.RecordKey{Kind: 99, Name: "a"}))
	seen := 0
	for got, err := range f.s.EachRecord(f.ctx) {
		f.fatal(err)
		i := slices.IndexFunc(all, func(r pix.Record) bool { return r.RecordKey == got.RecordKey })
		if i < 0 {
			f.t.Fatalf("walked over %+v", got)
		}
		same(f.t, "walked over", got, all[i])
		seen++
	}
	if seen != len(all) {
		f.t.Errorf("walked over %d records of %d", seen, len(all))
	}
	for range f.s.EachRecord(f.ctx) {
		break
	}
	if report := sound(f.t, f.s); report.Records != uint64(len(all)) {
		f.t.Errorf("report %+v", report)
	}
}

func recordPages(f *fixture) {
	var want []pix.Record
	for i := range uint64(12) {
		name := "case-" + strconv.FormatUint(i*7%12, 10)
		r := record(pix.RecordMED, name, uint64(maria), i*i+1, `{}`)
		f.putRecords(r,
			record(pix.RecordMED, "another's "+name, uint64(joao), i*i+1, `{}`),
			record(pix.RecordDelivery, name, uint64(maria), i*i+1, `{}`))
		want = append(want, r)
	}
	slices.Reverse(want)
	list := func(before uint64, limit int) []pix.Record {
		page, err := f.s.Records(f.ctx, pix.RecordMED, uint64(maria), before, limit)
		f.fatal(err)
		return page
	}
	same(f.t, "all", list(0, 100), want)
	same(f.t, "newest five", list(0, 5), want[:5])
	same(f.t, "the next five", list(want[4].Number, 5), want[5:10])
	same(f.t, "the rest", list(want[9].Number, 5), want[10:])
	same(f.t, "below a number that is nobody's", list(want[4].Number+1, 2), want[4:6])
	same(f.t, "below the oldest", list(1, 5), want[:0])
	same(f.t, "none", list(0, 0), want[:0])
	f.wantRecords(pix.RecordMED, uint64(ana))
	f.wantRecords(pix.RecordDeadLetter, uint64(maria))
	// Those of one number come in order of name, the highest first.
	a, b := record(pix.RecordMED, "a", 5, 7, `{}`), record(pix.RecordMED, "b", 5, 7, `{}`)
	f.putRecords(b, a)
	f.wantRecords(pix.RecordMED, 5, b, a)
}

func recordChanges(f *fixture) {
	a, b := record(pix.RecordMED, "a", 1, 10, `{"n":1}`), record(pix.RecordMED, "b", 1, 20, `{}`)
	f.putRecords(a, b)
	f.wantRecords(pix.RecordMED, 1, b, a)
	a.Body = []byte(`{"n":2}`)
	f.putRecords(a)
	f.wantRecords(pix.RecordMED, 1, b, a)
	a.Number = 30
	f.putRecords(a)
	f.wantRecords(pix.RecordMED, 1, a, b)
	a.Owner = 2
	f.putRecords(a)
	f.wantRecords(pix.RecordMED, 1, b)
	f.wantRecords(pix.RecordMED, 2, a)
	a.Owner, a.Number, a.Body = 0, 5, nil
	b.Owner, b.Number = 2, 1<<53-1
	f.putRecords(a, b)
	f.wantRecords(pix.RecordMED, 0, a)
	f.wantRecords(pix.RecordMED, 1)
	f.wantRecords(pix.RecordMED, 2, b)

	f.deleteRecords(b.RecordKey, pix.RecordKey{Kind: pix.RecordMED, Name: "never was"})
	f.wantRecords(pix.RecordMED, 2)
	missing[pix.Record](f.t, "removed record", pix.ErrNotFound)(f.s.Record(f.ctx, b.RecordKey))
	f.deleteRecords(b.RecordKey)
	b.Owner = 3
	f.putRecords(b) // a name may come again
	f.wantRecords(pix.RecordMED, 3, b)

	f.write(pix.Needs{Records: []pix.RecordKey{a.RecordKey, b.RecordKey}}, func(books *pix.Books) {
		mark := books.Mark()
		books.Records.Delete(a.RecordKey)
		books.Records.Put(pix.RecordKey{Kind: pix.RecordMED, Name: "c"}, record(pix.RecordMED, "c", 0, 9, `{}`))
		books.Rollback(mark)
		books.Records.Delete(b.RecordKey)
		b.Number = 4
		books.Records.Put(b.RecordKey, b)
		books.Records.Put(pix.RecordKey{Kind: pix.RecordMED, Name: "d"}, record(pix.RecordMED, "d", 0, 9, `{}`))
		books.Records.Delete(pix.RecordKey{Kind: pix.RecordMED, Name: "d"})
	})
	f.wantRecords(pix.RecordMED, 0, a)
	f.wantRecords(pix.RecordMED, 3, b)
	if f.h.Durable {
		f.reopen()
		f.wantRecords(pix.RecordMED, 0, a)
		f.wantRecords(pix.RecordMED, 3, b)
	}
}

func needsOfRecords(f *fixture) {
	f.open(maria, 0)
	a, b := record(pix.RecordMED, "a", 1, 10, `{}`), record(pix.RecordDelivery, "a", 1, 10, `[]`)
	f.putRecords(a, b)
	none := pix.RecordKey{Kind: pix.RecordMED, Name: "none"}
	odd := pix.RecordKey{Kind: pix.RecordMED, Name: "a\x00\xff"}
	n := pix.Needs{
		Accounts: []ledger.AccountID{maria}, Records: []pix.RecordKey{a.RecordKey, none, a.RecordKey, none, odd},
	}
	f.seen(n, func(books *pix.Books) {
		got, ok := books.Records.Get(a.RecordKey)
		same(f.t, "loaded record", got, a)
		for _, key := range []pix.RecordKey{b.RecordKey, none, odd} {
			if r, there := books.Records.Get(key); there {
				f.t.Errorf("%+v is loaded as %+v", key, r)
			}
		}
		if _, opened := books.Accounts.Get(maria); !ok || !opened || books.Changed() {
			f.t.Errorf("loaded %t, account %t, changed %t", ok, opened, books.Changed())
		}
	})
}

// concurrentRecords lets many count in the same records, of which some are there
// and some are not.
func concurrentRecords(f *fixture) {
	f.open(maria, 0)
	f.putRecords(record(pix.RecordMED, "old", uint64(maria), 1, `0`))
	const callers, each = 8, 5
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				for _, name := range []string{"old", "new"} {
					if err := f.countIn(pix.RecordKey{Kind: pix.RecordMED, Name: name}); err != nil {
						f.t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	for _, name := range []string{"old", "new"} {
		r, err := f.s.Record(f.ctx, pix.RecordKey{Kind: pix.RecordMED, Name: name})
		f.fatal(err)
		if want := strconv.Itoa(callers * each); string(r.Body) != want {
			f.t.Errorf("%s record counts %s, want %s", name, r.Body, want)
		}
	}
}

// countIn adds one to the number that a record holds.
func (f *fixture) countIn(key pix.RecordKey) error {
	n := pix.Needs{Accounts: []ledger.AccountID{maria}, Records: []pix.RecordKey{key}}
	return f.s.Commit(f.ctx, n, func(b *pix.Books) error {
		r, _ := b.Records.Get(key)
		count, err := strconv.Atoi("0" + string(r.Body))
		if err != nil {
			return err
		}
		r.RecordKey, r.Owner, r.Number = key, uint64(maria), uint64(count+1)
		r.Body = []byte(strconv.Itoa(count + 1))
		b.Records.Put(key, r)
		return nil
	})
}

// takenRecords lets many create the same new records at the same time, with
// nothing else in common: one of them creates each, the others see it.
func takenRecords(f *fixture) {
	const callers, rounds = 8, 10
	for round := range rounds {
		key := pix.RecordKey{Kind: pix.RecordDelivery, Name: "round " + strconv.Itoa(round)}
		var mu sync.Mutex
		created := 0
		var all sync.WaitGroup
		for i := range uint64(callers) {
			all.Go(func() {
				var fresh bool
				n := pix.Needs{Stripe: int(i), Records: []pix.RecordKey{key}}
				err := f.s.Commit(f.ctx, n, func(b *pix.Books) error {
					if _, there := b.Records.Get(key); there {
						fresh = false
						return nil
					}
					fresh = true
					b.Records.Put(key, record(key.Kind, key.Name, i, i, `{}`))
					return nil
				})
				if err != nil {
					f.t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if fresh {
					created++
				}
			})
		}
		all.Wait()
		if created != 1 {
			f.t.Errorf("%s was created %d times", key.Name, created)
		}
	}
}
