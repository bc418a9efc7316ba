package statement

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pixid"
)

// ErrCutShort means that a statement ends before its closing balance.
var ErrCutShort = errors.New("the statement was cut short")

// Read reads a statement in JSON Lines. The lines come as r yields them, once;
// their times have milliseconds.
func Read(r io.Reader) (Head, iter.Seq2[Line, error], error) {
	d := json.NewDecoder(r)
	var first readObject
	if err := d.Decode(&first); err != nil || first.Type != "opening" {
		return Head{}, nil, fmt.Errorf("read a statement: no opening balance: %w", errors.Join(err, ErrCutShort))
	}
	h, err := first.head()
	if err != nil {
		return Head{}, nil, fmt.Errorf("read a statement: %w", err)
	}
	return h, func(yield func(Line, error) bool) {
		for {
			l, more, err := readNext(d)
			if err != nil {
				yield(Line{}, fmt.Errorf("read a statement: %w", err))
				return
			}
			if !more || !yield(l, nil) {
				return
			}
		}
	}, nil
}

// readNext reads a line, or tells that there are no more.
func readNext(d *json.Decoder) (l Line, more bool, err error) {
	var o readObject
	err = d.Decode(&o)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return l, false, fmt.Errorf("%w: %w", ErrCutShort, err)
	case err != nil:
		return l, false, err
	case o.Type == "closing":
		return l, false, nil
	case o.Type != "line":
		return l, false, fmt.Errorf("unknown type %q", o.Type)
	}
	l, err = o.line()
	return l, true, err
}

// amount is an amount in reais of any sign and size, as statements have it.
type amount money.Centavos

func (a *amount) UnmarshalJSON(raw []byte) error {
	whole, cents, ok := strings.Cut(string(raw), ".")
	n, err := strconv.ParseInt(whole+cents, 10, 64)
	if !ok || len(cents) != 2 || err != nil {
		return fmt.Errorf("%q is no amount with two decimals", raw)
	}
	*a = amount(n)
	return nil
}

type readBalance struct{ GrossBalance, BlockedBalance amount }

func (b readBalance) balance() ledger.Balance {
	return ledger.Balance{Posted: money.Centavos(b.GrossBalance), Held: money.Centavos(b.BlockedBalance)}
}

// readObject is any object of a statement in JSON Lines.
type readObject struct {
	Type      string
	At        time.Time
	CreatedAt time.Time
	Balance   readBalance
	Closing   readBalance
	Account   jsonOwner
	Period    jsonPeriod
	Entries   uint64

	Entry                                                                   uint64
	Kind                                                                    Kind
	Reversal                                                                bool
	Amount, FeeAmount, Blocked                                              amount
	TransactionID, ParentTransactionID, ExternalID, EndToEndID, Description *string
	TxID                                                                    *string
	Counterpart                                                             *jsonCounterpart
	Holds                                                                   []struct {
		HoldID string
		Reason *string
		Amount amount
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (o *readObject) head() (Head, error) {
	account, err := ledger.ParseAccountID(o.Account.AccountID)
	if err != nil {
		return Head{}, err
	}
	from, err := ParseDay(o.Period.From)
	if err != nil {
		return Head{}, fmt.Errorf("period.from %w", err)
	}
	to, err := ParseDay(o.Period.To)
	if err != nil {
		return Head{}, fmt.Errorf("period.to %w", err)
	}
	return Head{
		Account: account, Name: o.Account.Name, Document: pixid.Document(o.Account.Document),
		Bank:   Bank{text(o.Account.BankName), pixid.ISPB(text(o.Account.BankISPB))},
		Period: Period{from, to}, At: o.CreatedAt, Entries: o.Entries, Opening: o.Balance.balance(),
		Closing: o.Closing.balance(),
	}, nil
}

func (o *readObject) line() (Line, error) {
	l := Line{
		Number: o.Entry, At: o.At, Kind: o.Kind, Reversal: o.Reversal, Amount: money.Centavos(o.Amount),
		Fee: money.Centavos(o.FeeAmount), Blocked: money.Centavos(o.Blocked), After: o.Balance.balance(),
		TransactionID: text(o.TransactionID), ParentID: text(o.ParentTransactionID), ExternalID: text(o.ExternalID),
		EndToEndID: text(o.EndToEndID), TxID: text(o.TxID), Description: text(o.Description),
	}
	if labels[o.Kind] == "" {
		return l, fmt.Errorf("entry %d: unknown kind %q", o.Entry, o.Kind)
	}
	if c := o.Counterpart; c != nil {
		l.Counterpart = Counterpart{text(c.Name), text(c.Document), text(c.BankISPB), text(c.BankName)}
	}
	for _, h := range o.Holds {
		l.Holds = append(l.Holds, Hold{h.HoldID, text(h.Reason), money.Centavos(h.Amount)})
	}
	return l, nil
}
