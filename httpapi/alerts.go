package httpapi

import (
	"errors"
	"io"
	"net/http"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
	"github.com/saldo-pix/saldo/wire"
)

// alertPage is one page of alerts, with metadata as a statement has it.
type alertPage struct {
	Data     []webhook.AlertView `json:"data"`
	Metadata pageMetadata        `json:"metadata"`
}

const (
	alertPageSize    = 20
	alertPageSizeMax = 100
)

// listAlerts is GET /api/alerts: those that are open first, then the history, each
// newest first.
func (s *Server) listAlerts(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	status := in.OneOf("status", "open", "closed")
	page := in.Whole("page", 1, statementPageMax, 1)
	size := in.Whole("pageSize", 1, alertPageSizeMax, alertPageSize)
	if err := in.Err(); err != nil {
		return err
	}
	var all []pix.Alert
	if status != "closed" {
		profile, err := s.Reader.Profile(r.Context(), who.Account)
		if err != nil {
			return ownAccount(err)
		}
		all = profile.Settings.Alerts.Open()
	}
	if status != "open" {
		// The history is bounded: all of it is little more than AlertHistoryMax.
		records, err := s.Reader.Records(r.Context(), pix.RecordAlert, uint64(who.Account), 0,
			pix.AlertHistoryMax+pix.AlertTrim)
		if err != nil {
			return err
		}
		for _, record := range records {
			a, err := pix.ReadAlert(record)
			if err != nil {
				return err
			}
			all = append(all, a)
		}
	}
	out := alertPage{Data: []webhook.AlertView{}, Metadata: newPageMetadata(page, size, len(all))}
	from := min((page-1)*size, len(all))
	for _, a := range all[from:min(from+size, len(all))] {
		out.Data = append(out.Data, webhook.NewAlertView(a))
	}
	return wire.Write(w, http.StatusOK, out)
}

// acknowledgeRequest is the optional body of POST /api/alerts/{id}/acknowledge.
type acknowledgeRequest struct {
	Note *string `json:"note"`
}

// acknowledgeAlert is POST /api/alerts/{id}/acknowledge. The first time counts.
func (s *Server) acknowledgeAlert(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	raw, err := wire.Body(w, r, wire.BodyMax)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var in acknowledgeRequest
	if len(raw) > 0 {
		if err := wire.Unmarshal(raw, &in); err != nil {
			return err
		}
	}
	var f wire.Fields
	note := f.OptionalText("note", in.Note, alertNoteMax)
	if err := f.Err(); err != nil {
		return err
	}
	a, err := book.Do(r.Context(), s.Book, &pix.AcknowledgeAlert{
		Account: who.Account, ID: pathID(r), Note: note, At: s.instant(),
	})
	if err != nil {
		return ownAccount(err)
	}
	return wire.Write(w, http.StatusOK, webhook.NewAlertView(a))
}
