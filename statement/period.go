package statement

import "time"

// ParsePeriod reads the first and the last day of a period. Without a last day it
// ends with today, and without a first one it begins with the month. refuse is
// told what is wrong with either, by the name of from or to.
func ParsePeriod(from, to string, now time.Time, refuse func(name, reason string)) Period {
	read := func(name, text string, otherwise Day) Day {
		if text == "" {
			return otherwise
		}
		d, err := ParseDay(text)
		if err != nil {
			refuse(name, err.Error())
			return otherwise
		}
		return d
	}
	var p Period
	p.To = read("to", to, DayOf(now))
	p.From = read("from", from, p.To.First())
	if p.From.After(p.To) {
		refuse("from", "must not be after to")
	}
	return p
}
