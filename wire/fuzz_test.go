package wire_test

import (
	"testing"

	"github.com/saldo-pix/saldo/wire"
)

// FuzzPeriod gives a list anything for its bounds: what is accepted is a stretch
// of time that is not empty and not longer than it may be.
func FuzzPeriod(f *testing.F) {
	for _, seed := range []string{
		"", "startDate=2026-01-01&endDate=2026-02-01", "startDate=2026-11-20T10:00:00.000Z", "endDate=2026-11-20T10:00:00",
		"startDate=0001-01-01&endDate=9999-12-31", "startDate=2026-11-20T07:00:00-03:00&endDate=%zz",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q := query(raw)
		from, until := q.Period(wire.Window{Days: 31, DaysMax: 31, Now: noon})
		if q.Err() != nil {
			return
		}
		if length := until.Sub(from); length <= 0 || length > 32*wire.Day {
			t.Errorf("%q is accepted as %s to %s", raw, from, until)
		}
	})
}
