package book_test

import (
	"errors"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

var noonOfCharts = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func pastFrom(all []book.Past) iter.Seq2[book.Past, error] {
	return func(yield func(book.Past, error) bool) {
		for _, p := range all {
			if !yield(p, nil) {
				return
			}
		}
	}
}

func hours(n int) (bounds []time.Time) {
	for i := range n + 1 {
		bounds = append(bounds, noonOfCharts.Add(time.Duration(i)*time.Hour))
	}
	return bounds
}

func TestAChartShowsEachStretch(t *testing.T) {
	at := func(minutes int, posted, held money.Centavos) book.Past {
		return book.Past{
			At:      noonOfCharts.Add(time.Duration(minutes) * time.Minute),
			Balance: ledger.Balance{Posted: posted, Held: held},
		}
	}
	opening := ledger.Balance{Posted: 100_00, Held: 10_00}
	got, err := book.Chart(opening, hours(4), pastFrom([]book.Past{
		at(0, 120_00, 10_00), at(10, 120_00, 80_00), at(59, 120_00, 20_00), // the first instant counts
		at(60, 90_00, 20_00), // at a bound: in what begins there
		at(200, 90_00, 0), at(201, 200_00, 0),
	}), 6)
	if err != nil {
		t.Fatal(err)
	}
	bounds := hours(4)
	want := []book.Stretch{
		{bounds[0], bounds[1], 90_00, 40_00, 110_00, 3, ledger.Balance{Posted: 120_00, Held: 20_00}},
		{bounds[1], bounds[2], 100_00, 70_00, 100_00, 1, ledger.Balance{Posted: 90_00, Held: 20_00}},
		{bounds[2], bounds[3], 70_00, 70_00, 70_00, 0, ledger.Balance{Posted: 90_00, Held: 20_00}},
		{bounds[3], bounds[4], 70_00, 70_00, 200_00, 2, ledger.Balance{Posted: 200_00}},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestAChartOfNothingIsFlat(t *testing.T) {
	got, err := book.Chart(ledger.Balance{Posted: 5}, hours(2), pastFrom(nil), 1)
	if err != nil || len(got) != 2 || got[1].Lowest != 5 || got[1].Highest != 5 || got[1].Closing.Posted != 5 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAChartLooksAtNoMoreThanItMay(t *testing.T) {
	three := make([]book.Past, 3)
	for i := range three {
		three[i].At = noonOfCharts
	}
	if _, err := book.Chart(ledger.Balance{}, hours(1), pastFrom(three), 3); err != nil {
		t.Errorf("three of three: %v", err)
	}
	if _, err := book.Chart(ledger.Balance{}, hours(1), pastFrom(three), 2); !errors.Is(err, book.ErrTooManyChanges) {
		t.Errorf("three of two: %v", err)
	}
	broken := errors.New("broken")
	_, err := book.Chart(ledger.Balance{}, hours(1), func(yield func(book.Past, error) bool) {
		yield(book.Past{}, broken)
	}, 3)
	if !errors.Is(err, broken) {
		t.Errorf("a past that breaks off: %v", err)
	}
}

// TestChartsOfAnyPastAgreeWithIt draws pasts at random and looks at each stretch
// naively.
func TestChartsOfAnyPastAgreeWithIt(t *testing.T) {
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	for range 500 {
		all := make([]book.Past, rng.IntN(60))
		at := noonOfCharts
		for i := range all {
			at = at.Add(time.Duration(rng.IntN(3)) * 7 * time.Minute)
			all[i] = book.Past{At: at, Balance: ledger.Balance{Posted: money.Centavos(rng.IntN(1000))}}
		}
		bounds := hours(1 + rng.IntN(8))
		all = slices.DeleteFunc(all, func(p book.Past) bool { return !p.At.Before(bounds[len(bounds)-1]) })
		opening := ledger.Balance{Posted: 500}
		got, err := book.Chart(opening, bounds, pastFrom(all), len(all))
		if err != nil || len(got) != len(bounds)-1 {
			t.Fatalf("seed %d: %d stretches, %v", seed, len(got), err)
		}
		now := opening
		for i, s := range got {
			want := book.Stretch{
				From: bounds[i], Until: bounds[i+1], Opening: now.Posted, Lowest: now.Posted, Highest: now.Posted,
			}
			for _, p := range all {
				if !p.At.Before(s.From) && p.At.Before(s.Until) {
					now = p.Balance
					want.Changes++
					want.Lowest, want.Highest = min(want.Lowest, now.Posted), max(want.Highest, now.Posted)
				}
			}
			if want.Closing = now; s != want {
				t.Fatalf("seed %d: stretch %d is %+v, want %+v", seed, i, s, want)
			}
		}
	}
}
