package httpapi

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/statement"
	"github.com/saldo-pix/saldo/wire"
)

// extractsMax is how many statements of account one account may read at the same
// time on this node: each costs memory and reads for as long as its client takes.
const extractsMax = 4

const extractDayMax = 10 // characters

// extract is GET /api/statement: the statement of account (extrato) of days in São
// Paulo, streamed. It is not of the contract, whose statement lists transactions.
func (s *Server) extract(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	from, to := in.Text("from", extractDayMax), in.Text("to", extractDayMax)
	period := statement.ParsePeriod(from, to, s.Now(), in.Refuse)
	format := statement.JSON
	if name := in.OneOf("format", statement.Formats()...); name != "" {
		format = statement.Format(name)
	}
	if err := in.Err(); err != nil {
		return err
	}
	if !s.extracts.begin(who.Account) {
		return tooManyExtracts()
	}
	defer s.extracts.end(who.Account)
	bank := statement.Bank{ISPB: s.ISPB}
	if b := s.Brands.OfIssuer(who.Issuer); b != nil {
		bank.Name = b.Name
	}
	opened, err := statement.Open(r.Context(), s.Reader, who.Account, period, bank, s.Now())
	if err != nil {
		return ownAccount(err)
	}
	about := wire.Stream{ContentType: format.ContentType(), FileName: format.FileName(&opened.Head)}
	return s.respond.Send(w, r, about, func(out io.Writer) error {
		return statement.Write(out, format, &opened.Head, opened.Lines(r.Context()))
	})
}

func tooManyExtracts() error {
	return &wire.Problem{
		Status: http.StatusTooManyRequests, Code: "TOO_MANY_REQUESTS",
		Message:     fmt.Sprintf("at most %d statements and reports at the same time", extractsMax),
		UserMessage: "Muitas solicitações. Tente novamente em instantes.", RetryAfter: time.Second,
	}
}

// places counts how many requests each account has at work. The zero value is
// ready for use.
type places struct {
	mu    sync.Mutex
	taken map[ledger.AccountID]int // guarded by mu
}

// begin takes a place unless the account has all of its own.
func (p *places) begin(account ledger.AccountID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[account] >= extractsMax {
		return false
	}
	if p.taken == nil {
		p.taken = make(map[ledger.AccountID]int)
	}
	p.taken[account]++
	return true
}

func (p *places) end(account ledger.AccountID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[account]--; p.taken[account] == 0 {
		delete(p.taken, account)
	}
}
