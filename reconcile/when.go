package reconcile

import (
	"errors"
	"strings"
	"time"
)

var (
	errWhen  = errors.New("is no date that is known, as in 20/11/2026 or 2026-11-20T12:00:00-03:00")
	errYear  = errors.New("is not of a year between 2000 and 2199")
	errClock = errors.New("is no time of day, as in 15:04:05")
)

// The years that statements may be of.
const (
	yearMin = 2000
	yearMax = 2199
)

// whenMax is how long a date and time may be written, in bytes.
const whenMax = 40

// dayLayouts are the ways to write a day. A day before a month is how Brazil writes;
// a month before a day is never guessed.
var dayLayouts = []string{"2006-01-02", "02/01/2006", "02-01-2006", "02.01.2006", "20060102", "02/01/06", "2006/01/02"}

// clockLayouts are the ways to write a time of day; fractions of seconds are read by
// all that have seconds.
var clockLayouts = []string{"15:04:05", "15:04", "150405", "15:04:05Z07:00", "15:04:05-0700", "15h04"}

// when reads times. The zero value reads those of São Paulo, in layouts that it
// guesses: that of the line before first.
type when struct {
	zone   *time.Location
	layout string // given; empty guesses
	day    string // guessed at the line before
	clock  string
}

// parse reads a day, and a time of day if there is one, in one cell or two.
func (w *when) parse(date, clock string) (at time.Time, day bool, err error) {
	if len(date)+len(clock) > whenMax || date == "" {
		return at, false, errWhen
	}
	if w.layout != "" {
		return w.given(date, clock)
	}
	if clock == "" {
		if i := strings.IndexAny(date, "T ,"); i > 0 {
			date, clock = date[:i], strings.TrimLeft(date[i+1:], " ")
			// A zone may be parted from the time.
			clock = strings.Replace(strings.Replace(clock, " UTC", "Z", 1), " ", "", 1)
		} else if len(date) == len("20060102150405") && !strings.ContainsAny(date, "-/.") {
			date, clock = date[:8], date[8:]
		}
	}
	return w.guess(date, clock)
}

func (w *when) guess(date, clock string) (at time.Time, day bool, err error) {
	on, layout, ok := parseAny(date, w.day, dayLayouts, time.UTC)
	if !ok {
		return at, false, errWhen
	}
	w.day = layout
	if clock == "" {
		return w.at(on, nil)
	}
	of, layout, ok := parseAny(clock, w.clock, clockLayouts, w.zone)
	if !ok {
		return at, false, errClock
	}
	w.clock = layout
	return w.at(on, &of)
}

// parseAny reads text by the layout that worked before, or by any.
func parseAny(text, before string, layouts []string, zone *time.Location) (time.Time, string, bool) {
	if before != "" {
		if t, err := time.ParseInLocation(before, text, zone); err == nil {
			return t, before, true
		}
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, layout, true
		}
	}
	return time.Time{}, "", false
}

// at puts a day and a time of day together. The day is taken in the zone of the time,
// if that tells one.
func (w *when) at(on time.Time, of *time.Time) (at time.Time, day bool, err error) {
	year, month, date := on.Date()
	if year < yearMin || year > yearMax {
		return at, false, errYear
	}
	if of == nil {
		return dayStart(year, month, date, w.zone).UTC(), true, nil
	}
	hour, minute, second := of.Clock()
	return time.Date(year, month, date, hour, minute, second, of.Nanosecond(), of.Location()).UTC(), false, nil
}

// given reads by the layout that was given.
func (w *when) given(date, clock string) (at time.Time, day bool, err error) {
	if clock != "" {
		date += " " + clock
	}
	t, err := time.ParseInLocation(w.layout, date, w.zone)
	if err != nil {
		return at, false, errors.New("is not written as dateFormat says")
	}
	if strings.Contains(w.layout, "15") {
		return w.at(t, &t)
	}
	return w.at(t, nil)
}

var errDateFormat = errors.New("must be made of DD, MM, YYYY or YY, HH, mm, ss and signs between them")

// layoutOf makes a layout of a format such as DD/MM/YYYY HH:mm:ss.
func layoutOf(format string) (string, error) {
	layout := strings.NewReplacer(
		"YYYY", "2006", "YY", "06", "MM", "01", "DD", "02", "HH", "15", "mm", "04", "ss", "05",
	).Replace(format)
	trial := time.Date(2031, 10, 29, 0, 0, 0, 0, time.UTC)
	back, err := time.Parse(layout, trial.Format(layout))
	if err != nil || !back.Equal(trial) || len(format) > whenMax ||
		strings.ContainsAny(format, "0123456789") || strings.ContainsFunc(layout, isLetter) {
		return "", errDateFormat
	}
	return layout, nil
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' && r != 'T' }
