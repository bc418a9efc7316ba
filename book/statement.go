package book

import (
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// StatementQuery tells which movements of an account are wanted. What is zero
// is any.
type StatementQuery struct {
	Account ledger.AccountID
	From    time.Time // created then or later
	Until   time.Time // created before then
	Kind    pix.Kind
	Status  pix.Status
	// PixKey is the key that a receipt came to or a payment went to, as
	// Movement.PixKey has it.
	PixKey string
	// ExternalID and EndToEndID are found by key, see Keys.
	ExternalID string
	EndToEndID string
	// Offset movements are left out, and at most Limit returned.
	Offset, Limit int
	// CountMax ends the counting; 0 counts all. What is not counted is on no page.
	CountMax int
}

// Wants tells whether q asks for m.
func (q *StatementQuery) Wants(m *pix.Movement) bool {
	return m.Account == q.Account &&
		(q.From.IsZero() || !m.CreatedAt.Before(q.From)) &&
		(q.Until.IsZero() || m.CreatedAt.Before(q.Until)) &&
		(q.Kind == 0 || m.Kind == q.Kind) &&
		(q.Status == 0 || m.Status == q.Status) &&
		(q.PixKey == "" || m.PixKey == q.PixKey) &&
		(q.ExternalID == "" || m.ExternalID == q.ExternalID) &&
		(q.EndToEndID == "" || string(m.EndToEndID) == q.EndToEndID)
}

// Numbers returns the numbers, from first to before end, that the movements which
// q asks for can have: the seconds that stand in a number narrow the search. What
// q asks for is decided by CreatedAt alone, see Wants; a movement is passed over
// only if its number says a time that is more than an hour before the one at which
// it was created, or more than a day after.
func (q *StatementQuery) Numbers() (first, end pix.MovementID) {
	low, high := numbersAround(q.From, q.Until)
	return pix.MovementID(low), pix.MovementID(high)
}

// Everything tells whether q asks for all that have one of its Numbers.
func (q *StatementQuery) Everything() bool {
	return q.From.IsZero() && q.Until.IsZero() && q.Kind == 0 && q.Status == 0 && q.PixKey == "" &&
		q.ExternalID == "" && q.EndToEndID == ""
}

// Keys returns the keys under which what q asks for is found, if it asks for an
// externalId or an end-to-end id: whatever has one has taken it as a key, but for
// the externalIds of returns, see SharesNames. It returns nil if all of the account
// must be looked through.
func (q *StatementQuery) Keys() []pix.Key {
	switch {
	case q.ExternalID != "":
		return keysOf(q.Account, q.ExternalID, pix.SpacePayment, pix.SpaceCharge)
	case q.EndToEndID != "":
		return keysOf(0, q.EndToEndID, pix.SpaceEndToEndOut, pix.SpaceEndToEndIn, pix.SpaceReturnID,
			pix.SpaceReturnIn)
	}
	return nil
}

// SharesNames tells whether movements of a kind may have an externalId that others
// of the account have too: a return is named by the client among those of one
// original only. Stores keep these in an order of their own.
func SharesNames(k pix.Kind) bool { return k == pix.ReturnSent }

func keysOf(account ledger.AccountID, value string, spaces ...pix.Space) []pix.Key {
	keys := make([]pix.Key, len(spaces))
	for i, space := range spaces {
		keys[i] = pix.Key{Space: space, Account: account, Value: value}
	}
	return keys
}

// Page returns how many movements stand before q's page, and how many are on it
// at most.
func (q *StatementQuery) Page() (offset, limit int) {
	offset, limit = max(q.Offset, 0), max(q.Limit, 0)
	if q.CountMax > 0 {
		limit = min(limit, max(q.CountMax-offset, 0))
	}
	return offset, limit
}
