package pix

import (
	"time"
	_ "time/tzdata" // the zone is the same wherever the program runs
)

// SaoPaulo is the zone that days are counted in, and whose clock people here read.
var SaoPaulo = func() *time.Location {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		panic(err) // the zone is part of the program
	}
	return zone
}()

// DayOf returns the date of an instant in São Paulo, where days are counted.
func DayOf(at time.Time) (year int, month time.Month, day int) { return at.In(SaoPaulo).Date() }

// DayStart returns the first instant of a day in São Paulo: midnight, or where clocks
// are put forward at midnight, the moment at which they are.
func DayStart(year int, month time.Month, day int) time.Time {
	start := time.Date(year, month, day, 0, 0, 0, 0, SaoPaulo)
	if start.Hour() != 0 {
		_, start = start.ZoneBounds()
	}
	return start.UTC()
}
