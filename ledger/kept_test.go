package ledger_test

import (
	"slices"

	"github.com/saldo-pix/saldo/ledger"
)

// kept is what a store keeps of one account.
type kept struct {
	account ledger.Account
	entries []ledger.Entry
	holds   []ledger.Hold
}

// copyOf copies all there is of an account, so that a test may spoil it.
func copyOf(b *ledger.Books, id ledger.AccountID) *kept {
	k := &kept{}
	k.account, _ = b.Accounts.Get(id)
	for _, e := range b.Entries() {
		if _, ok := e.Line(id); ok {
			e.Lines, e.Holds = slices.Clone(e.Lines), slices.Clone(e.Holds)
			k.entries = append(k.entries, e)
		}
	}
	for _, h := range b.Holds.Changes() {
		if h.Value.Account == id {
			k.holds = append(k.holds, h.Value)
		}
	}
	slices.SortFunc(k.holds, func(a, b ledger.Hold) int { return int(a.ID) - int(b.ID) })
	return k
}

// check feeds everything to an AccountCheck, as a verifier does.
func (k *kept) check() []*ledger.WrongError {
	check := ledger.NewAccountCheck(k.account)
	holds := k.holds
	for _, e := range k.entries {
		for check.Wants(&e) && len(holds) > 0 {
			check.AddHold(holds[0])
			holds = holds[1:]
		}
		check.Add(e)
	}
	for _, h := range holds {
		check.AddHold(h)
	}
	check.Finish()
	return check.Wrong()
}
