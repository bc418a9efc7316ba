package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Query reads the parameters of a request's URL and remembers every violation,
// each under the parameter's name. An empty parameter is an absent one, and
// parameters that nobody asks for are ignored, as clients of the contract expect.
type Query struct {
	Fields
	values url.Values
}

// NewQuery returns the reader of r's parameters.
func NewQuery(r *http.Request) *Query {
	q := new(Query)
	var err error
	if q.values, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		q.Refuse("query", "is not URL-encoded")
	}
	return q
}

// get returns the parameter, empty if it is absent. One that is given twice is
// refused: to choose would be to guess.
func (q *Query) get(name string) string {
	all := q.values[name]
	if len(all) > 1 {
		q.Refuse(name, "must be given once")
	}
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

// Text reads a text of at most most characters.
func (q *Query) Text(name string, most int) string {
	text := q.get(name)
	switch {
	case utf8.RuneCountInString(text) > most:
		q.Refuse(name, fmt.Sprintf("must have at most %d characters", most))
	case strings.ContainsFunc(text, forbidden) || !utf8.ValidString(text):
		q.Refuse(name, "must not contain control characters")
	default:
		return text
	}
	return ""
}

// OneOf reads a text that must be one of the names; empty if it is absent.
func (q *Query) OneOf(name string, names ...string) string {
	text := q.get(name)
	if text == "" {
		return ""
	}
	return q.Fields.OneOf(name, &text, names...)
}

// Bool reads true or false; nil if it is absent.
func (q *Query) Bool(name string) *bool {
	var value bool
	switch q.get(name) {
	case "":
		return nil
	case "true":
		value = true
	case "false":
	default:
		q.Refuse(name, "must be true or false")
	}
	return &value
}

// Whole reads a whole number between low and high; otherwise if it is absent.
func (q *Query) Whole(name string, low, high, otherwise int) int {
	text := q.get(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		q.Refuse(name, fmt.Sprintf("must be a whole number between %d and %d", low, high))
		return otherwise
	}
	return n
}

// Instant reads a time with its zone (RFC 3339), to the microsecond; zero if it is
// absent. Where dayStart tells when days begin it may be a date as well: the beginning
// of that day.
func (q *Query) Instant(
	name string, dayStart func(year int, month time.Month, day int) time.Time,
) (at time.Time, day bool) {
	text := q.get(name)
	if text == "" {
		return time.Time{}, false
	}
	or := ""
	if dayStart != nil {
		if t, err := time.Parse(time.DateOnly, text); err == nil {
			return dayStart(t.Date()), true
		}
		or = ", or a date"
	}
	// A plus sign of a zone that was not escaped arrives as a space.
	t, err := time.Parse(time.RFC3339Nano, strings.Replace(text, " ", "+", 1))
	if err != nil {
		q.Refuse(name, "must be a time with its zone, as in 2026-11-20T12:00:00.000Z"+or)
		return time.Time{}, false
	}
	return t.UTC().Truncate(time.Microsecond), false
}

// Day is the length of a day in UTC, which knows no summer time.
const Day = 24 * time.Hour

// Window says which stretch of time a list may ask for.
type Window struct {
	// Days is how far back the list goes when it is not told where to start,
	// counted from the end; 0 is from the beginning.
	Days int
	// DaysMax is how many days may lie between start and end; 0 is any number.
	DaysMax int
	Now     time.Time
}

// Period reads startDate and endDate and returns the stretch of time from from
// to before until. A bound is an ISO 8601 date, which is a whole day in UTC, or
// a time; both bounds are inclusive (contract §6.2). from is zero if nothing
// says where to start, and until if nothing says where to end and w does not
// count back from there.
func (q *Query) Period(w Window) (from, until time.Time) {
	start, _ := q.bound("startDate")
	end, length := q.bound("endDate")
	if end.IsZero() && w.Days > 0 {
		end, length = w.Now.UTC().Truncate(Day), Day
	}
	if start.IsZero() && w.Days > 0 {
		start = end.Add(-time.Duration(w.Days) * Day)
	}
	if start.IsZero() || end.IsZero() {
		return start, end.Add(length)
	}
	// Whole days are counted, so that a date and the times of its first and last
	// millisecond say the same.
	days := int(end.Sub(start) / Day)
	until = end.Add(length)
	switch {
	case !start.Before(until):
		q.Refuse("startDate", "must not be after endDate")
	case w.DaysMax > 0 && days > w.DaysMax:
		q.Refuse("endDate", fmt.Sprintf("must be at most %d days after startDate", w.DaysMax))
	}
	return start, until
}

// bound reads a date or a time, and tells how long it is: a day, or the
// millisecond that answers show times with. It is zero if it is absent.
func (q *Query) bound(name string) (time.Time, time.Duration) {
	text := q.get(name)
	if text == "" {
		return time.Time{}, 0
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, Day
	}
	// A plus sign of a zone that was not escaped arrives as a space.
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, strings.Replace(text, " ", "+", 1)); err == nil {
			return t.UTC().Truncate(time.Millisecond), time.Millisecond
		}
	}
	q.Refuse(name, "must be a date or a time in ISO 8601, as in 2026-11-20 or 2026-11-20T12:00:00.000Z")
	return time.Time{}, 0
}
