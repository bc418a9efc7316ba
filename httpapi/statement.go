package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/pixid"
	"github.com/saldo-pix/saldo/wire"
)

// The statement's words differ from those that filter it (contract §6.2).
var (
	statementStatuses = map[pix.Status]string{
		pix.Pending: "Pendente", pix.Confirmed: "Confirmado", pix.Failed: "Error",
	}
	statementKinds = map[pix.Kind]string{
		pix.Receipt: "Pix in", pix.Payment: "Pix out", pix.ReturnSent: "Refund in",
		pix.ReturnReceived: "Refund out", pix.Transfer: "Transfer",
	}
)

// statementItem is one movement of a statement (contract §6.2). Amounts are in
// reais.
type statementItem struct {
	TransactionID  string         `json:"transactionId"`
	ExternalID     *string        `json:"externalId"`
	Status         string         `json:"status"`
	OperationType  string         `json:"operationType"`
	MovementType   string         `json:"movementType"`
	OriginalAmount money.Centavos `json:"originalAmount"`
	FeeAmount      money.Centavos `json:"feeAmount"`
	FinalAmount    money.Centavos `json:"finalAmount"`
	EndToEndID     *string        `json:"endToEndId"`
	CreatedAt      string         `json:"createdAt"`
	ProcessedAt    *string        `json:"processedAt"`
	Counterpart    counterpart    `json:"counterpart"`
}

// counterpart is the other side of a movement, its document masked.
type counterpart struct {
	Name     *string         `json:"name"`
	Document *string         `json:"document"`
	Bank     counterpartBank `json:"bank"`
}

type counterpartBank struct {
	ISPB   *string `json:"bankISPB"`
	Name   *string `json:"bankName"`
	Code   *string `json:"bankCode"`
	Branch *string `json:"accountBranch"`
	Number *string `json:"accountNumber"`
}

func newStatementItem(m pix.Movement) statementItem {
	c := m.Counterpart
	movement := "DEBIT"
	if m.Kind.Credit() {
		movement = "CREDIT"
	}
	return statementItem{
		TransactionID: m.ID.String(), ExternalID: wire.Optional(m.ExternalID), Status: statementStatuses[m.Status],
		OperationType: statementKinds[m.Kind], MovementType: movement,
		OriginalAmount: m.Amount, FeeAmount: m.Fee, FinalAmount: m.Total(),
		EndToEndID: wire.Optional(string(m.EndToEndID)), CreatedAt: wire.Timestamp(m.CreatedAt),
		ProcessedAt: wire.OptionalTimestamp(m.ProcessedAt),
		Counterpart: counterpart{
			Name: wire.Optional(c.Name), Document: wire.Optional(c.MaskedDocument()),
			Bank: counterpartBank{
				ISPB: wire.Optional(c.ISPB), Name: wire.Optional(c.BankName), Code: wire.Optional(c.BankCode),
				Branch: wire.Optional(c.Branch), Number: wire.Optional(c.Number),
			},
		},
	}
}

// statementPage is one page of a statement.
type statementPage struct {
	Data     []statementItem `json:"data"`
	Metadata pageMetadata    `json:"metadata"`
}

// pageMetadata tells where a page is among all of them (contract §6.2).
type pageMetadata struct {
	Page        int  `json:"page"`
	Size        int  `json:"size"`
	Total       int  `json:"total"`
	TotalPages  int  `json:"totalPages"`
	HasNext     bool `json:"hasNext"`
	HasPrevious bool `json:"hasPrevious"`
}

func newPageMetadata(page, size, total int) pageMetadata {
	pages := (total + size - 1) / size
	return pageMetadata{
		Page: page, Size: size, Total: total, TotalPages: pages, HasNext: page < pages,
		HasPrevious: page > 1 && pages > 0,
	}
}

// Limits of a statement (contract §6.2, §6.3, §12).
const (
	statementDays     = 31 // back from today, and at most
	statementSizeMax  = 100
	statementSize     = 20
	keyStatementDays  = 30
	keyStatementMax   = 1_000 // movements a page, and in all
	statementPageMax  = 1 << 31
	identifierTextMax = 255
)

// statement is GET /api/transactions.
func (s *Server) statement(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	q := s.readStatement(in, who, statementDays)
	q.ExternalID = in.Text("externalId", identifierTextMax)
	q.EndToEndID = in.Text("endToEndId", identifierTextMax)
	page, size := readPage(in, statementSizeMax)
	if err := in.Err(); err != nil {
		return err
	}
	q.Offset, q.Limit = (page-1)*size, size
	movements, total, err := s.Reader.Statement(r.Context(), q)
	if err != nil {
		return err
	}
	return writeStatement(w, movements, newPageMetadata(page, size, total))
}

// keyStatement is GET /api/pix/transactions/pix-key/{pixKey}: movements of one
// key, at most 1000 in all. A key that is nobody's has none (contract §6.3).
func (s *Server) keyStatement(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	in := wire.NewQuery(r)
	q := s.readStatement(in, who, keyStatementDays)
	q.CountMax = keyStatementMax
	page, size := readPage(in, keyStatementMax)
	if err := in.Err(); err != nil {
		return err
	}
	q.Offset, q.Limit = (page-1)*size, size
	var movements []pix.Movement
	var total int
	for _, q.PixKey = range spellings(r.PathValue("pixKey")) {
		var err error
		if movements, total, err = s.Reader.Statement(r.Context(), q); err != nil {
			return err
		}
		if total > 0 {
			break
		}
	}
	return writeStatement(w, movements, newPageMetadata(page, size, total))
}

func writeStatement(w http.ResponseWriter, movements []pix.Movement, about pageMetadata) error {
	out := statementPage{Data: make([]statementItem, 0, len(movements)), Metadata: about}
	for _, m := range movements {
		out.Data = append(out.Data, newStatementItem(m))
	}
	return wire.Write(w, http.StatusOK, out)
}

// readStatement reads what both statements can be filtered by.
func (s *Server) readStatement(in *wire.Query, who auth.Identity, days int) book.StatementQuery {
	q := book.StatementQuery{
		Account: who.Account,
		Status:  statusOf(in.OneOf("status", "PENDING", "CONFIRMED", "ERROR")),
		Kind:    kindOf(in.OneOf("type", "PAYMENT", "WITHDRAW", "REFUND_IN", "REFUND_OUT")),
	}
	q.From, q.Until = in.Period(wire.Window{Days: days, DaysMax: statementDays, Now: s.Now()})
	return q
}

func readPage(in *wire.Query, sizeMax int) (page, size int) {
	return in.Whole("page", 1, statementPageMax, 1), in.Whole("size", 1, sizeMax, statementSize)
}

// statusOf returns the status that the contract calls name, zero for none.
func statusOf(name string) pix.Status {
	for status, known := range statusNames {
		if known == name {
			return status
		}
	}
	return 0
}

// kindOf returns the kind of movement that the contract calls name, zero for none.
func kindOf(name string) pix.Kind {
	for kind, known := range kindNames {
		if known == name {
			return kind
		}
	}
	return 0
}

// spellings returns the keys that a text may mean, as the books keep them: what
// it looks like, and what it would be as a phone, since eleven bare digits may
// be either. None is a text that is no key.
func spellings(text string) []string {
	var keys []string
	if key, err := pixid.ParseKey(text); err == nil {
		keys = append(keys, key.Value)
	}
	if key, err := pixid.ParseKeyAs(pixid.KeyPhone, text); err == nil && !slices.Contains(keys, key.Value) {
		keys = append(keys, key.Value)
	}
	return keys
}

// keyTransaction is GET /api/pix/transactions/pix-key/{pixKey}/{identifier}: one
// movement of a key, named by its end-to-end id, externalId or number.
func (s *Server) keyTransaction(w http.ResponseWriter, r *http.Request, who auth.Identity) error {
	keys := spellings(r.PathValue("pixKey"))
	for _, named := range namesOf(who, r.PathValue("identifier")) {
		m, err := s.movementUnder(r.Context(), who, named)
		if err == nil && slices.Contains(keys, m.PixKey) {
			return wire.Write(w, http.StatusOK, newStatementItem(m))
		}
		if err != nil && !errors.Is(err, pix.ErrNotFound) {
			return err
		}
	}
	return pix.ErrNotFound
}

// namesOf returns the keys of everything that a text may name within an account:
// a number, an externalId of each operation, an end-to-end id.
func namesOf(who auth.Identity, text string) []pix.Key {
	return append(idsOf(who, text),
		pix.Key{Space: pix.SpaceEndToEndOut, Value: text}, pix.Key{Space: pix.SpaceEndToEndIn, Value: text},
		pix.Key{Space: pix.SpaceReturnID, Value: text}, pix.Key{Space: pix.SpaceReturnIn, Value: text})
}

// movementUnder returns the caller's movement that key leads to. Another
// account's movement does not exist for the caller.
func (s *Server) movementUnder(ctx context.Context, who auth.Identity, key pix.Key) (pix.Movement, error) {
	target, err := s.Reader.Lookup(ctx, key)
	if err != nil {
		return pix.Movement{}, err
	}
	if target.Account != who.Account {
		return pix.Movement{}, pix.ErrNotFound
	}
	return s.Reader.Movement(ctx, pix.MovementID(target.ID))
}
