package booktest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// What callers do at the same time in a concurrent history.
const (
	concurrentSeeds  = 4
	concurrentRounds = 30 // by each caller
	callersOfAccount = 5
	paymentsMax      = callersOfAccount * concurrentRounds
	judgeTime        = time.Minute
)

// operation is what a caller asked of one account.
type operation struct {
	what    string // pay, settled, rejected, credit, read
	payment int
	amount  money.Centavos // with the fee
}

// observed is what the caller was told.
type observed struct {
	answer  string
	balance ledger.Balance
}

// accountState is an account as the rule sees it: its balance, and how far each
// payment is.
type accountState struct {
	ledger.Balance
	payments [paymentsMax]byte // 0 unknown, p pending, c confirmed, f failed, l settled late
	amounts  [paymentsMax]money.Centavos
}

// accountRule is the one order that must explain what all callers of an account saw.
func accountRule(opening money.Centavos) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return accountState{Balance: ledger.Balance{Posted: opening}} },
		Step: func(state, input, output any) (bool, any) {
			s, in, out := state.(accountState), input.(operation), output.(observed)
			if in.what == "read" {
				return s.Balance == out.balance, s
			}
			return s.apply(in) == out.answer, s
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
	}
}

// apply does an operation and returns what it must answer.
func (s *accountState) apply(in operation) string {
	status := &s.payments[in.payment]
	total := s.amounts[in.payment]
	switch {
	case in.what == "credit":
		s.Posted += in.amount
		return "applied"
	case in.what == "pay" && s.Posted-s.Held < in.amount:
		return "insufficient"
	case in.what == "pay":
		*status, s.amounts[in.payment] = 'p', in.amount
		s.Held += in.amount
		return "accepted"
	case *status == 0:
		return "suspended"
	case *status == 'p' && in.what == "settled":
		*status = 'c'
		s.Posted -= total
		s.Held -= total
		return "applied"
	case *status == 'p':
		*status = 'f'
		s.Held -= total
		return "applied"
	case *status == 'c' && in.what == "settled", *status != 'c' && in.what == "rejected", *status == 'l':
		return "repeated"
	case *status == 'f':
		*status = 'l'
	}
	return "suspended"
}

// testConcurrent lets many callers work on few accounts, and looks for one order
// of all that each account's callers saw.
func testConcurrent(t *testing.T, empty NewHarness) {
	for _, seed := range seeds(concurrentSeeds) {
		t.Run("at the same time", func(t *testing.T) {
			f := newFixture(t, empty(t))
			defer func() {
				if t.Failed() {
					t.Logf("repeat with -seed=%d; the order of callers is the machine's", seed)
				}
			}()
			ids := book.NewIDs(func() time.Time { return start }, 3, 0)
			b := book.New(f.s, ids, book.Options{Committers: 2, BatchMax: 4})
			stop := runBook(t, b)
			histories := crowd(f, b, seed)
			stop()
			for id, history := range histories {
				got := porcupine.CheckOperationsTimeout(accountRule(openings[id]), history, judgeTime)
				if got != porcupine.Ok {
					t.Errorf("account %s: no one order explains its %d operations: %s", id, len(history), got)
				}
			}
			sound(t, f.s)
		})
	}
}

// openings are what the accounts of a concurrent history start with.
var openings = map[ledger.AccountID]money.Centavos{maria: 40_00, joao: 400_00}

// crowd lets every account's callers loose and returns what they saw.
func crowd(f *fixture, b *book.Book, seed uint64) map[ledger.AccountID][]porcupine.Operation {
	histories := make(map[ledger.AccountID][]porcupine.Operation)
	var mu sync.Mutex // guards histories
	var all sync.WaitGroup
	for id, opening := range openings {
		key := "loja" + id.String() + "@example.com"
		free := profile(id, key)
		free.Fees = pix.Fees{Payment: pix.FeeRule{Fixed: 40}}
		must(f, &pix.OpenAccount{Profile: free, OpeningBalance: opening})
		for n := range callersOfAccount {
			c := &caller{
				ctx: f.ctx, store: f.s, book: b, account: id, key: key, number: n,
				rng: rand.New(rand.NewPCG(seed, uint64(id)<<8|uint64(n))),
			}
			all.Go(func() {
				for range concurrentRounds {
					c.act()
				}
				mu.Lock()
				defer mu.Unlock()
				histories[id] = append(histories[id], c.history...)
			})
		}
	}
	all.Wait()
	return histories
}

// caller is one of those who work on an account at the same time.
type caller struct {
	ctx     context.Context //nolint:containedctx // a caller lives as long as one test
	store   Store
	book    *book.Book
	account ledger.AccountID
	key     string
	number  int
	rng     *rand.Rand
	paid    int // payments tried so far
	history []porcupine.Operation
}

// act does one thing at random and writes down what came of it.
func (c *caller) act() {
	in := operation{what: []string{"pay", "pay", "settled", "rejected", "credit", "read", "read"}[c.rng.IntN(7)]}
	// Payments of neighbours are touched as well: 150 slots, 30 of each caller.
	owner := c.number
	if c.rng.IntN(3) == 0 {
		owner = c.rng.IntN(callersOfAccount)
	}
	in.payment = owner*concurrentRounds + c.rng.IntN(max(c.paid, 1))
	switch in.what {
	case "pay":
		in.payment = c.number*concurrentRounds + c.paid
		in.amount = money.Centavos(1_00 + c.rng.IntN(9_00))
		c.paid++
	case "credit":
		in.amount = money.Centavos(1 + c.rng.IntN(5_00))
	}
	called := time.Since(began)
	out := c.ask(in)
	c.history = append(c.history, porcupine.Operation{
		ClientId: c.number, Input: in, Call: int64(called), Output: out, Return: int64(time.Since(began)),
	})
}

// began is what the times of concurrent histories are counted from.
var began = time.Now()

// ask sends an operation to the book, or reads from the store.
func (c *caller) ask(in operation) observed {
	if in.what == "read" {
		a, err := c.store.Account(c.ctx, c.account)
		if err != nil {
			return observed{answer: err.Error()}
		}
		return observed{balance: a.Balance}
	}
	n := c.book.NextID()
	e2e := endToEndID(uint64(c.account)*1000 + uint64(in.payment))
	event := pix.ApplyEvent{
		Event: pix.Event{ID: "event-" + itoa(n), EndToEndID: e2e, At: start}, NewID: pix.MovementID(n), Now: start,
	}
	switch in.what {
	case "pay":
		return observed{answer: answer(book.Do(c.ctx, c.book, step("", "", &pix.PlacePayment{
			ID: pix.MovementID(n), Account: c.account, ExternalID: string(e2e), Amount: in.amount - 40,
			EndToEndID: e2e, Rail: pix.RailHTTP, At: start,
		})))}
	case "credit":
		event.Type, event.EndToEndID, event.PixKey, event.Amount = pix.ReceiptSettled, endToEndID(n), c.key, in.amount
	default:
		event.Type = pix.EventType("payment." + in.what)
	}
	return observed{answer: answer(book.Do(c.ctx, c.book, step("", "", &event)))}
}
