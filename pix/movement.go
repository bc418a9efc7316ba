package pix

import (
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// MovementID numbers movements. It is what the API shows as transactionId:
// unique over all nodes, rising in time, and below 2^53.
type MovementID uint64

func (id MovementID) String() string { return strconv.FormatUint(uint64(id), 10) }

// Kind tells what a movement is.
type Kind uint8

// The kinds of movement.
const (
	Receipt        Kind = iota + 1 // a charge, and what came in for it or for a key
	Payment                        // what the owner pays out
	ReturnSent                     // devolução of a receipt, paid back by the owner
	ReturnReceived                 // a payment that came back
	Transfer                       // between accounts of the house
	kindCount
)

func (k Kind) String() string {
	return [...]string{"?", "receipt", "payment", "return sent", "return received", "transfer"}[k]
}

// Valid tells whether k is one of the kinds.
func (k Kind) Valid() bool { return k > 0 && k < kindCount }

// Credit tells whether the movement brings money to the account.
func (k Kind) Credit() bool { return k == Receipt || k == ReturnReceived }

// Status tells how far a movement is.
type Status uint8

// The statuses. Confirmed and Failed are final.
const (
	Pending Status = iota + 1
	Confirmed
	Failed
	statusCount
)

func (s Status) String() string { return [...]string{"?", "pending", "confirmed", "failed"}[s] }

// Valid tells whether s is one of the statuses.
func (s Status) Valid() bool { return s > 0 && s < statusCount }

// Movement is one thing that moves, or is going to move, money of one account.
// Amounts are in centavos.
type Movement struct {
	ID      MovementID
	Account ledger.AccountID
	Kind    Kind
	Status  Status
	Amount  money.Centavos // without the fee
	Fee     money.Centavos

	ExternalID  string // the client's own id; empty if none
	Correlation string // UUID shown to the client
	EndToEndID  pixid.EndToEndID
	TxID        pixid.TxID
	PixKey      string // of the payee
	Description string
	Counterpart Counterpart
	BRCode      string // of a charge
	Notes       []Note // of a charge: additional information, in the client's order

	Hold       ledger.HoldID // what is held for it; 0 if nothing ever was
	Processing bool          // a receipt that is seen and not final
	Rail       Topic         // the rail that carries it
	Scenario   Scenario      // what the sandbox is asked to do
	ExpiresAt  time.Time     // of a charge

	CreatedAt   time.Time
	UpdatedAt   time.Time
	ProcessedAt time.Time // zero until final

	ErrorCode    string
	ErrorMessage string

	Parent   MovementID     // of a return: what is given back; of a split's payment: the charge; 0 if none
	Returned money.Centavos // of a receipt or payment: what was given back or is on its way back
	Terms    *Terms         // what few movements have; nil if none. It is replaced, never written through.
}

// Note is one pair of a charge's additional information.
type Note struct{ Name, Value string }

// Counterpart is the other side of a movement, as far as it is known.
type Counterpart struct {
	Name     string
	Document string
	ISPB     string
	BankCode string
	BankName string
	Branch   string
	Number   string
}

// MaskedDocument is the document with what others may not see of a CPF or CNPJ
// starred out (contract §6.2). What a rail told masked already stays as it is.
func (c Counterpart) MaskedDocument() string {
	if strings.Contains(c.Document, "*") {
		return c.Document
	}
	return pixid.Document(c.Document).Masked()
}

// Total is what the movement adds to or takes from the account, in centavos: a
// credit is lessened by the fee, a debit is raised by it.
func (m Movement) Total() money.Centavos {
	if m.Kind.Credit() {
		return m.Amount - m.Fee
	}
	return m.Amount + m.Fee
}

// finish makes m final.
func (m *Movement) finish(s Status, at, now time.Time) {
	m.Status, m.Processing = s, false
	m.ProcessedAt, m.UpdatedAt = at, now
}

// numberKey is the key of a movement's or hold's number.
func numberKey(space Space, id uint64) Key {
	return Key{Space: space, Value: strconv.FormatUint(id, 10)}
}

// MovementKey is the key under which a movement's own number is found. It is
// never taken: the store finds the movement itself.
func MovementKey(id MovementID) Key { return numberKey(SpaceMovement, uint64(id)) }

// HoldKey is the key under which an operator's hold's own number is found.
func HoldKey(id ledger.HoldID) Key { return numberKey(SpaceHold, uint64(id)) }
