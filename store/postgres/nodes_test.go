package postgres_test

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/book/booktest"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/outbox"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/postgres"
	"github.com/saldo-pix/saldo/test/pgtest"
)

// nodes are stores over one database, of which every call takes the next: what
// one has done, the others must see at once.
type nodes struct {
	stores []*postgres.Store
	calls  atomic.Uint64
}

func (n *nodes) next() *postgres.Store { return n.stores[n.calls.Add(1)%uint64(len(n.stores))] }

// Close closes all.
func (n *nodes) Close() error {
	var errs []error
	for _, s := range n.stores {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

func fourNodes(t *testing.T) booktest.Harness {
	url := pgtest.Shared(t).NewDatabase(t)
	return booktest.Harness{Durable: true, Open: func(t *testing.T) booktest.Store {
		n := new(nodes)
		for range 4 {
			s, err := postgres.Open(context.Background(), url, postgres.Options{
				Migrate: true, CommitConns: 3, ReadConns: 3,
			})
			if err != nil {
				t.Fatal(err)
			}
			n.stores = append(n.stores, s)
		}
		return n
	}}
}

func TestNodesAreOneStore(t *testing.T) { booktest.TestStore(t, fourNodes) }

func TestHistoriesOverNodes(t *testing.T) { booktest.TestHistories(t, fourNodes, reference) }

// TestNodesOnOneAccount lets four nodes fight over the money of one account.
func TestNodesOnOneAccount(t *testing.T) {
	const count, callersEach, each = 4, 16, 10
	url := pgtest.Shared(t).NewDatabase(t)
	var stores []*postgres.Store
	var books []*book.Book
	for node := range count {
		s := open(t, url, postgres.Options{})
		b, _ := run(t, s, node, book.Options{
			Committers: 2, Stripe: node * book.StripesPerNode, Stripes: book.StripesPerNode,
		})
		stores, books = append(stores, s), append(books, b)
	}
	// The money is enough for half of what is asked for, at 1.00 and a fee of 0.40.
	must(t, stores[0], openAccount(firstAccount, count*callersEach*each/2*1_40))
	var accepted, refused, settled, rejected atomic.Int64
	var all sync.WaitGroup
	for i := range count * callersEach {
		all.Go(func() {
			for range each {
				b := books[i%count]
				id := b.NextID()
				_, err := book.Do(t.Context(), b, payment(id, firstAccount, 1_00))
				switch {
				case errors.Is(err, ledger.ErrInsufficientFunds):
					refused.Add(1)
					continue
				case err != nil:
					t.Error(err)
					return
				}
				accepted.Add(1)
				other := books[(i+1)%count]
				e := settlement(id, other.NextID())
				if i%4 == 0 {
					e.Type = pix.PaymentRejected
					rejected.Add(1)
				} else {
					settled.Add(1)
				}
				if outcome, err := book.Do(t.Context(), other, e); outcome != pix.Applied || err != nil {
					t.Errorf("outcome %s, %v", outcome, err)
				}
			}
		})
	}
	all.Wait()
	if accepted.Load()+refused.Load() != count*callersEach*each {
		t.Errorf("%d accepted, %d refused", accepted.Load(), refused.Load())
	}
	a, err := stores[1].Account(t.Context(), firstAccount)
	if err != nil {
		t.Fatal(err)
	}
	if want := count*callersEach*each/2*1_40 - settled.Load()*1_40; int64(a.Posted) != want || a.Held != 0 {
		t.Errorf("account %+v, want posted %d", a, want)
	}
	sound(t, stores[2])
	wantDeadlocks(t, url, 0)
}

// wantDeadlocks asserts how many deadlocks the server has seen in a database.
func wantDeadlocks(t *testing.T, url string, want int) {
	t.Helper()
	if got := value[int](t, url, `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`); got != want {
		t.Errorf("%d deadlocks, want %d", got, want)
	}
}

// TestNodesTakingTheSameKeys lets nodes do the same things at the same time:
// each is done once, and the others learn that.
func TestNodesTakingTheSameKeys(t *testing.T) {
	const count, rounds = 4, 20
	url := pgtest.Shared(t).NewDatabase(t)
	var stores []*postgres.Store
	for range count {
		stores = append(stores, open(t, url, postgres.Options{}))
	}
	for round := range rounds {
		id := firstAccount + ledger.AccountID(round)
		var opened, paid, fresh atomic.Int64
		together(count, func(i int) {
			switch _, err := do(stores[i], openAccount(id, 10_00)); {
			case err == nil:
				opened.Add(1)
			case !errors.Is(err, pix.ErrAccountExists):
				t.Errorf("open: %v", err)
			}
		})
		together(count, func(i int) {
			p := payment(uint64(1000*round+i+1), id, 1_00)
			p.ExternalID = "order"
			switch _, err := do(stores[i], p); {
			case err == nil:
				paid.Add(1)
			case !errors.Is(err, pix.ErrDuplicate):
				t.Errorf("pay: %v", err)
			}
		})
		together(count, func(i int) {
			e := settlement(77, uint64(1_000_000+1000*round+i))
			e.ID, e.EndToEndID = "lost "+id.String(), ""
			switch outcome, err := do(stores[i], e); {
			case err == nil && outcome == pix.Suspended:
				fresh.Add(1)
			case err != nil || outcome != pix.Repeated:
				t.Errorf("suspend: %s, %v", outcome, err)
			}
		})
		if opened.Load() != 1 || paid.Load() != 1 || fresh.Load() != 1 {
			t.Fatalf("opened %d times, paid %d times, suspended %d times", opened.Load(), paid.Load(), fresh.Load())
		}
	}
	sound(t, stores[0])
}

// together does something in count goroutines at the same time.
func together(count int, do func(i int)) {
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

// Commit commits on the next node.
func (n *nodes) Commit(ctx context.Context, needs pix.Needs, decide func(*pix.Books) error) error {
	return n.next().Commit(ctx, needs, decide)
}

// Account reads from the next node, as all below.
func (n *nodes) Account(ctx context.Context, id ledger.AccountID) (ledger.Account, error) {
	return n.next().Account(ctx, id)
}

func (n *nodes) BalanceAt(ctx context.Context, id ledger.AccountID, at time.Time) (ledger.Balance, error) {
	return n.next().BalanceAt(ctx, id, at)
}

func (n *nodes) Past(
	ctx context.Context, id ledger.AccountID, from, until time.Time,
) iter.Seq2[book.Past, error] {
	return n.next().Past(ctx, id, from, until)
}

func (n *nodes) Blocked(
	ctx context.Context, id ledger.AccountID, after ledger.HoldID, limit int,
) (book.Blocked, error) {
	return n.next().Blocked(ctx, id, after, limit)
}

func (n *nodes) Profile(ctx context.Context, id ledger.AccountID) (pix.Profile, error) {
	return n.next().Profile(ctx, id)
}

func (n *nodes) Profiles(ctx context.Context, after ledger.AccountID, limit int) ([]pix.Profile, error) {
	return n.next().Profiles(ctx, after, limit)
}

func (n *nodes) Lookup(ctx context.Context, key pix.Key) (pix.Target, error) {
	return n.next().Lookup(ctx, key)
}

func (n *nodes) Movement(ctx context.Context, id pix.MovementID) (pix.Movement, error) {
	return n.next().Movement(ctx, id)
}

func (n *nodes) Movements(
	ctx context.Context, id ledger.AccountID, before pix.MovementID, limit int,
) ([]pix.Movement, error) {
	return n.next().Movements(ctx, id, before, limit)
}

func (n *nodes) Hold(ctx context.Context, account ledger.AccountID, id ledger.HoldID) (ledger.Hold, error) {
	return n.next().Hold(ctx, account, id)
}

func (n *nodes) OpenHolds(
	ctx context.Context, id ledger.AccountID, after ledger.HoldID, limit int,
) ([]ledger.Hold, error) {
	return n.next().OpenHolds(ctx, id, after, limit)
}

func (n *nodes) Jobs(ctx context.Context, topic pix.Topic, after uint64, limit int) ([]pix.Job, error) {
	return n.next().Jobs(ctx, topic, after, limit)
}

func (n *nodes) HoldsByAge(ctx context.Context, instants []time.Time) ([]book.AgedHolds, error) {
	return n.next().HoldsByAge(ctx, instants)
}

func (n *nodes) Suspense(ctx context.Context, after uint64, limit int) ([]pix.SuspenseItem, error) {
	return n.next().Suspense(ctx, after, limit)
}

func (n *nodes) Record(ctx context.Context, key pix.RecordKey) (pix.Record, error) {
	return n.next().Record(ctx, key)
}

func (n *nodes) Records(
	ctx context.Context, kind pix.RecordKind, owner, before uint64, limit int,
) ([]pix.Record, error) {
	return n.next().Records(ctx, kind, owner, before, limit)
}

func (n *nodes) Statement(ctx context.Context, q book.StatementQuery) ([]pix.Movement, int, error) {
	return n.next().Statement(ctx, q)
}

func (n *nodes) EachRecord(ctx context.Context) iter.Seq2[pix.Record, error] {
	return n.next().EachRecord(ctx)
}

func (n *nodes) Totals(ctx context.Context) (book.Totals, error) { return n.next().Totals(ctx) }

func (n *nodes) LastID(ctx context.Context) (uint64, error) { return n.next().LastID(ctx) }

func (n *nodes) EachAccount(ctx context.Context) iter.Seq2[ledger.Account, error] {
	return n.next().EachAccount(ctx)
}

func (n *nodes) EntriesBetween(
	ctx context.Context, id ledger.AccountID, from, until time.Time,
) iter.Seq2[ledger.Entry, error] {
	return n.next().EntriesBetween(ctx, id, from, until)
}

func (n *nodes) MovementsNumbered(
	ctx context.Context, ids []pix.MovementID,
) (map[pix.MovementID]pix.Movement, error) {
	return n.next().MovementsNumbered(ctx, ids)
}

func (n *nodes) HoldsNumbered(
	ctx context.Context, account ledger.AccountID, ids []ledger.HoldID,
) (map[ledger.HoldID]ledger.Hold, error) {
	return n.next().HoldsNumbered(ctx, account, ids)
}

func (n *nodes) EachEntry(ctx context.Context, id ledger.AccountID) iter.Seq2[ledger.Entry, error] {
	return n.next().EachEntry(ctx, id)
}

func (n *nodes) EachHold(ctx context.Context, id ledger.AccountID) iter.Seq2[ledger.Hold, error] {
	return n.next().EachHold(ctx, id)
}

func (n *nodes) EachMovement(ctx context.Context) iter.Seq2[pix.Movement, error] {
	return n.next().EachMovement(ctx)
}

func (n *nodes) EachKey(ctx context.Context) iter.Seq2[book.TakenKey, error] {
	return n.next().EachKey(ctx)
}

func (n *nodes) EachJob(ctx context.Context) iter.Seq2[pix.Job, error] { return n.next().EachJob(ctx) }

func (n *nodes) Claim(
	ctx context.Context, topic pix.Topic, now, until time.Time, limit int, shares *outbox.Shares,
) ([]pix.Job, time.Time, error) {
	return n.next().Claim(ctx, topic, now, until, limit, shares)
}

func (n *nodes) PutCredential(ctx context.Context, c auth.Credential) error {
	return n.next().PutCredential(ctx, c)
}

func (n *nodes) Credential(ctx context.Context, clientID string) (auth.Credential, error) {
	return n.next().Credential(ctx, clientID)
}

func (n *nodes) Credentials(ctx context.Context, account ledger.AccountID) ([]auth.Credential, error) {
	return n.next().Credentials(ctx, account)
}

func (n *nodes) DeleteCredential(ctx context.Context, clientID string) error {
	return n.next().DeleteCredential(ctx, clientID)
}

func (n *nodes) Bound(ctx context.Context, certificate auth.Fingerprint) (ledger.AccountID, error) {
	return n.next().Bound(ctx, certificate)
}
