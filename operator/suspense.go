package operator

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

// suspenseResponse is an event that fits nothing. Amount, in reais, is what it
// posted to the suspense account.
type suspenseResponse struct {
	ID         string              `json:"id"`
	EventID    string              `json:"eventId"`
	Type       string              `json:"type"`
	Reason     string              `json:"reason"`
	Amount     money.Centavos      `json:"amount"`
	ReceivedAt string              `json:"receivedAt"`
	Event      json.RawMessage     `json:"event"`
	Resolution *resolutionResponse `json:"resolution"` // null while it is open
}

// resolutionResponse tells how an item was resolved.
type resolutionResponse struct {
	Action        string  `json:"action"`
	AccountID     *string `json:"accountId"`
	TransactionID *string `json:"transactionId"`
	By            *string `json:"by"`
	Note          *string `json:"note"`
	At            string  `json:"at"`
}

func newSuspenseResponse(item suspenseItem) suspenseResponse {
	out := suspenseResponse{
		ID: strconv.FormatUint(item.ID, 10), EventID: item.Event.ID, Type: string(item.Event.Type),
		Reason: item.Reason, Amount: item.Amount, ReceivedAt: wire.Timestamp(item.ReceivedAt),
	}
	if json.Valid([]byte(item.Event.Raw)) {
		out.Event = json.RawMessage(item.Event.Raw)
	}
	if r := item.resolution; r != nil {
		out.Resolution = &resolutionResponse{
			Action: string(r.Action), By: wire.Optional(r.By), Note: wire.Optional(r.Note), At: wire.Timestamp(r.At),
		}
		if r.Account != 0 {
			out.Resolution.AccountID = wire.Optional(r.Account.String())
		}
		if r.Movement != 0 {
			out.Resolution.TransactionID = wire.Optional(r.Movement.String())
		}
	}
	return out
}

// suspenseItem is an item with how it was resolved, nil while it is open.
type suspenseItem struct {
	pix.SuspenseItem
	resolution *pix.Resolution
}

// suspenseItems lists items numbered above after with their resolutions, in order.
func (s *Server) suspenseItems(ctx context.Context, after uint64, limit int) ([]suspenseItem, error) {
	items, err := s.Reader.Suspense(ctx, after, limit)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	// Resolutions are numbered as the items: no more are read than there are items.
	last := items[len(items)-1].ID
	records, err := s.Reader.Records(ctx, pix.RecordSuspense, 0, last+1, len(items))
	if err != nil {
		return nil, err
	}
	resolutions := make(map[uint64]*pix.Resolution, len(records))
	for _, record := range records {
		r, err := pix.ReadResolution(record)
		if err != nil {
			return nil, err
		}
		resolutions[record.Number] = &r
	}
	all := make([]suspenseItem, len(items))
	for i, item := range items {
		all[i] = suspenseItem{item, resolutions[item.ID]}
	}
	return all, nil
}

// suspenseScanMax bounds how many items one call of GET /suspense looks at.
const suspenseScanMax = 10_000

// suspense is GET /suspense?status=&after=&limit=: items that are open, resolved, or
// all. A page may end early; its next is null on the last only.
func (s *Server) suspense(w http.ResponseWriter, r *http.Request) error {
	q := wire.NewQuery(r)
	status := q.OneOf("status", "open", "resolved", "all")
	after, limit, err := paging(r)
	if err == nil {
		err = q.Err()
	}
	if err != nil {
		return err
	}
	page := newPage[suspenseResponse](limit)
	for seen := 0; seen < suspenseScanMax; {
		items, err := s.suspenseItems(r.Context(), after, limit)
		if err != nil {
			return err
		}
		for _, item := range items {
			after = item.ID
			if status != "all" && (item.resolution != nil) != (status == "resolved") {
				continue
			}
			page.Data = append(page.Data, newSuspenseResponse(item))
			if len(page.Data) == limit {
				page.Next = wire.Optional(strconv.FormatUint(after, 10))
				return wire.Write(w, http.StatusOK, page)
			}
		}
		if len(items) < limit {
			return wire.Write(w, http.StatusOK, page)
		}
		seen += len(items)
	}
	page.Next = wire.Optional(strconv.FormatUint(after, 10))
	return wire.Write(w, http.StatusOK, page)
}

// resolveRequest solves a suspense item.
type resolveRequest struct {
	Action    *string `json:"action"`
	AccountID *string `json:"accountId"` // to credit or debit
	By        *string `json:"by"`        // who solves it
	Note      *string `json:"note"`      // why; needed where the event does not say it
}

// Limits of what is kept of a resolution, in characters.
const (
	resolvedByMax   = 100
	resolvedNoteMax = 1_000
)

// resolveSuspense is POST /suspense/{id}/resolve. Repeated with the same action it
// answers with what was done first.
func (s *Server) resolveSuspense(w http.ResponseWriter, r *http.Request) error {
	id, err := pathNumber(r)
	if err != nil {
		return err
	}
	var request resolveRequest
	if err := wire.Decode(w, r, &request); err != nil {
		return err
	}
	c, err := request.command()
	if err != nil {
		return err
	}
	if c.Item, err = s.suspenseItem(r.Context(), id); err != nil {
		return err
	}
	if c.Action == pix.SolveApply {
		if c.Event, err = s.eventAgain(c.Item); err != nil {
			return err
		}
	}
	c.NewID, c.Now = pix.MovementID(s.Book.NextID()), s.Now().Truncate(time.Microsecond)
	resolution, err := book.Do(r.Context(), s.Book, c)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, newSuspenseResponse(suspenseItem{c.Item, &resolution}))
}

// command reads what is to be done, but for the item.
func (in *resolveRequest) command() (*pix.ResolveSuspense, error) {
	var f wire.Fields
	var names []string
	for _, solution := range pix.Solutions() {
		names = append(names, string(solution))
	}
	c := &pix.ResolveSuspense{
		Action: pix.Solution(f.OneOf("action", in.Action, names...)),
		By:     f.OptionalText("by", in.By, resolvedByMax),
		Note:   f.OptionalText("note", in.Note, resolvedNoteMax),
	}
	account := f.OptionalText("accountId", in.AccountID, eventTextMax)
	switch {
	case account != "" && !c.Action.NamesAccount():
		f.Refuse("accountId", "is for credit and debit only")
	case c.Action.NamesAccount():
		var err error
		if c.Account, err = ledger.ParseAccountID(account); err != nil {
			f.Refuse("accountId", "must be the id of an account")
		}
	}
	switch c.Action {
	case pix.SolveReturned, pix.SolveHouse, pix.SolveDismiss:
		if strings.TrimSpace(c.Note) == "" {
			f.Refuse("note", "is required")
		}
	}
	return c, f.Err()
}

// suspenseItem returns one item.
func (s *Server) suspenseItem(ctx context.Context, id uint64) (pix.SuspenseItem, error) {
	items, err := s.Reader.Suspense(ctx, max(id, 1)-1, 1)
	if err == nil && (len(items) == 0 || items[0].ID != id) {
		err = pix.ErrNotFound
	}
	if err != nil {
		return pix.SuspenseItem{}, err
	}
	return items[0], nil
}

var errUnreadable = errors.New("the event can't be read as it was received: resolve it in another way")

// eventAgain returns an item's event with all that it told: some of that is kept as
// it was received only.
func (s *Server) eventAgain(item pix.SuspenseItem) (pix.Event, error) {
	kept := item.Event
	if kept.Raw == "" {
		return kept, nil // it came from within, and told nothing else
	}
	event, err := s.readEvent([]byte(kept.Raw))
	if err != nil || event.ID != kept.ID || event.Type != kept.Type {
		return pix.Event{}, errUnreadable
	}
	event.At = kept.At
	return event, nil
}
