package pebble

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

func TestProfilesKeepThoseThatAreAskedFor(t *testing.T) {
	c := newProfiles(4)
	for id := range ledger.AccountID(20) {
		c.remember(pix.Profile{ID: id}, 0, c.seen())
		if _, _, ok := c.get(0); !ok {
			t.Errorf("0 is not kept after %d, though it was asked for", id)
		}
	}
	if _, _, ok := c.get(19); !ok {
		t.Error("the last one is not kept")
	}
	if len(c.slots) != 4 || len(c.place) != 4 {
		t.Errorf("%d slots, %d places; want 4", len(c.slots), len(c.place))
	}
}

// What was read before a commit changed a profile may be old.
func TestProfilesForgetWhatWasReadBeforeAChange(t *testing.T) {
	c := newProfiles(4)
	read := c.seen()
	c.change(pix.Profile{ID: 1, Name: "new"}, 7)
	c.remember(pix.Profile{ID: 1, Name: "old"}, 6, read)
	if p, commit, _ := c.get(1); p.Name != "new" || commit != 7 {
		t.Errorf("profile %q of commit %d", p.Name, commit)
	}
}

// Many more profiles than are kept in memory are read and changed.
func TestProfilesThatDoNotFitInMemory(t *testing.T) {
	const accounts = 50
	opts := memoryFS(vfs.NewMem())
	opts.ProfilesMax = 3
	w := newWorld(t, open(t, "books", opts))
	for i := range ledger.AccountID(accounts) {
		w.open(firstAccount+i, 0)
	}
	for round := range 3 {
		for i := range ledger.AccountID(accounts) {
			id := firstAccount + i*7%accounts
			p, err := w.s.Profile(context.Background(), id)
			if want := "Loja " + id.String(); err != nil || round == 0 && p.Name != want {
				t.Fatalf("profile %+v, %v", p, err)
			}
			p.Name = fmt.Sprint("round ", round)
			n := pix.Needs{Accounts: []ledger.AccountID{id}}
			err = w.s.Commit(context.Background(), n, func(b *pix.Books) error {
				b.Profiles.Put(id, p)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := w.s.Profile(context.Background(), id); err != nil || got.Name != p.Name {
				t.Fatalf("changed profile %+v, %v", got, err)
			}
		}
	}
	if _, err := w.s.Profile(context.Background(), 1); !errors.Is(err, ledger.ErrAccountNotFound) {
		t.Errorf("profile of nobody: %v", err)
	}
}
