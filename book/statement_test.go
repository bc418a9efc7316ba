package book_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

// TestNumbersHoldWhatWasCreatedInTime draws numbers as edges do, a while before or
// after the instant that a movement is given, on clocks that were set back as well.
func TestNumbersHoldWhatWasCreatedInTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		instant := func(name string) time.Time {
			return noon.Add(time.Duration(rapid.Int64Range(0, int64(400*24*time.Hour)).Draw(t, name)))
		}
		created := instant("created")
		drawn := created.Add(-time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "waited")))
		ahead := drawn.Add(time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "ahead")))
		node := rapid.IntRange(0, book.NodeMax).Draw(t, "node")
		last := book.NewIDs(standing(ahead), node, 0).Next()
		id := pix.MovementID(book.NewIDs(standing(drawn), node, last).Next())
		if rapid.Bool().Draw(t, "clock was never set back") {
			id = pix.MovementID(book.NewIDs(standing(drawn), node, 0).Next())
		}
		m := pix.Movement{ID: id, Account: loja, CreatedAt: created}
		q := book.StatementQuery{Account: loja, From: instant("from"), Until: instant("until")}
		if rapid.Bool().Draw(t, "from the instant itself") {
			q.From = created
		}
		if rapid.Bool().Draw(t, "until right after it") {
			q.Until = created.Add(1)
		}
		if first, end := q.Numbers(); q.Wants(&m) && (id < first || id >= end) {
			t.Fatalf("number %d of what was created at %s is not from %d to %d", id, created, first, end)
		}
	})
}

func TestNumbersNarrowTheSearch(t *testing.T) {
	number := func(at time.Time) pix.MovementID { return pix.MovementID(book.NewIDs(standing(at), 0, 0).Next()) }
	day := book.StatementQuery{From: noon, Until: noon.Add(24 * time.Hour)}
	first, end := day.Numbers()
	if number(noon.Add(-61*time.Minute)) >= first || number(noon.Add(49*time.Hour)) < end {
		t.Errorf("a day's numbers are from %d to %d", first, end)
	}
	for name, q := range map[string]book.StatementQuery{
		"no time":        {},
		"all of time":    {From: time.Unix(0, 0), Until: noon.AddDate(250_000, 0, 0)},
		"before numbers": {From: noon.AddDate(-300, 0, 0)},
	} {
		if first, end := q.Numbers(); first != 0 || end <= 1<<53 {
			t.Errorf("%s: from %d to %d", name, first, end)
		}
	}
	later := book.StatementQuery{From: noon.AddDate(250_000, 0, 0)}
	if first, end := later.Numbers(); first <= 1<<53 || first > end {
		t.Errorf("of the far future: from %d to %d", first, end)
	}
}

func TestAPageHoldsNothingThatIsNotCounted(t *testing.T) {
	for _, c := range []struct{ offset, limit, most, wantOffset, wantLimit int }{
		{0, 10, 0, 0, 10}, {5, 10, 100, 5, 10}, {5, 10, 12, 5, 7}, {5, 10, 5, 5, 0}, {50, 10, 5, 50, 0},
		{-1, -1, 0, 0, 0},
	} {
		q := book.StatementQuery{Offset: c.offset, Limit: c.limit, CountMax: c.most}
		if offset, limit := q.Page(); offset != c.wantOffset || limit != c.wantLimit {
			t.Errorf("%+v: %d, %d", c, offset, limit)
		}
	}
}
