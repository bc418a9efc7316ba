package pix_test

import (
	"testing"
	"time"

	"github.com/saldo-pix/saldo/pix"
)

func TestADayBeginsInSaoPaulo(t *testing.T) {
	for date, want := range map[[3]int]string{
		{2026, 11, 20}: "2026-11-20T03:00:00Z",
		{2026, 12, 32}: "2027-01-01T03:00:00Z",
		{2018, 11, 3}:  "2018-11-03T03:00:00Z",
		{2018, 11, 4}:  "2018-11-04T03:00:00Z", // from 00:00 to 01:00
		{2018, 11, 5}:  "2018-11-05T02:00:00Z",
		{2019, 2, 17}:  "2019-02-17T03:00:00Z", // after 23:00 to 24:00 came twice
	} {
		start := pix.DayStart(date[0], time.Month(date[1]), date[2])
		if got := start.Format(time.RFC3339); got != want {
			t.Errorf("%v begins at %s, want %s", date, got, want)
		}
		noon := time.Date(date[0], time.Month(date[1]), date[2], 12, 0, 0, 0, time.UTC)
		for at, want := range map[time.Time]time.Time{start: noon, start.Add(-1): noon.AddDate(0, 0, -1)} {
			year, month, day := pix.DayOf(at)
			if y, m, d := want.Date(); y != year || m != month || d != day {
				t.Errorf("%s is of the day %d %s %d, want %s", at, year, month, day, want)
			}
		}
	}
}
