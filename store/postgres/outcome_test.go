package postgres_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/postgres"
	"github.com/saldo-pix/saldo/test/pgtest"
)

var cuts = flag.Int("cuts", 500, "connections to cut at random places")

// cutWorld is a store behind a proxy, and what its callers were told.
type cutWorld struct {
	t      *testing.T
	proxy  *pgtest.Proxy
	direct string
	s      *postgres.Store
	id     uint64
	done   map[uint64]error // what became of payments
}

// hasty gives up soon.
var hasty = postgres.Options{Timeout: time.Second, Patience: 2 * time.Second}

func newCutWorld(t *testing.T) *cutWorld {
	server := pgtest.Shared(t)
	w := &cutWorld{t: t, proxy: pgtest.ProxyOf(t, server), direct: server.NewDatabase(t), done: make(map[uint64]error)}
	if err := postgres.Migrate(t.Context(), w.direct); err != nil { // which may take longer than the hasty wait
		t.Fatal(err)
	}
	w.s = open(t, w.proxy.URL(t, w.direct), hasty)
	must(t, w.s, openAccount(firstAccount, 1_000_000_00))
	w.pay()
	return w
}

// pay places a payment and remembers the answer.
func (w *cutWorld) pay() error {
	w.id++
	_, err := do(w.s, payment(w.id, firstAccount, 1_00))
	w.done[w.id] = err
	return err
}

// kept tells whether a payment is in the books.
func (w *cutWorld) kept(id uint64) bool {
	return value[bool](w.t, w.direct, `SELECT EXISTS (SELECT FROM movements WHERE id = $1)`, id)
}

// check asserts that the newest answer is true: done is there, not done is not.
func (w *cutWorld) check() {
	w.t.Helper()
	err, kept := w.done[w.id], w.kept(w.id)
	switch {
	case err == nil && !kept:
		w.t.Errorf("payment %d was acknowledged and is not there", w.id)
	case err != nil && kept && !errors.Is(err, book.ErrOutcomeUnknown):
		w.t.Errorf("payment %d was refused and is there: %v", w.id, err)
	case err != nil && !errors.Is(err, book.ErrUnavailable) && !errors.Is(err, book.ErrOutcomeUnknown):
		w.t.Errorf("payment %d: %v", w.id, err)
	}
}

// recover waits until the store works again.
func (w *cutWorld) recover() {
	w.t.Helper()
	begin := time.Now()
	for w.pay() != nil {
		if time.Since(begin) > 20*time.Second {
			w.t.Fatalf("the store does not recover: %v", w.done[w.id])
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.check()
}

// TestCutAroundCommit cuts the connection around COMMIT and around the first
// statement of the second round trip.
func TestCutAroundCommit(t *testing.T) {
	picks := map[string]func(pgtest.Message) bool{
		"commit": pgtest.IsCommit,
		"write": func(m pgtest.Message) bool {
			return m.Runs() && strings.Contains(m.SQL, "UPDATE accounts")
		},
		"lock": func(m pgtest.Message) bool {
			return m.Runs() && strings.Contains(m.SQL, "FOR NO KEY UPDATE")
		},
	}
	for name, pick := range picks {
		for _, stage := range pgtest.Stages {
			t.Run(fmt.Sprintf("%s %s", name, stage), func(t *testing.T) {
				w := newCutWorld(t)
				f := w.proxy.CutAt(stage, pick)
				err := w.pay()
				select {
				case <-f.Fired():
				case <-time.After(10 * time.Second): // it may be told a moment after the payment was placed anew
					t.Fatal("nothing was cut")
				}
				if stage != pgtest.Late && err != nil {
					t.Errorf("what could be found out was not: %v", err)
				}
				w.check()
				if stage == pgtest.Late {
					f.Deliver()
					w.check() // what was promised not to have happened must not happen now
				}
				w.recover()
				sound(t, w.s)
			})
		}
	}
}

// TestCutAnywhere cuts connections after random numbers of bytes, either way.
func TestCutAnywhere(t *testing.T) {
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	w := newCutWorld(t)
	unknown := 0
	for range *cuts {
		var f *pgtest.Fault
		if rng.IntN(3) > 0 {
			f = w.proxy.CutAfterBytes(1 + rng.IntN(4_500))
		} else {
			f = w.proxy.CutAfterAnswerBytes(1 + rng.IntN(800))
		}
		err := w.pay()
		f.Disarm()
		w.check()
		if errors.Is(err, book.ErrOutcomeUnknown) {
			unknown++
		}
	}
	w.recover()
	for id, err := range w.done {
		if kept := w.kept(id); err == nil != kept && !errors.Is(err, book.ErrOutcomeUnknown) {
			t.Errorf("payment %d: %v, kept %t", id, err, kept)
		}
	}
	sound(t, w.s)
	if unknown > 0 {
		t.Errorf("%d outcomes stayed unknown", unknown)
	}
	if t.Failed() {
		t.Logf("seed %d", seed)
	}
}

// TestServerAway wants every answer to say so, and everything to work once the
// server is back.
func TestServerAway(t *testing.T) {
	server := pgtest.Start(t)
	s := open(t, server.NewDatabase(t), hasty)
	must(t, s, openAccount(firstAccount, 100_00))
	must(t, s, payment(1, firstAccount, 1_00))
	server.Kill()
	unavailable := map[string]func() error{
		"commit":   func() error { _, err := do(s, payment(2, firstAccount, 1_00)); return err },
		"account":  func() error { _, err := s.Account(t.Context(), firstAccount); return err },
		"movement": func() error { _, err := s.Movement(t.Context(), 1); return err },
		"totals":   func() error { _, err := s.Totals(t.Context()); return err },
		"last id":  func() error { _, err := s.LastID(t.Context()); return err },
		"claim": func() error {
			_, _, err := s.Claim(t.Context(), pix.RailHTTP, time.Now(), time.Now(), 1, nil)
			return err
		},
		"walk": func() error {
			for _, err := range s.EachAccount(t.Context()) {
				return err
			}
			return nil
		},
	}
	for name, ask := range unavailable {
		begin := time.Now()
		if err := ask(); !errors.Is(err, book.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s took %s to say so", name, took)
		}
	}
	server.Restart(t)
	for name, ask := range unavailable {
		if err := ask(); err != nil {
			t.Errorf("%s after the server came back: %v", name, err)
		}
	}
	if a, err := s.Account(t.Context(), firstAccount); err != nil || a.Held != 2_80 {
		t.Errorf("account %+v, %v", a, err)
	}
	sound(t, s)
}

// TestReadOnlyServer wants a server that takes no writes any more to be left, and
// to be found again.
func TestReadOnlyServer(t *testing.T) {
	server := pgtest.Start(t)
	s := open(t, server.NewDatabase(t), hasty)
	must(t, s, openAccount(firstAccount, 100_00))
	set := func(value string) {
		sql(t, server.URL("postgres"), `ALTER SYSTEM SET default_transaction_read_only = `+value)
		sql(t, server.URL("postgres"), `SELECT pg_reload_conf()`)
	}
	set("on")
	eventually(t, func() bool {
		_, err := do(s, payment(uint64(time.Now().UnixNano()), firstAccount, 1))
		return errors.Is(err, book.ErrUnavailable)
	})
	set("off")
	eventually(t, func() bool {
		_, err := do(s, payment(uint64(time.Now().UnixNano()), firstAccount, 1))
		return err == nil
	})
	sound(t, s)
}

// eventually waits until something is so.
func eventually(t *testing.T, so func() bool) {
	t.Helper()
	for begin := time.Now(); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatal("it does not come about")
		}
	}
}

// TestFailover kills the primary under load and promotes its standby: nothing
// that was acknowledged is lost, and nothing done twice.
func TestFailover(t *testing.T) {
	pair := pgtest.StartPair(t)
	s := open(t, pair.NewDatabase(t), postgres.Options{Timeout: 2 * time.Second, Patience: 20 * time.Second})
	must(t, s, openAccount(firstAccount, 1_000_000_00))
	b, _ := run(t, s, 0, book.Options{})
	stop := make(chan struct{})
	acknowledged, unknown := make([][]uint64, 8), make([][]uint64, 8)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		together(8, func(i int) {
			for {
				select {
				case <-stop:
					return
				default:
				}
				id := b.NextID()
				switch _, err := book.Do(context.Background(), b, payment(id, firstAccount, 1_00)); {
				case err == nil:
					acknowledged[i] = append(acknowledged[i], id)
				case errors.Is(err, book.ErrOutcomeUnknown):
					unknown[i] = append(unknown[i], id)
				case !errors.Is(err, book.ErrUnavailable):
					t.Error(err)
				default:
					time.Sleep(5 * time.Millisecond)
				}
			}
		})
	}()
	time.Sleep(300 * time.Millisecond)
	pair.KillPrimary()
	pair.Promote(t)
	promoted := time.Now()
	eventually(t, func() bool { _, err := do(s, payment(b.NextID(), firstAccount, 1_00)); return err == nil })
	t.Logf("took writes again %s after the promotion", time.Since(promoted).Round(time.Millisecond))
	close(stop)
	<-finished
	count := 0
	for i := range acknowledged {
		count += len(acknowledged[i])
		for _, id := range acknowledged[i] {
			if _, err := s.Movement(t.Context(), pix.MovementID(id)); err != nil {
				t.Errorf("acknowledged payment %d: %v", id, err)
			}
		}
		if len(unknown[i]) > 0 {
			t.Errorf("%d outcomes stayed unknown", len(unknown[i]))
		}
	}
	a, err := s.Account(t.Context(), firstAccount)
	if err != nil || count == 0 || int64(a.Held) != int64(count+1)*1_40 {
		t.Errorf("%d payments acknowledged, account %+v, %v", count, a, err)
	}
	sound(t, s)
}

// TestCommitWithoutItsStandby wants no commit to be acknowledged before the
// standby has it, not even if somebody cancels its waiting.
func TestCommitWithoutItsStandby(t *testing.T) {
	for _, back := range []bool{true, false} {
		t.Run(fmt.Sprintf("standby comes back %t", back), func(t *testing.T) {
			pair := pgtest.StartPair(t)
			url := pair.NewDatabase(t)
			s := open(t, url, postgres.Options{Timeout: 4 * time.Second, Patience: 3 * time.Second})
			must(t, s, openAccount(firstAccount, 100_00))
			pair.Standby.Stop(pgtest.Fast)
			answer := make(chan error, 1)
			go func() { _, err := do(s, payment(1, firstAccount, 1_00)); answer <- err }()
			const waiting = `FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%COMMIT%'`
			eventually(t, func() bool { return value[bool](t, pair.Primary.URL("postgres"), `SELECT EXISTS (SELECT `+waiting+`)`) })
			sql(t, pair.Primary.URL("postgres"), `SELECT pg_cancel_backend(pid) `+waiting)
			select {
			case err := <-answer:
				if err == nil {
					t.Error("acknowledged without the standby")
				}
				answer <- err
			case <-time.After(time.Second):
			}
			if back {
				pair.Standby.Restart(t)
			}
			err := <-answer
			switch {
			case back && err != nil:
				t.Errorf("with the standby back: %v", err)
			case !back && !errors.Is(err, book.ErrOutcomeUnknown):
				t.Errorf("without the standby: %v", err)
			}
			if !back {
				if _, err := do(s, payment(2, firstAccount, 1)); !errors.Is(err, book.ErrUnavailable) {
					t.Errorf("a commit while another is unsettled: %v", err)
				}
				pair.Standby.Restart(t)
				eventually(t, func() bool { _, err := do(s, payment(3, firstAccount, 1)); return err == nil })
			}
			if _, err := s.Movement(t.Context(), 1); err != nil {
				t.Error(err)
			}
			sound(t, s)
		})
	}
}

// TestOnlyTheWrongCommandSuffers puts what PostgreSQL can't keep beside what it can.
func TestOnlyTheWrongCommandSuffers(t *testing.T) {
	s := newStore(t, postgres.Options{})
	b, _ := run(t, s, 0, book.Options{Committers: 1})
	must(t, s, openAccount(firstAccount, 100_00))
	for name, spoil := range map[string]func(*pix.PlacePayment){
		"NUL in a text":      func(p *pix.PlacePayment) { p.Description = "a\x00b" },
		"not UTF-8":          func(p *pix.PlacePayment) { p.Description = "a\xffb" },
		"NUL in a key":       func(p *pix.PlacePayment) { p.ExternalID = "a\x00" },
		"too large a number": func(p *pix.PlacePayment) { p.ID = 1 << 63 },
	} {
		together(16, func(i int) {
			p := payment(b.NextID(), firstAccount, 1_00)
			if i == 7 {
				spoil(p)
			}
			_, err := book.Do(t.Context(), b, p)
			if i == 7 && !errors.Is(err, book.ErrUnfit) || i != 7 && err != nil {
				t.Errorf("%s: payment %d: %v", name, i, err)
			}
		})
	}
	if a, err := s.Account(t.Context(), firstAccount); err != nil || a.Held != 4*15*1_40 {
		t.Errorf("account %+v, %v", a, err)
	}
	_, err := do(s, payment(uint64(b.NextID()), ledger.AccountID(1<<63), 1))
	if err != ledger.ErrAccountNotFound {
		t.Errorf("account that can't be: %v", err)
	}
	sound(t, s)
}
