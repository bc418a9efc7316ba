package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/store/postgres"
	"github.com/saldo-pix/saldo/test/pgtest"
)

func takeNode(t *testing.T, s *postgres.Store, number int, lease time.Duration) *postgres.Node {
	t.Helper()
	n, err := s.TakeNode(t.Context(), number, lease)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestANodeWhoseNumberIsTakenCommitsNoMore(t *testing.T) {
	url := pgtest.Shared(t).NewDatabase(t)
	first, second := open(t, url, postgres.Options{}), open(t, url, postgres.Options{})
	must(t, first, openAccount(firstAccount, 100_00))
	held := takeNode(t, first, 5, time.Hour)
	must(t, first, payment(1, firstAccount, 1_00))
	// The number is taken while the first has decided and not yet written.
	var taken *postgres.Node
	p := payment(2, firstAccount, 1_00)
	err := first.Commit(t.Context(), p.Needs(), func(b *pix.Books) error {
		if taken == nil {
			taken = takeNode(t, second, 5, time.Hour)
		}
		_, err := p.Decide(b)
		return err
	})
	if !errors.Is(err, book.ErrUnavailable) || !errors.Is(err, postgres.ErrNodeTaken) {
		t.Errorf("commit of the node that lost its number: %v", err)
	}
	must(t, second, payment(3, firstAccount, 1_00))
	if err := held.Release(t.Context()); !errors.Is(err, postgres.ErrNodeTaken) {
		t.Errorf("release of what is not one's own any more: %v", err)
	}
	if taken.Number != 5 {
		t.Errorf("took %d", taken.Number)
	}
	if a, err := second.Account(t.Context(), firstAccount); err != nil || a.Held != 2*1_40 {
		t.Errorf("account %+v, %v", a, err)
	}
	sound(t, second)
}

// TestTheTakerWaitsForWhatIsInFlight wants the highest number of the former holder
// to be known once its number is taken.
func TestTheTakerWaitsForWhatIsInFlight(t *testing.T) {
	url := pgtest.Shared(t).NewDatabase(t)
	first, second := open(t, url, postgres.Options{}), open(t, url, postgres.Options{})
	must(t, first, openAccount(firstAccount, 1_000_00))
	takeNode(t, first, 7, time.Hour)
	acknowledged := make(chan uint64, 1)
	go func() {
		last := uint64(0)
		for id := uint64(1); ; id++ {
			p := payment(id, firstAccount, 1)
			err := first.Commit(context.Background(), p.Needs(), func(b *pix.Books) error {
				b.LastID = id
				_, err := p.Decide(b)
				return err
			})
			if err != nil {
				break
			}
			last = id
		}
		acknowledged <- last
	}()
	time.Sleep(50 * time.Millisecond)
	takeNode(t, second, 7, time.Hour)
	known, err := second.LastID(t.Context())
	if last := <-acknowledged; err != nil || known != last || last == 0 {
		t.Errorf("known %d, %v; acknowledged %d", known, err, last)
	}
}

func TestNodeNumbersAreLeased(t *testing.T) {
	url := pgtest.Shared(t).NewDatabase(t)
	s := open(t, url, postgres.Options{})
	numbers := make(map[int]*postgres.Node)
	for range book.NodeMax + 1 {
		n := takeNode(t, s, postgres.AnyNode, time.Hour)
		numbers[n.Number] = n
	}
	if len(numbers) != book.NodeMax+1 {
		t.Errorf("%d different numbers", len(numbers))
	}
	if _, err := s.TakeNode(t.Context(), postgres.AnyNode, time.Hour); !errors.Is(err, postgres.ErrNoNode) {
		t.Errorf("one more: %v", err)
	}
	if err := numbers[9].Release(t.Context()); err != nil {
		t.Error(err)
	}
	if n := takeNode(t, s, postgres.AnyNode, time.Millisecond); n.Number != 9 {
		t.Errorf("took %d, not what was released", n.Number)
	}
	time.Sleep(10 * time.Millisecond)
	if n := takeNode(t, s, postgres.AnyNode, time.Hour); n.Number != 9 {
		t.Errorf("took %d, not what had run out", n.Number)
	}
	if _, err := s.TakeNode(t.Context(), book.NodeMax+1, time.Hour); err == nil {
		t.Error("took a number that is none")
	}
}

func TestALeaseIsKeptUntilItIsTaken(t *testing.T) {
	url := pgtest.Shared(t).NewDatabase(t)
	s, other := open(t, url, postgres.Options{}), open(t, url, postgres.Options{})
	n := takeNode(t, s, 0, 400*time.Millisecond)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	time.Sleep(time.Second)
	for range book.NodeMax {
		if n := takeNode(t, other, postgres.AnyNode, time.Hour); n.Number == 0 {
			t.Error("a lease ran out although it was kept")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	go func() { done <- n.Run(t.Context()) }()
	takeNode(t, other, 0, time.Hour)
	select {
	case err := <-done:
		if !errors.Is(err, postgres.ErrNodeTaken) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the node does not learn that its number is taken")
	}
}

// TestNodesTellOfThemselves wants nodes to be listed with what they told last: while
// they run, and after they went away without a stop in order.
func TestNodesTellOfThemselves(t *testing.T) {
	url := pgtest.Shared(t).NewDatabase(t)
	first, second := open(t, url, postgres.Options{}), open(t, url, postgres.Options{})
	lasting, lost := takeNode(t, first, 5, time.Hour), takeNode(t, second, 7, 400*time.Millisecond)
	told := make(chan struct{}, 100)
	for text, n := range map[string]*postgres.Node{`{"is": "lasting"}`: lasting, `{"is": "lost"}`: lost} {
		n.Status = func() []byte {
			told <- struct{}{}
			return []byte(text)
		}
	}
	stopped, stop := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- lasting.Run(t.Context()) }()
	go func() { ended <- lost.Run(stopped) }()
	nodes := func() []postgres.NodeState {
		t.Helper()
		states, err := first.Nodes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return states
	}
	want := func(what string, good func([]postgres.NodeState) bool) {
		t.Helper()
		for begin := time.Now(); !good(nodes()); time.Sleep(10 * time.Millisecond) {
			if time.Since(begin) > 20*time.Second {
				t.Fatalf("%s: %+v", what, nodes())
			}
		}
	}
	<-told
	want("both run", func(s []postgres.NodeState) bool {
		return len(s) == 2 && s[0].Number == 5 && s[0].Alive && string(s[0].Status) == `{"is": "lasting"}` &&
			s[1].Number == 7 && s[1].Alive && string(s[1].Status) == `{"is": "lost"}`
	})
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	want("one went away", func(s []postgres.NodeState) bool {
		return len(s) == 2 && s[0].Alive && !s[1].Alive && string(s[1].Status) == `{"is": "lost"}`
	})
	if err := lost.Release(t.Context()); err != nil {
		t.Error(err)
	}
	want("it stops in order", func(s []postgres.NodeState) bool { return len(s) == 1 && s[0].Number == 5 })
	takeNode(t, second, 5, time.Hour)
	want("another takes its number", func(s []postgres.NodeState) bool {
		return len(s) == 1 && s[0].Alive && s[0].Status == nil
	})
}
