package booktest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// modelShare is a share of a charge that somebody else gets.
type modelShare struct {
	charge      uint64
	place       int // from 1
	account     *modelAccount
	to          string
	amount, fee int64
	held, paid  bool
}

// setAside is what the shares of a charge and their fees come to.
func setAside(shares []*modelShare) int64 {
	var sum int64
	for _, s := range shares {
		sum += s.amount + s.fee
	}
	return sum
}

// split has the charge of a number share its value, mostly within it.
func (g *Generator) split(n uint64, a *modelAccount, c *pix.CreateCharge) []*modelShare {
	if g.rng.IntN(3) != 0 {
		return nil
	}
	var shares []*modelShare
	for i := range 1 + g.rng.IntN(4) {
		amount := 1 + g.rng.Int64N(max(int64(c.Amount)/3, 1))
		to := []string{"ana@example.com", "bia/x@example.com"}[g.rng.IntN(2)]
		c.Splits = append(c.Splits, pix.Split{Key: to, Name: to, Fixed: money.Centavos(amount)})
		shares = append(shares, &modelShare{
			charge: n, place: i + 1, account: a, to: to, amount: amount, fee: a.out(amount),
		})
	}
	return shares
}

// payOut pays out shares of one account to one recipient, or returns nil if none
// are due. Now and then it pays out shares that are paid out already as well.
func (g *Generator) payOut() *Step {
	var due []*modelShare
	again := g.rng.IntN(4) == 0
	for _, txID := range sortedKeys(g.model.charges) {
		for _, s := range g.model.charges[txID].shares {
			if s.held && (again || !s.paid) && (len(due) == 0 || due[0].account == s.account && due[0].to == s.to) {
				due = append(due, s)
			}
		}
	}
	if len(due) == 0 {
		return nil
	}
	due = due[:1+g.rng.IntN(min(len(due), 20))]
	n := g.tick()
	account := ledger.AccountID(due[0].account.id)
	c := &pix.PayOutSplits{ID: pix.MovementID(n), EndToEndID: endToEndID(n), Rail: pix.RailHTTP, At: g.now}
	needs := pix.Needs{Accounts: []ledger.AccountID{account}}
	var texts []string
	for _, s := range due {
		place := fmt.Sprintf("%d-%d", s.charge, s.place)
		texts = append(texts, place)
		needs.Keys = append(needs.Keys, pix.MovementKey(pix.MovementID(s.charge)),
			pix.Key{Space: pix.SpaceCase, Account: account, Value: "split/" + strings.Replace(place, "-", "/", 1)},
			pix.Key{Space: pix.SpacePayment, Account: account, Value: "SPLIT-" + place})
	}
	return &Step{
		Text: fmt.Sprintf("%s pays %s out as %s", account, strings.Join(texts, ", "), c.EndToEndID),
		Want: g.model.payOut(due, string(c.EndToEndID), g.now), needs: needs,
		decide: func(b *pix.Books) (string, error) {
			c.Holds = nil
			for _, key := range needs.Keys {
				if target, ok := b.Keys.Get(key); ok && key.Space == pix.SpaceCase {
					h, _ := b.Holds.Get(ledger.HoldID(target.ID))
					c.Holds = append(c.Holds, h)
				}
			}
			if len(c.Holds) != len(due) {
				return "holds are missing", nil
			}
			m, err := c.Decide(b)
			if m.ID == 0 {
				return "nothing", err
			}
			return "accepted", err
		},
	}
}

// payOut is a payment of those of the shares that are not paid out yet.
func (m *model) payOut(due []*modelShare, e2e string, now time.Time) string {
	due = slices.DeleteFunc(slices.Clone(due), func(s *modelShare) bool { return s.paid })
	if len(due) == 0 {
		return "nothing"
	}
	p := &modelMoney{account: due[0].account, status: "pending", e2e: e2e}
	var fees int64
	for _, s := range due {
		p.amount += s.amount
		fees += s.fee
		s.paid = true
	}
	p.fee = min(p.account.out(p.amount), fees)
	m.payments[e2e] = p
	saved := fees - p.fee
	p.account.change(now, 0, m.taken(p.account, saved, nil)-saved)
	return "accepted"
}
