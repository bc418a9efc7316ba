package bench

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
)

// What the accounts and payments of a measurement are like, in centavos.
const (
	funds  = money.Centavos(1_000_000_000_000)
	amount = money.Centavos(100)
	fee    = money.Centavos(50)

	brandID = "bench"
	ispb    = pixid.ISPB("99999004")
)

// accountID is the id of account i: ten digits, spread as if drawn at random.
func accountID(i int) ledger.AccountID {
	const low, count, step = 1_000_000_000, 9_000_000_000, 5_915_587_277 // a prime
	return ledger.AccountID(low + uint64(i)*step%count)
}

// openAccounts opens many accounts in one command.
type openAccounts struct{ accounts []pix.OpenAccount }

// Needs names what every account needs.
func (c *openAccounts) Needs() pix.Needs {
	var n pix.Needs
	for i := range c.accounts {
		n.Add(c.accounts[i].Needs())
	}
	return n
}

// Decide opens the accounts, or none.
func (c *openAccounts) Decide(b *pix.Books) (struct{}, error) {
	for i := range c.accounts {
		if _, err := c.accounts[i].Decide(b); err != nil {
			return struct{}{}, err
		}
	}
	return struct{}{}, nil
}

func newOpenAccount(i int, now time.Time) pix.OpenAccount {
	return pix.OpenAccount{
		Profile: pix.Profile{
			ID: accountID(i), Name: fmt.Sprintf("Padaria do Bairro %d Ltda", i), Document: "11222333000181",
			Brand: brandID, City: "SAO PAULO", CreatedAt: now,
			PixKeys: []string{fmt.Sprintf("%08x-5a1d-4000-8000-%012x", i, uint64(accountID(i)))},
			Fees:    pix.Fees{Payment: pix.FeeRule{Fixed: fee}},
		},
		OpeningBalance: funds,
	}
}

// pastPayments are payments that were placed and settled, in one command.
type pastPayments struct {
	place  []pix.PlacePayment
	settle []pix.ApplyEvent
}

// Needs names the accounts. The ids are new, and need not be looked up.
func (c *pastPayments) Needs() pix.Needs {
	var n pix.Needs
	for i := range c.place {
		n.Accounts = append(n.Accounts, c.place[i].Account)
	}
	return n
}

// Decide places and settles all of them.
func (c *pastPayments) Decide(b *pix.Books) (struct{}, error) {
	for i := range c.place {
		if _, err := c.place[i].Decide(b); err != nil {
			return struct{}{}, err
		}
		if outcome, err := c.settle[i].Decide(b); err != nil || outcome != pix.Applied {
			return struct{}{}, fmt.Errorf("payment %s: %s: %w", c.place[i].ID, outcome, err)
		}
	}
	return struct{}{}, nil
}

func (c *pastPayments) add(b *book.Book, i, accounts int, at time.Time) {
	id := pix.MovementID(b.NextID())
	place := pix.PlacePayment{
		ID: id, Account: accountID(i % accounts), ExternalID: fmt.Sprintf("past-%016d", i), Amount: amount,
		Description: "Fornecedor", Key: pixid.Key{Type: pixid.KeyEmail, Value: payeeKey},
		Counterpart: pix.Counterpart{Name: payeeName, Document: payeeDocument},
		EndToEndID:  pixid.EndToEndIDFrom(ispb, at, uint64(id)), Rail: pix.RailHTTP, At: at,
	}
	c.place = append(c.place, place)
	c.settle = append(c.settle, pix.ApplyEvent{
		Event: pix.Event{
			ID: "past-" + id.String(), Type: pix.PaymentSettled, EndToEndID: place.EndToEndID, At: at.Add(time.Second),
		},
		NewID: id, Now: at.Add(time.Second),
	})
}

// Who is paid.
const (
	payeeKey      = "fornecedor@exemplo.com.br"
	payeeName     = "Fornecedor de Farinha"
	payeeDocument = "11222333000181"
)

// Sizes of the commands that a store is filled with.
const (
	accountsPerCommand = 1_000
	paymentsPerCommand = 250
	fillers            = 4
)

// fillAccounts opens the first count accounts.
func fillAccounts(ctx context.Context, b *book.Book, count int, now time.Time) error {
	return inPortions(ctx, count, accountsPerCommand, func(from, to int) error {
		c := &openAccounts{}
		for i := from; i < to; i++ {
			c.accounts = append(c.accounts, newOpenAccount(i, now))
		}
		_, err := book.Do(ctx, b, c)
		return err
	})
}

// fillPayments makes payments of the first accounts in turn, spread over the
// time between from and to. Each makes two entries.
func fillPayments(ctx context.Context, b *book.Book, accounts, count int, from, to time.Time) error {
	step := to.Sub(from) / time.Duration(max(count, 1))
	return inPortions(ctx, count, paymentsPerCommand, func(first, last int) error {
		c := &pastPayments{}
		for i := first; i < last; i++ {
			c.add(b, i, accounts, from.Add(time.Duration(i)*step).Truncate(time.Microsecond))
		}
		_, err := book.Do(ctx, b, c)
		return err
	})
}

// inPortions calls do for [0, count) cut into portions, several at a time.
func inPortions(ctx context.Context, count, size int, do func(from, to int) error) error {
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	for range fillers {
		group.Go(func() error {
			for ctx.Err() == nil {
				to := int(next.Add(int64(size)))
				from := to - size
				if from >= count {
					return nil
				}
				if err := do(from, min(to, count)); err != nil {
					return err
				}
			}
			return context.Cause(ctx)
		})
	}
	return group.Wait()
}
