// Package statement is the statement of an account (extrato): every line of its
// ledger in a period of days, with the balance after each, between the opening
// and the closing balance, in the formats that programs of accountants read. It
// knows nothing of who asks and of how a statement gets to them.
package statement

import (
	"strconv"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// Head is what a statement says besides its lines.
type Head struct {
	Account  ledger.AccountID
	Name     string         // of the account's owner
	Document pixid.Document // of the account's owner
	Bank     Bank
	Period   Period
	At       time.Time // when the statement was made
	// Entries is how many lines there are, those included that only block and
	// unblock money.
	Entries uint64
	// Opening is the balance before the first line, and Closing after the last.
	Opening, Closing ledger.Balance
}

// Bank is who keeps the account.
type Bank struct {
	Name string
	ISPB pixid.ISPB
}

// Kind tells what a line is about.
type Kind string

// The kinds of line.
const (
	PixIn          Kind = "pix_in"
	PixOut         Kind = "pix_out"
	RefundIn       Kind = "refund_in"  // what the account gave back of a Pix that came in
	RefundOut      Kind = "refund_out" // what came back of a Pix that went out
	Transfer       Kind = "transfer"
	OpeningBalance Kind = "opening_balance" // with which the account was opened
	Capture        Kind = "capture"         // taken out of a block
	Block          Kind = "block"           // only blocks
	Unblock        Kind = "unblock"         // only unblocks
	Move           Kind = "move"            // from block to block
)

// Line is what one entry of the ledger did to the account. Amounts are in
// centavos.
type Line struct {
	Number   uint64 // of the entry in the account, from 1 without gaps
	At       time.Time
	Kind     Kind
	Reversal bool           // takes back what a line of this kind did
	Amount   money.Centavos // that the balance changed by, fee included; credits are positive
	Fee      money.Centavos // part of Amount
	FeeBack  money.Centavos // part of Amount: the fee that a reversal gave back
	Blocked  money.Centavos // that the blocked balance changed by
	After    ledger.Balance

	// What the entry is about, as far as it is known.
	TransactionID string
	ParentID      string // of a return: what it gives back
	ExternalID    string
	EndToEndID    string
	TxID          string
	Description   string
	Counterpart   Counterpart
	Holds         []Hold // that the entry changed
}

// Counterpart is the other side of a line's transaction.
type Counterpart struct {
	Name     string
	Document string // masked
	ISPB     string
	BankName string
}

// Hold is what an entry changed in one block.
type Hold struct {
	ID     string
	Reason string         // empty if it is not known any more
	Amount money.Centavos // change of what is blocked
}

// Booked tells whether the line changes the balance, and not only what is blocked
// of it.
func (l *Line) Booked() bool { return l.Amount != 0 }

// id names the line among those of all accounts.
func (l *Line) id(h *Head) string { return h.Account.String() + "-" + strconv.FormatUint(l.Number, 10) }

// label is the line's kind in Portuguese.
func (l *Line) label() string {
	label := labels[l.Kind]
	if label == "" {
		label = string(l.Kind)
	}
	if l.Reversal {
		label += " (estorno)"
	}
	return label
}

var labels = map[Kind]string{
	PixIn: "Pix recebido", PixOut: "Pix enviado", RefundIn: "Devolução enviada", RefundOut: "Devolução recebida",
	Transfer: "Transferência", OpeningBalance: "Saldo de abertura", Capture: "Retirada de bloqueio",
	Block: "Bloqueio", Unblock: "Desbloqueio", Move: "Troca de bloqueio",
}
