package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
)

// age compares a store of many entries with one that has only the accounts'
// first ones.
func (s *session) age(ctx context.Context) error {
	payments := max((s.Entries-s.Payers)/2, 0)
	old, err := s.oldHouse(ctx, payments)
	if err != nil {
		return err
	}
	if err := old.signIn(ctx, s.Payers); err != nil {
		return errors.Join(err, old.close())
	}
	err = s.withHouse(ctx, "young", func(young *house) error { return s.compareAges(ctx, young, old) })
	return errors.Join(err, old.close())
}

// oldHouse opens the old store, after a process of its own has.
func (s *session) oldHouse(ctx context.Context, payments int) (*house, error) {
	if s.kind == inMemory {
		store, err := openStore(ctx, inMemory+":")
		if err != nil {
			return nil, err
		}
		h, err := openHouse(ctx, store)
		if err != nil {
			return nil, err
		}
		return h, s.fill(ctx, h, s.Payers, payments)
	}
	url, err := s.built(ctx, fmt.Sprintf("age-%d", s.Entries), s.Payers, payments)
	if err != nil {
		return nil, err
	}
	opened, err := s.reopen(ctx, url)
	if err != nil {
		return nil, err
	}
	s.report.figure("age: old store ready", opened.ready.Seconds(), "s", nil)
	s.report.figure("age: old store, memory when ready", megabytes(opened.resident), "MB", nil)
	store, err := openStore(ctx, url)
	if err != nil {
		return nil, err
	}
	return openHouse(ctx, store)
}

func (s *session) compareAges(ctx context.Context, young, old *house) error {
	target := targetsOf(s.kind).age
	workloads := []struct {
		name    string
		connect func(*house) func(int) (worker, error)
		target  *Target // nil is without a ratio
	}{
		{"balance", func(h *house) func(int) (worker, error) { return s.asking(ctx, h.public, h) }, target},
		{"balance at an instant", func(h *house) func(int) (worker, error) {
			return s.askingBack(ctx, h.public, h)
		}, target},
		// Nothing has happened in a young store since most instants, which it need not
		// look anything up for.
		{"balance at an instant, from the store itself", func(h *house) func(int) (worker, error) {
			return s.lookingBack(ctx, h)
		}, nil},
		{"hold", func(h *house) func(int) (worker, error) {
			t := newTill(h.public, h.operator)
			t.event = rejectedEvent
			return s.paying(ctx, t, func(i int) []payer { return h.share(i, s.Connections) })
		}, target},
	}
	for _, w := range workloads {
		rates, err := s.compare(ctx, "age: "+w.name,
			candidate{"young", true, w.connect(young)}, candidate{"old", true, w.connect(old)})
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		if w.target != nil {
			s.report.ratio("age: "+w.name+", time old / young", rates[0], rates[1], w.target)
		}
	}
	return nil
}

// somewhen draws instants of the year before now.
type somewhen struct {
	rand *rand.Rand
	now  time.Time
}

func newSomewhen(seed int) somewhen {
	return somewhen{rand.New(rand.NewPCG(1, uint64(seed))), time.Now()}
}

func (s *somewhen) draw() time.Time { return s.now.Add(-time.Duration(s.rand.Int64N(int64(past)))) }

// backAsker asks over HTTP for balances at instants of the past.
type backAsker struct {
	*conn
	somewhen
	requests [][]byte // with an instant to be overwritten
	text     []byte
	turn     int
}

// instantFormat is as long for every instant in UTC.
const instantFormat = "2006-01-02T15:04:05.000000Z"

func (s *session) askingBack(ctx context.Context, address string, h *house) func(int) (worker, error) {
	return func(i int) (worker, error) {
		c, err := dial(ctx, address, s.lifetime())
		if err != nil {
			return nil, err
		}
		a := &backAsker{conn: c, somewhen: newSomewhen(i)}
		for _, p := range h.share(i, s.Connections) {
			a.requests = append(a.requests, newHead("GET", balancePath+"?at="+instantFormat, address, p.token).bare())
		}
		return a, nil
	}
}

func (a *backAsker) do() error {
	request := a.requests[a.turn%len(a.requests)]
	a.text = a.draw().UTC().AppendFormat(a.text[:0], instantFormat)
	copy(request[len("GET "+balancePath+"?at="):], a.text)
	a.turn++
	_, err := a.ask(request, http.StatusOK)
	return err
}

func (a *backAsker) close() error { return a.Close() }

// historian asks the store for balances at instants of the past.
type historian struct {
	ctx      context.Context // of the measurement, which a worker is part of
	reader   book.Reader
	accounts []ledger.AccountID
	somewhen
	turn int
}

func (s *session) lookingBack(ctx context.Context, h *house) func(int) (worker, error) {
	return func(i int) (worker, error) {
		w := &historian{ctx: ctx, reader: h.Store, somewhen: newSomewhen(i)}
		for _, p := range h.share(i, s.Connections) {
			w.accounts = append(w.accounts, p.account)
		}
		return w, nil
	}
}

func (w *historian) do() error {
	_, err := w.reader.BalanceAt(w.ctx, w.accounts[w.turn%len(w.accounts)], w.draw())
	w.turn++
	return err
}

func (w *historian) close() error { return nil }
