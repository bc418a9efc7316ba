package console

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/page"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/report"
)

// pageSize is how many lines of a list a page shows.
const pageSize = 50

// list is one page of a list of the API.
type list[T any] struct {
	Data []T     `json:"data"`
	Next *string `json:"next"` // null on the last
}

// onward leads from a page of a list to the first and to the next. Lists can only be
// read forward: the browser knows the way back.
type onward struct {
	First string // empty on the first
	Next  string // empty on the last
}

// Any tells whether there are other pages.
func (o onward) Any() bool { return o.First+o.Next != "" }

// read gets the page of a list that the address asks for by the field after, with more
// fields of the query.
func read[T any](c *page.Call, path, after string, query url.Values) (list[T], onward, error) {
	if query == nil {
		query = make(url.Values)
	}
	from := c.Query("after")
	if from != "" {
		query.Set(after, from)
	}
	query.Set("limit", strconv.Itoa(pageSize))
	var found list[T]
	if err := c.Get(path, query, &found); err != nil {
		return found, onward{}, err
	}
	var to onward
	if from != "" {
		to.First = here(c, "")
	}
	if found.Next != nil {
		to.Next = here(c, *found.Next)
	}
	return found, to, nil
}

// here is the address of the page with another after.
func here(c *page.Call, after string) string {
	query := c.R.URL.Query()
	query.Del("done")
	query.Del("after")
	if after != "" {
		query.Set("after", after)
	}
	return (&url.URL{Path: c.R.URL.Path, RawQuery: query.Encode()}).String()
}

// choices are those that a reader has in a field, each with the text of its key below a
// prefix.
func choices(l *page.Lang, prefix string, values ...string) []page.Choice {
	all := make([]page.Choice, len(values))
	for i, value := range values {
		all[i] = page.Choice{Value: value, Label: l.T(prefix + value)}
	}
	return all
}

// among is a field of the address where it is one of some values, and else the first of
// them.
func among(c *page.Call, field string, values ...string) string {
	text := c.Query(field)
	for _, value := range values {
		if value == text {
			return text
		}
	}
	return values[0]
}

// maskedDocument is a CPF or CNPJ with what others may not see of it starred out.
func maskedDocument(text string) string {
	if text == "" || strings.Contains(text, "*") { // what a rail told masked stays as it is
		return text
	}
	return pixid.Document(strings.NewReplacer(".", "", "-", "", "/", "").Replace(text)).Masked()
}

// maskedKey is a Pix key with most of what identifies its owner starred out.
func maskedKey(text string) string {
	if text == "" {
		return ""
	}
	key, err := pixid.ParseKey(text)
	if err != nil {
		return "***"
	}
	return key.Masked()
}

// formatted is a document with its customary punctuation.
func formatted(text string) string {
	d, err := pixid.ParseDocument(text)
	if err != nil {
		return text
	}
	return d.Formatted()
}

// remove has the API delete something, and leads to a page that says so.
func remove(c *page.Call, path, to, done string) error {
	if err := c.Send(http.MethodDelete, path, nil, nil); err != nil {
		return err
	}
	return c.Done(to, done)
}

// once is a name for something that is done once, however often its form is sent.
func (o *Console) once() (string, error) { return o.NewSecret() }

// optional is a JSON null for an empty text.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// raw is JSON of a field that the form has read, or nothing.
func raw(m json.RawMessage) any {
	if len(m) == 0 {
		return nil
	}
	return m
}

// clock is when a page is made.
type clock struct{ Now time.Time }

// Since is how long something has lasted.
func (n clock) Since(t time.Time) time.Duration { return max(n.Now.Sub(t), 0) }

// reais is an amount of the API, of either sign.
type reais = report.Amount
