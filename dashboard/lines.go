package dashboard

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/saldo-pix/saldo/page"
)

// statementLine is one line of the statement of account, as GET /api/statement writes it.
type statementLine struct {
	Entry       uint64    `json:"entry"`
	At          time.Time `json:"at"`
	Kind        string    `json:"kind"`
	Reversal    bool      `json:"reversal"`
	Booked      bool      `json:"booked"`
	Amount      reais     `json:"amount"`
	Blocked     reais     `json:"blocked"`
	After       balance   `json:"balance"`
	Transaction string    `json:"transactionId"`
	ExternalID  string    `json:"externalId"`
	Description string    `json:"description"`
	Counterpart struct {
		Name string `json:"name"`
	} `json:"counterpart"`
}

// linesView is what the page of the statement of account shows.
type linesView struct {
	period
	All              bool // lines that only block and unblock are shown too
	Opening, Closing balance
	Entries          uint64
	TooMany          bool
	Max              int64
	Lines            []statementLine
	Pages            pager
	Exports          []page.Choice
	Problem          string
}

// Bounds of the page of the statement of account. What is longer is for export: a page
// has to read all lines to find the newest.
const (
	linesMax    = 5_000
	linesOfPage = 50
	linesBytes  = 8 << 20
	linesDays   = 366
)

// statementLines is the statement of account: every line with the balance after it,
// newest first.
func (d *Dashboard) statementLines(c *page.Call) error {
	v := linesView{All: c.Query("all") != "", Max: linesMax}
	v.period, v.Problem = readPeriod(c, d.Now(), linesDays)
	v.Exports = exports(c, v.period)
	title := c.Lang.T("statement.title")
	if v.Problem != "" {
		return c.Again(http.StatusBadRequest, "lines", title, v)
	}
	if err := readLines(c, &v); err != nil {
		return err
	}
	if !v.All {
		v.Lines = slices.DeleteFunc(v.Lines, func(l statementLine) bool { return !l.Booked })
	}
	slices.Reverse(v.Lines)
	about := pages{Page: whole(c.Query("page")), Total: len(v.Lines)}
	about.Last = (about.Total + linesOfPage - 1) / linesOfPage
	about.Page = min(about.Page, max(about.Last, 1))
	first := (about.Page - 1) * linesOfPage
	v.Lines = v.Lines[first:min(first+linesOfPage, len(v.Lines))]
	v.Pages = about.pager(c)
	return c.Render("lines", title, v)
}

// readLines reads the statement of account as JSON Lines, which begin with how many there
// are: too many are left alone.
func readLines(c *page.Call, v *linesView) error {
	out := &lineReader{header: make(http.Header), status: http.StatusOK}
	func() {
		defer func() { // the API gives up where its reader does
			if p := recover(); p != nil && (!out.tooMany || p != any(http.ErrAbortHandler)) {
				panic(p)
			}
		}()
		w := c.W
		defer func() { c.W = w }()
		c.W = out
		query := url.Values{"from": {v.From}, "to": {v.To}, "format": {"jsonl"}}
		c.Pass(http.MethodGet, "/api/statement?"+query.Encode(), nil)
	}()
	if out.status != http.StatusOK {
		p := &page.Problem{Status: out.status}
		if err := json.Unmarshal(out.body.Bytes(), p); err != nil {
			return err
		}
		return p
	}
	return out.read(v)
}

// lineReader takes a statement of account in JSON Lines.
type lineReader struct {
	header  http.Header
	status  int
	body    bytes.Buffer
	looked  bool // at the first line
	tooMany bool
}

func (r *lineReader) Header() http.Header    { return r.header }
func (r *lineReader) WriteHeader(status int) { r.status = status }

var errTooMany = errors.New("too many lines for a page")

// Write takes a part of the answer. It fails once that is too much for a page.
func (r *lineReader) Write(b []byte) (int, error) {
	r.body.Write(b)
	if first, _, whole := bytes.Cut(r.body.Bytes(), []byte("\n")); whole && !r.looked {
		var head linesEnd
		r.looked = true
		r.tooMany = json.Unmarshal(first, &head) == nil && head.Entries > linesMax
	}
	if r.tooMany = r.tooMany || r.body.Len() > linesBytes; r.tooMany {
		return 0, errTooMany
	}
	return len(b), nil
}

// linesEnd is the first or the last object of a statement.
type linesEnd struct {
	Type    string  `json:"type"`
	Balance balance `json:"balance"`
	Closing balance `json:"closing"`
	Entries uint64  `json:"entries"`
}

var errCutOff = errors.New("statement was cut off")

func (r *lineReader) read(v *linesView) error {
	closed := false
	for i, raw := range bytes.Split(bytes.TrimSpace(r.body.Bytes()), []byte("\n")) {
		var kind linesEnd
		if i == 0 {
			if err := json.Unmarshal(raw, &kind); err != nil {
				return err
			}
			v.Opening, v.Closing, v.Entries = kind.Balance, kind.Closing, kind.Entries
			if v.TooMany = r.tooMany; v.TooMany {
				return nil
			}
			continue
		}
		if bytes.HasPrefix(raw, []byte(`{"type":"closing"`)) {
			closed = true
			continue
		}
		var line statementLine
		if err := json.Unmarshal(raw, &line); err != nil {
			return err
		}
		v.Lines = append(v.Lines, line)
	}
	if !closed {
		return errCutOff
	}
	return nil
}
