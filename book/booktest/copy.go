package booktest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

// errCut is the fault that ends a copy early.
var errCut = errors.New("cut off")

// TestCopy plays a random history on one kind of store, copies its book to the
// other, cutting the copy off again and again, and wants everything to be there
// and sound.
func TestCopy(t *testing.T, from, to NewHarness) {
	for _, seed := range seeds(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			p := &player{f: newFixture(t, from(t)), g: NewGenerator(seed), batchMax: 8}
			p.start()
			for _, s := range p.g.Open() {
				p.do(s)
			}
			for range historySteps {
				p.do(p.g.Next())
			}
			p.stop()
			target := newFixture(t, to(t))
			cuts := 0
			for commits := 1; ; commits *= 2 {
				err := book.Copy(target.ctx, p.f.s, &cutStore{Store: target.s, commits: commits}, nil)
				if err == nil {
					break
				}
				if !errors.Is(err, errCut) {
					t.Fatal(err)
				}
				cuts++
			}
			if cuts < 3 {
				t.Errorf("the copy was cut off %d times only", cuts)
			}
			sameDump(t, mustDump(t, target.s), mustDump(t, p.f.s))
			sound(t, target.s)
		})
	}
}

// cutStore fails after a number of commits.
type cutStore struct {
	book.Store
	commits int
}

// Commit commits, or fails before anything is done.
func (s *cutStore) Commit(ctx context.Context, n pix.Needs, decide func(*pix.Books) error) error {
	if s.commits--; s.commits < 0 {
		return errCut
	}
	return s.Store.Commit(ctx, n, decide)
}
