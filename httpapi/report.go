package httpapi

import (
	"errors"
	"io"
	"net/http"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/wire"
)

// report is GET /api/report?date=&format=: the daily report of the account. It is
// not of the contract.
func (s *Server) report(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	day, err := report.ParseDay(in.Text("date", extractDayMax), s.Now())
	var wrong *report.DayError
	if errors.As(err, &wrong) {
		in.Refuse("date", wrong.Reason)
	}
	format := report.JSON
	if name := in.OneOf("format", report.Formats()...); name != "" {
		format = report.Format(name)
	}
	if err := in.Err(); err != nil {
		return err
	}
	if !s.extracts.begin(who.Account) {
		return tooManyExtracts()
	}
	defer s.extracts.end(who.Account)
	about := wire.Stream{ContentType: format.ContentType()}
	a, err := s.Reports.Account(r.Context(), who.Account, day)
	switch {
	case errors.As(err, &wrong):
		return wire.Invalid("date", wrong.Reason)
	case err != nil:
		return ownAccount(err)
	case format != report.JSON:
		about.FileName = a.FileName(format)
	}
	return s.respond.Send(w, r, about, func(out io.Writer) error { return report.WriteAccount(out, format, a) })
}
