package pix

import "time"

// DayOf returns the date of an instant in São Paulo, where days are counted.
func DayOf(at time.Time) (year int, month time.Month, day int) { return at.In(saoPaulo).Date() }

// DayStart returns the first instant of a day in São Paulo: midnight, or where clocks
// are put forward at midnight, the moment at which they are.
func DayStart(year int, month time.Month, day int) time.Time {
	start := time.Date(year, month, day, 0, 0, 0, 0, saoPaulo)
	if start.Hour() != 0 {
		_, start = start.ZoneBounds()
	}
	return start.UTC()
}
