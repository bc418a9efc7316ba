package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/ledger"
)

func TestDeferChangesTheDeadlineAndNothingElse(t *testing.T) {
	const account ledger.AccountID = 10_001
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var b ledger.Books
	b.Open(account)
	b.Open(ledger.SystemAccount(ledger.Settlement, 0))
	if err := b.Transfer(ledger.Fact{At: at}, ledger.Posting{Account: account, Amount: 100},
		ledger.Posting{Account: ledger.SystemAccount(ledger.Settlement, 0), Amount: -100}); err != nil {
		t.Fatal(err)
	}
	placed, err := b.Place(ledger.HoldRequest{
		ID: 7, Account: account, Reason: ledger.ReasonMED, Amount: 150, Sweep: true, Deadline: at.Add(time.Hour),
	}, at)
	if err != nil {
		t.Fatal(err)
	}
	before, entries := b.Mark(), len(b.Entries())
	deferred, err := b.Defer(7, at.Add(48*time.Hour))
	want := placed
	want.Deadline = at.Add(48 * time.Hour)
	if kept, _ := b.Holds.Get(7); err != nil || deferred != want || kept != want || len(b.Entries()) != entries {
		t.Errorf("deferred to %+v, %v, want %+v", deferred, err, want)
	}
	if a, _ := b.Accounts.Get(account); a.Held != 100 || a.Sweeps != 1 {
		t.Errorf("account %+v", a)
	}
	b.Rollback(before)
	if kept, _ := b.Holds.Get(7); kept != placed {
		t.Errorf("rolled back it is %+v", kept)
	}
	if _, err := b.Void(7, at); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Defer(7, at); !errors.Is(err, ledger.ErrHoldClosed) {
		t.Errorf("a closed hold: %v", err)
	}
	if _, err := b.Defer(8, at); !errors.Is(err, ledger.ErrHoldNotFound) {
		t.Errorf("no hold: %v", err)
	}
}
