package pix_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
)

// resolve is "resolve ITEM ACTION [ACCOUNT]", where ITEM counts the items from 1. It
// shows the account, or the one that owner= names.
func (w *world) resolve(plain []string, named map[string]string) (command, string) {
	n, err := strconv.Atoi(plain[0])
	if err != nil {
		panic(err)
	}
	items, err := w.store.Suspense(w.ctx, 0, n)
	w.fatal(err)
	if len(items) < n {
		w.t.Fatalf("there are %d items in suspense, not %d", len(items), n)
	}
	c := &pix.ResolveSuspense{
		Item: items[n-1], Action: pix.Solution(plain[1]), By: "ana", Note: named["note"],
		NewID: pix.MovementID(w.next()), Now: w.now,
	}
	owner := named["owner"]
	if plain[2] != "" {
		c.Account, owner = w.accounts[plain[2]], plain[2]
		if c.Account == 0 {
			c.Account = 99_999
		}
	}
	if told := w.told[c.Item.Event.ID]; told != nil {
		c.Event = told.Event
	}
	return asCommand(c), owner
}

// resolution tells how an item was resolved, if it was.
func (w *world) resolution(item uint64) string {
	record, err := w.store.Record(w.ctx, pix.SuspenseKey(item))
	if errors.Is(err, pix.ErrNotFound) {
		return ""
	}
	w.fatal(err)
	r, err := pix.ReadResolution(record)
	w.fatal(err)
	text := fmt.Sprintf(" => %s", r.Action)
	if r.Account != 0 {
		text += " " + w.ownerOf(r.Account)
	}
	if r.Movement != 0 {
		m, err := w.store.Movement(w.ctx, r.Movement)
		w.fatal(err)
		text += ", " + m.Kind.String() + " " + w.name(m)
	}
	return text
}

// TestAResolutionKeepsWhoWhenAndWhy also wants the end-to-end id to lead to the
// receipt that its money has become.
func TestAResolutionKeepsWhoWhenAndWhy(t *testing.T) {
	w := newWorld(t)
	w.Do([]string{"account", "loja", "0"})
	w.Do([]string{"settled", "r1", "10.00", "key=outra"})
	w.Do([]string{"resolve", "1", "credit", "loja", "note=phone"})
	items, err := w.store.Suspense(w.ctx, 0, 10)
	w.fatal(err)
	record, err := w.store.Record(w.ctx, pix.SuspenseKey(items[0].ID))
	w.fatal(err)
	got, err := pix.ReadResolution(record)
	w.fatal(err)
	target, err := w.store.Lookup(w.ctx, pix.Key{Space: pix.SpaceEndToEndIn, Value: string(endToEndID("r1"))})
	w.fatal(err)
	want := pix.Resolution{
		Item: items[0].ID, Action: pix.SolveCredit, Account: w.accounts["loja"], Movement: pix.MovementID(target.ID),
		By: "ana", Note: "phone", At: w.now,
	}
	if got != want || target.Account != w.accounts["loja"] || target.ID == 0 {
		t.Errorf("got %+v, want %+v, and the id leads to %+v", got, want, target)
	}
	if record.Owner != 0 || record.Number != items[0].ID {
		t.Errorf("the record is in the list of %d as %d", record.Owner, record.Number)
	}
}

// TestTheMoneyLeavesSuspenseInOneEntry wants the entry that credits an account to be
// the one that takes the money out of suspense.
func TestTheMoneyLeavesSuspenseInOneEntry(t *testing.T) {
	w := newWorld(t)
	w.Do([]string{"settled", "r1", "10.00", "key=loja"})
	w.Do([]string{"account", "loja", "0", "receipt=0.30"})
	if got := w.Do([]string{"resolve", "1", "apply", "owner=loja"}); got != "ok, 9.70/0.00/9.70" {
		t.Fatal(got)
	}
	found := 0
	for e, err := range w.store.EachEntry(w.ctx, w.accounts["loja"]) {
		w.fatal(err)
		found++
		moved := make(map[ledger.Role]money.Centavos)
		for _, line := range e.Lines {
			moved[line.Account.Role()] += line.Posted
		}
		want := map[ledger.Role]money.Centavos{ledger.Customer: 9_70, ledger.Fees: 30, ledger.Suspense: -10_00}
		if fmt.Sprint(moved) != fmt.Sprint(want) {
			t.Errorf("the entry moves %v, want %v", moved, want)
		}
	}
	if found != 1 {
		t.Errorf("the account has %d entries", found)
	}
}
