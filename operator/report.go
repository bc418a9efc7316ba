package operator

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/saldo-pix/saldo/report"
	"github.com/saldo-pix/saldo/statement"
	"github.com/saldo-pix/saldo/wire"
)

// readReport reads which report is asked for.
func (s *Server) readReport(r *http.Request) (statement.Day, report.Format, error) {
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
	return day, format, in.Err()
}

// refusedDay is an error of a day that there is no report of, as the wire has it.
func refusedDay(err error) error {
	var wrong *report.DayError
	if errors.As(err, &wrong) {
		return wire.Invalid("date", wrong.Reason)
	}
	return err
}

// accountReport is GET /accounts/{id}/report?date=&format=.
func (s *Server) accountReport(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	day, format, err := s.readReport(r)
	if err != nil {
		return err
	}
	a, err := s.Reports.Account(r.Context(), id, day)
	if err != nil {
		return refusedDay(err)
	}
	about := wire.Stream{ContentType: format.ContentType()}
	if format != report.JSON {
		about.FileName = a.FileName(format)
	}
	return s.respond.Send(w, r, about, func(out io.Writer) error { return report.WriteAccount(out, format, a) })
}

// houseReport is GET /report?date=&format=. Unless it is kept it is made out of all
// accounts, which may take long, and so one at a time.
func (s *Server) houseReport(w http.ResponseWriter, r *http.Request) error {
	day, format, err := s.readReport(r)
	if err != nil {
		return err
	}
	if !s.houseReports.TryLock() {
		return &wire.Problem{
			Status: http.StatusTooManyRequests, Code: "TOO_MANY_REQUESTS",
			Message:     "another report of the house is being made",
			UserMessage: "Muitas solicitações. Tente novamente em instantes.", RetryAfter: time.Second,
		}
	}
	defer s.houseReports.Unlock()
	h, err := s.Reports.House(r.Context(), day)
	if err != nil {
		return refusedDay(err)
	}
	about := wire.Stream{ContentType: format.ContentType()}
	if format != report.JSON {
		about.FileName = h.FileName(format)
	}
	return s.respond.Send(w, r, about, func(out io.Writer) error { return report.WriteHouse(out, format, h) })
}
