package operator

import (
	"io"
	"net/http"

	"github.com/saldo-pix/saldo/statement"
	"github.com/saldo-pix/saldo/wire"
)

const extractDayMax = 10 // characters

// extract is GET /accounts/{id}/statement: the statement of account of days in São
// Paulo, streamed.
func (s *Server) extract(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
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
	opened, err := statement.Open(r.Context(), s.Reader, id, period, statement.Bank{ISPB: s.ISPB}, s.Now())
	if err != nil {
		return err
	}
	if b, err := s.Brands.Get(opened.Brand); err == nil {
		opened.Bank.Name = b.Name
	}
	about := wire.Stream{ContentType: format.ContentType(), FileName: format.FileName(&opened.Head)}
	return s.respond.Send(w, r, about, func(out io.Writer) error {
		return statement.Write(out, format, &opened.Head, opened.Lines(r.Context()))
	})
}
