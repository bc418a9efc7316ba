package operator

import (
	"net/http"
	"strconv"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
	"github.com/saldo-pix/saldo/wire"
)

// deadLetterResponse is a notice that was given up.
type deadLetterResponse struct {
	ID            string `json:"id"`
	AccountID     string `json:"accountId"`
	Event         string `json:"event"`
	Number        string `json:"number"` // of the transaction or MED case
	URL           string `json:"url"`
	Attempts      int    `json:"attempts"`
	Status        *int   `json:"status"` // of the last answer, null if there was none
	Error         string `json:"error"`
	LastAttemptAt string `json:"lastAttemptAt"`
}

// deadLetters is GET /dead-letters?account=&after=&limit=, newest first. With an
// account a page may hold fewer than its limit although there are more.
func (s *Server) deadLetters(w http.ResponseWriter, r *http.Request) error {
	after, limit, err := paging(r)
	if err != nil {
		return err
	}
	var account ledger.AccountID
	if text := r.URL.Query().Get("account"); text != "" {
		if account, err = ledger.ParseAccountID(text); err != nil {
			return wire.Invalid("account", "must be the number of an account")
		}
	}
	letters, err := s.Webhooks.DeadLetters(r.Context(), after, limit)
	if err != nil {
		return err
	}
	page := newPage[deadLetterResponse](len(letters))
	for _, l := range letters {
		if account == 0 || l.Account == account {
			page.Data = append(page.Data, newDeadLetterResponse(l))
		}
	}
	if len(letters) == limit {
		page.Next = wire.Optional(strconv.FormatUint(letters[limit-1].Place, 10))
	}
	return wire.Write(w, http.StatusOK, page)
}

func newDeadLetterResponse(l webhook.LoggedLetter) deadLetterResponse {
	return deadLetterResponse{
		ID: strconv.FormatUint(l.ID, 10), AccountID: l.Account.String(), Event: string(l.Event),
		Number: strconv.FormatUint(l.Number, 10), URL: l.URL, Attempts: l.Attempts, Status: optionalStatus(l.Status),
		Error: l.Error, LastAttemptAt: wire.Timestamp(l.LastAt),
	}
}

// replayDeadLetter is POST /dead-letters/{id}/replay: it is delivered again, with
// all its attempts.
func (s *Server) replayDeadLetter(w http.ResponseWriter, r *http.Request) error {
	id, err := pathNumber(r)
	if err != nil {
		return err
	}
	if err := s.Webhooks.Replay(r.Context(), id); err != nil {
		return err
	}
	return wire.Write(w, http.StatusAccepted, replayResponse{Replayed: 1})
}

// replayResponse tells how many dead letters are on their way again. More tells
// that others are left: ask again.
type replayResponse struct {
	Replayed int  `json:"replayed"`
	More     bool `json:"more"`
}

// replayDeadLetters is POST /accounts/{id}/dead-letters/replay: all of an account,
// in the order in which they were given up.
func (s *Server) replayDeadLetters(w http.ResponseWriter, r *http.Request) error {
	id, err := pathAccount(r)
	if err != nil {
		return err
	}
	if _, err := s.Reader.Profile(r.Context(), id); err != nil {
		return err
	}
	count, more, err := s.Webhooks.ReplayAll(r.Context(), id)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusAccepted, replayResponse{count, more})
}

// discardDeadLetter is DELETE /dead-letters/{id}.
func (s *Server) discardDeadLetter(w http.ResponseWriter, r *http.Request) error {
	id, err := pathNumber(r)
	if err != nil {
		return err
	}
	if err := s.Webhooks.Discard(r.Context(), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// pathNumber reads the number of the path.
func pathNumber(r *http.Request) (uint64, error) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0, pix.ErrNotFound
	}
	return id, nil
}

// deliveryResponse is one attempt to tell of a transaction or MED case.
type deliveryResponse struct {
	ID      string  `json:"id"`
	Event   string  `json:"event"`
	URL     string  `json:"url"`
	At      string  `json:"at"`
	Millis  int64   `json:"millis"`
	Attempt int     `json:"attempt"`
	Resent  bool    `json:"resent"` // the account asked for it
	Status  *int    `json:"status"` // of the answer, null if there was none
	Result  string  `json:"result"` // delivered, failed, dead or dropped
	Error   *string `json:"error"`
	Next    *string `json:"nextAttemptAt"`
}

// deliveries is GET /deliveries/{id}: the attempts that are kept of a transaction
// or MED case, newest first.
func (s *Server) deliveries(w http.ResponseWriter, r *http.Request) error {
	id, err := pathNumber(r)
	if err != nil {
		return err
	}
	list, err := s.Webhooks.Deliveries(r.Context(), id)
	if err != nil {
		return err
	}
	page := newPage[deliveryResponse](len(list))
	for _, d := range list {
		out := deliveryResponse{
			ID: strconv.FormatUint(d.ID, 10), Event: string(d.Event), URL: d.URL, At: wire.Timestamp(d.At),
			Millis: d.Millis, Attempt: d.Attempt, Resent: d.Resent, Status: optionalStatus(d.Status),
			Result: string(d.Result), Error: wire.Optional(d.Error),
		}
		if d.Next != nil {
			out.Next = wire.OptionalTimestamp(*d.Next)
		}
		page.Data = append(page.Data, out)
	}
	return wire.Write(w, http.StatusOK, page)
}
