package httpapi

import (
	"io"
	"math"
	"net/http"
	"strconv"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/reconcile"
	"github.com/saldo-pix/saldo/statement"
	"github.com/saldo-pix/saldo/wire"
)

// reconcileBreak is one break as the API shows it.
type reconcileBreak struct {
	Number    int             `json:"break"`
	Class     reconcile.Class `json:"class"`
	MatchedBy *string         `json:"matchedBy"`
	Reason    *string         `json:"reason"`
	File      *reconcileThere `json:"file"`
	Ledger    *reconcileHere  `json:"ledger"`
	Note      *string         `json:"note"`
	Closed    bool            `json:"closed"`
	ChangedAt *string         `json:"changedAt"`
	ChangedBy *string         `json:"changedBy"`
}

// reconcileThere is what the file says. Its time is the beginning of a day if only
// that is known.
type reconcileThere struct {
	Line               int            `json:"line"`
	TextLine           int            `json:"textLine"`
	Time               string         `json:"time"`
	DayOnly            bool           `json:"dayOnly"`
	Amount             money.Centavos `json:"amount"`
	Status             string         `json:"status"`
	Fee                bool           `json:"fee"`
	EndToEndID         *string        `json:"endToEndId"`
	OriginalEndToEndID *string        `json:"originalEndToEndId"`
	TxID               *string        `json:"txid"`
	Reference          *string        `json:"reference"`
	Description        *string        `json:"description"`
}

// reconcileHere is what the ledger says.
type reconcileHere struct {
	Entry         uint64         `json:"entry"`
	Time          string         `json:"time"`
	Kind          statement.Kind `json:"kind"`
	Reversal      bool           `json:"reversal"`
	Amount        money.Centavos `json:"amount"`
	FeeAmount     money.Centavos `json:"feeAmount"`
	EndToEndID    *string        `json:"endToEndId"`
	TxID          *string        `json:"txid"`
	TransactionID *string        `json:"transactionId"`
	ExternalID    *string        `json:"externalId"`
}

func newReconcileBreak(b *reconcile.Break) reconcileBreak {
	out := reconcileBreak{
		Number: b.Number, Class: b.Class, MatchedBy: wire.Optional(string(b.By)), Reason: wire.Optional(b.Why),
		Note: wire.Optional(b.Note), Closed: b.Closed, ChangedAt: wire.OptionalTimestamp(b.ChangedAt),
		ChangedBy: wire.Optional(b.ChangedBy),
	}
	if l := b.There; l != nil {
		out.File = &reconcileThere{
			Line: l.Line, TextLine: l.Row, Time: wire.Timestamp(l.At), DayOnly: l.Day, Amount: l.Amount.Centavos(),
			Status: l.Status, Fee: l.Fee, EndToEndID: wire.Optional(l.EndToEndID),
			OriginalEndToEndID: wire.Optional(l.Original), TxID: wire.Optional(l.TxID),
			Reference: wire.Optional(l.Reference), Description: wire.Optional(l.Description),
		}
	}
	if e := b.Here; e != nil {
		out.Ledger = &reconcileHere{
			Entry: e.Entry, Time: wire.Timestamp(e.At), Kind: e.Kind, Reversal: e.Reversal, Amount: e.Amount.Centavos(),
			FeeAmount: e.Fee.Centavos(), EndToEndID: wire.Optional(e.EndToEndID), TxID: wire.Optional(e.TxID),
			TransactionID: wire.Optional(e.TransactionID), ExternalID: wire.Optional(e.ExternalID),
		}
	}
	return out
}

// breakPage is one page of breaks.
type breakPage struct {
	Data     []reconcileBreak `json:"data"`
	Metadata pageMetadata     `json:"metadata"`
}

// listBreaks is GET /api/reconciliations/{id}/breaks: by class and time.
func (s *Server) listBreaks(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	var classes []string
	for _, class := range reconcile.Breaks() {
		classes = append(classes, string(class))
	}
	q := reconcile.BreakQuery{Class: reconcile.Class(in.OneOf("class", classes...)), Open: in.Bool("open")}
	page := in.Whole("page", 1, reconcile.BreaksMax, 1)
	q.Limit = in.Whole("pageSize", 1, breakPageSizeMax, reconcilePageSize)
	if err := in.Err(); err != nil {
		return err
	}
	q.Skip = (page - 1) * q.Limit
	run, err := s.Reconciliations.Find(r.Context(), who.Account, pathID(r))
	if err != nil {
		return err
	}
	breaks, total, err := s.Reconciliations.Breaks(r.Context(), &run, q)
	if err != nil {
		return err
	}
	out := breakPage{Data: []reconcileBreak{}, Metadata: newPageMetadata(page, q.Limit, total)}
	for i := range breaks {
		out.Data = append(out.Data, newReconcileBreak(&breaks[i]))
	}
	return wire.Write(w, http.StatusOK, out)
}

// breakChange is the body of PATCH /api/reconciliations/{id}/breaks/{n}.
type breakChange struct {
	Note   *string `json:"note"`
	Closed *bool   `json:"closed"`
}

// changeBreak is PATCH /api/reconciliations/{id}/breaks/{n}: what is not given stays.
func (s *Server) changeBreak(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	var in breakChange
	if err := wire.Decode(w, r, &in); err != nil {
		return err
	}
	var f wire.Fields
	change := reconcile.Remark{Closed: in.Closed, Who: who.ClientID}
	if in.Note != nil {
		note := f.OptionalText("note", in.Note, breakNoteMax)
		change.Note = &note
	}
	if in.Note == nil && in.Closed == nil {
		f.Refuse("note", "or closed must be given")
	}
	if err := f.Err(); err != nil {
		return err
	}
	n, err := strconv.ParseUint(r.PathValue("n"), 10, 64)
	if err != nil || n > math.MaxInt32 {
		return reconcile.ErrNone
	}
	run, err := s.Reconciliations.Find(r.Context(), who.Account, pathID(r))
	if err != nil {
		return err
	}
	changed, err := s.Reconciliations.Change(r.Context(), &run, int(n), change)
	if err != nil {
		return err
	}
	return wire.Write(w, http.StatusOK, newReconcileBreak(&changed))
}

func (s *Server) exportTo(
	w http.ResponseWriter, r *http.Request, run *reconcile.Run, format string, about wire.Stream,
) error {
	return s.respond.Send(w, r, about, func(out io.Writer) error {
		return s.Reconciliations.Export(r.Context(), out, run, format)
	})
}
